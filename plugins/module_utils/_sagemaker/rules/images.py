# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of container images. Pure."""

from __future__ import annotations

import re

# <account>.dkr.ecr.<region>.<suffix>/<repository>, the suffix being the partition's; FIPS and dual-stack hosts look alike.
ECR_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.[a-z0-9.-]+(?::\d+)?/(?P<repository>[^:@]+)"
)
