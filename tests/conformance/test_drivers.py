"""The programs in ``examples/check``, as far as they can be tried without a server and without their libraries."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from rosterkit.conformance.orders import ORDERS, Order, read_reply

FOLDER = Path(__file__).parents[2] / "examples" / "check"
PROGRAMS = sorted(FOLDER.glob("*_driver.*"))
IN_PYTHON = [program for program in PROGRAMS if program.suffix == ".py"]


def loaded(name: str) -> ModuleType:
    """A program as a module."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_is_one_for_each_client():
    """Eight clients are driven."""
    assert [program.stem.removesuffix("_driver") for program in PROGRAMS] == [
        "aioxmpp", "profanity", "rosterkit", "slixmpp", "stanza", "strophe", "wokkel", "xmppjs",
    ]  # fmt: skip


@pytest.mark.parametrize("program", IN_PYTHON, ids=lambda program: program.stem)
def test_it_compiles(program):
    """Each is a Python program, whether or not its library is here."""
    compile(program.read_text(), str(program), "exec")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_it_knows_every_order(program):
    """No order is forgotten: each program names all that can be ordered."""
    text = program.read_text()
    assert [do for do in ORDERS if not re.search(rf"\b{do}\b", text)] == []


@pytest.mark.parametrize("name", ["rosterkit_driver", "wokkel_driver"])
def test_an_unknown_order_is_answered(name, capsys):
    """An order that a program does not know is answered with an error, under its own number."""
    order = {"order": 7, "do": "dance", "jid": "romeo@contacts.test"}
    loaded(name).answer(None, None, order)
    reply = read_reply(capsys.readouterr().out)
    assert reply.order == 7
    assert "dance" in reply.error


@pytest.mark.parametrize("name", ["rosterkit_driver", "wokkel_driver"])
def test_an_order_that_the_library_refuses_is_answered(name, capsys):
    """Whatever the library raises is an answer too, and ends nothing."""
    order = Order("rename", {"jid": "romeo@contacts.test", "name": "R"})
    loaded(name).answer(None, None, json.loads(order.line(8)))
    assert read_reply(capsys.readouterr().out).error
