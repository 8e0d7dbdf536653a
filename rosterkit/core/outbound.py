"""The outbound step: what a client or a component sends, before it reaches anybody (RFC 6121 §3, §4, §8).

Tests: ``tests/core/test_outbound.py``.
"""

from __future__ import annotations

from rosterkit.core import accounts, presence, requests, room, subscribing
from rosterkit.core.ext.blocking import BLOCKED
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import SUBSCRIPTION_TYPES, Iq, Message, Presence, Stanza
from rosterkit.core.state import Component, Session
from rosterkit.core.world import World
from rosterkit.errors import BAD_REQUEST, STREAM_IMPROPER_ADDRESSING, STREAM_INVALID_FROM

__all__ = ["from_client", "from_component", "from_elsewhere"]


def from_client(world: World, session: Session, stanza: Stanza) -> None:
    """Handle a stanza of a bound client: stamped with its full JID; claiming another ends it (RFC 6120 §8.1.2.1)."""
    claimed = stanza.sender
    if claimed is not None and claimed.full not in (session.jid.full, session.jid.bare):
        accounts.leave(world, session)
        world.close(session, STREAM_INVALID_FROM.saying(f"This stream may send as {session.jid.full} only."))
        return
    stanza.sender = session.jid
    if stanza.fault is not None:
        world.reply(session, stanza, stanza.fault)
    elif session.account.roster.blocked and stanza.to is not None and session.account.blocks(stanza.to):
        world.reply(session, stanza, BLOCKED)  # XEP-0191 §3.3
    elif isinstance(stanza, Presence):
        _presence(world, session, stanza)
    elif isinstance(stanza, Message):
        _pass_on(world, session, stanza, stanza.to or session.account.jid)  # RFC 6120 §10.3.1
    elif isinstance(stanza, Iq):
        _iq(world, session, stanza)


def from_component(world: World, component: Component, stanza: Stanza) -> None:
    """Handle a stanza of a component: it speaks for its own domain only, with both addresses (XEP-0114 §3)."""
    sender = stanza.sender
    problem = None
    if sender is None or (stanza.to is None and stanza.fault is None):
        problem = STREAM_IMPROPER_ADDRESSING.saying("A component's stanzas need both from and to.")
    elif sender.domain != component.domain:
        problem = STREAM_INVALID_FROM.saying(f"This component speaks for {component.domain} only.")
    if problem is not None:
        world.undo.remove(world.components, component.domain)
        world.close(component, problem)
    elif stanza.fault is not None:
        world.reply(component, stanza, stanza.fault)
    elif stanza.to is not None:
        reason = world.unreachable(stanza.to.domain)
        if reason is not None:
            world.reply(component, stanza, reason)
        else:
            world.route(stanza, stanza.to.full)


def from_elsewhere(world: World, stanza: Stanza) -> None:
    """Handle a stanza that came by the uplink: of any domain but our own, for one of our own.

    What is wrong with it is answered; without a sender there is nobody to answer.
    """
    sender, to = stanza.sender, stanza.to
    if sender is None or not sender.domain or sender.domain in world.domains:
        return
    if to is None or to.domain not in world.domains:
        return
    if stanza.fault is not None:
        world.bounce(stanza, stanza.fault)
    else:
        world.route(stanza, to.full)


def _iq(world: World, session: Session, iq: Iq) -> None:
    """Own account and own domains are answered here; answers to the server's pushes end here (§2.1.6)."""
    to = iq.to
    if to is None or to.full == session.jid.bare or to.full in world.domains:
        if iq.type in ("get", "set"):
            requests.handle(world, session, iq)
    else:
        _pass_on(world, session, iq, to)


def _presence(world: World, session: Session, stanza: Presence) -> None:
    kind, to = stanza.type, stanza.to
    if to is None:
        if kind == "":
            presence.available(world, session, stanza)
        elif kind == "unavailable":
            presence.unavailable(world, session, stanza)
        else:  # never broadcast
            world.reply(session, stanza, BAD_REQUEST.saying(f"Presence of type {kind} needs a `to`."))
    elif kind in SUBSCRIPTION_TYPES:
        subscribing.outbound(world, session, stanza)
    elif (reason := world.unreachable(to.domain)) is not None:
        world.reply(session, stanza, reason)
    elif kind == "" and (refusal := room.for_target(session, to, world.settings.limits)) is not None:
        world.reply(session, stanza, refusal)
    elif kind in ("", "unavailable"):
        presence.directed(world, session, stanza)
    elif kind == "probe":
        presence.probe(world, session, stanza)
    else:
        world.route(stanza, to.full)


def _pass_on(world: World, session: Session, stanza: Stanza, to: Jid) -> None:
    reason = world.unreachable(to.domain)
    if reason is not None:
        world.reply(session, stanza, reason)
    else:
        world.route(stanza, to.full)
