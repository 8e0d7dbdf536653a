"""Bytes of a stream, however they come: in pieces, in one packet, between spaces, or half (RFC 6120 §4.1, §11.7).

Tests: ``tests/conformance/test_server_streams_xml.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.evidence import is_answer
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import BYTES, ServerCase, broken, kept
from rosterkit.conformance.server.cases.streams_judging import delivered
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Await, Enter, Fence, Leave, Say, Script, online, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_IDS = ("one", "two", "three")
_HALF = "This was never said to its end."


# Scripts


def _in_pieces(people: People) -> Script:
    """One byte after another, then a fence."""
    yield Enter("me", people.me)
    for number, byte in enumerate(stanzas.ping("one", people.domain)):
        yield Say("me", byte, "event" if not number else "")
    yield Fence()


def _by_itself(people: People) -> Script:
    """Two pieces, and nothing behind the last byte."""
    ping = stanzas.ping("one", people.domain)
    yield Enter("me", people.me)
    yield Say("me", ping[:-2], "event")
    yield Say("me", ping[-2:])
    yield Await("me", is_answer("one"))


def _in_one_packet(people: People, between: str = "") -> Script:
    yield Enter("me", people.me)
    packet = between.join(stanzas.ping(id_, people.domain) for id_ in _IDS)
    yield from told("me", f"{between}{packet}{between}", "event")


def _cut_off(people: People) -> Script:
    """The end of the resource's presence is the sign that the server knows of the end."""
    look = yield from online("look", people.me, roster=False)
    me = yield from online("me", people.me, roster=False)
    yield Say("me", stanzas.message(look.jid, _HALF, id_="event").removesuffix("</body></message>"), "event")
    yield Leave("me", "cut")
    yield Await("look", lambda seen: (seen.name, seen.type, seen.sender) == ("presence", "unavailable", me.jid))
    yield Fence()


# Judges


def _answered(evidence: Evidence, ids: tuple[str, ...], how: str) -> Finding:
    """The answers to requests with these ids, on the line and after the mark of every script here."""
    answers = evidence.came("me", "event", lambda seen: seen.id in ids and is_answer(seen.id)(seen))
    missing = [id_ for id_ in ids if id_ not in [seen.id for seen in answers]]
    if missing:
        return broken(Level.MUST, f"{len(missing)} of {len(ids)} requests {how} got no answer.", *answers)
    if [seen.id for seen in answers] != list(ids):
        return broken(Level.SHOULD, f"The requests {how} were answered in another order, or twice.", *answers)
    return kept(f"Every request {how} was answered.", *answers)


def _never_said(evidence: Evidence) -> Finding:
    return delivered(evidence, "look", "event") or kept("Half a message was not delivered.")


# The cases


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6120/4.1/in-pieces",
        Level.MUST,
        "A stanza is the same in however many packets it comes.",
        "Over a slow network a client gets no answer, or loses its connection.",
        "A client sends a request byte by byte.",
        "The answer.",
        _in_pieces,
        partial(_answered, ids=_IDS[:1], how="that came byte by byte"),
        transports=BYTES,
    ),
    ServerCase(
        "rfc6120/4.1/last-byte",
        Level.MUST,
        "A stanza is handled when its last byte is there, and not when the next one begins.",
        "Everything comes one step too late, and the last thing never.",
        "A client sends a request in two packets, and nothing behind it.",
        "The answer.",
        _by_itself,
        partial(_answered, ids=_IDS[:1], how="with nothing behind it"),
        transports=BYTES,
    ),
    ServerCase(
        "rfc6120/4.1/in-one-packet",
        Level.MUST,
        "Several stanzas that come in one packet are handled one after the other.",
        "A client that sends everything at once at its login is half deaf afterwards.",
        "A client sends three requests in one packet.",
        "Three answers, in that order.",
        _in_one_packet,
        partial(_answered, ids=_IDS, how="in one packet"),
        transports=BYTES,
    ),
    ServerCase(
        "rfc6120/4.1/cut-off",
        Level.MUST,
        "Half a stanza does nothing when the connection breaks off in it.",
        "Somebody gets half a message, or half a command is obeyed.",
        "A client sends half a message, and its connection breaks off.",
        "No message.",
        _cut_off,
        _never_said,
        transports=BYTES,
    ),
    ServerCase(
        "rfc6120/11.7/space-between",
        Level.MUST,
        "White space between stanzas means nothing, and does no harm.",
        "A client that shows that it is still there loses its connection for it.",
        "A client sends three requests with white space before, between and behind them.",
        "Three answers, in that order.",
        partial(_in_one_packet, between=" \n\t\r\n "),
        partial(_answered, ids=_IDS, how="with white space around them"),
        transports=BYTES,
    ),
)
