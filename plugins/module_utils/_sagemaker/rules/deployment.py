# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of all parts of a deploy, individually and against each other. Pure."""

from __future__ import annotations

from typing import Any
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Sequence

from ..core.problems import Problem
from ..core.problems import within
from ..core.types import Options
from . import deployment_policy as deployment_policy_rules
from . import endpoint_config as endpoint_config_rules
from . import inference_component as component_rules
from . import model as model_rules
from . import scaling as scaling_rules
from . import variants

# The indexes of models that do not exist yet, by the variant that runs them.
ModelsByVariant = Mapping[str, int]


def problems(
    models: Sequence[Options],
    config: Options,
    model_of: ModelsByVariant,
    policy: Mapping[str, Any],
    components: Sequence[Options],
    targets: Sequence[Options],
) -> List[Problem]:
    """Return the problems that AWS would refuse in these options, in the paths C(models[0]), C(endpoint_config),
    C(inference_components[0]), C(autoscaling[0]) and C(deployment_config).

    config: an endpoint configuration whose variants name their models, even those that do not exist yet; model_of: the
    index in models of those; policy: the deployment_config, empty for none; targets: options of sagemaker_autoscaling
    with C(resource_id) and C(scalable_dimension).
    """
    found: List[Problem] = []
    for index, model in enumerate(models):
        found += within(f"models[{index}]", model_rules.problems(model))
    found += within("endpoint_config", endpoint_config_rules.problems(config))
    for variant in variants.of(config):
        index = model_of.get(variant["variant_name"])
        if index is not None:
            found += within(f"models[{index}]", _unfit(config, variant, models[index]))
    found += deployment_policy_rules.policy_rules(policy)
    for index, component in enumerate(components):
        found += within(f"inference_components[{index}]", component_rules.problems(component))
    for index, target in enumerate(targets):
        found += within(f"autoscaling[{index}]", scaling_rules.target_rules(config, target))
    return found


def _unfit(config: Options, variant: Options, model: Options) -> Iterator[Problem]:
    for option, what in endpoint_config_rules.unfit_models(config, variant, model):
        yield Problem(what.path, f"{option} excludes {what.text}.")
