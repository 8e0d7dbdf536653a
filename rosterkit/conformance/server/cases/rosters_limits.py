"""Sets that a server may take or refuse, but not by halves (RFC 6121 §2.3.3).

Tests: ``tests/conformance/test_server_rosters_refused.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from rosterkit.conformance.server.case import ServerCase, broken, kept, shown
from rosterkit.conformance.server.cases.rosters_judging import entry, quoted, stored
from rosterkit.conformance.server.cases.rosters_sets import refuses, sets
from rosterkit.conformance.server.cases.rosters_steps import LOOK, friend
from rosterkit.conformance.server.evidence import Evidence, Held
from rosterkit.conformance.server.judging import condition_of, there
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Script
from rosterkit.conformance.verdicts import Finding, Level, Verdict

__all__ = ["CASES"]

#: Longer than most limits, and short enough for the smallest stanza that every server takes (RFC 6120 §13.12).
_LONG = "long " * 1_600 + "!"
_BAD, _UNACCEPTABLE = ("bad-request",), ("not-acceptable",)


def _with_long_name(people: People) -> Held:
    return entry(friend(people), _LONG)


def _with_long_group(people: People) -> Held:
    return entry(friend(people), "Rosaline", (_LONG,))


def _sets_one(wanted: Callable[[People], Held], people: People) -> Script:
    held = wanted(people)
    yield from sets(lambda _: [item(held.jid, held.name, held.groups)], people)


def _spelled_twice(people: People) -> Held:
    """One group, whose accent is a part of its letter or a character of its own."""
    spellings = ("Caf\N{LATIN SMALL LETTER E WITH ACUTE}", "Cafe\N{COMBINING ACUTE ACCENT}")
    return entry(friend(people), "Rosaline", spellings)


def _whole_or_refused(wanted: Callable[[People], Held], evidence: Evidence) -> Finding:
    answer, held = evidence.answer("event"), wanted(evidence.people)
    if answer is not None and answer.type == "result":
        cut = stored(evidence, held)
        return cut or shown(f"The server has no limit, or one above {len(_LONG):,} characters.", answer)
    return refuses(_UNACCEPTABLE, Level.MUST, evidence)


def _one_group_or_two(evidence: Evidence) -> Finding:
    """RFC 6121 §2.3.3 has duplicates refused, and names preparation as one way to find them among others."""
    answer, held = evidence.answer("event"), _spelled_twice(evidence.people)
    if answer is not None and answer.type == "result":
        found = evidence.held(LOOK, held.jid)
        count = len(set(found.groups)) if found is not None else 0
        words = f"The server takes both, and stores {'one group' if count == 1 else f'{count} groups'}."
        return stored(evidence, held) or shown(words, answer)
    finding = refuses((), Level.MUST, evidence)
    return shown(finding.words, *there(answer)) if finding.verdict is Verdict.PASS else finding


def _full(people: People) -> Sequence[str]:
    return [item(f"{friend(people)}/balcony", "Rosaline")]


def _never_with_resource(evidence: Evidence) -> Finding:
    answer, jid = evidence.answer("event"), friend(evidence.people)
    roster = evidence.roster(LOOK) or {}
    with_resource = [one for one in roster if "/" in one]
    if with_resource:
        words = f"The entry {quoted(with_resource[0])} stands in the roster with its resource."
        return broken(Level.SHOULD, words, *there(answer))
    if answer is None or answer.type != "result":
        return refuses(_BAD, Level.SHOULD, evidence)
    if any("/" in (one.get("jid") or "") for push in evidence.pushes("me", "event") for one in push.items):
        return broken(Level.SHOULD, "The push has the resource.", answer)
    return stored(evidence, entry(jid, "Rosaline")) or kept("The server takes it for the bare JID.", answer)


def _oneself(people: People) -> Sequence[str]:
    return [item(people.me, "Myself")]


def _what_of_oneself(evidence: Evidence) -> Finding:
    answer, me = evidence.answer("event"), evidence.people.me
    if answer is None:
        return broken(Level.MUST, "The set got no answer.")
    if answer.type == "error":
        return shown(f"The server refuses it with {condition_of(answer)}.", answer)
    stores = "the entry" if evidence.held(LOOK, me) is not None else "nothing"
    return shown(f"The server accepts it, and stores {stores}.", answer)


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/2.3.3/long-name",
        Level.MUST,
        "A name that is too long for the server is refused as not acceptable, never cut.",
        "The user's name for a contact is cut in the middle without a word.",
        f"A set has an item whose name has {len(_LONG):,} characters.",
        "The error not-acceptable and nothing stored; or, where the server has no such limit, the whole name.",
        partial(_sets_one, _with_long_name),
        partial(_whole_or_refused, _with_long_name),
    ),
    ServerCase(
        "rfc6121/2.3.3/long-group",
        Level.MUST,
        "A group that is too long for the server is refused as not acceptable, never cut.",
        "Groups with the same beginning become one.",
        f"A set has an item with a group of {len(_LONG):,} characters.",
        "The error not-acceptable and nothing stored; or, where the server has no such limit, the whole group.",
        partial(_sets_one, _with_long_group),
        partial(_whole_or_refused, _with_long_group),
    ),
    ServerCase(
        "rfc6121/2.3.3/group-twice-prepared",
        Level.MAY,
        "Whether two groups are the same that only preparation makes the same is left to the server.",
        "Two groups stand in the list that nobody can tell apart.",
        "A set has an item with a group whose accent is a character of its own, and the same with one character.",
        "The error bad-request and nothing stored; or the entry in both groups, or in one of them.",
        partial(_sets_one, _spelled_twice),
        _one_group_or_two,
    ),
    ServerCase(
        "rfc6121/2.3.3/full-jid",
        Level.SHOULD,
        "An item with a full JID is taken for its bare JID or refused; its resource is never stored.",
        "A contact stands in the list once for each device, and none of the entries has presence.",
        "A set has an item whose jid has a resource.",
        "The entry under its bare JID; or the error bad-request.",
        partial(sets, _full),
        _never_with_resource,
    ),
    ServerCase(
        "rfc6121/2.3.3/own-jid",
        Level.MAY,
        "What becomes of an item with the account's own JID is left to the server.",
        "Clients differ in what they show of an entry that is the user.",
        "A set has an item whose jid is the account's own.",
        "An answer of either kind.",
        partial(sets, _oneself),
        _what_of_oneself,
    ),
)
