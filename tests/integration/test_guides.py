# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides, each followed by somebody who reads it from the top: its files, its commands in their order, and what it shows of their output.

The test of a guide has its name, and fails if it leaves out a step. Texts that say how something looks may be compared elsewhere: those of
the guides in ``SHOWN_ELSEWHERE``.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

import pytest
import yaml
from terraform_states import state

from integration.begun import begin
from integration.guides import PREFIX
from integration.guides import Reader
from integration.guides import with_steps
from integration.harness import CHECKOUT
from integration.harness import Player
from integration.harness import Run
from integration.logic import ROLE
from integration.logic import Logic
from integration.test_adoption import deploys  # noqa: F401  (a fixture: what Terraform has made)
from integration.test_adoption import terraform_state
from local_aws.process import LocalAws

FLEET = "mlops.sagemaker.fleet"
DEPLOY = "mlops.sagemaker.deploy"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
CHURN = {
    "name": "churn",
    "name_prefix": "churn",
    "sg_role_arn": "arn:aws:iam::123456789012:role/serving",
    "containers": [{"image_uri": IMAGE}],
    "production_variant": {"instance_type": "ml.m5.large", "initial_instance_count": 2},
    "autoscaling_config": {"max_capacity": 4, "target_value": 70},
}
# The table of costs is compared by tests/unit/status, the refusal by test_cost_limit.py, the progress of an update by tests/unit/reports.
SHOWN_ELSEWHERE = {"costs", "deploys"}


@pytest.fixture
def reader(aws: LocalAws, play: Player, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """Somebody with the guide that the test is named after."""
    guide = request.node.originalname.removeprefix("test_")
    reader = Reader(aws, play, guide)
    failed_before = request.session.testsfailed
    yield reader
    if request.session.testsfailed == failed_before:
        assert reader.left == []
        assert reader.shown == [] or guide in SHOWN_ELSEWHERE


def test_every_guide_is_followed() -> None:
    assert [guide for guide in with_steps() if f"test_{guide}" not in globals()] == []


def summary(run: Run) -> str:
    return str(run.result("Summary")["msg"])


def serving(reader: Reader, name: str) -> str:
    return str(reader.aws.client("sagemaker").describe_endpoint(EndpointName=name)["EndpointConfigName"])


def changed(reader: Reader) -> set[str]:
    """The endpoints that the last step changed."""
    return {call["request"].get("EndpointName") for call in reader.aws.calls() if call["mutating"]} - {None}


def answered(run: Run, task: str) -> tuple[str, str]:
    """The configuration that answered, and what it was sent, of an answer of the local AWS."""
    answer = json.loads(run.result(task)["msg"])
    return answer["endpoint_config"], answer["input"]


def status(reader: Reader, name: str) -> str | None:
    return Logic(reader.aws).status(name)


def test_getting_started(aws: LocalAws, reader: Reader) -> None:
    for release in (1, 2):
        aws.put(f"s3://example-model-bucket/churn/{release}/model.tar.gz")
    reader.run("mlops.sagemaker.preflight")
    predicted = reader.run(DEPLOY, "--check")
    assert aws.mutating() == []
    assert "would" in summary(predicted)
    deployed = reader.run(DEPLOY)
    reader.sees(summary(deployed))
    first = serving(reader, "churn")
    assert answered(reader.run("ask.yml"), "Show the answer") == (first, "34,2,119.5")
    # The reader changes a line.
    file = reader.path("endpoint.yml")
    file.write_text(file.read_text().replace("churn/1/", "churn/2/"))
    assert "churn/2/model.tar.gz" in reader.run(DEPLOY, "--check --diff").output
    assert (aws.mutating(), serving(reader, "churn")) == ([], first)
    reader.run(DEPLOY)
    assert serving(reader, "churn") != first
    reader.run("rollback")
    assert serving(reader, "churn") == first
    reader.run("destroy")
    assert (status(reader, "churn"), aws.client("sagemaker").list_models()["Models"]) == (None, [])


def test_from_terraform(aws: LocalAws, deploys: object, reader: Reader) -> None:  # noqa: F811
    reader.path("state.json").write_text(json.dumps(state(terraform_state().as_module())))
    run = reader.run("mlops.sagemaker.from_terraform")
    assert aws.mutating() == []
    reader.sees(str(run.result("Report")["msg"]))
    assert reader.variables("fraud.yml")[f"{PREFIX}name"] == "fraud"
    predicted = reader.run(DEPLOY, "--check")
    assert aws.mutating() == []
    reader.sees(summary(predicted))
    old = serving(reader, "fraud")
    reader.run(DEPLOY)
    assert set(aws.mutating()) == {"AddTags", "TagResource"}
    # The reader changes a line.
    file = reader.path("prod.tfvars")
    file.write_text(file.read_text().replace('STEP = "1"', 'STEP = "2"'))
    assert reader.run(DEPLOY, "--check --diff").ok and aws.mutating() == []
    reader.run(DEPLOY)
    assert serving(reader, "fraud") != old
    sagemaker = aws.client("sagemaker")
    assert sagemaker.describe_endpoint_config(EndpointConfigName=old)["EndpointConfigName"] == old


def test_invoke(aws: LocalAws, reader: Reader) -> None:
    logic = Logic(aws)
    logic.make_endpoint("churn", logic.make_config("churn-config"))
    container = {"Image": "763104351884.dkr.ecr.us-east-1.amazonaws.com/vllm:server-sagemaker-cuda-v2.3"}
    logic.sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    variant = {"VariantName": "v", "ModelName": "m", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1}
    logic.sagemaker.create_endpoint_config(EndpointConfigName="vllm", ProductionVariants=[variant])
    logic.make_endpoint("assistant", "vllm")
    aws.advance(60)
    assert answered(reader.does("Ask a model"), "Show the score") == ("churn-config", "34,2,119.5")
    assert reader.does("Ask a language model").result("Show what it said")["msg"] == "vllm heard: Say hello."


def test_preflight(aws: LocalAws, reader: Reader) -> None:
    aws.make_role("serving", ["ecr:*", "logs:*", "cloudwatch:*"])
    aws.put("s3://example-model-bucket/README")
    aws.configure(limits={"ml.g5.2xlarge": 0})
    run = reader.run("mlops.sagemaker.preflight", fails=True)
    reader.sees(run.failure or "")
    run = reader.run(DEPLOY, "sagemaker_endpoint_preflight=true", fails=True)
    assert "the quota of ml.g5.2xlarge" in (run.failure or "") and aws.mutating() == []
    run = reader.does("Check the account", variables={f"{PREFIX}{key}": value for key, value in CHURN.items()})
    findings = run.result("Show what was not checked")["msg"]
    assert {finding["status"] for finding in findings} <= {"unknown"}


def test_deploys(aws: LocalAws, reader: Reader) -> None:
    aws.make_role("serving")
    aws.put("s3://example-models/fraud/12/model.tar.gz")
    reader.does("- name: Model")
    assert serving(reader, "fraud").startswith("fraud-config-")
    first = reader.begin(CHURN)
    second = reader.begin(
        {**CHURN, "production_variant": {"instance_type": "ml.m5.xlarge", "initial_instance_count": 2}}
    )
    reader.run("rollback")
    assert serving(reader, "churn") == first != second
    waited = reader.does("Wait until no endpoint is in a transition").result(
        "Wait until no endpoint is in a transition"
    )
    assert [endpoint["endpoint_name"] for endpoint in waited["endpoints"]] == ["fraud"]


def capacities(logic: Logic, endpoint: str) -> tuple[int, int]:
    """The bounds of the scalable target of the endpoint."""
    ids = [f"endpoint/{endpoint}/variant/AllTraffic"]
    (target,) = logic.autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=ids)[
        "ScalableTargets"
    ]
    return target["MinCapacity"], target["MaxCapacity"]


def test_autoscaling(aws: LocalAws, reader: Reader) -> None:
    aws.make_role("serving")
    logic = Logic(aws)
    reader.run(DEPLOY)
    assert [alarm["AlarmName"] for alarm in logic.client("cloudwatch").describe_alarms()["MetricAlarms"]]
    assert capacities(logic, "ocr") == (0, 5)
    for name, kind in (
        ("fraud", {}),
        ("ocr-async", {"async_inference_config": {"output_config": {"s3_output_path": "s3://answers/ocr"}}}),
    ):
        reader.begin({**CHURN, "name": name, "name_prefix": name, "autoscaling_config": None, **kind})
    reader.does("Keep 1 to 4 instances")
    assert capacities(logic, "fraud") == (1, 4)
    reader.does("Follow the queue")
    assert capacities(logic, "ocr-async") == (0, 5)
    reader.does("Do not scale in")


def test_many_endpoints(aws: LocalAws, reader: Reader) -> None:
    aws.make_role("serving")
    group = reader.variables("hosts.yml")["risk"]
    for name in ("churn", "fraud"):
        reader.begin({"name": name, **group["vars"], **group["hosts"][name]})
    predicted = reader.run(FLEET, "-i hosts.yml --check")
    assert (sorted(predicted.hosts), aws.mutating()) == (["churn", "fraud-west"], [])
    reader.sees(predicted.result("Show which endpoints differ")["msg"])
    reader.run(FLEET, "-i hosts.yml")
    assert changed(reader) == {"fraud-west"}
    first = serving(reader, "churn")
    # The reader changes a line.
    hosts = reader.path("hosts.yml")
    hosts.write_text(hosts.read_text().replace('"0.7"', '"0.8"'))
    reader.run(FLEET, "--limit churn")
    assert changed(reader) == {"churn"}
    assert serving(reader, "churn") != first
    assert reader.run(FLEET, "-e fleet=risk", "-e fleet_serial=1").changed == 0
    assert reader.run(FLEET, '"fleet_serial": [1, 10, "50%"]').changed == 0
    reader.run(FLEET, "fleet_state=rollback", "--limit churn")
    assert serving(reader, "churn") == first
    aws.advance(60)
    graph = reader.finds("--graph")
    assert "|--@team_risk:\n  |  |--churn\n  |  |--fraud\n  |  |--fraud-west\n" in graph
    assert '"sagemaker_status": ' in reader.finds("--host", "churn")
    run = reader.run(FLEET, "-i hosts.yml -i ours.sagemaker_endpoints.yml", "kind_real_time")
    # The variables ask for the release that was rolled back.
    assert changed(reader) == {"churn"}
    assert "of 3 endpoints" in run.result("Show which endpoints differ")["msg"]
    predicted = reader.run(FLEET, "-i ours.sagemaker_endpoints.yml", "fleet_state=absent --check")
    assert (predicted.changed, aws.mutating()) == (3, [])
    stopped = reader.run(FLEET, "fleet_state=stopped", "--check")
    assert (stopped.changed, aws.mutating()) == (2, [])
    assert "fraud-west" in reader.run("mlops.sagemaker.status", "-e regions=us-east-1,us-west-2").output


def test_stop_and_start(aws: LocalAws, reader: Reader) -> None:
    aws.make_role("serving")
    reader.begin(CHURN)
    reader.begin({**CHURN, "name": "trial", "name_prefix": "trial"})
    aws.advance(60)
    config = serving(reader, "churn")
    reader.sees(summary(reader.run("mlops.sagemaker.stop ")))
    assert status(reader, "churn") is None
    arn = aws.client("sagemaker").describe_endpoint_config(EndpointConfigName=config)["EndpointConfigArn"]
    tags = {tag["Key"]: tag["Value"] for tag in aws.client("sagemaker").list_tags(ResourceArn=arn)["Tags"]}
    reader.sees(tags["mlops.sagemaker/stopped"], r"\d{4}-\d\d-\d\dT[\d:]+Z")
    reader.run("mlops.sagemaker.start")
    assert (status(reader, "churn"), serving(reader, "churn")) == ("InService", config)
    reader.run(FLEET, "fleet_state=stopped")
    aws.advance(60)
    assert (status(reader, "churn"), status(reader, "trial")) == ("InService", None)
    reader.run(FLEET, "fleet_state=started")
    assert status(reader, "trial") == "InService"
    assert reader.run("mlops.sagemaker.stop_expired").changed == 0


def test_costs(aws: LocalAws, reader: Reader) -> None:
    aws.make_role("serving")
    aws.configure(prices={"us-east-1": {"ml.m5.large": "0.115", "ml.g5.xlarge": "1.408"}})
    reader.begin(CHURN)
    aws.advance(40 * 86400)
    reader.run("mlops.sagemaker.status", "report=endpoints.html")
    assert "churn" in reader.path("endpoints.html").read_text()
    run = reader.run("mlops.sagemaker.status", "price_file=prices.yml")
    assert " 0.20 EUR " in run.result("Status")["msg"]
    run = reader.does("Read the endpoints")
    (idle,) = run.result("Show those that nobody has called for 30 days, and what that costs per month")["results"]
    assert idle["msg"] == "churn: 167.9 USD"
    run = reader.run(DEPLOY, "sagemaker_endpoint_max_hourly_cost=5", fails=True)
    assert reader.shown[-1] in (run.failure or "") and aws.mutating() == []


def test_awx(aws: LocalAws, reader: Reader) -> None:
    """In a copy of the project, whose endpoints are in another region than those of the other guides."""
    shutil.copytree(CHECKOUT / "extensions" / "awx" / "project", reader.play.directory, dirs_exist_ok=True)
    logic = Logic(aws, "eu-west-1")
    aws.put("s3://example-model-bucket/churn/2030-01-31/model.tar.gz", region="eu-west-1")
    reader.run("preflight.yml")
    reader.run("deploy.yml", "--check")
    assert (aws.mutating(), logic.status("churn")) == ([], None)
    reader.run("deploy.yml")
    assert logic.status("churn") == "InService"
    refused = reader.run("rollback.yml", "--check", fails=True)
    assert "no release" in (refused.failure or "")
    stopped = reader.run("fleet.yml", "fleet_state=stopped", "--check")
    assert stopped.hosts["churn"]["changed"] == 1, stopped
    started = reader.run("fleet.yml", "fleet_state=started", "--check")
    assert (started.changed, aws.mutating()) == (0, [])


def test_the_examples_of_the_role(aws: LocalAws, play: Player) -> None:
    """Those of its page, each entry point's in a play."""
    for name in ("churn", "segments"):
        aws.put(f"s3://example-model-bucket/{name}/model.tar.gz")
    aws.configure(prices={"us-east-1": {"ml.m5.large": "0.115"}}, creating=0, updating=0, deleting=0)
    page = yaml.safe_load((CHECKOUT / "roles/sagemaker_endpoint/meta/argument_specs.yml").read_text())
    examples = {name: point["examples"] for name, point in page["argument_specs"].items()}
    run = play(tasks=examples["preflight"])
    assert run.ok, run
    begin(aws, {**CHURN, "sg_role_arn": aws.make_role("serving"), "autoscaling_config": None})
    second = begin(aws, {**CHURN, "autoscaling_config": None, "release_marker": "two"})
    run = play(tasks=examples["rollback"])
    assert run.ok, run
    assert Logic(aws).sagemaker.describe_endpoint(EndpointName="churn")["EndpointConfigName"] != second
    run = play(tasks=examples["main"])
    assert run.ok, run
    assert [one["EndpointName"] for one in Logic(aws).sagemaker.list_endpoints()["Endpoints"]] == ["segments"]
