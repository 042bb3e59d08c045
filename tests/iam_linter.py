# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a linter of IAM policies, which has a table of all actions, says about a policy."""

from __future__ import annotations

import json

import parliament

# What the library's list of IAM does not have. AWS's own SDK grants the first to execution roles; the second is in KMS's guide, and
# the last in SageMaker's, about OpenAI-compatible APIs.
UNLISTED = {
    "UNKNOWN_ACTION: Unknown action sagemaker:AccessModelPackage",
    "UNKNOWN_CONDITION_FOR_ACTION: Unknown condition kms:ResourceAliases for action kms:CreateGrant",
    "UNKNOWN_CONDITION_FOR_ACTION: Unknown condition kms:ResourceAliases for action kms:Decrypt",
    "UNKNOWN_CONDITION_FOR_ACTION: Unknown condition kms:ResourceAliases for action kms:GenerateDataKey",
    "UNKNOWN_ACTION: Unknown action sagemaker:CallWithBearerToken",
}


def judged(document: str) -> set[str]:
    """Return what a linter of IAM policies finds: actions, resources and conditions that do not exist or do not fit each other."""
    findings = parliament.analyze_policy_string(document).findings
    return {f"{one.issue}: {one.detail}" for one in findings} - UNLISTED


def needless_wildcards(document: str) -> list[str]:
    """Return the actions that are allowed on everything although they could be allowed on one thing."""
    on_one_thing = {
        f"{service['prefix']}:{privilege['privilege']}".lower()
        for service in parliament.iam_definition
        for privilege in service["privileges"]
        if any(kind["resource_type"] for kind in privilege["resource_types"])
    }
    found = []
    for statement in json.loads(document)["Statement"]:
        actions, resources = (
            value if isinstance(value, list) else [value] for value in (statement["Action"], statement["Resource"])
        )
        # What AWS asks for in a condition restricts as well: the network interfaces of a VPC have no names beforehand.
        if "*" in resources and "Condition" not in statement:
            found += [action for action in actions if action.lower() in on_one_thing]
    return found
