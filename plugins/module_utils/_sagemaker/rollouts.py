# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One rollout: an endpoint is brought to a configuration, and it is only called done when it is true.

Done means: the endpoint uses the configuration that was asked for, nothing is pending, and every variant has the weight
and the capacity that it should have. What is decided for which status stands in endpoints.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Callable
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import autoscaling
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import capacities
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import compare
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import deployments
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import diagnosis
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import endpoints
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import errors
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import immutables
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import plans
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import preservation
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import retries
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import shapes
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import tags
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import usage
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import waiters
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.endpoints import CREATING
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.endpoints import DELETING
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.endpoints import IN_SERVICE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.endpoints import REFUSE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.endpoints import ROLLBACK_FAILED
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.endpoints import TRANSITIONS
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.endpoints import UPDATING
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import ServiceError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Change
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Plan
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Result
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preservation import Saved
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Api
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Aws

# A configuration just made may be unknown to the endpoint calls for so many seconds.
CONSISTENCY_TIMEOUT = 30.0


def ensure(aws: Aws, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Bring an endpoint to the configuration asked for, or delete it; with check_mode only say what would be done."""
    if params["state"] == "absent":
        return endpoints.absent(aws, params, check_mode)
    return _Rollout(aws, Wish(aws, params)).carry_out(check_mode)


class Wish:
    """What was asked for, checked. config: the content of the new configuration, where the caller knows it already."""

    def __init__(self, aws: Aws, params: Mapping[str, Any]) -> None:
        members = (
            "endpoint_config_name",
            "deployment_config",
            "retain_all_variant_properties",
            "exclude_retained_variant_properties",
            "retain_deployment_config",
        )
        options = {"endpoint_name": params["name"], **{option: params.get(option) for option in members}}
        self.request = aws.sagemaker.request("UpdateEndpoint", options)
        self.name: str = self.request["EndpointName"]
        self.config_name: str = self.request["EndpointConfigName"]
        self.deployment_config: Optional[Api] = self.request.get("DeploymentConfig")
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


@dataclass
class _Steps:
    """What is to be done, in order, and which differences make it necessary.

    aside: targets to deregister for the time of the update; restore: all that is registered again afterwards, with what an
    interrupted run remembered; stand_in: the configuration in use is gone and has to exist during an update; keeps_shift:
    traffic that was shifted on purpose stays shifted over the update.
    """

    changes: List[Change] = field(default_factory=list)
    request: Optional[Api] = None
    old: Optional[Api] = None
    new: Optional[Api] = None
    stand_in: bool = False
    aside: List[Saved] = field(default_factory=list)
    restore: List[Saved] = field(default_factory=list)
    remembered: bool = False
    capacities: List[Api] = field(default_factory=list)
    keeps_shift: bool = False

    @property
    def calls(self) -> List[str]:
        named = []
        if self.aside:
            named += ["AddTags", *("DeregisterScalableTarget" for _target in self.aside)]
        if self.stand_in:
            named.append("CreateEndpointConfig")
        if self.request:
            named.append("UpdateEndpoint")
        if self.capacities:
            named.append("UpdateEndpointWeightsAndCapacities")
        for saved in self.restore:
            if self.new is None or preservation.successor(saved.variant, _names(self.old), _names(self.new)):
                named += saved.calls
        if self.restore:
            named.append("DeleteTags")
        if self.stand_in:
            named.append("DeleteEndpointConfig")
        return named


class _Rollout:
    """One run: look, plan, do, verify."""

    def __init__(self, aws: Aws, wish: Wish) -> None:
        self.aws = aws
        self.wish = wish
        self.tags: tags.Tags = {}

    def carry_out(self, check_mode: bool) -> Result:
        wish = self.wish
        endpoint = found = endpoints.describe(self.aws, wish.name)
        must_wait = not endpoints.is_settled(found)
        if must_wait and not check_mode and (wish.wait or endpoints.decide(found, wish.config_name) != plans.WAIT):
            endpoint = endpoints.settle(self.aws, wish.name, self._timeout(found))
        action = endpoints.decide(endpoint, wish.config_name)
        before = endpoints.read_tags(self.aws, endpoint) if endpoint is not None and action != plans.CREATE else {}
        self.tags = before
        self._refuse(action, endpoint)
        steps = self._steps(action, endpoint, before)
        retag = self._tag_change(action, before, steps)
        plan = self._plan(action, endpoint, steps, retag)
        if plan.action == plans.NONE and must_wait:
            plan = Plan(plans.WAIT)
        if check_mode:
            after = self._predicted(plan, endpoint)
        else:
            with plans.attached(plan):
                after = self._do(plan, endpoint, steps, retag)
        return Result(
            endpoints.NOUN,
            endpoints.resource(self.aws, after, retag.after),
            plan,
            endpoints.comparable(endpoint, before),
            endpoints.comparable(after, retag.after),
        )

    # Planning

    def _refuse(self, action: str, endpoint: Optional[Api]) -> None:
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

    def _tag_change(self, action: str, before: tags.Tags, steps: _Steps) -> tags.TagChange:
        """What to do to the user's tags, and to the mark of a traffic shift; memory is looked after elsewhere."""
        own = {tag: value for tag, value in before.items() if not preservation.is_memory(tag)}
        wanted = self.wish.tags
        mark = own.get(capacities.SHIFTED_TAG)
        if mark is None:
            return tags.change(wanted, own, self.wish.purge_tags)
        if action in (plans.UPDATE, plans.REPLACE):
            mark = self.wish.config_name if steps.keeps_shift else None
        elif mark != self.wish.config_name:  # It belongs to a configuration that is not in use.
            mark = None
        kept = {**own, **(wanted or {})} if wanted is None or not self.wish.purge_tags else dict(wanted)
        kept.pop(capacities.SHIFTED_TAG, None)
        return tags.change({**kept, **({capacities.SHIFTED_TAG: mark} if mark else {})}, own, purge=True)

    def _steps(self, action: str, endpoint: Optional[Api], its_tags: tags.Tags) -> _Steps:
        if action in (plans.CREATE, plans.REPLACE):
            return _Steps()
        remembered = preservation.recall(self.wish.name, its_tags)
        shifted = its_tags.get(capacities.SHIFTED_TAG) == endpoint["EndpointConfigName"]
        if action == plans.UPDATE:
            steps = self._update_steps(endpoint, remembered, shifted)
        else:
            steps = _Steps() if shifted else self._drift(endpoint)
        if remembered:
            steps.remembered = True
            steps.restore = [*steps.restore, *remembered]
            steps.changes += [
                Change(f"autoscaling[{saved.variant}]", "deregistered", "registered") for saved in remembered
            ]
        return steps

    def _update_steps(self, endpoint: Api, remembered: List[Saved], shifted: bool) -> _Steps:
        """How to update: what autoscaling asks for, and what the service would refuse."""
        wish = self.wish
        old = self._config(endpoint["EndpointConfigName"])
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
        saved = [preservation.save(self.aws.autoscaling, name, target) for name in aside for target in targets[name]]
        changes = [Change("endpoint_config_name", endpoint["EndpointConfigName"], wish.config_name)]
        scaled = [*targets, *(item.variant for item in remembered)]
        request = self._update_request(self._kept_properties(bool(scaled), shifted, old, new))
        return _Steps(
            changes=[*changes, *(self._config_changes(old, new) if old and new else [])],
            request=request,
            keeps_shift=shifted and _stays_shifted(endpoint, request, new, scaled),
            old=old or {"ProductionVariants": endpoint.get("ProductionVariants", [])},
            new=new,
            stand_in=old is None,
            aside=saved,
            restore=saved,
        )

    def _config(self, name: str) -> Optional[Api]:
        return immutables.describe(endpoint_configs.KIND, self.aws, name)

    def _config_changes(self, old: Api, new: Api) -> List[Change]:
        """Which fields of the configuration make the update necessary."""
        shape = self.aws.sagemaker.input_shape("CreateEndpointConfig")
        return compare.both_ways(shape, self._content(new), self._content(old))

    def _content(self, config: Api) -> Api:
        """The members of a configuration that its create call takes, without the name."""
        members = self.aws.sagemaker.input_shape("CreateEndpointConfig").members
        return {m: value for m, value in config.items() if m in members and m != "EndpointConfigName"}

    def _kept_properties(self, scaled: bool, shifted: bool, old: Optional[Api], new: Optional[Api]) -> Set[str]:
        """What variants keep over the update although the configuration begins with something else.

        Counts that the autoscaler set, and what was shifted on purpose, unless the configurations themselves differ in it.
        """
        kept = {"DesiredInstanceCount"} if scaled else set()
        if shifted and old and new:
            kept |= {"DesiredInstanceCount"} if capacities.counts(old) == capacities.counts(new) else set()
            kept |= {"DesiredWeight"} if capacities.weights(old) == capacities.weights(new) else set()
        return kept

    def _update_request(self, kept: Set[str]) -> Api:
        """The update; the user decides what is retained, or the rest follows the new configuration."""
        request = self.wish.request
        if "RetainAllVariantProperties" in request or not kept:
            return request
        exclude = {item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties", [])}
        exclude |= {"DesiredInstanceCount", "DesiredWeight"} - kept
        properties = [{"VariantPropertyType": name} for name in sorted(exclude)]
        exclusion = {"ExcludeRetainedVariantProperties": properties} if properties else {}
        return {**request, "RetainAllVariantProperties": True, **exclusion}

    def _drift(self, endpoint: Api) -> _Steps:
        """Weights and counts that somebody changed behind our back, where the configuration's content was given.

        Left alone: what the user wants retained, and counts that an autoscaler owns.
        """
        wish = self.wish
        retained = wish.request.get("RetainAllVariantProperties")
        if wish.config is None or retained:
            return _Steps()
        wanted, changes = capacities.drift(endpoint, wish.config)
        if any("DesiredInstanceCount" in item for item in wanted):
            names = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
            owned = preservation.registered(self.aws.autoscaling, wish.name, names)
            wanted, changes = capacities.without_counts(wanted, changes, list(owned))
        return _Steps(changes=changes, capacities=wanted)

    def _plan(self, action: str, endpoint: Optional[Api], steps: _Steps, retag: tags.TagChange) -> Plan:
        if action == plans.CREATE:
            return Plan(
                action,
                [Change("endpoint_config_name", None, self.wish.config_name), *retag.changes],
                ["CreateEndpoint"],
            )
        if action == plans.REPLACE:
            revived = Change("endpoint_status", endpoint["EndpointStatus"], IN_SERVICE)
            return Plan(action, [revived, *retag.changes], ["DeleteEndpoint", "CreateEndpoint"])
        tag_calls = retag.calls(tags.SAGEMAKER)
        if steps.calls:
            return Plan(plans.UPDATE, [*steps.changes, *retag.changes], [*steps.calls, *tag_calls])
        return Plan(plans.RETAG, retag.changes, tag_calls) if tag_calls else Plan()

    def _predicted(self, plan: Plan, endpoint: Optional[Api]) -> Api:
        """The endpoint as a run would leave it."""
        wish = self.wish
        if plan.action == plans.NONE or (plan.action == plans.WAIT and not wish.wait):
            return endpoint
        if plan.action not in (plans.CREATE, plans.REPLACE):
            kept = {m: value for m, value in endpoint.items() if m not in ("FailureReason", "PendingDeploymentSummary")}
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

    def _do(self, plan: Plan, endpoint: Optional[Api], steps: _Steps, retag: tags.TagChange) -> Api:
        if plan.action == plans.REPLACE:
            endpoints.delete(self.aws, self.wish.name, self._timeout())
        if plan.action in (plans.CREATE, plans.REPLACE):
            return self._create(retag.after)
        after = endpoint
        if steps.request:
            after = self._update(steps, endpoint)
        if steps.capacities:
            after = self._set_capacities(steps.capacities)
        if steps.restore and not steps.request:
            after = self._restored(steps, self._described())
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], retag)
        return after

    def _create(self, its_tags: tags.Tags) -> Api:
        """Create and verify. A failure because the fresh role is not known yet is tried again for a while."""
        wish = self.wish
        own_tags = {key: value for key, value in its_tags.items() if not key.startswith(tags.RESERVED)}
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
            endpoint = self._await_end(seen=True)
            if self._serves(endpoint):
                return endpoint
            reason = endpoint.get("FailureReason", "")
            if not errors.is_role_not_ready(reason) or self.aws.clock.now() > deadline:
                raise self._failure(
                    endpoint, f"Endpoint {wish.name} could not be created. {diagnosis.told_reason(endpoint)}"
                )
            endpoints.delete(self.aws, wish.name, self._timeout())

    def _update(self, steps: _Steps, endpoint: Api) -> Api:
        """Update and verify. Targets that step aside come back whatever the end; an update that goes on keeps them away."""
        if steps.aside:
            self._step_aside(steps, endpoint)
        try:
            if steps.stand_in:
                self._make_stand_in(steps, endpoint)
            self._call("UpdateEndpoint", steps.request)
        except SageMakerError as error:
            self._restored_after(error, steps)
            raise
        if not self.wish.wait and not steps.restore and not steps.stand_in:
            return self._described()
        after = self._await_update(steps)
        if not self._serves(after):
            error = self._update_failure(after, endpoint["EndpointConfigName"])
            self._restored_after(error, steps)
            raise error
        if steps.restore:
            after = self._restored(steps, after)
        if steps.stand_in:
            immutables.delete(endpoint_configs.KIND, self.aws, endpoint["EndpointConfigName"])
        return after

    def _await_update(self, steps: _Steps) -> Api:
        try:
            return self._await_end()
        except SageMakerError as error:
            # The update may still go on, and what it leads to is not known: nothing can be registered now.
            if steps.restore:
                error.message += " Its autoscaling is remembered in tags of the endpoint, and the next run restores it."
            raise

    def _step_aside(self, steps: _Steps, endpoint: Api) -> None:
        """Remember the targets on the endpoint, then deregister them."""
        memory = preservation.memory(steps.restore)
        present = endpoints.read_tags(self.aws, endpoint)
        if len({*present, *memory}) > tags.MOST:
            raise SageMakerError(
                f"Endpoint {self.wish.name}: {len(memory)} tags are needed to remember its autoscaling for the time of the "
                f"update, but it has {len(present)} of at most {tags.MOST} already. Remove some, or deregister its scalable "
                "targets yourself first."
            )
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], tags.TagChange(put=memory))
        for saved in steps.aside:
            autoscaling.deregister(self.aws.autoscaling, preservation.key(saved, self.wish.name))

    def _make_stand_in(self, steps: _Steps, endpoint: Api) -> None:
        """The configuration in use was deleted, and the service updates only between two that exist: make one of its name."""
        request = {**self._content(steps.new or {}), "EndpointConfigName": endpoint["EndpointConfigName"]}
        self.aws.sagemaker.call("CreateEndpointConfig", request, lambda: self._config(endpoint["EndpointConfigName"]))

    def _restored(self, steps: _Steps, endpoint: Api) -> Api:
        """Register again what stepped aside, on the variants that serve now, and forget it. The endpoint afterwards."""
        serving = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
        before = _names(steps.old) or serving
        for saved in steps.restore:
            variant = preservation.successor(saved.variant, before, serving)
            if variant:
                preservation.restore(self.aws.autoscaling, saved, self.wish.name, variant)
        pieces = [tag for tag in endpoints.read_tags(self.aws, endpoint) if preservation.is_memory(tag)]
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], tags.TagChange(drop=pieces))
        # Registering moves the capacity at once where it lies outside the limits.
        return self._wait(lambda seen: endpoints.is_settled(seen) and endpoints.has_arrived(seen))

    def _restored_after(self, error: SageMakerError, steps: _Steps) -> None:
        """Bring autoscaling back after a failure. That this fails too must not hide the first failure."""
        if not steps.restore:
            return
        try:
            self._restored(steps, self._described())
        except SageMakerError as second:
            error.message += (
                f" Autoscaling is not back yet either: {second.message} It is remembered in tags of the endpoint, and the "
                "next run restores it."
            )

    def _set_capacities(self, wanted: List[Api]) -> Api:
        request = {"EndpointName": self.wish.name, "DesiredWeightsAndCapacities": wanted}
        self.aws.sagemaker.call("UpdateEndpointWeightsAndCapacities", request, self._lookup)
        if not self.wish.wait:
            return self._described()
        return self._wait(lambda seen: endpoints.is_settled(seen) and endpoints.has_arrived(seen))

    def _call(self, operation: str, request: Api) -> None:
        """CreateEndpoint or UpdateEndpoint, repeated while a transition or eventual consistency is in the way."""
        deadline = self.aws.clock.now() + CONSISTENCY_TIMEOUT
        failures = 0
        while True:
            try:
                self.aws.sagemaker.call(operation, request, self._lookup)
                return
            except ServiceError as error:
                if errors.is_existing(error) or errors.is_config_in_use(error):
                    self._taken(error)
                    return
                if errors.is_in_progress(error):
                    if self._lookup() is not None:
                        return
                    # The autoscaler, a maintenance or another run was quicker.
                    endpoints.settle(self.aws, self.wish.name, self._timeout())
                    continue
                if self.aws.clock.now() > deadline or not self._is_late(error):
                    raise
            failures += 1
            self.aws.clock.sleep(retries.PATIENT.pause(failures, self.aws.clock))

    def _lookup(self) -> Optional[Api]:
        """After a lost answer: the endpoint, if it is on its way to what was asked for."""
        endpoint = endpoints.describe(self.aws, self.wish.name)
        there = endpoint is not None and endpoints.destination(endpoint) == self.wish.config_name
        return endpoint if there and endpoint["EndpointStatus"] != DELETING else None

    def _taken(self, error: ServiceError) -> None:
        """Somebody was quicker: fine with the same configuration, else nobody knows which of the two is meant."""
        if self._lookup() is None:
            raise SageMakerError(
                f"Endpoint {self.wish.name} was made or changed by somebody else during this run: {error.message} Run again "
                "to bring it to the configuration asked for."
            ) from error

    def _is_late(self, error: ServiceError) -> bool:
        """Whether the service does not see the configuration yet although it exists."""
        missing = errors.is_missing(error, "endpoint configuration")
        named = f"/{self.wish.config_name.lower()}" in errors.message(error).lower()
        return missing and named and self._config(self.wish.config_name) is not None

    # Waiting

    def _timeout(self, endpoint: Optional[Api] = None) -> float:
        """Seconds to wait; for a transition that is under way its own deployment policy counts as well."""
        policies = [self.wish.deployment_config, (endpoint or {}).get("LastDeploymentConfig")]
        return float(self.wish.timeout or max(deployments.timeout(policy) for policy in policies))

    def _described(self) -> Api:
        endpoint = endpoints.describe(self.aws, self.wish.name)
        if endpoint is None:
            raise SageMakerError(f"Endpoint {self.wish.name} is gone: somebody else deleted it during this run.")
        return endpoint

    def _serves(self, endpoint: Api) -> bool:
        return endpoint["EndpointStatus"] == IN_SERVICE and endpoint["EndpointConfigName"] == self.wish.config_name

    def _await_end(self, seen: bool = False) -> Api:
        """Wait until the transition begun has ended and every variant has arrived, or the end is no success.

        seen: whether its beginning has shown; until then an unchanged description may be a late one.
        """
        start = self.aws.clock.now()

        def ended(endpoint: Api) -> bool:
            nonlocal seen
            if endpoint["EndpointStatus"] in TRANSITIONS | {DELETING}:
                seen = True
                return False
            if self._serves(endpoint):
                return endpoints.has_arrived(endpoint)
            return seen or endpoint["EndpointStatus"] != IN_SERVICE or self.aws.clock.now() - start > waiters.LAG

        return self._wait(ended)

    def _wait(self, settled: Callable[[Api], bool]) -> Api:
        sagemaker = self.aws.sagemaker
        try:
            return waiters.wait_until(
                self._described, settled, self._timeout(), self.aws.clock, lambda: sagemaker.throttled_at
            )
        except waiters.TimedOut as error:
            message = endpoints.timeout_message(self.wish.name, error.last, self._timeout())
            raise self._failure(error.last, message, cause="timeout") from error

    # Failing

    def _update_failure(self, after: Api, before: str) -> SageMakerError:
        name, wanted, serving = self.wish.name, self.wish.config_name, after["EndpointConfigName"]
        status = after["EndpointStatus"]
        if status != IN_SERVICE:
            text = f"Endpoint {name} was not updated to {wanted}; it is {status} now. {diagnosis.told_reason(after)}"
            return self._failure(after, text, rolled_back=False)
        if serving != before:
            text = f"Endpoint {name} serves {serving} now, not {wanted}: somebody else updated it during this run."
            again = f"Run again to bring it to {wanted}."
            return self._failure(after, text, cause="superseded", remedy=again)
        text = (
            f"Endpoint {name} was not updated to {wanted}: SageMaker rolled back, and it still serves {serving}. "
            f"{diagnosis.told_reason(after)}"
        )
        return self._failure(after, text, rolled_back=True)

    def _failure(self, endpoint: Api, message: str, **details: Any) -> SageMakerError:
        """A failure with all that helps: reason, what serves, logs, and the remedy where the cause is known."""
        reason = endpoint.get("FailureReason", "")
        cause = diagnosis.diagnose(reason)
        logs = diagnosis.log_group(self.wish.name)
        return SageMakerError(
            f"{message} {details.get('remedy', cause.remedy)} Logs of the containers: CloudWatch log group {logs}.",
            **{
                "failure_reason": reason,
                "endpoint": endpoints.resource(self.aws, endpoint, self.tags),
                "rolled_back": False,
                "cause": cause.name,
                "remedy": cause.remedy,
                "log_group": logs,
                **details,
            },
        )


def _stays_shifted(endpoint: Api, request: Api, new: Optional[Api], scaled: List[str]) -> bool:
    """Whether this update keeps weights or counts, but those of the autoscaler, that the new configuration does not begin with."""
    if new is None or not request.get("RetainAllVariantProperties"):
        return False
    excluded = {item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties", [])}
    wanted, _changes = capacities.without_counts(*capacities.drift(endpoint, new), scaled)
    return any(set(item) - {"VariantName"} - excluded for item in wanted)


def _names(config: Optional[Api]) -> List[str]:
    return [variant["VariantName"] for variant in usage.variants(config or {})]
