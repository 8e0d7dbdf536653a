"""Stanzas are found in a server's bytes, however these were cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.clients.cutting import Cutter

PIECES = [
    b"<?xml version='1.0'?>",
    b"<stream:stream xmlns='jabber:client' id='1'>",
    b"<stream:features><bind xmlns='b'/></stream:features>",
    b"<iq type='result' id='1'/>",
    b"<iq type='set' id='2'><query xmlns='jabber:iq:roster'><item jid='a@b'><group>x&gt;</group></item></query></iq>",
    b"<presence from='a@b/c'></presence>",
    b"<presence from='a@b/c'/>",
    b"<message><body>&lt;/message&gt;</body></message>",
    b"</stream:stream>",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12), st.data())
def test_pieces_come_whole_and_in_order(pieces: list[bytes], data: st.DataObject) -> None:
    """The pieces are the same for every way of cutting, each once, and nothing is left."""
    whole = b"".join(pieces)
    cutter, found, at = Cutter(), [], 0
    while at < len(whole):
        size = data.draw(st.integers(1, 60))
        found += cutter.feed(whole[at : at + size])
        at += size
    assert found == pieces


def test_white_space_between_stanzas_counts_for_nothing() -> None:
    """A keep-alive before, between and after stanzas is left out."""
    cutter = Cutter()
    assert cutter.feed(b" \n<iq/> ") == [b"<iq/>"]
    assert cutter.feed(b" ") == []
    assert cutter.feed(b"\n<presence>") == []
    assert cutter.feed(b"</presence> ") == [b"<presence></presence>"]
