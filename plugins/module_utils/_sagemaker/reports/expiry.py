# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run that stops expired endpoints says: where it looked, what has expired, and what it could not do. Pure."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import Mapping
from typing import Sequence

Found = Mapping[str, Any]


def report(regions: Sequence[Found], tag: str, left: Sequence[str]) -> Dict[str, Any]:
    """Return {text, due, failure}.

    regions: for each region the result of sagemaker_endpoint_power_info, with the region that was asked for as C(asked); left: the names of
    endpoints that could not be stopped; due: the endpoints whose time is over; failure: why the run fails at its end, empty if it does not.
    """
    read = [one for one in regions if "endpoints" in one]
    running = [endpoint for one in read for endpoint in one["endpoints"] if endpoint["state"] == "running"]
    due = [endpoint for endpoint in running if endpoint["due"]]
    return {"text": _text(read, running, due, tag), "due": due, "failure": "\n".join(_failures(regions, tag, left))}


def _text(read: Sequence[Found], running: Sequence[Found], due: Sequence[Found], tag: str) -> str:
    places = ", ".join(one["region"] for one in read) or "no region"
    looked = f"Looked at {len(running)} endpoint{'' if len(running) == 1 else 's'} in {places} for the tag {tag}"
    if not due:
        return f"{looked}: none has expired."
    names = ", ".join(_with_region(endpoint) for endpoint in due)
    return f"{looked}: {names} {'has' if len(due) == 1 else 'have'} expired."


def _failures(regions: Sequence[Found], tag: str, left: Sequence[str]) -> Iterator[str]:
    if left:
        yield f"Could not be stopped, see above: {', '.join(left)}."
    for one in regions:
        if "endpoints" not in one:
            where = one["asked"] or "the region of the run (neither regions nor aws_region is set)"
            yield f"Could not read {where}: {str(one.get('msg')).rstrip('. ')}."
    wrong = [endpoint for one in regions for endpoint in one.get("endpoints", ()) if endpoint["due"] is None]
    for endpoint in wrong:
        yield (
            f"The tag {tag} of {_with_region(endpoint)} is no time in ISO 8601, such as 2030-01-31T18:00:00Z: {endpoint['expires_at']!r}. "
            "So the endpoint does not expire. Correct the tag."
        )


def _with_region(endpoint: Found) -> str:
    return f"{endpoint['name']} ({endpoint['region']})"
