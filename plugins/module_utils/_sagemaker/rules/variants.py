# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variants of an endpoint or a configuration, and their kinds: one row for each way to host models. Pure.

All data about a kind is in its row, and all other code reads it there.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set
from typing import Tuple
from typing import Union

from ..core.types import Options

INSTANCE_COUNT = "sagemaker:variant:DesiredInstanceCount"
PROVISIONED_CONCURRENCY = "sagemaker:variant:DesiredProvisionedConcurrency"
COPY_COUNT = "sagemaker:inference-component:DesiredCopyCount"


@dataclass(frozen=True)
class Metric:
    """A CloudWatch metric. of: its dimension, whose value is the name of the scaled resource or of its endpoint.

    period: in seconds; periods: the number of periods that an alarm evaluates.
    """

    name: str
    of: str
    namespace: str = "AWS/SageMaker"
    statistic: str = "Average"
    period: int = 60
    periods: int = 1


@dataclass(frozen=True)
class Scaling:
    """A way in which Application Auto Scaling scales a resource.

    dimension: the scalable dimension; option: its short name; metrics: its predefined metrics; usual: the metric,
    predefined or not, of a policy that gives only a target value; least: the lowest min_capacity; waking: the metric of
    the alarm that scales out from zero, None if scaling to zero is not possible.
    """

    dimension: str
    option: str
    metrics: Tuple[str, ...]
    usual: Union[str, Metric]
    least: int = 0
    waking: Optional[Metric] = None


@dataclass(frozen=True)
class Kind:
    """A way in which the variants of an endpoint host models.

    name: in messages; word: in data; given: (option of the configuration, option of the variant) by which it is told, empty for those that
    are told by having or not having a model; has_model: whether a variant names its model; scaling: of the variants; described:
    what a variant is, for messages; excludes: {option of a variant: why}; config_excludes: the same of the configuration;
    capacity: options with the variant's own capacity, and what they are unless they are given; alone: whether one variant is
    all that an endpoint has; asynchronous: whether it answers into S3; rolling: whether it takes a rolling_update_policy;
    successor: whether an endpoint of another kind can become one of this; openai_route: whether SageMaker offers its OpenAI-compatible
    route, which is for real-time endpoints.
    """

    name: str
    word: str
    described: str
    scaling: Scaling
    given: Tuple[str, str] = ("", "")
    has_model: bool = True
    capacity: Mapping[str, Any] = field(default_factory=dict)
    excludes: Mapping[str, str] = field(default_factory=dict)
    config_excludes: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False
    asynchronous: bool = False
    rolling: bool = True
    successor: bool = True
    openai_route: bool = True

    def applies(self, config: Options, variant: Options, has_model: bool) -> bool:
        """Return whether a variant of this configuration is of this kind."""
        config_option, option = self.given
        if config_option or option:
            return config.get(config_option) is not None or option in variant
        return has_model == self.has_model


_BY_INSTANCES = Scaling(
    INSTANCE_COUNT,
    "instance_count",
    ("SageMakerVariantInvocationsPerInstance", "SageMakerVariantConcurrentRequestsPerModelHighResolution"),
    "SageMakerVariantInvocationsPerInstance",
)

INSTANCES = Kind(
    "instances",
    "real_time",
    "runs on instances",
    # The service model allows 0 for every variant. By AWS's guides only asynchronous endpoints and inference components
    # scale to zero, because a real-time model needs an instance.
    replace(_BY_INSTANCES, least=1),
    capacity={"initial_instance_count": 1},
    excludes={
        "managed_instance_scaling": "this option and model_name are mutually exclusive. It is supported only for endpoints with inference "
        "components. "
        "Scale this variant with sagemaker_autoscaling (the role: autoscaling_config)."
    },
    # The service model does not document this. Users of Terraform have found it.
    config_excludes={
        "enable_network_isolation": "here it isolates only inference components, so this option and a model_name are mutually "
        "exclusive. Set it in the model (sagemaker_model)."
    },
)

ASYNCHRONOUS = replace(
    INSTANCES,
    name="asynchronous",
    word="asynchronous",
    given=("async_inference_config", ""),
    asynchronous=True,
    openai_route=False,
    scaling=replace(
        _BY_INSTANCES,
        # SageMaker does not publish invocations per instance for asynchronous endpoints.
        usual=Metric("ApproximateBacklogSizePerInstance", "EndpointName"),
        waking=Metric("HasBacklogWithoutCapacity", "EndpointName", periods=2),
    ),
    config_excludes={
        **INSTANCES.config_excludes,
        "shadow_production_variants": "this option and async_inference_config are mutually exclusive; a shadow variant gets copies of real-time requests "
        "that are answered at once.",
        "cross_region_traffic_config": "this option and async_inference_config are mutually exclusive.",
    },
)

# Options of a variant on instances.
_INSTANCE_OPTIONS = (
    "instance_type",
    "initial_instance_count",
    "instance_pools",
    "managed_instance_scaling",
    "volume_size_in_gb",
    "accelerator_type",
)

SERVERLESS = Kind(
    "serverless",
    "serverless",
    "is serverless (serverless_config)",
    Scaling(
        PROVISIONED_CONCURRENCY,
        "provisioned_concurrency",
        ("SageMakerVariantProvisionedConcurrencyUtilization",),
        "SageMakerVariantProvisionedConcurrencyUtilization",
    ),
    given=("", "serverless_config"),
    excludes={
        option: "this option and serverless_config are mutually exclusive; serverless variants have no instances."
        for option in _INSTANCE_OPTIONS
    },
    config_excludes={
        option: "this option and a serverless_config are mutually exclusive."
        for option in (
            "data_capture_config",
            "async_inference_config",
            "shadow_production_variants",
            "vpc_config",
            "enable_network_isolation",
            "cross_region_traffic_config",
        )
    },
    alone=True,
    rolling=False,
    successor=False,
    openai_route=False,
)

# The variants. The components on them have their own scaling.
COMPONENTS = Kind(
    "inference components",
    "inference_components",
    "runs on instances",
    _BY_INSTANCES,
    has_model=False,
    capacity=INSTANCES.capacity,
)

COPIES = Scaling(
    COPY_COUNT,
    "copy_count",
    (
        "SageMakerInferenceComponentInvocationsPerCopy",
        "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
    ),
    "SageMakerInferenceComponentInvocationsPerCopy",
    waking=Metric("NoCapacityInvocationFailures", "InferenceComponentName", "Maximum", period=30),
)

# The first kind that applies counts.
KINDS = (SERVERLESS, COMPONENTS, ASYNCHRONOUS, INSTANCES)

# {scalable dimension: its scaling}. Kinds that share a dimension share its metrics.
SCALINGS: Mapping[str, Scaling] = {
    **{kind.scaling.dimension: kind.scaling for kind in reversed(KINDS)},
    COPY_COUNT: COPIES,
}

# Instance families with local storage, in addition to all with a d in their name.
OWN_STORAGE = ("g5", "g6", "p5", "trn1")

LISTS = ("production_variants", "shadow_production_variants")


def kind_of(config: Options, variant: Options, has_model: Optional[bool] = None) -> Kind:
    """Return how a variant of this configuration hosts its model.

    has_model: whether the variant will have a model, by default whether it has a model_name.
    """
    has = "model_name" in variant if has_model is None else has_model
    return next(kind for kind in KINDS if kind.applies(config, variant, has))


def kinds_of(config: Options) -> List[Kind]:
    """Return the kinds of all variants of a configuration, without duplicates."""
    found: Dict[str, Kind] = {}
    for variant in of(config):
        kind = kind_of(config, variant)
        found[kind.name] = kind
    return list(found.values())


def instance_types(variant: Options) -> List[str]:
    """Return the instance types that a variant may run on."""
    single = [variant["instance_type"]] if "instance_type" in variant else []
    return single + [pool["instance_type"] for pool in variant.get("instance_pools", [])]


def has_own_storage(instance_type: str) -> bool:
    """Return whether instances of this type have local storage, so that the service accepts no volume size."""
    family = instance_type.split(".")[1] if "." in instance_type else ""
    return "d" in family or family.startswith(OWN_STORAGE)


def by_path(config: Options) -> Iterator[Tuple[str, Options]]:
    """Yield (path of the option, variant) for all variants."""
    for option in LISTS:
        for variant in config.get(option, []):
            yield f"{option}[{variant['variant_name']}]", variant


def of(config: Options) -> List[Options]:
    """Return all variants of a configuration, shadow variants too."""
    return [variant for option in LISTS for variant in config.get(option, [])]


def models_of(variant: Options) -> Set[str]:
    """Return the names of the models that a variant refers to."""
    names = {variant.get("model_name")}
    return (names | {pool.get("model_name_override") for pool in variant.get("instance_pools", [])}) - {None}
