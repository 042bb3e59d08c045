# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests begin with is what the role makes: a run of the same variables finds nothing to do."""

from __future__ import annotations

from integration.deploys import PLAIN
from integration.deploys import Deploys
from integration.deploys import summary
from integration.harness import Player
from local_aws.process import LocalAws

COMPONENT = {
    "name": "chat",
    "containers": PLAIN["containers"],
    "specification": {
        "compute_resource_requirements": {"number_of_cpu_cores_required": 1, "min_memory_required_in_mb": 1024}
    },
    "runtime_config": {"copy_count": 1},
    "autoscaling_config": {"max_capacity": 3, "target_value": 5, "scale_to_zero": True},
}
HOST = {"containers": None, "production_variant": {"instance_type": "ml.m5.4xlarge"}}


def test_releases_with_autoscaling(aws: LocalAws, play: Player) -> None:
    """A scheduled action has raised the minimum since: no deploy undoes that, and the summary tells it."""
    action = {
        "scheduled_action_name": "morning",
        "schedule": "cron(0 8 * * ? *)",
        "scalable_target_action": {"min_capacity": 2},
    }
    scaling = {"max_capacity": 4, "target_value": 70, "scheduled_actions": [action]}
    scaled = {"autoscaling_config": scaling, "tags": {"team": "fraud"}}
    deploys = Deploys(aws, play, {**PLAIN, **scaled, "sg_role_arn": aws.make_role("exec")})
    first = deploys.begins(production_variant={"instance_type": "ml.m5.xlarge"})
    second = deploys.begins()
    assert deploys.entered() == [second, first]
    (target,) = deploys.targets()
    key = {member: target[member] for member in ("ServiceNamespace", "ResourceId", "ScalableDimension")}
    deploys.autoscaling.register_scalable_target(**key, MinCapacity=2)
    aws.advance(60)
    told = summary(deploys.finds_nothing_to_do())
    assert f"{target['ResourceId']} keeps min_capacity 2, which the scheduled action morning has set." in told
    assert "2 x ml.m5.large, scaled automatically from 2 to 4" in told
    assert deploys.targets()[0]["MinCapacity"] == 2


def test_components_that_go_to_zero(aws: LocalAws, play: Player) -> None:
    hosting = {**HOST, "inference_components": [COMPONENT]}
    deploys = Deploys(aws, play, {**PLAIN, **hosting, "sg_role_arn": aws.make_role("exec")})
    deploys.begins()
    assert "chat-wake-from-zero" in deploys.alarms()
    deploys.finds_nothing_to_do()
