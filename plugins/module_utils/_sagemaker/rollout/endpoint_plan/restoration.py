# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The saved scalable targets to restore, from this run or from an interrupted one."""

from __future__ import annotations

from typing import List
from typing import Optional
from typing import Tuple

from ...api.client import AwsClients
from ...core.plans import Change
from ...core.types import Api
from .. import scaling_handover
from ..scaling_handover import Saved
from .desired_endpoint import DesiredEndpoint


def unrestored(
    aws: AwsClients, desired: DesiredEndpoint, remembered: List[Saved], endpoint: Api
) -> List[Tuple[Saved, List[str]]]:
    """Return the targets that an interrupted run saved, each with the remaining calls, without targets that somebody
    has changed since."""
    to_restore = []
    for one in remembered:
        variant = scaling_handover.restored_variant(one, endpoint)
        pending = scaling_handover.unrestored(aws.autoscaling, one, desired.name, variant) if variant else []
        if pending is None:
            aws.warn([scaling_handover.kept_warning(one, desired.name, variant)])
        else:
            to_restore.append((one, [call for call, _request in pending] if variant else all_calls(desired, one)))
    return to_restore


def is_desired(desired: DesiredEndpoint, saved: Saved, config: Optional[Api]) -> bool:
    """Return whether this configuration has a variant to restore a saved target on."""
    variant = scaling_handover.restored_variant(saved, config)
    return variant is not None and variant not in desired.unscaled_variants


def restorable(
    aws: AwsClients, desired: DesiredEndpoint, remembered: List[Saved], config: Optional[Api]
) -> List[Saved]:
    """Return the targets of an interrupted run to register again. The others are dropped, because otherwise every later
    run would fail."""
    candidates = [
        (one, scaling_handover.incompatibilities(aws, one, config))
        for one in remembered
        if is_desired(desired, one, config)
    ]
    aws.warn(
        [
            f"Endpoint {desired.name}: an interrupted run had deregistered the scalable target of the variant {one.variant} "
            f"({scaling_handover.described(one)}). It is not registered again, since it does not fit any more: {' '.join(map(str, problems))} "
            "Register one that fits with sagemaker_autoscaling."
            for one, problems in candidates
            if problems
        ]
    )
    return [one for one, problems in candidates if not problems]


def all_calls(desired: DesiredEndpoint, saved: Saved) -> List[str]:
    """Return the calls that restore a target completely."""
    return [operation for operation, _request in saved.requests(desired.name, saved.variant)]


def calls_of(pending: List[Tuple[Saved, List[str]]], back: List[Saved]) -> List[str]:
    return [call for one, calls in pending if one in back for call in calls]


def remembered_changes(
    remembered: List[Saved], pending: List[Tuple[Saved, List[str]]], back: List[Saved]
) -> List[Change]:
    """Return the changes for targets that an interrupted run saved. For a registered target only the saved state is
    removed."""
    away = [one for one, calls in pending if scaling_handover.REGISTER in calls]
    changes = []
    for one in remembered:
        if one in away:
            changes += target_changes([one], "deregistered", back)
        else:
            changes.append(Change(f"autoscaling[{one.variant}]", "remembered", "registered"))
    return changes


def target_changes(saved: List[Saved], before: str, back: List[Saved]) -> List[Change]:
    """Return the changes for saved targets that are not restored unchanged."""
    ends = [(one.variant, "registered" if one in back else None) for one in saved]
    return [Change(f"autoscaling[{variant}]", before, after) for variant, after in ends if after != before]
