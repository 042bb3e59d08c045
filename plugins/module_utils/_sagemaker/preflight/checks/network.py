# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VPC: subnets and security groups belong together, have room, and reach S3 and ECR."""

from __future__ import annotations

from typing import Any
from typing import Dict
from typing import Iterator
from typing import List
from typing import Mapping
from typing import Optional
from typing import Set

from ...core.types import Api
from ...rules import images as image_rules
from ..check import Check
from ..findings import ERROR
from ..findings import OK
from ..findings import WARNING
from ..findings import Finding
from ..findings import Unseen
from ..findings import shown
from ..lookup import Lookup
from ..subject import Deploy
from . import artifacts

SUBNETS = "vpc_subnets"
GROUPS = "vpc_security_groups"
ADDRESSES = "vpc_addresses"
S3 = "vpc_way_to_s3"
ECR = "vpc_way_to_ecr"

VARIABLE = "sagemaker_endpoint_vpc_config"
# Where a default route may lead to that the internet, or somebody else's way to it, is behind. An internet gateway is none: the
# interfaces of SageMaker have no public addresses.
_WAYS_OUT = (
    "NatGatewayId",
    "TransitGatewayId",
    "NetworkInterfaceId",
    "InstanceId",
    "VpcPeeringConnectionId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
)


def look(lookup: Lookup, deploy: Deploy) -> Dict[str, Any]:
    """Return the subnets, groups, route tables and endpoints of the VPC, as EC2 describes them; nothing without a vpc_config."""
    config = deploy.inputs["vpc_config"]
    if not config:
        return {}
    # By filters: asked for by its id, one that is missing would be an error about all.
    subnets = lookup.pages("ec2", "DescribeSubnets", _filter("subnet-id", config["subnets"]), "Subnets")
    groups = lookup.pages(
        "ec2", "DescribeSecurityGroups", _filter("group-id", config["security_group_ids"]), "SecurityGroups"
    )
    seen: Dict[str, Any] = {"subnets": subnets, "groups": groups}
    vpcs = set() if isinstance(subnets, Unseen) else {subnet["VpcId"] for subnet in subnets}
    if len(vpcs) == 1:
        within = _filter("vpc-id", sorted(vpcs))
        seen["tables"] = lookup.pages("ec2", "DescribeRouteTables", within, "RouteTables")
        seen["endpoints"] = lookup.pages("ec2", "DescribeVpcEndpoints", within, "VpcEndpoints")
    return seen


def judge(deploy: Deploy, seen: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield findings about the VPC."""
    config = deploy.inputs["vpc_config"]
    if not config:
        return
    subnets, groups = seen["subnets"], seen["groups"]
    yield from _of_listed(SUBNETS, "subnets", "subnet", config["subnets"], subnets, "SubnetId")
    yield from _of_listed(
        GROUPS, "security_group_ids", "security group", config["security_group_ids"], groups, "GroupId"
    )
    if isinstance(subnets, Unseen):
        return
    yield from _of_vpcs(subnets, [] if isinstance(groups, Unseen) else groups)
    if subnets:
        yield _of_addresses(deploy, subnets)
    if "tables" in seen:
        yield from _of_ways(deploy, subnets, seen["tables"], seen["endpoints"])


def _filter(name: str, values: List[str]) -> Dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": list(values)}]}


def _of_listed(check: str, option: str, noun: str, ids: List[str], found: Any, member: str) -> Iterator[Finding]:
    variable = f"{VARIABLE}.{option}"
    if isinstance(found, Unseen):
        yield found.finding(check, variable, f"each {noun}")
        return
    missing = set(ids) - {one[member] for one in found}
    if missing:
        message = f"EC2 has no {noun} {shown(missing)}."
        yield Finding(check, ERROR, variable, message, "Create it, or correct the id or the region.")
    else:
        yield Finding(check, OK, variable, f"each {noun} exists.")


def _of_vpcs(subnets: List[Api], groups: List[Api]) -> Iterator[Finding]:
    vpcs = {subnet["VpcId"] for subnet in subnets}
    if len(vpcs) > 1:
        message = f"the subnets are in several VPCs: {shown(vpcs)}."
        yield Finding(SUBNETS, ERROR, f"{VARIABLE}.subnets", message, "Give subnets of one VPC.")
    elif vpcs and {group["VpcId"] for group in groups} - vpcs:
        others = shown({group["VpcId"] for group in groups} - vpcs)
        message = f"the subnets are in {shown(vpcs)}, and a security group is in {others}."
        yield Finding(
            GROUPS, ERROR, f"{VARIABLE}.security_group_ids", message, "Give security groups of the VPC of the subnets."
        )


def _of_addresses(deploy: Deploy, subnets: List[Api]) -> Finding:
    """Check whether each instance gets an address, including those of a second fleet."""
    instances = sum(int(variant.options.get("initial_instance_count") or 0) for variant in deploy.variants)
    needed = instances * (2 if deploy.exists else 1)
    free = sum(subnet["AvailableIpAddressCount"] for subnet in subnets)
    variable = f"{VARIABLE}.subnets"
    if free < instances:
        message = f"the subnets have {free} free addresses, and the endpoint needs {instances}."
        return Finding(ADDRESSES, ERROR, variable, message, "Free addresses, or add subnets.")
    if free < 2 * instances:
        message = f"the subnets have {free} free addresses, and an update needs {2 * instances}, because new instances start before the old ones stop."
        status = ERROR if deploy.updates and free < needed - instances else WARNING
        return Finding(ADDRESSES, status, variable, message, "Free addresses, or add subnets.")
    return Finding(ADDRESSES, OK, variable, f"the subnets have {free} free addresses.")


def _of_ways(deploy: Deploy, subnets: List[Api], tables: Any, endpoints: Any) -> Iterator[Finding]:
    needs_s3 = next(artifacts.artifacts(deploy), None) is not None
    needs_ecr = any(image_rules.ECR_IMAGE.match(one.options.get("image") or "") for one in deploy.containers)
    checks = [check for check, needed in ((S3, needs_s3), (ECR, needs_ecr)) if needed]
    for unseen in (tables, endpoints):
        if isinstance(unseen, Unseen):
            yield from (unseen.finding(check, f"{VARIABLE}.subnets", "the routes of the subnets") for check in checks)
            return
    cut_off = [subnet["SubnetId"] for subnet in subnets if not _leads_out(_table_of(subnet, tables))]
    services = _services(endpoints, deploy.place.region)
    if needs_s3:
        gateways = {one["VpcEndpointId"] for one in endpoints if one["ServiceName"].endswith(".s3")}
        stuck = [
            subnet["SubnetId"]
            for subnet in subnets
            if subnet["SubnetId"] in cut_off
            and "s3" not in services
            and not _has_gateway(_table_of(subnet, tables), gateways)
        ]
        yield _of_way(S3, ERROR, "S3", stuck, "Add a gateway endpoint for S3 to their route tables, or a NAT gateway.")
    if needs_ecr:
        stuck = [] if {"ecr.api", "ecr.dkr"} <= services else cut_off
        remedy = "Add interface endpoints for ecr.api and ecr.dkr to the VPC, or a NAT gateway."
        yield _of_way(ECR, WARNING, "ECR", stuck, remedy)


def _of_way(check: str, status: str, service: str, stuck: List[str], remedy: str) -> Finding:
    variable = f"{VARIABLE}.subnets"
    if stuck:
        return Finding(check, status, variable, f"{shown(stuck)} has no route to {service}.", remedy)
    return Finding(check, OK, variable, f"each subnet has a route to {service}.")


def _services(endpoints: List[Api], region: str) -> Set[str]:
    """Return the services with interface endpoints in the VPC, such as ecr.dkr."""
    interfaces = [one["ServiceName"] for one in endpoints if one.get("VpcEndpointType") == "Interface"]
    # com.amazonaws.<region>.<service>, and cn.com.amazonaws.<region>.<service> for some of China.
    return {name.partition(f".{region}.")[2] for name in interfaces}


def _table_of(subnet: Api, tables: List[Api]) -> Optional[Api]:
    """Return the route table of a subnet: its own, or the main one of the VPC."""
    main = None
    for table in tables:
        for association in table.get("Associations", []):
            if association.get("SubnetId") == subnet["SubnetId"]:
                return table
            if association.get("Main") and table["VpcId"] == subnet["VpcId"]:
                main = table
    return main


def _leads_out(table: Optional[Api]) -> bool:
    """Return whether the table has a default route to a usable target."""
    return any(
        route.get("DestinationCidrBlock") == "0.0.0.0/0"
        and route.get("State", "active") == "active"
        and any(route.get(way) for way in _WAYS_OUT)
        for route in (table or {}).get("Routes", [])
    )


def _has_gateway(table: Optional[Api], gateways: Set[str]) -> bool:
    return any(route.get("GatewayId") in gateways for route in (table or {}).get("Routes", []))


CHECK = Check(look, judge)
