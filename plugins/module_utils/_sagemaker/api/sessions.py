# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One boto3 session for the clients that amazon.aws creates."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from typing import Dict
from typing import Iterator

try:
    import boto3.session
    from botocore.config import Config
except ImportError:  # reported by amazon.aws
    boto3 = Config = None


@contextmanager
def one_session() -> Iterator[None]:
    """Let the clients that are created in this block share one boto3 session per profile.

    amazon.aws makes a session for each client and for each look at the region. Every session reads the configuration files and obtains
    credentials for itself: with a profile that assumes a role, each client would cost a call to STS.
    """
    session = boto3.session.Session
    boto3.session.Session = lru_cache(maxsize=None)(session)
    try:
        yield
    finally:
        boto3.session.Session = session


def settings(read_timeout: float) -> Dict[str, Any]:
    """Return the settings of a client for api.client, which does all retries because it knows which calls may be repeated."""
    timeouts = {"read_timeout": read_timeout, "connect_timeout": min(60.0, read_timeout)}
    return {"config": Config(retries={"total_max_attempts": 1}, **timeouts)}


def without_modeled_errors(client: Any) -> Any:
    """Return the client, which no longer looks for the classes and members of errors.

    At the first error, such as "not found", botocore looks for them through all shapes of the service. SageMaker has more than three
    thousand, and its errors have nothing but a message. All are raised as ClientError.
    """
    model = client.meta.service_model
    if model.service_name == "sagemaker":
        # Takes the place of a property that is worked out at its first use.
        vars(model)["error_shapes"] = []
    return client
