"""Twisted's JIDs made without Twisted's preparation are those that it would have made."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from test_jid import INTERESTING, TAKEN, prepared
from twisted.words.protocols.jabber import jid as jabber
from twisted.words.protocols.jabber.jid import JID

from rosterkit.core import jid
from rosterkit.errors import JidError
from rosterkit.xmpp.jids import bare_text, parsed, twisted_jid

USUAL = ["x", "romeo@x", "romeo@x/home", "x/home", "romeo@x/a@b/c d", "x/a@b", "x/@", "é@bücher.example/É", "a@x/ "]

USABLE = [character for character in INTERESTING if prepared(f"x/a{character}")]
LOCALS = st.text(st.sampled_from([character for character in USABLE if prepared(f"a{character}@x")]), min_size=1)
RESOURCES = st.text(st.sampled_from(USABLE), min_size=1)
DOMAINS = st.sampled_from(["x", "X.example", "b\u00fccher.example", "B\u00dcCHER.example", "127.0.0.1", "a-b.c"])
#: JIDs that are nearly all taken; two directions of writing in one part are what is refused.
JIDS = st.builds(
    "{}{}{}".format, LOCALS.map("{}@".format) | st.just(""), DOMAINS, RESOURCES.map("/{}".format) | st.just("")
)


def by_twisted(text: str) -> JID | None:
    """Twisted's own, or None where it refuses it: an empty label with an IndexError, nothing with a RuntimeError."""
    try:
        return JID(text)
    except (jabber.InvalidFormat, IndexError, RuntimeError):
        return None


def same(one: JID, other: JID) -> None:
    """Two of Twisted's JIDs cannot be told apart."""
    assert type(one) is type(other)
    assert vars(one) == vars(other)
    assert one == other
    assert hash(one) == hash(other)
    assert {one: "found"}[other] == "found"
    assert (one.full(), one.userhost(), str(one), repr(one)) == (
        other.full(),
        other.userhost(),
        str(other),
        repr(other),
    )


@pytest.mark.parametrize("text", USUAL)
def test_the_usual_forms_are_twisteds(text: str) -> None:
    """With and without localpart and resource; an ``@`` or a ``/`` within a resource is part of it."""
    same(twisted_jid(text), JID(text))
    same(twisted_jid(text).userhostJID(), JID(text).userhostJID())


@given(JIDS)
@example("x/@")
@example("\u00c9lan@b\u00fccher.example/a/b@c")
def test_any_prepared_jid_is_twisteds(text: str) -> None:
    """Wherever both take the JID: equal, with equal parts and hash, in a set and as a key."""
    ours = prepared(text)
    assume(ours is not None)
    assert ours is not None
    theirs = by_twisted(ours.full)
    if theirs is not None:
        same(twisted_jid(ours.full), theirs)
    found = twisted_jid(ours.full)
    assert (found.user or "", found.host, found.resource or "") == (ours.local, ours.domain, ours.resource)
    assert found.full() == ours.full


@pytest.mark.parametrize("text", TAKEN)
def test_known_difficult_ones(text: str) -> None:
    """What is prepared in more than one step, and what Twisted does not take at all (IPv6 in brackets)."""
    full = jid.parse(text).full
    theirs = by_twisted(full)
    if theirs is None:
        assert "[" in full or "\u10a0" in full
    else:
        same(twisted_jid(full), theirs)
    assert twisted_jid(full).full() == full


def test_different_jids_differ() -> None:
    """A part of one is not taken for a part of another."""
    assert len({*map(twisted_jid, USUAL)}) == len(USUAL)


def test_the_same_string_gives_the_same_object() -> None:
    """A roster of thousands costs one object each."""
    assert twisted_jid("remembered@x/y") is twisted_jid("remembered@x/y")


class TestFromApplications:
    """What applications give: Twisted's objects, or strings in any spelling."""

    @pytest.mark.parametrize("address", ["Romeo@X/Home", JID("Romeo@X/Home")])
    def test_it_is_prepared(self, address: JID | str) -> None:
        """Whole, or without its resource."""
        assert parsed(address) == jid.parse("romeo@x/Home")
        assert bare_text(address) == "romeo@x"

    @pytest.mark.parametrize("address", ["X", JID("x")])
    def test_a_server_is_one_too(self, address: JID | str) -> None:
        """Without a localpart."""
        assert parsed(address).full == bare_text(address) == "x"

    @pytest.mark.parametrize("address", ["", "@x", "romeo@", "a b@x", JID(tuple=("a" * 1024, "x", None))], ids=str)
    def test_what_is_none_is_refused(self, address: JID | str) -> None:
        """JidError, for one of Twisted's that breaks RFC 6122 too."""
        with pytest.raises(JidError):
            parsed(address)
        with pytest.raises(JidError):
            bare_text(address)

    def test_a_bad_resource_is_refused_in_a_string_only(self) -> None:
        """Twisted's object says where its resource begins; of a string nobody knows what was meant."""
        with pytest.raises(JidError):
            bare_text("romeo@x/")
        assert bare_text(JID(tuple=("romeo", "x", "a" * 1024))) == "romeo@x"

    @given(JIDS)
    def test_twisteds_own_mean_the_same(self, text: str) -> None:
        """A JID that both take is the same contact, given as a string or as Twisted's object."""
        ours, theirs = prepared(text), by_twisted(text)
        assume(ours is not None and theirs is not None)
        assert ours is not None
        assert theirs is not None
        assert (parsed(theirs).bare, bare_text(theirs)) == (ours.bare, ours.bare)
