# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Train the small XGBoost models of the examples on made-up data. Needs xgboost 3.2, the version of the image that serves them.

python3 tools/train_example_models.py
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy
import xgboost

MODELS = Path(__file__).resolve().parents[1] / "examples" / "prerequisites" / "models"
SEED = 7
Data = numpy.ndarray
# The range of each feature, and what the target is for a table of them.
Source = tuple[list[tuple[float, float]], Callable[[Data], Data]]

SMALL = [(0.0, 5.0)] * 3
CLASSIFIERS: dict[str, Source] = {
    "churn": (SMALL, lambda x: x[:, 0] + x[:, 2] > x[:, 1] + 1),
    "rank-7": (SMALL, lambda x: x[:, 0] > x[:, 1]),
    "rank-8": (SMALL, lambda x: x[:, 0] + x[:, 2] > 2 * x[:, 1]),
    # Age, income, debt: whether a credit is refused.
    "credit": ([(18, 80), (15000, 90000), (0, 20000)], lambda x: 5 * x[:, 2] + 200 * (x[:, 0] < 25) > x[:, 1]),
}
REGRESSIONS: dict[str, Source] = {
    "demand": (SMALL, lambda x: 10 + 3 * x[:, 0] - 2 * x[:, 1] + x[:, 2]),
    # What abalone-preprocess makes of a record: female, infant, male, and seven measures.
    "abalone-predict": ([(0.0, 1.0)] * 10, lambda x: 6 + 8 * x[:, 9] + 4 * x[:, 3] - x[:, 1]),
}


def train(objective: str, source: Source) -> xgboost.Booster:
    ranges, target = source
    lowest, highest = zip(*ranges)
    table = numpy.random.default_rng(SEED).uniform(lowest, highest, (2000, len(ranges)))
    settings = {"objective": objective, "max_depth": 2, "eta": 0.5, "base_score": 0.5, "seed": SEED, "nthread": 1}
    return xgboost.train(settings, xgboost.DMatrix(table, target(table).astype(float)), num_boost_round=4)


def main() -> None:
    for objective, sources in (("binary:logistic", CLASSIFIERS), ("reg:squarederror", REGRESSIONS)):
        for name, source in sources.items():
            file = MODELS / name / "model.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            train(objective, source).save_model(file)
            # Ends with a newline, like every text.
            file.write_text(file.read_text() + "\n")


if __name__ == "__main__":
    main()
