"""Mutants of addresses: who has sent a stanza, and where it goes.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core import accounts, jid, outbound
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Iq, Message, Stanza
from rosterkit.core.state import Component, Session
from rosterkit.core.world import World
from rosterkit.errors import JID_MALFORMED, STREAM_IMPROPER_ADDRESSING, STREAM_INVALID_FROM
from rosterkit.wire.handshake import ComponentStream

__all__ = ["MUTANTS"]

_Real: TypeAlias = Callable[..., Any]


# What clients send


def _from_client(wrong: Callable[[World, Session, Stanza], bool]) -> Patch:
    """``wrong`` says whether it has done something with the stanza; otherwise the real rule does."""

    def change(real: _Real) -> _Real:
        def instead(world: World, session: Session, stanza: Stanza) -> None:
            if not wrong(world, session, stanza):
                real(world, session, stanza)

        return instead

    return Patch(outbound, "from_client", change)


def _stamped_bare(world: World, session: Session, stanza: Stanza) -> bool:
    if not isinstance(stanza, Message) or stanza.sender is not None or stanza.to is None:
        return False
    stanza.sender = session.account.jid
    world.route(stanza, stanza.to.full)
    return True


def _refusing(claims: Callable[[Session, Jid], bool]) -> Patch:
    """Claims that are true end the stream."""

    def wrong(world: World, session: Session, stanza: Stanza) -> bool:
        if stanza.sender is None or not claims(session, stanza.sender):
            return False
        accounts.leave(world, session)
        world.close(session, STREAM_INVALID_FROM)
        return True

    return _from_client(wrong)


def _believing(claims: Callable[[Session, Jid], bool]) -> Patch:
    """Claims that are not true are believed."""

    def wrong(world: World, session: Session, stanza: Stanza) -> bool:
        if stanza.sender is None or stanza.to is None or not claims(session, stanza.sender):
            return False
        world.route(stanza, stanza.to.full)
        return True

    return _from_client(wrong)


def _malformed(kind: type[Stanza], ends: bool) -> Patch:
    """What is sent to something that is no address is dropped, or ends the stream."""

    def wrong(world: World, session: Session, stanza: Stanza) -> bool:
        fault = stanza.fault
        if not isinstance(stanza, kind) or fault is None or fault.condition != JID_MALFORMED.condition:
            return False
        if ends:
            accounts.leave(world, session)
            world.close(session, STREAM_IMPROPER_ADDRESSING)
        return True

    return _from_client(wrong)


def _lost_without_address(_world: World, _session: Session, stanza: Stanza) -> bool:
    return isinstance(stanza, Message) and stanza.to is None and stanza.fault is None


def _answered_as_domain(real: _Real) -> _Real:
    """A request without an address is answered in the name of the domain."""

    def wrong(world: World, session: Session, iq: Iq) -> None:
        if iq.to is None and iq.type in ("get", "set"):
            iq.to = jid.parse(session.jid.domain)
        real(world, session, iq)

    return wrong


def _lost_where_unreachable(kind: type[Stanza]) -> Patch:
    def change(real: _Real) -> _Real:
        def wrong(world: World, session: Session, stanza: Stanza, to: Jid) -> None:
            if not isinstance(stanza, kind) or world.unreachable(to.domain) is None:
                real(world, session, stanza, to)

        return wrong

    return Patch(outbound, "_pass_on", change)


# What components send


def _any_domain(real: _Real) -> _Real:
    def wrong(world: World, component: Component, stanza: Stanza) -> None:
        if stanza.sender is not None and stanza.to is not None and stanza.sender.domain != component.domain:
            world.route(stanza, stanza.to.full)
        else:
            real(world, component, stanza)

    return wrong


def _mutant(name: str, case: str, breaks: str, *patches: Patch) -> Mutant:
    section, _, _ = case.rpartition("/")
    return mutant(name, section, breaks, *patches, caught_in=(f"rfc6120/{case}",))


MUTANTS: tuple[Mutant, ...] = (
    _mutant(
        "stamped-bare",
        "8.1.2.1/stamped",
        "Messages bear the bare JID of who has sent them.",
        _from_client(_stamped_bare),
    ),
    _mutant(
        "own-full-refused",
        "8.1.2.1/own-full",
        "A client that writes its own full JID as the sender is thrown out.",
        _refusing(lambda session, claimed: claimed == session.jid),
    ),
    _mutant(
        "own-bare-refused",
        "8.1.2.1/own-bare",
        "A client that writes its own bare JID as the sender is thrown out.",
        _refusing(lambda session, claimed: claimed == session.account.jid),
    ),
    _mutant(
        "somebody-else-believed",
        "8.1.2.1/somebody-else",
        "A client may write in the name of anybody else.",
        _believing(lambda session, claimed: claimed.bare != session.account.jid.bare),
    ),
    _mutant(
        "other-resource-believed",
        "8.1.2.1/other-resource",
        "A client may write in the name of another resource of its account.",
        _believing(lambda session, claimed: claimed.bare == session.account.jid.bare and claimed != session.jid),
    ),
    _mutant(
        "component-of-any-domain",
        "8.1.2.2/component",
        "A component may write in the name of anybody.",
        Patch(ComponentStream, "_objection", lambda _: lambda _stream, _element, _stanza: None),
        Patch(outbound, "from_component", _any_domain),
    ),
    _mutant(
        "message-without-address-lost",
        "10.3.1/message",
        "A message without an address is dropped.",
        _from_client(_lost_without_address),
    ),
    _mutant(
        "iq-without-address-for-domain",
        "10.3.3/iq",
        "A request without an address is taken for one to the domain.",
        Patch(outbound, "_iq", _answered_as_domain),
    ),
    _mutant(
        "request-to-nowhere-lost",
        "10.4.3/iq",
        "A request to a domain that does not exist is not answered.",
        _lost_where_unreachable(Iq),
    ),
    _mutant(
        "message-to-nowhere-lost",
        "10.4.3/message",
        "A message to a domain that does not exist is lost without a word.",
        _lost_where_unreachable(Message),
    ),
    _mutant(
        "malformed-request-lost",
        "8.3.3.8/iq",
        "A request to something that is no address is not answered.",
        _malformed(Iq, ends=False),
    ),
    _mutant(
        "malformed-message-ends",
        "8.3.3.8/message",
        "A message to something that is no address ends the stream.",
        _malformed(Message, ends=True),
    ),
)
