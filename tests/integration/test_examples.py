# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind of endpoint in examples/, as its user runs it: predicted, made and asked, run again, changed, removed.

Those whose change takes another way are changed by a run, while they are asked. Those with other prerequisites than a bucket and archives
have them made and removed by their play.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import example_files
from integration.deploys import OTHER_IMAGE
from integration.deploys import Deploys
from integration.deploys import all_calls
from integration.deploys import outputs
from integration.harness import CHECKOUT
from integration.harness import Player
from integration.harness import Run
from integration.invoker import Invoker
from integration.permissions import refused
from local_aws.process import LocalAws
from local_aws.world import ACCOUNT

# Stands in the examples where a user's own account goes.
PLACEHOLDER = "111122223333"
PREFIX = "sagemaker_endpoint_"
TOKEN = "hf_AbCdEfGhIjKlMnOpQrSt"
OUTPUTS = {
    "sagemaker_role_arn",
    "sagemaker_endpoint_name",
    "sagemaker_endpoint_config_name",
    "sagemaker_endpoint_arn",
    "sagemaker_endpoint_status",
    "sagemaker_model_names",
    "plan",
    "region",
    "account_id",
    "invocations_url",
    "openai_base_url",
    "component_addresses",
    "operator_policy",
    "serving",
    "previous_release",
    "changed",
    "failed",
    "notes",
}
PLANS = {"iam_role", "models", "endpoint_config", "endpoint", "inference_components", "autoscaling", "pruned"}
# So many answers at least come while a change rolls out, and so many are looked at afterwards.
MANY = 10
AFTERWARDS = 10
# Seconds between two invocations: much less than a rollout takes, which is half a second here.
BREATH = 0.04

Variables = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Kind:
    """A folder, and what this test does with it.

    place, value: the change that is rolled out, where in the variables and to what. target: who is asked, members of an
    invocation. play_calls: the changing calls of the play once all is deployed. of_its_own: its change or its removal takes other
    ways than those of a model on instances, so that both are predicted, and done exactly so. prerequisites: the calls that make what no
    other example needs; the others get what is in S3 without their play, which tests/unit compares with it. brings: what is in S3 is its user's own.
    """

    folder: str
    place: tuple[str | int, ...]
    value: Any
    target: dict[str, str] = dataclasses.field(default_factory=dict)
    asynchronous: bool = False
    play_calls: tuple[str, ...] = ()
    of_its_own: bool = False
    prerequisites: frozenset[str] = frozenset()
    brings: bool = False


def variable(name: str) -> tuple[str | int, ...]:
    """The place of an environment variable of the first container."""
    return ("containers", 0, "environment", name)


IMAGE = ("containers", 0, "image_uri")
ARTIFACT = ("containers", 0, "model_data_url")
PACKAGE = ("containers", 0, "model_package_name")
CHAT = ("inference_components", 0, *variable("SM_VLLM_MAX_MODEL_LEN"))
SHIFT = ("UpdateEndpointWeightsAndCapacities", "AddTags")

KINDS = [
    Kind("real-time", IMAGE, OTHER_IMAGE, of_its_own=True, prerequisites=frozenset({"PutMetricAlarm"})),
    Kind("pipeline", variable("SAGEMAKER_MODEL_SERVER_WORKERS"), 2),
    Kind("multi-container", IMAGE, OTHER_IMAGE, target={"TargetContainerHostname": "demand"}),
    Kind("multi-model", IMAGE, OTHER_IMAGE, target={"TargetModel": "one/model.tar.gz"}),
    Kind(
        "private-registry",
        IMAGE,
        "registry.example.com/fraud/scoring:13",
        prerequisites=frozenset(
            {"CreateKey", "CreateVpc", "CreateSubnet", "CreateSecurityGroup", "CreateRouteTable", "CreateVpcEndpoint"}
        ),
        brings=True,
    ),
    Kind("language-model", variable("OPTION_MAX_MODEL_LEN"), 16384),
    Kind(
        "variants",
        ("production_variants", 1, *ARTIFACT),
        f"s3://rank-{ACCOUNT}/9/model.tar.gz",
        play_calls=SHIFT,
        of_its_own=True,
    ),
    Kind("shadow", ("production_variants", 0, *ARTIFACT), f"s3://rank-shadowed-{ACCOUNT}/8/model.tar.gz"),
    Kind(
        "asynchronous",
        variable("SM_VLLM_MAX_MODEL_LEN"),
        32768,
        asynchronous=True,
        of_its_own=True,
        prerequisites=frozenset({"CreateTopic", "CreateKey", "CreateAlias"}),
    ),
    Kind("serverless", IMAGE, OTHER_IMAGE, of_its_own=True),
    Kind(
        "instance-pools",
        variable("SM_VLLM_MAX_MODEL_LEN"),
        16384,
        prerequisites=frozenset({"CreateModel", "CreateRole"}),
    ),
    Kind("explainer", ARTIFACT, f"s3://credit-{ACCOUNT}/2/model.tar.gz"),
    Kind(
        "registered-model",
        PACKAGE,
        f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model-package/churn-registered/2",
        prerequisites=frozenset({"CreateModelPackageGroup", "CreateModelPackage", "CreateRole"}),
    ),
    Kind(
        "inference-components",
        CHAT,
        16384,
        target={"InferenceComponentName": "shared-gpu-chat"},
        of_its_own=True,
    ),
    Kind("huggingface", variable("MAX_TOTAL_TOKENS"), 8192, of_its_own=True),
    Kind(
        "jumpstart", PACKAGE, "arn:aws:sagemaker:us-east-1:865070037744:model-package/llama2-7b-f-v5-0123456789abcdef"
    ),
]
# Short, and as it comes from Terraform: on every ansible-core.
CORE = {"huggingface"}


class Examples(Deploys):
    """Deploys that must not tell the token, however talkative they are."""

    def plays(self, *args: Any, **given: Any) -> Run:
        run = super().plays(*args, **given)
        assert TOKEN not in run.output, run.command
        assert TOKEN not in json.dumps([run.results, run.stats]), run.command
        return run


def texts(value: Any) -> Iterator[str]:
    """All texts inside of a value."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


def put_objects(aws: LocalAws, variables: Variables) -> None:
    """Whatever the variables name in S3; below a prefix an object, and so each bucket that is written to."""
    for uri in texts(variables):
        if uri.startswith("s3://"):
            aws.put(f"{uri}one/model.tar.gz" if uri.endswith("/") else uri)


def remains(aws: LocalAws) -> dict[str, Any]:
    """What there is of all that prerequisites make, by kind."""
    ec2 = aws.client("ec2")
    kms = aws.client("kms")
    sagemaker = aws.client("sagemaker")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    groups = sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    return {
        "buckets": [bucket["Name"] for bucket in aws.client("s3").list_buckets()["Buckets"]],
        "topics": aws.client("sns").list_topics()["Topics"],
        # AWS deletes them later.
        "keys": [key["KeyId"] for key in keys if key["KeyState"] != "PendingDeletion"],
        "vpcs": {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]},
        "subnets": {subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]},
        "security groups": {group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]},
        "route tables": {table["RouteTableId"] for table in ec2.describe_route_tables()["RouteTables"]},
        "ways": [
            way["VpcEndpointId"] for way in ec2.describe_vpc_endpoints()["VpcEndpoints"] if way["State"] != "deleted"
        ],
        "packages": [group["ModelPackageGroupName"] for group in groups],
        "alarms": aws.client("cloudwatch").describe_alarms()["MetricAlarms"],
        "roles": [role["RoleName"] for role in aws.client("iam").list_roles()["Roles"]],
        "models": sagemaker.list_models()["Models"],
    }


def makes_prerequisites(kind: Kind, folder: Path, aws: LocalAws, play: Player) -> None:
    """Their play, in check mode, then for real, then again."""
    file = str(folder / "prerequisites.yml")
    aws.clear_calls()
    run = play(playbook=file, check=True)
    assert (run.ok, aws.mutating()) == (True, []), run
    # A loop in the tasks of a loop warns, unless its variable has another name.
    assert "already in use" not in " ".join(run.output.split()), run
    run = play(playbook=file)
    assert run.ok and run.changed, run
    assert kind.prerequisites <= set(aws.mutating())
    aws.clear_calls()
    run = play(playbook=file)
    assert (run.ok, run.changed, aws.mutating()) == (True, 0, []), run


def shows_each_answer(run: Run) -> None:
    """Whoever looks at the play reads what the endpoint said to each question."""
    asked = [entry for entry in run.results if entry["action"].endswith("sagemaker_endpoint_invoke")]
    answers = [one["result"]["response"]["body"] for entry in asked for one in entry["items"] or [entry]]
    assert answers and all(f"answered: {answer}" in run.output for answer in answers), run


def changed(variables: Variables, place: tuple[str | int, ...], value: Any) -> Variables:
    """The variable that holds the place, with this value there."""
    name = place[0]
    given: Any = copy.deepcopy({name: variables[name]})
    inner = given
    for step in place[:-1]:
        inner = inner.setdefault(step, {}) if isinstance(inner, dict) else inner[step]
    assert inner.get(place[-1]) != value
    inner[place[-1]] = value
    return given


def releases(answers: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    """What answered: the configuration and its models."""
    return {(answer["endpoint_config"], *answer["models"]) for answer in answers}


def test_no_example_is_forgotten() -> None:
    assert {kind.folder for kind in KINDS} == {file.parent.name for file in (CHECKOUT / "examples").glob("*/vars.yml")}


def test_prerequisites_are_not_made_for_the_placeholder_of_an_account(aws: LocalAws, play: Player) -> None:
    run = play(playbook=str(CHECKOUT / "examples" / "serverless" / "prerequisites.yml"))
    command = f"perl -pi -e 's/{PLACEHOLDER}/{ACCOUNT}/g' examples/*/vars.yml"
    assert run.failure and command in run.failure, run
    assert command.replace(ACCOUNT, "123456789012") in (CHECKOUT / "examples" / "README.md").read_text()
    assert aws.mutating() == []


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, id=kind.folder, marks=[pytest.mark.core] * (kind.folder in CORE)) for kind in KINDS]
)
def test_an_example(kind: Kind, aws: LocalAws, play: Player, tmp_path: Path, example_row: dict[str, str]) -> None:
    folder = tmp_path / "examples" / kind.folder
    shutil.copytree(CHECKOUT / "examples", folder.parent)
    # What examples/README.md tells its user to do.
    (folder / "vars.yml").write_text((folder / "vars.yml").read_text().replace(PLACEHOLDER, ACCOUNT))
    written = (folder / "vars.yml").read_text()
    variables = {name.removeprefix(PREFIX): value for name, value in yaml.safe_load(written).items()}
    change = changed(variables, kind.place, kind.value)
    # May read what a change names, which the role of a release need not.
    able = aws.make_role("able")
    empty = remains(aws)
    if kind.prerequisites:
        makes_prerequisites(kind, folder, aws, play)
        network = folder / "network.yml"
        made = yaml.safe_load(network.read_text()) if network.exists() else {}
        variables.update({name.removeprefix(PREFIX): value for name, value in made.items()})
    put_objects(
        aws, {"changed": change} if kind.prerequisites and not kind.brings else {**variables, "changed": change}
    )
    # What is waited for is how the rollout of a change goes under traffic.
    aws.configure(async_delay=0.05, creating=0, deleting=0)
    # Where there is a secret, in the most talkative way.
    secret = {"environment": {"HF_API_TOKEN": TOKEN}, "verbosity": 3} if "HF_API_TOKEN" in written else {}
    deploys = Examples(aws, play, variables, **secret)
    name = variables["name"]

    beforehand = deploys.everything()
    assert not beforehand["endpoints"]

    # Predicted by the playbook of the collection, and done exactly so by the example's play, which asks, too.
    predicted = outputs(deploys.predicts())
    run = play(playbook=str(folder / "play.yml"), **secret)
    assert TOKEN not in run.output + json.dumps(run.results)
    assert run.ok, run
    done = run.result("Outputs")["ansible_facts"]["sagemaker_endpoint_outputs"]
    assert done == predicted
    assert aws.mutating() == [*all_calls(done), *kind.play_calls]
    # All but what the play itself shifts and asks.
    of_role = [one for one in aws.calls() if one["service"] not in ("sagemaker-runtime", "s3")]
    of_role = [one for one in of_role if one["operation"] not in kind.play_calls]
    assert refused(of_role, done["operator_policy"]) == []
    shows_each_answer(run)
    assert (set(done), set(done["plan"])) == (OUTPUTS, PLANS)
    assert (done["sagemaker_endpoint_name"], done["sagemaker_endpoint_status"]) == (name, "InService")
    assert deploys.serving(name) == done["sagemaker_endpoint_config_name"]
    assert done["sagemaker_endpoint_config_name"].startswith(f"{variables['name_prefix']}-config-")
    assert all(model.startswith(f"{variables['name_prefix']}-model-") for model in done["sagemaker_model_names"])
    assert deploys.everything()["models"] == beforehand["models"] | set(done["sagemaker_model_names"])
    asked = [call for call in aws.calls("sagemaker-runtime") if call["status"] in (200, 202)]
    assert asked
    example_row["deploy"] = f"{len(all_calls(done))} calls, as predicted; {len(asked)} answered"

    deploys.finds_nothing_to_do()
    example_row["again"] = "0 calls"

    if kind.of_its_own:
        example_row["change"] = change_under_traffic(deploys, kind, change, beforehand["models"])
    else:
        example_row["change"] = change_alone(deploys, kind, folder / "vars.yml", able)

    # Nothing is left but what was there before.
    if kind.folder in CORE:
        done = deploys.settles("destroy")
    else:
        done = deploys.carries_out("destroy") if kind.of_its_own else deploys.runs("destroy")
    assert deploys.everything() == beforehand
    if kind.prerequisites:
        run = play(playbook=str(folder / "prerequisites.yml"), variables={"state": "absent"})
        assert run.ok, run
        assert remains(aws) == empty
        assert not (folder / "network.yml").exists()
    example_row["destroy"] = f"{len(all_calls(done))} calls; nothing left"


def change_under_traffic(deploys: Examples, kind: Kind, change: Variables, models: set[str]) -> str:
    """Roll the change out as predicted, without a failed invocation; what came of it. models: those of others."""
    predicted = deploys.predicts(**change)
    asked = {"asynchronous": kind.asynchronous, "breath": BREATH, **kind.target}
    with Invoker(deploys.aws, deploys.plain["name"], **asked) as invoker:
        before = invoker.next(MANY)
        begin = invoker.now()
        done = deploys.does(predicted, **change)
        during = invoker.answers[begin : invoker.now()]
        after = invoker.next(AFTERWARDS)
    assert not invoker.failures, invoker.failures[:3]
    assert len(during) > MANY
    assert releases(during) >= releases(after)
    assert not releases(before) & releases(after)
    assert {answer["endpoint_config"] for answer in after} == {done["sagemaker_endpoint_config_name"]}
    assert {model for answer in after for model in answer["models"]} <= models | set(done["sagemaker_model_names"])
    return f"{len(all_calls(done))} calls, as predicted; {len(during)} answered, 0 failed"


def change_alone(deploys: Examples, kind: Kind, file: Path, role: str) -> str:
    """Roll the change out as the modules do it, which is the way of the kinds above; another release answers. What came of it."""
    variables = {name.removeprefix(PREFIX): value for name, value in example_files.read(file).items()}
    change = changed(variables, kind.place, kind.value)
    runtime = deploys.aws.client("sagemaker-runtime")
    name = deploys.plain["name"]

    def ask() -> dict[str, Any]:
        return json.loads(runtime.invoke_endpoint(EndpointName=name, Body=b"1,2,3", **kind.target)["Body"].read())

    before = ask()
    live = deploys.begins(**{**variables, **change, "sg_role_arn": role})
    after = ask()
    assert after["endpoint_config"] == deploys.serving(name) == live
    assert not releases([before]) & releases([after])
    return "another release answers"
