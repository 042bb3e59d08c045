# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API calls of a run, with the resources they concern, for the permissions of the caller. Pure.

The mutating calls are those of the plan. A run also reads before changes and during waits, and makes calls that only a
failure requires, which restore the previous state.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from ..core import failure_causes
from ..core import ownership
from ..iam import operator_policy as permissions
from ..iam import policy as execution_policy
from ..iam.operator_policy import ANY
from ..iam.operator_policy import Call
from ..iam.operator_policy import call
from ..iam.policy import Document
from ..iam.policy import Place
from . import addresses
from . import decisions
from . import steps

Planned = Mapping[str, Any]

# Services by the names of operations that are not SageMaker's.
_SERVICES = {
    **dict.fromkeys(
        "RegisterScalableTarget DeregisterScalableTarget PutScalingPolicy DeleteScalingPolicy PutScheduledAction "
        "DeleteScheduledAction TagResource UntagResource".split(),
        "application-autoscaling",
    ),
    **dict.fromkeys(("PutMetricAlarm", "DeleteAlarms"), "cloudwatch"),
}
# Calls that Application Auto Scaling makes on behalf of the caller.
_SCALED = {
    "variant": ("sagemaker:DescribeEndpoint", "sagemaker:UpdateEndpointWeightsAndCapacities"),
    "component": ("sagemaker:DescribeInferenceComponent", "sagemaker:UpdateInferenceComponentRuntimeConfig"),
}
# Calls whose failure the containers may explain.
_OF_ENDPOINTS = {"CreateEndpoint", "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities"}
_OF_COMPONENTS = {"CreateInferenceComponent", "UpdateInferenceComponent", "UpdateInferenceComponentRuntimeConfig"}
_RESTORING = ("RegisterScalableTarget", "PutScalingPolicy", "PutScheduledAction", "TagResource")


def operator_policy(inputs: Mapping[str, Any], planned: Planned, listed: Iterable[steps.Step]) -> Document:
    """Return the IAM policy that a caller needs for this run. listed: its steps, as planned or as applied."""
    return permissions.operator_policy(calls(inputs, planned, listed), place(planned))


def place(planned: Planned) -> Place:
    """Return the place of the run. If the account is unknown, it means all accounts."""
    current = planned["current"]
    return Place(planned["partition"], current["region"], current["account_id"] or ANY)


def calls(inputs: Mapping[str, Any], planned: Planned, listed: Iterable[steps.Step]) -> Iterator[Call]:
    """Yield the calls of a run, possibly with duplicates."""
    known = _Known(inputs, planned)
    listed = [one for one in listed if one["plan"]["calls"] or one["part"] == steps.POSTPONED]
    yield from _looks(known)
    for one in listed:
        yield from _changes(known, one)
    made = {operation for one in listed for operation in one["plan"]["calls"]}
    yield from _role_passes(known, made)
    yield from _deletions(known, listed)
    yield from _autoscaling(known, made)
    yield from _failures(known, made)
    if known.tested:
        yield from _invocations(known)


class _Known:
    """Names that a run knows beforehand."""

    def __init__(self, inputs: Mapping[str, Any], planned: Planned) -> None:
        self.inputs = inputs
        self.planned = planned
        self.current = current = planned["current"]
        self.serving = serving = current["serving"]
        self.name: str = inputs["name"]
        self.live: str = (planned.get("before_rollout") or {}).get("live") or ""
        releases = current["releases"]
        serves = [serving.get("endpoint_config_name"), serving.get("in_use")]
        self.configs = _unique(
            [
                self.live,
                planned["stopped"].get("endpoint_config_name"),
                *serves,
                *(one["endpoint_config_name"] for one in releases),
                *(serving.get("history") or ()),
            ]
        )
        hosted = serving.get("inference_components", ())
        self.stopped = stopped = planned["stopped"]
        self.components = _unique(
            [
                *decisions.all_components(current),
                *(one["name"] for one in stopped.get("components", ())),
                *(one["name"] for one in inputs.get("inference_components") or ()),
            ]
        )
        self.models = _unique(
            [
                *(planned.get("model_names") or ()),
                *(name for one in (*releases, *hosted) for name in one["model_names"]),
                *serving.get("model_names", ()),
                *current["orphaned_models"],
            ]
        )
        self.tested = bool((planned.get("after_rollout") or {}).get("tested"))
        self.role: str = (planned.get("execution_role") or {}).get("arn") or inputs.get("sg_role_arn") or ""

    @property
    def own_roles(self) -> list[str]:
        """Return the names of the execution roles that the run reads."""
        if self.inputs.get("sg_role_arn") or self.planned["state"] in ("rollback", "stopped", "started"):
            return []
        prefixes = _unique([self.inputs["name_prefix"], *self.current["name_prefixes"]])
        names = [execution_policy.role_name(one, self.name, self.current["region"]) for one in prefixes]
        return names if self.planned["state"] == "absent" else _unique([self.planned["execution_role"]["name"], *names])


def _unique(names: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(name for name in names if name))


def _looks(known: _Known) -> Iterator[Call]:
    """Yield the calls that every run makes to read, also during waits."""
    yield call("sagemaker:DescribeEndpoint", endpoint=known.name)
    yield call("sagemaker:DescribeEndpointConfig", endpoint_config=known.configs)
    yield call("sagemaker:DescribeModel", model=known.models)
    yield call("sagemaker:ListTags", endpoint=known.name, endpoint_config=known.configs, model=known.models)
    yield call("tag:GetResources")
    yield call("sts:GetCallerIdentity")
    if known.inputs.get("max_hourly_cost") is not None and not known.inputs.get("price_file"):
        yield call("pricing:GetProducts")
    yield call("application-autoscaling:DescribeScalableTargets")
    # Only the configuration in use tells whether an endpoint hosts components.
    if known.components or (known.serving and not known.serving.get("endpoint_config")):
        yield call("sagemaker:ListInferenceComponents")
    if known.components:
        yield call("sagemaker:DescribeInferenceComponent", inference_component=known.components)
        yield call("sagemaker:ListTags", inference_component=known.components)
    if known.inputs.get("autoscaling") or known.serving.get("scalable_targets") or known.stopped.get("targets"):
        yield call("application-autoscaling:DescribeScalingPolicies")
        yield call("application-autoscaling:DescribeScheduledActions")
        yield call("application-autoscaling:ListTagsForResource", scalable_target=ANY)
    alarms = _alarms(known)
    if alarms:
        yield call("cloudwatch:DescribeAlarms", alarm=alarms)
    for operation in ("GetRole", "ListRolePolicies", "ListAttachedRolePolicies", "ListInstanceProfilesForRole"):
        if known.own_roles:
            yield call(f"iam:{operation}", role=known.own_roles)
    if known.current["tagging_denied"]:
        yield call("sagemaker:ListEndpointConfigs")
        yield call("sagemaker:ListModels")


def _alarms(known: _Known) -> list[str]:
    """Return the names of the alarms that scale out from zero and that the run reads."""
    alarms = [one["alarm"]["name"] for one in known.inputs.get("autoscaling") or () if "alarm" in one]
    alarms += _stopped_alarms(known)
    if known.planned["state"] == "present":
        return _unique([*alarms, *decisions.known_alarms(known.current)])
    # The alarms of the variants of releases.
    owners = [f"{known.name}-{ANY}", *known.components]
    return _unique([*alarms, *decisions.known_alarms(known.current), *map(ownership.alarm_name, owners)])


def _stopped_alarms(known: _Known) -> list[str]:
    """Return the names of the alarms that trigger policies of the stopped endpoint."""
    listed = (names for target in known.stopped.get("targets", ()) for names in target["alarms"].values())
    return _unique(name for names in listed for name in names)


def _changes(known: _Known, one: steps.Step) -> Iterator[Call]:
    """Yield the mutating calls of a step."""
    part, name = one["part"], one["name"]
    for operation in one["plan"]["calls"]:
        if part in (steps.EXECUTION_ROLE, steps.PRUNE_ROLES):
            yield from _role_changes(operation, name)
        elif part == steps.RELEASES:
            yield from _pruned(operation, one)
        else:
            service = _SERVICES.get(operation, "sagemaker")
            yield call(f"{service}:{operation}", **_things(known, part, name, operation))
            if operation.startswith("Create"):
                # AWS does not document whether only the new resource is checked, or all that the call names.
                yield call("sagemaker:AddTags", **_things(known, part, name, operation))


def _things(known: _Known, part: str, name: str, operation: str) -> dict[str, Any]:
    """Return the resources of a call of a step, by kind."""
    if operation in ("PutMetricAlarm", "DeleteAlarms"):
        return {"alarm": _stopped_alarms(known) if part == steps.POWER else name}
    if operation in _SERVICES:
        # Their ARNs contain an identifier that AWS generates.
        return {"scalable_target": ANY}
    if part == steps.MODELS:
        return {"model": name}
    if part == steps.ENDPOINT_CONFIG:
        return {"endpoint_config": name}
    if part == steps.POWER:
        return _of_power(known, operation)
    if part in (steps.COMPONENTS, steps.REMOVE_COMPONENTS):
        on = {"endpoint": known.name} if operation == "CreateInferenceComponent" else {}
        return {"inference_component": name, **on}
    if operation in ("CreateEndpoint", "UpdateEndpoint"):
        return {"endpoint": known.name, "endpoint_config": known.live}
    if operation.endswith("EndpointConfig"):
        # A placeholder for a configuration that was deleted while the endpoint uses it.
        return {"endpoint_config": known.configs}
    return {"endpoint": known.name}


def _of_power(known: _Known, operation: str) -> dict[str, Any]:
    """Return the resources of a call that stops or starts the endpoint, by kind."""
    config = known.stopped.get("endpoint_config_name") or known.configs
    if "InferenceComponent" in operation:
        on = {"endpoint": known.name} if operation == "CreateInferenceComponent" else {}
        return {"inference_component": known.components, **on}
    if operation in ("AddTags", "DeleteTags", "CreateEndpoint"):
        return {"endpoint": known.name, "endpoint_config": config}
    return {"endpoint": known.name}


def _role_changes(operation: str, name: str) -> Iterator[Call]:
    if operation == "RemoveRoleFromInstanceProfile":
        yield call(f"iam:{operation}", instance_profile=ANY)
        return
    yield call(f"iam:{operation}", role=name)
    if operation == "CreateRole":
        yield call("iam:TagRole", role=name)
    if operation in ("PutRolePolicy", "DeleteRolePolicy"):
        yield call("iam:GetRolePolicy", role=name)


def _pruned(operation: str, one: steps.Step) -> Iterator[Call]:
    """Return the deleted resources, which the changes name."""
    kind = {"DeleteEndpointConfig": "endpoint_configs", "DeleteModel": "models"}[operation]
    paths = [change["path"] for change in one["plan"]["changes"]]
    names = [path[len(kind) + 1 : -1] for path in paths if path.startswith(f"{kind}[")]
    thing = {"endpoint_configs": "endpoint_config", "models": "model"}[kind]
    yield call(f"sagemaker:{operation}", **{thing: names})


def _role_passes(known: _Known, made: set[str]) -> Iterator[Call]:
    """Yield iam:PassRole for models, and for a configuration that hosts components, and what the key of volumes and a hub need."""
    hosting = "CreateEndpointConfig" in made and known.inputs.get("inference_components")
    if known.role and ("CreateModel" in made or hosting):
        yield call("iam:PassRole", role=known.role)
    config = known.inputs.get("endpoint_config") or known.serving.get("endpoint_config") or {}
    key = config.get("kms_key_id")
    if key and made & {"CreateEndpoint", "UpdateEndpoint"}:
        yield call("kms:CreateGrant", key=key)
    if "CreateModel" not in made:
        return
    for content in _hub_content(known.inputs):
        front, _separator, path = content.partition(":hub-content/")
        yield call("sagemaker:DeployHubModel", hub=f"{front}:hub/{path.partition('/')[0]}", hub_content=content)


def _hub_content(inputs: Mapping[str, Any]) -> Iterator[str]:
    """Return the ARNs of the hub content in the inputs."""
    for model in inputs["models"]:
        for container in addresses.containers_of(model):
            access = ((container.get("model_data_source") or {}).get("s3_data_source") or {}).get("hub_access_config")
            if access:
                yield access["hub_content_arn"]


def _deletions(known: _Known, listed: Iterable[steps.Step]) -> Iterator[Call]:
    """Yield the calls that read all endpoints before deleting resources that other endpoints may use."""
    parts = {one["part"] for one in listed}
    prunes = known.planned["state"] == "absent" or steps.RELEASES in parts
    if not prunes and not (known.planned.get("after_rollout") or {}).get("prune"):
        return
    for operation in ("ListEndpoints", "ListEndpointConfigs", "ListModels", "ListInferenceComponents"):
        yield call(f"sagemaker:{operation}")
    # Their tags tell whose they are.
    yield call("sagemaker:ListTags", endpoint_config=ANY, model=ANY)
    yield call("sagemaker:DescribeEndpoint", endpoint=ANY)
    yield call("sagemaker:DescribeEndpointConfig", endpoint_config=ANY)
    yield call("sagemaker:DescribeInferenceComponent", inference_component=ANY)


def _autoscaling(known: _Known, made: set[str]) -> Iterator[Call]:
    """Yield the calls that Application Auto Scaling makes on behalf of the caller. Deleting an endpoint deregisters its
    targets."""
    targets = [one["resource_id"] for one in known.serving.get("scalable_targets", ())]
    if "DeleteEndpoint" in made and targets:
        yield call("application-autoscaling:DeregisterScalableTarget", scalable_target=ANY)
    scaled = _unique([*(one["resource_id"] for one in known.inputs.get("autoscaling") or ()), *targets])
    if not made & {"RegisterScalableTarget", "PutScalingPolicy", "DeregisterScalableTarget", "DeleteScalingPolicy"}:
        return
    yield call("iam:CreateServiceLinkedRole", role=permissions.SERVICE_LINKED_ROLE)
    yield call("application-autoscaling:TagResource", scalable_target=ANY)
    for resource_id in scaled:
        alarms = f"TargetTracking-{resource_id}-{ANY}"
        for operation in ("PutMetricAlarm", "DescribeAlarms", "DeleteAlarms"):
            yield call(f"cloudwatch:{operation}", alarm=alarms)
        kind, _slash, rest = resource_id.partition("/")
        if kind == "endpoint":
            for action in _SCALED["variant"]:
                yield call(action, endpoint=known.name)
        else:
            for action in _SCALED["component"]:
                yield call(action, inference_component=rest)


def _failures(known: _Known, made: set[str]) -> Iterator[Call]:
    """Yield the calls after a failure: restoring targets and the previous release, and retrying with a new role."""
    before = known.planned.get("before_rollout") or {}
    if "DeregisterScalableTarget" in made:
        for operation in _RESTORING:
            yield call(f"application-autoscaling:{operation}", scalable_target=ANY)
    if known.tested and made & {"CreateEndpoint", "UpdateEndpoint"}:
        for name in before.get("previous", ())[:1]:
            yield call("sagemaker:UpdateEndpoint", endpoint=known.name, endpoint_config=name)
    if known.tested and "UpdateInferenceComponent" in made:
        yield call("sagemaker:UpdateInferenceComponent", inference_component=known.components)
    yield from _reports(known, made)
    if {"CreateRole", "CreateEndpoint"} <= made:
        # An endpoint that fails because a new role is not visible everywhere yet is created again.
        yield call("sagemaker:DeleteEndpoint", endpoint=known.name)


def _reports(known: _Known, made: set[str]) -> Iterator[Call]:
    """Yield the calls of a failure report: the last words of the containers, and whether the execution role exists."""
    groups = [failure_causes.log_group(known.name)] if made & _OF_ENDPOINTS or known.tested else []
    if made & _OF_COMPONENTS or known.tested:
        groups += map(failure_causes.component_log_group, known.components)
    for operation in ("DescribeLogStreams", "GetLogEvents"):
        if groups:
            yield call(f"logs:{operation}", logs=groups)
    if known.role and "CreateModel" in made:
        yield call("iam:GetRole", role=known.role)


def _invocations(known: _Known) -> Iterator[Call]:
    """Yield the calls of the smoke test."""
    test, config = known.inputs["smoke_test"], known.inputs["endpoint_config"]
    output = (config.get("async_inference_config") or {}).get("output_config")
    if output is None:
        component = test.get("inference_component_name")
        openai = test.get("openai_path") is not None
        action = "InvokeEndpointWithResponseStream" if test.get("stream") and not openai else "InvokeEndpoint"
        if openai:
            yield call("sagemaker:CallWithBearerToken")
        yield call(f"sagemaker:{action}", endpoint=known.name, inference_component=[component] if component else [])
        return
    yield call("sagemaker:InvokeEndpointAsync", endpoint=known.name)
    for option in ("s3_output_path", "s3_failure_path"):
        if output.get(option):
            bucket, key = execution_policy.s3_location(output[option], option)
            folder = f"{key.rstrip('/')}/" if key.rstrip("/") else ""
            yield call("s3:GetObject", object=f"{bucket}/{folder}{ANY}")
            yield call("s3:ListBucket", bucket=bucket)
    if output.get("kms_key_id"):
        yield call("kms:Decrypt", key=output["kms_key_id"])
