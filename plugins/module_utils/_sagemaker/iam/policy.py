# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an endpoint's execution role must be allowed to do, computed from what is deployed.

SageMaker assumes the role to pull images, fetch model artefacts, write logs, metrics, results and captured data, and to
reach into a VPC. Each function below answers for one of these and names exact resources wherever AWS knows any. Network
isolation takes none of it away: it cuts off the containers, while SageMaker goes on fetching and writing on their behalf,
and nothing here is meant for the containers themselves.

What cannot be seen in the input must be granted with additional statements: a key that no option names (of encrypted
artefacts, requests and baselines, of an encrypted topic, of a bucket that encrypts by itself: an S3 address tells nothing
of it), the images and artefacts inside a model package of one's own, what a manifest points to elsewhere, what the code
in a container calls.

AWS publishes the permissions of a model's role and of some features. Where it is silent or unclear, the functions say so.
They grant what a feature does by its description, so nothing for cross_region_traffic_config and capacity reservations.

Everything is pure: the same input gives the same document, to the letter.
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

# The host of an https:// S3 address, with the bucket in front of it or not.
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
        """The ARN of a thing that is given by name or by ARN."""
        return name_or_arn if name_or_arn.startswith("arn:") else self.arn(service, f"{resource_type}/{name_or_arn}")


@dataclass(frozen=True)
class Grant:
    """One permission. Grants that differ in nothing but their resources become one statement."""

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
    """The least-privilege policy of the execution role of one release.

    models, endpoint_config, inference_components, deployment_config: options of the modules of these names; models are
    those of the variants, of their instance pools and of the components. async_input_locations: s3:// addresses of the
    requests of an asynchronous endpoint; by default the bucket that its answers go to. additional_statements: statements
    in IAM's own form, added as they are. Raises InputError for an address that is no S3 address, naming the option.
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
    """Who may assume the role: SageMaker, on behalf of this account only. It is the same in every partition."""
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
    """The name of an inline policy, which tells its content: equal permissions of two releases are one policy."""
    return f"{POLICY_PREFIX}{_digest(document)}"


def role_name(name_prefix: str, endpoint_name: str, region: str) -> str:
    """The predictable name of an endpoint's role. IAM knows no regions, so the name tells them apart.

    A prefix that is too long is cut: the endpoint and the region alone make the name unique. Raises InputError for
    characters that IAM does not allow.
    """
    if not ROLE_NAME_CHARACTERS.fullmatch(name_prefix):
        raise InputError(
            Problem(
                "name_prefix",
                f"'{name_prefix}' cannot begin the name of an IAM role: give one or more letters, digits or any of _+=,.@-",
            )
        )
    suffix = _role_suffix(endpoint_name, region)
    return f"{name_prefix[: ROLE_NAME_LENGTH - len(suffix)]}{suffix}"


def has_region(name: str, endpoint_name: str, region: str) -> bool:
    """Return whether role_name makes such a name for this endpoint in this region, so that no other region has it."""
    return name.endswith(_role_suffix(endpoint_name, region))


def _role_suffix(endpoint_name: str, region: str) -> str:
    return f"-role-{_digest([endpoint_name, region])}"


def canonical(value: Any) -> str:
    """JSON that is the same for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:HASH_LENGTH]


# One function for each thing that SageMaker does with the role.


def _images(containers: Sequence[Options], place: Place) -> Grants:
    """Pull images from ECR. A registry outside of ECR does not know IAM."""
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
    """Ask the function that knows the password of a private registry. Components know no such registries."""
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

    AWS does not document whether loading an adapter lists the bucket. It may, but nothing beyond the adapter.
    """
    for specification in specifications:
        url = _dig(specification, "container", "artifact_url")
        if url:
            bucket, key = s3_location(url, "container.artifact_url")
            adapter = bool(specification.get("base_inference_component_name"))
            yield from _reads(bucket, key, _is_folder(key), place, listed=adapter)


def _reads(bucket: str, key: str, many: bool, place: Place, listed: bool = False) -> Grants:
    """Read one object, or all under a prefix, which has to be listed too. listed: to list the one object as well."""
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
    """Read models of a private hub: both the hub and its content are asked for.

    AWS's own tools name ListHubs with them. It knows no resources, so that it is without effect there, and left out here.
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
    """Use packages of JumpStart, of AWS Marketplace and of one's own registry, whose subscription or sharing is not IAM's.

    The action is in the roles that AWS's own tools make, though not in AWS's list of actions.
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
    """Write what the containers say. Inference components have log groups of their own, which AWS does not document."""
    for group in ("Endpoints", *(("InferenceComponents",) if inference_components else ())):
        yield Grant(
            "WriteLogs",
            ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            (place.arn("logs", f"log-group:/aws/sagemaker/{group}/*"),),
        )


def _metrics() -> Grants:
    """Publish metrics, in SageMaker's namespaces: CloudWatch has no resources for them.

    They are AWS/SageMaker, /aws/sagemaker/Endpoints and /aws/sagemaker/InferenceComponents. Where detailed observability
    publishes is not documented.
    """
    yield Grant(
        "PublishMetrics",
        ("cloudwatch:PutMetricData",),
        ("*",),
        {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "AWS/SageMaker"]}},
    )


def _network(owners: Sequence[Options], place: Place) -> Grants:
    """Put network interfaces into a VPC: into these subnets, with these security groups only.

    Subnets and groups may be shared by another account; their ids are unique. Of the interfaces nobody knows the ids yet.
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

    AWS says only that the key must admit the role, and for jobs that it must create grants. The rest is what EBS asks for.
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
    """Read requests from S3, write answers there, tell topics of it.

    AWS's guide asks for ListBucket too, but on objects, where it is without effect.
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
    """Where requests are read from. Nobody knows before they come; most keep them beside the answers."""
    if input_locations is not None:
        return [s3_location(location, "async_input_locations") for location in input_locations]
    if output.get("s3_output_path"):
        bucket, _key = s3_location(output["s3_output_path"], "async_inference_config.output_config.s3_output_path")
        return [(bucket, "")]
    return []


def _data_capture(endpoint_config: Options, place: Place) -> Grants:
    """Write requests and answers, unless capturing is switched off."""
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
            # The service model asks for kms:Encrypt here, and only here.
            yield from _encrypts(dump.get("kms_key_id"), place, "kms:Encrypt")


def _shell_access(variants: Sequence[Options]) -> Grants:
    """Let the agent of Systems Manager on the instances open its channels. It knows no resources."""
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
    """Read the baseline that explanations are measured against.

    Clarify's container is AWS's own. AWS documents nothing that it needs besides.
    """
    shap = _dig(endpoint_config, "explainer_config", "clarify_explainer_config", "shap_config", "shap_baseline_config")
    if shap and shap.get("shap_baseline_uri"):
        bucket, key = s3_location(shap["shap_baseline_uri"], "explainer_config...shap_baseline_uri")
        yield Grant("ReadExplainerBaseline", ("s3:GetObject",), (_object_arn(bucket, _literal(key), place),))


def _alarms(deployment_configs: Iterable[Options | None], place: Place) -> Grants:
    """Watch the alarms that roll a deployment back. AWS says it of endpoints; components have the same option."""
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
    """The S3 data sources of a container, each with the option it stands under."""
    source = _dig(container, "model_data_source", "s3_data_source")
    if source:
        yield "model_data_source.s3_data_source", source
    for additional in container.get("additional_model_data_sources") or []:
        source = _dig(additional, "s3_data_source")
        if source:
            yield "additional_model_data_sources.s3_data_source", source


def _is_for_components(models: Sequence[Options], endpoint_config: Options, variants: Sequence[Options]) -> bool:
    """Whether components may come later: the configuration has a role of its own, or nobody has told of any model."""
    named = any(
        holder.get("model_name") or holder.get("model_name_override")
        for variant in variants
        for holder in (variant, *(variant.get("instance_pools") or []))
    )
    return bool(endpoint_config.get("execution_role_arn")) or not (models or named)


def _is_folder(key: str) -> bool:
    """Whether a key stands for all objects below it; the empty one does for the whole bucket."""
    return key.endswith("/") or not key


def _writes(sid: str, uri: str, option: str, place: Place, *more: str) -> Grant:
    """Write below a prefix. SageMaker puts a slash between the prefix and what it adds."""
    bucket, key = s3_location(uri, option)
    folder = f"{_literal(key.rstrip('/'))}/" if key.rstrip("/") else ""
    return Grant(sid, (*more, "s3:PutObject"), (_object_arn(bucket, f"{folder}*", place),))


def _encrypts(key: str | None, place: Place, *more: str) -> Grants:
    """Encrypt objects that are written to S3; parts of a large one are decrypted again to put them together."""
    if key:
        resource, condition = key_resource(key, place)
        yield Grant(
            "EncryptResults", tuple(sorted(("kms:Decrypt", "kms:GenerateDataKey", *more))), (resource,), condition
        )


def key_resource(key: str, place: Place) -> tuple[str, Mapping[str, Any] | None]:
    """Resource and condition for a KMS key given by id, ARN, alias or ARN of an alias.

    The alias of a key is no resource of calls that use the key, but its aliases can be a condition.
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
    """Bucket and key of an s3:// or https:// address; the key is '' for a whole bucket."""
    parts = urlsplit(uri, allow_fragments=False)
    if parts.scheme == "s3" and parts.netloc:
        # Not parts.path: a question mark is an ordinary character here.
        bucket, _slash, key = uri[len("s3://") :].partition("/")
        return bucket, key
    host = S3_HOST.fullmatch(parts.hostname or "") if parts.scheme == "https" else None
    if host:
        path = unquote(parts.path).lstrip("/")
        bucket, _slash, key = (host["bucket"], "/", path) if host["bucket"] else path.partition("/")
        if bucket:
            return bucket, key
    raise InputError(Problem(option, f"'{uri}' is no S3 address: give s3://<bucket>/<key>"))


def _literal(text: str) -> str:
    """Text as part of a resource: what IAM would take for a pattern or a variable is escaped."""
    return re.sub(r"[$*?]", lambda special: f"${{{special[0]}}}", text)


def _dig(options: Options, *path: str) -> Any:
    """The suboption at the end of the path, None if any on the way is missing."""
    value: Any = options
    for option in path:
        value = (value or {}).get(option)
    return value


def _statements(grants: Iterable[Grant]) -> list[Document]:
    """Grants as statements: resources of equal grants and prefixes of the same bucket together, sorted, each Sid once."""
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
    """Listings of the same bucket as one, by all their prefixes."""
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
