"""Faults as data: read, shown, counted; whom and what they strike."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core.fault_catalogue import CATALOGUE, ON
from rosterkit.core.faults import Fault, FaultTable, read_fault
from rosterkit.errors import ScriptError

ME = ("juliet@a.test", "c1")


def table(**fault: Any) -> FaultTable:
    """One active fault."""
    made = FaultTable()
    made.add(read_fault(fault, ""))
    return made


def strikes(made: FaultTable, kind: str, data: bytes = b"<iq type='result'/>") -> bool:
    """Whether something strikes this kind of stanza of ours."""
    return bool(made.striking(kind, data, *ME))


@pytest.mark.parametrize("name", CATALOGUE)
def test_each_is_read_and_shown(name: str):
    """With its defaults; what is shown can be read again; it says what it does and which rule holds."""
    fault = read_fault({"fault": name}, "")
    shown = fault.as_json()
    del shown["id"]
    assert read_fault({key: value for key, value in shown.items() if value is not None}, "") == fault
    assert CATALOGUE[name].does.endswith(".")
    assert CATALOGUE[name].rule.startswith("RFC 6")
    assert CATALOGUE[name].on in ON


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (None, "fault"),
        ({}, "fault"),
        ({"fault": "dorp"}, "fault"),
        ({"fault": "drop", "next": 0}, "next"),
        ({"fault": "drop", "on": "everything"}, "on"),
        ({"fault": "drop", "seconds": 1}, "seconds"),
        ({"fault": "drop", "account": "@"}, "account"),
        ({"fault": "delay", "seconds": -1}, "seconds"),
        ({"fault": "dribble", "seconds": 2}, "seconds"),
        ({"fault": "reorder", "count": 1}, "count"),
        ({"fault": "push-long-name", "bytes": 1 << 40}, "bytes"),
        ({"fault": "drop", "on": "login"}, "on"),
        ({"fault": "sasl-aborted", "on": "push"}, "on"),
        ({"fault": "sasl-aborted", "session": "c1"}, "session"),
        ({"fault": "tls-expired", "account": "juliet@a.test"}, "account"),
        ({"fault": "tls-cut", "session": "c1"}, "session"),
        ({"fault": "sasl-aborted", "after": 2}, "after"),
        ({"fault": "sasl-wrong-signature", "after": 1}, "after"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(value: Any, key: str):
    """And what it takes; an unknown name gets the nearest one."""
    with pytest.raises(ScriptError) as refused:
        read_fault(value, "")
    assert refused.value.key == key
    if value == {"fault": "dorp"}:
        assert "'drop'" in refused.value.expected


def test_it_strikes_whom_it_is_for():
    """An account, a session, or everybody."""
    assert strikes(table(fault="drop"), "push")
    assert strikes(table(fault="drop", account="juliet@a.test"), "push")
    assert not strikes(table(fault="drop", account="romeo@a.test"), "push")
    assert strikes(table(fault="drop", session="c1"), "push")
    assert not strikes(table(fault="drop", session="c2"), "push")


@pytest.mark.parametrize(
    ("on", "kinds"),
    [
        ("push", {"push"}),
        ("roster", {"roster"}),
        ("result", {"roster", "iq"}),
        ("iq", {"push", "roster", "iq"}),
        ("presence", {"presence"}),
        ("message", {"message"}),
        ("any", {"push", "roster", "iq", "presence", "message"}),
    ],
)
def test_it_strikes_what_it_is_on(on: str, kinds: set[str]):
    """A result is a roster's or another iq's; what the stream itself says is never struck."""
    every = ("push", "roster", "iq", "presence", "message", "stream")
    assert {kind for kind in every if strikes(table(fault="drop", on=on), kind)} == kinds
    assert not strikes(table(fault="drop", on="result"), "iq", b"<iq type='set'><x type='result'/></iq>")


def test_what_alters_a_push_alters_nothing_else():
    """Whatever it was told to strike."""
    made = table(fault="push-from-stranger", on="any")
    assert [kind for kind in ("push", "roster", "presence") if strikes(made, kind)] == ["push"]


def test_what_alters_a_result_alters_no_other_iq():
    """Neither an error nor a request."""
    for name in ("result-twice", "result-wrong-from", "result-wrong-id", "empty-result"):
        made = table(fault=name, on="any")
        assert strikes(made, "iq")
        assert not strikes(made, "iq", b"<iq type='set' id='1'><x/></iq>")


def test_a_fault_of_a_login_strikes_logins_alone():
    """Of its account where it has one, in the order of their coming, when its moment has come, and so often."""

    def always(fault: Fault) -> bool:
        return True

    made = table(fault="sasl-aborted", account="juliet@a.test", next=2)
    assert not any(strikes(made, kind) for kind in ("push", "roster", "iq", "presence", "message"))
    assert made.at_login("romeo@a.test", always) is None
    assert made.at_login(None, always) is None
    assert made.at_login("juliet@a.test", lambda fault: False) is None
    made.add(read_fault({"fault": "drop"}, ""))
    made.add(read_fault({"fault": "sasl-not-authorized"}, ""))
    struck = [made.at_login("juliet@a.test", always) for _ in range(3)]
    assert [fault.name for fault in struck if fault] == ["sasl-aborted", "sasl-aborted", "sasl-not-authorized"]
    assert [fault.name for fault in made.all()] == ["drop", "sasl-not-authorized"]


def test_it_strikes_so_often():
    """Then it is gone; without a number it stays until it is removed."""
    made = table(fault="drop", next=2)
    assert [strikes(made, "push") for _ in range(3)] == [True, True, False]
    assert not made
    made = table(fault="drop")
    assert all(strikes(made, "push") for _ in range(5))
    (fault,) = made.all()
    made.remove(fault.id)
    assert not made
    with pytest.raises(KeyError):
        made.remove(fault.id)


def test_only_what_acts_is_counted():
    """A stanza that is dropped is not late as well; of two that say when it is sent the first counts."""
    made = FaultTable()
    for name in ("delay", "drop", "pause", "duplicate"):
        made.add(read_fault({"fault": name, "next": 1}, ""))
    assert [fault.name for fault in made.striking("push", b"", *ME)] == ["drop"]
    assert [fault.name for fault in made.striking("push", b"", *ME)] == ["delay", "duplicate"]
    assert [fault.name for fault in made.all()] == ["pause"]


def _said_of(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """This fault with up to two of its keys, whatever stands there."""
    keys = st.sampled_from(["account", "session", "next", "on", *CATALOGUE[name].parameters])
    value = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.sampled_from(ON)
    return st.dictionaries(keys, value, max_size=2).map(lambda said: {"fault": name, **said})


@given(st.sampled_from([*CATALOGUE]).flatmap(_said_of))
def test_any_json_is_a_fault_or_an_error(value: dict[str, Any]):
    """Whatever is said of a fault, it is read and shown or refused; nothing else is raised."""
    with suppress(ScriptError):
        read_fault(value, "").as_json()


def test_the_page_has_every_fault_with_its_sentences():
    """docs/faults.md is what the catalogue says."""
    page = Path(__file__).parent.parent.parent.joinpath("docs", "faults.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [
        f"| `{name}` | {kind.does} | {', '.join(f'`{key}`' for key in kind.parameters)} | {kind.rule} |"
        for name, kind in CATALOGUE.items()
    ]
