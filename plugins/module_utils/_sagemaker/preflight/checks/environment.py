# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens in clear text in the variables."""

from __future__ import annotations

import os
from typing import FrozenSet
from typing import Iterator

from ...core import secrets
from ..check import Check
from ..findings import OK
from ..findings import WARNING
from ..findings import Finding
from ..lookup import Lookup
from ..subject import Deploy

NAME = "token_in_clear_text"


def look(lookup: Lookup, deploy: Deploy) -> FrozenSet[str]:
    """Return the values of this process's environment, because values from it are not in a file."""
    return frozenset(os.environ.values())


def judge(deploy: Deploy, seen: FrozenSet[str]) -> Iterator[Finding]:
    """Yield a finding for each container that has an environment."""
    vaulted = deploy.inputs.get(secrets.OPTION) or []
    for container in deploy.containers:
        environment = container.options.get("environment") or {}
        variable = container.place("environment")
        # Keys with values from ansible-vault are among the listed keys.
        told = [
            key
            for key, value in environment.items()
            if key not in vaulted
            and (secrets.TOKEN_FORM.search(str(value)) or secrets.holds_password(value))
            and str(value) not in seen
        ]
        for key in told:
            # A value that does not look secret is not masked in outputs.
            shown = "" if secrets.is_secret(key, environment[key]) else " and shown in outputs and logs"
            message = f"the value looks like a token or a password, and is in clear text in the variables{shown}."
            remedy = "Encrypt it with ansible-vault, read it from the environment, or list its key in sagemaker_endpoint_secret_environment."
            yield Finding(NAME, WARNING, f"{variable}.{key}", message, remedy)
        if environment and not told:
            yield Finding(NAME, OK, variable, "no value is a token in clear text.")


CHECK = Check(look, judge)
