# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print a folder as a model archive (tar.gz) in base64. Equal content gives equal text, so that an upload can be compared with it.

Usage: python3 archive.py FOLDER
"""

from __future__ import annotations

import base64
import gzip
import io
import sys
import tarfile
from pathlib import Path


def pack(folder: Path) -> bytes:
    """The files of the folder, without their times and owners."""
    archive = io.BytesIO()
    # Compressed apart from the tar, as tarfile would write the time.
    with gzip.GzipFile(fileobj=archive, mode="wb", mtime=0, filename="") as compressed:
        with tarfile.open(fileobj=compressed, mode="w") as tar:
            for file in sorted(
                path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
            ):
                content = file.read_bytes()
                member = tarfile.TarInfo(file.relative_to(folder).as_posix())
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()


if __name__ == "__main__":
    print(base64.b64encode(pack(Path(sys.argv[1]))).decode())
