# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is returned of a failure: its cause, what serves, and the last words of the containers."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec.invocation import INVOKE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.invoke import invocation
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import component as component_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import endpoint as endpoint_rollout
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import traffic
from integration.deploys import PLAIN
from integration.deploys import Deploys
from integration.deploys import outputs
from integration.harness import CHECKOUT
from integration.harness import Player
from integration.logic import FAILURE_KEYS
from integration.logic import IMAGE
from integration.logic import PRESENT
from integration.logic import ROLE
from integration.logic import Logic
from local_aws.process import LocalAws

PING = "The primary container for production variant main did not pass the ping health check."
QUOTA = "The account-level service limit 'ml.m5.large for endpoint usage' is 0 Instances."
NOISE = [f"loading shard {number} of 60" for number in range(60)]
TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "/server/load.py", line 7, in load',
    "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB",
]
LOGS = "/aws/sagemaker/Endpoints/churn"
SECRET = "hf_0123456789abcdef"
# Reading logs, and what tells which secrets may be in them.
READING = ("DescribeLogStreams", "GetLogEvents", "DescribeEndpointConfig", "DescribeModel")


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    logic = Logic(aws)
    logic.make_config("c1")
    logic.make_config("c2")
    return logic


def wish(config: str, **options: Any) -> dict[str, Any]:
    return {**PRESENT, "name": "churn", "endpoint_config_name": config, **options}


def failing(run: Callable[[], Any]) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """The report of a failure, its message, and the other keys of its result."""
    with pytest.raises(SageMakerError) as caught:
        run()
    report = caught.value.details["failure"]
    assert set(report) == FAILURE_KEYS
    for key in ("cause", "remedy", "rolled_back", "log_group"):
        assert caught.value.details.get(key, report[key]) == report[key]
    assert (report["log_lines"] == []) == (report["log_note"] is not None)
    return report, caught.value.message, caught.value.details


def messages(report: dict[str, Any]) -> list[str]:
    return [line["message"] for line in report["log_lines"]]


def reads(logic: Logic) -> list[str]:
    """The calls at the end that only read for the report."""
    operations = [call["operation"] for call in logic.aws.calls()]
    return operations[operations.index("DescribeLogStreams") :] if "DescribeLogStreams" in operations else []


def test_a_failed_creation_shows_the_containers_last_words(logic: Logic) -> None:
    logic.aws.script("churn", "create", "fail", reason=PING, log=[*NOISE, *TRACEBACK])
    logic.aws.clear_calls()
    report, message, details = failing(lambda: logic.run(endpoint_rollout.ensure, wish("c1")))
    assert (report["what"], report["name"], report["status"]) == ("endpoint creation", "churn", "Failed")
    assert (report["reason"], report["cause"], report["rolled_back"]) == (PING, "gpu_memory", False)
    assert report["serving"] == {"endpoint_config_name": None, "variants": []}
    assert report["log_group"] == LOGS
    assert messages(report) == TRACEBACK
    assert {line["stream"].split("/i-")[0] for line in report["log_lines"]} == {"main"}
    assert report["log_lines"][0]["time"].endswith("Z")
    assert len(reads(logic)) <= 6 and set(reads(logic)) <= set(READING)
    began = logic.sagemaker.describe_endpoint(EndpointName="churn")["CreationTime"]
    seconds = [began + datetime.timedelta(seconds=more) for more in (0, 1)]
    since = [moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in seconds]
    assert report["command"] in [f"aws logs tail {LOGS} --since {moment} --region us-east-1" for moment in since]
    assert message.splitlines()[1:] == [f"  {line}" for line in TRACEBACK]
    assert report["remedy"] in message
    # The page about failures shows this very output.
    page = (CHECKOUT / "docs" / "docsite" / "rst" / "troubleshooting.rst").read_text()
    assert " ".join(message.split()) in " ".join(page.split())
    assert details["plan"]["calls"] == ["CreateEndpoint"]


@pytest.mark.parametrize(
    ("outcome", "status", "serves"),
    [
        ("rollback", "InService", "c1"),
        ("rollback_without_reason", "InService", "c1"),
        ("rollback_failed", "UpdateRollbackFailed", "c1"),
        ("fail", "Failed", None),
    ],
)
def test_an_update_that_goes_wrong_tells_what_serves(
    logic: Logic, outcome: str, status: str, serves: str | None
) -> None:
    logic.aws.script("churn", "create", "succeed", log=["No space left on device, of an older rollout"])
    logic.make_endpoint("churn", "c1")
    logic.aws.script("churn", "update", outcome, reason=PING, log=[*NOISE, *TRACEBACK])
    report, message, _details = failing(lambda: logic.run(endpoint_rollout.ensure, wish("c2")))
    assert (report["what"], report["status"], report["cause"]) == ("endpoint rollout", status, "gpu_memory")
    assert report["reason"] == ("" if outcome == "rollback_without_reason" else PING)
    assert report["rolled_back"] is (status == "InService")
    assert report["serving"]["endpoint_config_name"] == serves
    assert [one["variant_name"] for one in report["serving"]["variants"]] == (["main"] if serves else [])
    assert messages(report) == TRACEBACK
    assert message.endswith(TRACEBACK[-1])


def test_a_wait_that_is_too_long_shows_what_the_containers_do(logic: Logic) -> None:
    logic.aws.script("churn", "create", "succeed", seconds=3600, log=NOISE[:5])
    report, message, details = failing(lambda: logic.run(endpoint_rollout.ensure, wish("c1", wait_timeout=60)))
    assert (report["cause"], report["status"]) == ("timeout", "Creating")
    assert message.startswith(
        "Endpoint churn is still Creating after 60 s (wait_timeout): main 0 of 1 instances (Creating: Launching 1 instance(s)). The "
        "operation continues in AWS. Run the task again to keep waiting. If it often takes longer, raise wait_timeout (the role: "
        "sagemaker_endpoint_wait_timeout)."
    )
    assert messages(report) == NOISE[:5]
    # The next run waits for it, and fails alike.
    report, _message, details = failing(lambda: logic.run(endpoint_rollout.ensure, wish("c1", wait_timeout=60)))
    assert (report["cause"], messages(report)) == ("timeout", NOISE[:5])
    assert details["endpoint"]["endpoint_status"] == "Creating"


def test_a_deletion_that_goes_wrong_is_reported_alike(logic: Logic) -> None:
    gone = {**wish("c1"), "state": "absent", "wait_timeout": 60}
    logic.make_endpoint("churn", "c1")
    logic.aws.script("churn", "delete", "fail", reason="out of luck")
    report, message, details = failing(lambda: logic.run(endpoint_rollout.ensure, gone))
    assert (report["what"], report["status"], report["cause"]) == ("endpoint deletion", "Failed", "unknown")
    assert (report["remedy"], report["log_note"]) == ("", "This run started no container, so no logs were read.")
    assert message.endswith("an endpoint that has failed can still be deleted.")
    assert details["plan"]["action"] == "delete"
    logic.aws.configure(deleting=3600)
    for _run in range(2):
        report, message, _details = failing(lambda: logic.run(endpoint_rollout.ensure, gone))
        assert (report["what"], report["status"], report["cause"]) == ("endpoint deletion", "Deleting", "timeout")
        assert "Endpoint churn is still Deleting after 60 s (wait_timeout). The operation continues" in message
        assert "raise wait_timeout" in report["remedy"] and report["remedy"] in message
    assert reads(logic) == []


def test_a_refused_deletion_is_reported_alike(logic: Logic) -> None:
    logic.make_endpoint("churn", "c1")
    logic.aws.fault("DeleteEndpoint", kind="denied", times=9)
    report, message, _details = failing(lambda: logic.run(endpoint_rollout.ensure, {**wish("c1"), "state": "absent"}))
    assert (report["what"], report["status"]) == ("endpoint deletion", "InService")
    assert report["serving"]["endpoint_config_name"] == "c1"
    assert report["reason"] in message


def test_a_refused_call_is_reported_alike(logic: Logic) -> None:
    logic.aws.configure(limits={"ml.m5.large": 0})
    logic.aws.clear_calls()
    report, _message, _details = failing(lambda: logic.run(endpoint_rollout.ensure, wish("c1")))
    assert (report["what"], report["status"], report["cause"]) == ("endpoint creation", None, "quota")
    assert "No container was started" in report["log_note"]
    assert reads(logic) == []


def test_a_reason_without_a_container_reads_no_logs(logic: Logic) -> None:
    logic.aws.script("churn", "create", "fail", reason=QUOTA)
    report, _message, _details = failing(lambda: logic.run(endpoint_rollout.ensure, wish("c1")))
    assert (report["cause"], report["log_lines"]) == ("quota", [])
    assert "No container was started" in report["log_note"]
    assert reads(logic) == []


def shifted(logic: Logic) -> None:
    item = {
        "variant_name": "main",
        "desired_weight": None,
        "desired_instance_count": 3,
        "serverless_update_config": None,
    }
    options = {"override_autoscaling": False, "wait": True, "wait_timeout": None}
    logic.run(traffic.ensure, {"endpoint_name": "churn", "desired_weights_and_capacities": [item], **options})


def test_traffic_that_is_put_back(logic: Logic) -> None:
    logic.make_endpoint("churn", "c1")
    logic.aws.script("churn", "scale", "rollback", reason=PING, log=TRACEBACK)
    report, message, _details = failing(lambda: shifted(logic))
    assert (report["what"], report["cause"], report["rolled_back"]) == ("traffic change", "gpu_memory", True)
    assert report["serving"]["endpoint_config_name"] == "c1"
    assert message.endswith(TRACEBACK[-1])
    logic.aws.configure(limits={"ml.m5.large": 1})
    report, _message, _details = failing(lambda: shifted(logic))
    assert (report["what"], report["cause"], report["status"]) == ("traffic change", "quota", "InService")


@pytest.mark.parametrize("event", ["create", "update"])
def test_a_component(logic: Logic, event: str) -> None:
    variant = {"VariantName": "main", "InstanceType": "ml.m5.4xlarge", "InitialInstanceCount": 1}
    logic.sagemaker.create_endpoint_config(
        EndpointConfigName="host", ExecutionRoleArn=ROLE, ProductionVariants=[variant]
    )
    logic.make_endpoint("churn", "host")
    component = {
        **PRESENT,
        "name": "chat",
        "endpoint_name": "churn",
        "variant_name": "main",
        "specification": {
            "model_name": "c1-model",
            "compute_resource_requirements": {"min_memory_required_in_mb": 1024},
        },
        "specifications": None,
        "deployment_config": None,
        "runtime_config": {"copy_count": 1},
        "unscaled": False,
    }
    if event == "update":
        logic.run(component_rollout.ensure, component)
        component["specification"] = {**component["specification"], "model_name": "c2-model"}
    reason = "The primary container for inference component chat did not pass the ping health check."
    outcome = "fail" if event == "create" else "rollback"
    logic.aws.script(component="chat", event=event, outcome=outcome, reason=reason, log=[*NOISE, *TRACEBACK])
    logic.aws.clear_calls()
    report, message, _details = failing(lambda: logic.run(component_rollout.ensure, component))
    assert report["what"] == {"create": "component creation", "update": "component update"}[event]
    assert (report["name"], report["cause"]) == ("chat", "gpu_memory")
    assert (report["status"], report["rolled_back"]) == (
        ("Failed", False) if event == "create" else ("InService", True)
    )
    assert report["serving"]["endpoint_config_name"] == "host"
    assert report["log_group"] == "/aws/sagemaker/InferenceComponents/chat"
    assert messages(report) == TRACEBACK
    assert message.endswith(TRACEBACK[-1])
    assert len(reads(logic)) <= 5


def test_an_invocation_that_fails_shows_what_the_model_wrote(logic: Logic) -> None:
    logic.aws.script("churn", "create", "succeed", log=["ERROR of a start that went well in the end"])
    logic.make_endpoint("churn", "c1")
    options = {option: spec.get("default") for option, spec in INVOKE["argument_spec"].items()}
    asked = {**options, "endpoint_name": "churn", "body": "1,2"}
    logic.aws.fault("InvokeEndpoint", "model_error", log=[*NOISE, *TRACEBACK])
    logic.aws.clear_calls()
    report, message, details = failing(lambda: logic.run(invocation.invoke, asked))
    assert (report["what"], report["status"], report["cause"]) == ("invocation", "InService", "gpu_memory")
    assert report["serving"]["endpoint_config_name"] == "c1"
    assert messages(report) == TRACEBACK
    assert message.endswith(TRACEBACK[-1])
    assert details["response"]["status"] == 500
    # The answer is in the response and in the message, and not once more in the report.
    assert "The answer: " in message and "The answer: " not in str(report)
    assert report["reason"].startswith("The model behind endpoint churn answered with the error 500.")
    assert len(reads(logic)) <= 5
    # What does not meet the expectations is no error of the model.
    logic.aws.advance(60)
    asked["expect"] = {"status": 201, "json": None, "max_latency_ms": None}
    report, message, details = failing(lambda: logic.run(invocation.invoke, asked))
    assert "status: expected 201" in message
    assert (report["log_lines"], report["cause"]) == ([], "unknown")
    # An answer may be about anything.
    asked["expect"] = {"status": None, "json": [{"path": "quota", "equals": "capacity"}], "max_latency_ms": None}
    report, message, details = failing(lambda: logic.run(invocation.invoke, asked))
    assert "quota" in report["reason"] and report["cause"] == "unknown"


# Logs that cannot be read, or that hold more than may be shown


@pytest.mark.parametrize(
    ("fault", "note"),
    [
        ({"operation": "DescribeLogStreams", "kind": "denied"}, "Grant logs:DescribeLogStreams and logs:GetLogEvents"),
        ({"operation": "GetLogEvents", "kind": "denied"}, "Grant logs:GetLogEvents"),
        ({"operation": "GetLogEvents", "kind": "throttle", "times": 20}, "cannot read the logs: .*Rate exceeded"),
        ({"operation": "DescribeModel", "kind": "denied"}, "what is secret in their logs: .*Grant sagemaker:Describe"),
    ],
)
def test_logs_that_cannot_be_read_are_told_and_hide_nothing(logic: Logic, fault: dict[str, Any], note: str) -> None:
    logic.aws.script("churn", "create", "fail", reason=PING, log=TRACEBACK)
    logic.aws.clear_calls()
    logic.aws.fault(**fault)
    report, message, _details = failing(lambda: logic.run(endpoint_rollout.ensure, wish("c1")))
    assert (report["cause"], report["log_lines"]) == ("health_check", [])
    assert re.search(note, report["log_note"])
    assert "did not pass the ping health check" in message
    assert len(reads(logic)) <= 6


def test_a_container_that_wrote_nothing_is_told_with_what_that_means(logic: Logic) -> None:
    reason = "CannotStartContainerError. Please ensure the model container for variant main starts correctly."
    logic.aws.script("churn", "create", "fail", reason=reason)
    report, _message, _details = failing(lambda: logic.run(endpoint_rollout.ensure, wish("c1")))
    assert report["log_note"].startswith(f"There is no log group {LOGS}, so no container has ever written anything")
    # The group of an earlier one of the name is there still.
    logic.aws.script("churn", "create", "succeed", log=["hello"])
    logic.run(endpoint_rollout.ensure, wish("c1"))
    # The times of logs are compared to the second.
    logic.aws.advance(10)
    logic.aws.script("churn", "update", "rollback", reason=reason)
    report, _message, _details = failing(lambda: logic.run(endpoint_rollout.ensure, wish("c2")))
    assert "has nothing of this rollout" in report["log_note"]


def test_no_secret_of_a_container_is_shown(logic: Logic) -> None:
    environment = {
        "HF_TOKEN": SECRET,
        "DATABASE": "postgres-of-the-list",
        "PEM_KEY": "first-line-of-it\nsecond-line-of-it",
        "MODE": "plain-mode",
    }
    logic.sagemaker.create_model(
        ModelName="leaky", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE, "Environment": environment}
    )
    variant = {"VariantName": "main", "ModelName": "leaky", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    logic.sagemaker.create_endpoint_config(EndpointConfigName="leaky", ProductionVariants=[variant])
    lines = [
        f"ERROR cannot log in with {SECRET}",
        "ERROR connecting to postgres-of-the-list as plain-mode",
        "first-line-of-it",
        "second-line-of-it",
        "API_KEY=0123456789 Authorization: Bearer abcdefghijkl",
        "redis://user:of-another@cache/0",
    ]
    logic.aws.script("churn", "create", "fail", reason=PING, log=lines)
    asked = wish("leaky", secret_environment=["DATABASE"])
    report, message, _details = failing(lambda: logic.run(endpoint_rollout.ensure, asked))
    said = f"{report} {message}"
    for secret in (SECRET, "postgres-of-the-list", "line-of-it", "0123456789", "abcdefghijkl", "of-another"):
        assert secret not in said
    assert "as plain-mode" in said
    # What is left of a value with two lines is one.
    assert len(messages(report)) == len(lines) - 1


def test_many_instances_of_several_variants_share_the_lines(logic: Logic) -> None:
    others = [{"VariantName": name, "ModelName": "c1-model", "InitialInstanceCount": 4} for name in ("b", "d", "e")]
    logic.make_config("many", *others, InitialInstanceCount=6)
    logic.aws.script("churn", "create", "fail", reason=PING.replace("main", "d"), log=[*TRACEBACK, *NOISE])
    logic.aws.clear_calls()
    report, _message, _details = failing(lambda: logic.run(endpoint_rollout.ensure, wish("many")))
    assert 30 < len(report["log_lines"]) <= 40
    # The variant that the reason names comes first.
    assert report["log_lines"][0]["stream"].startswith("d/")
    assert report["log_lines"][0]["message"] == TRACEBACK[0]
    assert len(reads(logic)) <= 6
    assert reads(logic).count("GetLogEvents") >= 2


# The Ansible role


@pytest.mark.core
def test_a_failed_deploy_hands_on_what_it_knows(aws: LocalAws, play: Player) -> None:
    aws.configure(creating=0, updating=0, deleting=0)
    deploys = Deploys(aws, play, {**PLAIN, "sg_role_arn": aws.make_role("serving")})
    ping = PING.replace("main", "AllTraffic")
    aws.script("churn", "create", "fail", reason=ping, log=TRACEBACK)
    run = deploys.plays()
    assert not run.ok
    told = outputs(run)
    assert (told["failed"], told["changed"], told["sagemaker_endpoint_status"]) == (True, True, "Failed")
    assert told["failure"] == run.result("Endpoint")["failure"]
    # The endpoint was created, although it failed.
    assert run.result("Endpoint")["changed"]
    assert (told["failure"]["cause"], messages(told["failure"])) == ("gpu_memory", TRACEBACK)
    assert [told["plan"][part]["action"] for part in ("endpoint_config", "endpoint", "pruned")] == [
        "create",
        "create",
        "none",
    ]
    assert [told["plan"][part].get("failed") for part in ("endpoint_config", "endpoint")] == [None, True]
    assert run.failure is not None and run.failure.endswith(TRACEBACK[-1])
    # Wrong variables are a failure too, before there is a plan.
    run = deploys.plays(production_variant={"instance_type": "ml.m5.large", "initial_instance_count": 0})
    told = outputs(run)
    assert (run.ok, told["failed"], told["changed"], told["failure"]["what"]) == (False, True, False, "plan")
    assert told["failure"]["reason"] == run.failure
    done = deploys.runs()
    assert (done["failed"], done["changed"]) == (False, True)
    assert "failure" not in done
    # What fails later is told with what was done before.
    aws.script("churn", "delete", "fail", reason="in use")
    run = deploys.plays("destroy")
    told = outputs(run)
    assert (run.ok, told["failed"], told["failure"]["reason"]) == (False, True, "in use")
    assert told["failure"] == run.result("Delete the endpoint")["failure"]
    assert told["plan"]["endpoint"]["action"] == "delete"
