# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where copies of inference components find room: the resources of instances, and how copies fill them. behaviour 5.9

Sizes of instances are those that AWS publishes per family, rounded: enough to tell what fits from what does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from typing import Iterable

NO_ROOM = "There is not enough hardware resources on the instances for this endpoint to create a copy of the inference component."

# Memory in MiB for each vCPU, by family; every other family has 4096.
MEMORY = {"c": 2048, "r": 8192, "g6e": 8192, "p4d": 12288, "p4de": 12288, "p5": 10922, "p5e": 10922, "p5en": 10922}
# Accelerators by family and size; "" is every other size.
ACCELERATORS = {
    "g4dn": {"": 1, "12xlarge": 4},
    **{family: {"": 1, "12xlarge": 4, "24xlarge": 4, "48xlarge": 8} for family in ("g5", "g6", "g6e", "g7e")},
    "p3": {"": 1, "8xlarge": 4, "16xlarge": 8},
    **{family: {"": 8, "4xlarge": 1} for family in ("p4d", "p4de", "p5", "p5e", "p5en")},
    "inf2": {"": 1, "24xlarge": 6, "48xlarge": 12},
    "trn1": {"": 1, "32xlarge": 16},
}


@dataclass
class Room:
    """What an instance has, what a copy needs, or what is left."""

    cpus: float
    memory: float
    accelerators: float

    def holds(self, need: Room) -> bool:
        return self.cpus >= need.cpus and self.memory >= need.memory and self.accelerators >= need.accelerators

    def take(self, need: Room) -> None:
        self.cpus -= need.cpus
        self.memory -= need.memory
        self.accelerators -= need.accelerators


def room_of(instance_type: str) -> Room:
    """The resources of an instance such as ml.g5.12xlarge."""
    _ml, family, size = instance_type.split(".", 2)
    times = re.fullmatch(r"(\d+)xlarge", size)
    cpus = 4 * int(times[1]) if times else {"medium": 1, "large": 2}.get(size, 4)
    letters = re.match(r"[a-z]+", family)
    memory = MEMORY.get(family) or MEMORY.get(letters[0] if letters else "") or 4096
    sizes = ACCELERATORS.get(family, {"": 0})
    return Room(cpus, cpus * memory, sizes.get(size, sizes[""]))


def need_of(specification: dict[str, Any]) -> Room:
    """What one copy needs."""
    asked = specification.get("ComputeResourceRequirements", {})
    return Room(
        asked.get("NumberOfCpuCoresRequired", 0),
        asked.get("MinMemoryRequiredInMb", 0),
        asked.get("NumberOfAcceleratorDevicesRequired", 0),
    )


def has_accelerators(instance_type: str) -> bool:
    return room_of(instance_type).accelerators > 0


def instances_for(instance_type: str, needs: Iterable[Room], most: int) -> int | None:
    """How many instances hold copies with these needs, each put where the first room is. None: more than ``most``."""
    used: list[Room] = []
    for need in needs:
        place = next((one for one in used if one.holds(need)), None)
        if place is None:
            place = room_of(instance_type)
            used.append(place)
            if len(used) > most or not place.holds(need):
                return None
        place.take(need)
    return len(used)
