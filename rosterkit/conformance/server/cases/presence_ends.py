"""The end of availability: who hears of it, whether the client says it or its stream just ends (RFC 6121 §4.5.2).

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, shown
from rosterkit.conformance.server.cases.presence_judging import begun, heard, reached, reached_whole, spared
from rosterkit.conformance.server.cases.presence_steps import (
    CHILD,
    INITIAL,
    comes,
    entered,
    finished,
    friends,
    goes,
    others,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Fence, Leave, Script, gone, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_FAREWELL = f"<status>Good night</status>{CHILD}"
_GOES = stanzas.presence("unavailable", children=_FAREWELL)

# The client says it


def _goes(people: People) -> Script:
    yield from entered(people, friends(people), "B", INITIAL)
    yield from goes(people, children=_FAREWELL)


def _judge_contacts(evidence: Evidence) -> Finding:
    people = evidence.people
    whom = (people.remote, people.other_remote, "contact")
    return first(reached(evidence, "goes", whom, "unavailable"), "It came for all.")


def _goes_from_one(people: People) -> Script:
    yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield from goes(people, children=_FAREWELL)


def _judge_content(evidence: Evidence) -> Finding:
    found = reached_whole(evidence, evidence.people.remote, "goes", _FAREWELL, "unavailable")
    return first(found, "It came with all that it had.")


def _own_goes(people: People) -> Script:
    yield from comes(people, "me")
    yield from comes(people, "me-2")
    yield from goes(people, children=_FAREWELL)


def _judge_own(evidence: Evidence) -> Finding:
    return first(reached(evidence, "goes", ("me-2",), "unavailable"), "It came to the other resource.")


def _judge_itself(evidence: Evidence) -> Finding:
    found = reached(evidence, "goes", ("me",), "unavailable", level=Level.SHOULD)
    return first(found, "It came back to where it is from.")


def _others(people: People) -> Script:
    yield from entered(people, others(people), presence=INITIAL)
    yield from goes(people, children=_FAREWELL)


def _judge_others(evidence: Evidence) -> Finding:
    people = evidence.people
    whom = (people.remote, people.other_remote, people.third_remote)
    return first(spared(evidence, "goes", whom), "Nobody at the component heard of it.")


def _twice(people: People) -> Script:
    yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield from told("me", _GOES, "goes")
    yield from told("me", _GOES, "again")
    yield from finished(people)


def _judge_twice(evidence: Evidence) -> Finding:
    seen = heard(evidence, evidence.people.remote, "again", "unavailable", evidence.people.me)
    does = "sent on too" if seen else "kept"
    return shown(f"A second unavailable presence in a row is {does}.", *seen)


# The stream ends


def _leaves(how: str, people: People) -> Script:
    full = yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield from comes(people, "me-2")
    yield Leave("me", how, "leaves")
    yield from gone(COMPONENT, full)
    yield Fence()
    yield from finished(people, "me-2")


def _judge_leaves(evidence: Evidence) -> Finding:
    whom = (evidence.people.remote, "me-2")
    return first(reached(evidence, "leaves", whom, "unavailable"), "The contact and the other resource were told.")


def _unseen(people: People) -> Script:
    yield from entered(people, {people.remote: "F"})
    yield Leave("me", mark="leaves")
    yield Fence()


def _judge_unseen(evidence: Evidence) -> Finding:
    found = spared(evidence, "leaves", (evidence.people.remote,), level=Level.SHOULD)
    return first(found, "The contact heard nothing of a resource that was never there.")


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.5.2/contacts",
        Level.MUST,
        "Unavailable presence goes, from the full JID, to all contacts in From and in Both, near and far.",
        "The user looks online long after it has gone.",
        "Two contacts at the component and one of the same server are subscribed; the user becomes available and "
        "then unavailable.",
        "Unavailable presence for all three.",
        _goes,
        partial(begun, _judge_contacts),
        accounts=2,
        component=True,
    ),
    ServerCase(
        "rfc6121/4.5.2/content",
        Level.MUST,
        "Unavailable presence reaches contacts with the status and whatever else the client has put into it.",
        "The user's last words are lost.",
        "The user becomes unavailable with a status and an element that nobody knows.",
        "Both at the component, as they were sent; more may stand beside them.",
        _goes_from_one,
        partial(begun, _judge_content),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.5.2/own-resources",
        Level.MUST,
        "Unavailable presence goes to every other available resource of the user.",
        "The user's phone shows a desktop that was switched off.",
        "Two resources are available, and the first one becomes unavailable.",
        "Unavailable presence of the first at the second.",
        _own_goes,
        _judge_own,
    ),
    ServerCase(
        "rfc6121/4.5.2/itself",
        Level.SHOULD,
        "Unavailable presence goes back to the resource that has sent it.",
        "Clients that wait for their own presence do not know that they are offline.",
        "Two resources are available, and the first one becomes unavailable.",
        "Its own unavailable presence on its own line.",
        _own_goes,
        _judge_itself,
    ),
    ServerCase(
        "rfc6121/4.5.2/nobody-else",
        Level.MUST,
        "Unavailable presence goes to nobody who is only in To, or with whom a request is open either way.",
        "People without a subscription learn when the user goes, and that it was there.",
        "Contacts at the component are in To, Pending Out and Pending In; the user becomes available and then "
        "unavailable.",
        "No presence for any of them.",
        _others,
        partial(begun, _judge_others),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.5.2/twice",
        Level.MAY,
        "Unavailable presence of a resource that is unavailable already tells nobody anything new.",
        "Contacts get presence that says nothing.",
        "The user becomes available, and then sends unavailable presence twice.",
        "Nothing behind the second one; the RFC leaves it open.",
        _twice,
        partial(begun, _judge_twice),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.5.2/stream-closed",
        Level.MUST,
        "When a client closes its stream without a word, the server says for it that it is unavailable.",
        "Everybody who does not log out first looks online for ever.",
        "A contact at the component is in From; one of two available resources of the user closes its stream.",
        "Unavailable presence of that resource at the component and at the other one.",
        partial(_leaves, "close"),
        partial(begun, _judge_leaves),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.5.2/connection-cut",
        Level.MUST,
        "When the connection of a client is cut, the server says for it that it is unavailable.",
        "Whoever loses the network looks online for ever.",
        "A contact at the component is in From; the connection of one of two available resources of the user breaks.",
        "Unavailable presence of that resource at the component and at the other one.",
        partial(_leaves, "cut"),
        partial(begun, _judge_leaves),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.5.2/never-available",
        Level.SHOULD,
        "The end of a resource that was never available is told to no contact.",
        "Contacts hear of programs that were never meant to be seen.",
        "A contact at the component is in From, and a resource of the user that has sent no presence closes its "
        "stream.",
        "Nothing at the component.",
        _unseen,
        partial(begun, _judge_unseen),
        component=True,
    ),
)
