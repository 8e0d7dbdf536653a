"""A whole document in bytes to its root, or to the stream error that it is worth.

Stricter than the parser: namespaces that are wrong or too long, and names that only some parsers take.

Tests: ``tests/wire/test_reader.py``.
"""

from __future__ import annotations

import re

from lxml import etree

from rosterkit.errors import STREAM_NOT_WELL_FORMED, STREAM_POLICY_VIOLATION, STREAM_RESTRICTED_XML, StreamError
from rosterkit.wire import xml_names
from rosterkit.wire.parsing import parse

__all__ = ["read"]

#: The most bytes of a namespace.  Whoever is sent a stanza may get its namespaces written out on every element.
MAX_NAMESPACE = 256
_TOO_LONG_NAMESPACE = STREAM_POLICY_VIOLATION.saying(f"A namespace may have {MAX_NAMESPACE} bytes; one has more.")
_NEW_NAME = STREAM_POLICY_VIOLATION.saying(
    "A name has characters that only the fifth edition of XML allows, which most clients cannot read."
)
# Too long a namespace, or something in a text that looks like one.
# No two beginnings go through the same bytes: a text may be made of nothing else.
_LONG_NAMESPACE = re.compile(
    rb"xmlns(?::[^:=<>'\" \t\r\n]*+)?[ \t\r\n]*+=[ \t\r\n]*+(?:'[^']{%d}|\"[^\"]{%d})" % ((MAX_NAMESPACE + 1,) * 2)
)
_UNDECLARED_ENTITY = {26, 27}  # XML_ERR_UNDECLARED_ENTITY, XML_WAR_UNDECLARED_ENTITY
_TOO_MUCH = {110, 114}  # XML_ERR_NAME_TOO_LONG, XML_ERR_RESOURCE_LIMIT
_POSITION = re.compile(r",? line \d+, column \d+.*", re.DOTALL)


def read(data: bytes, passed_on: bool) -> etree._Element | StreamError:
    """The root.  Where it will be ``passed_on``, names that only the fifth edition of XML allows are refused."""
    try:
        root, noted = parse(data)
    except etree.XMLSyntaxError as error:
        return _stream_error(error.msg, getattr(error, "code", 0))
    if len(noted):  # lxml only notes what is wrong with namespaces, and forgets that over a warning
        for entry in noted:
            if entry.level >= etree.ErrorLevels.ERROR:
                return _stream_error(entry.message, entry.type)
    if len(data) > MAX_NAMESPACE and _LONG_NAMESPACE.search(data) and _has_long_namespace(root):
        return _TOO_LONG_NAMESPACE
    if passed_on and not data.isascii() and xml_names.are_new(data):
        return _NEW_NAME
    return root


def _has_long_namespace(root: etree._Element) -> bool:
    uris = {uri for element in root.iter() for uri in element.nsmap.values()}
    return any(len(uri.encode()) > MAX_NAMESPACE for uri in uris)


def _stream_error(message: str | None, code: int) -> StreamError:
    said = _POSITION.sub("", message or "").strip() or "unknown reason"
    if code in _UNDECLARED_ENTITY:
        return STREAM_RESTRICTED_XML.saying(f"XMPP knows five entities only; write the character itself ({said}).")
    if code in _TOO_MUCH:
        return STREAM_POLICY_VIOLATION.saying(f"The parser's limits are exceeded ({said}).")
    return STREAM_NOT_WELL_FORMED.saying(f"The XML is not well-formed ({said}).")
