"""Stanzas as scripts say them: what goes in comes out of an XML parser."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rosterkit.conformance.stanzas import FULL, entry, error, iq, item, ping, presence, push, query, result
from rosterkit.core.markup import can_carry
from rosterkit.core.roster import Item
from rosterkit.errors import ITEM_NOT_FOUND

ROSTER = "{jabber:iq:roster}"
TEXTS = st.text(max_size=20).filter(can_carry)


def parsed(xml: str) -> etree._Element:
    """The element that a client would read."""
    return etree.fromstring(f"<s xmlns='jabber:client'>{xml}</s>")[0]


@given(TEXTS, st.lists(TEXTS.filter(bool), max_size=4), TEXTS)
def test_an_item_says_what_it_was_given(jid: str, groups: list[str], name: str):
    """JID, name and groups arrive whatever characters they have."""
    read = parsed(item(jid, groups, name=name, subscription="both"))
    assert (read.get("jid"), read.get("name"), read.get("subscription")) == (jid, name, "both")
    assert [group.text for group in read] == groups


def test_an_empty_group_can_be_said():
    """A group without a name is one of the lies, and is not left out."""
    assert len(parsed(item("a@b", [""]))) == 1


def test_none_leaves_an_attribute_out():
    """An item without a JID, a query without a version: not the same as empty ones."""
    assert "jid" not in parsed(item(None, name=None)).attrib
    assert parsed(item("", name="")).attrib == {"jid": "", "name": ""}
    assert "ver" not in parsed(query()).attrib
    assert parsed(query(ver="")).get("ver") == ""


def test_more_markup_goes_in_as_it_is():
    """What is inside an item beside its groups is the script's own business."""
    read = parsed(item("a@b", ["G"], "<x xmlns='urn:x'/>"))
    assert [child.tag for child in read] == ["{jabber:client}group", "{urn:x}x"]


def test_a_push_is_a_roster_set():
    """Its query holds the items, its version and its sender stand where they belong, and it goes to the client."""
    read = parsed(push(item("a@b"), "p1", "x@y", "v1"))
    assert (read.tag, read.get("type"), read.get("id")) == ("{jabber:client}iq", "set", "p1")
    assert (read.get("from"), read.get("to")) == ("x@y", FULL)
    assert read[0].tag == f"{ROSTER}query"
    assert read[0].get("ver") == "v1"
    assert read[0][0].tag == f"{ROSTER}item"


def test_a_push_without_a_sender_has_none():
    """The server's own pushes have no from."""
    assert "from" not in parsed(push(item("a@b"), "p1")).attrib


def test_a_result_may_be_empty():
    """An empty result has no child; it is one of the answers to a versioned request."""
    read = parsed(result("r1"))
    assert (read.get("type"), read.get("id"), len(read)) == ("result", "r1", 0)


def test_an_iq_can_be_for_nobody():
    """Without a to there is no such attribute."""
    assert "to" not in parsed(iq("get", "i1", to=None)).attrib


def test_presence_is_available_without_a_type():
    """Type and content are what is given, and nothing where nothing is."""
    assert parsed(presence("a@b/c")).attrib == {"to": FULL, "from": "a@b/c"}
    read = parsed(presence("a@b", "subscribe", "<status>Hi</status>", None))
    assert read.attrib == {"type": "subscribe", "from": "a@b"}
    assert read[0].text == "Hi"


@given(TEXTS)
def test_no_sender_can_break_out_of_its_attribute(sender: str):
    """Addresses are escaped like everything else."""
    assert parsed(presence(sender)).get("from") == sender


def test_an_entry_is_told_as_the_server_holds_it():
    """JID, name, groups and subscription; a name that it does not have is left out."""
    read = parsed(entry(Item("a@b", "A", ("G",), "to")))
    assert dict(read.attrib) == {"jid": "a@b", "name": "A", "subscription": "to"}
    assert [group.text for group in read] == ["G"]
    assert "name" not in parsed(entry(Item("a@b"))).attrib


def test_an_error_has_its_condition():
    """In the namespace of such conditions, with the type that belongs to it."""
    read = parsed(error("e1", ITEM_NOT_FOUND, "x@y"))
    assert (read.get("type"), read.get("id"), read.get("from")) == ("error", "e1", "x@y")
    assert read[0].get("type") == "cancel"
    assert [child.tag for child in read[0]] == ["{urn:ietf:params:xml:ns:xmpp-stanzas}item-not-found"]


def test_a_ping_is_one_of_its_extension():
    """It asks for an answer and nothing else."""
    read = parsed(ping("p1", "case.test"))
    assert (read.get("type"), read.get("from"), read[0].tag) == ("get", "case.test", "{urn:xmpp:ping}ping")
