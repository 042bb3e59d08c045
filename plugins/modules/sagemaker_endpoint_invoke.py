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
  - Invokes an endpoint in real time, as a stream or asynchronously, and returns the answer of the model.
  - Fails if the answer does not meet O(expect), and lists the expected and the actual values. It can therefore serve as a smoke test after
    a deploy.
  - The module waits while the model is not ready, while an inference component scales out from zero copies, and while the service is
    overloaded. It does not repeat an invocation that the model answered with an error.
  - The module repeats an invocation that certainly did not reach the model, that is after throttling, after HTTP 503 or if the connection
    failed. It repeats an invocation that may have reached the model without an answer only with O(retry_unanswered=true).
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  endpoint_name:
    description:
      - The name of the endpoint, in the case in which it was created.
    type: str
    required: true
    aliases: [name]
  body:
    description:
      - The body of the request. The module sends a text unchanged, in UTF-8. It sends a dictionary or a list as JSON, and O(content_type)
        then defaults to V(application/json).
      - Exactly one of O(body), O(src) and O(input_location) is required.
    type: raw
  src:
    description:
      - A file to send unchanged, on the host that the module runs on. In check mode it may be missing.
    type: path
  input_location:
    description:
      - The S3 URI of an object to send, for an asynchronous invocation. The endpoint's execution role must be allowed to read it.
    type: str
  stream:
    description:
      - Whether to request a streamed answer, as from models that generate text. The module joins the parts.
    type: bool
    default: false
  openai_path:
    description:
      - Sends the request to SageMaker's OpenAI-compatible route, to this path below C(/openai/v1). V(chat/completions) is the only path that
        SageMaker forwards. Containers such as vLLM and SGLang answer it.
      - The body must be a JSON object as in OpenAI's API. Its C(model) may be empty, because the URL selects the model.
      - With O(stream=true) the module adds C(stream) to the body. RV(response.body) then contains the events, and RV(response.json) the
        completion that they add up to, so that O(expect.json) is the same with and without a stream.
      - The module creates a bearer token from the credentials, see P(mlops.sagemaker.endpoint_token#lookup). It needs
        C(sagemaker:CallWithBearerToken).
      - Of the other options of the invocation, only O(stream) and O(inference_component_name) apply.
    type: str
  asynchronous:
    description:
      - Whether the endpoint is asynchronous, that is, writes its answers to S3. Defaults to V(true) if O(input_location) is given, and to
        V(false) otherwise.
      - With O(body) or O(src) the request contains the input, up to 128000 bytes.
    type: bool
  content_type:
    description:
      - The MIME type of the body.
    type: str
  accept:
    description:
      - The desired MIME type of the answer.
    type: str
  custom_attributes:
    description:
      - Text that is passed to the model unchanged, at most 1024 characters.
    type: str
  inference_id:
    description:
      - An identifier of this invocation in captured data and, for an asynchronous invocation, in its events.
    type: str
  target_model:
    description:
      - The model of a multi-model endpoint to invoke, as the path of its artefact below the prefix of the model data. Real time only.
    type: str
  enable_explanations:
    description:
      - A JMESPath expression that selects the records to explain, instead of the one in the endpoint configuration. Real time only.
    type: str
  target_variant:
    description:
      - The variant to invoke. By default the weights decide. Not for asynchronous invocations.
    type: str
  target_container_hostname:
    description:
      - The container to invoke, for a model with the execution mode V(Direct). Not for asynchronous invocations.
    type: str
  inference_component_name:
    description:
      - The inference component to invoke. Required with an endpoint that hosts components. Not for asynchronous invocations.
    type: str
  session_id:
    description:
      - The session of a stateful model to continue. V(NEW_SESSION) starts one, which is not possible with O(stream=true).
      - Not for asynchronous invocations.
    type: str
  prefix_aware_id:
    description:
      - An identifier that routes requests with the same prefix to the same instance. Not for asynchronous invocations.
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
      - Maximum number of seconds that the request may wait in the queue, 60 to 21600. Asynchronous invocations only.
    type: int
  invocation_timeout_seconds:
    description:
      - Maximum number of seconds for the model to answer, 1 to 3600. SageMaker defaults to 900. Asynchronous invocations only.
    type: int
  expect:
    description:
      - The expected answer. The module reports all unmet expectations together. It checks the result of an asynchronous invocation once it
        is in S3.
    type: dict
    suboptions:
      status:
        description:
          - The HTTP status of the model's answer, V(200) on success. Without it, any other status fails the task. Use it to expect an error
            of the model, such as V(400) for deliberately invalid input.
        type: int
      json:
        description:
          - Expected values in the answer.
        type: list
        elements: dict
        suboptions:
          path:
            description:
              - A JMESPath expression for the value in the JSON of the answer. V(predictions[0].score) is a member, V(predictions[*].label)
                a list of members, V(length(predictions\)) a number, V(@) the whole answer. Put keys with characters other than letters,
                digits and C(_) in double quotes. To expect null, compare in the path, as in C(error == `null`), which returns V(true).
              - If the answer is not JSON, only V(@) is possible, which is its text.
            type: str
            required: true
          equals:
            description:
              - The expected value. A number does not equal its text.
              - Exactly one of C(equals), C(matches) and C(approximately) is required, and it must not be null.
            type: raw
          matches:
            description:
              - A Python regular expression to search for in the value. A value that is not text is searched as JSON.
            type: str
          approximately:
            description:
              - A number that must equal the value within C(tolerance).
            type: float
          tolerance:
            description:
              - The largest allowed difference from C(approximately). Defaults to 0.000001.
            type: float
      max_latency_ms:
        description:
          - Maximum latency in milliseconds, from sending the request that was answered to receiving the whole answer. For an asynchronous
            invocation it ends when the module finds the result in S3, which it checks every one to five seconds.
        type: int
  max_body_bytes:
    description:
      - Maximum number of bytes of the answer to read. The module does not fetch the rest of a longer answer, and warns about it.
      - If the answer is longer, RV(response.json) is not returned, and O(expect.json) fails.
    type: int
    default: 6291456
  retry_unanswered:
    description:
      - Whether to repeat an invocation that may have reached the model without an answer, at most about ten times. This applies to a read
        timeout, a broken connection and HTTP 500. The model may then be invoked, and billed, more than once.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until the model is ready, and for the result of an asynchronous invocation.
      - With V(false) the module fails at once if the model is not ready, and returns once SageMaker has accepted an asynchronous
        invocation.
    type: bool
    default: true
  wait_timeout:
    description:
      - Maximum number of seconds to wait until the model is ready and has answered, including all repetitions, at least 1. Defaults to 900,
        and to 3600 for the result of an asynchronous invocation.
    type: int
  secret_environment:
    description:
      - Keys of container environments whose values are secret, besides those whose key or value looks so.
      - After a failure, the module masks these values in the containers' log lines that it returns.
    type: list
    elements: str
notes:
  - B(Check mode) does not invoke the endpoint, because that may cost money and have side effects. It checks the options, and returns an
    empty RV(response), RV(request) and a RV(msg).
  - The module waits at most 70 seconds for a single answer, because SageMaker gives a model 60 seconds for a real-time answer. The same
    limit applies to each part of a stream.
  - Waiting for the result of an asynchronous invocation needs C(s3:GetObject) on the result and C(s3:ListBucket) on its bucket.
  - The answer is part of the result of the task. Use C(no_log) if the answer is confidential. Messages about unmet expectations mask values
    whose key looks secret, such as C(token).
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the request without invoking the endpoint.
    support: partial
    details:
      - The answer of a model cannot be predicted, so RV(response) is empty.
  idempotent:
    description: When run twice in a row with the same options, the second run changes nothing.
    support: N/A
    details:
      - Each run invokes the model again. C(changed) is always V(false).
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
- name: Invoke a model and check its answer
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

- name: Invoke one of the variants with a line of CSV
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: rank
    target_variant: challenger
    content_type: text/csv
    body: "1,2,3"
    inference_id: smoke-0001

- name: Invoke a model without side effects, repeat the call if no answer arrives, and limit the answer to 64 KiB
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: rank
    content_type: text/csv
    body: "1,2,3"
    retry_unanswered: true
    max_body_bytes: 65536
    wait_timeout: 300

- name: Send an image
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: pets
    src: files/cat.jpg
    content_type: image/jpeg
    expect:
      json:
        - path: "[0].label"
          equals: cat

- name: Generate text with a component that may have to scale out from zero copies
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: shared-gpu
    inference_component_name: chat-base
    stream: true
    body:
      inputs: "Say hello."
    wait_timeout: 1200

- name: Ask a language model through the OpenAI-compatible route
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: chat
    openai_path: chat/completions
    stream: true
    body:
      model: ""
      messages:
        - role: user
          content: Say hello.
    expect:
      json:
        - path: choices[0].message.content
          matches: "[Hh]ello"

- name: Process a document asynchronously and wait for the result
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: ocr-async
    input_location: s3://example-async-bucket/in/1.json
    content_type: application/json
    request_ttl_seconds: 3600
    invocation_timeout_seconds: 900

- name: Send the input in an asynchronous request, and fetch the result later
  mlops.sagemaker.sagemaker_endpoint_invoke:
    endpoint_name: ocr-async
    asynchronous: true
    body:
      pages: [1, 2]
    wait: false
  register: asked

- name: Check that the model refuses invalid input
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
  returned: always, on failure if the model answered
  type: dict
  contains:
    body:
      description: The answer as text, truncated to O(max_body_bytes) bytes. Missing if the answer is not UTF-8.
      returned: when the model has answered
      type: str
      sample: '{"predictions": [{"label": "fine", "score": 0.83}]}'
    body_base64:
      description: The answer in base64.
      returned: when the answer is not UTF-8
      type: str
      sample: iVBORw0KGgo=
    body_size:
      description: The size of the whole answer in bytes. Null if unknown, as for a stream.
      returned: when the answer is longer than O(max_body_bytes)
      type: int
      sample: 73400320
    body_truncated:
      description: Whether the answer is longer than O(max_body_bytes). The whole answer of an asynchronous invocation is at
        RV(response.output_location).
      returned: when the answer is truncated
      type: bool
      sample: true
    closed_session_id:
      description: The session that was closed.
      returned: when one was closed
      type: str
    content_type:
      description: The MIME type of the answer. For an asynchronous invocation, the type of the result object.
      returned: when it is known
      type: str
      sample: application/json
    custom_attributes:
      description: The custom attributes that the model returns with the answer.
      returned: when the model returns some
      type: str
    failure_location:
      description: The S3 URI to which SageMaker writes the error of the asynchronous invocation.
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
      description: The parsed answer, regardless of its content type. C(NaN) and C(Infinity) are returned as text. For a stream through
        O(openai_path), the completion that its events add up to.
      returned: when it is JSON, and not longer than O(max_body_bytes)
      type: raw
      sample: {"predictions": [{"label": "fine", "score": 0.83}]}
    latency_ms:
      description: The latency in milliseconds, see O(expect.max_latency_ms).
      returned: always
      type: float
      sample: 41.7
    new_session_id:
      description: The session that was started, and when it expires.
      returned: when one was started
      type: str
    output_location:
      description: The S3 URI to which SageMaker writes the result of the asynchronous invocation.
      returned: for asynchronous invocations
      type: str
      sample: s3://example-async-bucket/out/6b0e9a1c.out
    status:
      description:
        - The HTTP status of the answer. For an error of the model, the status that the model returned.
        - For an asynchronous invocation V(202) until the result is available, then V(200).
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
      returned: when the request has a body
      type: int
      sample: 31
    operation:
      description: The API operation, V(InvokeEndpoint), V(InvokeEndpointWithResponseStream) or V(InvokeEndpointAsync).
      returned: always
      type: str
      sample: InvokeEndpoint
  sample: {"operation": "InvokeEndpoint", "endpoint_name": "fraud", "content_type": "application/json", "body_size": 31}
msg:
  description: One line that names the invoked endpoint. On failure, the error.
  returned: always
  type: str
unmet:
  description: The unmet expectations, each with the expected and the actual value.
  returned: when the answer did not meet O(expect)
  type: list
  elements: str
  sample: ['predictions[0].label: expected "cat", got "dog"']
cause:
  description: V(timeout) if O(wait_timeout) expired.
  returned: when O(wait_timeout) expired
  type: str
  sample: timeout
failure:
  description:
    - The report of the failure, with what helps to find its cause.
    - Secret values of the containers' environments are masked in it.
  returned: when an invocation failed
  type: dict
  contains:
    what:
      description: What failed, V(invocation).
      type: str
      returned: always
      sample: invocation
    name:
      description: The name of the endpoint.
      type: str
      returned: always
      sample: fraud
    status:
      description: Its status now, null if it does not exist or its status is not known.
      type: str
      returned: always
      sample: InService
    reason:
      description: The reason as AWS reports it, empty if it reports none.
      type: str
      returned: always
      sample: The primary container for production variant AllTraffic did not pass the ping health check.
    cause:
      description: The kind of failure, derived from the reason and the containers' log lines. The documentation has a page about each.
      type: str
      returned: always
      sample: gpu_memory
    remedy:
      description: How to fix the cause, with the variable to change.
      type: str
      returned: always
      sample: The model does not fit into the GPU's memory. Use an instance_type with more or larger GPUs.
    rolled_back:
      description: Whether what served before serves again.
      type: bool
      returned: always
      sample: true
    serving:
      description: What the endpoint serves now.
      type: dict
      returned: always
      contains:
        endpoint_config_name:
          description: The endpoint configuration that serves, null if none does.
          type: str
          returned: always
          sample: fraud-config-1a2b3c4d
        variants:
          description: The variants that serve, with their instances and weights.
          type: list
          elements: dict
          returned: always
    log_group:
      description: The CloudWatch log group that the containers write to.
      type: str
      returned: always
      sample: /aws/sagemaker/Endpoints/fraud
    log_lines:
      description:
        - The last words of the containers, at most 40 lines.
        - Of each log stream of this rollout these are the lines from the first error on, or the last lines if none is an error.
      type: list
      elements: dict
      returned: always
      contains:
        time:
          description: When the line was written, in UTC.
          type: str
          returned: always
          sample: "2030-01-31T12:00:00.000Z"
        stream:
          description: The log stream, which has the names of the variant and of the instance.
          type: str
          returned: always
          sample: AllTraffic/i-0123456789abcdef0
        message:
          description: The line.
          type: str
          returned: always
          sample: "torch.cuda.OutOfMemoryError: CUDA out of memory."
    log_note:
      description: Why RV(failure.log_lines) is empty and what that means. Null if there are lines.
      type: str
      returned: always
      sample: No container was started for this, so there are no logs.
    command:
      description: The command that shows the whole log.
      type: str
      returned: always
      sample: aws logs tail /aws/sagemaker/Endpoints/fraud --since 2030-01-31T12:00:00Z --region eu-west-1
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import invocation as invocation_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.invoke import invocation


def main() -> None:
    module.run(invocation.invoke, **invocation_options.INVOKE)


if __name__ == "__main__":
    main()
