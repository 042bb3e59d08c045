# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The front end of every module: parse options, run the logic, return the result. The only file that knows Ansible and
amazon.aws."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any
from typing import Callable
from typing import Dict
from typing import FrozenSet
from typing import Iterator
from typing import List
from typing import Mapping
from typing import NoReturn
from typing import Type

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError

from ansible_collections.amazon.aws.plugins.module_utils.botocore import boto3_conn
from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from .api import client as api_client
from .api import failures
from .api import sdk_regions
from .api import sessions
from .api.client import AwsClients
from .argspec import options
from .core import errors
from .core import secrets
from .core.errors import SageMakerError
from .core.errors import ServiceError
from .core.plans import Result
from .core.problems import Problem
from .core.problems import did_you_mean
from .core.problems import message
from .core.retries import Clock
from .rules import common as common_rules


class SecretMaskingModule(AnsibleModule):
    """An AnsibleModule that masks the secret values of container environments wherever it shows its options.

    no_log in the argument spec does not suffice, because only some entries of an environment are secret, see secrets.
    Secrets with fewer than 8 characters are not masked in other text, because a secret key of "test" would make names
    unreadable.
    """

    _secret_keys: FrozenSet[str] = frozenset()

    def without_secrets(self, outcome: Mapping[str, Any]) -> Dict[str, Any]:
        """Return a copy of a result without secrets, and mask these in all other text from now on.

        The service's answers may contain secrets that no option contains.
        """
        self._secret_keys |= {*secrets.secret_keys(outcome)}
        shown = secrets.masked(outcome, self._secret_keys)
        self.no_log_values.update(secrets.secret_values(outcome, shown))
        return shown

    def _hide_secrets(self) -> None:
        listed = secrets.listed_keys(self.params.get(secrets.OPTION))
        self._secret_keys |= {*listed, *secrets.secret_keys(self.params)}
        shown = secrets.masked_options(self.params, self.argument_spec, self._secret_keys)
        self.no_log_values.update(secrets.secret_values(self.params, shown))
        self.no_log_values = {value for value in self.no_log_values if len(value) >= secrets.MIN_MASKED_LENGTH}
        self.params = shown

    def _log_invocation(self) -> None:
        params = self.params
        self._hide_secrets()
        super()._log_invocation()
        self.params = params

    def warn(self, warning: str, *args: Any, **kwargs: Any) -> None:
        super().warn(remove_values(warning, self.no_log_values), *args, **kwargs)

    def tell(self, line: str) -> None:
        """Ignore a progress line, because Ansible reads the output of a separate process only at its end."""

    def exit_json(self, **kwargs: Any) -> None:
        self._hide_secrets()
        super().exit_json(**kwargs)

    def fail_json(self, msg: str, **kwargs: Any) -> None:
        self._hide_secrets()
        super().fail_json(self.whole(msg), **kwargs)

    def whole(self, msg: str) -> str:
        """Return the message of a failure with a remedy, and with all problems of the options, of which Ansible tells the first."""
        validation = getattr(self, "validation_result", None)
        if validation is not None and validation.error_messages:
            msg = message(option_problems(validation, self.argument_spec))
        return errors.with_hint(msg)


def option_problems(validation: Any, argument_spec: Mapping[str, Any]) -> List[Problem]:
    """Return all problems that Ansible has found in the options of a module, the unknown options first."""
    unknown = []
    for item in validation.unsupported_parameters:
        *around, name = item if isinstance(item, tuple) else (item,)
        options = argument_spec
        for outer in around:
            options = options[outer]["options"]
        known = [one for option, spec in options.items() for one in (option, *spec.get("aliases", ()))]
        meant = did_you_mean(name, known) or f" Known are {', '.join(sorted(options))}."
        unknown.append(Problem(".".join([*around, name]), f"is not an option.{meant}"))
    others = [one.msg for one in validation.errors if not isinstance(one, UnsupportedError)]
    return [*sorted(unknown, key=str), *(Problem("", text) for text in others)]


@contextmanager
def module_class(replacement: Type[SecretMaskingModule]) -> Iterator[None]:
    """Use another class for modules that run in this block: the hook for another front end."""
    settings = AnsibleAWSModule.default_settings
    before = settings["module_class"]
    settings["module_class"] = replacement
    try:
        yield
    finally:
        settings["module_class"] = before


class Connection:
    """Stands for a module where amazon.aws creates clients: it would end the module where only one of several clients cannot be created."""

    def __init__(self, module: AnsibleAWSModule) -> None:
        self.params = module.params
        self._name = module._name

    def fail_json(self, msg: str, **_details: Any) -> NoReturn:
        raise SageMakerError(msg)

    def client(self, name: str, read_timeout: float = api_client.READ_TIMEOUT, **place: Any) -> Any:
        """Return a boto3 client. Raises SageMakerError. place: the region or the profile, if it is not that of the module."""
        region, url, credentials = get_aws_connection_info(self)
        given = {"region": region, "endpoint": url, **credentials, **sessions.settings(read_timeout), **place}
        client = boto3_conn(self, conn_type="client", resource=name, **given)
        sdk_regions.refuse_impossible(client.meta.region_name)
        return sessions.without_modeled_errors(client)


# AnsibleAWSModule does not derive from AnsibleModule: it contains an instance of this class.
AnsibleAWSModule.default_settings["module_class"] = SecretMaskingModule


def run(logic: Callable[..., Any], argument_spec: Dict[str, Any], **rules: Any) -> None:
    """Run a module: parse, call the logic, exit.

    logic: C(ensure(aws, params, check_mode) -> Result) of a state module, or a function with the same arguments that
    changes nothing and returns the result's keys; argument_spec, rules: for AnsibleModule.
    """
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True, **rules)
    params = options.by_name(module.params, argument_spec)
    if not module._diff:
        # Only diff mode shows the resource that a new one replaces.
        params.pop("replaces", None)

    aws = AwsClients(Connection(module).client, Clock(tell=module._module.tell))
    try:
        errors.raise_if_any(common_rules.problems(params))
        with sessions.one_session():
            result = logic(aws, params, module.check_mode)
        outcome = {**result, "changed": False} if isinstance(result, dict) else _outcome(result, module)
        if not module._diff:
            outcome.pop("diff", None)
    except SageMakerError as error:
        if isinstance(error, ServiceError):
            failures.refused_call(
                error, error.operation, next((params[one] for one in _NAMES if params.get(one)), None)
            )
        _warn(module, aws)
        # What was changed before the failure counts, for handlers and for reports.
        module.fail_json(msg=error.message, changed=aws.changed, **module._module.without_secrets(error.details))
    else:
        _warn(module, aws)
        module.exit_json(**module._module.without_secrets(outcome))


# Options that name what a module is about, for the report of a failure.
_NAMES = ("name", "endpoint_name", "resource_id", "inference_component_name", "name_prefix")


def run_info(info: Callable[[AwsClients, Dict[str, Any]], Dict[str, Any]], **spec: Any) -> None:
    """Run a module that only reads, which is the same in check mode. info: returns the result's keys."""
    run(lambda aws, params, check_mode: info(aws, params), **spec)


def _outcome(result: Result, module: AnsibleAWSModule) -> Dict[str, Any]:
    waits = module.params.get("wait", True)
    outcome = {**result.as_dict(), "msg": result.message(check_mode=module.check_mode, waits=waits)}
    if module._diff:
        outcome["diff"] = result.diff
    return outcome


def _warn(module: AnsibleAWSModule, aws: AwsClients) -> None:
    for warning in aws.warnings:
        # Not AnsibleAWSModule.warn: it hands warnings to exit_json too, which ansible-core 2.19 deprecates.
        module._module.warn(warning)
