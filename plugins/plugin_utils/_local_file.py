# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file on the controller that the user names, encrypted with ansible-vault or not."""

from __future__ import annotations

import os
from typing import Any

from ansible.errors import AnsibleError


class LocalFileError(Exception):
    """The file cannot be read. The text says why."""


def absolute(path: str) -> str:
    """Return the path as absolute one. A relative one is relative to the working directory."""
    return os.path.abspath(os.path.expanduser(path))


def read(loader: Any, path: str) -> bytes:
    """Return the content. loader: of Ansible, which decrypts. Raises LocalFileError."""
    file = absolute(path)
    if not os.path.isfile(file):
        raise LocalFileError(f"the file does not exist (path {file})")
    try:
        with open(loader.get_real_file(file), "rb") as opened:
            return opened.read()
    except (OSError, AnsibleError) as error:
        raise LocalFileError(f"cannot be read: {error}") from error
