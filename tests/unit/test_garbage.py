# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# Ansible loads a plugin of ours in a process whose collector is on or off.
PLUGIN = """
import gc, json, sys
from ansible.plugins import loader
loader.init_plugin_loader()
%s
loader.action_loader.get("mlops.sagemaker.sagemaker_endpoint", class_only=True)
models = sys.modules["ansible_collections.mlops.sagemaker.plugins.plugin_utils._in_process"].LOADER._cache
print(json.dumps({"enabled": gc.isenabled(), "frozen": gc.get_freeze_count(), "collected": any(one is models for one in gc.get_objects())}))
"""


@pytest.mark.parametrize("before, enabled", [("gc.enable()", True), ("gc.disable()", False)])
def test_service_models_are_not_collected_and_the_collector_is_as_before(before: str, enabled: bool) -> None:
    done = subprocess.run([sys.executable, "-c", PLUGIN % before], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert told["enabled"] is enabled
    assert told["frozen"] > 100_000
    assert not told["collected"]
