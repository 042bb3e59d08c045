# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare desired and current execution role, and plan the amazon.aws module runs that remove the differences.

Permissions are only added, except for policies that the user prunes by name. During a rollout the live release needs
its permissions too, and a policy that appears in the meantime belongs to a release of another run. The name of our
inline policy depends on its content, so the name alone shows whether it exists.

Everything is pure. The action plugin reads and applies.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any

from ..core import ownership
from ..core import plans
from ..core.errors import InputError
from ..core.errors import SageMakerError
from ..core.plans import Change
from ..core.plans import Plan
from ..core.problems import Problem
from ..rules import tags as tag_rules
from . import policy as execution_policy

# Maximum total characters of the inline policies of a role, without whitespace.
POLICY_LENGTH = 10240

# The only managed policy that pruning removes, because it is the one that grants full access.
FULL_ACCESS = "AmazonSageMakerFullAccess"

ROLE_MODULE = "amazon.aws.iam_role"
POLICY_MODULE = "amazon.aws.iam_policy"

# The role needs no instance profile. Setting both options also avoids a deprecation warning of iam_role.
NO_INSTANCE_PROFILE = {"create_instance_profile": False, "delete_instance_profile": False}


@dataclass(frozen=True)
class Role:
    """A current or desired IAM role. inline_policies: their names; managed_policies: ARNs."""

    name: str
    arn: str
    trust: Mapping[str, Any]
    description: str = ""
    permissions_boundary_arn: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    inline_policies: tuple[str, ...] = ()
    managed_policies: tuple[str, ...] = ()
    instance_profiles: int = 0

    @property
    def partition(self) -> str:
        return self.arn.split(":")[1]

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    def as_dict(self) -> dict[str, Any]:
        """Return the role as in results."""
        return {**self.comparable(), "arn": self.arn, "account_id": self.account, "partition": self.partition}

    def comparable(self) -> dict[str, Any]:
        """Return the role for diff mode."""
        return {
            "name": self.name,
            "description": self.description,
            "assume_role_policy_document": dict(self.trust),
            "permissions_boundary_arn": self.permissions_boundary_arn,
            "tags": dict(self.tags),
            "inline_policies": list(self.inline_policies),
            "managed_policies": list(self.managed_policies),
        }


def _without_empty(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shown.items() if value}


@dataclass(frozen=True)
class DesiredRole:
    """The desired role. None means unchanged. policy: document of the inline policy; managed_policies: ARNs; prune:
    names of policies to remove, see prunable."""

    name: str
    endpoint_name: str
    region: str
    policy: Mapping[str, Any] | None = None
    managed_policies: tuple[str, ...] = ()
    description: str | None = None
    permissions_boundary_arn: str | None = None
    tags: Mapping[str, str] | None = None
    purge_tags: bool = True
    prune: Collection[str] = ()

    @property
    def only_prunes(self) -> bool:
        """Return whether the options only prune, so that no role has to be created."""
        asked = (self.policy, self.description, self.permissions_boundary_arn, self.tags)
        return bool(self.prune) and not self.managed_policies and all(option is None for option in asked)

    @property
    def policy_name(self) -> str | None:
        """Return the name for pruning the permissions of this desired role."""
        if self.policy is not None:
            return execution_policy.policy_name(self.policy)
        return FULL_ACCESS if any(_is_full_access(arn) for arn in self.managed_policies) else None

    @property
    def inline_policy_name(self) -> str | None:
        return None if self.policy is None else execution_policy.policy_name(self.policy)

    @property
    def owner(self) -> tag_rules.Tags:
        claimed = not self.only_prunes and not execution_policy.has_region(self.name, self.endpoint_name, self.region)
        claim = {f"{ownership.REGION_TAG}{self.region}": self.endpoint_name} if claimed else {}
        return {ownership.OWNER_TAG: self.endpoint_name, **claim}


@dataclass(frozen=True)
class Step:
    """A run of a module of amazon.aws."""

    module: str
    args: dict[str, Any]


@dataclass(frozen=True)
class Work:
    """plan: for results; steps: the module runs in order; before, after: the role, None if it does not exist."""

    plan: Plan
    steps: list[Step]
    before: Role | None
    after: Role | None

    def diff(self) -> dict[str, Any]:
        """Return before and after for diff mode. For existing policies only the names are known."""
        added = {
            change.path: change.after for change in self.plan.changes if change.path.startswith("inline_policies[")
        }
        documents = {path: document for path, document in added.items() if document is not None}
        after = {**self.after.comparable(), **documents} if self.after else {}
        before = self.before.comparable() if self.before else {}
        return {"before": _without_empty(before), "after": _without_empty(after)}


def from_info(info: Mapping[str, Any]) -> Role:
    """Return a role from the result of amazon.aws.iam_role_info."""
    return Role(
        name=info["role_name"],
        arn=info["arn"],
        trust=info["assume_role_policy_document"],
        description=info.get("description") or "",
        permissions_boundary_arn=(info.get("permissions_boundary") or {}).get("permissions_boundary_arn") or "",
        tags=info.get("tags") or {},
        inline_policies=tuple(sorted(info.get("inline_policies") or ())),
        managed_policies=tuple(sorted(policy["policy_arn"] for policy in info.get("managed_policies") or ())),
        instance_profiles=len(info.get("instance_profiles") or ()),
    )


def managed_policy_arn(name_or_arn: str, partition: str) -> str:
    """Return the ARN of a managed policy. A plain name is an AWS managed policy."""
    return name_or_arn if name_or_arn.startswith("arn:") else f"arn:{partition}:iam::aws:policy/{name_or_arn}"


def from_api(role: Mapping[str, Any], inline_policies: Collection[str], managed_policies: Collection[str]) -> Role:
    """Return a role from the answer of GetRole. inline_policies: their names; managed_policies: ARNs."""
    return Role(
        name=role["RoleName"],
        arn=role["Arn"],
        trust=role["AssumeRolePolicyDocument"],
        description=role.get("Description") or "",
        permissions_boundary_arn=role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn") or "",
        tags={tag["Key"]: tag["Value"] for tag in role.get("Tags", [])},
        inline_policies=tuple(sorted(inline_policies)),
        managed_policies=tuple(sorted(managed_policies)),
    )


def desired(params: Mapping[str, Any], name: str, region: str, partition: str, account: str) -> DesiredRole:
    """Return the desired role from the options of sagemaker_execution_role, which may omit options.

    Raises InputError for a policy that is too long, and for permissions that cannot be computed or pruned.
    """
    given = {option: value for option, value in params.items() if value is not None}
    policy = given.get("policy_document")
    if any(option in given for option in ("models", "endpoint_config", "inference_components")):
        policy = execution_policy.execution_policy(
            given.get("models", []),
            given.get("endpoint_config", {}),
            partition=partition,
            region=region,
            account=account,
            inference_components=given.get("inference_components", []),
            deployment_config=given.get("deployment_config"),
            async_input_locations=given.get("async_input_locations"),
            additional_statements=given.get("additional_statements", []),
        )
    if policy and (length := len(execution_policy.canonical(policy))) > POLICY_LENGTH:
        text = (
            f"The policy of the execution role has {length} characters, and IAM allows at most {POLICY_LENGTH}. Use "
            "fewer artefacts and buckets, or attach a policy of your own with managed_policies."
        )
        raise InputError(Problem("", text))
    return DesiredRole(
        name=name,
        endpoint_name=given["endpoint_name"],
        region=region,
        policy=policy,
        managed_policies=tuple(managed_policy_arn(one, partition) for one in given.get("managed_policies", ())),
        description=given.get("description"),
        permissions_boundary_arn=given.get("permissions_boundary_arn"),
        tags=given.get("tags"),
        purge_tags=given.get("purge_tags", True),
        prune=prunable(given.get("prune_policies", ())),
    )


def refuse_foreign(found: Role, endpoint_name: str) -> None:
    """Raise SageMakerError for a role that does not belong to this endpoint, because it may have another purpose."""
    owner = found.tags.get(ownership.OWNER_TAG)
    if owner == endpoint_name:
        return
    whose = (
        f"belongs to the endpoint {owner}"
        if owner
        else f"was not created by this module, because it has no tag {ownership.OWNER_TAG}"
    )
    raise SageMakerError(
        f"The IAM role {found.name} {whose}, so it is neither changed nor deleted. Choose another name or name_prefix, or, "
        f"if the role may be managed for this endpoint, tag it with {ownership.OWNER_TAG}: {endpoint_name}."
    )


def present(desired: DesiredRole, found: Role | None, partition: str, account: str) -> Work:
    """Return the work from the current role, if it exists, to the desired one."""
    if found is None and desired.only_prunes:
        # Another run has deleted it.
        return Work(Plan(), [], None, None)
    trust = execution_policy.trust_policy(account)
    return _Update(desired, found).work(trust) if found else _create(desired, trust, partition, account)


def other_regions(role: Role, region: str) -> list[str]:
    """Return the other regions whose endpoint of the same name uses the role."""
    claims = {
        key[len(ownership.REGION_TAG) :]: value
        for key, value in role.tags.items()
        if key.startswith(ownership.REGION_TAG)
    }
    return sorted(other for other, endpoint_name in claims.items() if endpoint_name and other != region)


def absent(found: Role | None, region: str) -> Work:
    """Return the work to delete the current role with its policies, or to release it for this region only."""
    if found is None:
        return Work(Plan(), [], None, None)
    if other_regions(found, region):
        return _release(found, region)
    calls = [
        *["RemoveRoleFromInstanceProfile"] * found.instance_profiles,
        *["DetachRolePolicy"] * len(found.managed_policies),
        *["DeleteRolePolicy"] * len(found.inline_policies),
        "DeleteRole",
    ]
    step = Step(ROLE_MODULE, {"name": found.name, "state": "absent", **NO_INSTANCE_PROFILE})
    return Work(Plan(plans.DELETE, [Change("state", "present", "absent")], calls), [step], found, None)


def run_as_module(aws: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Fail if the module runs without the action plugin of its name."""
    raise SageMakerError(
        "mlops.sagemaker.sagemaker_execution_role is an action plugin: it runs on the controller and calls modules of "
        "amazon.aws. Use it as a task of a playbook or a role."
    )


def prunable(names: Collection[str]) -> Collection[str]:
    """Return the names of policies to prune. Raises InputError for policies that this module does not add."""
    foreign = [name for name in names if name != FULL_ACCESS and not execution_policy.POLICY_NAME.fullmatch(name)]
    if foreign:
        raise InputError(
            Problem(
                "prune_policies",
                f"{', '.join(foreign)} was not added by this module, whose policies are named "
                f"{execution_policy.POLICY_PREFIX}<{execution_policy.HASH_LENGTH} hexadecimal digits>, or {FULL_ACCESS}. Leave it "
                f"out, or remove it with {POLICY_MODULE} or {ROLE_MODULE}.",
            )
        )
    return names


def stale_policies(role: Role, desired: DesiredRole) -> list[str]:
    """Return the names of policies of the role that were added for other releases: ours, and full access.

    Empty if another region uses the role too, because some of them may belong to its releases.
    """
    if other_regions(role, desired.region):
        return []
    ours = [name for name in role.inline_policies if execution_policy.POLICY_NAME.fullmatch(name)]
    given = [*ours, *(FULL_ACCESS for arn in role.managed_policies if _is_full_access(arn))]
    wanted = {desired.inline_policy_name, *(FULL_ACCESS for arn in desired.managed_policies if _is_full_access(arn))}
    return [name for name in given if name not in wanted]


def _release(found: Role, region: str) -> Work:
    """Return the work to record that this region no longer needs the role. Other regions may do the same
    concurrently."""
    key = f"{ownership.REGION_TAG}{region}"
    if not found.tags.get(key):
        return Work(Plan(), [], found, found)
    after = replace(found, tags={**found.tags, key: ""})
    plan = Plan(plans.RETAG, [Change(f"tags.{key}", found.tags[key], "")], ["TagRole"])
    return Work(plan, [_role_step(found, {"tags": {key: ""}, "purge_tags": False})], found, after)


def _create(desired: DesiredRole, trust: Mapping[str, Any], partition: str, account: str) -> Work:
    after = Role(
        name=desired.name,
        arn=f"arn:{partition}:iam::{account}:role/{desired.name}",
        trust=trust,
        description=desired.description or "",
        permissions_boundary_arn=desired.permissions_boundary_arn or "",
        tags={**(desired.tags or {}), **desired.owner},
        inline_policies=(desired.inline_policy_name,) if desired.inline_policy_name else (),
        managed_policies=tuple(sorted(desired.managed_policies)),
    )
    args: dict[str, Any] = {"tags": dict(after.tags)}
    if after.description:
        args["description"] = after.description
    if after.permissions_boundary_arn:
        args["boundary"] = after.permissions_boundary_arn
    if after.managed_policies:
        args["managed_policies"] = list(after.managed_policies)
    steps = [_role_step(after, args), *_put_step(desired)]
    calls = ["CreateRole", *["AttachRolePolicy"] * len(after.managed_policies), *["PutRolePolicy"] * (len(steps) - 1)]
    named = ("managed_policies", "inline_policies")
    changes = [Change(path, None, value) for path, value in after.comparable().items() if value and path not in named]
    changes += [Change(f"managed_policies[{arn}]", None, arn) for arn in after.managed_policies]
    if desired.policy is not None:
        changes.append(Change(f"inline_policies[{desired.inline_policy_name}]", None, dict(desired.policy)))
    return Work(Plan(plans.CREATE, changes, calls), steps, None, after)


class _Update:
    """The update from the current to the desired role. Changes and calls are in the order of iam_role."""

    def __init__(self, desired: DesiredRole, found: Role) -> None:
        self.desired = desired
        self.found = found
        self.changes: list[Change] = []
        self.calls: list[str] = []
        # Options of iam_role, and the changed members of the role.
        self.args: dict[str, Any] = {}
        self.after: dict[str, Any] = {}

    def work(self, trust: Mapping[str, Any]) -> Work:
        retagged = self._tags()
        self._trust(trust)
        self._description()
        self._boundary()
        pruned = [name for name in stale_policies(self.found, self.desired) if name in self.desired.prune]
        self._managed_policies(detach=FULL_ACCESS in pruned)
        # Add first and remove last, so that the endpoint never lacks a permission.
        added, removed = self._inline_policies(pruned)
        steps = [*added, *([_role_step(self.found, self.args)] if self.args else []), *removed]
        after = replace(self.found, **self.after)
        if not self.changes:
            return Work(Plan(), [], self.found, after)
        action = plans.RETAG if self.changes == retagged else plans.UPDATE
        return Work(Plan(action, self.changes, self.calls), steps, self.found, after)

    def _tags(self) -> list[Change]:
        desired, found = self.desired, self.found
        tags = desired.owner
        if desired.tags is not None:
            regions = {key: value for key, value in found.tags.items() if key.startswith(ownership.REGION_TAG)}
            tags = {**desired.tags, **regions, **desired.owner}
        purge_tags = desired.purge_tags and desired.tags is not None
        change = tag_rules.change(tags, dict(found.tags), purge_tags)
        self.after["tags"] = change.after
        if change.changes:
            self.args.update(tags=dict(tags), purge_tags=purge_tags)
            self.changes += change.changes
            self.calls += ["UntagRole"] * bool(change.drop) + ["TagRole"] * bool(change.put)
        return change.changes

    def _trust(self, trust: Mapping[str, Any]) -> None:
        if not _same_document(trust, self.found.trust):
            self._set("trust", trust, "assume_role_policy_document", dict(trust), "UpdateAssumeRolePolicy")
            self.changes.append(Change("assume_role_policy_document", dict(self.found.trust), dict(trust)))

    def _description(self) -> None:
        desired, current = self.desired.description, self.found.description
        if desired is not None and desired != current:
            self._set("description", desired, "description", desired, "UpdateRole")
            self.changes.append(Change("description", current, desired))

    def _boundary(self) -> None:
        desired, current = self.desired.permissions_boundary_arn, self.found.permissions_boundary_arn
        if desired is not None and desired != current:
            call = "PutRolePermissionsBoundary" if desired else "DeleteRolePermissionsBoundary"
            self._set("permissions_boundary_arn", desired, "boundary", desired, call)
            self.changes.append(Change("permissions_boundary_arn", current or None, desired or None))

    def _set(self, member: str, value: Any, option: str, given: Any, call: str) -> None:
        self.after[member] = value
        self.args[option] = given
        self.calls.append(call)

    def _managed_policies(self, detach: bool) -> None:
        current = self.found.managed_policies
        detached = [arn for arn in current if _is_full_access(arn) and detach]
        attached = [arn for arn in self.desired.managed_policies if arn not in current]
        managed = sorted({*current, *attached} - {*detached})
        self.after["managed_policies"] = tuple(managed)
        if detached or attached:
            self.args.update(managed_policies=managed, purge_policies=bool(detached))
            self.changes += [Change(f"managed_policies[{arn}]", arn, None) for arn in detached]
            self.changes += [Change(f"managed_policies[{arn}]", None, arn) for arn in attached]
            self.calls += ["DetachRolePolicy"] * len(detached) + ["AttachRolePolicy"] * len(attached)

    def _inline_policies(self, pruned: Collection[str]) -> tuple[list[Step], list[Step]]:
        """Return the steps that add a policy, and those that remove policies."""
        desired, inline = self.desired, set(self.found.inline_policies)
        added: list[Step] = []
        if desired.inline_policy_name and desired.inline_policy_name not in inline:
            inline.add(desired.inline_policy_name)
            added = _put_step(desired)
            self.changes.append(
                Change(f"inline_policies[{desired.inline_policy_name}]", None, dict(desired.policy or {}))
            )
            self.calls.insert(0, "PutRolePolicy")
        removed = [name for name in pruned if name in inline]
        self.changes += [Change(f"inline_policies[{name}]", name, None) for name in removed]
        self.calls += ["DeleteRolePolicy"] * len(removed)
        self.after["inline_policies"] = tuple(sorted(inline - {*pruned}))
        where = {"iam_type": "role", "iam_name": desired.name, "state": "absent"}
        return added, [Step(POLICY_MODULE, {**where, "policy_name": name}) for name in removed]


def _role_step(role: Role, args: Mapping[str, Any]) -> Step:
    """iam_role always requires the trust policy, and keeps omitted options."""
    required = {"name": role.name, "state": "present", "assume_role_policy_document": dict(role.trust)}
    return Step(ROLE_MODULE, {**required, **NO_INSTANCE_PROFILE, **args})


def _put_step(desired: DesiredRole) -> list[Step]:
    if desired.policy is None:
        return []
    args = {"iam_type": "role", "iam_name": desired.name, "policy_name": desired.inline_policy_name, "state": "present"}
    return [Step(POLICY_MODULE, {**args, "policy_json": dict(desired.policy)})]


def _is_full_access(arn: str) -> bool:
    return arn.endswith(f":iam::aws:policy/{FULL_ACCESS}")


def _same_document(one: Any, other: Any) -> bool:
    """Return whether two policy documents are equal, where a list of one value equals that value."""
    return execution_policy.canonical(_plain(one)) == execution_policy.canonical(_plain(other))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = [_plain(item) for item in value]
        return items[0] if len(items) == 1 else items
    return value
