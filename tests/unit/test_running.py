# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order in which `make test` runs its checks, and how many at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

import running
from running import LANES
from running import Check
from running import Outcome
from running import Runner

GOOD = Outcome.of(True, "")


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was broken off begins no more programs."""
    monkeypatch.setattr(running, "PROGRAMS", running.Programs())


def ready() -> Future[None]:
    future: Future[None] = Future()
    future.set_result(None)
    return future


def check(name: str, run: Callable[[], Outcome], lanes: int = 1, needs: tuple[str, ...] = ()) -> Check:
    return Check("group", name, needs, run, lanes)


def test_lanes_are_filled_and_a_wide_check_is_not_overtaken_by_those_behind_it() -> None:
    lock, taken, most, begun = threading.Lock(), [0], [0], []

    def work(name: str, lanes: int) -> Callable[[], Outcome]:
        def run() -> Outcome:
            with lock:
                begun.append(name)
                taken[0] += lanes
                most[0] = max(most[0], taken[0])
            threading.Event().wait(0.05)
            with lock:
                taken[0] -= lanes
            return GOOD

        return run

    widths = {"a": 1, "b": 2, "wide": LANES, "c": 1, "d": 1}
    ended = Runner([check(name, work(name, lanes), lanes) for name, lanes in widths.items()], {}).run()
    assert begun[2] == "wide" and {*begun} == {*widths}
    assert most == [LANES]
    assert all(outcome == GOOD for _check, outcome, _seconds in ended)


def test_a_check_whose_environment_is_not_there_yet_lets_others_go_first() -> None:
    late: Future[None] = Future()
    begun: list[str] = []

    def first() -> Outcome:
        begun.append("slow to set up")
        return GOOD

    def second() -> Outcome:
        begun.append("ready")
        late.set_result(None)
        return GOOD

    checks = [check("one", first, needs=("late",)), check("two", second, needs=("there",))]
    assert len(Runner(checks, {"late": late, "there": ready()}).run()) == 2
    assert begun == ["ready", "slow to set up"]


def test_what_a_set_up_raises_ends_the_run() -> None:
    broken: Future[None] = Future()
    broken.set_exception(OSError("no space"))
    with pytest.raises(OSError, match="no space"):
        Runner([check("one", lambda: GOOD, needs=("broken",))], {"broken": broken}).run()


def test_a_check_of_nothing_fails(capsys: pytest.CaptureFixture[str]) -> None:
    ((_check, outcome, _seconds),) = Runner([check("empty", lambda: Outcome(0, 0, 0, ""))], {}).run()
    assert outcome.failed == 1
    assert "there was nothing to check" in capsys.readouterr().out


def test_a_program_that_is_silent_for_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SILENCE", 0.2)
    running.CURRENT.name = "silent"
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    code, output = running.run_program(sleep, {}, tmp_path)
    assert (code, output) == (1, "\nended, because it wrote nothing for 0.2 s")
