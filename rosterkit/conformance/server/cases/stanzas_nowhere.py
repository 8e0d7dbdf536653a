"""Where a stanza goes that has no address, or one to which nothing can go (RFC 6120 §8.3.3.8, §10.3, §10.4).

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, case_under
from rosterkit.conformance.server.cases.delivery_judging import arrived, folded, keeps, refused
from rosterkit.conformance.server.cases.delivery_steps import UNKNOWN
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Await, Say, Script, online, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_BODY = "To whom it may concern"
#: The last two are what servers say that are not to reach any others (RFC 6120 §8.3.3.4, §8.3.3.10).
_NOWHERE = ("remote-server-not-found", "remote-server-timeout", "forbidden", "not-allowed")
#: No part of a JID has more than 1,023 bytes.
_TOO_LONG = "x" * 1100


# Scripts


def _written_to_nobody(people: People) -> Script:
    yield from online("me", people.me, roster=False)
    yield from told("me", stanzas.message(None, _BODY, id_="event"), "event")


def _asked_nobody(people: People) -> Script:
    yield from online("me", people.me, roster=False)
    yield from told("me", stanzas.iq("get", "event", UNKNOWN), "event")


def _sent_nowhere(stanza: Callable[[str], str], people: People) -> Script:
    """Finding out that there is no such server takes its time, which no ping tells."""
    yield from online("me", people.me, roster=False)
    number = yield Say("me", stanza(f"romeo@{people.token('nowhere')}.invalid"), "event")
    yield Await("me", lambda seen: seen.type == "error" and seen.id == "event", number)


def _sent_to_malformed(stanza: Callable[[str, str], str], people: People) -> Script:
    yield from online("me", people.me, roster=False)
    yield from told("me", stanza(f"@{people.domain}", "empty"), "empty")
    yield from told("me", stanza(f"{_TOO_LONG}@{people.domain}", "long"), "long")


# Judges


def _from_account(evidence: Evidence) -> Finding | None:
    others = [
        one for one in evidence.answers("event") if one.sender and folded(one.sender) != folded(evidence.people.me)
    ]
    return broken(Level.MUST, f"The answer comes from {others[0].sender}.", *others) if others else None


# Cases


_case = partial(case_under, "rfc6120/")


def _message(to: str, id_: str = "event") -> str:
    return stanzas.message(to, "Is anybody there?", id_=id_)


def _iq(to: str, id_: str = "event") -> str:
    return stanzas.iq("get", id_, UNKNOWN, to=to)


def _is_malformed(level: Level) -> Callable[[Evidence], Finding]:
    marks = ("empty", "long")
    return keeps(
        "Both were refused.",
        *(partial(refused, mark=mark, level=level, conditions=("jid-malformed",)) for mark in marks),
    )


CASES: tuple[ServerCase, ...] = (
    _case(
        "10.3.1/message",
        "A message without an address is treated as one to the sender's own account.",
        "What a user writes to their own devices is lost.",
        "The account, with one resource, sends a message without `to`.",
        "The message at the resource.",
        _written_to_nobody,
        keeps("The message came back to the account.", partial(arrived, mark="event", line="me")),
    ),
    _case(
        "10.3.3/iq",
        "A request without an address is answered for the account.",
        "Clients cannot reach what their server keeps for the user.",
        "The account sends a get without `to`, with a payload that nobody knows.",
        "An error, service-unavailable, without `from` or from the bare JID.",
        _asked_nobody,
        keeps("The request was refused for the account.", partial(refused, mark="event"), _from_account),
    ),
    _case(
        "10.4.3/iq",
        "A request to a domain that does not exist is answered with an error.",
        "A client waits for ever.",
        "The account sends a get to a domain that does not exist.",
        "An error, remote-server-not-found.",
        partial(_sent_nowhere, _iq),
        keeps("The request was refused.", partial(refused, mark="event", level=Level.SHOULD, conditions=_NOWHERE)),
    ),
    _case(
        "10.4.3/message",
        "A message to a domain that does not exist is answered with an error.",
        "A user has mistyped an address and is not told that nobody gets the messages.",
        "The account sends a message to a domain that does not exist.",
        "An error, remote-server-not-found.",
        partial(_sent_nowhere, _message),
        keeps("The message was refused.", partial(refused, mark="event", level=Level.SHOULD, conditions=_NOWHERE)),
    ),
    _case(
        "8.3.3.8/iq",
        "A request to something that is no address is answered with an error, and the stream goes on.",
        "One mistyped address ends the session, or the client waits for ever.",
        "The account sends gets to `@domain` and to an address whose localpart is too long.",
        "An error, jid-malformed, for each.",
        partial(_sent_to_malformed, _iq),
        _is_malformed(Level.MUST),
    ),
    _case(
        "8.3.3.8/message",
        "A message to something that is no address is answered with an error, and the stream goes on.",
        "One mistyped address ends the session, or the user is not told that nobody gets the messages.",
        "The account sends messages to `@domain` and to an address whose localpart is too long.",
        "An error, jid-malformed, for each.",
        partial(_sent_to_malformed, _message),
        _is_malformed(Level.SHOULD),
        Level.SHOULD,
    ),
)
