# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What serves, and whether an endpoint that somebody else made serves what would be deployed."""

from __future__ import annotations

from typing import Any

import botocore
import pytest

from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core import ownership
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.early_checks import release_info
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.planning import look
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.release import releases
from integration.deploys import OTHER_IMAGE
from integration.harness import Player
from integration.logic import IMAGE
from integration.logic import ROLE
from integration.logic import Logic
from local_aws.process import LocalAws


@pytest.fixture
def logic(aws: LocalAws) -> Logic:
    return Logic(aws)


def ask(logic: Logic, **options: Any) -> dict[str, Any]:
    params = {
        "endpoint_name": "e",
        "name_prefix": None,
        "models": None,
        "endpoint_config": None,
        "execution_role_arn": None,
    }
    logic.aws.clear_calls()
    found = look.look(logic.connection(), {**params, **options})
    assert logic.aws.mutating() == []
    return found


def wanted(**variant: Any) -> dict[str, Any]:
    """What would be deployed: the same as logic.make_config makes, under other names."""
    main = {"variant_name": "main", "instance_type": "ml.m5.large", "initial_instance_count": 1, **variant}
    return {
        "name_prefix": "p",
        "models": [{"variants": ["main"], "primary_container": {"image": IMAGE}}],
        "endpoint_config": {"production_variants": [main]},
    }


def differences(logic: Logic) -> list[str]:
    """The paths of what differs."""
    return [difference["path"] for difference in ask(logic, **wanted())["serving"]["differences"]]


def test_no_endpoint(logic: Logic) -> None:
    assert ask(logic, **wanted()) == {
        "releases": [],
        "orphaned_components": [],
        "orphaned_models": [],
        "name_prefixes": [],
        "earlier_roles": [],
        "tagging_denied": False,
        "serving": {},
        "stopped": {},
        "power": None,
        "region": "us-east-1",
        "account_id": "123456789012",
    }


def test_a_strangers_endpoint_with_the_same_content_matches(logic: Logic) -> None:
    logic.make_config("terraform-config-a1b2")
    logic.make_endpoint("e", "terraform-config-a1b2")
    found = ask(logic, **wanted())["serving"]
    assert (found["matches"], found["differences"], found["owned"], found["endpoint_owned"]) == (True, [], False, False)
    assert found["execution_role_arn"] == ROLE
    assert found["model_names"] == ["terraform-config-a1b2-model"]


@pytest.mark.parametrize("served_as_url", [True, False])
def test_an_archive_matches_however_it_is_spelt(logic: Logic, served_as_url: bool) -> None:
    uri = "s3://bucket/model.tar.gz"
    source = {"S3DataSource": {"S3Uri": uri, "S3DataType": "S3Object", "CompressionType": "Gzip"}}
    asked = {"s3_data_source": {"s3_uri": uri, "s3_data_type": "S3Object", "compression_type": "Gzip"}}
    served = {"ModelDataUrl": uri} if served_as_url else {"ModelDataSource": source}
    logic.aws.put(uri)
    logic.make_config("c1")
    logic.aws.put(uri)
    logic.sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE, **served})
    logic.make_endpoint("e", logic.make_config("c2", ModelName="m"))
    for given in ({"model_data_url": uri}, {"model_data_source": asked}):
        container = {"image": IMAGE, **given}
        found = ask(logic, **wanted() | {"models": [{"variants": ["main"], "primary_container": container}]})["serving"]
        assert (found["matches"], found["differences"]) == (True, [])
    assert ask(logic, **wanted())["serving"]["matches"] is False


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (
            {
                "endpoint_config": {
                    "production_variants": [
                        {"variant_name": "main", "instance_type": "ml.m5.xlarge", "initial_instance_count": 1}
                    ]
                }
            },
            "production_variants[main].instance_type",
        ),
        ({"endpoint_config": {**wanted()["endpoint_config"], "kms_key_id": "k"}}, "kms_key_id"),
        (
            {"models": [{"variants": ["main"], "primary_container": {"image": OTHER_IMAGE}}]},
            "models[main].primary_container.image",
        ),
        (
            {"models": [{"variants": ["main"], "primary_container": {"image": IMAGE, "environment": {"A": "1"}}}]},
            "models[main].primary_container.environment",
        ),
        ({"execution_role_arn": "arn:aws:iam::123456789012:role/another"}, "models[main].execution_role_arn"),
    ],
)
def test_another_content_is_told(logic: Logic, change: dict[str, Any], path: str) -> None:
    logic.make_config("c1")
    logic.make_endpoint("e", "c1")
    found = ask(logic, **{**wanted(), **change})["serving"]
    assert found["matches"] is False
    assert any(difference["path"].startswith(path) for difference in found["differences"])


def test_what_serves_unasked_is_a_difference(logic: Logic) -> None:
    logic.make_config("c1", RoutingConfig={"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"})
    logic.sagemaker.create_model(
        ModelName="env", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": IMAGE, "Environment": {"A": "1"}}
    )
    variant = {"VariantName": "main", "ModelName": "env", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    logic.sagemaker.create_endpoint_config(EndpointConfigName="c2", ProductionVariants=[variant])
    logic.make_endpoint("e", "c1")
    assert differences(logic) == ["production_variants[main].routing_config"]
    logic.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c2")
    assert differences(logic) == ["models[main].primary_container.environment"]


def test_releases_are_told_by_their_tag_and_the_prefix_by_what_serves(logic: Logic) -> None:
    tag = [{"Key": ownership.OWNER_TAG, "Value": "e"}]
    for name in ("p-config-00000001", "p-config-00000002", "p-config-00000003"):
        logic.make_config(name)
        arn = logic.sagemaker.describe_endpoint_config(EndpointConfigName=name)["EndpointConfigArn"]
        if name != "p-config-00000002":
            logic.sagemaker.add_tags(ResourceArn=arn, Tags=tag)
        logic.aws.advance(1)
    logic.make_endpoint("e", "p-config-00000001", Tags=tag)
    found = ask(logic)
    assert [(release["endpoint_config_name"], release["live"]) for release in found["releases"]] == [
        ("p-config-00000001", True),
        ("p-config-00000003", False),
    ]
    assert (found["serving"]["owned"], found["serving"]["endpoint_owned"]) == (True, True)


def test_scalable_targets_are_told_with_their_owner(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_endpoint("e", "c1")
    logic.register("e")
    (target,) = ask(logic)["serving"]["scalable_targets"]
    assert (target["resource_id"], target["owned"]) == ("endpoint/e/variant/main", False)


WANTED_TARGET = {"resource_id": "endpoint/e/variant/main", "min_capacity": 1, "max_capacity": 2}


@pytest.mark.parametrize(
    ("owned", "variant", "targets", "unscaled"),
    [
        (True, {}, [WANTED_TARGET], []),
        (True, {}, [], ["main"]),
        (False, {}, [], []),
        # It does not fit: registered anew if it is asked for.
        (True, {"instance_type": "ml.t2.medium"}, [], ["main"]),
        (True, {"variant_name": "other"}, [], ["other"]),
        (True, {"variant_name": "other"}, [{**WANTED_TARGET, "resource_id": "endpoint/e/variant/other"}], ["other"]),
        (False, {"variant_name": "other"}, [], []),
    ],
)
def test_variants_to_which_no_target_is_to_be_brought_back(
    logic: Logic, owned: bool, variant: dict[str, Any], targets: list[dict[str, Any]], unscaled: list[str]
) -> None:
    logic.make_config("c1")
    logic.make_endpoint("e", "c1")
    logic.register("e", high=2, Tags={ownership.OWNER_TAG: "e"} if owned else {})
    asked = {**wanted(**variant), "autoscaling": targets}
    asked["models"][0]["variants"] = [variant.get("variant_name", "main")]
    assert ask(logic, **asked)["serving"]["unscaled_variants"] == unscaled


def test_a_target_of_another_bound_than_the_new_kind_takes_is_registered_anew(logic: Logic) -> None:
    logic.make_config("c1")
    logic.sagemaker.create_endpoint_config(
        EndpointConfigName="a1",
        ProductionVariants=[
            {
                "VariantName": "main",
                "ModelName": "c1-model",
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 1,
            }
        ],
        AsyncInferenceConfig={"OutputConfig": {"S3OutputPath": "s3://out/"}},
    )
    logic.make_endpoint("e", "a1")
    logic.register("e", low=0, high=2, Tags={ownership.OWNER_TAG: "e"})
    assert ask(logic, **wanted(), autoscaling=[WANTED_TARGET])["serving"]["unscaled_variants"] == ["main"]


def test_a_model_that_is_asked_for_by_its_name_must_be_the_one_that_serves(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    logic.make_endpoint("e", "c1")
    for name, differs in (("c1-model", []), ("c2-model", ["production_variants[main].model_name"])):
        asked = {**wanted(model_name=name), "models": []}
        assert [change["path"] for change in ask(logic, **asked)["serving"]["differences"]] == differs


def own(logic: Logic, *hashes: str, prefix: str = "p") -> list[dict[str, str]]:
    """Makes releases of e, one for each hash; the tags that e has when all of them have served."""
    tags = [{"Key": ownership.OWNER_TAG, "Value": "e"}]
    for hash_ in hashes:
        name = logic.make_config(f"{prefix}-config-{hash_}")
        arn = logic.sagemaker.describe_endpoint_config(EndpointConfigName=name)
        logic.sagemaker.add_tags(ResourceArn=arn["EndpointConfigArn"], Tags=tags)
        logic.aws.advance(1)
    return [*tags, {"Key": ownership.HISTORY_TAG, "Value": " ".join(reversed(hashes))}]


def test_a_release_that_an_endpoint_failed_with_has_not_served(logic: Logic) -> None:
    tags = own(logic, "00000001", "00000002")
    logic.aws.script("e", "create", "fail")
    logic.make_endpoint("e", "p-config-00000002", Tags=tags)
    found = ask(logic, **wanted())
    assert [(release["endpoint_config_name"][-1], release["served"]) for release in found["releases"]] == [
        ("1", True),
        ("2", False),
    ]
    assert found["serving"]["history"] == ["p-config-00000001"]


def test_a_release_that_served_until_an_update_failed_has_served(logic: Logic) -> None:
    tags = own(logic, "00000001", "00000002", "00000003")
    tags[-1] = {"Key": ownership.HISTORY_TAG, "Value": "00000002 00000001"}
    logic.make_endpoint("e", "p-config-00000002", Tags=tags)
    logic.aws.script("e", "update", "fail")
    logic.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="p-config-00000003")
    logic.aws.advance(60)
    assert logic.status("e") == "Failed"
    found = ask(logic, **wanted())
    assert {one["endpoint_config_name"][-1]: one["served"] for one in found["releases"]} == {
        "1": True,
        "2": True,
        "3": False,
    }
    assert found["serving"]["history"] == ["p-config-00000002", "p-config-00000001"]


@pytest.mark.parametrize(
    ("begun", "outcome", "served"),
    [
        # What is on its way has yet to be verified; what a run left behind without waiting has served once it is in use.
        ("create", None, {"1": False, "2": False}),
        ("create", "succeed", {"1": True, "2": False}),
        ("create", "fail", {"1": False, "2": False}),
        ("update", None, {"1": True, "2": False}),
        ("update", "succeed", {"1": True, "2": True}),
        ("update", "rollback", {"1": True, "2": False}),
    ],
)
def test_what_is_rolled_out_and_not_entered_has_served_once_it_is_in_use(
    logic: Logic, begun: str, outcome: str | None, served: dict[str, bool]
) -> None:
    tags = [*own(logic, "00000001", "00000002")[:1], {"Key": ownership.HISTORY_TAG, "Value": ""}]
    if begun == "update":
        logic.make_endpoint("e", "p-config-00000001", Tags=tags)
        arn = logic.sagemaker.describe_endpoint(EndpointName="e")["EndpointArn"]
        logic.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": ownership.HISTORY_TAG, "Value": "00000001"}])
    logic.aws.script("e", begun, outcome or "succeed")
    if begun == "create":
        logic.make_endpoint("e", "p-config-00000001", settled=False, Tags=tags)
    else:
        logic.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="p-config-00000002")
    if outcome:
        logic.aws.advance(60)
    found = ask(logic, **wanted())
    assert {one["endpoint_config_name"][-1]: one["served"] for one in found["releases"]} == served
    # The account itself is as it was written.
    assert found["serving"]["history"] == ([] if begun == "create" else ["p-config-00000001"])
    latest = "p-config-00000002" if served["2"] else "p-config-00000001"
    assert found["serving"]["in_use"] == (latest if any(served.values()) else None)


def test_releases_of_every_prefix_are_found(logic: Logic) -> None:
    """By the history, and what never served by its tag."""
    tags = own(logic, "00000001", prefix="Old") + own(logic, "00000002", prefix="p")
    value = "p-config-00000002 Old-config-00000001"
    logic.make_endpoint("e", "p-config-00000002", Tags=[*tags[:1], {"Key": ownership.HISTORY_TAG, "Value": value}])
    own(logic, "00000003", prefix="Failed")
    for denied in (False, True):
        if denied:
            logic.aws.fault("GetResources", kind="denied", times=9)
        for given in ({}, wanted()):  # to destroy, and to deploy
            for prefix in ("p", "another", None):
                found = ask(logic, **{**given, "name_prefix": prefix})
                listed = [(one["endpoint_config_name"], one["served"]) for one in found["releases"]]
                known = [("p-config-00000002", True), ("Old-config-00000001", True)]
                assert listed == (known if denied else [*known, ("Failed-config-00000003", False)])
                assert found["tagging_denied"] == denied
                # ARNs are in lower case, and other calls than CreateEndpoint may want the name as it is.
                assert asked_for(logic) == {name for name, _served in listed}
    logic.aws.clear_faults()
    logic.sagemaker.delete_endpoint(EndpointName="e")
    logic.aws.advance(60)
    logic.aws.clear_calls()
    gone = logic.run(releases.ensure, {"state": "absent", "endpoint_name": "e", "name_prefix": "another", "keep": 0})
    assert {change.before for change in gone.plan.changes} == {name for name, _served in known} | {
        "Failed-config-00000003"
    }
    assert asked_for(logic) == {"p-config-00000002", "Old-config-00000001", "Failed-config-00000003"}
    # Where nothing may be listed, the name in lower case has to do.
    own(logic, "00000004", prefix="Left")
    logic.aws.fault("ListEndpointConfigs", kind="denied", times=9)
    assert [one["endpoint_config_name"] for one in ask(logic)["releases"]] == ["Left-config-00000004"]


def asked_for(logic: Logic) -> set[str]:
    """The names by which configurations were described."""
    return {
        call["request"]["EndpointConfigName"]
        for call in logic.aws.calls()
        if call["operation"] == "DescribeEndpointConfig"
    }


def test_where_the_tagging_api_is_denied_names_with_the_prefix_are_looked_at(logic: Logic) -> None:
    logic.make_endpoint("e", "p-config-00000001", Tags=own(logic, "00000001"))
    own(logic, "00000002")
    logic.make_config("p-config-00000003")
    logic.aws.fault("GetResources", kind="denied", times=9)
    found = ask(logic, **wanted())
    assert [one["endpoint_config_name"] for one in found["releases"]] == ["p-config-00000001", "p-config-00000002"]


def test_what_the_index_does_not_show_yet_is_found_if_it_serves_or_has_served(logic: Logic) -> None:
    logic.aws.configure(tag_index_delay=3600)
    tags = own(logic, "00000001", "00000002")
    logic.make_endpoint("e", "p-config-00000002", Tags=tags)
    own(logic, "00000003")
    assert [one["endpoint_config_name"][-1] for one in ask(logic, **wanted())["releases"]] == ["2", "1"]
    # What another run has made just now is looked for before anything is deleted.
    params = {"state": "present", "endpoint_name": "e", "name_prefix": "p", "keep": 0, "endpoint_config_name": None}
    pruned = logic.run(releases.ensure, params)
    assert [release.name[-1] for release in pruned.releases] == ["2", "3"]
    assert pruned.plan.calls == ["DeleteEndpointConfig"]
    # What is gone is still shown.
    logic.aws.configure(tag_index_delay=0)
    logic.aws.advance(1)
    logic.aws.configure(tag_index_delay=3600)
    logic.aws.advance(3600)
    logic.sagemaker.delete_endpoint_config(EndpointConfigName="p-config-00000003")
    assert [one["endpoint_config_name"][-1] for one in ask(logic, **wanted())["releases"]] == ["2"]


def test_what_was_adopted_is_a_release_to_go_back_to_and_stays(logic: Logic) -> None:
    tags = own(logic, "00000001", "00000002")
    logic.make_config("terraform")
    value = "p-config-00000002 00000001 =terraform"
    logic.make_endpoint("e", "p-config-00000002", Tags=[tags[0], {"Key": ownership.HISTORY_TAG, "Value": value}])
    found = ask(logic, **wanted())
    assert [(one["endpoint_config_name"], one["served"], one["owned"]) for one in found["releases"]] == [
        ("p-config-00000002", True, True),
        ("p-config-00000001", True, True),
        ("terraform", True, False),
    ]
    params = {"state": "present", "endpoint_name": "e", "name_prefix": "p", "keep": 1, "endpoint_config_name": None}
    for keep, left in (
        (1, ["p-config-00000002", "p-config-00000001", "terraform"]),
        (0, ["p-config-00000002", "terraform"]),
    ):
        pruned = logic.run(releases.ensure, {**params, "keep": keep})
        assert [release.name for release in pruned.releases] == left
    logic.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="terraform")
    logic.aws.advance(60)
    # Back on it, its content counts again.
    assert ask(logic, **wanted())["serving"]["matches"] is True
    logic.sagemaker.delete_endpoint(EndpointName="e")
    logic.aws.advance(60)
    assert logic.run(releases.ensure, {**params, "state": "absent"}).plan.calls == ["DeleteEndpointConfig"]


def test_another_spelling_of_the_endpoints_name_is_refused(logic: Logic) -> None:
    logic.make_endpoint("Churn", logic.make_config("c1"))
    with pytest.raises(InputError, match="endpoint_name: the endpoint is called Churn, not churn"):
        ask(logic, endpoint_name="churn", name_prefix=None)


def test_a_user_compares_what_is_not_refused_of_a_deploy(logic: Logic) -> None:
    logic.make_config("c1")
    logic.make_endpoint("e", "c1")
    logic.register("e")
    given = {"endpoint_name": "e", **wanted(instance_type="ml.t2.medium")}
    found = release_info.info(logic.connection(), given)["serving"]
    assert [one["path"] for one in found["differences"]] == ["production_variants[main].instance_type"]
    # Without the autoscaling of a deploy nobody knows.
    assert "unscaled_variants" not in found
    for names in (None, [], ["other"]):
        given["models"][0]["variants"] = names
        with pytest.raises(InputError) as refused:
            release_info.info(logic.connection(), given)
        said = str(refused.value.problems[0])
        assert said == f"models[0].variants: must name variants of endpoint_config (main), got {names}."
    given["models"] = [{"variants": ["main"], "primary_container": {"imagine": IMAGE}}]
    with pytest.raises(InputError, match="models.0..primary_container"):
        release_info.info(logic.connection(), given)
    with pytest.raises(InputError, match="endpoint_name: the endpoint is called e, not E"):
        release_info.info(logic.connection(), {"endpoint_name": "E"})


def test_a_release_without_its_tag_is_still_told_by_the_account(logic: Logic) -> None:
    tags = own(logic, "00000001")
    arn = logic.sagemaker.describe_endpoint_config(EndpointConfigName="p-config-00000001")["EndpointConfigArn"]
    logic.sagemaker.delete_tags(ResourceArn=arn, TagKeys=[ownership.OWNER_TAG])
    logic.make_endpoint("e", "p-config-00000001", Tags=tags)
    told = ask(logic, **wanted())["serving"]
    assert (told["owned"], told["matches"], told["differences"]) == (False, False, [])


# Inference components that are there, and those that are wanted

COMPUTE = {"MinMemoryRequiredInMb": 1024, "NumberOfCpuCoresRequired": 1}
ARTIFACT = "s3://models/adapter.tar.gz"


@pytest.fixture
def hosting(logic: Logic) -> Logic:
    """With the endpoints e and f, whose variants a and b host components."""
    logic.aws.put(ARTIFACT)
    logic.aws.make_role("exec")
    variants = [
        {"VariantName": name, "InstanceType": "ml.m5.4xlarge", "InitialInstanceCount": 1} for name in ("a", "b")
    ]
    logic.sagemaker.create_endpoint_config(EndpointConfigName="c", ExecutionRoleArn=ROLE, ProductionVariants=variants)
    for name in ("e", "f"):
        logic.make_endpoint(name, "c")
    return logic


def put(
    logic: Logic, name: str, owned: bool = True, endpoint: str = "e", variant: str = "a", base: str | None = None
) -> None:
    inside: dict[str, Any] = {"Container": {"Image": IMAGE}, "ComputeResourceRequirements": COMPUTE}
    if base:
        inside = {"Container": {"ArtifactUrl": ARTIFACT}, "BaseInferenceComponentName": base}
    logic.sagemaker.create_inference_component(
        InferenceComponentName=name,
        EndpointName=endpoint,
        Specification=inside,
        **({} if base else {"VariantName": variant, "RuntimeConfig": {"CopyCount": 1}}),
        **({"Tags": [{"Key": ownership.OWNER_TAG, "Value": endpoint}]} if owned else {}),
    )
    logic.aws.advance(60)


def component(name: str = "chat", variant: str = "a") -> dict[str, Any]:
    requirements = {"min_memory_required_in_mb": 1024, "number_of_cpu_cores_required": 1}
    specification = {"container": {"image": IMAGE}, "compute_resource_requirements": requirements}
    return {"name": name, "variant_name": variant, "specification": specification}


def adapter(name: str = "legal", base: str = "chat") -> dict[str, Any]:
    return {
        "name": name,
        "specification": {"base_inference_component_name": base, "container": {"artifact_url": ARTIFACT}},
    }


def refused(logic: Logic, *components: dict[str, Any], variants: str = "ab", endpoint: str = "e") -> str:
    """The message, '' where nothing is refused."""
    listed = [
        {"variant_name": name, "instance_type": "ml.m5.4xlarge", "initial_instance_count": 1} for name in variants
    ]
    options = {"endpoint_config": {"production_variants": listed}, "inference_components": list(components)}
    try:
        ask(logic, endpoint_name=endpoint, **options)
    except InputError as error:
        return error.message
    return ""


def test_components_tell_their_variant(hosting: Logic) -> None:
    put(hosting, "chat", variant="b")
    put(hosting, "legal", base="chat")
    found = ask(hosting)["serving"]["inference_components"]
    assert [(one["name"], one["variant_name"]) for one in found] == [("legal", "b"), ("chat", "b")]


def test_a_name_is_there_once_in_a_region(hosting: Logic) -> None:
    put(hosting, "chat", endpoint="f")
    listed = "sagemaker_endpoint_inference_components"
    assert refused(hosting, component()).startswith(
        f"{listed}[chat].name: this is the name of an inference component on"
    )
    assert "on the endpoint f," in refused(hosting, component(), endpoint="new")
    assert refused(hosting, component(), endpoint="f") == ""
    assert f"{listed}[Chat].name: the component is called chat" in refused(hosting, component("Chat"), endpoint="f")
    hosting.sagemaker.delete_inference_component(InferenceComponentName="chat")
    assert refused(hosting, component()) == ""


def test_a_component_to_be_made_begins_with_a_copy(hosting: Logic) -> None:
    empty = {**component(), "runtime_config": {"copy_count": 0}}
    place = "sagemaker_endpoint_inference_components[chat].runtime_config.copy_count"
    assert refused(hosting, empty).startswith(f"{place}: ")
    put(hosting, "chat")
    assert refused(hosting, empty) == ""


def test_what_only_an_older_botocore_requires_is_missed_before_anything_is_made(
    hosting: Logic, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape = hosting.connection().sagemaker.input_shape("CreateInferenceComponent")
    monkeypatch.setattr(shape, "required_members", [*shape.required_members, "RuntimeConfig"])
    bare = component()
    place = "sagemaker_endpoint_inference_components[chat].runtime_config"
    assert refused(hosting, bare).startswith(f"{place}: the installed botocore {botocore.__version__} needs it")
    full = {**bare, "runtime_config": {"copy_count": 1}}
    assert refused(hosting, full) == refused(hosting, full, adapter()) == ""
    # An update needs none.
    with monkeypatch.context() as newer:
        newer.setattr(shape, "required_members", [name for name in shape.required_members if name != "RuntimeConfig"])
        assert refused(hosting, bare) == ""
        put(hosting, "chat")
    assert refused(hosting, bare) == ""


def test_what_is_left_of_an_older_endpoint_is_not_there(hosting: Logic) -> None:
    hosting.aws.configure(components_outlive_endpoints=True)
    put(hosting, "chat")
    put(hosting, "theirs", owned=False)
    hosting.sagemaker.delete_endpoint(EndpointName="e")
    hosting.aws.advance(60)

    def left() -> tuple[Any, Any]:
        found = ask(hosting)
        return found["orphaned_components"], found["serving"].get("inference_components", [])

    assert left() == (["chat"], [])
    assert refused(hosting, component()) == ""
    # Its name is free for others as well.
    assert refused(hosting, component(), endpoint="f") == ""
    hosting.make_endpoint("e", "c")
    assert left() == (["chat"], [])
    assert refused(hosting, component(variant="b")) == ""
    hosting.aws.fault("ListInferenceComponents", "denied", times=9)
    hosting.sagemaker.delete_endpoint(EndpointName="e")
    hosting.aws.advance(60)
    assert left() == ([], [])


def test_components_do_not_move(hosting: Logic) -> None:
    put(hosting, "chat")
    put(hosting, "other")
    put(hosting, "legal", base="chat")
    both = (component(), component("other"))
    assert refused(hosting, *both, adapter()) == ""
    place = "sagemaker_endpoint_inference_components[{}]"
    moved = refused(hosting, component(variant="b"), component("other"), adapter())
    assert moved.startswith(f"{place.format('chat')}.variant_name: it runs on the variant a, but b is desired")
    renamed = refused(hosting, component(variant="n"), component("other", "n"), adapter(), variants="n")
    assert renamed.count(".variant_name: it runs on the variant a, but n is desired") == 2
    rebased = refused(hosting, *both, adapter(base="other"))
    assert rebased.startswith(f"{place.format('legal')}.specification.base_inference_component_name: the base is chat")
    assert "the base is not set, but chat is desired" in refused(hosting, component(), adapter("other"), adapter())
    # What is not listed any more goes.
    assert refused(hosting, component("new", "b"), variants="b") == ""


def test_an_adapter_needs_a_base_that_stays(hosting: Logic) -> None:
    place = "sagemaker_endpoint_inference_components[legal].specification.base_inference_component_name"
    assert refused(hosting, adapter()).startswith(f"{place}: chat is neither listed nor an inference component on")
    put(hosting, "chat")
    put(hosting, "theirs", owned=False)
    assert refused(hosting, adapter()).startswith(f"{place}: chat is no longer in the list, so it will be deleted.")
    assert refused(hosting, adapter(base="theirs")) == ""


def test_what_somebody_else_made_keeps_what_it_needs(hosting: Logic) -> None:
    put(hosting, "chat")
    put(hosting, "theirs", owned=False, base="chat")
    assert refused(hosting, component()) == ""
    said = refused(hosting, component("new"))
    assert said.startswith(
        "sagemaker_endpoint_inference_components: chat is no longer listed, and SageMaker does not delete a base"
    )
    said = refused(hosting, component("new", "b"), variants="b")
    assert said.startswith("sagemaker_endpoint_production_variants: SageMaker does not remove a variant that hosts")
    assert said.count("theirs") == 1


TARGETS = [{"resource_id": "endpoint/e/variant/main", "min_capacity": 1, "max_capacity": 2}]


@pytest.mark.parametrize("status", [None, "Failed", "Creating", "InService", "Updating"])
def test_autoscaling_without_waiting_is_refused_only_for_an_endpoint_yet_to_be_made(
    logic: Logic, status: str | None
) -> None:
    logic.make_config("c1")
    logic.make_config("c2")
    if status:
        if status == "Failed":
            logic.aws.script("e", "create", "fail", reason="a health check")
        if status == "Creating":
            logic.aws.script("e", "create", seconds=3600)
        logic.make_endpoint("e", "c1", settled=status != "Creating")
    if status == "Updating":
        logic.aws.script("e", "update", seconds=3600)
        logic.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="c2")
    assert logic.status("e") == status
    options = {**wanted(), "autoscaling": TARGETS, "places": {"wait": "wait"}}
    ask(logic, **options, wait=True)
    ask(logic, **{**options, "autoscaling": []}, wait=False)
    if status in (None, "Failed"):
        with pytest.raises(InputError, match="sagemaker_endpoint_wait: must be true with autoscaling .*, got false"):
            ask(logic, **options, wait=False)
    else:
        names = ask(logic, **options, wait=False)["serving"]["variant_names"]
        assert names == ([] if status == "Creating" else ["main"])


def put_alarm(logic: Logic, owner: str, description: str | None = None) -> None:
    logic.client("cloudwatch").put_metric_alarm(
        AlarmName=ownership.alarm_name(owner),
        AlarmDescription=description or ownership.alarm_description(owner),
        Namespace="AWS/SageMaker",
        MetricName="HasBacklogWithoutCapacity",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
    )


def test_alarms_that_woke_from_zero_are_found_without_their_target(logic: Logic) -> None:
    logic.make_config("p-config-0000cafe")
    arn = logic.sagemaker.describe_endpoint_config(EndpointConfigName="p-config-0000cafe")["EndpointConfigArn"]
    logic.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": ownership.OWNER_TAG, "Value": "e"}])
    logic.make_endpoint("e", "p-config-0000cafe")
    put_alarm(logic, "e-main")
    put_alarm(logic, "e-other")
    found = ask(logic, name_prefix="p")
    assert found["waking_alarms"] == ["e-main-wake-from-zero"]
    assert "waking_alarms" not in ask(logic, **wanted())
    logic.aws.fault("DescribeAlarms", "denied")
    assert ask(logic, name_prefix="p")["waking_alarms"] == []
    # The releases tell the variants of an endpoint that is gone.
    logic.sagemaker.delete_endpoint(EndpointName="e")
    logic.aws.advance(60)
    assert ask(logic, name_prefix="p")["waking_alarms"] == ["e-main-wake-from-zero"]
    put_alarm(logic, "e-main", "somebody else's")
    assert ask(logic, name_prefix="p")["waking_alarms"] == []


COMPARISON = f"""
- name: Compare
  mlops.sagemaker.sagemaker_endpoint_release_info:
    endpoint_name: e
    models:
      - variants: [main]
        primary_container: {{image: {IMAGE}}}
    endpoint_config:
      production_variants:
        - {{variant_name: main, instance_type: "{{{{ item }}}}", initial_instance_count: 1}}
  loop: [ml.m5.large, ml.m5.xlarge]
- name: Compare nothing
  mlops.sagemaker.sagemaker_endpoint_release_info:
    endpoint_name: e
    models:
      - variants: [main]
        primary_container: {{image: {IMAGE}}}
  ignore_errors: true
- name: Only look
  mlops.sagemaker.sagemaker_endpoint_release_info:
    endpoint_name: e
"""


def test_a_play_compares_what_terraform_made(logic: Logic, play: Player) -> None:
    logic.make_config("terraform")
    logic.make_endpoint("e", "terraform")
    logic.aws.clear_calls()
    done = play(COMPARISON, check=True)
    assert (done.ok, done.changed, logic.aws.mutating()) == (True, 0, []), done
    same, other = (item["serving"] for item in done.result("Compare")["results"])
    assert (same["matches"], same["differences"]) == (True, [])
    assert other["matches"] is False
    assert other["differences"] == [
        {"path": "production_variants[main].instance_type", "before": "ml.m5.large", "after": "ml.m5.xlarge"}
    ]
    assert "missing parameter(s) required by 'models': endpoint_config" in done.result("Compare nothing")["msg"]
    looked = done.result("Only look")
    assert (looked["serving"]["endpoint_config_name"], looked["serving"]["differences"]) == ("terraform", [])
    assert looked["waking_alarms"] == []
    assert [(one["endpoint_config_name"], one["live"], one["owned"]) for one in looked["releases"]] == [
        ("terraform", True, False)
    ]
