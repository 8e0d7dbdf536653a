"""Rules that are looked at in every play.

Tests: ``tests/conformance/test_checks.py``.
"""

from __future__ import annotations

from rosterkit.conformance.case import Check
from rosterkit.conformance.checks_answers import (
    answers_once,
    answers_pushes,
    answers_requests,
    answers_what_was_asked,
)
from rosterkit.conformance.checks_sent import (
    has_ids,
    has_one_payload,
    ids_not_reused,
    nothing_before_bind,
    one_item,
    only_stanzas,
    sends_no_probe,
    set_has_no_state,
    set_has_no_subscription,
    set_has_right_groups,
    true_sender,
    valid_presence,
    well_formed,
)
from rosterkit.conformance.verdicts import Level

__all__ = ["CHECKS"]

_ASKED = "In every case, each request that the client was sent is looked at, and what it has sent back."
_SENT = "In every case, everything is looked at that the client has sent."
_SETS = "In every case, each roster set of the client is looked at."

_RFC_6121 = (
    Check(
        "rfc6121/2.1.2/forbidden-in-set",
        Level.MUST,
        "A roster set says nothing of pending requests or of approvals: presence does that.",
        "The client shows a state that its server does not know, since it has ignored what it was told.",
        _SETS,
        "Neither ask nor approved in any.",
        set_has_no_state,
    ),
    Check(
        "rfc6121/2.1.2.5/subscription-in-set",
        Level.SHOULD,
        "A roster set has no subscription, but the one that removes an entry.",
        "The client shows a subscription that does not exist, since its server has ignored what it was told.",
        _SETS,
        "No subscription other than remove.",
        set_has_no_subscription,
    ),
    Check(
        "rfc6121/2.1.5/one-item-in-set",
        Level.MUST,
        "A roster set holds exactly one item.",
        "The server refuses the user's edits.",
        _SETS,
        "One item in each.",
        one_item,
    ),
    Check(
        "rfc6121/2.1.6/answers-pushes",
        Level.SHOULD,
        "Every push of the client's own server is answered with a result.",
        "The server cannot see whether its changes arrive, and some servers end such sessions.",
        "In every case, each push is looked at that a correct server could have sent.",
        "A result for each.",
        answers_pushes,
    ),
    Check(
        "rfc6121/2.3.3/groups-in-set",
        Level.SHOULD,
        "The groups in a roster set are different, and each has a name.",
        "The server refuses the user's edits.",
        _SETS,
        "No group twice, and none without a name.",
        set_has_right_groups,
    ),
    Check(
        "rfc6121/4.3/sends-no-probe",
        Level.SHOULD,
        "A client leaves it to its server to find out who is available.",
        "Every login costs a stanza for each contact, and tells nothing that the server does not tell by itself.",
        _SENT,
        "No presence of type probe.",
        sends_no_probe,
    ),
    Check(
        "rfc6121/4.7/valid-presence",
        Level.MUST,
        "The type, show and priority that a client sends are among those that there are.",
        "The server refuses the presence, and the user looks offline to everybody.",
        _SENT,
        "Available presence without a type, and no show and no priority of the client's own making.",
        valid_presence,
    ),
)

_RFC_6120 = (
    Check(
        "rfc6120/4.9.3.24/only-stanzas",
        Level.MUST,
        "On a ready stream a client sends stanzas, and of extensions only what was offered to it.",
        "With a server that does not know the extension the user cannot stay logged in.",
        _SENT,
        "No stream that the server has to end for it.",
        only_stanzas,
    ),
    Check(
        "rfc6120/7.1/nothing-before-bind",
        Level.MUST,
        "Before a resource is bound the client sends nothing but the request for one.",
        "The server ends the stream, and the user cannot log in.",
        _SENT,
        "No other stanza before that.",
        nothing_before_bind,
    ),
    Check(
        "rfc6120/8.1.2.1/true-sender",
        Level.MUST,
        "A sender's address that a client writes on a stanza is its own.",
        "The server ends the stream in the middle of what the user does.",
        _SENT,
        "No address, or the client's bare or full JID.",
        true_sender,
    ),
    Check(
        "rfc6120/8.1.3/iq-has-id",
        Level.MUST,
        "Every iq has an id.",
        "The server refuses what the client asks for, and nobody can tell which answer is whose.",
        _SENT,
        "An id on each.",
        has_ids,
    ),
    Check(
        "rfc6120/8.1.3/ids-not-reused",
        Level.SHOULD,
        "Requests that wait for an answer at the same time have different ids.",
        "The client takes the answer to one request for that to another.",
        _SENT,
        "No id twice to one address while an answer to it is awaited.",
        ids_not_reused,
    ),
    Check(
        "rfc6120/8.2.3/answers-requests",
        Level.MUST,
        "Every request is answered with a result or an error.",
        "Whoever asks the client something waits for ever, and its server may take it for dead.",
        _ASKED,
        "An answer to every get and set; roster pushes, and what a stranger asks, have rules of their own.",
        answers_requests,
    ),
    Check(
        "rfc6120/8.2.3/answers-once",
        Level.MUST,
        "A request has one answer and no second.",
        "Whoever has asked takes the second answer for that to something else.",
        _ASKED,
        "No more answers than requests under an id.",
        answers_once,
    ),
    Check(
        "rfc6120/8.2.3/answers-what-was-asked",
        Level.MUST,
        "An answer has the id of the request that it answers.",
        "Whoever has asked does not know the answer when it comes.",
        _ASKED,
        "No result and no error under an id that no request had.",
        answers_what_was_asked,
    ),
    Check(
        "rfc6120/8.2.3/one-payload",
        Level.MUST,
        "A client's iq is a get, set, result or error, and its requests have one payload each.",
        "The server refuses what the client asks for.",
        _SENT,
        "One of the four types, and one child in each get and set.",
        has_one_payload,
    ),
    Check(
        "rfc6120/11/well-formed",
        Level.MUST,
        "All that a client sends is well-formed XML without comments, instructions, declarations and entities.",
        "The server ends the stream in the middle of what the user does.",
        _SENT,
        "No stream that the server has to end for it.",
        well_formed,
    ),
)

#: In the order of the documents.
CHECKS: tuple[Check, ...] = (*_RFC_6121, *_RFC_6120)
