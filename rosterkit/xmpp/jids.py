"""Twisted's JIDs from ours and back: Twisted prepares a string anew each time, ours is prepared and remembered.

Tests: ``tests/xmpp/test_jids.py``.
"""

from __future__ import annotations

from collections.abc import Set
from functools import lru_cache
from typing import TypeAlias

from twisted.words.protocols.jabber.jid import JID

from rosterkit.core import jid
from rosterkit.errors import JidError

__all__ = ["AnyJid", "bare_text", "is_one_of", "parsed", "twisted_jid"]

#: What applications may give: Twisted's object, or a string.
AnyJid: TypeAlias = JID | str


@lru_cache(maxsize=32768)
def twisted_jid(prepared: str) -> JID:
    """Twisted's object for a ``prepared`` JID; the same string gives the same object while it is remembered.

    For anything that :func:`rosterkit.core.jid.parse` would change the result is undefined.
    """
    rest, _, resource = prepared.partition("/")
    local, at, domain = rest.partition("@")
    made: JID = JID.__new__(JID)  # the constructor would prepare once more, in pure Python
    made.user, made.host, made.resource = (local, domain, resource or None) if at else (None, local, resource or None)
    return made


def parsed(address: AnyJid) -> jid.Jid:
    """Our JID for what an application gave; raises :class:`~rosterkit.errors.JidError` for what is none."""
    return jid.parse(address.full() if isinstance(address, JID) else address)


def bare_text(address: AnyJid) -> str:
    """The prepared bare JID as text, a resource cut off; raises :class:`~rosterkit.errors.JidError`."""
    return jid.bare(address.userhost() if isinstance(address, JID) else address)


def is_one_of(address: str | None, known: Set[str | None]) -> bool:
    """Whether ``address``, as it stands in a stanza, is one of the prepared JIDs ``known``, however it is written."""
    if address in known:
        return True
    try:
        return address is not None and jid.parse(address).full in known
    except JidError:
        return False
