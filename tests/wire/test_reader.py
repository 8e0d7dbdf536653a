"""The reader: the right events for every stream, however it arrives, and the right error for every wrong one."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from streams import CLIENT, END, HEADER, TREES, cut, events, header, tree, written

from rosterkit.errors import StreamError
from rosterkit.limits import UNLIMITED
from rosterkit.wire import document
from rosterkit.wire.framing import Frame, Kind
from rosterkit.wire.reader import Closed, Opened, Reader

XML = "{http://www.w3.org/XML/1998/namespace}"
IQ = b"<iq type='get' id='1'><query xmlns='jabber:iq:roster' ver=''/></iq>"
OPENED = Opened("{http://etherx.jabber.org/streams}stream", CLIENT, {"to": "example.net", "version": "1.0"})


def error(data: bytes, before: int = 0) -> StreamError:
    """The error that ends ``data``, after so many events; the same one byte by byte, and nothing comes after it."""
    reader = Reader()
    found = reader.feed(data)
    assert len(found) == before + 1, found
    last = found[-1]
    assert isinstance(last, StreamError), last
    assert reader.feed(b"<a/>") == []
    assert reader.feed(data) == []
    assert events(cut(data, 1 if len(data) < 50_000 else 4_099))[-1] == last
    return last


# What goes right


def test_a_stream_is_a_header_children_and_an_end() -> None:
    """Events come in order, elements with their namespaces."""
    opened, iq, presence, closed = Reader().feed(HEADER + IQ + b"<presence/>" + END)
    assert opened == OPENED
    assert tree(iq) == (
        f"{{{CLIENT}}}iq",
        {"type": "get", "id": "1"},
        "",
        [(("{jabber:iq:roster}query", {"ver": ""}, "", []), "")],
    )
    assert tree(presence) == (f"{{{CLIENT}}}presence", {}, "", [])
    assert closed == Closed()


def test_a_header_is_given_as_it_was_written() -> None:
    """The default namespace is empty where none was declared; attributes of a namespace have it in their name."""
    (opened,) = Reader().feed(b"<x:y xmlns:x='urn:x' x:a='1' b='&lt;&#10;' xml:lang='de'>")
    assert opened == Opened("{urn:x}y", "", {"{urn:x}a": "1", "b": "<\n", f"{XML}lang": "de"})
    (opened,) = Reader().feed(b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\n<stream xmlns='urn:d'>")
    assert opened == Opened("{urn:d}stream", "urn:d", {})


def test_the_stream_prefixes_mean_the_same_in_its_children() -> None:
    """A prefix declared on the root, a quote in its namespace and all, is known in every stanza."""
    data = header(more=" xmlns:q='urn:q&apos;&amp;'") + b"<q:a q:b=''/><stream:error/>"
    assert [found[0] for found in events([data])[1:]] == ["{urn:q'&}a", "{http://etherx.jabber.org/streams}error"]
    assert events([data])[1][1] == {"{urn:q'&}b": ""}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_cuts_make_no_difference(size: int) -> None:
    """One byte at a time or all at once, after a byte order mark and with white space anywhere."""
    data = (
        b"\xef\xbb\xbf"
        + HEADER
        + b" \r\n"
        + IQ
        + b"\t<message><body>\xe2\x82\xac\xf0\x9f\x98\x80</body></message>"
        + END
    )
    assert events(cut(data, size)) == events([data])
    assert len(events([data])) == 4


def test_an_event_comes_on_its_last_byte() -> None:
    """Nothing waits for what follows (a client often sends nothing until it is answered)."""
    for begin, last in ((b"", HEADER), (HEADER, IQ), (HEADER, b"<presence/>"), (HEADER + IQ, END)):
        reader = Reader()
        reader.feed(begin)
        assert reader.feed(last[:-1]) == []
        assert len(reader.feed(last[-1:])) == 1


def test_several_stanzas_at_once_come_in_order() -> None:
    """White space between them is dropped, text inside them is not."""
    reader = Reader()
    reader.feed(HEADER)
    found = reader.feed(b"\n<a> 1 </a>\n<b/> \t<c>2<d/>3</c>\r\n")
    assert [tree(child)[2:] for child in found] == [
        (" 1 ", []),
        ("", []),
        ("2", [((f"{{{CLIENT}}}d", {}, "", []), "3")]),
    ]
    assert all(child.tail is None or not child.tail.strip() for child in found)


def test_character_data_and_references_are_text() -> None:
    """CDATA sections, the five entities and character references are only ways to write text."""
    data = HEADER + b"<a b='&quot;&#xA;'><![CDATA[<b>]]>&amp;&lt;&gt;&apos;&quot;&#13;<![CDATA[]]></a>"
    assert events([data])[1] == events(cut(data, 1))[1]
    assert events([data])[1] == (f"{{{CLIENT}}}a", {"b": '"\n'}, "<b>&<>'\"\r", [])


def test_white_space_between_stanzas_costs_nothing() -> None:
    """A keep-alive gives no event, never reaches a limit, and may stand on both sides of a stanza."""
    reader = Reader(10_000)
    reader.feed(HEADER)
    for _ in range(50):
        assert reader.feed(b" \r\n\t" * 500) == []
        assert len(reader.feed(b" " * 9_000 + IQ + b" " * 9_000)) == 1


def test_memory_stays_flat() -> None:
    """After 100 MB of stanzas, white space and namespaces that are no URIs, nothing of them is kept."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("there is no /proc here to ask how much memory is in use")
    reader = Reader()
    reader.feed(HEADER)
    large = b"<message id='%d'><x xmlns='vcard-temp'/><body>" + b"x" * 200_000 + b"</body></message>" + b"\n" * 50_000
    small = b"<presence><x xmlns='vcard-temp:x:update'/></presence>" * 20

    def megabytes(rounds: int) -> float:
        for number in range(rounds):
            for data in (large % number, small):
                assert all(isinstance(event, etree._Element) for event in reader.feed(data))
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6

    before = megabytes(20)
    assert megabytes(400) - before < 10


def test_stepwise_stops_behind_each_event() -> None:
    """What was not looked at stands in ``rest``, without white space in front, and may be fed again."""
    reader = Reader(stepwise=True)
    data, found = HEADER + b" <a/>\n<b>" + b"</b> " + END + b"\r\n", []
    while data:
        event = reader.feed(data)
        assert len(event) == 1
        found += event
        data = reader.rest
    assert [type(event) for event in found] == [Opened, etree._Element, etree._Element, Closed]
    assert reader.rest == b""


def test_stepwise_keeps_what_is_not_complete() -> None:
    """The beginning of an element is looked at: it is not in ``rest``."""
    reader = Reader(stepwise=True)
    assert reader.feed(HEADER + b"<a/><b") == [OPENED]
    assert reader.rest == b"<a/><b"
    assert len(reader.feed(reader.rest)) == 1
    assert reader.rest == b"<b"
    assert reader.feed(reader.rest) == []
    assert reader.rest == b""
    (found,) = reader.feed(b"/>")
    assert tree(found) == (f"{{{CLIENT}}}b", {}, "", [])


def test_stepwise_can_end() -> None:
    """Once it is false, everything that comes is read."""
    reader = Reader(stepwise=True)
    reader.feed(HEADER)
    assert len(reader.feed(IQ + IQ + IQ)) == 1
    reader.stepwise = False
    assert len(reader.feed(reader.rest)) == 2


# What goes wrong


def test_framing_and_parsing_must_agree() -> None:
    """A frame that turns out to be more than one element is refused: no stanza can hide behind another."""
    reader = Reader()
    reader.feed(HEADER)
    for data in (b"<a/><b/>", b"<a/>b", b"a<b/>"):
        found = reader._event(Frame(Kind.STANZA, data))
        assert isinstance(found, StreamError)
        assert found.condition == "not-well-formed"


BEFORE_A_STREAM = {
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03": "not-well-formed",  # a TLS ClientHello
    b"GET / HTTP/1.1\r\n\r\n": "not-well-formed",
    b"x" + HEADER: "not-well-formed",
    b" " + HEADER: "not-well-formed",  # its declaration is not at the start
    b"<>": "not-well-formed",
    b"<stream:stream>": "not-well-formed",
    b"<a xmlns:x='urn:x' y:b=''>": "not-well-formed",
    b"<a b='1' b='2'>": "not-well-formed",
    b"<a b=1>": "not-well-formed",
    b"<a b='\x01'>": "not-well-formed",
    b"<a b='\xff'>": "not-well-formed",
    b"<a b='&foo;'>": "restricted-xml",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>": "restricted-xml",
    b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a>": "restricted-xml",
    b"<!-- a --><a>": "restricted-xml",
    b"<?a b?><a>": "restricted-xml",
    b"<?xml version='1.0' encoding='ISO-8859-1'?><a>": "unsupported-encoding",
    HEADER.decode().encode("utf-16"): "unsupported-encoding",
    b"<a b='" + b"x" * 10_000 + b"'>": "policy-violation",
    b"<a" + b"".join(b" a%d=''" % number for number in range(1_000)) + b">": "policy-violation",
}

IN_A_STREAM = {
    b"<!-- a -->": "restricted-xml",
    b"<a><!-- b --></a>": "restricted-xml",
    b"<?a b?>": "restricted-xml",
    b"<a><?b c?></a>": "restricted-xml",
    b"<!DOCTYPE a>": "restricted-xml",
    b"<a><!DOCTYPE a></a>": "restricted-xml",
    b"<a>&foo;</a>": "restricted-xml",
    b"<a b='&foo;'/>": "restricted-xml",
    b"<a>&nbsp;</a>": "restricted-xml",
    b"text": "bad-format",
    b"&amp;": "bad-format",
    b"<![CDATA[ ]]>": "bad-format",
    b"\xef\xbb\xbf<a/>": "bad-format",
    b"<?xml version='1.0'?>": "not-well-formed",
    HEADER: "not-well-formed",
    b"<x:a/>": "not-well-formed",
    b"<a x:b=''/>": "not-well-formed",
    b"<a:b:c xmlns:a='urn:a'/>": "not-well-formed",
    b"<:a/>": "not-well-formed",
    b"<a xmlns:x=''/>": "not-well-formed",
    b"<a xmlns:xml='urn:x'/>": "not-well-formed",
    b"<a xmlns:x='u' xmlns:y='u' x:b='' y:b=''/>": "not-well-formed",
    b"<a b='' b=''/>": "not-well-formed",
    b"<a b/>": "not-well-formed",
    b"<a b='1'c='2'/>": "not-well-formed",
    b"<a b='<'/>": "not-well-formed",
    b"<a></b>": "not-well-formed",
    b"<a><b></a></b>": "not-well-formed",
    b"</a>": "not-well-formed",
    b"<a>& </a>": "not-well-formed",
    b"<a>]]></a>": "not-well-formed",
    b"<a>\x00</a>": "not-well-formed",
    b"<a>\x0b</a>": "not-well-formed",
    b"<a>&#0;</a>": "not-well-formed",
    b"<a>&#xD800;</a>": "not-well-formed",
    b"<a>&#xFFFE;</a>": "not-well-formed",
    b"<a>\xe9</a>": "not-well-formed",
    b"<a>\xc0\xbc</a>": "not-well-formed",  # an overlong "<"
    b"<a>\xed\xa0\x80</a>": "not-well-formed",  # a surrogate
    b"<a>\xf4\x90\x80\x80</a>": "not-well-formed",  # beyond Unicode
    b"<a>\xef\xbf\xbf</a>": "not-well-formed",
    b"<\xff/>": "not-well-formed",
    b"<a>" * 10_000: "policy-violation",
    b"<a>" * 101 + b"</a>" * 101: "policy-violation",
    b"<a" + b"".join(b" a%d=''" % number for number in range(1_000)) + b"/>": "policy-violation",
    b"<" + b"a" * 60_000 + b"/>": "policy-violation",
    b"<a>" + b"x" * 262_144: "policy-violation",
}


@pytest.mark.parametrize("data", BEFORE_A_STREAM)
def test_what_cannot_begin_a_stream_is_refused(data: bytes) -> None:
    """No header is given out, the error has the right condition, and a sentence says what was wrong."""
    found = error(data)
    assert found.condition == BEFORE_A_STREAM[data]
    assert found.text


@pytest.mark.parametrize("data", IN_A_STREAM)
@pytest.mark.parametrize("begin", [HEADER, HEADER + IQ])
def test_what_cannot_stand_in_a_stream_is_refused(begin: bytes, data: bytes) -> None:
    """What came before is still given; the wrong part itself is not, nor anything behind it."""
    before = len(events([begin]))
    found = error(begin + data, before)
    assert found.condition == IN_A_STREAM[data]
    assert found.text
    if len(data) < 1_000:
        assert error(begin + data + IQ, before) == found


@pytest.mark.parametrize("data", IN_A_STREAM)
def test_a_chunk_of_its_own_is_refused_alike(data: bytes) -> None:
    """The way for whole stanzas and the way for pieces come to the same error."""
    reader = Reader()
    reader.feed(HEADER)
    before, last = reader.feed(b"<before/>" + data)
    assert tree(before)[0] == f"{{{CLIENT}}}before"
    assert last == error(HEADER + b"<before/>" + data, 2)


@pytest.mark.parametrize("data", [b"<a/>", b"x", b"<!-- -->", END, b"\x00"])
def test_nothing_may_follow_the_end(data: bytes) -> None:
    """A second root, or anything else but white space, is not well-formed."""
    assert error(HEADER + END + b" \n" + data, 2).condition == "not-well-formed"


def test_billions_of_laughs_are_refused_before_the_first() -> None:
    """The document type is refused as soon as its name has come: no entity in it is ever read."""
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    data = f"<?xml version='1.0'?><!DOCTYPE l [<!ENTITY l0 'ha'>{laughs}]><stream a='&l9;'>&l9;".encode()
    assert error(data).condition == "restricted-xml"
    assert error(data[: data.index(b" l [")]).condition == "restricted-xml"


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("levels", [2, 5, 200])
def test_the_depth_can_be_chosen(levels: int, size: int) -> None:
    """So many levels are taken and one more is not, in one chunk or many; the sentence says how many there may be."""
    for more in (0, 1):
        reader = Reader(limits=replace(UNLIMITED, depth=levels))
        stanza = b"<a>" * (levels + more) + b"</a>" * (levels + more)
        found = [event for piece in cut(HEADER + b"<iq/>", size) for event in reader.feed(piece)]
        found += [event for piece in cut(stanza, size) for event in reader.feed(piece)]
        assert len(found) == 3
        if more:
            assert isinstance(found[-1], StreamError)
            assert (found[-1].condition, str(levels) in found[-1].text) == ("policy-violation", True)
        else:
            assert not isinstance(found[-1], StreamError)


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("inside", ["<b/>", "<b></b>", "<b c='/'>&lt;</b>", "<b/>x", "<![CDATA[x]]>"])
def test_the_number_of_elements_can_be_chosen(inside: str, size: int) -> None:
    """So many are taken in each stanza and one more is not, in one chunk or many, beside others or alone."""
    few = f"<a>{inside * 9}</a>".encode()
    for data, before in ((few * 3, 4), (few + few.replace(b"<a>", b"<a><b/>") + few, 2)):
        reader = Reader(limits=replace(UNLIMITED, elements=10))
        found = [event for piece in cut(HEADER + data, size) for event in reader.feed(piece)]
        assert [isinstance(event, StreamError) for event in found] == [False] * before + [True] * (before == 2)
        if isinstance(found[-1], StreamError):
            assert (found[-1].condition, "10 elements" in found[-1].text) == ("policy-violation", True)


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("most", [1, 10, 300])
def test_the_number_of_attributes_can_be_chosen(most: int, size: int) -> None:
    """So many are taken and one more is not, in one chunk or many; the sentence says how many there may be."""
    for more in (0, 1):
        reader = Reader(limits=replace(UNLIMITED, attributes=most + 4))
        stanza = b"<a" + b"".join(b" a%d=''" % number for number in range(most + 4 + more)) + b"/>"
        found = [event for piece in cut(HEADER, size) for event in reader.feed(piece)]
        found += [event for piece in cut(stanza, size) for event in reader.feed(piece)]
        assert len(found) == 2
        assert isinstance(found[-1], StreamError) is bool(more)
        if isinstance(found[-1], StreamError):
            assert (found[-1].condition, str(most + 4) in found[-1].text) == ("policy-violation", True)


def test_a_limit_is_at_least_what_the_rfc_asks_for() -> None:
    """No limit makes the reader refuse a stanza of 10,000 bytes (RFC 6120 §13.12)."""
    stanza = b"<a>" + b"x" * 9_993 + b"</a>"
    assert events([HEADER, stanza], limit=100)[1][2] == "x" * 9_993
    assert events([HEADER, stanza.replace(b"x", b"xx", 1)], limit=100)[-1].condition == "policy-violation"


@pytest.mark.parametrize("size", [1, 999, 50_000])
def test_the_limit_is_exact(size: int) -> None:
    """A stanza of just that many bytes passes, behind others too; one byte more does not."""
    begin, stanza = HEADER + IQ * 3, b"<a>" + b"x" * 19_993 + b"</a>"
    assert len(events(cut(begin + stanza + IQ, size), limit=20_000)) == 6
    *_, last = events(cut(begin + stanza.replace(b"x", b"xx", 1) + IQ, size), limit=20_000)
    assert last.condition == "policy-violation"


PIECES = st.sampled_from(
    [
        *(data for data in IN_A_STREAM if len(data) < 100),
        *(
            IQ,
            b"<presence/>",
            b"<a>",
            b"</a>",
            b"<b c='>'>",
            b"</b>",
            b"<b",
            b"/>",
            b"'",
            b'"',
            b"<",
            b">",
            b"&lt;",
            b"x",
        ),
        *(
            b" ",
            b"\n",
            b"<![CDATA[",
            b"]]>",
            END,
            b"</s>",
            b"<s>",
            b"\xe2\x82\xac",
            b"\xe2\x82",
            b"<a xmlns='urn:a'>",
        ),
    ]
) | st.binary(max_size=3)
STREAMS = st.builds(
    bytes.__add__, st.sampled_from([HEADER, HEADER, HEADER, b"", b"<a/>"]), st.lists(PIECES).map(b"".join)
)


@given(STREAMS, st.lists(st.integers(0, 300), max_size=6))
def test_any_bytes_give_the_same_events_however_cut(data: bytes, places: list[int]) -> None:
    """Right or wrong, whole, in pieces, or byte by byte: no exception, and the same events; the error is the last."""
    whole = events([data])
    bounds = sorted({0, len(data), *(place for place in places if place < len(data))})
    assert events(data[begin:end] for begin, end in pairwise(bounds)) == whole
    assert events(cut(data, 1)) == whole
    assert not any(isinstance(event, StreamError) for event in whole[:-1])


@given(STREAMS, st.integers(1, 50))
def test_steps_give_the_same_events(data: bytes, size: int) -> None:
    """Stopping behind each event changes none of them."""
    reader = Reader(stepwise=True)
    found: list[Any] = []
    for piece in cut(data, size):
        while step := reader.feed(piece):
            assert len(step) == 1
            found += [tree(event) if isinstance(event, etree._Element) else event for event in step]
            piece = reader.rest
    assert found == events([data])


@settings(max_examples=50)
@given(st.lists(TREES, max_size=3))
def test_every_tree_is_read_as_it_was_written(values: list[Any]) -> None:
    """Whatever XML can say in elements, attributes and text, a stream can carry, in one piece or many."""
    data = "".join(map(written, values)).encode()
    assert events([HEADER, data])[1:] == values
    assert events(cut(HEADER + data, 10))[1:] == values


@pytest.mark.parametrize("data", [data for data in IN_A_STREAM if IN_A_STREAM[data] == "not-well-formed"])
@pytest.mark.parametrize("mask", [b"<x xmlns='vcard-temp'/>", b"<x xmlns='not a uri'/>"])
def test_a_later_warning_hides_no_error(data: bytes, mask: bytes) -> None:
    """What is wrong with namespaces is seen also where the parser has something lesser to say after it."""
    assert error(HEADER + b"<m>" + data + mask + b"</m>", 1).condition == "not-well-formed"


def test_a_long_namespace_is_too_much() -> None:
    """It would be written out on every element for whoever gets the stanza; in a text it is text."""
    longest = b"urn:" + b"x" * 252
    for place in (b"<a xmlns='%b'/>", b'<a xmlns:b = "%b"/>', b"<a><b xmlns:b='%b'/></a>"):
        assert len(events([HEADER, place % longest])) == 2
        assert error(HEADER + place % (longest + b"x"), 1).condition == "policy-violation"
    assert error(HEADER.replace(b" to=", b" xmlns:b='%b' to=" % (longest + b"x"))).condition == "policy-violation"
    text = b"<a>he wrote xmlns='" + b"x" * 300 + b"'</a>"
    assert events([HEADER, text])[1][2].startswith("he wrote")


def test_a_header_declares_few_namespaces() -> None:
    """Each stanza is read with them."""
    many = b"".join(b" xmlns:n%d='urn:%d'" % (number, number) for number in range(20))
    assert error(HEADER.replace(b" to=", many + b" to=")).condition == "policy-violation"


@pytest.mark.parametrize("patient", [False, True])
@pytest.mark.parametrize("size", [1_000, 17_000, 65_536, 10_000_000])
def test_long_packets_of_many_stanzas_are_read_alike(size: int, patient: bool) -> None:
    """However many stanzas a packet holds, and wherever it is cut, the same stanzas come in the same order."""
    roster = b"<iq><query>" + b"<item jid='a@x'><group>g</group></item>" * 2_000 + b"</query></iq>"
    deep = b"<iq>" + b"<a>" * 99 + b"</a>" * 99 + b"</iq>"
    short = b"<presence/><message><body>x</body></message><iq><iq/></iq> "
    data = short * 700 + roster + short * 300 + deep + short + roster + short
    reader = Reader(limit=1_000_000, patient=patient)
    reader.feed(HEADER)
    found = [event for at in range(0, len(data), size) for event in reader.feed(data[at : at + size])]
    assert [etree.QName(event).localname for event in found].count("iq") == 1_002 + 3
    assert len(found) == 3 * 1_002 + 3
    assert not any(isinstance(event, StreamError) for event in found)


@pytest.mark.parametrize("patient", [False, True])
def test_what_is_wrong_in_a_long_packet_is_found(patient: bool) -> None:
    """As in a packet of its own, and what came before is given."""
    before = b"<iq><a/></iq>" * 300
    for wrong, condition in (
        (b"<iq>" + b"<a>" * 100 + b"</a>" * 100 + b"</iq>", "policy-violation"),
        (b"<iq><a>" + b"x" * 20_000 + b"</a></iq>", "policy-violation"),
        (b"<iq" + b"".join(b" a%d=''" % number for number in range(200)) + b"></iq>", "policy-violation"),
        (b"text<iq></iq>", "bad-format"),
        (b"<iq><!-- --></iq>", "restricted-xml"),
        (b"<iq></message>", "not-well-formed"),
    ):
        reader = Reader(limit=10_000, patient=patient)
        reader.feed(HEADER)
        found = reader.feed(before + wrong + before)
        assert len(found) == 301
        assert isinstance(found[-1], StreamError)
        assert found[-1].condition == condition


def test_an_end_that_is_none_is_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stanza full of what looks like the end of one, in many packets, is not parsed anew with each of them."""
    parsed: list[int] = []
    reader = Reader(limit=1_000_000)
    read = document.read
    monkeypatch.setattr(document, "read", lambda data, *rest: parsed.append(len(data)) or read(data, *rest))
    reader.feed(HEADER + b"<iq>")
    for _ in range(5_000):
        assert reader.feed(b"<iq></iq>") == []
    assert len(reader.feed(b"</iq>")) == 1
    assert sum(parsed) < 6 * 5_000 * len(b"<iq></iq>")
