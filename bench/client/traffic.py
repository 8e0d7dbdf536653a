"""The bytes that every side of the client benchmark is fed, the same ones at each run, and what they amount to.

One account with 10,000 entries, each with a name, a subscription and two of 50 groups; then 10,000 roster pushes, of
which each changes the name and one group of another entry; then one presence of each contact, with show, status and
priority.  Everything is ASCII: xmpp.js decodes each chunk by itself, so that a longer character on the border of two
would be broken there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

SIZE = 10_000
GROUPS = 50
ACCOUNT = "juliet@example.com"
FULL_JID = ACCOUNT + "/bench"
#: Stands in the files where the id of the library's own request goes.
ID_MARK = "@ID@"

HEADER = (
    "<?xml version='1.0'?><stream:stream from='example.com' id='bench' version='1.0' xml:lang='en' "
    "xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><ver xmlns='urn:xmpp:features:rosterver'/>"
    "</stream:features>"
)
BOUND = (
    f"<iq type='result' id='{ID_MARK}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    f"<jid>{FULL_JID}</jid></bind></iq>"
)
_SHOWS = ("away", "dnd", "xa", "chat")


class Entry(NamedTuple):
    """One roster entry."""

    jid: str
    name: str
    subscription: str
    groups: tuple[str, ...]

    def xml(self) -> str:
        """As the ``<item/>`` of a result or a push."""
        groups = "".join(f"<group>{group}</group>" for group in self.groups)
        name = self.name.replace("&", "&amp;")  # nothing else in them has to be escaped
        attributes = f"jid='{self.jid}' name='{name}' subscription='{self.subscription}'"
        return f"<item {attributes}>{groups}</item>"


class Presence(NamedTuple):
    """The presence of one resource."""

    jid: str
    show: str
    status: str
    priority: int

    def xml(self) -> str:
        """As the stanza that a server delivers."""
        return (
            f"<presence from='{self.jid}' to='{FULL_JID}'><show>{self.show}</show><status>{self.status}</status>"
            f"<priority>{self.priority}</priority></presence>"
        )


def group(number: int) -> str:
    """The name of a group; any number will do."""
    return f"Circle {number % GROUPS:02}"


def bare(number: int) -> str:
    """The address of a contact."""
    return f"contact{number:05}@d{number % 20:02}.example.net"


def entries() -> Iterator[Entry]:
    """The roster as it is fetched."""
    for number in range(SIZE):
        name = f"Contact {number:05} Montague" if number % 20 else f"Rosencrantz & Guildenstern {number:05}"
        second = number + 1 + number // GROUPS % (GROUPS - 1)
        yield Entry(bare(number), name, "both" if number % 4 else "to", (group(number), group(second)))


def pushed(entry: Entry, number: int) -> Entry:
    """The entry after its push: another name, and another group in the place of the second one."""
    first, second = entry.groups
    others = (group(int(second[-2:]) + step) for step in (1, 2))
    return entry._replace(name=f"Renamed {number:05} Capulet", groups=(first, next(g for g in others if g != first)))


def pushes() -> Iterator[Entry]:
    """Every entry once, in another order than that of the roster."""
    roster = list(entries())
    for step in range(SIZE):
        number = step * 7919 % SIZE
        yield pushed(roster[number], number)


def presences() -> Iterator[Presence]:
    """One available resource of every contact, in yet another order."""
    for step in range(SIZE):
        number = step * 4801 % SIZE
        status = f"At the desk since {number % 24}:{number % 60:02}"
        yield Presence(f"{bare(number)}/desktop.{number:04x}", _SHOWS[number % 4], status, number % 20)


def roster_xml() -> str:
    """The result of the roster request."""
    items = "".join(entry.xml() for entry in entries())
    query = f"<query xmlns='jabber:iq:roster' ver='v0'>{items}</query>"
    return f"<iq type='result' id='{ID_MARK}' to='{FULL_JID}'>{query}</iq>"


def push_xml(number: int, entry: Entry) -> str:
    """A roster push; like most servers it leaves out the sender."""
    query = f"<query xmlns='jabber:iq:roster' ver='v{number}'>{entry.xml()}</query>"
    return f"<iq type='set' id='push-{number}' to='{FULL_JID}'>{query}</iq>"


def roster_digest(rows: Iterable[tuple[str, str | None, str, Iterable[str]]]) -> str:
    """A digest of a whole roster, from JID, name, subscription and groups of every entry in any order."""
    digest = sha256()
    for jid, name, subscription, groups in sorted(rows):
        digest.update(f"{jid}\t{name}\t{subscription}\t{','.join(sorted(groups))}\n".encode())
    return digest.hexdigest()


def presence_digest(rows: Iterable[tuple[str, str | None, str | None, int]]) -> str:
    """A digest of who is available, from full JID, show, status and priority of every resource in any order."""
    digest = sha256()
    for jid, show, status, priority in sorted(rows):
        digest.update(f"{jid}\t{show}\t{status}\t{priority}\n".encode())
    return digest.hexdigest()


def write(folder: Path) -> None:
    """Write the files of one benchmark into ``folder``: five of bytes, and ``expected.json`` for the checks."""
    stanzas = {
        "header": HEADER,
        "bound": BOUND,
        "roster": roster_xml(),
        "pushes": "".join(push_xml(number, entry) for number, entry in enumerate(pushes(), 1)),
        "presences": "".join(presence.xml() for presence in presences()),
    }
    for name, text in stanzas.items():
        (folder / f"{name}.xml").write_bytes(text.encode("ascii"))
    expected = {
        "entries": SIZE,
        "groups": GROUPS,
        "version": f"v{SIZE}",
        "roster": roster_digest(entries()),
        "pushes": roster_digest(pushes()),
        "presences": presence_digest(presences()),
    }
    (folder / "expected.json").write_text(json.dumps(expected), encoding="utf-8")
