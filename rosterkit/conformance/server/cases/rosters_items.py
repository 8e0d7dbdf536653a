"""The entries that the account's own resources are given (RFC 6121 §2.1.2, §2.1.4).

Tests: ``tests/conformance/test_server_rosters.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.rosters_judging import answered, entry, quoted, stored, unchanged
from rosterkit.conformance.server.cases.rosters_steps import LOOK, edited, friend, friends, looked, removed
from rosterkit.conformance.server.evidence import Evidence, Held
from rosterkit.conformance.server.judging import first, there
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Script, online
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_NAMES = ("<b>Tom</b> &amp; 'Jerry'", 'The "Duke" > all', "Ζωή 李 \U0001f98a")
_GROUPS = ("Over::Under", "<i>A/B</i> & 'C'", "Ζωή 李 \U0001f98a")


# An empty roster


def _emptied(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from edited("me", "add", item(friend(people), "Rosaline"))
    yield from removed("me", "remove", friend(people))
    yield from looked(people)


def _empty(evidence: Evidence) -> Finding:
    """Before the first edit the RFC allows to say that there is no roster."""
    new, emptied = evidence.answer("me-roster"), evidence.answer(LOOK)
    if new is None or (new.type == "error" and new.condition != "item-not-found"):
        return broken(Level.MUST, "A new account's request for its roster got no roster.", *there(new))
    if emptied is None or emptied.type != "result":
        words = "When the only entry was removed, the roster could not be had any more."
        return broken(Level.MUST, words, *there(emptied))
    if emptied.query is None:
        return broken(Level.MUST, "The result has no query, which is to say that nothing has changed.", emptied)
    return first([unchanged(evidence) if new.type == "result" else None], "A query without items.", emptied)


# Entries


def _three(people: People) -> list[Held]:
    one, two, three = friends(people, 3)
    family, work = people.groups[:2]
    return [entry(one, "Rosaline", (family, work)), entry(two, "Petruchio", (family,)), entry(three)]


def _filled(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    for number, held in enumerate(_three(people)):
        yield from edited("me", f"add-{number}", item(held.jid, held.name, held.groups))
    yield from looked(people)


def _every_entry(evidence: Evidence) -> Finding:
    wanted, answer = _three(evidence.people), evidence.answer(LOOK)
    given = [one.get("jid") for one in answer.items] if answer is not None else []

    def findings() -> Iterator[Finding | None]:
        for held in wanted:
            yield stored(evidence, held)
        before = evidence.roster("me-roster") or {}
        more = [jid for jid in given if jid not in before and jid not in {held.jid for held in wanted}]
        if more:
            yield broken(Level.MUST, f"The roster has an entry that nobody has made: {quoted(more[0])}.")
        if len(set(given)) < len(given):
            yield broken(Level.MUST, "An entry stands in the roster more than once.", *there(answer))

    return first(findings(), f"All {len(wanted)} entries, and nothing else.", *there(answer))


def _with_odd_names(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    for number, (jid, name) in enumerate(zip(friends(people, len(_NAMES)), _NAMES, strict=True)):
        yield from edited("me", f"add-{number}", item(jid, name))
    yield from looked(people)


def _odd_names_kept(evidence: Evidence) -> Finding:
    found = zip(friends(evidence.people, len(_NAMES)), _NAMES, strict=True)
    return first((stored(evidence, entry(jid, name)) for jid, name in found), "Every name came back as it was given.")


def _with_odd_groups(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from edited("me", "event", item(friend(people), "Rosaline", _GROUPS))
    yield from looked(people)


def _odd_groups_kept(evidence: Evidence) -> Finding:
    wanted = entry(friend(evidence.people), "Rosaline", _GROUPS)
    return first([stored(evidence, wanted)], "Every group came back as it was given.")


# Who an entry is about


def _spelled_twice(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from edited("me", "upper", item(friend(people).upper(), "ROSALINE"))
    yield from edited("me", "event", item(friend(people), "Rosaline"))
    yield from looked(people)


def _one_entry(evidence: Evidence) -> Finding:
    answer, jid = evidence.answer(LOOK), friend(evidence.people)
    found = [one.get("jid") or "" for one in answer.items] if answer is not None else []
    spelled = [one for one in found if one.lower() == jid]

    def findings() -> Iterator[Finding | None]:
        yield answered(evidence)
        if len(spelled) > 1:
            yield broken(Level.MUST, f"One contact has {len(spelled)} entries.", *there(answer))
        yield stored(evidence, entry(jid, "Rosaline"))

    return first(findings(), "One entry, as the last set has it.")


def _gateway(people: People) -> str:
    return f"gateway.{people.domain}"


def _adds_gateway(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from edited("me", "event", item(_gateway(people), "Gateway"))
    yield from looked(people)


def _gateway_stored(evidence: Evidence) -> Finding:
    wanted = entry(_gateway(evidence.people), "Gateway")
    return first([answered(evidence, level=Level.SHOULD), stored(evidence, wanted)], "The domain has its entry.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/2.1.2.3/one-entry-for-one-jid",
        Level.MUST,
        "Two ways to spell one JID make one entry.",
        "A contact stands in the list twice, and each of the two entries is wrong sooner or later.",
        "An entry is added in capital letters and then again in small ones, with another name.",
        "One entry, in small letters, with the second name.",
        _spelled_twice,
        _one_entry,
    ),
    ServerCase(
        "rfc6121/2.1.2.3/domain-as-contact",
        Level.SHOULD,
        "A domain can have an entry too: a gateway is a contact without a localpart.",
        "Users of gateways cannot keep them in their list.",
        "An entry is added whose JID is a domain.",
        "A result, and the entry in the roster.",
        _adds_gateway,
        _gateway_stored,
    ),
    ServerCase(
        "rfc6121/2.1.2.4/kept-as-given",
        Level.MUST,
        "A name is kept as the client has given it, whatever characters it has.",
        "A contact's name comes back mutilated, and every client shows it so.",
        "Entries are added whose names have markup, quotes and letters of several scripts in them.",
        "The same names in the roster that a new resource is given.",
        _with_odd_names,
        _odd_names_kept,
    ),
    ServerCase(
        "rfc6121/2.1.2.6/kept-as-given",
        Level.MUST,
        "A group is kept as the client has given it, whatever characters it has.",
        "Contacts move into groups that nobody has made.",
        "An entry is added whose groups have markup, separators and letters of several scripts in them.",
        "The same groups in the roster that a new resource is given.",
        _with_odd_groups,
        _odd_groups_kept,
    ),
    ServerCase(
        "rfc6121/2.1.4/nothing-stored",
        Level.MUST,
        "A roster without entries is a query without items.",
        "The client of a new user reports an error, or waits, where there is nothing yet.",
        "A new account asks for its roster; then an entry is added and removed, and a new resource asks.",
        "Results whose query has no items; item-not-found will do as long as there never was an entry.",
        _emptied,
        _empty,
    ),
    ServerCase(
        "rfc6121/2.1.4/every-entry",
        Level.MUST,
        "The answer to a request for the roster holds every entry once, with its name, its groups and its state.",
        "Contacts are missing, or stand in the wrong group, on every new device.",
        "Three entries are added, one of them with nothing but a JID; a new resource asks for the roster.",
        "The three entries as they were given, with subscription=none.",
        _filled,
        _every_entry,
    ),
)
