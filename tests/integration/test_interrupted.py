# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs that are killed, at whatever moment, and repeated: they converge, leave nothing behind and touch nothing of others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from integration.gate import Gate
from integration.harness import Player
from integration.logic import Logic
from integration.whole_runs import NAME
from integration.whole_runs import Kill
from integration.whole_runs import Killed
from integration.whole_runs import Stage
from integration.whole_runs import deploy
from integration.whole_runs import destroy
from local_aws.calls import is_mutating
from local_aws.process import LocalAws

# The run that changes most has fewer calls that change something.
MOST_CHANGES = 16


@pytest.mark.parametrize("number", range(MOST_CHANGES))
def test_each_step_killed_after_each_change_converges(aws: LocalAws, number: int) -> None:
    """Deploy, update and destroy of one endpoint, each killed after so many changes and then repeated."""
    stage = Stage(Logic(aws))
    for index, work in enumerate((deploy("1"), deploy("2", "ml.m5.xlarge"), deploy("3"))):
        kill = Kill(number)
        try:
            stage.run(work, kill)
        except Killed:
            stage.run(work)
        assert len(kill.changes) < MOST_CHANGES - 1
        stage.check()
        assert stage.changes(work) == [], kill.changes
        assert is_suspended(stage) == (index > 0), kill.changes
        suspend(stage)
    kill = Kill(number)
    try:
        stage.run(destroy, kill)
    except Killed:
        stage.run(destroy)
    stage.check_gone()
    assert stage.changes(destroy) == []
    stage.check_foreign()


KEY = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": f"endpoint/{NAME}/variant/main",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
SUSPENDED = {"SuspendedState": {"DynamicScalingInSuspended": True}}


def suspend(stage: Stage) -> None:
    """Somebody changes what the variables do not say: only what an interrupted run remembers can bring it back."""
    stage.logic.autoscaling.register_scalable_target(**KEY, **SUSPENDED)


def is_suspended(stage: Stage) -> bool:
    found = stage.logic.autoscaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[KEY["ResourceId"]]
    )["ScalableTargets"]
    return found[0]["SuspendedState"]["DynamicScalingInSuspended"]


# The real thing: ansible-playbook, killed with all its processes.

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
OTHER_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0"
FIRST: dict[str, Any] = {
    "name": NAME,
    "name_prefix": NAME,
    "tags": {"team": "fraud"},
    "containers": [{"image_uri": IMAGE}],
    "production_variant": {"instance_type": "ml.m5.large", "variant_name": "main"},
    "autoscaling_config": {
        "max_capacity": 4,
        "target_value": 70,
        "scheduled_actions": [
            {
                "scheduled_action_name": "morning",
                "schedule": "cron(0 8 * * ? *)",
                "scalable_target_action": {"min_capacity": 2},
            }
        ],
    },
    "keep_releases": 0,
}
# Another image asks for other permissions, and another instance type has autoscaling step aside.
SECOND = {
    **FIRST,
    "containers": [{"image_uri": OTHER_IMAGE}],
    "production_variant": {"instance_type": "ml.m5.xlarge", "variant_name": "main"},
}
# What is run, and the calls with which it changes something.
PHASES: list[tuple[str, dict[str, Any], list[str]]] = [
    (
        "deploy",
        FIRST,
        [
            *("CreateRole", "PutRolePolicy", "CreateModel", "CreateEndpointConfig", "CreateEndpoint"),
            *("RegisterScalableTarget", "PutScalingPolicy", "PutScheduledAction"),
        ],
    ),
    (
        "deploy",
        SECOND,
        [
            *("PutRolePolicy", "CreateModel", "CreateEndpointConfig", "AddTags", "DeregisterScalableTarget"),
            *("UpdateEndpoint", "RegisterScalableTarget", "PutScalingPolicy", "PutScheduledAction", "DeleteTags"),
            *("AddTags", "DeleteEndpointConfig", "DeleteModel", "DeleteRolePolicy"),
        ],
    ),
    ("destroy", SECOND, ["DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel", "DeleteRolePolicy", "DeleteRole"]),
]


# For each life and phase: the change at which the run is killed, and whether it is killed after it or before. The first life has what
# comes before the endpoint, or only just begins with it; in the second one the endpoint is at its change; the third one has what follows.
AFTER, BEFORE = True, False
LIVES: list[list[tuple[str, bool]]] = [
    [("CreateRole", AFTER), ("DeregisterScalableTarget", AFTER), ("DeleteEndpoint", BEFORE)],
    [("CreateEndpoint", AFTER), ("UpdateEndpoint", AFTER), ("DeleteEndpoint", AFTER)],
    [("PutScheduledAction", BEFORE), ("DeleteTags", BEFORE), ("DeleteModel", AFTER)],
]


def moment_after(number: int, seen: list[str]) -> Callable[[int, str], bool]:
    """Whether a call is the mutating one of this number (the first is 0); notes all mutating ones in seen."""

    def is_moment(_number: int, operation: str) -> bool:
        seen.extend([operation] * is_mutating(operation))
        return is_mutating(operation) and len(seen) == number + 1

    return is_moment


@pytest.mark.parametrize("life", range(len(LIVES)))
def test_playbooks_that_are_killed_converge(aws: LocalAws, play: Player, life: int) -> None:
    aws.configure(creating=0.3, updating=0.3, deleting=0.3)
    stage = Stage(Logic(aws))
    aws.make_role(f"{NAME}-role-0000beef")
    for (playbook, given, calls), (change, after) in zip(PHASES, LIVES[life], strict=True):
        number = calls.index(change)
        at = f"{playbook}, killed {'after' if after else 'before'} {change} ({number})"
        variables = {f"sagemaker_endpoint_{name}": value for name, value in given.items()}
        seen: list[str] = []

        with Gate(aws, moment_after(number, seen), answered=after) as gate:
            run = play.start(playbook=f"playbooks/{playbook}.yml", variables=variables, environment=gate.environment)
            gate.await_stop(run)
            run.kill()
        assert seen == calls[: number + 1], at

        repeated = play(playbook=f"playbooks/{playbook}.yml", variables=variables)
        assert repeated.ok, f"{at}\n{repeated}"
        aws.clear_calls()
        again = play(playbook=f"playbooks/{playbook}.yml", variables=variables)
        assert again.ok, f"{at}\n{again}"
        assert (again.changed, aws.mutating()) == (0, []), at
        stage.check_foreign()
        if given is SECOND:
            policies = [
                one for one in roles(aws).items() if one[0].startswith(f"{NAME}-role-") and "beef" not in one[0]
            ]
            assert [len(names) for _role, names in policies] == ([1] if playbook == "deploy" else []), at
        if playbook == "deploy":
            stage.check()
            assert is_suspended(stage) == (given is SECOND), at
            suspend(stage)
    stage.check_gone()
    assert set(roles(aws)) == {"exec", f"{NAME}-role-0000beef"}


def roles(aws: LocalAws) -> dict[str, list[str]]:
    """{role: names of its inline policies}"""
    iam = aws.client("iam")
    names = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    return {name: iam.list_role_policies(RoleName=name)["PolicyNames"] for name in names}
