"""Stanzas to an account that does not exist, or that is not online (RFC 6121 §8.5.1, §8.5.2.2).

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from rosterkit.conformance.server.case import ServerCase, broken, case_under, kept, shown
from rosterkit.conformance.server.cases.delivery_judging import (
    copies,
    fate,
    keeps,
    kept_off,
    refusals,
    refused,
    unanswered,
)
from rosterkit.conformance.server.cases.delivery_steps import (
    absent,
    asked_by_remote,
    said_by_remote,
    written,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, online
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]


# Scripts: nobody


def _written_to_nobody(people: People) -> Script:
    yield from written(people, "chat", people.nobody, "chat")
    yield from written(people, None, people.nobody, "normal")
    yield from written(people, "chat", absent(people, people.nobody), "full")


def _shown_to_nobody(people: People) -> Script:
    yield from said_by_remote(people, None, people.nobody, "available")
    yield from said_by_remote(people, "unavailable", people.nobody, "unavailable")
    yield from said_by_remote(people, None, absent(people, people.nobody), "full")


def _asked_nobody(people: People) -> Script:
    yield from asked_by_remote(people, "get", people.nobody, "bare")
    yield from asked_by_remote(people, "get", absent(people, people.nobody), "full")


def _told_apart(people: People) -> Script:
    for mark, account in (("nobody", people.nobody), ("account", people.me)):
        yield from written(people, "chat", account, f"message-{mark}")
        yield from asked_by_remote(people, "get", account, f"get-{mark}")


# Scripts: an account that is offline, and what is there when it comes


def _written_to_offline(type_: str | None, people: People) -> Script:
    yield from written(people, type_, people.me, "event")
    yield from online("me", people.me, roster=False)


def _shown_to_offline(people: People) -> Script:
    yield from said_by_remote(people, None, people.me, "event")
    yield from online("me", people.me, roster=False)


def _asked_offline(people: People) -> Script:
    yield from asked_by_remote(people, "get", people.me, "get")
    yield from asked_by_remote(people, "set", people.me, "set")


# Judges


def _silent_or_unavailable(marks: Iterable[str], evidence: Evidence) -> Finding:
    for mark in marks:
        seen = refusals(evidence, mark)
        if seen and (wrong := refused(evidence, mark, strict=Level.MUST)) is not None:
            return wrong
    return kept(f"Of the last message {fate(evidence, tuple(marks)[-1])}.")


def _compared(evidence: Evidence) -> Finding:
    fates = [(fate(evidence, f"{kind}-nobody"), fate(evidence, f"{kind}-account")) for kind in ("message", "get")]
    same = all(nobody == account for nobody, account in fates)
    words = "Whether there is such an account cannot be told." if same else "It can be told who has an account."
    (message, message_known), (get, get_known) = fates
    return shown(
        f"{words} Of a message to nobody {message}, to an account that is offline {message_known}; of a request to "
        f"nobody {get}, to the account {get_known}."
    )


def _kept_or_sent_back(evidence: Evidence) -> Finding:
    """Doing both is the server's affair too; doing neither loses the message."""
    sent_back = refusals(evidence, "event")
    later = copies(evidence, "me", "event", until="end")
    words = {
        (True, True): "The message was sent back with {0}, and delivered at the next login all the same.",
        (True, False): "The message was sent back with {0}.",
        (False, True): "The message was kept, and delivered at the next login.",
    }
    done = bool(sent_back), bool(later)
    if done in words:
        return kept(words[done].format(sent_back[0].condition if sent_back else ""), *sent_back, *later)
    return broken(Level.SHOULD, "The message was neither sent back nor there at the next login: it is lost.")


def _never_delivered(evidence: Evidence) -> Finding | None:
    return kept_off(evidence, "event", ("me",), until="end")


# Cases


_case = partial(case_under, "rfc6121/", component=True)


def _offline_case(name: str, type_: str | None, what: str) -> ServerCase:
    return _case(
        f"8.5.2.2.1/{name}",
        f"{what} to an account that is offline is kept for later or sent back.",
        "The message is lost, and neither of the two knows.",
        f"{what} goes from a contact elsewhere to an account that is offline, which then logs in.",
        "The message at the new resource, or an error, service-unavailable, at the contact's server.",
        partial(_written_to_offline, type_),
        _kept_or_sent_back,
        Level.SHOULD,
    )


CASES: tuple[ServerCase, ...] = (
    _case(
        "8.5.1/message",
        "A message to an account that does not exist is ignored, or refused with service-unavailable.",
        "The error says that nobody has the address: whoever tries many finds out which are in use.",
        "A contact elsewhere sends messages to the bare JID and to a full JID of an account that does not exist.",
        "Silence, or service-unavailable.",
        _written_to_nobody,
        partial(_silent_or_unavailable, ("chat", "normal", "full")),
    ),
    _case(
        "8.5.1/presence",
        "Presence for an account that does not exist is ignored.",
        "The answer says that nobody has the address: whoever tries many finds out which are in use.",
        "A contact elsewhere sends available and unavailable presence to an account that does not exist.",
        "Nothing at the contact's server.",
        _shown_to_nobody,
        keeps(
            "All of it was ignored.",
            *(partial(unanswered, mark=mark) for mark in ("available", "unavailable", "full")),
        ),
    ),
    _case(
        "8.5.1/iq",
        "A request to an account that does not exist is refused with service-unavailable.",
        "Whoever asks waits for ever, or is told which addresses are in use.",
        "A contact elsewhere sends a get to the bare JID and to a full JID of an account that does not exist.",
        "An error, service-unavailable, for each.",
        _asked_nobody,
        keeps("Both were refused.", *(partial(refused, mark=mark, strict=Level.MUST) for mark in ("bare", "full"))),
    ),
    _case(
        "8.5.1/told-apart",
        "An account that does not exist and one that is offline look the same to strangers, or they do not.",
        "None by the RFC: whoever tries many addresses may find out which are in use.",
        "A contact elsewhere sends the same message and the same request to an account that does not exist and to "
        "one that is offline.",
        "The same in both cases, or not.",
        _told_apart,
        _compared,
        Level.MAY,
    ),
    _offline_case("chat", "chat", "A chat message"),
    _offline_case("normal", None, "A message without a type"),
    _case(
        "8.5.2.2.1/groupchat",
        "A groupchat message to an account that is offline is refused.",
        "At the next login the user finds messages of rooms in which nobody is any more.",
        "A contact elsewhere sends a groupchat message to an account that is offline, which then logs in.",
        "An error, service-unavailable, and nothing at the new resource.",
        partial(_written_to_offline, "groupchat"),
        keeps("The message was refused.", _never_delivered, partial(refused, mark="event")),
    ),
    _case(
        "8.5.2.2.1/headline",
        "A headline to an account that is offline is ignored.",
        "Whoever sends alerts gets an error for each user that is asleep, or users find old alerts in the morning.",
        "A contact elsewhere sends a headline to an account that is offline, which then logs in.",
        "Nothing, neither at the contact's server nor at the new resource.",
        partial(_written_to_offline, "headline"),
        keeps("The headline was ignored.", _never_delivered, partial(unanswered, mark="event")),
    ),
    _case(
        "8.5.2.2.1/error",
        "An error message to an account that is offline is ignored.",
        "Two servers send each other errors about errors for ever.",
        "A contact elsewhere sends a message of type error to an account that is offline, which then logs in.",
        "Nothing, neither at the contact's server nor at the new resource.",
        partial(_written_to_offline, "error"),
        keeps("The error was ignored.", _never_delivered, partial(unanswered, mark="event")),
    ),
    _case(
        "8.5.2.2.2/presence",
        "Presence for an account that is offline is let go.",
        "At the next login contacts look online who have long been gone.",
        "A contact elsewhere sends available presence to an account that is offline, which then logs in.",
        "Nothing, neither at the contact's server nor at the new resource.",
        _shown_to_offline,
        keeps(
            "The presence was let go.",
            partial(kept_off, mark="event", lines=("me",), level=Level.SHOULD, until="end"),
            partial(unanswered, mark="event", level=Level.SHOULD),
        ),
        Level.SHOULD,
    ),
    _case(
        "8.5.2.2.3/iq",
        "A request to an account that is offline is answered by the server.",
        "Whoever asks waits until the user comes back, or for ever.",
        "A contact elsewhere sends a get and a set with a payload that nobody knows to an account that is offline.",
        "An error, service-unavailable, for each.",
        _asked_offline,
        keeps("The server refused both.", *(partial(refused, mark=mark) for mark in ("get", "set"))),
    ),
)
