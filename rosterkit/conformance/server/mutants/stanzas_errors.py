"""Mutants of error stanzas: what is in them, whom they reach, and that nothing answers them.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core import jid, replies
from rosterkit.core.stanza import Message, Presence, Stanza
from rosterkit.errors import StanzaError

__all__ = ["MUTANTS"]

_Real: TypeAlias = Callable[..., Any]


def _error(wrong: Callable[[Stanza, Stanza], Stanza]) -> Patch:
    """``wrong`` gets what an error is about, and the right error."""

    def change(real: _Real) -> _Real:
        return lambda stanza, reason: wrong(stanza, real(stanza, reason))

    return Patch(replies, "error", change)


def _from_domain(stanza: Stanza, error: Stanza) -> Stanza:
    if isinstance(stanza, Message) and error.sender is not None:
        error.sender = jid.parse(error.sender.domain)
    return error


def _to_bare(stanza: Stanza, error: Stanza) -> Stanza:
    """To who is elsewhere, an error goes to the bare JID."""
    here = stanza.sender is not None and stanza.to is not None and stanza.sender.domain == stanza.to.domain
    if isinstance(stanza, Message) and not here and error.to is not None:
        error.to = error.to.without_resource()
    return error


def _without_id(stanza: Stanza, error: Stanza) -> Stanza:
    if isinstance(stanza, Message):
        error.id = None
    return error


def _as_presence(stanza: Stanza, error: Stanza) -> Stanza:
    if not isinstance(stanza, Message):
        return error
    return Presence("error", error.id, error.to, error.sender, body=error.body)


def _without_namespace(_real: _Real) -> _Real:
    def wrong(reason: StanzaError) -> bytes:
        return f"<error type='{reason.type}'><{reason.condition}/></error>".encode()

    return wrong


def _mutant(name: str, case: str, breaks: str, *patches: Patch) -> Mutant:
    section, _, _ = case.rpartition("/")
    return mutant(name, section, breaks, *patches, caught_in=(f"rfc6120/{case}",))


MUTANTS: tuple[Mutant, ...] = (
    _mutant(
        "error-without-id",
        "8.1.3/error-has-id",
        "An error about a message has no id.",
        _error(_without_id),
    ),
    _mutant(
        "error-from-domain",
        "8.3.1/addresses",
        "An error about a message comes from the domain of who could not be reached.",
        _error(_from_domain),
    ),
    _mutant(
        "error-to-bare",
        "8.3.1/back-to-component",
        "An error about what came from elsewhere goes to the bare JID of who has sent it.",
        _error(_to_bare),
    ),
    _mutant(
        "error-as-presence",
        "8.3.1/same-kind",
        "A message is answered with presence of type error.",
        _error(_as_presence),
    ),
    _mutant(
        "condition-without-namespace",
        "8.3.2/type-and-condition",
        "The condition of an error is not in the namespace of stanza errors.",
        Patch(replies, "error_body", _without_namespace),
    ),
    _mutant(
        "errors-answered",
        "8.3.1/not-answered",
        "Errors are answered with errors.",
        Patch(replies, "may_be_answered", lambda _: lambda stanza: stanza.type != "result"),
    ),
)
