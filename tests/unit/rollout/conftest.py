# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the rollouts share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout.endpoint_plan.desired_endpoint import (
    DesiredEndpoint,
)

Desire = Callable[..., DesiredEndpoint]


@pytest.fixture
def desire(aws: Any) -> Desire:
    """Returns what is desired of the endpoint e: the configuration c2, and more options."""
    defaults = {"purge_tags": True, "preserve_autoscaling": True, "replace_failed": True, "wait": True}

    def make(**options: Any) -> DesiredEndpoint:
        return DesiredEndpoint(aws, {"name": "e", "endpoint_config_name": "c2", **defaults, **options})

    return make
