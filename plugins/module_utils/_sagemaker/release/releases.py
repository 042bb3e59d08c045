# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The releases of an endpoint: the endpoint configurations that carry its tag, and their models.

They are found without reading other endpoints: the live one with DescribeEndpoint, earlier ones by the names in the
endpoint's history, and all others with the tag by a call of the Resource Groups Tagging API. That API lags behind by
some seconds, so the next run may find more. If access to it is denied, the names with the prefix are listed.

This file deletes old releases by tag and reachability only: a resource without the endpoint's tag is not ours, and a
resource that a live endpoint uses or is being updated to stays regardless of its tags.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any
from typing import Collection
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set
from typing import Tuple

from ..api import tags
from ..api.client import AwsClients
from ..core import errors
from ..core import history
from ..core import ownership
from ..core import plans
from ..core.errors import InputError
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.history import History
from ..core.history import prefix_of
from ..core.plans import Change
from ..core.plans import Plan
from ..core.problems import Problem
from ..core.problems import out_of_range
from ..core.types import Api
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources import in_use
from ..resources import models
from ..resources import stop_records
from ..resources import variants
from ..resources.immutables import Kind
from ..resources.stop_records import Record
from ..rules import tags as tag_rules
from ..schema import values

NOUN = "releases"

# The part between prefix and hash in a generated name.
_GENERATED = {"model": "model", "endpoint_config": "config"}

# Newer resources may be missing in the index of the tagging API. The clocks of caller and service differ by a few
# minutes at most.
INDEX_LAG = datetime.timedelta(minutes=20)


@dataclass(frozen=True)
class Release:
    """A configuration of the endpoint with its models.

    live: the endpoint uses it, is being updated to it, or will use it after this run; served: it serves or has served;
    owned: it carries the endpoint's tag. A rollback can return to a release of somebody else, and it is never deleted.
    """

    config: Api
    tags: tag_rules.Tags
    live: bool
    served: bool
    owned: bool = True

    @property
    def name(self) -> str:
        return self.config["EndpointConfigName"]

    @property
    def models(self) -> Set[str]:
        return variants.models_of(self.config)

    @property
    def prefix(self) -> Optional[str]:
        """Return the prefix of its generated names, including that of the execution role."""
        return prefix_of(self.name) if self.owned else None

    def as_dict(self) -> Dict[str, Any]:
        return {
            "endpoint_config_name": self.name,
            "model_names": sorted(self.models),
            "live": self.live,
            "served": self.served,
            "owned": self.owned,
            "execution_policy": self.tags.get(ownership.POLICY_TAG),
            "creation_time": values.to_datetime(self.config["CreationTime"]).isoformat(),
        }


@dataclass(frozen=True)
class Found:
    """The resources of an endpoint. models: possible names of its models, in releases or not; components: whether an
    inference component carries its tag; denied: whether the tagging API is denied, so that only names with a known
    prefix were read, and no components."""

    releases: List[Release]
    models: Set[str]
    components: bool
    denied: bool

    @property
    def needed(self) -> Set[str]:
        """Return the models of all releases."""
        return set().union(*(release.models for release in self.releases))


@dataclass(frozen=True)
class Pruned:
    """The result of the module. name: the name of the endpoint; lent: models of the endpoint that stay because another
    one needs them; roles: see earlier_roles."""

    name: str
    releases: List[Release]
    plan: Plan
    lent: Set[str] = frozenset()
    roles: Iterable[Dict[str, Any]] = ()

    def as_dict(self) -> Dict[str, Any]:
        return {
            NOUN: [release.as_dict() for release in self.releases],
            "lent_models": sorted(self.lent),
            "earlier_roles": list(self.roles),
            "plan": self.plan.as_dict(),
            "changed": self.plan.changed,
        }

    def message(self, check_mode: bool, waits: bool) -> str:  # pylint: disable=unused-argument
        """Return one line that names the deleted releases, in check mode the predicted deletions."""
        if not self.plan.changed:
            return f"Releases of endpoint {self.name} are unchanged."
        names = ", ".join(str(change.before) for change in self.plan.changes)
        return f"Old releases of endpoint {self.name} {'would be' if check_mode else 'were'} deleted: {names}."

    @property
    def diff(self) -> Dict[str, Any]:
        """The difference for diff mode."""
        changes = self.plan.changes
        return {
            "before": {change.path: change.before for change in changes},
            "after": {change.path: change.after for change in changes},
        }


def ensure(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Pruned:
    """Delete surplus releases (state present) or all of them (state absent)."""
    name = params["endpoint_name"]
    wrong = out_of_range(params["keep"], 0, None)
    if wrong:
        raise InputError(Problem("keep", wrong))
    endpoint = endpoints.describe(aws, name)
    if params["state"] == "absent":
        return _all_gone(aws, params, endpoint, check_mode)
    record = _record(aws, params) if endpoint is None else None
    its_tags = endpoints.read_tags(aws, endpoint) if endpoint else record.tags if record else {}
    serving = endpoints.target_config(endpoint) if endpoint else record.endpoint_config_name if record else None
    live = params.get("endpoint_config_name") or serving
    served = counting(recorded(its_tags, endpoint, params.get("name_prefix")), live)
    found = look(aws, name, params.get("name_prefix"), live, served)
    releases, wanted = found.releases, {*(params.get("model_names") or ()), *(record.models if record else ())}
    surplus = _surplus(releases, params["keep"])
    prefix = params.get("name_prefix")
    orphans = _orphans(aws, name, found, wanted, params.get("retired_models") or ()) if prefix else set()
    known = params.get("name_prefixes") or ()
    if not surplus and not orphans:
        return Pruned(name, releases, Plan(), roles=earlier_roles(params.get("name_prefix"), known, releases, releases))
    needed = in_use.read(aws, but=name)
    suspects = orphans.union(*(release.models for release in surplus))
    lent = _owned(aws, name, suspects & _by_others(needed.models, name))
    # A release with a shared model stays complete, with its permissions.
    stay = _in_use(needed.configs, name, check_mode)
    surplus = [release for release in surplus if release.name not in stay and not release.models & lent]
    kept = [release for release in releases if release not in surplus]
    stays = _in_use(needed.models, name, check_mode).union(wanted, *(release.models for release in kept))
    doomed = _owned(aws, name, suspects - stays)
    plan = _deletion(aws, name, [release.name for release in surplus], doomed, check_mode)
    roles = earlier_roles(params.get("name_prefix"), known, releases, kept, lent)
    return Pruned(name, kept, plan, lent, roles)


def _record(aws: AwsClients, params: Mapping[str, Any]) -> Optional[Record]:
    """Return the record of a stopped endpoint, which needs its release as a live one does."""
    name = params["endpoint_name"]
    found = look(aws, name, params.get("name_prefix"), None, None, sure=False)
    return stop_records.of_absent(aws, name, [release.config for release in found.releases])


def _surplus(releases: List[Release], keep: int) -> List[Release]:
    """Return surplus releases: those that served beyond the number to keep, and failed ones that are older than the
    live one.

    A newer one that never served may belong to another run that is deploying it.
    """
    owned = [release for release in releases if release.owned and not release.live]
    served = [release for release in owned if release.served]
    begin = [release.config["CreationTime"] for release in releases if release.live]
    failed = [
        release for release in owned if not release.served and (not begin or release.config["CreationTime"] < begin[0])
    ]
    return served[keep:] + failed


def _orphans(aws: AwsClients, endpoint_name: str, found: Found, wanted: Set[str], retired: Collection[str]) -> Set[str]:
    """Return the names of the endpoint's models without a release: the retired ones, and those that interrupted runs
    have left.

    A model that is newer than all wanted ones may belong to another run that is deploying it.
    """
    known = wanted | found.needed
    listed = {name: immutables.describe(models.KIND, aws, name) for name in _without(found.models | {*retired}, known)}
    made = {model["ModelName"]: model["CreationTime"] for model in listed.values() if model is not None}
    if not made:
        return set()
    ours = [immutables.describe(models.KIND, aws, name) for name in _owned(aws, endpoint_name, wanted)]
    # In check mode wanted models may not exist yet and would be the newest. Adopted models do not count.
    newest = max(one["CreationTime"] for one in ours) if ours and len(ours) == len(wanted) and all(ours) else None
    old = {name for name, time in made.items() if newest is None or time <= newest or name in retired}
    return _owned(aws, endpoint_name, old)


def _without(names: Set[str], known: Set[str]) -> Set[str]:
    """Return these names without the known ones, case-insensitively, because the index has lower-case names."""
    lower = {name.lower() for name in known}
    return {name for name in names if name.lower() not in lower}


def earlier_roles(
    prefix: Optional[str],
    known: Iterable[str],
    before: List[Release],
    kept: List[Release],
    models_kept: Collection[str] = (),
) -> List[Dict[str, Any]]:
    """Return the desired state of the execution roles with other prefixes, as options of sagemaker_execution_role.

    A role is deleted with the last release of its prefix. Until then it loses the permissions of deleted releases.
    prefix: the current one; known: earlier ones; models_kept: needed models without a release.
    """
    if prefix is None:
        return []
    needed = prefixes(kept, models_kept)
    roles = []
    for other in sorted({*known, *prefixes(before)} - {prefix}):
        kept_policies = {release.tags.get(ownership.POLICY_TAG) for release in kept if release.prefix == other}
        stale = (
            {release.tags.get(ownership.POLICY_TAG) for release in before if release.prefix == other}
            - kept_policies
            - {None}
        )
        if other not in needed:
            roles.append({"name_prefix": other, "state": "absent", "prune_policies": []})
        elif stale:
            roles.append({"name_prefix": other, "state": "present", "prune_policies": sorted(stale)})
    return roles


def prefixes(releases: Iterable[Release], names: Iterable[str] = ()) -> Set[str]:
    """Return the prefixes of the generated names of these releases, and of these names of configurations and models."""
    found = {release.prefix for release in releases} | {prefix_of(name) for name in names}
    return {prefix for prefix in found if prefix}


def recorded(its_tags: tag_rules.Tags, endpoint: Optional[Api], prefix: Optional[str]) -> Optional[History]:
    """Return the history of the endpoint, None without one. prefix: the prefix of names that are stored as hashes.

    It starts at the creation of an endpoint, so it may name the release of a failed creation. Such an endpoint has no
    variants. An endpoint that failed later has served before.
    """
    if ownership.HISTORY_TAG not in its_tags:
        return None
    live = endpoints.target_config(endpoint) if endpoint is not None else None
    found = history.read(its_tags[ownership.HISTORY_TAG], prefix_of(live) or prefix)
    if live is not None and endpoint["EndpointStatus"] == endpoints.FAILED and not variants.of(endpoint):
        found.pop(live, None)
    return found


def counting(served: Optional[Mapping[str, bool]], config_name: Optional[str]) -> Optional[List[str]]:
    """Return the names in the history, with this configuration as the latest, even if it is not entered."""
    if served is None or config_name is None:
        return None if served is None else list(served)
    return [config_name, *(name for name in served if name != config_name)]


def look(
    aws: AwsClients,
    endpoint_name: str,
    prefix: Optional[str],
    live: Optional[str],
    served: Optional[List[str]],
    named: Collection[str] = (),
    sure: bool = True,
    thorough: bool = True,
) -> Found:
    """Return the releases of an endpoint: those that served, the latest first, then the others, the newest first.

    served: their names, see counting. Without a history all count as served, in the order of creation. named: further
    possible releases. sure: whether the result decides about deletions, so that tags are read from the resources and
    resources with the prefix that the index may lack are listed; thorough: whether all names are read if the tagging
    API is denied and no prefix is known.
    """
    known = [name for name in (live, *(served or ()), *named) if name]
    beginnings = {one for one in (prefix, *map(prefix_of, known)) if one}
    tagged = _tagged(aws, endpoint_name)
    names: List[str] = []
    model_names: List[str] = []
    if tagged is None and (beginnings or thorough):
        names = _listed_as_owned(aws, endpoint_configs.KIND, endpoint_name, beginnings, {})
        model_names = _listed_as_owned(aws, models.KIND, endpoint_name, beginnings, {})
    elif tagged is not None:
        names, model_names = (_spelt(aws, kind, list(tagged[kind.resource]), beginnings) for kind in _KINDS)
        if sure and prefix:
            since = {"CreationTimeAfter": datetime.datetime.now(datetime.timezone.utc) - INDEX_LAG}
            names += _listed_as_owned(aws, endpoint_configs.KIND, endpoint_name, {prefix}, since)
    found: Dict[str, Release] = {}
    for name in [*known, *names]:
        if name.lower() in found:
            continue
        config = immutables.describe(endpoint_configs.KIND, aws, name)
        if config is None:
            continue
        indexed = {} if sure or tagged is None else tagged[endpoint_configs.KIND.resource]
        its_tags = indexed.get(name.lower()) or tags.SAGEMAKER.read(aws.sagemaker, config["EndpointConfigArn"])
        if ownership.PLACEHOLDER_TAG in its_tags:
            continue
        owned, config_name = its_tags.get(ownership.OWNER_TAG) == endpoint_name, config["EndpointConfigName"]
        if owned or name in (live, *(served or ())):
            has_served = served is None or config_name in served
            found[name.lower()] = Release(config, its_tags, config_name == live, has_served, owned)
    order = {name: index for index, name in enumerate(served or [])}

    def place(release: Release) -> Any:
        age = -values.to_datetime(release.config["CreationTime"]).timestamp()
        return not release.live, order.get(release.name, len(order)), age

    components = bool(tagged and tagged.get(_COMPONENTS))
    return Found(sorted(found.values(), key=place), set(model_names), components, tagged is None)


_KINDS = (endpoint_configs.KIND, models.KIND)
# The name in ARNs.
_COMPONENTS = "inference-component"


def tagged_request(endpoint_names: List[str]) -> Api:
    """Return the request of GetResources for all resources of these endpoints."""
    return {
        "TagFilters": [{"Key": ownership.OWNER_TAG, "Values": endpoint_names}],
        "ResourceTypeFilters": ["sagemaker"],
    }


def _tagged(aws: AwsClients, endpoint_name: str) -> Optional[Dict[str, Dict[str, tag_rules.Tags]]]:
    """Return {kind: {lower-case name: tags}} of resources with the endpoint's tag by the index, None if access is
    denied."""
    request = tagged_request([endpoint_name])
    found: Dict[str, Dict[str, tag_rules.Tags]] = {kind.resource: {} for kind in _KINDS}
    try:
        for item in aws.tagging.pages("GetResources", request, "ResourceTagMappingList"):
            kind, _slash, name = item["ResourceARN"].split(":", 5)[5].partition("/")
            found.setdefault(kind, {})[name] = tags.SAGEMAKER.from_api(item.get("Tags", []))
            if aws.indexed_tags is not None:
                aws.indexed_tags[item["ResourceARN"]] = found[kind][name]
    except ServiceError as error:
        if errors.is_denied(error):
            return None
        raise
    return found


def _spelt(aws: AwsClients, kind: Kind, lower: List[str], beginnings: Collection[str]) -> List[str]:
    """Return names in their original case, because ARNs are lower-case. Names without a known prefix require a
    listing."""
    known = {
        f"{prefix}-{_GENERATED[kind.noun]}-".lower(): f"{prefix}-{_GENERATED[kind.noun]}-" for prefix in beginnings
    }

    def spelt(name: str) -> str:
        begin = next((begin for begin in known if name.startswith(begin)), "")
        return known[begin] + name[len(begin) :] if begin else _listed_name(aws, kind, name)

    return [spelt(name) for name in lower]


def _listed_name(aws: AwsClients, kind: Kind, name: str) -> str:
    """Return a name in its original case from a listing, in lower case if that is denied. The hash in a generated name
    is lower-case."""
    part = name.rpartition("-")[2] if prefix_of(name) else name
    try:
        listed = (item[kind.name] for item in aws.sagemaker.pages(kind.listing, {"NameContains": part}, kind.listed))
        return next((one for one in listed if one.lower() == name), name)
    except ServiceError as error:
        if errors.is_denied(error):
            return name
        raise


def _listed_as_owned(
    aws: AwsClients, kind: Kind, endpoint_name: str, beginnings: Collection[str], request: Api
) -> List[str]:
    """Return the names of listed resources with the endpoint's tag whose names the role could have generated with these
    prefixes, without prefixes of all resources."""
    patterns = [f"{prefix}-{_GENERATED[kind.noun]}-" for prefix in sorted(beginnings)] or [""]
    items = {
        item[kind.name]: item
        for pattern in patterns
        for item in aws.sagemaker.pages(
            kind.listing, {**request, **({"NameContains": pattern} if pattern else {})}, kind.listed
        )
        if item[kind.name].startswith(pattern)
    }
    return [
        name
        for name, item in items.items()
        if tags.SAGEMAKER.read(aws.sagemaker, item[kind.arn]).get(ownership.OWNER_TAG) == endpoint_name
    ]


def orphaned_models(aws: AwsClients, name: str, found: Found, needed: Set[str]) -> Set[str]:
    """Return the endpoint's models that are not needed."""
    return _owned(aws, name, _without(found.models, needed))


def _all_gone(aws: AwsClients, params: Mapping[str, Any], endpoint: Optional[Api], check_mode: bool) -> Pruned:
    """Delete all resources with the endpoint's tag, including models without a configuration."""
    name = params["endpoint_name"]
    if endpoint is not None and not check_mode:
        raise SageMakerError(f"Endpoint {name} exists, so its releases are not deleted. Delete the endpoint first.")
    configs, owned = _belongings(aws, params)
    if not configs and not owned:
        return Pruned(name, [], Plan())
    needed = in_use.read(aws, but=name)
    if not check_mode and any(name in users for users in needed.configs.values()):
        raise SageMakerError(
            f"Endpoint {name} was recreated by somebody else during this run, so its releases are not deleted. Run the task again to "
            "delete it."
        )
    lent = owned & _by_others(needed.models, name)
    doomed = [config for config in configs if config not in _by_others(needed.configs, name)]
    return Pruned(name, [], _deletion(aws, name, doomed, owned - lent, check_mode), lent)


def has_any(aws: AwsClients, params: Mapping[str, Any]) -> bool:
    """Return whether any resource carries the endpoint's tag, even one that stays because others need it."""
    return any(_belongings(aws, params))


def _belongings(aws: AwsClients, params: Mapping[str, Any]) -> Tuple[List[str], Set[str]]:
    """Return the names of the configurations and models with the endpoint's tag."""
    name = params["endpoint_name"]
    found = look(aws, name, params.get("name_prefix"), None, None, params.get("release_names") or ())
    owned = _owned(aws, name, {*found.models, *found.needed, *(params.get("retired_models") or ())})
    return [release.name for release in found.releases], owned


def _owned(aws: AwsClients, name: str, model_names: Set[str]) -> Set[str]:
    """Return those of the models that carry the endpoint's tag, in their original case."""
    return set(_owned_models(aws, name, model_names))


def _owned_models(aws: AwsClients, endpoint_name: str, model_names: Set[str]) -> Iterator[str]:
    for name in sorted(model_names):
        model = immutables.describe(models.KIND, aws, name)
        its_tags = tags.SAGEMAKER.read(aws.sagemaker, model["ModelArn"]) if model else {}
        if its_tags.get(ownership.OWNER_TAG) == endpoint_name:
            yield model["ModelName"]


def _deletion(aws: AwsClients, endpoint_name: str, configs: List[str], model_names: Set[str], check_mode: bool) -> Plan:
    """Delete these configurations and models.

    The state may have changed since it was read. An update that was accepted before a deletion is visible afterwards,
    and the service refuses a later one, so a wrong deletion is always detected.
    """
    doomed = sorted(model_names)
    if not configs and not doomed:
        return Plan()
    plan = Plan(
        plans.DELETE,
        [Change(f"endpoint_configs[{name}]", name, None) for name in configs]
        + [Change(f"models[{name}]", name, None) for name in doomed],
        ["DeleteEndpointConfig"] * len(configs) + ["DeleteModel"] * len(doomed),
    )
    if not check_mode:
        with plans.attached(plan):
            for name in configs:
                immutables.delete(endpoint_configs.KIND, aws, name)
            for name in doomed:
                immutables.delete(models.KIND, aws, name)
            endpoint = endpoints.describe(aws, endpoint_name)
            lost = _needed(aws, endpoint) & {*configs, *doomed} if endpoint else set()
            if lost:
                raise SageMakerError(
                    f"Another run brought endpoint {endpoint_name} back to {', '.join(sorted(lost))} while this run deleted it. "
                    "The endpoint serves, but can neither be updated nor scale out without it. Deploy again to recreate it."
                )
    return plan


def _needed(aws: AwsClients, endpoint: Api) -> Set[str]:
    """Return the names of the configurations that an endpoint uses or is being updated to, and of their models."""
    names = in_use.configs_of(endpoint)
    found = [immutables.describe(endpoint_configs.KIND, aws, name) for name in names]
    return names.union(*(variants.models_of(config) for config in found if config is not None))


def _in_use(used: Mapping[str, List[str]], endpoint_name: str, check_mode: bool) -> Set[str]:
    """Return the resources in use. In check mode, ignore the endpoint itself, which still uses resources that it will
    not need after the run."""
    return _by_others(used, endpoint_name) if check_mode else set(used)


def _by_others(used: Mapping[str, List[str]], endpoint_name: str) -> Set[str]:
    """Return the resources that other endpoints need."""
    return {name for name, users in used.items() if set(users) != {endpoint_name}}
