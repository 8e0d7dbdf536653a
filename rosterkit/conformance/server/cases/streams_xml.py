"""XML that a stream may not hold, which ends it (RFC 6120 §11.1, §11.3, §11.5, §11.6).

Tests: ``tests/conformance/test_server_streams_xml.py``.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import BYTES, TRANSPORTS, ServerCase, broken
from rosterkit.conformance.server.cases.streams_judging import delivered, not_opened, refused, returned
from rosterkit.conformance.server.cases.streams_steps import greeted, header, raw
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Enter, MayEnd, Script, online, told
from rosterkit.conformance.verdicts import Finding, Level
from rosterkit.core import markup

__all__ = ["CASES"]

#: What a server may say to XML that is restricted; bad-format may stand for any of them (§4.9.3.1).
_RESTRICTED = ("restricted-xml", "not-well-formed", "bad-format")
_BROKEN = ("not-well-formed", "invalid-xml", "bad-format")
_PREFIX = (*_BROKEN, "bad-namespace-prefix")
_ENCODING = ("unsupported-encoding", *_BROKEN)
#: Half of a surrogate pair, which Say writes as three bytes that are no UTF-8.
_NO_UTF_8 = "\ud8ff"
_DOCTYPE = "<?xml version='1.0'?><!DOCTYPE stream [<!ENTITY door 'a way in'>]>"
_LATIN = "<?xml version='1.0' encoding='ISO-8859-1'?>"


# Scripts


def _said(content: str, people: People) -> Script:
    """A message to another resource whose content is wrong."""
    look = yield from online("look", people.me, roster=False)
    yield Enter("me", people.me)
    yield MayEnd("me")
    yield from told(
        "me", f"<message{markup.attributes(type='chat', to=look.jid, id='wrong')}>{content}</message>", "wrong"
    )


def _begun(declaration: str, people: People) -> Script:
    """A stream whose header has something wrong before it."""
    yield from raw("raw", people.me)
    yield from greeted("raw", header(people.domain, declaration=declaration), "wrong")


# Judges


def _ended(allowed: Collection[str], words: str, evidence: Evidence) -> Finding:
    return first(
        (delivered(evidence, "look", "wrong"), refused(evidence, "me", "wrong", allowed)),
        f"The stream has ended over {words}, and nothing was delivered.",
    )


def _not_begun(level: Level, allowed: Collection[str], words: str, evidence: Evidence) -> Finding:
    return first(
        (not_opened(evidence, "raw", "wrong", level), refused(evidence, "raw", "wrong", allowed, level)),
        f"The stream has ended over {words} before it had begun.",
    )


def _undeclared(evidence: Evidence) -> Finding:
    """The stream may go on here, where the stanza is refused (§11.3)."""
    refusals = returned(evidence, "me", "wrong")
    return first(
        (
            _wrong_refusal(refusals[0]) if refusals else refused(evidence, "me", "wrong", _PREFIX),
            delivered(evidence, "look", "wrong", Level.SHOULD),
        ),
        "A prefix that nobody has declared is refused.",
        *refusals,
    )


def _wrong_refusal(refusal: Seen) -> Finding | None:
    if refusal.condition == "not-acceptable":
        return None
    return broken(Level.SHOULD, f"It is refused with {refusal.condition}, not with not-acceptable.", refusal)


# The cases


def _case(
    id_: str,
    what: str,
    consequence: str,
    content: str,
    allowed: tuple[str, ...],
    transports: frozenset[str] = TRANSPORTS,
) -> ServerCase:
    """A case about a message that holds ``content``; ``what`` is what that is, and stands in sentences."""
    return ServerCase(
        f"rfc6120/{id_}",
        Level.MUST,
        f"{what[0].upper()}{what[1:]} ends the stream, and the stanza that holds it is not delivered.",
        consequence,
        f"A client sends another resource a message that holds {what}.",
        f"The stream error {allowed[0]}, and no message.",
        partial(_said, content),
        partial(_ended, allowed, what),
        transports=transports,
    )


CASES: tuple[ServerCase, ...] = (
    _case(
        "11.1/comment",
        "a comment",
        "Something hidden in a stanza comes through a server that was to look at everything.",
        "<!-- psst --><body>Hello</body>",
        _RESTRICTED,
    ),
    _case(
        "11.1/instruction",
        "a processing instruction",
        "A program behind the server is told to do something by whoever writes to its user.",
        "<?run this?><body>Hello</body>",
        _RESTRICTED,
    ),
    _case(
        "11.1/entity",
        "an entity that nobody has declared",
        "What the sender has written and what the receiver reads are not the same.",
        "<body>Hello &door;</body>",
        _RESTRICTED,
    ),
    ServerCase(
        "rfc6120/11.1/doctype",
        Level.MUST,
        "A document type before the stream's root ends the stream.",
        "One client with a few lines of entities uses up all the memory of the server.",
        "A client begins its stream with a document type that declares an entity.",
        "The stream error restricted-xml, and no stream features.",
        partial(_begun, _DOCTYPE),
        partial(_not_begun, Level.MUST, _RESTRICTED, "a document type"),
        transports=BYTES,
    ),
    _case(
        "11.3/not-well-formed",
        "an end tag that closes nothing",
        "A stanza is smuggled past the server in another one, or everybody who gets it loses the connection.",
        "<body>Hello</bdoy>",
        _BROKEN,
    ),
    ServerCase(
        "rfc6120/11.3/undeclared-prefix",
        Level.MUST,
        "A prefix that is declared nowhere is refused with the stanza that it stands in, or ends the stream.",
        "Somebody else's client gets what it cannot read, and loses its own connection over it.",
        "A client sends another resource a message with an element whose prefix is declared nowhere.",
        "The stream error not-well-formed or the error not-acceptable, and no message.",
        partial(_said, "<body>Hello</body><nobody:knows/>"),
        _undeclared,
    ),
    _case(
        "11.6/no-utf-8",
        "a sequence of bytes that is no UTF-8",
        "Everybody who gets such a stanza loses the connection.",
        f"<body>Hello {_NO_UTF_8}</body>",
        _ENCODING,
        BYTES,
    ),
    ServerCase(
        "rfc6120/11.6/other-encoding",
        Level.SHOULD,
        "A stream that declares another encoding than UTF-8 ends with an error.",
        "Where the declaration is believed names come out wrong, and where it is not the client never learns why.",
        "A client begins its stream with a declaration of ISO-8859-1.",
        "The stream error unsupported-encoding, and no stream features.",
        partial(_begun, _LATIN),
        partial(_not_begun, Level.SHOULD, _ENCODING, "a declaration of another encoding"),
        transports=BYTES,
    ),
)
