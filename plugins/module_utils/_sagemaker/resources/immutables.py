# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Models and endpoint configurations: resources that can be created, tagged and deleted, but not changed.

With a name prefix they are content-addressed: the name contains a hash of the request, so equal input finds the
existing resource and any change creates a new one. With a fixed name, different content is an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any
from typing import Callable
from typing import Dict
from typing import Iterable
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Tuple

from ..api import failures
from ..api import role_lookup
from ..api import tags
from ..api import transitions
from ..api.client import AwsClients
from ..api.transitions import Obstacle
from ..argspec import options
from ..core import errors
from ..core import failure_causes
from ..core import ownership
from ..core import plans
from ..core import retries
from ..core import secrets
from ..core.errors import InputError
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.plans import Plan
from ..core.plans import Result
from ..core.problems import Problem
from ..core.types import Api
from ..rules import tags as tag_rules
from ..schema import compare
from ..schema import shapes

# Options of the modules that are not members of the create call.
OWN_OPTIONS = frozenset(
    {"state", "name", "name_prefix", "name_scope", "replaces", "force", "tags", "purge_tags", secrets.OPTION}
)


HASH_LENGTH = 8
NAME_LENGTH = 63
PREFIX_LENGTH = NAME_LENGTH - HASH_LENGTH - 1


@dataclass(frozen=True)
class Kind:
    """A kind of immutable resource, in the terms of its API.

    noun: key of the result; title: as in the service's messages; resource: as in ARNs; name, arn: members; rules:
    returns the problems within a request; refusals: returns the problems of the request with other resources, checked
    only before a creation; users: returns the names of live endpoints that need the resource; is_late: whether a
    creation was refused because the service does not see an existing resource yet.
    """

    noun: str
    title: str
    resource: str
    name: str
    arn: str
    create: str
    describe: str
    delete: str
    listing: str
    listed: str
    rules: Callable[[Api], List[str]]
    refusals: Callable[[AwsClients, Api], List[str]]
    users: Callable[[AwsClients, str], List[str]]
    is_late: Callable[[AwsClients, Api, ServiceError], bool] = lambda aws, request, error: False


def ensure(kind: Kind, aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    """Bring the resource to params["state"], with check_mode only predict it."""
    if params["state"] == "absent":
        return _absent(kind, aws, params, check_mode)
    return _present(kind, aws, params, check_mode)


def info(kind: Kind, aws: AwsClients, params: Mapping[str, Any], plural: str) -> Dict[str, Any]:
    """Return {plural: [...]} with the descriptions and tags of all resources that match the filters. A name replaces
    the filters."""
    if params.get("name"):
        return {plural: list(_described(kind, aws, [params["name"]]))}
    request = aws.sagemaker.request(kind.listing, options.filters(params))
    names = (item[kind.name] for item in aws.sagemaker.pages(kind.listing, request, kind.listed))
    wanted = params.get("tags") or {}
    found = (thing for thing in _described(kind, aws, names) if tag_rules.carries(thing["tags"], wanted))
    return {plural: list(islice(found, params.get("max_results")))}


def _described(kind: Kind, aws: AwsClients, names: Iterable[str]) -> Iterator[Dict[str, Any]]:
    """Yield the resources with these names as in results."""
    for name in names:
        current = describe(kind, aws, name)
        # A resource may be deleted between listing and describing.
        if current is not None:
            yield resource(kind, aws, current, _read_tags(kind, aws, current))


def describe(kind: Kind, aws: AwsClients, name: str) -> Optional[Api]:
    """Return the description of the resource, None if it does not exist."""
    try:
        return aws.sagemaker.call(kind.describe, {kind.name: name})
    except ServiceError as error:
        if errors.is_not_found(error, kind.title):
            return None
        raise


def is_named(kind: Kind, aws: AwsClients, names: Iterable[str], error: ServiceError) -> bool:
    """Return whether an error names one of these resources and that resource exists or cannot be described. Names in
    ARNs are lower-case."""
    text = errors.message(error).lower()
    try:
        return any(
            describe(kind, aws, name) is not None for name in names if f'{kind.resource}/{name.lower()}"' in text
        )
    except ServiceError as denied:
        if errors.is_denied(denied):
            return False
        raise


def resource(kind: Kind, aws: AwsClients, current: Api, current_tags: tag_rules.Tags) -> Dict[str, Any]:
    """Return the resource as in results."""
    return {**aws.sagemaker.result(kind.describe, current), "tags": current_tags}


def delete(kind: Kind, aws: AwsClients, name: str) -> None:
    """Delete the resource if it exists."""
    try:
        aws.sagemaker.call(kind.delete, {kind.name: name})
    except ServiceError as error:
        if not errors.is_not_found(error, kind.title):
            raise


def generated_name(kind: Kind, aws: AwsClients, request: Api, prefix: Optional[str], scope: Optional[str]) -> str:
    """Return <prefix>-<hash of the request and the scope>."""
    if not prefix:
        raise InputError(
            Problem("name, name_prefix", "must not be empty. Give the name, or a prefix to create it from.")
        )
    if len(prefix) > PREFIX_LENGTH:
        raise InputError(
            Problem(
                "name_prefix",
                f"{len(prefix)} characters are too many. With a hyphen and {HASH_LENGTH} digits a name may "
                f"have at most {NAME_LENGTH}, so the limit is {PREFIX_LENGTH}.",
            )
        )
    shape = aws.sagemaker.input_shape(kind.create)
    name = f"{prefix}-{shapes.digest(shape, request, leave_out=(kind.name,), scope=scope)}"
    errors.raise_if_any(shapes.problems(shape.members[kind.name], name, "name_prefix"))
    return name


def _request(kind: Kind, aws: AwsClients, params: Mapping[str, Any]) -> Api:
    """Return the validated create request, with its name, without tags."""
    members = {option: value for option, value in params.items() if option not in OWN_OPTIONS}
    name = params.get("name")
    if not name:
        # A generated name requires valid content, and is validated separately.
        content = aws.sagemaker.request(kind.create, {**members, shapes.option_name(kind.name): "x"}, kind.rules)
        name = generated_name(kind, aws, content, params["name_prefix"], params.get("name_scope"))
    request = aws.sagemaker.request(kind.create, {**members, shapes.option_name(kind.name): name}, kind.rules)
    aws.warn(shapes.unknown_values(aws.sagemaker.input_shape(kind.create), request))
    return request


def _present(kind: Kind, aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    wrong = errors.Problems()
    with wrong.collected():
        desired_tags = tag_rules.parse(params.get("tags"))
    with wrong.collected():
        request = _request(kind, aws, params)
    errors.raise_if_any(wrong)
    current = describe(kind, aws, request[kind.name])
    if current is not None and params.get("force") and _drift(kind, aws, request, current):
        return _replace(kind, aws, request, current, desired_tags, params, check_mode)
    current_tags = (
        _tags_to_change(kind, aws, current, desired_tags, params["purge_tags"]) if current is not None else {}
    )
    if current is not None and ownership.PLACEHOLDER_TAG not in current_tags:
        _refuse_other_content(kind, aws, request, current, params)
        return _retag(kind, aws, current, current_tags, desired_tags, params["purge_tags"], check_mode)
    errors.raise_if_any(kind.refusals(aws, aws.sagemaker.options(kind.create, request)))
    plan = Plan(plans.CREATE, _created(aws, kind, request), [kind.create])
    if current is not None:
        # An interrupted update has left a placeholder of this name, with arbitrary content.
        plan = Plan(plans.REPLACE, plan.changes, [kind.delete, kind.create])
    with plans.attached(plan):
        if current is not None and not check_mode:
            delete(kind, aws, request[kind.name])
        created, its_tags = _make(kind, aws, request, desired_tags, params, check_mode)
    result = resource(kind, aws, created, its_tags)
    after = _comparable(kind, aws, request, its_tags)
    replaced = params.get("replaces") or ""
    before = _replaced(kind, aws, replaced) if replaced else {}
    return Result(kind.noun, request[kind.name], result, plan, before, after, replaces=replaced if before else "")


def _replaced(kind: Kind, aws: AwsClients, name: str) -> Dict[str, Any]:
    """Return what diff mode shows of the resource that a new one replaces, {} if it is gone or must not be read."""
    try:
        current = describe(kind, aws, name)
        if current is None:
            return {}
        indexed = (aws.indexed_tags or {}).get(current[kind.arn])
        its_tags = _read_tags(kind, aws, current) if indexed is None else indexed
    except ServiceError as error:
        if errors.is_denied(error):
            return {}
        raise
    return _comparable(kind, aws, _request_of(kind, aws, current), its_tags)


def _make(
    kind: Kind,
    aws: AwsClients,
    request: Api,
    desired_tags: Optional[tag_rules.Tags],
    params: Mapping[str, Any],
    check_mode: bool,
) -> Tuple[Api, tag_rules.Tags]:
    """Return the created resource, in check mode the predicted one, and its tags."""
    if check_mode:
        arn = aws.arn(f"{kind.resource}/{request[kind.name]}")
        return {**request, **({kind.arn: arn} if arn else {})}, desired_tags or {}
    created, was_found = _create(kind, aws, request, desired_tags, params)
    if not was_found:
        return created, desired_tags or {}
    return created, tags.SAGEMAKER.claim(aws.sagemaker, created[kind.arn], desired_tags, params["purge_tags"])


def _replace(
    kind: Kind,
    aws: AwsClients,
    request: Api,
    current: Api,
    desired_tags: Optional[tag_rules.Tags],
    params: Mapping[str, Any],
    check_mode: bool,
) -> Result:
    """Delete a resource with other content and recreate it under the same name, with the tags that a retag would
    set."""
    errors.raise_if_any(kind.refusals(aws, aws.sagemaker.options(kind.create, request)))
    name = request[kind.name]
    current_tags = _read_tags(kind, aws, current)
    retag = tag_rules.change(desired_tags, current_tags, params["purge_tags"])
    kept_tags = tag_rules.settable(retag.after)
    plan = Plan(plans.REPLACE, _drift(kind, aws, request, current) + retag.changes, [kind.delete, kind.create])
    before = _comparable(kind, aws, _request_of(kind, aws, current), current_tags)
    users = kind.users(aws, name)
    if users:
        aws.warn(
            [
                f"The {kind.title} {name} is replaced while it serves {_listed('endpoint', users)}. Containers that run keep the "
                "old content, and those that start later, such as when an endpoint scales out, may get the new one. Use "
                f"name_prefix, or another name, and update the endpoint{'s' if len(users) > 1 else ''} to it instead."
            ]
        )
    with plans.attached(plan):
        if not check_mode:
            delete(kind, aws, name)
        try:
            created, its_tags = _make(kind, aws, request, kept_tags, params, check_mode)
        except SageMakerError as error:
            error.message = (
                f"The {kind.title} {name} was deleted and could not be recreated, so it does not exist now. {error.message} "
                "Remove the cause and run the task again, or create it from its former content, which is in "
                f"deleted_{kind.noun} of the result."
            )
            error.details[f"deleted_{kind.noun}"] = before
            raise
    result = resource(kind, aws, created, its_tags)
    return Result(kind.noun, name, result, plan, before, _comparable(kind, aws, request, its_tags))


def _retag(
    kind: Kind,
    aws: AwsClients,
    current: Api,
    current_tags: tag_rules.Tags,
    desired: Optional[tag_rules.Tags],
    purge: bool,
    check_mode: bool,
) -> Result:
    """The resource exists as desired. Only its tags may differ."""
    change = tag_rules.change(desired, current_tags, purge)
    plan = Plan(plans.RETAG, change.changes, tags.SAGEMAKER.calls(change)) if change.changes else Plan()
    if not check_mode:
        with plans.attached(plan):
            tags.SAGEMAKER.apply(aws.sagemaker, current[kind.arn], change)
    return Result(
        kind.noun,
        current[kind.name],
        resource(kind, aws, current, change.after),
        plan,
        {"tags": current_tags},
        {"tags": change.after},
    )


def _absent(kind: Kind, aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> Result:
    name = params.get("name") or _request(kind, aws, params)[kind.name]
    current = describe(kind, aws, name)
    if current is None:
        return Result(kind.noun, name, {}, Plan(), {}, {})
    plan = Plan(plans.DELETE, [plans.Change("state", "present", "absent")], [kind.delete])
    users = kind.users(aws, name)
    if users:
        raise SageMakerError(
            f"The {kind.title} {name} serves {_listed('endpoint', users)}, so it is not deleted. Move or delete "
            f"{'them' if len(users) > 1 else 'it'} first.",
            plan=plan.as_dict(),
        )
    before = _comparable(kind, aws, _request_of(kind, aws, current), _read_tags(kind, aws, current))
    if not check_mode:
        with plans.attached(plan):
            delete(kind, aws, name)
    return Result(kind.noun, name, {}, plan, before, {})


def _listed(noun: str, names: List[str]) -> str:
    return f"the {noun}{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _create(
    kind: Kind, aws: AwsClients, request: Api, desired_tags: Optional[tag_rules.Tags], params: Mapping[str, Any]
) -> Tuple[Api, bool]:
    """Create the resource. Return its description, and whether it was found, so that its creator is unknown.

    The call is retried until a new execution role is assumable and new resources are visible.
    """
    full = {**request, **({"Tags": tags.SAGEMAKER.to_api(desired_tags)} if desired_tags else {})}
    found: List[Api] = []

    def lookup() -> Optional[Api]:
        current = describe(kind, aws, request[kind.name])
        if current is not None:
            _refuse_other_content(kind, aws, request, current, params)
            found.append(current)
        return current

    def is_role_young(error: ServiceError) -> bool:
        """Return whether the role is not visible yet. If it does not exist, raise the error with that information."""
        if not errors.is_role_not_ready(errors.message(error)):
            return False
        remark = role_lookup.missing_role(aws, errors.message(error))
        if remark:
            error.message += f" {remark}"
            error.details.update(cause=failure_causes.diagnose(errors.message(error)).name, remedy=remark)
        return not remark

    obstacles = [
        Obstacle(is_role_young, seconds=retries.ROLE_PROPAGATION_TIMEOUT),
        Obstacle(lambda error: kind.is_late(aws, request, error), seconds=transitions.CREATION_WINDOW),
        # Somebody else has created it, which may not be visible yet.
        Obstacle(errors.is_already_exists, lambda: lookup() is None, transitions.CONSISTENCY_WINDOW),
    ]
    try:
        transitions.while_busy(lambda: aws.sagemaker.call(kind.create, full, lookup), obstacles, aws.clock)
    except ServiceError as error:
        failures.refused_call(error, f"{kind.title} creation", request[kind.name])
        raise
    created = describe(kind, aws, request[kind.name])
    if created is None:
        raise SageMakerError(f"The {kind.title} {request[kind.name]} was created, but no longer exists.")
    return created, bool(found)


def _refuse_other_content(kind: Kind, aws: AwsClients, request: Api, current: Api, params: Mapping[str, Any]) -> None:
    """Raise an error that lists the differences of an existing resource with other content."""
    found = _drift(kind, aws, request, current)
    if not found:
        return
    fields = ", ".join(change.path for change in found)
    by_force = ", or set force: true to delete it and create it again" if "force" in params else ""
    advice = (
        f"Give it another name, or use name_prefix, which creates a new one for every change of content{by_force}."
        if params.get("name")
        else "Somebody else created one under the generated name. Delete it, or use another name_prefix or name_scope."
    )
    raise SageMakerError(
        f"The {kind.title} {request[kind.name]} exists with other content and cannot be changed, so it requires replacement. It "
        f"differs in: {fields}. {advice}",
        plan=Plan(plans.NONE, found).as_dict(),
    )


def _drift(kind: Kind, aws: AwsClients, request: Api, current: Api) -> List[plans.Change]:
    """Return the differences of the request from the existing resource, without the name."""
    content = {member: value for member, value in request.items() if member != kind.name}
    return compare.changes(aws.sagemaker.input_shape(kind.create), content, current)


def _created(aws: AwsClients, kind: Kind, request: Api) -> List[plans.Change]:
    """Return a creation as changes: each top-level member from None to its value."""
    return compare.changes(aws.sagemaker.input_shape(kind.create), request, {})


def _request_of(kind: Kind, aws: AwsClients, current: Api) -> Api:
    """Return the request that would create the existing resource, without recognisable additions of the service."""
    shape = aws.sagemaker.input_shape(kind.create)
    content = {member: value for member, value in current.items() if member in shape.members}
    return _without_additions(shapes.canonical(shape, content))


def _without_additions(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_additions(item) for item in value]
    if not isinstance(value, dict):
        return value
    # The service adds a ModelDataSource to a ModelDataUrl.
    added = {"VolumeSizeInGB", *(["ModelDataSource"] if "ModelDataUrl" in value else [])}
    return {member: _without_additions(item) for member, item in value.items() if member not in added}


def _comparable(kind: Kind, aws: AwsClients, request: Api, its_tags: tag_rules.Tags) -> Dict[str, Any]:
    """Return the resource for diff mode, without the service's additions."""
    return {**shapes.from_api(aws.sagemaker.input_shape(kind.create), request), "tags": its_tags}


def _read_tags(kind: Kind, aws: AwsClients, current: Api) -> tag_rules.Tags:
    return tags.SAGEMAKER.read(aws.sagemaker, current[kind.arn])


def _tags_to_change(
    kind: Kind, aws: AwsClients, current: Api, desired: Optional[tag_rules.Tags], purge: bool
) -> tag_rules.Tags:
    """Return the tags, from the index if these are as desired. The index may be late, which at the latest the next run
    detects."""
    indexed = _without_stop_record((aws.indexed_tags or {}).get(current[kind.arn]))
    if indexed is not None and not tag_rules.change(desired, indexed, purge).changes:
        return indexed
    return _without_stop_record(_read_tags(kind, aws, current))


def _without_stop_record(its_tags: Optional[tag_rules.Tags]) -> Optional[tag_rules.Tags]:
    """Return the tags without the record of a stopped endpoint, which no task but its start removes."""
    if its_tags is None:
        return None
    return {tag: value for tag, value in its_tags.items() if not ownership.is_stop_record(tag)}
