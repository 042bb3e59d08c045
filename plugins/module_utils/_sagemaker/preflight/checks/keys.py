# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""KMS keys: they exist, are enabled, and encrypt."""

from __future__ import annotations

from typing import Dict
from typing import Iterator

from ..check import Check
from ..findings import ERROR
from ..findings import OK
from ..findings import Finding
from ..findings import Unseen
from ..lookup import Answer
from ..lookup import Lookup
from ..subject import Deploy

NAME = "kms_key"


def look(lookup: Lookup, deploy: Deploy) -> Dict[str, Answer]:
    """Return the descriptions of the keys by their given names."""
    return {key: lookup.ask("kms", "DescribeKey", {"KeyId": key}) for key in sorted(set(deploy.keys.values()))}


def judge(deploy: Deploy, seen: Dict[str, Answer]) -> Iterator[Finding]:
    """Yield a finding for each variable that names a key."""
    for variable, key in deploy.keys.items():
        answer = seen[key]
        if isinstance(answer, Unseen):
            yield answer.finding(NAME, variable, f"the key {key}")
        elif answer is None:
            message = f"KMS has no key {key} in {deploy.place.region}."
            yield Finding(NAME, ERROR, variable, message, "Create it, or correct the ARN or the region.")
        else:
            yield _judged(variable, key, answer["KeyMetadata"])


def _judged(variable: str, key: str, metadata: Dict[str, str]) -> Finding:
    state, usage = metadata.get("KeyState", "Enabled"), metadata.get("KeyUsage", "ENCRYPT_DECRYPT")
    if state != "Enabled":
        remedy = "Cancel its deletion and enable it" if state == "PendingDeletion" else "Enable it"
        return Finding(
            NAME, ERROR, variable, f"the key {key} is in the state {state}.", f"{remedy}, or use another key."
        )
    if usage != "ENCRYPT_DECRYPT":
        return Finding(
            NAME, ERROR, variable, f"the key {key} is for {usage}.", "Use a symmetric key for ENCRYPT_DECRYPT."
        )
    return Finding(NAME, OK, variable, f"the key {key} is enabled.")


CHECK = Check(look, judge)
