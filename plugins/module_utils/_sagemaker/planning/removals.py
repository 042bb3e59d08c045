# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removals in a plan: alarms, scalable targets and inference components, before a rollout, after it, or with the
endpoint."""

from __future__ import annotations

from functools import partial
from typing import Any
from typing import List
from typing import Mapping

from ..argspec import autoscaling as autoscaling_options
from ..argspec import inference_component as inference_component_options
from ..argspec.options import with_defaults
from ..deploy import steps
from ..deploy import tasks
from ..resources import alarms
from ..resources import scalable_targets
from ..rollout import component as component_rollout
from .recorder import Recorder


def take(
    recorder: Recorder,
    inputs: Mapping[str, Any],
    current: Mapping[str, Any],
    removed: Mapping[str, Any],
    deleted: List[str],
    group: str,
) -> None:
    """Plan removals: alarms first, then targets, then the components that they scale.

    removed: {"alarms", "targets", "components"}; deleted: the names of all components that this run deletes; group: the
    group of the plan for the components.
    """
    aws = recorder.aws
    existing = alarms.by_name(aws, removed["alarms"])
    for name in removed["alarms"]:
        if name in existing:
            recorder.add(steps.REMOVE_ALARMS, steps.AUTOSCALING, steps.alarm_removal(name), name)
    for target in removed["targets"]:
        options = with_defaults(tasks.removed_target(target), autoscaling_options.AUTOSCALING)
        predict = partial(scalable_targets.ensure, aws, options, True)
        index = current["serving"]["scalable_targets"].index(target)
        recorder.take(steps.REMOVE_TARGETS, steps.AUTOSCALING, predict, index=index)
    for name in removed["components"]:
        given = tasks.removed_component(inputs, name, deleted)
        options = with_defaults(given, inference_component_options.INFERENCE_COMPONENT)
        recorder.take(steps.REMOVE_COMPONENTS, group, partial(component_rollout.ensure, aws, options, True))
