# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of an endpoint: its releases, its live configuration, and its differences from the desired one."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import Mapping

from ..api.client import AwsClients
from ..core import errors
from ..core.problems import Problem
from ..release import current
from ..rules import variants as variant_rules
from . import request_problems


def info(aws: AwsClients, params: Mapping[str, Any]) -> Dict[str, Any]:
    """Return the result of current.look. Raises InputError with all problems of the models and the endpoint_config in
    params."""
    errors.raise_if_any([*_unused_models(params), *request_problems.problems(aws, params)])
    found = current.look(aws, params)
    errors.raise_if_any(current.spelling_problems(found.endpoint, params["endpoint_name"]))
    return found.values


def _unused_models(params: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems of models that cannot be compared, because they name no variant of the configuration."""
    config = params.get("endpoint_config") or {}
    names = [one.get("variant_name") for option in variant_rules.LISTS for one in config.get(option) or []]
    for index, model in enumerate(params.get("models") or []):
        unknown = [name for name in model.get("variants") or [None] if name not in names]
        if unknown:
            shown = ", ".join(map(str, names)) or "it has none"
            yield Problem(
                f"models[{index}].variants",
                f"must name variants of endpoint_config ({shown}), got {model.get('variants')}.",
            )
