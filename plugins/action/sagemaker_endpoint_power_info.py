# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the module of the same name in this process if possible."""

from __future__ import annotations

from ansible_collections.mlops.sagemaker.plugins.plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    """See _in_process."""

    module_name = "sagemaker_endpoint_power_info"
