# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packaged models: model packages are complete and approved, and hub content is available."""

from __future__ import annotations

import re
from typing import Any
from typing import Dict
from typing import Iterator
from typing import Mapping
from typing import Tuple

from ..check import Check
from ..findings import ERROR
from ..findings import OK
from ..findings import Finding
from ..findings import Unseen
from ..lookup import Answer
from ..lookup import Lookup
from ..subject import Deploy
from ..subject import data_sources

PACKAGE = "model_package"
CONTENT = "hub_content"

_CONTENT_ARN = re.compile(
    r"(?P<front>arn:[^:]+:sagemaker:[^:]+:[^:]+):hub-content/(?P<hub>[^/]+)/(?P<kind>[^/]+)/(?P<name>[^/]+)(/(?P<version>[^/]+))?"
)


def look(lookup: Lookup, deploy: Deploy) -> Dict[str, Dict[str, Answer]]:
    """Return the model packages and the content of hubs, as SageMaker describes them."""
    packages = sorted({name for _variable, name in _packages(deploy)})
    contents = sorted({arn for _variable, arn in _contents(deploy)})
    return {
        PACKAGE: {one: lookup.ask("sagemaker", "DescribeModelPackage", {"ModelPackageName": one}) for one in packages},
        CONTENT: {arn: lookup.ask("sagemaker", "DescribeHubContent", _content(arn)) for arn in contents},
    }


def judge(deploy: Deploy, seen: Mapping[str, Mapping[str, Answer]]) -> Iterator[Finding]:
    """Yield a finding for each container of a package, and for each source in a hub."""
    for variable, name in _packages(deploy):
        yield _of_package(variable, name, seen[PACKAGE][name])
    for variable, arn in _contents(deploy):
        yield _of_content(variable, arn, seen[CONTENT][arn])


def _of_package(variable: str, name: str, answer: Answer) -> Finding:
    what = f"the model package {name}"
    if isinstance(answer, Unseen):
        return answer.finding(PACKAGE, variable, what)
    if answer is None:
        remedy = "Correct the name, the version or the region; for one of AWS Marketplace, subscribe to it first."
        return Finding(PACKAGE, ERROR, variable, f"{what} does not exist.", remedy)
    status, approval = answer["ModelPackageStatus"], answer.get("ModelApprovalStatus", "Approved")
    if status != "Completed":
        return Finding(
            PACKAGE,
            ERROR,
            variable,
            f"{what} has the status {status}.",
            "Wait until it is Completed, or use another one.",
        )
    if approval != "Approved":
        remedy = "Approve it in the model registry, or use a version that is approved."
        return Finding(PACKAGE, ERROR, variable, f"{what} has the approval status {approval}.", remedy)
    return Finding(PACKAGE, OK, variable, f"{what} is complete and approved.")


def _of_content(variable: str, arn: str, answer: Answer) -> Finding:
    what = f"the hub content {arn}"
    if isinstance(answer, Unseen):
        return answer.finding(CONTENT, variable, what)
    if answer is None:
        return Finding(CONTENT, ERROR, variable, f"{what} does not exist.", "Correct the hub, the name or the version.")
    if answer["HubContentStatus"] != "Available":
        message = f"{what} has the status {answer['HubContentStatus']}."
        return Finding(CONTENT, ERROR, variable, message, "Wait until it is Available, or use another version.")
    return Finding(CONTENT, OK, variable, f"{what} is available.")


def _packages(deploy: Deploy) -> Iterator[Tuple[str, str]]:
    for container in deploy.containers:
        if container.options.get("model_package_name"):
            yield container.place("model_package_name"), container.options["model_package_name"]


def _contents(deploy: Deploy) -> Iterator[Tuple[str, str]]:
    for container in deploy.containers:
        for path, source in data_sources(container):
            arn = (source.get("hub_access_config") or {}).get("hub_content_arn") or ""
            if _CONTENT_ARN.fullmatch(arn):
                yield container.place(f"{path}.hub_access_config.hub_content_arn"), arn


def _content(arn: str) -> Dict[str, Any]:
    """Return the members that identify the content in a request. A hub of another account is identified by its ARN."""
    found = _CONTENT_ARN.fullmatch(arn).groupdict()  # type: ignore[union-attr]
    named = {
        "HubName": f"{found['front']}:hub/{found['hub']}",
        "HubContentType": found["kind"],
        "HubContentName": found["name"],
        "HubContentVersion": found["version"],
    }
    return {member: value for member, value in named.items() if value}


CHECK = Check(look, judge)
