"""TLS as part of a stream: when STARTTLS is offered, and what beside it (RFC 6120 §5, §6.3.4).

Tests: ``tests/conformance/test_server_streams.py``.
"""

from __future__ import annotations

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import STARTTLS, ServerCase, broken, kept, shown
from rosterkit.conformance.server.cases.streams_seen import features, mechanisms
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Enter, Script
from rosterkit.conformance.verdicts import Finding, Level, inconclusive
from rosterkit.wire.entering import Phase
from rosterkit.wire.names import TLS

__all__ = ["CASES"]

_STARTTLS = f"{{{TLS}}}starttls"
_REQUIRED = f"{_STARTTLS}/{{{TLS}}}required"
_NO_TWO = "No stream features came on both sides of TLS."


def _secure(people: People) -> Script:
    yield Enter("me", people.me, Phase.SECURED)


def _names(offer: Seen) -> list[str]:
    """The tags of what is offered."""
    return [str(child.tag) for child in offer.element] if offer.element is not None else []


def _requires(offer: Seen) -> bool:
    """Whether TLS comes before anything else: it says so, or nothing else is there."""
    return offer.element is not None and (offer.element.find(_REQUIRED) is not None or _names(offer) == [_STARTTLS])


# Judges


def _only_tls(evidence: Evidence) -> Finding:
    offers = features(evidence, "me")
    if len(offers) < 2:
        return inconclusive(_NO_TWO)
    before = offers[0]
    others = [name.rpartition("}")[2] for name in _names(before) if name != _STARTTLS]
    if _requires(before) and others:
        return broken(Level.SHOULD, f"TLS is required, and beside it the server offers {', '.join(others)}.", before)
    how = "is required, and nothing is offered beside it" if _requires(before) else "is not required"
    return kept(f"TLS {how}.", before)


def _not_again(evidence: Evidence) -> Finding:
    offers = features(evidence, "me")
    if len(offers) < 2:
        return inconclusive(_NO_TWO)
    if _STARTTLS in _names(offers[-1]):
        return broken(Level.MUST, "STARTTLS is offered on a stream that has TLS.", offers[-1])
    return kept("STARTTLS is offered before TLS, and not behind it.", offers[0], offers[-1])


def _what_in_the_open(evidence: Evidence) -> Finding:
    offers = features(evidence, "me")
    if not offers:
        return inconclusive(_NO_TWO)
    found = mechanisms(offers[0])
    if not found:
        return shown("No login is offered before TLS.", offers[0])
    loudly = " A password may be sent in the open." if "PLAIN" in found else ""
    return shown(f"Before TLS the server offers {', '.join(found)}.{loudly}", offers[0])


# The cases


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6120/5.3.1/only-tls",
        Level.SHOULD,
        "Where TLS is required, nothing else is offered before it.",
        "A client takes an offer that cannot be kept, and shows the password to whoever reads along.",
        "A client opens a stream without TLS.",
        "STARTTLS alone where it is required.",
        _secure,
        _only_tls,
        transports=STARTTLS,
    ),
    ServerCase(
        "rfc6120/5.4.3.3/not-again",
        Level.MUST,
        "On a stream with TLS there is no STARTTLS on offer.",
        "A client that takes what is offered starts TLS for ever.",
        "A client takes STARTTLS and opens its stream anew.",
        "Stream features without STARTTLS.",
        _secure,
        _not_again,
        transports=STARTTLS,
    ),
    ServerCase(
        "rfc6120/6.3.4/in-the-open",
        Level.MAY,
        "Whether one may log in without TLS is for the server's administrator to say.",
        "Passwords can be read by everybody on the way.",
        "A client opens a stream without TLS.",
        "The mechanisms on offer then, if any; the report says which.",
        _secure,
        _what_in_the_open,
        transports=STARTTLS,
    ),
)
