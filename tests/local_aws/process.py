# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local AWS of one's own, in its own process: what the tests use."""

from __future__ import annotations

import contextlib
import copy
import http.client
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from types import TracebackType

REGION = "us-east-1"


class LocalAws:
    """Starts ``python -m local_aws`` on a free port of 127.0.0.1 and stops it at the end of the with block.

    Keyword arguments are the settings (see settings.py); the defaults here are quick.
    """

    def __init__(self, creating: float = 0.5, updating: float = 0.5, deleting: float = 0.5, **settings: Any) -> None:
        self.settings = {"creating": creating, "updating": updating, "deleting": deleting, **settings}
        self.url = ""
        self._process: subprocess.Popen[str] | None = None
        self._session: Any = None
        self._clients: dict[Any, Any] = {}

    def __enter__(self) -> LocalAws:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, timeout: float = 60.0) -> None:
        """Returns when the server answers. Raises RuntimeError if it does not within ``timeout`` seconds."""
        package = str(Path(__file__).resolve().parent.parent)
        command = [sys.executable, "-m", "local_aws", "--port", "0"]
        for name, value in self.settings.items():
            command += [f"--{name.replace('_', '-')}", value if isinstance(value, str) else json.dumps(value)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([package, os.environ.get("PYTHONPATH", "")])}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self._process.stdout is not None
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            readable, _w, _x = select.select([self._process.stdout], [], [], 0.1)
            line = self._process.stdout.readline() if readable else ""
            if line.startswith("local_aws ready: "):
                self.url = line.split()[-1]
                return
            if self._process.poll() is not None:
                break
        self.stop()
        raise RuntimeError("local_aws did not start: see its messages above")

    def stop(self) -> None:
        """Stops the process that ``start`` began, and no other."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None

    def environment(self, region: str = REGION) -> dict[str, str]:
        """The variables that point any AWS client at this server."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str, region: str = REGION, **options: Any) -> Any:
        """A boto3 client for this server, the same for the same arguments: making one takes longer than most calls."""
        if self._session is None:
            import boto3

            # One session: it reads each service's model once, which is most of what a client costs.
            self._session = boto3.session.Session(aws_access_key_id="testing", aws_secret_access_key="testing")
        key = (self.url, service, region, *sorted(options.items()))
        if key not in self._clients:
            self._clients[key] = self._session.client(service, region_name=region, endpoint_url=self.url, **options)
        return self._clients[key]

    def in_account(self, account: str) -> LocalAws:
        """The same server for one who has assumed a role of another account."""
        import boto3

        role = f"arn:aws:iam::{account}:role/tests"
        keys = self.client("sts").assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
        other = copy.copy(self)
        other._clients = {}
        other._session = boto3.session.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
        return other

    def calls(self, service: str | None = None) -> list[dict[str, Any]]:
        """The log of calls in order: {service, operation, region, mutating, request, status, error, time}."""
        entries = self._control("GET", "calls")
        return [entry for entry in entries if service in (None, entry["service"])]

    def mutating(self) -> list[str]:
        """The names of the logged operations that change something, in order."""
        return [entry["operation"] for entry in self.calls() if entry["mutating"]]

    def clear_calls(self) -> None:
        self._control("DELETE", "calls")

    def reset(self) -> None:
        """All state, faults, calls and settings back to those of the start."""
        self._control("POST", "reset")

    def fault(
        self,
        operation: str | list[str] = "*",
        kind: str = "throttle",
        times: int = 1,
        message: str | None = None,
        after: int = 0,
        **more: Any,
    ) -> None:
        """Orders trouble for the next calls of an operation (a name, a pattern, or a list of them).

        Kinds: throttle, error500, error503, denied, model_error, error (with ``code``, maybe ``status``), reset (the
        connection breaks before the call is handled), lost (it breaks after). ``after``: calls that pass before it.
        """
        order = {"operation": operation, "kind": kind, "times": times, "message": message, "after": after, **more}
        self._control("POST", "faults", order)

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    def configure(self, **settings: Any) -> None:
        """Changes settings of the running server, until the next reset."""
        self._control("POST", "settings", settings)

    def script(
        self, endpoint: str | None = None, event: str | None = None, outcome: str | None = None, **more: Any
    ) -> None:
        """Decides what the next event of an endpoint leads to; see scripts.py and README.md.

        Also ``script(image=..., outcome="missing")``, or "oci_manifest" or "oci_index".
        """
        order = {"endpoint": endpoint, "event": event, "outcome": outcome, **more}
        self._control("POST", "scripts", {name: value for name, value in order.items() if value is not None})

    def advance(self, seconds: float) -> None:
        """Lets time pass at once, on the server's clock only."""
        self._control("POST", "clock", {"advance": seconds})

    def usage(self) -> dict[str, Any]:
        """The instances that run, by type, and the seconds that instances have run of the time that was skipped."""
        return self._control("GET", "usage")

    def make_role(
        self, name: str, actions: list[str] | None = None, managed: list[str] | None = None, region: str = REGION
    ) -> str:
        """Makes an execution role that trusts SageMaker and may do ``actions`` on everything; returns its ARN."""
        iam = self.client("iam", region)
        statement = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        if actions is None and managed is None:
            actions = ["ecr:*", "s3:*"]
        if actions:
            allow = {"Effect": "Allow", "Action": actions, "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
            iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=document)
        for policy in managed or []:
            iam.attach_role_policy(RoleName=name, PolicyArn=policy)
        return str(arn)

    def put(self, uri: str, body: bytes = b"model", region: str = REGION) -> None:
        """Puts an object into S3, and makes its bucket if need be. ``uri``: s3://bucket/key."""
        s3 = self.client("s3", region)
        bucket, _slash, key = uri.removeprefix("s3://").partition("/")
        if bucket not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
            place = {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            s3.create_bucket(Bucket=bucket, **place)
        s3.put_object(Bucket=bucket, Key=key, Body=body)

    def _control(self, method: str, what: str, order: dict[str, Any] | None = None) -> Any:
        # No proxy comes between this process and its own server, as urllib would have it.
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=30)
        with contextlib.closing(connection):
            connection.request(method, f"/_local_aws/{what}", None if order is None else json.dumps(order))
            answer = connection.getresponse()
            told = json.loads(answer.read())
        if answer.status >= 400:
            raise ValueError(told["error"])
        return told
