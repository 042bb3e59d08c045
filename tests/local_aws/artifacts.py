# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Model artefacts in S3. behaviour 2.9 to 2.12"""

from __future__ import annotations

import re
from typing import Any

from local_aws.roles import Role
from local_aws.wire import validation
from local_aws.world import Call
from local_aws.world import Region

# Buckets of AWS itself, which no test can fill: what they hold is taken as there.
OWNED_BY_AWS = re.compile(r"jumpstart-(private-)?cache-(prod|alpha|beta)-.+|sagemaker-sample-files(-.+)?")


def sources(container: dict[str, Any]) -> list[dict[str, Any]]:
    """The S3 data sources of a container, with a plain ModelDataUrl put into the same form."""
    found = []
    if "ModelDataUrl" in container:
        many = container.get("Mode") == "MultiModel"
        found.append({"S3Uri": container["ModelDataUrl"], "S3DataType": "S3Prefix" if many else "S3Object"})
    if "S3DataSource" in container.get("ModelDataSource", {}):
        source = container["ModelDataSource"]["S3DataSource"]
        _check_prefix(source)
        found.append(source)
    for channel in container.get("AdditionalModelDataSources", []):
        _check_prefix(channel["S3DataSource"])
        found.append(channel["S3DataSource"])
    return found


def _check_prefix(source: dict[str, Any]) -> None:
    if source["S3DataType"] == "S3Prefix" and not source["S3Uri"].endswith("/"):
        raise validation(f'The S3Uri "{source["S3Uri"]}" of a data source of the type S3Prefix must end in "/".')
    if source["S3DataType"] == "S3Object" and source["S3Uri"].endswith("/"):
        raise validation(f'The S3Uri "{source["S3Uri"]}" of a data source of the type S3Object must not end in "/".')


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of "s3://bucket/key", or of "https://s3.region.amazonaws.com/bucket/key"."""
    scheme, _separator, rest = uri.partition("://")
    if scheme == "https":
        rest = rest.partition("/")[2]
    bucket, _slash, key = rest.partition("/")
    return bucket, key


def _buckets(region: Region) -> dict[str, Any]:
    from moto.s3.models import s3_backends

    return s3_backends[region.account][region.partition].buckets


def read(region: Region, bucket: str, key: str) -> bytes | None:
    found = _buckets(region).get(bucket)
    stored = None if found is None else found.keys.get(key)
    return None if stored is None else bytes(stored.value)


def write(region: Region, bucket: str, key: str, body: bytes) -> None:
    """Writes an object if the bucket exists."""
    from moto.s3.models import s3_backends

    if bucket in _buckets(region):
        s3_backends[region.account][region.partition].put_object(bucket, key, body)


def check(call: Call, source: dict[str, Any], role: Role | None) -> None:
    """Whether the artefact exists, in this region, and the role may read it."""
    uri = source["S3Uri"]
    name, key = split(uri)
    prefix = source["S3DataType"] == "S3Prefix"
    partition = call.region.partition
    bucket = _buckets(call.region).get(name)
    if OWNED_BY_AWS.fullmatch(name):
        keys = [key]
    else:
        stored = [] if bucket is None else [one for one in list(bucket.keys) if one.startswith(key)]
        keys = stored if prefix else [one for one in stored if one == key]
        if not keys:
            raise validation(f"Could not find model data at {uri}.")
    arn = f"arn:{partition}:s3:::{name}"
    elsewhere = bucket is not None and bucket.region_name != call.region.name
    readable = role is None or all(role.may("s3:GetObject", f"{arn}/{one}") for one in keys)
    if prefix and role is not None:
        readable = readable and role.may("s3:ListBucket", arn, s3__prefix=key)
    if elsewhere or not readable:
        raise validation(
            f'Could not access model data at {uri}. Please ensure that the role "{role.arn if role else ""}" exists '
            'and that its trust relationship policy allows the action "sts:AssumeRole" for the service principal '
            '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the object '
            f"is located in {call.region.name}. If your Model uses multiple models or uncompressed models, please "
            'ensure that the role has "s3:ListBucket" permission.'
        )
