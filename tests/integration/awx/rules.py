# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWX 24 refuses of surveys, answers and schedules, and what a job gets of them, as its API and its models do it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo
from zoneinfo import ZoneInfoNotFoundError

import yaml

TYPES: dict[str, type] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": float,
}
CHOOSING = ("multiplechoice", "multiselect")


def survey_problems(survey: Mapping[str, Any]) -> list[str]:
    """What the API answers with status 400 to somebody who sets this survey."""
    found = [
        f"{field} must be {kind.__name__}"
        for field, kind in (("name", str), ("description", str), ("spec", list))
        if not isinstance(survey.get(field), kind)
    ]
    questions = survey.get("spec") or []
    found += [] if questions else ["no questions"]
    variables = [question.get("variable") for question in questions]
    found += [f"{name} is asked twice" for name in {*variables} if variables.count(name) > 1]
    return found + [
        f"question {number}: {problem}"
        for number, question in enumerate(questions)
        for problem in question_problems(question)
    ]


def question_problems(question: Mapping[str, Any]) -> list[str]:
    found = [
        f"{field} must be {kind.__name__}"
        for field, kind in (("type", str), ("question_name", str), ("variable", str), ("required", bool))
        if not isinstance(question.get(field), kind)
    ]
    kind, default = question.get("type"), question.get("default", "")
    if kind not in TYPES:
        return [*found, f"there is no type {kind}"]
    if default != "" and not isinstance(default, TYPES[kind]):
        found.append(f"the default must be {TYPES[kind].__name__}")
    found += [
        f"{bound} must be an integer"
        for bound in ("min", "max")
        if question.get(bound) is not None and not isinstance(question[bound], int)
    ]
    if kind in CHOOSING:
        chosen = str(default).split()
        found += [] if question.get("choices") else ["no choices"]
        found += ["one default only"] if kind == "multiplechoice" and len(chosen) > 1 else []
        found += ["the default is no choice"] if set(chosen) - set(choices(question)) else []
    return found


def choices(question: Mapping[str, Any]) -> list[str]:
    given = question.get("choices") or []
    return [line for line in given.splitlines() if line.strip()] if isinstance(given, str) else list(given)


def answer_problems(survey: Mapping[str, Any], answers: Mapping[str, Any]) -> list[str]:
    """What keeps a job with these answers from its start. Variables that no question asks for are refused as well."""
    asked = [question["variable"] for question in survey.get("spec", [])]
    found = [f"{name} is not asked for" for name in answers if name not in asked]
    for question in survey.get("spec", []):
        name, kind = question["variable"], question["type"]
        if name not in answers:
            found += [f"{name} is missing"] if question["required"] and "default" not in question else []
            continue
        answer = answers[name]
        if kind == "multiselect":
            fits = isinstance(answer, list) and set(answer) <= set(choices(question))
        elif kind == "multiplechoice":
            fits = answer in choices(question)
        elif kind == "float":
            fits = type(answer) in (int, float)
        else:
            fits = type(answer) is TYPES[kind]
        found += [] if fits else [f"{name} cannot be {answer!r}"]
    return found


def rule_problems(rule: str) -> list[str]:
    """What the API answers to somebody who sets this schedule."""
    begins = re.match(r"DTSTART(?:;TZID=(?P<zone>[^:]+))?:\d{8}T\d{6}(?P<utc>Z)? ", rule)
    if not begins or bool(begins["zone"]) == bool(begins["utc"]):
        return ["DTSTART must begin it, with a time zone"]
    found = []
    try:
        ZoneInfo(begins["zone"] or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        found.append(f"there is no time zone {begins['zone']}")
    rules = re.findall(r"RRULE:(\S*)", rule)
    found += [] if rules else ["no RRULE"]
    for each in rules:
        parts = dict(part.split("=", 1) for part in each.split(";"))
        found += [] if "INTERVAL" in parts else ["INTERVAL is required"]
        found += [] if parts.get("FREQ") in ("MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY") else ["FREQ"]
        found += ["BYDAY with a number"] if re.match(r"\d", parts.get("BYDAY", "")) else []
        found += ["COUNT and UNTIL exclude each other"] if {"COUNT", "UNTIL"} <= set(parts) else []
    return found


def extra_variables(template: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a job: of the template, then defaults of its survey, then answers, then what AWX says of the job."""
    questions: Sequence[Mapping[str, Any]] = (template.get("survey_spec") or {}).get("spec", [])
    defaults = {question["variable"]: question["default"] for question in questions if "default" in question}
    about = {"awx_job_id": 42, "awx_job_launch_type": "manual", "awx_user_name": "admin", "tower_job_id": 42}
    return {**(template.get("extra_vars") or {}), **defaults, **answers, **about}


class _Unsafe(yaml.SafeDumper):
    """Marks each text, the keys too."""

    def represent_data(self, data: Any) -> yaml.Node:
        return self.represent_scalar("!unsafe", data) if isinstance(data, str) else super().represent_data(data)


def as_file(variables: Mapping[str, Any], trusted: Mapping[str, Any]) -> str:
    """The file env/extravars of a job. What the template itself says may be a template of Jinja; nothing else may."""
    return "".join(
        yaml.dump({name: value}, Dumper=yaml.SafeDumper if trusted.get(name) == value else _Unsafe)
        for name, value in variables.items()
    )


def sliced(inventory: str, number: int, count: int) -> str:
    """The inventory of a slice: of the hosts in the order of their names each so many-th one. All groups stay, with these hosts and all variables."""
    found = json.loads(inventory)
    hosts = found["_meta"]["hostvars"]
    kept = sorted({*hosts, *(host for group in found.values() for host in group.get("hosts", ()))})[number - 1 :: count]
    found["_meta"]["hostvars"] = {host: hosts.get(host, {}) for host in kept}
    for group in found.values():
        if "hosts" in group:
            group["hosts"] = [host for host in group["hosts"] if host in kept]
    return json.dumps(found)
