"""Mutants that pass on wrongly what a resource says afterwards, or its end (RFC 6121 §4.4, §4.5).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.sending import (
    Change,
    Sent,
    adding,
    changing,
    is_routed,
    losing,
    sees,
    stripped,
    subscribed,
    while_available,
    while_unavailable,
)
from rosterkit.core import delivery, jid, presence
from rosterkit.core.jid import Jid
from rosterkit.core.server import RosterServer
from rosterkit.core.stanza import Presence, Stanza
from rosterkit.core.state import Account, Session
from rosterkit.core.world import World
from rosterkit.errors import STREAM_CONFLICT

__all__ = ["MUTANTS"]

# Changes


def _changed(name: str, breaks: str, change: Change) -> Mutant:
    return mutant(name, "4.4.2", breaks, Patch(presence, "available", while_available(change)))


def _to_contact(sent: Sent, *_: Any) -> bool:
    return is_routed(sent)


def _to_other(sent: Sent, _world: World, session: Session, *_: Any) -> bool:
    return sent.link not in (None, session)


def _to_itself(sent: Sent, _world: World, session: Session, *_: Any) -> bool:
    return sent.link is session


def _tell_everybody(world: World, session: Session, stanza: Presence) -> None:
    """All who are in the roster and may not see the user."""
    for contact in session.account.roster.items:
        if not sees(session.account, contact):
            world.route(stanza, contact)


def _without_unknown(sent: Sent, *_: Any) -> Stanza:
    return stripped(sent.stanza) if is_routed(sent) else sent.stanza


def _without_id(sent: Sent, *_: Any) -> Stanza:
    return replace(sent.stanza, id=None, memo=None)


def _only_news(available: Any) -> Any:
    def wrong(world: World, session: Session, stanza: Presence) -> None:
        if session.presence is None or session.presence.body != stanza.body:
            available(world, session, stanza)

    return wrong


def _probe(world: World, session: Session, *_: Any) -> None:
    for contact in session.account.roster.sees:
        world.route(Presence("probe", sender=session.account.jid), contact)


def _bring_requests(world: World, session: Session, *_: Any) -> None:
    for asker in session.account.roster.requests:
        world.send(session, Presence("subscribe", sender=jid.parse(asker)), session.jid.bare)


def _of_the_beginning(audience: Any) -> Any:
    first: dict[Account, Collection[str]] = {}
    return lambda account: first.setdefault(account, list(audience(account)))


def _and_cancelled(audience: Any) -> Any:
    def wrong(account: Account) -> Collection[str]:
        items = account.roster.items.values()
        return [*audience(account), *(one.jid for one in items if one.subscription == "none" and not one.ask)]

    return wrong


# The end, as the client says it


def _gone(name: str, breaks: str, change: Change) -> Mutant:
    return mutant(name, "4.5.2", breaks, Patch(presence, "unavailable", change))


def _to_subscriber(sent: Sent, _world: World, session: Session, *_: Any) -> bool:
    return is_routed(sent, "unavailable") and subscribed(session.account, sent.to) in ("from", "both")


def _without_content(sent: Sent, *_: Any) -> Stanza:
    return replace(sent.stanza, body=b"", memo=None) if is_routed(sent, "unavailable") else sent.stanza


# The end of the stream


def _to_anybody(sent: Sent, world: World, session: Session) -> bool:
    return sent.link is not None or _to_subscriber(sent, world, session)


def _tell_unseen(world: World, session: Session) -> None:
    for contact in presence.audience(session.account):
        world.route(Presence("unavailable", sender=session.jid), contact)


def _without_a_word(admit: Any) -> Any:
    def wrong(server: RosterServer, session: Session) -> None:
        world, sessions = server.world, session.account.sessions
        older = sessions.get(session.jid.resource)
        if older is not None:
            world.undo.remove(sessions, session.jid.resource)
            world.close(older, STREAM_CONFLICT)
        admit(server, session)

    return wrong


# Afterwards


def _never_initial_again(available: Any) -> Any:
    known: set[Session] = set()

    def wrong(world: World, session: Session, stanza: Presence) -> None:
        if session in known and session.presence is None:
            world.undo.put(session, "presence", stanza)
        known.add(session)
        available(world, session, stanza)

    return wrong


def _deliver_to_silent(world: World, stanza: Presence, to: Jid) -> None:
    account = world.accounts.get(to.bare)
    for session in account.sessions.values() if account is not None and not to.resource else ():
        if session.presence is None:
            world.send(session, stanza, to.full)


def _and_silent(receivers: Any) -> Any:
    def wrong(account: Account | None, kind: str) -> list[Session]:
        silent = account.sessions.values() if account is not None else ()
        return [*receivers(account, kind), *(session for session in silent if session.presence is None)]

    return wrong


MUTANTS: tuple[Mutant, ...] = (
    _changed("changes-not-to-contacts", "Contacts see the first presence only.", losing(_to_contact)),
    _changed("changes-not-to-own", "The user's other resources see the first presence only.", losing(_to_other)),
    _changed("changes-not-reflected", "Changes do not come back.", losing(_to_itself)),
    _changed("changes-to-everybody", "Changes go to everybody in the roster.", adding(_tell_everybody)),
    mutant(
        "audience-of-the-beginning",
        "4.4.2",
        "Who is subscribed is found out once, when a resource becomes available.",
        Patch(presence, "audience", _of_the_beginning),
    ),
    mutant(
        "audience-with-cancelled",
        "4.4.2",
        "Contacts whose subscription has ended go on getting presence.",
        Patch(presence, "audience", _and_cancelled),
    ),
    _changed("changes-stripped", "Changes come without extensions.", changing(_without_unknown)),
    _changed("changes-without-id", "Changes come without their id.", changing(_without_id)),
    _changed("changes-only-news", "Presence that says nothing new is kept.", _only_news),
    _changed("changes-probe", "Each change probes every contact.", adding(_probe)),
    _changed("changes-bring-requests", "Each change brings the requests again.", adding(_bring_requests)),
    _gone("unavailable-not-to-contacts", "Contacts are not told that a resource is gone.", losing(_to_subscriber)),
    _gone("unavailable-empty", "Unavailable presence comes without its status.", changing(_without_content)),
    _gone("unavailable-not-to-own", "Other resources are not told that one is gone.", losing(_to_other)),
    _gone("unavailable-not-reflected", "Unavailable presence does not come back.", losing(_to_itself)),
    _gone("unavailable-to-everybody", "Unavailable presence goes to the whole roster.", adding(_tell_everybody)),
    mutant(
        "stream-ends-silently",
        "4.5.2",
        "Nobody is told where a stream ends without a word.",
        Patch(presence, "lost", losing(_to_anybody)),
    ),
    mutant(
        "unseen-end-told",
        "4.5.2",
        "Contacts are told the end of a resource that was never available.",
        Patch(presence, "lost", while_unavailable(adding(_tell_unseen))),
    ),
    mutant(
        "replaced-silently",
        "4.5.2",
        "Nobody is told the end of a resource whose place another one takes.",
        Patch(RosterServer, "_admit", _without_a_word),
    ),
    mutant(
        "never-initial-again",
        "4.5.2",
        "Presence after unavailable presence is taken for a change.",
        Patch(presence, "available", _never_initial_again),
    ),
    mutant(
        "inbound-to-silent",
        "4.5.2",
        "Presence of contacts comes to resources that are not available.",
        Patch(presence, "deliver", adding(_deliver_to_silent)),
    ),
    mutant(
        "messages-to-silent",
        "4.5.2",
        "Messages come to resources that are not available.",
        Patch(delivery, "_receivers", _and_silent),
    ),
)
