# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sagemaker_execution_role in plays: what it does to IAM, what it says of it, and what it does when IAM is unwell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.iam import policy as execution_policy
from integration.gate import Gate
from integration.harness import Player
from integration.harness import Run
from local_aws.process import LocalAws

ACCOUNT = "123456789012"
FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
OWNER = {"mlops.sagemaker/endpoint": "prod"}
HERE = "mlops.sagemaker/region/us-east-1"
ANY_POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
CHANGES_NOTHING = {"GetRole", "ListRolePolicies", "ListAttachedRolePolicies", "ListInstanceProfilesForRole"}


def task(**options: Any) -> str:
    """The task that keeps a role, as YAML. None takes an option away."""
    given = {"endpoint_name": "prod", "region": "us-east-1", **options}
    given = {option: value for option, value in given.items() if value is not None}
    return f"- name: Role\n  mlops.sagemaker.sagemaker_execution_role: {json.dumps(given)}\n"


def release(archive: str, **more: Any) -> dict[str, Any]:
    """The options for a release that serves this archive."""
    container = {
        "image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0",
        "model_data_url": f"s3://models/{archive}.tar.gz",
        "environment": {"API_TOKEN": "a-very-secret-token"},
    }
    config = {"production_variants": [{"variant_name": "AllTraffic", "instance_type": "ml.m5.large"}]}
    return {"name_prefix": "churn", "models": [{"primary_container": container}], "endpoint_config": config, **more}


def keep(play: Player, how: str = "run", **options: Any) -> Run:
    """Run the task. how: run, or check."""
    return play(tasks=task(**options), check=how == "check", diff=True)


def outcome(run: Run) -> dict[str, Any]:
    assert run.ok, run
    assert "DEPRECATION" not in run.output and "WARNING" not in run.output, run
    return run.result("Role")


def comparable(result: dict[str, Any]) -> dict[str, Any]:
    """What check mode must predict."""
    keys = ("changed", "plan", "role", "policy_name", "policy_document", "stale_policies", "region", "diff")
    return {key: result[key] for key in keys}


def iam_calls(aws: LocalAws) -> set[str]:
    return {call["operation"] for call in aws.calls("iam")}


def change(aws: LocalAws, play: Player, **options: Any) -> dict[str, Any]:
    """Check, run and run again: the prediction is exact, check and second run change nothing. Returns the run's result."""
    aws.clear_calls()
    predicted = comparable(outcome(keep(play, "check", **options)))
    assert aws.mutating() == []
    done = outcome(keep(play, **options))
    assert comparable(done) == predicted
    assert aws.mutating() == done["plan"]["calls"] != []
    aws.clear_calls()
    again = outcome(keep(play, **options))
    assert (again["changed"], again["plan"]["action"], aws.mutating()) == (False, "none", [])
    assert {call["service"] for call in aws.calls()} == {"iam"}
    assert iam_calls(aws) <= CHANGES_NOTHING
    assert again["role"] == done["role"]
    return done


@pytest.mark.core_ends
def test_create_change_prune_and_delete(aws: LocalAws, play: Player) -> None:
    iam = aws.client("iam")
    one = change(aws, play, **release("one", tags={"team": "growth"}))
    assert one["plan"]["action"] == "create"
    assert one["plan"]["calls"] == ["CreateRole", "PutRolePolicy"]
    name = one["role"]["name"]
    assert name.startswith("churn-role-")
    assert one["msg"] == f"Execution role {name} was created."
    assert one["tags"] == one["role"]["tags"] == {"team": "growth", **OWNER}
    found = iam.get_role(RoleName=name)["Role"]
    assert one["role"]["arn"] == found["Arn"]
    assert found["AssumeRolePolicyDocument"] == one["role"]["assume_role_policy_document"]
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"team": "growth", **OWNER}
    document = iam.get_role_policy(RoleName=name, PolicyName=one["policy_name"])["PolicyDocument"]
    assert document == one["policy_document"]
    assert iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []

    two = change(aws, play, **release("two"))
    assert (two["plan"]["action"], two["plan"]["calls"]) == ("update", ["PutRolePolicy"])
    assert two["role"]["inline_policies"] == sorted([one["policy_name"], two["policy_name"]])
    assert two["stale_policies"] == [one["policy_name"]]

    pruned = change(aws, play, name=name, prune_policies=two["stale_policies"])
    assert pruned["plan"]["calls"] == ["DeleteRolePolicy"]
    assert pruned["role"]["inline_policies"] == [two["policy_name"]]

    gone = change_to_absent(aws, play, name_prefix="churn")
    assert gone["plan"]["calls"] == ["DeleteRolePolicy", "DeleteRole"]
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=name)


def change_to_absent(aws: LocalAws, play: Player, **options: Any) -> dict[str, Any]:
    done = change(aws, play, state="absent", **options)
    assert (done["plan"]["action"], done["role"], done["tags"]) == ("delete", {}, {})
    assert re.fullmatch(r"Execution role \S+ was deleted\.", done["msg"])
    return done


def test_full_access_then_least_privilege(aws: LocalAws, play: Player) -> None:
    full = change(aws, play, name="churn", managed_policies=["AmazonSageMakerFullAccess"])
    assert full["plan"]["calls"] == ["CreateRole", "AttachRolePolicy"]
    assert full["role"]["managed_policies"] == [FULL_ACCESS]
    assert (full["policy_name"], full["policy_document"]) == ("AmazonSageMakerFullAccess", None)

    least = change(aws, play, **{**release("one"), "name_prefix": None, "name": "churn"})
    assert least["role"]["managed_policies"] == [FULL_ACCESS]
    assert least["stale_policies"] == ["AmazonSageMakerFullAccess"]

    pruned = change(aws, play, name="churn", prune_policies=least["stale_policies"])
    assert pruned["plan"]["calls"] == ["DetachRolePolicy"]
    assert pruned["role"]["managed_policies"] == []
    assert pruned["role"]["inline_policies"] == [least["policy_name"]]


def test_no_policy_at_all(aws: LocalAws, play: Player) -> None:
    assert change(aws, play, name="bare")["plan"]["calls"] == ["CreateRole"]


def test_boundary_tags_description_and_trust(aws: LocalAws, play: Player) -> None:
    iam = aws.client("iam")
    iam.create_policy(PolicyName="boundary", PolicyDocument=ANY_POLICY)
    outcome(keep(play, name="churn", tags={"team": "a", "stage": "test"}))

    retagged = change(aws, play, name="churn", tags={"team": "b"})
    assert (retagged["plan"]["action"], retagged["plan"]["calls"]) == ("retag", ["UntagRole", "TagRole"])
    assert retagged["role"]["tags"] == {"team": "b", **OWNER, HERE: "prod"}

    theirs = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [theirs]})
    iam.update_assume_role_policy(RoleName="churn", PolicyDocument=trust)
    changed = change(aws, play, name="churn", description="Serves churn", permissions_boundary_arn=BOUNDARY)
    assert changed["plan"]["calls"] == ["UpdateAssumeRolePolicy", "UpdateRole", "PutRolePermissionsBoundary"]
    assert iam.get_role(RoleName="churn")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY

    assert not outcome(keep(play, name="churn"))["changed"]
    freed = change(aws, play, name="churn", permissions_boundary_arn="")
    assert freed["plan"]["calls"] == ["DeleteRolePermissionsBoundary"]


def test_a_boundary_from_the_start(aws: LocalAws, play: Player) -> None:
    aws.client("iam").create_policy(PolicyName="boundary", PolicyDocument=ANY_POLICY)
    made = change(aws, play, name="churn", permissions_boundary_arn=BOUNDARY, description="Serves churn")
    assert made["plan"]["calls"] == ["CreateRole"]
    assert made["role"]["permissions_boundary_arn"] == BOUNDARY


@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize(
    ("its_tags", "why"),
    [([], "has no tag"), ([{"Key": "mlops.sagemaker/endpoint", "Value": "test"}], "belongs to the endpoint test")],
)
def test_a_role_of_somebody_else_is_refused(
    aws: LocalAws, play: Player, state: str, its_tags: list[dict[str, str]], why: str
) -> None:
    aws.client("iam").create_role(RoleName="theirs", AssumeRolePolicyDocument="{}", Tags=its_tags)
    aws.clear_calls()
    for how in ("check", "run"):
        run = keep(play, how, name="theirs", state=state)
        assert why in (run.failure or ""), run
    assert aws.mutating() == []


def test_the_partition_is_that_of_the_credentials(aws: LocalAws, play: Player) -> None:
    options = {**release("one"), "region": "cn-north-1", "managed_policies": ["AmazonSageMakerFullAccess"]}
    predicted = outcome(keep(play, "check", **options))
    assert predicted["role"]["arn"].startswith(f"arn:aws-cn:iam::{ACCOUNT}:role/churn-role-")
    assert predicted["role"]["managed_policies"] == ["arn:aws-cn:iam::aws:policy/AmazonSageMakerFullAccess"]
    assert "arn:aws:" not in json.dumps(predicted["policy_document"]).replace("arn:aws:ecr", "")


def test_module_defaults_delegation_and_environment_reach_the_modules(aws: LocalAws, play: Player) -> None:
    run = play(
        tasks="""
        - name: Nothing is known of AWS but what the play says
          module_defaults:
            group/mlops.sagemaker.all:
              endpoint_url: "{{ url }}"
              region: us-east-1
              aws_access_key: testing
              aws_secret_key: testing
          block:
            - name: Role
              mlops.sagemaker.sagemaker_execution_role:
                name_prefix: churn
                endpoint_name: prod
              delegate_to: 127.0.0.1
              vars:
                ansible_connection: local
        - name: Role by environment
          mlops.sagemaker.sagemaker_execution_role:
            name_prefix: churn
            endpoint_name: prod
          environment:
            AWS_ENDPOINT_URL: "{{ url }}"
            AWS_ACCESS_KEY_ID: testing
            AWS_SECRET_ACCESS_KEY: testing
            AWS_REGION: us-east-1
          check_mode: true
        """,
        variables={"url": aws.url},
        environment={name: None for name in aws.environment()},
    )
    assert run.ok, run
    assert run.result("Role")["changed"]
    assert not run.result("Role by environment")["changed"]


KEYS = "aws_access_key_id = testing\naws_secret_access_key = testing\n"
# A profile's region stands in the one file, or in the other, or is none at all.
CONFIG = f"[default]\nregion = eu-central-1\n[profile one]\nregion = eu-west-1\n{KEYS}[profile bare]\n{KEYS}"
CREDENTIALS = f"[two]\nregion = us-west-2\n{KEYS}"

# The ways in which the modules find their region, by the region that they find: options of the task, and its environment.
WAYS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "eu-west-1": ({}, {"AWS_PROFILE": "one"}),
    "us-west-2": ({}, {"AWS_DEFAULT_PROFILE": "two"}),
    "eu-central-1": ({}, {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}),
    "us-east-2": ({}, {"AWS_PROFILE": "one", "AWS_DEFAULT_REGION": "us-east-2"}),
    "us-west-1": ({}, {"AWS_PROFILE": "one", "AWS_DEFAULT_REGION": "us-east-2", "AWS_REGION": "us-west-1"}),
    "eu-north-1": ({"region": "eu-north-1"}, {"AWS_PROFILE": "one", "AWS_REGION": "us-west-1"}),
    "eu-west-3": ({"profile": "bare", "aws_config": {"region_name": "eu-west-3"}}, {}),
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """The environment variables that lead to files of AWS, which only the task knows."""
    found = {"AWS_CONFIG_FILE": CONFIG, "AWS_SHARED_CREDENTIALS_FILE": CREDENTIALS}
    for variable, content in found.items():
        (tmp_path / variable).write_text(content)
    return {variable: str(tmp_path / variable) for variable in found}


# Nothing that Ansible's own process has leads to a region, to credentials or to a profile.
BARE = {
    name: None
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
}


@pytest.mark.parametrize(
    ("front", "ways"),
    [({}, [*WAYS]), ({"ANSIBLE_KEEP_REMOTE_FILES": "1"}, ["us-west-2"])],
    ids=["in-process", "as-processes"],
)
def test_the_region_is_that_of_the_clients(
    aws: LocalAws, play: Player, files: dict[str, str], front: dict[str, str], ways: list[str]
) -> None:
    aws.make_role("exec")
    tasks = []
    for region in ways:
        options, environment = WAYS[region]
        model = {
            "primary_container": {"image": f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/x:1"},
            "name": "m",
            **options,
        }
        for module, given in (
            ("sagemaker_execution_role", {**release("one", region=None), "endpoint_name": "prod", **options}),
            ("sagemaker_caller_info", options),
            ("sagemaker_model", {**model, "execution_role_arn": f"arn:aws:iam::{ACCOUNT}:role/exec"}),
        ):
            given = {option: value for option, value in given.items() if value is not None}
            name = f"{module} {region}"
            tasks.append({"name": name, f"mlops.sagemaker.{module}": given, "environment": {**files, **environment}})
    run = play(tasks=json.dumps(tasks), check=True, environment={**BARE, **front})
    assert run.ok, run
    for region in ways:
        found = run.result(f"sagemaker_execution_role {region}")
        assert found["region"] == region
        assert found["role"]["name"] == execution_policy.role_name("churn", "prod", region)
        assert found["policy_document"] == execution_policy.execution_policy(
            release("one")["models"], release("one")["endpoint_config"], partition="aws", region=region, account=ACCOUNT
        )
        caller = run.result(f"sagemaker_caller_info {region}")
        assert (caller["region"], caller["partition"], caller["account_id"]) == (region, "aws", ACCOUNT)
        assert run.result(f"sagemaker_model {region}")["model"]["model_arn"].split(":")[3] == region


def test_a_role_of_two_regions_goes_with_the_last_of_them(aws: LocalAws, play: Player) -> None:
    """Of two endpoints of one name, each in its region."""
    here = {"name": "shared", "policy_document": json.loads(ANY_POLICY)}
    there = {**here, "region": "eu-west-1"}
    steps = [
        ({**here}, "create", ["CreateRole", "PutRolePolicy"]),
        ({**there}, "retag", ["TagRole"]),
        ({**here, "tags": {"team": "a"}}, "retag", ["TagRole"]),
        ({**there, "tags": {"team": "a"}}, "none", []),
        ({"name": "shared", "state": "absent"}, "retag", ["TagRole"]),
        ({"name": "shared", "state": "absent"}, "none", []),
        ({"name": "shared", "state": "absent", "region": "eu-west-1"}, "delete", ["DeleteRolePolicy", "DeleteRole"]),
    ]
    run = play(tasks="".join(task(**options) for options, _action, _calls in steps))
    assert run.ok, run
    results = [entry["result"] for entry in run.results]
    assert [(result["plan"]["action"], result["plan"]["calls"]) for result in results] == [
        (action, calls) for _options, action, calls in steps
    ]
    assert aws.mutating() == [call for _options, _action, calls in steps for call in calls]
    assert results[3]["role"]["tags"] == {
        **OWNER,
        HERE: "prod",
        "mlops.sagemaker/region/eu-west-1": "prod",
        "team": "a",
    }
    assert results[4]["msg"] == results[5]["msg"]
    assert "The IAM role shared stays: the endpoint prod in eu-west-1 uses it." in results[4]["msg"]
    assert results[4]["role"]["name"] == "shared" and results[6]["role"] == {}


def test_nothing_secret_is_shown(aws: LocalAws, play: Player) -> None:
    container = {
        "artifact_url": "s3://adapters/support.tar.gz",
        "environment": {"API_TOKEN": "another-secret-token"},
    }
    components = [{"specification": {"base_inference_component_name": "base", "container": container}}]
    options = {**release("one"), "inference_components": components, "secret_key": "the-secret-key-of-mine"}
    run = play(tasks=task(**options, access_key="testing"), diff=True, verbosity=3)
    assert run.ok, run
    shown = json.dumps(run.result("Role"))
    assert "arn:aws:s3:::adapters/support.tar.gz" in shown
    for secret in ("a-very-secret-token", "another-secret-token"):
        assert secret not in run.output
        assert secret not in shown


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "a", "nonsense": 1}, "Unsupported options: nonsense. Supported parameters include: "),
        ({}, "one of the following is required: name, name_prefix"),
        ({"name": "a", "name_prefix": "b"}, "parameters are mutually exclusive: name|name_prefix"),
        (
            {"name": "a", "policy_document": {}, "models": []},
            "parameters are mutually exclusive: policy_document|models",
        ),
        ({"name_prefix": "not this"}, "name_prefix: 'not this' is not a valid start of an IAM role name"),
        ({"name": "not this"}, "role name must match pattern"),
        ({"name": "a", "tags": {"mlops.sagemaker/endpoint": "b"}}, "'b' is not endpoint_name 'prod'"),
        (
            {"name": "a", "prune_policies": ["of-the-company"]},
            "prune_policies: of-the-company was not added by this module",
        ),
        (
            {"name": "a", "tags": {"mlops.sagemaker/region/us-east-1": "prod"}},
            "tags.mlops.sagemaker/region/us-east-1: the module sets such a tag. Leave it out.",
        ),
        ({"name": "a", "tags": {"aws:a": "b"}}, "tags: keys that begin with aws: are reserved by AWS, got aws:a."),
        (
            {"name": "a", "inference_components": [{"specification": {"container": {"artifact_url": "lora.tar.gz"}}}]},
            "container.artifact_url: 'lora.tar.gz' is not an S3 address. Give s3://<bucket>/<key>",
        ),
        (
            {"name": "a", "policy_document": {"Statement": ["x" * 11000]}},
            "The policy of the execution role has 11018 characters, and IAM allows at most 10240.",
        ),
    ],
)
def test_wrong_input_is_told_before_anything_is_made(
    aws: LocalAws, play: Player, options: dict[str, Any], message: str
) -> None:
    run = keep(play, **options)
    assert message in (run.failure or ""), run
    assert "Traceback" not in run.output
    assert aws.mutating() == []


@pytest.mark.parametrize(
    ("environment", "options", "message"),
    [
        (
            {"AWS_REGION": None, "AWS_DEFAULT_REGION": None},
            {"name_prefix": "a", "region": None},
            "region: the region is not set. Give region, or set AWS_REGION or AWS_DEFAULT_REGION.",
        ),
        (
            {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
            {"name": "a"},
            "Unable to locate credentials. Give profile, or access_key and secret_key",
        ),
        (
            {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_REGION": None, "AWS_DEFAULT_REGION": None},
            {"name_prefix": "a", "region": None, "profile": "unheard-of"},
            "profile: The config profile (unheard-of) could not be found",
        ),
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, {"name": "a"}, "Check endpoint_url (AWS_ENDPOINT_URL)"),
    ],
)
def test_no_way_to_aws_is_told_with_the_cure(
    aws: LocalAws, play: Player, environment: dict[str, str | None], options: dict[str, Any], message: str
) -> None:
    run = play(tasks=task(**options), environment=environment)
    assert message in (run.failure or ""), run
    assert "Traceback" not in run.output


@pytest.mark.parametrize("kind", ["throttle", "error500", "reset", "lost"])
def test_six_faults_in_a_row_are_sat_out(aws: LocalAws, play: Player, kind: str) -> None:
    """botocore gives up after five, so they reach amazon.aws, and what it does not sit out reaches the task."""
    aws.fault(operation="CreateRole", kind=kind, times=6)
    made = outcome(keep(play, **release("one")))
    assert made["plan"]["calls"] == ["CreateRole", "PutRolePolicy"]
    policies = aws.client("iam").list_role_policies(RoleName=made["role"]["name"])["PolicyNames"]
    assert policies == [made["policy_name"]]


# Without botocore's own tries each fault reaches the task.
PLAINLY = {"aws_config": {"retries": {"max_attempts": 0}}}


def test_a_fault_of_every_call(aws: LocalAws, play: Player) -> None:
    for operation in ("GetRole", "ListRolePolicies", "GetCallerIdentity", "CreateRole", "PutRolePolicy"):
        for kind in ("reset", "lost"):
            aws.fault(operation=operation, kind=kind)
    made = outcome(keep(play, **release("one"), **PLAINLY))
    assert aws.client("iam").list_role_policies(RoleName=made["role"]["name"])["PolicyNames"] == [made["policy_name"]]
    assert not outcome(keep(play, **release("one")))["changed"]


@pytest.mark.parametrize("operation", ["DeleteRolePolicy", "DeleteRole"])
def test_a_lost_answer_to_a_deletion(aws: LocalAws, play: Player, operation: str) -> None:
    name = outcome(keep(play, **release("one")))["role"]["name"]
    aws.fault(operation=operation, kind="lost")
    gone = outcome(keep(play, state="absent", name=name, **PLAINLY))
    assert gone["plan"]["calls"] == ["DeleteRolePolicy", "DeleteRole"]
    assert not outcome(keep(play, state="absent", name=name))["changed"]


# Where a task is held up, what it is at, and what another run does to the role meanwhile.
MEANWHILE: dict[str, tuple[int, str, str, str]] = {
    "a policy comes between two listings": (3, "ListRolePolicies", "two", "come"),
    "a policy goes before it is read": (1, "GetRolePolicy", "two", "go"),
    "a policy goes before it is pruned": (1, "DeleteRolePolicy", "prune", "go"),
    "a policy comes before the role is deleted": (1, "DeleteRole", "absent", "come"),
    "a policy goes before it is deleted with the role": (1, "DeleteRolePolicy", "absent", "go"),
    "the role goes before its policy comes": (1, "PutRolePolicy", "two", "end"),
    "the role goes before its policies are listed": (2, "ListRolePolicies", "two", "end"),
    "the role goes before its policy is pruned": (1, "DeleteRolePolicy", "prune", "end"),
    "the role goes before it is deleted": (1, "DeleteRole", "absent", "end"),
}


@pytest.mark.parametrize(
    ("case", "front"),
    [*((case, {}) for case in MEANWHILE), ("a policy comes between two listings", {"ANSIBLE_KEEP_REMOTE_FILES": "1"})],
)
def test_another_run_changes_the_role_meanwhile(aws: LocalAws, play: Player, case: str, front: dict[str, str]) -> None:
    """front: what has amazon.aws's modules run as processes of their own."""
    number, operation, wish, act = MEANWHILE[case]
    iam = aws.client("iam")
    one = outcome(keep(play, **release("one")))
    name, policy = one["role"]["name"], one["policy_name"]
    options = {
        "two": release("two"),
        "prune": {"name": name, "prune_policies": [policy]},
        "absent": {"name": name, "state": "absent"},
    }[wish]

    with Gate(aws, lambda _number, one: one == operation and gate.calls.count(operation) == number) as gate:
        started = play.start(tasks=task(**options), environment={**front, **gate.environment})
        gate.await_stop(started)
        if act == "come":
            iam.put_role_policy(RoleName=name, PolicyName="mlops-sagemaker-00000003", PolicyDocument=ANY_POLICY)
        else:
            for one_policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                iam.delete_role_policy(RoleName=name, PolicyName=one_policy)
        if act == "end":
            iam.delete_role(RoleName=name)
        gate.open()
        done = outcome(started.wait())

    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    if wish == "absent" or (wish, act) == ("prune", "end"):
        assert roles == []
    else:
        left = {"mlops-sagemaker-00000003"} if act == "come" else set()
        expected = left | ({done["policy_name"]} if wish == "two" else set()) | ({policy} if act == "come" else set())
        assert set(iam.list_role_policies(RoleName=name)["PolicyNames"]) == expected


def test_a_role_that_appears_in_the_meantime_is_not_taken_for_ours(aws: LocalAws, play: Player) -> None:
    """The role is not there, but somebody makes it before we do."""
    aws.client("iam").create_role(RoleName="theirs", AssumeRolePolicyDocument="{}")
    aws.clear_calls()
    # Both the task's look and that of iam_role itself see nothing yet.
    missing = {"kind": "error", "code": "NoSuchEntity", "status": 404, "message": "The role cannot be found."}
    aws.fault(operation="GetRole", times=2, **missing)
    run = keep(play, name="theirs")
    assert "The IAM role theirs was not created by this module" in (run.failure or ""), run
    assert [call["status"] for call in aws.calls("iam") if call["mutating"]] == [409]


def test_what_iam_refuses_is_passed_on_at_once_in_its_words(aws: LocalAws, play: Player) -> None:
    denied = {"kind": "error", "code": "AccessDenied", "status": 403, "message": "User dev is not authorized."}
    aws.fault(operation="CreateRole", times=9, **denied)
    run = keep(play, name="churn")
    assert "User dev is not authorized." in (run.failure or ""), run
    assert run.result("Role")["plan"]["calls"] == ["CreateRole"]
    assert not run.result("Role")["changed"]
    assert len([call for call in aws.calls("iam") if call["operation"] == "CreateRole"]) == 1


def test_a_managed_policy_that_does_not_exist(aws: LocalAws, play: Player) -> None:
    run = keep(play, name="churn", managed_policies=["NoSuchPolicy"])
    assert "arn:aws:iam::aws:policy/NoSuchPolicy does not exist" in (run.failure or ""), run
    # The role exists by then.
    assert run.result("Role")["changed"]
    assert len([call for call in aws.calls("iam") if call["operation"] == "AttachRolePolicy"]) == 1


def test_run_as_a_module_it_says_what_it_is(aws: LocalAws, play: Player) -> None:
    run = play(tasks="""
        - name: Beside the action plugin
          ansible.builtin.command:
            argv:
              - "{{ ansible_playbook_python }}"
              - -m
              - ansible_collections.mlops.sagemaker.plugins.modules.sagemaker_execution_role
            stdin: '{"ANSIBLE_MODULE_ARGS": {"name": "a", "endpoint_name": "b", "region": "us-east-1"}}'
          environment:
            PYTHONPATH: "{{ lookup('env', 'ANSIBLE_COLLECTIONS_PATH') }}"
          failed_when: false
          check_mode: false
        """)
    assert "is an action plugin" in run.result("Beside the action plugin")["stdout"], run
    assert aws.calls() == []
