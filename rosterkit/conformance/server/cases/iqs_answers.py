"""Whose answer is whose: ids, several requests at once, and requests that go elsewhere or come from there.

RFC 6120 §8.1.3, §8.2.3 and §10.5.1.

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, case_under, kept
from rosterkit.conformance.server.cases.content_steps import ODD_ID
from rosterkit.conformance.server.cases.delivery_judging import arrived, fate
from rosterkit.conformance.server.cases.delivery_steps import LINES, UNKNOWN, phone
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Fence, Mute, Say, Script, online, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_PING = "<ping xmlns='urn:xmpp:ping'/>"
_INFO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
_ROSTER = "<query xmlns='jabber:iq:roster'/>"
_ANSWER = "<secret xmlns='urn:example:nobody-knows-this'>yes</secret>"
#: What is asked one behind the other, each to be answered in its own way.
_MANY = (_PING, UNKNOWN, _INFO, _ROSTER, _PING, UNKNOWN, _ROSTER, _INFO, UNKNOWN, _PING)


# Scripts


def _asked_oddly(people: People) -> Script:
    yield from online("me", people.me, roster=False)
    yield from told("me", stanzas.iq("get", ODD_ID, _INFO, to=people.domain), "event")


def _asked_much(people: People) -> Script:
    yield from online("me", people.me, roster=False)
    for number, payload in enumerate(_MANY):
        to = None if payload == _ROSTER else people.domain
        yield Say("me", stanzas.iq("get", f"many-{number}", payload, to=to), f"many-{number}")
    yield Fence()


def _asked_by_two(people: People) -> Script:
    for line in LINES[:2]:
        yield from online(line, people.me, roster=False)
    yield Say("me", stanzas.iq("get", "same", _INFO, to=people.domain), "first")
    yield Say("me-2", stanzas.iq("get", "same", _ROSTER), "second")
    yield Fence()


def _asked_elsewhere(people: People) -> Script:
    """Two resources, one of which asks a contact elsewhere, who answers by hand."""
    entered = []
    for line in LINES[:2]:
        entered.append((yield from online(line, people.me, roster=False)).jid)
    yield Mute(COMPONENT)
    yield from told("me-2", stanzas.iq("get", "event", UNKNOWN, to=phone(people)), "event")
    yield from told(COMPONENT, stanzas.iq("result", "event", _ANSWER, to=entered[1], sender=phone(people)), "answer")


def _asked_from_elsewhere(people: People) -> Script:
    yield from told(COMPONENT, stanzas.iq("get", "event", _INFO, to=people.domain, sender=phone(people)), "event")


# Judges


def _same_id(evidence: Evidence) -> Finding:
    came = evidence.came("me", "event", _is_answer)
    answered = [seen for seen in came if seen.id == ODD_ID]
    if answered:
        return kept("The answer has the id of the request.", *answered)
    if came:
        return broken(Level.MUST, f"The request had the id {ODD_ID!r}, and the answer {came[0].id!r}.", came[0])
    return broken(Level.MUST, f"The request with the id {ODD_ID!r} was not answered.")


def _each_once(evidence: Evidence) -> Finding:
    for number, payload in enumerate(_MANY):
        answers = evidence.answers(f"many-{number}")
        what = f"Request {number + 1} of {len(_MANY)}"
        if not answers:
            return broken(Level.MUST, f"{what} was not answered.")
        if len(answers) > 1:
            return broken(Level.MUST, f"{what} was answered {len(answers)} times.", *answers)
        if payload == _ROSTER and answers[0].type == "result" and answers[0].query is None:
            return broken(Level.MUST, f"{what} was for the roster, and its answer has none.", answers[0])
    return kept(f"Each of the {len(_MANY)} requests was answered once.")


def _each_its_own(evidence: Evidence) -> Finding:
    """One of two resources has asked for its roster and the other for something else, with the same id."""
    first_, second = evidence.answers("first"), evidence.answers("second")
    if len(first_) != 1 or len(second) != 1:
        words = f"One resource got {len(first_)} answers to its request, the other {len(second)}."
        return broken(Level.MUST, words, *first_, *second)
    if first_[0].query is not None or second[0].query is None:
        return broken(Level.MUST, "A resource got the answer to what the other one has asked.", first_[0], second[0])
    return kept("Each resource got the answer to its own request.", first_[0], second[0])


def _came_back(evidence: Evidence) -> Finding:
    others = evidence.came("me", "answer", lambda seen: _is_answer(seen) and seen.id == "event")
    astray = broken(Level.MUST, "The answer came to a resource that has not asked.", *others) if others else None
    findings = (arrived(evidence, "event", COMPONENT), astray, arrived(evidence, "answer", "me-2"))
    return first(findings, "The request went out, and its answer came to the resource that has asked.")


def _answered(evidence: Evidence) -> Finding:
    answers = evidence.answers("event")
    if answers:
        return kept(f"The server answered: {fate(evidence, 'event')}.", answers[0])
    return broken(Level.MUST, "The request to the server's domain was not answered.")


def _is_answer(seen: Seen) -> bool:
    return seen.name == "iq" and seen.type in ("result", "error")


# Cases


_case = partial(case_under, "rfc6120/")

CASES: tuple[ServerCase, ...] = (
    _case(
        "8.1.3/answer-has-id",
        "The answer to a request has the id of the request, whatever characters that has.",
        "The client does not know the answer when it comes, and waits for ever.",
        "The account asks the server something, with an id of quotes, signs and letters of all kinds.",
        "An answer with that id.",
        _asked_oddly,
        _same_id,
    ),
    _case(
        "8.1.3/same-id",
        "Requests of two resources of an account with the same id get each their own answer.",
        "A client takes the answer to somebody else's request for its own.",
        "One resource asks the server what it can do and another one for its roster, with the same id.",
        "Each answer at the resource that has asked.",
        _asked_by_two,
        _each_its_own,
    ),
    _case(
        "8.2.3/each-once",
        "Each of many requests that are sent without waiting gets one answer.",
        "Clients that ask for all they need at the login hang, or mix up what they get.",
        f"The account sends {len(_MANY)} requests of different kinds, one behind the other.",
        "One answer to each.",
        _asked_much,
        _each_once,
    ),
    _case(
        "8.2.3/asked-elsewhere",
        "A request to somebody elsewhere goes out, and the answer comes to the resource that has asked and no other.",
        "Nothing that clients do with other servers works.",
        "One of two resources asks a contact of another server something, who answers.",
        "The request at the contact's server, the answer at that resource, and nothing at the other.",
        _asked_elsewhere,
        _came_back,
        component=True,
    ),
    _case(
        "10.5.1/from-elsewhere",
        "The server answers what others ask its domain.",
        "Other servers cannot find out what this one can do.",
        "A contact of another server asks the domain what it is and can do (XEP-0030).",
        "A result or an error at the contact's server.",
        _asked_from_elsewhere,
        _answered,
        component=True,
    ),
)
