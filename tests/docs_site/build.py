# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation site into .cache/docs: the guides, and a page for each module, plugin and role. A warning fails.

`make docs` runs it in the environment that tests/environments.py makes. It needs no network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
sys.path.insert(0, str(CHECKOUT / "tests"))

from docs_site.pages import problems  # noqa: E402
from docs_site.pages import read_site  # noqa: E402
from environments import CACHE  # noqa: E402
from environments import environments  # noqa: E402

SITE = CACHE / "docs"
COLLECTION = "mlops.sagemaker"


def build(site: Path) -> Path:
    """Return the folder of the pages. Raises CalledProcessError."""
    environment = environments(["docs"])[0]
    variables = environment.variables() | {"PYTHONDONTWRITEBYTECODE": "1"}
    shutil.rmtree(site, ignore_errors=True)
    source, pages = site / "rst", site / "html"
    # antsibull-docs refuses a folder that others may write to.
    source.mkdir(parents=True, mode=0o755)
    render = [environment.program("antsibull-docs"), "--config-file", str(HERE / "antsibull-docs.cfg"), "collection"]
    render += ["--use-current", "--fail-on-error", "--dest-dir", str(source), COLLECTION]
    shutil.copy(HERE / "index.rst", source)
    typeset = [environment.program("sphinx-build"), "-W", "--keep-going", "-q", "-b", "html"]
    typeset += ["-c", str(HERE), "-d", str(site / "doctrees"), str(source), str(pages)]
    for command in (render, typeset):
        subprocess.run(command, env=variables, cwd=site, stdout=subprocess.DEVNULL, check=True)
    return pages


def main() -> int:
    try:
        pages = build(SITE)
    except subprocess.CalledProcessError as error:
        print(f"error: {Path(error.cmd[0]).name} ended with {error.returncode}", file=sys.stderr)
        return 1
    wrong = problems(read_site(pages))
    print("\n".join([*wrong, f"{os.path.relpath(pages, CHECKOUT)}/index.html"]))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
