# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What containers write into CloudWatch Logs, which is moto's. behaviour 13"""

from __future__ import annotations

import datetime
import hashlib
from typing import Sequence

from local_aws.world import Call

# A container that never answers a health check, where a script does not say what it writes.
SILENT = (
    "Starting the model server with 2 workers.",
    "Listening on 0.0.0.0:8080",
    "ERROR: the model is not loaded, /ping answers 503",
    "Shutting down: SIGTERM",
)


def write(call: Call, group: str, variant: str, count: int, lines: Sequence[str], began: float, ends: float) -> None:
    """Let so many containers of a variant write these lines between two moments, each into a stream of its own. behaviour 13.1"""
    from moto.logs.models import logs_backends

    backend = logs_backends[call.region.account][call.region.name]
    if group not in backend.groups:
        backend.create_log_group(group, {})
    kept = backend.groups[group]
    step = max(0.0, ends - began) / (len(lines) + 1)
    for number in range(count):
        instance = hashlib.sha256(f"{group} {variant} {began} {number}".encode()).hexdigest()[:17]
        name = f"{variant}/i-{instance}"
        kept.create_log_stream(name)
        stream = kept.streams[name]
        # By the clock of this server, where moto has that of the machine.
        stream.creation_time = datetime.datetime.fromtimestamp(began, datetime.timezone.utc).replace(tzinfo=None)
        moments = [int((began + step * (index + 1)) * 1000) for index in range(len(lines))]
        stream.put_log_events([{"timestamp": at, "message": line} for at, line in zip(moments, lines)])


def is_written(reason: str | None, lines: Sequence[str] | None) -> Sequence[str]:
    """The lines of a rollout with this failure: those of the script, or those of a container that fails its health check. behaviour 13.2"""
    if lines is not None:
        return lines
    return SILENT if reason is not None and "health check" in reason else ()
