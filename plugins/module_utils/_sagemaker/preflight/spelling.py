# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that may be misspelt: the region and the instance types. What the installed botocore does not list may be new."""

from __future__ import annotations

import re
from typing import Collection
from typing import FrozenSet
from typing import Iterator
from typing import Optional

from ..api import sdk_regions
from ..core import regions
from ..core.problems import did_you_mean
from .check import Check
from .findings import ERROR
from .findings import OK
from .findings import WARNING
from .findings import Finding
from .lookup import Lookup
from .subject import Deploy

REGION, INSTANCE_TYPE = "region", "instance_type"

# The variable of the playbooks. A playbook of one's own may set the region elsewhere.
REGION_VARIABLE = "aws_region"

# The sizes of all instance types, those of future families too.
_SIZE = re.compile(r"nano|micro|small|medium|large|\d*xlarge|metal(-\d+xl)?")


def look(lookup: Lookup, deploy: Deploy) -> FrozenSet[str]:
    """Return the regions that botocore knows, without a call."""
    return sdk_regions.known()


def judge(deploy: Deploy, known: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for the region."""
    doubt = regions.doubt(deploy.place.region, known)
    if not doubt:
        yield Finding(REGION, OK, "", f"{deploy.place.region} is a region of SageMaker.")
        return
    remedy = "Correct the region, or ignore this if the region is newer than botocore."
    yield Finding(REGION, WARNING, REGION_VARIABLE, f"{doubt[0].lower()}{doubt[1:]}", remedy)


def is_instance_type(kind: str) -> bool:
    """Return whether an instance type can have this name."""
    return _SIZE.fullmatch(kind.rpartition(".")[2]) is not None


def instance_type(variable: str, kind: str, known: Collection[str], has_quota: Optional[bool]) -> Optional[Finding]:
    """Return the finding for an instance type that may be misspelt, None for one that exists.

    known: those that botocore lists; has_quota: whether Service Quotas has a quota for it, None if that is unknown.
    """
    if kind in known or has_quota:
        return None
    meant = did_you_mean(kind, known)
    if not is_instance_type(kind):
        size = kind.rpartition(".")[2]
        return Finding(
            INSTANCE_TYPE, ERROR, variable, f"{kind} is not an instance type: no size is named {size}.{meant}", _CORRECT
        )
    if has_quota is False:
        text = f"{kind} is not an instance type for endpoints: neither botocore nor Service Quotas lists it.{meant}"
        return Finding(INSTANCE_TYPE, ERROR, variable, text, _CORRECT)
    text = f"the installed botocore does not list the instance type {kind}.{meant}"
    return Finding(INSTANCE_TYPE, WARNING, variable, text, f"{_CORRECT[:-1]}, or ignore this if the type is new.")


_CORRECT = "Correct instance_type."

CHECK = Check(look, judge)
