# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Filters, sort order and limit of info modules: C(mlops.sagemaker.listing).

    Resources that can be changed add C(mlops.sagemaker.listing.changed), resources with container environments add
    C(mlops.sagemaker.listing.secrets). A module overrides the options that differ for its resource.
    """

    DOCUMENTATION = r"""
options:
  max_results:
    description:
      - Maximum number of results, at least 1. By default all matches are returned.
    type: int
  name_contains:
    description:
      - Return only results whose name contains this text, at most 63 letters, digits and hyphens.
    type: str
  creation_time_after:
    description:
      - Return only results that were created at or after this time, in ISO 8601 such as V(2026-01-31T18:00:00Z). A time without a zone is
        UTC.
    type: str
  creation_time_before:
    description:
      - Return only results that were created before this time, in ISO 8601 such as V(2026-01-31T18:00:00Z). A time without a zone is UTC.
    type: str
  sort_by:
    description:
      - The sort key. SageMaker defaults to V(CreationTime).
    type: str
    choices: [Name, CreationTime]
  sort_order:
    description:
      - The sort order. SageMaker defaults to V(Descending).
    type: str
    choices: [Ascending, Descending]
"""

    CHANGED = r"""
options:
  last_modified_time_after:
    description:
      - Return only results that were last changed after this time, in ISO 8601 such as V(2026-01-31T18:00:00Z). A time without a zone is
        UTC.
    type: str
  last_modified_time_before:
    description:
      - Return only results that were last changed before this time, in ISO 8601 such as V(2026-01-31T18:00:00Z). A time without a zone is
        UTC.
    type: str
"""

    SECRETS = r"""
options:
  secret_environment:
    description:
      - Keys of container environments whose values are secret, regardless of their format.
      - The module always masks values whose keys look secret and values that hold a URL with a user and a password. It cannot recognise a
        value from ansible-vault here, because SageMaker does not store where a value came from.
    type: list
    elements: str
"""
