# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Placeholders: configurations that exist only so that an endpoint can be updated whose own configuration was deleted.

SageMaker updates an endpoint only from a configuration that exists. Nobody knows any more what the deleted one held, so the
placeholder has its name and the new content. It carries a tag, so that it is never taken for a release, and the endpoint carries
its name in a tag, so that the next run deletes what an interrupted one left behind.
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
    """Return the request that makes a placeholder of this name."""
    return {**content, "EndpointConfigName": name, "Tags": tags.SAGEMAKER.to_api({TAG: endpoint_name})}


def exists(aws: AwsClients, name: str) -> bool:
    """Return whether a configuration of this name exists and is a placeholder."""
    config = immutables.describe(endpoint_configs.KIND, aws, name)
    return config is not None and TAG in tags.SAGEMAKER.read(aws.sagemaker, config["EndpointConfigArn"])


def left_behind(aws: AwsClients, endpoint_tags: tag_rules.Tags) -> Optional[str]:
    """Return the name of the placeholder that an interrupted run left; None where there is none, or a real one by now."""
    name = endpoint_tags.get(TAG)
    return name if name and exists(aws, name) else None


def forget(aws: AwsClients, endpoint: Api) -> None:
    """Take the tag with a placeholder's name from the endpoint."""
    tags.SAGEMAKER.apply(aws.sagemaker, endpoint["EndpointArn"], tag_rules.TagChange(drop=[TAG]))


def delete(aws: AwsClients, name: str) -> None:
    """Delete a placeholder. What has its name and is none stays."""
    if exists(aws, name):
        immutables.delete(endpoint_configs.KIND, aws, name)
