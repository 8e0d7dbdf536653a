"""A hostile or silly server: whatever comes, and wherever it comes, no judge and no check raises."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from test_server_delivery import CASES as DELIVERY
from test_server_stanzas import CASES as STANZAS

from rosterkit.conformance.probing.memory import play_in_memory
from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.checks import CHECKS
from rosterkit.conformance.server.evidence import evidence_of
from rosterkit.conformance.server.people import People
from rosterkit.conformance.verdicts import Finding
from rosterkit.core.journal import Entry

SILLY = (
    b"",
    b"<iq/>",
    b"<iq type='result'/>",
    b"<iq type='error' id='event'/>",
    b"<iq type='error' id='event'><error/></iq>",
    b"<iq type='set' id=''><query xmlns='jabber:iq:roster'/></iq>",
    b"<iq type='result' id='me-roster'><query xmlns='jabber:iq:roster'><item/><item jid=''/></query></iq>",
    b"<presence type='error'/>",
    b"<presence from='' to=''/>",
    b"<message/>",
    b"<message from='@' to='//' id='event' type='chat'/>",
    b"<message type='error' id='event'><error><text/></error></message>",
    b"<message id='event'><body><b xmlns='x'/></body></message>",
    "<message id='event' from='é😀/\u2028'><body>line 99999999999999999999</body></message>".encode(),
    b"<r xmlns='urn:xmpp:sm:3'/>",
    b"not xml",
    b"\xff\xfe",
)


@cache
def played(case: ServerCase) -> tuple[People, Sequence[Entry]]:
    """A play with our own server, which is then spoilt."""
    play = play_in_memory(case)
    return play.people, play.entries


@settings(max_examples=300, deadline=None)
@given(st.sampled_from((*DELIVERY, *STANZAS)), st.data())
def test_no_judge_raises(case: ServerCase, data: st.DataObject):
    """Stanzas are lost, come twice, or say something silly."""
    people, entries = played(case)
    spoilt: list[Entry] = []
    fates = data.draw(st.lists(st.sampled_from(("keep", "lose", "twice", *SILLY)), min_size=1, max_size=8))
    for number, entry in enumerate(entries):
        fate = fates[number % len(fates)] if entry.direction == "in" else "keep"
        made = [entry] * {"keep": 1, "lose": 0, "twice": 2}.get(fate, 1) if isinstance(fate, str) else []
        if isinstance(fate, bytes):
            made = [entry._replace(data=fate)]
        spoilt += made
    evidence = evidence_of(people, spoilt)
    assert isinstance(judged(case, evidence), Finding)
    for check in CHECKS:
        assert isinstance(check.judge(evidence), Finding | None)
