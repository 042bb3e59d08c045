#!/usr/bin/python
# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: sagemaker_endpoint_fleet_info
version_added: 1.0.0
short_description: Report the status and cost of all Amazon SageMaker endpoints of some regions
description:
  - Returns all endpoints of some regions with what runs, what it costs, what differs from the last deploy, since when nobody has called them,
    and what keeps them from being updated. It returns them as data and as a text, and writes them into an HTML file if you want one.
  - Endpoints that M(mlops.sagemaker.sagemaker_endpoint_power) has stopped are among them, with the status V(Stopped) and without cost. SageMaker no longer
    has them. To find them takes C(tag:GetResources).
  - A region that denies or throttles calls does not hide the others. RV(problems) has what could not be read, and each value that is not known
    is null.
  - In each region it lists endpoints, tags, scalable targets and metrics in the largest pages that AWS allows, describes each endpoint, and looks
    up each endpoint configuration, model, execution role and artifact once, however many endpoints share them.
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  regions:
    description: The regions to read. The default is the region of the connection, which is not needed with this option.
    type: list
    elements: str
  names:
    description: Report these endpoints only.
    type: list
    elements: str
  name_contains:
    description: Report only endpoints whose names contain this text, in any case of letters.
    type: str
  idle_window:
    description:
      - How many days back to look for invocations. At most V(455), for as long as CloudWatch keeps them.
      - With V(0) the module does not look.
    type: int
    default: 14
  price_file:
    description:
      - A file with prices, on the host that runs the module. By default the prices are those of the AWS Price List API.
      - It is YAML or JSON, with the optional key C(currency), by default C(USD), and the key C(hosting), a dictionary of regions with a dictionary of
        instance types and their prices per instance and hour each. The optional key C(asynchronous) has the same for asynchronous endpoints, which
        otherwise cost what hosting costs.
    type: path
  report:
    description:
      - A file to write the status into as HTML, on the host that runs the module. It needs nothing but a browser, and replaces a file of that name.
      - In check mode no file is written.
    type: path
notes:
  - Costs are those of the instances that run at the moment. They do not contain storage, data transfer, models from AWS Marketplace, savings plans
    and taxes. A month has 730 hours, as AWS counts it. Inference components cost what the instances of their endpoint cost. Serverless endpoints are
    charged for their use, so their cost is null.
  - An endpoint has drifted if it does not serve the release that was deployed last, if its weights or instance counts are not those of that release,
    unless they are autoscaled or set by M(mlops.sagemaker.sagemaker_endpoint_traffic), if a scalable target of the deploy is gone or has other limits
    or policies, or if tags of the deploy are gone. To compare endpoints with their variables, run the playbook C(mlops.sagemaker.fleet) with C(--check).
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - mlops.sagemaker.requirements
  - mlops.sagemaker.attributes.info
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint_info
"""

EXAMPLES = r"""
- name: Report all endpoints of two regions
  mlops.sagemaker.sagemaker_endpoint_fleet_info:
    regions: [us-east-1, eu-west-1]
    report: endpoints.html
  register: fleet

- name: Show the table
  mlops.sagemaker.show_text:
    text: "{{ fleet.text }}"

- name: Show the endpoints that nobody has called for two weeks
  ansible.builtin.debug:
    msg: "{{ fleet.endpoints | selectattr('idle_days', 'number') | selectattr('idle_days', '>=', 14) | map(attribute='name') }}"

- name: Calculate with the prices of a private agreement
  mlops.sagemaker.sagemaker_endpoint_fleet_info:
    price_file: prices.yml
"""

RETURN = r"""
endpoints:
  description: The endpoints, sorted by name and region. What is not known is null.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the endpoint.
      type: str
      sample: churn
    region:
      description: Its region.
      type: str
      sample: us-east-1
    account:
      description: Its account.
      type: str
      sample: "111122223333"
    arn:
      description: Its ARN.
      type: str
      sample: arn:aws:sagemaker:us-east-1:111122223333:endpoint/churn
    status:
      description: Its status, V(Stopped) for a stopped one.
      type: str
      sample: InService
    failure_reason:
      description: Why it, or its last update, failed.
      type: str
      sample: null
    kind:
      description: How it hosts models - V(real_time), V(asynchronous), V(serverless) or V(inference_components).
      type: str
      sample: real_time
    variants:
      description: Its variants, shadow variants too.
      type: list
      elements: dict
      contains:
        variant_name:
          description: The name of the variant.
          type: str
          sample: AllTraffic
        shadow:
          description: Whether it is a shadow variant.
          type: bool
          sample: false
        model_name:
          description: The name of its model.
          type: str
          sample: churn-model-1a2b3c4d
        instance_type:
          description: The type of its instances.
          type: str
          sample: ml.m5.large
        instance_pools:
          description: The instance types of a variant with several, each with its number of instances.
          type: list
          elements: dict
          sample: []
        current_instance_count:
          description: How many instances it has.
          type: int
          sample: 2
        desired_instance_count:
          description: How many instances it should have.
          type: int
          sample: 2
        current_weight:
          description: Its weight.
          type: float
          sample: 1.0
        desired_weight:
          description: The weight that it should have.
          type: float
          sample: 1.0
        serverless:
          description: The memory and the concurrency of a serverless variant.
          type: dict
          sample: null
    inference_components:
      description: Its inference components, with name, status, variant, images and numbers of copies.
      type: list
      elements: dict
      sample: []
    images:
      description: The container images that it runs.
      type: list
      elements: str
      sample: ["683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"]
    endpoint_config_name:
      description: The endpoint configuration that it serves.
      type: str
      sample: churn-config-1a2b3c4d
    release:
      description: The same, if the Ansible role deployed it.
      type: str
      sample: churn-config-1a2b3c4d
    release_created:
      description: When the endpoint configuration was created.
      type: str
      sample: "2030-01-31T18:00:00+00:00"
    autoscaling:
      description: The scalable targets of its variants and inference components.
      type: list
      elements: dict
      contains:
        name:
          description: The name of the variant or the inference component.
          type: str
          sample: AllTraffic
        resource_id:
          description: The resource ID of the target.
          type: str
          sample: endpoint/churn/variant/AllTraffic
        min_capacity:
          description: The lower limit.
          type: int
          sample: 1
        max_capacity:
          description: The upper limit.
          type: int
          sample: 4
    tags:
      description: Its tags.
      type: dict
      sample: {mlops.sagemaker/endpoint: churn}
    created:
      description: When it was created. Null for a stopped one.
      type: str
      sample: "2030-01-01T12:00:00+00:00"
    updated:
      description: When it was updated last, or stopped.
      type: str
      sample: "2030-01-31T18:00:00+00:00"
    managed:
      description: Whether the Ansible role deployed it.
      type: bool
      sample: true
    drift:
      description: Whether it is as the last deploy left it.
      type: dict
      contains:
        state:
          description: V(in_sync), V(drifted), or V(unmanaged) for an endpoint that the Ansible role did not deploy. Null for a stopped one.
          type: str
          sample: drifted
        changes:
          description: What differs.
          type: list
          elements: dict
          contains:
            path:
              description: What it is.
              type: str
              sample: production_variants[AllTraffic].desired_instance_count
            recorded:
              description: What the deploy left.
              type: raw
              sample: 1
            live:
              description: What there is now.
              type: raw
              sample: 3
    idle_days:
      description:
        - For how many whole days nobody has called it. Without an invocation in the window it is the window, or the age of a younger endpoint.
      type: int
      sample: 0
    hourly_cost:
      description: What it costs per hour with its present instances.
      type: float
      sample: 0.23
    monthly_cost:
      description: What that is in 730 hours, to the cent.
      type: float
      sample: 167.9
    currency:
      description: The currency of the costs.
      type: str
      sample: USD
    cost_unknown:
      description: Why the cost is not known.
      type: str
      sample: null
    unpatchable:
      description: What its release needs and is gone, so that it can be neither updated nor scaled out. Empty if nothing is, null if
        nothing is known to be gone and something could not be looked up.
      type: list
      elements: str
      sample: ["model churn-model-1a2b3c4d is gone"]
regions:
  description: The regions.
  returned: success
  type: list
  elements: dict
  contains:
    region:
      description: The name of the region.
      type: str
      sample: us-east-1
    endpoints:
      description: How many of its endpoints are reported.
      type: int
      sample: 12
    complete:
      description: Whether all of its endpoints could be listed and described.
      type: bool
      sample: true
account:
  description: The account, null if nothing is reported and it cannot be looked up.
  returned: success
  type: str
  sample: "111122223333"
not_found:
  description: The names of O(names) that none of the regions has that could be read whole.
  returned: success
  type: list
  elements: str
  sample: []
problems:
  description: What could not be read.
  returned: success
  type: list
  elements: dict
  contains:
    region:
      description: The region.
      type: str
      sample: eu-west-1
    operation:
      description: The API operation.
      type: str
      sample: ListEndpoints
    reason:
      description: V(denied), V(throttled) or V(failed).
      type: str
      sample: denied
    names:
      description: The resources, empty if it concerns the whole region.
      type: list
      elements: str
      sample: []
    message:
      description: What the service says.
      type: str
      sample: "ListEndpoints failed (AccessDeniedException): User is not authorized to perform: sagemaker:ListEndpoints"
totals:
  description: The sums of the costs that are known.
  returned: success
  type: dict
  contains:
    endpoints:
      description: The number of endpoints.
      type: int
      sample: 12
    unknown:
      description: The number of endpoints whose cost is not known.
      type: int
      sample: 1
    hourly_cost:
      description: The cost per hour.
      type: float
      sample: 2.53
    monthly_cost:
      description: The cost per month.
      type: float
      sample: 1846.9
    currency:
      description: The currency.
      type: str
      sample: USD
idle_window:
  description: How many days of invocations were read.
  returned: success
  type: int
  sample: 14
text:
  description: All of it as a table with remarks, the most expensive endpoint first.
  returned: success
  type: str
report:
  description: The file that was written.
  returned: success
  type: str
  sample: endpoints.html
failure:
  description:
    - The report of a call that AWS refused, with the keys of RV(mlops.sagemaker.sagemaker_endpoint#module:failure).
    - C(remedy) says what to do if the cause is known. The message ends with it.
  returned: when AWS refused a call
  type: dict
"""

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker import module
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.argspec import endpoint as endpoint_options
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.status import info as status


def main() -> None:
    module.run(status.info, **endpoint_options.FLEET_INFO)


if __name__ == "__main__":
    main()
