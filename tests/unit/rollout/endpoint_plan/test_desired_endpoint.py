# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is desired of an endpoint: all that is wrong with the options at once."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError


def config(*names, config_name="c2"):
    variants = [{"variant_name": name, "instance_type": "ml.m5.large"} for name in names]
    return {
        "endpoint_config_name": config_name,
        "production_variants": variants,
        "creation_time": "2030-01-31T18:00:00Z",
    }


def test_a_configuration_may_be_what_a_module_returned(desire):
    content = desire(endpoint_config=config("a")).config
    assert content["ProductionVariants"] == [{"VariantName": "a", "InstanceType": "ml.m5.large"}]


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        (
            {"deployment_config": {"blue_green_update_policy": 5}, "tags": {"aws:x": "y"}},
            ["deployment_config.blue_green_update_policy: ", "tags"],
        ),
        (
            {"endpoint_config": {**config("a"), "creation_time": "now"}},
            ["endpoint_config.creation_time: 'now' is not a valid point in time"],
        ),
        (
            {"endpoint_config": config("a", config_name="c3")},
            ["endpoint_config: it describes c3, but endpoint_config_name is c2."],
        ),
        (
            {"endpoint_config": config("a", "b"), "scaled_variants": ["x"], "unscaled_variants": ["b", "y"]},
            [
                "scaled_variants: c2 has no variant x; it has a, b.",
                "unscaled_variants: c2 has no variant y; it has a, b.",
            ],
        ),
    ],
)
def test_what_is_wrong_is_told_at_once(desire, options, messages):
    with pytest.raises(InputError) as refused:
        desire(**options)
    problems = list(map(str, refused.value.problems))
    assert len(problems) == len(messages), problems
    assert all(problem.startswith(message) for problem, message in zip(problems, messages))
