"""Stanzas before their time, and how a stream ends in order (RFC 6120 §4.4, §4.9.3, §7.1).

Tests: ``tests/conformance/test_server_streams.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, kept, shown
from rosterkit.conformance.server.cases.streams_judging import delivered, returned
from rosterkit.conformance.server.cases.streams_seen import (
    body_of,
    closing,
    condition_of,
    error,
    goes_on,
    last_words,
)
from rosterkit.conformance.server.cases.streams_steps import END, ended, raw
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Enter, Fence, MayEnd, Script, online, told
from rosterkit.conformance.verdicts import Finding, Level
from rosterkit.wire.entering import Phase

__all__ = ["CASES"]

_BODY = "Is anybody there?"


# Scripts


def _early(upto: Phase, people: People) -> Script:
    """A message before its time, with the end of the stream behind it, so that something has to come."""
    look = yield from online("look", people.contact, roster=False)
    yield from raw("raw", people.me, upto)
    yield from ended("raw", stanzas.message(look.jid, _BODY, id_="early") + END, "early")
    yield Fence()


def _closes(people: People) -> Script:
    yield Enter("me", people.me)
    yield MayEnd("me")
    yield from ended("me", END, "end")


def _says_and_closes(people: People) -> Script:
    look = yield from online("look", people.me, roster=False)
    yield Enter("me", people.me)
    yield MayEnd("me")
    yield from ended("me", stanzas.message(look.jid, _BODY) + END, "end")
    yield Fence()


def _says_nothing_known(people: People) -> Script:
    yield Enter("me", people.me)
    yield MayEnd("me")
    yield from told("me", "<letter xmlns='urn:example:nobody-knows-this'/>", "letter")


# Judges


def _not_yet(evidence: Evidence) -> Finding:
    said = error(evidence, "raw", "early")
    return first(
        (delivered(evidence, "look", "early"), _reason(said) if said is not None else _no_reason(evidence)),
        "The message is not delivered, and the stream ends with not-authorized.",
        *([said] if said is not None else []),
    )


def _reason(said: Seen) -> Finding | None:
    condition = condition_of(said)
    if condition == "not-authorized":
        return None
    return broken(Level.SHOULD, f"The stream ends with {condition}, not with not-authorized.", said)


def _no_reason(evidence: Evidence) -> Finding:
    refusals = returned(evidence, "raw", "early")
    if refusals:
        words = f"The server refuses the message with {refusals[0].condition}, where it should end the stream."
        return broken(Level.SHOULD, words, *refusals)
    if goes_on(evidence, "raw") or closing(evidence, "raw", "early") is not None:  # which it was asked for
        return broken(Level.SHOULD, "The server passes over the message in silence, where it should end the stream.")
    return kept(f"The message is not delivered. {last_words(evidence, 'raw')}")


def _answers_the_end(evidence: Evidence) -> Finding:
    ends = closing(evidence, "me", "end")
    if ends is not None:
        return kept("The server has ended its stream too.", ends)
    if goes_on(evidence, "me"):
        return broken(
            Level.MUST, "The client has ended its stream, and the server neither ends its own nor hangs up."
        )
    return broken(Level.SHOULD, last_words(evidence, "me"))


def _hears_all_before(evidence: Evidence) -> Finding:
    came = evidence.came("look", "end", lambda seen: body_of(seen) == _BODY)
    if not came:
        return broken(Level.MUST, "What the client said right before it ended its stream did not come.")
    return kept("What the client said right before the end came.", *came)


def _what_of_letter(evidence: Evidence) -> Finding:
    said = error(evidence, "me", "letter")
    if said is not None:
        return shown(f"The server ends the stream with {condition_of(said)}.", said)
    if goes_on(evidence, "me"):
        return shown("The server passes over it, and the stream goes on.")
    return shown(last_words(evidence, "me"))


# The cases


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6120/4.9.3.12/before-login",
        Level.MUST,
        "Nothing that is sent before a login is delivered.",
        "Anybody can write to the server's users, in anybody's name.",
        "A client that has not logged in sends a message to an account, and ends its stream.",
        "The stream error not-authorized, and no message.",
        partial(_early, Phase.SECURED),
        _not_yet,
        accounts=2,
    ),
    ServerCase(
        "rfc6120/7.1/before-bind",
        Level.MUST,
        "Nothing that is sent before a resource is bound is delivered to others.",
        "Messages come from an address to which nobody can answer.",
        "A client that has logged in and bound nothing sends a message to another account, and ends its stream.",
        "The stream error not-authorized, and no message.",
        partial(_early, Phase.AUTHENTICATED),
        _not_yet,
        accounts=2,
    ),
    ServerCase(
        "rfc6120/4.4/answered",
        Level.MUST,
        "A stream that the client has ended is ended by the server too.",
        "Clients that end their stream in order wait for the server until they give up.",
        "A client ends its stream.",
        "The end of the server's stream.",
        _closes,
        _answers_the_end,
    ),
    ServerCase(
        "rfc6120/4.4/all-before-the-end",
        Level.MUST,
        "What a client has said before the end of its stream is done.",
        "The last message before somebody logs out is lost.",
        "A client sends a message to another resource and ends its stream in the same breath.",
        "The message at the other resource.",
        _says_and_closes,
        _hears_all_before,
    ),
    ServerCase(
        "rfc6120/4.9.3.24/no-stanza",
        Level.MAY,
        "An element that is no stanza ends the stream or is passed over.",
        "A client with an extension that the server does not know loses its connection, or waits for an answer.",
        "A client sends an element of a namespace that nobody knows.",
        "The stream error unsupported-stanza-type, or nothing; the report says which.",
        _says_nothing_known,
        _what_of_letter,
    ),
)
