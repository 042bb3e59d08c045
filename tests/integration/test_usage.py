# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What live endpoints need is not deleted."""

from __future__ import annotations

import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import SageMakerError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import endpoint_configs
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.resources import models
from integration.logic import IMAGE
from integration.logic import ROLE
from integration.logic import Logic
from local_aws.process import LocalAws


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    return Logic(aws)


def refused(logic: Logic, ensure: object, name: str, message: str) -> None:
    logic.aws.clear_calls()
    for check_mode in (True, False):
        with pytest.raises(SageMakerError, match=message):
            logic.run(ensure, {"state": "absent", "name": name}, check_mode=check_mode)
    assert logic.aws.mutating() == []


def test_what_an_endpoint_uses_or_is_being_updated_to_stays(logic: Logic) -> None:
    for name in ("c1", "c2", "c3"):
        logic.make_config(name)
    logic.make_endpoint("e", "c1")
    logic.aws.configure(updating=100)
    logic.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c2")
    for name in ("c1", "c2"):
        refused(logic, endpoint_configs.ensure, name, "serves the endpoint e")
        refused(logic, models.ensure, f"{name}-model", "serves the endpoint e")
    for ensure, name in ((endpoint_configs.ensure, "c3"), (models.ensure, "c3-model")):
        assert logic.run(ensure, {"state": "absent", "name": name}).plan.action == "delete"
        assert logic.run(ensure, {"state": "absent", "name": name}).plan.action == "none"


def test_a_model_that_an_inference_component_runs_stays(logic: Logic) -> None:
    logic.aws.make_role("exec")
    logic.sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE})
    variant = {"VariantName": "main", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1}
    logic.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant], ExecutionRoleArn=ROLE)
    logic.make_endpoint("e", "c")
    logic.sagemaker.create_inference_component(
        InferenceComponentName="i",
        EndpointName="e",
        VariantName="main",
        Specification={
            "ModelName": "m",
            "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 128, "NumberOfCpuCoresRequired": 1},
        },
        RuntimeConfig={"CopyCount": 1},
    )
    refused(logic, models.ensure, "m", "serves the endpoint e")
