"""A client's copy of its roster."""

from __future__ import annotations

from bench.soak.model import Shown
from bench.soak.roster_copy import RosterCopy

ME = "me@localhost"
WHOLE = (
    b"<iq type='result' id='1'><query xmlns='jabber:iq:roster' ver='v1'>"
    b"<item jid='a@b' name='A' subscription='to'><group>x</group><group>y</group></item>"
    b"<item jid='c@d' subscription='none' ask='subscribe' approved='true'/></query></iq>"
)


def push(item: bytes, sender: bytes = b"") -> bytes:
    """A push of one item."""
    return b"<iq type='set' id='p'%s><query xmlns='jabber:iq:roster' ver='v2'>%s</query></iq>" % (sender, item)


def test_a_result_is_the_whole_roster_and_an_empty_one_changes_nothing() -> None:
    """RFC 6121 2.6.3."""
    copy = RosterCopy(ME)
    copy.take_result(WHOLE)
    expected = {"a@b": Shown("A", ("x", "y"), "to", False, False), "c@d": Shown(None, (), "none", True, True)}
    assert copy.entries == expected
    copy.take_result(b"<iq type='result' id='2'/>")
    assert (copy.entries, copy.version) == (expected, "v1")
    assert copy.request() == b"<query xmlns='jabber:iq:roster' ver='v1'/>"


def test_pushes_change_and_remove() -> None:
    """RFC 6121 2.1.6, with the version that comes along."""
    copy = RosterCopy(ME)
    copy.take_result(WHOLE)
    assert copy.take_push(push(b"<item jid='a@b' subscription='remove'/>"))
    assert copy.take_push(push(b"<item jid='e@f' name='' subscription='both'/>", b" from='me@localhost'"))
    assert set(copy.entries) == {"c@d", "e@f"}
    assert copy.entries["e@f"] == Shown("", (), "both", False, False)
    assert copy.version == "v2"


def test_what_nobody_knows_is_ignored() -> None:
    """RFC 6120 8.4: other children of the query do not make a push wrong."""
    copy = RosterCopy(ME)
    assert copy.take_push(push(b"<x xmlns='urn:x'/><item jid='a@b' x='y'><z xmlns='urn:z'/></item>"))
    assert set(copy.entries) == {"a@b"}


def test_pushes_of_strangers_and_wrong_ones_count_for_nothing() -> None:
    """RFC 6121 2.1.6: from nobody but the account, with exactly one item."""
    copy = RosterCopy(ME)
    item = b"<item jid='a@b'/>"
    assert not copy.take_push(push(item, b" from='stranger@stranger.test'"))
    assert not copy.take_push(push(item + item))
    assert not copy.take_push(push(b""))
    assert not copy.take_push(b"<iq type='set' id='p'><block xmlns='urn:xmpp:blocking'/></iq>")
    assert (copy.entries, copy.version) == ({}, "")
