# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the values of container environments that come from ansible-vault.

ansible-core marks such a text: since 2.19 with a tag, before with a type of its own. A template that changes the text
loses the mark, and before 2.19 every template does, so this file also searches for the text. A file that is encrypted
as a whole has no marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import secrets

try:
    from ansible.parsing.vault import VaultHelper
except ImportError:  # ansible-core before 2.19
    VaultHelper = None

# Variables that contain all other variables.
_WHOLES = frozenset({"groups", "hostvars", "vars"})


def environment_keys(value: Any, variables: Mapping[str, Any] | None = None) -> set[str]:
    """Return the keys in all container environments below value whose texts come from the vault.

    variables: the untemplated variables, whose encrypted texts are searched for.
    """
    entries = list(secrets.environment_entries(value))
    found = {key for key, item in entries if _is_vaulted(item)}
    rest = [(key, str(item)) for key, item in entries if key not in found]
    if rest and variables:
        outer = {name: item for name, item in variables.items() if name not in _WHOLES}
        texts = [text for text in _vaulted_texts(outer) if len(text) >= secrets.MIN_MASKED_LENGTH]
        found |= {key for key, item in rest if any(text in item for text in texts)}
    return found


def _is_vaulted(value: Any) -> bool:
    if getattr(value, "__ENCRYPTED__", False):
        return True
    return VaultHelper is not None and VaultHelper.get_ciphertext(value, with_tags=False) is not None


def _vaulted_texts(value: Any) -> Iterator[str]:
    if _is_vaulted(value):
        try:
            yield str(value).strip()
        except Exception:  # pylint: disable=broad-exception-caught
            # The task cannot use a value that cannot be decrypted.
            return
    elif isinstance(value, dict):
        for item in value.values():
            yield from _vaulted_texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _vaulted_texts(item)
