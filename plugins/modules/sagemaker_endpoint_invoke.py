#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_invoke
version_added: 1.0.0
short_description: Invoke an Amazon SageMaker endpoint and check its answer
description:
  - Asks the model behind an endpoint, in real time, as a stream or asynchronously, and returns the answer.
  - Fails if the answer is not what O(expect) says, with what was expected and what was seen. So it can serve as a smoke test after a deploy.
  - A model that is not ready yet is waited for, as are an inference component that wakes from zero copies, and a service that is
    overloaded. An error of the model itself is not repeated.
  - An invocation that certainly did not reach the model is repeated, after throttling, HTTP 503 or if no connection was made. One that may
    have reached the model although no answer came is repeated only with O(retry_unanswered=true).
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  endpoint_name:
    description:
      - The name of the endpoint, in the case that it was made with.
    type: str
    required: true
    aliases: [name]
  body:
    description:
      - What to send. A text is sent as it is, in UTF-8. A dictionary or a list is sent as JSON, with O(content_type) V(application/json)
        unless another one is given.
      - One of O(body), O(src) and O(input_location) is needed.
    type: raw
  src:
    description:
      - A file to send as it is, on the host that the module runs on. In check mode it may be missing.
    type: path
  input_location:
    description:
      - The S3 URI of an object to send, for an asynchronous invocation. The endpoint's execution role has to be able to read it.
    type: str
  stream:
    description:
      - Whether to have the answer streamed, as models that generate text do. The parts are put together.
    type: bool
    default: false
  asynchronous:
    description:
      - Whether the endpoint is an asynchronous one, which writes its answers to S3. V(true) if O(input_location) is given, else V(false).
      - With O(body) or O(src) the input is sent along, up to 128000 bytes.
    type: bool
  content_type:
    description:
      - The MIME type of what is sent.
    type: str
  accept:
    description:
      - The MIME type that the answer should have.
    type: str
  custom_attributes:
    description:
      - Text that is handed to the model as it is, at most 1024 characters.
    type: str
  inference_id:
    description:
      - An identifier of this invocation for captured data, and of its events for an asynchronous one.
    type: str
  target_model:
    description:
      - Which model of a multi-model endpoint to ask, as the path of its artefact below the prefix of the model data. Real time only.
    type: str
  enable_explanations:
    description:
      - A JMESPath expression that decides which records are explained, instead of the one in the endpoint configuration. Real time only.
    type: str
  target_variant:
    description:
      - Which variant to ask. Without it the weights decide. Not for asynchronous invocations.
    type: str
  target_container_hostname:
    description:
      - Which container of a model with the execution mode V(Direct) to ask. Not for asynchronous invocations.
    type: str
  inference_component_name:
    description:
      - Which inference component to ask, needed with an endpoint that hosts components. Not for asynchronous invocations.
    type: str
  session_id:
    description:
      - The session of a stateful model to go on with. V(NEW_SESSION) begins one, which is not possible with O(stream=true).
      - Not for asynchronous invocations.
    type: str
  prefix_aware_id:
    description:
      - An identifier by which requests with the same beginning are led to the same instance. Not for asynchronous invocations.
    type: str
  filename:
    description:
      - The name of the object with the result, at most 32 characters. Asynchronous invocations only.
    type: str
  s3_output_path_extension:
    description:
      - A path that is added to the output path of the endpoint. Asynchronous invocations only.
    type: str
  request_ttl_seconds:
    description:
      - For how many seconds the request may wait in the queue, 60 to 21600. Asynchronous invocations only.
    type: int
  invocation_timeout_seconds:
    description:
      - How many seconds the model may take, 1 to 3600. SageMaker assumes 900. Asynchronous invocations only.
    type: int
  expect:
    description:
      - The expected answer. All unmet expectations are reported at once. The result of an asynchronous invocation is judged once it is in S3.
    type: dict
    suboptions:
      status:
        description:
          - The HTTP status of the model's answer, V(200) on success. Without it every status but success fails the task. With it an error of
            the model can be expected, such as V(400) for input that is wrong on purpose.
        type: int
      json:
        description:
          - What stands at places of the answer.
        type: list
        elements: dict
        suboptions:
          path:
            description:
              - A place in the JSON of the answer, in JMESPath. V(predictions[0].score) is a member, V(predictions[*].label) a list of
                members, V(length(predictions\)) a number, V(@) the whole answer. Keys with characters other than letters, digits and C(_)
                stand in double quotes. To expect null, compare in the path, as in C(error == `null`), which gives V(true).
              - Of an answer that is no JSON only V(@) can be judged, which is its text.
            type: str
            required: true
          equals:
            description:
              - The value that has to be there. A number is not the same as its text.
              - One of C(equals), C(matches) and C(approximately) is needed, and it must not be null.
            type: raw
          matches:
            description:
              - A regular expression, of Python, that has to be found in the text that is there. All but text is taken as JSON.
            type: str
          approximately:
            description:
              - A number that what is there may differ from by C(tolerance).
            type: float
          tolerance:
            description:
              - The largest difference from C(approximately), 0.000001 if not given.
            type: float
      max_latency_ms:
        description:
          - How long the answer may take in milliseconds. Counts from the request that was answered until all of the answer is there. Of an
            asynchronous invocation it is the time until the result was found in S3, where it is looked for every one to five seconds.
        type: int
  max_body_bytes:
    description:
      - How many bytes of the answer to read at most. The rest of a longer one is neither fetched nor returned, and a warning says so.
      - If the answer is longer, RV(response.json) is not returned, and O(expect.json) fails.
    type: int
    default: 6291456
  retry_unanswered:
    description:
      - Whether to repeat an invocation that may have reached the model although there is no answer, about ten times at most. That is the case
        after a read timeout, a broken connection or an HTTP 500. The model may then be invoked, and paid for, more than once.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until the model is ready to answer, and for the result of an asynchronous invocation.
      - With V(false) the module fails at once if the model is not ready, and returns once an asynchronous invocation was accepted.
    type: bool
    default: true
  wait_timeout:
    description:
      - For how many seconds to wait, at least 1, for the model to be ready and for its answer, all repetitions included. If not given 900, and
        3600 for the result of an asynchronous invocation.
    type: int
notes:
  - B(Check mode) invokes nothing, since that may cost and have effects. It checks the options, and returns an empty RV(response), RV(request)
    and a RV(msg).
  - A single answer may take 70 seconds at most, because SageMaker gives a model 60 seconds to answer at once. So may each part of a stream.
  - To wait for the result of an asynchronous invocation takes C(s3:GetObject) on it and C(s3:ListBucket) on its bucket.
  - The answer is part of the result of the task. Use C(no_log) if that is too much to be seen. In the messages about unmet expectations, values
    are masked that have the key of a secret, such as C(token).
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what would be done, without invoking the endpoint.
    support: partial
    details:
      - The answer of a model cannot be predicted, so RV(response) is empty.
  idempotent:
    description: When run twice in a row with the same options, the second run changes nothing.
    support: N/A
    details:
      - Each run asks the model again. C(changed) is always V(false).
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes.info
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint
  - module: mlops.sagemaker.sagemaker_endpoint_traffic
  - name: InvokeEndpoint
    description: Reference of the API call for real-time answers.
    link: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
  - name: InvokeEndpointAsync
    description: Reference of the API call for asynchronous answers.
    link: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html
  - name: JMESPath
    description: The language of the paths.
    link: https://jmespath.org/
"""

EXAMPLES = r"""
- name: Ask a model, and check what it says
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: fraud
    body:
      instances:
        - [0.1, 42, 7]
    expect:
      status: 200
      json:
        - path: length(predictions)
          equals: 1
        - path: predictions[0].label
          matches: ^(fraud|fine)$
        - path: predictions[0].score
          approximately: 0.83
          tolerance: 0.02
      max_latency_ms: 500
  register: answer

- name: Show the answer
  ansible.builtin.debug:
    var: answer.response.json

- name: Ask one of the variants with a line of CSV
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: rank
    target_variant: challenger
    content_type: text/csv
    body: "1,2,3"
    inference_id: smoke-0001

- name: Ask a model without side effects, again if no answer comes, and read only the beginning of the answer
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: rank
    content_type: text/csv
    body: "1,2,3"
    retry_unanswered: true
    max_body_bytes: 65536
    wait_timeout: 300

- name: Send a picture
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: pets
    src: files/cat.jpg
    content_type: image/jpeg
    expect:
      json:
        - path: "[0].label"
          equals: cat

- name: Have a text generated by a component, which may have to wake from zero copies
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: shared-gpu
    inference_component_name: chat-base
    stream: true
    body:
      inputs: "Say hello."
    wait_timeout: 1200

- name: Have a document read asynchronously, and wait for the result
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: ocr-async
    input_location: s3://example-async-bucket/in/1.json
    content_type: application/json
    request_ttl_seconds: 3600
    invocation_timeout_seconds: 900

- name: Send the input of an asynchronous invocation along, and fetch the result later
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: ocr-async
    asynchronous: true
    body:
      pages: [1, 2]
    wait: false
  register: asked

- name: Make sure that wrong input is refused
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: fraud
    body: not JSON
    content_type: application/json
    expect:
      status: 400
"""

RETURN = r"""
response:
  description: The answer. Empty in check mode.
  returned: always, on failure if there was an answer
  type: dict
  contains:
    body:
      description: The answer as text, its first O(max_body_bytes) bytes if it is longer. Not there if it is no UTF-8.
      returned: when there is an answer
      type: str
      sample: '{"predictions": [{"label": "fine", "score": 0.83}]}'
    body_base64:
      description: The answer in base64.
      returned: when it is no UTF-8
      type: str
      sample: iVBORw0KGgo=
    body_size:
      description: The size of the whole answer in bytes, null where it is not known, as that of a stream.
      returned: when the answer is longer than O(max_body_bytes)
      type: int
      sample: 73400320
    body_truncated:
      description: Whether the answer is longer than O(max_body_bytes). All of an asynchronous one is at RV(response.output_location).
      returned: when it is
      type: bool
      sample: true
    closed_session_id:
      description: The session that was closed.
      returned: when one was closed
      type: str
    content_type:
      description: The MIME type of the answer. For an asynchronous invocation that of the object with the result.
      returned: when it is known
      type: str
      sample: application/json
    custom_attributes:
      description: What the model hands back with the answer.
      returned: when it does
      type: str
    failure_location:
      description: The S3 URI where the error of the asynchronous invocation is written.
      returned: for asynchronous invocations, when the endpoint has a failure path
      type: str
      sample: s3://example-async-bucket/failed/6b0e9a1c-error.out
    inference_id:
      description: The identifier of the asynchronous invocation.
      returned: for asynchronous invocations
      type: str
      sample: 6b0e9a1c-9a51-4d6b-8f1a-0c6f6f3a7e55
    invoked_production_variant:
      description: The variant that answered.
      returned: unless the invocation was asynchronous, or the model answered with an error
      type: str
      sample: AllTraffic
    json:
      description: The answer as data, whatever its type says. C(NaN) and C(Infinity) are text.
      returned: when it is JSON, and not longer than O(max_body_bytes)
      type: raw
      sample: {"predictions": [{"label": "fine", "score": 0.83}]}
    latency_ms:
      description: The milliseconds from the request that was answered until all of the answer was there, see O(expect.max_latency_ms).
      returned: always
      type: float
      sample: 41.7
    new_session_id:
      description: The session that was begun, and when it expires.
      returned: when one was begun
      type: str
    output_location:
      description: The S3 URI where the result of the asynchronous invocation is written.
      returned: for asynchronous invocations
      type: str
      sample: s3://example-async-bucket/out/6b0e9a1c.out
    status:
      description:
        - The HTTP status of the answer. For an error of the model the status that the model gave.
        - For an asynchronous invocation V(202) as long as there is no result, and V(200) with one.
      returned: always
      type: int
      sample: 200
request:
  description: The request that was sent or, in check mode, would be sent, without its body.
  returned: on success
  type: dict
  contains:
    body_size:
      description: The size of the body in bytes.
      returned: when there is a body
      type: int
      sample: 31
    operation:
      description: The API operation, V(InvokeEndpoint), V(InvokeEndpointWithResponseStream) or V(InvokeEndpointAsync).
      returned: always
      type: str
      sample: InvokeEndpoint
  sample: {"operation": "InvokeEndpoint", "endpoint_name": "fraud", "content_type": "application/json", "body_size": 31}
msg:
  description: One line that says which endpoint was invoked. On failure, what is wrong.
  returned: always
  type: str
unmet:
  description: The expectations that are not met, each with what was expected and what was seen.
  returned: when an answer was not as expected
  type: list
  elements: str
  sample: ['predictions[0].label: expected "cat", got "dog"']
cause:
  description: V(timeout) if the time to wait was over.
  returned: when the time was over
  type: str
  sample: timeout
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import invocation as invocation_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.invoke import invocation


def main() -> None:
    module.run(invocation.invoke, **invocation_options.INVOKE)


if __name__ == "__main__":
    main()
