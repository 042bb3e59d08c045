# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an endpoint gets from one fleet to the next: guarded, rolling or all at once; and back. behaviour 4.6 to 4.11"""

from __future__ import annotations

from typing import Any

from local_aws import container_logs
from local_aws.containers import is_of_marketplace
from local_aws.endpoints import Endpoint
from local_aws.fleets import Fleet
from local_aws.scripts import Script
from local_aws.variants import instance_types
from local_aws.wire import validation
from local_aws.world import Call


def health_check(fleet: Fleet) -> str:
    """The usual reason of a failure. behaviour 4.3"""
    variant = next(iter(fleet.variants))
    return (
        f"The primary container for production variant {variant} did not pass the ping health check. "
        "Please check CloudWatch logs for this endpoint."
    )


def check(deployment: dict[str, Any], new: Fleet, old: Fleet | None) -> None:
    """Refuses a DeploymentConfig. ``old`` is None when the endpoint is created. behaviour 4.8"""
    blue_green, rolling = deployment.get("BlueGreenUpdatePolicy"), deployment.get("RollingUpdatePolicy")
    if blue_green is not None and rolling is not None:
        raise validation("Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy can be specified.")
    if old is not None and set(old.variants) != set(new.variants):
        raise validation(
            "With a DeploymentConfig, the new endpoint configuration must have the same variant names as the old one."
        )
    if blue_green is not None:
        _check_blue_green(blue_green, new)
    if rolling is not None:
        if new.serverless or len(new.all) > 1:
            raise validation("RollingUpdatePolicy is not supported for serverless variants or several variants.")
        _check_size("MaximumBatchSize", rolling["MaximumBatchSize"], new, 5, 50)
        if "RollbackMaximumBatchSize" in rolling:
            _check_size("RollbackMaximumBatchSize", rolling["RollbackMaximumBatchSize"], new, 5, 100)
        _check_timeout(rolling, rolling["WaitIntervalInSeconds"])


def _check_blue_green(policy: dict[str, Any], fleet: Fleet) -> None:
    routing = policy["TrafficRoutingConfiguration"]
    kind, waits = routing["Type"], routing["WaitIntervalInSeconds"]
    members = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}
    for name, member in members.items():
        if name == kind and member not in routing:
            raise validation(f"{member} must be specified for the traffic routing type {kind}.")
        if name != kind and member in routing:
            raise validation(f"{member} cannot be specified for the traffic routing type {kind}.")
    if kind == "CANARY":
        _check_size("CanarySize", routing["CanarySize"], fleet, 0, 50)
    if kind == "LINEAR":
        _check_size("LinearStepSize", routing["LinearStepSize"], fleet, 10, 50)
    _check_timeout(policy, waits + policy.get("TerminationWaitInSeconds", 0))


def _check_size(name: str, size: dict[str, Any], fleet: Fleet, least: int, most: int) -> None:
    """A size in percent, or in instances of the smallest variant."""
    percent = float(size["Value"])
    if size["Type"] == "INSTANCE_COUNT":
        counts = [one.desired_count for one in fleet.variants.values() if one.desired_count]
        if not counts:
            return
        percent = 100 * percent / min(counts)
        # One instance is the least there is.
        least = 0 if size["Value"] == 1 else least
    if not least <= percent <= most:
        raise validation(f"{name} must be between {least}% and {most}% of the variant's total instance count.")


def _check_timeout(policy: dict[str, Any], waits: int) -> None:
    timeout = policy.get("MaximumExecutionTimeoutInSeconds")
    if timeout is not None and timeout <= waits:
        raise validation("MaximumExecutionTimeoutInSeconds must be greater than the total waiting time.")


def retain(old: Fleet, new: Fleet, excluded: list[str]) -> None:
    """Takes counts and weights of variants of the same name over to the new fleet. behaviour 4.7"""
    before = {one.name: one for one in old.all}
    for variant in new.all:
        known = before.get(variant.name)
        if known is None:
            continue
        if "DesiredWeight" not in excluded:
            variant.weight = variant.desired_weight = known.desired_weight
        if "DesiredInstanceCount" not in excluded and variant.count is not None and known.desired_count is not None:
            variant.count = variant.desired_count = known.desired_count


def is_guarded(deployment: dict[str, Any] | None, fleet: Fleet) -> bool:
    """Whether a deployment policy guides the update; what it does not support it leaves all at once. behaviour 4.15"""
    inf1 = any(kind.startswith("ml.inf1.") for one in fleet.all for kind in instance_types(one.config))
    marketplace = any(
        is_of_marketplace(container) for one in fleet.all for model in one.models for container in model.containers
    )
    return deployment is not None and not inf1 and not marketplace


def log(call: Call, endpoint: Endpoint, fleet: Fleet, failure: str | None, script: Script, seconds: float) -> None:
    """Lets the containers of a fleet write while it comes up. behaviour 13"""
    lines = container_logs.is_written(failure, script.log)
    for variant in fleet.all if lines else ():
        group = f"/aws/sagemaker/Endpoints/{endpoint.name}"
        container_logs.write(call, group, variant.name, variant.desired_count or 1, lines, call.now, call.now + seconds)


def roll_out(call: Call, endpoint: Endpoint, new: Fleet, failure: str | None, guarded: bool) -> None:
    """Starts the move to a new fleet. ``failure`` is the reason why it cannot come up, if there is one.

    A failed update is InService at once, only a ``guarded`` one is RollingBack before. behaviour 0.2, 4.6, 4.15
    """
    script = call.world.scripts.take(endpoint.name, "update")
    outcome, settings = script.outcome, call.world.settings
    if failure is None and outcome != "succeed":
        failure = script.reason or health_check(new)
    if failure is not None and outcome == "succeed":
        outcome = "rollback"

    def rolled_back(moment: float) -> None:
        if outcome == "rollback_failed":
            endpoint.rest("UpdateRollbackFailed", moment, failure)
        else:
            # InService, on the old configuration, now and then without a reason. behaviour 0.2
            endpoint.rest("InService", moment, None if outcome == "rollback_without_reason" else failure)

    def finish(moment: float) -> None:
        if outcome == "succeed":
            new.deployed = moment
            endpoint.fleet, endpoint.config_name = new, new.config.name
            endpoint.rest("InService", moment, None)  # behaviour 0.18
        elif outcome == "fail":
            endpoint.rest("Failed", moment, failure)
        elif guarded:
            endpoint.begin("RollingBack", moment, settings.seconds("rolling_back"), rolled_back, new)
        else:
            rolled_back(moment)

    seconds = settings.updating if script.seconds is None else script.seconds
    log(call, endpoint, new, failure, script, seconds)
    endpoint.begin("Updating", call.now, seconds, finish, new)


def scale(call: Call, endpoint: Endpoint, before: Fleet) -> None:
    """Starts a change of weights and capacities: desired values hold at once, current ones at the end. behaviour 4.11"""
    script = call.world.scripts.take(endpoint.name, "scale")
    settings = call.world.settings
    reason = script.reason or "Request to service failed. If failure persists after retry, contact customer support."

    def rolled_back(moment: float) -> None:
        endpoint.rest("InService", moment, None if script.outcome == "rollback_without_reason" else reason)

    def finish(moment: float) -> None:
        if script.outcome == "succeed":
            assert endpoint.fleet is not None
            for variant in endpoint.fleet.all:
                variant.reach_desired()
            endpoint.rest("InService", moment, None)
        elif script.outcome == "fail":
            endpoint.rest("Failed", moment, reason)
        else:
            endpoint.fleet = before
            endpoint.begin("RollingBack", moment, settings.seconds("rolling_back"), rolled_back)

    seconds = settings.seconds("scaling") if script.seconds is None else script.seconds
    if endpoint.fleet is not None:
        log(call, endpoint, endpoint.fleet, None, script, seconds)
    endpoint.begin("Updating", call.now, seconds, finish)


def interrupt(call: Call, endpoint: Endpoint, event: str, seconds: float) -> None:
    """Puts an endpoint that rests into SystemUpdating, or into OutOfService, for a time."""
    before, failure = endpoint.status, endpoint.failure
    status = {"system_update": "SystemUpdating", "out_of_service": "OutOfService"}[event]
    endpoint.begin(status, call.now, seconds, lambda moment: endpoint.rest(before, moment, failure))
