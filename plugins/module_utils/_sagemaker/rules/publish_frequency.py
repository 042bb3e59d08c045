# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of the publish frequency of metrics. Pure."""

from __future__ import annotations

from typing import Iterator

from ..core.problems import Problem
from ..core.types import Options

# In seconds. The service model lists them only in its documentation.
FREQUENCIES = (10, 30, 60, 120, 180, 240, 300)


def problems(path: str, config: Options) -> Iterator[Problem]:
    """Yield the problems of a structure with a MetricPublishFrequencyInSeconds. path: the path of the structure."""
    frequency = config.get("metric_publish_frequency_in_seconds", FREQUENCIES[0])
    if frequency not in FREQUENCIES:
        known = ", ".join(str(seconds) for seconds in FREQUENCIES)
        yield Problem(f"{path}.metric_publish_frequency_in_seconds", f"must be one of {known}; got {frequency}.")


def of_container(path: str, container: Options) -> Iterator[Problem]:
    """Yield the problems of the ContainerMetricsConfig of a container. path: the path of the container."""
    places = container.get("container_metrics_config", {}).get("metrics_endpoints", [])
    for index, place in enumerate(places):
        yield from problems(f"{path}.container_metrics_config.metrics_endpoints[{index}]", place)
