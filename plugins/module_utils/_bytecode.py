# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load the collection's logic with cached bytecode. Plugins import this module before anything of _sagemaker.

Ansible's loader of collections compiles each file anew in every process. The logic has more than a hundred files, so that is a tenth of a run
without changes. Python's own loader keeps the bytecode in __pycache__ beside the files, if that folder can be written.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import SOURCE_SUFFIXES
from importlib.machinery import FileFinder
from importlib.machinery import ModuleSpec
from importlib.machinery import SourceFileLoader
from typing import Any
from typing import Dict
from typing import Optional
from typing import Sequence

PACKAGE = f"{__name__.rpartition('.')[0]}._sagemaker"


class BytecodeFinder(MetaPathFinder):
    """Finds the modules of one package with Python's own loader."""

    def __init__(self, package: str) -> None:
        self.package = package
        self._folders: Dict[str, FileFinder] = {}

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]] = None, target: Any = None
    ) -> Optional[ModuleSpec]:
        if not f"{fullname}.".startswith(f"{self.package}."):
            return None
        for folder in path or ():
            if folder not in self._folders:
                self._folders[folder] = FileFinder(folder, (SourceFileLoader, SOURCE_SUFFIXES))
            if spec := self._folders[folder].find_spec(fullname):
                return spec
        return None


def _installed(package: str) -> BytecodeFinder:
    """Return a finder of the package, which comes before Ansible's. Where Ansible's is not the first, it is not the one that compiles."""
    finder = BytecodeFinder(package)
    if type(sys.meta_path[0]).__name__ == "_AnsibleCollectionFinder":
        sys.meta_path.insert(0, finder)
    return finder


FINDER = _installed(PACKAGE)
