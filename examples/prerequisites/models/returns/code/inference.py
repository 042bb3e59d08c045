# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A linear model whose coefficients are in a file of the archive.

The container of scikit-learn calls these functions by their names.
"""

from __future__ import annotations

import csv
import json
import os


def model_fn(model_dir: str) -> dict[str, list[float]]:
    with open(os.path.join(model_dir, "coefficients.json"), encoding="utf-8") as file:
        return json.load(file)


def input_fn(body: str | bytes, content_type: str) -> list[list[float]]:
    if content_type.partition(";")[0] != "text/csv":
        raise ValueError(f"Send text/csv, not {content_type}.")
    text = body.decode() if isinstance(body, bytes) else body
    return [[float(value) for value in row] for row in csv.reader(text.splitlines()) if row]


def predict_fn(rows: list[list[float]], model: dict[str, list[float]]) -> list[float]:
    return [sum(one * two for one, two in zip([1.0, *row], model["coefficients"])) for row in rows]


def output_fn(predictions: list[float], accept: str) -> tuple[str, str]:
    return "\n".join(str(prediction) for prediction in predictions), "text/csv"
