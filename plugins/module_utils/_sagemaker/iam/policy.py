# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compute the permissions that an endpoint's execution role needs, from the resources to deploy.

SageMaker assumes the role to pull images, fetch model artefacts, write logs, metrics, results and captured data, and to
reach into a VPC. Each function below grants one of these, with exact resources where AWS supports them. Network
isolation does not change the permissions: it isolates the containers, while SageMaker still reads and writes on their
behalf. None of these permissions is for the containers themselves.

Permissions that cannot be derived from the input need additional statements: KMS keys that no option names (of
encrypted artefacts, requests and baselines, of an encrypted topic, of a bucket with default encryption), images and
artefacts in a private model package, artefacts that a manifest references elsewhere, and AWS calls of the code in a
container.

AWS documents the permissions of a model's role and of some features. The functions note missing or unclear
documentation. They grant what the description of a feature implies, so nothing for cross_region_traffic_config and
capacity reservations.

Everything is pure: the same input returns exactly the same document.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from urllib.parse import urlsplit

from ..core.errors import InputError
from ..core.problems import Problem
from ..rules import images
from ..rules import inference_component as component_rules

VERSION = "2012-10-17"

# The principal that a role trusts is the same in every partition.
SERVICE_PRINCIPAL = "sagemaker.amazonaws.com"

HASH_LENGTH = 8
POLICY_PREFIX = "mlops-sagemaker-"
POLICY_NAME = re.compile(rf"{POLICY_PREFIX}[0-9a-f]{{{HASH_LENGTH}}}")

ROLE_NAME_LENGTH = 64
ROLE_NAME_CHARACTERS = re.compile(r"[A-Za-z0-9_+=,.@-]+")

# The host of an https:// S3 address, with or without the bucket.
S3_HOST = re.compile(r"(?:(?P<bucket>.+)\.)?s3(?:[.-].+)?")

Document = dict[str, Any]
Options = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where the endpoint runs: partition (C(aws), C(aws-cn), ...), region and account number."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def full_arn(self, service: str, resource_type: str, name_or_arn: str) -> str:
        """Return the ARN of a resource that is given by name or ARN."""
        return name_or_arn if name_or_arn.startswith("arn:") else self.arn(service, f"{resource_type}/{name_or_arn}")


@dataclass(frozen=True)
class Grant:
    """A permission. Grants that differ only in their resources become one statement."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, Any] | None = None


Grants = Iterator[Grant]


def execution_policy(
    models: Sequence[Options],
    endpoint_config: Options,
    *,
    partition: str,
    region: str,
    account: str,
    inference_components: Sequence[Options] = (),
    deployment_config: Options | None = None,
    async_input_locations: Sequence[str] | None = None,
    additional_statements: Iterable[Options] = (),
) -> Document:
    """Return the least-privilege policy of the execution role for one release.

    models, endpoint_config, inference_components, deployment_config: options of the modules of these names; models are
    those of the variants, of their instance pools and of the components. async_input_locations: s3:// addresses of the
    requests of an asynchronous endpoint; by default the bucket that its answers go to. additional_statements: IAM
    statements to add unchanged. Raises InputError with the option for an address that is not an S3 address.
    """
    place = Place(partition, region, account)
    containers = [container for model in models for container in _containers(model)]
    specifications = [one for component in inference_components for one in component_rules.specifications(component)]
    variants = [
        *(endpoint_config.get("production_variants") or []),
        *(endpoint_config.get("shadow_production_variants") or []),
    ]
    grants = [
        *_images([*containers, *(one.get("container") or {} for one in specifications)], place),
        *_registry_credentials(containers),
        *_artifacts(containers, place),
        *_component_artifacts(specifications, place),
        *_hub_content(containers),
        *_model_packages(containers, place),
        *_logs(bool(inference_components) or _is_for_components(models, endpoint_config, variants), place),
        *_metrics(),
        *_network([*models, endpoint_config], place),
        *_volumes(endpoint_config, place),
        *_async_inference(endpoint_config, async_input_locations, place),
        *_data_capture(endpoint_config, place),
        *_core_dumps(variants, place),
        *_shell_access(variants),
        *_explainer(endpoint_config, place),
        *_alarms([deployment_config, *(one.get("deployment_config") for one in inference_components)], place),
    ]
    statements = [*_statements(grants), *(dict(statement) for statement in additional_statements)]
    return {"Version": VERSION, "Statement": statements}


def trust_policy(account: str) -> Document:
    """Return the trust policy: only SageMaker may assume the role, only on behalf of this account. It is the same in
    all partitions."""
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": SERVICE_PRINCIPAL},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": account}},
            }
        ],
    }


def policy_name(document: Document) -> str:
    """Return the name of an inline policy, a hash of its content, so that two releases with equal permissions share a
    policy."""
    return f"{POLICY_PREFIX}{_digest(document)}"


def role_name(name_prefix: str, endpoint_name: str, region: str) -> str:
    """Return the name of an endpoint's role. It depends on the region, because IAM is global.

    A long prefix is truncated, because the endpoint and the region make the name unique. Raises InputError for
    characters that IAM does not allow.
    """
    if not ROLE_NAME_CHARACTERS.fullmatch(name_prefix):
        raise InputError(
            Problem(
                "name_prefix",
                f"'{name_prefix}' is not a valid start of an IAM role name. Give one or more letters, digits or any of _+=,.@-",
            )
        )
    suffix = _role_suffix(endpoint_name, region)
    return f"{name_prefix[: ROLE_NAME_LENGTH - len(suffix)]}{suffix}"


def has_region(name: str, endpoint_name: str, region: str) -> bool:
    """Return whether role_name returns such a name for this endpoint and region, so that no other region uses it."""
    return name.endswith(_role_suffix(endpoint_name, region))


def _role_suffix(endpoint_name: str, region: str) -> str:
    return f"-role-{_digest([endpoint_name, region])}"


def canonical(value: Any) -> str:
    """Return canonical JSON, which is the same for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:HASH_LENGTH]


# One function for each use of the role by SageMaker.


def _images(containers: Sequence[Options], place: Place) -> Grants:
    """Pull images from ECR. Registries outside ECR do not use IAM."""
    for container in containers:
        image = images.ECR_IMAGE.match(container.get("image") or "")
        if not image:
            continue
        yield Grant("AuthenticateToRegistries", ("ecr:GetAuthorizationToken",), ("*",))
        yield Grant(
            "PullImages",
            ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            (f"arn:{place.partition}:ecr:{image['region']}:{image['account']}:repository/{image['repository']}",),
        )


def _registry_credentials(containers: Sequence[Options]) -> Grants:
    """Call the Lambda function that returns the password of a private registry. Components do not support such
    registries."""
    for container in containers:
        provider = _dig(container, "image_config", "repository_auth_config", "repository_credentials_provider_arn")
        if provider:
            yield Grant("GetRegistryCredentials", ("lambda:InvokeFunction",), (provider,))


def _artifacts(containers: Sequence[Options], place: Place) -> Grants:
    """Fetch model artefacts."""
    for container in containers:
        if container.get("model_data_url"):
            bucket, key = s3_location(container["model_data_url"], "model_data_url")
            yield from _reads(bucket, key, container.get("mode") == "MultiModel" or _is_folder(key), place)
        for path, source in _data_sources(container):
            if source.get("s3_uri"):
                bucket, key = s3_location(source["s3_uri"], f"{path}.s3_uri")
                yield from _reads(bucket, key, source.get("s3_data_type") == "S3Prefix", place)
            if source.get("manifest_s3_uri"):
                bucket, key = s3_location(source["manifest_s3_uri"], f"{path}.manifest_s3_uri")
                yield from _reads(bucket, key, False, place)


def _component_artifacts(specifications: Sequence[Options], place: Place) -> Grants:
    """Fetch the archives of components that have no model, and of adapters.

    AWS does not document whether loading an adapter lists the bucket. The grant allows it for the adapter only.
    """
    for specification in specifications:
        url = _dig(specification, "container", "artifact_url")
        if url:
            bucket, key = s3_location(url, "container.artifact_url")
            adapter = bool(specification.get("base_inference_component_name"))
            yield from _reads(bucket, key, _is_folder(key), place, listed=adapter)


def _reads(bucket: str, key: str, many: bool, place: Place, listed: bool = False) -> Grants:
    """Read one object, or all objects under a prefix, which also requires listing. listed: allow listing the single
    object as well."""
    pattern = f"{_literal(key)}*" if many else _literal(key)
    yield Grant("ReadArtifacts", ("s3:GetObject",), (_object_arn(bucket, pattern, place),))
    if many or listed:
        yield Grant(
            "ListArtifacts",
            ("s3:ListBucket",),
            (f"arn:{place.partition}:s3:::{bucket}",),
            {"StringLike": {"s3:prefix": [pattern]}} if key else None,
        )


def _hub_content(containers: Sequence[Options]) -> Grants:
    """Read models of a private hub. Both the hub and its content need permissions.

    The tools of AWS also grant ListHubs on these resources. It does not support resources, so that has no effect, and
    it is omitted here.
    """
    for container in containers:
        for _path, source in _data_sources(container):
            content = _dig(source, "hub_access_config", "hub_content_arn")
            if content:
                # ...:hub-content/<hub>/<type>/<name>/<version>
                front, _separator, path = content.partition(":hub-content/")
                yield Grant(
                    "ReadHubContent",
                    ("sagemaker:DescribeHub", "sagemaker:DescribeHubContent", "sagemaker:ListHubContents"),
                    (content, f"{front}:hub/{path.partition('/')[0]}"),
                )


def _model_packages(containers: Sequence[Options], place: Place) -> Grants:
    """Use packages of JumpStart, AWS Marketplace and private registries. Subscription and sharing are outside IAM.

    The action is in the roles that the tools of AWS create, but not in AWS's list of actions.
    """
    for container in containers:
        package = container.get("model_package_name")
        if package:
            yield Grant(
                "UseModelPackages",
                ("sagemaker:AccessModelPackage",),
                (place.full_arn("sagemaker", "model-package", package),),
            )


def _logs(inference_components: bool, place: Place) -> Grants:
    """Write the logs of containers. Inference components have separate log groups, which AWS does not document."""
    for group in ("Endpoints", *(("InferenceComponents",) if inference_components else ())):
        yield Grant(
            "WriteLogs",
            ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            (place.arn("logs", f"log-group:/aws/sagemaker/{group}/*"),),
        )


def _metrics() -> Grants:
    """Publish metrics, limited to SageMaker's namespaces, because CloudWatch does not support resources for this.

    They are AWS/SageMaker, /aws/sagemaker/Endpoints and /aws/sagemaker/InferenceComponents. The namespace of detailed
    observability is not documented.
    """
    yield Grant(
        "PublishMetrics",
        ("cloudwatch:PutMetricData",),
        ("*",),
        {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "AWS/SageMaker"]}},
    )


def _network(owners: Sequence[Options], place: Place) -> Grants:
    """Create network interfaces in a VPC, only in these subnets and with these security groups.

    Another account may share subnets and groups, but their ids are unique. The ids of the interfaces are not known yet.
    """
    configs = [owner["vpc_config"] for owner in owners if owner.get("vpc_config")]
    if not configs:
        return
    interfaces = place.arn("ec2", "network-interface/*")
    for config in configs:
        yield Grant(
            "CreateNetworkInterfaces",
            ("ec2:CreateNetworkInterface",),
            (
                interfaces,
                *(f"arn:{place.partition}:ec2:{place.region}:*:subnet/{subnet}" for subnet in config["subnets"]),
                *(
                    f"arn:{place.partition}:ec2:{place.region}:*:security-group/{group}"
                    for group in config["security_group_ids"]
                ),
            ),
        )
    yield Grant(
        "ManageNetworkInterfaces",
        (
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission",
        ),
        (interfaces,),
    )
    yield Grant(
        "DescribeNetwork",
        (
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ),
        ("*",),
    )


def _volumes(endpoint_config: Options, place: Place) -> Grants:
    """Encrypt the volumes of the instances, which EBS does with a grant.

    AWS documents only that the key must allow the role, and for jobs that the role must create grants. The rest are
    requirements of EBS.
    """
    key = endpoint_config.get("kms_key_id")
    if key:
        resource, condition = key_resource(key, place)
        yield Grant(
            "UseVolumeKey",
            ("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"),
            (resource,),
            condition,
        )
        yield Grant(
            "GrantVolumeKey",
            ("kms:CreateGrant",),
            (resource,),
            {**(condition or {}), "Bool": {"kms:GrantIsForAWSResource": "true"}},
        )


def _async_inference(endpoint_config: Options, input_locations: Sequence[str] | None, place: Place) -> Grants:
    """Read requests from S3, write answers to S3, and publish to topics.

    AWS's guide also grants ListBucket, but on objects, where it has no effect.
    """
    if not endpoint_config.get("async_inference_config"):
        return
    output = _dig(endpoint_config, "async_inference_config", "output_config") or {}
    for option in ("s3_output_path", "s3_failure_path"):
        if output.get(option):
            path = f"async_inference_config.output_config.{option}"
            yield _writes("WriteAsyncResults", output[option], path, place, "s3:AbortMultipartUpload")
    for bucket, key in _async_inputs(output, input_locations):
        pattern = f"{_literal(key)}*" if _is_folder(key) else _literal(key)
        yield Grant("ReadAsyncRequests", ("s3:GetObject",), (_object_arn(bucket, pattern, place),))
    topics = output.get("notification_config") or {}
    for option in ("success_topic", "error_topic"):
        if topics.get(option):
            yield Grant("NotifyOfAsyncResults", ("sns:Publish",), (topics[option],))
    yield from _encrypts(output.get("kms_key_id"), place)


def _async_inputs(output: Options, input_locations: Sequence[str] | None) -> list[tuple[str, str]]:
    """Return the locations of requests. The default is the bucket of the answers, which most users share."""
    if input_locations is not None:
        return [s3_location(location, "async_input_locations") for location in input_locations]
    if output.get("s3_output_path"):
        bucket, _key = s3_location(output["s3_output_path"], "async_inference_config.output_config.s3_output_path")
        return [(bucket, "")]
    return []


def _data_capture(endpoint_config: Options, place: Place) -> Grants:
    """Write requests and answers, unless capturing is disabled."""
    capture = endpoint_config.get("data_capture_config") or {}
    if capture.get("destination_s3_uri") and capture.get("enable_capture") is not False:
        yield _writes(
            "WriteCapturedData", capture["destination_s3_uri"], "data_capture_config.destination_s3_uri", place
        )
        yield from _encrypts(capture.get("kms_key_id"), place)


def _core_dumps(variants: Sequence[Options], place: Place) -> Grants:
    for variant in variants:
        dump = variant.get("core_dump_config") or {}
        if dump.get("destination_s3_uri"):
            yield _writes("WriteCoreDumps", dump["destination_s3_uri"], "core_dump_config.destination_s3_uri", place)
            # Only here the service model requires kms:Encrypt.
            yield from _encrypts(dump.get("kms_key_id"), place, "kms:Encrypt")


def _shell_access(variants: Sequence[Options]) -> Grants:
    """Let the Systems Manager agent on the instances open its channels. These actions do not support resources."""
    if any(variant.get("enable_ssm_access") for variant in variants):
        yield Grant(
            "OpenShellChannels",
            (
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ),
            ("*",),
        )


def _explainer(endpoint_config: Options, place: Place) -> Grants:
    """Read the baseline of explanations.

    AWS provides the Clarify container, and documents no other permission for it.
    """
    shap = _dig(endpoint_config, "explainer_config", "clarify_explainer_config", "shap_config", "shap_baseline_config")
    if shap and shap.get("shap_baseline_uri"):
        bucket, key = s3_location(shap["shap_baseline_uri"], "explainer_config...shap_baseline_uri")
        yield Grant("ReadExplainerBaseline", ("s3:GetObject",), (_object_arn(bucket, _literal(key), place),))


def _alarms(deployment_configs: Iterable[Options | None], place: Place) -> Grants:
    """Read the alarms that roll back a deployment. AWS documents this for endpoints, and components have the same
    option."""
    for config in deployment_configs:
        for alarm in _dig(config or {}, "auto_rollback_configuration", "alarms") or []:
            yield Grant(
                "WatchRollbackAlarms",
                ("cloudwatch:DescribeAlarms",),
                (place.arn("cloudwatch", f"alarm:{_literal(alarm['alarm_name'])}"),),
            )


# Helpers.


def _containers(model: Options) -> list[Options]:
    primary = model.get("primary_container")
    return [*([primary] if primary else []), *(model.get("containers") or [])]


def _data_sources(container: Options) -> Iterator[tuple[str, Options]]:
    """Yield the S3 data sources of a container with their options."""
    source = _dig(container, "model_data_source", "s3_data_source")
    if source:
        yield "model_data_source.s3_data_source", source
    for additional in container.get("additional_model_data_sources") or []:
        source = _dig(additional, "s3_data_source")
        if source:
            yield "additional_model_data_sources.s3_data_source", source


def _is_for_components(models: Sequence[Options], endpoint_config: Options, variants: Sequence[Options]) -> bool:
    """Return whether the endpoint may host components: the configuration has a role, or the input names no model."""
    named = any(
        holder.get("model_name") or holder.get("model_name_override")
        for variant in variants
        for holder in (variant, *(variant.get("instance_pools") or []))
    )
    return bool(endpoint_config.get("execution_role_arn")) or not (models or named)


def _is_folder(key: str) -> bool:
    """Return whether a key is a prefix of objects. The empty key is the whole bucket."""
    return key.endswith("/") or not key


def _writes(sid: str, uri: str, option: str, place: Place, *more: str) -> Grant:
    """Write below a prefix. SageMaker adds a slash after the prefix."""
    bucket, key = s3_location(uri, option)
    folder = f"{_literal(key.rstrip('/'))}/" if key.rstrip("/") else ""
    return Grant(sid, (*more, "s3:PutObject"), (_object_arn(bucket, f"{folder}*", place),))


def _encrypts(key: str | None, place: Place, *more: str) -> Grants:
    """Encrypt objects that are written to S3. A multipart upload also decrypts its parts."""
    if key:
        resource, condition = key_resource(key, place)
        yield Grant(
            "EncryptResults", tuple(sorted(("kms:Decrypt", "kms:GenerateDataKey", *more))), (resource,), condition
        )


def key_resource(key: str, place: Place) -> tuple[str, Mapping[str, Any] | None]:
    """Return resource and condition for a KMS key given by id, ARN, alias or alias ARN.

    Calls that use a key do not support an alias as resource, but support it as a condition.
    """
    alias = key.rpartition(":")[2]
    if not alias.startswith("alias/"):
        return place.full_arn("kms", "key", key), None
    account = key.split(":")[4] if key.startswith("arn:") else place.account
    resource = f"arn:{place.partition}:kms:{place.region}:{account}:key/*"
    return resource, {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}


def _object_arn(bucket: str, pattern: str, place: Place) -> str:
    return f"arn:{place.partition}:s3:::{bucket}/{pattern}"


def s3_location(uri: str, option: str) -> tuple[str, str]:
    """Return bucket and key of an s3:// or https:// address. The key is '' for a whole bucket."""
    parts = urlsplit(uri, allow_fragments=False)
    if parts.scheme == "s3" and parts.netloc:
        # Not parts.path, because a question mark is an ordinary character here.
        bucket, _slash, key = uri[len("s3://") :].partition("/")
        return bucket, key
    host = S3_HOST.fullmatch(parts.hostname or "") if parts.scheme == "https" else None
    if host:
        path = unquote(parts.path).lstrip("/")
        bucket, _slash, key = (host["bucket"], "/", path) if host["bucket"] else path.partition("/")
        if bucket:
            return bucket, key
    raise InputError(Problem(option, f"'{uri}' is not an S3 address. Give s3://<bucket>/<key>"))


def _literal(text: str) -> str:
    """Return text for a resource, with IAM's patterns and variables escaped."""
    return re.sub(r"[$*?]", lambda special: f"${{{special[0]}}}", text)


def _dig(options: Options, *path: str) -> Any:
    """Return the suboption at the path, None if any part of the path is missing."""
    value: Any = options
    for option in path:
        value = (value or {}).get(option)
    return value


def _statements(grants: Iterable[Grant]) -> list[Document]:
    """Return grants as sorted statements with unique Sids. Resources of equal grants and prefixes of a bucket are
    merged."""
    merged: dict[str, Grant] = {}
    for grant in _merge_prefixes(grants):
        key = canonical([grant.sid, grant.actions, grant.condition])
        known = merged.get(key)
        resources = {*grant.resources, *(known.resources if known else ())}
        merged[key] = Grant(grant.sid, grant.actions, tuple(sorted(resources)), grant.condition)
    statements = []
    sids: dict[str, int] = {}
    for grant in sorted(merged.values(), key=lambda grant: canonical([grant.sid, grant.resources, grant.condition])):
        sids[grant.sid] = sids.get(grant.sid, 0) + 1
        statement: Document = {
            "Sid": grant.sid if sids[grant.sid] == 1 else f"{grant.sid}{sids[grant.sid]}",
            "Effect": "Allow",
            "Action": _one_or_many(grant.actions),
            "Resource": _one_or_many(grant.resources),
        }
        if grant.condition:
            statement["Condition"] = dict(grant.condition)
        statements.append(statement)
    return statements


def _merge_prefixes(grants: Iterable[Grant]) -> Iterator[Grant]:
    """Merge listings of the same bucket, with all their prefixes."""
    listings: dict[tuple[str, ...], set[str] | None] = {}
    for grant in grants:
        if grant.sid != "ListArtifacts":
            yield grant
        elif grant.condition is None or listings.get(grant.resources, set()) is None:
            listings[grant.resources] = None
        else:
            prefixes = listings.setdefault(grant.resources, set())
            prefixes.update(grant.condition["StringLike"]["s3:prefix"])
    for resources, prefixes in listings.items():
        condition = None if prefixes is None else {"StringLike": {"s3:prefix": sorted(prefixes)}}
        yield Grant("ListArtifacts", ("s3:ListBucket",), resources, condition)


def _one_or_many(values: Sequence[str]) -> str | list[str]:
    return values[0] if len(values) == 1 else list(values)
