# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags. Users see a dictionary, and each service has its own calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import List
from typing import Optional

from ..core import errors
from ..core.errors import ServiceError
from ..rules import tags as tag_rules
from ..rules.tags import TagChange
from .client import ServiceClient


@dataclass(frozen=True)
class TagApi:
    """The tag calls of a service. listed: whether the API has tags as [{Key, Value}] or as a map."""

    listing: str
    put: str
    drop: str
    arn: str
    keys: str
    listed: bool

    def to_api(self, tags: tag_rules.Tags) -> Any:
        return [{"Key": key, "Value": value} for key, value in tags.items()] if self.listed else dict(tags)

    def from_api(self, tags: Any) -> tag_rules.Tags:
        return {tag["Key"]: tag["Value"] for tag in tags} if self.listed else dict(tags)

    def calls(self, tags: TagChange) -> List[str]:
        """Return the names of the calls for a change of tags, in order."""
        named = ([self.put] if tags.put else []) + ([self.drop] if tags.drop else [])
        return named[::-1] if tags.drops_first else named

    def read(self, service: ServiceClient, arn: str) -> tag_rules.Tags:
        """Return the tags of the resource with this ARN, {} if it was deleted in the meantime."""
        try:
            if self.listed:
                return self.from_api(list(service.pages(self.listing, {self.arn: arn}, "Tags")))
            return self.from_api(service.call(self.listing, {self.arn: arn}).get("Tags", {}))
        except ServiceError as error:
            if errors.is_not_found(error):
                return {}
            raise

    def apply(self, service: ServiceClient, arn: str, tags: tag_rules.TagChange) -> None:
        """Apply a change of tags. Both calls are idempotent."""
        requests = {self.put: {"Tags": self.to_api(tags.put)}, self.drop: {self.keys: tags.drop}}
        for operation in self.calls(tags):
            service.call(operation, {self.arn: arn, **requests[operation]})

    def claim(self, service: ServiceClient, arn: str, desired: Optional[tag_rules.Tags], purge: bool) -> tag_rules.Tags:
        """Set the desired tags on a resource that a concurrent run may have created with other tags. Return its
        tags."""
        needed = tag_rules.change(desired, self.read(service, arn), purge)
        self.apply(service, arn, needed)
        return needed.after


SAGEMAKER = TagApi("ListTags", "AddTags", "DeleteTags", "ResourceArn", "TagKeys", listed=True)
AUTOSCALING = TagApi("ListTagsForResource", "TagResource", "UntagResource", "ResourceARN", "TagKeys", listed=False)
