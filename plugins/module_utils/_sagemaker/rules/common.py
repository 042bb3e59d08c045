# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of options that several modules share, beyond the argument spec. Pure."""

from __future__ import annotations

from typing import List

from ..core.problems import Problem
from ..core.problems import out_of_range
from ..core.types import Options

# {option with a minimum of 1: remedy}
AT_LEAST_ONE = {
    "wait_timeout": "To return without waiting, set wait: false.",
    "max_results": "To return everything, leave it out.",
}


def problems(params: Options) -> List[Problem]:
    """Return the problems of these options."""
    given = {option: params[option] for option in AT_LEAST_ONE if params.get(option) is not None}
    wrong = {option: out_of_range(value, 1, None) for option, value in given.items()}
    return [Problem(option, f"{text} {AT_LEAST_ONE[option]}") for option, text in wrong.items() if text]
