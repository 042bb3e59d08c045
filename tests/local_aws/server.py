# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP server: threads, kept-alive connections, 127.0.0.1 and nothing else."""

from __future__ import annotations

import socket
import struct
import time
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import Any
from typing import Callable

from local_aws.wire import Request
from local_aws.wire import Response

Application = Callable[[Request], Response]


class Handler(BaseHTTPRequestHandler):
    """Reads one request whole, hands it to the application, writes the answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet for head and body
    application: Application
    now: Callable[[], float]

    def _handle(self) -> None:
        path, _mark, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, path, query, headers, self._body(headers))
        response = self.application(request)
        if response.body is None:
            self._drop()
            return
        self.send_response(response.status)
        for name, value in response.headers.items():
            if name.lower() not in ("content-length", "connection", "server", "date", "transfer-encoding"):
                self.send_header(name, value)
        if self.command == "HEAD":
            self.send_header("Content-Length", response.headers.get("Content-Length", str(len(response.body))))
            self.end_headers()
        else:
            self._send(response.status, response.body, response.parts)
        self.wfile.flush()

    def _send(self, status: int, body: bytes, parts: list[bytes] | None) -> None:
        """The body at once, or in chunks that leave one by one."""
        if parts is not None:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in [*parts, b""]:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.flush()
            return
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _handle

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return b"".join(parts)
        return self.rfile.read(int(headers.get("content-length") or 0))

    def handle_expect_100(self) -> bool:
        """Says "100 Continue" at once: clients wait for it, up to a second."""
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def _drop(self) -> None:
        """Ends the connection with a reset, as a network fault does."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The date of answers is that of this AWS, whose clock a test may have moved on."""
        return super().date_time_string(self.now() if timestamp is None else timestamp)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the log of calls knows more."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or that we dropped on purpose, is no error of the server's."""

    def shutdown_request(self, request: Any) -> None:
        if request.fileno() >= 0:
            super().shutdown_request(request)


def bind(port: int, application: Application, now: Callable[[], float] = time.time) -> Server:
    """A server on 127.0.0.1; port 0 takes any free one (see ``server_port``). ``now``: its clock. Raises OSError for a taken port."""
    parts = {"application": staticmethod(application), "now": staticmethod(now)}
    handler = type("BoundHandler", (Handler,), parts)
    return Server(("127.0.0.1", port), handler)
