# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options are the service model: every input member has one, of its type, and the documentation says the same.

A newer botocore that knows a member or an enumeration value more makes these tests fail and name it: that is how the
collection learns of it. On a botocore older than the one the tables were taken from they are skipped.
"""

from __future__ import annotations

import ast
import copy
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest
import yaml
from botocore import xform_name

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import options as words
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec.options import integer
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec.options import text
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import shapes

MODULES = Path(__file__).parents[3] / "plugins" / "modules"

PACKAGE = "ansible_collections.mlops.sagemaker.plugins.modules"


def argument_specs() -> dict[str, Any]:
    """Return {module: what it hands to its entry}, from the line module.run(..., **tables.TABLE), or run_info, of each module.

    A module that is only the documentation of an action plugin has no such line and no argument spec.
    """
    found = {}
    for path in sorted(MODULES.glob("sagemaker_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg is None and isinstance(node.value, ast.Attribute):
                code = importlib.import_module(f"{PACKAGE}.{path.stem}")
                found[path.stem] = getattr(getattr(code, node.value.value.id), node.value.attr)
    return found


SPECS = argument_specs()

# The type of the option for each type of the service model. Structures and lists are in expected_type().
TYPES = {
    "string": "str",
    "timestamp": "str",
    "integer": "int",
    "long": "int",
    "float": "float",
    "double": "float",
    "boolean": "bool",
    "map": "dict",
    "blob": "raw",
}


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


service_model = pytest.mark.skipif(
    numbers(botocore.__version__) < numbers(shapes.SERVICE_MODEL_VERSION),
    reason=f"the options were taken from botocore {shapes.SERVICE_MODEL_VERSION}, this is {botocore.__version__}",
)


@lru_cache(maxsize=None)
def botocore_model(name: str) -> Any:
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(name)


@dataclass(frozen=True)
class Call:
    """An API operation and the options that stand for its input members.

    options: by the name of the member in snake_case; leaves: how many scalars, lists of scalars and maps the input has;
    otherwise: required members that are asked for in another way than required=True, or derived.
    """

    service: str
    operation: str
    options: dict[str, Any]
    leaves: int = 0
    otherwise: frozenset[str] = field(default_factory=frozenset)

    @property
    def shape(self) -> Any:
        return botocore_model(self.service).operation_model(self.operation).input_shape


def module_options(module: str, **renamed: str) -> dict[str, Any]:
    """The options of a module, those in renamed (member: option) under the name of the API."""
    options = SPECS[module]["argument_spec"]
    return {**options, **{member: options[option] for member, option in renamed.items()}}


# What names a scalable target is given once in sagemaker_autoscaling, at its top.
TARGET = frozenset({"ServiceNamespace", "ResourceId", "ScalableDimension"})
TARGET_OPTIONS = {
    xform_name(member): SPECS["sagemaker_autoscaling"]["argument_spec"][xform_name(member)] for member in TARGET
}
AUTOSCALING = module_options("sagemaker_autoscaling")

CALLS = [
    Call(
        "sagemaker",
        "CreateModel",
        module_options("sagemaker_model", model_name="name"),
        66,
        otherwise=frozenset({"ModelName"}),
    ),
    Call(
        "sagemaker",
        "CreateEndpointConfig",
        module_options("sagemaker_endpoint_config", endpoint_config_name="name"),
        111,
        otherwise=frozenset({"EndpointConfigName", "ProductionVariants"}),
    ),
    Call(
        "sagemaker",
        "CreateEndpoint",
        module_options("sagemaker_endpoint", endpoint_name="name"),
        19,
        otherwise=frozenset({"EndpointConfigName"}),
    ),
    Call(
        "sagemaker",
        "UpdateEndpoint",
        module_options("sagemaker_endpoint", endpoint_name="name"),
        20,
        otherwise=frozenset({"EndpointConfigName"}),
    ),
    Call(
        "sagemaker",
        "CreateInferenceComponent",
        module_options("sagemaker_inference_component", inference_component_name="name"),
        44,
        otherwise=frozenset({"EndpointName"}),
    ),
    Call(
        "sagemaker",
        "UpdateInferenceComponent",
        module_options("sagemaker_inference_component", inference_component_name="name"),
        47,
    ),
    Call("application-autoscaling", "RegisterScalableTarget", AUTOSCALING, 10, otherwise=TARGET),
    Call(
        "application-autoscaling",
        "PutScalingPolicy",
        {**TARGET_OPTIONS, **AUTOSCALING["scaling_policies"]["options"]},
        75,
        otherwise=TARGET,
    ),
    Call(
        "application-autoscaling",
        "PutScheduledAction",
        {**TARGET_OPTIONS, **AUTOSCALING["scheduled_actions"]["options"]},
        10,
        otherwise=TARGET,
    ),
]

# Calls to a live endpoint.
LIVE_CALLS = [
    Call("sagemaker", "UpdateEndpointWeightsAndCapacities", module_options("sagemaker_endpoint_traffic"), 6),
    *(
        Call(
            "sagemaker-runtime",
            operation,
            module_options("sagemaker_endpoint_invoke"),
            members,
            otherwise=frozenset({"Body"}),
        )
        for operation, members in (
            ("InvokeEndpoint", 13),
            ("InvokeEndpointWithResponseStream", 11),
            ("InvokeEndpointAsync", 11),
        )
    ),
]

FILTERS = [
    Call("sagemaker", "ListModels", module_options("sagemaker_model_info")),
    Call("sagemaker", "ListEndpointConfigs", module_options("sagemaker_endpoint_config_info")),
    Call("sagemaker", "ListEndpoints", module_options("sagemaker_endpoint_info")),
    Call("sagemaker", "ListInferenceComponents", module_options("sagemaker_inference_component_info")),
]


@dataclass(frozen=True)
class Result:
    """A Describe operation and the return values, by module and key, that hold its answer."""

    operation: str
    documented: tuple[tuple[str, str], ...]

    @property
    def shape(self) -> Any:
        return botocore_model("sagemaker").operation_model(self.operation).output_shape


RESULTS = [
    Result("DescribeModel", (("sagemaker_model", "model"), ("sagemaker_model_info", "models"))),
    Result(
        "DescribeEndpointConfig",
        (("sagemaker_endpoint_config", "endpoint_config"), ("sagemaker_endpoint_config_info", "endpoint_configs")),
    ),
    Result("DescribeEndpoint", (("sagemaker_endpoint", "endpoint"), ("sagemaker_endpoint_info", "endpoints"))),
    Result(
        "DescribeInferenceComponent",
        (
            ("sagemaker_inference_component", "inference_component"),
            ("sagemaker_inference_component_info", "inference_components"),
        ),
    ),
]


# Input members, and values of an enumeration, that have no option: {where: why}.
WITHOUT_OPTION = {
    "RoleARN": "AWS always uses its service-linked role for SageMaker",
    "PredictiveScalingPolicyConfiguration": "predictive scaling is for Amazon ECS only",
    "PolicyType=PredictiveScaling": "predictive scaling is for Amazon ECS only",
}


def innermost(shape: Any) -> Any:
    """What a list holds, or the shape itself."""
    return innermost(shape.member) if shape.type_name == "list" else shape


def leaves(shape: Any) -> int:
    """How many scalars, lists of scalars and maps a shape has."""
    inner = innermost(shape)
    return sum(leaves(member) for member in inner.members.values()) if inner.type_name == "structure" else 1


def expected_type(shape: Any) -> dict[str, str]:
    """type and elements of the option for a shape."""
    if shape.type_name == "structure":
        return {"type": "dict"}
    if shape.type_name == "list":
        return {"type": "list", "elements": expected_type(shape.member)["type"]}
    return {"type": TYPES[shape.type_name]}


def problems(
    shape: Any, options: dict[str, Any], path: str = "", *, otherwise: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Where options differ from the members of a structure."""
    for member, of_member in shape.members.items():
        where = f"{path}{member}"
        option = options.get(xform_name(member))
        if where in WITHOUT_OPTION:
            if option is not None:
                yield f"{where}: the option {xform_name(member)} has no effect"
            continue
        if option is None:
            yield f"{where}: there is no option {xform_name(member)}"
            continue
        if member in shape.required_members and member not in otherwise and not option.get("required"):
            yield f"{where}: the service requires it, the option does not"
        if not path and member == "Tags":  # a list of Key and Value in the API of SageMaker
            if option["type"] != "dict" or "options" in option:
                yield f"{where}: tags are a free dictionary"
            continue
        found = {key: option[key] for key in ("type", "elements") if key in option}
        if found != expected_type(of_member):
            yield f"{where}: the service has {expected_type(of_member)}, the option {found}"
            continue
        inner = innermost(of_member)
        values = [value for value in inner.metadata.get("enum", []) if f"{where}={value}" not in WITHOUT_OPTION] or None
        if "choices" in option and set(option["choices"]) != set(values or []):
            yield f"{where}: the service has {values}, the option's choices are {option['choices']}"
        if inner.type_name == "structure":
            members = {xform_name(name) for name in inner.members}
            yield from (
                f"{where}: the service has no {name}" for name in option.get("options", {}) if name not in members
            )
            yield from problems(inner, option.get("options", {}), f"{where}.")
        elif "options" in option:
            yield f"{where}: the keys are the user's, the option names some"


@service_model
@pytest.mark.parametrize("call", [*CALLS, *LIVE_CALLS], ids=lambda call: call.operation)
def test_every_input_member_is_an_option(call: Call) -> None:
    assert list(problems(call.shape, call.options, otherwise=call.otherwise)) == []
    assert leaves(call.shape) >= call.leaves


def test_the_number_of_members_is_known() -> None:
    assert sum(call.leaves for call in CALLS) == 402


@service_model
@pytest.mark.parametrize("call", FILTERS, ids=lambda call: call.operation)
def test_every_filter_of_a_list_is_an_option(call: Call) -> None:
    paging = {"next_token": text(), "max_results": integer()}  # all pages are read
    assert list(problems(call.shape, {**call.options, **paging})) == []


@service_model
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda spec: spec["vpc_config"]["options"].pop("subnets"), "VpcConfig.Subnets: there is no option subnets"),
        (
            lambda spec: spec["vpc_config"]["options"]["subnets"].update(elements="int"),
            "VpcConfig.Subnets: the service has {'type': 'list', 'elements': 'str'}",
        ),
        (
            lambda spec: spec["vpc_config"]["options"]["subnets"].update(required=False),
            "VpcConfig.Subnets: the service requires it",
        ),
        (lambda spec: spec["vpc_config"]["options"].update(subnet={}), "VpcConfig: the service has no subnet"),
        (
            lambda spec: spec["inference_execution_config"]["options"]["mode"]["choices"].remove("Direct"),
            "InferenceExecutionConfig.Mode: the service has ['Serial', 'Direct']",
        ),
        (
            lambda spec: spec["execution_role_arn"].update(choices=["arn:aws:iam::111122223333:role/only-this"]),
            "ExecutionRoleArn: the service has None",
        ),
        (
            lambda spec: spec["primary_container"]["options"]["environment"].update(options={"A": {}}),
            "PrimaryContainer.Environment: the keys are the user's",
        ),
        (lambda spec: spec["tags"].update(type="list"), "Tags: tags are a free dictionary"),
    ],
)
def test_a_difference_is_found_and_named(change: Any, message: str) -> None:
    call = CALLS[0]
    options = copy.deepcopy(call.options)
    assert list(problems(call.shape, options, otherwise=call.otherwise)) == []
    change(options)
    found = list(problems(call.shape, options, otherwise=call.otherwise))
    assert found and found[0].startswith(message)


def documents(module: str) -> dict[str, Any]:
    """DOCUMENTATION, EXAMPLES and RETURN of a module, read without importing it."""
    tree = ast.parse((MODULES / f"{module}.py").read_text())
    return {
        node.targets[0].id: yaml.safe_load(node.value.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }


def documented_options(module: str) -> dict[str, Any]:
    """The options that a module documents, by itself or through our fragments and the tags fragment of amazon.aws."""
    document = documents(module)["DOCUMENTATION"]
    options: dict[str, Any] = {}
    for name in document["extends_documentation_fragment"]:
        if name == "amazon.aws.tags" or name.startswith("mlops.sagemaker."):
            options.update(fragment_options(name))
    return {**options, **(document.get("options") or {})}


def fragment_options(name: str) -> dict[str, Any]:
    """The options of a documentation fragment, named namespace.collection.fragment or with the part of it that is meant."""
    namespace, collection, fragment, *part = name.split(".")
    code = importlib.import_module(f"ansible_collections.{namespace}.{collection}.plugins.doc_fragments.{fragment}")
    return yaml.safe_load(getattr(code.ModuleDocFragment, (part or ["documentation"])[0].upper()))["options"]


def facts(options: dict[str, Any], inside: str) -> dict[str, Any]:
    """What a machine reads of options. inside: the key of nested ones, options in a spec and suboptions in documentation."""
    return {
        name: {
            "type": option["type"],
            "elements": option.get("elements"),
            "required": bool(option.get("required")),
            "default": option.get("default"),
            "choices": option.get("choices"),
            "aliases": option.get("aliases", []),
            "options": facts(option[inside], inside) if inside in option else None,
        }
        for name, option in options.items()
    }


@pytest.mark.parametrize("module", SPECS)
def test_the_documentation_is_the_argument_spec(module: str) -> None:
    assert facts(documented_options(module), "suboptions") == facts(SPECS[module]["argument_spec"], "options")


@pytest.mark.parametrize("module", SPECS)
def test_the_examples_are_valid_options(module: str) -> None:
    uses = [
        task[f"mlops.sagemaker.{module}"]
        for task in documents(module)["EXAMPLES"]
        if f"mlops.sagemaker.{module}" in task
    ]
    assert uses
    for options in uses:
        # What a template makes a dictionary of is not worked out here.
        given = {
            name: {} if spec_of(module, name)["type"] == "dict" and str(value).startswith("{{") else value
            for name, value in (options or {}).items()
        }
        assert ArgumentSpecValidator(**SPECS[module]).validate(given).error_messages == []


def spec_of(module: str, name: str) -> dict[str, Any]:
    return SPECS[module]["argument_spec"].get(name, {"type": "str"})


@service_model
@pytest.mark.parametrize("call", RESULTS, ids=lambda call: call.operation)
def test_every_member_of_a_result_is_documented(call: Result) -> None:
    members = {xform_name(member) for member in call.shape.members}
    for module, key in call.documented:
        assert set(documents(module)["RETURN"][key]["contains"]) == members | {"tags"}, module


# An invocation changes nothing that the module could say.
CHANGING = [module for module in SPECS if not module.endswith(("_info", "_invoke"))]


@pytest.mark.parametrize("module", CHANGING)
def test_what_a_module_has_done_is_documented(module: str) -> None:
    expected = {"msg", "plan"} if module == "sagemaker_endpoint_releases" else {"msg", "plan", "tags"}
    assert expected <= set(documents(module)["RETURN"])


def test_filters_are_what_a_list_call_knows() -> None:
    given = {"name": None, "name_contains": "x", "max_results": 1, "tags": {}, "wait": True, "wait_timeout": 1}
    assert words.filters(given) == {"name_contains": "x"}


SERVERLESS = {"memory_size_in_mb": 2048, "max_concurrency": 5}
EXPLAINER = {
    "clarify_explainer_config": {
        "inference_config": {"max_payload_in_mb": 5},
        "shap_config": {"shap_baseline_config": {"shap_baseline": "1,2"}},
    }
}
ARTIFACT = {"s3_uri": "s3://b/m.tar.gz", "s3_data_type": "S3Object", "compression_type": "Gzip", "e_tag": "0a1b"}


def renamed(value: Any, names: dict[str, str]) -> Any:
    """A copy with other keys at every depth."""
    if isinstance(value, dict):
        return {names.get(key, key): renamed(item, names) for key, item in value.items()}
    return [renamed(item, names) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("module", "names", "given"),
    [
        (
            "sagemaker_endpoint_config",
            {"memory_size_in_mb": "memory_size_in_m_b", "max_payload_in_mb": "max_payload_in_m_b"},
            {
                "name_prefix": "c",
                "production_variants": [{"variant_name": "v", "model_name": "m", "serverless_config": SERVERLESS}],
                "explainer_config": EXPLAINER,
            },
        ),
        (
            "sagemaker_model",
            {"e_tag": "etag"},
            {
                "name_prefix": "m",
                "containers": [{"image": "i", "model_data_source": {"s3_data_source": ARTIFACT}}],
            },
        ),
    ],
)
def test_another_spelling_of_an_option_is_the_same_content(module, names, given):
    spec = SPECS[module]
    spelt = renamed(given, names)
    assert spelt != given
    parsed = []
    for options in (given, spelt):
        result = ArgumentSpecValidator(**spec).validate(options)
        assert result.error_messages == []
        parsed.append(words.by_name(result.validated_parameters, spec["argument_spec"]))
    # Of equal content follow an equal request and an equal hash.
    assert parsed[0] == parsed[1]
