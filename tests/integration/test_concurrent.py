# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs at once for the same endpoint: one consistent release in the end, or one of them fails and says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from integration.gate import Gate
from integration.harness import Player
from integration.harness import Run
from integration.harness import Started
from integration.logic import IMAGE
from integration.logic import Logic
from integration.whole_runs import NAME
from integration.whole_runs import Interlude
from integration.whole_runs import Stage
from integration.whole_runs import Turns
from integration.whole_runs import Work
from integration.whole_runs import deploy
from integration.whole_runs import describe
from integration.whole_runs import destroy
from local_aws.process import LocalAws

# What was deployed before, and the two runs. An update to another instance type has autoscaling step aside.
PAIRS: dict[str, tuple[Work | None, Work, Work]] = {
    "first deploys, same input": (None, deploy("1"), deploy("1")),
    "first deploys, other input": (None, deploy("1"), deploy("2")),
    "same update": (deploy("0"), deploy("1", "ml.m5.xlarge"), deploy("1", "ml.m5.xlarge")),
    "other updates": (deploy("0"), deploy("1"), deploy("2", "ml.m5.xlarge")),
    "update and destroy": (deploy("0"), deploy("1", "ml.m5.xlarge"), destroy),
    "destroy twice": (deploy("0"), destroy, destroy),
}
SEEDS = range(3)


@pytest.mark.parametrize("pair", PAIRS)
def test_interleaved_runs_leave_nothing_broken_and_a_rerun_converges(aws: LocalAws, pair: str) -> None:
    before, one, other = PAIRS[pair]
    for seed in SEEDS:
        aws.reset()
        aws.configure(creating=3, updating=3, deleting=3)
        logic = Logic(aws)
        stage = Stage(logic)
        if before:
            # Two releases, so that there is something to prune.
            stage.run(deploy("older"))
            stage.run(before)
        turns = Turns(logic, [one, other], seed)
        failures = turns.run()
        stage.settle()
        told = f"{pair}, seed {seed}: {[str(failure) for failure in failures]}\n{describe(turns)}"
        assert all(str(failure) for failure in failures if failure), told
        if not any(failures):
            assert stage.broken() == [], told
        stage.check_foreign()

        if one is not destroy:
            stage.run(one)
            stage.check()
            assert stage.changes(one) == [], told
        stage.run(destroy)
        stage.check_gone()
        stage.check_foreign()


# A run, and another one that takes place as a whole between two steps of it.
INTERLUDES: dict[str, tuple[Work | None, Work, Work]] = {
    "the same first deploy": (None, deploy("1"), deploy("1")),
    "another update": (deploy("0"), deploy("2", "ml.m5.xlarge"), deploy("1")),
    "an update with autoscaling aside": (deploy("0"), deploy("1"), deploy("2", "ml.m5.xlarge")),
    "a destroy": (deploy("0"), deploy("1", "ml.m5.xlarge"), destroy),
    "another deploy during a destroy": (deploy("0"), destroy, deploy("1")),
    "the same deploy during its destroy": (deploy("0"), destroy, deploy("0")),
    "another release of a model that is destroyed": (deploy("0"), destroy, deploy("0", "ml.m5.xlarge")),
    "a return to what is pruned": (deploy("0"), deploy("1"), deploy("older")),
    "another release of a model that is pruned": (deploy("0"), deploy("1"), deploy("older", "ml.m5.xlarge")),
}


@pytest.mark.parametrize("pair", INTERLUDES)
def test_a_whole_run_between_two_steps_of_another_breaks_nothing_in_silence(aws: LocalAws, pair: str) -> None:
    before, one, other = INTERLUDES[pair]
    number, changes = 0, 1
    while number < changes:
        aws.reset()
        stage = Stage(Logic(aws))
        if before:
            stage.run(deploy("older"))
            stage.run(before)
        interlude = Interlude(stage, other, number)
        failure = None
        try:
            stage.run(one, interlude)
        except SageMakerError as error:
            failure = error
        stage.settle()
        told = f"{pair} before change {number} of {interlude.changes}: {failure or interlude.failure}"
        if not failure and not interlude.failure:
            assert stage.broken() == [], told
        stage.check_foreign()
        repeated = other if one is destroy else one
        stage.run(repeated)
        stage.check()
        assert stage.changes(repeated) == [], told
        stage.run(destroy)
        stage.check_gone()
        stage.check_foreign()
        number, changes = number + 1, len(interlude.changes)


# The real thing: two ansible-playbooks at once, with the execution role.

FIRST: dict[str, Any] = {
    "name": NAME,
    "name_prefix": NAME,
    "tags": {"team": "fraud"},
    "containers": [{"image_uri": IMAGE}],
    "production_variant": {"instance_type": "ml.m5.large", "variant_name": "main"},
}
OTHER_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.9-0"
OTHER = {**FIRST, "containers": [{"image_uri": IMAGE, "environment": {"STEP": "2"}}]}


class Plays:
    """Starts the playbooks, and brings their ends to account."""

    def __init__(self, aws: LocalAws, play: Player) -> None:
        self.stage = Stage(Logic(aws))
        self._aws = aws
        self._play = play

    def start(self, given: dict[str, Any], playbook: str = "deploy", gate: Gate | None = None) -> Started:
        variables = {f"sagemaker_endpoint_{name}": value for name, value in given.items()}
        environment = gate.environment if gate else {}
        return self._play.start(playbook=f"playbooks/{playbook}.yml", variables=variables, environment=environment)

    def run(self, given: dict[str, Any], playbook: str = "deploy") -> Run:
        run = self.start(given, playbook).wait()
        assert run.ok, run
        return run

    def settle(self, runs: list[Run], given: dict[str, Any]) -> None:
        """All went well, or who failed said so; whoever is right, another run brings what it asks for, and the next one nothing."""
        for run in runs:
            assert run.ok or run.failure, run
            assert "Traceback" not in run.output, run
        if all(run.ok for run in runs):
            assert self.stage.broken() == [], runs
        self.run(given)
        self.stage.check(scaled=False)
        self._aws.clear_calls()
        assert (self.run(given).changed, self._aws.mutating()) == (0, [])
        self.run(given, "destroy")
        self.stage.check_gone()
        self.stage.check_foreign()
        assert [role["RoleName"] for role in self._aws.client("iam").list_roles()["Roles"]] == ["exec"]


@pytest.fixture
def plays(aws: LocalAws, play: Player) -> Plays:
    return Plays(aws, play)


@pytest.mark.parametrize("other", [FIRST, OTHER], ids=["same input", "other input"])
def test_two_first_deploys_at_once(plays: Plays, other: dict[str, Any]) -> None:
    one, two = plays.start(FIRST), plays.start(other)
    runs = [one.wait(), two.wait()]
    if other is FIRST:
        assert [run.ok for run in runs] == [True, True], runs
    plays.settle(runs, FIRST)


@pytest.mark.parametrize("playbook", ["deploy", "destroy"])
def test_an_update_is_overtaken_before_it_begins(aws: LocalAws, plays: Plays, playbook: str) -> None:
    plays.run(FIRST)
    third = {**FIRST, "production_variant": {"instance_type": "ml.m5.xlarge", "variant_name": "main"}}
    with Gate(aws, lambda _number, operation: operation == "UpdateEndpoint") as gate:
        update = plays.start(OTHER, gate=gate)
        gate.await_stop(update)
        overtaking = plays.run(third, playbook)
        gate.open()
        overtaken = update.wait()
    if playbook == "destroy":
        assert "Could not find endpoint" in (overtaken.failure or ""), overtaken
    plays.settle([overtaking, overtaken], OTHER)


def test_permissions_that_another_run_needs_stay(aws: LocalAws, plays: Plays) -> None:
    """It gives the role its policy, or finds one there, after this run has looked and before it prunes."""
    plays.run(FIRST)
    iam, sagemaker = aws.client("iam"), aws.client("sagemaker")
    (role,) = [one["RoleName"] for one in iam.list_roles()["Roles"] if one["RoleName"] != "exec"]

    def policies() -> set[str]:
        return set(iam.list_role_policies(RoleName=role)["PolicyNames"])

    def give(policy: str) -> None:
        document = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
        }
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))

    first, left, found, given = (
        policies(),
        "mlops-sagemaker-00000001",
        "mlops-sagemaker-00000002",
        "mlops-sagemaker-00000003",
    )
    # Of runs that failed before they made a release; what one of them asked for is asked for again.
    give(left)
    give(found)
    with Gate(aws, lambda _number, operation: operation == "UpdateEndpoint") as gate:
        update = plays.start({**FIRST, "containers": [{"image_uri": OTHER_IMAGE}]}, gate=gate)
        gate.await_stop(update)
        (own,) = policies() - first - {left, found}
        give(given)
        live = sagemaker.describe_endpoint(EndpointName=NAME)["EndpointConfigName"]
        config = sagemaker.describe_endpoint_config(EndpointConfigName=live)
        tags = {ownership.OWNER_TAG: NAME, ownership.POLICY_TAG: found}
        sagemaker.create_endpoint_config(
            EndpointConfigName=f"{NAME}-config-00000002",
            ProductionVariants=config["ProductionVariants"],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        gate.open()
        done = update.wait()
    assert done.ok, done
    assert policies() == first | {own, found, given}
