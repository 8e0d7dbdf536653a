"""What servers may do in one way or another: plays with ours, told again as those of servers that are as right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from retold import Change

from rosterkit.conformance.evidence import CASE
from rosterkit.core.journal import Entry


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


def filling(entry: Entry) -> Iterator[Entry]:
    """The server writes a priority into presence that has nothing in it."""
    data = entry.data
    if entry.direction == "in" and entry.kind == "presence":
        data = re.sub(rb"(<presence(?: [a-z:]+='[^']*')*)/>", rb"\1><priority>0</priority></presence>", data)
    yield entry._replace(data=data)


def old_probes(entry: Entry) -> Iterator[Entry]:
    """The server probes from the full JID."""
    data = entry.data
    if entry.direction == "in" and b"type='probe'" in data:
        data = re.sub(rb" from='([^'/]+)'", rb" from='\1/desk'", data)
    yield entry._replace(data=data)


def result_first() -> Change:
    """The server answers a set before it pushes the change, and not behind it (RFC 6121 §2.3.2 leaves it open)."""
    held: list[Entry] = []

    def told(entry: Entry) -> Iterator[Entry]:
        if entry.direction == "in" and entry.session == "me" and entry.data.startswith(b"<iq type='set'"):
            held.append(entry)
            return
        is_result = entry.direction == "in" and entry.kind == "iq" and entry.session == "me"
        if entry.kind == CASE:
            yield from held
        yield entry
        if is_result:
            yield from held
        if is_result or entry.kind == CASE:
            held.clear()

    return told


#: Each makes what changes one play.
HABITS: Mapping[str, Callable[[], Change]] = {
    "chatty": lambda: chatty,
    "terse": lambda: terse,
    "wordy": lambda: wordy,
    "filling": lambda: filling,
    "old probes": lambda: old_probes,
    "result first": result_first,
}
