"""Names that only some parsers take."""

from __future__ import annotations

import time
from xml.parsers import expat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from streams import HEADER, cut

from rosterkit.errors import StreamError
from rosterkit.wire.reader import Reader
from rosterkit.wire.xml_names import are_new

OLD = ["näme", "имя", "名前", "a", "a-é", "_ü1"]
NEW = ["\U0001f600", "a\U0001f600", "\u2070x", "a\u200d", "\ua9cf", "e\u0487"]
PLACES = ["<{}/>", "<a {}='1'/>", "<a b='1' {} = \"2\"/>", "<{0}>text</{0}>", "<a><b/><{}/></a>", "<a>ä = ü<{}/></a>"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("size", [1, 100_000])
def test_new_names_are_refused_and_old_ones_are_not(place: str, size: int) -> None:
    """In elements and attributes, anywhere in a stanza; with policy-violation, for the XML is well-formed."""
    for name in OLD + NEW:
        reader = Reader(passed_on=True)
        data = HEADER + place.format(name).encode()
        found = [event for piece in cut(data, size) for event in reader.feed(piece)]
        assert len(found) == 2
        assert isinstance(found[-1], StreamError) is (name in NEW), name
        if isinstance(found[-1], StreamError):
            assert found[-1].condition == "policy-violation"


@pytest.mark.parametrize("text", ["\U0001f600", "a \U0001f600=1", "ä='1'", "x \U0001f600 = '2'", "\u2070x="])
def test_texts_and_values_may_hold_anything(text: str) -> None:
    """What looks like a name where none is."""
    root = etree.Element("a", b=text)
    root.text = text
    assert not are_new(etree.tostring(root, encoding="utf-8"))


def read_by_expat(data: bytes) -> bool:
    """Whether it can be."""
    try:
        expat.ParserCreate("utf-8").Parse(data, True)
    except expat.ExpatError:
        return False
    return True


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=4)


@settings(max_examples=500)
@given(st.sampled_from(PLACES), NAMES | st.sampled_from(OLD + NEW), NAMES)
def test_what_is_taken_every_parser_takes(place: str, name: str, text: str) -> None:
    """Of what lxml takes, that is new which expat does not read, and nothing else."""
    data = place.format(name).replace("text", text).encode()
    try:
        etree.fromstring(data)
    except etree.XMLSyntaxError:
        return
    assert are_new(data) is not read_by_expat(data)


def test_who_passes_nothing_on_reads_everything() -> None:
    """A client is not harmed by what its server lets through."""
    for name in OLD + NEW:
        assert not isinstance(Reader().feed(HEADER + f"<{name}/>".encode())[-1], StreamError)


@pytest.mark.parametrize("text", ["ä" * 100_000, "ä " * 100_000, "<ä/>" * 50_000, "ä=" * 100_000, "ä \t" * 60_000])
def test_it_costs_what_the_length_costs(text: str) -> None:
    """Ten times as much takes no more than some ten times as long."""

    def seconds(data: bytes) -> float:
        begin = time.process_time()
        for _ in range(3):
            are_new(data)
        return time.process_time() - begin

    short, long = f"<a>{text[: len(text) // 10]}</a>".encode(), f"<a>{text}</a>".encode()
    seconds(short)
    assert seconds(long) < 40 * max(seconds(short), 0.001)
