"""What the server says by itself to who asks, in the user's place (RFC 6121 §3.1.3).

Tests: ``tests/conformance/test_server_subscriptions_requests.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, shown
from rosterkit.conformance.server.cases.subscriptions_judging import requests
from rosterkit.conformance.server.cases.subscriptions_moves import comes, leaves, led, lists
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, begins, first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, online, told
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


def _listed_asks(people: People) -> Script:
    yield from online("me", people.me)
    yield from lists(people)
    yield from comes(people, "subscribe", "event")


def _judge_no_consent(evidence: Evidence) -> Finding:
    def findings() -> Iterator[Finding | None]:
        answers = evidence.presences(COMPONENT, "event", "subscribed", evidence.people.me)
        yield absent(answers, "The server approved the request of somebody who is only listed.")
        yield present(requests(evidence, "me"), "The user was not asked.")

    return first(findings(), "The user was asked, and nobody has approved.", *requests(evidence, "me"))


def _asked_and_moves(people: People) -> Script:
    yield from online("me", people.me)
    yield from comes(people, "subscribe", "event")
    yield from told("me", stanzas.presence(children="<show>away</show>"), "moves")


def _judge_no_presence(evidence: Evidence) -> Finding:
    me = evidence.people.me
    seen = [one for mark in ("event", "moves") for one in evidence.presences(COMPONENT, mark, None, me)]
    gone = [one for one in evidence.presences(COMPONENT, "event", "unavailable", me) if "/" in (one.sender or "")]

    def findings() -> Iterator[Finding | None]:
        yield absent(seen, "Presence of the user went to somebody who has only asked for it.")
        yield absent(gone, "Who asks was told the name of a resource.")

    return first(findings(), "Who asks has learnt nothing about the user's resources.")


def _nobody_asked(people: People) -> Script:
    """Somebody who is offline is asked first, to see what one hears of an account that has not answered yet."""
    for to, mark in ((people.me, "somebody"), (people.nobody, "event")):
        yield from told(COMPONENT, stanzas.presence("subscribe", to, sender=people.remote), mark)


def _judge_nobody(evidence: Evidence) -> Finding:
    people = evidence.people
    receipts = evidence.presences(COMPONENT, "somebody", "unavailable", people.me)
    usual = {one.type for one in receipts}
    said = evidence.presences(COMPONENT, "event", "*", people.nobody)

    def findings() -> Iterator[Finding | None]:
        answers = [one for one in said if one.type in ("subscribed", None)]
        yield absent(answers, "The server answers for an account that does not exist as if it had approved.")
        telling = [one for one in said if one.type not in usual]
        types = ", ".join(dict.fromkeys(str(one.type) for one in telling))
        yield absent(telling, f"The answer {types} tells that the account does not exist.", Level.SHOULD)

    like = "like one for an account that has not answered yet" if said else "by nothing"
    return first(findings(), f"The request is answered {like}.", *receipts, *said)


def _subscribed_asks(people: People) -> Script:
    yield from online("me", people.me)
    yield from led(people, "F")
    yield from leaves("me")
    yield from comes(people, "subscribe", "event")
    yield from online("look", people.me)


def _judge_reply(evidence: Evidence) -> Finding:
    people = evidence.people
    replies = evidence.presences(COMPONENT, "event", "subscribed", people.me)

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, STATES["F"], people.remote)
        yield present(replies, "Nobody answered subscribed to a contact who is subscribed already.", Level.SHOULD)
        if replies[0].sender != people.me:
            words = f"The answer came from {replies[0].sender}, and should come from {people.me}."
            yield broken(Level.MUST, words, replies[0])
        asked = requests(evidence, "look", "look-presence")
        yield absent(asked, "The user was asked for what is given already.", Level.SHOULD)

    return first(findings(), "The server answered subscribed for the user, who is not asked again.", *replies[:1])


def _only_asked(people: People) -> Script:
    yield from online("me", people.me)
    yield from comes(people, "subscribe", "event")


def _judge_receipt(evidence: Evidence) -> Finding:
    receipts = [
        one
        for one in evidence.presences(COMPONENT, "event", "unavailable", evidence.people.me)
        if one.sender == evidence.people.me
    ]
    words = "unavailable presence from the bare JID" if receipts else "nothing"
    return shown(f"Who asks gets {words} as a receipt.", *receipts)


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/3.1.3/entry-is-no-approval",
        Level.MUST,
        "The server approves nobody by itself, also not somebody who stands in the roster.",
        "Whoever notes down an address has given away the own presence.",
        "The user adds a contact at the component to the roster, and the contact asks.",
        "The subscribe at the user, and no subscribed at the component.",
        _listed_asks,
        _judge_no_consent,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/no-presence-yet",
        Level.MUST,
        "Who asks learns nothing of the user's presence and resources before the user has answered.",
        "To ask is enough to find out who is online.",
        "A contact at the component asks an available user, who then changes the presence.",
        "No available presence at the component, and no full JID of the user's.",
        _asked_and_moves,
        _judge_no_presence,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/no-such-account",
        Level.MUST,
        "A request for an account that does not exist is not approved, and is best not answered at all.",
        "Spammers find out which addresses exist.",
        "The component asks an account that is offline, and a JID of the server that nobody has.",
        "Nothing for the second, or the same receipt as for the first.",
        _nobody_asked,
        _judge_nobody,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/answered-while-offline",
        Level.SHOULD,
        "Somebody who is subscribed and asks again is answered for the user, also while the user is offline.",
        "A server that has lost its memory of the subscription never gets it back.",
        "A contact at the component who sees the user's presence asks again after the user has logged out.",
        "A subscribed from the bare JID at the component, and no request at the next login.",
        _subscribed_asks,
        _judge_reply,
        component=True,
    ),
    ServerCase(
        "rfc6121/3.1.3/receipt",
        Level.MAY,
        "Who asks may get unavailable presence from the user's bare JID, as a sign that the request has come.",
        "Nobody knows whether a request that is not answered has arrived.",
        "A contact at the component asks an available user.",
        "Unavailable presence from the bare JID, or nothing.",
        _only_asked,
        _judge_receipt,
        component=True,
    ),
)
