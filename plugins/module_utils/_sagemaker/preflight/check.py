# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A check: it reads from AWS, and then judges the answers without further calls."""

from __future__ import annotations

from typing import Any
from typing import Callable
from typing import Iterator
from typing import NamedTuple

from .findings import Finding
from .lookup import Lookup
from .subject import Deploy


class Check(NamedTuple):
    """look: returns plain values, with findings.Unseen for answers that are not available; judge: pure."""

    look: Callable[[Lookup, Deploy], Any]
    judge: Callable[[Deploy, Any], Iterator[Finding]]
