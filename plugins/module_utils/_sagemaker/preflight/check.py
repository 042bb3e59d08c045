# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a check is: a look at AWS, and a judgement on what was seen, which makes no call."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Iterator
from typing import NamedTuple

from .findings import Finding
from .lookup import Lookup
from .subject import Deploy


class Check(NamedTuple):
    """look: returns plain values, with findings.Unseen in the place of what could not be seen; judge: pure."""

    look: Callable[[Lookup, Deploy], Any]
    judge: Callable[[Deploy, Any], Iterator[Finding]]
