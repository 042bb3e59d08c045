# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read what a status judges beside the endpoints of a region: tags of configurations, autoscaling, models and what they need, invocations.

Lists come in the largest pages, invocations 500 metrics a call, and models, roles and artifacts are looked up once, however many endpoints share
them. What is denied is not known, and recorded with the service's words.
"""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import field
from email.utils import parsedate_to_datetime
from typing import Any
from typing import Dict
from typing import Iterable
from typing import List
from typing import Mapping
from typing import Optional

from ..api import tags
from ..api.client import READ_TIMEOUT
from ..api.client import AwsClients
from ..core import errors
from ..core import ownership
from ..core.errors import ServiceError
from ..core.types import Api
from ..core.types import Options
from ..fleet.reading import Fleet
from ..fleet.region_calls import RegionCalls
from ..fleet.rows import STOPPED
from ..fleet.rows import Row
from ..fleet.rows import Sighting
from ..resources import endpoint_configs
from ..resources import immutables
from ..resources import models as model_resources
from ..resources import scalable_targets
from ..rules import scaling as scaling_rules
from ..rules.tags import Tags
from . import drift
from . import evidences
from . import idle
from . import unpatchable

CALLS_AT_ONCE = 10
_CONFIGS = {"ResourceTypeFilters": ["sagemaker:endpoint-config"], "TagFilters": [{"Key": ownership.OWNER_TAG}]}
SERVICES = ("sagemaker", "resourcegroupstaggingapi", "application-autoscaling", "cloudwatch", "iam", "s3")


@dataclass
class Surroundings:
    """What a region has beside its endpoints. None where it is not known.

    now: the time of the service; targets, policies: scalable targets, and scaling policies as options, by resource id;
    config_tags: by the name of the configuration; recorded: the
    configurations that were deployed where others serve, by name; last_days: see idle.
    """

    now: datetime.datetime
    targets: Optional[Dict[str, Api]] = None
    policies: Optional[Dict[str, List[Options]]] = None
    config_tags: Dict[str, Tags] = field(default_factory=dict)
    recorded: Dict[str, Optional[Api]] = field(default_factory=dict)
    belongings: unpatchable.Belongings = field(default_factory=unpatchable.Belongings)
    last_days: Optional[Dict[str, datetime.datetime]] = None
    errors: List[Dict[str, Any]] = field(default_factory=list)


def read(regions: Iterable[AwsClients], fleet: Fleet, idle_window: int) -> Dict[str, Surroundings]:
    """Return {region: its surroundings}. Regions that could not be read are not asked again.

    idle_window: days of invocations, 0 for none.
    """
    failed = {error["region"] for error in fleet.errors if error["reason"] != "denied"}
    surveys = []
    with ThreadPoolExecutor(CALLS_AT_ONCE) as calls, ThreadPoolExecutor(CALLS_AT_ONCE) as threads:
        for aws in regions:
            region = aws.sagemaker.region
            pairs = [
                pair for pair in zip(fleet.endpoints, fleet.sightings) if pair[1].region == region and pair[1].endpoint
            ]
            if pairs and region not in failed:
                surveys.append(Survey(aws, calls, [row for row, _seen in pairs], [seen for _row, seen in pairs]))
        found = dict(zip((one.region for one in surveys), threads.map(lambda one: one.read(idle_window), surveys)))
    return found


class Survey:
    """Reads one region. rows, seen: its endpoints, in the same order."""

    def __init__(self, aws: AwsClients, calls: ThreadPoolExecutor, rows: List[Row], seen: List[Sighting]) -> None:
        # Created here, because a boto3 session must not create clients in several threads at once.
        for service in SERVICES:
            aws.client_within(service, READ_TIMEOUT)
        self.aws = aws
        self.region = aws.sagemaker.region
        live = [pair for pair in zip(rows, seen) if pair[0]["status"] != STOPPED]
        self.rows = [row for row, _seen in live]
        self.seen = [one for _row, one in live]
        # Those that are stopped need models, roles and artifacts, too.
        self.with_stopped = seen
        self._calls = calls
        self._errors: List[Dict[str, Any]] = []

    def read(self, idle_window: int) -> Surroundings:
        """Return what the region has."""
        now = _service_time(self.seen)
        config_tags = self._config_tags()
        recorded = self._recorded(config_tags)
        self._reread_tags(config_tags)
        return Surroundings(
            now=now,
            targets=self._targets(),
            policies=self._policies(),
            config_tags=config_tags,
            recorded=recorded,
            belongings=self._belongings(),
            last_days=self._last_days(now, idle_window) if idle_window else None,
            errors=self._errors,
        )

    def _reader(self) -> RegionCalls:
        """Return the calls to one service. Trouble with it ends no calls to others."""
        reader = RegionCalls(self.region, self._calls)
        reader.errors = self._errors
        return reader

    def _targets(self) -> Optional[Dict[str, Api]]:
        reader = self._reader()
        found = reader.once("DescribeScalableTargets", lambda: scalable_targets.describe_targets(self.aws.autoscaling))
        return None if found is None else {target["ResourceId"]: target for target in found}

    def _policies(self) -> Optional[Dict[str, List[Options]]]:
        """Return the scaling policies, which are needed only where a deploy has recorded some."""
        if not any(ownership.SCALING_TAG in (seen.tags or {}) for seen in self.seen):
            return None
        service, operation = self.aws.autoscaling, "DescribeScalingPolicies"
        request = {"ServiceNamespace": scaling_rules.NAMESPACE}
        listed = self._reader().once(operation, lambda: service.pages(operation, request, "ScalingPolicies"))
        if listed is None:
            return None
        found: Dict[str, List[Options]] = {}
        for policy in service.result(operation, {"ScalingPolicies": listed})["scaling_policies"]:
            found.setdefault(policy["resource_id"], []).append(policy)
        return found

    def _config_tags(self) -> Dict[str, Tags]:
        """Return the tags of the configurations that serve: from the index, or one by one where it lacks those of an endpoint of ours."""
        reader = self._reader()
        try:
            pages = self.aws.tagging.pages("GetResources", _CONFIGS, "ResourceTagMappingList")
            index = {one["ResourceARN"]: tags.SAGEMAKER.from_api(one["Tags"]) for one in pages}
        except ServiceError:
            index = {}
        found: Dict[str, Tags] = {}
        arns: Dict[str, str] = {}
        for seen in self.seen:
            if seen.config is None:
                continue
            name, arn = seen.config["EndpointConfigName"], seen.config["EndpointConfigArn"]
            if arn in index:
                found[name] = index[arn]
            elif drift.is_ours(seen.listed["EndpointName"], seen.tags, None):
                arns[name] = arn
        asked = reader.each("ListTags", arns, lambda name: tags.SAGEMAKER.read(self.aws.sagemaker, arns[name]))
        return {**found, **asked}

    def _recorded(self, config_tags: Mapping[str, Tags]) -> Dict[str, Optional[Api]]:
        """Return the configurations that were deployed, of the endpoints that serve others."""
        names = {}
        for seen in self.seen:
            evidence = evidences.named(seen, config_tags)
            if seen.tags and drift.is_foreign(evidence):
                names[drift.deployed(seen.tags, evidence.config_name)] = None
        return self._reader().each(
            "DescribeEndpointConfig", names, lambda name: immutables.describe(endpoint_configs.KIND, self.aws, name)
        )

    def _reread_tags(self, config_tags: Dict[str, Tags]) -> None:
        """Read the tags again that look changed, because the index may be some seconds late."""
        suspects = {}
        for seen in self.seen:
            changes = drift.find(evidences.named(seen, config_tags))["changes"]
            if any(change["path"].startswith("tags[") for change in changes):
                suspects[seen.listed["EndpointName"]] = seen
        configs = {
            one.config["EndpointConfigName"]: one.config["EndpointConfigArn"] for one in suspects.values() if one.config
        }
        reader = self._reader()
        sagemaker = self.aws.sagemaker
        its_tags = reader.each(
            "ListTags", suspects, lambda name: tags.SAGEMAKER.read(sagemaker, suspects[name].listed["EndpointArn"])
        )
        for name, found in its_tags.items():
            suspects[name].tags = found
        config_tags.update(reader.each("ListTags", configs, lambda name: tags.SAGEMAKER.read(sagemaker, configs[name])))

    def _belongings(self) -> unpatchable.Belongings:
        names = dict.fromkeys(name for seen in self.with_stopped for name in sorted(unpatchable.model_names(seen)))
        models = self._reader().each(
            "DescribeModel", names, lambda name: immutables.describe(model_resources.KIND, self.aws, name)
        )
        roles, artifacts = {}, {}
        for seen in self.with_stopped:
            account = seen.listed["EndpointArn"].split(":")[4]
            for arn in unpatchable.role_arns(seen, models):
                name = unpatchable.role_name(arn, account)
                if name is not None:
                    roles[arn] = name
            artifacts.update(dict.fromkeys(unpatchable.artifact_uris(seen, models)))
        return unpatchable.Belongings(
            models,
            self._reader().each("GetRole", roles, lambda arn: self._role_exists(roles[arn])),
            self._reader().each("HeadObject", artifacts, self._artifact_exists),
        )

    def _role_exists(self, name: str) -> bool:
        try:
            self.aws.service("iam").call("GetRole", {"RoleName": name})
        except ServiceError as error:
            if errors.code(error) == "NoSuchEntity":
                return False
            raise
        return True

    def _artifact_exists(self, uri: str) -> bool:
        bucket, key = unpatchable.split(uri)
        s3 = self.aws.service("s3")
        try:
            if not key or key.endswith("/"):
                answer = s3.call("ListObjectsV2", {"Bucket": bucket, "Prefix": key, "MaxKeys": 1})
                return bool(answer.get("KeyCount"))
            s3.call("HeadObject", {"Bucket": bucket, "Key": key})
        except ServiceError as error:
            if errors.code(error) in ("404", "NoSuchKey", "NoSuchBucket"):
                return False
            raise
        return True

    def _last_days(self, now: datetime.datetime, window: int) -> Optional[Dict[str, datetime.datetime]]:
        """Return the last days with invocations by endpoint."""
        reader = self._reader()
        found: Dict[str, datetime.datetime] = {}
        for batch in idle.batches(metric for row in self.rows for metric in idle.metrics(row)):
            request = idle.request(batch, now, window)
            results = reader.once(
                "GetMetricData",
                lambda asked=request: self.aws.service("cloudwatch").pages("GetMetricData", asked, "MetricDataResults"),
            )
            if results is None:
                return None
            for endpoint, moment in idle.last_days(batch, results).items():
                found[endpoint] = max(moment, found.get(endpoint, moment))
        return found


def _service_time(sightings: Iterable[Sighting]) -> datetime.datetime:
    """Return the time of the service, as of its last answer: days are counted by its clock."""
    headers = [(seen.endpoint or {}).get("ResponseMetadata", {}).get("HTTPHeaders", {}) for seen in sightings]
    moments = [parsedate_to_datetime(one["date"]) for one in headers if "date" in one]
    return max(moments, default=datetime.datetime.now(datetime.timezone.utc))
