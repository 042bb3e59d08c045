# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bearer token of SageMaker's OpenAI-compatible route: a request signed beforehand, which the service checks in place of a signature.

It is made as AWS's own SDK makes it (sagemaker-core, token_generator), without a call. Whoever has it may do what the credentials may.
"""

from __future__ import annotations

import base64
from typing import Any

try:
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
except ImportError:  # reported by AnsibleAWSModule, and by the lookup
    SigV4QueryAuth = None

# The same for every region and partition.
HOST = "sagemaker.amazonaws.com"
SERVICE = "sagemaker"
PREFIX = "sagemaker-api-key-"
# Seconds: AWS takes no token that is to be valid for longer.
LONGEST = 43200


def bearer_token(credentials: Any, region: str, seconds: int = LONGEST) -> str:
    """Return a token that is valid for so many seconds, as long as its credentials are. credentials: frozen ones of botocore."""
    request = AWSRequest(
        method="POST",
        url=f"https://{HOST}/",
        headers={"host": HOST},
        params={"Action": "CallWithBearerToken"},
    )
    SigV4QueryAuth(credentials, SERVICE, region, expires=seconds).add_auth(request)
    signed = request.url.partition("://")[2] + "&Version=1"
    return PREFIX + base64.b64encode(signed.encode()).decode()
