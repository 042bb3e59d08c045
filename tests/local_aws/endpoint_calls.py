# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SageMaker calls about endpoints: create, describe, list, update, scale, delete. behaviour section 4"""

from __future__ import annotations

import copy
from typing import Any

from local_aws import components
from local_aws import deployments
from local_aws import endpoint_configs
from local_aws import endpoints
from local_aws import fleets
from local_aws import roles
from local_aws import tags
from local_aws import targets
from local_aws.endpoints import Endpoint
from local_aws.fleets import Fleet
from local_aws.paging import page
from local_aws.paging import select
from local_aws.registry import handles
from local_aws.variants import is_serverless
from local_aws.wire import AwsError
from local_aws.wire import validation
from local_aws.world import Call


@handles("sagemaker", "CreateEndpoint")
@endpoints.shows_late
def create(call: Call) -> dict[str, Any]:
    name, given_tags = call.params["EndpointName"], call.params.get("Tags", [])
    arn = call.region.sagemaker_arn("endpoint", name)
    if endpoints.lookup(call, name) is not None:
        raise validation(f'Cannot create already existing endpoint "{arn}".')  # behaviour 0.6, 4.2
    tags.check(given_tags)
    config = endpoint_configs.find_settled(call, call.params["EndpointConfigName"])
    fleet = fleets.build(call.region, config, call.now)
    deployment = call.params.get("DeploymentConfig")
    if deployment is not None:
        deployments.check(deployment, fleet, None)
    endpoints.check_limits(call, None, fleet.instances())
    endpoint = Endpoint(
        name, arn, call.now, call.now, config_name=config.name, last_deployment=copy.deepcopy(deployment)
    )
    script = call.world.scripts.take(name, "create")
    failure = _unassumable(call, endpoint, fleet) or fleet.missing_model
    if failure is None and script.outcome == "fail":
        failure = script.reason or deployments.health_check(fleet)

    def finish(moment: float) -> None:
        if failure is not None:
            endpoint.rest("Failed", moment, failure)  # behaviour 4.3
            return
        fleet.deployed = moment
        endpoint.fleet = fleet
        endpoint.rest("InService", moment, None)

    seconds = call.world.settings.creating if script.seconds is None else script.seconds
    deployments.log(call, endpoint, fleet, failure, script, seconds)
    endpoint.begin("Creating", call.now, seconds, finish, fleet)
    call.region.endpoints[name.lower()] = endpoint
    tags.put(call.region, arn, given_tags)
    return {"EndpointArn": arn}


def _unassumable(call: Call, endpoint: Endpoint, fleet: Fleet) -> str | None:
    """The reason why the endpoint fails where a role cannot be assumed when the fleet is set up. behaviour 0.8"""
    arns = [fleet.config.request.get("ExecutionRoleArn")]
    arns += [model.request.get("ExecutionRoleArn") for variant in fleet.all for model in variant.models]
    for arn in filter(None, arns):
        try:
            roles.assumable(call, arn, endpoint.arn, "endpoint")
        except AwsError as error:
            return error.message
    return None


@handles("sagemaker", "DescribeEndpoint")
def describe(call: Call) -> dict[str, Any]:
    components.sweep(call)  # managed instance scaling follows their copies: behaviour 5.9
    described = endpoints.shown(call, call.params["EndpointName"])
    if described is None:
        raise endpoints.missing(call, call.params["EndpointName"])
    return described


@handles("sagemaker", "ListEndpoints")
def list_endpoints(call: Call) -> dict[str, Any]:
    members = ("EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus")
    described = [endpoints.shown(call, one.name) for one in endpoints.sweep(call)]
    items = [{member: one[member] for member in members} for one in described if one is not None]
    shown, token = page(select(items, call.params, "EndpointName"), call.params, 10)
    return {"Endpoints": shown, **token}


@handles("sagemaker", "UpdateEndpoint")
@endpoints.shows_late
def update(call: Call) -> dict[str, Any]:
    endpoint = endpoints.find(call, call.params["EndpointName"])
    endpoint.refuse_unless_updatable()
    old = endpoint.fleet
    assert old is not None  # every updatable endpoint serves
    config = endpoint_configs.find_settled(call, call.params["EndpointConfigName"])
    if config.name.lower() == endpoint.config_name.lower() and endpoint.status == "InService":
        raise validation(
            f'Cannot update endpoint with the currently in use endpoint configuration "{config.name}"'
        )  # behaviour 0.1
    endpoint_configs.find(call.region, endpoint.config_name)  # the old one must exist as well: behaviour 0.3
    new = fleets.build(call.region, config, call.now)
    _check_kind(endpoint, old, new)
    targets.refuse_unless_free(call, endpoint, new)  # behaviour 0.12
    components.refuse_unless_kept(call, endpoint, new)  # behaviour 5.11
    deployment = call.params.get("DeploymentConfig")
    if deployment is None and call.params.get("RetainDeploymentConfig"):
        deployment = endpoint.last_deployment  # behaviour 4.9
    if deployment is not None:
        deployments.check(deployment, new, old)
    if call.params.get("RetainAllVariantProperties"):
        excluded = [one["VariantPropertyType"] for one in call.params.get("ExcludeRetainedVariantProperties", [])]
        deployments.retain(old, new, excluded)  # behaviour 4.7, otherwise 0.11
    endpoints.check_limits(call, endpoint, new.instances())
    endpoint.last_deployment = copy.deepcopy(deployment)
    failure = _unassumable(call, endpoint, new) or new.missing_model
    deployments.roll_out(call, endpoint, new, failure, deployments.is_guarded(deployment, new))
    return {"EndpointArn": endpoint.arn}


def _check_kind(endpoint: Endpoint, old: Fleet, new: Fleet) -> None:
    """behaviour 4.10, 4.14"""
    layouts = {one.name: one.config.get("AcceleratorPartitionLayouts") for one in old.all}
    for one in new.all:
        if one.name in layouts and layouts[one.name] != one.config.get("AcceleratorPartitionLayouts"):
            raise validation(f'The accelerator partition layouts of the variant "{one.name}" cannot be changed.')
    if new.serverless and not old.serverless:
        raise validation(f'Cannot update the endpoint "{endpoint.arn}" from instances to serverless variants.')


@handles("sagemaker", "UpdateEndpointWeightsAndCapacities")
@endpoints.shows_late
def scale(call: Call) -> dict[str, Any]:
    """behaviour 4.11"""
    endpoint = endpoints.find(call, call.params["EndpointName"])
    endpoint.refuse_unless_updatable()
    fleet = endpoint.fleet
    assert fleet is not None  # every updatable endpoint serves
    wanted = call.params["DesiredWeightsAndCapacities"]
    known = {one.name: one for one in fleet.all}
    unknown = [one["VariantName"] for one in wanted if one["VariantName"] not in known]
    if unknown:
        names = ", ".join(f'"{name}"' for name in unknown)
        raise validation(
            f"The variant name(s) {names} is/are not present within endpoint configuration "
            f'"{endpoint.config_name}".'
        )
    if len({one["VariantName"] for one in wanted}) < len(wanted):
        raise validation("The variant names of DesiredWeightsAndCapacities must be unique.")
    changed = copy.deepcopy(fleet)
    by_name = {one.name: one for one in changed.all}
    for one in wanted:
        variant = by_name[one["VariantName"]]
        if is_serverless(variant.config) and "DesiredInstanceCount" in one:
            raise validation(f'DesiredInstanceCount cannot be specified for the serverless variant "{variant.name}".')
        if not is_serverless(variant.config) and "ServerlessUpdateConfig" in one:
            raise validation(f'ServerlessUpdateConfig cannot be specified for the variant "{variant.name}".')
        if one.get("DesiredInstanceCount") == 0 and not fleet.config.asynchronous and not fleet.hosts_components:
            raise validation(f'DesiredInstanceCount of the real-time variant "{variant.name}" must be at least 1.')
        variant.desired_weight = one.get("DesiredWeight", variant.desired_weight)
        variant.desired_count = one.get("DesiredInstanceCount", variant.desired_count)
        if variant.desired_serverless is not None:
            variant.desired_serverless |= one.get("ServerlessUpdateConfig", {})
            if (
                variant.desired_serverless.get("ProvisionedConcurrency", 0)
                > variant.desired_serverless["MaxConcurrency"]
            ):
                raise validation("ProvisionedConcurrency must be less than or equal to MaxConcurrency.")
    endpoints.check_limits(call, endpoint, changed.instances())
    endpoint.fleet = changed
    deployments.scale(call, endpoint, before=fleet)
    return {"EndpointArn": endpoint.arn}


@handles("sagemaker", "DeleteEndpoint")
@endpoints.shows_late
def delete(call: Call) -> dict[str, Any]:
    """behaviour 0.4, 0.13, 5.11"""
    endpoint = endpoints.find(call, call.params["EndpointName"])
    endpoint.refuse_in_progress()
    components.refuse_while_hosting(call, endpoint)
    targets.forget_endpoint(call, endpoint.name)
    script = call.world.scripts.take(endpoint.name, "delete")

    def finish(moment: float) -> None:
        if script.outcome == "fail":
            endpoint.rest("Failed", moment, script.reason or "The endpoint could not be deleted.")
        else:
            endpoint.gone = True

    seconds = call.world.settings.deleting if script.seconds is None else script.seconds
    endpoint.begin("Deleting", call.now, seconds, finish)
    return {}
