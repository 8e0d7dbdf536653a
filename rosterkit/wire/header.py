"""The header of a stream: what it says, and the namespaces in which each stanza behind it is read.

All streams of a client begin with the same bytes, and most clients of one kind do: what they say is remembered.

Tests: ``tests/wire/test_header.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from lxml import etree

from rosterkit.core.markup import attribute
from rosterkit.errors import STREAM_POLICY_VIOLATION, StreamError
from rosterkit.wire import document

__all__ = ["Opened", "read"]

#: The most namespaces that a stream header may declare.
MAX_DECLARATIONS = 16
_TOO_MANY_DECLARATIONS = STREAM_POLICY_VIOLATION.saying(
    f"A stream header may declare {MAX_DECLARATIONS} namespaces; declare the others where they are used."
)
#: The most bytes of a header that is remembered, and the most headers.
_LONGEST_REMEMBERED, _MOST_REMEMBERED = 512, 64
_NAME = re.compile(rb"<([^ \t\r\n/>]+)")
_VERSION_1 = re.compile(r"0*[1-9][0-9]*\.[0-9]+", re.ASCII)


class Opened(NamedTuple):
    """The stream header.

    ``tag`` is the root's ``{namespace}name``; ``attributes`` are named as they are there, ``{namespace}name`` where
    they have a namespace.
    """

    tag: str
    default_namespace: str
    attributes: Mapping[str, str]

    @property
    def is_xmpp_1(self) -> bool:
        """Whether its version is 1.0 or later (RFC 6120 §4.7.5)."""
        return _VERSION_1.fullmatch(self.attributes.get("version", "")) is not None


def read(data: bytes, passed_on: bool) -> tuple[Opened, bytes] | StreamError:
    """What the root's start tag in ``data`` says, and a start tag that declares the same namespaces and nothing else.

    ``passed_on`` is as in :func:`rosterkit.wire.document.read`.
    """
    return (_remembered if len(data) <= _LONGEST_REMEMBERED else _read)(data, passed_on)


def _read(data: bytes, passed_on: bool) -> tuple[Opened, bytes] | StreamError:
    end = b"" if data.endswith(b"/>") else b"</%b>" % _NAME.findall(data)[0]
    root = document.read(data + end, passed_on)
    if isinstance(root, StreamError):
        return root
    if len(root.nsmap) > MAX_DECLARATIONS:  # each stanza is read with them
        return _TOO_MANY_DECLARATIONS
    attributes = MappingProxyType(dict(map(_strings, root.items())))
    return Opened(str(root.tag), root.nsmap.get(None, ""), attributes), _with_namespaces(root)


_remembered = lru_cache(maxsize=_MOST_REMEMBERED)(_read)


def _with_namespaces(root: etree._Element) -> bytes:
    declared = (
        f" {'xmlns:' + prefix if prefix else 'xmlns'}='{attribute(uri)}'" for prefix, uri in root.nsmap.items()
    )
    return f"<s{''.join(declared)}>".encode()


def _strings(item: tuple[str | bytes, str | bytes]) -> tuple[str, str]:
    name, value = item
    return str(name), str(value)
