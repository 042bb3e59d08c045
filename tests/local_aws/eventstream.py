# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The encoding of AWS's event streams, as far as a streamed answer needs it. behaviour 7.6"""

from __future__ import annotations

import struct
import zlib

PART = 64  # bytes of the answer in one event


def payload(document: bytes) -> bytes:
    """The answer as a stream of PayloadPart events."""
    parts = [document[start : start + PART] for start in range(0, len(document), PART)]
    return b"".join(_message(part) for part in parts)


def _message(part: bytes) -> bytes:
    headers = b"".join(
        _header(name, value)
        for name, value in (
            (":message-type", "event"),
            (":event-type", "PayloadPart"),
            (":content-type", "application/octet-stream"),
        )
    )
    prelude = struct.pack("!II", 16 + len(headers) + len(part), len(headers))
    prelude += struct.pack("!I", zlib.crc32(prelude))
    message = prelude + headers + part
    return message + struct.pack("!I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("!B", len(name)) + name.encode() + struct.pack("!BH", 7, len(encoded)) + encoded
