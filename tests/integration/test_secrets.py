# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret is shown, wherever it comes from and wherever a run says something."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from ansible.parsing.vault import VaultLib
from ansible.parsing.vault import VaultSecret

from integration.begun import begin
from integration.harness import CHECKOUT
from integration.harness import Player
from integration.harness import Run
from integration.logic import IMAGE
from local_aws.process import LocalAws

MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
PASSWORD = "of-the-vault"


def vaulted(text: str) -> str:
    """The text as YAML that is encrypted with PASSWORD."""
    ciphertext = VaultLib([("default", VaultSecret(PASSWORD.encode()))]).encrypt(text).decode()
    return "!vault |\n" + textwrap.indent(ciphertext, "  ")


@dataclasses.dataclass(frozen=True)
class Source:
    """Why an environment's value is secret: its key, what is secret before and after a change, and how both are written in YAML."""

    key: str
    before: str
    after: str
    write: tuple[Callable[[str], str], Callable[[str], str]] = (json.dumps, json.dumps)


SOURCES = {
    "its key": Source("DB_PWD", "before-of-a-key", "after-of-a-key"),
    "a URL with a password": Source("CACHE", "redis://:before-of-a-url@cache/0", "redis://:after-of-a-url@cache/0"),
    "the list": Source("DATABASE", "before-of-the-list", "after-of-the-list"),
    "the vault": Source("UPSTREAM", "before-of-the-vault", "after-of-the-vault", (vaulted, vaulted)),
    "a template of the vault": Source(
        "ROUTE", "before-of-a-template", "after-of-a-template", (lambda _: '"{{ route }}"', lambda _: '"{{ route }}"')
    ),
    "the vault within a text": Source(
        "GREETING",
        "before-within-a-text",
        "after-within-a-text",
        (lambda _: '"Hello {{ greeting }}!"', lambda _: '"Hello {{ greeting }}!"'),
    ),
    "the vault before, a URL after": Source(
        "DATABASE_URL", "sup3rs3cret!", "postgres://app:n3wpass@db/x", (vaulted, json.dumps)
    ),
}
# What is in the vault under names of its own.
NAMED = {"route": "a template of the vault", "greeting": "the vault within a text"}
# What is no secret by its key or by itself.
LISTED = ["DATABASE", "UPSTREAM", "ROUTE", "GREETING", "DATABASE_URL"]

ROLE_VARIABLES = """\
sagemaker_endpoint_name: churn
sagemaker_endpoint_name_prefix: churn
sagemaker_endpoint_secret_environment: [DATABASE]
sagemaker_endpoint_production_variant: {instance_type: ml.m5.large}
sagemaker_endpoint_inference_components:
  - name: of-a-model
    runtime_config: {copy_count: 1}
    specification:
      compute_resource_requirements: {number_of_cpu_cores_required: 0.25, min_memory_required_in_mb: 128}
    containers:
      - image_uri: IMAGE
        environment:
ENVIRONMENT
  - name: of-an-image
    runtime_config: {copy_count: 1}
    specification:
      compute_resource_requirements: {number_of_cpu_cores_required: 0.25, min_memory_required_in_mb: 128}
      container:
        image: IMAGE
        environment:
ENVIRONMENT
environment_of_all:
ENVIRONMENT
"""


def variables(after: bool) -> str:
    """The role's variables, and the environment by itself, before or after the change."""
    told = {name: source.after if after else source.before for name, source in SOURCES.items()}
    entries = [f"MODE: plain-{'after' if after else 'before'}"]
    entries += [f"{source.key}: {source.write[after](told[name])}" for name, source in SOURCES.items()]
    environment = textwrap.indent("\n".join(entries), " " * 10)
    return "".join(
        [
            *(f"{variable}: {vaulted(told[name])}\n" for variable, name in NAMED.items()),
            ROLE_VARIABLES.replace("ENVIRONMENT", environment).replace("IMAGE", IMAGE),
        ]
    )


def plain_variables() -> dict[str, Any]:
    """The role's variables before the change, without their prefix, with all secrets as they are."""
    environment = {source.key: source.before for source in SOURCES.values()}
    environment |= {"MODE": "plain-before", "GREETING": f"Hello {SOURCES['the vault within a text'].before}!"}
    told = yaml.safe_load(
        ROLE_VARIABLES.replace("ENVIRONMENT", " " * 10 + json.dumps(environment)).replace("IMAGE", IMAGE)
    )
    prefix = "sagemaker_endpoint_"
    return {name.removeprefix(prefix): value for name, value in told.items() if name.startswith(prefix)}


MODULES = f"""
- ansible.builtin.import_playbook: {CHECKOUT}/playbooks/deploy.yml

- hosts: localhost
  connection: local
  gather_facts: false
  vars:
    model: &model
      primary_container: {{image: {IMAGE}, environment: "{{{{ environment_of_all }}}}"}}
      secret_environment: [DATABASE]
  tasks:
    - name: Models
      mlops.sagemaker.sagemaker_model_info: {{secret_environment: LISTED}}
    - name: Models without a list
      mlops.sagemaker.sagemaker_model_info:
      no_log: true
      register: models
    - name: Components
      mlops.sagemaker.sagemaker_inference_component_info: {{secret_environment: LISTED}}
    - name: A model that exists with other content
      mlops.sagemaker.sagemaker_model: {{name: "{{{{ models.models[0].model_name }}}}", <<: *model}}
      ignore_errors: true
    - name: A model that the service refuses
      mlops.sagemaker.sagemaker_model: {{name: refused, <<: *model}}
      ignore_errors: true
    - name: An unknown option
      mlops.sagemaker.sagemaker_model: {{name: refused, colour: blue, <<: *model}}
      ignore_errors: true
    - name: A component with a type of instance that nobody knows
      mlops.sagemaker.sagemaker_inference_component:
        name: new
        endpoint_name: churn
        variant_name: AllTraffic
        runtime_config: {{copy_count: 1}}
        secret_environment: [DATABASE]
        specification:
          instance_type: "{{{{ environment_of_all.UPSTREAM }}}}"
          compute_resource_requirements: {{min_memory_required_in_mb: 128}}
          container: {{image: {IMAGE}, environment: "{{{{ environment_of_all }}}}"}}
      ignore_errors: true
    - name: An execution role
      mlops.sagemaker.sagemaker_execution_role:
        name_prefix: other
        endpoint_name: other
        models: [{{primary_container: {{image: {IMAGE}, environment: "{{{{ environment_of_all }}}}"}}}}]
      check_mode: true
    - name: A component that goes
      mlops.sagemaker.sagemaker_inference_component: {{name: of-an-image, state: absent, secret_environment: LISTED}}
      check_mode: true
    - name: In processes of their own
      vars:
        ansible_python_interpreter: "{{{{ ansible_playbook_python | dirname }}}}/python3"
      ignore_errors: true
      block:
        - name: Another model with other content
          mlops.sagemaker.sagemaker_model: {{name: "{{{{ models.models[0].model_name }}}}", <<: *model}}
        - name: Another model that the service refuses
          mlops.sagemaker.sagemaker_model: {{name: refused, <<: *model}}
        - name: Models again
          mlops.sagemaker.sagemaker_model_info: {{secret_environment: LISTED}}
""".replace("LISTED", json.dumps(LISTED))


def channels(run: Run) -> dict[str, Any]:
    """What a run says, by the place where it says it."""
    results = [item for entry in run.results for item in [entry, *entry["items"]]]
    told = [entry["result"] for entry in results]
    found = {
        "output": run.output,
        "set_stats": run.stats,
        "facts": [result["ansible_facts"] for result in told if "ansible_facts" in result],
        "task arguments": [entry["arguments"] for entry in results],
    }
    for key in ("invocation", "diff", "plan", "model", "models", "inference_component", "current", "warnings"):
        found[key] = [result[key] for result in told if result.get(key)]
    found["errors"] = [entry["result"]["msg"] for entry in results if entry["failed"] and not entry["items"]]
    found["anything else"] = run.results
    return found


@pytest.mark.core
def test_no_secret_is_shown_anywhere(aws: LocalAws, play: Player) -> None:
    (play.directory / "password").write_text(PASSWORD)
    (play.directory / "all.yml").write_text(MODULES)

    def deploy(playbook: str, after: bool, **options: Any) -> Run:
        told = play.directory / "variables.yml"
        told.write_text(variables(after))
        arguments = ["--vault-password-file", "password", "-e", f"@{told}"]
        run = play(playbook=playbook, arguments=arguments, **options)
        assert run.ok, run
        return run

    first = deploy("playbooks/deploy.yml", after=False)
    assert "WARNING]" not in first.output, first
    sent = aws.client("sagemaker").describe_inference_component(InferenceComponentName="of-an-image")
    environment = sent["Specification"]["Container"]["Environment"]
    assert environment["DATABASE_URL"] == "sup3rs3cret!"
    assert environment["GREETING"] == "Hello before-within-a-text!"

    refusal = f"Value '{[source.after for source in SOURCES.values()]}' failed to satisfy a constraint".replace(
        "after-within-a-text", "Hello after-within-a-text!"
    )
    aws.fault("CreateModel", "error", code="ValidationException", message=refusal, after=1, times=2)
    asked = {"ANSIBLE_INJECT_INVOCATION": "1"}
    second = deploy(str(play.directory / "all.yml"), after=True, diff=True, verbosity=4, environment=asked)

    said = {**channels(second), "output at default verbosity": first.output}
    leaks = {
        (channel, name)
        for channel, told in said.items()
        for name, source in SOURCES.items()
        for secret in (source.before, source.after)
        if secret in json.dumps(told)
    }
    assert leaks == set(), second

    # Each of them had something to hide.
    silent = {
        channel for channel, told in said.items() if not re.search(rf"{MASK}|(?<!\*)\*{{8}}(?!\*)", json.dumps(told))
    }
    # A botocore that does not know the type of instance of a component refuses it and warns of nothing.
    unknown = "specification.instance_type: " in json.dumps(said["errors"])
    assert silent == {"output at default verbosity", *(["warnings"] if unknown else [])}
    changes = second.stats["sagemaker_endpoint_outputs"]["plan"]["inference_components"][1]["changes"]
    shown = {change["path"].rpartition(".")[2]: (change["before"], change["after"]) for change in changes}
    assert shown["MODE"] == ("plain-before", "plain-after")
    assert {key for key, sides in shown.items() if sides == (MASK, MASK)} == {s.key for s in SOURCES.values()}
    assert "DATABASE_URL: changed (secret)" in second.output


def test_no_secret_is_in_what_ansible_runner_keeps(aws: LocalAws, play: Player) -> None:
    """AWX shows, and keeps in its database, what ansible-runner writes down of a job."""
    folder = play.directory / "job"
    (folder / "project").mkdir(parents=True)
    (folder / "project" / "deploy.yml").write_text(f"- import_playbook: {CHECKOUT}/playbooks/deploy.yml\n")
    (play.directory / "password").write_text(PASSWORD)
    # A container that prints its environment and does not come up.
    printed = [f"ERROR {source.key} is {source.after}" for source in SOURCES.values()]
    printed = [line.replace("is after-within", "is Hello after-within") + "!" for line in printed]
    reason = "The primary container for inference component of-an-image did not pass the ping health check."
    aws.script(component="of-an-image", event="update", outcome="rollback", reason=reason, log=printed)
    # What an earlier job has made, so that both the old secrets and the new ones are in reach of the diff.
    begin(aws, {**plain_variables(), "sg_role_arn": aws.make_role("serving")})
    (play.directory / "variables.yml").write_text(variables(after=True))
    arguments = f"-vvvv --diff --vault-password-file {play.directory}/password -e @{play.directory}/variables.yml"
    done = subprocess.run(
        [sys.executable, "-m", "ansible_runner", "run", folder, "-p", "deploy.yml", f"--cmdline={arguments}"],
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            **aws.environment(),
            "PATH": os.pathsep.join([str(play.ansible_playbook.parent), os.environ["PATH"]]),
            "HOME": str(play.directory),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    sent = [call["request"] for call in aws.calls() if call["operation"] == "UpdateInferenceComponent"]
    assert {source.after for source in SOURCES.values()} - {"after-within-a-text"} <= {
        value
        for request in sent
        if "Container" in request["Specification"]
        for value in request["Specification"]["Container"]["Environment"].values()
    }
    kept = {str(file): file.read_text(errors="replace") for file in (folder / "artifacts").rglob("*") if file.is_file()}
    assert any("job_events" in file and MASK in text for file, text in kept.items())
    secrets = [secret for source in SOURCES.values() for secret in (source.before, source.after)]
    assert [(file, secret) for file, text in kept.items() for secret in secrets if secret in text] == []
    # The failed job hands on what it knows.
    events = [json.loads(text) for file, text in kept.items() if "job_events" in file]
    (handed_on,) = (event["event_data"]["artifact_data"] for event in events if event["event"] == "playbook_on_stats")
    outputs = handed_on["sagemaker_endpoint_outputs"]
    assert (outputs["failed"], outputs["changed"], outputs["failure"]["cause"]) == (True, True, "health_check")
    assert [one["name"] for one in outputs["plan"]["inference_components"]] == ["of-a-model", "of-an-image"]
    shown = [line["message"] for line in outputs["failure"]["log_lines"]]
    assert len(shown) == len(SOURCES) and all(MASK in line or "*" * 8 in line for line in shown)
