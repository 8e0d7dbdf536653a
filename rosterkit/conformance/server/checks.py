"""Rules for servers that are looked at in every play.

Tests: ``tests/conformance/test_server_checks.py``.
"""

from __future__ import annotations

from rosterkit.conformance.case import Check
from rosterkit.conformance.server.checks_answers import (
    answers,
    answers_once,
    errors_have_a_condition,
    well_formed,
)
from rosterkit.conformance.server.checks_rosters import (
    items_have_a_subscription,
    items_have_bare_jids,
    no_entry_twice,
    pushes_come_from_account,
    pushes_have_ids,
    pushes_have_one_item,
    pushes_have_own_ids,
    senders_are_addresses,
    sent_to_receiver,
)
from rosterkit.conformance.verdicts import Level

__all__ = ["CHECKS"]

_ASKED = "In every case, each request is looked at that only the server can answer, and what came back."
_SENT = "In every case, everything is looked at that the server has sent."
_PUSHES = "In every case, each roster push is looked at."
_ITEMS = "In every case, each item of a roster or a push is looked at."

_RFC_6121 = (
    Check(
        "rfc6121/2.1.2.3/bare-jids-from-the-server",
        Level.MUST,
        "Each item that a server sends has the JID of a contact, a bare one unless the client has put in another.",
        "Clients show a contact for each device, or one without a name.",
        _ITEMS,
        "A JID in each, without a resource where none was put in.",
        items_have_bare_jids,
    ),
    Check(
        "rfc6121/2.1.2.5/subscriptions-from-the-server",
        Level.MUST,
        "The subscription of an item is one that there is, and to be removed is said in pushes only.",
        "Clients ignore the contact.",
        _ITEMS,
        "One of none, to, from and both, or none at all; in a push also remove.",
        items_have_a_subscription,
    ),
    Check(
        "rfc6121/2.1.4/no-entry-twice",
        Level.MUST,
        "A roster holds no contact twice.",
        "Clients show a contact twice, or forget half of what they know of it.",
        "In every case, each roster is looked at.",
        "Each JID once.",
        no_entry_twice,
    ),
    Check(
        "rfc6121/2.1.6/every-push-from-the-account",
        Level.MUST,
        "Every push, whatever has caused it, bears the account's bare JID or no sender.",
        "Careful clients take it for a forgery and ignore it.",
        _PUSHES,
        "No `from`, or the bare JID.",
        pushes_come_from_account,
    ),
    Check(
        "rfc6121/2.1.6/every-push-with-one-item",
        Level.MUST,
        "Every push, whatever has caused it, holds one item and no second.",
        "Clients refuse the push, or take half of it.",
        _PUSHES,
        "One item in each.",
        pushes_have_one_item,
    ),
)

_RFC_6120 = (
    Check(
        "rfc6120/8.1.1.1/to-the-receiver",
        Level.MUST,
        "What a server sends to a client is addressed to that client or its account, or to nobody.",
        "Clients ignore it, or believe that something was meant for them.",
        _SENT,
        "In each `to` the account's bare JID or the resource's full one.",
        sent_to_receiver,
    ),
    Check(
        "rfc6120/8.1.2.1/from-an-address",
        Level.MUST,
        "A sender's address on what a server sends is one.",
        "Clients cannot show from whom it is, or fall over it.",
        _SENT,
        "No address, or one without empty parts.",
        senders_are_addresses,
    ),
    Check(
        "rfc6120/8.1.3/push-has-id",
        Level.MUST,
        "Every push has an id.",
        "Clients cannot answer it, and some refuse it.",
        _PUSHES,
        "An id on each.",
        pushes_have_ids,
    ),
    Check(
        "rfc6120/8.1.3/pushes-have-own-ids",
        Level.MUST,
        "The pushes to one resource have different ids.",
        "Nobody can tell which of them a client has taken.",
        _PUSHES,
        "No id twice on a line.",
        pushes_have_own_ids,
    ),
    Check(
        "rfc6120/8.2.3/answered-by-the-server",
        Level.MUST,
        "A server answers every request that is for it, or for an account of its own.",
        "Clients wait for ever.",
        _ASKED,
        "A result or an error with the same id for each.",
        answers,
    ),
    Check(
        "rfc6120/8.2.3/answered-once-by-the-server",
        Level.MUST,
        "A server answers no request twice.",
        "Clients take the second answer for that to something else.",
        _ASKED,
        "No more answers than requests under an id.",
        answers_once,
    ),
    Check(
        "rfc6120/8.3.2/one-condition",
        Level.MUST,
        "Every error that a server sends has a type and one defined condition.",
        "Clients can tell the user nothing but that something has failed.",
        "In every case, each error stanza of the server is looked at.",
        "One <error/> with a type that there is, and one condition in it.",
        errors_have_a_condition,
    ),
    Check(
        "rfc6120/11.3/well-formed-from-the-server",
        Level.MUST,
        "All that a server sends is well-formed XML without comments, instructions, declarations and entities.",
        "Clients have to end the stream in the middle of what the user does.",
        _SENT,
        "No stream that the tester has to end for it.",
        well_formed,
    ),
)

#: In the order of the documents.
CHECKS: tuple[Check, ...] = (*_RFC_6121, *_RFC_6120)
