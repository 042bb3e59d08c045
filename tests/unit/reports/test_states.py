# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of a thing while it changes, from descriptions as AWS gives them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports import progress
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.reports import states


def variant(current: int, desired: int, status: str = "", message: str = "", **more: Any) -> dict[str, Any]:
    told = {"Status": status, **({"StatusMessage": message} if message else {})}
    return {
        "VariantName": "AllTraffic",
        "CurrentWeight": 1.0,
        "DesiredWeight": 1.0,
        "CurrentInstanceCount": current,
        "DesiredInstanceCount": desired,
        **({"VariantStatus": [told]} if status else {}),
        **more,
    }


def endpoint(status: str, config: str, variants: Any = (), **more: Any) -> dict[str, Any]:
    return {"EndpointStatus": status, "EndpointConfigName": config, "ProductionVariants": list(variants), **more}


def pending(config: str, *variants: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"EndpointConfigName": config, "ProductionVariants": list(variants), **more}


SERVERLESS = {
    "VariantName": "main",
    "CurrentWeight": 1.0,
    "DesiredWeight": 1.0,
    "CurrentServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
}
COMING = variant(0, 2, "Creating", "Launching 2 instance(s).", CurrentWeight=0.0)
BAKING = "Baking for 300 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity of 2 instance(s)."


@pytest.mark.parametrize(
    ("description", "text"),
    [
        (None, "not visible yet for 9 s"),
        (endpoint("Creating", "a"), "Creating for 9 s"),
        (
            endpoint(
                "Creating", "a", PendingDeploymentSummary=pending("a", variant(0, 2, "Creating", CurrentWeight=0.0))
            ),
            "Creating for 9 s; AllTraffic 0 of 2 instances (Creating)",
        ),
        (
            endpoint("Creating", "a", PendingDeploymentSummary=pending("a", SERVERLESS, COMING)),
            "Creating for 9 s; main; AllTraffic 0 of 2 instances (Creating: Launching 2 instance(s))",
        ),
        (endpoint("InService", "a", [variant(1, 2)]), "InService for 9 s; serves a: AllTraffic 1 of 2 instances"),
        (endpoint("InService", "a", [SERVERLESS]), "InService for 9 s; serves a: main"),
        (
            endpoint("Updating", "a", [variant(2, 2)], PendingDeploymentSummary=pending("b", COMING)),
            "Updating for 9 s; moves to b: AllTraffic 0 of 2 instances with weight 0 of 1 (Creating: Launching 2 instance(s)); "
            "serves a: AllTraffic 2 of 2 instances",
        ),
        (
            endpoint(
                "Updating",
                "a",
                [variant(2, 2, CurrentWeight=0.5)],
                PendingDeploymentSummary=pending("b", variant(2, 2, "Baking", BAKING)),
            ),
            f"Updating for 9 s; moves to b: AllTraffic 2 of 2 instances (Baking: {BAKING[:-1]}); "
            "serves a: AllTraffic 2 of 2 instances with weight 0.5 of 1",
        ),
        (
            endpoint("Updating", "a", [variant(1, 6, "Updating", "Scaling out desired instance count to 6.")]),
            "Updating for 9 s; serves a: AllTraffic 1 of 6 instances (Updating: Scaling out desired instance count to 6)",
        ),
        (
            endpoint(
                "Updating",
                "a",
                [{**SERVERLESS, "DesiredServerlessConfig": {"MaxConcurrency": 5, "ProvisionedConcurrency": 2}}],
            ),
            "Updating for 9 s; serves a: main 0 of 2 provisioned concurrency",
        ),
        (
            endpoint(
                "InService", "a", [variant(1, 1)], ShadowProductionVariants=[{**variant(0, 1), "VariantName": "shadow"}]
            ),
            "InService for 9 s; serves a: AllTraffic 1 of 1 instances, shadow 0 of 1 instances",
        ),
        (
            endpoint(
                "RollingBack", "a", [variant(2, 2)], PendingDeploymentSummary=pending("b", variant(2, 2, "Deleting"))
            ),
            "RollingBack for 9 s; leaves b: AllTraffic 2 of 2 instances (Deleting); serves a: AllTraffic 2 of 2 instances",
        ),
        (endpoint("Failed", "a"), "Failed for 9 s"),
        (endpoint("Deleting", "a", [variant(2, 2)]), "Deleting for 9 s"),
    ],
)
def test_an_endpoint(description, text):
    assert progress.line(states.endpoint("churn", description), 9) == f"churn: {text}"


def test_the_guide_shows_an_update_as_it_is_told():
    before, after = "fraud-config-1a2b3c4d", "fraud-config-5e6f7a8b"
    updating = endpoint("Updating", before, [variant(2, 2)], PendingDeploymentSummary=pending(after, COMING))
    told = [progress.line(states.endpoint("fraud", updating), seconds) for seconds in (0, 52)]
    told += [progress.line(states.endpoint("fraud", endpoint("InService", after, [variant(2, 2)])), 95, ended=True)]
    guide = Path(__file__).resolve().parents[3] / "docs" / "docsite" / "rst" / "deploys.rst"
    assert "".join(f"    {line}\n" for line in told) in guide.read_text()


@pytest.mark.parametrize(
    ("description", "text"),
    [
        (None, "not visible yet for 9 s"),
        (
            {"InferenceComponentStatus": "Creating", "RuntimeConfig": {"DesiredCopyCount": 2, "CurrentCopyCount": 0}},
            "Creating for 9 s; 0 of 2 copies",
        ),
        # Of a component that is new the count may be missing, of an adapter both are.
        (
            {"InferenceComponentStatus": "Updating", "RuntimeConfig": {"DesiredCopyCount": 1}},
            "Updating for 9 s; 0 of 1 copies",
        ),
        ({"InferenceComponentStatus": "Creating"}, "Creating for 9 s"),
        (
            {"InferenceComponentStatus": "Deleting", "RuntimeConfig": {"DesiredCopyCount": 2, "CurrentCopyCount": 2}},
            "Deleting for 9 s",
        ),
    ],
)
def test_a_component(description, text):
    assert progress.line(states.component("chat", description), 9) == f"chat: {text}"


def test_many_endpoints():
    two = states.endpoints({"fraud": "Updating", "churn": "Creating"})
    assert progress.line(two, 9) == "2 endpoints: in transition for 9 s; churn is Creating; fraud is Updating"
    assert (
        progress.line(states.endpoints({"churn": "Creating"}), 9)
        == "1 endpoint: in transition for 9 s; churn is Creating"
    )
    assert progress.line(states.endpoints({}), 9, ended=True) == "endpoints: none in transition after 9 s"


def test_a_deletion():
    for shown in ("Deleting", "InService"):
        assert progress.line(states.deletion("churn", shown), 9) == "churn: Deleting for 9 s"
    assert progress.line(states.deletion("churn", "Failed"), 9, ended=True) == "churn: Failed after 9 s"
    assert progress.line(states.deletion("churn", None), 9, ended=True) == "churn: deleted after 9 s"
