"""Mutants that announce a resource wrongly, or tell it the wrong things (RFC 6121 §4.2, §4.3.1).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

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
    stripped,
    subscribed,
    while_unavailable,
)
from rosterkit.core import jid, presence, requests, roster_iq
from rosterkit.core.stanza import Presence, Stanza
from rosterkit.core.state import Session
from rosterkit.core.world import World

__all__ = ["MUTANTS"]


def _initial(name: str, breaks: str, change: Change, section: str = "4.2.2") -> Mutant:
    """A mutant whose initial presence is wrong."""
    return mutant(name, section, breaks, Patch(presence, "available", while_unavailable(change)))


# To contacts


def _to_both(sent: Sent, _world: World, session: Session, *_: Any) -> bool:
    return is_routed(sent) and subscribed(session.account, sent.to) == "both"


def _from_bare(sent: Sent, _world: World, session: Session, *_: Any) -> Stanza:
    return replace(sent.stanza, sender=session.account.jid, memo=None) if is_routed(sent) else sent.stanza


def _to_local(sent: Sent, world: World, *_: Any) -> bool:
    return is_routed(sent) and jid.parse(sent.to or "").domain in world.domains


def _without_unknown(sent: Sent, *_: Any) -> Stanza:
    return stripped(sent.stanza) if is_routed(sent) else sent.stanza


def _tell_seen(world: World, session: Session, stanza: Presence) -> None:
    for contact in session.account.roster.sees:
        if subscribed(session.account, contact) == "to":
            world.route(stanza, contact)


def _tell_askers(world: World, session: Session, stanza: Presence) -> None:
    for asker in session.account.roster.requests:
        world.route(stanza, asker)


def _tell_by_roster(world: World, session: Session, *_: Any) -> None:
    if session.presence is None:
        for contact in presence.audience(session.account):
            world.route(Presence(sender=session.jid), contact)


def _negative(sent: Sent, _world: World, _session: Session, stanza: Presence) -> bool:
    return is_routed(sent) and stanza.priority < 0


# To the user's own resources


def _to_other(sent: Sent, _world: World, session: Session, stanza: Presence) -> bool:
    return sent.stanza is stanza and sent.link not in (None, session)


def _to_itself(sent: Sent, _world: World, session: Session, stanza: Presence) -> bool:
    return sent.stanza is stanza and sent.link is session


def _of_others(sent: Sent, _world: World, session: Session, stanza: Presence) -> bool:
    sender = sent.stanza.sender
    own = sender is not None and sender.bare == session.jid.bare
    return sent.link is session and own and sent.stanza is not stanza


def _tell_silent(world: World, session: Session, stanza: Presence) -> None:
    for other in session.account.sessions.values():
        if other.presence is None:
            world.send(other, stanza, session.jid.bare)


def _requests(sent: Sent, *_: Any) -> bool:
    return sent.stanza.type == "subscribe"


# What the server asks for the user


def _probe_of_both(sent: Sent, _world: World, session: Session, *_: Any) -> bool:
    return is_routed(sent, "probe") and subscribed(session.account, sent.to) == "both"


def _probe_seers(world: World, session: Session, *_: Any) -> None:
    for contact in session.account.roster.seen_by:
        world.route(Presence("probe", sender=session.account.jid), contact)


def _remote_only(probe_for: Any) -> Any:
    def wrong(world: World, session: Session, contact: str) -> None:
        if jid.parse(contact).domain not in world.domains:
            probe_for(world, session, contact)

    return wrong


# What others send


def _to_less_available(sent: Sent, _world: World, *_: Any) -> bool:
    session = sent.link
    if not isinstance(session, Session) or session.presence is None or sent.stanza.type:
        return False
    return session.presence.priority < max(one.presence.priority for one in session.account.available if one.presence)


def _inbound_stripped(sent: Sent, *_: Any) -> Stanza:
    return stripped(sent.stanza)


def _unavailable_to_second(sent: Sent, *_: Any) -> bool:
    session = sent.link
    going = sent.stanza.type == "unavailable"
    return going and isinstance(session, Session) and session is not session.account.available[0]


MUTANTS: tuple[Mutant, ...] = (
    _initial("initial-not-to-both", "Contacts in Both get no initial presence.", losing(_to_both)),
    _initial("initial-from-bare", "Contacts get initial presence from the bare JID.", changing(_from_bare)),
    _initial("initial-not-to-local", "Contacts of the same server get no initial presence.", losing(_to_local)),
    _initial("initial-stripped", "Contacts get initial presence without extensions.", changing(_without_unknown)),
    _initial("initial-to-seen", "Contacts in To get initial presence.", adding(_tell_seen)),
    _initial("initial-to-askers", "Whoever has asked gets initial presence.", adding(_tell_askers)),
    mutant(
        "roster-shows",
        "4.2.2",
        "A resource that asks for its roster is shown to contacts.",
        Patch(requests.OWN, ("get", roster_iq.QUERY), adding(_tell_by_roster)),
    ),
    _initial("negative-unseen", "A resource with a negative priority is not shown to contacts.", losing(_negative)),
    _initial("initial-not-to-own", "Other resources of the user get no initial presence.", losing(_to_other)),
    _initial("initial-not-reflected", "Initial presence does not come back to its sender.", losing(_to_itself)),
    _initial("others-unknown", "A new resource is not told the presence of the others.", losing(_of_others)),
    _initial("initial-to-silent", "Resources that are not available get initial presence.", adding(_tell_silent)),
    _initial("requests-lost", "Requests do not come with initial presence.", losing(_requests)),
    _initial("probes-not-both", "Contacts in Both are not probed.", losing(_probe_of_both), "4.3.1"),
    _initial("probes-seers", "Contacts in From are probed too.", adding(_probe_seers), "4.3.1"),
    mutant(
        "local-unasked",
        "4.3.1",
        "A new resource is not told the presence of contacts of the same server.",
        Patch(presence, "_probe_for", _remote_only),
    ),
    mutant(
        "inbound-to-most-available",
        "4.2.3",
        "Presence of contacts comes to the resource with the highest priority only.",
        Patch(presence, "deliver", losing(_to_less_available)),
    ),
    mutant(
        "inbound-stripped",
        "4.4.3",
        "Presence of contacts comes without extensions.",
        Patch(presence, "deliver", changing(_inbound_stripped)),
    ),
    mutant(
        "inbound-unavailable-to-one",
        "4.5.3",
        "Unavailable presence of contacts comes to the first resource only.",
        Patch(presence, "deliver", losing(_unavailable_to_second)),
    ),
)
