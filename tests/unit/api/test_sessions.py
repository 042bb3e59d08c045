# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.model import ServiceModel

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import sessions


def client_of(service: str, **answer: Any) -> Any:
    """A client whose every request gets this answer."""
    made = botocore.session.get_session().create_client(
        service, region_name="eu-west-1", aws_access_key_id="none", aws_secret_access_key="none"
    )
    made.meta.events.register("before-send", lambda **_request: AWSResponse("", **answer))
    return sessions.without_modeled_errors(made)


class Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_size: Any, **_options: Any) -> Any:
        yield self._body


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The shapes that botocore has looked at."""
    shapes: set[str] = set()
    shape_for = ServiceModel.shape_for

    def look(model: ServiceModel, name: str, *others: Any) -> Any:
        shapes.add(name)
        return shape_for(model, name, *others)

    monkeypatch.setattr(ServiceModel, "shape_for", look)
    return shapes


def test_an_error_of_sagemaker_is_read_without_a_search(searched: set[str]) -> None:
    headers = {"x-amzn-requestid": "1"}
    body = Raw(b'{"__type": "ResourceNotFound", "message": "no such model"}')
    with pytest.raises(ClientError, match="ResourceNotFound.*no such model"):
        client_of("sagemaker", status_code=400, headers=headers, raw=body).describe_model(ModelName="a")
    assert searched == set()


def test_errors_of_other_services_keep_their_members() -> None:
    headers = {"x-amzn-errortype": "ModelError"}
    body = Raw(b'{"Message": "the container failed", "OriginalStatusCode": 500}')
    with pytest.raises(ClientError) as caught:
        client_of("sagemaker-runtime", status_code=424, headers=headers, raw=body).invoke_endpoint(
            EndpointName="a", Body=b""
        )
    assert caught.value.response["OriginalStatusCode"] == 500


def test_errors_of_sagemaker_have_no_members_to_lose() -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    assert model.error_shapes
    assert {member.lower() for shape in model.error_shapes for member in shape.members} == {"message"}
