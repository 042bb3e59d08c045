# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bearer token is, to the letter, the one that AWS's own SDK makes."""

from __future__ import annotations

import base64
import datetime
import importlib.util
from pathlib import Path
from unittest import mock

import pytest
from botocore.credentials import Credentials

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.bearer_token import bearer_token

NOW = datetime.datetime(2026, 11, 29, 12, 0, 0)


@pytest.mark.parametrize("session_token", [None, "a/b+c=="])
@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1"])
def test_the_token_is_that_of_the_sdk(sdk: Path, session_token: str | None, region: str) -> None:
    spec = importlib.util.spec_from_file_location("token_generator", sdk / "token_generator" / "token_generator.py")
    assert spec and spec.loader
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    credentials = Credentials("AKIAEXAMPLE", "secret", session_token)
    with mock.patch("botocore.auth.get_current_datetime", return_value=NOW):
        found = bearer_token(credentials.get_frozen_credentials(), region, 900)
        assert found == generator._generate_token(credentials, region, 900)
    text = base64.b64decode(found.removeprefix("sagemaker-api-key-")).decode()
    assert text.startswith("sagemaker.amazonaws.com/?Action=CallWithBearerToken&")
    assert "X-Amz-Expires=900" in text and f"%2F{region}%2Fsagemaker%2F" in text
