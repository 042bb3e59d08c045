# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variants of an endpoint or a configuration, and the kinds of them. Pure."""

from __future__ import annotations

from typing import Iterator
from typing import List
from typing import Set
from typing import Tuple

from ..core.types import Options

INSTANCES = "instances"
SERVERLESS = "serverless"
COMPONENTS = "inference components"

# Options that mean instances.
INSTANCE_OPTIONS = (
    "instance_type",
    "initial_instance_count",
    "instance_pools",
    "managed_instance_scaling",
    "volume_size_in_gb",
    "accelerator_type",
)

# Families of instances that bring their own storage, beside all that have a d in their name.
OWN_STORAGE = ("g5", "g6", "p5", "trn1")

LISTS = ("production_variants", "shadow_production_variants")


def kind(variant: Options) -> str:
    """Return how a variant hosts its model: on instances, serverless, or as room for inference components."""
    if "serverless_config" in variant:
        return SERVERLESS
    return INSTANCES if "model_name" in variant else COMPONENTS


def instance_types(variant: Options) -> List[str]:
    """Return the instance types that a variant may run on."""
    single = [variant["instance_type"]] if "instance_type" in variant else []
    return single + [pool["instance_type"] for pool in variant.get("instance_pools", [])]


def has_own_storage(instance_type: str) -> bool:
    """Return whether instances of this type bring their own storage, so that the service takes no size for a volume."""
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
