"""Error stanzas: whom they reach, what is in them, and that nothing answers them (RFC 6120 §8.1.3, §8.3).

The occasion is a groupchat message to a bare JID, which every server refuses (RFC 6121 §8.5.2).

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import Judge, ServerCase, broken, case_under
from rosterkit.conformance.server.cases.content_steps import ODD_ID
from rosterkit.conformance.server.cases.delivery_judging import folded, keeps, unanswered
from rosterkit.conformance.server.cases.delivery_steps import phone
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, online, told
from rosterkit.conformance.verdicts import Finding, Level
from rosterkit.core import markup
from rosterkit.wire.names import CLIENT, STANZA_ERRORS

__all__ = ["CASES"]

_KINDS = ("message", "presence", "iq")
_TYPES = ("auth", "cancel", "continue", "modify", "wait")
_ERROR = f"<error type='cancel'><item-not-found xmlns='{STANZA_ERRORS}'/></error>"


# Scripts


def _refused(id_: str, people: People) -> Script:
    """The account sends its own bare JID what is refused."""
    yield from online("me", people.me, roster=False)
    yield from told("me", stanzas.message(people.me, "To all", "groupchat", id_=id_), "event")


def _refused_elsewhere(people: People) -> Script:
    message = stanzas.message(people.me, "To all", "groupchat", sender=phone(people), id_=ODD_ID)
    yield from told(COMPONENT, message, "event")


def _errors(people: People) -> Script:
    """Errors to where nothing else would go through either."""
    yield from online("me", people.me, roster=False)
    for name in _KINDS:
        for place, to in (("nobody", f"{people.nobody}/phone"), ("malformed", f"@{people.domain}")):
            mark = f"{name}-{place}"
            head = markup.attributes(type="error", id=mark, to=to)
            yield from told("me", f"<{name}{head}>{_ERROR}</{name}>", mark)


# Judges


def _error_stanzas(evidence: Evidence) -> list[Seen]:
    """What came as an error to whoever has sent the message, whatever it looks like."""
    said = evidence.said("event")
    if said is None or said.session is None:
        return []
    return evidence.came(said.session, "event", lambda seen: seen.type == "error")


def _about_error(look: Callable[[Evidence, Seen], Finding | None]) -> Judge:
    """A judge of the error that came; ``look`` says what is wrong with it."""

    def judge(evidence: Evidence) -> Finding:
        came = _error_stanzas(evidence)
        if not came:
            return broken(Level.MUST, "A groupchat message to a bare JID was not answered with an error.")
        return first((look(evidence, came[0]),), "The error came as it should.", came[0])

    return judge


def _exchanged(evidence: Evidence, error: Seen) -> Finding | None:
    """To the full JID that has sent, from the address that it was sent to."""
    said = evidence.said("event")
    sender = said.sender or evidence.jid("me") if said is not None else ""
    if error.to is not None and folded(error.to) != folded(sender):
        return broken(Level.MUST, f"The error is addressed to {error.to}, not to {sender}.", error)
    if error.sender is None and error.session != COMPONENT:
        return None  # the account itself, which it is (RFC 6120 §8.1.2.1)
    if folded(error.sender) != folded(evidence.people.me):
        return broken(Level.MUST, f"The error comes from {error.sender}, not from {evidence.people.me}.", error)
    return None


def _with_id(_evidence: Evidence, error: Seen) -> Finding | None:
    if error.id == ODD_ID:
        return None
    said = f"has the id {error.id!r}" if error.id is not None else "has no id"
    return broken(Level.MUST, f"The error {said}, and the message had {ODD_ID!r}.", error)


def _with_addresses_and_id(evidence: Evidence, error: Seen) -> Finding | None:
    return _exchanged(evidence, error) or _with_id(evidence, error)


def _of_its_kind(_evidence: Evidence, error: Seen) -> Finding | None:
    if error.name == "message":
        return None
    return broken(Level.SHOULD, f"A message was answered with an error of the kind {error.name}.", error)


def _with_type_and_condition(_evidence: Evidence, seen: Seen) -> Finding | None:
    error = seen.element.find(f"{{{CLIENT}}}error") if seen.element is not None else None
    if error is None:
        return broken(Level.MUST, "The error stanza has no <error/>.", seen)
    if error.get("type") not in _TYPES:
        words = f"The type of the error is {error.get('type')!r}, and not one of {', '.join(_TYPES)}."
        return broken(Level.MUST, words, seen)
    if not seen.condition:
        return broken(Level.MUST, f"The error has no condition in the namespace {STANZA_ERRORS}.", seen)
    return None


# Cases


_case = partial(case_under, "rfc6120/")

_SENDS = "The account sends a groupchat message to its own bare JID"
_PLAIN = partial(_refused, "event")

CASES: tuple[ServerCase, ...] = (
    _case(
        "8.1.3/error-has-id",
        "An error has the id of the stanza that it is about, whatever characters that has.",
        "Clients cannot tell which of the user's messages did not arrive.",
        f"{_SENDS}, with an id of quotes, signs and letters of all kinds.",
        "An error with that id.",
        partial(_refused, ODD_ID),
        _about_error(_with_id),
    ),
    _case(
        "8.3.1/addresses",
        "An error goes back to the full JID that has sent the stanza, from the address that it was sent to.",
        "The error shows up on the wrong device, or in the wrong conversation.",
        f"{_SENDS}.",
        "An error to the full JID of the resource, from the bare JID or without `from`.",
        _PLAIN,
        _about_error(_exchanged),
    ),
    _case(
        "8.3.1/back-to-component",
        "An error about what has come from another server goes back there, with its id and the addresses exchanged.",
        "Users of other servers are not told that what they have written did not arrive.",
        "A contact of another server sends the account a groupchat message.",
        "An error at the contact's server, to the contact's full JID, from the account's bare JID, with the same id.",
        _refused_elsewhere,
        _about_error(_with_addresses_and_id),
        component=True,
    ),
    _case(
        "8.3.1/same-kind",
        "An error about a message is a message.",
        "Clients do not take it for an error about what the user has written.",
        f"{_SENDS}.",
        "A message of type error.",
        _PLAIN,
        _about_error(_of_its_kind),
        Level.SHOULD,
    ),
    _case(
        "8.3.2/type-and-condition",
        "An error says of what type it is, and has a defined condition in the namespace of stanza errors.",
        "Clients can tell the user nothing but that something has failed.",
        f"{_SENDS}.",
        "An <error/> with one of the five types and a condition.",
        _PLAIN,
        _about_error(_with_type_and_condition),
    ),
    _case(
        "8.3.1/not-answered",
        "Errors are not answered with errors.",
        "Two servers send each other errors about errors for ever.",
        "The account sends a message, presence and an iq of type error to an account that does not exist, and to "
        "something that is no address.",
        "Silence.",
        _errors,
        keeps(
            "None of the six was answered.",
            *(partial(unanswered, mark=f"{name}-{place}") for name in _KINDS for place in ("nobody", "malformed")),
        ),
    ),
)
