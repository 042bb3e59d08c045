# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of AWS regions, and what follows from them. Pure."""

from __future__ import annotations

import re
from typing import Collection

from .problems import Problem
from .problems import did_you_mean

# The domain of the hosts of a region, by the prefix of its name. Each partition with a domain of its own has such a prefix.
DNS_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "eusc-": "amazonaws.eu",
}
DEFAULT_DNS_SUFFIX = "amazonaws.com"

# All names of regions have this form, those of future regions too: us-east-1, us-gov-west-1, eusc-de-east-1.
_NAME = re.compile(r"[a-z]+(-[a-z]+)+-\d{1,2}")


def dns_suffix(region: str) -> str:
    """Return the domain of the hosts of a region."""
    return next((suffix for prefix, suffix in DNS_SUFFIXES.items() if region.startswith(prefix)), DEFAULT_DNS_SUFFIX)


def is_possible(region: str) -> bool:
    """Return whether a region can have this name."""
    return _NAME.fullmatch(region) is not None


def problem(region: str, known: Collection[str]) -> Problem:
    """Return the problem of a name that no region can have. known: the regions that the SDK knows, for a suggestion."""
    meant = did_you_mean(region.lower(), known) or " Give a name such as us-east-1."
    return Problem("region", f"{region!r} cannot be the name of a region.{meant}")


def doubt(region: str, known: Collection[str]) -> str:
    """Return the text about a name that may be misspelt, '' for the name of a region that the SDK knows.

    A region may be newer than the SDK.
    """
    if region in known:
        return ""
    return f"The installed botocore does not know the region {region}.{did_you_mean(region, known)}"
