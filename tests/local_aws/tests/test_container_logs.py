# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What containers write to CloudWatch Logs, into a stream for each instance. behaviour 13.1 and 13.2"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import container_logs
from local_aws.tests.kit import Kit

GROUP = "/aws/sagemaker/Endpoints/e"
PING = "The container did not pass the ping health check."


def streams(kit: Kit) -> list[dict[str, Any]]:
    found = kit.aws.client("logs").describe_log_streams(logGroupName=GROUP)["logStreams"]
    return [dict(one) for one in found]


def lines(kit: Kit, stream: str) -> list[str]:
    found = kit.aws.client("logs").get_log_events(logGroupName=GROUP, logStreamName=stream, startFromHead=True)[
        "events"
    ]
    return [one["message"] for one in found]


def test_each_instance_writes_its_own_stream_while_the_rollout_lasts(kit: Kit) -> None:
    kit.aws.configure(creating=100)
    kit.model()
    kit.config()
    kit.aws.script("e", "create", "fail", reason=PING, log=["one", "two"])
    kit.endpoint()
    described = kit.describe()
    found = streams(kit)
    assert len(found) == 2 and len({one["logStreamName"] for one in found}) == 2
    began, ended = (described[key].timestamp() * 1000 for key in ("CreationTime", "LastModifiedTime"))
    for one in found:
        assert one["logStreamName"].startswith("V/i-")
        assert lines(kit, one["logStreamName"]) == ["one", "two"]
        assert began - 1000 <= one["firstEventTimestamp"] < one["lastEventTimestamp"] <= ended + 1000
        assert began - 1000 <= one["creationTime"] <= one["firstEventTimestamp"]


def test_later_containers_write_other_streams(kit: Kit) -> None:
    kit.aws.script("e", "create", "succeed", log=["first"])
    kit.serve()
    kit.aws.advance(60)
    kit.aws.script("e", "update", "rollback", reason=PING)
    kit.config("n", [kit.variant(InitialInstanceCount=1)])
    kit.update("n")
    kit.settle()
    written = [lines(kit, one["logStreamName"]) for one in streams(kit)]
    assert sorted(written) == sorted([["first"], ["first"], [*container_logs.SILENT]])


def test_where_no_container_writes_there_is_no_group(kit: Kit) -> None:
    kit.serve()
    with pytest.raises(ClientError) as caught:
        streams(kit)
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("reason", "script", "written"),
    [
        (PING, None, container_logs.SILENT),
        (PING, ["a"], ["a"]),
        (PING, [], []),
        ("no capacity", None, ()),
        (None, None, ()),
        (None, ["a"], ["a"]),
    ],
)
def test_what_is_written(reason: str | None, script: list[str] | None, written: Any) -> None:
    assert container_logs.is_written(reason, script) == written
