"""Where a stanza goes that is addressed to somebody of this network (RFC 6121 §8, RFC 6120 §10.5).

:func:`deliver` is the inbound step: whether a stanza comes from a local client or from a component, it passes here.

Tests: ``tests/core/test_delivery.py``.
"""

from __future__ import annotations

from rosterkit.core import jid, presence, requests, subscribing
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import SUBSCRIPTION_TYPES, Iq, Message, Presence, Stanza
from rosterkit.core.state import Account, Session
from rosterkit.core.world import World
from rosterkit.errors import SERVICE_UNAVAILABLE

__all__ = ["deliver"]


def deliver(world: World, stanza: Stanza, address: str) -> None:
    """Bring ``stanza`` to ``address``: to the rules of a local domain, or to the link that leads to another.

    What nobody answers for is dropped here: the outbound step has told the client where there is one.
    """
    to = jid.parse(address)
    if to.domain not in world.domains:
        link = world.way_to(to.domain)
        if link is not None:
            world.send(link, stanza, address)
        return
    account = world.accounts.get(to.bare)
    if account is not None and account.roster.blocked and stanza.sender and account.blocks(stanza.sender):
        _turn_away(world, stanza, to)
    elif isinstance(stanza, Presence):
        _presence(world, stanza, to)
    elif isinstance(stanza, Message):
        _message(world, stanza, to, account)
    elif isinstance(stanza, Iq):
        _iq(world, stanza, to, account)


def _turn_away(world: World, stanza: Stanza, to: Jid) -> None:
    """To whom it blocks, an account looks as if nobody were there; presence is not even answered (XEP-0191 §3.3)."""
    if isinstance(stanza, Message):
        _message(world, stanza, to, None)
    elif isinstance(stanza, Iq) and stanza.type in ("get", "set"):
        world.bounce(stanza, SERVICE_UNAVAILABLE)


def _presence(world: World, stanza: Presence, to: Jid) -> None:
    if stanza.type in SUBSCRIPTION_TYPES:
        subscribing.inbound(world, stanza, to)
    elif stanza.type == "probe":
        presence.answer_probe(world, stanza, to)
    else:
        presence.deliver(world, stanza, to)


def _message(world: World, message: Message, to: Jid, account: Account | None) -> None:
    if to.resource:
        session = account.sessions.get(to.resource) if account is not None else None
        if session is not None:
            world.send(session, message, to.full)  # §8.5.3.1
            return
        if message.type != "chat":  # §8.5.3.2.1: only chat goes on to the bare JID
            world.bounce(message, SERVICE_UNAVAILABLE)
            return
    receivers = _receivers(account, message.type)
    for session in receivers:
        world.send(session, message, to.full)
    if not receivers and message.type != "headline":
        world.bounce(message, SERVICE_UNAVAILABLE)  # §8.5.1, §8.5.2.2.1: nothing is stored


def _receivers(account: Account | None, kind: str) -> list[Session]:
    """The resources that a message to the bare JID reaches (§8.5.2.1.1): none with a negative priority."""
    if account is None or kind in ("groupchat", "error"):
        return []
    reachable = [(s.presence.priority, s) for s in account.sessions.values() if s.presence is not None]
    willing = [(priority, session) for priority, session in reachable if priority >= 0]
    if kind == "headline" or not willing:
        return [session for _, session in willing]
    most = max(priority for priority, _ in willing)
    return [session for priority, session in willing if priority == most]


def _iq(world: World, iq: Iq, to: Jid, account: Account | None) -> None:
    request = iq.type in ("get", "set")
    if not to.resource:
        if request:  # §8.5.2.1.3: the server answers on behalf, it never forwards
            world.bounce(iq, requests.answer(world, iq, to))
        return
    session = account.sessions.get(to.resource) if account is not None else None
    if session is not None and (not request or _may_ask(world, iq.sender, session)):
        world.send(session, iq, to.full)
    elif request:
        world.bounce(iq, SERVICE_UNAVAILABLE)  # §8.5.3.2.3


def _may_ask(world: World, sender: Jid | None, session: Session) -> bool:
    """Whether an iq may reach the resource: only somebody who may know that it is there (§8.5.3.1)."""
    if sender is None:
        return False
    if sender.domain not in world.domains or sender.bare == session.account.jid.bare:
        return True
    return session.account.roster.state(sender.bare).seen or session.has_directed(sender)
