# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of what a run that stops expired endpoints says."""

from __future__ import annotations

from typing import Any

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports import expiry

TAG = "expires_at"


def region(name: str, *endpoints: tuple[str, bool | None]) -> dict[str, Any]:
    listed = [
        {"name": one, "region": name, "state": "running", "due": due, "expires_at": "soon"} for one, due in endpoints
    ]
    return {"asked": name, "region": name, "endpoints": listed}


def test_nothing_has_expired() -> None:
    # A stopped one is not looked at: it has no tag any more.
    west = region("us-west-2", ("churn", False))
    west["endpoints"].append({**west["endpoints"][0], "name": "fraud", "state": "stopped"})
    found = expiry.report([region("us-east-1"), west], TAG, [])
    text = "Looked at 1 endpoint in us-east-1, us-west-2 for the tag expires_at: none has expired."
    assert found == {"text": text, "due": [], "failure": ""}


def test_some_have_expired() -> None:
    east, west = region("us-east-1", ("churn", True), ("fraud", False)), region("us-west-2", ("churn", True))
    found = expiry.report([east, west], TAG, ["churn (us-west-2)"])
    assert found["text"].endswith(
        "3 endpoints in us-east-1, us-west-2 for the tag expires_at: churn (us-east-1), churn (us-west-2) have expired."
    )
    assert found["due"] == [east["endpoints"][0], west["endpoints"][0]]
    assert found["failure"] == "Could not be stopped, see above: churn (us-west-2)."
    assert expiry.report([east], TAG, [])["text"].endswith(": churn (us-east-1) has expired.")


def test_what_could_not_be_read_and_a_tag_without_a_time_fail_the_run() -> None:
    denied = {"asked": "eu-west-1", "failed": True, "msg": "GetResources failed: no."}
    nowhere = {"asked": "", "failed": True, "msg": "The module requires a region and none was found."}
    found = expiry.report([denied, nowhere, region("us-east-1", ("churn", None))], TAG, [])
    assert found["text"] == "Looked at 1 endpoint in us-east-1 for the tag expires_at: none has expired."
    assert found["failure"].splitlines() == [
        "Could not read eu-west-1: GetResources failed: no.",
        "Could not read the region of the run (neither regions nor aws_region is set): The module requires a region and none was found.",
        "The tag expires_at of churn (us-east-1) is no time in ISO 8601, such as 2030-01-31T18:00:00Z: 'soon'. So the endpoint does not expire. "
        "Correct the tag.",
    ]
    assert expiry.report([denied], TAG, [])["text"].startswith("Looked at 0 endpoints in no region ")
