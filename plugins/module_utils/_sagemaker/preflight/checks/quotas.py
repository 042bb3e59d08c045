# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quotas of instance types for the desired instances, other endpoints, a second fleet, and autoscaling."""

from __future__ import annotations

import math
from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Union

from ...core.types import Api
from ...core.types import Options
from ...rules import scaling as scaling_rules
from ...rules import variants as variant_rules
from .. import spelling
from ..check import Check
from ..findings import ERROR
from ..findings import OK
from ..findings import WARNING
from ..findings import Finding
from ..findings import Unseen
from ..lookup import MOST_CALLS
from ..lookup import Lookup
from ..quota_codes import CODES
from ..subject import Deploy
from ..subject import Part

NAME = "endpoint_quota"

SERVICE = "sagemaker"
LARGEST_PAGE = 100
# Number of calls to reserve for the use of quotas while searching one: its metric, and the list of endpoints.
RESERVE = 2
# Number of calls per endpoint if no usage metric exists.
CALLS_OF_ENDPOINT = 2
# Usage is published every few minutes.
_WINDOW = timedelta(minutes=30)


@dataclass
class Demand:
    """The instances of a type that a deploy needs. start: the initial number; most: the maximum of scaling; variable:
    that of the first variant.

    optional: whether instances of another type can replace it; pooled: whether it stands in the pools of the first variant.
    """

    variable: str
    start: int = 0
    most: int = 0
    optional: bool = True
    pooled: bool = False


def look(lookup: Lookup, deploy: Deploy) -> Dict[str, Dict[str, Any]]:
    """Return quotas and use by instance type: C(quotas), the numbers, C(used), those of all endpoints, and C(own), those of this one.

    C(known): the instance types that botocore lists.
    """
    known = _known(lookup)
    types = [kind for kind in demands(deploy) if spelling.is_instance_type(kind)]
    if not types:
        return {"quotas": {}, "used": {}, "own": {}, "known": known}
    quotas = _quotas(lookup, types)
    own = _own(lookup, deploy)
    metrics = {
        kind: quota["UsageMetric"]
        for kind, quota in quotas.items()
        if isinstance(quota, dict) and "UsageMetric" in quota
    }
    used: Dict[str, Any] = _measured(lookup, metrics) if metrics else {}
    if set(types) - set(used):
        counted = _counted(lookup, deploy, own)
        used = {**({kind: counted for kind in types} if isinstance(counted, Unseen) else counted), **used}
    values = {kind: quota["Value"] if isinstance(quota, dict) else quota for kind, quota in quotas.items()}
    return {"quotas": values, "used": used, "own": own, "known": known}


def _known(lookup: Lookup) -> Dict[str, None]:
    variants = lookup.aws.sagemaker.input_shape("CreateEndpointConfig").members["ProductionVariants"]
    return dict.fromkeys(variants.member.members["InstanceType"].enum)


def judge(deploy: Deploy, seen: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """Yield a finding for each instance type."""
    for kind, demand in demands(deploy).items():
        quota = seen["quotas"].get(kind)
        has_quota = None if isinstance(quota, Unseen) else quota is not None
        option = "instance_pools" if demand.pooled else "instance_type"
        misspelt = spelling.instance_type(f"{demand.variable}.{option}", kind, seen["known"], has_quota)
        if misspelt:
            yield misspelt
            if misspelt.status == ERROR:
                continue
        if isinstance(quota, Unseen):
            yield _unchecked(demand, kind, quota)
        elif quota is None:
            yield _unchecked(demand, kind, Unseen(f"Service Quotas has none of that name in {deploy.place.region}."))
        else:
            used = seen["used"].get(kind, 0)
            yield _judged(deploy, kind, demand, int(quota), used, int(seen["own"].get(kind, 0)))


def _unchecked(demand: Demand, kind: str, unseen: Unseen) -> Finding:
    """Return the finding about a quota that was not seen. Its remedy says where a person sees it."""
    finding = unseen.finding(NAME, demand.variable, f'the quota "{_quota_name(kind)}"')
    look_up = "Look it up in Service Quotas, under the AWS service Amazon SageMaker."
    return replace(finding, remedy=f"{finding.remedy} {look_up}".lstrip())


def _judged(deploy: Deploy, kind: str, demand: Demand, quota: int, used: Union[int, Unseen], own: int) -> Finding:
    blind = isinstance(used, Unseen)
    taken = max(own, 0 if isinstance(used, Unseen) else int(used))
    others = taken - own
    added = _added(deploy, demand)
    grown = others + max(demand.most, own)
    told = f"the quota of {kind} for endpoints is {quota}"
    beside = "the use of other endpoints is not known" if blind else f"other endpoints use {others}"
    remedy = f'Request a higher quota "{_quota_name(kind)}" in Service Quotas, or use another instance_type or fewer instances.'
    if taken + added > quota:
        why = f"this deploy needs {added}"
        if deploy.updates and own:
            why = f"the update needs {added} beside the {own} that serve"
            remedy += " An update with a rolling_update_policy in deployment_config needs fewer at a time."
        status = WARNING if demand.optional else ERROR
        return Finding(NAME, status, demand.variable, f"{told}, {why}, and {beside}.", remedy)
    if grown > quota:
        return Finding(
            NAME, WARNING, demand.variable, f"{told}, autoscaling may request {demand.most}, and {beside}.", remedy
        )
    return Finding(NAME, OK, demand.variable, f"{told}, and at most {max(taken + added, grown)} are needed at once.")


def _added(deploy: Deploy, demand: Demand) -> int:
    """Return the number of instances in addition to the existing ones."""
    if deploy.updates:
        policy = (deploy.inputs["deployment_config"] or {}).get("rolling_update_policy")
        batch = (policy or {}).get("maximum_batch_size") or {}
        if batch.get("type") == "INSTANCE_COUNT":
            return min(demand.start, int(batch["value"]))
        if batch:
            return math.ceil(demand.start * batch["value"] / 100)
        return demand.start
    return demand.start if deploy.creates else 0


def demands(deploy: Deploy) -> Dict[str, Demand]:
    """Return the demands of the variants by instance type."""
    scaled = {target["resource_id"]: scaling_rules.highest_capacity(target) for target in deploy.inputs["autoscaling"]}
    found: Dict[str, Demand] = {}
    for variant in deploy.variants:
        types = variant_rules.instance_types(_given(variant))
        for kind in types:
            demand = found.setdefault(kind, Demand(variant.variable, pooled=not variant.options.get("instance_type")))
            start = int(variant.options.get("initial_instance_count") or 1)
            managed = (variant.options.get("managed_instance_scaling") or {}).get("max_instance_count") or 0
            name = scaling_rules.variant_id(deploy.name, variant.options["variant_name"])
            demand.start += start
            demand.most += max(start, managed, scaled.get(name, 0))
            demand.optional = demand.optional and len(types) > 1
    return found


def _given(variant: Part) -> Options:
    return {name: value for name, value in variant.options.items() if value is not None}


def _quota_name(kind: str) -> str:
    return f"{kind} for endpoint usage"


def _quotas(lookup: Lookup, types: List[str]) -> Dict[str, Union[Api, Unseen, None]]:
    """Return the quotas of instance types, None if a quota does not exist."""
    found: Dict[str, Union[Api, Unseen, None]] = {}
    for kind in types:
        if kind in CODES:
            answer = lookup.ask("service-quotas", "GetServiceQuota", {"ServiceCode": SERVICE, "QuotaCode": CODES[kind]})
            if isinstance(answer, Unseen):
                return {one: answer for one in types}
            quota = (answer or {}).get("Quota", {})
            if quota.get("QuotaName") == _quota_name(kind):
                found[kind] = quota
    missing = {_quota_name(kind): kind for kind in types if kind not in found}
    if missing:
        found.update(_listed(lookup, missing))
    return found


def _listed(lookup: Lookup, names: Mapping[str, str]) -> Dict[str, Union[Api, Unseen, None]]:
    """Return quotas by listing all of them, as long as calls are left. names: {quota: instance type}."""
    found: Dict[str, Union[Api, Unseen, None]] = {}
    request: Dict[str, Any] = {"ServiceCode": SERVICE, "MaxResults": LARGEST_PAGE}
    rest: Optional[Unseen] = None
    seen = 0
    while lookup.left > RESERVE:
        answer = lookup.ask("service-quotas", "ListServiceQuotas", request)
        if answer is None or isinstance(answer, Unseen):
            rest = answer or Unseen("Service Quotas has no quotas of SageMaker.")
            break
        seen += len(answer["Quotas"])
        for quota in answer["Quotas"]:
            if quota["QuotaName"] in names:
                found[names[quota["QuotaName"]]] = quota
        if len(found) == len(names) or not answer.get("NextToken"):
            break
        request["NextToken"] = answer["NextToken"]
    else:
        rest = Unseen(
            f"it is not among the first {seen} quotas of SageMaker, and a preflight makes at most {MOST_CALLS} calls."
        )
    return {**{kind: rest for kind in names.values()}, **found}


def _measured(lookup: Lookup, metrics: Mapping[str, Api]) -> Dict[str, int]:
    """Return the usage by the metrics of the quotas, without metrics that have no values."""
    now = datetime.now(timezone.utc).replace(microsecond=0)
    queries = []
    for index, metric in enumerate(metrics.values()):
        dimensions = [{"Name": name, "Value": value} for name, value in metric["MetricDimensions"].items()]
        named = {"Namespace": metric["MetricNamespace"], "MetricName": metric["MetricName"], "Dimensions": dimensions}
        queries.append({"Id": f"m{index}", "MetricStat": {"Metric": named, "Period": 300, "Stat": "Maximum"}})
    request = {
        "MetricDataQueries": queries,
        "StartTime": now - _WINDOW,
        "EndTime": now,
        "ScanBy": "TimestampDescending",
    }
    answer = lookup.ask("cloudwatch", "GetMetricData", request)
    results = answer["MetricDataResults"] if isinstance(answer, dict) else []
    values = {one["Id"]: one["Values"] for one in results}
    return {kind: int(values[f"m{index}"][0]) for index, kind in enumerate(metrics) if values.get(f"m{index}")}


def _counted(lookup: Lookup, deploy: Deploy, own: Mapping[str, int]) -> Union[Dict[str, int], Unseen]:
    """Return the usage by counting the instances of all endpoints, if there are only a few."""
    answer = lookup.ask("sagemaker", "ListEndpoints", {"MaxResults": LARGEST_PAGE})
    if answer is None or isinstance(answer, Unseen):
        return answer or {}
    names = [one["EndpointName"] for one in answer["Endpoints"] if one["EndpointName"] != deploy.name]
    if len(names) * CALLS_OF_ENDPOINT > lookup.left or answer.get("NextToken"):
        return Unseen("there are too many endpoints to look at each.")
    used = dict(own)
    for name in names:
        for kind, count in _instances(lookup, name).items():
            used[kind] = used.get(kind, 0) + count
    return used


def _own(lookup: Lookup, deploy: Deploy) -> Dict[str, int]:
    return _instances(lookup, deploy.name) if deploy.exists else {}


def _instances(lookup: Lookup, name: str) -> Dict[str, int]:
    """Return the instances of an endpoint by type, as far as they are visible."""
    endpoint = lookup.ask("sagemaker", "DescribeEndpoint", {"EndpointName": name})
    if not isinstance(endpoint, dict):
        return {}
    config = lookup.ask("sagemaker", "DescribeEndpointConfig", {"EndpointConfigName": endpoint["EndpointConfigName"]})
    if not isinstance(config, dict):
        return {}
    types = {one["VariantName"]: one.get("InstanceType") for one in _variants(config)}
    found: Dict[str, int] = {}
    for variant in _variants(endpoint):
        kind = types.get(variant["VariantName"])
        count = max(variant.get("CurrentInstanceCount") or 0, variant.get("DesiredInstanceCount") or 0)
        if kind:
            found[kind] = found.get(kind, 0) + count
    return found


def _variants(described: Api) -> List[Api]:
    return [*described.get("ProductionVariants", []), *described.get("ShadowProductionVariants", [])]


CHECK = Check(look, judge)
