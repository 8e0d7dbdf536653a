"""Frames: where the pieces of a stream begin and stop, whatever they hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.errors import StreamError
from rosterkit.wire.framing import HEADER_LIMIT, MAX_ATTRIBUTES, MAX_DEPTH, Framer, Kind


def frames(*pieces: bytes, limit: int = 10_000) -> list[tuple[str, bytes] | StreamError]:
    """Every frame of ``pieces``, taken as soon as it is there, up to an error."""
    framer = Framer(limit)
    found: list[tuple[str, bytes] | StreamError] = []
    for data in pieces:
        framer.push(data)
        while (frame := framer.next()) is not None:
            if isinstance(frame, StreamError):
                return [*found, frame]
            found.append((frame.kind.name, frame.data))
    return found


def condition(*pieces: bytes) -> str:
    """The condition of the error that ends ``pieces``."""
    error = frames(*pieces)[-1]
    assert isinstance(error, StreamError), error
    return error.condition


STANZAS = [
    b"<a/>",
    b"<a></a>",
    b"<a ></a\n>",
    b"<a b='>' c=\"/>\"/>",
    b"<a b='\"' c=\"'\"/>",
    b"<a>></a>",
    b"<a>x<b>y</b>z</a>",
    b"<a><a><a/></a></a>",
    b"<a><![CDATA[</a>]]></a>",
    b"<a><![CDATA[]]]]><b/></a>",
    b"<a><![CDATA[<!-- ]]> <b/><![CDATA[]]></a>",
    b"<a b='" + b"x" * 900 + b"'/>",
    b"<" + b"x" * 900 + b"/>",
]


@given(st.lists(st.sampled_from(STANZAS)), st.sampled_from([b"", b" ", b"\r\n\t"]), st.integers(1, 9))
def test_frames_are_exact_however_the_bytes_arrive(stanzas: list[bytes], space: bytes, size: int) -> None:
    """Each stanza comes out byte for byte, without the white space between, in pieces of any size."""
    data = space + b"<s:s>" + space + b"".join(stanza + space for stanza in stanzas) + b"</s:s>" + space
    expected = [("HEADER", b"<s:s>"), *(("STANZA", stanza) for stanza in stanzas), ("END", b"</s:s>")]
    assert frames(data) == expected
    assert frames(*(data[at : at + size] for at in range(0, len(data), size))) == expected


@pytest.mark.parametrize("stanza", STANZAS)
def test_a_frame_is_given_on_its_last_byte(stanza: bytes) -> None:
    """Not one byte more is needed, and none less is enough."""
    framer = Framer(10_000)
    framer.push(b"<s>")
    assert framer.next() == (Kind.HEADER, b"<s>")
    framer.push(stanza[:-1])
    assert framer.next() is None
    framer.push(stanza[-1:])
    assert framer.next() == (Kind.STANZA, stanza)


def test_a_root_without_content_opens_and_ends() -> None:
    """``<stream/>`` is a header and an end."""
    assert frames(b"<s/>") == [("HEADER", b"<s/>"), ("END", b"</s>")]
    assert frames(b"<", b"s", b"/", b">") == [("HEADER", b"<s/>"), ("END", b"</s>")]


@pytest.mark.parametrize("end", [b"</s:s a=''>", b"</s:s=>", b"</s:s/>", b"</s:s 'x'>"])
def test_the_end_tag_of_the_root_holds_its_name_only(end: bytes) -> None:
    """What XML forbids there is an error, as in every other end tag, and not the end (XML 1.0 §3.1)."""
    assert frames(b"<s:s>", b"</s:s \r\n>")[-1] == ("END", b"</s:s \r\n>")
    assert condition(b"<s:s>", end) == "not-well-formed"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"x", "not-well-formed"),
        (b"\xef\xbb\xbfx", "not-well-formed"),
        (b"<?xml version='1.0'?>x", "not-well-formed"),
        (b"</s>", "not-well-formed"),
        (b"<![CDATA[", "not-well-formed"),
        (b"<s><", "nothing"),
        (b"<s>x", "bad-format"),
        (b"<s>&", "bad-format"),
        (b"<s>\xc2\xa0", "bad-format"),
        (b"<s><![CDATA[", "bad-format"),
        (b"<s></t>", "not-well-formed"),
        (b"<s><a></b>", "not-well-formed"),
        (b"<s><a></s>", "not-well-formed"),
        (b"<s><a><b></a>", "not-well-formed"),
        (b"<s><a <", "not-well-formed"),
        (b"<s><a b='<", "not-well-formed"),
        (b"<s><a>< >", "not-well-formed"),
        (b"<s><a><>", "not-well-formed"),
        (b"<s><a></>", "not-well-formed"),
        (b"<s><!a", "not-well-formed"),
        (b"<s><a><!a", "not-well-formed"),
        (b"<s></s><a>", "not-well-formed"),
        (b"<s></s>x", "not-well-formed"),
        (b"<s></s><!--", "not-well-formed"),
        (b"<!--", "restricted-xml"),
        (b"<s><!--", "restricted-xml"),
        (b"<s><a><!--", "restricted-xml"),
        (b"<!DOCTYPE", "restricted-xml"),
        (b"<s><!DOCTYPE", "restricted-xml"),
        (b"<s><a><!DOCTYPE", "restricted-xml"),
        (b"<?a", "restricted-xml"),
        (b"<s><?a", "restricted-xml"),
        (b"<s><a><?a", "restricted-xml"),
        (b"<s><?xml-stylesheet", "restricted-xml"),
        (b" <?xml ", "not-well-formed"),
        (b"<s><?xml ", "not-well-formed"),
        (b"<s><a><?xml\n", "not-well-formed"),
    ],
)
def test_what_may_not_stand_there_is_refused_at_once(data: bytes, expected: str) -> None:
    """Each is refused as soon as it can be known, with a sentence, whole and byte by byte alike."""
    found = frames(data)
    assert found == frames(*(bytes([byte]) for byte in data))
    if expected == "nothing":
        assert not any(isinstance(frame, StreamError) for frame in found)
    else:
        assert condition(data) == expected
        assert all(frame.text for frame in found if isinstance(frame, StreamError))


def test_depth_is_limited() -> None:
    """A stanza may have 100 levels; the tag of the next level is refused, be it empty or not."""
    deep = b"<s>" + b"<a>" * MAX_DEPTH
    assert frames(deep + b"</a>" * MAX_DEPTH)[-1] == ("STANZA", b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH)
    assert condition(deep + b"<a>") == "policy-violation"
    assert condition(deep + b"<a/>") == "policy-violation"


@pytest.mark.parametrize("attribute", [b" a%d=''", b' a%d = "=\'=" ', b" xmlns:n%d='urn:x'"])
def test_attributes_are_limited(attribute: bytes) -> None:
    """An element may have 128 attributes, namespace declarations counted, in the header too."""
    most = b"".join(attribute % number for number in range(MAX_ATTRIBUTES))
    more = most + attribute % MAX_ATTRIBUTES
    assert frames(b"<s" + most + b"><a" + most + b"/>")[-1] == ("STANZA", b"<a" + most + b"/>")
    assert condition(b"<s><a" + more + b"/>") == "policy-violation"
    assert condition(b"<s><a><b" + more + b">") == "policy-violation"
    assert condition(b"<s" + more + b">") == "policy-violation"


@pytest.mark.parametrize("begin", [b"<a b='", b"<a>", b"<a><![CDATA[", b'<a><b c="', b"<a", b"<a><b/>"])
def test_bytes_are_limited_whatever_they_are_in(begin: bytes) -> None:
    """A stanza that has not ended with the last byte allowed is refused with the next one, not before."""
    fill = begin + b"x" * (20_000 - len(begin))
    assert frames(b"<s>", fill, limit=20_000) == [("HEADER", b"<s>")]
    (_, error) = frames(b"<s>", fill, b"x", limit=20_000)
    assert isinstance(error, StreamError)
    assert error.condition == "policy-violation"
    assert "20000" in error.text


@pytest.mark.parametrize("size", [1, 1000, 100_000])
def test_a_stanza_of_exactly_the_limit_passes(size: int) -> None:
    """One byte more does not, though it is complete."""
    exact = b"<a>" + b"x" * 9_993 + b"</a>"
    for stanza, kind in ((exact, tuple), (exact.replace(b"xx", b"xxx", 1), StreamError)):
        data = b"<s><b/> " + stanza
        found = frames(*(data[at : at + size] for at in range(0, len(data), size)))[2:]
        assert len(found) == 1
        assert type(found[0]) is kind


def test_a_header_has_its_own_limit() -> None:
    """10,000 bytes, however large a stanza may be."""
    exact = b"<s a='" + b"x" * (HEADER_LIMIT - 8) + b"'>"
    assert frames(exact, limit=100_000) == [("HEADER", exact)]
    assert condition(exact[:-2] + b"x'>") == "policy-violation"
    assert condition(exact[:-2] + b"xxx") == "policy-violation"


def test_what_was_not_looked_at_can_be_taken_back() -> None:
    """``take`` gives everything behind the last frame, and the next frame is read from what is pushed then."""
    framer = Framer(10_000)
    framer.push(b"<s> \n <a/> <b/>")
    framer.next()
    assert framer.take() == b"<a/> <b/>"
    assert framer.between
    framer.push(b"<c/>\n")
    assert framer.next() == (Kind.STANZA, b"<c/>")
    assert framer.take() == b""
    assert framer.next() is None
