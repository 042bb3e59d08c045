# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Ansible package and Red Hat's certification ask of a collection, line by line.

Each line is a function with what is asked, where it is stated, and the evidence. Evidence that takes longer is a check of `make test`: ansible-test
sanity, ansible-lint, ansible-doc, antsibull-docs, galaxy-importer, ansible-builder, and the archive that works without its other folders.
"""

from __future__ import annotations

import dataclasses
import re
import subprocess
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible.playbook.block import Block
from ansible.playbook.play import Play
from ansible.playbook.task import Task

CHECKOUT = Path(__file__).resolve().parents[2]
COMMUNITY = "https://docs.ansible.com/ansible/latest/community/collection_contributors/collection_requirements.html"
CHECKLIST = "https://github.com/ansible-collections/ansible-inclusion/blob/main/collection_checklist.md"
RED_HAT = "https://docs.ansible.com/projects/partner-certification-requirements"
IMPORTER = "https://github.com/ansible/galaxy-importer"
NODE_COUNT = "https://github.com/ansible/awx/blob/devel/awx/playbooks/library/indirect_instance_count.py"

Check = Callable[[], None]


@dataclasses.dataclass(frozen=True)
class Requirement:
    asked: str
    where: str
    check: Check


REQUIREMENTS: list[Requirement] = []


def requirement(asked: str, where: str) -> Callable[[Check], Check]:
    def enter(check: Check) -> Check:
        REQUIREMENTS.append(Requirement(asked, where, check))
        return check

    return enter


def read(path: str) -> str:
    return (CHECKOUT / path).read_text()


def parsed(path: str) -> Any:
    return yaml.safe_load(read(path))


GALAXY = parsed("galaxy.yml")
README = read("README.md")
FILES = [
    name
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if (CHECKOUT / name).is_file()
]
MODULES = [name for name in FILES if re.fullmatch(r"plugins/modules/\w+\.py", name)]
FILTERS = [name for name in FILES if re.fullmatch(r"plugins/filter/\w+\.py", name)]
PLUGINS = [name for name in FILES if re.fullmatch(r"plugins/(lookup|inventory)/\w+\.py", name)]
FRAGMENTS_OF_CORE = {"constructed", "inventory_cache"}
OWN_PAGES = f"{GALAXY['repository']}/(?:blob|tree)/main/"


def block(path: str, name: str) -> str:
    found = re.search(rf'^{name} = r?"""\n(.*?)^"""', read(path), re.MULTILINE | re.DOTALL)
    assert found, f"{path} has no {name}"
    return found[1]


def documentation(path: str) -> dict[str, Any]:
    return yaml.safe_load(block(path, "DOCUMENTATION"))


def without_code(markdown: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", markdown, flags=re.DOTALL)


def released() -> bool:
    return GALAXY["version"] in parsed("changelogs/changelog.yaml")["releases"]


def workflows() -> dict[str, Any]:
    return {name: parsed(name) for name in FILES if name.startswith(".github/workflows/")}


def tasks_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the tasks of plays, blocks and lists of tasks."""
    for entry in value if isinstance(value, list) else []:
        parts = [entry[key] for key in ("tasks", "block", "rescue", "always", "handlers") if key in entry]
        if not parts:
            yield entry
        for part in parts:
            yield from tasks_in(part)


# --- The public project


@requirement("published with version 1.0.0 or later, which follows semantic versioning", COMMUNITY)
def version() -> None:
    major, _minor, _patch = GALAXY["version"].split(".")
    assert int(major) >= 1


@requirement("the policy of releasing, versioning and deprecation is announced", CHECKLIST)
def policy() -> None:
    for text in (README, read("CONTRIBUTING.md")):
        assert "https://semver.org/" in text and "deprecated" in text


@requirement(
    "a code of conduct that is compatible with Ansible's, linked in the README or in CODE_OF_CONDUCT.md", COMMUNITY
)
def conduct() -> None:
    page = "https://docs.ansible.com/ansible/latest/community/code_of_conduct.html"
    assert page in README and page in read("CODE_OF_CONDUCT.md")


@requirement(
    "a public issue tracker and repository that cost nothing, and issues of every kind are accepted", COMMUNITY
)
def tracker() -> None:
    assert GALAXY["repository"].startswith("https://github.com/")
    assert GALAXY["issues"] == f"{GALAXY['repository']}/issues" and GALAXY["issues"] in README
    assert "Issues of every kind are welcome" in README
    assert "Issues of every kind are welcome" in read("CONTRIBUTING.md")


@requirement("releases are tagged with the version, and the archive is built from the tag", COMMUNITY)
def tags() -> None:
    release = workflows()[".github/workflows/release.yml"]
    assert release["on"]["push"] == {"tags": ["[0-9]*"]}
    commands = [step["run"] for step in release["jobs"]["galaxy"]["steps"] if "run" in step]
    (compared,) = [command for command in commands if "GITHUB_REF_NAME" in command and "galaxy.yml" in command]
    assert commands.index(compared) < commands.index("make test") < len(commands) - 1
    assert "collection build" in commands[-2] and "collection publish" in commands[-1]


@requirement(
    "a forum tag, a Communication section that leads to Get Help, and the forum on the documentation site", COMMUNITY
)
def communication() -> None:
    section = README.split("\n## Communication\n")[1].split("\n## ")[0]
    assert "https://forum.ansible.com/c/help/6" in section and "https://forum.ansible.com/tag/" in section
    (forum,) = parsed("docs/docsite/links.yml")["communication"]["forums"]
    assert forum["url"].startswith("https://forum.ansible.com/tags/c/help/6/none/")


@requirement("no contributor license agreement, and what contributions are accepted", COMMUNITY)
def contributions() -> None:
    text = read("CONTRIBUTING.md")
    assert "There is no license agreement to sign" in text and "pull requests" in text


# --- Licences


@requirement("GPL-3.0-or-later for plugins and for what imports them, with the text of the licence", COMMUNITY)
def licence() -> None:
    assert GALAXY["license_file"] == "COPYING"
    assert "GNU GENERAL PUBLIC LICENSE" in read("COPYING") and "Version 3" in read("COPYING")
    code = [name for name in FILES if name.endswith(".py") and read(name).strip()]
    assert [name for name in code if "SPDX-License-Identifier: GPL-3.0-or-later" not in read(name)[:600]] == []


# --- Modules and plugins


@requirement("DOCUMENTATION, EXAMPLES and RETURN, with the version that added it", COMMUNITY)
def documented() -> None:
    for path in [*MODULES, *FILTERS, *PLUGINS]:
        assert documentation(path)["version_added"], path
        assert block(path, "EXAMPLES"), path
        assert path.startswith("plugins/inventory/") or yaml.safe_load(block(path, "RETURN")) is not None, path


@requirement("what only reads is named _info, supports check mode, and no state asks for information", COMMUNITY)
def info_modules() -> None:
    for path in MODULES:
        options = documentation(path).get("options") or {}
        states = set((options.get("state") or {}).get("choices") or ())
        assert not states & {"get", "list", "query", "info"}, path
        if path.endswith("_info.py"):
            assert "mlops.sagemaker.attributes.info" in documentation(path)["extends_documentation_fragment"], path
            assert "state" not in options or "plan" in path, path
    attributes = yaml.safe_load(block("plugins/doc_fragments/attributes.py", "    INFO"))["attributes"]
    assert attributes["check_mode"]["support"] == "full"


@requirement("only modules named _facts return facts", COMMUNITY)
def facts() -> None:
    assert [path for path in MODULES if "ansible_facts" in yaml.safe_load(block(path, "RETURN") or "{}")] == []


@requirement("plugins only in folders that ansible-core knows, and plugin_utils", COMMUNITY)
def folders() -> None:
    known = {"action", "doc_fragments", "filter", "inventory", "lookup", "module_utils", "modules", "plugin_utils"}
    assert {path.name for path in (CHECKOUT / "plugins").iterdir()} - {"__pycache__"} <= known


@requirement("module_utils and plugin_utils that are not for others begin with an underscore", COMMUNITY)
def private() -> None:
    found = [path for folder in ("module_utils", "plugin_utils") for path in (CHECKOUT / "plugins" / folder).iterdir()]
    assert found
    assert [path.name for path in found if not path.name.startswith("_")] == []


@requirement("full names of modules, plugins and fragments, in macros, examples, roles and playbooks", COMMUNITY)
def full_names() -> None:
    for path in [*MODULES, *FILTERS, *PLUGINS]:
        text = block(path, "DOCUMENTATION")
        assert [name for name in re.findall(r"\b[MP]\(([^)#]+)", text) if name.count(".") < 2] == [], path
        fragments = documentation(path).get("extends_documentation_fragment") or []
        assert [name for name in fragments if name.count(".") < 2 and name not in FRAGMENTS_OF_CORE] == [], path
    keywords = {*Play.fattributes, *Block.fattributes, *Task.fattributes} | {"include_role", "local_action"}
    sources = {path: block(path, "EXAMPLES") for path in [*MODULES, *FILTERS]}
    sources |= {
        path: read(path) for path in FILES if re.match(r"(playbooks|roles/\w+/(tasks|handlers))/[^.]+\.yml$", path)
    }
    for path, text in sources.items():
        for task in tasks_in(yaml.safe_load(text)):
            actions = [key for key in task if key not in keywords and not key.startswith("with_")]
            assert all(action.count(".") >= 2 for action in actions), f"{path}: {actions}"


@requirement(
    "Python versions that ansible-core takes and the collection does not, in the README and in each module", COMMUNITY
)
def pythons() -> None:
    assert parsed("tests/config.yml")["modules"]["python_requires"] == ">=3.10"
    assert "Python 3.10 or later" in README and "Older Pythons" in README
    assert "python >= 3.10" in read("plugins/doc_fragments/requirements.py")
    fragments_of = {path: documentation(path).get("extends_documentation_fragment") for path in [*MODULES, *PLUGINS]}
    needing = {path: fragments for path, fragments in fragments_of.items() if "amazon.aws" in str(fragments)}
    assert len(needing) > 20
    for path, fragments in needing.items():
        # The one of amazon.aws says Python 3.6.
        assert "mlops.sagemaker.requirements" in fragments and "amazon.aws.boto3" not in fragments, path


# --- Metadata


@requirement("tags, at most 20, one of them of Galaxy's list", f"{COMMUNITY} and {IMPORTER} (schema.py)")
def galaxy_tags() -> None:
    assert len(GALAXY["tags"]) <= 20 and all(re.fullmatch(r"[a-z0-9_]{1,64}", tag) for tag in GALAXY["tags"])
    assert set(GALAXY["tags"]) & {"ai", "application", "cloud", "database", "infrastructure", "linux", "monitoring"}


@requirement("links to the repository, the documentation, the homepage and the issues", f"{IMPORTER} (schema.py)")
def galaxy_links() -> None:
    assert all(GALAXY[key].startswith("https://") for key in ("repository", "documentation", "homepage", "issues"))


@requirement(
    "dependencies are in the Ansible package and certified, have a lower bound from 1.0.0 on, and no upper one",
    COMMUNITY,
)
def dependencies() -> None:
    assert list(GALAXY["dependencies"]) == ["amazon.aws"]
    bound = re.fullmatch(r">=(\d+)\.\d+\.\d+", GALAXY["dependencies"]["amazon.aws"])
    assert bound and int(bound[1]) >= 1


@requirement(
    "the least ansible-core, without an upper bound, from 2.16 on", f"{COMMUNITY} and {RED_HAT}/static-analysis/"
)
def least_core() -> None:
    bound = re.fullmatch(r">=2\.(\d+)\.0", parsed("meta/runtime.yml")["requires_ansible"])
    assert bound and int(bound[1]) >= 16


@requirement("a changelog in the format of antsibull-changelog, with entries for each version", COMMUNITY)
def changelog() -> None:
    releases = parsed("changelogs/changelog.yaml")["releases"]
    assert all(release.get("changes") for release in releases.values())
    if released():
        assert f"v{GALAXY['version']}" in read("CHANGELOG.rst")
    else:
        assert parsed(f"changelogs/fragments/{GALAXY['version']}.yml")["release_summary"]


@requirement("no large objects: the archive has less than 20 MB", COMMUNITY)
def size() -> None:
    assert max((CHECKOUT / name).stat().st_size for name in FILES) < 1_000_000
    assert sum((CHECKOUT / name).stat().st_size for name in FILES) < 20_000_000
    assert [name for name in FILES if b"\0" in (CHECKOUT / name).read_bytes()] == []


@requirement("no temporary files, and what tools write is in .gitignore", COMMUNITY)
def temporary() -> None:
    ignored = read(".gitignore").splitlines()
    assert {"/.cache/", "/.ansible/", "/tests/output/", "__pycache__/", "/*.tar.gz"} <= set(ignored)
    # What git does not ignore and the archive leaves out is there: nothing is left of files that are gone.
    written = {line.strip("/") for line in ignored} | {"*.egg-info", ".gitignore", ".mypy_cache", ".pytest_cache"}
    gone = [name for name in GALAXY["build_ignore"] if name not in written and not (CHECKOUT / name).exists()]
    assert gone == []


@requirement("requirements for ansible-builder, without bounds above and without Ansible", f"{RED_HAT}/dependencies/")
def requirements() -> None:
    needs = parsed("meta/execution-environment.yml")["dependencies"]
    lines = [line for line in read(needs["python"]).splitlines() if line and not line.startswith("#")]
    assert lines and all(re.fullmatch(r"[a-z0-9-]+(>=[\d.]+)?", line) for line in lines)
    assert [line for line in lines if line.startswith("ansible")] == []
    assert "requirements.txt" not in FILES


@requirement("a README and an argument specification for each role", f"{IMPORTER} and {RED_HAT}/static-analysis/")
def roles() -> None:
    for role in {name.split("/")[1] for name in FILES if name.startswith("roles/")}:
        assert {f"roles/{role}/README.md", f"roles/{role}/meta/argument_specs.yml"} <= set(FILES)
    assert "role-argument-spec" in parsed(".ansible-lint")["enable_list"]


@requirement("the queries for the count of indirect nodes, where the controller looks for them", NODE_COUNT)
def node_count() -> None:
    queries = parsed("extensions/audit/event_query.yml")
    assert all(set(entry) == {"query"} for entry in queries.values())
    assert all(name.startswith("mlops.sagemaker.") and name.count(".") == 2 for name in queries)


# --- The README


@requirement(
    "sections on requirements, installation, use, testing, support, release notes and the licence",
    f"{RED_HAT}/readmes/",
)
def sections() -> None:
    wanted = ["Requirements", "Installation", "Use cases", "Testing", "Contributing", "Support", "Release notes"]
    wanted += ["Related information", "License"]
    found = re.findall(r"^## (.+)$", README, re.MULTILINE)
    assert [title for title in found if title in wanted] == wanted


@requirement("no pip install ansible, nor ansible-core", f"{RED_HAT}/readmes/")
def no_pip() -> None:
    assert re.findall(r"pip3? install[^\n]*\bansible", README) == []


@requirement("links with full addresses in Markdown, no bare ones, no HTML", f"{RED_HAT}/readmes/")
def links() -> None:
    text = without_code(README)
    targets = re.findall(r"\]\(([^)]*)\)", text)
    assert len(targets) > 30
    assert [target for target in targets if not target.startswith("https://")] == []
    assert re.findall(r"(?<!\]\()https?://", text) == []
    assert re.findall(r"</?[a-z]+[ >]", text) == []


@requirement("links that are valid", f"{RED_HAT}/readmes/")
def valid_links() -> None:
    for path, anchor in re.findall(rf"\]\({OWN_PAGES}([^)#]*)#?([^)]*)\)", README):
        if path == "CHANGELOG.rst" and not released():
            continue
        assert (CHECKOUT / path).exists(), path
        if anchor:
            titles = re.findall(r"^#+ (.+)$", read(path), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}, anchor


@requirement("a Support section, with the button of Automation Hub", f"{RED_HAT}/readmes/")
def support() -> None:
    section = README.split("\n## Support\n")[1].split("\n## ")[0]
    assert "**Create issue**" in section and GALAXY["issues"] in section


@requirement("release notes that lead to the changelog, a file", f"{RED_HAT}/readmes/")
def release_notes() -> None:
    assert f"{GALAXY['repository']}/blob/main/CHANGELOG.rst)" in README.split("\n## Release notes\n")[1]


# --- Tests


@requirement("sanity tests on each ansible-core, for each pull request, weekly, and before a release", COMMUNITY)
def sanity() -> None:
    workflow = workflows()[".github/workflows/sanity.yml"]
    assert set(workflow["on"]) == {"pull_request", "push", "schedule"}
    assert workflow["on"]["push"]["tags"] == workflows()[".github/workflows/release.yml"]["on"]["push"]["tags"]
    cores = workflow["jobs"]["sanity"]["strategy"]["matrix"]["core"]
    least = int(parsed("meta/runtime.yml")["requires_ansible"].split(".")[1])
    assert cores == [*(f"stable-2.{minor}" for minor in range(least, least + len(cores) - 1)), "devel"]
    assert {"stable-2.16", "stable-2.18", "stable-2.20"} < set(cores)


@requirement("all other tests for each pull request and weekly", COMMUNITY)
def other_tests() -> None:
    workflow = workflows()[".github/workflows/test.yml"]
    assert set(workflow["on"]) == {"pull_request", "push", "schedule"}
    assert workflow["jobs"]["test"]["steps"][-1] == {"run": "make test"}


@requirement("no sanity test is ignored", f"{COMMUNITY} and {RED_HAT}/sanity-testing/")
def ignored_tests() -> None:
    assert [name for name in FILES if name.startswith("tests/sanity/")] == []


@requirement(
    "ansible-lint with the profile production and without exceptions for its rules", f"{RED_HAT}/static-analysis/"
)
def lint() -> None:
    settings = parsed(".ansible-lint")
    assert settings["profile"] == "production"
    assert not {"skip_list", "warn_list"} & set(settings) and ".ansible-lint-ignore" not in FILES
    shipped = [name for name in FILES if name.startswith(("playbooks/", "roles/")) and name.endswith(".yml")]
    assert [name for name in shipped if "noqa" in read(name)] == []


@pytest.mark.parametrize("line", REQUIREMENTS, ids=[line.check.__name__ for line in REQUIREMENTS])
def test_the_collection_meets(line: Requirement) -> None:
    try:
        line.check()
    except AssertionError as error:
        raise AssertionError(f"{line.asked} ({line.where}): {error}") from error
