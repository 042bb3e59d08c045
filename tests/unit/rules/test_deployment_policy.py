# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deployment policies: the service's rules, and how long an update under them may take."""

from __future__ import annotations

from typing import Any
from typing import Callable

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rules import (
    deployment_policy as deployment_policy_rules,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.schema import shapes

BLUE_GREEN = "deployment_config.blue_green_update_policy"
ROUTING = f"{BLUE_GREEN}.traffic_routing_configuration"
ROLLING = "deployment_config.rolling_update_policy"


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def instances(value: int) -> dict[str, Any]:
    return {"Type": "INSTANCE_COUNT", "Value": value}


def blue_green(kind: str = "ALL_AT_ONCE", wait: int = 0, policy: Any = None, **routing: Any) -> dict[str, Any]:
    """routing, policy: more members of the traffic routing and of the policy."""
    routing = {"Type": kind, "WaitIntervalInSeconds": wait, **routing}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, **(policy or {})}}


def rolling(size: dict[str, Any], wait: int = 0, **policy: Any) -> dict[str, Any]:
    return {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": wait, **policy}}


@pytest.fixture
def options(input_shape: Any) -> Callable[[Any], Any]:
    """A deployment policy as options."""
    shape = input_shape("UpdateEndpoint").members["DeploymentConfig"]
    return lambda policy: policy and shapes.from_api(shape, policy)


@pytest.fixture
def updating(options: Any, input_shape: Any) -> Callable[..., list[str]]:
    """What is refused of an update between two configurations."""
    shape = input_shape("CreateEndpointConfig")

    def refused(policy: Any, *configs: dict[str, Any]) -> list[str]:
        sides = [shapes.from_api(shape, config) for config in configs]
        return list(map(str, deployment_policy_rules.update_rules(options(policy), *sides)))

    return refused


@pytest.mark.parametrize(
    "config",
    [
        None,
        {},
        {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}},
        blue_green(),
        blue_green("CANARY", CanarySize=percent(1)),
        blue_green("CANARY", CanarySize=percent(50)),
        # How large the fleet is, and so how many instances are half of it, only the service knows.
        blue_green("CANARY", CanarySize=instances(60)),
        blue_green("LINEAR", LinearStepSize=percent(10)),
        blue_green("LINEAR", LinearStepSize=percent(50)),
        blue_green(wait=600, policy={"TerminationWaitInSeconds": 300, "MaximumExecutionTimeoutInSeconds": 901}),
        blue_green(wait=600, policy={"MaximumExecutionTimeoutInSeconds": 601}),
        rolling(percent(5)),
        rolling(percent(50)),
        rolling(instances(3)),
        rolling(percent(25), 300, MaximumExecutionTimeoutInSeconds=600, RollbackMaximumBatchSize=percent(100)),
    ],
)
def test_policies_that_are_right(options, config):
    assert deployment_policy_rules.policy_rules(options(config)) == []


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (
            {**blue_green(), **rolling(percent(25))},
            "deployment_config: blue_green_update_policy and rolling_update_policy are mutually exclusive. Give "
            "one of them.",
        ),
        (blue_green("CANARY"), f"{ROUTING}.canary_size: is required with type CANARY."),
        (blue_green("LINEAR"), f"{ROUTING}.linear_step_size: is required with type LINEAR."),
        (
            blue_green("ALL_AT_ONCE", CanarySize=percent(10)),
            f"{ROUTING}.canary_size: is allowed only with type CANARY, got type ALL_AT_ONCE.",
        ),
        (
            blue_green("CANARY", CanarySize=percent(10), LinearStepSize=percent(10)),
            f"{ROUTING}.linear_step_size: is allowed only with type LINEAR, got type CANARY.",
        ),
        (
            blue_green("CANARY", CanarySize=percent(51)),
            f"{ROUTING}.canary_size.value: for type CAPACITY_PERCENT it must be between 1 and 50, got 51.",
        ),
        (
            blue_green("LINEAR", LinearStepSize=percent(9)),
            f"{ROUTING}.linear_step_size.value: for type CAPACITY_PERCENT it must be between 10 and 50, got 9.",
        ),
        (
            blue_green("LINEAR", LinearStepSize=percent(51)),
            f"{ROUTING}.linear_step_size.value: for type CAPACITY_PERCENT it must be between 10 and 50, got 51.",
        ),
        (
            blue_green(wait=600, policy={"TerminationWaitInSeconds": 300, "MaximumExecutionTimeoutInSeconds": 900}),
            f"{BLUE_GREEN}.maximum_execution_timeout_in_seconds: 900 is too short for the waits of 900 s "
            "(termination_wait_in_seconds and wait_interval_in_seconds).",
        ),
        (
            rolling(percent(4)),
            f"{ROLLING}.maximum_batch_size.value: for type CAPACITY_PERCENT it must be between 5 and 50, got 4.",
        ),
        (
            rolling(percent(51)),
            f"{ROLLING}.maximum_batch_size.value: for type CAPACITY_PERCENT it must be between 5 and 50, got 51.",
        ),
        (
            rolling(percent(25), 600, MaximumExecutionTimeoutInSeconds=600),
            f"{ROLLING}.maximum_execution_timeout_in_seconds: 600 is too short for one wait_interval_in_seconds of 600 s.",
        ),
    ],
)
def test_policies_that_are_refused(options, config, message):
    assert list(map(str, deployment_policy_rules.policy_rules(options(config)))) == [message]


def config_of(*variants: str, **members: Any) -> dict[str, Any]:
    return {"ProductionVariants": [{"VariantName": name, "ModelName": "m", **members} for name in variants]}


SERVERLESS = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}


@pytest.mark.parametrize(
    ("policy", "old", "new", "messages"),
    [
        (None, config_of("a"), config_of("b"), []),
        (blue_green(), config_of("a", "b"), config_of("b", "a"), []),
        (blue_green(), config_of("a", **SERVERLESS), config_of("a"), []),
        (
            blue_green(),
            config_of("a"),
            config_of("a", "b"),
            [
                "deployment_config: a deployment policy requires the same variant names before (a) and after (a, b). Leave it out "
                "for this update."
            ],
        ),
        (rolling(percent(25)), config_of("a"), config_of("a"), []),
        (
            rolling(percent(25)),
            config_of("a", "b"),
            config_of("a", "b"),
            [f"{ROLLING}: an endpoint with several variants cannot be updated in this way."],
        ),
        (
            rolling(percent(25)),
            config_of("a", **SERVERLESS),
            config_of("a", **SERVERLESS),
            [f"{ROLLING}: a serverless endpoint cannot be updated in this way."],
        ),
    ],
)
def test_policies_between_two_configurations(updating, policy, old, new, messages):
    assert updating(policy, old, new) == messages


LAYOUT = {"AcceleratorPartitionTypes": ["mig-3g.40gb", "mig-4g.40gb"]}
TURNED = {"AcceleratorPartitionTypes": ["mig-4g.40gb", "mig-3g.40gb"]}
NOT_SERVERLESS = (
    "endpoint_config.production_variants[a].serverless_config: the endpoint has instances, and AWS cannot turn "
    "it into a serverless one. Give the new endpoint another name, or delete this one first."
)
OTHER_LAYOUT = (
    "endpoint_config.production_variants[a].accelerator_partition_layouts: they differ from those of the live "
    "endpoint, and AWS cannot change them. Give the new endpoint another name, or delete this one first."
)


@pytest.mark.parametrize("policy", [None, blue_green()])
@pytest.mark.parametrize(
    ("old", "new", "messages"),
    [
        ({}, SERVERLESS, [NOT_SERVERLESS]),
        (SERVERLESS, {}, []),
        (SERVERLESS, SERVERLESS, []),
        ({"AcceleratorPartitionLayouts": [LAYOUT]}, {"AcceleratorPartitionLayouts": [LAYOUT]}, []),
        ({"AcceleratorPartitionLayouts": [LAYOUT]}, {"AcceleratorPartitionLayouts": [TURNED]}, [OTHER_LAYOUT]),
        ({"AcceleratorPartitionLayouts": [LAYOUT]}, {}, [OTHER_LAYOUT]),
        ({}, {"AcceleratorPartitionLayouts": [LAYOUT]}, [OTHER_LAYOUT]),
    ],
)
def test_updates_that_there_are_not(updating, policy, old, new, messages):
    assert updating(policy, config_of("a", **old), config_of("a", **new)) == messages


@pytest.mark.parametrize(
    ("config", "seconds"),
    [
        (None, 3600),
        ({}, 3600),
        (blue_green(), 3600),
        # Each wait comes on top of the time that instances take to start.
        (blue_green("CANARY", 3600, CanarySize=percent(10)), 1800 + 3600),
        (
            blue_green("CANARY", 600, CanarySize=percent(10), policy={"TerminationWaitInSeconds": 3600}),
            1800 + 600 + 3600,
        ),
        (blue_green("LINEAR", 600, LinearStepSize=percent(10)), 1800 + 10 * 600),
        (blue_green("LINEAR", 600, LinearStepSize=percent(30)), 1800 + 4 * 600),
        (blue_green("LINEAR", 1200, LinearStepSize=instances(3)), 1800 + 4 * 1200),
        (rolling(percent(5), 300), 1800 + 20 * 300),
        (rolling(instances(1), 600), 1800 + 10 * 600),
        (rolling(percent(50), 60), 3600),
        # The policy's own limit, and the rollback after it.
        (blue_green(policy={"MaximumExecutionTimeoutInSeconds": 28800}), 28800 + 1800),
        (rolling(percent(5), 3600, MaximumExecutionTimeoutInSeconds=14400), 14400 + 1800),
        (blue_green(policy={"MaximumExecutionTimeoutInSeconds": 600}), 3600),
        ({"AutoRollbackConfiguration": {"Alarms": []}}, 3600),
    ],
)
def test_how_long_to_wait(options, config, seconds):
    assert deployment_policy_rules.timeout(options(config)) == seconds
