# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A playbook that was written for the modules of the same names in amazon.ai works with these: its options, results and refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoints
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import scalable_targets
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.rollout import component as component_rollout
from integration.harness import Player
from integration.logic import IMAGE
from integration.logic import ROLE
from integration.logic import Logic
from integration.logic import shown
from local_aws.process import LocalAws

Options = dict[str, Any]


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    """Two configurations, each with its model."""
    aws.configure(creating=0.2, updating=0.2, deleting=0.2)
    logic = Logic(aws)
    logic.make_config("ranking-a")
    logic.make_config("ranking-b")
    aws.clear_calls()
    return logic


class Steps:
    """Tasks with one module and its info module, run in one play."""

    def __init__(self, module: str, name: str, content: Options) -> None:
        self.module = module
        self.given = {name: content.pop(name)}
        self.content = content
        self.tasks: list[Options] = []

    def present(self, step: str, check: bool = False, fails: bool = False, **options: Any) -> None:
        self._add(step, self.module, {**self.given, **self.content, **options}, check, fails)

    def absent(self, step: str, check: bool = False) -> None:
        self._add(step, self.module, {**self.given, "state": "absent"}, check)

    def info(self, step: str, **options: Any) -> None:
        self._add(step, f"{self.module}_info", options)

    def _add(self, step: str, module: str, options: Options, check: bool = False, fails: bool = False) -> None:
        self.tasks.append(
            {"name": step, f"mlops.sagemaker.{module}": options, "check_mode": check, "ignore_errors": fails}
        )

    def run(self, play: Player) -> dict[str, dict[str, Any]]:
        """The result of each step, with whether it failed."""
        run = play(tasks=json.dumps(self.tasks))
        assert run.ok, run
        return {entry["task"]: {**entry["result"], "failed": entry["failed"]} for entry in run.results}


def test_models(logic: Logic, play: Player) -> None:
    content = {"model_name": "rank", "execution_role_arn": ROLE, "primary_container": {"image": IMAGE}}
    steps = Steps("sagemaker_model", "model_name", content)
    steps.present("create checked", check=True, tags={"project": "demo"})
    steps.present("created", tags={"project": "demo"})
    steps.present("again checked", check=True, tags={"project": "demo"})
    steps.present("again", tags={"project": "demo"})
    steps.info("by name", model_name="rank", name_contains="other", tags={"project": "other"}, max_results=1)
    steps.info("by part", name_contains="rank", sort_by="Name", sort_order="Ascending")
    steps.info("by no part", name_contains="nothing-of-that-name")
    steps.info("by tags", tags={"project": "demo"})
    steps.info("by other tags", tags={"project": "demo", "team": "ai"})
    steps.present("tags added checked", check=True, tags={"team": "ai"}, purge_tags=False)
    steps.present("tags added", tags={"team": "ai"}, purge_tags=False)
    steps.present("tags replaced", tags={"team": "ai"}, purge_tags=True)
    other = {"image": IMAGE, "environment": {"A": "1"}}
    steps.present("drift checked", check=True, fails=True, primary_container=other)
    steps.present("drift", fails=True, primary_container=other)
    steps.absent("delete checked", check=True)
    steps.info("still there", model_name="rank")
    steps.absent("deleted")
    steps.info("gone", model_name="rank")
    steps.absent("deleted again")
    secret = {"image": IMAGE, "environment": {"HF_TOKEN": "hf_not_to_be_shown", "A": "1"}}
    steps.present("made with a secret", primary_container=secret)
    missing = {"image": IMAGE, "model_data_url": "s3://nobody-has-this/model.tar.gz"}
    steps.present("lost", fails=True, primary_container=missing, force=True)
    found = steps.run(play)

    former, lost = found.pop("made with a secret"), found.pop("lost")
    assert former["changed"] and lost["failed"]
    assert lost["deleted_model"]["primary_container"]["environment"]["A"] == "1"
    assert "hf_not_to_be_shown" not in json.dumps([former, lost])
    changed = [name for name, result in found.items() if result["changed"]]
    assert changed == [
        *["create checked", "created", "tags added checked", "tags added", "tags replaced"],
        *["delete checked", "deleted"],
    ]
    assert {name: result["msg"] for name, result in found.items() if "msg" in result and not result["failed"]} == {
        "create checked": "Model rank would be created.",
        "created": "Model rank was created.",
        "again checked": "Model rank is unchanged.",
        "again": "Model rank is unchanged.",
        "tags added checked": "Tags of model rank would be updated.",
        "tags added": "Tags of model rank were updated.",
        "tags replaced": "Tags of model rank were updated.",
        "delete checked": "Model rank would be deleted.",
        "deleted": "Model rank was deleted.",
        "deleted again": "Model rank does not exist.",
    }
    assert {name: result["tags"] for name, result in found.items() if "tags" in result} == {
        **dict.fromkeys(("create checked", "created", "again checked", "again"), {"project": "demo"}),
        **dict.fromkeys(("tags added checked", "tags added"), {"project": "demo", "team": "ai"}),
        "tags replaced": {"team": "ai"},
        **dict.fromkeys(("delete checked", "deleted", "deleted again"), {}),
    }
    for name in ("created", "again", "tags added", "tags replaced"):
        assert found[name]["model"]["tags"] == found[name]["tags"]
        assert found[name]["model"]["model_name"] == "rank"
    assert found["deleted"]["model"] == found["deleted again"]["model"] == {}

    listed = {
        name: [one["model_name"] for one in result["models"]] for name, result in found.items() if "models" in result
    }
    assert listed == {
        "by name": ["rank"],
        "by part": ["rank", "ranking-a-model", "ranking-b-model"],
        "by no part": [],
        "by tags": ["rank"],
        "by other tags": [],
        "still there": ["rank"],
        "gone": [],
    }
    assert [name for name, result in found.items() if result["failed"]] == ["drift checked", "drift"]
    for name in ("drift checked", "drift"):
        assert "requires replacement" in found[name]["msg"]
        assert "primary_container.environment.A" in found[name]["msg"]
        assert "force: true" in found[name]["msg"]


@pytest.mark.core_ends
def test_endpoint_configurations(logic: Logic, play: Player) -> None:
    serverless = {"memory_size_in_m_b": 2048, "max_concurrency": 5}
    variant = {"variant_name": "AllTraffic", "model_name": "ranking-a-model", "serverless_config": serverless}
    content = {"endpoint_config_name": "ranking-c", "production_variants": [variant]}
    steps = Steps("sagemaker_endpoint_config", "endpoint_config_name", content)
    steps.present("create checked", check=True)
    steps.present("created")
    steps.present("again")
    here = {"variant_name": "AllTraffic", "model_name": "ranking-a-model"}
    ours = [{**here, "serverless_config": {"memory_size_in_mb": 2048, "max_concurrency": 5}}]
    steps.present("again in our spelling", production_variants=ours)
    steps.present("tagged", tags={"Environment": "test"})
    more = [{**here, "serverless_config": {"memory_size_in_m_b": 4096, "max_concurrency": 5}}]
    steps.present("drift", fails=True, production_variants=more)
    steps.info("by name", endpoint_config_name="ranking-c", max_results=1, name_contains="other")
    steps.info("two", name_contains="ranking-", max_results=2, sort_by="Name", sort_order="Ascending")
    steps.info("last", name_contains="ranking-", max_results=1, sort_by="Name", sort_order="Descending")
    steps.info("none", name_contains="ranking-", max_results=0)
    steps.tasks[-1]["ignore_errors"] = True
    steps.absent("delete checked", check=True)
    steps.absent("deleted")
    steps.absent("deleted again")
    found = steps.run(play)

    changed = [name for name, result in found.items() if result["changed"]]
    assert changed == ["create checked", "created", "tagged", "delete checked", "deleted"]
    assert {name: result["msg"] for name, result in found.items() if "msg" in result and not result["failed"]} == {
        "create checked": "Endpoint configuration ranking-c would be created.",
        "created": "Endpoint configuration ranking-c was created.",
        "again": "Endpoint configuration ranking-c is unchanged.",
        "again in our spelling": "Endpoint configuration ranking-c is unchanged.",
        "tagged": "Tags of endpoint configuration ranking-c were updated.",
        "delete checked": "Endpoint configuration ranking-c would be deleted.",
        "deleted": "Endpoint configuration ranking-c was deleted.",
        "deleted again": "Endpoint configuration ranking-c does not exist.",
    }
    made = found["created"]["endpoint_config"]["production_variants"][0]
    assert made["serverless_config"] == {"memory_size_in_mb": 2048, "max_concurrency": 5}
    assert (found["created"]["tags"], found["tagged"]["tags"]) == ({}, {"Environment": "test"})
    assert "requires replacement" in found["drift"]["msg"]
    assert "production_variants[AllTraffic].serverless_config.memory_size_in_mb" in found["drift"]["msg"]
    listed = {
        name: [one["endpoint_config_name"] for one in result["endpoint_configs"]]
        for name, result in found.items()
        if "endpoint_configs" in result
    }
    assert listed == {"by name": ["ranking-c"], "two": ["ranking-a", "ranking-b"], "last": ["ranking-c"]}
    assert "max_results: must be at least 1, got 0." in found["none"]["msg"]


def test_endpoints(logic: Logic, play: Player) -> None:
    steps = Steps("sagemaker_endpoint", "endpoint_name", {"endpoint_name": "rank", "endpoint_config_name": "ranking-a"})
    steps.present("create checked", check=True)
    steps.info("not there", endpoint_name="rank")
    steps.present("created", tags={"Environment": "test"})
    steps.present("again", tags={"Environment": "test"})
    steps.info("by filters", status_equals="InService", name_contains="rank", sort_by="Name", max_results=10)
    steps.info("by name", endpoint_name="rank", status_equals="Failed")
    other = {"endpoint_config_name": "ranking-b"}
    steps.present("update checked", check=True, **other)
    steps.present("updated", **other)
    steps.present("updated again", **other)
    steps.present("tags added checked", check=True, tags={"Team": "ml"}, purge_tags=False, **other)
    steps.present("tags added", tags={"Team": "ml"}, purge_tags=False, **other)
    steps.present("begun", wait=False)
    steps.present("awaited")
    steps.absent("delete checked", check=True)
    steps.absent("deleted")
    steps.info("gone", endpoint_name="rank")
    steps.absent("deleted again")
    found = steps.run(play)

    assert [name for name, result in found.items() if result["changed"]] == [
        *["create checked", "created", "update checked", "updated", "tags added checked", "tags added", "begun"],
        *["delete checked", "deleted"],
    ]
    said = {name: result["msg"] for name, result in found.items() if "msg" in result}
    # Whether the update that was begun is over by then is a matter of time.
    assert said.pop("awaited").startswith("Endpoint rank is unchanged")
    assert said == {
        "create checked": "Endpoint rank would be created.",
        "created": "Endpoint rank was created.",
        "again": "Endpoint rank is unchanged.",
        "update checked": "Endpoint rank would be updated to ranking-b.",
        "updated": "Endpoint rank was updated to ranking-b.",
        "updated again": "Endpoint rank is unchanged.",
        "tags added checked": "Tags of endpoint rank would be updated.",
        "tags added": "Tags of endpoint rank were updated.",
        "begun": "Endpoint rank is being updated to ranking-a.",
        "delete checked": "Endpoint rank would be deleted.",
        "deleted": "Endpoint rank was deleted.",
        "deleted again": "Endpoint rank does not exist.",
    }
    assert found["create checked"]["tags"] == {}
    assert found["updated"]["tags"] == found["updated"]["endpoint"]["tags"] == {"Environment": "test"}
    assert found["tags added"]["tags"] == {"Environment": "test", "Team": "ml"}
    assert (found["deleted"]["endpoint"], found["deleted"]["tags"]) == ({}, {})
    listed = {
        name: [one["endpoint_name"] for one in result["endpoints"]]
        for name, result in found.items()
        if "endpoints" in result
    }
    assert listed == {"not there": [], "by filters": ["rank"], "by name": ["rank"], "gone": []}


# How many are returned

ROWS = [
    (models, "models", "model_name"),
    (endpoint_configs, "endpoint_configs", "endpoint_config_name"),
]


def names(found: list[dict[str, Any]], key: str) -> list[str]:
    return [one[key] for one in found]


@pytest.mark.parametrize(("module", "plural", "key"), ROWS, ids=[row[1] for row in ROWS])
def test_at_most_so_many_across_pages(logic: Logic, module: Any, plural: str, key: str) -> None:
    for number in range(12):
        logic.make_config(f"many-{number:02}")
    everything = names(_info(logic, module, plural), key)
    by_name = {"sort_by": "Name", "sort_order": "Ascending"}
    assert len(everything) == 14
    for limit in (1, 11, 14, 200):
        logic.aws.clear_calls()
        assert names(_info(logic, module, plural, max_results=limit, **by_name), key) == sorted(everything)[:limit]
        described = [call for call in logic.aws.calls() if call["operation"].startswith("Describe")]
        assert len(described) == min(limit, 14)


def _info(logic: Logic, module: Any, plural: str, **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = module.info(logic.connection(), {"name": None, **options})[plural]
    return found


def test_the_tags_select_before_the_models_are_counted(logic: Logic) -> None:
    for number, team in enumerate("abab"):
        tags = [{"Key": "team", "Value": team}, {"Key": "n", "Value": str(number)}]
        logic.sagemaker.create_model(ModelName=f"tagged-{number}", Tags=tags, PrimaryContainer={"Image": IMAGE})
    by_name = {"sort_by": "Name", "sort_order": "Ascending"}

    def found(**options: Any) -> list[str]:
        return names(_info(logic, models, "models", **by_name, **options), "model_name")

    assert found(tags={"team": "b"}) == ["tagged-1", "tagged-3"]
    assert found(tags={"team": "b"}, max_results=1) == ["tagged-1"]
    assert found(tags={"team": "b", "n": 3}) == ["tagged-3"]
    assert found(tags={"team": "c"}) == []
    assert found(name="tagged-0", tags={"team": "c"}) == ["tagged-0"]


def test_at_most_so_many_endpoints_and_targets(logic: Logic) -> None:
    for number in range(12):
        logic.make_endpoint(f"many-{number:02}", "ranking-a", settled=number == 11)
    for number in range(3):
        logic.register(f"many-{number:02}")
    options = {"name": None, "wait": False, "wait_timeout": None, "sort_by": "Name", "sort_order": "Ascending"}
    found = endpoints.info(logic.connection(), {**options, "max_results": 11}, False)["endpoints"]
    assert names(found, "endpoint_name") == [f"many-{number:02}" for number in range(11)]
    nothing_else = dict.fromkeys(("endpoint_name", "variant_name", "inference_component_name"))
    for limit, expected in ((2, 2), (None, 3)):
        targets = scalable_targets.info(logic.connection(), {**nothing_else, "max_results": limit})["scalable_targets"]
        assert len(targets) == expected


def test_only_so_many_endpoints_are_awaited(logic: Logic) -> None:
    logic.make_endpoint("a", "ranking-a")
    logic.aws.configure(creating=3600)
    logic.make_endpoint("b", "ranking-a", settled=False)
    options = {"name": None, "wait": True, "wait_timeout": 60, "sort_by": "Name", "sort_order": "Ascending"}
    (found,) = endpoints.info(logic.connection(), {**options, "max_results": 1}, False)["endpoints"]
    assert (found["endpoint_name"], found["endpoint_status"]) == ("a", "InService")
    with pytest.raises(SageMakerError, match=r"b \(Creating\)"):
        endpoints.info(logic.connection(), {**options, "max_results": 2}, False)


def test_at_most_so_many_inference_components(logic: Logic) -> None:
    variant = {"VariantName": "main", "InstanceType": "ml.m5.4xlarge", "InitialInstanceCount": 1}
    logic.sagemaker.create_endpoint_config(
        EndpointConfigName="hosting", ExecutionRoleArn=ROLE, ProductionVariants=[variant]
    )
    logic.make_endpoint("host", "hosting")
    needs = {"MinMemoryRequiredInMb": 128, "NumberOfCpuCoresRequired": 0.5}
    for number in range(3):
        logic.sagemaker.create_inference_component(
            InferenceComponentName=f"part-{number}",
            EndpointName="host",
            VariantName="main",
            Specification={"ModelName": "ranking-a-model", "ComputeResourceRequirements": needs},
            RuntimeConfig={"CopyCount": 1},
        )
    options = {"name": None, "max_results": 2, "sort_by": "Name", "sort_order": "Ascending"}
    found = component_rollout.info(logic.connection(), options)["inference_components"]
    assert names(found, "inference_component_name") == ["part-0", "part-1"]
    (one,) = component_rollout.info(logic.connection(), {**options, "name": "part-2", "name_contains": "0"})[
        "inference_components"
    ]
    assert one["inference_component_name"] == "part-2"


# A model that is replaced under its name

FORCED: Options = {
    "state": "present",
    "name": "ranking-a-model",
    "execution_role_arn": ROLE,
    "primary_container": {"image": IMAGE, "environment": {"A": "1"}},
    "force": True,
    "tags": None,
    "purge_tags": True,
}


def test_force_replaces_a_model_that_differs(logic: Logic) -> None:
    arn = logic.sagemaker.describe_model(ModelName="ranking-a-model")["ModelArn"]
    logic.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "a"}])
    logic.aws.clear_calls()
    predicted = logic.run(models.ensure, FORCED, check_mode=True)
    assert logic.aws.mutating() == []
    done = logic.run(models.ensure, FORCED)
    assert logic.aws.mutating() == ["DeleteModel", "CreateModel"]
    assert shown(predicted) == shown(done)
    assert shown(done) == ("replace", ["primary_container.environment.A"], ["DeleteModel", "CreateModel"])
    assert (predicted.before, predicted.after) == (done.before, done.after)
    assert predicted.message(check_mode=True, waits=True).endswith(" would be deleted and created again.")
    assert done.resource["primary_container"]["environment"] == {"A": "1"}
    assert done.resource["tags"] == predicted.resource["tags"] == {"team": "a"}
    logic.aws.clear_calls()
    again = logic.run(models.ensure, FORCED)
    assert (again.plan.action, logic.aws.mutating()) == ("none", [])


def test_tags_are_changed_with_the_replacement(logic: Logic) -> None:
    arn = logic.sagemaker.describe_model(ModelName="ranking-a-model")["ModelArn"]
    logic.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "a"}, {"Key": "tier", "Value": "1"}])
    options = {**FORCED, "tags": {"team": "b"}, "purge_tags": False}
    predicted = logic.run(models.ensure, options, check_mode=True)
    done = logic.run(models.ensure, options)
    assert shown(predicted) == shown(done)
    assert [change.path for change in done.plan.changes] == ["primary_container.environment.A", "tags.team"]
    assert done.resource["tags"] == predicted.resource["tags"] == {"team": "b", "tier": "1"}
    found = logic.sagemaker.list_tags(ResourceArn=arn)["Tags"]
    assert {tag["Key"]: tag["Value"] for tag in found} == {"team": "b", "tier": "1"}


@pytest.mark.parametrize("check_mode", [True, False])
def test_force_warns_of_endpoints_that_serve_the_model(logic: Logic, check_mode: bool) -> None:
    logic.make_endpoint("rank", "ranking-a")
    connection = logic.connection()
    result = models.ensure(connection, FORCED, check_mode)
    assert result.plan.action == "replace"
    (warning,) = connection.warnings
    assert warning.startswith("The model ranking-a-model is replaced while it serves the endpoint rank.")
    assert logic.status("rank") == "InService"


@pytest.mark.parametrize("check_mode", [True, False])
def test_without_force_and_without_drift_nothing_is_replaced(logic: Logic, check_mode: bool) -> None:
    with pytest.raises(SageMakerError, match="requires replacement.*force: true"):
        logic.run(models.ensure, {**FORCED, "force": False}, check_mode)
    same = {**FORCED, "primary_container": {"image": IMAGE}}
    assert logic.run(models.ensure, same, check_mode).plan.action == "none"
    assert logic.aws.mutating() == []


def test_what_can_be_refused_is_refused_before_the_model_is_deleted(logic: Logic) -> None:
    elsewhere = {"image": IMAGE.replace("us-east-1", "eu-west-1")}
    for check_mode in (True, False):
        with pytest.raises(SageMakerError, match="primary_container.image: it is in eu-west-1"):
            logic.run(models.ensure, {**FORCED, "primary_container": elsewhere}, check_mode)
    assert logic.aws.mutating() == []


def test_a_model_that_cannot_be_made_again_is_told_with_its_content(logic: Logic) -> None:
    missing = {"image": IMAGE, "model_data_url": "s3://nobody-has-this/model.tar.gz"}
    with pytest.raises(SageMakerError) as failure:
        logic.run(models.ensure, {**FORCED, "primary_container": missing})
    message, details = failure.value.message, failure.value.details
    assert message.startswith("The model ranking-a-model was deleted and could not be recreated")
    assert "s3://nobody-has-this/model.tar.gz" in message
    assert "deleted_model" in message
    assert details["plan"]["calls"] == ["DeleteModel", "CreateModel"]
    former = details["deleted_model"]
    assert former["primary_container"] == {"image": IMAGE}
    # It is enough to make the model that was.
    content = {option: former.get(option) for option in ("primary_container", "execution_role_arn")}
    restored = logic.run(models.ensure, {**FORCED, **content, "tags": former["tags"]})
    assert restored.plan.action == "create"


@pytest.mark.parametrize("operation", ["DeleteModel", "CreateModel"])
def test_a_replacement_survives_faults(logic: Logic, operation: str) -> None:
    logic.aws.fault(operation, "throttle", times=6)
    logic.aws.fault(operation, "lost", times=1)
    done = logic.run(models.ensure, FORCED)
    assert done.resource["primary_container"]["environment"] == {"A": "1"}
