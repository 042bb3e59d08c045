# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variants in descriptions of endpoints and configurations. Pure."""

from __future__ import annotations

from typing import Iterator
from typing import List
from typing import Optional
from typing import Set
from typing import Tuple

from ..core.types import Api
from ..schema import shapes


def by_path(config: Api) -> Iterator[Tuple[str, Api]]:
    """Yield (path of the option, variant) for all variants."""
    for member in ("ProductionVariants", "ShadowProductionVariants"):
        for variant in config.get(member, []):
            yield f"{shapes.option_name(member)}[{variant['VariantName']}]", variant


def of(description: Api) -> List[Api]:
    """Return all variants of an endpoint or a configuration, shadow variants too."""
    return [*description.get("ProductionVariants", []), *description.get("ShadowProductionVariants", [])]


def hosts_components(config: Optional[Api]) -> bool:
    """Return whether an endpoint with this configuration can host inference components, that is, a variant has no
    model.

    True if the configuration was deleted (None), because its variants are unknown.
    """
    return config is None or any("ModelName" not in variant for variant in of(config))


def models_of(config: Api) -> Set[str]:
    """Return the names of the models that a configuration refers to."""
    names = {variant.get("ModelName") for variant in of(config)}
    pools = [pool for variant in of(config) for pool in variant.get("InstancePools", [])]
    return (names | {pool.get("ModelNameOverride") for pool in pools}) - {None}
