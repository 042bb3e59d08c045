# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A preflight: check the variables of a deploy against the account, before any change."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

from ..api.client import AwsClients
from ..api.snapshot import Snapshot
from ..core import errors
from ..core.errors import InputError
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..iam.policy import Place
from ..planning import plan_info
from . import findings
from . import spelling
from .check import Check
from .checks import alarms
from .checks import artifacts
from .checks import caller
from .checks import destinations
from .checks import environment
from .checks import execution_role
from .checks import images
from .checks import keys
from .checks import network
from .checks import packages
from .checks import quotas
from .checks import scaling
from .findings import Finding
from .findings import Unseen
from .lookup import Lookup
from .subject import Deploy

# In the order of findings and calls. The quotas come last, because they may take all calls that are left.
CHECKS: Tuple[Check, ...] = (
    spelling.CHECK,
    environment.CHECK,
    scaling.CHECK,
    execution_role.CHECK,
    images.CHECK,
    packages.CHECK,
    artifacts.CHECK,
    caller.CHECK,
    network.CHECK,
    keys.CHECK,
    destinations.CHECK,
    alarms.CHECK,
    quotas.CHECK,
)

# The check for problems that a deploy would report.
REQUEST = "request"


def info(aws: AwsClients, params: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the findings, see the module's RETURN. Raises InputError if the variables cannot be converted to
    options."""
    inputs = params["inputs"]
    snapshot = Snapshot(aws)
    planned, refused = _plan(snapshot, inputs)
    deploy = Deploy(inputs, _place(snapshot), planned)
    found = checked(Lookup(snapshot), deploy)
    # Omit problems that a check has found as well.
    told = {one.variable for one in found if one.status == findings.ERROR}
    found = [*(one for one in refused if one.status != findings.ERROR or one.variable not in told), *found]
    aws.warn(snapshot.warnings)
    return {
        "findings": [finding.as_dict() for finding in found],
        "errors": findings.count(found, findings.ERROR),
        "report": findings.report(found, deploy.name, deploy.place.region, deploy.place.account),
        "region": deploy.place.region,
        "account_id": deploy.place.account,
    }


def checked(lookup: Lookup, deploy: Deploy, checks: Iterable[Check] = CHECKS) -> List[Finding]:
    """Return the findings of the checks."""
    return [finding for check in checks for finding in check.judge(deploy, check.look(lookup, deploy))]


def _plan(snapshot: Snapshot, inputs: Mapping[str, Any]) -> Tuple[Optional[Dict[str, Any]], List[Finding]]:
    """Return the plan of the deploy, or findings about its problems."""
    try:
        planned = plan_info.info(snapshot, {"inputs": inputs, "state": "present", "applies": False}, True)
    except InputError as error:
        if inputs.get("problems"):
            raise
        return None, [Finding(REQUEST, findings.ERROR, one.path, one.text) for one in error.problems]
    except ServiceError as error:
        if not errors.is_denied(error):
            raise
        unseen = Unseen(f"{error.message.rstrip('. ')}.")
        return None, [unseen.finding(REQUEST, "", "the plan of the deploy")]
    except SageMakerError as error:
        return None, [Finding(REQUEST, findings.ERROR, "", error.message)]
    return planned, [Finding(REQUEST, findings.OK, "", "the variables pass the checks of a deploy.")]


def _place(snapshot: Snapshot) -> Place:
    sagemaker = snapshot.sagemaker
    answer = Lookup(snapshot).ask("sts", "GetCallerIdentity", {})
    account = answer["Account"] if isinstance(answer, dict) else ""
    return Place(sagemaker.partition, sagemaker.region, account)
