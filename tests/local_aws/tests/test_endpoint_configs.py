# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from local_aws.process import LocalAws
from local_aws.tests.kit import ARN
from local_aws.tests.kit import IMAGE
from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused

SERVERLESS = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
CAPTURE = {
    "InitialSamplingPercentage": 20,
    "DestinationS3Uri": "s3://bucket/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
ASYNC = {"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}
CROSS_REGION = {"MaxInvocationsPerSecondPerInstance": 1, "MaxCrossRegionPercentPerEndpoint": 50}
LAYOUT = {"AcceleratorPartitionTypes": ["mig-3g.40gb", "mig-4g.40gb"]}


def explainer(baseline: dict[str, Any], *types: str) -> dict[str, Any]:
    clarify: dict[str, Any] = {"ShapConfig": {"ShapBaselineConfig": baseline}}
    if types:
        clarify["InferenceConfig"] = {"FeatureTypes": list(types)}
    return {"ClarifyExplainerConfig": clarify}


def test_duplicate_and_missing(kit: Kit) -> None:
    kit.model()
    assert kit.config("Con") == ARN + "endpoint-config/con"
    with refused(f'Cannot create already existing endpoint configuration "{ARN}endpoint-config/con".'):
        kit.config("Con")
    for call in (kit.sagemaker.describe_endpoint_config, kit.sagemaker.delete_endpoint_config):
        with refused(f'Could not find endpoint configuration "{ARN}endpoint-config/none".'):
            call(EndpointConfigName="none")


def test_describe_adds_what_nobody_asked_for(kit: Kit) -> None:
    kit.model()
    kit.config()
    answer = kit.sagemaker.describe_endpoint_config(EndpointConfigName="c")
    assert answer["EnableNetworkIsolation"] is False
    assert answer["ProductionVariants"] == [{**kit.variant(), "InitialVariantWeight": 1.0}]


def test_describe_adds_a_volume_with_a_key_and_to_serverless(kit: Kit) -> None:
    kit.model()
    kit.config("key", KmsKeyId="1234abcd-12ab-34cd-56ef-1234567890ab")
    kit.config("serverless", [kit.variant(ServerlessConfig=SERVERLESS)])
    for name in ("key", "serverless"):
        variant = kit.sagemaker.describe_endpoint_config(EndpointConfigName=name)["ProductionVariants"][0]
        assert variant["VolumeSizeInGB"] > 0


def test_what_was_given_comes_back(kit: Kit) -> None:
    kit.model()
    kit.config(DataCaptureConfig=CAPTURE, AsyncInferenceConfig=ASYNC)
    answer = kit.sagemaker.describe_endpoint_config(EndpointConfigName="c")
    assert answer["DataCaptureConfig"] == CAPTURE
    assert answer["AsyncInferenceConfig"] == ASYNC


def test_weights_have_32_bits(kit: Kit) -> None:
    kit.model()
    kit.config(variants=[kit.variant(InitialVariantWeight=0.1)])
    variant = kit.sagemaker.describe_endpoint_config(EndpointConfigName="c")["ProductionVariants"][0]
    assert variant["InitialVariantWeight"] == 0.10000000149011612


def test_missing_model(kit: Kit) -> None:
    with refused(f'Could not find model "{ARN}model/m".'):
        kit.config()


@pytest.mark.parametrize(
    ("members", "request_", "text"),
    [
        ({"InstanceType": None}, {}, "InstanceType must be specified"),
        ({"InitialInstanceCount": None}, {}, "InitialInstanceCount must be specified"),
        (
            {"InstanceType": "ml.m5.large", "InstancePools": [{"InstanceType": "ml.m5.large", "Priority": 1}]},
            {},
            "InstanceType and InstancePools",
        ),
        (
            {"ManagedInstanceScaling": {"Status": "ENABLED"}},
            {},
            "ManagedInstanceScaling is only supported for inference component endpoints.",
        ),
        ({"ModelName": None}, {}, "ExecutionRoleArn must be specified"),
        ({"ModelName": None, "ServerlessConfig": SERVERLESS}, {}, "ModelName must be specified"),
        ({"ServerlessConfig": SERVERLESS, "InstanceType": "ml.m5.large"}, {}, "InstanceType cannot be specified"),
        ({"ServerlessConfig": SERVERLESS, "InitialInstanceCount": 1}, {}, "InitialInstanceCount cannot be specified"),
        ({"ServerlessConfig": {**SERVERLESS, "MemorySizeInMB": 1500}}, {}, "MemorySizeInMB must be one of"),
        (
            {"ServerlessConfig": {**SERVERLESS, "ProvisionedConcurrency": 6}},
            {},
            "ProvisionedConcurrency must be less than or equal to MaxConcurrency",
        ),
        ({"ServerlessConfig": SERVERLESS}, {"DataCaptureConfig": CAPTURE}, "DataCaptureConfig is not supported"),
        ({"ServerlessConfig": SERVERLESS}, {"AsyncInferenceConfig": ASYNC}, "AsyncInferenceConfig is not supported"),
        ({"ServerlessConfig": SERVERLESS}, {"CrossRegionTrafficConfig": CROSS_REGION}, "CrossRegionTrafficConfig is"),
        ({}, {"AsyncInferenceConfig": ASYNC, "CrossRegionTrafficConfig": CROSS_REGION}, "CrossRegionTrafficConfig is"),
        ({}, {"EnableNetworkIsolation": True}, "only supported for inference component endpoints"),
        ({"RoutingConfig": {"RoutingStrategy": "PREFIX_AWARE"}}, {}, "PrefixLength and ConcurrencyThreshold must be"),
        (
            {"RoutingConfig": {"RoutingStrategy": "RANDOM", "PrefixAwareRoutingConfig": {"PrefixLength": 1024}}},
            {},
            "only be specified with the routing strategy PREFIX_AWARE",
        ),
        ({"AcceleratorPartitionLayouts": [LAYOUT, LAYOUT]}, {}, "Only one accelerator partition layout"),
        ({}, {"MetricsConfig": {"MetricPublishFrequencyInSeconds": 20}}, "MetricPublishFrequencyInSeconds must be"),
        ({}, {"ExplainerConfig": explainer({})}, "exactly one of ShapBaseline and ShapBaselineUri"),
        ({}, {"ExplainerConfig": explainer({"ShapBaseline": "1", "MimeType": "text/plain"})}, "MimeType of a SHAP"),
        ({}, {"ExplainerConfig": explainer({"ShapBaseline": "1"}, "numerical")}, "at least one text"),
    ],
)
def test_refused_variants(kit: Kit, members: dict[str, Any], request_: dict[str, Any], text: str) -> None:
    kit.model()
    with refused(text):
        kit.config(variants=[kit.variant(**members)], **request_)


@pytest.mark.parametrize(
    ("model", "text"),
    [
        ({"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}, "VpcConfig"),
        ({"EnableNetworkIsolation": True}, "isolated from the network"),
        ({"Containers": [{"Image": IMAGE}, {"Image": IMAGE}]}, "several containers"),
        ({"PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://models/a/"}}, "multi-model"),
        (
            {
                "PrimaryContainer": {
                    "Image": IMAGE,
                    "ModelDataSource": {
                        "S3DataSource": {
                            "S3Uri": "s3://models/a/",
                            "S3DataType": "S3Prefix",
                            "CompressionType": "None",
                        }
                    },
                }
            },
            "ModelDataSource",
        ),
    ],
)
def test_models_that_serverless_cannot_serve(kit: Kit, aws: LocalAws, model: dict[str, Any], text: str) -> None:
    aws.put("s3://models/a/m.tar.gz")
    kit.model(**model)
    with refused(text):
        kit.config(variants=[kit.variant(ServerlessConfig=SERVERLESS)])


def test_names_of_variants_are_unique(kit: Kit) -> None:
    kit.model()
    with refused("must be unique"):
        kit.config(variants=[kit.variant("A"), kit.variant("A")])
    with refused("must be unique"):
        kit.config(variants=[kit.variant("A")], ShadowProductionVariants=[kit.variant("A")])


def test_kinds_do_not_mix(kit: Kit, aws: LocalAws) -> None:
    kit.model()
    bare = kit.variant("B", ModelName=None)
    with refused("cannot be mixed"):
        kit.config(variants=[kit.variant("A"), bare], ExecutionRoleArn=aws.make_role("r"))
    with refused("cannot be mixed"):
        kit.config(variants=[kit.variant("A"), kit.variant("B", ServerlessConfig=SERVERLESS)])


def test_serverless_stands_alone(kit: Kit) -> None:
    kit.model()
    with refused("cannot have other variants"):
        kit.config(variants=[kit.variant(name, ServerlessConfig=SERVERLESS) for name in ("A", "B")])


def test_one_shadow_beside_one_variant(kit: Kit) -> None:
    kit.model()
    kit.config("good", ShadowProductionVariants=[kit.variant("S")])
    with refused("exactly one production variant and one shadow variant"):
        kit.config("two", ShadowProductionVariants=[kit.variant("S"), kit.variant("T")])
    with refused("exactly one production variant and one shadow variant"):
        kit.config("three", [kit.variant("A"), kit.variant("B")], ShadowProductionVariants=[kit.variant("S")])


@pytest.mark.parametrize(
    "model",
    [
        {"Containers": [{"Image": IMAGE}, {"Image": IMAGE}]},
        {"PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel", "ModelDataUrl": "s3://models/a/"}},
    ],
)
def test_models_that_cannot_be_shadowed(kit: Kit, aws: LocalAws, model: dict[str, Any]) -> None:
    aws.put("s3://models/a/m.tar.gz")
    kit.model()
    kit.model("n", **model)
    with refused("ShadowProductionVariants do not support"):
        kit.config(ShadowProductionVariants=[kit.variant("S", ModelName="n")])


def test_what_excludes_a_shadow(kit: Kit) -> None:
    kit.model()
    with refused("not supported for asynchronous inference"):
        kit.config(ShadowProductionVariants=[kit.variant("S")], AsyncInferenceConfig=ASYNC)
    with refused("not supported for Inf1 instances"):
        kit.config(ShadowProductionVariants=[kit.variant("S", InstanceType="ml.inf1.xlarge")])


def test_what_goes_together(kit: Kit) -> None:
    kit.model()
    prefix = {"PrefixLength": 1024, "ConcurrencyThreshold": 8}
    routing = {"RoutingStrategy": "PREFIX_AWARE", "PrefixAwareRoutingConfig": prefix}
    kit.config(
        variants=[kit.variant(RoutingConfig=routing, AcceleratorPartitionLayouts=[LAYOUT])],
        CrossRegionTrafficConfig=CROSS_REGION,
        MetricsConfig={"MetricPublishFrequencyInSeconds": 30},
        ExplainerConfig=explainer({"ShapBaseline": "1"}, "text", "numerical"),
    )


def test_inference_component_style(kit: Kit, aws: LocalAws) -> None:
    scaling = {"Status": "ENABLED", "MinInstanceCount": 0, "MaxInstanceCount": 2}
    role = aws.make_role("r")
    kit.config("good", [kit.variant(ModelName=None, ManagedInstanceScaling=scaling)], ExecutionRoleArn=role)
    scaling["MinInstanceCount"] = 3
    with refused("MinInstanceCount is greater"):
        kit.config("bad", [kit.variant(ModelName=None, ManagedInstanceScaling=scaling)], ExecutionRoleArn=role)


def test_instance_pools(kit: Kit) -> None:
    kit.model()
    pools = [{"InstanceType": "ml.g5.2xlarge", "Priority": 2}, {"InstanceType": "ml.g6.2xlarge", "Priority": 1}]
    kit.config(variants=[kit.variant(InstancePools=pools)])
    with refused(f'Could not find model "{ARN}model/other".'):
        kit.config("d", [kit.variant(InstancePools=[{**pools[0], "ModelNameOverride": "other"}])])


def test_storage_of_the_instances_themselves(kit: Kit) -> None:
    """A key is taken, for it does not encrypt that storage; the size of a volume is refused."""
    kit.model()
    key = "1234abcd-12ab-34cd-56ef-1234567890ab"
    kit.config("a", [kit.variant(InstanceType="ml.g5.2xlarge")], KmsKeyId=key)
    kit.config("b", [kit.variant(VolumeSizeInGB=30)])
    for kind in (
        "ml.g5.2xlarge",
        "ml.m5d.xlarge",
        "ml.p4d.24xlarge",
        "ml.c6gd.large",
        "ml.g6e.xlarge",
        "ml.trn1.2xlarge",
    ):
        with refused(f"VolumeSize parameter is not allowed for the selected Instance type {kind}"):
            kit.config("c", [kit.variant(InstanceType=kind, VolumeSizeInGB=30)])


def test_regions_that_keep_an_instance(kit: Kit, aws: LocalAws) -> None:
    def config(kit: Kit, name: str, least: int, status: str = "ENABLED") -> None:
        scaling = {"Status": status, "MinInstanceCount": least, "MaxInstanceCount": 2}
        kit.config(name, [kit.variant(ModelName=None, ManagedInstanceScaling=scaling)], ExecutionRoleArn=role)

    role = aws.make_role("r")
    config(kit, "a", 0)
    paris = Kit(aws, "eu-west-3")
    with refused("Min instance count needs to be greater than 0 for enabled managed instance scaling"):
        config(paris, "b", 0)
    config(paris, "b", 1)
    config(paris, "c", 0, "DISABLED")
    aws.configure(regions_without_zero_instances=["us-east-1"])
    config(paris, "d", 0)
    with refused("Min instance count"):
        config(kit, "e", 0)


def test_managed_scaling_of_an_asynchronous_endpoint(kit: Kit) -> None:
    kit.model()
    output = {"OutputConfig": {"S3OutputPath": "s3://bucket/out"}}
    scaling = {"Status": "ENABLED", "MinInstanceCount": 1, "MaxInstanceCount": 1}
    with refused("ManagedInstanceScaling is not supported with the given EndpointConfig setup."):
        kit.config(variants=[kit.variant(ManagedInstanceScaling=scaling)], AsyncInferenceConfig=output)


def test_delete_while_in_use(kit: Kit) -> None:
    kit.serve()
    kit.sagemaker.delete_endpoint_config(EndpointConfigName="c")
    assert kit.status() == "InService"
