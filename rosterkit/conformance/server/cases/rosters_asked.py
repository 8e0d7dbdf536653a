"""Asking for one's own roster: what is a request, and who answers it (RFC 6121 §2.1.3).

Tests: ``tests/conformance/test_server_rosters.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, kept
from rosterkit.conformance.server.cases.rosters_judging import entry, quiet, quoted, stored, unchanged
from rosterkit.conformance.server.cases.rosters_steps import edited, friend, looked
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Script, asked, online
from rosterkit.conformance.verdicts import Finding, Level
from rosterkit.core import markup
from rosterkit.core.roster import NAMESPACE

__all__ = ["CASES"]


def _online(people: People) -> Script:
    yield from online("me", people.me)


def _from_the_account(evidence: Evidence) -> Finding:
    answers, me, full = evidence.answers("me-roster"), evidence.people.me, evidence.jid("me")
    if not answers or answers[0].type != "result":
        return broken(Level.MUST, "The request for the roster got no result.", *answers[:1])
    answer = answers[0]
    if len(answers) > 1:
        return broken(Level.MUST, f"One request got {len(answers)} answers.", *answers)
    if (answer.sender or me).lower() != me:
        return broken(Level.MUST, f"The result comes from {quoted(answer.sender)}, not from the account.", answer)
    if answer.to not in (None, full):
        return broken(Level.MUST, f"The result is for {quoted(answer.to)}; {full} has asked.", answer)
    return kept(f"One result, from {answer.sender or 'nobody, which is the account'}.", answer)


def _addresses_account(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from edited("me", "add", item(friend(people), "Rosaline"))
    yield from asked("me", stanzas.roster_get("event", to=people.me), "event")


def _same_roster(evidence: Evidence) -> Finding:
    refusal = stored(evidence, entry(friend(evidence.people), "Rosaline"), "event")
    return refusal or kept("The request that names the account is answered like one that names nobody.")


def _get_with_item(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    query = markup.element("query", item(friend(people), "Rosaline"), xmlns=NAMESPACE)
    yield from asked("me", stanzas.iq("get", "event", query), "event")
    yield from looked(people)


def _nothing_stored(evidence: Evidence) -> Finding:
    answer = evidence.answer("event")
    if answer is None:
        return broken(Level.MUST, "The request got no answer (RFC 6120 §8.2.3).")
    words = f"The server answers {answer.condition or answer.type}, and stores nothing."
    return first([quiet(evidence, ["me"]), unchanged(evidence)], words, answer)


def _get_of_something_else(people: People) -> Script:
    yield from online("me", people.me, presence=None)
    yield from asked("me", stanzas.iq("get", "event", markup.element("items", xmlns=NAMESPACE)), "event")


def _not_understood(evidence: Evidence) -> Finding:
    answer = evidence.answer("event")
    if answer is None:
        return broken(Level.MUST, "A request that nobody understands got no answer (RFC 6120 §8.2.3).")
    if answer.type != "error":
        return broken(Level.SHOULD, "A request that nobody understands got a result.", answer)
    return kept(f"It is answered {answer.condition or 'with an error'}.", answer)


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/2.1.3/answered-by-account",
        Level.MUST,
        "A request for the roster gets one result, which comes from the account itself.",
        "Clients that check who answers throw the roster away; those that do not take one from anybody.",
        "A resource asks for the roster.",
        "One result with the id of the request, from the account's bare JID or without a from.",
        _online,
        _from_the_account,
    ),
    ServerCase(
        "rfc6121/2.1.3/addressed-to-account",
        Level.MUST,
        "A request for the roster may name the account's bare JID as its addressee.",
        "Clients that write the address out get no roster.",
        "A resource asks for the roster with its account's bare JID in the to.",
        "The whole roster.",
        _addresses_account,
        _same_roster,
    ),
    ServerCase(
        "rfc6121/2.1.3/items-in-get",
        Level.MUST,
        "An item in a request for the roster changes nothing.",
        "Who only reads changes the roster without knowing.",
        "A resource asks for the roster, with an item in the request.",
        "An answer of either kind, no push, and the roster as before.",
        _get_with_item,
        _nothing_stored,
    ),
    ServerCase(
        "rfc6121/2.1.3/not-a-query",
        Level.MUST,
        "A request in the roster's namespace that is no query is answered all the same, with an error.",
        "A client with a mistake in it waits for ever, and nobody learns of the mistake.",
        "A resource sends an iq of type get with another element of that namespace.",
        "An error.",
        _get_of_something_else,
        _not_understood,
    ),
)
