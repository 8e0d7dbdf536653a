"""The Sphinx extension: a line ``<!-- from the code: NAME -->`` of a page becomes what :data:`PARTS` makes.

On GitHub the line is not seen, and the page says around it what it would hold.

Tests: ``tests/pages/test_parts.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rosterkit_pages import cases, command_lines, control_api, names, packages, rules, states, toml_keys

__all__ = ["PARTS", "filled", "setup"]

#: What makes a part of a page, as Markdown.
PARTS: Mapping[str, Callable[[], str]] = {
    "commands": command_lines.page,
    "toml": toml_keys.page,
    "control": control_api.page,
    "client cases": cases.client_page,
    "server cases": cases.server_page,
    "rules": rules.page,
    "names": names.page,
    "packages": packages.page,
    "states": states.page,
}
_MARK = re.compile(r"^<!-- from the code: (.+) -->$", re.MULTILINE)


def filled(text: str) -> str:
    """Give a page with its parts in it; KeyError for one that nobody makes."""
    return _MARK.sub(lambda mark: PARTS[mark[1]](), text)


def setup(app: Any) -> dict[str, bool]:
    """Register at Sphinx; it may read and write in several processes."""
    app.connect("source-read", _fill)
    app.connect("doctree-read", _unlink_folders)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _fill(_: Any, __: str, source: list[str]) -> None:
    source[0] = filled(source[0])


def _unlink_folders(app: Any, tree: Any) -> None:
    """A link to a folder leads somewhere on GitHub alone: here it becomes its words."""
    from sphinx.addnodes import pending_xref  # the parts are made, and tested, without Sphinx

    here = Path(app.env.doc2path(app.env.docname)).parent
    for link in list(tree.findall(pending_xref)):
        if link["reftype"] == "myst" and (here / link["reftarget"]).is_dir():
            link.replace_self(link.children)
