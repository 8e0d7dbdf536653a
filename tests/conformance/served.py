"""Journals of plays as servers would have made them, line by line, for judges of servers."""

from __future__ import annotations

import json
from typing import Any

from rosterkit.conformance.evidence import CASE
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.evidence import Evidence, evidence_of
from rosterkit.conformance.server.people import People
from rosterkit.core import markup
from rosterkit.core.journal import Entry, Journal
from rosterkit.core.roster import NAMESPACE

ACCOUNTS = ["juliet@capulet.test", "nurse@capulet.test", "peter@capulet.test"]
ME, CONTACT = ACCOUNTS[:2]


def roster(id_: str, items: str = "", ver: str | None = None) -> str:
    """The result with a roster; ``items`` is XML."""
    return stanzas.iq("result", id_, markup.element("query", items, xmlns=NAMESPACE, ver=ver))


def push(items: str = "", ver: str | None = None, sender: str | None = None) -> str:
    """A push of ``items``, of which a right one has one."""
    return stanzas.iq("set", "p", markup.element("query", items, xmlns=NAMESPACE, ver=ver), sender=sender)


class Told:
    """A journal in the making: ``note``, ``mark``, ``came`` and ``said`` each add an entry."""

    def __init__(self, case: str = "rfc6121/2.1.6/one", component: str | None = "montague.test") -> None:
        self.people = People(case, "s", ACCOUNTS, component)
        self._journal = Journal(1 << 20)

    def note(self, line: str | None = None, **what: Any) -> Told:
        """Something that the play has noted."""
        self._journal.add(0.0, line, None, None, "note", CASE, text=json.dumps(what))
        return self

    def mark(self, name: str, line: str = "me") -> Told:
        """A part begins."""
        return self.note(line, mark=name)

    def entered(self, line: str, jid: str) -> Told:
        """A line is bound."""
        return self.note(line, entered=jid)

    def came(self, line: str, xml: str, kind: str = "") -> Told:
        """The server has said something."""
        self._journal.add(0.0, line, None, None, "in", kind or xml.strip("<").split()[0].rstrip("/>"), xml.encode())
        return self

    def said(self, line: str, xml: str) -> Told:
        """The tester has said something."""
        self._journal.add(0.0, line, None, None, "out", xml.strip("<").split()[0].rstrip("/>"), xml.encode())
        return self

    @property
    def entries(self) -> list[Entry]:
        """The journal."""
        return self._journal.since(0)

    def evidence(self) -> Evidence:
        """What a judge is given."""
        return evidence_of(self.people, self.entries)
