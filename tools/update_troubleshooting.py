# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write docs/docsite/rst/troubleshooting.rst from the table of causes, with an example of each out of the tests' corpus of public reports.

    python3 tools/update_troubleshooting.py

A unit test fails while the page differs.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from typing import Iterator

import yaml

CHECKOUT = Path(__file__).resolve().parents[1]
PAGE = CHECKOUT / "docs" / "docsite" / "rst" / "troubleshooting.rst"
TABLE = CHECKOUT / "plugins" / "module_utils" / "_sagemaker" / "core" / "failure_causes.py"
CORPUS = CHECKOUT / "tests" / "unit" / "core" / "failures.yml"
LONGEST = 300

BEGINNING = """\
..
  Copyright: mlops.sagemaker maintainers
  GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

..
  Written by tools/update_troubleshooting.py. Change the table of causes or that file instead.

.. _ansible_collections.mlops.sagemaker.docsite.troubleshooting:

Troubleshooting
===============

.. contents::
   :local:
   :depth: 2

.. _ansible_collections.mlops.sagemaker.docsite.troubleshooting.why:

Why did it fail?
----------------

When a rollout, a creation, a deletion, an update of a component, a change of traffic, an invocation or any other call fails, the task
returns ``failure``, and so do the outputs of the role. It says what serves now, shows the last words of the containers, and names a cause and a remedy:

.. code-block:: text

    fatal: [localhost]: FAILED! => {"cause": "gpu_memory", "msg": "Endpoint churn could not be created. Reason: The primary container for production
    variant main did not pass the ping health check. The model does not fit into the GPU's memory. Use an instance_type with more or larger GPUs, split
    the model over them, or quantize it or lower batch size and context in environment. Container logs: CloudWatch log group
    /aws/sagemaker/Endpoints/churn. The last lines:
      Traceback (most recent call last):
        File "/server/load.py", line 7, in load
      torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB"}

.. list-table::
   :header-rows: 1

   * - Key of ``failure``
     - Content
   * - ``what``, ``name``, ``status``
     - what failed, of which thing, and the status that it has now
   * - ``reason``
     - the reason in AWS's own words. For some rollbacks there is none
   * - ``cause``, ``remedy``
     - one of the causes below, derived from the reason and the log lines, and what to change
   * - ``rolled_back``, ``serving``
     - whether what served before serves again, and what serves now: ``endpoint_config_name`` and ``variants``
   * - ``log_group``, ``log_lines``
     - where the containers write, and their lines from the first error on, at most 40
   * - ``log_note``
     - why there are no lines, and what that means
   * - ``command``
     - the ``aws logs tail`` command that shows more

Secrets of the containers' environments are masked in the lines. The lines take the permissions ``logs:DescribeLogStreams`` and ``logs:GetLogEvents``.

Without the output of that run, :ansplugin:`mlops.sagemaker.sagemaker_endpoint_info#module` returns AWS's reason as ``failure_reason``, and ``aws logs
tail /aws/sagemaker/Endpoints/churn --since 1h`` shows the lines (of an inference component ``/aws/sagemaker/InferenceComponents/`` and its name).
Where the reason names only the health check, search the lines for an error, and this page for that. Secrets are not masked there. A run that failed
earlier, such as at CreateModel, has left neither endpoint nor log: repeat it.
"""

# Examples of causes that no reason of AWS tells by itself.
EXAMPLES = {
    "caller_permissions": "User: arn:aws:sts::111122223333:assumed-role/ci/deploy is not authorized to perform: sagemaker:CreateModel on "
    "resource: arn:aws:sagemaker:eu-west-1:111122223333:model/churn-model-1a2b3c4d because no identity-based policy allows the "
    "sagemaker:CreateModel action",
    "credentials_missing": "Unable to locate credentials",
}


def causes() -> ModuleType:
    """Return the table, which needs nothing else of the collection."""
    spec = importlib.util.spec_from_file_location("failure_causes", TABLE)
    assert spec is not None and spec.loader is not None
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    return table


def page() -> str:
    """Return the page."""
    return "\n".join([BEGINNING, *_sections(causes(), yaml.safe_load(CORPUS.read_text()))])


def _sections(table: ModuleType, corpus: list[dict[str, Any]]) -> Iterator[str]:
    listed = (table.WAITING, table.NO_ANSWER, table.CALLER, table.CREDENTIALS, *table.CAUSES)
    yield "Causes\n------\n"
    for name in sorted({cause.name for cause in listed}):
        yield f"{name}\n{'~' * len(name)}\n"
        for cause in (one for one in listed if one.name == name):
            yield f"{cause.remedy}\n"
            example = _example(table, corpus, cause) or EXAMPLES.get(name)
            if example:
                yield f".. code-block:: text\n\n    {example}\n"


def _example(table: ModuleType, corpus: list[dict[str, Any]], cause: Any) -> str:
    """Return what a report of this cause says: its reason or the line that tells it."""
    for failure in corpus:
        reason, lines = failure.get("reason", ""), [str(line) for line in failure.get("lines", ())]
        if table.diagnose(reason, lines) is not cause:
            continue
        telling = [line for line in lines if cause.lines and re.search(cause.lines, line)]
        text = " ".join((telling[0] if telling else reason).split())
        if text:
            return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    return ""


if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"wrote {PAGE.relative_to(CHECKOUT)}", file=sys.stderr)
