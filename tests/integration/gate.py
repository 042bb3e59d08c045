# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A way to the local AWS on which a run can be stopped at a call of its own, to be killed there or to let others pass first.

So a moment is a call and not a time, and it is the same one on every machine.
"""

from __future__ import annotations

import http.client
import threading
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING
from typing import Any

from integration.harness import Started
from local_aws.process import LocalAws

if TYPE_CHECKING:
    from types import TracebackType


class Gate:
    """Passes calls on to ``aws``, and stops the first one for which ``stops(number, operation)`` holds, counted from 1.

    It is stopped before it is carried out, or, with ``answered``, after that and before its answer arrives. The run waits in it until
    ``open``. ``calls`` are the operations so far, in order.
    """

    def __init__(
        self,
        aws: LocalAws,
        stops: Callable[[int, str], bool] = lambda number, operation: False,
        answered: bool = False,
    ) -> None:
        self.calls: list[str] = []
        self._target = urllib.parse.urlsplit(aws.url).netloc
        self._stops = stops
        self._answered = answered
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._opened = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"gate": self}))
        self._server.daemon_threads = True
        self._server.block_on_close = False

    def __enter__(self) -> Gate:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open()
        self._server.shutdown()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """What leads a run through this gate."""
        return {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_port}"}

    def await_stop(self, run: Started) -> str:
        """Wait until the run stands in the call that was to stop it: that call's operation. AssertionError if it ends before."""
        while not self._stopped.wait(0.02):
            if run.is_done:
                raise AssertionError(f"the run ended after {len(self.calls)} calls: {self.calls}\n{run.wait()}")
        return self.calls[-1]

    def open(self) -> None:
        """Let the run go on."""
        self._opened.set()

    def pass_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> http.client.HTTPResponse:
        """Carry out a call of a client."""
        with self._lock:
            self.calls.append(_operation(path, headers, body))
            stop = not self._stopped.is_set() and self._stops(len(self.calls), self.calls[-1])
        if stop and not self._answered:
            self._stand()
        connection = http.client.HTTPConnection(self._target, timeout=120)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        if stop and self._answered:
            self._stand()
        return answer

    def _stand(self) -> None:
        self._stopped.set()
        self._opened.wait(120)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    gate: Gate

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.gate.pass_on(self.command, self.path, dict(self.headers.items()), body)
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "connection", "server", "date", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _handle

    def handle_one_request(self) -> None:
        """A client that was killed, or a server that broke the connection on order, ends the connection and nothing else."""
        try:
            super().handle_one_request()
        except (OSError, http.client.HTTPException):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def _operation(path: str, headers: dict[str, str], body: bytes) -> str:
    """The operation's name: in a header of the JSON protocols, in the form of the query protocol."""
    target = {name.lower(): value for name, value in headers.items()}.get("x-amz-target")
    if target:
        return target.rpartition(".")[2]
    form = urllib.parse.parse_qs(body.decode("latin-1"))
    return form["Action"][0] if "Action" in form else path
