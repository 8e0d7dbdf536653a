"""Somebody else's roster: nobody reads or changes it but the account itself (RFC 6121 §2.1.3, §2.1.5).

Tests: ``tests/conformance/test_server_rosters_refused.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, kept
from rosterkit.conformance.server.cases.rosters_judging import (
    answered,
    entry,
    quiet,
    refused,
    stored,
    told_by_push,
    unchanged,
)
from rosterkit.conformance.server.cases.rosters_steps import edited, friend, friends, looked
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import condition_of, first, there
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import COMPONENT, Script, asked, fetched, online
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_FORBIDDEN = ("forbidden",)


# Reading


def _owns_an_entry(people: People) -> Script:
    """The user has an entry."""
    yield from online("me", people.me, presence=None)
    yield from edited("me", "add", item(friend(people), "Rosaline"))


def _gets_anothers(people: People) -> Script:
    yield from _owns_an_entry(people)
    yield from online("contact", people.contact, presence=None)
    yield from asked("contact", stanzas.roster_get("event", to=people.me), "event")


def _gets_nobodys(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from asked("me", stanzas.roster_get("event", to=people.nobody), "event")


def _gets_from_elsewhere(people: People) -> Script:
    yield from _owns_an_entry(people)
    yield from asked(COMPONENT, stanzas.roster_get("event", to=people.me, sender=people.phone), "event")


def _not_given(evidence: Evidence) -> Finding:
    answer = evidence.answer("event")
    if answer is not None and answer.items:
        return broken(Level.MUST, "Somebody else was given the roster.", answer)
    refusal = refused(evidence)
    return refusal or kept(f"It is refused with {condition_of(answer) if answer else ''}.")


# Changing


def _sets_anothers(people: People) -> Script:
    yield from _owns_an_entry(people)
    yield from online("contact", people.contact, presence=None)
    yield from fetched("me", "before")
    yield from edited("contact", "event", item(friends(people, 2)[1], "Petruchio"), to=people.me)
    yield from looked(people)


def _sets_nobodys(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from edited("me", "event", item(friend(people), "Rosaline"), to=people.nobody)
    yield from looked(people)


def _sets_from_elsewhere(people: People) -> Script:
    yield from _owns_an_entry(people)
    yield from fetched("me", "before")
    petruchio = item(friends(people, 2)[1], "Petruchio")
    yield from asked(COMPONENT, stanzas.roster_set("event", petruchio, to=people.me, sender=people.phone), "event")
    yield from looked(people)


def _not_changed(before: str, level: Level) -> Callable[[Evidence], Finding]:
    """The judge of a set that nobody may make; ``level`` is that of the condition."""

    def judge(evidence: Evidence) -> Finding:
        def findings() -> Iterator[Finding | None]:
            yield unchanged(evidence, before)
            yield quiet(evidence, ["me"])
            yield refused(evidence)
            if level is not Level.MAY:
                yield refused(evidence, _FORBIDDEN, level)

        answer = evidence.answer("event")
        words = f"It is refused with {condition_of(answer)}." if answer is not None else ""
        return first(findings(), words, *there(answer))

    return judge


# What is no somebody else


def _sets_own(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from edited("me", "add", item(friend(people), "Rosaline"))
    yield from online("me-2", people.me, presence=None)
    yield from edited("me-2", "event", item(friend(people), "Rosalind"), to=people.me)
    yield from looked(people)


def _done(evidence: Evidence) -> Finding:
    wanted = entry(friend(evidence.people), "Rosalind")

    def findings() -> Iterator[Finding | None]:
        yield answered(evidence)
        yield stored(evidence, wanted)
        for line in ("me", "me-2"):
            yield told_by_push(evidence, line, wanted)

    return first(findings(), "The other resource has changed the entry.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/2.1.3/of-somebody-else",
        Level.MUST,
        "Nobody is given the roster of another account of the server.",
        "Everybody with an account knows whom everybody else knows.",
        "One account asks for the roster of another, which has an entry.",
        "An error.",
        _gets_anothers,
        _not_given,
        accounts=2,
    ),
    ServerCase(
        "rfc6121/2.1.3/of-nobody",
        Level.MUST,
        "A request for the roster of an account that does not exist is refused too.",
        "A client that asks for the wrong roster waits for ever, or takes an empty one for its own.",
        "An account asks for the roster of a JID of its server that is no account.",
        "An error.",
        _gets_nobodys,
        _not_given,
    ),
    ServerCase(
        "rfc6121/2.1.3/from-another-server",
        Level.MUST,
        "Nobody of another server is given a roster.",
        "The whole network can read whom a user knows.",
        "A contact at the component asks for the roster of an account that has an entry.",
        "An error.",
        _gets_from_elsewhere,
        _not_given,
        component=True,
    ),
    ServerCase(
        "rfc6121/2.1.5/for-somebody-else",
        Level.MUST,
        "Nobody changes the roster of another account of the server.",
        "Everybody with an account can put people into the lists of others.",
        "One account sends a set to another, which has an entry and is online.",
        "The error forbidden; the roster as before, and no push.",
        _sets_anothers,
        _not_changed("before", Level.SHOULD),
        accounts=2,
    ),
    ServerCase(
        "rfc6121/2.1.5/for-nobody",
        Level.MUST,
        "A set for an account that does not exist is refused, and is not taken for one's own.",
        "An edit lands in the wrong roster, or is taken for done.",
        "An account sends a set to a JID of its server that is no account.",
        "An error; the own roster as before, and no push.",
        _sets_nobodys,
        _not_changed("me-roster", Level.MAY),
    ),
    ServerCase(
        "rfc6121/2.1.5/from-another-server",
        Level.MUST,
        "Nobody of another server changes a roster.",
        "The whole network can put people into a user's list.",
        "A contact at the component sends a set to an account that has an entry and is online.",
        "The error forbidden; the roster as before, and no push.",
        _sets_from_elsewhere,
        _not_changed("before", Level.SHOULD),
        component=True,
    ),
    ServerCase(
        "rfc6121/2.1.5/from-any-resource",
        Level.MUST,
        "Any resource of the account may change its roster, also by a set that names the account as its addressee.",
        "A user can edit the list on one device only.",
        "One resource adds an entry; another one changes it by a set to the account's bare JID.",
        "A result, the new name in the roster, and pushes at both.",
        _sets_own,
        _done,
    ),
)
