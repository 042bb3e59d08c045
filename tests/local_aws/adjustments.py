# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a step scaling policy. behaviour 6.20"""

from __future__ import annotations

import math
from typing import Any

EVERYTHING = (-math.inf, math.inf)


def interval(step: dict[str, Any]) -> tuple[float, float]:
    """The bounds of a step, as differences between the metric's value and the alarm's threshold."""
    return step.get("MetricIntervalLowerBound", -math.inf), step.get("MetricIntervalUpperBound", math.inf)
