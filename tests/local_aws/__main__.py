# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python -m local_aws --port N: an AWS on 127.0.0.1 until it is told to stop."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from dataclasses import fields
from types import FrameType
from typing import Any

from local_aws import others
from local_aws.dispatch import Application
from local_aws.server import bind
from local_aws.settings import Settings
from local_aws.world import World


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="local_aws", description="An AWS on 127.0.0.1 for the demo and the tests.")
    parser.add_argument("--port", type=int, default=4566, help="port on 127.0.0.1; 0 takes any free one")
    for one in fields(Settings):
        parser.add_argument(f"--{one.name.replace('_', '-')}", type=_value, metavar="VALUE")
    return parser.parse_args()


def _value(text: str) -> Any:
    """A setting on the command line: JSON where it is any, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def main() -> int:
    arguments = _arguments()
    settings = Settings()
    given = {name: value for name, value in vars(arguments).items() if name != "port" and value is not None}
    try:
        settings.change(given)
        world = World(settings)
        server = bind(arguments.port, Application(world), world.clock.now)
    except (OSError, ValueError) as error:
        print(f"local_aws: cannot start on 127.0.0.1:{arguments.port}: {error}", file=sys.stderr)
        return 1
    world.url = f"http://127.0.0.1:{server.server_port}"
    others.load()

    def stop(_number: int, _frame: FrameType | None) -> None:
        # shutdown() waits for serve_forever(), which this very thread runs.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"local_aws ready: {world.url}", flush=True)
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
