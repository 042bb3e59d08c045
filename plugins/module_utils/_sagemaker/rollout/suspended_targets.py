# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scalable targets that a run suspends during an update, and those that are currently deregistered."""

from __future__ import annotations

from typing import List
from typing import Optional

from ..api import tags
from ..api.client import AwsClients
from ..core import errors
from ..core import ownership
from ..core.errors import SageMakerError
from ..core.errors import ServiceError
from ..core.types import Api
from ..resources import endpoints
from ..resources import scalable_targets
from ..rules import scaling as scaling_rules
from ..rules import tags as tag_rules
from . import scaling_handover
from .scaling_handover import Saved


class SuspendedTargets:
    """missing: targets that this run has, or may have, deregistered and not registered again yet."""

    def __init__(self, aws: AwsClients, endpoint_name: str) -> None:
        self.aws = aws
        self.endpoint_name = endpoint_name
        self.missing: List[Saved] = []

    def deregister(self, saved: Saved) -> None:
        self.missing.append(saved)
        try:
            scalable_targets.deregister(self.aws.autoscaling, scaling_handover.key(saved, self.endpoint_name))
        except ServiceError as error:
            if not errors.is_ambiguous(error.cause):
                self._is_back(saved)
            raise

    def restore(self, targets: List[Saved], endpoint: Api, hint: str) -> None:
        """Register these again on the current variants, and delete the saved state. hint: appended to an error, with a
        placeholder for the variant's name."""
        failed = [text for text in (self._restore_one(saved, endpoint, hint) for saved in targets) if text]
        if failed:
            raise SageMakerError(" ".join(failed) + self.missing_note())
        pieces = [tag for tag in endpoints.read_tags(self.aws, endpoint) if tag.startswith(ownership.MEMORY_TAG)]
        tags.SAGEMAKER.apply(self.aws.sagemaker, endpoint["EndpointArn"], tag_rules.TagChange(drop=pieces))

    def _restore_one(self, saved: Saved, endpoint: Api, hint: str) -> Optional[str]:
        """Register one target again. Return the error, None on success."""
        name, variant = self.endpoint_name, scaling_handover.restored_variant(saved, endpoint)
        if variant is None:
            return None
        deregistered = any(one is saved for one in self.missing)
        try:
            if not scaling_handover.restore(self.aws.autoscaling, saved, name, variant, deregistered):
                self.aws.warn([scaling_handover.kept_warning(saved, name, variant)])
        except SageMakerError as error:
            is_registered = getattr(error, "operation", None) in dict(saved.puts)
            self._is_back(saved)
            self.missing += [] if is_registered else [saved]
            return f"{scaling_rules.variant_id(name, variant)}: {error.message}{hint.format(variant=variant)}"
        self._is_back(saved)
        return None

    def _is_back(self, saved: Saved) -> None:
        self.missing = [one for one in self.missing if one is not saved]

    def missing_note(self) -> str:
        """Return the deregistered targets, as the end of a message."""
        names = ", ".join(scaling_handover.key(saved, self.endpoint_name)["ResourceId"] for saved in self.missing)
        return f" Not registered now: {names}. The next run restores it, from tags of the endpoint." if names else ""
