# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each lifecycle of an endpoint and of an inference component while AWS is busy, late or faulty, and two runs at once.

However AWS answers, a run comes to its end within its deadline, makes few calls while it waits, and deletes nothing that
lives.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import EndpointConnectionError

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import ServiceError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import component as component_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import traffic
from integration import test_endpoint_table as table
from integration import test_inference_components as hosting
from integration.logic import FAILURE_KEYS
from integration.logic import IMAGE
from integration.logic import PRESENT
from integration.logic import ROLE
from integration.logic import Logic
from integration.whole_runs import Hook
from integration.whole_runs import Turns
from integration.whole_runs import describe
from integration.whole_runs import watched
from local_aws.process import LocalAws

LAG = 5.0
ENDPOINT_BUSY = 'Cannot update in-progress endpoint "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e".'
COMPONENT_BUSY = (
    'Cannot update inference component "arn:aws:sagemaker:us-east-1:123456789012:inference-component/x" while it is in '
    "state UPDATE_RC_IN_PROGRESS"
)


@dataclass(frozen=True)
class Lifecycle:
    """What a run finds, what is asked for, and which calls that AWS refuses while busy lead there."""

    begin: Callable[[Logic], None]
    ensure: Callable[..., Any]
    params: Mapping[str, Any]
    calls: tuple[str, ...]
    # Looks before the first one that waits for something.
    looks: int = 1


def endpoint(config: str = "c1", **options: Any) -> dict[str, Any]:
    return {**PRESENT, "name": "e", "endpoint_config_name": config, **options}


def shift(**options: Any) -> dict[str, Any]:
    item = {
        "variant_name": "main",
        "desired_weight": 0.5,
        "desired_instance_count": 2,
        "serverless_update_config": None,
    }
    defaults = {"endpoint_name": "e", "override_autoscaling": False, "wait": True, "wait_timeout": None}
    return {**defaults, "desired_weights_and_capacities": [item], **options}


def found(status: str) -> Callable[[Logic], None]:
    return lambda logic: table.find_in(logic, status)


def hosted(status: str) -> Callable[[Logic], None]:
    def begin(logic: Logic) -> None:
        hosting.prepare(logic)
        hosting.find_in(logic, status)

    return begin


def scaled(logic: Logic) -> None:
    table.find_in(logic, "InService")
    logic.make_config("large", InstanceType="ml.m5.xlarge")
    logic.register("e")


EVERY: dict[str, Lifecycle] = {
    "create": Lifecycle(found("none"), endpoint_rollout.ensure, endpoint(), ("CreateEndpoint",)),
    "update": Lifecycle(found("InService"), endpoint_rollout.ensure, endpoint("c2"), ("UpdateEndpoint",)),
    "update aside": Lifecycle(scaled, endpoint_rollout.ensure, endpoint("large"), ("UpdateEndpoint",)),
    "replace": Lifecycle(found("Failed"), endpoint_rollout.ensure, endpoint(), ("DeleteEndpoint", "CreateEndpoint"), 2),
    "delete": Lifecycle(found("InService"), endpoint_rollout.ensure, endpoint(state="absent"), ("DeleteEndpoint",)),
    "scale": Lifecycle(found("InService"), traffic.ensure, shift(), ("UpdateEndpointWeightsAndCapacities",)),
    "component create": Lifecycle(
        hosted("none"), component_rollout.ensure, hosting.wish(), ("CreateInferenceComponent",)
    ),
    "component update": Lifecycle(
        hosted("InService"), component_rollout.ensure, hosting.wish("m2"), ("UpdateInferenceComponent",)
    ),
    "component copies": Lifecycle(
        hosted("InService"),
        component_rollout.ensure,
        hosting.wish(copies=3),
        ("UpdateInferenceComponentRuntimeConfig",),
    ),
    "component replace": Lifecycle(
        hosted("Failed"),
        component_rollout.ensure,
        hosting.wish(),
        ("DeleteInferenceComponent", "CreateInferenceComponent"),
        2,
    ),
    "component delete": Lifecycle(
        hosted("InService"), component_rollout.ensure, hosting.wish(state="absent"), ("DeleteInferenceComponent",)
    ),
}
each_lifecycle = pytest.mark.parametrize("name", EVERY)


class Run:
    """One run of a lifecycle, with the time that it waited and the calls that it made."""

    def __init__(self, logic: Logic, name: str, hook: Hook | None = None, **options: Any) -> None:
        one = EVERY[name]
        connection = watched(logic, hook)
        before, logic_time = len(logic.aws.calls()), connection.clock.now()
        self.failure: SageMakerError | None = None
        self.result: Any = None
        try:
            self.result = one.ensure(connection, {**one.params, **options}, False)
        except SageMakerError as error:
            self.failure = error
        self.waited = connection.clock.now() - logic_time
        calls = logic.aws.calls()[before:]
        self.calls = [call["operation"] for call in calls]
        self.changes = [call["operation"] for call in calls if call["mutating"] and call["status"] == 200]

    def check_is_calm(self) -> None:
        """Few calls a second while it waits; more than the usual ones only then."""
        assert len(self.calls) <= 25 + 1.5 * self.waited, (self.waited, self.calls)


def check_is_reached(logic: Logic, name: str) -> None:
    """What was asked for is there: another run changes nothing."""
    logic.aws.configure(status_lag=0)
    logic.aws.clear_faults()
    logic.aws.clear_calls()
    again = logic.run(EVERY[name].ensure, EVERY[name].params)
    assert (again.plan.action, logic.aws.mutating()) == ("none", [])


def awaited(name: str) -> str:
    """The call that looks for the end of what is begun."""
    return "DescribeInferenceComponent" if "component" in name else "DescribeEndpoint"


def begin(aws: LocalAws, name: str) -> Logic:
    logic = Logic(aws)
    EVERY[name].begin(logic)
    aws.configure(creating=20, updating=20, deleting=20)
    aws.clear_calls()
    return logic


def refuse(aws: LocalAws, operation: str, times: int) -> None:
    busy = COMPONENT_BUSY if "Component" in operation else ENDPOINT_BUSY
    aws.fault(operation, "error", times=times, code="ValidationException", message=busy)


@pytest.mark.parametrize(("times", "lag"), [(1, 0), (8, LAG)])
@each_lifecycle
def test_a_call_refused_as_busy_is_repeated(aws: LocalAws, name: str, times: int, lag: float) -> None:
    """Also while the status shows no transition."""
    for operation in EVERY[name].calls:
        aws.reset()
        logic = begin(aws, name)
        aws.configure(status_lag=lag)
        refuse(aws, operation, times)
        run = Run(logic, name)
        assert run.failure is None
        assert run.calls.count(operation) == times + 1
        run.check_is_calm()
        check_is_reached(logic, name)


def check_is_reported(run: Run) -> None:
    """Every wait that lasts too long is reported alike, with what to do."""
    assert run.failure is not None
    report = run.failure.details["failure"]
    assert set(report) == FAILURE_KEYS
    assert report["cause"] == run.failure.details["cause"] == "timeout"
    assert "Run the task again" in report["remedy"] and report["remedy"] in run.failure.message


@each_lifecycle
def test_a_call_refused_for_ever_ends_with_the_deadline(aws: LocalAws, name: str) -> None:
    seconds = 120
    for operation in EVERY[name].calls:
        aws.reset()
        logic = begin(aws, name)
        refuse(aws, operation, 100000)
        run = Run(logic, name, wait_timeout=seconds)
        assert isinstance(run.failure, ServiceError), run.failure
        assert "in-progress" in run.failure.message or "UPDATE_RC_IN_PROGRESS" in run.failure.message
        assert f"wait_timeout: {seconds} s" in run.failure.message
        check_is_reported(run)
        assert run.waited == pytest.approx(seconds, abs=1)
        run.check_is_calm()


@pytest.mark.parametrize("wait", [True, False])
@each_lifecycle
def test_statuses_that_show_late_mislead_nobody(aws: LocalAws, name: str, wait: bool) -> None:
    logic = begin(aws, name)
    expected = Run(logic, name)
    aws.reset()
    logic = begin(aws, name)
    aws.configure(status_lag=LAG)
    run = Run(logic, name, wait=wait)
    assert run.failure is None
    assert run.result.plan == expected.result.plan
    run.check_is_calm()
    again = Run(logic, name)
    assert again.failure is None
    assert again.changes == []
    check_is_reached(logic, name)


# An error in the answer, and a connection that breaks once the call is carried out. tests/unit/core tells which others count as these.
@pytest.mark.parametrize("kind", ["throttle", "lost"])
@each_lifecycle
def test_six_faults_of_each_call_are_survived(aws: LocalAws, name: str, kind: str) -> None:
    logic = begin(aws, name)
    usual = set(Run(logic, name).calls)
    aws.reset()
    logic = begin(aws, name)
    aws.configure(status_lag=LAG)
    for operation in usual:
        aws.fault(operation, kind, times=6)
    run = Run(logic, name)
    assert run.failure is None
    run.check_is_calm()
    check_is_reached(logic, name)


@pytest.mark.parametrize(("kind", "times"), [("error500", 30), ("throttle", 100000)])
@each_lifecycle
def test_only_the_deadline_ends_a_wait(aws: LocalAws, name: str, kind: str, times: int) -> None:
    """Three minutes of faults in a row, and no end of them within four."""
    logic = begin(aws, name)
    aws.fault(awaited(name), kind, times=times, after=EVERY[name].looks + 1)
    run = Run(logic, name, wait_timeout=240)
    run.check_is_calm()
    assert run.calls.count(awaited(name)) > 30
    if times < 100:
        assert run.failure is None
        check_is_reached(logic, name)
    else:
        assert run.failure is not None
        check_is_reported(run)
        assert "(wait_timeout)" in run.failure.message
        assert run.waited == pytest.approx(240, abs=1)


@each_lifecycle
def test_refused_connections_end_no_wait(aws: LocalAws, name: str) -> None:
    """For some two minutes nobody listens."""
    logic = begin(aws, name)
    looks: list[str] = []

    def unreachable(call_name: str, call: Callable[[], Any]) -> Any:
        if call_name == xform_name(awaited(name)):
            looks.append(call_name)
            if EVERY[name].looks + 1 < len(looks) < 60:
                raise EndpointConnectionError(endpoint_url=aws.url, error="refused")
        return call()

    run = Run(logic, name, unreachable, wait_timeout=600)
    assert run.failure is None
    assert len(looks) >= 60
    check_is_reached(logic, name)


# One deadline


def test_one_deadline_bounds_all_stages_together(aws: LocalAws) -> None:
    """50 s for the deletion and 50 s for the creation, but a minute for both."""
    logic = begin(aws, "replace")
    aws.configure(deleting=50, creating=50)
    run = Run(logic, "replace", wait_timeout=60)
    assert run.failure is not None and "still Creating after 60 s (wait_timeout)" in run.failure.message
    assert run.waited == pytest.approx(60)
    assert logic.run(endpoint_rollout.ensure, endpoint()).plan.action == "wait"


@pytest.mark.parametrize("seconds", [60, 100])
def test_what_is_awaited_first_counts_as_well(aws: LocalAws, seconds: int) -> None:
    """50 s for the update that was under way, 50 s for ours."""
    logic = Logic(aws)
    table.find_in(logic, "InService")
    aws.configure(updating=50)
    logic.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c3")
    run = Run(logic, "update", wait_timeout=seconds + 5)
    assert (run.failure is None) == (seconds == 100)
    assert run.waited <= seconds + 5


def test_a_component_has_one_deadline_too(aws: LocalAws) -> None:
    logic = begin(aws, "component replace")
    aws.configure(deleting=50, creating=50)
    run = Run(logic, "component replace", wait_timeout=60)
    assert run.failure is not None and "still Creating" in run.failure.message
    assert run.waited == pytest.approx(60)


# Fresh roles and fresh things


@pytest.mark.parametrize("never", [False, True])
def test_a_fresh_role_has_two_minutes_from_its_first_failure_on(aws: LocalAws, never: bool) -> None:
    """The endpoint fails for it after ten minutes only."""
    aws.configure(role_propagation=100000 if never else 300, role_propagation_form="endpoint")
    logic = Logic(aws)
    logic.make_config("c1")
    aws.configure(creating=600)
    run = Run(logic, "create")
    assert (run.failure is None) == (not never)
    if never:
        assert "The execution role ARN" in str(run.failure)
        # The second attempt fails long after the two minutes.
        assert run.calls.count("CreateEndpoint") == 2
    else:
        assert logic.status("e") == "InService"


def config_params(model: str = "fresh") -> dict[str, Any]:
    variant = {"variant_name": "main", "model_name": model, "instance_type": "ml.m5.large", "initial_instance_count": 1}
    return {
        "state": "present",
        "name": "made",
        "name_prefix": None,
        "name_scope": None,
        "tags": None,
        "purge_tags": True,
        "production_variants": [variant],
    }


@pytest.mark.parametrize("seconds", [0, 3, 25, 1000])
def test_a_model_just_made_may_be_seen_late(aws: LocalAws, seconds: int) -> None:
    logic = Logic(aws)
    aws.make_role("exec")
    logic.sagemaker.create_model(ModelName="fresh", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE})
    aws.configure(model_propagation=seconds)
    connection = logic.connection()
    if seconds < 30:
        assert endpoint_configs.ensure(connection, config_params(), False).plan.changed
        assert connection.clock.now() <= seconds + 7
        return
    with pytest.raises(ServiceError, match="Could not find model.*refused it for 30 s"):
        endpoint_configs.ensure(connection, config_params(), False)
    assert connection.clock.now() == pytest.approx(30)


def test_a_missing_model_is_refused_at_once(aws: LocalAws) -> None:
    connection = Logic(aws).connection()
    with pytest.raises(ServiceError, match="Could not find model"):
        endpoint_configs.ensure(connection, config_params("none"), False)
    assert connection.clock.now() == 0


@pytest.mark.parametrize("late", ["model", "endpoint"])
@pytest.mark.parametrize("exists", [True, False])
def test_a_component_may_see_late_what_it_needs(aws: LocalAws, late: str, exists: bool) -> None:
    logic = begin(aws, "component create")
    what = {"model": "model/m1", "endpoint": "endpoint/e"}[late]
    if exists:
        text = f'Could not find {late} "arn:aws:sagemaker:us-east-1:123456789012:{what}".'
        aws.fault("CreateInferenceComponent", "error", times=3, code="ValidationException", message=text)
    elif late == "model":
        logic.sagemaker.delete_model(ModelName="m1")
    else:
        logic.sagemaker.delete_endpoint(EndpointName="e")
        aws.advance(60)
    run = Run(logic, "component create")
    assert (run.failure is None) == exists
    if not exists:
        assert run.waited < 1


# Two runs at once


def counts(aws: LocalAws) -> dict[str, int]:
    """How often calls that delete or create something were accepted."""
    accepted = [call["operation"] for call in aws.calls() if call["status"] == 200]
    return {kind: len([one for one in accepted if one.startswith(kind)]) for kind in ("Delete", "Create")}


def together(
    logic: Logic, works: list[Callable[[AwsClients], Any]], seed: int
) -> tuple[list[SageMakerError | None], str]:
    turns = Turns(logic, works, seed)
    failures = turns.run()
    return failures, f"seed {seed}: {[str(one) for one in failures]}\n{describe(turns)}"


def ensuring(ensure: Callable[..., Any], params: Mapping[str, Any]) -> Callable[[AwsClients], Any]:
    return lambda connection: ensure(connection, params, False)


# With every other one statuses show late.
SEEDS = range(2)


@pytest.mark.parametrize("other", [table.SAME, table.OTHER, table.ABSENT])
@pytest.mark.parametrize("status", table.STATUSES)
def test_two_runs_at_once_delete_no_endpoint_that_lives(aws: LocalAws, status: str, other: str) -> None:
    serves_nothing = status in ("Failed", "OutOfService")
    for seed in SEEDS:
        aws.reset()
        logic = Logic(aws)
        table.find_in(logic, status)
        aws.configure(creating=20, updating=20, deleting=20, status_lag=LAG * (seed % 2))
        aws.clear_calls()
        works = [ensuring(endpoint_rollout.ensure, table.wished(wish)) for wish in (table.SAME, other)]
        failures, told = together(logic, works, seed)
        made = counts(aws)
        aws.advance(100)
        if other == table.ABSENT:
            # The one or the other came last.
            assert logic.status("e") in (None, "InService", "UpdateRollbackFailed"), told
        else:
            assert made["Delete"] <= int(serves_nothing), told
            expected = (
                "UpdateRollbackFailed" if status == "UpdateRollbackFailed" and other == table.SAME else "InService"
            )
            assert logic.status("e") == expected, told
        if other == table.SAME:
            anew = status in ("none", "Deleting", "Failed")
            assert made == {"Delete": int(status == "Failed"), "Create": int(anew)} or status == "OutOfService", told
            assert all(bool(one) == (status == "UpdateRollbackFailed") for one in failures), told
        assert all(str(one) for one in failures if one), told


@pytest.mark.parametrize("other", [hosting.SAME, hosting.OTHER, hosting.ABSENT])
@pytest.mark.parametrize("status", hosting.STATUSES)
def test_two_runs_at_once_delete_no_component_that_lives(aws: LocalAws, status: str, other: str) -> None:
    for seed in SEEDS:
        aws.reset()
        logic = Logic(aws)
        hosting.prepare(logic)
        hosting.find_in(logic, status)
        aws.configure(creating=20, updating=20, deleting=20, status_lag=LAG * (seed % 2))
        aws.clear_calls()
        works = [ensuring(component_rollout.ensure, hosting.wished_for(wish)) for wish in (hosting.SAME, other)]
        failures, told = together(logic, works, seed)
        made = counts(aws)
        aws.advance(100)
        if other == hosting.ABSENT:
            assert hosting.status(logic) in (None, "InService"), told
        else:
            assert made["Delete"] == int(status == "Failed"), told
            assert hosting.status(logic) == "InService", told
        if other == hosting.SAME:
            assert made["Create"] == int(status in ("none", "Deleting", "Failed")), told
            assert failures == [None, None], told
        assert all(str(one) for one in failures if one), told


def test_what_another_run_has_brought_to_life_is_not_replaced(aws: LocalAws) -> None:
    """Both find it Failed. The other one replaces it as a whole before this one deletes."""
    for kind, ensure, params, live in (
        ("endpoint", endpoint_rollout.ensure, endpoint(), lambda logic: logic.status("e")),
        ("component", component_rollout.ensure, hosting.wish(), hosting.status),
    ):
        aws.reset()
        logic = begin(aws, "replace" if kind == "endpoint" else "component replace")
        done: list[str] = []

        def looks_first(name: str, call: Callable[[], Any]) -> Any:
            # Between the decision and the last look before the deletion.
            if name == "list_tags" and not done:
                done.append(name)
                logic.run(ensure, params)
            return call()

        result = ensure(watched(logic, looks_first), params, False)
        assert done and live(logic) == "InService"
        assert (result.plan.action, counts(aws)) == ("none", {"Delete": 1, "Create": 1})

        aws.reset()
        logic = begin(aws, "replace" if kind == "endpoint" else "component replace")
        aws.configure(creating=20, deleting=0)
        done.clear()

        def refused(name: str, call: Callable[[], Any]) -> Any:
            # The deletion meets the other run's creation, and is refused as long as that lasts.
            if name.startswith("delete_") and not done:
                done.append(name)
                logic.run(ensure, {**params, "wait": False})
            return call()

        result = ensure(watched(logic, refused), params, False)
        assert done and live(logic) == "InService"
        assert (result.plan.changed, counts(aws)) == (False, {"Delete": 1, "Create": 1})


def test_an_update_refused_because_of_another_one_is_decided_on_again(aws: LocalAws) -> None:
    """The other update leads to the same: nothing is left to do."""
    logic = begin(aws, "update")
    done: list[str] = []

    def hook(name: str, call: Callable[[], Any]) -> Any:
        if name == "update_endpoint" and not done:
            done.append(name)
            logic.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c3")
        return call()

    result = endpoint_rollout.ensure(watched(logic, hook), endpoint("c2"), False)
    assert result.before["endpoint_config_name"] == "c3"
    assert result.resource["endpoint_config_name"] == "c2"


def test_what_was_made_anew_during_a_deletion_stays(aws: LocalAws) -> None:
    logic = begin(aws, "delete")
    done: list[str] = []

    def hook(name: str, call: Callable[[], Any]) -> Any:
        if name == "delete_endpoint" and not done:
            done.append(name)
            logic.run(endpoint_rollout.ensure, endpoint(state="absent"))
            logic.make_endpoint("e", "c2", settled=False)
        return call()

    result = endpoint_rollout.ensure(watched(logic, hook), endpoint(state="absent"), False)
    assert result.plan.action == "delete"
    aws.advance(60)
    assert logic.status("e") == "InService"


# Why something is replaced, or not


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_reason_of_a_replacement_is_told(aws: LocalAws, check_mode: bool) -> None:
    reason = "The primary container did not pass the ping health check."
    logic = begin(aws, "replace")
    with pytest.raises(
        SageMakerError, match=f"e is Failed and serves nothing. Reason: {reason} It can only be deleted"
    ) as caught:
        logic.run(endpoint_rollout.ensure, endpoint(replace_failed=False), check_mode)
    changes = [
        {"path": "endpoint_status", "before": "Failed", "after": "InService"},
        {"path": "failure_reason", "before": reason, "after": None},
    ]
    assert caught.value.details["plan"] == {"action": "none", "changes": changes, "calls": []}
    result = logic.run(endpoint_rollout.ensure, endpoint(), check_mode)
    assert [change.as_dict() for change in result.plan.changes] == changes
    verb = "would be" if check_mode else "was"
    told = f"Endpoint e {verb} deleted and created again. It was Failed. {reason}"
    assert result.message(check_mode=check_mode, waits=True) == told


def test_the_reason_of_a_component_is_told_too(aws: LocalAws) -> None:
    result = begin(aws, "component replace").run(component_rollout.ensure, hosting.wish(), True)
    told = f"Inference component x would be deleted and created again. It was Failed. {hosting.REASON}"
    assert result.message(check_mode=True, waits=True) == told
