# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws.process import LocalAws
from local_aws.tests.kit import ARN
from local_aws.tests.kit import IMAGE
from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused

ALARMS = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "alarm"}]}}


def routing(kind: str, **members: Any) -> dict[str, Any]:
    return {"Type": kind, "WaitIntervalInSeconds": 60, **members}


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def count(value: int) -> dict[str, Any]:
    return {"Type": "INSTANCE_COUNT", "Value": value}


def blue_green(kind: str = "ALL_AT_ONCE", more: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing(kind, **members), **(more or {})}}


def rolling(size: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": 60, **members}}


def serving(kit: Kit) -> str:
    return str(json.loads(kit.runtime.invoke_endpoint(EndpointName="e", Body=b"")["Body"].read())["endpoint_config"])


def test_old_fleet_serves_until_the_shift(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    kit.update()
    answer = kit.describe()
    assert answer["EndpointStatus"] == "Updating"
    assert answer["EndpointConfigName"] == "c"
    pending = answer["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == "d"
    variant = pending["ProductionVariants"][0]
    assert variant["InstanceType"] == "ml.m5.large"
    assert (variant["CurrentInstanceCount"], variant["DesiredInstanceCount"], variant["CurrentWeight"]) == (0, 2, 0)
    status = variant["VariantStatus"][0]
    assert (status["Status"], status["StatusMessage"]) == ("Creating", "Launching 2 instance(s).")
    assert serving(kit) == "c"
    aws.advance(101)
    answer = kit.describe()
    assert answer["EndpointStatus"] == "InService"
    assert answer["EndpointConfigName"] == "d"
    assert "PendingDeploymentSummary" not in answer
    assert serving(kit) == "d"


def test_same_configuration_is_refused(kit: Kit) -> None:
    kit.serve()
    with refused('Cannot update endpoint with the currently in use endpoint configuration "c"'):
        kit.update("c")


def test_new_configuration_must_exist(kit: Kit) -> None:
    kit.serve()
    with refused(f'Could not find endpoint configuration "{ARN}endpoint-config/none".'):
        kit.update("none")


def test_old_configuration_must_exist(kit: Kit) -> None:
    kit.serve()
    kit.sagemaker.delete_endpoint_config(EndpointConfigName="c")
    with refused(f'Could not find endpoint configuration "{ARN}endpoint-config/c".'):
        kit.update()


def test_a_plain_update_that_fails_is_at_once_in_service_on_the_old_configuration(kit: Kit, aws: LocalAws) -> None:
    aws.configure(rolling_back=1000)
    kit.serve()
    aws.script(endpoint="e", event="update", outcome="rollback", reason="bad")
    kit.update()
    aws.advance(101)
    answer = kit.describe()
    shown = (answer["EndpointStatus"], answer["EndpointConfigName"], answer["FailureReason"])
    assert shown == ("InService", "c", "bad")


@pytest.mark.parametrize("unguarded", ["Inf1", "Marketplace"])
def test_what_guardrails_do_not_support_is_updated_all_at_once(kit: Kit, aws: LocalAws, unguarded: str) -> None:
    aws.configure(rolling_back=1000)
    package = {"ModelPackageName": "arn:aws:sagemaker:us-east-1:865070037744:model-package/p"}
    kit.model(PrimaryContainer=package if unguarded == "Marketplace" else {"Image": IMAGE})
    variant = kit.variant(InstanceType="ml.inf1.xlarge" if unguarded == "Inf1" else "ml.m5.large")
    kit.config("c", [variant])
    kit.config("d", [variant])
    kit.endpoint()
    aws.script(endpoint="e", event="update", outcome="rollback", reason="bad")
    kit.update(DeploymentConfig=blue_green())
    aws.advance(101)
    assert kit.status() == "InService"


def test_a_guarded_update_is_rolled_back_to_the_old_configuration(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    aws.script(endpoint="e", event="update", outcome="rollback", reason="alarm went off")
    kit.update(DeploymentConfig=blue_green())
    aws.advance(101)
    answer = kit.describe()
    assert answer["EndpointStatus"] == "RollingBack"
    status = answer["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"][0]
    assert (status["Status"], status["StatusMessage"]) == ("Deleting", "Terminating 2 instance(s).")
    assert answer["EndpointConfigName"] == "c"
    assert serving(kit) == "c"
    aws.advance(100)
    answer = kit.describe()
    assert answer["EndpointStatus"] == "InService"
    assert answer["EndpointConfigName"] == "c"
    assert answer["FailureReason"] == "alarm went off"
    assert "PendingDeploymentSummary" not in answer
    kit.update()
    kit.settle()
    assert "FailureReason" not in kit.describe()


def test_rollback_without_a_reason(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    aws.script(endpoint="e", event="update", outcome="rollback_without_reason")
    kit.update()
    kit.settle()
    answer = kit.describe()
    assert (answer["EndpointStatus"], answer["EndpointConfigName"]) == ("InService", "c")
    assert "FailureReason" not in answer


def test_failed_rollback_serves_and_can_be_updated_and_deleted(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    aws.script(endpoint="e", event="update", outcome="rollback_failed")
    kit.update()
    kit.settle()
    assert kit.status() == "UpdateRollbackFailed"
    assert serving(kit) == "c"
    kit.update()
    kit.settle()
    assert kit.status() == "InService"


def test_update_that_fails_for_good(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    aws.script(endpoint="e", event="update", outcome="fail")
    kit.update()
    kit.settle()
    assert kit.status() == "Failed"
    with refused("not found", "ValidationError"):
        serving(kit)


def test_update_to_a_model_that_is_gone_rolls_back(kit: Kit) -> None:
    kit.serve()
    kit.sagemaker.delete_model(ModelName="m")
    kit.update()
    kit.settle()
    answer = kit.describe()
    assert (answer["EndpointStatus"], answer["EndpointConfigName"]) == ("InService", "c")
    assert "Could not find model" in answer["FailureReason"]


def test_scripts_are_used_up(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    aws.script(endpoint="e", event="update", outcome="rollback", times=2)
    for _number in range(2):
        kit.update()
        kit.settle()
        assert kit.describe()["EndpointConfigName"] == "c"
    kit.update()
    kit.settle()
    assert kit.describe()["EndpointConfigName"] == "d"


def scale(kit: Kit, **desired: Any) -> None:
    kit.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="e", DesiredWeightsAndCapacities=[{"VariantName": "V", **desired}]
    )


def desired(kit: Kit) -> tuple[float, int]:
    variant = kit.describe()["ProductionVariants"][0]
    return variant["DesiredWeight"], variant["DesiredInstanceCount"]


def test_desired_at_once_current_at_the_end(kit: Kit) -> None:
    kit.serve()
    scale(kit, DesiredWeight=5, DesiredInstanceCount=3)
    answer = kit.describe()
    assert answer["EndpointStatus"] == "Updating"
    assert "PendingDeploymentSummary" not in answer
    variant = answer["ProductionVariants"][0]
    assert (variant["CurrentWeight"], variant["CurrentInstanceCount"]) == (1, 2)
    assert (variant["DesiredWeight"], variant["DesiredInstanceCount"]) == (5, 3)
    status = variant["VariantStatus"][0]
    assert (status["Status"], status["StatusMessage"]) == ("Updating", "Scaling out desired instance count to 3.")
    kit.settle()
    variant = kit.describe()["ProductionVariants"][0]
    assert (variant["CurrentWeight"], variant["CurrentInstanceCount"]) == (5, 3)
    assert "VariantStatus" not in variant
    scale(kit, DesiredInstanceCount=1)
    status = kit.describe()["ProductionVariants"][0]["VariantStatus"][0]
    assert status["StatusMessage"] == "Scaling in desired instance count to 1."


def test_scaling_that_rolls_back(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    aws.script(endpoint="e", event="scale", outcome="rollback", reason="no capacity")
    scale(kit, DesiredInstanceCount=3)
    aws.advance(101)
    assert kit.status() == "RollingBack"
    kit.settle()
    assert desired(kit) == (1, 2)
    assert kit.describe()["FailureReason"] == "no capacity"


def test_refused_scaling(kit: Kit) -> None:
    kit.serve()
    with refused('The variant name(s) "x" is/are not present within endpoint configuration "c".'):
        kit.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="e", DesiredWeightsAndCapacities=[{"VariantName": "x", "DesiredWeight": 1}]
        )
    with refused("must be at least 1"):
        scale(kit, DesiredInstanceCount=0)
    with refused("ServerlessUpdateConfig cannot be specified"):
        scale(kit, ServerlessUpdateConfig={"MaxConcurrency": 1})


def test_scaling_of_serverless(kit: Kit) -> None:
    kit.serve([kit.variant(ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": 5})])
    with refused("DesiredInstanceCount cannot be specified"):
        scale(kit, DesiredInstanceCount=1)
    with refused("less than or equal to MaxConcurrency"):
        scale(kit, ServerlessUpdateConfig={"ProvisionedConcurrency": 6})
    scale(kit, ServerlessUpdateConfig={"ProvisionedConcurrency": 2})
    kit.settle()
    assert kit.describe()["ProductionVariants"][0]["CurrentServerlessConfig"]["ProvisionedConcurrency"] == 2


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({}, (1.0, 2)),
        ({"RetainAllVariantProperties": True}, (5.0, 3)),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredInstanceCount"}],
            },
            (5.0, 2),
        ),
        (
            {
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredWeight"}],
            },
            (1.0, 3),
        ),
    ],
)
def test_update_resets_counts_and_weights_unless_retained(kit: Kit, request_: dict, expected: tuple) -> None:
    kit.serve()
    scale(kit, DesiredWeight=5, DesiredInstanceCount=3)
    kit.settle()
    kit.update(**request_)
    kit.settle()
    assert desired(kit) == expected


@pytest.mark.parametrize(
    ("deployment", "text"),
    [
        ({**blue_green(), **rolling(percent(50))}, "Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy"),
        (blue_green("CANARY"), "CanarySize must be specified"),
        (blue_green("LINEAR"), "LinearStepSize must be specified"),
        (blue_green("LINEAR", LinearStepSize=percent(20), CanarySize=percent(5)), "CanarySize cannot be specified"),
        (blue_green("CANARY", CanarySize=percent(51)), "CanarySize must be between"),
        (blue_green("CANARY", CanarySize=count(2)), "CanarySize must be between"),
        (blue_green("LINEAR", LinearStepSize=percent(9)), "LinearStepSize must be between 10% and 50%"),
        (rolling(percent(4)), "MaximumBatchSize must be between 5% and 50%"),
        (rolling(percent(51)), "MaximumBatchSize must be between 5% and 50%"),
        (
            blue_green(more={"TerminationWaitInSeconds": 3600, "MaximumExecutionTimeoutInSeconds": 3600}),
            "MaximumExecutionTimeoutInSeconds must be greater",
        ),
    ],
)
def test_refused_deployment_configs(kit: Kit, deployment: dict[str, Any], text: str) -> None:
    kit.serve()
    with refused(text):
        kit.update(DeploymentConfig=deployment)
    assert kit.status() == "InService"


@pytest.mark.parametrize(
    "deployment",
    [
        blue_green(),
        blue_green("CANARY", CanarySize=count(1)),
        blue_green("LINEAR", LinearStepSize=percent(50)),
        {**rolling(percent(25), RollbackMaximumBatchSize=percent(100)), **ALARMS},
    ],
)
def test_deployment_config_is_shown_as_the_last_one(kit: Kit, deployment: dict[str, Any]) -> None:
    kit.serve()
    kit.update(DeploymentConfig=deployment)
    kit.settle()
    assert kit.describe()["LastDeploymentConfig"] == deployment
    kit.update("c", RetainDeploymentConfig=True)
    kit.settle()
    assert kit.describe()["LastDeploymentConfig"] == deployment
    kit.update("d")
    kit.settle()
    assert "LastDeploymentConfig" not in kit.describe()


def test_guarded_deployments_keep_the_names_of_variants(kit: Kit) -> None:
    kit.serve()
    kit.config("other", [kit.variant("W")])
    with refused("must have the same variant names"):
        kit.update("other", DeploymentConfig=blue_green())
    kit.update("other")


def test_no_rolling_with_several_variants(kit: Kit) -> None:
    kit.serve([kit.variant("A"), kit.variant("B")])
    with refused("RollingUpdatePolicy is not supported"):
        kit.update(DeploymentConfig=rolling(percent(50)))


def test_instances_do_not_become_serverless(kit: Kit) -> None:
    kit.serve()
    kit.config("s", [kit.variant(ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": 5})])
    with refused("from instances to serverless"):
        kit.update("s")


def test_the_layout_of_accelerators_stays(kit: Kit) -> None:
    def layouts(*types: str) -> dict[str, Any]:
        return {"AcceleratorPartitionLayouts": [{"AcceleratorPartitionTypes": list(types)}]}

    kit.serve([kit.variant(**layouts("mig-3g.40gb", "mig-4g.40gb"))])
    kit.config("turned", [kit.variant(**layouts("mig-4g.40gb", "mig-3g.40gb"))])
    kit.config("none", [kit.variant()])
    for config in ("turned", "none"):
        with refused('layouts of the variant "V" cannot be changed'):
            kit.update(config)
    kit.update("d")


def test_serverless_becomes_instances(kit: Kit) -> None:
    kit.serve([kit.variant(ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": 5})])
    kit.config("i", [kit.variant()])
    kit.update("i")
    kit.settle()
    assert desired(kit) == (1.0, 2)


def test_deployment_config_on_creation(kit: Kit) -> None:
    kit.model()
    kit.config()
    with refused("CanarySize must be specified"):
        kit.endpoint(DeploymentConfig=blue_green("CANARY"))
    kit.endpoint(DeploymentConfig=blue_green())
    assert kit.describe()["LastDeploymentConfig"] == blue_green()
