"""Approvals given beforehand, when somebody comes who asks (RFC 6121 §3.4.2).

Tests: ``tests/conformance/test_server_approvals.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import Judge, ServerCase, broken, shown
from rosterkit.conformance.server.cases.approvals_beforehand import approves, offered, takes_back
from rosterkit.conformance.server.cases.subscriptions_moves import KNOWING, comes
from rosterkit.conformance.server.evidence import Evidence, pushed_item
from rosterkit.conformance.server.judging import absent, first, present, pushed_to
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


def _answered(judge: Callable[[Evidence, Sequence[Seen]], Finding]) -> Judge:
    """``judge``, where the server has answered the request under ``asks`` by itself."""

    def judged(evidence: Evidence) -> Finding:
        replies = evidence.presences(COMPONENT, "asks", "subscribed", evidence.people.me)
        if not replies:
            return shown("The server does not answer by itself, so there is nothing that follows from it.")
        return judge(evidence, replies)

    return offered(judged)


def _approved_asks(people: People) -> Script:
    yield from approves(people)
    yield from comes(people, "subscribe", "asks")


def _judge_reply(evidence: Evidence) -> Finding:
    replies = evidence.presences(COMPONENT, "asks", "subscribed", evidence.people.me)

    def findings() -> Iterator[Finding | None]:
        yield present(replies, "Nobody answered subscribed to whom the user had approved.", Level.SHOULD)
        if replies[0].sender != evidence.people.me:
            words = f"The answer came from {replies[0].sender}, and should come from {evidence.people.me}."
            yield broken(Level.MUST, words, replies[0])

    return first(findings(), "The request was answered subscribed.", *replies[:1])


def _judge_not_asked(evidence: Evidence, replies: Sequence[Seen]) -> Finding:
    asked = evidence.presences("me", "asks", "subscribe", evidence.people.remote)
    found = absent(asked, "The user was asked for what the server had approved in the user's name.", Level.SHOULD)
    return first([found], "The user was not asked.", *replies[:1])


def _judge_pushed_from(evidence: Evidence, replies: Sequence[Seen]) -> Finding:
    pushes = evidence.pushes("me", "asks", evidence.people.remote)
    mark = "with" if pushes and pushed_item(pushes[-1]).approved else "without"
    found = pushed_to(evidence, KNOWING, evidence.people.remote, STATES["F"], "asks")
    return first(found, f"Both resources were pushed subscription=from, {mark} the approval's mark.", *replies[:1])


def _judge_shown(evidence: Evidence, replies: Sequence[Seen]) -> Finding:
    seen = evidence.presences(COMPONENT, "asks", None, evidence.jid("me"))
    found = present(seen, "The user's presence did not come after the approval by the server.")
    return first([found], "Behind the approval came the user's presence.", *replies[:1], *seen[:1])


def _takes_back_and_is_asked(people: People) -> Script:
    yield from takes_back(people)
    yield from comes(people, "subscribe", "asks")


def _judge_asked_again(evidence: Evidence) -> Finding:
    people = evidence.people
    asked = evidence.presences("me", "asks", "subscribe", people.remote)

    def findings() -> Iterator[Finding | None]:
        replies = evidence.presences(COMPONENT, "asks", "subscribed", people.me)
        yield absent(replies, "The server approved a request by an approval that had been taken back.")
        yield present(asked, "The user was not asked.")

    return first(findings(), "The user was asked, and nobody has approved.", *asked[:1])


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/3.4.2/answered",
        Level.SHOULD,
        "A request from whom the user has approved beforehand is answered subscribed for the user.",
        "What was agreed waits for the user all the same.",
        "The user approves somebody at the component beforehand, who then asks.",
        "A subscribed from the user's bare JID at the component.",
        _approved_asks,
        offered(_judge_reply),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.4.2/not-asked",
        Level.SHOULD,
        "A request that the server has answered by an approval given beforehand is not delivered.",
        "The user is asked for what is given already.",
        "The user approves somebody at the component beforehand, who then asks.",
        "No subscribe at the user.",
        _approved_asks,
        _answered(_judge_not_asked),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.4.2/pushed-from",
        Level.MUST,
        "A subscription that comes of an approval beforehand is pushed to every resource that knows the roster.",
        "The user does not see who has begun to watch.",
        "The user approves somebody at the component beforehand, who then asks.",
        "A push with subscription=from at both resources.",
        _approved_asks,
        _answered(_judge_pushed_from),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.4.2/presence-follows",
        Level.MUST,
        "After an answer by an approval beforehand the user's presence goes to the contact.",
        "The contact is subscribed and sees nobody.",
        "An available user approves somebody at the component beforehand, who then asks.",
        "The user's presence at the component.",
        _approved_asks,
        _answered(_judge_shown),
        component=True,
    ),
    ServerCase(
        "rfc6121/3.4.2/asked-again",
        Level.MUST,
        "A request that comes after the approval was taken back is for the user to answer.",
        "Somebody gets in by an approval that the user has withdrawn.",
        "The user approves somebody at the component beforehand and takes it back; then that somebody asks.",
        "The subscribe at the user, and no subscribed at the component.",
        _takes_back_and_is_asked,
        offered(_judge_asked_again),
        component=True,
    ),
)
