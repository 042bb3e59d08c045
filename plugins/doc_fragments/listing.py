# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What info modules select, sort and limit their results by: C(mlops.sagemaker.listing).

    For what can be changed also C(mlops.sagemaker.listing.changed), and for what has container environments
    C(mlops.sagemaker.listing.secrets). A module documents by itself what differs for its kind of thing.
    """

    DOCUMENTATION = r"""
options:
  max_results:
    description:
      - Maximum number of results, at least 1. By default all that match are returned.
    type: int
  name_contains:
    description:
      - Only those whose name contains this text, at most 63 letters, digits and hyphens.
    type: str
  creation_time_after:
    description:
      - Only those made at or after this time, in ISO 8601 such as V(2026-01-31T18:00:00Z). Without a zone it is taken as UTC.
    type: str
  creation_time_before:
    description:
      - Only those made before this time, in ISO 8601 such as V(2026-01-31T18:00:00Z). Without a zone it is taken as UTC.
    type: str
  sort_by:
    description:
      - What to sort the list by. SageMaker assumes V(CreationTime).
    type: str
    choices: [Name, CreationTime]
  sort_order:
    description:
      - In which direction to sort. SageMaker assumes V(Descending).
    type: str
    choices: [Ascending, Descending]
"""

    CHANGED = r"""
options:
  last_modified_time_after:
    description:
      - Only those changed after this time, in ISO 8601 such as V(2026-01-31T18:00:00Z). Without a zone it is taken as UTC.
    type: str
  last_modified_time_before:
    description:
      - Only those last changed before this time, in ISO 8601 such as V(2026-01-31T18:00:00Z). Without a zone it is taken as UTC.
    type: str
"""

    SECRETS = r"""
options:
  secret_environment:
    description:
      - Keys of container environments whose values are secret, whatever they look like.
      - Without it the values are masked whose keys look secret, or that hold a URL with a user and a password. SageMaker does not say
        where a value came from, such as ansible-vault.
    type: list
    elements: str
"""
