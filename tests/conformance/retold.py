"""Plays of cases for servers: with our own server, with mutants of it, and told again as another server's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from hypothesis import strategies as st

from rosterkit.conformance.probing.memory import play_in_memory
from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.evidence import Evidence, evidence_of
from rosterkit.conformance.server.mutant import Mutant, applied
from rosterkit.conformance.server.people import People
from rosterkit.conformance.verdicts import Finding, Level, Verdict
from rosterkit.core.journal import Entry

BROKEN = (Verdict.FAIL, Verdict.NON_STRICT)


def found(case: ServerCase) -> Finding:
    """What our own server, as it is now, gets in a case."""
    return judged(case, play_in_memory(case).evidence())


def is_right(case: ServerCase, finding: Finding) -> bool:
    """Whether that is as it should be."""
    return finding.verdict is (Verdict.INFO if case.level is Level.MAY else Verdict.PASS)


def caught(wrong: Mutant, cases: Sequence[ServerCase]) -> set[str]:
    """The ids of the cases of a mutant's own section that it fails."""
    with applied(wrong):
        own = [case for case in cases if case.id.startswith(tuple(f"{begin}/" for begin in wrong.caught_in))]
        return {case.id for case in own if found(case).verdict in BROKEN}


# Told again


@cache
def _played(case: ServerCase) -> tuple[People, Sequence[Entry]]:
    play = play_in_memory(case)
    return play.people, play.entries


def retold(case: ServerCase, change: Callable[[Entry], Iterable[Entry]]) -> Evidence:
    """The evidence of a play with our own server in which ``change`` stands for each entry."""
    people, entries = _played(case)
    made = [one for entry in entries for one in change(entry)]
    return evidence_of(people, [one._replace(number=number) for number, one in enumerate(made, 1)])


def chatty(entry: Entry) -> Iterator[Entry]:
    """The server sends news of its own, and a receipt for each request (RFC 6121 §3.1.3)."""
    yield entry
    if entry.direction == "in" and entry.kind in ("iq", "presence") and entry.session != "component":
        news = b"<message from='capulet.test' type='headline'><body>News</body></message>"
        yield entry._replace(kind="message", data=news)
    asks = re.match(rb"<presence.* type='subscribe' to='(\S+?)(?:/\S+)?' from='(\S+?)'", entry.data)
    if entry.session == "component" and entry.direction == "out" and asks is not None:
        receipt = b"<presence type='unavailable' from='%s' to='%s'/>" % (asks[1], asks[2])
        yield entry._replace(direction="in", data=receipt)


def terse(entry: Entry) -> Iterator[Entry]:
    """The server leaves out what is the default (RFC 6121 §2.1.2.5)."""
    incoming = entry.direction == "in"
    yield entry._replace(data=entry.data.replace(b" subscription='none'", b"")) if incoming else entry


def wordy(entry: Entry) -> Iterator[Entry]:
    """The server says in each push whose it is (RFC 6121 §2.1.6), and stamps what it has kept (XEP-0203)."""
    data = entry.data
    if entry.direction == "in" and entry.kind == "iq" and entry.account:
        data = data.replace(b"<iq type='set'", b"<iq from='%s' type='set'" % entry.account.encode())
    if entry.direction == "in" and entry.kind == "presence":
        delay = b"<delay xmlns='urn:xmpp:delay' stamp='2026-11-29T23:06:06Z'/>"
        data = re.sub(rb"/>\Z", b">" + delay + b"</presence>", data) if data.count(b"<") == 1 else data
    yield entry._replace(data=data)


#: What no server should send.
_SILLY = (
    b"<presence/>",
    b"<presence type='subscribe'/>",
    b"<presence type='subscribed' from=''/>",
    b"<presence from='/'><show/></presence>",
    b"<iq type='set'><query xmlns='jabber:iq:roster'/></iq>",
    b"<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item/><item jid=''/></query></iq>",
    b"<iq/>",
    b"<message/>",
    b"<presence",
)


def garbling(data: st.DataObject) -> Callable[[Entry], Iterator[Entry]]:
    """Of what the server has said, something is lost, doubled, cut, or replaced by something silly."""

    def garbled(entry: Entry) -> Iterator[Entry]:
        what = data.draw(st.sampled_from(["", "", "", "lost", "doubled", "cut", "silly"]))
        if entry.direction != "in" or entry.kind == "stream" or not what:
            yield entry
        elif what == "doubled":
            yield from (entry, entry)
        elif what == "cut":
            name = data.draw(st.sampled_from([b"from", b"to", b"type", b"id", b"jid", b"subscription", b"xmlns"]))
            yield entry._replace(data=re.sub(rb" %s='[^']*'" % name, b"", entry.data))
        elif what == "silly":
            yield entry._replace(data=data.draw(st.sampled_from(_SILLY)))

    return garbled
