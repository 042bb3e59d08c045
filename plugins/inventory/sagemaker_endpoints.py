# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin sagemaker_endpoints: each endpoint is a host."""

from __future__ import annotations

DOCUMENTATION = r"""
name: sagemaker_endpoints
version_added: 1.0.0
short_description: Amazon SageMaker endpoints as hosts of an inventory
description:
  - Reads the endpoints of one account in some regions. Each endpoint is a host with the endpoint's name, in the group
    C(sagemaker_endpoints). Where two endpoints have the same name, the name of each host is C(NAME.REGION), or C(NAME.REGION.ACCOUNT) if
    another inventory source has a host of that name for another endpoint.
  - The facts about an endpoint are variables that begin with C(sagemaker_). None of them is a variable of the role
    P(mlops.sagemaker.sagemaker_endpoint#role), so they never change a deploy. A host of another inventory source with the same name, such
    as a file with the variables of the role, has both.
  - 'The variables are C(sagemaker_name), C(sagemaker_region), C(sagemaker_account), C(sagemaker_arn), C(sagemaker_status),
    C(sagemaker_failure_reason), C(sagemaker_kind) (V(real_time), V(serverless), V(asynchronous) or V(inference_components)),
    C(sagemaker_config_name) and C(sagemaker_config_exists) (of the endpoint configuration), C(sagemaker_release) (the name of the
    configuration if the role made it) with C(sagemaker_release_created) and C(sagemaker_release_age_days), C(sagemaker_variants) (a list of
    C(variant_name), C(shadow), C(model_name), C(instance_type), C(instance_pools), C(current_instance_count), C(desired_instance_count),
    C(current_weight), C(desired_weight), C(serverless)), C(sagemaker_inference_components) (a list of C(name), C(status), C(variant_name),
    C(images), C(current_copy_count), C(desired_copy_count)), C(sagemaker_images), C(sagemaker_tags), C(sagemaker_managed) (whether the role
    made the endpoint), C(sagemaker_created), C(sagemaker_updated) and C(sagemaker_age_days). Times are ISO 8601 texts in UTC. What is not
    known is null.'
  - 'It makes few calls: a list for each 100 endpoints, a list for the tags of each 100 endpoints, and one description of each endpoint and of
    its configuration. Tags that were changed within the last seconds may be missing.'
  - The name of the file must end in C(sagemaker_endpoints.yml) or C(sagemaker_endpoints.yaml).
author:
  - mlops.sagemaker maintainers (@mlops-sagemaker)
options:
  plugin:
    description:
      - The name of this plugin.
    type: str
    required: true
    choices: [mlops.sagemaker.sagemaker_endpoints]
  regions:
    description:
      - The regions to read. By default all regions that are enabled in the account, which needs the permission C(ec2:DescribeRegions).
    type: list
    elements: str
    default: []
  filters:
    description:
      - The endpoints to read. An endpoint must match each entry. A value is a text or a list of texts, of which one must match. C(*) and
        C(?) are wildcards, as in filters of AWS, unless a backslash stands before them. All other characters, such as C([), stand for themselves.
      - The names are V(name), V(status), V(kind), V(managed), V(release), V(endpoint_config_name), V(instance_type), V(image), V(tag_key) and
        C(tag:KEY).
      - V(name) and V(status) save calls, because an endpoint that does not match them is not described.
    type: dict
    default: {}
  include_filters:
    description:
      - A list of filters like O(filters). Endpoints that match one of them are added to those that match O(filters). Without O(filters),
        only they are read.
    type: list
    elements: dict
    default: []
  exclude_filters:
    description:
      - A list of filters like O(filters). Endpoints that match one of them are left out.
    type: list
    elements: dict
    default: []
  hostnames:
    description:
      - Jinja2 expressions over the variables of a host, in order of preference. The first that is not empty is the name of the host. By
        default the name of the endpoint.
    type: list
    elements: str
    default: []
  strict_permissions:
    description:
      - Whether the inventory fails if a region, or anything in it, cannot be read. If V(false), a warning says what is missing, and the
        inventory has the endpoints of the other regions.
    type: bool
    default: true
notes:
  - A value of AWS, such as a tag, is never evaluated as a template.
extends_documentation_fragment:
  - inventory_cache
  - constructed
  - mlops.sagemaker.requirements
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
  - amazon.aws.assume_role.plugins
seealso:
  - module: mlops.sagemaker.sagemaker_endpoint_info
"""

EXAMPLES = r"""
# two_regions.sagemaker_endpoints.yml: groups by status, kind, tag and instance type
plugin: mlops.sagemaker.sagemaker_endpoints
regions:
  - us-east-1
  - eu-west-1
keyed_groups:
  - key: sagemaker_status
    prefix: status
  - key: sagemaker_kind
    prefix: kind
  - key: sagemaker_region
    prefix: region
  - key: sagemaker_tags.team
    prefix: team
  - key: sagemaker_variants | map(attribute='instance_type') | select | list
    prefix: type
groups:
  old: (sagemaker_release_age_days or 0) > 90
---
# ours.sagemaker_endpoints.yml: endpoints of the role, addressed as the role's variables do, for example to destroy or roll back some
plugin: mlops.sagemaker.sagemaker_endpoints
regions: [us-east-1]
filters:
  managed: true
  tag:team: [fraud, churn]
exclude_filters:
  - name: "*-test"
compose:
  sagemaker_endpoint_name: sagemaker_name
  aws_region: sagemaker_region
---
# production.sagemaker_endpoints.yml: another account, whose endpoints may have the names of ours
plugin: mlops.sagemaker.sagemaker_endpoints
assume_role_arn: arn:aws:iam::222233334444:role/inventory
regions: [us-east-1]
hostnames:
  - sagemaker_name ~ '.production'
strict_permissions: false
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: .cache/endpoints
cache_timeout: 600
"""

import datetime
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.amazon.aws.plugins.plugin_utils.inventory import AWSInventoryBase

from ansible_collections.mlops.sagemaker.plugins.module_utils import (  # pylint: disable=unused-import # noqa: F401
    _bytecode,
)
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import client as api_client
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import sdk_regions
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api import sessions
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.api.client import AwsClients
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.errors import InputError
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.problems import message
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.core.types import Api
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet import filters
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet import hosts
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet import reading
from ansible_collections.mlops.sagemaker.plugins.module_utils._sagemaker.fleet.rows import Row

GROUP = "sagemaker_endpoints"


class InventoryModule(AWSInventoryBase):
    """Reads the endpoints, or takes them from the cache, and makes hosts of them."""

    NAME = "mlops.sagemaker.sagemaker_endpoints"
    INVENTORY_FILE_SUFFIXES = ("sagemaker_endpoints.yml", "sagemaker_endpoints.yaml")

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache=cache)
        self._refuse_unknown_filters()
        was_cached, rows = self.get_cached_result(path, cache)
        if not was_cached:
            rows = self._read()
            self.update_cached_result(path, cache, rows)
        self._populate(rows)

    def _freeze_iam_role(self, iam_role_arn: str) -> None:
        """Assume a role. amazon.aws puts the plugin's name into that of the session, which AWS limits to 64 characters."""
        name, self.ansible_name = self.ansible_name, GROUP
        try:
            super()._freeze_iam_role(iam_role_arn)
        finally:
            self.ansible_name = name

    # Reading

    def _read(self) -> list[Row]:
        regions = self._boto3_regions("sagemaker")
        try:
            for region in regions:
                sdk_regions.refuse_impossible(region)
        except InputError as error:
            raise AnsibleParserError(f"regions: {error.message}") from error
        with sessions.one_session():
            fleet = reading.read([self._clients(region) for region in regions], only=self._may_match)
        for error in fleet.errors:
            names = f" ({', '.join(error['names'])})" if error["names"] else ""
            text = f"{error['region']}{names}: {error['message']}"
            if self.get_option("strict_permissions"):
                raise AnsibleParserError(f"{text} To go on without it, set strict_permissions: false.")
            self.warn(text)
        return [row for row in fleet.endpoints if self._matches(row)]

    def _clients(self, region: str) -> AwsClients:
        def make_client(service: str, read_timeout: float = api_client.READ_TIMEOUT) -> Any:
            return self.client(service, region=region, **sessions.settings(read_timeout))

        return AwsClients(make_client)

    def _filters(self) -> list[filters.Filter]:
        """Return the filters of which one must match."""
        given, included = self.get_option("filters") or {}, self.get_option("include_filters") or []
        return [given, *included] if given or not included else included

    def _may_match(self, listed: Api) -> bool:
        return any(filters.may_match(one, listed) for one in self._filters())

    def _matches(self, row: Row) -> bool:
        excluded = any(filters.matches(one, row) for one in self.get_option("exclude_filters") or [])
        return not excluded and any(filters.matches(one, row) for one in self._filters())

    def _refuse_unknown_filters(self) -> None:
        found = [
            problem
            for option in ("filters", "include_filters", "exclude_filters")
            for problem in filters.problems(option, _as_list(self.get_option(option)))
        ]
        if found:
            raise AnsibleParserError(message(found))

    # Hosts

    def _populate(self, rows: list[Row]) -> None:
        self.inventory.add_group(GROUP)
        now = datetime.datetime.now(datetime.timezone.utc)
        found = [(row, {name: _data(value) for name, value in hosts.variables(row, now).items()}) for row in rows]
        wanted = [(self._preferred_name(row, variables), row) for row, variables in found]
        taken = {name: host.vars.get("sagemaker_arn") for name, host in self.inventory.hosts.items()}
        for name, (_row, variables) in zip(hosts.names(wanted, taken), found):
            self._add(name, variables)

    def _preferred_name(self, row: Row, variables: Mapping[str, Any]) -> str:
        for expression in self.get_option("hostnames") or ():
            name = self._compose(expression, variables)
            if name:
                return str(name)
        return str(row["name"])

    def _add(self, name: str, variables: Mapping[str, Any]) -> None:
        self.inventory.add_host(name, group=GROUP)
        for variable, value in variables.items():
            self.inventory.set_variable(name, variable, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)


def _as_list(value: Any) -> Iterator[filters.Filter]:
    if isinstance(value, list):
        yield from value
    elif value:
        yield value


def _data(value: Any) -> Any:
    """Return a value whose texts Ansible does not take for templates."""
    if isinstance(value, dict):
        return {name: _data(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_data(item) for item in value]
    # Only such texts, because ansible-inventory shows a text that is marked in another form.
    return wrap_var(value) if isinstance(value, str) and "{" in value else value
