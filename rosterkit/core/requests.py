"""Iqs that the server answers itself: for an account, and for a domain.

An extension is one file under :mod:`rosterkit.core.ext` and one line in the tables here.  Whatever stands in no
table gets ``service-unavailable`` at once: a client must never wait for an answer.

Tests: ``tests/core/test_requests.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from rosterkit.core import roster_iq
from rosterkit.core.ext import bind, blocking, disco, ping, registration, version
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Iq
from rosterkit.core.state import Session
from rosterkit.core.world import World
from rosterkit.errors import FORBIDDEN, SERVICE_UNAVAILABLE, StanzaError

__all__ = ["answer", "handle"]

Answer: TypeAlias = bytes | StanzaError
Key: TypeAlias = tuple[str, str]

#: What anybody may ask a local domain.
DOMAIN: Mapping[Key, Callable[[World, Iq, Jid], Answer]] = {
    ("get", disco.INFO): disco.domain_info,
    ("get", disco.ITEMS): disco.domain_items,
    ("get", ping.PING): ping.answer,
    ("get", version.QUERY): version.answer,
}

#: What anybody may ask an account; the answer must not tell a stranger whether the account exists.
ACCOUNT: Mapping[Key, Callable[[World, Iq, Jid], Answer]] = {
    ("get", disco.INFO): disco.account_info,
    ("get", disco.ITEMS): disco.account_items,
    ("get", ping.PING): ping.account_answer,
}

#: What only a session may ask, of its own account or its own domain; None: the answer has gone out already.
OWN: Mapping[Key, Callable[[World, Session, Iq], Answer | None]] = {
    ("get", roster_iq.QUERY): roster_iq.get,
    ("set", roster_iq.QUERY): roster_iq.set_entry,
    ("get", blocking.BLOCKLIST): blocking.listed,
    ("set", blocking.BLOCK): blocking.block,
    ("set", blocking.UNBLOCK): blocking.unblock,
    ("set", bind.BIND): bind.again,
    ("set", bind.SESSION): bind.session,
}

#: The same, where the domain is asked.
OWN_DOMAIN: Mapping[Key, Callable[[World, Session, Iq], Answer | None]] = {
    ("set", bind.SESSION): bind.session,
    ("get", registration.QUERY): registration.form,
    ("set", registration.QUERY): registration.change,
}


def handle(world: World, session: Session, iq: Iq) -> None:
    """Answer the get or set of a session that is addressed to its own account or to a local domain."""
    assert iq.child is not None
    own = _own(session.account.jid, iq.to, (iq.type, iq.child.tag))
    reply = own(world, session, iq) if own is not None else answer(world, iq, iq.to or session.account.jid)
    if reply is not None:
        world.reply(session, iq, reply)


def answer(world: World, iq: Iq, to: Jid) -> Answer:
    """What the server says for ``to``, a local domain or a bare JID, to whoever asks."""
    assert iq.child is not None
    key = (iq.type, iq.child.tag)
    if not to.local:
        handler = DOMAIN.get(key)
        return handler(world, iq, to) if handler is not None else SERVICE_UNAVAILABLE
    if key[1] == roster_iq.QUERY:
        return FORBIDDEN.saying("Only an account itself may see or change its roster.")  # §2.1.5, §2.3.3
    handler = ACCOUNT.get(key)
    return handler(world, iq, to) if handler is not None else SERVICE_UNAVAILABLE


def _own(account: Jid, to: Jid | None, key: Key) -> Callable[[World, Session, Iq], Answer | None] | None:
    """What only the account's session may ask at ``to``: nothing at somebody else's domain."""
    if to is None:
        return OWN.get(key) or OWN_DOMAIN.get(key)  # XEP-0077 §3.1 lets a client leave `to` out
    if to.full == account.bare:
        return OWN.get(key)
    return OWN_DOMAIN.get(key) if to.full == account.domain else None
