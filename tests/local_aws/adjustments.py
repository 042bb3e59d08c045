# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a step scaling policy: which one holds, and the capacity that it leads to. behaviour 6.20, 6.22"""

from __future__ import annotations

import math
import statistics
from typing import Any

EVERYTHING = (-math.inf, math.inf)


def interval(step: dict[str, Any]) -> tuple[float, float]:
    """The bounds of a step, as differences between the metric's value and the alarm's threshold."""
    return step.get("MetricIntervalLowerBound", -math.inf), step.get("MetricIntervalUpperBound", math.inf)


def adjusted(configuration: dict[str, Any], capacity: int, difference: float, above: bool) -> int | None:
    """The capacity that a policy asks for, whatever the target's limits; None where no step holds.

    ``difference``: the metric's value less the threshold. ``above``: whether a value at the threshold counts as above it.
    """
    for step in configuration["StepAdjustments"]:
        lower, upper = interval(step)
        if difference > 0 or (difference == 0 and above):
            holds = lower <= difference < upper
        else:
            holds = lower < difference <= upper
        if holds:
            return _change(configuration, capacity, step["ScalingAdjustment"])
    return None


def _change(configuration: dict[str, Any], capacity: int, amount: int) -> int:
    kind = configuration["AdjustmentType"]
    if kind == "ExactCapacity":
        return amount
    if kind == "ChangeInCapacity":
        return capacity + amount
    # A part of one counts as one, every other fraction is dropped.
    hundredths = abs(capacity * amount)
    size = max(hundredths // 100, min(hundredths, 1), configuration.get("MinAdjustmentMagnitude", 0))
    return capacity + (size if amount > 0 else -size)


def aggregated(configuration: dict[str, Any], values: list[float]) -> float:
    """The one value that stands for those of all periods that the alarm looked at."""
    kind = configuration.get("MetricAggregationType", "Average")
    return {"Minimum": min, "Maximum": max, "Average": statistics.fmean}[kind](values)
