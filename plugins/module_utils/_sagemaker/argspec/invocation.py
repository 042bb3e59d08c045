# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options of sagemaker_endpoint_invoke: the input members of the three calls of the SageMaker runtime, and the
expected answer."""

from __future__ import annotations

from .options import SECRET_ENVIRONMENT
from .options import WAIT
from .options import Options
from .options import flag
from .options import integer
from .options import number
from .options import structure
from .options import structures
from .options import text

# Members that only some of the calls have.
REAL_TIME_ONLY: Options = {"target_model": text(), "enable_explanations": text()}
# Members of the two real-time calls, with and without a stream.
AT_ONCE_ONLY: Options = {
    "target_variant": text(),
    "target_container_hostname": text(),
    "inference_component_name": text(),
    "session_id": text(),
    "prefix_aware_id": text(),
}
ASYNCHRONOUS_ONLY: Options = {
    "input_location": text(),
    "filename": text(),
    "s3_output_path_extension": text(),
    "request_ttl_seconds": integer(),
    "invocation_timeout_seconds": integer(),
}
COMMON: Options = {
    "content_type": text(),
    "accept": text(),
    "custom_attributes": text(),
    "inference_id": text(),
}

# The options for the expected value at a path.
EXPECTED = ("equals", "matches", "approximately")

JSON_EXPECTATIONS = structures(
    {
        "path": text(required=True),
        "equals": {"type": "raw"},
        "matches": text(),
        "approximately": number(),
        "tolerance": number(),
    },
    mutually_exclusive=[EXPECTED],
    required_one_of=[EXPECTED],
    required_by={"tolerance": ["approximately"]},
)

# The maximum size of a real-time request and answer, as documented by AWS.
MAX_BODY_BYTES = 6 * 1024 * 1024

_INPUTS = ("body", "src", "input_location")

INVOKE = {
    "argument_spec": {
        "endpoint_name": text(required=True, aliases=["name"]),
        "body": {"type": "raw"},
        "src": {"type": "path"},
        "stream": flag(default=False),
        "asynchronous": flag(),
        "openai_path": text(),
        **COMMON,
        **REAL_TIME_ONLY,
        **AT_ONCE_ONLY,
        **ASYNCHRONOUS_ONLY,
        "expect": structure({"status": integer(), "json": JSON_EXPECTATIONS, "max_latency_ms": integer()}),
        "max_body_bytes": integer(default=MAX_BODY_BYTES),
        "retry_unanswered": flag(default=False),
        **WAIT,
        **SECRET_ENVIRONMENT,
    },
    "mutually_exclusive": [_INPUTS],
    "required_one_of": [_INPUTS],
}
