# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bearer tokens: presigned requests for CallWithBearerToken, whose signature is worked out here again. behaviour 7.10"""

from __future__ import annotations

import base64
import binascii
import calendar
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl
from urllib.parse import quote

from local_aws.wire import AwsError
from local_aws.world import ACCOUNT

PREFIX = "sagemaker-api-key-"
HOST = "sagemaker.amazonaws.com"
LONGEST = 43200
# The keys of the tests and of the demo.
SECRETS = {"testing": "testing"}
CREDENTIAL = re.compile(r"([^/]+)/(\d{8})/([a-z0-9-]+)/sagemaker/aws4_request")


def denied(message: str) -> AwsError:
    return AwsError("AccessDeniedException", message, 403)


@dataclass(frozen=True)
class Token:
    """What a token says. query: the pairs of its query string, in order, without what SigV4 does not sign."""

    query: list[tuple[str, str]]
    signature: str
    access_key: str
    day: str
    region: str

    def one(self, name: str) -> str:
        return dict(self.query).get(name, "")


def read(authorization: str) -> Token:
    """The token in the header Authorization. Raises AwsError for what is none."""
    scheme, _space, value = authorization.partition(" ")
    if scheme != "Bearer" or not value.startswith(PREFIX):
        # A signed request is refused on this route.
        raise denied("The route needs a bearer token that begins with sagemaker-api-key-.")
    try:
        host, _mark, query = base64.b64decode(value[len(PREFIX) :], validate=True).decode().partition("/?")
    except (binascii.Error, UnicodeDecodeError):
        raise denied("The bearer token is not base64.") from None
    pairs = parse_qsl(query, keep_blank_values=True)
    told = dict(pairs)
    credential = CREDENTIAL.fullmatch(told.get("X-Amz-Credential", ""))
    wanted = {"Action": "CallWithBearerToken", "Version": "1", "X-Amz-Algorithm": "AWS4-HMAC-SHA256"}
    if host != HOST or credential is None or any(told.get(name) != text for name, text in wanted.items()):
        raise denied("The bearer token holds no presigned request for CallWithBearerToken of SageMaker.")
    if told.get("X-Amz-SignedHeaders") != "host":
        raise denied("The bearer token must sign the host and nothing else.")
    signed = [pair for pair in pairs if pair[0] not in ("X-Amz-Signature", "Version")]
    return Token(signed, told.get("X-Amz-Signature", ""), credential[1], credential[2], credential[3])


def check(token: Token, now: float) -> None:
    """Refuses a token that has expired, or was signed with another key than the one it names."""
    secret = _secret(token.access_key)
    if secret is None:
        raise denied("The security token included in the request is invalid.")
    try:
        moment = calendar.timegm(time.strptime(token.one("X-Amz-Date"), "%Y%m%dT%H%M%SZ"))
        expires = int(token.one("X-Amz-Expires"))
    except ValueError:
        raise denied("The bearer token tells no time.") from None
    if not hmac.compare_digest(token.signature, _signature(token, secret)):
        raise denied("The request signature we calculated does not match the signature you provided.")
    if not 1 <= expires <= LONGEST:
        raise denied("The bearer token is to be valid for longer than 12 hours.")
    if now > moment + expires or moment > now + 300:
        raise denied("The security token included in the request is expired.")


def _secret(access_key: str) -> str | None:
    """The secret of an access key: of the tests', of IAM users' and of assumed roles'."""
    if access_key in SECRETS:
        return SECRETS[access_key]
    from moto.iam.models import iam_backends
    from moto.sts.models import sts_backends

    for user in iam_backends[ACCOUNT]["aws"].users.values():
        for key in user.access_keys:
            if key.access_key_id == access_key:
                return str(key.secret_access_key)
    for role in sts_backends[ACCOUNT]["aws"].assumed_roles:
        if role.access_key_id == access_key:
            return str(role.secret_access_key)
    return None


def _signature(token: Token, secret: str) -> str:
    """SigV4 of the presigned request, of which the body is empty."""
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(token.query))
    request = ["POST", "/", query, f"host:{HOST}", "", "host", hashlib.sha256(b"").hexdigest()]
    scope = f"{token.day}/{token.region}/sagemaker/aws4_request"
    digest = hashlib.sha256("\n".join(request).encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", token.one("X-Amz-Date"), scope, digest])
    key = f"AWS4{secret}".encode()
    for part in (token.day, token.region, "sagemaker", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
