# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Types that all folders share."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Mapping

# A structure of the API: members in CamelCase, without members that are not given.
Api = Dict[str, Any]
# The same structure as options: names in snake_case.
Options = Mapping[str, Any]
