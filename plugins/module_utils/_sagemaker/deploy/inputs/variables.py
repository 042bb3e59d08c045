# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role sagemaker_endpoint: their types, defaults, limits and names in Terraform. Pure.

They have the names and structures of the Terraform module aws-ia/sagemaker-endpoint, and all other members of the API's
container, variant and inference component.
"""

from __future__ import annotations

import difflib
from typing import Any
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Tuple

from ...argspec import autoscaling as autoscaling_options
from ...argspec import deployment_policy as deployment_policy_options
from ...argspec import endpoint_config as endpoint_config_options
from ...argspec import inference_component as inference_component_options
from ...argspec import invocation as invocation_options
from ...argspec import model as model_options
from ...argspec.options import Option
from ...argspec.options import Options
from ...argspec.options import choice
from ...argspec.options import flag
from ...argspec.options import integer
from ...argspec.options import mapping
from ...argspec.options import number
from ...argspec.options import structure
from ...argspec.options import structures
from ...argspec.options import text
from ...argspec.options import texts
from ...core import variable_paths
from ...core.problems import Problem
from ...schema import limits
from ...schema.limits import Limits
from ...schema.limits import Pattern
from ...schema.limits import Patterns
from . import generic_names
from .validator import Checker

# Number of our tags on an endpoint: the owner, the history of releases, the mark of a traffic shift, and the record of its autoscaling.
OWN_TAGS = 4

# The default variant of the Terraform module.
DEFAULT_VARIANT = {
    "initial_instance_count": 1,
    "instance_type": "ml.t2.medium",
    "model_data_download_timeout_in_seconds": 900,
    "variant_name": "AllTraffic",
    "volume_size_in_gb": 30,
}
_API_DATA_SOURCE: Options = {
    # Terraform's is_compressed and accept_eula replace the required members of the API.
    name: {**option, "required": False}
    for name, option in model_options.S3_DATA_SOURCE.items()
    if name not in ("compression_type", "model_access_config")
}

CONTAINER: Options = {
    **model_options.CONTAINER,
    "image_uri": text(),
    "model_data_source": structure(
        {
            **_API_DATA_SOURCE,
            "is_compressed": flag(),
            "accept_eula": flag(),
            "s3_data_source": structure(model_options.S3_DATA_SOURCE),
        }
    ),
}

AUTOSCALING: Option = structure(
    {
        "min_capacity": integer(),
        "max_capacity": integer(required=True),
        "target_value": number(),
        "scale_in_cooldown": integer(),
        "scale_out_cooldown": integer(),
        "scale_to_zero": flag(),
        "predefined_metric_type": text(),
        "customized_metric_specification": autoscaling_options.CUSTOMIZED_METRIC,
        "scaling_policies": autoscaling_options.SCALING_POLICIES,
        "scheduled_actions": autoscaling_options.SCHEDULED_ACTIONS,
    },
    mutually_exclusive=[("predefined_metric_type", "customized_metric_specification")],
    required_one_of=[("target_value", "scaling_policies", "scheduled_actions")],
    required_by={
        "predefined_metric_type": "target_value",
        "customized_metric_specification": "target_value",
        "scale_in_cooldown": "target_value",
        "scale_out_cooldown": "target_value",
    },
)

CONTAINERS: Option = structures(CONTAINER)

VARIANT: Options = {
    **{name: {**option, "required": False} for name, option in endpoint_config_options.VARIANT.items()},
    "containers": CONTAINERS,
    "autoscaling_config": AUTOSCALING,
}

_COMPONENT_MODULE = inference_component_options.INFERENCE_COMPONENT["argument_spec"]

COMPONENT: Options = {
    "name": text(required=True),
    **{
        name: _COMPONENT_MODULE[name]
        for name in ("variant_name", "specification", "specifications", "runtime_config", "deployment_config")
    },
    "containers": CONTAINERS,
    "autoscaling_config": AUTOSCALING,
}

# The invocation after a rollout. The role sets the endpoint and the keys of secrets.
SMOKE_TEST: Option = structure(
    {
        name: option
        for name, option in invocation_options.INVOKE["argument_spec"].items()
        if name not in ("endpoint_name", "secret_environment")
    },
    mutually_exclusive=invocation_options.INVOKE["mutually_exclusive"],
    required_one_of=invocation_options.INVOKE["required_one_of"],
)

_CONFIG = endpoint_config_options.ENDPOINT_CONFIG["argument_spec"]

# The role's variables without their prefix. A default holds for a variable that is not set or empty, such as the answer to a survey.
VARIABLES: Options = {
    "state": choice("present", "absent", "stopped", "started", default="present"),
    "name": text(default="SGendpoint"),
    "name_prefix": text(default="SGTFendpoint"),
    "sg_role_arn": text(),
    "tags": mapping(default={}),
    "enable_network_isolation": flag(default=False),
    "containers": {**CONTAINERS, "default": []},
    "production_variant": structure(VARIANT),
    "kms_key_arn": text(),
    "autoscaling_config": AUTOSCALING,
    "production_variants": structures(VARIANT),
    "shadow_production_variants": structures(VARIANT),
    "inference_components": structures(COMPONENT),
    "vpc_config": model_options.VPC_CONFIG,
    "inference_execution_config": model_options.MODEL["argument_spec"]["inference_execution_config"],
    "async_inference_config": _CONFIG["async_inference_config"],
    "data_capture_config": _CONFIG["data_capture_config"],
    "explainer_config": _CONFIG["explainer_config"],
    "metrics_config": _CONFIG["metrics_config"],
    "deployment_config": deployment_policy_options.DEPLOYMENT_CONFIG,
    "execution_role_policy": choice("least_privilege", "full_access", "none", default="least_privilege"),
    "permissions_boundary_arn": text(),
    "purge_tags": flag(default=True),
    "keep_releases": integer(default=1),
    "release_marker": text(),
    "smoke_test": SMOKE_TEST,
    "release": text(),
    "secret_environment": texts(default=[]),
    "max_hourly_cost": number(),
    "price_file": text(),
    "preflight": flag(default=False),
    "wait": flag(default=True),
    "wait_timeout": integer(),
    # Read by the front end of the modules, which tells of waits.
    "progress": flag(default=True),
}

# Variables that matter for other states than present, which invalid containers must not prevent. Only the playbook sets
# the state rollback.
ROLLBACK = "rollback"
_POWER = ("state", "name", "name_prefix", "secret_environment", "wait", "wait_timeout", "progress")
NEEDED = {
    "absent": ("state", "name", "name_prefix", "sg_role_arn", "secret_environment", "wait", "wait_timeout", "progress"),
    "stopped": _POWER,
    "started": (*_POWER, "max_hourly_cost", "price_file"),
    ROLLBACK: ("name", "release", "deployment_config", "secret_environment", "wait", "wait_timeout", "progress"),
}

# The inputs of the Terraform module and their names in the role.
TERRAFORM_INPUTS = {
    "name_prefix": "name_prefix",
    "sg_role_arn": "sg_role_arn",
    "endpoint_name": "name",
    "tags": "tags",
    "enable_network_isolation": "enable_network_isolation",
    "containers": "containers",
    "production_variant": "production_variant",
    "kms_key_arn": "kms_key_arn",
    "autoscaling_config": "autoscaling_config",
}

# Additional patterns of the role's own variables, by their full path.
_OWN_PATTERNS: Patterns = {
    f"{variable_paths.PREFIX}name": limits.NAME,
    f"{variable_paths.PREFIX}release": limits.NAME,
    f"{variable_paths.PREFIX}inference_components.name": limits.NAME,
    # 16 characters remain for -config- and the hash.
    f"{variable_paths.PREFIX}name_prefix": Pattern(
        r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", 47, "1 to 47 letters, digits and hyphens, no hyphen first or last"
    ),
    f"{variable_paths.PREFIX}sg_role_arn": Pattern(
        r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+",
        2048,
        "the ARN of an IAM role (arn:aws:iam::<account>:role/<name>)",
    ),
    f"{variable_paths.PREFIX}permissions_boundary_arn": Pattern(
        r"none|arn:aws[a-z-]*:iam::(\d{12}|aws):policy/[\w+=,.@/-]+",
        2048,
        "the ARN of an IAM policy (arn:aws:iam::<account>:policy/<name>), or none",
    ),
    f"{variable_paths.PREFIX}kms_key_arn": limits.PATTERNS["kms_key_id"],
    "image_uri": limits.PATTERNS["image"],
}
_OWN_LIMITS: Limits = {
    f"{variable_paths.PREFIX}keep_releases": (0, None),
    f"{variable_paths.PREFIX}max_hourly_cost": (0, None),
    f"{variable_paths.PREFIX}wait_timeout": (1, None),
}


class Given:
    """The validated variables. given: without defaults; input: with defaults; partial: whether only some variables
    count; wrong_values: whether invalid ones are missing; shown_name: the endpoint's, empty if it could not be read."""

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self.check = Checker({**limits.LIMITS, **_OWN_LIMITS}, {**limits.PATTERNS, **_OWN_PATTERNS})
        self.check.problems.extend(variables.get("unknown") or ())
        # From a lookup, which returns plain text.
        self.check.problems.extend(Problem("", text) for text in (variables.get("tfvars") or {}).get("problems", ()))
        # Any of these may be about the name.
        unread = bool(self.check.problems)
        state = str(variables.get("state")).strip()
        self.partial = state in NEEDED
        self.given = {
            name: self.check.value(variables.get(name), option, variable_paths.PREFIX + name)
            for name, option in VARIABLES.items()
            if state not in NEEDED or name in NEEDED[state]
        }
        self.input = {
            name: VARIABLES[name].get("default") if value is None else value for name, value in self.given.items()
        }
        self.input.setdefault("state", state)
        self.wrong_values = bool(self.check.problems)
        unread = unread or any(problem.path == f"{variable_paths.PREFIX}name" for problem in self.check.problems)
        # For messages, which must not speak of the endpoint with the default name if the one that is meant is not known.
        self.shown_name: str = self.given["name"] or ("" if unread else self.input["name"])

    @property
    def problems(self) -> List[Problem]:
        return self.check.problems

    def problem(self, path: str, message: str) -> None:
        """Add a problem. path: the path of the variable, without the role's prefix."""
        self.check.problem(variable_paths.PREFIX + path, message)


# The fact with the role's outputs.
OUTPUTS = f"{variable_paths.PREFIX}outputs"
FINDINGS = f"{variable_paths.PREFIX}preflight_findings"
HIDDEN_OUTPUTS = (
    f"{OUTPUTS}: a variable of this name is given, such as the outputs of an earlier job. As an extra variable it wins over the fact, "
    "so later tasks read it instead of the outputs of this run. Use another name for it."
)


def unknown_variables(names: Iterable[str], playbook: Iterable[str]) -> Tuple[List[Problem], List[str]]:
    """Return problems and warnings about unknown variables.

    names: all existing variables; playbook: those that the playbook reads. A variable with the role's prefix that
    resembles one of the role's is a problem. Others only cause a warning, because they may have another purpose.
    Without the prefix, only a variable that is nearly equal to one that is not set is a problem.
    """
    names, playbook = set(names), set(playbook)
    # Compare names without the prefix, because with it all are similar. Names of Terraform count too.
    meant = {**TERRAFORM_INPUTS, **{name: name for name in VARIABLES}}
    problems, warnings = [], []
    for name in sorted(names - {OUTPUTS, FINDINGS, *(variable_paths.PREFIX + known for known in VARIABLES)}):
        if name.startswith(variable_paths.PREFIX):
            close = difflib.get_close_matches(name.removeprefix(variable_paths.PREFIX).lower(), meant, n=1, cutoff=0.75)
            if close:
                problems.append(_mistaken(name, variable_paths.PREFIX + meant[close[0]]))
            else:
                warnings.append(f"{name}: the role sagemaker_endpoint has no such variable, so it has no effect on it.")
        else:
            # A plural such as aws_regions is usually an unrelated list.
            missing = [
                known
                for known in playbook - names - set(generic_names.GENERIC)
                if name not in (f"{known}s", f"{known}_list")
            ]
            close = difflib.get_close_matches(name.lower(), missing, n=1, cutoff=0.9)
            problems += [_mistaken(name, close[0])] if close else []
    problems += generic_names.problems(names, playbook)
    return problems, warnings


def _mistaken(name: str, meant: str) -> Problem:
    return Problem(name, f"is not known (did you mean {meant}?). Correct the name, or remove the variable.")
