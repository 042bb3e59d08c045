# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of regions: which are possible, and which may be misspelt."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import sdk_regions
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import regions
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError

KNOWN = {"us-east-1", "us-gov-west-1", "eu-central-1"}


def test_every_region_of_the_sdk_is_possible_and_beyond_doubt() -> None:
    assert len(sdk_regions.known()) > 30
    for region in sdk_regions.known():
        sdk_regions.refuse_impossible(region)
        assert regions.doubt(region, sdk_regions.known()) == ""


@pytest.mark.parametrize(
    ("region", "meant"),
    [
        ("us-east-1a", "us-east-1"),
        ("US-EAST-1", "us-east-1"),
        ("us_east_1", "us-east-1"),
        ("useast1", "us-east-1"),
        ("eu-central", "eu-central-1"),
        ("Frankfurt", None),
        ("eu-west-123", "eu-west-1"),
    ],
)
def test_what_cannot_be_a_region_is_refused_before_a_call(region: str, meant: str | None) -> None:
    with pytest.raises(InputError) as error:
        sdk_regions.refuse_impossible(region)
    what = f"Did you mean {meant}?" if meant else "Give a name such as us-east-1."
    assert error.value.message == f"region: {region!r} cannot be the name of a region. {what}"


def test_a_region_that_the_sdk_does_not_know_may_be_new() -> None:
    sdk_regions.refuse_impossible("zz-south-9")
    assert regions.doubt("zz-south-9", KNOWN) == "The installed botocore does not know the region zz-south-9."
    assert regions.doubt("us-esat-1", KNOWN).endswith(" Did you mean us-east-1?")
