"""The catalogue of faults: what a lying server may do, which rule a client has to follow then, what can be set.

Tests: ``tests/core/test_fault_catalogue.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rosterkit.core.fields import LONGEST

__all__ = ["CATALOGUE", "LOGIN", "ON", "FaultKind", "Parameter"]


class Parameter(NamedTuple):
    """A parameter of a fault.  ``kind`` is ``seconds`` or ``count``; ``says`` is what it means."""

    kind: str
    default: float
    low: float
    high: float
    says: str


class FaultKind(NamedTuple):
    """One kind of fault: what it ``does``, the ``rule`` that a client has to follow then, what it strikes at first.

    ``on`` is one of :data:`ON`, or several where the fault itself decides.
    """

    does: str
    rule: str
    on: str
    parameters: Mapping[str, Parameter] = {}


#: What strikes before there is a session; it can be told to strike nothing else.
LOGIN = "login"
#: What a fault can be told to strike, by its parameter ``on``.
ON = ("push", "roster", "result", "iq", "presence", "message", "any", LOGIN)
_SENDER = "RFC 6121 2.1.6: a push counts without a from, or from the account's bare JID, and from nobody else."
_ITEMS = "RFC 6121 2.1.6, 2.5: a push holds exactly one item with a JID; another changes nothing."
_AFTER = {"after": Parameter("count", 0, 0, 1, "1: only after a right proof; 0: before it")}
_SECONDS = Parameter("seconds", 1.0, 0.0, LONGEST, "seconds of the network's time")


def _refusal(condition: str, rule: str) -> FaultKind:
    return FaultKind(f"The login fails with {condition}.", rule, LOGIN, _AFTER)


CATALOGUE: Mapping[str, FaultKind] = {
    "drop": FaultKind("It is not sent.", "RFC 6121 2.6: the next versioned get brings what was missed.", "push"),
    "delay": FaultKind(
        "It is sent later; what comes behind it overtakes.",
        "RFC 6121 2.1.6: result and push may come in either order, and at any time.",
        "push",
        {"seconds": _SECONDS},
    ),
    "duplicate": FaultKind("It is sent twice.", "RFC 6121 2.1.6: a push may say what is known already.", "push"),
    "reorder": FaultKind(
        "So many are held back and sent in the contrary order, after 2 s those that are there.",
        "RFC 6121 2.3.2: result and push may come in either order.",
        "push",
        {"count": Parameter("count", 2, 2, 100, "how many")},
    ),
    "dribble": FaultKind(
        "It is sent byte by byte.",
        "RFC 6120 4.2: how the bytes are cut makes no difference.",
        "push",
        {"seconds": _SECONDS._replace(default=0.001, high=1.0, says="seconds between two bytes")},
    ),
    "pause": FaultKind(
        "After half of it nothing is sent for a while.",
        "RFC 6120 4.2: how the bytes are cut makes no difference.",
        "push",
        {"seconds": _SECONDS},
    ),
    "cut": FaultKind(
        "After half of it the connection breaks off.",
        "RFC 6121 2.6: half a push changes nothing, and the next versioned get brings it.",
        "push",
    ),
    "hold-roster": FaultKind(
        "The roster is sent only behind the next presence, or when the time is over.",
        "RFC 6121 2.2, 4.2: presence may come before the roster, and is not lost.",
        "roster",
        {"seconds": _SECONDS._replace(default=5.0)},
    ),
    "push-from-stranger": FaultKind("The push comes from stranger@stranger.test.", _SENDER, "push"),
    "push-from-domain": FaultKind("The push comes from the account's domain.", _SENDER, "push"),
    "push-from-full-jid": FaultKind("The push comes from the client's own full JID.", _SENDER, "push"),
    "push-from-other-resource": FaultKind("The push comes from another resource of the account.", _SENDER, "push"),
    "push-from-bare-jid": FaultKind("The push comes from the account's bare JID, as it may.", _SENDER, "push"),
    "push-without-item": FaultKind("The push holds no item.", _ITEMS, "push"),
    "push-with-two-items": FaultKind("The push holds its item and another one.", _ITEMS, "push"),
    "push-without-jid": FaultKind("The item has no jid.", _ITEMS, "push"),
    "push-malformed-jid": FaultKind("The item's jid is '@@'.", _ITEMS, "push"),
    "push-full-jid": FaultKind(
        "The item's jid has a resource.", "RFC 6121 2.1.2.3: it should be a bare JID.", "push"
    ),
    "push-unknown-subscription": FaultKind(
        "The subscription is 'sometimes'.", "RFC 6121 2.1.2.5: an unknown subscription is ignored.", "push"
    ),
    "push-unknown-attributes": FaultKind(
        "Item and query have attributes and children that nobody knows.",
        "RFC 6120 8.4: what is not known is ignored, and the rest counts.",
        "push",
    ),
    "push-duplicate-groups": FaultKind(
        "The item names a group twice.", "RFC 6121 2.1.2.6: groups are a set; it must not crash.", "push"
    ),
    "push-empty-group": FaultKind(
        "The item has a group without a name.", "RFC 6121 2.3.3: there is no such group; it must not crash.", "push"
    ),
    "push-long-name": FaultKind(
        "The item's name is very long.",
        "RFC 6121 2.1.2.4: a client bounds what it takes; it must not hang.",
        "push",
        {"bytes": Parameter("count", 1_048_576, 1, 4_194_304, "how long in bytes")},
    ),
    "result-twice": FaultKind("The result comes twice.", "RFC 6120 8.2.3: the second has no effect.", "roster"),
    "result-wrong-from": FaultKind(
        "The result comes from stranger@stranger.test.",
        "RFC 6120 8.1.2.1, 10.3: an answer counts from whom was asked.",
        "roster",
    ),
    "result-wrong-id": FaultKind("The result has another id.", "RFC 6120 8.2.3: it answers nothing.", "roster"),
    "empty-result": FaultKind(
        "The result holds no query, as for a version that is up to date.",
        "RFC 6121 2.6.3: without a cache that is no roster; with one it stays.",
        "roster",
    ),
    "missing-ver": FaultKind("There is no ver.", "RFC 6121 2.6: no version may be made up or kept for it.", "any"),
    "repeated-ver": FaultKind("The ver is that of before.", "RFC 6121 2.6: ver is opaque; the item counts.", "any"),
    "older-ver": FaultKind("The ver is the first one seen.", "RFC 6121 2.6: ver is opaque; the item counts.", "any"),
    "sasl-aborted": _refusal("aborted", "RFC 6120 6.5.1: a client that has aborted nothing has failed all the same."),
    "sasl-account-disabled": _refusal(
        "account-disabled", "RFC 6120 6.5.2: no password helps; the user has to be told."
    ),
    "sasl-credentials-expired": _refusal(
        "credentials-expired", "RFC 6120 6.5.3: the same password will not do again; the user has to be told."
    ),
    "sasl-encryption-required": _refusal(
        "encryption-required", "RFC 6120 6.5.4: without TLS the client starts it; with TLS it gives up."
    ),
    "sasl-incorrect-encoding": _refusal(
        "incorrect-encoding", "RFC 6120 6.5.5: it says nothing about the password; the same again is of no use."
    ),
    "sasl-invalid-authzid": _refusal(
        "invalid-authzid", "RFC 6120 6.5.6: it says nothing about the password; a client may do without an authzid."
    ),
    "sasl-invalid-mechanism": _refusal(
        "invalid-mechanism", "RFC 6120 6.5.7: a client may try another mechanism that was offered."
    ),
    "sasl-malformed-request": _refusal(
        "malformed-request", "RFC 6120 6.5.8: it says nothing about the password; the same again is of no use."
    ),
    "sasl-mechanism-too-weak": _refusal(
        "mechanism-too-weak", "RFC 6120 6.5.9: a client may try a stronger mechanism that was offered, no weaker one."
    ),
    "sasl-not-authorized": _refusal(
        "not-authorized", "RFC 6120 6.5.10: the same password is not tried for ever; the user has to be told."
    ),
    "sasl-temporary-auth-failure": _refusal(
        "temporary-auth-failure", "RFC 6120 6.5.11: the password may be right; a client tries again later."
    ),
    "sasl-wrong-signature": FaultKind(
        "The server takes a SCRAM login and proves itself wrongly.",
        "RFC 6120 6.4.6, RFC 5802 3: the client has to check it, and must not go on.",
        LOGIN,
    ),
    "tls-expired": FaultKind(
        "The certificate has expired in 2020.", "RFC 6120 13.7.2: the client must not log in by itself.", LOGIN
    ),
    "tls-other-name": FaultKind(
        "The certificate is for other-name.invalid.", "RFC 6120 13.7.2: the client must not log in by itself.", LOGIN
    ),
    "tls-unknown-ca": FaultKind(
        "The certificate is from a CA that nobody knows.",
        "RFC 6120 13.7.2: the client must not log in by itself.",
        LOGIN,
    ),
    "tls-cut": FaultKind(
        "The connection breaks off after the client's first message of TLS.",
        "RFC 6120 5.4.3.2: there is no TLS, and so no login.",
        LOGIN,
    ),
}
