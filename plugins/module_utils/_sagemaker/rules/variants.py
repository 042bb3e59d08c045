# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variants of an endpoint or a configuration, and the kinds of them. Pure."""

from __future__ import annotations

from typing import Iterator
from typing import List
from typing import Optional
from typing import Set
from typing import Tuple

from ..core.types import Api
from ..schema import shapes

INSTANCES = "instances"


SERVERLESS = "serverless"


COMPONENTS = "inference components"


# Members that mean instances, with the options' names.
INSTANCE_MEMBERS = {
    "InstanceType": "instance_type",
    "InitialInstanceCount": "initial_instance_count",
    "InstancePools": "instance_pools",
    "ManagedInstanceScaling": "managed_instance_scaling",
    "VolumeSizeInGB": "volume_size_in_gb",
    "AcceleratorType": "accelerator_type",
}


# Families of instances that bring their own storage, beside all that have a d in their name.
OWN_STORAGE = ("g5", "g6", "p5", "trn1")


def kind(variant: Api) -> str:
    """How a variant hosts its model: on instances, serverless, or as room for inference components."""
    if "ServerlessConfig" in variant:
        return SERVERLESS
    return INSTANCES if "ModelName" in variant else COMPONENTS


def instance_types(variant: Api) -> List[str]:
    """The instance types that a variant may run on."""
    single = [variant["InstanceType"]] if "InstanceType" in variant else []
    return single + [pool["InstanceType"] for pool in variant.get("InstancePools", [])]


def has_own_storage(instance_type: str) -> bool:
    """Whether instances of this type bring their own storage, so that the service takes no size for a volume."""
    family = instance_type.split(".")[1] if "." in instance_type else ""
    return "d" in family or family.startswith(OWN_STORAGE)


def by_path(request: Api) -> Iterator[Tuple[str, Api]]:
    """(path of the option, variant) of all variants."""
    for member in ("ProductionVariants", "ShadowProductionVariants"):
        for variant in request.get(member, []):
            yield f"{shapes.option_name(member)}[{variant['VariantName']}]", variant


def of(description: Api) -> List[Api]:
    """All of of an endpoint or a configuration, shadow of too."""
    return [*description.get("ProductionVariants", []), *description.get("ShadowProductionVariants", [])]


def hosts_components(config: Optional[Api]) -> bool:
    """Whether inference components can be on an endpoint of this configuration: a variant has no model of its own.

    Where the configuration is gone (None) nobody can tell, so they may.
    """
    return config is None or any("ModelName" not in variant for variant in of(config))


def models_of(config: Api) -> Set[str]:
    """The names of the models that a configuration refers to."""
    names = {variant.get("ModelName") for variant in of(config)}
    pools = [pool for variant in of(config) for pool in variant.get("InstancePools", [])]
    return (names | {pool.get("ModelNameOverride") for pool in pools}) - {None}
