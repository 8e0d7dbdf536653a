"""The second opinion: expat's trees are those of lxml, its errors are kept, and answers are read strictly."""

from __future__ import annotations

import pytest
from hypothesis import given
from lxml import etree
from streams import TREES, written

from bench.fuzz.answers import Answers
from bench.fuzz.case import WrongError
from bench.fuzz.xml_check import Document, tree_of

HEADER = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
SUCCESS = b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"


@given(TREES)
def test_both_parsers_give_one_tree(tree: object) -> None:
    """Names, attributes, texts and tails of any element."""
    data = written(tree).encode()  # type: ignore[arg-type]
    document = Document()
    document.feed(b"<r>" + data + b"</r>", final=True)
    assert document.error is None
    assert document.take() == [tree_of(etree.fromstring(data))]
    assert document.take() == []


@pytest.mark.parametrize(
    "data",
    [b"<r><a></r>", b"<r><a b=c/></r>", b"<r><p:a/></r>", b"<r>&e;</r>", b"<r>\xff</r>", b"<r a='1' a='2'/>",
     b"<r/>x", b"<?xml version='1.0' encoding='utf-9'?><r/>", b"<?xml version='1.0' encoding='big5'?><r/>"],
)  # fmt: skip
def test_what_is_wrong_is_kept_and_never_raised(data: bytes) -> None:
    """Not well-formed, or of an encoding that is not taken."""
    document = Document()
    document.feed(data, final=True)
    assert document.error is not None
    document.feed(b"<r/>")


def test_answers_begin_anew_after_a_login() -> None:
    """A header behind the success is one; anywhere else it is wrong."""
    answers = Answers()
    found = answers.read(HEADER + SUCCESS + HEADER + b"<iq/></stream:stream>")
    assert [tree[0] for tree in found] == ["{urn:ietf:params:xml:ns:xmpp-sasl}success", "{jabber:client}iq"]
    assert answers.closed
    with pytest.raises(WrongError, match="well-formed"):
        Answers().read(HEADER + HEADER)


def test_nothing_may_follow_the_end() -> None:
    """A byte more is wrong; no bytes are not."""
    answers = Answers()
    answers.read(HEADER + b"</stream:stream>")
    answers.read(b"")
    with pytest.raises(WrongError, match="after the end"):
        answers.read(b" ")


@pytest.mark.parametrize("name", ["a\U0001f600", "a\x01"])
def test_what_expat_cannot_read_is_wrong(name: str) -> None:
    """Names of the fifth edition of XML too: expat has stayed with the fourth, and so have many clients."""
    with pytest.raises(WrongError, match="well-formed"):
        Answers().read(HEADER + f"<{name}/>".encode())
