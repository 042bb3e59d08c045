# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show a whole life of an endpoint on a local AWS: deploy, invoke, deploy again without a change, destroy.

`make demo` runs it with the Python of the environment that tests/environments.py makes. The exit code is 0 only if every step did what it
promises.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from environments import CACHE
from environments import CHECKOUT
from environments import environments
from local_aws.process import LocalAws

VARIABLES = "@examples/huggingface/vars.yml"
ENDPOINT = "mistralendpoint"

# What the README suggests for output that is easier to read. The last two: only localhost is needed, which Ansible would warn about.
OUTPUT = {
    "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
    "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
    "ANSIBLE_LOCALHOST_WARNING": "false",
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
}

INVOKE = f"""\
import boto3
answer = boto3.client("sagemaker-runtime").invoke_endpoint(
    EndpointName="{ENDPOINT}", ContentType="application/json", Body=b'{{"inputs": "What is an endpoint?"}}')
print(answer["InvokedProductionVariant"], "answered:", answer["Body"].read().decode())
"""


class DemoError(Exception):
    """A step did not do what it promises. The message says what."""


class Demo:
    """``scratch`` is a folder for what the runs of ansible-playbook say about themselves. ``folder`` has examples/.

    ``installed`` is a collections path with the collection, whose playbooks run by their names. Without it, those of the checkout run.
    """

    def __init__(self, aws: LocalAws, scratch: Path, folder: Path = CHECKOUT, installed: Path | None = None) -> None:
        self.aws = aws
        self.folder = folder
        self.installed = installed
        self.record = scratch / "record.jsonl"
        self.environment = environments(["run"])[0]
        self.variables = self.environment.variables() | aws.environment()
        self.variables |= {
            "PYTHONUNBUFFERED": "1",
            "NO_PROXY": "127.0.0.1",
            "HF_API_TOKEN": "a-token-of-the-demo",
            **OUTPUT,
            "ANSIBLE_CALLBACK_PLUGINS": str(CHECKOUT / "tests" / "integration" / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "record",
            "PLAY_RECORD": str(self.record),
        }
        if installed:
            self.variables |= {"ANSIBLE_COLLECTIONS_PATH": str(installed), "PYTHONPATH": str(installed)}

    def run(self) -> None:
        _heading("Deploy the Hugging Face example")
        stats = self.playbook("deploy")
        if stats["hosts"]["localhost"]["changed"] == 0:
            raise DemoError("the deploy changed nothing")
        print("Its outputs:")
        outputs = stats["custom"]["_run"]["sagemaker_endpoint_outputs"]
        print(json.dumps({name: value for name, value in outputs.items() if name != "plan"}, indent=4))
        print("\nAPI calls that changed something: " + ", ".join(self.aws.mutating()))

        _heading("Ask the endpoint something, with boto3")
        print(INVOKE, flush=True)
        self.command([self.environment.program("python"), "-c", INVOKE])

        _heading("Deploy again: nothing changes, and no call that could change anything is made")
        self.aws.clear_calls()
        changed = self.playbook("deploy")["hosts"]["localhost"]["changed"]
        mutating = self.aws.mutating()
        print(f"API calls that change something: {', '.join(mutating) or 'none'} (of {len(self.aws.calls())} calls)")
        if changed or mutating:
            raise DemoError(f"the second run was to change nothing, but {changed} tasks changed something")

        _heading("Destroy it")
        self.playbook("destroy")
        sagemaker = self.aws.client("sagemaker")
        left = [
            *sagemaker.list_endpoints()["Endpoints"],
            *sagemaker.list_endpoint_configs()["EndpointConfigs"],
            *sagemaker.list_models()["Models"],
            *self.aws.client("iam").list_roles()["Roles"],
        ]
        if left:
            raise DemoError(f"this was to be gone: {left}")
        print("No endpoint, endpoint configuration, model or role is left.")

    def playbook(self, name: str) -> dict[str, Any]:
        """Run one of the playbooks; its statistics: hosts {name: {"changed": 1, ...}}, custom {"_run": what it gave to set_stats}."""
        playbook = f"mlops.sagemaker.{name}" if self.installed else f"playbooks/{name}.yml"
        command = ["ansible-playbook", playbook, "-e", VARIABLES]
        self.record.write_text("")
        print(f"$ {shlex.join(command)}", flush=True)
        self.command([self.environment.program(command[0]), *command[1:]])
        return dict(json.loads(self.record.read_text().splitlines()[-1]))

    def command(self, command: list[str]) -> None:
        """Run a command, for all to see."""
        code = subprocess.run(command, cwd=self.folder, env=self.variables, check=False).returncode
        if code:
            raise DemoError(f"the command ended with exit code {code}")


def _heading(text: str) -> None:
    print(f"\n=== {text} ===\n", flush=True)


def main() -> int:
    started = time.monotonic()
    try:
        _heading("Start a local AWS, which takes 3 s to create an endpoint")
        with LocalAws(creating=3, updating=3, deleting=1) as aws, tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            print(f"It answers at {aws.url}.")
            Demo(aws, Path(scratch)).run()
    except DemoError as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    print(f"\nThe local AWS is stopped. All of it took {time.monotonic() - started:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
