# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Destinations of SageMaker: output buckets and SNS topics."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import Mapping

from ...iam import policy as execution_policy
from ..check import Check
from ..findings import ERROR
from ..findings import OK
from ..findings import Finding
from ..findings import Unseen
from ..lookup import Answer
from ..lookup import Lookup
from ..subject import Deploy

BUCKET = "output_bucket"
TOPIC = "notification_topic"


def look(lookup: Lookup, deploy: Deploy) -> Dict[str, Dict[str, Answer]]:
    """Return the answers of S3 and SNS for the buckets and topics."""
    buckets = sorted(set(_buckets(deploy).values()))
    topics = sorted(set(_topics(deploy).values()))
    return {
        BUCKET: {name: lookup.ask("s3", "HeadBucket", {"Bucket": name}) for name in buckets},
        TOPIC: {arn: lookup.ask("sns", "GetTopicAttributes", {"TopicArn": arn}) for arn in topics},
    }


def judge(deploy: Deploy, seen: Mapping[str, Mapping[str, Answer]]) -> Iterator[Finding]:
    """Yield a finding for each variable that names a bucket to write to or a topic."""
    for variable, bucket in _buckets(deploy).items():
        yield _judged(BUCKET, variable, f"the bucket {bucket}", seen[BUCKET][bucket])
    for variable, topic in _topics(deploy).items():
        yield _judged(TOPIC, variable, f"the topic {topic}", seen[TOPIC][topic])


def _judged(check: str, variable: str, what: str, answer: Answer) -> Finding:
    if isinstance(answer, Unseen):
        return answer.finding(check, variable, what)
    if answer is None:
        return Finding(check, ERROR, variable, f"{what} does not exist.", "Create it, or correct the name.")
    return Finding(check, OK, variable, f"{what} exists.")


def _buckets(deploy: Deploy) -> Dict[str, str]:
    """Return the output buckets by the variables that name them."""
    config = deploy.config
    output = (config.get("async_inference_config") or {}).get("output_config") or {}
    capture = config.get("data_capture_config") or {}
    inside = "async_inference_config.output_config"
    uris: Dict[str, Any] = {
        deploy.variable(f"endpoint_config.{inside}.{option}"): output.get(option)
        for option in ("s3_output_path", "s3_failure_path")
    }
    if capture.get("enable_capture") is not False:
        uris[deploy.variable("endpoint_config.data_capture_config.destination_s3_uri")] = capture.get(
            "destination_s3_uri"
        )
    for variant in deploy.variants:
        dump = variant.options.get("core_dump_config") or {}
        uris[f"{variant.variable}.core_dump_config.destination_s3_uri"] = dump.get("destination_s3_uri")
    return {variable: execution_policy.s3_location(uri, variable)[0] for variable, uri in uris.items() if uri}


def _topics(deploy: Deploy) -> Dict[str, str]:
    output = (deploy.config.get("async_inference_config") or {}).get("output_config") or {}
    topics = output.get("notification_config") or {}
    path = "endpoint_config.async_inference_config.output_config.notification_config"
    named = {deploy.variable(f"{path}.{option}"): topics.get(option) for option in ("success_topic", "error_topic")}
    return {variable: arn for variable, arn in named.items() if arn}


CHECK = Check(look, judge)
