# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turn records of abalones into numbers: the sex into three columns, the seven measures as they are.

The container of scikit-learn calls these functions by their names.
"""

from __future__ import annotations

import csv

SEXES = ("F", "I", "M")


def model_fn(model_dir: str) -> tuple[str, ...]:
    """The categories are all that this step knows."""
    return SEXES


def input_fn(body: str | bytes, content_type: str) -> list[list[str]]:
    if content_type.partition(";")[0] != "text/csv":
        raise ValueError(f"Send text/csv, not {content_type}.")
    text = body.decode() if isinstance(body, bytes) else body
    return [row for row in csv.reader(text.splitlines()) if row]


def predict_fn(rows: list[list[str]], sexes: tuple[str, ...]) -> list[list[float]]:
    return [[float(row[0] == sex) for sex in sexes] + [float(value) for value in row[1:]] for row in rows]


def output_fn(rows: list[list[float]], accept: str) -> tuple[str, str]:
    return "\n".join(",".join(str(value) for value in row) for row in rows), "text/csv"
