# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the checks of a preflight look: what they ask for, and whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.stub import ANY
from botocore.stub import Stubber

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.snapshot import Snapshot
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import resolution
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam.policy import Place
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import caller
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.checks import quotas
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.findings import Unseen
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.lookup import Lookup
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.quota_codes import CODES
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.preflight.subject import Deploy

Stubs = Callable[[str], Stubber]
ACCOUNT = "111122223333"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
NAME = "ml.m5.large for endpoint usage"
USER = f"arn:aws:iam::{ACCOUNT}:user/deployer"
LOWER, UPPER = (f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:endpoint/{name}" for name in ("churn", "Churn"))


@pytest.fixture
def lookup(aws: AwsClients) -> Lookup:
    return Lookup(Snapshot(aws))


def deploy(planned: dict[str, Any] | None = None) -> Deploy:
    variables = {
        "name": "Churn",
        "containers": [{"image_uri": IMAGE}],
        "production_variant": {"instance_type": "ml.m5.large"},
    }
    return Deploy(resolution.resolve(variables), Place("aws", "us-east-1", ACCOUNT), planned)


def planned(*statements: dict[str, Any]) -> dict[str, Any]:
    plan = {"action": "create", "calls": ["CreateEndpoint"], "changes": []}
    return {
        "current": {"serving": {}},
        "steps": [{"part": "endpoint", "name": "Churn", "plan": plan}],
        "outputs": {"operator_policy": {"Statement": list(statements)}},
    }


CREATING = {"Action": ["sagemaker:CreateEndpoint", "sagemaker:DescribeEndpoint"], "Resource": [LOWER, UPPER]}

# Quotas


def expect_no_endpoints(stub: Stubs) -> None:
    stub("sagemaker").add_response("list_endpoints", {"Endpoints": []}, {})


def test_a_quota_with_another_name_does_not_count(lookup: Lookup, stub: Stubs) -> None:
    service, code = stub("service-quotas"), CODES["ml.m5.large"]
    other = {"QuotaCode": code, "QuotaName": "ml.m5.large for training job usage", "Value": 9.0}
    service.add_response("get_service_quota", {"Quota": other}, {"ServiceCode": "sagemaker", "QuotaCode": code})
    asked = {"ServiceCode": "sagemaker"}
    service.add_response("list_service_quotas", {"Quotas": [other], "NextToken": "t"}, asked)
    service.add_response(
        "list_service_quotas", {"Quotas": [{"QuotaName": NAME, "Value": 4.0}]}, {**asked, "NextToken": "t"}
    )
    expect_no_endpoints(stub)
    seen = quotas.look(lookup, deploy())
    assert "ml.m5.large" in seen.pop("known")
    assert seen == {"quotas": {"ml.m5.large": 4.0}, "used": {}, "own": {}}


def test_a_quota_that_is_not_found_leaves_calls_for_other_checks(aws: AwsClients, stub: Stubs) -> None:
    lookup = Lookup(Snapshot(aws), most=quotas.RESERVE + 2)
    stub("service-quotas").add_client_error("get_service_quota", "NoSuchResourceException", "none")
    page = {"Quotas": [{"QuotaName": "another", "Value": 1.0}], "NextToken": "t"}
    stub("service-quotas").add_response("list_service_quotas", page)
    expect_no_endpoints(stub)
    quota = quotas.look(lookup, deploy())["quotas"]["ml.m5.large"]
    assert isinstance(quota, Unseen) and quota.permission == ""
    assert lookup.left == quotas.RESERVE - 1


def test_the_metric_that_a_quota_names_tells_what_is_used(lookup: Lookup, stub: Stubs) -> None:
    metric = {
        "MetricNamespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "MetricDimensions": {"Resource": "endpoint/ml.m5.large"},
    }
    quota = {"QuotaName": NAME, "Value": 4.0, "UsageMetric": metric}
    stub("service-quotas").add_response("get_service_quota", {"Quota": quota})
    answer = {"MetricDataResults": [{"Id": "m0", "Values": [3.0, 1.0]}]}
    named = {
        "Namespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "Dimensions": [{"Name": "Resource", "Value": "endpoint/ml.m5.large"}],
    }
    query = {"Id": "m0", "MetricStat": {"Metric": named, "Period": 300, "Stat": "Maximum"}}
    expected = {"MetricDataQueries": [query], "StartTime": ANY, "EndTime": ANY, "ScanBy": "TimestampDescending"}
    stub("cloudwatch").add_response("get_metric_data", answer, expected)
    assert quotas.look(lookup, deploy())["used"] == {"ml.m5.large": 3}


def test_many_endpoints_are_not_looked_at_one_by_one(lookup: Lookup, stub: Stubs) -> None:
    stub("service-quotas").add_response("get_service_quota", {"Quota": {"QuotaName": NAME, "Value": 4.0}})
    listed = [
        {
            "EndpointName": f"other-{number}",
            "EndpointArn": "arn:aws:sagemaker:us-east-1:111122223333:endpoint/other",
            "CreationTime": 0,
            "LastModifiedTime": 0,
            "EndpointStatus": "InService",
        }
        for number in range(20)
    ]
    stub("sagemaker").add_response("list_endpoints", {"Endpoints": listed}, {})
    assert isinstance(quotas.look(lookup, deploy())["used"]["ml.m5.large"], Unseen)


# The caller


def expect_identity(stub: Stubs, arn: str) -> None:
    stub("sts").add_response("get_caller_identity", {"Account": ACCOUNT, "Arn": arn, "UserId": "AIDA"}, {})


def expect_simulation(stub: Stubs, principal: str, **decisions: str) -> None:
    """decisions: on the endpoint as it is spelt in lower case, and as its name is."""
    specific = [
        {"EvalResourceName": resource, "EvalResourceDecision": decisions.get(key, "implicitDeny")}
        for key, resource in (("lower", LOWER), ("upper", UPPER))
    ]
    result = {
        "EvalActionName": "sagemaker:CreateEndpoint",
        "EvalDecision": "implicitDeny",
        "ResourceSpecificResults": specific,
    }
    expected = {
        "PolicySourceArn": principal,
        "ActionNames": ["sagemaker:CreateEndpoint"],
        "ResourceArns": sorted([LOWER, UPPER]),
        "ContextEntries": [],
        "MaxItems": 1000,
    }
    stub("iam").add_response("simulate_principal_policy", {"EvaluationResults": [result]}, expected)


@pytest.mark.parametrize(
    ("decisions", "denials"),
    [
        ({"lower": "allowed", "upper": "allowed"}, []),
        ({"lower": "allowed"}, []),
        ({"upper": "allowed"}, []),
        ({}, [("sagemaker:CreateEndpoint", UPPER)]),
    ],
)
def test_one_spelling_of_a_name_is_enough(
    lookup: Lookup, stub: Stubs, decisions: dict[str, str], denials: list[Any]
) -> None:
    """Only what changes something is asked for: the plan has looked already."""
    expect_identity(stub, USER)
    expect_simulation(stub, USER, **decisions)
    assert caller.look(lookup, deploy(planned(CREATING))) == denials


def test_the_role_of_a_session_counts_with_its_path(lookup: Lookup, stub: Stubs) -> None:
    expect_identity(stub, f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/session")
    arn = f"arn:aws:iam::{ACCOUNT}:role/teams/ml/deployer"
    role = {
        "Path": "/teams/ml/",
        "RoleName": "deployer",
        "RoleId": "AROA" + "0" * 17,
        "Arn": arn,
        "CreateDate": 0,
    }
    stub("iam").add_response("get_role", {"Role": role}, {"RoleName": "deployer"})
    expect_simulation(stub, arn, lower="allowed", upper="allowed")
    assert caller.look(lookup, deploy(planned(CREATING))) == []


def test_nobody_asks_what_the_root_user_may_do(lookup: Lookup, stub: Stubs) -> None:
    expect_identity(stub, f"arn:aws:iam::{ACCOUNT}:root")
    assert caller.look(lookup, deploy(planned(CREATING))) == []


def test_a_federated_user_cannot_be_simulated(lookup: Lookup, stub: Stubs) -> None:
    expect_identity(stub, f"arn:aws:sts::{ACCOUNT}:federated-user/somebody")
    assert isinstance(caller.look(lookup, deploy(planned(CREATING))), Unseen)


def test_where_there_is_nothing_to_do_nobody_is_asked(lookup: Lookup) -> None:
    nothing = planned()
    nothing["steps"] = []
    assert caller.look(lookup, deploy(nothing)) == []
