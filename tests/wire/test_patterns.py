"""Patterns for stanzas: what matches, and how what does not is said to differ."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.errors import PatternError
from rosterkit.wire.patterns import parse_entry, read_pattern

SET = (
    b"<iq type='set' id='s1'><query xmlns='jabber:iq:roster'><item jid='a@x' name='A'><group>g</group></item>"
    b"<item jid='b@x'/></query></iq>"
)


def difference(pattern: Any, data: bytes = SET) -> str | None:
    """None where it matches."""
    stanza = parse_entry(data)
    assert stanza is not None
    miss = read_pattern(pattern, "match").compare(stanza)
    return None if miss is None else miss.difference


@pytest.mark.parametrize(
    "pattern",
    [
        "<iq/>",
        "<iq type='set'/>",
        "<iq id='*'/>",
        "<iq><query xmlns='jabber:iq:roster'/></iq>",
        "<iq><query xmlns='jabber:iq:roster'><item jid='b@x'/><item jid='a@x'/></query></iq>",
        "<iq><query xmlns='jabber:iq:roster'><item/><item name='*'/></query></iq>",
        "<iq><query xmlns='jabber:iq:roster'><item><group>g</group></item></query></iq>",
        "<iq><query xmlns='jabber:iq:roster'><item><group>*</group></item></query></iq>",
        "/iq[@type='set']/roster:query",
        "//roster:item[@jid='a@x']",
        "count(//roster:item) = 2",
        {"xml": "<iq/>"},
        {"xpath": "/iq/q:query", "namespaces": {"q": "jabber:iq:roster"}},
    ],
)
def test_it_matches(pattern: Any):
    """What stands in the pattern is in the stanza; the rest does not matter, nor does the order of children."""
    assert difference(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("<presence/>", "it is <iq/>, not <presence/>"),
        ("<iq type='result'/>", "type is 'set', not 'result'"),
        ("<iq to='*'/>", "to is missing"),
        ("<iq><query/></iq>", "there is no <query/> in <iq/>"),
        ("<iq><query xmlns='jabber:iq:roster'><item jid='c@x'/></query></iq>", "jid is 'b@x', not 'c@x'"),
        ("<iq><query xmlns='jabber:iq:roster'><item/><item/><item/></query></iq>", "there is no <item"),
        ("<iq><query xmlns='jabber:iq:roster'><item><group>h</group></item></query></iq>", "is 'g', not 'h'"),
        ("/iq[@type='get']", "the XPath gives nothing"),
    ],
)
def test_it_does_not_match(pattern: Any, said: str):
    """The difference names what is there and what was wanted."""
    assert said in str(difference(pattern))


def test_each_child_of_a_template_needs_a_child_of_its_own():
    """A wide one leaves the only child that fits to a narrow one, whichever stands first."""
    wide_first = "<iq><query xmlns='jabber:iq:roster'><item/><item name='A'/></query></iq>"
    assert difference(wide_first) is None
    assert difference(wide_first.replace("<item/>", "<item name='*'/>")) is not None


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "takes a text"),
        ({"xml": "<a/>", "xpath": "a"}, "takes a text"),
        ({"xml": "<a/>", "more": 1}, "takes xml alone"),
        ({"xml": 5}, "is no text"),
        ("<a", "not well-formed"),
        ("<a/><b/>", "not one element"),
        ("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "XMPP has none"),
        ("<a>" + "<b/>" * 200 + "</a>", "more than 200"),
        ("<a" + " " * 70_000 + "/>", "longer than"),
        ("/iq[", "is no XPath"),
        ("x:y", "is no XPath"),
        ("re:test('a', 'b')", "is no XPath"),
        ("//*//*//*", "looks everywhere"),
        ("/iq/*[../*[../*[1=0]]]", "looks everywhere"),
        ("//*[*[1=0]]", "looks everywhere"),
        ("a" * 1001, "longer than"),
        ({"xpath": "a", "namespaces": {"": "x"}}, "takes an object"),
    ],
)
def test_what_is_no_pattern_is_said_with_its_place(value: Any, said: str):
    """The sentence begins with where it stands."""
    with pytest.raises(PatternError, match=r"^match[. ]") as refused:
        read_pattern(value, "match")
    assert said in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"<iq", b"text", b"<stream:stream to='x'>", b"<a/><b/>", b"\xff", b"<x:y/>"])
def test_what_is_not_one_element_is_nothing(data: bytes):
    """Raw bytes and stream headers are no stanzas."""
    assert parse_entry(data) is None


@given(st.text(max_size=60), st.binary(max_size=60))
def test_nothing_raises_anything_else(text: str, data: bytes):
    """Any text is a pattern or a PatternError; any bytes are an element or None."""
    parse_entry(data)
    try:
        pattern = read_pattern(text, "match")
    except PatternError:
        return
    stanza = parse_entry(SET)
    assert stanza is not None
    pattern.compare(stanza)


def nested(depth: int, core: str) -> str:
    """``core`` so deep in an iq."""
    return "<iq>" + "<a>" * depth + core + "</a>" * depth + "</iq>"


def test_a_deep_template_is_compared_in_a_moment():
    """Each pair of elements once, however deep the difference is."""
    assert "<b/>" in str(difference(nested(60, "<b/>"), nested(60, "<c/>").encode()))


def test_what_is_too_large_is_said_to_be():
    """Whoever waits must not stop the server: there are bounds on both kinds of pattern."""
    wide = "<iq>" + "<a><b/></a>" * 3000 + "</iq>"
    assert "too much for an XPath" in str(difference("/iq/a/b", wide.encode()))
    many = "<iq>" + ("<a>" + "<b/>" * 400 + "</a>") * 400 + "</iq>"
    template = "<iq><a>" + "<b x='1'/>" * 150 + "</a></iq>"
    assert difference(template, many.encode()) is not None
