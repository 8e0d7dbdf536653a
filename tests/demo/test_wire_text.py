"""Stanzas as lines for people."""

from __future__ import annotations

import pytest

from rosterkit.demo.wire_text import wire_lines

PUSH = (
    "<iq xmlns='jabber:client' type='set' id='0123456789abcdef'><query xmlns='jabber:iq:roster' ver='v1'>"
    "<item jid='romeo@localhost'><group>Friends</group><group>Verona</group></item></query></iq>"
)


def test_each_element_begins_a_line_below_its_parent():
    """Elements are indented, their ends stay behind them; a long id is cut, a short version is not."""
    assert wire_lines(PUSH, 80) == [
        "<iq type='set' id='0123...cdef'>",
        "  <query xmlns='jabber:iq:roster' ver='v1'>",
        "    <item jid='romeo@localhost'>",
        "      <group>Friends</group>",
        "      <group>Verona</group></item></query></iq>",
    ]


def test_nothing_is_lost():
    """But for what is cut, all that has passed is shown."""
    shown = "".join(line.strip() for line in wire_lines(PUSH, 200))
    assert shown == PUSH.replace(" xmlns='jabber:client'", "").replace("456789ab", "...")


@pytest.mark.parametrize("width", [20, 33, 80])
def test_no_line_is_longer_than_it_may(width: int):
    """Also where an attribute alone is longer."""
    xml = f"<presence from='{'a' * 200}' to='b c d'/>"
    for line in (*wire_lines(PUSH, width), *wire_lines(xml, width)):
        assert len(line) <= width


@pytest.mark.parametrize("text", ["\x1b[2J", "\u202e", "\x07"])
def test_a_terminal_acts_upon_nothing(text: str):
    """What is not printable is spelled out."""
    assert text not in "".join(wire_lines(f"<message><body>{text}</body></message>", 80))


def test_a_long_stanza_is_cut_and_says_so():
    """Whoever sends a mebibyte fills no screen."""
    assert sum(map(len, wire_lines(f"<message><body>{'x' * 10_000}</body></message>", 80))) < 2500
    assert "more)" in wire_lines(f"<message><body>{'x' * 10_000}</body></message>", 80)[-1]


def test_what_is_no_xml_is_shown_too():
    """Half a stanza, as a fault leaves it, and no stanza at all."""
    assert wire_lines("<iq type='set'><query", 80) == ["<iq type='set'>", "  <query"]
    assert wire_lines("", 80) == []
    assert wire_lines("</stream:stream>", 80) == ["</stream:stream>"]
