"""Packages and their imports, as the image shows them."""

from __future__ import annotations

from pathlib import Path

import pytest
import test_layers
from rosterkit_pages.imports import COMMANDS, CONFIGURATION, edges, levels, reduced

NAMES = {"config": CONFIGURATION, "top": COMMANDS}


def package_of(module: str) -> str:
    """The name in the image of a module; the layers' own names but for three."""
    if module.startswith(("rosterkit.conformance.runner", "rosterkit.conformance.probing")):
        return "/".join(module.split(".")[1:3])
    layer = test_layers.layer_of(module)
    assert layer is not None
    return NAMES.get(layer, layer)


def test_they_are_those_that_the_layers_are_judged_by():
    """The image knows no import that the test of layers does not see, and none is missing."""
    wanted: dict[str, set[str]] = {}
    for path in test_layers.PACKAGE.rglob("*.py"):
        own = package_of(test_layers.module_of(path))
        ours = {name for _, name in test_layers.imports_of(path) if name.startswith("rosterkit.")}
        wanted.setdefault(own, set()).update({package_of(name) for name in ours} - {own})
    del wanted["face"]
    assert edges() == wanted


def test_every_way_of_importing_is_read(tmp_path: Path):
    """Names and modules, in functions too; what a folder needs of the files beside it is configuration."""
    files = {
        "__init__.py": "from rosterkit import wire",
        "errors.py": "",
        "options.py": "import rosterkit.errors",
        "config.py": "from rosterkit import options",
        "cli.py": "from rosterkit.wire.reader import Reader",
        "wire/__init__.py": "",
        "wire/reader.py": "def f():\n    from rosterkit.config import Config",
        "conformance/runner/play.py": "import os, rosterkit.wire",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert edges(tmp_path) == {
        "errors": set(),
        CONFIGURATION: {"errors"},
        COMMANDS: {"wire"},
        "wire": {CONFIGURATION},
        "conformance/runner": {"wire"},
    }


def test_levels_put_each_below_all_that_import_it():
    """As high as it can stand."""
    graph: dict[str, set[str]] = {"top": {"net", "core"}, "net": {"core"}, "client": {"core"}, "core": set()}
    assert levels(graph) == [["client", "top"], ["net"], ["core"]]


def test_a_circle_is_said_to_be_one():
    """With the packages in it."""
    with pytest.raises(ValueError, match="in a circle: core, net"):
        levels({"top": {"net"}, "net": {"core"}, "core": {"net"}})


def test_what_another_way_replaces_is_left_out():
    """However long that is."""
    graph: dict[str, set[str]] = {"a": {"b", "c", "d"}, "b": {"c"}, "c": {"d"}, "d": set()}
    assert reduced(graph) == {("a", "b"), ("b", "c"), ("c", "d")}
