# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import sys
from pathlib import Path

import installer
import pytest


def test_settings_of_pip_hold_for_uv() -> None:
    settings = {
        "global": {
            "index-url": "https://one.example/simple",
            "find-links": "/a /b",
            "cert": "/etc/ca.crt",
            "timeout": "5",
        },
        "install": {"no-index": "true", "extra-index-url": "\nhttps://two.example\nhttps://three.example"},
        "list": {"format": "columns"},
        ":env:": {"default-timeout": "180", "find-links": "/c"},
    }
    assert installer.as_uv_variables(settings) == {
        "UV_DEFAULT_INDEX": "https://one.example/simple",
        "UV_FIND_LINKS": "/c",
        "UV_INDEX": "https://two.example https://three.example",
        "UV_NO_INDEX": "1",
        "SSL_CERT_FILE": "/etc/ca.crt",
        "UV_HTTP_TIMEOUT": "180",
    }
    assert installer.as_uv_variables({"global": {"find-links": "/a /b", "no-index": "false"}}) == {
        "UV_FIND_LINKS": "/a,/b"
    }


def uv_that(folder: Path, answers: str) -> installer.Installer:
    program = folder / "uv" / "bin" / "uv"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{answers}\n")
    program.chmod(0o755)
    return installer.Installer(folder)


def test_pip_does_the_work_where_uv_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = uv_that(tmp_path, 'case "$1" in --version) ;; *) exit 1;; esac')
    python = str(tmp_path / "made" / "bin" / "python")
    one.make(tmp_path / "made", sys.executable, os.environ)
    # There is nothing to install, which pip refuses in its own words.
    with pytest.raises(installer.InstallError, match="no-such-file"):
        one.install(python, ["-r", "no-such-file"], os.environ)
    assert "so pip tries" in capsys.readouterr().out
    installer.run([python, "-m", "pip", "--version"], os.environ)


def test_a_uv_that_does_not_run_is_not_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = uv_that(tmp_path, "echo cannot run here; exit 1")
    assert [one.uv(os.environ), one.uv(os.environ)] == [None, None]
    told = capsys.readouterr().out
    assert told.count("so pip does its work") == 1 and "cannot run here" in told
