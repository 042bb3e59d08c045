# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check a smoke test before the rollout, which its failure would roll back."""

from __future__ import annotations

import os
from typing import Any
from typing import Iterator
from typing import List
from typing import Mapping

from ..api.client import AwsClients
from ..argspec import invocation as invocation_options
from ..argspec.options import with_defaults
from ..core.ownership import OWNER_TAG
from ..core.problems import Problem
from ..invoke.request import ASYNCHRONOUS
from ..invoke.request import InvocationRequest
from ..resources import inference_components
from ..rules import common as common_rules
from ..rules import variants


def problems(aws: AwsClients, params: Mapping[str, Any], lenient: bool) -> List[Problem]:
    """Return the problems of the smoke_test in params with the endpoint_config and inference_components in it.

    lenient: its file may be missing. The paths are options of sagemaker_endpoint_invoke.
    """
    given = {**params["smoke_test"], "endpoint_name": params["endpoint_name"]}
    test = with_defaults(given, invocation_options.INVOKE)
    if test["src"] is not None:
        # As Ansible expands a path.
        test["src"] = os.path.expanduser(os.path.expandvars(test["src"]))
    request = InvocationRequest(aws, test, lenient)
    return [*common_rules.problems(test), *request.problems, *_unfit(aws, params, test, request.operation)]


def _unfit(aws: AwsClients, params: Mapping[str, Any], test: Mapping[str, Any], operation: str) -> Iterator[Problem]:
    """Yield problems with the future endpoint."""
    config = params.get("endpoint_config") or {}
    hosts, listed = bool(params.get("inference_components")), config.get("production_variants") or []
    kinds = [variants.kind_of(config, one, has_model=not hosts) for one in listed]
    answers_later = any(kind.asynchronous for kind in kinds)
    if test["openai_path"] is not None and not all(kind.openai_route for kind in kinds):
        yield Problem(
            "openai_path",
            "SageMaker offers the OpenAI-compatible route for real-time endpoints on instances only. Leave it out.",
        )
        return
    if operation == ASYNCHRONOUS and not answers_later:
        option = "input_location" if test["input_location"] is not None else "asynchronous"
        yield Problem(
            option, "the endpoint has no async_inference_config and answers in real time. Give only body or src."
        )
    if operation != ASYNCHRONOUS and answers_later:
        option = "stream" if test["stream"] else "asynchronous"
        yield Problem(
            option,
            "the endpoint has an async_inference_config and writes answers only to S3. Give input_location, or body or src "
            "with asynchronous: true.",
        )
    names = [variant["variant_name"] for variant in listed]
    if test["target_variant"] not in (None, *names):
        yield Problem(
            "target_variant",
            f"must be one of the production variants {', '.join(names)}; got {test['target_variant']}.",
        )
    if not any(variant.get("model_name") for variant in listed):
        yield from _wrong_container(params, test)
    yield from _wrong_component(aws, params, test["inference_component_name"])


def _wrong_container(params: Mapping[str, Any], test: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield problems of targets inside the models, if all models are known."""
    containers = [
        container
        for model in params.get("models") or []
        if model.get("variants")
        for container in model.get("containers") or [model["primary_container"]]
    ]
    if not containers:
        return
    hostname = test["target_container_hostname"]
    hostnames = [container["container_hostname"] for container in containers if "container_hostname" in container]
    if hostname is not None and hostname not in hostnames:
        yield Problem(
            "target_container_hostname",
            "must be the container_hostname of a container ("
            f"{', '.join(hostnames) or 'none is set'}); got {hostname}.",
        )
    if test["target_model"] is not None and not any(one.get("mode") == "MultiModel" for one in containers):
        yield Problem(
            "target_model", "no container has the mode MultiModel, so no model can be selected. Leave it out."
        )


def _wrong_component(aws: AwsClients, params: Mapping[str, Any], name: Any) -> Iterator[Problem]:
    listed = [component["name"] for component in params.get("inference_components") or []]
    if name is None and listed:
        yield Problem(
            "inference_component_name", f"the endpoint hosts inference components, so name one: {', '.join(listed)}."
        )
    elif name is not None and not listed:
        yield Problem("inference_component_name", "the endpoint hosts no inference components. Leave it out.")
    elif name not in (None, *listed) and not _is_somebody_elses(aws, name, params["endpoint_name"]):
        yield Problem(
            "inference_component_name", f"must be one of the inference components {', '.join(listed)}; got {name}."
        )


def _is_somebody_elses(aws: AwsClients, name: str, endpoint_name: str) -> bool:
    """Return whether a component is on the endpoint and stays, because somebody else created it."""
    found = inference_components.describe(aws, name)
    if found is None or found["EndpointName"] != endpoint_name:
        return False
    return inference_components.read_tags(aws, found).get(OWNER_TAG) != endpoint_name
