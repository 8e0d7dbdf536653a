"""Outgoing stanzas altered by a fault: each says what its fault says, and nothing else is altered."""

from __future__ import annotations

import pytest
from lxml import etree

from rosterkit.core.fault_catalogue import CATALOGUE
from rosterkit.core.faults import read_fault
from rosterkit.wire.mangle import STRANGER, Target, mangle, version_of
from rosterkit.wire.patterns import parse_entry, read_pattern

ME = Target("juliet@a.test", "juliet@a.test/r", "v1", "v2")
ITEM = "<item jid='romeo@b.test' name='R' subscription='both'><group>g</group></item>"
PUSH = f"<iq type='set' id='p1' to='{ME.full}'><query xmlns='jabber:iq:roster' ver='v3'>{ITEM}</query></iq>".encode()
RESULT = PUSH.replace(b"'set'", b"'result'")
ROSTER = "{jabber:iq:roster}"


def altered(name: str, data: bytes = PUSH, **values: object) -> etree._Element:
    """The stanza after the fault."""
    element = parse_entry(mangle(read_fault({"fault": name, **values}, ""), data, ME))
    assert element is not None
    return element


@pytest.mark.parametrize(
    ("name", "sender"),
    [
        ("push-from-stranger", STRANGER),
        ("push-from-domain", "a.test"),
        ("push-from-full-jid", "juliet@a.test/r"),
        ("push-from-other-resource", "juliet@a.test/another-resource"),
        ("push-from-bare-jid", "juliet@a.test"),
        ("result-wrong-from", STRANGER),
    ],
)
def test_the_sender(name: str, sender: str):
    """It comes from somebody else, and holds what it held."""
    element = altered(name)
    assert element.get("from") == sender
    assert len(element.findall(f"{ROSTER}query/{ROSTER}item")) == 1


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("push-without-item", "/iq[count(roster:query/*) = 0]"),
        ("push-with-two-items", "/iq[count(roster:query/roster:item) = 2]"),
        ("push-without-jid", "/iq/roster:query/roster:item[not(@jid)][@name='R']"),
        ("push-malformed-jid", "/iq/roster:query/roster:item[@jid='@@']"),
        ("push-full-jid", "/iq/roster:query/roster:item[@jid='romeo@b.test/resource']"),
        ("push-unknown-subscription", "/iq/roster:query/roster:item[@subscription='sometimes']"),
        ("push-unknown-attributes", "/iq/roster:query[@unknown]/roster:item[@unknown]/*[local-name()='unknown']"),
        ("push-duplicate-groups", "/iq[count(roster:query/roster:item/roster:group[.='twice']) = 2]"),
        ("push-empty-group", "/iq/roster:query/roster:item/roster:group[not(text())]"),
        ("result-wrong-id", "/iq[@id='p1-wrong']"),
        ("empty-result", "/iq[count(*) = 0]"),
        ("missing-ver", "/iq/roster:query[not(@ver)]/roster:item"),
        ("repeated-ver", "/iq/roster:query[@ver='v2']/roster:item"),
        ("older-ver", "/iq/roster:query[@ver='v1']/roster:item"),
    ],
)
def test_the_content(name: str, pattern: str):
    """As the catalogue says it; the original is not like that."""
    wanted = read_pattern(pattern, "pattern")
    assert wanted.compare(altered(name)) is None
    original = parse_entry(PUSH)
    assert original is not None
    assert wanted.compare(original) is not None


def test_the_long_name():
    """As long as it was asked for."""
    assert altered("push-long-name", bytes=5000).find(f".//{ROSTER}item").get("name") == "n" * 5000  # type: ignore[union-attr]


@pytest.mark.parametrize("name", CATALOGUE)
def test_what_cannot_be_altered_stays_as_it_is(name: str):
    """Raw bytes that are no stanza pass."""
    assert mangle(read_fault({"fault": name}, ""), b"<half", ME) == b"<half"


def test_versions_are_found():
    """Of a push and of a result; none where there is none."""
    assert version_of(PUSH) == version_of(RESULT) == "v3"
    assert version_of(b"<iq type='result'/>") is version_of(b"<half") is None
