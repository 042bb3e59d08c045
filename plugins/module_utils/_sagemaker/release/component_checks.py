# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps the inference components that are wanted from following those that are there, found before anything is made."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..core.problems import Problem
from ..core.problems import within
from ..core.variable_paths import PREFIX
from ..resources import endpoints
from ..resources import inference_components
from ..rules import inference_component as component_rules
from ..schema import shapes

# {"name", "status", "variant_name", "base", "owned"} of a component on the endpoint.
Hosted = Mapping[str, Any]

_LIST = f"{PREFIX}inference_components"


def problems(aws: AwsClients, params: Mapping[str, Any], hosted: List[Hosted]) -> List[Problem]:
    """All that is in the way of the endpoint_config and inference_components in params.

    hosted: the components on the endpoint. Owned ones that are not wanted are going to be deleted, others stay.
    """
    return list(_problems(aws, params, hosted))


def _problems(aws: AwsClients, params: Mapping[str, Any], hosted: List[Hosted]) -> Iterator[Problem]:
    wanted = {component["name"]: component for component in params.get("inference_components") or []}
    # Names are the same to the service however they are spelt.
    there = {one["name"].lower(): one for one in hosted if one["status"] != inference_components.DELETING}
    for name, component in wanted.items():
        found = there.get(name.lower())
        if found is None or found["status"] == inference_components.FAILED:
            yield from within(f"{_LIST}[{name}]", _creation_problems(aws, component))
        if found is None:
            yield from _taken(aws, name, params["endpoint_name"])
        elif found["name"] != name:
            yield Problem(
                f"{_LIST}[{name}].name",
                f"the component is called {found['name']}, and SageMaker takes both for the same name. Give "
                "the name as it is.",
            )
        else:
            yield from _moved(component, found)
        yield from _without_base(component, wanted, there)
    yield from _strangers(
        params, [one for one in there.values() if not one["owned"] and one["name"] not in wanted], there
    )


def _creation_problems(aws: AwsClients, component: Mapping[str, Any]) -> Iterator[Problem]:
    """What keeps a component from being made with these options, though one that is there could be updated to them."""
    yield from component_rules.creation_rules(component)
    # The service has come to fill in the number of copies, and an older botocore does not know that, nor any adapters.
    required = aws.sagemaker.input_shape("CreateInferenceComponent").required_members
    lacking = not (component.get("runtime_config") or component_rules.base_of(component))
    if "RuntimeConfig" in required and lacking:
        yield Problem(
            "runtime_config",
            f"the installed botocore {shapes.BOTOCORE_VERSION} needs it for a new component. Give copy_count in it, or "
            "upgrade boto3 and botocore.",
        )


def _taken(aws: AwsClients, name: str, endpoint_name: str) -> Iterator[Problem]:
    """What to say if a component that has to be made is another endpoint's."""
    found = inference_components.describe(aws, name)
    if found is None or found["InferenceComponentStatus"] == inference_components.DELETING:
        return
    if found["EndpointName"] != endpoint_name and not endpoints.is_orphaned(aws, found):
        yield Problem(
            f"{_LIST}[{name}].name",
            f"this is the name of an inference component on the endpoint {found['EndpointName']}, and each "
            "name is there once in an account and region. Choose another.",
        )


def _moved(component: Mapping[str, Any], found: Hosted) -> Iterator[Problem]:
    """What to say about a component that cannot become what is wanted of it."""
    place, base = f"{_LIST}[{component['name']}]", component_rules.base_of(component)
    remedy = "Give the new one another name: this one is then deleted, because it is not listed any more."
    if base != found["base"]:
        yield Problem(
            f"{place}.specification.base_inference_component_name",
            f"it is {found['base'] or 'no adapter'} now, asked for "
            f"{base or 'none'}, and SageMaker changes the base of no component. {remedy}",
        )
    variant = component.get("variant_name")
    if base is None and variant not in (None, found["variant_name"]):
        yield Problem(
            f"{place}.variant_name",
            f"it runs on the variant {found['variant_name']}, asked for {variant}, and SageMaker moves no "
            f"component to another variant, nor does it rename a variant. {remedy}",
        )


def _without_base(
    component: Mapping[str, Any], wanted: Mapping[str, Any], there: Dict[str, Hosted]
) -> Iterator[Problem]:
    """What to say about an adapter whose base is not there, or not any longer."""
    base = component_rules.base_of(component)
    if base is None or base in wanted:
        return
    place = f"{_LIST}[{component['name']}].specification.base_inference_component_name"
    found = there.get(base.lower())
    if found is None:
        yield Problem(
            place, f"{base} is neither listed nor an inference component on the endpoint. List it, or correct the name."
        )
    elif found["owned"]:
        yield Problem(
            place, f"{base} is taken out of the list, which deletes it. Keep it there, or take the adapter out as well."
        )


def _strangers(params: Mapping[str, Any], strangers: List[Hosted], there: Dict[str, Hosted]) -> Iterator[Problem]:
    """What to say about components that somebody else made, and that keep what they need from going."""
    variants = [variant["variant_name"] for variant in params["endpoint_config"].get("production_variants") or []]
    wanted = [component["name"] for component in params.get("inference_components") or []]
    remedy = "Somebody else made it, so it stays: delete it first, with mlops.sagemaker.sagemaker_inference_component."
    for one in strangers:
        base: Optional[Hosted] = there.get((one["base"] or "").lower())
        if one["variant_name"] not in variants:
            yield Problem(
                f"{PREFIX}production_variants",
                "SageMaker removes no variant that hosts inference components, and "
                f"{one['variant_name']}, which is none of {', '.join(variants)}, hosts {one['name']}. {remedy}",
            )
        elif base and base["owned"] and base["name"] not in wanted:
            yield Problem(
                _LIST,
                f"{base['name']} is taken out, and SageMaker deletes no base that has adapters, such as {one['name']}. "
                f"{remedy}",
            )
