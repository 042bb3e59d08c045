# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A preflight against an account: it finds what a deploy would fail for, nothing else, and changes nothing."""

from __future__ import annotations

import json
import re
from typing import Any

import boto3
import pytest
from botocore.config import Config

import example_files
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import resolution
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight import info as preflight
from integration import accounts
from integration import whole_runs
from integration.begun import begin
from integration.harness import CHECKOUT
from integration.harness import Player
from integration.logic import IMAGE
from integration.logic import Logic
from local_aws.process import REGION
from local_aws.process import LocalAws
from local_aws.world import ACCOUNT

EXAMPLES = sorted(file.parent.name for file in (CHECKOUT / "examples").glob("*/vars.yml"))
MOST_CALLS = 30
ROLE = f"arn:aws:iam::{ACCOUNT}:role/exec"
DJL = "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi28.0.0-cu130"
OWN_IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/fraud/scoring:12"
MODEL = "s3://models/churn/model.tar.gz"
TOKEN = "hf_AbCdEfGhIjKlMnOpQrSt"

Variables = dict[str, Any]


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    return Logic(aws)


def example(kind: str) -> Variables:
    given = example_files.read(CHECKOUT / "examples" / kind / "vars.yml")
    return {name.removeprefix("sagemaker_endpoint_"): value for name, value in given.items()}


def plain(**given: Any) -> Variables:
    """A deploy that nothing speaks against, once its role and its model are there."""
    beginning: Variables = {
        "name": "churn",
        "name_prefix": "churn",
        "sg_role_arn": ROLE,
        "containers": [{"image_uri": IMAGE, "model_data_url": MODEL}],
        "production_variant": {"instance_type": "ml.m5.xlarge", "initial_instance_count": 2},
    }
    return {**beginning, **given}


def ready(logic: Logic) -> None:
    logic.aws.make_role("exec", accounts.ACTIONS)
    logic.aws.put(MODEL)


def look(logic: Logic, variables: Variables) -> dict[str, tuple[str, str, str]]:
    """What a preflight has to say of each check, at its worst: (status, variable, message)."""
    logic.aws.clear_calls()
    found = accounts.run(logic, variables)
    assert logic.aws.mutating() == []
    calls = [call["operation"] for call in logic.aws.calls()]
    assert len(calls) <= MOST_CALLS, calls
    order = ["ok", "unknown", "warning", "error"]
    worst: dict[str, tuple[str, str, str]] = {}
    for one in found["findings"]:
        if order.index(one["status"]) > order.index(worst.get(one["check"], ("ok",))[0]) or one["check"] not in worst:
            worst[one["check"]] = (one["status"], one["variable"], one["message"])
    assert found["errors"] == sum(one["status"] == "error" for one in found["findings"])
    return worst


def ill(logic: Logic, variables: Variables) -> dict[str, str]:
    """{check: status} of all that is not well."""
    return {check: status for check, (status, _place, _text) in look(logic, variables).items() if status != "ok"}


# Nothing false


@pytest.mark.parametrize("kind", EXAMPLES)
def test_nothing_is_found_of_an_example(kind: str, aws: LocalAws, logic: Logic) -> None:
    if kind == "instance-pools":
        aws.make_role("exec")
        logic.sagemaker.create_model(
            ModelName="chat-quantised", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE}
        )
    assert ill(logic, accounts.prepare(aws, example(kind))) == {}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_example_is_checked_completely_in_a_busy_account(kind: str, aws: LocalAws, logic: Logic) -> None:
    """Where no code of a quota is known and nine other endpoints are to be counted, the quotas leave calls for every other check."""
    variables = accounts.prepare(aws, example(kind))
    for number in range(9):
        logic.make_endpoint(f"neighbour-{number}", logic.make_config(f"neighbour-{number}"), settled=number == 8)
    if kind == "instance-pools":
        logic.sagemaker.create_model(
            ModelName="chat-quantised", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE}
        )
    aws.fault("GetServiceQuota", kind="error", code="NoSuchResourceException", message="none", times=9)
    aws.clear_calls()
    found = accounts.run(logic, variables)["findings"]
    assert [one for one in found if one["status"] != "ok" and one["check"] != "endpoint_quota"] == []
    assert len(aws.calls()) <= MOST_CALLS
    for one in found:
        if one["status"] != "ok":
            assert one["message"].startswith('the quota "ml.') and "Look it up in Service Quotas" in one["remedy"], one


@pytest.mark.parametrize("neighbours", [0, 3])
def test_nothing_is_found_of_what_serves_already(neighbours: int, aws: LocalAws, logic: Logic) -> None:
    """A quota that has no room for a second fleet is no matter where nothing is rolled out."""
    ready(logic)
    variables = plain(autoscaling_config={"max_capacity": 2, "target_value": 5})
    begin(aws, variables)
    for number in range(neighbours):
        logic.make_endpoint(
            f"neighbour-{number}", logic.make_config(f"neighbour-{number}", InstanceType="ml.m5.xlarge")
        )
    aws.configure(limits={"ml.m5.xlarge": 2 + neighbours})
    assert ill(logic, variables) == {}
    changed = plain(containers=[{"image_uri": IMAGE, "model_data_url": MODEL, "environment": {"A": "b"}}])
    status, variable, message = look(logic, changed)["endpoint_quota"]
    assert (status, variable) == ("error", "sagemaker_endpoint_production_variant")
    assert f"is {2 + neighbours}, the update needs 2 beside the 2 that serve" in message
    assert f"other endpoints use {neighbours}" in message
    aws.configure(limits={"ml.m5.xlarge": 4 + neighbours})
    assert ill(logic, changed) == {}


def test_use_is_counted_where_there_is_no_metric(aws: LocalAws, logic: Logic) -> None:
    ready(logic)
    logic.make_endpoint("neighbour", logic.make_config("neighbour", InstanceType="ml.m5.xlarge"))
    aws.configure(limits={"ml.m5.xlarge": 2})
    aws.fault("GetMetricData", kind="denied", times=9)
    assert "other endpoints use 1" in look(logic, plain())["endpoint_quota"][2]


def test_a_quota_is_found_by_its_name_where_its_code_is_not_known(aws: LocalAws, logic: Logic) -> None:
    ready(logic)
    aws.configure(limits={"ml.m7i.large": 1})
    aws.clear_calls()
    found = look(logic, plain(production_variant={"instance_type": "ml.m7i.large", "initial_instance_count": 2}))
    assert found["endpoint_quota"][0] == "error"
    assert "ListServiceQuotas" in [call["operation"] for call in aws.calls()]


# What a deploy fails for


def image(uri: str = IMAGE, **more: Any) -> Variables:
    return plain(containers=[{"image_uri": uri, **more}])


FAILING = {
    "endpoint_quota": (plain(), {"limits": {"ml.m5.xlarge": 1}}, {}, "service limit 'ml.m5.xlarge for endpoint usage'"),
    "image_exists": (image(), {}, {"image": IMAGE, "outcome": "missing"}, "cannot pull"),
    "image_manifest": (image(), {}, {"image": IMAGE, "outcome": "oci_index"}, "Unsupported manifest media type"),
    "image_region": (
        image("763104351884.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0"),
        {},
        {},
        "pulls images only from the model's region",
    ),
    "artifact_exists": (image(model_data_url="s3://models/none.tar.gz"), {}, {}, "Could not find model data"),
    "artifact_region": (image(model_data_url="s3://abroad/model.tar.gz"), {}, {}, "Could not access model data"),
    "execution_role_exists": (plain(sg_role_arn=f"{ROLE}-none"), {}, {}, "is invalid|IAM has no role"),
    "execution_role_trust": (plain(sg_role_arn=ROLE.replace("exec", "untrusting")), {}, {}, "is invalid"),
    "execution_role_permissions": (
        plain(sg_role_arn=ROLE.replace("exec", "unable")),
        {},
        {},
        "cannot pull|Could not access model data",
    ),
}


def account_with_traps(aws: LocalAws, logic: Logic) -> None:
    ready(logic)
    aws.make_role("unable", ["logs:*", "cloudwatch:*"])
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = logic.client("iam")
    iam.create_role(
        RoleName="untrusting", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    allow = {"Effect": "Allow", "Action": accounts.ACTIONS, "Resource": "*"}
    iam.put_role_policy(
        RoleName="untrusting",
        PolicyName="may",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
    )
    aws.put("s3://abroad/model.tar.gz", region="eu-west-1")


@pytest.mark.parametrize("check", FAILING)
def test_a_deploy_fails_for_what_was_found(check: str, aws: LocalAws, logic: Logic) -> None:
    variables, settings, script, refusal = FAILING[check]
    account_with_traps(aws, logic)
    assert ill(logic, plain()) == {}
    aws.configure(**settings)
    if script:
        aws.script(**script)
    assert ill(logic, variables) == {check: "error"}
    with pytest.raises(SageMakerError, match=refusal):
        begin(aws, variables)


def test_instances_do_not_go_to_zero_everywhere(aws: LocalAws, logic: Logic) -> None:
    """What a region refuses was seen, and AWS publishes no list, so it is a warning."""
    region = "eu-west-3"
    aws.make_role("exec", accounts.ACTIONS)
    variables = {
        **{name: value for name, value in plain().items() if name != "containers"},
        "production_variant": {"instance_type": "ml.g5.2xlarge", "initial_instance_count": 1},
        "inference_components": [
            {
                "name": "chat",
                "specification": {
                    "container": {"image": f"763104351884.dkr.ecr.{region}.amazonaws.com/sagemaker-xgboost:3.2-0"},
                    "compute_resource_requirements": {"min_memory_required_in_mb": 1024},
                },
                "runtime_config": {"copy_count": 1},
                "autoscaling_config": {"scale_to_zero": True, "max_capacity": 2, "target_value": 5},
            }
        ],
    }
    there = AwsClients(lambda service, read_timeout=60: aws.client(service, region))
    found = preflight.info(there, {"inputs": resolution.resolve(variables)})["findings"]
    told = {one["check"]: one["status"] for one in found if one["status"] != "ok"}
    assert told == {"scale_to_zero": "warning"}
    with pytest.raises(SageMakerError, match="Min instance count needs to be greater than 0"):
        whole_runs.Play(there, variables).run()


def test_misspelt_names_are_told_with_the_nearest(aws: LocalAws, logic: Logic) -> None:
    ready(logic)
    found = look(logic, plain(production_variant={"instance_type": "ml.mm5.xlarge", "initial_instance_count": 1}))
    assert found["instance_type"][:2] == ("error", "sagemaker_endpoint_production_variant.instance_type")
    assert found["instance_type"][2].endswith("Did you mean ml.m5.xlarge?")
    assert "endpoint_quota" not in found
    there = AwsClients(lambda service, read_timeout=60: aws.client(service, "us-esat-1"))
    told = preflight.info(there, {"inputs": resolution.resolve(plain())})["findings"]
    assert [(one["status"], one["variable"]) for one in told if one["check"] == "region"] == [("warning", "aws_region")]


# What may not be seen

LOOKS = {
    "GetServiceQuota": {"endpoint_quota": "unknown"},
    "GetRole": {"execution_role_exists": "unknown"},
    "SimulatePrincipalPolicy": {"execution_role_permissions": "unknown", "caller_permissions": "unknown"},
    "BatchGetImage": {"image_exists": "unknown"},
    "GetDownloadUrlForLayer": {},
    "HeadBucket": {},
    "HeadObject": {"artifact_exists": "unknown"},
    "DescribeSubnets": {"vpc_subnets": "unknown"},
    "DescribeSecurityGroups": {"vpc_security_groups": "unknown"},
    "DescribeRouteTables": {"vpc_way_to_s3": "unknown", "vpc_way_to_ecr": "unknown"},
    "DescribeVpcEndpoints": {"vpc_way_to_s3": "unknown", "vpc_way_to_ecr": "unknown"},
    "DescribeKey": {"kms_key": "unknown"},
    "DescribeAlarms": {"deployment_alarm": "unknown"},
}


def widespread(aws: LocalAws) -> Variables:
    """A deploy on instances that nearly all checks have something to look at of."""
    return accounts.prepare(
        aws,
        plain(
            vpc_config={"subnets": ["subnet-00000001"], "security_group_ids": ["sg-00000001"]},
            kms_key_arn=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            deployment_config={"auto_rollback_configuration": {"alarms": [{"alarm_name": "churn-errors"}]}},
        ),
    )


def test_what_may_not_be_looked_at_is_unknown_and_no_failure(aws: LocalAws, logic: Logic) -> None:
    variables = widespread(aws)
    assert ill(logic, variables) == {}
    for operation, expected in LOOKS.items():
        aws.fault(operation, kind="denied", times=99)
        found = look(logic, variables)
        assert {check: one[0] for check, one in found.items() if one[0] != "ok"} == expected, operation
        for check in expected:
            assert "may not call" in found[check][2], (operation, found[check])
        aws.clear_faults()


def test_a_caller_who_may_not_see_the_endpoint_gets_the_rest(aws: LocalAws, logic: Logic) -> None:
    ready(logic)
    aws.fault("DescribeEndpoint", kind="denied", times=9)
    aws.configure(limits={"ml.m5.xlarge": 1})
    assert ill(logic, plain()) == {"request": "unknown", "endpoint_quota": "error"}


def test_a_service_out_of_reach_is_unknown(aws: LocalAws, logic: Logic) -> None:
    ready(logic)
    aws.fault("HeadObject", kind="reset", times=99)
    assert ill(logic, plain()) == {"artifact_exists": "unknown"}


def test_questions_that_iam_takes_apart_only_are_asked_apart(aws: LocalAws, logic: Logic) -> None:
    ready(logic)
    message = (
        "Invalid Input Actions: [iam:PassRole] and [sagemaker:CreateModel] require different authorization information."
    )
    aws.fault("SimulatePrincipalPolicy", kind="error", code="InvalidInput", message=message, after=1)
    assert ill(logic, plain()) == {}
    asked = [call["request"] for call in aws.calls("iam") if call["operation"] == "SimulatePrincipalPolicy"]
    assert len(asked) == 4
    assert [sum(value == "iam:PassRole" for value in one.values()) for one in asked] == [0, 1, 0, 1]


# Who calls


def test_a_caller_may_not_make_the_calls_of_the_plan(aws: LocalAws, logic: Logic) -> None:
    ready(logic)
    iam = logic.client("iam")
    iam.create_user(UserName="deployer")
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    config = Config(retries={"total_max_attempts": 1})
    session = boto3.session.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=REGION)
    theirs = AwsClients(lambda service, read_timeout=60: session.client(service, endpoint_url=aws.url, config=config))

    def denied(*statements: dict[str, Any]) -> list[str]:
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_user_policy(UserName="deployer", PolicyName="may", PolicyDocument=json.dumps(document))
        found = preflight.info(theirs, {"inputs": resolution.resolve(plain())})["findings"]
        return [one["message"] for one in found if (one["check"], one["status"]) == ("caller_permissions", "error")]

    allow = {"Effect": "Allow", "Resource": "*"}
    passing = {
        **allow,
        "Action": "iam:PassRole",
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    }
    assert denied({**allow, "Action": "sagemaker:*"}, passing) == []
    (message,) = denied({**allow, "Action": "sagemaker:*"})
    assert message == f"the caller may not call iam:PassRole on {ROLE}."
    own_names = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/*"
    (message,) = denied(
        {**allow, "Action": ["sagemaker:CreateModel", "sagemaker:CreateEndpointConfig", "sagemaker:AddTags"]},
        {**allow, "Action": "sagemaker:CreateEndpoint", "Resource": own_names},
        passing,
    )
    assert message.startswith(
        "the caller may not call sagemaker:CreateEndpoint on arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/churn-config-"
    )


# Everything at once


def defects(aws: LocalAws, logic: Logic) -> tuple[Variables, dict[str, str]]:
    """Variables with a defect for nearly each check, and {check: status} of what is to be found."""
    account_with_traps(aws, logic)
    kms = logic.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.disable_key(KeyId=key["KeyId"])
    network = accounts.make_network(aws, 1, gateway=False, mask=28)
    accounts.make_package(aws, "churn", 1, approval="PendingManualApproval")
    accounts.make_alarm(aws, "churn-latency", "ALARM")
    aws.configure(limits={"ml.g5.2xlarge": 1})
    aws.script(image=OWN_IMAGE, architecture="arm64")
    aws.script(image=IMAGE, outcome="missing")
    content = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:hub-content/hub/ModelReference/llama/1.0.0"
    aws.script(hub_content=content)
    unapproved = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/churn/1"
    source = {
        "s3_uri": "s3://abroad/llama/",
        "s3_data_type": "S3Prefix",
        "hub_access_config": {"hub_content_arn": content},
    }
    variables = plain(
        sg_role_arn=ROLE.replace("exec", "untrusting"),
        containers=[
            {"image_uri": IMAGE, "model_data_url": "s3://models/none.tar.gz"},
            {"image_uri": OWN_IMAGE, "model_data_source": source, "environment": {"HF_TOKEN": TOKEN}},
            {"image_uri": DJL.replace("us-east-1", "eu-west-1")},
            {"model_package_name": unapproved},
        ],
        production_variant={"instance_type": "ml.g5.2xlarge", "initial_instance_count": 12},
        vpc_config={"subnets": network["subnets"], "security_group_ids": ["sg-00000000"]},
        kms_key_arn=key["Arn"],
        async_inference_config={
            "output_config": {
                "s3_output_path": "s3://nowhere/out/",
                "notification_config": {"error_topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:failed"},
            }
        },
        deployment_config={
            "auto_rollback_configuration": {"alarms": [{"alarm_name": "churn-errors"}, {"alarm_name": "churn-latency"}]}
        },
    )
    expected = {
        "endpoint_quota": "error",
        "image_exists": "error",
        "image_architecture": "error",
        "image_region": "error",
        "image_cuda": "error",
        "artifact_exists": "error",
        "artifact_region": "error",
        "execution_role_trust": "error",
        "model_package": "error",
        "hub_content": "error",
        "vpc_security_groups": "error",
        "vpc_addresses": "error",
        "vpc_way_to_s3": "error",
        "vpc_way_to_ecr": "warning",
        "kms_key": "error",
        "output_bucket": "error",
        "notification_topic": "error",
        "deployment_alarm": "error",
        "token_in_clear_text": "warning",
    }
    return variables, expected


def test_every_defect_is_found_at_once_by_the_playbook(aws: LocalAws, logic: Logic, play: Player) -> None:
    variables, expected = defects(aws, logic)
    given = {f"sagemaker_endpoint_{name}": value for name, value in variables.items()}
    aws.clear_calls()
    run = play(playbook="playbooks/preflight.yml", variables=given, check=True)
    calls = [call["operation"] for call in aws.calls()]
    assert (aws.mutating(), run.ok, run.changed) == ([], False, 0), run
    assert len(calls) <= MOST_CALLS, calls
    found = run.result("Findings")["ansible_facts"]["sagemaker_endpoint_preflight_findings"]
    told = {(one["check"], one["status"]) for one in found if one["status"] != "ok"}
    assert told == {*expected.items()}, run.failure
    lines = (run.failure or "").splitlines()
    assert lines[0].startswith(
        f"Preflight of endpoint churn ({REGION}, account {ACCOUNT}), by the status of its findings: "
    )
    # On the screen each line stands for itself, not in JSON.
    assert "\n".join(lines) in run.output
    assert len(lines) == 1 + sum(one["status"] != "ok" for one in found)
    for one in found:
        line = f"{one['status']}: {one['variable']}: {one['message']} {one['remedy']}"
        assert (line in lines) == (one["status"] != "ok"), (line, lines)
    assert [line.partition(":")[0] for line in lines[1:]] == sorted(line.partition(":")[0] for line in lines[1:])
    assert TOKEN not in run.output


def test_the_switch_stops_a_deploy_before_anything_is_made(aws: LocalAws, logic: Logic, play: Player) -> None:
    account_with_traps(aws, logic)
    aws.configure(limits={"ml.m5.xlarge": 1})
    given = {f"sagemaker_endpoint_{name}": value for name, value in plain(preflight=True).items()}
    for check in (True, False):
        aws.clear_calls()
        run = play(playbook="playbooks/deploy.yml", variables=given, check=check)
        assert (run.ok, aws.mutating()) == (False, []), run
        assert "\nerror: sagemaker_endpoint_production_variant: the quota of ml.m5.xlarge" in (run.failure or "")
    aws.configure(limits={})
    run = play(playbook="playbooks/deploy.yml", variables=given)
    assert run.ok and "CreateEndpoint" in aws.mutating(), run
    # What is in order is told as well, and what was made needs nothing more.
    assert re.fullmatch(
        rf"Preflight of endpoint churn \({REGION}, account {ACCOUNT}\), .*: \d+ ok\.", run.result("Report")["msg"]
    )
    run = play(playbook="playbooks/preflight.yml", variables=given)
    assert run.ok and run.changed == 0, run


def test_wrong_variables_are_told_as_a_deploy_tells_them(aws: LocalAws, logic: Logic) -> None:
    with pytest.raises(InputError, match="sagemaker_endpoint_containers"):
        accounts.run(logic, plain(containers=[]))


def test_what_the_deploy_would_refuse_is_among_the_findings(aws: LocalAws, logic: Logic) -> None:
    ready(logic)
    aws.configure(limits={"ml.m5.xlarge": 1})
    variables = plain(production_variant={"instance_type": "ml.m5.xlarge", "model_name": "none"}, containers=[])
    found = look(logic, variables)
    assert found["request"][:2] == ("error", "sagemaker_endpoint_production_variant.model_name")
    assert "the model none does not exist" in found["request"][2]
