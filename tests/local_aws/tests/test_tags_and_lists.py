# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

import pytest

from local_aws.paging import select
from local_aws.process import LocalAws
from local_aws.tests.kit import ARN
from local_aws.tests.kit import Kit
from local_aws.tests.kit import refused


def tags(kit: Kit, arn: str) -> dict[str, str]:
    return {one["Key"]: one["Value"] for one in kit.sagemaker.list_tags(ResourceArn=arn)["Tags"]}


def pairs(**given: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in given.items()]


def test_each_arn_has_its_own_tags(kit: Kit) -> None:
    model = kit.model(Tags=pairs(what="model"))
    config = kit.config(Tags=pairs(what="config"))
    endpoint = kit.endpoint(Tags=pairs(what="endpoint"))
    assert [tags(kit, arn)["what"] for arn in (model, config, endpoint)] == ["model", "config", "endpoint"]


def test_add_overwrites_and_delete_ignores_what_is_not_there(kit: Kit) -> None:
    arn = kit.model(Tags=pairs(a="1", b="2"))
    answer = kit.sagemaker.add_tags(ResourceArn=arn, Tags=pairs(b="3", c="é /"))
    assert len(answer["Tags"]) == 3
    kit.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a", "none"])
    assert tags(kit, arn) == {"b": "3", "c": "é /"}


def test_tags_work_in_any_status_and_go_with_the_endpoint(kit: Kit) -> None:
    kit.model()
    kit.config()
    arn = kit.endpoint(settle=False)
    kit.sagemaker.add_tags(ResourceArn=arn, Tags=pairs(a="1"))
    kit.settle()
    kit.sagemaker.delete_endpoint(EndpointName="e")
    assert tags(kit, arn) == {"a": "1"}
    kit.settle()
    with refused(f'Could not find endpoint "{ARN}endpoint/e".'):
        tags(kit, arn)


def test_refused_tags(kit: Kit) -> None:
    with refused("reserved"):
        kit.model(Tags=[{"Key": "aws:x", "Value": "1"}])
    with refused("Duplicate tag keys"):
        kit.model(Tags=pairs(a="1") + pairs(a="2"))
    arn = kit.model(Tags=[{"Key": str(number), "Value": ""} for number in range(50)])
    with refused("at most 50 tags"):
        kit.sagemaker.add_tags(ResourceArn=arn, Tags=pairs(a="1"))
    with refused(f'Could not find model "{ARN}model/none".'):
        tags(kit, ARN + "model/none")
    with refused("failed to satisfy constraint"):
        kit.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "a#", "Value": "1"}])


def names(answer: dict[str, Any], kind: str) -> list[str]:
    return [one[kind + "Name"] for one in answer[kind + "s"]]


@pytest.mark.parametrize("kind", ["Model", "EndpointConfig", "Endpoint"])
def test_pages_of_ten_newest_first(kit: Kit, kind: str) -> None:
    kit.model("model-0")
    kit.config("config-0", [kit.variant(ModelName="model-0")])
    made = []
    for number in range(12):
        made.append(f"x-{number:02}")
        if kind == "Model":
            kit.model(made[-1])
        elif kind == "EndpointConfig":
            kit.config(made[-1], [kit.variant(ModelName="model-0")])
        else:
            kit.endpoint(made[-1], "config-0", settle=False)
    operation = {"Model": "list_models", "EndpointConfig": "list_endpoint_configs", "Endpoint": "list_endpoints"}[kind]
    call = getattr(kit.sagemaker, operation)
    first = call(NameContains="X-")
    assert names(first, kind) == made[:1:-1]
    second = call(NameContains="X-", NextToken=first["NextToken"])
    assert names(second, kind) == made[1::-1]
    assert "NextToken" not in second
    assert names(call(NameContains="x-", SortBy="Name", SortOrder="Ascending", MaxResults=2), kind) == made[:2]
    pages = kit.sagemaker.get_paginator(operation).paginate(NameContains="x-")
    assert len([one for page in pages for one in page[kind + "s"]]) == 12
    assert names(call(CreationTimeAfter=time.time() + 60), kind) == []
    assert len(names(call(CreationTimeBefore=time.time() + 60, NameContains="x-"), kind)) == 10
    with refused("Invalid pagination token"):
        call(NextToken="nonsense")


@pytest.mark.parametrize("inclusive", [True, False])
def test_times_of_filters(inclusive: bool) -> None:
    """CreationTimeAfter takes its own moment in, except for components; no other does."""
    items = [
        {"Name": name, "CreationTime": moment, "LastModifiedTime": moment} for name, moment in zip("abc", (1, 2, 3))
    ]

    def kept(**params: float) -> str:
        chosen = select(items, {**params, "SortOrder": "Ascending"}, "Name", from_its_moment=inclusive)
        return "".join(one["Name"] for one in chosen)

    assert kept(CreationTimeAfter=2) == ("bc" if inclusive else "c")
    assert (kept(LastModifiedTimeAfter=2), kept(CreationTimeBefore=2), kept(LastModifiedTimeBefore=2)) == (
        "c",
        "a",
        "a",
    )


def test_endpoints_by_status(kit: Kit, aws: LocalAws) -> None:
    kit.serve()
    kit.endpoint("f", settle=False)
    call = kit.sagemaker.list_endpoints
    assert names(call(StatusEquals="Creating"), "Endpoint") == ["f"]
    assert names(call(StatusEquals="InService"), "Endpoint") == ["e"]
    assert names(call(SortBy="Status", SortOrder="Descending"), "Endpoint") == ["e", "f"]
    assert names(call(LastModifiedTimeAfter=time.time() + 2000), "Endpoint") == []


def tagged(kit: Kit, *kinds: str, **filters: Any) -> list[str]:
    """What GetResources shows of these kinds, by the ends of its ARNs."""
    tagging = kit.aws.client("resourcegroupstaggingapi")
    pages = tagging.get_paginator("get_resources").paginate(
        ResourceTypeFilters=[f"sagemaker:{kind}" for kind in kinds], **filters
    )
    return [one["ResourceARN"].removeprefix(ARN) for page in pages for one in page["ResourceTagMappingList"]]


def test_the_tagging_api_finds_what_carries_all_tags(kit: Kit) -> None:
    kit.model("M", Tags=pairs(owner="a", team="x"))
    kit.model("other", Tags=pairs(owner="b"))
    kit.config(Tags=pairs(owner="a"))
    kit.endpoint()
    owned = {"TagFilters": [{"Key": "owner", "Values": ["a", "c"]}]}
    assert tagged(kit, "model", "endpoint-config", **owned) == ["endpoint-config/c", "model/m"]
    assert tagged(kit, "model", TagFilters=[{"Key": "owner"}]) == ["model/m", "model/other"]
    assert tagged(kit, "model", TagFilters=[*owned["TagFilters"], {"Key": "team", "Values": ["y"]}]) == []
    assert tagged(kit, "model", **owned, ResourcesPerPage=1) == ["model/m"]
    assert tagged(kit, "model", TagFilters=[{"Key": "owner"}], ResourcesPerPage=1) == ["model/m", "model/other"]
    tagging = kit.aws.client("resourcegroupstaggingapi")
    with refused("between 1 and 100", "InvalidParameterException"):
        tagging.get_resources(ResourceTypeFilters=["sagemaker:model"], ResourcesPerPage=101)
    # What is not SageMaker's is moto's.
    assert tagging.get_resources(ResourceTypeFilters=["s3"])["ResourceTagMappingList"] == []


def test_the_tagging_api_lags_behind(kit: Kit) -> None:
    kit.aws.configure(tag_index_delay=30)
    arn = kit.model("m", Tags=pairs(a="1"))
    assert tagged(kit, "model", TagFilters=[{"Key": "a"}]) == []
    kit.aws.advance(31)
    assert tagged(kit, "model", TagFilters=[{"Key": "a", "Values": ["1"]}]) == ["model/m"]
    kit.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert tagged(kit, "model", TagFilters=[{"Key": "a"}]) == ["model/m"]
    kit.aws.advance(31)
    assert tagged(kit, "model", TagFilters=[{"Key": "a"}]) == []
