# Copyright: mlops.sagemaker maintainers
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sphinx's settings for the documentation site.

Two kinds of links are resolved here: those to Ansible's own documentation, as the build has no network, and those to an option or a return value of
this collection, which Sphinx does not see in tables that antsibull-docs has written as HTML. What they lead to is checked in the built pages.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from docutils import nodes

import ansible

project = "mlops.sagemaker"
copyright = "mlops.sagemaker maintainers"  # noqa: A001
title = html_short_title = "mlops.sagemaker"

extensions = ["sphinx_antsibull_ext"]
pygments_style = "ansible"
highlight_language = "YAML+Jinja"
html_theme = "sphinx_ansible_theme"
html_show_sphinx = False
html_use_smartypants = True
html_use_modindex = False
html_use_index = False
html_copy_source = False

ANSIBLE_DOCUMENTATION = "https://docs.ansible.com/projects/ansible/latest/"
PAGES = {
    "action_plugins": "plugins/action.html#action-plugins",
    "ansible_configuration_settings": "reference_appendices/config.html#ansible-configuration-settings",
    "common_return_values": "reference_appendices/common_return_values.html#common-return-values",
}
PLUGIN = re.compile(r"ansible_collections\.(amazon\.aws|ansible\.builtin)\.(\w+)_(module|lookup)")

ENTRY = re.compile(r"ansible_collections\.mlops\.sagemaker\.(\w+?)__(parameter|return)-(.+)")


def page_of(label: str) -> str | None:
    """Return where Ansible documents what that label stands for, if there is such a thing."""
    plugin = PLUGIN.fullmatch(label)
    if not plugin:
        return PAGES.get(label)
    collection, name, kind = plugin.groups()
    if collection == "ansible.builtin":
        folder = Path(ansible.__file__).parent / ("modules" if kind == "module" else f"plugins/{kind}")
    else:
        collections = Path(os.environ["ANSIBLE_COLLECTIONS_PATH"], "ansible_collections")
        folder = collections.joinpath(*collection.split("."), "plugins", "modules" if kind == "module" else kind)
    if not (folder / f"{name}.py").is_file():
        return None
    anchor = re.sub(r"[._]", "-", label)
    return f"collections/{collection.replace('.', '/')}/{name}_{kind}.html#{anchor}"


def entry_of(label: str) -> tuple[str, str] | None:
    """Return the document and the anchor of an option or a return value."""
    entry = ENTRY.fullmatch(label)
    if not entry:
        return None
    page, kind, name = entry.groups()
    # An option of a role stands behind the name of its entry point.
    return f"collections/mlops/sagemaker/{page}", f"{kind}-{name.replace('__', '--')}"


def resolve(app: Any, _env: Any, node: Any, content: Any) -> nodes.reference | None:
    label = node["reftarget"] if node.get("reftype") == "ref" else ""
    if page := page_of(label):
        return nodes.reference("", "", content, internal=False, refuri=ANSIBLE_DOCUMENTATION + page)
    if entry := entry_of(label):
        document, anchor = entry
        address = f"{app.builder.get_relative_uri(node['refdoc'], document)}#{anchor}"
        return nodes.reference("", "", content, internal=True, refuri=address)
    return None


def setup(app: Any) -> None:
    app.connect("missing-reference", resolve)
