"""How a stream begins: the server's header and what it offers behind it (RFC 6120 §4.3, §4.7, §4.8).

Tests: ``tests/conformance/test_server_streams.py``.
"""

from __future__ import annotations

import re
from functools import partial

from lxml.etree import _Element

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import BYTES, ServerCase, broken, kept
from rosterkit.conformance.server.cases.streams_judging import of_header
from rosterkit.conformance.server.cases.streams_seen import features, headers, last_words, mechanisms, sasl, step_of
from rosterkit.conformance.server.cases.streams_steps import greeted, header, raw
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Enter, Remember, Script, Stuck
from rosterkit.conformance.verdicts import Finding, Level, inconclusive
from rosterkit.wire.entering import Phase
from rosterkit.wire.names import CLIENT, STREAM, XML

__all__ = ["CASES"]

_VERSION_1 = re.compile(r"0*1\.[0-9]+", re.ASCII)
_NEWER = "1.99"


# Scripts


def _open(people: People, sender: bool = False, version: str = "1.0") -> Script:
    yield from raw("raw", people.me)
    yield from greeted("raw", header(people.domain, sender=people.me if sender else None, version=version), "open")


def _log_in_twice(people: People) -> Script:
    yield Enter("me", people.me, Phase.AUTHENTICATED)
    yield Enter("me-2", people.me, Phase.AUTHENTICATED)


def _log_in(people: People) -> Script:
    try:
        yield Enter("me", people.me, Phase.AUTHENTICATED)
    except Stuck as stuck:  # it is for the judge to say what was missing
        yield Remember({"refused": str(stuck)})


# Judges of the header


def _names_itself(evidence: Evidence, element: _Element, seen: Seen) -> Finding:
    name, domain = element.get("from"), evidence.people.domain
    if not name:
        return broken(Level.MUST, "The server's header has no from.", seen)
    if name.lower() != domain:
        return kept(f"The server's header is from {name}, which may be another name of {domain}.", seen)
    return kept(f"The server's header is from {domain}.", seen)


def _names_client(evidence: Evidence, element: _Element, seen: Seen) -> Finding:
    name, me = element.get("to"), evidence.people.me
    if name is None:
        return broken(Level.MUST, f"The client's header is from {me}, and the server's is to nobody.", seen)
    if name.lower() != me:
        return broken(Level.MUST, f"The client's header is from {me}, and the server's is to {name}.", seen)
    return kept(f"The server's header is to {me}.", seen)


def _names_language(_evidence: Evidence, element: _Element, seen: Seen) -> Finding:
    lang = element.get(f"{{{XML}}}lang")
    if not lang:
        return broken(Level.MUST, "The server's header has no xml:lang.", seen)
    return kept(f"The language of the server's stream is {lang}.", seen)


def _names_version(_evidence: Evidence, element: _Element, seen: Seen) -> Finding:
    version = element.get("version")
    if version is None or not _VERSION_1.fullmatch(version):
        return broken(Level.MUST, f"The version in the server's header is {version}, and should be 1.0.", seen)
    return kept(f"The version in the server's header is {version}.", seen)


def _names_older_version(evidence: Evidence, element: _Element, seen: Seen) -> Finding:
    version = element.get("version")
    if not features(evidence, "raw", "open"):
        return broken(Level.MUST, f"A client of version {_NEWER} is offered nothing. {last_words(evidence, 'raw')}")
    if version == _NEWER:
        return broken(Level.SHOULD, f"The server says that it speaks {_NEWER}, which does not exist.", seen)
    return kept(f"A client of version {_NEWER} is answered with {version}.", seen)


def _names_spaces(_evidence: Evidence, element: _Element, seen: Seen) -> Finding:
    if element.tag != f"{{{STREAM}}}stream":
        return broken(Level.MUST, f"The root of the server's stream is {element.tag}.", seen)
    default = element.nsmap.get(None)
    if default != CLIENT:
        return broken(Level.MUST, f"Stanzas of the client are in {CLIENT}, those of the server in {default}.", seen)
    return kept("Both streams have the same namespaces.", seen)


def _other_ids(evidence: Evidence) -> Finding:
    found = [one for line in ("me", "me-2") for one in headers(evidence, line)]
    ids = [element.get("id") for element, _ in found]
    for number, (id_, (_, seen)) in enumerate(zip(ids, found, strict=True)):
        if not id_:
            return broken(Level.MUST, "A header of the server has no id.", seen)
        if id_ in ids[:number]:
            return broken(Level.MUST, f"Two streams have the id {id_}.", found[ids.index(id_)][1], seen)
    return kept(f"{len(ids)} streams on two connections have an id each.", *(seen for _, seen in found))


# Judges of what comes behind it


def _offers(evidence: Evidence, _element: _Element, seen: Seen) -> Finding:
    offers = features(evidence, "raw", "open")
    if not offers:
        return broken(Level.MUST, f"No stream features came behind the header. {last_words(evidence, 'raw')}", seen)
    return kept("Stream features came behind the header.", seen, offers[0])


def _offers_again(evidence: Evidence) -> Finding:
    """On the stream behind a login; without one nobody knows."""
    won = next((seen for seen in sasl(evidence, "me") if step_of(seen) == "success"), None)
    if won is None:
        return inconclusive(
            next((str(one.step["refused"]) for one in evidence.steps("refused")), "Nobody logged in.")
        )
    again = [seen for seen in features(evidence, "me") if seen.number > won.number]
    if not again:
        return broken(Level.MUST, "No stream features came on the new stream behind the login.", won)
    return kept("Stream features came again behind the login.", *again[:1])


def _no_second_login(evidence: Evidence) -> Finding:
    offers = features(evidence, "me")
    if len(offers) < 2:
        return inconclusive(
            next((str(one.step["refused"]) for one in evidence.steps("refused")), "Nobody logged in.")
        )
    if mechanisms(offers[-1]):
        return broken(Level.SHOULD, "Whoever has logged in is offered to log in again.", offers[-1])
    return kept("Behind the login there is no other on offer.", offers[-1])


# The cases


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6120/4.7.1/header-from",
        Level.MUST,
        "A server's stream header says which server it is from.",
        "A client cannot tell that it has come to another server than it wanted.",
        "A client opens a stream.",
        "A header with a from.",
        _open,
        of_header(_names_itself),
    ),
    ServerCase(
        "rfc6120/4.7.2/header-to",
        Level.MUST,
        "Where a client's header says who it is from, the server's header is to that account.",
        "A program that holds several streams cannot tell whose answer came.",
        "A client opens a stream from its bare JID.",
        "A header to that bare JID.",
        partial(_open, sender=True),
        of_header(_names_client),
    ),
    ServerCase(
        "rfc6120/4.7.3/other-ids",
        Level.MUST,
        "Each stream has an id that no other has, on the same connection too.",
        "What proves something on one stream proves it on another: a login can be played back.",
        "Two clients log in one after the other.",
        "An id in each of the server's headers, all of them different.",
        _log_in_twice,
        _other_ids,
    ),
    ServerCase(
        "rfc6120/4.7.4/header-lang",
        Level.MUST,
        "A server's stream header says in which language its texts are.",
        "A person gets sentences of which no program knows the language.",
        "A client opens a stream.",
        "A header with an xml:lang.",
        _open,
        of_header(_names_language),
    ),
    ServerCase(
        "rfc6120/4.7.5/header-version",
        Level.MUST,
        "A server's stream header says that it speaks XMPP 1.0.",
        "A client takes the server for one of the time before XMPP and does not log in.",
        "A client opens a stream.",
        "A header with the version 1.0.",
        _open,
        of_header(_names_version),
    ),
    ServerCase(
        "rfc6120/4.7.5/newer-client",
        Level.MUST,
        "A client that speaks a newer version is served in the server's own.",
        "On the day of a newer version every client of it is locked out.",
        f"A client opens a stream with the version {_NEWER}.",
        "A header with the version 1.0, and stream features.",
        partial(_open, version=_NEWER),
        of_header(_names_older_version),
    ),
    ServerCase(
        "rfc6120/4.8.2/header-namespaces",
        Level.MUST,
        "A server's stream has the namespaces of the client's stream.",
        "A client that reads namespaces understands nothing that the server says.",
        "A client opens a stream.",
        "A header in the namespace of streams, for stanzas of clients.",
        _open,
        of_header(_names_spaces),
        transports=BYTES,
    ),
    ServerCase(
        "rfc6120/4.3.2/offers",
        Level.MUST,
        "Behind its header a server sends stream features.",
        "A client waits for ever for what it may do.",
        "A client opens a stream.",
        "Stream features behind the header.",
        _open,
        of_header(_offers),
    ),
    ServerCase(
        "rfc6120/4.3.4/offers-again",
        Level.MUST,
        "On the new stream behind a login a server sends stream features again.",
        "A client logs in and never gets any further.",
        "A client logs in.",
        "Stream features on the stream behind the login.",
        _log_in,
        _offers_again,
    ),
    ServerCase(
        "rfc6120/6.4.6/no-second-login",
        Level.SHOULD,
        "Whoever has logged in is not offered to log in again.",
        "A client that takes what is offered logs in for ever.",
        "A client logs in.",
        "Stream features without mechanisms.",
        _log_in,
        _no_second_login,
    ),
)
