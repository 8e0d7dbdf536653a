"""Text that somebody else may have made, spelled out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rosterkit.core.visible import plain

#: Half characters among the others.
ANY_TEXT = st.text(st.one_of(st.characters(), st.sampled_from("<>&'\"\u202e\u2066\x00\x1b\x85\ufeff\ud800\n\t")))


@given(ANY_TEXT)
def test_plain_text_acts_upon_nothing(text: str):
    """Every character of it is printable, can be written as UTF-8 and stand in XML."""
    shown = plain(text)
    assert shown.isprintable()
    shown.encode()
    etree.Element("a").text = shown


def test_what_is_not_printable_is_spelled():
    """A direction of writing, an order to a terminal; line ends stay where they are wanted."""
    assert plain("a\u202eb\x1b") == "a\\u202eb\\x1b"
    assert plain("a\nb", "\n") == "a\nb"
