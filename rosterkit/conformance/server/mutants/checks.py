"""Mutants for what is looked at in every play: of each there is one that breaks it and nothing else.

Those about answers, about the sender of pushes, their ids and their number of items stand with the cases.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.arriving import Arriving, messages
from rosterkit.core import replies
from rosterkit.core.effects import Push
from rosterkit.core.jid import Jid
from rosterkit.core.roster import Item
from rosterkit.core.stanza import Iq, Stanza
from rosterkit.core.state import Session
from rosterkit.errors import StanzaError
from rosterkit.wire import encode

__all__ = ["MUTANTS"]

_Real: TypeAlias = Callable[..., Any]


def _without_ids(real: _Real) -> _Real:
    def wrong(effect: Push) -> Iterator[tuple[Session, bytes]]:
        for session, data in real(effect):
            yield session, re.sub(rb" id='[^']*'", b"", data, count=1)

    return wrong


def _written(change: Callable[[Item], Item]) -> Patch:
    """Items are written as ``change`` makes them."""
    return Patch(encode, "_item", lambda real: lambda item: real(change(item)))


def _pending(item: Item) -> Item:
    return replace(item, subscription="pending", memo=None) if item.ask else item


def _at_home(item: Item) -> Item:
    return replace(item, jid=f"{item.jid}/home", memo=None)


def _twice(real: _Real) -> _Real:
    return lambda roster: real(roster) * 2


def _from_empty_resource(real: _Real) -> _Real:
    """The error about a request comes from an address with nothing behind its slash."""

    def wrong(stanza: Stanza, reason: StanzaError) -> Stanza:
        made: Stanza = real(stanza, reason)
        if isinstance(made, Iq) and made.sender is not None:
            to = made.sender
            made.sender = Jid(to.local, to.domain, "", to.bare, f"{to.bare}/")
        return made

    return wrong


def _to_domain(real: _Real) -> _Real:
    """The error about a request to the server is addressed to the domain of who has asked."""

    def wrong(stanza: Stanza, reason: StanzaError) -> Stanza:
        made: Stanza = real(stanza, reason)
        if isinstance(made, Iq) and made.to is not None and (stanza.to is None or not stanza.to.local):
            made.to = Jid("", made.to.domain, "", made.to.domain, made.to.domain)
        return made

    return wrong


def _two_conditions(real: _Real) -> _Real:
    extra = b"<undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    return lambda reason: real(reason).replace(b"</error>", extra)


def _not_escaped(arriving: Arriving) -> bool:
    """An ampersand in a text is written as it is."""
    body = arriving.stanza.body.replace(b"&amp;", b"&")
    if body == arriving.stanza.body or arriving.account is None:
        return False
    return arriving._replace(stanza=replace(arriving.stanza, body=body, memo=None)).hand(arriving.available)


def _mutant(name: str, check: str, seen_in: str, breaks: str, patch: Patch) -> Mutant:
    """``seen_in`` is the beginning of the ids of cases in whose plays it shows."""
    _, section, _ = check.split("/")
    return mutant(name, section, breaks, patch, caught_in=(check, seen_in))


MUTANTS: tuple[Mutant, ...] = (
    _mutant(
        "pushes-without-id",
        "rfc6120/8.1.3/push-has-id",
        "rfc6121/2.1.6",
        "Pushes have no id.",
        Patch(encode, "pushes", _without_ids),
    ),
    _mutant(
        "pending-subscription",
        "rfc6121/2.1.2.5/subscriptions-from-the-server",
        "rfc6121/3.1.2",
        "An entry whose request is open has the subscription `pending`.",
        _written(_pending),
    ),
    _mutant(
        "items-with-resource",
        "rfc6121/2.1.2.3/bare-jids-from-the-server",
        "rfc6121/2.1.6",
        "Items have a resource.",
        _written(_at_home),
    ),
    _mutant(
        "entries-twice",
        "rfc6121/2.1.4/no-entry-twice",
        "rfc6121/2.1.4",
        "A roster holds each entry twice.",
        Patch(encode, "_items", _twice),
    ),
    _mutant(
        "errors-from-empty-resource",
        "rfc6120/8.1.2.1/from-an-address",
        "rfc6120/8.4",
        "The error about a request comes from an address that ends with its slash.",
        Patch(replies, "error", _from_empty_resource),
    ),
    _mutant(
        "errors-to-domain",
        "rfc6120/8.1.1.1/to-the-receiver",
        "rfc6120/8.4",
        "The error about a request to the server is addressed to the domain of who has asked.",
        Patch(replies, "error", _to_domain),
    ),
    _mutant(
        "two-conditions",
        "rfc6120/8.3.2/one-condition",
        "rfc6120/8.4",
        "Errors have a second condition.",
        Patch(replies, "error_body", _two_conditions),
    ),
    _mutant(
        "ampersands-not-escaped",
        "rfc6120/11.3/well-formed-from-the-server",
        "rfc6120/11.1",
        "An ampersand in a message is written as it is.",
        messages(_not_escaped),
    ),
)
