# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The URLs at which applications invoke an endpoint. Pure."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional
from typing import Sequence

from ..core.regions import dns_suffix
from ..core.types import Options
from ..rules import images
from ..rules import inference_component as component_rules
from ..rules import model as model_rules
from ..rules import variants

COMPONENT_HEADER = "X-Amzn-SageMaker-Inference-Component"

# The containers of a variant or component, None if unknown.
Containers = Optional[Sequence[Options]]

NOWHERE: Dict[str, Any] = {"invocations_url": None, "openai_base_url": None, "component_addresses": []}


def addresses(
    endpoint_url: str,
    config: Options,
    of_variants: Mapping[str, Containers],
    of_components: Mapping[str, Containers],
) -> Dict[str, Any]:
    """Return the outputs invocations_url, openai_base_url and component_addresses.

    endpoint_url: see url; config: options of the endpoint configuration; of_variants, of_components: {name:
    containers}. If the endpoint hosts components, its openai_base_url is that of the first component with one.
    """
    listed = config.get("production_variants") or []
    kinds = [variants.kind_of(config, one, has_model=not of_components) for one in listed]
    path = "async-invocations" if any(kind.asynchronous for kind in kinds) else "invocations"
    routed = all(kind.openai_route for kind in kinds)

    def openai(containers: Containers, path: str = "") -> Optional[str]:
        return f"{endpoint_url}{path}/openai/v1" if routed and speaks_openai(containers) else None

    components = [
        {
            "name": name,
            "headers": {COMPONENT_HEADER: name},
            "openai_base_url": openai(containers, f"/inference-components/{name}"),
        }
        for name, containers in of_components.items()
    ]
    urls: List[Optional[str]] = [one["openai_base_url"] for one in components]
    if not of_components:
        # Any of the variants may answer.
        base_urls = [openai(of_variants.get(one["variant_name"])) for one in listed]
        urls = base_urls[:1] if all(base_urls) else []
    return {
        "invocations_url": f"{endpoint_url}/{path}",
        "openai_base_url": next((one for one in urls if one), None),
        "component_addresses": components,
    }


def url(region: str, name: str) -> str:
    """Return the base URL of an endpoint."""
    return f"https://runtime.sagemaker.{region}.{dns_suffix(region)}/endpoints/{name}"


def speaks_openai(containers: Containers) -> bool:
    """Return whether these containers support OpenAI's Chat Completions, as far as that can be derived.

    False for several containers, because a pipeline passes the request on, and the route cannot select a container.
    """
    return containers is not None and len(containers) == 1 and images.speaks_openai(containers[0])


def of_inputs(endpoint_url: str, inputs: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the outputs of a deploy. inputs: see decisions."""
    models: Sequence[Options] = inputs["models"]
    of_variants = {name: containers_of(model) for model in models for name in model["variants"]}
    by_models = {name: containers_of(model) for model in models for name in model["components"]}
    of_components: Dict[str, Containers] = {}
    for component in inputs["inference_components"]:
        specification, *_others = component_rules.specifications(component)
        of_components[component["name"]] = _component_containers(
            specification, by_models.get(component["name"]), of_components
        )
    return addresses(endpoint_url, inputs["endpoint_config"], of_variants, of_components)


def containers_of(model: Options) -> Sequence[Options]:
    """Return the containers in options of sagemaker_model."""
    return list(model_rules.containers_of(model).values())


def _component_containers(specification: Options, of_model: Containers, known: Mapping[str, Containers]) -> Containers:
    """Return the containers of a component. An adapter runs in the container of its base."""
    base = specification.get("base_inference_component_name")
    if base:
        return known.get(base)
    return of_model or ([specification["container"]] if specification.get("container") else None)
