"""Presence: availability, broadcast, directed presence and probes (RFC 6121 §4).

Tests: ``tests/core/test_presence.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from rosterkit.core import jid
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Presence
from rosterkit.core.state import Account, Session
from rosterkit.core.world import World

__all__ = [
    "answer_probe",
    "audience",
    "available",
    "conceal",
    "deliver",
    "directed",
    "hidden",
    "lost",
    "probe",
    "reveal",
    "show",
    "unavailable",
    "withdraw",
]


def available(world: World, session: Session, presence: Presence) -> None:
    """Initial or subsequent presence: broadcast; at first also what a new resource must learn (§4.2, §4.4)."""
    account = session.account
    initial = session.presence is None
    world.undo.put(session, "presence", presence)
    _broadcast(world, account, presence)
    if not initial:
        return
    bare = account.jid.bare
    for other in account.available:  # §4.2.2: the other resources' presence
        if other is not session and other.presence is not None:
            world.send(session, other.presence, bare)
    for asker in _unblocked(account, account.roster.requests):  # §3.1.3: kept requests, at every initial presence
        kept = account.roster.requests[asker]
        asked = Presence("subscribe", kept.id, sender=jid.parse(asker), lang=kept.lang, body=kept.body)
        world.send(session, asked, bare)
    for contact in _unblocked(account, account.roster.sees):
        _probe_for(world, session, contact)


def unavailable(world: World, session: Session, presence: Presence) -> None:
    """The resource says that it is no longer available (§4.5.2); a second time in a row is not broadcast again."""
    _leave(world, session, presence, (session,))


def lost(world: World, session: Session) -> None:
    """The resource is gone without another word: the server says it for the resource (§4.5.3)."""
    world.undo.remove(session.account.sessions, session.jid.resource)
    _leave(world, session, Presence("unavailable", sender=session.jid), ())


def directed(world: World, session: Session, presence: Presence) -> None:
    """Presence for one address: sent as it is, and remembered until it is taken back (§4.6)."""
    assert presence.to is not None
    target = presence.to.full
    if presence.type:
        _forget(world, session, presence.to.bare, target)
    else:
        _remember(world, session, presence.to.bare, target)
    world.route(presence, target)


def deliver(world: World, presence: Presence, to: Jid) -> None:
    """Inbound available or unavailable presence: to all available resources, or to the named one (§8.5.2.1.2)."""
    account = world.accounts.get(to.bare)
    if account is None:
        return  # §8.5.1: ignored
    if to.resource:
        session = account.sessions.get(to.resource)
        if session is not None:
            world.send(session, presence, to.full)
    elif presence.type != "error":
        hidden_from = _blocked_by(world, presence.sender)
        for session in account.sessions.values():
            if session.presence is not None and session.jid.full not in hidden_from:
                world.send(session, presence, to.bare)


def show(world: World, account: Account, contact: str) -> None:
    """Send the presence of every available resource to a contact who may see it from now on (§3.1.5)."""
    for session in account.available:
        if session.presence is not None:
            world.route(session.presence, contact)


def withdraw(world: World, account: Account, contact: str) -> None:
    """Send unavailable presence from every available resource to a contact who may not see it any more (§3.2.2).

    One that is blocked has had it (XEP-0191 §3.3).
    """
    if account.roster.blocked and account.blocks(jid.parse(contact)):
        return
    for session in account.available:
        world.route(Presence("unavailable", sender=session.jid), contact)
        for target in list(session.directed.get(contact, ())):
            if _reached(world, target, {contact}):  # it has had its unavailable (§4.6.3)
                _forget(world, session, contact, target)


def audience(account: Account) -> Collection[str]:
    """The contacts to whom the account's presence is broadcast: those who may see it and are not blocked."""
    return _unblocked(account, account.roster.seen_by)


def conceal(world: World, account: Account, seen_by: Collection[str], blocked: Iterable[Jid]) -> None:
    """Be unavailable to everybody who has had the presence of a resource and is blocked from now on (XEP-0191 §3.3).

    ``seen_by`` is the audience of before, ``blocked`` what has been put on the list.  A resource of a contact that
    is blocked alone hears of it alone; those beside it go on seeing the account.
    """
    contacts = [contact for contact in seen_by if account.blocks(jid.parse(contact))]
    for session in account.sessions.values():
        told = dict.fromkeys(contacts if session.presence is not None else ())
        targets = sorted(target for targets in session.directed.values() for target in targets)
        targets = [target for target in targets if account.blocks(jid.parse(target))]
        told |= dict.fromkeys(target for target in targets if not _reached(world, target, told))
        told |= dict.fromkeys(other.full for other in blocked if other.resource and _shown(session, other, seen_by))
        for target in told:
            world.route(Presence("unavailable", sender=session.jid), target)
        for target in targets:
            _forget(world, session, jid.parse(target).bare, target)


def hidden(account: Account) -> Collection[str]:
    """The contacts with a subscription in either direction who are blocked."""
    if not account.roster.blocked:
        return ()
    subscribed = dict.fromkeys((*account.roster.seen_by, *account.roster.sees))
    return [contact for contact in subscribed if account.blocks(jid.parse(contact))]


def reveal(world: World, account: Account, hidden: Collection[str], unblocked: Iterable[Jid]) -> None:
    """Be seen by whoever is blocked no more and may see the account, and find out theirs (XEP-0191 §3.4).

    ``hidden`` are the contacts who were, ``unblocked`` is what has been taken off the list.
    """
    roster = account.roster
    free = {contact for contact in hidden if not account.blocks(jid.parse(contact))}
    resources = [other for other in unblocked if other.resource and other.bare not in free]
    resources = [other for other in resources if not account.blocks(other)]
    for contact in roster.seen_by:
        if contact in free:
            show(world, account, contact)
    for other in resources:
        if other.bare in roster.seen_by:
            show(world, account, other.full)
    probed = free.union(other.bare for other in resources)
    if account.available:
        for contact in roster.sees:
            if contact in probed:
                world.route(Presence("probe", sender=account.jid), contact)


def probe(world: World, session: Session, presence: Presence) -> None:
    """A probe that a client sends itself; a local answer goes straight to that resource (§4.3)."""
    assert presence.to is not None
    contact, account = presence.to, session.account.jid
    if contact.domain not in world.domains:
        prober = account if contact.is_bare else session.jid  # §4.3: subscriptions are between bare JIDs
        world.route(Presence("probe", presence.id, contact, prober, presence.lang, presence.body), contact.full)
        return
    for answer in _answers(world, session.jid, contact, presence.id):
        world.send(session, answer, answer.to.full if answer.to else account.bare)


def answer_probe(world: World, presence: Presence, to: Jid) -> None:
    """A probe from elsewhere; it is never delivered to a client (§4.3.2)."""
    prober = presence.sender
    if prober is not None:
        for answer in _answers(world, prober, to, presence.id):
            world.route(answer, answer.to.full if answer.to else prober.bare)


def _probe_for(world: World, session: Session, contact: str) -> None:
    """Find out the presence of one contact for a new resource (§4.3.1); no probe is seen where both live here."""
    account = session.account
    target = jid.parse(contact)
    if target.domain not in world.domains:
        world.route(Presence("probe", sender=account.jid), contact)
        return
    for answer in _answers(world, session.jid, target):
        if answer.type == "unsubscribed":
            world.route(answer, account.jid.bare)  # the two rosters disagree: the table heals ours
        else:
            world.send(session, answer, account.jid.bare)


def _answers(world: World, prober: Jid, to: Jid, probe_id: str | None = None) -> list[Presence]:
    """What a probe is told; an answer without `to` goes to the prober's bare JID (§4.3.2).

    To a subscriber: all resources, or unavailable; of a full JID only that resource, and only whether it is there.
    Somebody blocked is told nothing (XEP-0191 §3.3).
    """
    account = world.accounts.get(to.bare)
    if account is not None and account.roster.blocked and account.blocks(prober):
        return []
    if account is None or not (account.jid.bare == prober.bare or account.roster.state(prober.bare).seen):
        return [_answer_stranger(account, prober, to, probe_id)]
    if to.resource:
        session = account.sessions.get(to.resource)
        there = session is not None and (session.presence is not None or session.has_directed(prober))
        return [Presence(sender=to) if there else Presence("unavailable", probe_id, sender=to)]
    presences = [session.presence for session in account.available if session.presence is not None]
    return presences or [Presence("unavailable", probe_id, sender=to)]


def _answer_stranger(account: Account | None, prober: Jid, to: Jid, probe_id: str | None) -> Presence:
    """`unsubscribed` and nothing else, unless that very resource has shown itself to the prober (§4.6.6)."""
    session = account.sessions.get(to.resource) if account is not None else None
    if session is not None and session.has_directed(prober):
        return Presence(to=prober, sender=to)
    return Presence("unsubscribed", probe_id, sender=to.without_resource())


def _remember(world: World, session: Session, bare: str, target: str) -> None:
    targets = session.directed.get(bare)
    if targets is None:
        targets = {}
        world.undo.insert(session.directed, bare, targets)
    world.undo.insert(targets, target, None)


def _forget(world: World, session: Session, bare: str, target: str) -> None:
    targets = session.directed.get(bare, {})
    if target in targets:
        world.undo.remove(targets, target)
        if not targets:
            world.undo.remove(session.directed, bare)


def _broadcast(world: World, account: Account, presence: Presence) -> None:
    """To all own available resources, the sender included, and to everybody who may see it (§4.2.2, §4.4.2)."""
    for session in account.available:
        world.send(session, presence, account.jid.bare)
    for contact in audience(account):
        world.route(presence, contact)


def _leave(world: World, session: Session, presence: Presence, tell: tuple[Session, ...]) -> None:
    """Broadcast the end of a resource's availability; directed targets hear of it once (§4.5.2, §4.6.3)."""
    account = session.account
    targets = sorted(target for targets in session.directed.values() for target in targets)
    if session.presence is not None:
        others = [other for other in account.available if other is not session]
        for own in (*tell, *others):
            world.send(own, presence, account.jid.bare)
        contacts = audience(account)
        for contact in contacts:
            world.route(presence, contact)
        told = {account.jid.bare, *contacts} if targets else set()
        targets = [target for target in targets if not _reached(world, target, told)]
        world.undo.put(session, "presence", None)
    for target in targets:
        world.route(presence, target)
    if session.directed:
        world.undo.put(session, "directed", {})


def _unblocked(account: Account, contacts: Collection[str]) -> Collection[str]:
    if not account.roster.blocked:
        return contacts
    return [contact for contact in contacts if not account.blocks(jid.parse(contact))]


def _blocked_by(world: World, sender: Jid | None) -> Collection[str]:
    """Whom a local sender blocks: presence for the contact must not come to a resource that is blocked alone."""
    account = world.accounts.get(sender.bare) if sender is not None else None
    return account.roster.blocked if account is not None else ()


def _shown(session: Session, other: Jid, seen_by: Collection[str]) -> bool:
    """Whether ``other`` has had the resource's presence."""
    return session.has_directed(other) or (session.presence is not None and other.bare in seen_by)


def _reached(world: World, target: str, accounts: Collection[str]) -> bool:
    """Whether presence sent to ``accounts`` (bare JIDs) comes to a directed target: to available resources only."""
    to = jid.parse(target)
    account = world.accounts.get(to.bare)
    session = account.sessions.get(to.resource) if account is not None else None
    return to.bare in accounts and (session is None or session.presence is not None)
