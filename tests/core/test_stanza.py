"""The headers of a stanza, and the element view over more than one library."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from lxml import etree

from rosterkit.core.limits import Limits
from rosterkit.core.roster import RosterSet, read_set
from rosterkit.core.stanza import (
    IQ_TYPES,
    MESSAGE_TYPES,
    PRESENCE_TYPES,
    SHOWS,
    SUBSCRIPTION_TYPES,
    Iq,
    Message,
    Presence,
    Stanza,
)


@pytest.mark.parametrize("kind", [Iq, Presence, Message])
def test_two_stanzas_are_never_the_same(kind: type[Stanza]) -> None:
    """Stanzas compare by identity, so that one may wait in a table beside another that looks like it."""
    one, other = kind("x", "id"), kind("x", "id")
    assert one != other
    assert len({one, other}) == 2


def test_a_stanza_has_no_room_for_what_it_does_not_know() -> None:
    """A misspelt header is an error and not a new attribute."""
    with pytest.raises(AttributeError):
        Message().form = "x"  # type: ignore[attr-defined]


def test_a_bare_presence_is_available_with_priority_zero() -> None:
    """No type means available, no priority means 0 (RFC 6121 §4.7.1, §4.7.2.3)."""
    assert (Presence().type, Presence().priority) == ("", 0)


def test_the_types_are_those_of_the_rfc() -> None:
    """RFC 6120 §8.2.3, RFC 6121 §4.7.1, §4.7.2.1 and §5.2.2; available has no name of its own."""
    assert set(IQ_TYPES) == {"get", "set", "result", "error"}
    assert set(MESSAGE_TYPES) == {"normal", "chat", "headline", "groupchat", "error"}
    assert set(SHOWS) == {"away", "chat", "dnd", "xa"}
    assert set(SUBSCRIPTION_TYPES) == {"subscribe", "subscribed", "unsubscribe", "unsubscribed"}
    assert set(PRESENCE_TYPES) == SUBSCRIPTION_TYPES | {"unavailable", "probe", "error"}


@pytest.mark.parametrize("library", [etree, ElementTree], ids=["lxml", "ElementTree"])
def test_the_element_view_asks_only_what_every_library_has(library: object) -> None:
    """What is read through the view reads the same over lxml and over the standard library."""
    xml = "<query xmlns='jabber:iq:roster'><item jid='R@x' name='n'><group>a</group><group>b</group></item></query>"
    query = library.fromstring(xml)  # type: ignore[attr-defined]
    assert read_set(query, "j@x", Limits()) == RosterSet("r@x", "n", ("a", "b"), False)
