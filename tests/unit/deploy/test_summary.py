# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the text that a run ends with, as a person reads it."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mlops.sagemaker.plugins.filter import endpoint_summary
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import plans
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.secrets import MASK
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy import serving
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.summary import VERBS
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.deploy.summary import summarize
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports.failure import NO_CONTAINER

NOTHING: dict[str, Any] = {"action": "none", "changes": [], "calls": []}
OLD, NEW = "fraud-config-1a2b3c4d", "fraud-config-5e6f7a8b"
VARIANT = {
    "variant_name": "main",
    "shadow": False,
    "instance_types": ["ml.m5.large"],
    "instance_count": 2,
    "weight": 1.0,
}
CALL = "ansible localhost -m mlops.sagemaker.sagemaker_endpoint_invoke -a 'endpoint_name=fraud {} region=eu-west-1'"
GIVEN = "-e aws_region=eu-west-1 -e sagemaker_endpoint_name=fraud"


def outputs(live: str = NEW, previous: str = OLD, more: dict[str, Any] | None = None, **plan: Any) -> dict[str, Any]:
    """Outputs of a run whose plan does nothing else than what is given."""
    parts = {
        "iam_role": NOTHING,
        "models": [NOTHING],
        "endpoint_config": NOTHING,
        "endpoint": NOTHING,
        "pruned": NOTHING,
    }
    serves = {**serving.NOTHING, "endpoint_config_name": live, "variants": [VARIANT], "invocation": {"body": "..."}}
    return {
        "sagemaker_endpoint_name": "fraud",
        "sagemaker_endpoint_config_name": live,
        "sagemaker_endpoint_status": "InService",
        "sagemaker_role_arn": "arn:aws:iam::111122223333:role/fraud-role-0a1b2c3d",
        "region": "eu-west-1",
        "account_id": "111122223333",
        "serving": serves if live else serving.NOTHING,
        "previous_release": previous,
        "notes": [],
        "plan": {**parts, "autoscaling": [], **plan},
        **(more or {}),
    }


def step(action: str, *changes: tuple[str, Any, Any], calls: tuple[str, ...] = (), name: str = "") -> dict[str, Any]:
    listed = [{"path": path, "before": before, "after": after} for path, before, after in changes]
    return {"action": action, "calls": list(calls), "changes": listed, **({"name": name} if name else {})}


def update(*changes: tuple[str, Any, Any], calls: tuple[str, ...] = ("UpdateEndpoint", "AddTags")) -> dict[str, Any]:
    """The plan of an endpoint that goes from one release to the next."""
    return step("update", ("endpoint_config_name", OLD, NEW), *changes, calls=calls)


def says(found: dict[str, Any], text: str, check_mode: bool = True) -> None:
    assert "\n".join(summarize(found, check_mode)) == textwrap.dedent(text).strip()


FIRST = outputs(
    previous="",
    iam_role=step("create", ("description", None, "x"), calls=("CreateRole",)),
    models=[step("create", ("primary_container", None, {}), calls=("CreateModel",), name="fraud-model-9a8b7c6d")],
    endpoint_config=step("create", calls=("CreateEndpointConfig",)),
    endpoint=step("create", ("endpoint_config_name", None, NEW), calls=("CreateEndpoint",)),
    autoscaling=[
        step("create", calls=("RegisterScalableTarget",), name="endpoint/fraud/variant/main"),
        step("create", calls=("PutMetricAlarm",), name="fraud-main-wake-from-zero"),
    ],
)


def test_a_first_deploy_in_check_mode() -> None:
    says(
        FIRST,
        f"""
        Endpoint fraud (eu-west-1, account 111122223333): this run would
          create the execution role fraud-role-0a1b2c3d
          create the model fraud-model-9a8b7c6d
          create the endpoint configuration {NEW}
          create the endpoint fraud, because it does not exist
          create autoscaling of the variant main
          create the alarm fraud-main-wake-from-zero
        Would serve:
          {NEW} (InService)
            variant main: 2 x ml.m5.large
        Call it:
          {CALL.format("body=...")}
        No release to roll back to. Delete everything:
          ansible-playbook mlops.sagemaker.destroy {GIVEN}
        """,
    )


def test_a_first_deploy_that_was_done() -> None:
    lines = summarize(
        {**FIRST, "invocations_url": "https://example.com/i", "openai_base_url": "https://example.com/v1"}, False
    )
    assert lines[:2] == [
        "Endpoint fraud (eu-west-1, account 111122223333): this run has",
        "  created the execution role fraud-role-0a1b2c3d",
    ]
    assert "  created the endpoint fraud, because it did not exist" in lines
    place = lines.index("Call it:")
    assert lines[place + 1 : place + 3] == ["  https://example.com/i", "  https://example.com/v1 (OpenAI-compatible)"]
    assert "Serves now:" in lines


@pytest.mark.parametrize("check_mode", [True, False])
def test_nothing_to_do(check_mode: bool) -> None:
    says(
        outputs(),
        f"""
        Endpoint fraud (eu-west-1, account 111122223333): no changes.
        Serves now:
          {NEW} (InService)
            variant main: 2 x ml.m5.large
        Call it:
          {CALL.format("body=...")}
        Roll back to {OLD}:
          ansible-playbook mlops.sagemaker.rollback {GIVEN}
        """,
        check_mode,
    )


def test_an_update_with_one_environment_variable_a_secret_and_a_suspended_autoscaler() -> None:
    environment = "models[main].primary_container.environment"
    calls = ("AddTags", "DeregisterScalableTarget", "UpdateEndpoint", "RegisterScalableTarget", "DeleteTags", "AddTags")
    pruned = ("endpoint_configs[fraud-config-0]", "fraud-config-0", None), (
        "models[fraud-model-0]",
        "fraud-model-0",
        None,
    )
    scaled = {**VARIANT, "instance_types": ["ml.m5.xlarge"], "autoscaling": {"min_capacity": 2, "max_capacity": 8}}
    says(
        outputs(
            models=[step("create", calls=("CreateModel",), name="fraud-model-9a8b7c6d")],
            endpoint_config=step("create", calls=("CreateEndpointConfig",)),
            endpoint=update(
                ("production_variants[main].instance_type", "ml.m5.large", "ml.m5.xlarge"),
                ("production_variants[main].model_name", "fraud-model-0", "fraud-model-9a8b7c6d"),
                ("tags.mlops.sagemaker/history", OLD, f"{NEW} {OLD}"),
                (f"{environment}.THRESHOLD", "0.7", "0.8"),
                (f"{environment}.DB_PASSWORD", MASK, MASK),
                calls=calls,
            ),
            autoscaling=[
                step(
                    "update",
                    ("max_capacity", 4, 8),
                    calls=("RegisterScalableTarget",),
                    name="endpoint/fraud/variant/main",
                )
            ],
            pruned=step("delete", *pruned, calls=("DeleteEndpointConfig", "DeleteModel")),
            more={
                "serving": {**outputs()["serving"], "variants": [scaled]},
                "notes": ["Variant main has 1 of 2 instances."],
            },
        ),
        f"""
        Endpoint fraud (eu-west-1, account 111122223333): this run has
          created the model fraud-model-9a8b7c6d
          created the endpoint configuration {NEW}
          updated the endpoint fraud from {OLD} to {NEW} by a rollout without downtime during which autoscaling is suspended, because of
              production_variants[main].instance_type: ml.m5.large -> ml.m5.xlarge
              {environment}.THRESHOLD: 0.7 -> 0.8
              {environment}.DB_PASSWORD: changed (secret)
          updated autoscaling of the variant main, because of
              max_capacity: 4 -> 8
          deleted the old endpoint configuration fraud-config-0
          deleted the old model fraud-model-0
        Serves now:
          {NEW} (InService)
            variant main: 2 x ml.m5.xlarge, scaled automatically from 2 to 8
        Call it:
          {CALL.format("body=...")}
        Roll back to {OLD}:
          ansible-playbook mlops.sagemaker.rollback {GIVEN}
        Notes:
          Variant main has 1 of 2 instances.
        """,
        check_mode=False,
    )


def test_the_same_content_again_because_of_its_marker() -> None:
    lines = summarize(outputs(endpoint=update(("release_marker", None, "build-42"))), check_mode=True)
    assert lines[1].endswith(" by a rollout without downtime, because of")
    assert lines[2] == "      release_marker: build-42"


def test_a_rollback() -> None:
    found = outputs(
        live=OLD, previous=NEW, endpoint=step("update", ("endpoint_config_name", NEW, OLD), calls=("UpdateEndpoint",))
    )
    lines = summarize(found, check_mode=True)
    assert lines[1] == f"  update the endpoint fraud from {NEW} to {OLD} by a rollout without downtime"
    assert f"Roll back to {NEW}:" in lines


def test_a_shadow_is_no_variant_to_share_the_traffic_with() -> None:
    found = outputs()
    found["serving"] = {**found["serving"], "variants": [VARIANT, {**VARIANT, "variant_name": "next", "shadow": True}]}
    assert summarize(found, check_mode=False)[3:5] == [
        "    variant main: 2 x ml.m5.large",
        "    variant next: 2 x ml.m5.large, a shadow",
    ]


@pytest.mark.parametrize("previous", ["", OLD])
def test_inference_components_return_with_their_variables(previous: str) -> None:
    """A rollback is for the configuration of the endpoint."""
    changed = step("update", ("specification.model_name", "m1", "m2"), calls=("UpdateInferenceComponent",), name="chat")
    lines = summarize(outputs(previous=previous, inference_components=[changed]), check_mode=True)
    place = lines.index(f"Roll back to {OLD}:" if previous else "No release to roll back to. To undo this run:")
    undo = "Deploy with the earlier variables."
    assert lines[place + 1 :] == (
        [f"  ansible-playbook mlops.sagemaker.rollback {GIVEN}", f"  chat: {undo}"] if previous else [f"  {undo}"]
    )


def test_a_destroy_is_told_in_its_own_order() -> None:
    says(
        outputs(
            live="",
            previous="",
            endpoint=step("delete", ("state", "present", "absent"), calls=("DeleteEndpoint",)),
            inference_components=[step("delete", ("state", "present", "absent"), name="chat")],
            autoscaling=[step("delete", ("state", "present", "absent"), name="inference-component/chat")],
            pruned=step("delete", (f"endpoint_configs[{NEW}]", NEW, None), ("models[m]", "m", None)),
            iam_role=step("delete", ("execution_roles[r]", "r", None)),
            more={"sagemaker_role_arn": "", "sagemaker_endpoint_status": ""},
        ),
        f"""
        Endpoint fraud (eu-west-1, account 111122223333): this run has
          deleted autoscaling of the inference component chat
          deleted the inference component chat
          deleted the endpoint fraud
          deleted the endpoint configuration {NEW}
          deleted the model m
          deleted the execution role r
        To undo this run:
          Deploy with the same variables. That creates everything again.
        """,
        check_mode=False,
    )


def test_a_destroy_that_finds_nothing() -> None:
    says(
        outputs(live="", previous="", more={"notes": ["There is no endpoint fraud."], "account_id": ""}),
        """
        Endpoint fraud (eu-west-1): no changes, because no such endpoint exists in eu-west-1.
        Notes:
          There is no endpoint fraud.
        """,
    )


def test_a_run_whose_variables_name_no_endpoint_speaks_of_none() -> None:
    failed = {
        "failed": True,
        "failure": {"what": "plan", "name": "", "reason": "sagemaker_endpoint_name: is not given"},
    }
    found = summarize({"sagemaker_endpoint_name": "", "plan": {}, **failed}, check_mode=False)
    assert found == [
        "This run failed, and has changed nothing.",
        "Failure:",
        "  plan",
        "  sagemaker_endpoint_name: is not given",
    ]


def test_an_endpoint_that_is_adopted_gets_tags_only() -> None:
    found = outputs(
        endpoint=step("retag", ("tags.mlops.sagemaker/endpoint", None, "fraud"), calls=("AddTags",)),
        autoscaling=[
            step(
                "retag",
                ("tags.mlops.sagemaker/endpoint", None, "fraud"),
                ("tags.team", None, "a"),
                name="endpoint/fraud/variant/v",
            )
        ],
    )
    assert summarize(found, check_mode=True)[1:4] == [
        "  change the tags of the endpoint fraud (internal tags of the role)",
        "  change the tags of autoscaling of the variant v, because of",
        "      tags.team: added (a)",
    ]


def test_a_run_that_does_not_wait_says_what_does_not_serve_yet() -> None:
    pending = {**FIRST, "sagemaker_endpoint_status": "Creating"}
    lines = summarize(pending, check_mode=False)
    assert "  begun to create the endpoint fraud, because it did not exist" in lines
    assert "Serves now:" not in lines and "Call it:" not in lines
    place = lines.index("Will serve once it is in service:")
    assert lines[place + 1] == f"  {NEW} (Creating)"
    assert "Call it once it is in service:" in lines
    assert "Would serve:" in summarize(pending, check_mode=True)
    found = outputs(endpoint=update(("a", 1, 2)), more={"sagemaker_endpoint_status": "Updating"})
    found["serving"] = {**found["serving"], "endpoint_config_name": OLD}
    lines = summarize(found, check_mode=True)
    assert lines[1].startswith(f"  begin to update the endpoint fraud from {OLD} to {NEW}")
    assert summarize(found, check_mode=False)[3:5] == ["Serves now:", f"  {OLD} (Updating to {NEW})"]


@pytest.mark.parametrize("team", [(), (("tags.team", None, "a"),)])
@pytest.mark.parametrize("before", [None, OLD])
def test_a_run_says_what_it_completes(before: str | None, team: tuple[Any, ...]) -> None:
    entered = ("tags.mlops.sagemaker/history", before, f"{NEW} 1a2b3c4d")
    lines = summarize(outputs(endpoint=step("retag", entered, *team, calls=("AddTags",))), check_mode=False)
    assert (
        lines[1] == f"  completed the rollout of {NEW} that an earlier run began, by entering it as the latest release"
    )
    told = ["  changed the tags of the endpoint fraud, because of", "      tags.team: added (a)"] if team else []
    assert lines[2 : 3 + len(told)] == [*told, "Serves now:"]


def test_a_run_that_completes_a_rollout_says_what_else_was_interrupted() -> None:
    entered = ("tags.mlops.sagemaker/history", OLD, f"{NEW} 1a2b3c4d")
    scaled = ("autoscaling[main]", "deregistered", "registered")
    found = outputs(endpoint=step("update", entered, scaled, calls=("RegisterScalableTarget", "AddTags")))
    assert summarize(found, check_mode=True)[1:4] == [
        f"  complete the rollout of {NEW} that an earlier run began, by entering it as the latest release",
        "  update the endpoint fraud, because of",
        "      autoscaling[main]: registered again, because an interrupted run has left it suspended",
    ]


def test_a_history_that_only_gets_shorter_completes_nothing() -> None:
    shorter = ("tags.mlops.sagemaker/history", f"{NEW} 1a2b3c4d", NEW)
    lines = summarize(outputs(endpoint=step("retag", shorter, calls=("AddTags",))), check_mode=False)
    assert lines[1] == "  changed the tags of the endpoint fraud (internal tags of the role)"


def test_a_wait_changes_nothing() -> None:
    found = outputs(live=NEW, endpoint=step("wait"), more={"sagemaker_endpoint_status": "Updating"})
    found["serving"] = {**found["serving"], "endpoint_config_name": OLD}
    lines = summarize(found, check_mode=True)
    assert lines[1:4] == ["  wait for the endpoint fraud", "Serves now:", f"  {OLD} (Updating to {NEW})"]


def test_an_endpoint_that_failed_is_made_again() -> None:
    changes = ("endpoint_status", "Failed", "InService"), ("failure_reason", "no capacity", None)
    lines = summarize(outputs(endpoint=step("replace", *changes)), check_mode=True)
    assert lines[1:4] == [
        "  delete and create again the endpoint fraud, because of",
        "      endpoint_status: Failed -> InService",
        "      failure_reason: removed (was no capacity)",
    ]


def test_a_run_that_failed_says_why_what_serves_and_what_to_do() -> None:
    failure = {
        "what": "endpoint",
        "name": "fraud",
        "status": "InService",
        "rolled_back": True,
        "reason": "The container for main did not pass the ping health check.",
        "remedy": "Look at the last lines of the container.",
        "serving": {
            "endpoint_config_name": OLD,
            "variants": [{"variant_name": "main", "current_instance_count": 2, "desired_instance_count": 2}],
        },
        "log_lines": [{"time": "t", "stream": "s", "message": f"line {number}"} for number in range(5)],
        "command": "aws logs tail /aws/sagemaker/Endpoints/fraud",
    }
    says(
        outputs(
            models=[step("create", name="m")],
            more={"failed": True, "failure": failure, "sagemaker_endpoint_status": ""},
        ),
        f"""
        Endpoint fraud (eu-west-1, account 111122223333): this run failed, after it has
          created the model m
        Failure:
          endpoint fraud was rolled back by SageMaker
          The container for main did not pass the ping health check.
          Look at the last lines of the container.
          line 2
          line 3
          line 4
          aws logs tail /aws/sagemaker/Endpoints/fraud
        Serves now:
          {OLD}
            variant main: 2 of 2 instances
        """,
        check_mode=False,
    )
    # Nothing moves to the new release any more, and where no container started no command shows its log.
    refused = {**failure, "rolled_back": False, "log_lines": [], "log_note": NO_CONTAINER}
    lines = summarize(outputs(live=NEW, more={"failed": True, "failure": refused}), False)
    assert lines[1:] == [
        "Failure:",
        "  endpoint fraud",
        "  The container for main did not pass the ping health check.",
        "  Look at the last lines of the container.",
        f"  {NO_CONTAINER}",
        "Serves as before:",
        f"  {OLD} (InService)",
        "    variant main: 2 of 2 instances",
    ]
    for other in ({"cause": "superseded"}, {"serving": {"endpoint_config_name": NEW}}):
        assert "Serves now:" in summarize(
            outputs(live=NEW, more={"failed": True, "failure": {**refused, **other}}), False
        )
    # What failed was only tried.
    tried = {**update(), "failed": True}
    lines = summarize(outputs(endpoint=tried, more={"failed": True, "failure": failure}), False)
    assert lines[1] == f"  tried to update the endpoint fraud from {OLD} to {NEW} by a rollout without downtime"
    assert summarize({"sagemaker_endpoint_name": "e", "plan": {}, "failed": True}, False) == [
        "Endpoint e: this run failed, and has changed nothing."
    ]


def test_a_run_that_failed_before_anything_serves_says_what_it_leaves_behind() -> None:
    failure = {"what": "plan", "name": "fraud", "reason": "a: is wrong. Do this.\nb: is wrong.", "remedy": "Do this."}
    lines = summarize(
        outputs(iam_role=step("create"), models=[step("create", name="m")], more={"failed": True, "failure": failure}),
        False,
    )
    assert lines[-7:] == [
        "Failure:",
        "  plan fraud",
        "  a: is wrong. Do this.",
        "  b: is wrong.",
        "What was created stays:",
        "  Fix the cause and deploy again. The next run uses what this one has created, or removes it.",
        "  To delete it: ansible-playbook mlops.sagemaker.destroy -e aws_region=eu-west-1 -e sagemaker_endpoint_name=fraud",
    ]
    nothing = summarize(outputs(more={"failed": True, "failure": failure}), False)
    assert nothing[0].endswith("has changed nothing.") and nothing[-1] == "  b: is wrong."


def test_the_kinds_of_variants_and_components_have_words() -> None:
    variants = [
        {**VARIANT, "instance_types": ["ml.g6.xlarge", "ml.g5.xlarge"], "weight": 0.9},
        {**VARIANT, "variant_name": "next", "weight": 0.1},
        {**VARIANT, "variant_name": "copy", "shadow": True, "instance_count": None},
        {
            **VARIANT,
            "variant_name": "less",
            "instance_types": [],
            "memory_size_in_mb": 2048,
            "max_concurrency": 5,
            "provisioned_concurrency": 1,
        },
    ]
    components = [
        {"name": "chat", "copy_count": 1, "autoscaling": {"min_capacity": 0, "max_capacity": 4}},
        {"name": "legal", "base": "chat"},
        {"name": "embed", "copy_count": None},
    ]
    found = outputs()
    found["serving"] = {
        **found["serving"],
        "variants": variants,
        "inference_components": components,
        "invocation": {"input_location": "s3://...", "inference_component_name": "chat"},
    }
    lines = summarize(found, check_mode=False)
    assert lines[3:10] == [
        "    variant main: 2 x ml.g6.xlarge or ml.g5.xlarge, weight 0.9",
        "    variant next: 2 x ml.m5.large, weight 0.1",
        "    variant copy: ml.m5.large, a shadow",
        "    variant less: serverless with 2048 MB, at most 5 requests at once, 1 of them provisioned, weight 1",
        "    inference component chat: 1 copy, scaled automatically from 0 to 4",
        "    inference component legal: an adapter of chat",
        "    inference component embed",
    ]
    assert f"  {CALL.format('input_location=s3://... inference_component_name=chat')}" in lines


def test_execution_roles_that_lose_permissions_with_old_releases() -> None:
    changes = (
        ("endpoint_configs[c]", "c", None),
        ("execution_roles[old-role]", "old-role", None),
        ("inline_policies[p]", "p", None),
        ("tags.a", "1", "2"),
    )
    assert summarize(outputs(pruned=step("delete", *changes)), check_mode=True)[1:6] == [
        "  delete the old endpoint configuration c",
        "  delete the old execution role old-role",
        "  delete the old permissions p",
        "  update the execution roles, because of",
        "      tags.a: 1 -> 2",
    ]


@pytest.mark.parametrize("action", [plans.CREATE, plans.UPDATE, plans.RETAG, plans.REPLACE, plans.DELETE, plans.WAIT])
def test_every_action_has_words(action: str) -> None:
    assert action in VERBS


@pytest.mark.parametrize(("check_mode", "verb"), [(True, "leave"), (False, "left")])
def test_what_the_next_run_will_do_is_told(check_mode: bool, verb: str) -> None:
    left = step("wait", ("next_run", None, "RegisterScalableTarget"), name="endpoint/e/variant/v")
    assert summarize(outputs(autoscaling=[left]), check_mode)[1] == (
        f"  {verb} autoscaling of the variant v to the next run: AWS scales a variant only once it is in service"
    )


def test_a_plan_is_enough() -> None:
    """What the documentation of the filter shows."""
    found = {"sagemaker_endpoint_name": "fraud", "plan": {"endpoint": update()}}
    assert summarize(found, check_mode=True) == [
        "Endpoint fraud: this run would",
        f"  update the endpoint fraud from {OLD} to {NEW} by a rollout without downtime",
    ]


def test_the_sample_in_the_readme_is_what_a_run_shows() -> None:
    """Rendered from outputs with its names."""
    readme = (Path(__file__).parents[3] / "playbooks" / "README.md").read_text()
    (sample,) = re.findall(r"```text\n(Endpoint churn .*?)\n```", readme, re.DOTALL)
    old, new = "churn-config-ca598018", "churn-config-fc429a67"
    path = "models[AllTraffic].primary_container.environment.THRESHOLD"
    variant = {**VARIANT, "variant_name": "AllTraffic", "autoscaling": {"min_capacity": 2, "max_capacity": 6}}
    found = outputs(
        live=new,
        previous=old,
        models=[step("create", name="churn-model-2b4b99ce")],
        endpoint_config=step("create"),
        endpoint=step("update", ("endpoint_config_name", old, new), (path, "0.7", "0.8"), calls=("UpdateEndpoint",)),
    )
    found["serving"] = {**found["serving"], "variants": [variant]}
    url = "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/churn/invocations"
    place = {"sagemaker_endpoint_name": "churn", "region": "us-east-1", "invocations_url": url}
    assert "\n".join(summarize({**found, **place}, check_mode=False)) == sample


def test_the_sample_in_the_documentation_of_the_filter_is_what_a_run_shows() -> None:
    """Its beginning, up to what serves."""
    sample = yaml.safe_load(endpoint_summary.RETURN)["_value"]["sample"]
    path = "models[AllTraffic].primary_container.environment.THRESHOLD"
    found = outputs(
        models=[step("create", name="fraud-model-9a8b7c6d")],
        endpoint_config=step("create"),
        endpoint=update((path, "0.7", "0.8")),
        more={"region": "us-east-1"},
    )
    found["serving"] = {**found["serving"], "variants": [{**VARIANT, "variant_name": "AllTraffic"}]}
    assert summarize(found, check_mode=False)[: len(sample)] == sample
