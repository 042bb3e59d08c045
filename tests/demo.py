# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show a whole life of an endpoint on a local AWS: deploy, invoke, deploy again without a change, destroy.

`make demo` runs it with the Python of the environment that tests/environments.py makes. The exit code is 0 only if every step did what it
promises.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time

from environments import CHECKOUT
from environments import environments

from local_aws.process import LocalAws

VARIABLES = "@examples/huggingface/vars.yml"
ENDPOINT = "mistralendpoint"

INVOKE = f"""\
import boto3
answer = boto3.client("sagemaker-runtime").invoke_endpoint(
    EndpointName="{ENDPOINT}", ContentType="application/json", Body=b'{{"inputs": "What is an endpoint?"}}')
print(answer["InvokedProductionVariant"], "answered:", answer["Body"].read().decode())
"""


class DemoError(Exception):
    """A step did not do what it promises. The message says what."""


class Demo:
    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        self.environment = environments(["run"])[0]
        self.variables = self.environment.variables() | aws.environment()
        self.variables |= {
            "PYTHONUNBUFFERED": "1",
            "NO_PROXY": "127.0.0.1",
            # Only localhost is needed, which Ansible would warn about; and the outputs are shown at the end of a run.
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
            "ANSIBLE_SHOW_CUSTOM_STATS": "1",
        }

    def run(self) -> None:
        _heading("Deploy the Hugging Face example")
        if self.playbook("deploy") == 0:
            raise DemoError("the deploy changed nothing")

        _heading("Ask the endpoint something, with boto3")
        print(INVOKE, flush=True)
        self.command([self.environment.program("python"), "-c", INVOKE], shown=None)

        _heading("Deploy again: nothing changes, and no call that could change anything is made")
        self.aws.clear_calls()
        changed = self.playbook("deploy")
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

    def playbook(self, name: str) -> int:
        """Run one of the playbooks; the number of changed tasks."""
        command = ["ansible-playbook", f"playbooks/{name}.yml", "-e", VARIABLES]
        output = self.command([self.environment.program(command[0]), *command[1:]], shown=command)
        recap = re.search(r"^localhost +: .*\bchanged=(\d+)", output, re.MULTILINE)
        if not recap:
            raise DemoError("the playbook ended without a recap")
        return int(recap[1])

    def command(self, command: list[str], shown: list[str] | None) -> str:
        """Run a command in the checkout and show what it writes while it writes; its output."""
        if shown:
            print(f"$ {shlex.join(shown)}", flush=True)
        lines = []
        with subprocess.Popen(
            command, cwd=CHECKOUT, env=self.variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout
            for line in process.stdout:
                print(line, end="", flush=True)
                lines.append(line)
        if process.returncode:
            raise DemoError(f"the command ended with exit code {process.returncode}")
        return "".join(lines)


def _heading(text: str) -> None:
    print(f"\n=== {text} ===\n", flush=True)


def main() -> int:
    started = time.monotonic()
    try:
        _heading("Start a local AWS, which takes 3 s to create an endpoint")
        with LocalAws(creating=3, updating=3, deleting=1) as aws:
            print(f"It answers at {aws.url}.")
            Demo(aws).run()
    except DemoError as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    print(f"\nThe local AWS is stopped. All of it took {time.monotonic() - started:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
