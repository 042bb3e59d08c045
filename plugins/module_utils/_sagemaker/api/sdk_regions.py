# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The regions that the installed SDK knows. Newer ones may exist."""

from __future__ import annotations

from functools import lru_cache
from typing import FrozenSet

from ..core import regions
from ..core.errors import InputError

try:
    import botocore.session
except ImportError:  # reported by AnsibleAWSModule
    botocore = None


@lru_cache(maxsize=None)
def known(service: str = "sagemaker") -> FrozenSet[str]:
    """Return the regions of a service in all partitions. Reading them takes a moment, so only where there is a doubt."""
    session = botocore.session.Session()
    return frozenset(
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions(service, partition)
    )


def refuse_impossible(region: str) -> None:
    """Raise InputError if no region can have this name, with the known name that resembles it most."""
    if not regions.is_possible(region):
        raise InputError(regions.problem(region, known()))
