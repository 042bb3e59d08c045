# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the status of 100 endpoints in two regions, on a local AWS.

`make bench` runs it after bench_fleet.py. The unit is a boto3 script that makes the same API calls in as many threads. It stays in .cache/bench/ to be read.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from bench_fleet import in_any_order
from botocore import xform_name

from bench import ROUNDS
from bench import BenchError
from bench import Cost
from bench import Runner
from bench import arguments
from bench import median
from environments import CACHE
from local_aws.process import LocalAws

REGIONS = ("us-east-1", "us-west-2")
ENDPOINTS = 100
THREADS = 10
IMAGE = "683313688378.dkr.ecr.{region}.amazonaws.com/sagemaker-xgboost:3.2-0"
PRICES = {region: {"ml.m5.large": "0.115"} for region in REGIONS}
SCRIPT = """\
import concurrent.futures

import boto3

CLIENTS = {{
    {clients},
}}
CALLS = [
    {calls},
]


def make(call):
    service, region, method, arguments = call
    getattr(CLIENTS[service, region], method)(**arguments)


with concurrent.futures.ThreadPoolExecutor({threads}) as pool:
    list(pool.map(make, CALLS))
"""


class Status(Runner):
    """The endpoints of two regions, each with a configuration of its own."""

    def fill(self) -> None:
        role = self.aws.make_role("exec")
        self.aws.configure(prices=PRICES)
        for number in range(ENDPOINTS):
            region = REGIONS[number % len(REGIONS)]
            sagemaker = self.aws.client("sagemaker", region)
            name = f"endpoint-{number:02}"
            variant = {"VariantName": "AllTraffic", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
            container = {"Image": IMAGE.format(region=region)}
            tags = [{"Key": "mlops.sagemaker/endpoint", "Value": name}]
            sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer=container)
            sagemaker.create_endpoint_config(
                EndpointConfigName=name, ProductionVariants=[{**variant, "ModelName": name}], Tags=tags
            )
            history = {"Key": "mlops.sagemaker/history", "Value": f"={name}"}
            sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=[*tags, history])
        self.take_calls()

    def round(self) -> tuple[Cost, Cost, int]:
        """Run the playbook, then the script: what they cost, and the number of API calls."""
        given = f"regions={','.join(REGIONS)}"
        command = [self.environment.program("ansible-playbook"), "playbooks/status.yml", "-e", given]
        cost, output = self.run(command)
        if f"{ENDPOINTS} endpoints in {len(REGIONS)} regions: 11.50 USD per hour" not in output:
            raise BenchError(f"the status does not say what {ENDPOINTS} endpoints cost:\n{output}")
        log = self.take_calls()
        file = self.scripts / "status.py"
        file.write_text(script(log))
        unit, _output = self.run([self.environment.program("python"), str(file)])
        if in_any_order(self.take_calls()) != in_any_order(log):
            raise BenchError(f"{file} did not make the calls that the playbook made, or was answered differently")
        return cost, unit, len(log)


def script(log: list[dict[str, Any]]) -> str:
    """A boto3 script that makes the calls of a log in threads."""
    places = dict.fromkeys((call["service"], call["region"]) for call in log)
    clients = [f"{place!r}: boto3.client({place[0]!r}, {place[1]!r})" for place in places]
    calls = [
        f"({call['service']!r}, {call['region']!r}, {xform_name(call['operation'])!r}, {arguments(call)!r})"
        for call in log
    ]
    return SCRIPT.format(clients=",\n    ".join(clients), calls=",\n    ".join(calls), threads=THREADS)


def report(rounds: list[tuple[Cost, Cost, int]]) -> str:
    """The medians of all rounds."""
    playbook, unit = (median([one[number] for one in rounds]) for number in (0, 1))
    return (
        f"status of {ENDPOINTS} endpoints in {len(REGIONS)} regions, {rounds[-1][2]} API calls, medians of {len(rounds)} rounds:\n"
        f"playbook {playbook.wall:.1f} s, {playbook.cpu:.1f} s of CPU\n"
        f"script   {unit.wall:.1f} s, {unit.cpu:.1f} s of CPU\n"
        f"ratio    {playbook.wall / unit.wall:.1f} of the time, {playbook.cpu / unit.cpu:.1f} of the CPU"
    )


def main() -> int:
    try:
        with (
            LocalAws(creating=0, updating=0, deleting=0) as aws,
            tempfile.TemporaryDirectory(dir=CACHE) as scratch,
        ):
            status = Status(aws, Path(scratch))
            print(f"making {ENDPOINTS} endpoints", flush=True)
            status.fill()
            rounds = []
            for number in range(1, ROUNDS + 1):
                print(f"round {number} of {ROUNDS}", flush=True)
                rounds.append(status.round())
    except BenchError as error:
        print(f"The bench of a status failed: {error}", file=sys.stderr)
        return 1
    print(f"\n{report(rounds)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
