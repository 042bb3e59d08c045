# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup endpoint_token: the bearer token of SageMaker's OpenAI-compatible route."""

from __future__ import annotations

DOCUMENTATION = r"""
name: endpoint_token
version_added: 1.0.0
short_description: Returns a bearer token for the OpenAI-compatible route of SageMaker endpoints
description:
  - Returns a token that OpenAI's clients, and others that know no AWS credentials, send as their API key. Their base URL is
    C(openai_base_url) of the outputs of the role P(mlops.sagemaker.sagemaker_endpoint#role).
  - The token is a request that is signed beforehand with the credentials. The lookup makes no call to AWS, except that a profile which
    assumes a role asks AWS STS for its credentials. The lookup does not show the token in any message.
  - The token is valid in one region, for all endpoints that the credentials may invoke. The credentials need
    C(sagemaker:CallWithBearerToken), which AWS allows on C(*) only, and C(sagemaker:InvokeEndpoint) on the endpoint.
  - Whoever has the token can do with these endpoints what the credentials can, until it expires. Use C(no_log=true) for a task that
    uses it, and hand it on over encrypted connections only. Do not write it to a file, a fact or an artifact, and do not put it into
    the C(environment) of a task, which Ansible shows with C(-vvv) despite C(no_log).
options:
  _terms:
    description:
      - The names of endpoints, for each of which the token is returned. By default it is returned once.
    type: list
    elements: str
  expires_in:
    description:
      - The number of seconds for which the token is valid, 1 to 43200, which is 12 hours. It expires earlier if the credentials do, such as
        those of an assumed role.
    type: int
    default: 3600
  region:
    description:
      - The region of the endpoints. By default that of the profile.
    type: str
    aliases: [aws_region]
    env:
      - name: AWS_REGION
      - name: AWS_DEFAULT_REGION
    vars:
      - name: aws_region
  profile:
    description:
      - The AWS profile to use. Excludes O(access_key), O(secret_key) and O(session_token).
    type: str
    aliases: [aws_profile]
    env:
      - name: AWS_PROFILE
      - name: AWS_DEFAULT_PROFILE
    vars:
      - name: aws_profile
  access_key:
    description:
      - The id of an access key. Without it and O(profile), boto3 looks for credentials as every AWS tool does.
    type: str
    aliases: [aws_access_key_id, aws_access_key]
  secret_key:
    description:
      - The secret of the access key.
    type: str
    aliases: [aws_secret_access_key, aws_secret_key]
  session_token:
    description:
      - The session token of temporary credentials.
    type: str
    aliases: [aws_session_token]
requirements:
  - boto3 >= 1.35.0 and botocore >= 1.35.0 on the controller
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint_invoke
    description: Its option C(openai_path) uses the route and needs no token.
  - name: Invoke endpoints with OpenAI-compatible APIs
    description: AWS's guide to the route.
    link: https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints-openai-compatible.html
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
"""

EXAMPLES = r"""
- name: Ask a language model as any OpenAI client does
  ansible.builtin.uri:
    url: "{{ sagemaker_endpoint_outputs.openai_base_url }}/chat/completions"
    method: POST
    headers:
      Authorization: "Bearer {{ lookup('mlops.sagemaker.endpoint_token', expires_in=300) }}"
    body_format: json
    body:
      model: ""
      messages:
        - role: user
          content: Say hello.
  no_log: true

- name: Run a program that reads the token from its standard input
  ansible.builtin.command:
    cmd: ./evaluate {{ sagemaker_endpoint_outputs.openai_base_url }}
    stdin: "{{ lookup('mlops.sagemaker.endpoint_token', region='eu-west-1', expires_in=900) }}"
  no_log: true
  changed_when: false
"""

RETURN = r"""
_raw:
  description: The token, once for each name.
  type: list
  elements: str
  sample: [sagemaker-api-key-...]
"""

import difflib
import re
from typing import Any
from typing import Dict
from typing import List

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import bearer_token as tokens
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import sdk_regions
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError

try:
    import boto3
    from botocore.exceptions import BotoCoreError
except ImportError:
    boto3 = None

OPTIONS: Dict[str, List[str]] = {
    "expires_in": [],
    "region": ["aws_region"],
    "profile": ["aws_profile"],
    "access_key": ["aws_access_key_id", "aws_access_key"],
    "secret_key": ["aws_secret_access_key", "aws_secret_key"],
    "session_token": ["aws_session_token"],
}
KEYS = ("access_key", "secret_key", "session_token")
NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")


class LookupModule(LookupBase):
    """See DOCUMENTATION."""

    def run(self, terms: List[str], variables: Any = None, **kwargs: Any) -> List[str]:
        if boto3 is None:
            raise AnsibleError("endpoint_token: needs boto3 and botocore for the Python that runs Ansible.")
        self._refuse_unknown(kwargs)
        self.set_options(var_options=variables, direct=kwargs)
        for term in terms:
            if not NAME.fullmatch(str(term)):
                raise AnsibleError(f"endpoint_token: {term!r} is no name of an endpoint.")
        try:
            token = self._token(self._given())
        except BotoCoreError as error:
            raise AnsibleError(f"endpoint_token: {error}") from None
        return [token] * (len(terms) or 1)

    def _given(self) -> Dict[str, Any]:
        """The options that are set. Before ansible-core 2.19 a variable comes as it is written."""
        values = {name: self._templar.template(self.get_option(name)) for name in OPTIONS}
        return {name: value for name, value in values.items() if value not in (None, "")}

    @staticmethod
    def _token(given: Dict[str, Any]) -> str:
        seconds = given["expires_in"]
        if not 1 <= seconds <= tokens.LONGEST:
            raise AnsibleError(f"endpoint_token: expires_in: must be 1 to {tokens.LONGEST} seconds, got {seconds}.")
        keys = {f"aws_{_BOTO.get(name, name)}": given[name] for name in KEYS if name in given}
        if keys and "profile" in given:
            raise AnsibleError(
                "endpoint_token: profile: excludes access_key, secret_key and session_token. It may come from AWS_PROFILE or aws_profile."
            )
        session = boto3.session.Session(
            **(keys or {"profile_name": given.get("profile")}), region_name=given.get("region")
        )
        if not session.region_name:
            raise AnsibleError(
                "endpoint_token: region: is not set. Set the option region, the variable aws_region, or AWS_REGION."
            )
        try:
            sdk_regions.refuse_impossible(session.region_name)
        except InputError as error:
            raise AnsibleError(f"endpoint_token: {error}") from None
        credentials = session.get_credentials()
        if credentials is None:
            raise AnsibleError("endpoint_token: there are no AWS credentials. Set AWS_PROFILE, or the option profile.")
        return tokens.bearer_token(credentials.get_frozen_credentials(), session.region_name, seconds)

    @staticmethod
    def _refuse_unknown(given: Dict[str, Any]) -> None:
        """Raise AnsibleError for an option that does not exist: Ansible ignores it."""
        known = [name for option, aliases in OPTIONS.items() for name in (option, *aliases)]
        for name in given:
            if name not in known:
                nearest = ", ".join(difflib.get_close_matches(name, OPTIONS, cutoff=0))
                raise AnsibleError(f"endpoint_token: {name}: is not an option. The nearest: {nearest}.")


_BOTO = {"access_key": "access_key_id", "secret_key": "secret_access_key"}
