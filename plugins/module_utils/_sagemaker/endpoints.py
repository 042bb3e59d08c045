# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Endpoints: made, updated, replaced and deleted, and only called done when it is true.

What is done for each status found and each wish, once a transition under way has ended:

=====================  ==================  =======================
found                  same configuration  other configuration
=====================  ==================  =======================
none                   create              create
InService              none                update
Creating, Updating,    wait, then as for the status in which it ends
SystemUpdating,
RollingBack
Deleting               wait, create        wait, create
Failed                 replace             replace
OutOfService           replace             update
UpdateRollbackFailed   refuse              update
=====================  ==================  =======================

Failed and OutOfService endpoints serve nothing, so that replacing them (delete, create) loses nothing. After a rollback
that failed a mix of old and new instances serves, so the endpoint is not deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import autoscaling
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import compare
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import deployments
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import diagnosis
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import errors
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import immutables
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import plans
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import preservation
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import retries
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import shapes
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import tags
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import waiters
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.autoscaling import Target
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import ServiceError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Change
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Plan
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Result
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Api
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Aws

IN_SERVICE = "InService"
CREATING = "Creating"
UPDATING = "Updating"
DELETING = "Deleting"
FAILED = "Failed"
OUT_OF_SERVICE = "OutOfService"
ROLLBACK_FAILED = "UpdateRollbackFailed"
TRANSITIONS = frozenset({CREATING, UPDATING, "SystemUpdating", "RollingBack"})

REFUSE = "refuse"

# After an update was accepted, its beginning must show within so many seconds; before that an unchanged description
# may be a late one.
LAG = 10.0
# A configuration just made may be unknown to the endpoint calls for so many seconds.
CONSISTENCY_TIMEOUT = 30.0

NOUN = "endpoint"


def info(aws: Aws, params: Mapping[str, Any]) -> Dict[str, Any]:
    """{"endpoints": [...]}"""
    if params.get("name"):
        names = [params["name"]]
    else:
        request = aws.sagemaker.request("ListEndpoints", {o: value for o, value in params.items() if o != "name"})
        names = [item["EndpointName"] for item in aws.sagemaker.pages("ListEndpoints", request, "Endpoints")]
    # An endpoint that goes between listing and describing is not there any more.
    found = [endpoint for endpoint in (describe(aws, name) for name in names) if endpoint is not None]
    return {"endpoints": [resource(aws, endpoint, read_tags(aws, endpoint)) for endpoint in found]}


def ensure(aws: Aws, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Bring an endpoint to the configuration asked for, or delete it."""
    if params["state"] == "absent":
        return _absent(aws, params, check_mode)
    wish = Wish(aws, params)
    run = _Deployment(aws, wish, check_mode)
    return run.carry_out()


def describe(aws: Aws, name: str) -> Optional[Api]:
    """The endpoint as the service describes it, None if it does not exist."""
    try:
        return aws.sagemaker.call("DescribeEndpoint", {"EndpointName": name})
    except ServiceError as error:
        if errors.is_missing(error, "endpoint"):
            return None
        raise


def resource(aws: Aws, endpoint: Api, its_tags: tags.Tags) -> Dict[str, Any]:
    """The endpoint as results show it."""
    return {**aws.sagemaker.result("DescribeEndpoint", endpoint), "tags": its_tags}


def read_tags(aws: Aws, endpoint: Api) -> tags.Tags:
    return tags.SAGEMAKER.read(aws.sagemaker, endpoint["EndpointArn"])


class Wish:
    """What was asked for, checked. config: the content of the new configuration, as far as it is known already."""

    def __init__(self, aws: Aws, params: Mapping[str, Any]) -> None:
        options = ("deployment_config", "retain_all_variant_properties", "exclude_retained_variant_properties")
        names = {"endpoint_name": params["name"], "endpoint_config_name": params["endpoint_config_name"]}
        request = aws.sagemaker.request(
            "UpdateEndpoint",
            {**names, **{o: params.get(o) for o in (*options, "retain_deployment_config")}},
        )
        self.request = request
        self.name: str = request["EndpointName"]
        self.config_name: str = request["EndpointConfigName"]
        self.deployment_config: Optional[Api] = request.get("DeploymentConfig")
        self.tags = tags.parse(params.get("tags"))
        self.purge_tags: bool = params["purge_tags"]
        self.preserve_autoscaling: bool = params["preserve_autoscaling"]
        self.replace_failed: bool = params["replace_failed"]
        self.wait: bool = params["wait"]
        self.timeout: Optional[int] = params.get("wait_timeout")
        self.config = self._given_config(aws, params.get("endpoint_config"))
        broken = deployments.policy_rules(self.deployment_config)
        if broken:
            raise InputError(" ".join(broken))

    def _given_config(self, aws: Aws, config: Optional[Mapping[str, Any]]) -> Optional[Api]:
        if not config:
            return None
        shape = aws.sagemaker.output_shape("DescribeEndpointConfig")
        known = shapes.members_by_option(shape)
        content = shapes.to_api(shape, {option: value for option, value in config.items() if option in known})
        if content.get("EndpointConfigName") != self.config_name:
            raise InputError(
                f"endpoint_config: it describes {content.get('EndpointConfigName')}, but endpoint_config_name is "
                f"{self.config_name}. Give the result of sagemaker_endpoint_config for that name."
            )
        return content


def decide(endpoint: Optional[Api], config_name: str) -> str:
    """The action that leads from an endpoint (None: there is none) to this configuration: the table above.

    For a transition under way it is the action that follows if the transition ends well.
    """
    if endpoint is None or endpoint["EndpointStatus"] == DELETING:
        return plans.CREATE
    status = endpoint["EndpointStatus"]
    if status == FAILED:
        return plans.REPLACE
    same = destination(endpoint) == config_name
    if not same:
        return plans.UPDATE
    if status == OUT_OF_SERVICE:
        return plans.REPLACE
    if status == ROLLBACK_FAILED:
        return REFUSE
    return plans.WAIT if status in TRANSITIONS else plans.NONE


def destination(endpoint: Api) -> str:
    """The configuration that an endpoint will use once its transition has ended well."""
    if endpoint["EndpointStatus"] == UPDATING:
        return endpoint.get("PendingDeploymentSummary", {}).get("EndpointConfigName") or endpoint["EndpointConfigName"]
    return endpoint["EndpointConfigName"]


def is_settled(endpoint: Optional[Api]) -> bool:
    """Whether no transition is under way."""
    return endpoint is None or endpoint["EndpointStatus"] not in TRANSITIONS | {DELETING}


def has_arrived(endpoint: Api) -> bool:
    """Whether every variant has the weight and the capacity that it should have, and no deployment is pending."""
    pairs = (
        ("CurrentWeight", "DesiredWeight"),
        ("CurrentInstanceCount", "DesiredInstanceCount"),
        ("CurrentServerlessConfig", "DesiredServerlessConfig"),
    )
    variants = [*endpoint.get("ProductionVariants", []), *endpoint.get("ShadowProductionVariants", [])]
    return "PendingDeploymentSummary" not in endpoint and all(
        variant[current] == variant[desired]
        for variant in variants
        for current, desired in pairs
        if current in variant and desired in variant
    )


@dataclass
class _Rollout:
    """An update as it will be asked for. saved: the targets that must step aside, by variant."""

    request: Api
    old: Api
    new: Optional[Api]
    saved: Dict[str, List[Target]]
    changes: List[Change]

    @property
    def calls(self) -> List[str]:
        named = ["DeregisterScalableTarget" for targets in self.saved.values() for _target in targets]
        named.append("UpdateEndpoint")
        for name, targets in self.saved.items():
            if self.new is not None and preservation.successor(name, self.old, self.new):
                named += [call for target in targets for call in preservation.restore_calls(target)]
        return named


class _Deployment:
    """One run: look, plan, do, verify."""

    def __init__(self, aws: Aws, wish: Wish, check_mode: bool) -> None:
        self.aws = aws
        self.wish = wish
        self.check_mode = check_mode

    def carry_out(self) -> Result:
        wish = self.wish
        found = describe(self.aws, wish.name)
        waited = not is_settled(found)
        endpoint = found
        if waited and not self.check_mode and (wish.wait or decide(found, wish.config_name) != plans.WAIT):
            endpoint = self._settle(found)
        action = decide(endpoint, wish.config_name)
        if action == plans.NONE and waited:
            action = plans.WAIT
        before = read_tags(self.aws, endpoint) if endpoint is not None and action != plans.CREATE else {}
        retag = tags.change(wish.tags, before, wish.purge_tags)
        rollout = self._rollout(endpoint) if action == plans.UPDATE else None
        plan = self._plan(action, endpoint, rollout, retag)
        self._refuse(action, endpoint, plan)
        if self.check_mode:
            after = self._predicted(plan, endpoint)
        else:
            with plans.attached(plan):
                after = self._do(plan, endpoint, rollout, retag)
        after_tags = (wish.tags or {}) if plan.action in (plans.CREATE, plans.REPLACE) else retag.after
        return Result(
            NOUN,
            resource(self.aws, after, after_tags),
            plan,
            _comparable(endpoint, before),
            _comparable(after, after_tags),
        )

    # Planning

    def _plan(self, action: str, endpoint: Optional[Api], rollout: Optional[_Rollout], retag: tags.TagChange) -> Plan:
        tag_calls = retag.calls(tags.SAGEMAKER)
        before = None if action == plans.CREATE else endpoint["EndpointConfigName"]
        moved = (
            [Change("endpoint_config_name", before, self.wish.config_name)] if before != self.wish.config_name else []
        )
        if action == plans.CREATE:
            return Plan(action, [*moved, *retag.changes], ["CreateEndpoint"])
        if action == plans.REPLACE:
            revived = Change("endpoint_status", endpoint["EndpointStatus"], IN_SERVICE)
            return Plan(action, [revived, *moved, *retag.changes], ["DeleteEndpoint", "CreateEndpoint"])
        if action == plans.UPDATE:
            return Plan(action, [*moved, *rollout.changes, *retag.changes], [*rollout.calls, *tag_calls])
        return Plan(plans.RETAG, retag.changes, tag_calls) if tag_calls else Plan(action)

    def _refuse(self, action: str, endpoint: Optional[Api], plan: Plan) -> None:
        """What is not done, and why."""
        if action == REFUSE:
            raise self._failure(
                endpoint,
                f"Endpoint {self.wish.name} is {ROLLBACK_FAILED}: an update and its rollback both failed, and a mix of old "
                "and new instances serves. It is not deleted while it serves: deploy another configuration, or delete it.",
            )
        if action == plans.REPLACE and not self.wish.replace_failed:
            raise self._failure(
                endpoint,
                f"Endpoint {self.wish.name} is {endpoint['EndpointStatus']} and serves nothing. Only deleting it helps; with "
                "replace_failed it is deleted and made again.",
            )

    def _rollout(self, endpoint: Api) -> _Rollout:
        """How to update: what autoscaling asks for, and what the service would refuse."""
        wish = self.wish
        old = self._config(endpoint["EndpointConfigName"]) or {}
        new = wish.config or self._config(wish.config_name)
        broken = deployments.update_rules(wish.deployment_config, old, new) if old and new else []
        if broken:
            raise InputError(" ".join(broken))
        names = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
        targets = preservation.registered(self.aws.autoscaling, wish.name, names)
        aside = preservation.in_the_way(targets, old, new)
        if aside and not wish.preserve_autoscaling:
            raise SageMakerError(
                f"Endpoint {wish.name}: the variants {', '.join(aside)} are registered scalable targets, and AWS refuses to "
                "remove them or to change their instance type as long as they are. With preserve_autoscaling they are "
                "deregistered for the update and registered again."
            )
        saved = {name: [autoscaling.read(self.aws.autoscaling, target) for target in targets[name]] for name in aside}
        changes = self._config_changes(old, new) if old and new else []
        return _Rollout(self._update_request(targets, old, new), old, new, saved, changes)

    def _config(self, name: str) -> Optional[Api]:
        return immutables.describe(endpoint_configs.KIND, self.aws, name)

    def _config_changes(self, old: Api, new: Api) -> List[Change]:
        """Which fields of the configuration make the update necessary."""
        shape = self.aws.sagemaker.input_shape("CreateEndpointConfig")
        content = {m: v for m, v in new.items() if m in shape.members and m != "EndpointConfigName"}
        return compare.changes(shape, content, old)

    def _update_request(self, targets: Mapping[str, List[Api]], old: Api, new: Optional[Api]) -> Api:
        """Counts that the autoscaler set are retained unless the user decides; the rest follows the new configuration."""
        request = self.wish.request
        scaled = any(t["ScalableDimension"] == autoscaling.INSTANCE_COUNT for ts in targets.values() for t in ts)
        if "RetainAllVariantProperties" in request or not scaled:
            return request
        exclude = ["DataCaptureConfig"]
        if new is None or _weights(old) != _weights(new):
            exclude.append("DesiredWeight")
        properties = [{"VariantPropertyType": name} for name in exclude]
        return {**request, "RetainAllVariantProperties": True, "ExcludeRetainedVariantProperties": properties}

    def _predicted(self, plan: Plan, endpoint: Optional[Api]) -> Api:
        """The endpoint as a run would leave it."""
        wish = self.wish
        if not plan.changed or plan.action == plans.RETAG:
            return endpoint
        if plan.action == plans.UPDATE:
            kept = {m: v for m, v in endpoint.items() if m not in ("FailureReason", "PendingDeploymentSummary")}
            status = IN_SERVICE if wish.wait else UPDATING
            return {**kept, "EndpointConfigName": wish.config_name, "EndpointStatus": status}
        arn = self.aws.arn(f"endpoint/{wish.name}")
        return {
            "EndpointName": wish.name,
            **({"EndpointArn": arn} if arn else {}),
            "EndpointConfigName": wish.config_name,
            "EndpointStatus": IN_SERVICE if wish.wait else CREATING,
        }

    # Doing

    def _do(self, plan: Plan, endpoint: Optional[Api], rollout: Optional[_Rollout], retag: tags.TagChange) -> Api:
        if plan.action in (plans.CREATE, plans.REPLACE):
            if plan.action == plans.REPLACE:
                self._delete()
            return self._create(retag.after)
        if rollout is not None:
            after = self._update(endpoint, rollout)
        else:
            after = endpoint
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], retag)
        return after

    def _create(self, all_tags: tags.Tags) -> Api:
        """Create and verify. A failure because the fresh role is not known yet is tried again for a while."""
        wish = self.wish
        own_tags = {key: value for key, value in all_tags.items() if not key.startswith(tags.RESERVED)}
        request = {
            "EndpointName": wish.name,
            "EndpointConfigName": wish.config_name,
            **({"DeploymentConfig": wish.deployment_config} if wish.deployment_config else {}),
            **({"Tags": tags.SAGEMAKER.to_api(own_tags)} if own_tags else {}),
        }
        deadline = self.aws.clock.now() + retries.ROLE_PROPAGATION_TIMEOUT
        while True:
            self._call("CreateEndpoint", request)
            if not wish.wait:
                return self._described()
            endpoint = self._await_end()
            reason = endpoint.get("FailureReason", "")
            if endpoint["EndpointStatus"] == IN_SERVICE and endpoint["EndpointConfigName"] == wish.config_name:
                return endpoint
            if not errors.is_role_not_ready(reason) or self.aws.clock.now() > deadline:
                raise self._failure(
                    endpoint, f"Endpoint {wish.name} could not be created: {_reason(endpoint)}", rolled_back=False
                )
            self._delete()

    def _update(self, endpoint: Api, rollout: _Rollout) -> Api:
        """Update and verify; targets step aside for the time of the update and come back whatever its end."""
        service = self.aws.autoscaling
        aside = bool(rollout.saved)
        serving = rollout.old
        try:
            for targets in rollout.saved.values():
                for target in targets:
                    autoscaling.deregister(service, target.key)
            self._call("UpdateEndpoint", rollout.request)
            if not (self.wish.wait or aside):
                return self._described()
            after = self._await_end(endpoint)
            if after["EndpointConfigName"] == self.wish.config_name and rollout.new is not None:
                serving = rollout.new
        finally:
            self._restore(rollout, serving)
        if after["EndpointStatus"] == IN_SERVICE and after["EndpointConfigName"] == self.wish.config_name:
            return self._arrived() if aside else after
        raise self._update_failure(after)

    def _restore(self, rollout: _Rollout, serving: Api) -> None:
        """Register again what stepped aside, on the variants of the configuration that serves now."""
        for name, targets in rollout.saved.items():
            variant = preservation.successor(name, rollout.old, serving)
            for target in targets if variant else []:
                preservation.restore(self.aws.autoscaling, target, self.wish.name, variant)

    def _call(self, operation: str, request: Api) -> None:
        """CreateEndpoint or UpdateEndpoint, repeated while a transition or eventual consistency is in the way."""
        deadline = self.aws.clock.now() + CONSISTENCY_TIMEOUT
        failures = 0
        while True:
            try:
                self.aws.sagemaker.call(operation, request, self._lookup)
                return
            except ServiceError as error:
                if self._is_done(operation, error):
                    return
                if errors.is_in_progress(error):
                    # The autoscaler or a maintenance was quicker.
                    self._settle(self._described())
                    continue
                if self.aws.clock.now() > deadline or not self._is_late(error):
                    raise
            failures += 1
            self.aws.clock.sleep(retries.PATIENT.pause(failures, self.aws.clock))

    def _lookup(self) -> Optional[Api]:
        """After a lost answer: the endpoint, if it is on its way to what was asked for."""
        endpoint = describe(self.aws, self.wish.name)
        return endpoint if endpoint is not None and destination(endpoint) == self.wish.config_name else None

    def _is_done(self, operation: str, error: ServiceError) -> bool:
        """Whether the refusal says that somebody was quicker with the same: then there is nothing left to ask for."""
        if operation == "CreateEndpoint":
            return errors.is_existing(error) and self._lookup() is not None
        return (errors.is_config_in_use(error) or errors.is_in_progress(error)) and self._lookup() is not None

    def _is_late(self, error: ServiceError) -> bool:
        """Whether the service does not see the configuration yet although it exists."""
        missing = errors.is_missing(error, "endpoint configuration") and self.wish.config_name in errors.message(error)
        return missing and self._config(self.wish.config_name) is not None

    def _delete(self) -> None:
        delete(self.aws, self.wish.name, self._timeout())

    # Waiting

    def _timeout(self) -> float:
        return float(self.wish.timeout or deployments.timeout(self.wish.deployment_config))

    def _described(self) -> Api:
        endpoint = describe(self.aws, self.wish.name)
        if endpoint is None:
            raise SageMakerError(f"Endpoint {self.wish.name} is gone: somebody else deleted it during this run.")
        return endpoint

    def _settle(self, endpoint: Api) -> Optional[Api]:
        """Wait for the end of a transition that this run did not begin."""
        return settle(self.aws, self.wish.name, self._timeout())

    def _await_end(self, before: Optional[Api] = None) -> Api:
        """Wait until the transition begun has ended and every variant has arrived, or the end is no success."""
        start = self.aws.clock.now()
        seen = before is None

        def ended(endpoint: Api) -> bool:
            nonlocal seen
            status = endpoint["EndpointStatus"]
            if status in TRANSITIONS | {DELETING}:
                seen = True
                return False
            if endpoint["EndpointConfigName"] == self.wish.config_name:
                return status != IN_SERVICE or has_arrived(endpoint)
            return seen or status != IN_SERVICE or self.aws.clock.now() - start > LAG

        return self._wait(ended)

    def _arrived(self) -> Api:
        """Wait until registering again has moved what it moves."""
        return self._wait(lambda endpoint: is_settled(endpoint) and has_arrived(endpoint))

    def _wait(self, settled: Any) -> Api:
        sagemaker = self.aws.sagemaker
        try:
            return waiters.wait_until(
                self._described, settled, self._timeout(), self.aws.clock, lambda: sagemaker.throttled_at
            )
        except waiters.TimedOut as error:
            raise self._failure(error.last, _too_long(self.wish.name, error.last, self._timeout()), cause="timeout")

    # Failing

    def _update_failure(self, after: Api) -> SageMakerError:
        wish = self.wish
        status = after["EndpointStatus"]
        if status == IN_SERVICE:
            return self._failure(
                after,
                f"Endpoint {wish.name} was not updated to {wish.config_name}: SageMaker rolled back, and it still serves "
                f"{after['EndpointConfigName']}. {_reason(after)}",
                rolled_back=True,
            )
        return self._failure(
            after,
            f"Endpoint {wish.name} was not updated to {wish.config_name}; it is {status} now. {_reason(after)}",
            rolled_back=False,
        )

    def _failure(self, endpoint: Api, message: str, **details: Any) -> SageMakerError:
        """A failure with all that helps: reason, what serves, logs, and the remedy where the cause is known."""
        reason = endpoint.get("FailureReason", "")
        cause = diagnosis.diagnose(reason)
        logs = diagnosis.log_group(self.wish.name)
        return SageMakerError(
            f"{message} {cause.remedy} Logs of the containers: CloudWatch log group {logs}.",
            **{
                "failure_reason": reason,
                "endpoint": resource(self.aws, endpoint, {}),
                "cause": cause.name,
                "remedy": cause.remedy,
                "log_group": logs,
                **details,
            },
        )


def _weights(config: Api) -> Dict[str, float]:
    return {
        v["VariantName"]: shapes.float32(v.get("InitialVariantWeight", 1.0))
        for v in config.get("ProductionVariants", [])
    }


def _reason(endpoint: Api) -> str:
    reason = endpoint.get("FailureReason")
    return f"Reason: {reason}" if reason else "SageMaker gives no reason."


def _too_long(name: str, endpoint: Api, timeout: float) -> str:
    return (
        f"Endpoint {name} is still {endpoint['EndpointStatus']} after {timeout:.0f} s (wait_timeout). What was begun goes on; "
        "run again to wait for its end."
    )


def settle(aws: Aws, name: str, timeout: float) -> Optional[Api]:
    """Wait for the end of a transition; the endpoint then, None if it ended in not being there."""
    try:
        return waiters.wait_until(
            lambda: describe(aws, name), is_settled, timeout, aws.clock, lambda: aws.sagemaker.throttled_at
        )
    except waiters.TimedOut as error:
        raise SageMakerError(
            _too_long(name, error.last, timeout), endpoint=resource(aws, error.last, {}), cause="timeout"
        ) from error


def delete(aws: Aws, name: str, timeout: float, wait: bool = True) -> None:
    """Delete an endpoint and wait until it is gone. While a transition is under way the service refuses: wait it out."""
    while True:
        try:
            aws.sagemaker.call("DeleteEndpoint", {"EndpointName": name})
            break
        except ServiceError as error:
            if errors.is_missing(error, "endpoint"):
                return
            if not errors.is_in_progress(error):
                raise
            if settle(aws, name, timeout) is None:
                return
    if wait:
        gone(aws, name, timeout)


def gone(aws: Aws, name: str, timeout: float) -> None:
    """Wait until an endpoint that is being deleted does not exist any more."""
    try:
        waiters.wait_until(
            lambda: describe(aws, name),
            lambda endpoint: endpoint is None,
            timeout,
            aws.clock,
            lambda: aws.sagemaker.throttled_at,
        )
    except waiters.TimedOut as error:
        raise SageMakerError(
            f"Endpoint {name} is still {error.last['EndpointStatus']} after {timeout:.0f} s (wait_timeout); it was asked to be "
            "deleted. Run again to wait for its end.",
            endpoint=resource(aws, error.last, {}),
        ) from error


def _absent(aws: Aws, params: Mapping[str, Any], check_mode: bool) -> Result:
    name = params["name"]
    timeout = float(params.get("wait_timeout") or deployments.DEFAULT_TIMEOUT)
    found = describe(aws, name)
    if found is None:
        return Result(NOUN, {}, Plan(), {}, {})
    before = _comparable(found, {})
    if found["EndpointStatus"] == DELETING:
        if not check_mode and params["wait"]:
            gone(aws, name, timeout)
        return Result(NOUN, {}, Plan(plans.WAIT), before, {})
    plan = Plan(plans.DELETE, [Change("state", "present", "absent")], ["DeleteEndpoint"])
    if not check_mode:
        with plans.attached(plan):
            delete(aws, name, timeout, params["wait"])
    return Result(NOUN, {}, plan, before, {})


def _comparable(endpoint: Optional[Api], its_tags: tags.Tags) -> Dict[str, Any]:
    """What diff mode shows of an endpoint."""
    if endpoint is None:
        return {}
    return {
        "endpoint_name": endpoint["EndpointName"],
        "endpoint_config_name": endpoint["EndpointConfigName"],
        "endpoint_status": endpoint["EndpointStatus"],
        "tags": its_tags,
    }
