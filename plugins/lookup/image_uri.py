# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup image_uri: the URIs of the prebuilt images that AWS publishes for SageMaker."""

from __future__ import annotations

DOCUMENTATION = r"""
name: image_uri
version_added: 1.0.0
short_description: Returns the URI of an image that AWS publishes for inference on SageMaker
description:
  - Returns the URI of a prebuilt image, in the registry of AWS in the region. The account and the domain of the registry depend on the
    region and the partition (C(aws), C(aws-cn), C(aws-us-gov) and others).
  - Names, versions and accounts come from the image data of AWS's own SDK, the Python package C(sagemaker-core), and the URI is the one
    that its function C(image_uris.retrieve) returns for inference. The collection has a table of that data. If a newer C(sagemaker-core) is
    installed for the Python that runs Ansible, the lookup reads its data instead. The lookup does not import the package, so you can
    install it without its dependencies.
  - The lookup makes no call to AWS. Only the deployment shows whether the image exists and whether you may read it.
  - If the SDK of AWS returns an image that does not run on the instance type, the lookup fails or returns the right one. This applies to
    newer types with AWS Graviton, which the SDK treats as x86, and to AWS Inferentia2, for which it returns the images of AWS Inferentia.
options:
  _terms:
    description:
      - The names of the images in the SDK of AWS, for example V(xgboost), V(sklearn), V(pytorch), V(tensorflow), V(huggingface),
        V(huggingface-llm) (Text Generation Inference), V(huggingface-tei), V(djl-lmi), V(vllm), V(vllm-server), V(sglang),
        V(sagemaker-tritonserver), V(autogluon), V(linear-learner).
      - For a name that does not exist, the error lists similar ones.
    type: list
    elements: str
    required: true
  version:
    description:
      - The version of the framework, the algorithm or the container, for example V(3.2-0) of V(xgboost).
      - Required if the image has several versions. The newest is not the default, because a new release would then change the endpoint.
      - Many images also have versions without the last number, such as V(2.6). AWS moves such a tag to newer images with the same numbers.
      - Some have V(latest), which need not be the newest, for example for V(xgboost).
      - For a version that does not exist, the error lists the nearest ones.
    type: str
  region:
    description:
      - The region of the endpoint.
    type: str
    env:
      - name: AWS_DEFAULT_REGION
      - name: AWS_REGION
    vars:
      - name: aws_region
  instance_type:
    description:
      - The instance type of the endpoint, for example V(ml.g5.xlarge). O(instance_type) or O(accelerator) is required if several images
        exist, such as one for CPUs and one for GPUs.
      - For types with AWS Graviton the lookup returns the image for that processor.
    type: str
  accelerator:
    description:
      - The processor that the image is for, instead of O(instance_type). V(cpu), V(gpu), V(graviton), or for AWS Inferentia and AWS
        Trainium V(inf), V(inf2), V(neuron) or V(neuronx), depending on the image.
      - For a serverless endpoint use V(cpu).
    type: str
  py_version:
    description:
      - The version of Python in the image, for example V(py312). Required if several exist.
      - Has no effect on images without one in their tag.
    type: str
  base_framework_version:
    description:
      - The framework below Hugging Face's library, for example V(pytorch2.6.0). Required if several exist.
      - Has no effect on other images.
    type: str
  sdk_version:
    description:
      - The AWS Neuron SDK in the image, for example V(sdk2.26.0). By default the one that AWS's SDK uses.
      - Has no effect on other images.
    type: str
notes:
  - In a variable of the role P(mlops.sagemaker.sagemaker_endpoint#role) a problem does not end the play at once. The role tells it with the
    name of the variable, together with those of other variables.
  - To use another registry, such as your own copy of an image, or an image that is newer than the data, write its URI.
seealso:
  - name: Images of AWS for SageMaker
    description: The images that AWS publishes, and until when it patches them.
    link: https://github.com/aws/deep-learning-containers
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Show the image of XGBoost 3.2 in Ireland
  ansible.builtin.debug:
    msg: "{{ lookup('mlops.sagemaker.image_uri', 'xgboost', version='3.2-0', region='eu-west-1') }}"
    # 141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:3.2-0

- name: Show the image of PyTorch for a GPU, in China
  ansible.builtin.debug:
    msg: "{{ lookup('mlops.sagemaker.image_uri', 'pytorch', version='2.6.0', instance_type='ml.g5.xlarge', region='cn-north-1') }}"
    # 727897471807.dkr.ecr.cn-north-1.amazonaws.com.cn/pytorch-inference:2.6.0-gpu-py312

- name: Show the image of Hugging Face's library for a CPU, in AWS GovCloud
  ansible.builtin.debug:
    msg: "{{ lookup('mlops.sagemaker.image_uri', 'huggingface', version='4.49.0', accelerator='cpu', region='us-gov-west-1') }}"
    # 442386744353.dkr.ecr.us-gov-west-1.amazonaws.com/huggingface-pytorch-inference:2.6.0-transformers4.49.0-cpu-py312-ubuntu22.04

- name: Deploy the image of the region that AWS_REGION names
  ansible.builtin.include_role:
    name: mlops.sagemaker.sagemaker_endpoint
  vars:
    sagemaker_endpoint_name: churn
    sagemaker_endpoint_containers:
      - image_uri: "{{ lookup('mlops.sagemaker.image_uri', 'xgboost', version='3.2-0') }}"
        model_data_url: s3://example-model-bucket/churn/model.tar.gz
"""

RETURN = r"""
_raw:
  description: The URI of each image, in the order of the names.
  type: list
  elements: str
"""

import difflib
import os
from typing import Any
from typing import List

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible.utils.display import Display

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.problems import UNRESOLVED
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.catalog import catalog
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.uri import Request
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.images.uri import image_uri

# The role whose tasks read the variables of a deploy.
ROLE = "mlops.sagemaker.sagemaker_endpoint"

OPTIONS = ("version", "region", "instance_type", "accelerator", "py_version", "base_framework_version", "sdk_version")


class LookupModule(LookupBase):
    """See DOCUMENTATION."""

    def run(self, terms: List[str], variables: Any = None, **kwargs: Any) -> List[str]:
        unknown = [_unknown(name) for name in kwargs if name not in OPTIONS]
        if unknown:
            return [self._unresolved(unknown, variables) for _term in terms]
        self.set_options(var_options=variables, direct=kwargs)
        options = {name: self.get_option(name) for name in OPTIONS}
        # Before ansible-core 2.19 the variable is not templated yet. As in the playbooks, an empty value counts as not
        # set.
        options["region"] = self._templar.template(options["region"]) or _region_of_environment()
        images = catalog()
        if images.note:
            Display().warning(f"image_uri: {images.note}")
        found, problems = [], []
        for term in terms:
            try:
                found.append(image_uri(Request(str(term), **options), images))
            except InputError as error:
                problems += map(str, error.problems)
        return [self._unresolved(problems, variables)] if problems else found

    @staticmethod
    def _unresolved(problems: List[str], variables: Any) -> str:
        """Return the problems in place of a value to the role, which names the variable. Raise AnsibleError otherwise."""
        lines = "\n".join(f"image_uri: {problem}" for problem in dict.fromkeys(problems))
        if (variables or {}).get("ansible_role_name") == ROLE:
            return f"{UNRESOLVED}{lines}"
        raise AnsibleError(lines)


def _unknown(name: str) -> str:
    """Return the problem of an option that does not exist, because Ansible ignores it."""
    nearest = ", ".join(difflib.get_close_matches(name, OPTIONS, cutoff=0))
    return f"{name}: is not an option. The nearest: {nearest}."


def _region_of_environment() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
