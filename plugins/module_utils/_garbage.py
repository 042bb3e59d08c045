# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keep Python's garbage collector away from what a process loads once and keeps.

boto3 and the service models are some hundred thousand objects. The collector would look through them while they are loaded, again in each worker that
Ansible forks, which copies their memory, and once more when Ansible ends: together a quarter of the time of a run without changes. Python's
documentation of gc.freeze recommends these steps to programs that fork. Importing this module pauses the collector; keep_loaded ends that.
"""

from __future__ import annotations

import gc

_WAS_ENABLED = gc.isenabled()
gc.disable()


def keep_loaded() -> None:
    """Exclude all present objects from collection for good, and let the collector go on with new ones."""
    gc.freeze()
    if _WAS_ENABLED:
        gc.enable()
