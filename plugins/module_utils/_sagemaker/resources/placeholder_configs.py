# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Placeholders: temporary configurations for updating an endpoint whose own configuration was deleted.

SageMaker updates an endpoint only if its current configuration exists. The content of the deleted one is unknown, so
the placeholder has its name and the new content. A tag distinguishes it from a release, and a tag of the endpoint
contains its name, so that the next run deletes a placeholder that an interrupted run left.
"""

from __future__ import annotations

from typing import Any
from typing import Mapping
from typing import Optional

from ..api import tags
from ..api.client import AwsClients
from ..core import ownership
from ..core.types import Api
from ..rules import tags as tag_rules
from . import endpoint_configs
from . import immutables

TAG = ownership.PLACEHOLDER_TAG


def request(content: Mapping[str, Any], name: str, endpoint_name: str) -> Api:
    """Return the create request for a placeholder with this name."""
    return {**content, "EndpointConfigName": name, "Tags": tags.SAGEMAKER.to_api({TAG: endpoint_name})}


def exists(aws: AwsClients, name: str) -> bool:
    """Return whether a configuration of this name exists and is a placeholder."""
    config = immutables.describe(endpoint_configs.KIND, aws, name)
    return config is not None and TAG in tags.SAGEMAKER.read(aws.sagemaker, config["EndpointConfigArn"])


def left_behind(aws: AwsClients, endpoint_tags: tag_rules.Tags) -> Optional[str]:
    """Return the name of the placeholder that an interrupted run left; None if there is none, or if a real
    configuration has replaced it."""
    name = endpoint_tags.get(TAG)
    return name if name and exists(aws, name) else None


def forget(aws: AwsClients, endpoint: Api) -> None:
    """Remove the tag with a placeholder's name from the endpoint."""
    tags.SAGEMAKER.apply(aws.sagemaker, endpoint["EndpointArn"], tag_rules.TagChange(drop=[TAG]))


def delete(aws: AwsClients, name: str) -> None:
    """Delete a placeholder, but keep a real configuration with its name."""
    if exists(aws, name):
        immutables.delete(endpoint_configs.KIND, aws, name)
