# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The releases of an endpoint: the endpoint configurations that carry its tag, and the models behind them.

What a rollout leaves behind is deleted here, by tag and reachability only: a thing without the endpoint's tag is not
ours, and what any live endpoint uses or is being updated to stays, whatever its tags say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from typing import Collection
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import endpoints
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import immutables
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import models
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import plans
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import shapes
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import tags
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import usage
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.immutables import Kind
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Change
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.plans import Plan
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Api
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.services import Aws

# Marks what was made for an endpoint; the value is the endpoint's name.
OWNER_TAG = "mlops.sagemaker/endpoint"
# On a configuration: the name of the execution role's inline policy that this release needs.
POLICY_TAG = "mlops.sagemaker/execution-policy"
# On the endpoint: the hashes of the releases that served, the latest first. What was made but never served is not in it, nor is
# yet what was rolled out by a run that did not wait for its end: the next run that finds it in use enters it.
HISTORY_TAG = "mlops.sagemaker/history"

NOUN = "releases"

# What stands between prefix and hash in a generated name.
_GENERATED = {"model": "model", "endpoint_config": "config"}


@dataclass(frozen=True)
class Release:
    """A configuration of the endpoint with its models.

    live: the endpoint uses it, is being updated to it, or will use it after this run; served: it serves or has served.
    """

    config: Api
    tags: tags.Tags
    live: bool
    served: bool

    @property
    def name(self) -> str:
        return self.config["EndpointConfigName"]

    @property
    def models(self) -> Set[str]:
        return usage.models_of(self.config)

    def as_dict(self) -> Dict[str, Any]:
        return {
            "endpoint_config_name": self.name,
            "model_names": sorted(self.models),
            "live": self.live,
            "served": self.served,
            "execution_policy": self.tags.get(POLICY_TAG),
            "creation_time": shapes.to_datetime(self.config["CreationTime"]).isoformat(),
        }


@dataclass(frozen=True)
class Pruned:
    """What the module returns. name: the endpoint's; lent: models of the endpoint that stay because another one needs them."""

    name: str
    releases: List[Release]
    plan: Plan
    lent: Set[str] = frozenset()

    def as_dict(self) -> Dict[str, Any]:
        return {
            NOUN: [release.as_dict() for release in self.releases],
            "lent_models": sorted(self.lent),
            "plan": self.plan.as_dict(),
            "changed": self.plan.changed,
        }

    def message(self, check_mode: bool, waits: bool) -> str:  # pylint: disable=unused-argument
        """Return one line that names what was deleted, or in check mode would be."""
        if not self.plan.changed:
            return f"Releases of endpoint {self.name} are unchanged."
        names = ", ".join(str(change.before) for change in self.plan.changes)
        return f"Old releases of endpoint {self.name} {'would be' if check_mode else 'were'} deleted: {names}."

    @property
    def before(self) -> Dict[str, Any]:
        return {change.path: change.before for change in self.plan.changes}

    @property
    def after(self) -> Dict[str, Any]:
        return {change.path: change.after for change in self.plan.changes}


def ensure(aws: Aws, params: Mapping[str, Any], check_mode: bool) -> Pruned:
    """Delete the releases that are too many (state present) or all of them (state absent)."""
    name = params["endpoint_name"]
    if params["keep"] < 0:
        raise InputError(f"keep: {params['keep']} is too low, the limit is 0.")
    endpoint = endpoints.describe(aws, name)
    if params["state"] == "absent":
        return _all_gone(aws, name, params.get("name_prefix"), endpoint, check_mode)
    live = params.get("endpoint_config_name") or (endpoint and endpoints.destination(endpoint))
    its_tags = endpoints.read_tags(aws, endpoint) if endpoint else {}
    prefix = params.get("name_prefix")
    releases = find(aws, name, prefix, live, counting(history(its_tags, endpoint), live))
    surplus = _surplus(releases, params["keep"])
    wanted = set(params.get("model_names") or ())
    orphans = _orphans(aws, prefix, releases, wanted, params.get("retired_models") or ()) if prefix else set()
    if not surplus and not orphans:
        return Pruned(name, releases, Plan())
    used = usage.configs_in_use(aws)
    used_models = usage.models_in_use(aws, used)
    suspects = orphans.union(*(release.models for release in surplus))
    lent = _owned(aws, name, suspects & _by_others(used_models, name))
    # A release that lends something stays whole, and so do the permissions that it needs.
    stay = _in_use(used, name, check_mode)
    surplus = [release for release in surplus if release.name not in stay and not release.models & lent]
    kept = [release for release in releases if release not in surplus]
    stays = _in_use(used_models, name, check_mode).union(wanted, *(release.models for release in kept))
    doomed = _owned(aws, name, suspects - stays)
    plan = _deletion(aws, name, [release.name for release in surplus], doomed, check_mode)
    return Pruned(name, kept, plan, lent)


def _surplus(releases: List[Release], keep: int) -> List[Release]:
    """What is not kept: releases that served, beyond the number to keep, and failed ones that are older than the live one.

    One that never served and is newer may be another run's, on its way to the endpoint.
    """
    served = [release for release in releases if release.served and not release.live]
    begin = [release.config["CreationTime"] for release in releases if release.live]
    failed = [
        release
        for release in releases
        if not release.served and (not begin or release.config["CreationTime"] < begin[0])
    ]
    return served[keep:] + failed


def _orphans(aws: Aws, prefix: str, releases: List[Release], wanted: Set[str], retired: Collection[str]) -> Set[str]:
    """Names of models that no release has: the retired ones, and what interrupted runs have left.

    One that is newer than all that this run wants may be another run's, on its way to the endpoint.
    """
    listed = {item["ModelName"]: item["CreationTime"] for item in _listed(aws, models.KIND, prefix)}
    # In check mode what is wanted may have to be made yet, and is then the newest.
    newest = max((listed[model] for model in wanted), default=None) if wanted <= set(listed) else None
    known = wanted.union(*(release.models for release in releases))
    old = {model for model, made in listed.items() if newest is None or made <= newest}
    return (old | {*retired} & set(listed)) - known


def history(its_tags: tags.Tags, endpoint: Optional[Api]) -> Optional[List[str]]:
    """The hashes of the releases that served, the latest first; None where nobody kept account.

    The account begins when an endpoint is made, so it may name the release that failed then: one whose creation failed has no
    variants to show. One that failed later has served until then.
    """
    if HISTORY_TAG not in its_tags:
        return None
    failed = endpoint is not None and endpoint["EndpointStatus"] == endpoints.FAILED and not usage.variants(endpoint)
    return [
        hash_
        for hash_ in its_tags[HISTORY_TAG].split()
        if not failed or hash_ != hash_of(endpoints.destination(endpoint))
    ]


def counting(served: Optional[List[str]], config_name: Optional[str]) -> Optional[List[str]]:
    """The history in which this configuration counts as having served last, be it entered or not."""
    if served is None or config_name is None:
        return served
    latest = hash_of(config_name)
    return [latest, *(hash_ for hash_ in served if hash_ != latest)]


def hash_of(config_name: str) -> str:
    """The hash at the end of a generated name."""
    return config_name.rpartition("-")[2]


def prefix_of(config_name: Optional[str]) -> Optional[str]:
    """The name_prefix in a configuration's generated name; None where it was not generated."""
    found = re.fullmatch(r"(.+)-config-[0-9a-f]{8}", config_name or "")
    return found[1] if found else None


def find(
    aws: Aws, endpoint_name: str, prefix: Optional[str], live: Optional[str], served: Optional[List[str]]
) -> List[Release]:
    """The releases of an endpoint: those that served, the latest first, then the others, the newest first.

    served: their hashes, see history. Without that account all count as having served, in the order of their making.
    """
    found = []
    for name in _names(aws, endpoint_configs.KIND, prefix, {"SortBy": "CreationTime", "SortOrder": "Descending"}):
        config = immutables.describe(endpoint_configs.KIND, aws, name)
        # It may have gone between listing and describing.
        its_tags = tags.SAGEMAKER.read(aws.sagemaker, config["EndpointConfigArn"]) if config else {}
        if its_tags.get(OWNER_TAG) == endpoint_name:
            has_served = served is None or hash_of(name) in served
            found.append(Release(config, its_tags, name == live, has_served))
    order = {hash_: index for index, hash_ in enumerate(served or [])}
    return sorted(found, key=lambda release: (not release.live, order.get(hash_of(release.name), len(order))))


def _names(aws: Aws, kind: Kind, prefix: Optional[str], order: Optional[Api] = None) -> List[str]:
    return [item[kind.name] for item in _listed(aws, kind, prefix, order)]


def _listed(aws: Aws, kind: Kind, prefix: Optional[str], order: Optional[Api] = None) -> List[Api]:
    """What is listed under names that the role would have generated with this prefix; all without one."""
    beginning = f"{prefix}-{_GENERATED[kind.noun]}-" if prefix else ""
    request = {**(order or {}), **({"NameContains": beginning} if beginning else {})}
    items = aws.sagemaker.pages(kind.listing, request, kind.listed)
    return [item for item in items if item[kind.name].startswith(beginning)]


def orphaned_models(aws: Aws, name: str, prefix: str, needed: Set[str]) -> Set[str]:
    """The models that were made for the endpoint, with this prefix, and are none of the needed ones."""
    return _owned(aws, name, set(_names(aws, models.KIND, prefix)) - needed)


def _all_gone(aws: Aws, name: str, prefix: Optional[str], endpoint: Optional[Api], check_mode: bool) -> Pruned:
    """Everything that carries the endpoint's tag, models without a configuration too."""
    if endpoint is not None and not check_mode:
        raise SageMakerError(f"Endpoint {name} exists, so its releases are not deleted. Delete the endpoint first.")
    configs = [release.name for release in find(aws, name, prefix, None, None)]
    owned = _owned(aws, name, set(_names(aws, models.KIND, prefix)))
    if not configs and not owned:
        return Pruned(name, [], Plan())
    used = usage.configs_in_use(aws)
    if not check_mode and any(name in users for users in used.values()):
        raise SageMakerError(
            f"Endpoint {name} was made again by somebody else during this run, so its releases are not deleted. Run again if it "
            "is to go."
        )
    lent = owned & _by_others(usage.models_in_use(aws, used), name)
    doomed = [config for config in configs if config not in _by_others(used, name)]
    return Pruned(name, [], _deletion(aws, name, doomed, owned - lent, check_mode), lent)


def _owned(aws: Aws, name: str, model_names: Set[str]) -> Set[str]:
    """Those of the models that were made for the endpoint."""
    return {model for model in sorted(model_names) if _owner(aws, models.KIND, model) == name}


def _owner(aws: Aws, kind: Kind, name: str) -> Optional[str]:
    """The endpoint that a thing was made for; None where it is nobody's or gone."""
    found = immutables.describe(kind, aws, name)
    return tags.SAGEMAKER.read(aws.sagemaker, found[kind.arn]).get(OWNER_TAG) if found else None


def _deletion(aws: Aws, endpoint_name: str, configs: List[str], model_names: Set[str], check_mode: bool) -> Plan:
    """Delete these configurations and models.

    What was looked at before may have changed since. An update that was accepted before a deletion shows in the look after
    it, and one that comes later is refused by the service, so that a configuration never goes unnoticed.
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
                    "The endpoint serves, but can neither be updated nor scale out without it: deploy again, which makes it anew."
                )
    return plan


def _needed(aws: Aws, endpoint: Api) -> Set[str]:
    """The names of the configurations that an endpoint uses or is being updated to, and of their models."""
    names = usage.configs_of(endpoint)
    found = [immutables.describe(endpoint_configs.KIND, aws, name) for name in names]
    return names.union(*(usage.models_of(config) for config in found if config is not None))


def _in_use(used: Mapping[str, List[str]], endpoint_name: str, check_mode: bool) -> Set[str]:
    """What is in use. In check mode the endpoint itself still uses what it will have left once the run is over."""
    return _by_others(used, endpoint_name) if check_mode else set(used)


def _by_others(used: Mapping[str, List[str]], endpoint_name: str) -> Set[str]:
    """What other endpoints use or are being updated to."""
    return {name for name, users in used.items() if set(users) != {endpoint_name}}
