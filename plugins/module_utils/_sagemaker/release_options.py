# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of sagemaker_endpoint_releases."""

from __future__ import annotations

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import STATE
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import integer
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.options import text

RELEASES = {
    "argument_spec": {
        **STATE,
        "endpoint_name": text(required=True),
        "name_prefix": text(),
        "endpoint_config_name": text(),
        "keep": integer(default=1),
    }
}
