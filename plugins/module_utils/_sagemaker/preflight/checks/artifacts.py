# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Model artifacts: they exist, in the region of the endpoint, and fit on the disk of the instances."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import NamedTuple
from typing import Optional
from typing import Union

from ...core.types import Api
from ...iam import policy as execution_policy
from ...rules import variants as variant_rules
from ..check import Check
from ..findings import ERROR
from ..findings import OK
from ..findings import WARNING
from ..findings import Finding
from ..findings import Unseen
from ..lookup import Answer
from ..lookup import Lookup
from ..subject import Container
from ..subject import Deploy
from ..subject import data_sources

EXISTS = "artifact_exists"
REGION = "artifact_region"
SIZE = "artifact_size"

GIB = 1024**3
# A serverless endpoint has 5 GB of ephemeral storage.
SERVERLESS_GB = 5


class Artifact(NamedTuple):
    """An object in S3, or all objects below a prefix. compressed: whether it is unpacked next to the archive."""

    variable: str
    uri: str
    bucket: str
    key: str
    is_prefix: bool
    compressed: bool
    container: Container


class Stored(NamedTuple):
    """The stored objects. more: whether there are more objects than were read."""

    size: int
    more: bool = False


def look(lookup: Lookup, deploy: Deploy) -> Dict[str, Dict[str, Any]]:
    """Return the regions of the buckets, and the stored objects by URI, None if missing."""
    listed = list(artifacts(deploy))
    buckets = {
        name: _region(lookup.ask("s3", "HeadBucket", {"Bucket": name})) for name in sorted({a.bucket for a in listed})
    }
    stored = {}
    for artifact in listed:
        # Objects in a bucket of another region cannot be used anyway.
        if buckets[artifact.bucket] is not None and not _is_elsewhere(buckets[artifact.bucket], deploy):
            stored[artifact.uri] = _stored(lookup, artifact)
    return {"buckets": buckets, "stored": stored}


def judge(deploy: Deploy, seen: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield findings for each artifact."""
    for artifact in artifacts(deploy):
        region = seen["buckets"][artifact.bucket]
        if region is None:
            message = f"the bucket {artifact.bucket} does not exist."
            yield Finding(
                EXISTS, ERROR, artifact.variable, message, "Correct the URI, or create the bucket and upload the model."
            )
        elif _is_elsewhere(region, deploy):
            message = f"the bucket {artifact.bucket} is in {region}, and the endpoint is in {deploy.place.region}."
            remedy = f"Copy the model to a bucket in {deploy.place.region}: SageMaker reads model data only in its own region."
            yield Finding(REGION, ERROR, artifact.variable, message, remedy)
        else:
            if region and not isinstance(region, Unseen):
                yield Finding(REGION, OK, artifact.variable, f"the bucket {artifact.bucket} is in {region}.")
            yield from _of_content(artifact, seen["stored"][artifact.uri])


def artifacts(deploy: Deploy) -> Iterator[Artifact]:
    """Yield the artifacts of all containers, without duplicate URIs."""
    found: Dict[str, Artifact] = {}
    for container in deploy.containers:
        for artifact in _of_container(container):
            found.setdefault(artifact.uri, artifact)
    yield from found.values()


def _of_container(container: Container) -> Iterator[Artifact]:
    options = container.options
    for option in ("model_data_url", "artifact_url"):
        if options.get(option):
            many = options.get("mode") == "MultiModel" or options[option].endswith("/")
            yield _artifact(container, option, options[option], many, not many)
    for path, source in data_sources(container):
        is_prefix, compressed = source.get("s3_data_type") == "S3Prefix", source.get("compression_type") == "Gzip"
        yield _artifact(container, f"{path}.s3_uri", source["s3_uri"], is_prefix, compressed)


def _artifact(container: Container, option: str, uri: str, is_prefix: bool, compressed: bool) -> Artifact:
    variable = container.place(option)
    bucket, key = execution_policy.s3_location(uri, variable)
    return Artifact(variable, uri, bucket, key, is_prefix, compressed, container)


def _region(answer: Answer) -> Union[str, Unseen, None]:
    """Return the region of a bucket, '' if S3 does not return it."""
    if answer is None or isinstance(answer, Unseen):
        return answer
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return answer.get("BucketRegion") or headers.get("x-amz-bucket-region", "")


def _is_elsewhere(region: Union[str, Unseen], deploy: Deploy) -> bool:
    return isinstance(region, str) and region not in ("", deploy.place.region)


def _stored(lookup: Lookup, artifact: Artifact) -> Union[Stored, Unseen, None]:
    if artifact.is_prefix:
        listed = lookup.ask("s3", "ListObjectsV2", {"Bucket": artifact.bucket, "Prefix": artifact.key})
        return _sum(listed) if isinstance(listed, dict) else listed
    answer = lookup.ask("s3", "HeadObject", {"Bucket": artifact.bucket, "Key": artifact.key})
    return Stored(answer["ContentLength"]) if isinstance(answer, dict) else answer


def _sum(listed: Api) -> Optional[Stored]:
    objects: List[Api] = listed.get("Contents", [])
    return Stored(sum(one["Size"] for one in objects), listed.get("IsTruncated", False)) if objects else None


def _of_content(artifact: Artifact, stored: Union[Stored, Unseen, None]) -> Iterator[Finding]:
    if isinstance(stored, Unseen):
        yield stored.finding(EXISTS, artifact.variable, artifact.uri)
        return
    if stored is None:
        what = "S3 has no object below" if artifact.is_prefix else "S3 has no object"
        remedy = "Upload the model, or correct the URI."
        # Models can be uploaded below the prefix of a multi-model endpoint at any time.
        status = WARNING if artifact.container.options.get("mode") == "MultiModel" else ERROR
        yield Finding(EXISTS, status, artifact.variable, f"{what} {artifact.uri}.", remedy)
        return
    yield Finding(EXISTS, OK, artifact.variable, f"{artifact.uri} exists.")
    if not (artifact.is_prefix and artifact.container.options.get("mode") == "MultiModel"):
        yield from _of_size(artifact, stored)


def _of_size(artifact: Artifact, stored: Stored) -> Iterator[Finding]:
    for host in artifact.container.hosts:
        room = _room(host.options)
        if room is None:
            continue
        size, name = stored.size / GIB, host.options["variant_name"]
        shown = f"{'more than ' if stored.more else ''}{size:.1f} GiB"
        if size > room:
            message = f"the model is {shown}, and the instances of {name} have a volume of {room} GB."
            remedy = _remedy(host.options)
            yield Finding(SIZE, ERROR, artifact.variable, message, remedy)
        elif artifact.compressed and 2 * size > room:
            message = (
                f"the archive ({shown}) and its unpacked content may not fit on the volume of {room} GB of {name}."
            )
            yield Finding(SIZE, WARNING, artifact.variable, message, _remedy(host.options))
        else:
            yield Finding(
                SIZE, OK, artifact.variable, f"the model ({shown}) fits on the volume of {room} GB of {name}."
            )


def _room(variant: Mapping[str, Any]) -> Optional[int]:
    """Return the GB that a variant has for its model, None if unknown."""
    if variant.get("serverless_config"):
        return SERVERLESS_GB
    has_own = any(variant_rules.has_own_storage(kind) for kind in variant_rules.instance_types(variant))
    return None if has_own else variant.get("volume_size_in_gb")


def _remedy(variant: Mapping[str, Any]) -> str:
    if variant.get("serverless_config"):
        return "Use an instance_type instead of serverless_config, or a smaller model."
    return "Set a larger volume_size_in_gb (at most 512), or use an instance_type that brings its own storage."


CHECK = Check(look, judge)
