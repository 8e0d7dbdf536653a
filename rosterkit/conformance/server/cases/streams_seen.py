"""What judges see of the streams themselves: headers, features, errors, ends, and the steps of a login.

Where a part of the play is asked for, it is that after a mark and before the next one.

Tests: ``tests/conformance/test_server_streams.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from lxml.etree import _Element

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.wire.encode import STREAM_END
from rosterkit.wire.names import BIND, CLIENT, SASL, STREAM, STREAM_ERRORS
from rosterkit.wire.patterns import parse_entry

__all__ = [
    "body_of",
    "bound_jid",
    "closing",
    "condition_of",
    "error",
    "features",
    "goes_on",
    "headers",
    "is_features",
    "is_sasl",
    "last_words",
    "mechanisms",
    "sasl",
    "step_of",
]

_FEATURES, _ERROR = f"{{{STREAM}}}features", f"{{{STREAM}}}error"
_SASL = tuple(f"{{{SASL}}}{name}" for name in ("challenge", "success", "failure"))
_MECHANISM = f"{{{SASL}}}mechanisms/{{{SASL}}}mechanism"
_JID = f"{{{BIND}}}bind/{{{BIND}}}jid"
_HEADER = re.compile(rb"<stream:stream[^<]*>")


# What an entry is


def is_features(seen: Seen) -> bool:
    """Stream features."""
    return seen.name == _FEATURES


def is_sasl(seen: Seen) -> bool:
    """A step of the server's in a login."""
    return seen.name in _SASL


def step_of(seen: Seen) -> str:
    """What a step of a login is, in a word: ``challenge``, ``success``, or the condition of a failure."""
    name = seen.name.rpartition("}")[2]
    return condition_of(seen, SASL) if name == "failure" else name


def condition_of(seen: Seen, namespace: str = STREAM_ERRORS) -> str:
    """The defined condition in an error or a failure; ``undefined-condition`` where there is none."""
    children = (str(child.tag).rpartition("}") for child in (seen.element if seen.element is not None else ()))
    names = (name for space, _, name in children if space[1:] == namespace and name != "text")
    return next(names, "undefined-condition")


def mechanisms(offer: Seen) -> list[str]:
    """The mechanisms that stream features offer."""
    found = offer.element.findall(_MECHANISM) if offer.element is not None else []
    return [(mechanism.text or "").strip() for mechanism in found]


def bound_jid(answer: Seen | None) -> str:
    """The full JID in the result of a bind; empty where there is none."""
    element = answer.element if answer is not None and answer.type == "result" else None
    return (element.findtext(_JID) or "").strip() if element is not None else ""


def body_of(seen: Seen) -> str | None:
    """The text of a message."""
    return seen.element.findtext(f"{{{CLIENT}}}body") if seen.element is not None else None


# What came on a line


def _came(evidence: Evidence, line: str, mark: str | None, match: Callable[[Seen], bool]) -> list[Seen]:
    part: Iterator[Seen] | Sequence[Seen] = evidence.seen if mark is None else evidence.part(mark)
    return [seen for seen in part if seen.session == line and seen.direction == "in" and match(seen)]


def headers(evidence: Evidence, line: str, mark: str | None = None) -> list[tuple[_Element, Seen]]:
    """The server's stream headers, as elements without content, and the entries that they are."""
    seen = _came(evidence, line, mark, lambda one: _HEADER.fullmatch(one.entry.data) is not None)
    read = ((parse_entry(one.entry.data[:-1] + b"/>"), one) for one in seen)
    return [(element, one) for element, one in read if element is not None]


def features(evidence: Evidence, line: str, mark: str | None = None) -> list[Seen]:
    """The offers of stream features."""
    return _came(evidence, line, mark, is_features)


def sasl(evidence: Evidence, line: str, mark: str | None = None) -> list[Seen]:
    """The server's steps in logins."""
    return _came(evidence, line, mark, is_sasl)


def error(evidence: Evidence, line: str, mark: str | None = None) -> Seen | None:
    """The stream error."""
    return next(iter(_came(evidence, line, mark, lambda one: one.name == _ERROR)), None)


def closing(evidence: Evidence, line: str, mark: str | None = None) -> Seen | None:
    """The end of the server's stream, said as such."""
    return next(iter(_came(evidence, line, mark, lambda one: one.entry.data == STREAM_END)), None)


def goes_on(evidence: Evidence, line: str) -> bool:
    """Whether the server has not ended a line, in any way."""
    return all(seen.session != line for seen in evidence.steps("over"))


def last_words(evidence: Evidence, line: str) -> str:
    """How a line has ended, in a sentence; that it has not where it has not."""
    notes = (str(seen.step["over"]) for seen in evidence.steps("over") if seen.session == line)
    return next(notes, "The server has not ended the stream.")
