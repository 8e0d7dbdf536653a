"""The XML parser that all streams of a thread share, and what it noted about a document.

A parser of lxml keeps nothing between documents that the next one would see, and takes kilobytes: one is enough.

libxml2 keeps every name of an element, an attribute and a prefix that it has read, once for all parsers of a thread
and for as long as the thread lives.  So somebody who sends new names all the time would make memory grow without
bound.  From time to time the names are let go: with a new parser a new dictionary begins, and the old one is freed
with the last element that was read with it.

Tests: ``tests/wire/test_parsing.py``.
"""

from __future__ import annotations

import ctypes
import threading
from typing import Any

from lxml import etree

__all__ = ["FORGET_AFTER", "parse"]

#: So many bytes of documents are read before the names in them are let go; names take about twice their bytes.
FORGET_AFTER = 16 * 1024 * 1024
#: Where lxml keeps the dictionary of a thread, in a Python dictionary that belongs to the thread's state.
_CONTEXT = "_ParserDictionaryContext"

_thread_state = ctypes.pythonapi.PyThreadState_GetDict
_thread_state.restype = ctypes.c_void_p  # a borrowed reference, which py_object would give back once too often
_thread_state.argtypes = []


class _Thread(threading.local):
    """The parser of one thread, and how much it has read."""

    def __init__(self) -> None:
        self.parser = _new_parser()
        self.read = 0


def parse(data: bytes) -> tuple[etree._Element, Any]:
    """The root of a document in UTF-8, and the log of what libxml2 noted though it could go on.

    Entities are not resolved, and nothing is fetched.  Raises :class:`lxml.etree.XMLSyntaxError`.
    """
    thread = _thread
    thread.read += len(data)
    if thread.read > FORGET_AFTER:
        _forget_names()
        thread.parser, thread.read = _new_parser(), 0
    parser = thread.parser
    return etree.fromstring(data, parser), parser.error_log


def _forget_names() -> None:
    """Let this thread begin a new dictionary with its next new parser; without lxml's own memory of it a no-op."""
    address = _thread_state()
    if address:
        ctypes.cast(address, ctypes.py_object).value.pop(_CONTEXT, None)


def _new_parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, encoding="utf-8", collect_ids=False)


_thread = _Thread()
