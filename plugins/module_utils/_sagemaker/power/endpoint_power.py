# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stop an endpoint, which ends its cost, or start it again as it was.

The action for each current status and each desired state. Marked: a run has begun to stop or start it.

=====================  =======================  ==============================
found                  stopped                  started
=====================  =======================  ==============================
none, with a record    none                     create, restore
none, without          refuse                   refuse
InService              delete                   none; marked: restore
Creating, Updating,    wait, delete             none; marked: wait, restore
SystemUpdating,
RollingBack
Deleting               wait                     wait, create, restore
Failed                 delete                   refuse; marked: replace, restore
=====================  =======================  ==============================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Dict
from typing import Mapping
from typing import Optional

from ..api import tags
from ..api.client import AwsClients
from ..api.transitions import Deadline
from ..core import ownership
from ..core import plans
from ..core import secrets
from ..core.errors import SageMakerError
from ..core.plans import Change
from ..core.plans import Plan
from ..core.plans import Result
from ..core.types import Api
from ..release import releases
from ..resources import endpoint_configs
from ..resources import endpoints
from ..resources import immutables
from ..resources import placeholder_configs
from ..resources import stop_records
from ..resources.stop_records import Record
from ..rollout import traffic_plan
from ..rules import deployment_policy as deployment_policy_rules
from ..rules import tags as tag_rules
from . import capture
from .start import Start
from .stop import Stop

STOPPED, STARTED = "stopped", "started"


@dataclass(frozen=True)
class PowerResult(Result):
    """state: the desired one."""

    state: str = ""

    def message(self, check_mode: bool, waits: bool) -> str:
        """Return one line that summarises the change, in check mode the predicted change."""
        if self.plan.action == plans.WAIT:
            return f"Endpoint {self.name} is already being {self.state}."
        verb = "would be" if check_mode else "was" if waits else "is being"
        if self.plan.changed:
            return f"Endpoint {self.name} {verb} {self.state}."
        return f"Endpoint {self.name} is {'not' if self.state == STARTED else 'already'} stopped."


def ensure(aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> PowerResult:
    """Stop or start an endpoint, with check_mode only predict it."""
    power = _Power(aws, params, check_mode)
    return power.stopped() if params["state"] == STOPPED else power.started()


class _Power:
    """One run."""

    def __init__(self, aws: AwsClients, params: Mapping[str, Any], check_mode: bool) -> None:
        self.aws = aws
        self.params = params
        self.name: str = params["name"]
        self.check_mode = check_mode
        self.wait: bool = params["wait"]
        self.keys = secrets.listed_keys(params.get(secrets.OPTION))
        seconds = params.get("wait_timeout") or deployment_policy_rules.DEFAULT_TIMEOUT
        self.deadline = Deadline(aws.clock, float(seconds))
        self.current = endpoints.describe(aws, self.name)

    # Stopping

    def stopped(self) -> PowerResult:
        current = self.current
        if current is not None and current["EndpointStatus"] == endpoints.DELETING:
            if not self.check_mode and self.wait:
                endpoints.wait_deleted(self.aws, current, self.deadline)
            return self._result(Plan(plans.WAIT), self._record_of_absent())
        if current is not None and not endpoints.is_stable(current):
            current = self._after_transition(current)
        if current is None:
            record = self._record_of_absent()
            if record is None:
                raise self._missing("Correct the name, the region or the credentials.")
            return self._result(Plan(), record)
        its_tags = endpoints.read_tags(self.aws, current)
        refuse_foreign(self.name, its_tags, "stopped")
        live = capture.look(self.aws, current, its_tags, self._config_of(current, its_tags))
        stop = Stop(self.aws, live, self.keys)
        plan = stop.plan
        if not self.check_mode:
            with plans.attached(plan):
                stop.apply(self.deadline, self.wait)
        return self._result(plan, stop.record, endpoints.comparable(current, its_tags))

    def _after_transition(self, current: Api) -> Optional[Api]:
        """Return the endpoint at the end of its transition, in check mode as it is if that succeeds."""
        if self.check_mode:
            return traffic_plan.after_transition(current)
        return endpoints.wait_stable(self.aws, self.name, self.deadline)

    def _config_of(self, endpoint: Api, its_tags: tag_rules.Tags) -> Api:
        name = endpoint["EndpointConfigName"]
        config = immutables.describe(endpoint_configs.KIND, self.aws, name)
        if config is None or placeholder_configs.left_behind(self.aws, its_tags) == name:
            raise SageMakerError(
                f"The endpoint {self.name} was not stopped: its endpoint configuration {name} was deleted, so nothing could start it "
                "again. Deploy it, then stop it."
            )
        owner = tags.SAGEMAKER.read(self.aws.sagemaker, config["EndpointConfigArn"]).get(ownership.OWNER_TAG)
        if owner != self.name:
            raise SageMakerError(
                f"The endpoint {self.name} was not stopped: its endpoint configuration {name} does not carry the tag "
                f"{ownership.OWNER_TAG} with its name, so somebody else created it, and a start would not find the record there. Deploy a "
                "release of this role first, such as the same content with a sagemaker_endpoint_release_marker, then stop it."
            )
        return config

    # Starting

    def started(self) -> PowerResult:
        current = self.current
        if current is None or current["EndpointStatus"] == endpoints.DELETING:
            record = self._record_of_absent()
            if record is None:
                raise self._missing("Correct the name, the region or the credentials, or deploy it.")
            return self._start(record, None, {})
        its_tags = endpoints.read_tags(self.aws, current)
        refuse_foreign(self.name, its_tags, "started")
        if stop_records.is_marked(its_tags):
            return self._finish(current, its_tags)
        if current["EndpointStatus"] == endpoints.FAILED:
            raise SageMakerError(
                f"The endpoint {self.name} is {endpoints.FAILED}, and was not stopped by this collection. Deploy it: that creates it again."
            )
        return self._result(Plan(), None, resource=endpoints.resource(self.aws, current, its_tags))

    def _finish(self, current: Api, its_tags: tag_rules.Tags) -> PowerResult:
        """Complete the start, or take back the stop, that a run has begun."""
        config = immutables.describe(endpoint_configs.KIND, self.aws, current["EndpointConfigName"])
        record = stop_records.read(self.aws, config) if config else None
        if record is not None and record.endpoint_name == self.name:
            return self._start(record, current, its_tags)
        # Only the mark is left, or nothing but the mark was made.
        plan = Plan(
            plans.RETAG, [Change(f"tags.{ownership.POWER_TAG}", its_tags[ownership.POWER_TAG], None)], ["DeleteTags"]
        )
        if not self.check_mode:
            drop = tag_rules.TagChange(drop=[ownership.POWER_TAG])
            tags.SAGEMAKER.apply(self.aws.sagemaker, current["EndpointArn"], drop)
        return self._result(plan, None, resource=endpoints.resource(self.aws, current, _unmarked(its_tags)))

    def _start(self, record: Record, current: Optional[Api], its_tags: tag_rules.Tags) -> PowerResult:
        secret_environment = self.params.get(secrets.OPTION)
        start = Start(self.aws, record, current, its_tags, self.deadline, self.wait, secret_environment)
        plan = start.plan()
        after: Api = {}
        if not self.check_mode:
            with plans.attached(plan):
                after = start.apply()
        shown = endpoints.resource(self.aws, after, record.tags) if after else {}
        return self._result(plan, record, endpoints.comparable(current, _unmarked(its_tags)), shown)

    # Results

    def _missing(self, remedy: str) -> SageMakerError:
        """Return the error of an endpoint that neither exists nor is stopped. It may exist, and cost, under another name or elsewhere."""
        account = self.aws.known_account()
        place = f"{self.aws.sagemaker.region}, account {account}" if account else self.aws.sagemaker.region
        return SageMakerError(
            f"The endpoint {self.name} does not exist in {place}, and no endpoint configuration has the record "
            f"of a stopped endpoint of this name. {remedy}"
        )

    def _record_of_absent(self) -> Optional[Record]:
        prefix = self.params.get("name_prefix")
        found = releases.look(self.aws, self.name, prefix, None, None, sure=False)
        return stop_records.of_absent(self.aws, self.name, [one.config for one in found.releases])

    def _result(
        self,
        plan: Plan,
        record: Optional[Record],
        before: Optional[Dict[str, Any]] = None,
        resource: Optional[Dict[str, Any]] = None,
    ) -> PowerResult:
        stopped = record.as_dict() if record else {}
        after = {"endpoint_name": self.name, "endpoint_status": self.params["state"]} if before is not None else {}
        more = {"stopped": stopped}
        return PowerResult(
            endpoints.NOUN, self.name, resource or {}, plan, before or {}, after, more, "", self.params["state"]
        )


def _unmarked(its_tags: tag_rules.Tags) -> tag_rules.Tags:
    return {tag: value for tag, value in its_tags.items() if tag != ownership.POWER_TAG}


def refuse_foreign(name: str, its_tags: tag_rules.Tags, verb: str) -> None:
    """Raise SageMakerError for an endpoint that this role must not touch."""
    if its_tags.get(ownership.OWNER_TAG) == name:
        return
    raise SageMakerError(
        f"The endpoint {name} exists, but it does not carry the tag {ownership.OWNER_TAG} with its name: this role neither created it nor "
        f"took it over, so it is not {verb}. To take it over deploy it first."
    )
