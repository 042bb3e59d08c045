# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The desired state of an endpoint: the validated options of sagemaker_endpoint."""

from __future__ import annotations

from typing import Any
from typing import List
from typing import Mapping
from typing import Optional

from ...api.client import AwsClients
from ...core import errors
from ...core import secrets
from ...core.errors import InputError
from ...core.problems import Problem
from ...core.types import Api
from ...resources import variants
from ...rules import deployment_policy as deployment_policy_rules
from ...rules import tags as tag_rules
from ...schema import shapes


class DesiredEndpoint:
    """config: the content of the new configuration, if the caller knows it."""

    def __init__(self, aws: AwsClients, params: Mapping[str, Any]) -> None:
        members = (
            "endpoint_config_name",
            "deployment_config",
            "retain_all_variant_properties",
            "exclude_retained_variant_properties",
            "retain_deployment_config",
        )
        options = {"endpoint_name": params["name"], **{option: params.get(option) for option in members}}
        wrong = errors.Problems()
        with wrong.collected():
            self.request = aws.sagemaker.request(
                "UpdateEndpoint",
                options,
                lambda request: deployment_policy_rules.policy_rules(request.get("deployment_config")),
            )
        with wrong.collected():
            self.tags = tag_rules.parse(params.get("tags"))
        errors.raise_if_any(wrong)
        self.name: str = self.request["EndpointName"]
        self.config_name: str = self.request["EndpointConfigName"]
        self.deployment_config: Optional[Api] = self.request.get("DeploymentConfig")
        self.purge_tags: bool = params["purge_tags"]
        self.scaled_variants: List[str] = params.get("scaled_variants") or []
        self.unscaled_variants: List[str] = params.get("unscaled_variants") or []
        self.preserve_autoscaling: bool = params["preserve_autoscaling"]
        self.replace_failed: bool = params["replace_failed"]
        self.wait: bool = params["wait"]
        self.timeout: Optional[int] = params.get("wait_timeout")
        self.secret_keys = secrets.listed_keys(params.get(secrets.OPTION))
        self.config = self._given_config(aws, params.get("endpoint_config"))

    def _given_config(self, aws: AwsClients, config: Optional[Mapping[str, Any]]) -> Optional[Api]:
        if not config:
            return None
        shape = aws.sagemaker.output_shape("DescribeEndpointConfig")
        known = shapes.members_by_option(shape)
        content = shapes.to_api(
            shape, {option: value for option, value in config.items() if option in known}, "endpoint_config"
        )
        if content.get("EndpointConfigName") != self.config_name:
            raise InputError(
                Problem(
                    "endpoint_config",
                    f"it describes {content.get('EndpointConfigName')}, but endpoint_config_name is "
                    f"{self.config_name}. Give the result of sagemaker_endpoint_config for that name.",
                )
            )
        names = [variant["VariantName"] for variant in variants.of(content)]
        listed = (("scaled_variants", self.scaled_variants), ("unscaled_variants", self.unscaled_variants))
        unknown = {option: [name for name in given if name not in names] for option, given in listed}
        errors.raise_if_any(
            Problem(option, f"{self.config_name} has no variant {', '.join(missing)}; it has {', '.join(names)}.")
            for option, missing in unknown.items()
            if missing
        )
        return content
