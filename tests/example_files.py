# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the examples, for tests without Ansible."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.catalog import catalog
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.uri import Request
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.uri import image_uri

LOOKUP = re.compile(r"\{\{ lookup\('mlops\.sagemaker\.image_uri', '([a-z-]+)', version='([^']+)'\) \}\}")


def read(file: Path, region: str = "us-east-1") -> dict[str, Any]:
    """What Ansible makes of a file of variables in that region, as far as the examples need it: the lookup image_uri is carried out."""
    text = file.read_text().replace("us-east-1", region)
    return yaml.safe_load(LOOKUP.sub(lambda found: image_uri(Request(*found.groups(), region), catalog()), text))
