# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong with options that several modules have, beyond what an argument spec can say. Pure."""

from __future__ import annotations

from typing import List

from ..core.problems import Problem
from ..core.problems import out_of_range
from ..core.types import Options

# {option: what to do instead of giving less than 1}
AT_LEAST_ONE = {
    "wait_timeout": "To return without waiting, set wait: false.",
    "max_results": "To return everything, leave it out.",
}


def problems(params: Options) -> List[Problem]:
    """Return what is wrong with the limits among a module's options."""
    given = {option: params[option] for option in AT_LEAST_ONE if params.get(option) is not None}
    wrong = {option: out_of_range(value, 1, None) for option, value in given.items()}
    return [Problem(option, f"{text} {AT_LEAST_ONE[option]}") for option, text in wrong.items() if text]
