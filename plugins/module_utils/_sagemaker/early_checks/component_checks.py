# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the desired inference components against the current ones, before any change."""

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
    """Return the problems of the endpoint_config and inference_components in params.

    hosted: the components on the endpoint. Owned ones that are not desired will be deleted, others stay.
    """
    return list(_problems(aws, params, hosted))


def _problems(aws: AwsClients, params: Mapping[str, Any], hosted: List[Hosted]) -> Iterator[Problem]:
    wanted = {component["name"]: component for component in params.get("inference_components") or []}
    # SageMaker compares names case-insensitively.
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
                f"the component is called {found['name']}, and SageMaker treats both as the same name. Give "
                "the name in that case.",
            )
        else:
            yield from _moved(component, found)
        yield from _without_base(component, wanted, there)
    yield from _strangers(
        params, [one for one in there.values() if not one["owned"] and one["name"] not in wanted], there
    )


def _creation_problems(aws: AwsClients, component: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield problems of creating a component with these options. An update with them would be possible."""
    yield from component_rules.creation_rules(component)
    # The service now fills in the number of copies, but an older botocore requires it, and does not support adapters.
    required = aws.sagemaker.input_shape("CreateInferenceComponent").required_members
    lacking = not (component.get("runtime_config") or component_rules.base_of(component))
    if "RuntimeConfig" in required and lacking:
        yield Problem(
            "runtime_config",
            f"the installed botocore {shapes.BOTOCORE_VERSION} needs it for a new component. Give copy_count in it, or "
            "upgrade boto3 and botocore.",
        )


def _taken(aws: AwsClients, name: str, endpoint_name: str) -> Iterator[Problem]:
    """Yield a problem if another endpoint hosts a component of this name."""
    found = inference_components.describe(aws, name)
    if found is None or found["InferenceComponentStatus"] == inference_components.DELETING:
        return
    if found["EndpointName"] != endpoint_name and not endpoints.is_orphaned(aws, found):
        yield Problem(
            f"{_LIST}[{name}].name",
            f"this is the name of an inference component on the endpoint {found['EndpointName']}, and names "
            "must be unique in an account and region. Choose another.",
        )


def _moved(component: Mapping[str, Any], found: Hosted) -> Iterator[Problem]:
    """Yield problems of changes that a component does not allow."""
    place, base = f"{_LIST}[{component['name']}]", component_rules.base_of(component)
    remedy = "Give the new one another name: this one is then deleted, because it is no longer listed."
    if base != found["base"]:
        yield Problem(
            f"{place}.specification.base_inference_component_name",
            f"the base is {found['base'] or 'not set'}, but {base or 'none'} is desired, and SageMaker "
            f"cannot change the base of a component. {remedy}",
        )
    variant = component.get("variant_name")
    if base is None and variant not in (None, found["variant_name"]):
        yield Problem(
            f"{place}.variant_name",
            f"it runs on the variant {found['variant_name']}, but {variant} is desired, and SageMaker cannot "
            f"move a component to another variant, nor rename a variant. {remedy}",
        )


def _without_base(
    component: Mapping[str, Any], wanted: Mapping[str, Any], there: Dict[str, Hosted]
) -> Iterator[Problem]:
    """Yield a problem of an adapter whose base does not exist or will be deleted."""
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
            place, f"{base} is no longer in the list, so it will be deleted. Keep it, or remove the adapter as well."
        )


def _strangers(params: Mapping[str, Any], strangers: List[Hosted], there: Dict[str, Hosted]) -> Iterator[Problem]:
    """Yield problems of removing resources that components of somebody else need."""
    variants = [variant["variant_name"] for variant in params["endpoint_config"].get("production_variants") or []]
    wanted = [component["name"] for component in params.get("inference_components") or []]
    remedy = (
        "Somebody else created it, so it stays. Delete it first, with mlops.sagemaker.sagemaker_inference_component."
    )
    for one in strangers:
        base: Optional[Hosted] = there.get((one["base"] or "").lower())
        if one["variant_name"] not in variants:
            yield Problem(
                f"{PREFIX}production_variants",
                "SageMaker does not remove a variant that hosts inference components, and "
                f"{one['variant_name']}, which is not among {', '.join(variants)}, hosts {one['name']}. {remedy}",
            )
        elif base and base["owned"] and base["name"] not in wanted:
            yield Problem(
                _LIST,
                f"{base['name']} is no longer listed, and SageMaker does not delete a base that has adapters, such as {one['name']}. "
                f"{remedy}",
            )
