# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the module of the same name in this process. The files of the other modules are links to this one."""

from __future__ import annotations

from importlib import import_module

from ansible_collections.mlops.sagemaker.plugins.plugin_utils.in_process import InProcessAction


class ActionModule(InProcessAction):
    """See in_process."""

    module = import_module(__name__.replace(".plugins.action.", ".plugins.modules."))
