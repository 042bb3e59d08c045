# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest

from local_aws import placement
from local_aws.process import LocalAws
from local_aws.tests.kit import ARN
from local_aws.tests.kit import IMAGE
from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused

ROLE = "arn:aws:iam::123456789012:role/exec"
ADAPTER = "s3://models/adapter.tar.gz"
COMPUTE = {"NumberOfAcceleratorDevicesRequired": 1, "MinMemoryRequiredInMb": 1024}
COPIES = "sagemaker:inference-component:DesiredCopyCount"
RUNTIME = "ValidationError"


class Components:
    """An endpoint e, with the variant V of ml.g5.12xlarge (four accelerators each), that hosts components."""

    def __init__(self, kit: Kit, **scaling: Any) -> None:
        self.kit, self.aws, self.sagemaker = kit, kit.aws, kit.sagemaker
        kit.aws.make_role("exec")
        kit.model()
        kit.model("m2")
        members: dict[str, Any] = {"ManagedInstanceScaling": {"Status": "ENABLED", **scaling}} if scaling else {}
        variant = kit.variant(ModelName=None, InstanceType="ml.g5.12xlarge", InitialInstanceCount=1, **members)
        kit.config("c", [variant], ExecutionRoleArn=ROLE)
        kit.endpoint()

    def create(self, name: str = "x", settle: bool = True, **request: Any) -> str:
        request.setdefault("EndpointName", "e")
        if "Specification" not in request and "Specifications" not in request:
            request["Specification"] = {"ModelName": "m", "ComputeResourceRequirements": COMPUTE}
        base = request.get("Specification", {}).get("BaseInferenceComponentName")
        if base is None:
            request.setdefault("VariantName", "V")
        wanted = {key: value for key, value in request.items() if value is not None}
        answer = self.sagemaker.create_inference_component(InferenceComponentName=name, **wanted)
        if settle:
            self.kit.settle()
        return str(answer["InferenceComponentArn"])

    def adapter(self, name: str = "a", base: str = "x", **request: Any) -> str:
        self.aws.put(ADAPTER)
        specification = {"BaseInferenceComponentName": base, "Container": {"ArtifactUrl": ADAPTER}}
        return self.create(name, Specification=specification, **request)

    def describe(self, name: str = "x") -> dict[str, Any]:
        answer = dict(self.sagemaker.describe_inference_component(InferenceComponentName=name))
        del answer["ResponseMetadata"]
        return answer

    def status(self, name: str = "x") -> str:
        return str(self.describe(name)["InferenceComponentStatus"])

    def copies(self, name: str = "x") -> tuple[int, int]:
        shown = self.describe(name)["RuntimeConfig"]
        return shown["DesiredCopyCount"], shown["CurrentCopyCount"]

    def update(self, name: str = "x", model: str = "m2", settle: bool = True, **request: Any) -> None:
        if not {"Specification", "Specifications", "RuntimeConfig"} & set(request):
            request["Specification"] = {"ModelName": model, "ComputeResourceRequirements": COMPUTE}
        self.sagemaker.update_inference_component(InferenceComponentName=name, **request)
        if settle:
            self.kit.settle()

    def scale(self, copies: int, name: str = "x", settle: bool = True) -> None:
        self.sagemaker.update_inference_component_runtime_config(
            InferenceComponentName=name, DesiredRuntimeConfig={"CopyCount": copies}
        )
        if settle:
            self.kit.settle()

    def delete(self, name: str = "x") -> None:
        self.sagemaker.delete_inference_component(InferenceComponentName=name)

    def invoke(self, name: str | None = "x", endpoint: str = "e") -> dict[str, Any]:
        header = {} if name is None else {"InferenceComponentName": name}
        answer = self.kit.runtime.invoke_endpoint(EndpointName=endpoint, Body=b"1", **header)
        return dict(json.loads(answer["Body"].read()))


@pytest.fixture
def hosted(kit: Kit) -> Components:
    return Components(kit)


def test_life(hosted: Components) -> None:
    assert hosted.create("X", settle=False) == ARN + "inference-component/x"
    assert hosted.status("X") == "Creating"
    assert hosted.copies("X") == (1, 0)
    hosted.kit.settle()
    shown = hosted.describe("X")
    image = shown["Specification"].pop("Container")["DeployedImage"]
    assert image["SpecifiedImage"] == IMAGE
    assert "@sha256:" in image["ResolvedImage"]
    assert shown.pop("CreationTime") < shown.pop("LastModifiedTime")
    assert shown == {
        "InferenceComponentName": "X",
        "InferenceComponentArn": ARN + "inference-component/x",
        "EndpointName": "e",
        "EndpointArn": ARN + "endpoint/e",
        "VariantName": "V",
        "Specification": {
            "ModelName": "m",
            "ComputeResourceRequirements": COMPUTE,
            "DataCacheConfig": {"EnableCaching": True},
        },
        "RuntimeConfig": {"DesiredCopyCount": 1, "CurrentCopyCount": 1},
        "InferenceComponentStatus": "InService",
    }
    hosted.delete("X")
    assert hosted.status("X") == "Deleting"
    hosted.kit.settle()
    with refused("Could not find inference component"):
        hosted.describe("X")
    hosted.create("x")


def test_no_unasked_caching_without_accelerators(kit: Kit) -> None:
    kit.aws.make_role("exec")
    kit.model()
    kit.config("c", [kit.variant(ModelName=None)], ExecutionRoleArn=ROLE)
    kit.endpoint()
    kit.sagemaker.create_inference_component(
        InferenceComponentName="x",
        EndpointName="e",
        VariantName="V",
        Specification={"ModelName": "m", "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128}},
    )
    assert (
        "DataCacheConfig" not in kit.sagemaker.describe_inference_component(InferenceComponentName="x")["Specification"]
    )


def test_missing(hosted: Components) -> None:
    for call in (hosted.describe, hosted.update, hosted.delete):
        with refused("Could not find inference component"):
            call("nowhere")
    with refused("Could not find inference component"):
        hosted.scale(2, "nowhere")


def test_taken_name(hosted: Components) -> None:
    hosted.create()
    with refused("Cannot create already existing inference component"):
        hosted.create("X")


def test_endpoint_must_host_components(kit: Kit) -> None:
    kit.serve()
    with refused("Inference Components are not supported in this Endpoint."):
        kit.sagemaker.create_inference_component(
            InferenceComponentName="x", EndpointName="e", VariantName="V", Specification={"ModelName": "m"}
        )


def test_endpoint_must_be_in_service(hosted: Components) -> None:
    hosted.kit.endpoint("late", settle=False)
    with refused("Creating: inference components need an endpoint in service"):
        hosted.create(EndpointName="late")
    with refused("Could not find endpoint"):
        hosted.create(EndpointName="nowhere")


def test_variant(hosted: Components) -> None:
    with refused("Value null at 'variantName'"):
        hosted.create(VariantName=None)
    with refused('The variant name(s) "W" is/are not present'):
        hosted.create(VariantName="W")
    hosted.create()
    hosted.aws.put(ADAPTER)
    with refused("VariantName cannot be specified for an adapter"):
        hosted.adapter(VariantName="V")


@pytest.mark.parametrize(
    ("specification", "text"),
    [
        ({"ComputeResourceRequirements": COMPUTE}, "exactly one of ModelName and Container.Image"),
        (
            {"ModelName": "m", "Container": {"Image": IMAGE}, "ComputeResourceRequirements": COMPUTE},
            "exactly one of ModelName and Container.Image",
        ),
        ({"ModelName": "m"}, "ComputeResourceRequirements must be specified"),
        ({"ModelName": "nowhere", "ComputeResourceRequirements": COMPUTE}, "Could not find model"),
        (
            {
                "ModelName": "m",
                "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 512, "MaxMemoryRequiredInMb": 256},
            },
            "MaxMemoryRequiredInMb must be greater",
        ),
        (
            {
                "ModelName": "m",
                "ComputeResourceRequirements": COMPUTE,
                "Container": {"Environment": {f"K{number}": "v" for number in range(17)}},
            },
            "at most 16 entries",
        ),
        (
            {"Container": {"Image": "docker.io/library/python"}, "ComputeResourceRequirements": COMPUTE},
            "Using non-ECR image",
        ),
        (
            {
                "Container": {"Image": IMAGE, "ArtifactUrl": "s3://nowhere/model.tar.gz"},
                "ComputeResourceRequirements": COMPUTE,
            },
            "Could not find model data at s3://nowhere/model.tar.gz",
        ),
    ],
)
def test_refused_specifications(hosted: Components, specification: dict[str, Any], text: str) -> None:
    with refused(text):
        hosted.create(Specification=specification)
    hosted.create()
    with refused(text):
        hosted.update(Specification=specification)


def test_specification_or_specifications(hosted: Components) -> None:
    one = {"ModelName": "m", "ComputeResourceRequirements": COMPUTE}
    with refused("exactly one of Specification and Specifications"):
        hosted.create(Specification=one, Specifications=[one])
    with refused("exactly one of Specification and Specifications"):
        hosted.sagemaker.create_inference_component(InferenceComponentName="x", EndpointName="e", VariantName="V")
    with refused("InstanceType of its own"):
        hosted.create(Specifications=[one, one])
    hosted.create(Specifications=[{**one, "InstanceType": kind} for kind in ("ml.g5.12xlarge", "ml.g6.12xlarge")])
    assert [item["InstanceType"] for item in hosted.describe()["Specifications"]] == [
        "ml.g5.12xlarge",
        "ml.g6.12xlarge",
    ]
    assert "Specification" not in hosted.describe()


def test_own_container(hosted: Components) -> None:
    hosted.aws.put("s3://models/model.tar.gz")
    container = {"Image": IMAGE, "ArtifactUrl": "s3://models/model.tar.gz", "Environment": {"A": "1"}}
    hosted.create(Specification={"Container": container, "ComputeResourceRequirements": COMPUTE})
    shown = hosted.describe()["Specification"]["Container"]
    assert shown.pop("DeployedImage")["SpecifiedImage"] == container.pop("Image")
    assert shown == container
    assert hosted.invoke()["images"] == [IMAGE]


def test_refused_during_transitions(hosted: Components) -> None:
    """A change of the copies alone has a word of its own."""

    def refuse_everything(state: str) -> None:
        text = f'inference component "{ARN}inference-component/x" while it is in state {state}'
        for verb, call in (("update", hosted.update), ("delete", hosted.delete), ("update", lambda: hosted.scale(2))):
            with refused(f"Cannot {verb} {text}"):
                call()

    hosted.create(settle=False)
    refuse_everything("CREATE_IN_PROGRESS")
    hosted.kit.settle()
    hosted.scale(2, settle=False)
    refuse_everything("UPDATE_RC_IN_PROGRESS")
    hosted.kit.settle()
    hosted.update(settle=False)
    refuse_everything("UPDATE_IN_PROGRESS")
    hosted.kit.settle()
    hosted.delete()
    refuse_everything("DELETE_IN_PROGRESS")


def test_no_component_begins_without_a_copy(hosted: Components) -> None:
    with refused("Inference components copy count an integer larger than 0"):
        hosted.create(RuntimeConfig={"CopyCount": 0})
    hosted.create()
    hosted.scale(0)
    assert hosted.copies() == (0, 0)
    hosted.scale(1)
    hosted.update(RuntimeConfig={"CopyCount": 0})
    assert hosted.copies() == (0, 0)


def test_what_a_call_begins_may_show_late_while_others_are_refused_already(hosted: Components) -> None:
    hosted.aws.configure(status_lag=5, creating=20, scaling=20, deleting=20)

    def listed() -> list[str]:
        found = hosted.kit.sagemaker.list_inference_components()["InferenceComponents"]
        return [one["InferenceComponentStatus"] for one in found]

    hosted.create(settle=False)
    with refused("Could not find inference component"):
        hosted.describe()
    assert listed() == []
    with refused("CREATE_IN_PROGRESS"):
        hosted.delete()
    hosted.aws.advance(5)
    assert (hosted.status(), listed()) == ("Creating", ["Creating"])
    hosted.aws.advance(60)
    for call, state, status in (
        (lambda: hosted.scale(2, settle=False), "UPDATE_RC_IN_PROGRESS", "Updating"),
        (hosted.delete, "DELETE_IN_PROGRESS", "Deleting"),
    ):
        call()
        assert (hosted.status(), listed()) == ("InService", ["InService"])
        with refused(state):
            hosted.delete()
        hosted.aws.advance(5)
        assert (hosted.status(), listed()) == (status, [status])
        hosted.aws.advance(60)


def test_failed_creation(hosted: Components) -> None:
    hosted.aws.script(component="x", event="create", outcome="fail", reason="out of luck")
    hosted.create()
    assert hosted.status() == "Failed"
    assert hosted.describe()["FailureReason"] == "out of luck"
    with refused("in the status Failed"):
        hosted.update()
    hosted.delete()
    hosted.kit.settle()
    hosted.create()
    assert hosted.status() == "InService"


@pytest.mark.parametrize("new", [False, True])
def test_update(hosted: Components, new: bool) -> None:
    hosted.aws.configure(component_updates_show_new=new)
    hosted.create()
    hosted.update(settle=False)
    assert hosted.status() == "Updating"
    assert hosted.describe()["Specification"]["ModelName"] == ("m2" if new else "m")
    assert hosted.invoke()["models"] == ["m"]
    hosted.kit.settle()
    assert hosted.describe()["Specification"]["ModelName"] == "m2"
    assert hosted.invoke()["models"] == ["m2"]


def test_update_needs_something(hosted: Components) -> None:
    hosted.create()
    policy = {"MaximumBatchSize": {"Type": "COPY_COUNT", "Value": 1}, "WaitIntervalInSeconds": 60}
    with refused("at least one of Specification, Specifications and RuntimeConfig"):
        hosted.sagemaker.update_inference_component(
            InferenceComponentName="x", DeploymentConfig={"RollingUpdatePolicy": policy}
        )
    hosted.update(DeploymentConfig={"RollingUpdatePolicy": policy})
    assert hosted.describe()["LastDeploymentConfig"] == {"RollingUpdatePolicy": policy}


def test_deployment_policy(hosted: Components) -> None:
    hosted.create(RuntimeConfig={"CopyCount": 4})
    for size in ({"Type": "COPY_COUNT", "Value": 3}, {"Type": "CAPACITY_PERCENT", "Value": 51}):
        policy = {"MaximumBatchSize": size, "WaitIntervalInSeconds": 60}
        with refused("MaximumBatchSize must be between 5% and 50%"):
            hosted.update(DeploymentConfig={"RollingUpdatePolicy": policy})
    policy = {
        "MaximumBatchSize": {"Type": "COPY_COUNT", "Value": 2},
        "WaitIntervalInSeconds": 600,
        "MaximumExecutionTimeoutInSeconds": 600,
    }
    with refused("greater than the total waiting time"):
        hosted.update(DeploymentConfig={"RollingUpdatePolicy": policy})


def test_failed_update_returns_and_its_reason_stays(hosted: Components) -> None:
    hosted.create()
    hosted.aws.script(component="x", event="update", outcome="rollback", reason="out of luck")
    hosted.update()
    shown = hosted.describe()
    assert (shown["InferenceComponentStatus"], shown["FailureReason"]) == ("InService", "out of luck")
    assert shown["Specification"]["ModelName"] == "m"
    hosted.update()
    shown = hosted.describe()
    assert shown["Specification"]["ModelName"] == "m2"
    assert shown["FailureReason"] == "out of luck"


@pytest.mark.parametrize(
    ("outcome", "status", "reason"), [("rollback_without_reason", "InService", None), ("fail", "Failed", "bad")]
)
def test_other_ends_of_an_update(hosted: Components, outcome: str, status: str, reason: str | None) -> None:
    hosted.create()
    hosted.aws.script(component="x", event="update", outcome=outcome, reason=reason)
    hosted.update()
    shown = hosted.describe()
    assert (shown["InferenceComponentStatus"], shown.get("FailureReason")) == (status, reason)


def test_copies(hosted: Components) -> None:
    hosted.create()
    hosted.scale(3, settle=False)
    assert hosted.copies() == (3, 1)
    hosted.kit.settle()
    assert hosted.copies() == (3, 3)
    hosted.update(RuntimeConfig={"CopyCount": 2})
    assert hosted.copies() == (2, 2)
    assert hosted.describe()["Specification"]["ModelName"] == "m"


def test_room_for_copies(hosted: Components) -> None:
    hosted.create(RuntimeConfig={"CopyCount": 3})
    hosted.scale(5)
    assert hosted.copies() == (3, 3)
    assert hosted.describe()["FailureReason"] == placement.NO_ROOM
    hosted.create("y", RuntimeConfig={"CopyCount": 2})
    assert hosted.status("y") == "Failed"
    hosted.create("z")
    assert hosted.status("z") == "InService"


def test_no_room_may_be_told_at_once(hosted: Components) -> None:
    hosted.aws.configure(no_room_form="error")
    text = "There is not enough hardware resources on the instances for this endpoint to create a copy of the inference component."
    with refused(text):
        hosted.create(RuntimeConfig={"CopyCount": 5})
    hosted.create(RuntimeConfig={"CopyCount": 4})
    with refused(text):
        hosted.scale(5)
    with refused(text):
        hosted.update(RuntimeConfig={"CopyCount": 5})
    assert (hosted.status(), hosted.copies()) == ("InService", (4, 4))


def test_managed_instances_follow_the_copies(kit: Kit) -> None:
    hosted = Components(kit, MinInstanceCount=0, MaxInstanceCount=3)
    hosted.create(RuntimeConfig={"CopyCount": 4})

    def instances() -> int:
        return int(kit.describe()["ProductionVariants"][0]["CurrentInstanceCount"])

    assert instances() == 1
    hosted.scale(12)
    assert (instances(), hosted.copies()) == (3, (12, 12))
    hosted.scale(13)
    assert hosted.copies() == (12, 12)
    hosted.scale(0)
    assert (instances(), hosted.copies()) == (0, (0, 0))
    hosted.scale(1)
    assert (instances(), hosted.copies()) == (1, (1, 1))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ml.m5.large", (2, 8192, 0)),
        ("ml.c6i.4xlarge", (16, 32768, 0)),
        ("ml.r5.xlarge", (4, 32768, 0)),
        ("ml.g6e.12xlarge", (48, 393216, 4)),
        ("ml.p5.48xlarge", (192, 2097024, 8)),
        ("ml.inf2.xlarge", (4, 16384, 1)),
    ],
)
def test_resources_of_instances(kind: str, expected: tuple[float, float, float]) -> None:
    room = placement.room_of(kind)
    assert (room.cpus, room.memory, room.accelerators) == expected


def test_adapter(hosted: Components) -> None:
    hosted.create()
    hosted.adapter()
    shown = hosted.describe("a")
    assert shown["VariantName"] == "V"
    assert shown["Specification"] == {
        "BaseInferenceComponentName": "x",
        "Container": {"ArtifactUrl": ADAPTER},
        "ComputeResourceRequirements": COMPUTE,
    }
    answer = hosted.invoke("a")
    assert (answer["base_inference_component"], answer["artifact_url"]) == ("x", ADAPTER)
    hosted.update("a", Specification={"Container": {"ArtifactUrl": ADAPTER, "Environment": {"A": "1"}}})
    assert hosted.describe("a")["Specification"]["BaseInferenceComponentName"] == "x"
    with refused("is a base inference component for one or more associated"):
        hosted.delete("x")
    hosted.delete("a")
    with refused("is a base inference component for one or more associated"):
        hosted.delete("x")
    hosted.kit.settle()
    hosted.delete("x")


def test_refused_adapters(hosted: Components) -> None:
    with refused("Could not find inference component"):
        hosted.adapter()
    hosted.create(settle=False)
    with refused("CREATE_IN_PROGRESS"):
        hosted.adapter()
    hosted.kit.settle()
    with refused("ArtifactUrl must be specified"):
        hosted.create("a", Specification={"BaseInferenceComponentName": "x"})
    with refused("ComputeResourceRequirements cannot be specified for an adapter"):
        hosted.create("a", Specification={"BaseInferenceComponentName": "x", "ComputeResourceRequirements": COMPUTE})
    hosted.adapter()
    with refused("is an adapter and cannot be a base"):
        hosted.adapter("b", "a")
    hosted.create("y")
    with refused("BaseInferenceComponentName cannot be changed"):
        hosted.update("a", Specification={"BaseInferenceComponentName": "y", "Container": {"ArtifactUrl": ADAPTER}})
    hosted.kit.endpoint("other", "c")
    with refused("is not on the endpoint"):
        hosted.adapter("b", EndpointName="other")


HOSTING = (
    "Cannot delete endpoint with inference component associated. Please delete inference component and try it again."
)


def test_endpoint_stays_while_it_hosts(hosted: Components) -> None:
    hosted.create()
    with refused(HOSTING):
        hosted.sagemaker.delete_endpoint(EndpointName="e")
    variant = hosted.kit.variant("W", ModelName=None, InstanceType="ml.g5.12xlarge")
    hosted.kit.config("d", [variant], ExecutionRoleArn=ROLE)
    with refused("variant of the inference components x cannot be removed"):
        hosted.kit.update()
    hosted.delete()
    with refused(HOSTING):
        hosted.sagemaker.delete_endpoint(EndpointName="e")
    hosted.kit.settle()
    hosted.sagemaker.delete_endpoint(EndpointName="e")


def test_components_may_outlive_their_endpoint(hosted: Components) -> None:
    """Then the name stays taken, also beside a new endpoint of the old name, which does not host them."""
    hosted.aws.configure(components_outlive_endpoints=True)
    hosted.create(RuntimeConfig={"CopyCount": 4})
    hosted.sagemaker.delete_endpoint(EndpointName="e")
    hosted.kit.settle()
    assert hosted.status() == "InService"
    with refused("Could not find endpoint"):
        hosted.update()
    hosted.kit.endpoint()
    with refused("Cannot create already existing inference component"):
        hosted.create()
    with refused("Inference Component x of account", RUNTIME):
        hosted.invoke()
    listed = hosted.sagemaker.list_inference_components(EndpointNameEquals="e")["InferenceComponents"]
    assert [one["InferenceComponentName"] for one in listed] == ["x"]
    hosted.create("y", RuntimeConfig={"CopyCount": 4})
    assert hosted.status("y") == "InService"
    hosted.delete()
    hosted.kit.settle()
    hosted.scale(3, "y")
    hosted.create()
    assert hosted.invoke()["inference_component"] == "x"


def test_tags(hosted: Components) -> None:
    arn = hosted.create(Tags=[{"Key": "a", "Value": "1"}])
    hosted.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    hosted.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert hosted.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    hosted.delete()
    hosted.kit.settle()
    with refused("Could not find inference component"):
        hosted.sagemaker.list_tags(ResourceArn=arn)


def test_list(kit: Kit) -> None:
    hosted = Components(kit, MinInstanceCount=1, MaxInstanceCount=9)
    kit.endpoint("f")
    for number in range(11):
        hosted.create(f"c{number}")
    hosted.create("elsewhere", EndpointName="f", settle=False)
    client = kit.sagemaker

    def names(**filters: Any) -> list[str]:
        found = client.get_paginator("list_inference_components").paginate(**filters)
        return [item["InferenceComponentName"] for page in found for item in page["InferenceComponents"]]

    assert len(client.list_inference_components()["InferenceComponents"]) == 10
    assert len(names()) == 12
    assert names(EndpointNameEquals="f") == names(StatusEquals="Creating") == ["elsewhere"]
    assert names(VariantNameEquals="W") == []
    assert names(NameContains="c1", SortBy="Name", SortOrder="Ascending") == ["c1", "c10"]
    assert names(SortBy="Status", SortOrder="Ascending")[0] == "elsewhere"
    item = client.list_inference_components(EndpointNameEquals="f")["InferenceComponents"][0]
    assert set(item) == {
        "InferenceComponentName",
        "InferenceComponentArn",
        "EndpointName",
        "EndpointArn",
        "VariantName",
        "CreationTime",
        "LastModifiedTime",
        "InferenceComponentStatus",
    }


def test_invocations(hosted: Components) -> None:
    hosted.create()
    answer = hosted.invoke()
    assert (answer["inference_component"], answer["variant"], answer["copies"]) == ("x", "V", 1)
    with refused("Inference Component Name header is required", RUNTIME):
        hosted.invoke(None)
    with refused("Inference Component y of account 123456789012 not found.", RUNTIME):
        hosted.invoke("y")
    hosted.kit.config("d")
    hosted.kit.endpoint("plain", "d")
    with refused("Inference Component Name header is not allowed", RUNTIME):
        hosted.invoke(endpoint="plain")


def test_no_copies_no_capacity(hosted: Components) -> None:
    hosted.create()
    hosted.adapter()
    hosted.scale(0)
    for name in ("x", "a"):
        with refused("Inference Component has no capacity to process this request.", RUNTIME):
            hosted.invoke(name)
    hosted.scale(1)
    assert hosted.invoke("a")["copies"] == 1


def test_autoscaling_moves_the_copies(hosted: Components, aws: LocalAws) -> None:
    hosted.create()
    target = {"dimension": COPIES, "ResourceId": "inference-component/x"}
    hosted.kit.target(2, 4, **target)
    assert hosted.status() == "Updating"
    assert hosted.copies() == (2, 1)
    hosted.kit.settle()
    hosted.kit.target(0, 1, **target)
    hosted.kit.settle()
    assert hosted.copies() == (1, 1)
    with refused("greater than or equal to 0"):
        hosted.kit.target(-1, 1, **target)
    hosted.create("late", settle=False)
    with refused("inference component doesn't exist"):
        hosted.kit.target(0, 1, dimension=COPIES, ResourceId="inference-component/late")
    # Whether a deletion takes the target along is not known; here it stays.
    hosted.kit.settle()
    hosted.delete()
    hosted.kit.settle()
    targets = hosted.kit.autoscaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert [one["ResourceId"] for one in targets] == ["inference-component/x"]


def test_alarms_take_the_copies_to_zero_and_back(kit: Kit) -> None:
    hosted = Components(kit, MinInstanceCount=0, MaxInstanceCount=2)
    hosted.create()
    kit.target(0, 2, dimension=COPIES, ResourceId="inference-component/x")
    target = kit.scalable(COPIES, "inference-component/x")
    idle = kit.steps(
        [{"ScalingAdjustment": 0, "MetricIntervalUpperBound": 0}], "idle", target, AdjustmentType="ExactCapacity"
    )
    wake = kit.steps([{"ScalingAdjustment": 1, "MetricIntervalLowerBound": 0}], "wake", target)
    kit.alarm(idle["PolicyARN"], "idle", ComparisonOperator="LessThanThreshold")
    kit.alarm(wake["PolicyARN"], "wake", MetricName="NoCapacityInvocationFailures")
    kit.set_state(0, name="idle")
    assert hosted.copies() == (0, 1)
    assert hosted.invoke()["copies"] == 1
    kit.settle()
    assert kit.describe()["ProductionVariants"][0]["CurrentInstanceCount"] == 0
    with refused("Inference Component has no capacity to process this request.", RUNTIME):
        hosted.invoke()
    kit.set_state(10, name="wake")
    with refused("Inference Component has no capacity to process this request.", RUNTIME):
        hosted.invoke()
    kit.settle()
    assert kit.describe()["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    assert hosted.invoke()["copies"] == 1
    # A target whose component has gone scales nothing.
    hosted.delete()
    kit.settle()
    kit.set_state(10, name="wake", state="OK")
    kit.set_state(10, name="wake")


def test_a_script_for_an_endpoint_is_not_for_a_component(hosted: Components) -> None:
    hosted.aws.script(endpoint="*", event="create", outcome="fail")
    hosted.create()
    assert hosted.status() == "InService"
