"""Judges of content: what counts as the same, whatever it is written with, and what does not."""

from __future__ import annotations

import pytest
from lxml import etree
from served import ME, Told

from rosterkit.conformance.server.cases.content_judging import (
    body_kept,
    children_kept,
    lang_is,
    language,
    lost,
    same_element,
)
from rosterkit.conformance.server.cases.subscriptions_moves import CHILDREN
from rosterkit.conformance.verdicts import Level, Verdict

PHONE = "romeo@montague.test/phone"


def parsed(xml: str) -> etree._Element:
    """An element."""
    return etree.fromstring(xml)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<a xmlns='x'><b/></a>", "<n:a xmlns:n='x'><n:b></n:b></n:a>"),
        ("<a xmlns='x' m='1' n='2'/>", "<a n='2' xmlns='x' m='1'/>"),
        ("<a xmlns='x' xmlns:p='y' p:m='1'/>", "<a xmlns='x' xmlns:q='y' q:m='1'></a>"),
        ("<a xmlns='x'><![CDATA[<]]></a>", "<a xmlns='x'>&lt;</a>"),
    ],
)
def test_the_same_may_be_written_in_many_ways(one: str, other: str):
    """Prefixes, quotes, the order of attributes, CDATA."""
    assert same_element(parsed(one), parsed(other))


@pytest.mark.parametrize(
    "other",
    [
        "<a xmlns='y' m='1'>t<b/>u</a>",
        "<a xmlns='x' m='2'>t<b/>u</a>",
        "<a xmlns='x'>t<b/>u</a>",
        "<a xmlns='x' m='1'>T<b/>u</a>",
        "<a xmlns='x' m='1'>t<b/>U</a>",
        "<a xmlns='x' m='1'>t<b/></a>",
        "<a xmlns='x' m='1'>t<c/>u</a>",
        "<a xmlns='x' m='1'>t<b xmlns=''/>u</a>",
        "<a xmlns='x' m='1'>t<b/>u<b/></a>",
    ],
)
def test_what_says_something_else_is_not_the_same(other: str):
    """A namespace, an attribute, a text before, inside or behind, an element more."""
    assert not same_element(parsed("<a xmlns='x' m='1'>t<b/>u</a>"), parsed(other))


def sent(children: str, came: str | None, more: str = "") -> Told:
    """The account sends a message with these children; this is how it comes."""
    told = Told().entered("me", f"{ME}/home").mark("event")
    told.said("me", f"<message id='event' to='{PHONE}'>{children}</message>")
    if came is not None:
        told.came("component", f"<message id='event' from='{ME}/home' to='{PHONE}'{more}>{came}</message>")
    return told


BOTH = "<body>b</body><x xmlns='urn:example:x'><y/></x>"


@pytest.mark.parametrize(
    ("came", "right"),
    [
        (BOTH, True),
        (f"<delay xmlns='urn:xmpp:delay'/>{BOTH}<stanza-id xmlns='urn:xmpp:sid:0'/>", True),
        ("<x xmlns='urn:example:x'><y/></x><body>b</body>", True),
        ("<body>b</body>", False),
        ("<body>b</body><x xmlns='urn:example:x'/>", False),
        (None, False),
    ],
)
def test_children_come_all_in_whatever_order(came: str | None, right: bool):
    """Others may stand around them."""
    finding = children_kept(sent(BOTH, came).evidence(), "event", "component")
    assert (finding is None) is right


def test_two_children_that_are_the_same_come_both():
    """One is not both."""
    assert children_kept(sent("<x xmlns='x'/>" * 2, "<x xmlns='x'/>").evidence(), "event", "component") is not None
    assert children_kept(sent("<x xmlns='x'/>" * 2, "<x xmlns='x'/>" * 2).evidence(), "event", "component") is None


def test_how_grave_it_is_can_be_chosen():
    """Whether something is missing or nothing came."""
    for came in ("<body>b</body>", None):
        finding = children_kept(sent(BOTH, came).evidence(), "event", "component", Level.SHOULD)
        assert finding is not None
        assert finding.verdict is Verdict.NON_STRICT


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("one&#13;\n two ", None),
        ("one\n two ", Verdict.NON_STRICT),
        ("one&#13;\n two", Verdict.FAIL),
        ("one two", Verdict.FAIL),
        ("", Verdict.FAIL),
    ],
)
def test_a_text_is_compared_character_by_character(text: str, verdict: Verdict | None):
    """Only line ends are a lesser matter."""
    told = sent("<body>one&#13;\n two </body>", f"<body>{text}</body>")
    finding = body_kept(told.evidence(), "event", "component")
    assert (finding.verdict if finding is not None else None) is verdict


def test_the_first_difference_is_shown_in_letters_that_every_terminal_has():
    """With its place, whatever stands there."""
    finding = body_kept(sent("<body>Hé😀</body>", "<body>Hé?</body>").evidence(), "event", "component")
    assert finding is not None
    assert finding.words == "The text came changed: from character 3 on it is '?', not '\\U0001f600'."


@pytest.mark.parametrize(("more", "right"), [(" xml:lang='cs'", True), (" xml:lang='en'", False), ("", False)])
def test_a_language_is_that_of_the_stanza(more: str, right: bool):
    """Another one is as wrong as none."""
    finding = lang_is(sent("<body>b</body>", "<body>b</body>", more).evidence(), "event", "component", "cs")
    assert (finding is None) is right


def asked(children: str = CHILDREN, attributes: str = "") -> Told:
    """A request that has come."""
    return Told().mark("event").came("me", f"<presence type='subscribe'{attributes}>{children}</presence>")


def test_children_may_have_company():
    """A stamp, or another order; what was sent is there all the same."""
    (seen,) = asked("<delay xmlns='urn:xmpp:delay'/>" + CHILDREN).evidence().came("me", "event")
    assert lost(seen, CHILDREN) == []


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ("The Nurse", "A Nurse", ["nick"]),
        (" seal='red'", "", ["letter"]),
        ("<line>Wherefore?</line>", "", ["letter"]),
        ("&amp;", "", ["status"]),
        (CHILDREN, "", ["status", "nick", "letter"]),
    ],
)
def test_a_child_that_is_changed_is_lost(before: str, after: str, names: list[str]):
    """Its text, its attributes and what is in it."""
    (seen,) = asked(CHILDREN.replace(before, after)).evidence().came("me", "event")
    assert lost(seen, CHILDREN) == names


def test_the_language_is_the_stanzas_own():
    """None where it has none."""
    italian, plain = (asked(attributes=given_).evidence().came("me", "event")[0] for given_ in (" xml:lang='it'", ""))
    assert (language(italian), language(plain)) == ("it", None)
