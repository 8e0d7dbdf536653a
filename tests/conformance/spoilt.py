"""Plays with a server that makes no sense: what it has said is lost, doubled, cut, or something silly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from typing import TypeAlias

from hypothesis import strategies as st
from retold import Change

from rosterkit.core.journal import Entry

#: What becomes of something that the server has said.
Fate: TypeAlias = Callable[[Entry], Sequence[Entry]]

_ATTRIBUTES = ("from", "to", "type", "id", "jid", "subscription", "xmlns")
#: What no server should send.
_SILLY = (
    "",
    "<presence/>",
    "<presence type='subscribe'/>",
    "<presence type='subscribed' from=''/>",
    "<presence type='error'/>",
    "<presence from='/'><show/></presence>",
    "<presence from='\u2665/\U0001f339'/>",
    "<presence",
    "<iq/>",
    "<iq type='result'/>",
    "<iq type='result'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid/></bind></iq>",
    "<iq type='result' id='me-roster'><query xmlns='jabber:iq:roster'><item/><item jid=''/></query></iq>",
    "<iq type='error'/>",
    "<iq type='error' id='event'/>",
    "<iq type='error' id='event'><error/></iq>",
    "<iq type='set'><query xmlns='jabber:iq:roster'/></iq>",
    "<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item/><item jid=''/></query></iq>",
    "<message/>",
    "<message from='@' to='//' id='event' type='chat'/>",
    "<message type='error'><error/></message>",
    "<message type='error' id='event'><error><text/></error></message>",
    "<message id='event'><body><b xmlns='x'/></body></message>",
    "<message id='event' from='é😀/\u2028'><body>line 99999999999999999999</body></message>",
    "<stream:stream",
    "<stream:stream>",
    "<stream:stream id='' from='' to='' version='' xml:lang='' xmlns=''>",
    "</stream:stream>",
    "<features xmlns='http://etherx.jabber.org/streams'/>",
    "<features xmlns='http://etherx.jabber.org/streams'><mechanisms/></features>",
    "<features xmlns='http://etherx.jabber.org/streams'><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
    "<mechanism/><mechanism> </mechanism></mechanisms></features>",
    "<error xmlns='http://etherx.jabber.org/streams'><!-- what? -->no<text/></error>",
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>no</failure>",
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><x/></failure>",
    "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    "<r xmlns='urn:xmpp:sm:3'/>",
    "not xml",
    "\udcff\udcfe",
)


def _cut(name: str) -> Fate:
    attribute = re.compile(rb" %s='[^']*'" % name.encode())
    return lambda entry: [entry._replace(data=attribute.sub(b"", entry.data))]


def _silly(text: str) -> Fate:
    data = text.encode("utf-8", "surrogateescape")
    return lambda entry: [entry._replace(data=data)] if entry.direction == "in" else [entry]


_FATES: st.SearchStrategy[Fate] = st.one_of(
    st.sampled_from([lambda entry: [entry], lambda entry: [], lambda entry: [entry, entry]]),
    st.sampled_from(_ATTRIBUTES).map(_cut),
    st.sampled_from(_SILLY).map(_silly),
)


def _spoiling(fates: Sequence[Fate]) -> Change:
    turns = cycle(fates)

    def spoilt(entry: Entry) -> Iterator[Entry]:
        ends = entry.direction == "note" and '"over"' in entry.text
        yield from next(turns)(entry) if ends or entry.direction == "in" else [entry]

    return spoilt


#: Changes of one play each: what has come, and the ends of lines, meet a few fates in turn.
SPOILING: st.SearchStrategy[Change] = st.lists(_FATES, min_size=1, max_size=12).map(_spoiling)
