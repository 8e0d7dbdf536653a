"""What one entity sends to another comes in the order in which it was sent (RFC 6120 §10.1).

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, kept
from rosterkit.conformance.server.cases.delivery_judging import body_of
from rosterkit.conformance.server.cases.delivery_steps import UNKNOWN, phone
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Fence, Say, Script, online
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_COUNT = 20


# Scripts


def _said_at_once(xml: Callable[[int], str]) -> Script:
    """So many stanzas, one behind the other without waiting; the first is marked."""
    for number in range(_COUNT):
        yield Say("me", xml(number), "" if number else "event")
    yield Fence()


def _to_local(people: People) -> Script:
    yield from online("me", people.me, roster=False)
    yield from online("contact", people.contact, roster=False)
    yield from _said_at_once(partial(_message, people.contact))


def _to_remote(people: People) -> Script:
    yield from online("me", people.me, roster=False)
    yield from _said_at_once(partial(_message, phone(people)))


def _of_all_kinds(people: People) -> Script:
    yield from online("me", people.me, roster=False)
    yield from _said_at_once(partial(_any, phone(people)))


def _message(to: str, number: int) -> str:
    return stanzas.message(to, f"line {number}", id_=f"order-{number}")


def _any(to: str, number: int) -> str:
    """A message, a request or presence by turns; each has its number in its id."""
    id_ = f"order-{number}"
    if number % 3 == 0:
        return stanzas.message(to, f"line {number}", id_=id_)
    if number % 3 == 1:
        return stanzas.iq("get", id_, UNKNOWN, to=to)
    return stanzas.presence(to=to, id_=id_, children=f"<status>line {number}</status>")


# Judge


def _in_order(line: str, evidence: Evidence) -> Finding:
    came = [(seen, number) for seen in evidence.came(line, "event") if (number := _number(seen)) is not None]
    numbers = [number for _, number in came]
    if numbers == list(range(_COUNT)):
        return kept(f"All {_COUNT} came in their order.")
    missing = next((number for number in range(_COUNT) if number not in numbers), None)
    if missing is not None:
        return broken(Level.MUST, f"Of {_COUNT} stanzas number {missing + 1} did not come.")
    twice = next((number for place, number in enumerate(numbers) if number in numbers[:place]), None)
    if twice is not None:
        return broken(Level.MUST, f"Of {_COUNT} stanzas number {twice + 1} came twice.")
    wrong = next(place for place, number in enumerate(numbers) if number != place)
    words = f"Number {numbers[wrong] + 1} of {_COUNT} came where number {wrong + 1} should have."
    return broken(Level.MUST, words, came[wrong][0])


def _number(seen: Seen) -> int | None:
    """Which of the stanzas it is: by the text, or by the id of a request; None where it is something else."""
    if seen.element is None or seen.type in ("result", "error"):
        return None
    text = seen.id or "" if seen.name == "iq" else body_of(seen) or seen.element.findtext("{*}status") or ""
    for prefix in ("order-", "line "):
        if text.startswith(prefix) and text[len(prefix) :].isdecimal():
            return int(text[len(prefix) :])
    return None


# Cases

CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6120/10.1/to-local",
        Level.MUST,
        "Messages from one account of the server to another come in the order in which they were sent.",
        "Users read the answer before the question.",
        f"The account sends another account of the server {_COUNT} messages without waiting.",
        f"All {_COUNT}, in their order.",
        _to_local,
        partial(_in_order, "contact"),
        accounts=2,
    ),
    ServerCase(
        "rfc6120/10.1/to-remote",
        Level.MUST,
        "Messages from an account to a contact of another server leave in the order in which they were sent.",
        "Users read the answer before the question.",
        f"The account sends a contact of another server {_COUNT} messages without waiting.",
        f"All {_COUNT}, in their order.",
        _to_remote,
        partial(_in_order, COMPONENT),
        component=True,
    ),
    ServerCase(
        "rfc6120/10.1/all-kinds",
        Level.MUST,
        "Messages, requests and presence from one to the other keep their order among each other.",
        "Whoever enters a room and speaks is heard before being there.",
        f"The account sends the full JID of a contact of another server messages, requests and presence by turns, "
        f"{_COUNT} stanzas without waiting.",
        f"All {_COUNT}, in their order.",
        _of_all_kinds,
        partial(_in_order, COMPONENT),
        component=True,
    ),
)
