"""Text that a client may have made, spelled out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from rosterkit.conformance.report.visible import cut, marked, shown_bytes

#: Half characters among the others.
ANY_TEXT = st.text(st.one_of(st.characters(), st.sampled_from("<>&'\"\u202e\u2066\x00\x1b\x85\ufeff\ud800\n\t")))


@given(ANY_TEXT)
def test_marked_text_is_only_text_and_our_marks(text: str):
    """Nothing in it is markup but the names of what is not printable; the rest is as it was."""
    element = lxml_html.fragment_fromstring(f"<div>{marked(text)}</div>")
    for mark in element:
        assert mark.tag == "b"
        assert mark.text.startswith("U+")
    marked(text).encode()
    rest = "".join(one for one in text if one.isprintable())
    assert "".join([element.text or "", *(mark.tail or "" for mark in element)]) == rest


def test_what_is_not_printable_is_named():
    """Such as a direction of writing; line ends stay where they are wanted."""
    assert marked("a\u202eb") == 'a<b class="char">U+202E</b>b'
    assert marked("a\nb\tc", "\n\t") == "a\nb\tc"


def test_markup_is_text():
    """Nothing that a client says becomes an element or an attribute."""
    assert marked("<b a='\"'>&") == "&lt;b a=&#39;&#34;&#39;&gt;&amp;"


def test_long_text_is_cut_and_says_so():
    """What is left out is counted."""
    assert cut("a" * 10, 10) == "a" * 10
    assert cut("a" * 1_000_010, 10) == "aaaaaaaaaa… (1,000,000 more characters)"


@pytest.mark.parametrize(
    ("data", "shown"), [(b"\xc3\xa9", "é"), (b"a\xffb", "a\\xffb"), (b"\xed\xa0\x80", "\\xed\\xa0\\x80")]
)
def test_bytes_that_are_no_utf_8_are_seen(data: bytes, shown: str):
    """Such a byte is spelled, and the rest is text."""
    assert shown_bytes(data) == shown
