# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sagemaker_endpoint_max_hourly_cost: a deploy that may cost more is refused, before anything is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.inputs import resolution
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import plan_info
from integration.begun import begin
from integration.deploys import PLAIN
from integration.harness import CHECKOUT
from integration.harness import Player
from integration.logic import IMAGE
from integration.logic import ROLE
from integration.logic import Logic
from integration.standstill import STOPPED
from integration.standstill import power
from local_aws.process import LocalAws

G5 = {"instance_type": "ml.g5.xlarge", "initial_instance_count": 2}
SCALED = {"max_capacity": 4, "target_value": 70}
LIMIT = "sagemaker_endpoint_max_hourly_cost: "


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    aws.make_role("exec")
    aws.configure(prices={"us-east-1": {"ml.m5.large": "0.115", "ml.g5.xlarge": "1.408", "ml.g6.xlarge": "1.6"}})
    return Logic(aws)


def refusal(logic: Logic, **given: Any) -> str:
    """What a deploy with these variables is refused for, nothing if it is not."""
    inputs = resolution.resolve({**PLAIN, "sg_role_arn": ROLE, **given})
    logic.aws.clear_calls()
    params = {"inputs": inputs, "state": given.get("state", "present"), "applies": False}
    try:
        logic.run(plan_info.info, params, check_mode=True)
    except InputError as error:
        return error.message
    return ""


HOSTING = {"instance_type": "ml.m5.large", "managed_instance_scaling": {"status": "ENABLED", "max_instance_count": 3}}
COMPONENT = {
    "name": "chat",
    "containers": [{"image_uri": IMAGE}],
    "specification": {
        "compute_resource_requirements": {"number_of_cpu_cores_required": 1, "min_memory_required_in_mb": 512}
    },
}
SERVERLESS = {"serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5}}


@pytest.mark.parametrize(
    ("given", "cost", "said"),
    [
        ({"production_variant": G5}, "2.816", "2 x ml.g5.xlarge at 1.408 USD"),
        ({"production_variant": G5, "autoscaling_config": SCALED}, "5.632", "4 x ml.g5.xlarge at 1.408 USD"),
        (
            {
                "production_variants": [
                    {**G5, "variant_name": "a", "containers": PLAIN["containers"]},
                    {"variant_name": "b", "instance_type": "ml.m5.large", "containers": PLAIN["containers"]},
                ],
                "production_variant": {},
                "containers": [],
            },
            "2.931",
            "2 x ml.g5.xlarge at 1.408 USD, 1 x ml.m5.large at 0.115 USD",
        ),
        (
            {"production_variant": HOSTING, "containers": [], "inference_components": [COMPONENT]},
            "0.345",
            "3 x ml.m5.large at 0.115 USD",
        ),
    ],
)
def test_what_an_endpoint_may_cost(logic: Logic, given: dict[str, Any], cost: str, said: str) -> None:
    assert refusal(logic, max_hourly_cost="0.1", **given) == (
        f"{LIMIT}the endpoint may cost {cost} USD per hour ({said}), and 0.1 is allowed. Use fewer or smaller instances, or raise the limit."
    )
    assert refusal(logic, max_hourly_cost=cost, **given) == ""


def test_a_start_is_held_to_the_limit(logic: Logic) -> None:
    """By the instances of the record, not by those of the configuration, and by the limits of the scalable targets."""
    for name, more in (("fixed", {}), ("scaled", {"autoscaling_config": SCALED})):
        given = {**PLAIN, "sg_role_arn": ROLE, "name": name, "name_prefix": name, "production_variant": G5, **more}
        begin(logic.aws, given)
        logic.aws.advance(60)
        if not more:
            logic.sagemaker.update_endpoint_weights_and_capacities(
                EndpointName=name,
                DesiredWeightsAndCapacities=[{"VariantName": "AllTraffic", "DesiredInstanceCount": 3}],
            )
            logic.aws.advance(60)
        power(logic.connection(), name, STOPPED)
        logic.aws.advance(60)
        cost, said = ("5.632", "4 x") if more else ("4.224", "3 x")
        assert refusal(logic, state="started", name=name, name_prefix=name, max_hourly_cost="4") == (
            f"{LIMIT}the endpoint may cost {cost} USD per hour ({said} ml.g5.xlarge at 1.408 USD), and 4 is allowed. Use fewer or smaller "
            "instances, or raise the limit."
        )
        assert refusal(logic, state="started", name=name, name_prefix=name, max_hourly_cost=cost) == ""
        # A deploy is held by what it deploys.
        assert refusal(logic, name=name, name_prefix=name, max_hourly_cost="4") == ""
        assert logic.aws.mutating() == []


@pytest.mark.parametrize("guide", ["docs/docsite/rst/costs.rst", "roles/sagemaker_endpoint/README.md"])
def test_the_guides_show_the_refusal_as_it_is(logic: Logic, guide: str) -> None:
    said = refusal(logic, max_hourly_cost=5, production_variant=G5, autoscaling_config=SCALED)
    assert said in " ".join((CHECKOUT / guide).read_text().split())


def test_a_price_that_is_not_known_is_not_taken_for_a_low_one(logic: Logic, tmp_path: Path) -> None:
    unknown = {"production_variant": {"instance_type": "ml.p5.48xlarge", "initial_instance_count": 1}}
    told = refusal(logic, max_hourly_cost=1000, **unknown)
    assert told.startswith(
        f"{LIMIT}the limit cannot be checked: no price of ml.p5.48xlarge in us-east-1. Give the price in a file"
    )
    logic.aws.fault("GetProducts", kind="denied", times=10)
    assert "(GetProducts: User is not authorized" in refusal(logic, max_hourly_cost=1000)
    prices = tmp_path / "prices.yml"
    prices.write_text("{currency: EUR, hosting: {us-east-1: {ml.p5.48xlarge: 90}}}")
    assert refusal(logic, max_hourly_cost=90, price_file=str(prices), **unknown) == ""
    assert "may cost 90 EUR per hour" in refusal(logic, max_hourly_cost=89.5, price_file=str(prices), **unknown)
    assert logic.aws.calls("pricing") == []
    missing = refusal(logic, max_hourly_cost=1, price_file="none.yml")
    assert missing.startswith("sagemaker_endpoint_price_file: cannot read none.yml")


def test_the_policy_of_the_caller_allows_to_read_prices_where_that_is_done(logic: Logic) -> None:
    def actions(**given: Any) -> str:
        params = {
            "inputs": resolution.resolve({**PLAIN, "sg_role_arn": ROLE, **given}),
            "state": "present",
            "applies": False,
        }
        return str(logic.run(plan_info.info, params, check_mode=True)["outputs"]["operator_policy"])

    assert "pricing:GetProducts" not in actions()
    assert "pricing:GetProducts" in actions(max_hourly_cost=5)


def test_no_price_is_read_without_a_limit_nor_for_what_has_none(logic: Logic) -> None:
    assert refusal(logic, production_variant=G5) == ""
    assert logic.aws.calls("pricing") == []
    assert refusal(logic, max_hourly_cost=0, production_variant=SERVERLESS) == ""
    assert logic.aws.calls("pricing") == []
    assert "sagemaker_endpoint_max_hourly_cost: must be at least 0, got -1." in refusal(logic, max_hourly_cost=-1)


def test_the_playbook_refuses_before_anything_is_made(logic: Logic, play: Player) -> None:
    """The answer of a survey is a text."""
    given = {f"sagemaker_endpoint_{name}": value for name, value in {**PLAIN, "production_variant": G5}.items()}
    logic.aws.clear_calls()
    run = play(playbook="playbooks/deploy.yml", variables={**given, "sagemaker_endpoint_max_hourly_cost": "2.5"})
    assert run.rc != 0
    assert "sagemaker_endpoint_max_hourly_cost: the endpoint may cost 2.816 USD per hour" in run.output
    assert logic.aws.mutating() == []
