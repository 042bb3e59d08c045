# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of the test harness itself: a harness that cannot fail proves nothing."""

from __future__ import annotations

import re
import signal
import time
from typing import Any

import pytest

from integration.harness import Player


@pytest.mark.core
def test_a_play_that_works_reports_results_changes_and_stats(play: Player) -> None:
    run = play(
        tasks="""
        - name: Say it
          ansible.builtin.debug:
            msg: "{{ greeting }}"
        - name: Loop
          ansible.builtin.command: "echo {{ item }}"
          loop: [one, two]
        - name: Never
          ansible.builtin.debug:
          when: false
        - name: Hand on
          ansible.builtin.set_stats:
            data: {answer: {deep: 42}}
        """,
        variables={"greeting": "hello"},
    )
    assert run.ok, run
    assert run.changed == 1
    assert [(entry["task"], entry["changed"], entry["skipped"]) for entry in run.results] == [
        ("Say it", False, False),
        ("Loop", True, False),
        ("Never", False, True),
        ("Hand on", False, False),
    ]
    assert run.result("Say it")["msg"] == "hello"
    assert [item["stdout"] for item in run.result("Loop")["results"]] == ["one", "two"]
    assert [item["changed"] for item in run.results[1]["items"]] == [True, True]
    assert run.stats == {"answer": {"deep": 42}}
    assert run.failure is None
    with pytest.raises(AssertionError, match="no task named 'Absent'"):
        run.result("Absent")


@pytest.mark.core_ends
def test_a_failure_is_reported_and_an_ignored_one_is_not(play: Player) -> None:
    run = play(tasks="""
        - name: Ignored
          ansible.builtin.fail: {msg: first}
          ignore_errors: true
        - name: In a loop
          ansible.builtin.fail: {msg: "broken {{ item }}"}
          loop: [one, two]
        """)
    assert not run.ok
    assert run.rc == 2
    assert run.failure == "broken one"
    assert "broken one" in run.output


def test_a_broken_play_is_not_ok(play: Player) -> None:
    run = play(tasks="- no_such_module_at_all:")
    assert not run.ok
    assert run.results == []


@pytest.mark.core_ends
def test_check_mode_reaches_the_tasks_and_the_home_is_isolated(play: Player) -> None:
    tasks = """
    - name: Write
      ansible.builtin.copy:
        content: new
        dest: "{{ lookup('ansible.builtin.env', 'HOME') }}/file"
        mode: "0600"
    """
    file = play.directory / "home" / "file"
    check = play(tasks=tasks, check=True, diff=True)
    assert check.ok, check
    assert check.changed == 1 and not file.exists()
    assert "+new" in check.output
    assert play(tasks=tasks).changed == 1
    assert file.read_text() == "new"
    # Ansible's own folder too, of which a fork learns only after the import.
    assert (play.directory / "home" / ".ansible" / "tmp").is_dir()
    assert play(tasks=tasks).changed == 0


def test_the_environment_leads_to_the_local_aws_and_can_be_changed(play: Player) -> None:
    tasks = """
    - name: Show
      ansible.builtin.debug:
        msg: "{{ lookup('ansible.builtin.env', 'AWS_DEFAULT_REGION') }} {{ lookup('ansible.builtin.env', 'EXTRA') }}"
    """
    assert play(tasks=tasks, environment={"EXTRA": "more"}).result("Show")["msg"] == "us-east-1 more"
    assert play(tasks=tasks, environment={"AWS_DEFAULT_REGION": None}).result("Show")["msg"].strip() == ""


@pytest.mark.core_ends
def test_variables_of_hosts_and_groups_are_read_beside_an_inventory(play: Player) -> None:
    for folder, name in (("host_vars", "one"), ("group_vars", "all")):
        (play.directory / folder).mkdir()
        (play.directory / folder / f"{name}.yml").write_text(f"of_{folder}: {name}\n")
    (play.directory / "hosts").write_text("one ansible_connection=local\n")
    (play.directory / "play.yml").write_text(
        "- {hosts: one, gather_facts: false, tasks: [{name: Show, ansible.builtin.debug: {msg: '{{ of_host_vars }} {{ of_group_vars }}'}}]}\n"
    )
    run = play(playbook=str(play.directory / "play.yml"), arguments=["-i", "hosts"], localhost=False)
    assert run.result("Show")["msg"] == "one all"


def test_a_play_that_hangs_is_ended(play: Player) -> None:
    with pytest.raises(AssertionError, match="not done after 0.5 s"):
        play(tasks="- ansible.builtin.command: sleep 60", timeout=0.5)


@pytest.mark.core_ends
def test_one_group_of_module_defaults_holds_for_this_collection_and_for_amazon_aws(play: Player) -> None:
    run = play(
        tasks="""
        - name: Both
          module_defaults:
            group/mlops.sagemaker.all:
              profile: nobody
          block:
            - name: Theirs
              amazon.aws.aws_caller_info:
              ignore_errors: true
            - name: Ours
              mlops.sagemaker.sagemaker_endpoint_info:
              ignore_errors: true
        """,
        environment={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
    )
    for task in ("Theirs", "Ours"):
        assert "The config profile (nobody) could not be found" in run.result(task)["msg"], run


def test_a_run_that_is_killed_dies_with_all_its_children_and_tells_what_it_did(play: Player) -> None:
    """The worker and the module have sessions of their own, out of reach of a signal to the process group."""
    alive = play.directory / "alive"
    run = play.start(
        tasks=f"""
        - name: Before
          ansible.builtin.debug:
        - name: Long
          ansible.builtin.shell: "while true; do date +%N > {alive}; sleep 0.05; done"
        """,
    )
    while not alive.exists():
        time.sleep(0.05)
    killed = run.kill()
    assert killed.rc == -signal.SIGKILL
    assert [entry["task"] for entry in killed.results] == ["Before"]
    last = alive.read_text()
    time.sleep(0.5)
    assert alive.read_text() == last
    assert run.kill().rc == run.wait().rc == killed.rc


SAMPLE = """
- name: Settings and environment
  ansible.builtin.debug:
    msg: "{{ lookup('ansible.builtin.env', 'HOME') }} {{ lookup('ansible.builtin.config', 'ANSIBLE_HOME') }} {{ ansible_check_mode }}"
- name: Ours
  mlops.sagemaker.sagemaker_endpoint_config:
    name_prefix: churn
    production_variants: [{variant_name: main, model_name: absent, serverless_config: {memory_size_in_mb: 1024, max_concurrency: 5}}]
  ignore_errors: true
- name: Theirs
  amazon.aws.aws_caller_info:
- name: A process
  ansible.builtin.command: printenv HOME
  loop: [one, two]
- name: Hand on
  ansible.builtin.set_stats: {data: {answer: 42}}
- name: Last
  ansible.builtin.fail: {msg: the end}
"""


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(
            {"environment": {"ANSIBLE_KEEP_REMOTE_FILES": "1"}, "check": True, "diff": True},
            marks=pytest.mark.core_ends,
        ),
        pytest.param({"verbosity": 4, "environment": {"ANSIBLE_INJECT_INVOCATION": "1"}}, marks=pytest.mark.core),
        pytest.param({"arguments": ["--no-such-option"]}, marks=pytest.mark.core),
    ],
)
def test_a_run_in_a_fork_does_what_a_process_of_its_own_does(play: Player, arguments: dict[str, Any]) -> None:
    plain, forked = (play(tasks=SAMPLE, plain=how, **arguments) for how in (True, False))
    facts = [(run.rc, run.hosts, run.stats, [_lasting(entry) for entry in run.results]) for run in (plain, forked)]
    assert facts[0] == facts[1]
    assert _lasting_lines(plain.output) == _lasting_lines(forked.output)


# Times, and arguments, which hold the folder of one run.
VARYING = ("start", "end", "delta", "arguments")
# Times, numbers of processes and names of temporary folders. What was imported before the fork is not told again.
VARYING_TEXT = re.compile(
    r"run-\d+|\d+:\d\d:\d\d[.\d]*|\d{4}-\d\d-\d\d|\d+\.\d{6,}|\b\d{3,7}\b|ansible-(tmp|local)-[\w.-]+|tmp\w{8}\b"
    r"|^Loading collection .*\n",
    re.MULTILINE,
)


def _lasting(value: Any) -> Any:
    """Return a result without what differs from run to run."""
    if isinstance(value, dict):
        return {key: _lasting(item) for key, item in value.items() if key not in VARYING}
    if isinstance(value, list):
        return [_lasting(item) for item in value]
    return VARYING_TEXT.sub("", value) if isinstance(value, str) else value


def _lasting_lines(output: str) -> list[str]:
    return VARYING_TEXT.sub("", output).splitlines()


def test_a_run_whose_settings_take_effect_at_the_import_has_a_process_of_its_own(play: Player) -> None:
    run = play(tasks="- ansible.builtin.debug:", environment={"ANSIBLE_STDOUT_CALLBACK": "minimal"})
    assert "localhost | SUCCESS => {" in run.output
