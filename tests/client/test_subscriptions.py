"""Policies: what answers a request, and that it is answered once."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.words.protocols.jabber.jid import JID
from wire import Wire, item

from rosterkit.client.subscriptions import AnyPolicy, Policy, Request

R = "romeo@x"
YES, NO = f"<presence type='subscribed' to='{R}'/>", f"<presence type='unsubscribed' to='{R}'/>"


def asked(policy: AnyPolicy, entry: str = "") -> Wire:
    """A client with this policy and perhaps one entry, after a request of romeo's."""
    wire = Wire(policy=policy)
    wire.online(entry)
    wire.sent()
    wire.presence(R, "subscribe")
    return wire


@pytest.mark.parametrize(
    ("policy", "entry", "answer"),
    [
        (Policy.ASK, "", ""),
        ("accept-all", "", YES),
        (Policy.REFUSE_ALL, item(R, subscription="both"), NO),
        (Policy.ACCEPT_KNOWN, "", ""),
        (Policy.ACCEPT_KNOWN, item(R), ""),
        (Policy.ACCEPT_KNOWN, item(R, approved="true"), ""),
        (Policy.ACCEPT_KNOWN, item(R, ask="subscribe"), YES),
        (Policy.ACCEPT_KNOWN, item(R, subscription="to"), YES),
        (lambda request: True, "", YES),
        (lambda request: False, "", NO),
        (lambda request: None, "", ""),
        (lambda request: request.item is not None and request.item.name == "R", item(R, name="R"), YES),
    ],
)
def test_a_policy_answers(policy: AnyPolicy, entry: str, answer: str) -> None:
    """Each in its way; that somebody stands in the roster is not enough for "known"."""
    assert asked(policy, entry).sent() == answer


def test_a_request_says_who_asks_and_how() -> None:
    """A callable gets the bare JID, the entry and the whole stanza."""
    seen: list[Request] = []
    wire = Wire(policy=lambda request: seen.append(request))
    wire.online()
    wire.presence(f"{R}/x", "subscribe", "<status>please</status>")
    assert (seen[0].jid, seen[0].item, str(seen[0].stanza.status)) == (JID(R), None, "please")


def test_nobody_is_answered_twice() -> None:
    """A server that repeats a request before it has seen the answer gets no second one."""
    wire = asked("accept-all")
    assert wire.sent() == YES
    wire.presence(R, "subscribe")
    wire.presence(R, "subscribe")
    assert wire.sent() == ""


def test_a_new_request_is_answered_anew() -> None:
    """After the asker has withdrawn, or on a new stream, where the first answer may have been lost."""
    wire = asked("accept-all")
    wire.presence(R, "unsubscribe")
    wire.presence(R, "subscribe")
    assert wire.sent() == YES * 2
    wire.lose()
    wire.online()
    wire.sent()
    wire.presence(R, "subscribe")
    assert wire.sent() == YES


def test_the_application_may_be_first() -> None:
    """A request that is answered by hand is not answered by the policy as well."""
    decision: Deferred[bool] = Deferred()
    wire = asked(lambda request: decision)
    wire.roster.deny(R)
    decision.callback(True)
    assert wire.sent() == NO


def test_a_decision_may_take_its_time() -> None:
    """Repetitions meanwhile do not ask again; the answer is one."""
    decisions: list[Deferred[bool]] = []

    async def decide(request: Request) -> bool:
        decisions.append(Deferred())
        return await decisions[-1]

    wire = asked(decide)
    wire.presence(R, "subscribe")
    assert (len(decisions), wire.sent()) == (1, "")
    decisions[0].callback(True)
    assert wire.sent() == YES


def test_a_request_that_was_withdrawn_is_not_answered() -> None:
    """The decision comes too late."""
    decision: Deferred[bool] = Deferred()
    wire = asked(lambda request: decision)
    wire.presence(R, "unsubscribe")
    decision.callback(True)
    assert wire.sent() == ""


def test_a_decision_after_the_stream_is_gone_waits_for_the_next_request() -> None:
    """Nothing raises; the server repeats the request at the next login, and then it is decided again."""
    decisions: list[Deferred[bool]] = [Deferred(), Deferred()]
    left = list(decisions)
    wire = asked(lambda request: left.pop(0))
    wire.lose()
    decisions[0].callback(True)
    wire.online()
    wire.sent()
    wire.presence(R, "subscribe")
    decisions[1].callback(True)
    assert wire.sent() == YES


def _raising(request: Request) -> bool:
    raise ZeroDivisionError


async def _failing(request: Request) -> bool:
    raise ZeroDivisionError


@pytest.mark.parametrize("policy", [_raising, _failing])
def test_a_policy_that_fails_leaves_the_request_open(policy: Any) -> None:
    """It is logged, the client goes on, and the application can still answer."""
    wire = asked(policy)
    assert wire.sent() == ""
    wire.roster.approve(R)
    assert wire.sent() == YES


def test_a_policy_can_be_exchanged() -> None:
    """For the requests that come from then on; one that is none is refused."""
    wire = asked(Policy.ASK)
    wire.roster.policy = "refuse-all"
    assert wire.roster.policy is Policy.REFUSE_ALL
    wire.presence(R, "subscribe")
    assert wire.sent() == NO
    with pytest.raises(ValueError, match="accept-some"):
        wire.roster.policy = "accept-some"
    with pytest.raises(TypeError, match="a callable"):
        wire.roster.policy = 5  # type: ignore[assignment]


def test_a_flood_of_requests_is_bounded() -> None:
    """However many ask, what is remembered of them does not grow for ever."""
    wire = Wire()
    wire.online()
    for number in range(10_050):
        wire.presence(f"c{number}@x", "subscribe")
    assert len(wire.roster._subscriptions._pending) == 10_000


def test_a_contact_that_is_gone_may_ask_anew() -> None:
    """After its entry was removed, or its subscription ended, a request on the same stream is answered again."""
    for gone in (item(R, subscription="remove"), item(R)):
        wire = asked("accept-all")
        wire.push(item(R, subscription="from"), "v2")
        wire.push(item(R, subscription="from", name="R"), "v3")
        wire.push(gone, "v4")
        wire.presence(R, "subscribe")
        assert wire.sent() == YES


def test_a_listener_may_answer() -> None:
    """The request is known when the signal is fired, and the policy does not answer it again."""
    wire = Wire(policy="accept-all")
    wire.online(features={})
    wire.sent()
    wire.roster.on_subscribe.connect(lambda stanza: wire.roster.approve(R) and None)
    wire.presence(R, "subscribe")
    assert wire.sent() == YES


def test_offline_it_is_the_stream_that_is_missing() -> None:
    """Not the server's pre-approval."""
    with pytest.raises(ConnectionError):
        Wire().roster.approve(R)
