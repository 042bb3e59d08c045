# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What endpoints and inference components have in common: statuses that end by themselves, and calls that show late.

Nothing runs in the background. Each read first settles what the time gone by has decided.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any
from typing import Callable
from typing import Generic
from typing import Protocol
from typing import TypeVar

from local_aws.wire import AwsError
from local_aws.wire import validation
from local_aws.world import Call
from local_aws.world import Region


@dataclass
class Late:
    """What is shown for a while after an accepted call: all as it was. None: nothing was there. behaviour 1.10"""

    shown: dict[str, Any] | None
    until: float


class Living(Protocol):
    """A thing with a status."""

    name: str
    arn: str
    transition: Any
    gone: bool
    late: Late | None


Thing = TypeVar("Thing", bound=Living)


def settle(thing: Living, now: float) -> None:
    """Brings the status up to date."""
    while thing.transition is not None and now >= thing.transition.ends:
        done, thing.transition = thing.transition, None
        done.finish(done.ends)


@dataclass(frozen=True)
class Kind(Generic[Thing]):
    """A kind of thing: how the service calls it, in messages and ARNs; the parameter of calls that names one; where a region
    keeps them, by lower-case names; and how a thing is described."""

    noun: str
    resource: str
    parameter: str
    kept: Callable[[Region], dict[str, Thing]]
    described: Callable[[Call, Thing], dict[str, Any]]

    def arn(self, region: Region, name: str) -> str:
        return region.sagemaker_arn(self.resource, name)

    def sweep(self, call: Call) -> list[Thing]:
        """All of the region, settled; those gone are forgotten with their tags."""
        things = self.kept(call.region)
        for key, thing in list(things.items()):
            settle(thing, call.now)
            if thing.gone:
                del things[key]
                call.region.tags.pop(thing.arn, None)
        return list(things.values())

    def lookup(self, call: Call, name: str) -> Thing | None:
        self.sweep(call)
        return self.kept(call.region).get(name.lower())

    def find(self, call: Call, name: str) -> Thing:
        """The thing of that name, settled. Raises the service's "Could not find". behaviour 4.4, 5.4"""
        thing = self.lookup(call, name)
        if thing is None:
            raise self.missing(call, name)
        return thing

    def missing(self, call: Call, name: str) -> AwsError:
        return validation(f'Could not find {self.noun} "{self.arn(call.region, name)}".')

    def shown(self, call: Call, name: str) -> dict[str, Any] | None:
        """The thing as descriptions and lists show it now. behaviour 1.10"""
        thing = self.lookup(call, name)
        if thing is None:
            return None
        if thing.late is not None and call.now < thing.late.until:
            return copy.deepcopy(thing.late.shown)
        return self.described(call, thing)

    def shows_late(self, handler: Callable[[Call], dict[str, Any]]) -> Callable[[Call], dict[str, Any]]:
        """A call that a thing shows nothing of for a while after it was accepted. behaviour 1.10"""

        def handle(call: Call) -> dict[str, Any]:
            name = call.params[self.parameter]
            before = self.shown(call, name)
            answer = handler(call)
            thing = self.lookup(call, name)
            if thing is not None:
                thing.late = Late(before, call.now + call.world.settings.status_lag)
            return answer

        return handle
