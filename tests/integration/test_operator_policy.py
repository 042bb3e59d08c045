# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The permissions of the caller, of every example. That recorded calls need no others is asserted where runs are recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from iam_linter import judged
from iam_linter import needless_wildcards

import example_files
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs.resolution import resolve
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import plan_info
from integration.harness import CHECKOUT
from integration.logic import Logic
from integration.permissions import needed
from integration.permissions import refused
from integration.whole_runs import Play
from integration.whole_runs import variables
from local_aws.process import LocalAws
from local_aws.world import ACCOUNT

EXAMPLES = sorted(file.parent for file in (CHECKOUT / "examples").glob("*/vars.yml"))
# A managed policy holds no more characters.
LENGTH = 6144


def planned(aws: LocalAws, given: dict[str, Any], state: str = "present") -> dict[str, Any]:
    """The outputs of the role in check mode."""
    inputs = resolve({**given, "state": state})
    assert not inputs["problems"], inputs["problems"]
    params = {"inputs": inputs, "state": state, "applies": False}
    return plan_info.info(Logic(aws).connection(), params)["outputs"]


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_linter_finds_nothing_in_the_policy_of_an_example(aws: LocalAws, folder: Any, state: str) -> None:
    told = example_files.read(folder / "vars.yml")
    given = {name.removeprefix("sagemaker_endpoint_"): value for name, value in told.items()}
    outputs = planned(aws, given, state)
    policy = outputs["operator_policy"]
    document = json.dumps(policy)
    assert judged(document) == set()
    assert needless_wildcards(document) == []
    assert len(json.dumps(policy, separators=(",", ":"))) < LENGTH
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    if state == "absent":
        # Nothing of it exists, so that nothing is deleted.
        assert not [action for action in actions if "Delete" in action or "Create" in action]
        return
    made = {call for plan in outputs["plan"]["models"] for call in plan["calls"]} | {
        *outputs["plan"]["endpoint"]["calls"]
    }
    assert {f"sagemaker:{call}" for call in made} <= actions
    (passing,) = [one for one in policy["Statement"] if "iam:PassRole" in one["Action"]]
    assert passing["Resource"] == [outputs["sagemaker_role_arn"]]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    # Of what does not exist yet everything is named.
    assert ANY_ENDPOINT not in document


ANY_ENDPOINT = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/*"


def test_what_the_policy_does_not_name_is_refused(aws: LocalAws) -> None:
    """So that a test with recorded calls can fail."""
    policy = planned(aws, variables("1"))["operator_policy"]

    def call(operation: str, **request: Any) -> dict[str, Any]:
        service = "iam" if operation == "CreateRole" else "sagemaker"
        return {
            "service": service,
            "operation": operation,
            "request": request,
            "region": "us-east-1",
            "mutating": True,
        }

    config = next(
        statement["Resource"][0].rpartition("/")[2]
        for statement in policy["Statement"]
        if "sagemaker:CreateEndpointConfig" in statement["Action"]
    )
    ours = {"EndpointName": "churn", "EndpointConfigName": config}
    assert refused([call("CreateEndpoint", **ours, Tags=[{}])], policy) == []
    assert refused([call("CreateEndpoint", **{**ours, "EndpointName": "other"})], policy) == [
        f"sagemaker:CreateEndpoint arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/other"
    ]
    assert len(refused([call("DeleteEndpoint", EndpointName="churn")], policy)) == 1
    assert len(refused([call("CreateRole", RoleName="x", **{"Tags.member.1.Key": "k"})], policy)) == 2
    passed = call("CreateModel", ModelName="m", ExecutionRoleArn="arn:aws:iam::123456789012:role/other")
    assert [action for action, _arn, _context in needed(passed)] == ["sagemaker:CreateModel", "iam:PassRole"]
    assert len(refused([passed], policy)) == 2


@pytest.mark.parametrize("event", ["create", "update"])
def test_the_report_of_a_failure_needs_nothing_else(aws: LocalAws, event: str) -> None:
    logic = Logic(aws)
    aws.make_role("exec")
    given = variables("1")
    if event == "update":
        Play(logic.connection(), given).run()
        given = variables("2")
    policy = planned(aws, given)["operator_policy"]
    reason = "The primary container for production variant AllTraffic did not pass the ping health check."
    aws.script("churn", event, {"create": "fail", "update": "rollback"}[event], reason=reason, log=["ERROR no luck"])
    aws.clear_calls()
    with pytest.raises(SageMakerError, match="no luck"):
        Play(logic.connection(), given).run()
    assert "GetLogEvents" in [call["operation"] for call in aws.calls()]
    assert refused(aws.calls(), policy) == []
    assert judged(json.dumps(policy)) == set()
    (logs,) = [one for one in policy["Statement"] if "logs:GetLogEvents" in one["Action"]]
    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/sagemaker/Endpoints/churn:*"
    assert logs["Action"] == ["logs:DescribeLogStreams", "logs:GetLogEvents"] and logs["Resource"] == [group]
    # Where nothing is rolled out, nothing is read.
    if event == "create":
        assert "logs:" not in json.dumps(planned(aws, given, "absent")["operator_policy"])


def test_names_with_capital_letters_stand_as_they_are_and_as_in_arns(aws: LocalAws) -> None:
    policy = planned(aws, {**variables("1"), "name": "Churn", "name_prefix": "Churn"})["operator_policy"]
    (endpoints,) = [one["Resource"] for one in policy["Statement"] if "sagemaker:DescribeEndpoint" in one["Action"]]
    assert [arn.rpartition("/")[2] for arn in endpoints] == ["Churn", "churn"]


def test_the_partition_of_the_region(aws: LocalAws) -> None:
    here = json.dumps({**variables("1"), "sg_role_arn": "arn:aws-cn:iam::123456789012:role/exec"})
    inputs = resolve(json.loads(here.replace("us-east-1.amazonaws.com", "cn-north-1.amazonaws.com.cn")))
    logic = Logic(aws)
    clients = logic.connection()
    clients._make_client = lambda name, **more: aws.client(name, region="cn-north-1")
    outputs = plan_info.info(clients, {"inputs": inputs, "state": "present", "applies": False})["outputs"]
    assert "arn:aws:" not in json.dumps(outputs["operator_policy"])
    assert outputs["invocations_url"] == (
        "https://runtime.sagemaker.cn-north-1.amazonaws.com.cn/endpoints/churn/invocations"
    )


def test_encrypted_volumes_and_models_of_a_hub(aws: LocalAws) -> None:
    hub = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:hub"
    content = f"{hub}-content/models/Model/llama/1.0.0"
    source = {
        "s3_uri": "s3://example-model-bucket/llama/",
        "s3_data_type": "S3Prefix",
        "hub_access_config": {"hub_content_arn": content},
    }
    (container,) = variables("1")["containers"]
    given = {
        **variables("1"),
        "containers": [{**container, "model_data_source": source}],
        "kms_key_arn": "alias/volumes",
    }
    policy = planned(aws, given)["operator_policy"]
    assert judged(json.dumps(policy)) == set()
    of_action = {action: one for one in policy["Statement"] for action in one["Action"]}
    assert of_action["sagemaker:DeployHubModel"]["Resource"] == [content, f"{hub}/models"]
    grant = of_action["kms:CreateGrant"]
    assert grant["Resource"] == [f"arn:aws:kms:us-east-1:{ACCOUNT}:key/*"]
    assert grant["Condition"] == {
        "Bool": {"kms:GrantIsForAWSResource": "true"},
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/volumes"},
    }


def test_the_smoke_test_of_an_asynchronous_endpoint(aws: LocalAws) -> None:
    output = {"s3_output_path": "s3://example-async-bucket/out", "kms_key_id": "1234abcd-12ab-34cd-56ef-1234567890ab"}
    given = {
        **variables("1", scaled=False),
        "async_inference_config": {"output_config": output},
        "smoke_test": {"body": "1,2", "asynchronous": True},
    }
    policy = planned(aws, given)["operator_policy"]
    assert judged(json.dumps(policy)) == set()
    of_action = {action: one["Resource"] for one in policy["Statement"] for action in one["Action"]}
    assert of_action["sagemaker:InvokeEndpointAsync"] == [f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/churn"]
    assert of_action["s3:GetObject"] == ["arn:aws:s3:::example-async-bucket/out/*"]
    assert of_action["s3:ListBucket"] == ["arn:aws:s3:::example-async-bucket"]
    assert of_action["kms:Decrypt"] == [f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
