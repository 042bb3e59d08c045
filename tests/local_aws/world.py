# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that exists: accounts, their regions, and the knobs of the tests."""

from __future__ import annotations

import threading
from dataclasses import asdict
from dataclasses import dataclass
from typing import Any

from local_aws.calls import CallLog
from local_aws.clock import Clock
from local_aws.faults import Bucket
from local_aws.faults import Faults
from local_aws.schema import partition_of
from local_aws.scripts import Scripts
from local_aws.settings import Settings

# The account of everybody who has not assumed a role of another one.
ACCOUNT = "123456789012"


class Region:
    """What an account has in one region. Names are unique without regard to case (behaviour 0.7): keys are lower."""

    def __init__(self, name: str, account: str) -> None:
        self.name = name
        self.account = account
        self.partition = partition_of(name)
        self.models: dict[str, Any] = {}
        self.configs: dict[str, Any] = {}
        self.endpoints: dict[str, Any] = {}
        self.components: dict[str, Any] = {}
        self.tags: dict[str, dict[str, str]] = {}
        # What the index of the tagging API has seen of them: when, and all of them then.
        self.tag_states: list[tuple[float, dict[str, dict[str, str]]]] = []
        self.targets: dict[tuple[str, str], Any] = {}
        self.activities: list[dict[str, Any]] = []

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.name}:{self.account}:{resource}"

    def sagemaker_arn(self, kind: str, name: str) -> str:
        """SageMaker's ARNs are in lower case although names keep theirs. behaviour 0.7"""
        return self.arn("sagemaker", f"{kind}/{name.lower()}")


class World:
    """The one object that every handler gets. ``lock`` is held while one of our own services handles a call."""

    def __init__(self, settings: Settings) -> None:
        self.start_settings = asdict(settings)
        self.settings = settings
        self.lock = threading.RLock()
        self.clock = Clock()
        self.calls = CallLog()
        self.faults = Faults()
        self.scripts = Scripts()
        self.bucket = Bucket()
        self.regions: dict[tuple[str, str], Region] = {}
        self.url = ""  # of the server, once it listens
        self.instance_seconds = 0.0  # of endpoints, in the time that was skipped
        self.generation = 0  # tells work that was left for later whether its world still stands

    def region(self, name: str, account: str = ACCOUNT) -> Region:
        with self.lock:
            if (account, name) not in self.regions:
                self.regions[account, name] = Region(name, account)
            return self.regions[account, name]

    def reset(self) -> None:
        """Back to the state at the start, settings included."""
        with self.lock:
            self.generation += 1
            self.regions.clear()
            self.faults.clear()
            self.scripts.clear()
            self.calls.clear()
            self.clock.reset()
            self.instance_seconds = 0.0
            self.settings.change(self.start_settings)


@dataclass
class Call:
    """One call of one of our own services, validated and cleaned of what the service does not know."""

    world: World
    region: Region
    params: dict[str, Any]

    @property
    def now(self) -> float:
        return self.world.clock.now()
