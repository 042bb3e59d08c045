# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every other service: moto's server application, called in this process."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import traceback
from functools import lru_cache
from typing import Any
from typing import Callable
from urllib.parse import unquote_to_bytes

from local_aws.wire import AwsError
from local_aws.wire import Request
from local_aws.wire import Response
from local_aws.world import ACCOUNT

# moto keeps AWS's managed policies only when asked to before it is imported, and parses all 1,500 for each account and partition after each
# reset. We keep those that a role for serving models may want, and parse them once.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
KEPT_POLICIES = ("AmazonSageMaker", "AmazonS3", "AmazonEC2ContainerRegistry", "CloudWatch", "AdministratorAccess")

_resetting = threading.Lock()


@lru_cache(maxsize=None)
def _application() -> Callable[..., Any]:
    """moto's application, with the managed policies thinned out before any of its backends exists, and what never changes read once."""
    from moto import backends
    from moto.iam import models
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication
    from moto.moto_server.werkzeug_app import create_backend_app

    policies = json.loads(models.aws_managed_policies_data)
    kept = {name: policy for name, policy in policies.items() if name.startswith(KEPT_POLICIES)}
    models.aws_managed_policies_data = json.dumps(kept)
    parse = models.IAMBackend._init_aws_policies
    parsed: dict[tuple[str, str], list[Any]] = {}

    def policies_of(backend: Any) -> list[Any]:
        key = (backend.account_id, backend.region_name)
        if key not in parsed:
            parsed[key] = parse(backend)
        for policy in parsed[key]:
            policy.attachment_count = 0
        return parsed[key]

    models.IAMBackend._init_aws_policies = policies_of
    # Read from the disk at each call otherwise.
    modules = list(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules
    return DomainDispatcherApplication(create_backend_app)


def load() -> None:
    """Does now what would otherwise slow down the first call."""
    _application()


def account_of(access_key: str) -> str:
    """The account that a caller acts in: that of the role, of those who have assumed one."""
    # Keys of sessions begin so.
    if not access_key.startswith("ASIA"):
        return ACCOUNT
    from moto.iam.models import get_account_id_from

    return str(get_account_id_from(access_key))


def answer(request: Request) -> Response:
    """moto's answer. Raises AwsError for what moto cannot do."""
    from werkzeug.test import run_wsgi_app

    try:
        body, status, headers = run_wsgi_app(_application(), _environ(request), buffered=True)
        return Response(int(status.split()[0]), b"".join(body), dict(headers))
    except NotImplementedError as error:
        raise AwsError("NotImplemented", f"Local AWS cannot do this: {error}", 501) from error
    except Exception as error:  # pylint: disable=broad-except
        traceback.print_exc(file=sys.stderr)
        raise AwsError("InternalFailure", f"moto: {type(error).__name__}: {error}", 500) from error


def reset() -> None:
    """Forgets all that moto holds."""
    from moto.core.base_backend import BackendDict
    from moto.core.model_instances import reset_model_data

    with _resetting:
        BackendDict.reset()
        reset_model_data()


def _environ(request: Request) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
        "RAW_URI": request.path + (f"?{request.query}" if request.query else ""),
        "REQUEST_URI": request.path + (f"?{request.query}" if request.query else ""),
        "QUERY_STRING": request.query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(request.body)),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING", "EXPECT"):
            environ[f"HTTP_{key}"] = value
    return environ
