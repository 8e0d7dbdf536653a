"""The rosters and roster pushes that a server sends, and the addresses on what it sends, looked at in every play.

Tests: ``tests/conformance/test_server_checks.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from lxml.etree import _Element

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import broken, kept
from rosterkit.conformance.server.checks_answers import received
from rosterkit.conformance.server.evidence import Evidence, is_push
from rosterkit.conformance.server.steps import COMPONENT
from rosterkit.conformance.verdicts import Finding, Level, Verdict

__all__ = [
    "items_have_a_subscription",
    "items_have_bare_jids",
    "no_entry_twice",
    "pushes_come_from_account",
    "pushes_have_ids",
    "pushes_have_one_item",
    "pushes_have_own_ids",
    "senders_are_addresses",
    "sent_to_receiver",
]

_IN_RESULTS = (None, "none", "to", "from", "both")


# Pushes


def pushes_have_ids(evidence: Evidence) -> Finding | None:
    """A push has an id."""
    return _each_push(evidence, "Each push has an id.", lambda push, _: None if push.id else "without an id")


def pushes_come_from_account(evidence: Evidence) -> Finding | None:
    """A push comes from the account's bare JID, or has no ``from``."""

    def wrong(push: Seen, jid: str) -> str | None:
        own = push.sender is None or push.sender.lower() == jid.partition("/")[0].lower()
        return None if own else f"from {push.sender}"

    return _each_push(evidence, "Each push comes from the account.", wrong)


def pushes_have_one_item(evidence: Evidence) -> Finding | None:
    """A push holds exactly one item."""

    def wrong(push: Seen, _: str) -> str | None:
        return None if len(push.items) == 1 else f"with {len(push.items)} items"

    return _each_push(evidence, "Each push has one item.", wrong)


def pushes_have_own_ids(evidence: Evidence) -> Finding | None:
    """No two pushes to one resource have the same id."""
    met: set[tuple[str | None, str]] = set()
    for push, _ in _pushes(evidence):
        if push.id and (push.session, push.id) in met:
            return broken(Level.MUST, f"Two pushes to one resource have the id {push.id!r}.", push)
        met.add((push.session, push.id or ""))
    return kept("Each push to a resource has an id of its own.") if met else None


def _each_push(evidence: Evidence, right: str, wrong: Callable[[Seen, str], str | None]) -> Finding | None:
    """``wrong`` says what a push to a JID is wrong with, as the end of a sentence."""
    pushes = list(_pushes(evidence))
    for push, jid in pushes:
        said = wrong(push, jid)
        if said is not None:
            return broken(Level.MUST, f"The server sends a push {said}.", push)
    return kept(right) if pushes else None


def _pushes(evidence: Evidence) -> Iterator[tuple[Seen, str]]:
    """Those to clients."""
    return ((seen, jid) for seen, jid in received(evidence) if seen.session != COMPONENT and is_push(seen))


# Items


def items_have_a_subscription(evidence: Evidence) -> Finding | None:
    """``subscription`` is one of the five, and ``remove`` in pushes only; absent it means none."""

    def wrong(seen: Seen, item: _Element) -> str | None:
        value = item.get("subscription")
        fine = value in _IN_RESULTS or (value == "remove" and is_push(seen))
        return None if fine else f"with the subscription {value!r}"

    return _each_item(evidence, "Each item has a subscription that there is.", wrong)


def items_have_bare_jids(evidence: Evidence) -> Finding | None:
    """``jid`` is there and has no resource, unless the tester has put it into the roster as it is.

    That it is there is a MUST; what may stand in it besides a bare JID the RFC does not say (§2.1.2.3).
    """
    put = {
        item.get("jid") for seen in evidence.seen if seen.direction == "out" and is_push(seen) for item in seen.items
    }

    def wrong(_: Seen, item: _Element) -> str | None:
        return None if item.get("jid") else "without a JID"

    def not_bare(_: Seen, item: _Element) -> str | None:
        jid = item.get("jid") or ""
        return f"with the JID {jid}, which has a resource" if "/" in jid and jid not in put else None

    missing = _each_item(evidence, "Each item has a JID.", wrong)
    if missing is None or missing.verdict is not Verdict.PASS:
        return missing
    return _each_item(evidence, "Each item has a bare JID.", not_bare, Level.SHOULD)


def no_entry_twice(evidence: Evidence) -> Finding | None:
    """A roster has no entry twice."""
    results = [seen for seen, _ in _with_items(evidence) if not is_push(seen)]
    for seen in results:
        counted = Counter((item.get("jid") or "").lower() for item in seen.items)
        twice = next((jid for jid, count in counted.items() if count > 1), None)
        if twice is not None:
            return broken(Level.MUST, f"The roster holds {twice} {counted[twice]} times.", seen)
    return kept("No roster holds an entry twice.") if results else None


def _each_item(
    evidence: Evidence, right: str, wrong: Callable[[Seen, _Element], str | None], level: Level = Level.MUST
) -> Finding | None:
    found = False
    for seen, item in _with_items(evidence):
        found = True
        said = wrong(seen, item)
        if said is not None:
            return broken(level, f"The server sends an item {said}.", seen)
    return kept(right) if found else None


def _with_items(evidence: Evidence) -> Iterator[tuple[Seen, _Element]]:
    """Every item of a result or a push, with the stanza in which it came."""
    for seen, _ in received(evidence):
        if seen.session != COMPONENT and seen.name == "iq" and seen.type in ("result", "set"):
            yield from ((seen, item) for item in seen.items)


# Addresses


def senders_are_addresses(evidence: Evidence) -> Finding | None:
    """A ``from`` has a domain, and no part that is empty; an error comes from wherever a stanza was sent to."""
    found = False
    said = {seen.to for seen in evidence.seen if seen.direction == "out"}
    for seen, _ in received(evidence):
        found = True
        echoed = seen.type == "error" and seen.sender in said
        if seen.sender is not None and not _is_address(seen.sender) and not echoed:
            return broken(Level.MUST, f"The server sends a stanza from {seen.sender!r}, which is no address.", seen)
    return kept("Each `from` is an address.") if found else None


def sent_to_receiver(evidence: Evidence) -> Finding | None:
    """A ``to`` is the receiver's bare or full JID; a chat message may have been for a resource that is not there."""
    found = False
    for seen, jid in received(evidence):
        if seen.session == COMPONENT:
            continue
        found = True
        if seen.to is not None and not _is_for(seen, jid):
            return broken(Level.MUST, f"The server sends {jid} a stanza to {seen.to}.", seen)
    return kept("Each `to` is the receiver's.") if found else None


def _is_address(text: str) -> bool:
    bare, slash, resource = text.partition("/")
    local, at, domain = bare.rpartition("@")
    return bool(domain) and bool(local) == bool(at) and bool(resource) == bool(slash)


def _is_for(seen: Seen, jid: str) -> bool:
    bare, _, resource = (seen.to or "").partition("/")
    own, _, own_resource = jid.partition("/")
    return bare.lower() == own.lower() and (resource in ("", own_resource) or seen.name == "message")
