"""Headers that are refused: of another domain, of other namespaces, without what they need (RFC 6120 §4.7 to §4.9).

Tests: ``tests/conformance/test_server_streams.py``.
"""

from __future__ import annotations

from functools import partial

from lxml.etree import _Element

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import BYTES, ServerCase, broken, kept
from rosterkit.conformance.server.cases.streams_judging import not_opened, of_header, refused, what_came
from rosterkit.conformance.server.cases.streams_steps import END, ended, greeted, header, raw
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script
from rosterkit.conformance.verdicts import Finding, Level
from rosterkit.wire.names import CLIENT, STREAM

__all__ = ["CASES"]

_NAMESPACE = ("invalid-namespace", "bad-format")


# Scripts


def _open_elsewhere(people: People) -> Script:
    yield from raw("raw", people.me)
    yield from greeted("raw", header(f"{people.token('unknown')}.invalid"), "open")


def _open_and_end(people: People, to: bool = True, version: str | None = "1.0") -> Script:
    """Something is missing in the header; the stream ends at once, since nobody must answer it."""
    yield from raw("raw", people.me)
    yield from ended("raw", header(people.domain if to else None, version=version) + END, "open")


def _open_in(people: People, stream: str = STREAM, namespace: str = CLIENT) -> Script:
    yield from raw("raw", people.me)
    yield from greeted("raw", header(people.domain, stream=stream, namespace=namespace), "open")


# Judges


def _unknown(evidence: Evidence) -> Finding:
    return first(
        (
            not_opened(evidence, "raw", "open", Level.MUST),
            refused(evidence, "raw", "open", ("host-unknown", "host-gone")),
        ),
        "The stream for a domain that is not served has ended with host-unknown.",
    )


def _name_when_unknown(evidence: Evidence, element: _Element, seen: Seen) -> Finding:
    name, asked = element.get("from"), evidence.said("open")
    if name is None:
        return broken(Level.SHOULD, "The header before the error has no from; it may be empty, and not absent.", seen)
    if name and asked is not None and f" to='{name.lower()}'".encode() in asked.entry.data:
        return broken(Level.SHOULD, f"The header before the error is from {name}, which the server is not.", seen)
    return kept(f"The header before the error is from {name or 'nobody'}.", seen)


def _wrong_space(level: Level, evidence: Evidence) -> Finding:
    return first(
        (not_opened(evidence, "raw", "open", level), refused(evidence, "raw", "open", _NAMESPACE, level)),
        "The stream of another namespace has ended with an error that says so.",
    )


def _in_some_way(evidence: Evidence) -> Finding:
    return what_came(evidence, "raw", "open")


# The cases


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6120/4.9.3.6/unknown-host",
        Level.MUST,
        "A stream for a domain that the server does not serve ends with an error.",
        "Somebody who has mistyped an address is asked for a password by a server that does not know it.",
        "A client opens a stream to a domain that does not exist.",
        "The stream error host-unknown, and no stream features.",
        _open_elsewhere,
        _unknown,
    ),
    ServerCase(
        "rfc6120/4.9.1.2/header-before-error",
        Level.MUST,
        "An error before the server's header comes behind that header all the same.",
        "A client sees broken XML where it should read what is wrong.",
        "A client opens a stream to a domain that does not exist.",
        "A header, and the error behind it.",
        _open_elsewhere,
        of_header(lambda _evidence, _element, seen: kept("The header came before the error.", seen)),
    ),
    ServerCase(
        "rfc6120/4.9.1.3/from-of-unknown-host",
        Level.SHOULD,
        "A server that is asked for a domain that is not its own says its own name in the header, or an empty one.",
        "A client is told by the domain itself that the domain is not known.",
        "A client opens a stream to a domain that does not exist.",
        "A header whose from is there and is not that domain.",
        _open_elsewhere,
        of_header(_name_when_unknown),
    ),
    ServerCase(
        "rfc6120/4.7.2/no-to",
        Level.MAY,
        "A stream header that does not say to which domain it goes is answered in some way.",
        "A simple client waits for an answer that does not come.",
        "A client opens a stream without a to, and ends it.",
        "An error, or the offers of the server's own domain; the report says which.",
        partial(_open_and_end, to=False),
        _in_some_way,
    ),
    ServerCase(
        "rfc6120/4.7.5/no-version",
        Level.MAY,
        "A stream header without a version, as it was before XMPP, is answered in some way.",
        "An old client waits for an answer that does not come.",
        "A client opens a stream without a version, and ends it.",
        "An error, a header without offers, or the offers; the report says which.",
        partial(_open_and_end, version=None),
        _in_some_way,
    ),
    ServerCase(
        "rfc6120/4.8.1/other-root",
        Level.MUST,
        "A stream whose root is not in the namespace of streams ends with an error.",
        "Programs of another protocol at this port wait for something that never comes.",
        "A client opens a stream with a root in another namespace.",
        "The stream error invalid-namespace.",
        partial(_open_in, stream="urn:example:no-streams"),
        partial(_wrong_space, Level.MUST),
        transports=BYTES,
    ),
    ServerCase(
        "rfc6120/4.9.3.10/other-content",
        Level.SHOULD,
        "A stream for stanzas of a namespace that the server does not take ends with an error.",
        "Stanzas are sent into a stream on which they mean nothing.",
        "A client opens a stream whose stanzas would be in another namespace.",
        "The stream error invalid-namespace.",
        partial(_open_in, namespace="urn:example:no-client"),
        partial(_wrong_space, Level.SHOULD),
        transports=BYTES,
    ),
)
