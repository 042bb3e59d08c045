# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inference components: each status with each wish, updates that fail, copies with and without an autoscaler, adapters,
faults on the way, and plays that use the modules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import inference_components
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import component as component_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from integration.harness import Player
from integration.logic import IMAGE
from integration.logic import PRESENT as ENDPOINT
from integration.logic import ROLE
from integration.logic import Logic
from integration.logic import shown
from integration.whole_runs import watched
from local_aws.process import LocalAws

PRESENT = {
    "state": "present",
    "name": "x",
    "endpoint_name": "e",
    "variant_name": "main",
    "specifications": None,
    "runtime_config": {"copy_count": 1},
    "deployment_config": None,
    "unscaled": False,
    "tags": None,
    "purge_tags": True,
    "wait": True,
    "wait_timeout": None,
}
COMPUTE = {"number_of_accelerator_devices_required": 1, "min_memory_required_in_mb": 1024}
API_COMPUTE = {"NumberOfAcceleratorDevicesRequired": 1, "MinMemoryRequiredInMb": 1024}
ADAPTER_URL = "s3://models/adapter.tar.gz"
REASON = (
    "The primary container for inference component x did not pass the ping health check. Please check CloudWatch logs."
)
CREATE, DELETE = ["CreateInferenceComponent"], ["DeleteInferenceComponent"]
UPDATE, SCALE = ["UpdateInferenceComponent"], ["UpdateInferenceComponentRuntimeConfig"]
# The component, and whether the endpoint that it was made on is still there.
LOOK = ["DescribeInferenceComponent", "DescribeEndpoint"]
LONG = 20.0


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    logic = Logic(aws)
    prepare(logic)
    return logic


def prepare(logic: Logic) -> None:
    """Make the endpoint e, whose variant main hosts components, and the models m1, m2 and m3."""
    logic.aws.make_role("exec")
    for model in ("m1", "m2", "m3"):
        logic.sagemaker.create_model(ModelName=model, ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE})
    variant = {"VariantName": "main", "InstanceType": "ml.g5.12xlarge", "InitialInstanceCount": 3}
    logic.sagemaker.create_endpoint_config(EndpointConfigName="c", ExecutionRoleArn=ROLE, ProductionVariants=[variant])
    logic.make_endpoint("e", "c")


def specification(model: str = "m1", **members: Any) -> dict[str, Any]:
    return {"model_name": model, "compute_resource_requirements": COMPUTE, **members}


def wish(model: str = "m1", copies: int | None = 1, **options: Any) -> dict[str, Any]:
    runtime = None if copies is None else {"copy_count": copies}
    return {**PRESENT, "specification": specification(model), "runtime_config": runtime, **options}


def adapter(name: str = "a", base: str = "x", **options: Any) -> dict[str, Any]:
    inside = {"base_inference_component_name": base, "container": {"artifact_url": ADAPTER_URL}}
    return wish(name=name, variant_name=None, copies=None, specification=inside, **options)


def run(logic: Logic, params: dict[str, Any], check_mode: bool = False) -> Any:
    return logic.run(component_rollout.ensure, params, check_mode)


def make(logic: Logic, model: str = "m1", settled: bool = True, copies: int = 1, name: str = "x") -> None:
    logic.sagemaker.create_inference_component(
        InferenceComponentName=name,
        EndpointName="e",
        VariantName="main",
        Specification={"ModelName": model, "ComputeResourceRequirements": API_COMPUTE},
        RuntimeConfig={"CopyCount": copies},
    )
    if settled:
        logic.aws.advance(60)


def update(logic: Logic, model: str) -> None:
    logic.sagemaker.update_inference_component(
        InferenceComponentName="x", Specification={"ModelName": model, "ComputeResourceRequirements": API_COMPUTE}
    )


def scale(logic: Logic, copies: int) -> None:
    logic.sagemaker.update_inference_component_runtime_config(
        InferenceComponentName="x", DesiredRuntimeConfig={"CopyCount": copies}
    )


def register(logic: Logic, low: int = 1, high: int = 8) -> None:
    logic.autoscaling.register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="inference-component/x",
        ScalableDimension="sagemaker:inference-component:DesiredCopyCount",
        MinCapacity=low,
        MaxCapacity=high,
    )


def described(logic: Logic, name: str = "x") -> dict[str, Any]:
    return dict(logic.sagemaker.describe_inference_component(InferenceComponentName=name))


def status(logic: Logic, name: str = "x") -> str | None:
    try:
        return str(described(logic, name)["InferenceComponentStatus"])
    except logic.sagemaker.exceptions.ClientError:
        return None


def runs(logic: Logic) -> tuple[str, int]:
    """The model and the number of copies."""
    found = described(logic)
    return found["Specification"]["ModelName"], found["RuntimeConfig"]["CurrentCopyCount"]


def predicted_and_done(logic: Logic, params: dict[str, Any]) -> Any:
    """The result of a run that does what check mode said, and of which a second one finds nothing to do."""
    logic.aws.clear_calls()
    predicted = run(logic, params, check_mode=True)
    assert logic.aws.mutating() == []
    result = run(logic, params)
    assert shown(result) == shown(predicted)
    assert logic.aws.mutating() == result.plan.calls
    assert result.name == predicted.name == params["name"]
    assert (predicted.before, predicted.after) == (result.before, result.after)
    logic.aws.clear_calls()
    again = run(logic, params)
    assert (again.plan.action, again.plan.calls, again.plan.changes) == ("none", [], [])
    assert logic.aws.mutating() == []
    return result


@pytest.mark.parametrize("status_", ["none", "Failed", "Deleting"])
def test_a_component_is_not_made_without_a_copy(logic: Logic, status_: str) -> None:
    """SageMaker refuses that; of one that is there it takes the last copy away."""
    if status_ == "Failed":
        logic.aws.script(component="x", event="create", outcome="fail", reason=REASON)
    if status_ != "none":
        make(logic)
    if status_ == "Deleting":
        logic.sagemaker.delete_inference_component(InferenceComponentName="x")
    before = status(logic)
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(InputError, match=r"runtime_config.copy_count: .* got 0. Create it with 1 or more"):
            run(logic, wish(copies=0), check_mode)
    assert logic.aws.mutating() == []
    if status_ == "Failed":
        assert status(logic) == before
    assert logic.run(component_rollout.ensure, wish(copies=1)).plan.calls[-1:] == CREATE
    predicted_and_done(logic, wish(copies=0))
    assert runs(logic) == ("m1", 0)


# Components that outlive their endpoint, and endpoints that are deleted


@pytest.fixture
def orphaned(logic: Logic) -> Logic:
    """With the component x, whose endpoint e is gone and made again, and which keeps its name taken."""
    logic.aws.configure(components_outlive_endpoints=True)
    make(logic)
    logic.sagemaker.delete_endpoint(EndpointName="e")
    logic.aws.advance(60)
    assert status(logic) == "InService"
    logic.make_endpoint("e", "c")
    return logic


def test_a_component_older_than_its_endpoint_is_made_again(orphaned: Logic) -> None:
    made = described(orphaned)["CreationTime"]
    result = predicted_and_done(orphaned, wish())
    assert (result.plan.action, result.plan.calls) == ("replace", DELETE + CREATE)
    assert [(change.path, change.before, change.after) for change in result.plan.changes] == [("orphaned", True, False)]
    assert described(orphaned)["CreationTime"] > made
    assert runs(orphaned) == ("m1", 1)


def test_a_component_whose_endpoint_is_gone_is_made_again_on_another(orphaned: Logic) -> None:
    orphaned.sagemaker.delete_endpoint(EndpointName="e")
    orphaned.aws.advance(60)
    for check_mode in (True, False):
        with pytest.raises(
            InputError, match="does not exist, and to create it the module needs specification or specifications"
        ):
            run(orphaned, wish(specification=None), check_mode)
    # It goes only where another one can come.
    orphaned.aws.clear_calls()
    with pytest.raises(SageMakerError, match="the endpoint e does not exist. Create it first"):
        run(orphaned, wish())
    assert orphaned.aws.mutating() == []
    orphaned.make_endpoint("f", "c")
    result = predicted_and_done(orphaned, wish(endpoint_name="f"))
    assert result.plan.calls == DELETE + CREATE
    assert described(orphaned)["EndpointName"] == "f"


def test_a_component_whose_endpoint_is_gone_is_deleted(orphaned: Logic) -> None:
    orphaned.sagemaker.delete_endpoint(EndpointName="e")
    orphaned.aws.advance(60)
    assert run(orphaned, wish(state="absent"), check_mode=True).plan.calls == DELETE
    assert run(orphaned, wish(state="absent")).plan.calls == DELETE
    assert status(orphaned) is None


def test_info_tells_which_components_have_lost_their_endpoint(orphaned: Logic) -> None:
    make(orphaned, name="y")

    def shown_orphans() -> list[str]:
        found = component_rollout.info(orphaned.connection(), {"endpoint_name_equals": "e", "sort_by": "Name"})
        assert len(found["inference_components"]) == 2
        return sorted(found["orphaned"])

    orphaned.aws.clear_calls()
    assert shown_orphans() == ["x"]
    assert len([call for call in orphaned.aws.calls() if call["operation"] == "DescribeEndpoint"]) == 1
    orphaned.sagemaker.delete_endpoint(EndpointName="e")
    orphaned.aws.advance(60)
    assert shown_orphans() == ["x", "y"]


@pytest.mark.parametrize("outlive", [False, True])
def test_an_endpoint_that_hosts_components_is_not_deleted(logic: Logic, outlive: bool) -> None:
    """Where SageMaker would delete it, the components would be left without an endpoint, with their names taken."""
    logic.aws.configure(components_outlive_endpoints=outlive, deleting=LONG)
    gone = {**ENDPOINT, "name": "e", "state": "absent"}
    make(logic)
    make(logic, name="y")
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(SageMakerError, match="e hosts the inference components x, y, and .* Delete them first"):
            logic.run(endpoint_rollout.ensure, gone, check_mode)
        with pytest.raises(SageMakerError, match="e hosts the inference component y, and .* Delete it first"):
            logic.run(endpoint_rollout.ensure, {**gone, "deleted_components": ["x"]}, check_mode=True)
    assert logic.aws.mutating() == []
    # What an earlier task is going to delete is still there in check mode, and only there.
    predicted = logic.run(endpoint_rollout.ensure, {**gone, "deleted_components": ["x", "y"]}, check_mode=True)
    assert (predicted.plan.action, predicted.plan.calls) == ("delete", ["DeleteEndpoint"])
    with pytest.raises(SageMakerError, match="hosts the inference components x, y"):
        logic.run(endpoint_rollout.ensure, {**gone, "deleted_components": ["x", "y"]})
    for name in ("x", "y"):
        logic.sagemaker.delete_inference_component(InferenceComponentName=name)
    assert logic.run(endpoint_rollout.ensure, gone, check_mode=True).plan.calls == ["DeleteEndpoint"]
    assert logic.run(endpoint_rollout.ensure, gone).plan.calls == ["DeleteEndpoint"]
    assert (status(logic), status(logic, "y"), logic.status("e")) == (None, None, None)


def test_an_endpoint_is_deleted_beside_what_is_left_of_an_older_one(orphaned: Logic) -> None:
    gone = {**ENDPOINT, "name": "e", "state": "absent"}
    for check_mode in (True, False):
        assert orphaned.run(endpoint_rollout.ensure, gone, check_mode).plan.calls == ["DeleteEndpoint"]
    assert orphaned.status("e") is None


def test_an_endpoint_is_deleted_by_who_may_not_list_components(logic: Logic) -> None:
    logic.aws.fault("ListInferenceComponents", "denied", times=9)
    assert logic.run(endpoint_rollout.ensure, {**ENDPOINT, "name": "e", "state": "absent"}).plan.calls == [
        "DeleteEndpoint"
    ]


def test_an_endpoint_that_serves_nothing_is_not_replaced_from_under_components(logic: Logic) -> None:
    make(logic)
    logic.aws.script(endpoint="e", event="out_of_service", seconds=3600)
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(SageMakerError, match="e hosts the inference component x"):
            logic.run(endpoint_rollout.ensure, {**ENDPOINT, "name": "e", "endpoint_config_name": "c"}, check_mode)
    assert logic.aws.mutating() == []


# The table in the documentation of inference_components.py, cell by cell.

STATUSES = ("none", "Creating", "InService", "Updating", "Failed", "Deleting")
SAME, OTHER, COPIES, BOTH, POLICY, TAGS, ABSENT = "same", "other", "copies", "both", "policy", "tags", "absent"
WISHES = (SAME, OTHER, COPIES, BOTH, POLICY, TAGS, ABSENT)

TABLE: dict[tuple[str, str], tuple[str, list[str]]] = {
    **{(status, SAME): ("wait", []) for status in STATUSES},
    **{(status, OTHER): ("update", UPDATE) for status in STATUSES},
    **{(status, BOTH): ("update", UPDATE) for status in STATUSES},
    **{(status, COPIES): ("update", SCALE) for status in STATUSES},
    **{(status, TAGS): ("retag", ["AddTags"]) for status in STATUSES},
    **{(status, ABSENT): ("delete", DELETE) for status in STATUSES},
    ("InService", SAME): ("none", []),
    **{("Failed", wished): ("replace", DELETE + CREATE) for wished in WISHES if wished != ABSENT},
    **{(found, wished): ("create", CREATE) for found in ("none", "Deleting") for wished in WISHES if wished != ABSENT},
    ("none", ABSENT): ("none", []),
    ("Deleting", ABSENT): ("wait", []),
}
# A deployment policy that differs by itself changes nothing: as if it were not given.
TABLE.update({(status, POLICY): TABLE[status, SAME] for status in STATUSES})

ROLLING = {
    "rolling_update_policy": {
        "maximum_batch_size": {"type": "COPY_COUNT", "value": 1},
        "wait_interval_in_seconds": 120,
    },
    "auto_rollback_configuration": {"alarms": [{"alarm_name": "x-5xx"}]},
}


def find_in(logic: Logic, found: str) -> None:
    """Make the component x, which runs m1 in one copy or is on its way to that, and is found in this status."""
    if found == "none":
        return
    if found == "Failed":
        logic.aws.script(component="x", event="create", outcome="fail", reason=REASON)
    if found == "Creating":
        logic.aws.configure(creating=LONG)
    make(logic, settled=found != "Creating", copies=2 if found == "Updating" else 1)
    if found == "Updating":
        logic.aws.configure(updating=LONG)
        scale(logic, 1)
    if found == "Deleting":
        logic.aws.configure(deleting=LONG)
        logic.sagemaker.delete_inference_component(InferenceComponentName="x")
    assert status(logic) == found


def wished_for(what: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if what == ABSENT:
        options["state"] = "absent"
    if what == POLICY:
        options["deployment_config"] = ROLLING
    if what == TAGS:
        options["tags"] = {"team": "search"}
    return wish("m2" if what in (OTHER, BOTH) else "m1", 3 if what in (COPIES, BOTH) else 1, **options)


def test_the_table_is_complete(logic: Logic) -> None:
    assert set(TABLE) == {(found, wished) for found in STATUSES for wished in WISHES}
    model = logic.sagemaker.meta.service_model.shape_for("InferenceComponentStatus")
    assert set(STATUSES) == {"none", *model.enum}


@pytest.mark.parametrize("wished", WISHES)
@pytest.mark.parametrize("found", STATUSES)
def test_cell(logic: Logic, found: str, wished: str) -> None:
    find_in(logic, found)
    params = wished_for(wished)
    logic.aws.clear_calls()

    predicted = run(logic, params, check_mode=True)
    assert logic.aws.mutating() == []
    assert (predicted.plan.action, predicted.plan.calls) == TABLE[found, wished]

    result = run(logic, params)
    assert shown(result) == shown(predicted)
    assert logic.aws.mutating() == TABLE[found, wished][1]
    if wished == ABSENT:
        assert status(logic) is None
        assert result.resource == predicted.resource == {}
    else:
        assert runs(logic) == ("m2" if wished in (OTHER, BOTH) else "m1", 3 if wished in (COPIES, BOTH) else 1)
        for one in (result, predicted):
            assert one.resource["inference_component_status"] == "InService"
            assert one.resource["specification"]["model_name"] == params["specification"]["model_name"]
            assert one.resource["runtime_config"]["current_copy_count"] == params["runtime_config"]["copy_count"]
            assert one.resource["tags"] == (params["tags"] or {})

    logic.aws.clear_calls()
    again = run(logic, params)
    assert (again.plan.action, again.plan.calls) == ("none", [])
    assert [call["operation"] for call in logic.aws.calls()] == (
        ["DescribeInferenceComponent"] if wished == ABSENT else [*LOOK, "ListTags"]
    )


def test_a_failed_component_is_made_again_with_its_reason_shown(logic: Logic) -> None:
    find_in(logic, "Failed")
    result = run(logic, wish())
    assert [(change.path, change.before) for change in result.plan.changes] == [
        ("inference_component_status", "Failed"),
        ("failure_reason", REASON),
    ]


# Updates

# Nobody knows whether the service describes the old or the new content during an update, so both have to do.
either = pytest.mark.parametrize("shows_new", [False, True])


@either
@pytest.mark.parametrize("stale", [None, "an old reason"])
def test_an_update_that_succeeds_is_one_whatever_reason_is_left(
    logic: Logic, shows_new: bool, stale: str | None
) -> None:
    logic.aws.configure(component_updates_show_new=shows_new)
    make(logic)
    if stale:
        logic.aws.script(component="x", event="update", outcome="rollback", reason=stale)
        update(logic, "m3")
        logic.aws.advance(60)
    result = predicted_and_done(logic, wish("m2"))
    assert result.plan.calls == UPDATE
    assert result.resource.get("failure_reason") == stale
    assert runs(logic) == ("m2", 1)


@either
@pytest.mark.parametrize("stale", [None, REASON, "an old reason"])
@pytest.mark.parametrize(
    ("outcome", "after", "rolled_back"),
    [("rollback", "InService", True), ("rollback_without_reason", "InService", True), ("fail", "Failed", False)],
)
def test_an_update_that_fails_is_a_failure_that_says_so(
    logic: Logic, outcome: str, after: str, rolled_back: bool, stale: str | None, shows_new: bool
) -> None:
    logic.aws.configure(component_updates_show_new=shows_new)
    make(logic)
    if stale:
        logic.aws.script(component="x", event="update", outcome="rollback", reason=stale)
        update(logic, "m3")
        logic.aws.advance(60)
    logic.aws.script(component="x", event="update", outcome=outcome, reason=REASON)

    with pytest.raises(SageMakerError) as caught:
        run(logic, wish("m2"))

    message, details = caught.value.message, caught.value.details
    reason = stale if outcome == "rollback_without_reason" else REASON
    assert details["failure_reason"] == (reason or "")
    assert (reason or "SageMaker reported no reason") in message
    assert ("is older than this update" in message) == (stale is not None and reason == stale)
    assert details["cause"] == ("health_check" if reason == REASON else "unknown")
    assert details["remedy"] in message
    assert details["log_group"] == "/aws/sagemaker/InferenceComponents/x"
    assert details["log_group"] in message
    assert details["rolled_back"] is rolled_back
    assert details["plan"]["calls"] == UPDATE
    assert details["inference_component"]["inference_component_status"] == status(logic) == after
    if rolled_back:
        assert "it still runs as before" in message
        assert runs(logic) == ("m1", 1)
    # Good input recovers.
    assert run(logic, wish("m3")).plan.action == ("update" if rolled_back else "replace")
    assert runs(logic) == ("m3", 1)


@either
def test_an_update_too_quick_to_be_seen_is_told_by_its_time(logic: Logic, shows_new: bool) -> None:
    """The component is never seen in Updating: it was changed and changed back between two looks."""
    logic.aws.configure(updating=0, component_updates_show_new=shows_new)
    make(logic)
    logic.aws.script(component="x", event="update", outcome="rollback_without_reason")
    with pytest.raises(SageMakerError, match="it still runs as before"):
        run(logic, wish("m2"))
    assert run(logic, wish("m2")).plan.calls == UPDATE


@pytest.mark.parametrize("outcome", ["rollback", "rollback_without_reason"])
def test_copies_that_do_not_come_are_a_failure(logic: Logic, outcome: str) -> None:
    make(logic)
    logic.aws.script(component="x", event="scale", outcome=outcome, reason="Insufficient capacity")
    with pytest.raises(SageMakerError, match="it still runs as before") as caught:
        run(logic, wish(copies=4))
    assert caught.value.details["plan"]["calls"] == SCALE
    assert runs(logic) == ("m1", 1)


def test_copies_that_are_missing_are_told_where_nothing_else_is_to_be_done(logic: Logic) -> None:
    make(logic, copies=3)
    present = [2]

    def lacking(name: str, call: Callable[[], Any]) -> Any:
        """There is no room for the third copy."""
        answer = call()
        if name == "describe_inference_component" and answer["Specification"]["ModelName"] == "m1":
            answer["RuntimeConfig"]["CurrentCopyCount"] = present[0]
        return answer

    for options in (wish(copies=3), wish(copies=3, tags={"team": "search"})):
        for check_mode in (True, False):
            aws = watched(logic, lacking)
            result = component_rollout.ensure(aws, options, check_mode)
            assert result.as_dict()["shortfall"] == ["Inference component x has 2 of 3 copies."]
            assert aws.warnings == result.as_dict()["shortfall"]
    # More than there should be go by themselves, and an update brings its own.
    present[0] = 4
    assert component_rollout.ensure(watched(logic, lacking), wish(copies=3), True).as_dict()["shortfall"] == []
    present[0] = 2
    for check_mode in (True, False):
        result = component_rollout.ensure(watched(logic, lacking), wish("m2", copies=3), check_mode)
        assert (result.plan.action, result.as_dict()["shortfall"]) == ("update", [])


def test_a_failed_creation_names_its_reason(logic: Logic) -> None:
    logic.aws.script(component="x", event="create", outcome="fail", reason=REASON)
    with pytest.raises(SageMakerError, match="could not be created. Reason: The primary container") as caught:
        run(logic, wish())
    assert caught.value.details["plan"]["action"] == "create"
    assert run(logic, wish()).plan.action == "replace"


def test_an_update_that_takes_too_long_fails_and_the_next_run_waits_for_its_end(logic: Logic) -> None:
    make(logic)
    logic.aws.configure(updating=300)
    with pytest.raises(SageMakerError, match="still Updating after 60 s") as caught:
        run(logic, wish("m2", wait_timeout=60))
    assert caught.value.details["cause"] == "timeout"
    assert caught.value.details["plan"]["action"] == "update"
    assert run(logic, wish("m2")).plan.action == "wait"
    assert runs(logic) == ("m2", 1)


def test_an_update_to_something_else_under_way_is_waited_for_first(logic: Logic) -> None:
    make(logic)
    update(logic, "m3")
    result = run(logic, wish("m2"))
    assert [(change.path, change.before) for change in result.plan.changes] == [("specification.model_name", "m3")]
    assert runs(logic) == ("m2", 1)


def test_without_waiting_the_update_goes_on(logic: Logic) -> None:
    make(logic)
    logic.aws.configure(updating=LONG)
    result = run(logic, wish("m2", wait=False))
    assert result.resource["inference_component_status"] == status(logic) == "Updating"
    result = run(logic, wish("m1", copies=None, wait=False), check_mode=True)
    assert (result.plan.action, status(logic)) == ("wait", "Updating")


def test_a_deployment_policy_goes_with_the_update(logic: Logic) -> None:
    make(logic, copies=2)
    result = predicted_and_done(logic, wish("m2", copies=2, deployment_config=ROLLING))
    assert result.resource["last_deployment_config"] == ROLLING


def test_the_request_of_an_update_is_what_was_given(logic: Logic) -> None:
    make(logic, copies=2)
    run(logic, wish("m2", copies=None, deployment_config=ROLLING))
    call = next(call for call in logic.aws.calls() if call["operation"] == "UpdateInferenceComponent")
    assert call["request"] == {
        "InferenceComponentName": "x",
        "Specification": {"ModelName": "m2", "ComputeResourceRequirements": API_COMPUTE},
        "DeploymentConfig": {
            "RollingUpdatePolicy": {
                "MaximumBatchSize": {"Type": "COPY_COUNT", "Value": 1},
                "WaitIntervalInSeconds": 120,
            },
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "x-5xx"}]},
        },
    }


def test_what_the_service_adds_is_no_difference_and_each_member_given_is_one(logic: Logic) -> None:
    logic.aws.put("s3://models/model.tar.gz")
    container = {
        "image": IMAGE,
        "artifact_url": "s3://models/model.tar.gz",
        "environment": {"A": "1", "TOKEN": "secret-1"},
    }
    full = {
        "container": container,
        "compute_resource_requirements": {**COMPUTE, "number_of_cpu_cores_required": 0.7},
        "startup_parameters": {"container_startup_health_check_timeout_in_seconds": 1200},
        "scheduling_config": {
            "placement_strategy": "SPREAD",
            "availability_zone_balance": {"enforcement_mode": "PERMISSIVE", "max_imbalance": 1},
        },
        "data_cache_config": {"enable_caching": True},
    }
    predicted_and_done(logic, wish(specification=full))
    assert run(logic, wish(specification={**full, "data_cache_config": None})).plan.action == "none"
    for member, other, path in (
        ("container", {**container, "environment": {"A": "2"}}, "container.environment.A"),
        ("container", {**container, "image": IMAGE.replace("3.2", "3.3")}, "container.image"),
        (
            "compute_resource_requirements",
            {**COMPUTE, "number_of_cpu_cores_required": 0.8},
            "number_of_cpu_cores_required",
        ),
        ("startup_parameters", {"container_startup_health_check_timeout_in_seconds": 60}, "timeout_in_seconds"),
        ("scheduling_config", {"placement_strategy": "BINPACK"}, "scheduling_config.placement_strategy"),
        ("data_cache_config", {"enable_caching": False}, "data_cache_config.enable_caching"),
    ):
        found = run(logic, wish(specification={**full, member: other}), check_mode=True).plan.changes
        assert any(path in change.path for change in found), member
    predicted_and_done(logic, wish(specification={**full, "container": {**container, "environment": {"A": "2"}}}))


def test_several_specifications_are_known_by_their_instance_type(logic: Logic) -> None:
    g5, g6 = specification(instance_type="ml.g5.12xlarge"), specification(instance_type="ml.g6.12xlarge")
    predicted_and_done(logic, wish(specification=None, specifications=[g5, g6]))
    assert run(logic, wish(specification=None, specifications=[g6, g5])).plan.action == "none"
    other = {**g6, "model_name": "m2"}
    result = predicted_and_done(logic, wish(specification=None, specifications=[other, g5]))
    assert [change.path for change in result.plan.changes] == ["specifications[ml.g6.12xlarge].model_name"]
    result = predicted_and_done(logic, wish(specification=None, specifications=[g5]))
    assert [(change.path, change.after) for change in result.plan.changes] == [("specifications[ml.g6.12xlarge]", None)]
    assert predicted_and_done(logic, wish()).plan.calls == UPDATE


# Copies


def test_copies_alone_leave_the_specification_untouched(logic: Logic) -> None:
    make(logic)
    params = {**wish(copies=3), "specification": None, "endpoint_name": None, "variant_name": None}
    result = predicted_and_done(logic, params)
    assert (result.plan.calls, runs(logic)) == (SCALE, ("m1", 3))
    assert [(change.path, change.before, change.after) for change in result.plan.changes] == [
        ("runtime_config.copy_count", 1, 3)
    ]
    predicted_and_done(logic, wish(copies=0))
    assert runs(logic) == ("m1", 0)


def test_copies_that_an_autoscaler_owns_are_no_difference(logic: Logic) -> None:
    make(logic)
    register(logic, low=2)
    logic.aws.advance(60)
    logic.aws.clear_calls()
    result = run(logic, wish())
    assert result.plan.action == "none"
    assert [call["operation"] for call in logic.aws.calls()] == [*LOOK, "DescribeScalableTargets", "ListTags"]
    # Where the numbers agree it is not asked for.
    logic.aws.clear_calls()
    run(logic, wish(copies=2))
    assert [call["operation"] for call in logic.aws.calls()] == [*LOOK, "ListTags"]


def test_an_update_leaves_the_copies_of_an_autoscaler_alone(logic: Logic) -> None:
    make(logic)
    register(logic, low=2)
    logic.aws.advance(60)
    result = predicted_and_done(logic, wish("m2"))
    assert [change.path for change in result.plan.changes] == ["specification.model_name"]
    assert runs(logic) == ("m2", 2)


def test_a_component_scaled_to_zero_stays_there_through_an_update(logic: Logic) -> None:
    make(logic)
    register(logic, low=0)
    scale(logic, 0)
    logic.aws.advance(60)
    predicted_and_done(logic, wish("m2"))
    assert runs(logic) == ("m2", 0)


def test_copies_follow_the_wish_where_the_autoscaler_is_about_to_go(logic: Logic) -> None:
    make(logic)
    register(logic, low=0)
    scale(logic, 0)
    logic.aws.advance(60)
    # Without a number they stay, but none at all would wait for a call that never comes through.
    assert predicted_and_done(logic, wish(copies=None, unscaled=True)).plan.calls == SCALE
    assert runs(logic) == ("m1", 1)
    assert predicted_and_done(logic, wish(copies=3, unscaled=True)).plan.calls == SCALE
    assert predicted_and_done(logic, wish(copies=None, unscaled=True)).plan.action == "none"
    scale(logic, 0)
    logic.aws.advance(60)
    assert predicted_and_done(logic, wish("m2", copies=None, unscaled=True)).plan.calls == UPDATE
    assert runs(logic) == ("m2", 1)


# What cannot be changed, and what is missing


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"endpoint_name": "f"}, r"endpoint_name \(current e, desired f\)"),
        ({"variant_name": "other"}, r"variant_name \(current main, desired other\)"),
    ],
)
def test_a_component_cannot_move(logic: Logic, options: dict[str, Any], path: str) -> None:
    make(logic)
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(
            SageMakerError, match=f"cannot be moved, so it requires replacement. It differs in: {path}.*state: absent"
        ):
            run(logic, {**wish(), **options}, check_mode)
    assert logic.aws.mutating() == []


def test_a_component_cannot_become_an_adapter_nor_change_its_base(logic: Logic) -> None:
    make(logic)
    make(logic, name="y")
    logic.aws.put(ADAPTER_URL)
    run(logic, adapter())
    for params in (adapter(base="y"), adapter(name="y"), wish(name="a")):
        for check_mode in (True, False):
            with pytest.raises(SageMakerError, match="specification.base_inference_component_name"):
                run(logic, params, check_mode)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"endpoint_name": None}, "does not exist, and to create it the module needs endpoint_name"),
        ({"variant_name": None}, "to create it the module needs variant_name"),
        ({"specification": None}, "to create it the module needs specification or specifications"),
    ],
)
def test_what_a_new_component_needs(logic: Logic, options: dict[str, Any], message: str) -> None:
    for check_mode in (True, False):
        with pytest.raises(InputError, match=message):
            run(logic, {**wish(), **options}, check_mode)


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        ({"model_name": "m1"}, "specification.compute_resource_requirements: this option is required"),
        ({"compute_resource_requirements": COMPUTE}, "give model_name or container.image"),
        (specification(container={"image": IMAGE}), "model_name and container.image are mutually exclusive"),
        (
            {"container": {"image": "docker.io/me/serving:1"}, "compute_resource_requirements": COMPUTE},
            "container.image: docker.io/me/serving:1 is not in Amazon ECR",
        ),
        (
            {"base_inference_component_name": "b", "container": {"artifact_url": ADAPTER_URL}},
            "variant_name and base_inference_component_name are mutually exclusive",
        ),
        (
            specification(base_inference_component_name="b"),
            r"compute_resource_requirements: an adapter uses the resources of its base.*\n.*artifact_url: is required for an adapter",
        ),
        (
            specification(container={"environment": {f"K{number}": "v" for number in range(17)}}),
            "environment: must have at most 16 entries, got 17",
        ),
        (
            specification(
                container={
                    "container_metrics_config": {
                        "metrics_endpoints": [
                            {"metrics_endpoint_path": "/metrics", "metric_publish_frequency_in_seconds": 7}
                        ]
                    }
                }
            ),
            r"specification.container.container_metrics_config.metrics_endpoints\[0\].*: must be one of 10, ",
        ),
        (
            {
                "model_name": "m1",
                "compute_resource_requirements": {"min_memory_required_in_mb": 512, "max_memory_required_in_mb": 256},
            },
            "min_memory_required_in_mb: 512 is above the maximum of 256",
        ),
        (
            {"model_name": "m1", "compute_resource_requirements": {**COMPUTE, "min_memory_required_in_mb": 1}},
            "min_memory_required_in_mb: must be at least 128, got 1",
        ),
        (
            {
                "model_name": "m1",
                "compute_resource_requirements": {
                    "min_memory_required_in_mb": 512,
                    "accelerator_partition_type": "mig-3g.40gb",
                },
            },
            "must be 1 with accelerator_partition_type",
        ),
    ],
)
def test_bad_specifications_are_refused_before_any_call(logic: Logic, inside: dict[str, Any], message: str) -> None:
    logic.aws.clear_calls()
    with pytest.raises(InputError, match=message):
        run(logic, wish(specification=inside))
    assert logic.aws.calls() == []


def test_bad_specifications_among_several_are_named(logic: Logic) -> None:
    with pytest.raises(
        InputError, match=r"specifications\[1\].instance_type: is required, because each of several"
    ) as caught:
        run(
            logic,
            wish(specification=None, specifications=[specification(instance_type="ml.g5.12xlarge"), specification()]),
        )
    assert "specifications[0]" not in caught.value.message
    same = [specification(instance_type="ml.g5.12xlarge")] * 2
    with pytest.raises(InputError, match=r"specifications\[1\].instance_type: ml.g5.12xlarge is used more than once"):
        run(logic, wish(specification=None, specifications=same))


def test_a_bad_deployment_policy_is_refused(logic: Logic) -> None:
    policy = {"maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": 60}, "wait_interval_in_seconds": 1}
    with pytest.raises(InputError, match="must be between 5 and 50, got 60"):
        run(logic, wish(deployment_config={"rolling_update_policy": policy}))


def test_an_endpoint_that_cannot_host_it_is_named(logic: Logic) -> None:
    with pytest.raises(SageMakerError, match="the endpoint nowhere does not exist. Create it first"):
        run(logic, wish(endpoint_name="nowhere"))
    # Check mode cannot know whether an earlier task would make the endpoint.
    assert run(logic, wish(endpoint_name="nowhere"), check_mode=True).plan.calls == CREATE
    logic.make_config("plain")
    logic.make_endpoint("p", "plain")
    with pytest.raises(SageMakerError, match="not supported in this Endpoint.*have no model_name"):
        run(logic, wish(endpoint_name="p"))
    logic.aws.script("f", "create", "fail", reason="out of luck")
    logic.make_endpoint("f", "c")
    with pytest.raises(SageMakerError, match="the endpoint f has failed and hosts nothing: out of luck"):
        run(logic, wish(endpoint_name="f"))


def test_an_endpoint_in_creation_is_waited_for(logic: Logic) -> None:
    logic.aws.configure(creating=LONG)
    logic.make_endpoint("late", "c", settled=False)
    assert run(logic, wish(endpoint_name="late")).plan.action == "create"
    assert status(logic) == "InService"


# Adapters


def test_an_adapter_takes_place_and_resources_from_its_base(logic: Logic) -> None:
    logic.aws.put(ADAPTER_URL)
    logic.aws.put("s3://models/adapter-2.tar.gz")
    make(logic)
    result = predicted_and_done(logic, adapter(tags={"team": "search"}))
    assert result.resource["variant_name"] == "main"
    other = {"base_inference_component_name": "x", "container": {"artifact_url": "s3://models/adapter-2.tar.gz"}}
    result = predicted_and_done(logic, {**adapter(), "specification": other})
    assert [change.path for change in result.plan.changes] == ["specification.container.artifact_url"]


def test_an_adapter_waits_for_its_base(logic: Logic) -> None:
    logic.aws.put(ADAPTER_URL)
    logic.aws.configure(creating=LONG)
    make(logic, settled=False)
    run(logic, adapter())
    assert status(logic, "a") == "InService"


def test_a_base_with_adapters_is_not_deleted(logic: Logic) -> None:
    logic.aws.put(ADAPTER_URL)
    make(logic)
    run(logic, adapter("a"))
    run(logic, adapter("b"))
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(
            SageMakerError, match="x is the base of the adapters [ab], [ab], and.*Delete them first"
        ) as caught:
            run(logic, wish(state="absent"), check_mode)
        assert sorted(caught.value.details["adapters"]) == ["a", "b"]
        assert caught.value.details["plan"]["calls"] == DELETE
        with pytest.raises(SageMakerError, match="x is the base of the adapters? "):
            run(logic, wish(state="absent", deleted_components=["a"] if check_mode else ["a", "b"]), check_mode)
    # What an earlier task is going to delete is still there in check mode.
    logic.aws.clear_calls()
    assert run(logic, wish(state="absent", deleted_components=["a", "b"]), check_mode=True).plan.calls == DELETE
    assert logic.aws.mutating() == []
    # In the right order, without waiting in between.
    logic.aws.configure(deleting=LONG)
    for name in ("a", "b"):
        run(logic, {**adapter(name), "state": "absent", "wait": False})
    assert status(logic, "a") == "Deleting"
    run(logic, wish(state="absent"))
    assert [status(logic, name) for name in ("a", "b", "x")] == [None, None, None]


def test_a_base_with_adapters_is_not_made_again(logic: Logic) -> None:
    """Not even one that has outlived its endpoint with them."""
    logic.aws.put(ADAPTER_URL)
    logic.aws.configure(components_outlive_endpoints=True)
    make(logic)
    run(logic, adapter("a"))
    logic.sagemaker.delete_endpoint(EndpointName="e")
    logic.aws.advance(60)
    logic.make_endpoint("e", "c")
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(SageMakerError, match="x is the base of the adapter a, and.*Delete it first"):
            run(logic, wish(), check_mode)
        assert logic.aws.mutating() == ([] if check_mode else DELETE)
    run(logic, {**adapter("a"), "state": "absent"})
    assert predicted_and_done(logic, wish()).plan.calls == DELETE + CREATE


def test_a_deletion_that_fails_is_a_failure(logic: Logic) -> None:
    make(logic)
    logic.aws.script(component="x", event="delete", outcome="fail", reason="out of luck")
    logic.aws.configure(deleting=LONG)
    with pytest.raises(SageMakerError, match="could not be deleted. Reason: out of luck"):
        run(logic, wish(state="absent"))


def test_what_is_deleted_is_shown_with_its_tags(logic: Logic) -> None:
    run(logic, wish(tags={"team": "a"}))
    for check_mode in (True, False):
        assert run(logic, wish(state="absent"), check_mode).before["tags"] == {"team": "a"}


# Faults, and others who interfere


@pytest.mark.parametrize("kind", ["throttle", "error500", "error503", "reset", "lost"])
@pytest.mark.parametrize("operation", [*CREATE, *UPDATE, *SCALE, *DELETE, "DescribeInferenceComponent"])
def test_six_faults_in_a_row_are_survived_and_nothing_is_done_twice(logic: Logic, operation: str, kind: str) -> None:
    logic.aws.clear_calls()
    logic.aws.fault(operation, kind, times=6)
    run(logic, wish("m1"))
    run(logic, wish("m2"))
    run(logic, wish("m2", copies=3))
    assert runs(logic) == ("m2", 3)
    run(logic, wish("m2", state="absent"))
    assert status(logic) is None
    carried_out = [call for call in logic.aws.calls() if call["status"] == 200 or call["error"] == "lost"]
    done = [call["operation"] for call in carried_out if call["mutating"]]
    assert done == [*CREATE, *UPDATE, *SCALE, *DELETE]


@either
@pytest.mark.parametrize("outcome", ["rollback", "rollback_without_reason"])
def test_a_lost_answer_does_not_hide_a_failed_update(logic: Logic, outcome: str, shows_new: bool) -> None:
    logic.aws.configure(component_updates_show_new=shows_new)
    make(logic)
    logic.aws.script(component="x", event="update", outcome=outcome, reason=REASON, times=9)
    logic.aws.fault("UpdateInferenceComponent", "lost")
    with pytest.raises(SageMakerError, match="it still runs as before"):
        run(logic, wish("m2"))


def before_call(logic: Logic, connection: Any, method: str, act: Any) -> None:
    """Do something between our look and our call, once."""
    client = connection.sagemaker.client
    original = getattr(client, method)

    def quicker(**request: Any) -> Any:
        setattr(client, method, original)
        act()
        return original(**request)

    setattr(client, method, quicker)


def test_a_transition_that_somebody_else_begins_is_waited_out(logic: Logic) -> None:
    make(logic)
    logic.aws.configure(updating=LONG)
    connection = logic.connection()
    before_call(logic, connection, "update_inference_component", lambda: scale(logic, 2))
    component_rollout.ensure(connection, wish("m2", copies=None), False)
    assert runs(logic) == ("m2", 2)
    connection = logic.connection()
    before_call(logic, connection, "delete_inference_component", lambda: scale(logic, 3))
    component_rollout.ensure(connection, wish(state="absent"), False)
    assert status(logic) is None


def test_somebody_elses_component_with_the_same_content_gets_our_tags(logic: Logic) -> None:
    connection = logic.connection()
    before_call(logic, connection, "create_inference_component", lambda: make(logic, settled=False))
    result = component_rollout.ensure(connection, wish(tags={"owner": "me"}), False)
    assert result.resource["tags"] == result.after["tags"] == {"owner": "me"}
    arn = described(logic)["InferenceComponentArn"]
    assert logic.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "owner", "Value": "me"}]


@pytest.mark.parametrize(("model", "taken"), [("m1", False), ("m2", True)])
def test_somebody_elses_component_of_the_same_name(logic: Logic, model: str, taken: bool) -> None:
    connection = logic.connection()
    before_call(logic, connection, "create_inference_component", lambda: make(logic, model, settled=False))
    if taken:
        with pytest.raises(SageMakerError, match="created by somebody else during this run"):
            component_rollout.ensure(connection, wish("m1"), False)
    else:
        component_rollout.ensure(connection, wish("m1"), False)
    assert runs(logic)[0] == model


def test_other_refusals_are_passed_on(logic: Logic) -> None:
    logic.aws.fault(
        "CreateInferenceComponent",
        "error",
        code="ResourceLimitExceeded",
        message="The account-level service limit is 0",
    )
    with pytest.raises(SageMakerError, match="account-level service limit") as caught:
        run(logic, wish())
    assert caught.value.details["plan"]["action"] == "create"


# Reading


def test_info_reads_all_pages_and_filters(logic: Logic) -> None:
    for number in range(11):
        make(logic, settled=False, name=f"c{number}")
    logic.aws.advance(60)
    connection = logic.connection()
    names = ("endpoint_name_equals", "status_equals", "name_contains", "sort_by", "sort_order", "name")
    nothing = dict.fromkeys(names)

    def found(**filters: Any) -> list[str]:
        answer = component_rollout.info(connection, {**nothing, **filters})["inference_components"]
        return [one["inference_component_name"] for one in answer]

    assert len(found()) == 11
    assert found(name_contains="c1", sort_by="Name", sort_order="Ascending") == ["c1", "c10"]
    assert found(endpoint_name_equals="nowhere") == found(status_equals="Failed") == found(name="nowhere") == []
    assert found(name="c3") == ["c3"]


def test_models_that_components_need_are_known(logic: Logic) -> None:
    make(logic, "m1")
    make(logic, "m1", name="y")
    run(logic, wish(name="z", specification=None, specifications=[specification("m2")]))
    logic.aws.put(ADAPTER_URL)
    run(logic, adapter())
    connection = logic.connection()
    expected = {"m1": ["e"], "m2": ["e"]}
    for names in (None, ["e"], {"e", "f"}):
        assert inference_components.models_of_components(connection, names) == expected
    assert inference_components.models_of_components(connection, ["f", "g"]) == {}


# Plays

TASKS = """
- name: A component
  mlops.sagemaker.sagemaker_inference_component:
    name: x
    endpoint_name: e
    variant_name: main
    specification:
      model_name: "{{ model }}"
      container:
        environment:
          HF_TOKEN: hf_abcdefghijklmnop
      compute_resource_requirements:
        number_of_accelerator_devices_required: "1"
        min_memory_required_in_mb: 1024
    runtime_config:
      copy_count: "{{ copies }}"
    tags:
      team: search
- name: Read
  mlops.sagemaker.sagemaker_inference_component_info:
    endpoint_name_equals: e
"""

# The oldest botocore does not know adapters.
ADAPTER = """
- name: Its adapter
  mlops.sagemaker.sagemaker_inference_component:
    name: a
    endpoint_name: e
    specification:
      base_inference_component_name: x
      container:
        artifact_url: s3://models/adapter.tar.gz
"""

GONE = """
- name: Gone
  mlops.sagemaker.sagemaker_inference_component:
    name: "{{ item }}"
    state: absent
    deleted_components: [a]
  loop: [a, x]
"""


@pytest.mark.core_ends
def test_a_play_is_predicted_run_and_run_again(logic: Logic, play: Player) -> None:
    variables = {"model": "m1", "copies": 1}
    logic.aws.clear_calls()
    predicted = play(TASKS, variables=variables, check=True, diff=True)
    assert predicted.ok, predicted
    assert (predicted.changed, logic.aws.mutating()) == (1, [])

    done = play(TASKS, variables=variables)
    assert done.ok, done
    assert done.changed == 1
    assert done.result("A component")["plan"] == predicted.result("A component")["plan"]
    assert len(done.result("Read")["inference_components"]) == 1
    component = done.result("A component")["inference_component"]
    assert component["specification"]["model_name"] == "m1"
    assert component["tags"] == {"team": "search"}
    for run_ in (predicted, done):
        assert "hf_abcdefghijklmnop" not in run_.output

    logic.aws.clear_calls()
    again = play(TASKS, variables=variables)
    assert (again.ok, again.changed, logic.aws.mutating()) == (True, 0, []), again

    other = {"model": "m2", "copies": 2}
    predicted = play(TASKS, variables=other, check=True)
    changed = play(TASKS, variables=other, diff=True)
    assert changed.result("A component")["plan"] == predicted.result("A component")["plan"]
    assert changed.result("A component")["plan"]["calls"] == UPDATE
    assert changed.changed == 1
    assert runs(logic) == ("m2", 2)


def test_a_play_with_an_adapter(logic: Logic, play: Player) -> None:
    logic.aws.put(ADAPTER_URL)
    tasks, variables = TASKS + ADAPTER, {"model": "m1", "copies": 1}
    assert play(tasks, variables=variables).changed == 2
    assert play(tasks, variables=variables).changed == 0
    predicted = play(GONE, check=True)
    assert (predicted.ok, predicted.changed) == (True, 1), predicted  # one task, a loop
    gone = play(GONE)
    assert (gone.ok, gone.changed) == (True, 1), gone
    assert status(logic) is None
    assert play(GONE).changed == 0


def test_a_failed_play_says_what_to_do(logic: Logic, play: Player) -> None:
    assert play(TASKS, variables={"model": "m1", "copies": 1}).ok
    logic.aws.script(component="x", event="update", outcome="rollback", reason=REASON)
    failed = play(TASKS, variables={"model": "m2", "copies": 1})
    assert not failed.ok
    assert "rolled back, and it still runs as before" in str(failed.failure)
    result = failed.result("A component")
    assert result["failure_reason"] == REASON
    assert result["log_group"] == "/aws/sagemaker/InferenceComponents/x"
    assert result["plan"]["calls"] == UPDATE
    assert result["inference_component"]["specification"]["model_name"] == "m1"
