# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from local_aws.process import LocalAws
from local_aws.tests.kit import ARN
from local_aws.tests.kit import IMAGE
from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused

IN_PROGRESS = f'Cannot update in-progress endpoint "{ARN}endpoint/e".'
PING = "The primary container for production variant V did not pass the ping health check."


def test_creating_then_in_service(kit: Kit) -> None:
    kit.model()
    kit.config()
    assert kit.endpoint("Demo", settle=False) == ARN + "endpoint/demo"
    answer = kit.describe("Demo")
    assert answer["EndpointStatus"] == "Creating"
    assert answer["EndpointConfigName"] == "c"
    assert "ProductionVariants" not in answer
    assert answer["PendingDeploymentSummary"]["EndpointConfigName"] == "c"
    kit.settle()
    answer = kit.describe("Demo")
    assert answer["EndpointStatus"] == "InService"
    assert "PendingDeploymentSummary" not in answer
    assert "FailureReason" not in answer
    assert "LastDeploymentConfig" not in answer
    variant = answer["ProductionVariants"][0]
    image = variant.pop("DeployedImages")[0]
    assert image["SpecifiedImage"] == IMAGE
    assert "djl-inference@sha256:" in image["ResolvedImage"]
    assert variant == {
        "VariantName": "V",
        "CurrentWeight": 1.0,
        "DesiredWeight": 1.0,
        "CurrentInstanceCount": 2,
        "DesiredInstanceCount": 2,
    }


def test_time_passes_by_itself(aws: LocalAws, kit: Kit) -> None:
    kit.model()
    kit.config()
    aws.configure(creating=0.2)
    kit.endpoint(settle=False)
    kit.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="e", WaiterConfig={"Delay": 1, "MaxAttempts": 5})


def test_missing(kit: Kit) -> None:
    text = f'Could not find endpoint "{ARN}endpoint/e".'
    with refused(text):
        kit.describe()
    with refused(text):
        kit.sagemaker.delete_endpoint(EndpointName="e")
    with refused(text):
        kit.update()
    with refused(text):
        kit.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="e", DesiredWeightsAndCapacities=[{"VariantName": "V", "DesiredWeight": 1}]
        )


def test_a_variant_is_named_once_when_it_is_scaled(kit: Kit) -> None:
    kit.serve()
    with refused("The variant names of DesiredWeightsAndCapacities must be unique."):
        kit.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="e",
            DesiredWeightsAndCapacities=[
                {"VariantName": "V", "DesiredWeight": 1},
                {"VariantName": "V", "DesiredInstanceCount": 2},
            ],
        )
    assert kit.describe()["EndpointStatus"] == "InService"


def test_create_needs_the_configuration(kit: Kit) -> None:
    with refused(f'Could not find endpoint configuration "{ARN}endpoint-config/c".'):
        kit.endpoint()


def test_create_does_not_see_a_configuration_just_made(kit: Kit, aws: LocalAws) -> None:
    aws.configure(config_propagation=5)
    kit.model()
    kit.config()
    with refused("Could not find endpoint configuration"):
        kit.endpoint()
    aws.advance(6)
    kit.endpoint()


def test_a_configuration_and_a_component_do_not_see_a_model_just_made(kit: Kit, aws: LocalAws) -> None:
    aws.configure(model_propagation=5)
    kit.model()
    assert kit.sagemaker.describe_model(ModelName="m")["ModelName"] == "m"
    with refused(f'Could not find model "{ARN}model/m".'):
        kit.config()
    aws.advance(6)
    kit.config()


def test_what_a_call_begins_may_show_late_while_others_are_refused_already(kit: Kit, aws: LocalAws) -> None:
    aws.configure(status_lag=5, creating=20, updating=20, deleting=20)
    kit.model()
    kit.config()
    kit.config("d")

    def listed() -> list[str]:
        return [one["EndpointStatus"] for one in kit.sagemaker.list_endpoints()["Endpoints"]]

    kit.endpoint(settle=False)
    with refused("Could not find endpoint"):
        kit.describe()
    assert listed() == []
    with refused("already existing"):
        kit.endpoint(settle=False)
    aws.advance(5)
    assert (kit.describe()["EndpointStatus"], listed()) == ("Creating", ["Creating"])
    aws.advance(60)
    before = kit.describe()
    for call, status in (
        (lambda: kit.update("d"), "Updating"),
        (lambda: kit.sagemaker.delete_endpoint(EndpointName="e"), "Deleting"),
    ):
        call()
        assert listed() == ["InService"]
        if status == "Updating":
            assert {**kit.describe(), "ResponseMetadata": 0} == {**before, "ResponseMetadata": 0}
        refuse_everything(kit)
        aws.advance(5)
        assert (kit.describe()["EndpointStatus"], listed()) == (status, [status])
        aws.advance(60)


def test_name_is_taken_in_every_status(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    with refused(f'Cannot create already existing endpoint "{ARN}endpoint/e".'):
        kit.endpoint("E")
    kit.sagemaker.delete_endpoint(EndpointName="e")
    assert kit.status() == "Deleting"
    with refused("Cannot create already existing endpoint"):
        kit.endpoint()
    kit.settle()
    with refused("Could not find endpoint"):
        kit.describe()
    aws.script(endpoint="e", event="create", outcome="fail")
    kit.endpoint()
    with refused("Cannot create already existing endpoint"):
        kit.endpoint()


def test_failed_creation(kit: Kit, aws: LocalAws) -> None:
    kit.model()
    kit.config()
    aws.script(endpoint="e", event="create", outcome="fail")
    kit.endpoint()
    answer = kit.describe()
    assert answer["EndpointStatus"] == "Failed"
    assert answer["FailureReason"].startswith(PING)
    with refused("Endpoint e of account 123456789012 not found.", "ValidationError"):
        kit.runtime.invoke_endpoint(EndpointName="e", Body=b"")
    with refused("DeleteEndpoint is the only operation"):
        kit.update()
    kit.sagemaker.delete_endpoint(EndpointName="e")
    kit.settle()
    kit.endpoint()
    assert kit.status() == "InService"


def test_failed_creation_with_a_reason_of_ones_own(kit: Kit, aws: LocalAws) -> None:
    kit.model()
    kit.config()
    aws.script(endpoint="*", event="create", outcome="fail", reason="no capacity")
    kit.endpoint()
    assert kit.describe()["FailureReason"] == "no capacity"


def test_creation_from_a_configuration_whose_model_is_gone(kit: Kit) -> None:
    kit.model()
    kit.config()
    kit.sagemaker.delete_model(ModelName="m")
    kit.endpoint()
    answer = kit.describe()
    assert answer["EndpointStatus"] == "Failed"
    assert "Could not find model" in answer["FailureReason"]


def refuse_everything(kit: Kit) -> None:
    with refused(IN_PROGRESS):
        kit.update()
    with refused(IN_PROGRESS):
        kit.sagemaker.delete_endpoint(EndpointName="e")
    with refused(IN_PROGRESS):
        kit.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="e", DesiredWeightsAndCapacities=[{"VariantName": "V", "DesiredWeight": 2}]
        )


def test_nothing_during_a_transition(kit: Kit, aws: LocalAws) -> None:
    kit.model()
    kit.config()
    kit.config("d")
    kit.endpoint(settle=False)
    refuse_everything(kit)
    kit.settle()
    aws.script(endpoint="e", event="update", outcome="rollback")
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    kit.update(DeploymentConfig={"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing}})
    assert kit.status() == "Updating"
    refuse_everything(kit)
    aws.advance(101)
    assert kit.status() == "RollingBack"
    refuse_everything(kit)
    kit.settle()
    aws.script(endpoint="e", event="system_update", seconds=5)
    assert kit.status() == "SystemUpdating"
    refuse_everything(kit)
    kit.settle()
    assert kit.status() == "InService"
    kit.sagemaker.delete_endpoint(EndpointName="e")
    refuse_everything(kit)


def test_out_of_service(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    aws.script(endpoint="e", event="out_of_service", seconds=5)
    assert kit.status() == "OutOfService"
    with refused("not found", "ValidationError"):
        kit.runtime.invoke_endpoint(EndpointName="e", Body=b"")
    kit.settle()
    assert kit.status() == "InService"


def test_failed_deletion(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    aws.script(endpoint="e", event="delete", outcome="fail")
    kit.sagemaker.delete_endpoint(EndpointName="e")
    kit.settle()
    assert kit.status() == "Failed"


def test_account_limit(kit: Kit, aws: LocalAws) -> None:
    aws.configure(limits={"ml.m5.large": 3})
    kit.serve()
    text = (
        "The account-level service limit 'ml.m5.large for endpoint usage' is 3 Instances, with current utilization of "
        "2 Instances and a request delta of 2 Instances."
    )
    with refused(text, "ResourceLimitExceeded"):
        kit.endpoint("f")
    with refused("request delta of 2 Instances", "ResourceLimitExceeded"):
        kit.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName="e", DesiredWeightsAndCapacities=[{"VariantName": "V", "DesiredInstanceCount": 4}]
        )


def test_describe_of_other_kinds(kit: Kit, aws: LocalAws) -> None:
    kit.model()
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5, "ProvisionedConcurrency": 1}
    kit.config("s", [kit.variant(ServerlessConfig=serverless)])
    kit.config("i", [kit.variant(ModelName=None)], ExecutionRoleArn=aws.make_role("r"))
    kit.config("h", ShadowProductionVariants=[kit.variant("S")])
    for name in ("s", "i", "h"):
        kit.endpoint(name, name)
    variant = kit.describe("s")["ProductionVariants"][0]
    assert variant["CurrentServerlessConfig"] == serverless
    assert "DesiredServerlessConfig" not in variant
    assert "CurrentInstanceCount" not in variant
    assert "DeployedImages" not in kit.describe("i")["ProductionVariants"][0]
    assert kit.describe("h")["ShadowProductionVariants"][0]["VariantName"] == "S"


def test_describe_shows_data_capture_and_async(kit: Kit) -> None:
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 20,
        "DestinationS3Uri": "s3://bucket/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    kit.serve(DataCaptureConfig=capture, AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://bucket/out"}})
    answer = kit.describe()
    assert answer["DataCaptureConfig"]["CaptureStatus"] == "Started"
    assert answer["AsyncInferenceConfig"]["OutputConfig"] == {"S3OutputPath": "s3://bucket/out"}


@pytest.mark.parametrize("config", [{"OutputConfig": {}}, {"OutputConfig": {"S3OutputPath": "s3://b/o"}}])
def test_async_may_leave_the_path_to_the_service(kit: Kit, config: dict) -> None:
    kit.serve(AsyncInferenceConfig=config)
    assert kit.status() == "InService"
