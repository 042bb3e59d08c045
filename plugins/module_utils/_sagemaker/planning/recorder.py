# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of a plan, each predicted by the module that applies it."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Dict
from typing import List
from typing import Mapping
from typing import Optional

from ..api.client import AwsClients
from ..core import plans
from ..core.plans import Result
from ..deploy import steps as deploy_steps
from ..deploy.steps import Step


class Recorder:
    """Collects steps. applies: whether tasks apply them afterwards, which then give the warnings."""

    def __init__(self, aws: AwsClients, applies: bool) -> None:
        self.aws = aws
        self.applies = applies
        self.steps: List[Step] = []
        self.diffs: List[Dict[str, Any]] = []

    def take(
        self,
        part: str,
        group: str,
        predict: Callable[[], Result],
        name: str = "",
        index: Optional[int] = None,
        refine: Callable[[Dict[str, Any]], Dict[str, Any]] = dict,
    ) -> Result:
        """Predict a step and add it with its plan. name: by default the name in the result; refine: extends the
        plan."""
        count = len(self.aws.warnings)
        result = predict()
        if self.applies and result.plan.action != plans.NONE:
            del self.aws.warnings[count:]
        if result.plan.action != plans.NONE:
            self.diffs.append(result.diff)
        self.add(part, group, refine(result.plan.as_dict()), name or result.name, index)
        return result

    def add(self, part: str, group: str, plan: Mapping[str, Any], name: str = "", index: Optional[int] = None) -> None:
        """Add a step that needs no prediction."""
        self.steps.append(deploy_steps.step(part, group, plan, name, index))
