"""Mutants of requests and answers: answered wrongly, twice, or not at all.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from lxml.etree import _Element

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.arriving import Arriving, iqs
from rosterkit.core import outbound, replies, requests
from rosterkit.core.ext import disco
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import IQ_TYPES, Iq, Stanza
from rosterkit.core.state import Session
from rosterkit.core.world import World
from rosterkit.errors import SERVICE_UNAVAILABLE, StanzaError
from rosterkit.wire import decode

__all__ = ["MUTANTS"]

_Real: TypeAlias = Callable[..., Any]


def _unanswered(which: Callable[[Iq], bool]) -> Patch:
    """Requests with a fault are dropped."""

    def change(real: _Real) -> _Real:
        def wrong(world: World, session: Session, stanza: Stanza) -> None:
            if not (isinstance(stanza, Iq) and stanza.fault is not None and which(stanza)):
                real(world, session, stanza)

        return wrong

    return Patch(outbound, "from_client", change)


def _ascii_ids(real: _Real) -> _Real:
    def wrong(value: Stanza, element: _Element, lang: str | None) -> None:
        real(value, element, lang)
        if value.id is not None and isinstance(value, Iq):
            value.id = value.id.encode("ascii", "replace").decode()

    return wrong


def _first_payload(real: _Real) -> _Real:
    def wrong(element: _Element, namespace: str, lang: str | None) -> Iq:
        iq: Iq = real(element, namespace, lang)
        if len(element) > 1 and iq.type in ("get", "set"):
            iq.child, iq.fault = element[0], None
        return iq

    return wrong


def _answering_answers(real: _Real) -> _Real:
    def wrong(world: World, session: Session, iq: Iq) -> None:
        own = iq.to is None or iq.to.full == session.jid.bare or iq.to.full in world.domains
        if own and iq.type == "result":
            world.send(session, replies.error(iq, SERVICE_UNAVAILABLE), session.jid.full)
        else:
            real(world, session, iq)

    return wrong


def _to_the_oldest(real: _Real) -> _Real:
    """Answers go to the session of the account that was there first."""

    def wrong(world: World, session: Session, iq: Iq) -> None:
        real(world, next(iter(session.account.sessions.values())), iq)

    return wrong


def _twice(real: _Real) -> _Real:
    """What a domain can do is told twice."""

    def wrong(world: World, session: Session, iq: Iq) -> None:
        real(world, session, iq)
        if iq.child is not None and iq.child.tag == disco.INFO:
            real(world, session, iq)

    return wrong


def _all_is_well(real: _Real) -> _Real:
    """A domain answers what it does not know with an empty result."""

    def wrong(world: World, iq: Iq, to: Jid) -> bytes | StanzaError:
        found: bytes | StanzaError = real(world, iq, to)
        return b"" if found == SERVICE_UNAVAILABLE and not to.local else found

    return wrong


def _answers_to_all(arriving: Arriving) -> bool:
    """Answers from elsewhere come to every resource of the account."""
    if arriving.account is None or arriving.stanza.type != "result" or not arriving.is_from_elsewhere:
        return False
    return arriving.hand(list(arriving.account.sessions.values()))


def _domain_deaf(arriving: Arriving) -> bool:
    """Nobody from elsewhere can ask the domain anything."""
    return not arriving.to.local and arriving.is_from_elsewhere


def _mutant(name: str, case: str, breaks: str, patch: Patch) -> Mutant:
    section, _, _ = case.rpartition("/")
    return mutant(name, section, breaks, patch, caught_in=(f"rfc6120/{case}",))


MUTANTS: tuple[Mutant, ...] = (
    _mutant(
        "ascii-ids",
        "8.1.3/answer-has-id",
        "Of ids only ASCII comes back.",
        Patch(decode, "_address", _ascii_ids),
    ),
    _mutant(
        "answer-to-the-oldest",
        "8.1.3/same-id",
        "Answers go to that resource of the account that was there first.",
        Patch(requests, "handle", _to_the_oldest),
    ),
    _mutant(
        "no-id-lost",
        "8.2.3/no-id",
        "A request without an id is not answered.",
        _unanswered(lambda iq: iq.id is None),
    ),
    _mutant(
        "no-payload-lost",
        "8.2.3/no-payload",
        "A request that has not just one payload is not answered.",
        _unanswered(lambda iq: iq.type in ("get", "set") and iq.child is None),
    ),
    _mutant(
        "first-payload",
        "8.2.3/two-payloads",
        "Of two payloads the first is answered.",
        Patch(decode._KINDS, "iq", _first_payload),
    ),
    _mutant(
        "unknown-type-lost",
        "8.2.3/unknown-type",
        "An iq of an unknown type is not answered.",
        _unanswered(lambda iq: iq.type not in IQ_TYPES),
    ),
    _mutant(
        "results-answered",
        "8.2.3/answers-not-answered",
        "A result that nobody has asked for is answered with an error.",
        Patch(outbound, "_iq", _answering_answers),
    ),
    _mutant(
        "answered-twice",
        "8.2.3/each-once",
        "What the server can do is told twice to who asks once.",
        Patch(requests, "handle", _twice),
    ),
    _mutant(
        "answers-to-all",
        "8.2.3/asked-elsewhere",
        "Answers from other servers come to every resource of the account.",
        iqs(_answers_to_all),
    ),
    _mutant(
        "all-is-well",
        "8.4/unknown-payload",
        "What the server does not know it answers with an empty result.",
        Patch(requests, "answer", _all_is_well),
    ),
    _mutant(
        "domain-deaf",
        "10.5.1/from-elsewhere",
        "Who is elsewhere gets no answer from the domain.",
        iqs(_domain_deaf),
    ),
)
