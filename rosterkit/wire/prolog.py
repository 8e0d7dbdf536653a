"""What may stand before a stream's root: a mark of the encoding and an XML declaration (RFC 6120 §11.5, §11.6).

Tests: ``tests/wire/test_prolog.py``.
"""

from __future__ import annotations

import re

from rosterkit.errors import (
    STREAM_NOT_WELL_FORMED,
    STREAM_POLICY_VIOLATION,
    STREAM_UNSUPPORTED_ENCODING,
    StreamError,
)

__all__ = ["LIMIT", "length"]

#: The most bytes that all this may take.
LIMIT = 1_000

_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_FIRST = re.compile(rb"<\?xml[ \t\r\n]")
_WHOLE = re.compile(
    rb"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(['\"])1\.[0-9]+\1"
    rb"(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(['\"])(?P<encoding>[A-Za-z][A-Za-z0-9._-]*)\2)?"
    rb"(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(['\"])(?:yes|no)\4)?[ \t\r\n]*\?>"
)
_WRONG = STREAM_NOT_WELL_FORMED.saying("The XML declaration is wrong; send <?xml version='1.0'?> or none.")


def length(data: bytes) -> int | StreamError | None:
    """How many of the first bytes belong to it, often none; what is wrong with it; None where more must arrive."""
    if data.startswith(_UTF_16):
        return STREAM_UNSUPPORTED_ENCODING.saying("XMPP is UTF-8 only; this is UTF-16.")
    if len(data) < len(_BOM) and any(mark.startswith(data) for mark in (_BOM, *_UTF_16)):
        return None
    begin = len(_BOM) if data.startswith(_BOM) else 0
    first = data[begin : begin + 6]
    if len(first) < 6 and b"<?xml".startswith(first[:5]):
        return None
    return _declaration(data, begin) if _FIRST.match(first) else begin


def _declaration(data: bytes, begin: int) -> int | StreamError | None:
    end = data.find(b">", begin, LIMIT) + 1
    if not end:
        too_long = STREAM_POLICY_VIOLATION.saying(f"An XML declaration may have {LIMIT} bytes.")
        return too_long if len(data) > LIMIT else None
    match = _WHOLE.fullmatch(data, begin, end)
    if not match:
        return _WRONG
    encoding = (match["encoding"] or b"UTF-8").decode()
    if encoding.upper() != "UTF-8":
        return STREAM_UNSUPPORTED_ENCODING.saying(f"XMPP is UTF-8 only, not {encoding[:40]}.")
    return end
