"""Names of elements and attributes that only some parsers take.

The fifth edition of XML 1.0 allows nearly any character in a name, emoji too.  The editions before it, which expat
and with it many clients know, allow what was a letter in Unicode 2.0: a stanza with a new name, passed on, would end
the stream of every such client.

Tests: ``tests/wire/test_xml_names.py``.
"""

from __future__ import annotations

import re
from xml.parsers import expat

__all__ = ["are_new"]

# What could be a name with a character beyond ASCII: behind "<", or before "=".  In a text it may look like one too.
# A word is looked at from its first byte on only, so that each byte is looked at once.
_WORD = rb"[^ \t\r\n<>/='\"%b]*+"
_SUSPECT = re.compile(
    rb"</?+" + _WORD % rb"\x80-\xff" + rb"[\x80-\xff]"
    rb"|(?<![^ \t\r\n<>/='\"])" + _WORD % rb"\x80-\xff" + rb"[\x80-\xff]" + _WORD % b"" + rb"[ \t\r\n]*+="
)


def are_new(document: bytes) -> bool:
    """Whether a well-formed ``document`` has names that only the fifth edition of XML 1.0 allows."""
    if not _SUSPECT.search(document):
        return False
    parser = expat.ParserCreate("utf-8")
    try:
        parser.Parse(document, True)
    except expat.ExpatError:
        return True
    return False
