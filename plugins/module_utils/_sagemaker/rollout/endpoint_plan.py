# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of one rollout: what has to be done to bring an endpoint to a configuration, and why. Looks, and changes nothing.

resources.endpoints decides by status; rollout.endpoint applies the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set
from typing import Tuple

from ..api import tags
from ..api.client import AwsClients
from ..core import errors
from ..core import ownership
from ..core import plans
from ..core.errors import InputError
from ..core.plans import Change
from ..core.plans import Plan
from ..core.problems import Problem
from ..core.types import Api
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources import placeholder_configs
from ..resources import variants
from ..resources.endpoints import CREATING
from ..resources.endpoints import IN_SERVICE
from ..resources.endpoints import UPDATING
from ..rules import capacity as capacity_rules
from ..rules import deployment_policy as deployment_policy_rules
from ..rules import tags as tag_rules
from ..rules import variants as variant_rules
from ..rules.capacity import CapacityDrift
from ..schema import compare
from ..schema import shapes
from . import scaling_handover
from . import traffic_plan
from .scaling_handover import Saved


class DesiredEndpoint:
    """What was asked for, checked. config: the content of the new configuration, where the caller knows it already."""

    def __init__(self, aws: AwsClients, params: Mapping[str, Any]) -> None:
        members = (
            "endpoint_config_name",
            "deployment_config",
            "retain_all_variant_properties",
            "exclude_retained_variant_properties",
            "retain_deployment_config",
        )
        options = {"endpoint_name": params["name"], **{option: params.get(option) for option in members}}
        wrong = errors.Problems()
        with wrong.collected():
            self.request = aws.sagemaker.request(
                "UpdateEndpoint",
                options,
                lambda request: deployment_policy_rules.policy_rules(request.get("deployment_config")),
            )
        with wrong.collected():
            self.tags = tag_rules.parse(params.get("tags"))
        errors.raise_if_any(wrong)
        self.name: str = self.request["EndpointName"]
        self.config_name: str = self.request["EndpointConfigName"]
        self.deployment_config: Optional[Api] = self.request.get("DeploymentConfig")
        self.purge_tags: bool = params["purge_tags"]
        self.scaled_variants: List[str] = params.get("scaled_variants") or []
        self.unscaled_variants: List[str] = params.get("unscaled_variants") or []
        self.preserve_autoscaling: bool = params["preserve_autoscaling"]
        self.replace_failed: bool = params["replace_failed"]
        self.wait: bool = params["wait"]
        self.timeout: Optional[int] = params.get("wait_timeout")
        self.config = self._given_config(aws, params.get("endpoint_config"))

    def _given_config(self, aws: AwsClients, config: Optional[Mapping[str, Any]]) -> Optional[Api]:
        if not config:
            return None
        shape = aws.sagemaker.output_shape("DescribeEndpointConfig")
        known = shapes.members_by_option(shape)
        content = shapes.to_api(shape, {option: value for option, value in config.items() if option in known})
        if content.get("EndpointConfigName") != self.config_name:
            raise InputError(
                Problem(
                    "endpoint_config",
                    f"it describes {content.get('EndpointConfigName')}, but endpoint_config_name is "
                    f"{self.config_name}. Give the result of sagemaker_endpoint_config for that name.",
                )
            )
        names = [variant["VariantName"] for variant in variants.of(content)]
        listed = (("scaled_variants", self.scaled_variants), ("unscaled_variants", self.unscaled_variants))
        unknown = {option: [name for name in given if name not in names] for option, given in listed}
        errors.raise_if_any(
            Problem(option, f"{self.config_name} has no variant {', '.join(missing)}; it has {', '.join(names)}.")
            for option, missing in unknown.items()
            if missing
        )
        return content


@dataclass(frozen=True)
class RolloutPlan:
    """What is to be done, in order, and which differences make it necessary.

    leftover: the placeholder that an interrupted run wrote down; leftover_exists: whether it still exists; request: of the
    update; placeholder: the name of the configuration in use, if that is gone and something has to stand in for it during the
    update; placeholder_request: what makes that, unless it exists already; suspended: targets to deregister for the time of the
    update; saved: all that is remembered meanwhile, with what an interrupted run remembered; forget: whether anything was
    remembered, then or now; restore, fallback: what of it is registered again once all is well, or if the update fails;
    restore_calls: the calls of the former; drift: weights and counts to put right, those too that the update cannot but keep;
    keeps_traffic_override: traffic that was shifted on purpose stays shifted over the update.
    """

    action: str
    changes: List[Change] = field(default_factory=list)
    leftover: Optional[str] = None
    leftover_exists: bool = False
    request: Optional[Api] = None
    placeholder: Optional[str] = None
    placeholder_request: Optional[Api] = None
    suspended: List[Saved] = field(default_factory=list)
    saved: List[Saved] = field(default_factory=list)
    forget: bool = False
    restore: List[Saved] = field(default_factory=list)
    restore_calls: List[str] = field(default_factory=list)
    fallback: List[Saved] = field(default_factory=list)
    drift: List[CapacityDrift] = field(default_factory=list)
    keeps_traffic_override: bool = False
    retag: tag_rules.TagChange = field(default_factory=tag_rules.TagChange)

    @property
    def calls(self) -> List[str]:
        """The API operations that change something, in order, but those for the tags."""
        if self.action == plans.CREATE:
            return ["CreateEndpoint"]
        named = ["DeleteEndpointConfig"] if self.leftover_exists else []
        if self.action == plans.REPLACE:
            named += ["DeleteEndpoint", "CreateEndpoint"]
        elif self.leftover:
            named.append("DeleteTags")
        if self.suspended or self.placeholder_request:
            named.append("AddTags")
        named += ["DeregisterScalableTarget"] * len(self.suspended)
        if self.placeholder_request:
            named.append("CreateEndpointConfig")
        if self.request:
            named.append("UpdateEndpoint")
        named += self.restore_calls
        if self.forget:
            named.append("DeleteTags")
        if self.placeholder:
            named += ["DeleteEndpointConfig", "DeleteTags"]
        if self.drift:
            named.append(traffic_plan.OPERATION)
        return named

    @property
    def has_sequel(self) -> bool:
        """Whether something is left to do once the rollout has ended, so that its end is awaited in any case."""
        return bool(self.forget or self.placeholder or self.drift)

    @property
    def plan(self) -> Plan:
        changes = [*self.changes, *self.retag.changes]
        if self.action in (plans.CREATE, plans.REPLACE):
            return Plan(self.action, changes, self.calls)
        tag_calls = tags.SAGEMAKER.calls(self.retag)
        if self.calls:
            return Plan(plans.UPDATE, changes, [*self.calls, *tag_calls])
        return Plan(plans.RETAG, changes, tag_calls) if tag_calls else Plan()


def plan_rollout(
    aws: AwsClients, desired: DesiredEndpoint, action: str, endpoint: Optional[Api], its_tags: tag_rules.Tags
) -> RolloutPlan:
    """The steps of an action that endpoints.next_action has told. Raises what the service would refuse."""
    steps = _steps(aws, desired, action, endpoint, its_tags)
    leftover = its_tags.get(placeholder_configs.TAG)
    if leftover and leftover != steps.placeholder:
        steps = _without_leftover(aws, desired, steps, leftover)
    return replace(steps, retag=tag_change(desired, steps, its_tags))


def _without_leftover(aws: AwsClients, desired: DesiredEndpoint, steps: RolloutPlan, name: str) -> RolloutPlan:
    """Return the steps with the removal of what an interrupted run left: a placeholder, or only the tag that names it."""
    # Whoever gives the content has made the configuration anew, or will have by then.
    exists = placeholder_configs.exists(aws, name) and not (desired.config and name == desired.config_name)
    if exists and steps.request and name == desired.config_name:
        raise InputError(
            Problem(
                "endpoint_config_name",
                f"{name} is a placeholder that an interrupted run left, with other content. Create the "
                "configuration of this name again (sagemaker_endpoint_config).",
            )
        )
    changes = [Change(f"endpoint_configs[{name}]", name, None)] if exists else []
    return replace(steps, leftover=name, leftover_exists=exists, changes=[*steps.changes, *changes])


def predict(aws: AwsClients, desired: DesiredEndpoint, steps: RolloutPlan, endpoint: Optional[Api]) -> Api:
    """The endpoint as a run would leave it."""
    action = steps.plan.action
    untouched = action in (plans.NONE, plans.RETAG)
    if untouched and (endpoints.is_stable(endpoint) or not desired.wait):
        return endpoint
    pending = {"PendingDeploymentSummary": {"EndpointConfigName": desired.config_name}}
    if action not in (plans.CREATE, plans.REPLACE):
        kept = {m: value for m, value in endpoint.items() if m not in ("FailureReason", "PendingDeploymentSummary")}
        if not desired.wait and not steps.has_sequel:
            # The service shows the old configuration until the update has ended.
            return {**kept, "EndpointStatus": UPDATING, **pending}
        status = IN_SERVICE if desired.wait or not steps.drift else UPDATING
        return {**kept, "EndpointConfigName": desired.config_name, "EndpointStatus": status}
    arn = aws.arn(f"endpoint/{desired.name}")
    return {
        "EndpointName": desired.name,
        **({"EndpointArn": arn} if arn else {}),
        "EndpointConfigName": desired.config_name,
        **(
            {"EndpointStatus": IN_SERVICE}
            if desired.wait or steps.has_sequel
            else {"EndpointStatus": CREATING, **pending}
        ),
    }


def tag_change(desired: DesiredEndpoint, steps: RolloutPlan, before: tag_rules.Tags) -> tag_rules.TagChange:
    """What to do to the user's tags, and to the mark of a traffic shift; memory is looked after elsewhere."""
    own = {tag: value for tag, value in before.items() if not ownership.is_memory(tag)}
    wanted = desired.tags
    mark = own.get(ownership.TRAFFIC_OVERRIDE_TAG)
    if mark is None:
        return tag_rules.change(wanted, own, desired.purge_tags)
    if steps.action in (plans.UPDATE, plans.REPLACE):
        mark = desired.config_name if steps.keeps_traffic_override else None
    elif mark != desired.config_name:  # It belongs to a configuration that is not in use.
        mark = None
    kept = {**own, **(wanted or {})} if wanted is None or not desired.purge_tags else dict(wanted)
    kept.pop(ownership.TRAFFIC_OVERRIDE_TAG, None)
    return tag_rules.change({**kept, **({ownership.TRAFFIC_OVERRIDE_TAG: mark} if mark else {})}, own, purge=True)


def revival(endpoint: Api) -> List[Change]:
    """Return what the replacement of an endpoint that serves nothing changes, and why it is needed."""
    return plans.revival("endpoint_status", endpoint["EndpointStatus"], endpoint.get("FailureReason"))


def _steps(
    aws: AwsClients, desired: DesiredEndpoint, action: str, endpoint: Optional[Api], its_tags: tag_rules.Tags
) -> RolloutPlan:
    if action == plans.CREATE:
        return RolloutPlan(action, [Change("endpoint_config_name", None, desired.config_name)])
    remembered = scaling_handover.from_tags(desired.name, its_tags)
    if action == plans.REPLACE:
        return _replace_steps(aws, desired, endpoint, remembered)
    shifted = its_tags.get(ownership.TRAFFIC_OVERRIDE_TAG) == endpoint["EndpointConfigName"]
    if action == plans.UPDATE:
        return _update_steps(aws, desired, endpoint, its_tags, remembered, shifted)
    config = desired.config
    if remembered and config is None:
        config = immutables.describe(endpoint_configs.KIND, aws, desired.config_name)
    left = _unrestored(aws, desired, remembered, endpoint)
    back = _returning(aws, desired, [one for one, _calls in left], config)
    steps = (
        RolloutPlan(action) if shifted else _drift(aws, desired, action, endpoint, _announced(desired, back, config))
    )
    return replace(
        steps,
        saved=[one for one, _calls in left],
        forget=bool(remembered),
        restore=back,
        restore_calls=_calls(left, back),
        changes=[*steps.changes, *_recall_changes(remembered, left, back)],
    )


def _replace_steps(aws: AwsClients, desired: DesiredEndpoint, endpoint: Api, remembered: List[Saved]) -> RolloutPlan:
    """Return how to delete and make again. What an interrupted run remembered goes over to the new endpoint."""
    config = desired.config
    if remembered and config is None:
        config = immutables.describe(endpoint_configs.KIND, aws, desired.config_name)
    back = _returning(aws, desired, remembered, config)
    left = [(one, _all_calls(desired, one)) for one in remembered]
    return RolloutPlan(
        plans.REPLACE,
        changes=[
            *revival(endpoint),
            *_recall_changes(remembered, left, back),
        ],
        saved=back,
        forget=bool(back),
        restore=back,
        restore_calls=_calls(left, back),
    )


def _unrestored(
    aws: AwsClients, desired: DesiredEndpoint, remembered: List[Saved], endpoint: Api
) -> List[Tuple[Saved, List[str]]]:
    """Return what an interrupted run remembered, each with the calls that are left to do, without what is newer by now."""
    found = []
    for one in remembered:
        variant = scaling_handover.restored_variant(one, endpoint)
        left = scaling_handover.unrestored(aws.autoscaling, one, desired.name, variant) if variant else []
        if left is None:
            aws.warn([scaling_handover.kept_warning(one, desired.name, variant)])
        else:
            found.append((one, [call for call, _request in left] if variant else _all_calls(desired, one)))
    return found


def _all_calls(desired: DesiredEndpoint, saved: Saved) -> List[str]:
    """Return the calls that bring back a target of which nothing is there."""
    return [operation for operation, _request in saved.requests(desired.name, saved.variant)]


def _calls(left: List[Tuple[Saved, List[str]]], back: List[Saved]) -> List[str]:
    return [call for one, calls in left if one in back for call in calls]


def _recall_changes(remembered: List[Saved], left: List[Tuple[Saved, List[str]]], back: List[Saved]) -> List[Change]:
    """Return what becomes of what an interrupted run remembered. Of a target that is registered only the memory goes."""
    away = [one for one, calls in left if scaling_handover.REGISTER in calls]
    changes = []
    for one in remembered:
        if one in away:
            changes += _autoscaling_changes([one], "deregistered", back)
        else:
            changes.append(Change(f"autoscaling[{one.variant}]", "remembered", "registered"))
    return changes


def _autoscaling_changes(saved: List[Saved], before: str, back: List[Saved]) -> List[Change]:
    """What becomes of saved targets, where it is something else than before."""
    ends = [(one.variant, "registered" if one in back else None) for one in saved]
    return [Change(f"autoscaling[{variant}]", before, after) for variant, after in ends if after != before]


def _update_steps(
    aws: AwsClients,
    desired: DesiredEndpoint,
    endpoint: Api,
    its_tags: tag_rules.Tags,
    remembered: List[Saved],
    shifted: bool,
) -> RolloutPlan:
    """How to update: what autoscaling asks for, and what the service would refuse."""
    leftover = placeholder_configs.left_behind(aws, its_tags)
    old, new = _configs(aws, desired, endpoint, leftover)
    names = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
    targets = scaling_handover.registered(aws.autoscaling, desired.name, names)
    left = _unrestored(aws, desired, remembered, endpoint)
    saved, whole = _to_deregister(aws, targets, endpoint, old, new, left)
    left = [(one, calls) for one, calls in left if one not in whole]
    still_remembered = [one for one, _calls in left]
    errors.raise_if_any(_update_problems(aws, desired, saved, still_remembered, old, new, its_tags))
    placeholder = endpoint["EndpointConfigName"] if old is None else None
    back = [one for one in saved if _is_wanted(desired, one, new)]
    recalled = _returning(aws, desired, still_remembered, new)
    changes = [Change("endpoint_config_name", endpoint["EndpointConfigName"], desired.config_name)]
    changes += _config_changes(aws, old, new) if old and new else []
    scaled = [*_owning(desired, targets), *_announced(desired, recalled, new)]
    on_purpose = _kept_on_purpose(aws, desired, shifted, old, new)
    request = _update_request(desired, on_purpose | _kept_for_autoscaling(aws, endpoint, new, scaled))
    kept = _kept(aws, endpoint, request, new, scaled)
    drift = [one for one in kept if one.option not in on_purpose]
    return RolloutPlan(
        plans.UPDATE,
        changes=[
            *changes,
            *capacity_rules.changes(drift),
            *_autoscaling_changes(saved, "registered", back),
            *_recall_changes([one for one in remembered if one not in whole], left, recalled),
        ],
        request=request,
        placeholder=placeholder,
        placeholder_request=(
            _placeholder_request(aws, desired, new, placeholder) if placeholder and placeholder != leftover else None
        ),
        suspended=saved,
        saved=[*saved, *still_remembered],
        forget=bool(saved or remembered),
        restore=[*back, *recalled],
        restore_calls=[*(call for one in back for call in _all_calls(desired, one)), *_calls(left, recalled)],
        fallback=[*saved, *(one for one in still_remembered if not scaling_handover.incompatibilities(aws, one, old))],
        drift=drift,
        keeps_traffic_override=shifted and len(drift) < len(kept),
    )


def update_problems(aws: AwsClients, desired: DesiredEndpoint, endpoint: Api, its_tags: tag_rules.Tags) -> List[str]:
    """What the service would refuse of the update that leads to what was asked for."""
    old, new = _configs(aws, desired, endpoint, placeholder_configs.left_behind(aws, its_tags))
    names = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
    targets = scaling_handover.registered(aws.autoscaling, desired.name, names)
    saved, _whole = _to_deregister(aws, targets, endpoint, old, new, [])
    return list(
        _update_problems(aws, desired, saved, scaling_handover.from_tags(desired.name, its_tags), old, new, its_tags)
    )


def _configs(
    aws: AwsClients, desired: DesiredEndpoint, endpoint: Api, leftover: Optional[str]
) -> Tuple[Optional[Api], Optional[Api]]:
    """The configuration that the endpoint uses, None if it is gone, and the one asked for, None if it is not made yet.

    leftover: a placeholder, which tells nothing of what serves.
    """
    name = endpoint["EndpointConfigName"]
    old = None if name == leftover else immutables.describe(endpoint_configs.KIND, aws, name)
    return old, desired.config or immutables.describe(endpoint_configs.KIND, aws, desired.config_name)


def _to_deregister(
    aws: AwsClients,
    targets: Mapping[str, List[Api]],
    endpoint: Api,
    old: Optional[Api],
    new: Optional[Api],
    left: List[Tuple[Saved, List[str]]],
) -> Tuple[List[Saved], List[Saved]]:
    """The targets that AWS wants out of the way of an update, and what of an interrupted run's memory is in them.

    Of a target that it has registered again something may still be missing, so what it remembered is the whole of it.
    """
    among = [variant["VariantName"] for variant in variants.of(old or endpoint)]
    registered = {
        (scaling_handover.restored_variant(one, endpoint), one.target["ScalableDimension"]): one
        for one, calls in left
        if scaling_handover.REGISTER not in calls
    }
    saved, whole = [], []
    for name in scaling_handover.blocking_targets(targets, old, new):
        for target in targets[name]:
            known = registered.get((name, target["ScalableDimension"]))
            if known is None:
                saved.append(scaling_handover.save(aws.autoscaling, name, among, target))
            else:
                saved.append(replace(known, variant=name, among=among))
                whole.append(known)
    return saved, whole


def _is_wanted(desired: DesiredEndpoint, saved: Saved, config: Optional[Api]) -> bool:
    """Whether there is a variant in this configuration that a saved target comes back on."""
    variant = scaling_handover.restored_variant(saved, config)
    return variant is not None and variant not in desired.unscaled_variants


def _update_problems(
    aws: AwsClients,
    desired: DesiredEndpoint,
    saved: List[Saved],
    remembered: List[Saved],
    old: Optional[Api],
    new: Optional[Api],
    its_tags: tag_rules.Tags,
) -> Iterator[Problem]:
    """What to say about configurations between which there is no way, about targets that could not be registered again after the
    update, and about such that could not be remembered meanwhile."""
    if old and new:
        yield from deployment_policy_rules.update_rules(
            endpoints.policy_options(aws, desired.deployment_config),
            *(aws.sagemaker.options("CreateEndpointConfig", config) for config in (old, new)),
        )
    if saved and not desired.preserve_autoscaling:
        yield Problem(
            "preserve_autoscaling",
            f"the variants {', '.join(dict.fromkeys(one.variant for one in saved))} of the endpoint "
            f"{desired.name} are registered scalable targets, and AWS refuses to remove them or to change their instance type as "
            "long as they are. Set it to true to deregister them for the update and register them again.",
        )
    places = {variant["VariantName"]: path for path, variant in variants.by_path(new or {})}
    for one in saved:
        reasons = scaling_handover.incompatibilities(aws, one, new) if _is_wanted(desired, one, new) else []
        key = scaling_handover.key(one, desired.name)
        for reason in reasons:
            yield Problem(
                f"endpoint_config.{places[scaling_handover.restored_variant(one, new)]}",
                f"the scalable target {key['ResourceId']} "
                f"({key['ScalableDimension']}) has to be deregistered for the update, and the new configuration does not take it "
                f"again: {reason.text} Or remove the target first (sagemaker_autoscaling with state: absent).",
            )
    memory = scaling_handover.to_tags([*saved, *remembered]) if saved else {}
    if len({*its_tags, *memory}) > tag_rules.MOST:
        yield Problem(
            "tags",
            f"{len(memory)} tags are needed to remember the autoscaling of the endpoint {desired.name} for the time of the "
            f"update, but it has {len(its_tags)} of at most {tag_rules.MOST} already. Remove some, or deregister its scalable targets "
            "yourself first.",
        )
    elif old is None and len({*its_tags, *memory, placeholder_configs.TAG}) > tag_rules.MOST:
        yield Problem(
            "tags",
            f"a tag is needed to remember what stands in for the deleted configuration of the endpoint {desired.name} during the "
            f"update, but it has {len(its_tags)} of at most {tag_rules.MOST} already. Remove one of them.",
        )


def _returning(
    aws: AwsClients, desired: DesiredEndpoint, remembered: List[Saved], config: Optional[Api]
) -> List[Saved]:
    """What of an interrupted run's targets is registered again. The others are forgotten, else no run would come to its end."""
    wanted = [
        (one, scaling_handover.incompatibilities(aws, one, config))
        for one in remembered
        if _is_wanted(desired, one, config)
    ]
    aws.warn(
        [
            f"Endpoint {desired.name}: an interrupted run had deregistered the scalable target of the variant {one.variant} "
            f"({scaling_handover.described(one)}). It is not registered again, since it does not fit any more: {' '.join(map(str, problems))} "
            "Register one that fits with sagemaker_autoscaling."
            for one, problems in wanted
            if problems
        ]
    )
    return [one for one, problems in wanted if not problems]


def _owning(desired: DesiredEndpoint, targets: Mapping[str, List[Api]]) -> List[str]:
    """The registered variants whose counts are the autoscaler's. One that is about to go owns nothing any more."""
    return [name for name in targets if name not in desired.unscaled_variants]


def _announced(desired: DesiredEndpoint, back: List[Saved], config: Optional[Api]) -> List[str]:
    """The variants whose counts are the autoscaler's although they may not be registered at the moment."""
    return [*desired.scaled_variants, *(scaling_handover.restored_variant(one, config) or one.variant for one in back)]


def _config_changes(aws: AwsClients, old: Api, new: Api) -> List[Change]:
    """Which fields of the configuration make the update necessary."""
    shape = aws.sagemaker.input_shape("CreateEndpointConfig")
    return compare.diff(shape, _content(aws, new), _content(aws, old))


def _content(aws: AwsClients, config: Api) -> Api:
    """The members of a configuration that its create call takes, without the name."""
    members = aws.sagemaker.input_shape("CreateEndpointConfig").members
    return {m: value for m, value in config.items() if m in members and m != "EndpointConfigName"}


def _placeholder_request(aws: AwsClients, desired: DesiredEndpoint, config: Optional[Api], name: str) -> Api:
    """Return what makes a placeholder of this name, with the content of a configuration.

    Nothing runs on its volumes, and a size may be the service's addition.
    """

    def unsized(listed: List[Api]) -> List[Api]:
        return [{m: value for m, value in variant.items() if m != "VolumeSizeInGB"} for variant in listed]

    content = _content(aws, config or {})
    lists = ("ProductionVariants", "ShadowProductionVariants")
    content.update({member: unsized(content[member]) for member in lists if member in content})
    return placeholder_configs.request(content, name, desired.name)


# Which options of a variant the service can keep over an update, and by which names.
_PROPERTIES = {capacity_rules.COUNT: "DesiredInstanceCount", capacity_rules.WEIGHT: "DesiredWeight"}


def _kept_on_purpose(
    aws: AwsClients, desired: DesiredEndpoint, shifted: bool, old: Optional[Api], new: Optional[Api]
) -> Set[str]:
    """Return which options variants are to keep over the update although the configuration begins with something else.

    As the user says; else what was shifted on purpose, unless the configurations themselves differ in it.
    """
    given = desired.request.get("RetainAllVariantProperties")
    if given is not None:
        return set(_PROPERTIES) if given else set()
    if not (shifted and old and new):
        return set()
    before, after = (aws.sagemaker.options("CreateEndpointConfig", config) for config in (old, new))
    initial = {capacity_rules.COUNT: capacity_rules.counts, capacity_rules.WEIGHT: capacity_rules.weights}
    return {option for option, values in initial.items() if values(before) == values(after)}


def _kept_for_autoscaling(aws: AwsClients, endpoint: Api, new: Optional[Api], scaled: List[str]) -> Set[str]:
    """Return which options variants are to keep because an autoscaler has set them."""
    after = [variant["VariantName"] for variant in variants.of(new)] if new else None
    names = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
    # The service keeps the counts of all variants or of none.
    staying = {name for name in names if after is None or name in after}
    keeps_counts = staying & set(scaled) and not _needs_instances(aws, endpoint, new)
    return {capacity_rules.COUNT} if keeps_counts else set()


def _needs_instances(aws: AwsClients, endpoint: Api, new: Optional[Api]) -> bool:
    """Whether a variant stands on no instance, as the autoscaler of an asynchronous endpoint may leave it, and has to answer at
    once under the new configuration."""
    config = aws.sagemaker.options("CreateEndpointConfig", new or {})
    serving = {
        variant["variant_name"]
        for variant in variant_rules.of(config)
        if variant_rules.kind_of(config, variant).scaling.least > 0
    }
    return any(
        variant["VariantName"] in serving and variant.get("DesiredInstanceCount") == 0
        for variant in variants.of(endpoint)
    )


def _update_request(desired: DesiredEndpoint, kept: Set[str]) -> Api:
    """The update; the user decides what is retained, or the rest follows the new configuration."""
    request = desired.request
    if "RetainAllVariantProperties" in request or not kept:
        return request
    exclude = {item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties", [])}
    exclude |= {name for option, name in _PROPERTIES.items() if option not in kept}
    properties = [{"VariantPropertyType": name} for name in sorted(exclude)]
    exclusion = {"ExcludeRetainedVariantProperties": properties} if properties else {}
    return {**request, "RetainAllVariantProperties": True, **exclusion}


def _kept(aws: AwsClients, endpoint: Api, request: Api, new: Optional[Api], scaled: List[str]) -> List[CapacityDrift]:
    """What this update keeps, but counts of the autoscaler, although the new configuration begins with something else."""
    if new is None or not request.get("RetainAllVariantProperties"):
        return []
    excluded = {item["VariantPropertyType"] for item in request.get("ExcludeRetainedVariantProperties", [])}
    kept = capacity_rules.without_counts(_capacity_drift(aws, endpoint, new), scaled)
    return [one for one in kept if _PROPERTIES[one.option] not in excluded]


def _capacity_drift(aws: AwsClients, endpoint: Api, config: Api) -> List[CapacityDrift]:
    """Return the weights and counts that differ from those that a configuration begins with."""
    return capacity_rules.drift(
        aws.sagemaker.result("DescribeEndpoint", endpoint), aws.sagemaker.options("CreateEndpointConfig", config)
    )


def _drift(aws: AwsClients, desired: DesiredEndpoint, action: str, endpoint: Api, announced: List[str]) -> RolloutPlan:
    """Weights and counts that somebody changed behind our back, where the configuration's content was given.

    Left alone: what the user wants retained, and counts that an autoscaler owns, those announced too.
    """
    retained = desired.request.get("RetainAllVariantProperties")
    if desired.config is None or retained:
        return RolloutPlan(action)
    drift = capacity_rules.without_counts(_capacity_drift(aws, endpoint, desired.config), announced)
    if capacity_rules.has_counts(drift):
        names = [variant["VariantName"] for variant in endpoint.get("ProductionVariants", [])]
        targets = scaling_handover.registered(aws.autoscaling, desired.name, names)
        drift = capacity_rules.without_counts(drift, _owning(desired, targets))
    return RolloutPlan(action, changes=capacity_rules.changes(drift), drift=drift)
