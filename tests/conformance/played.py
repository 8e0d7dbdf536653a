"""A play's journal written by hand, for tests of what reads it."""

from __future__ import annotations

import json
from typing import Any

from rosterkit.conformance.evidence import CASE, Evidence, evidence_of
from rosterkit.conformance.scene import Scene
from rosterkit.core.journal import Journal

ROSTER = "xmlns='jabber:iq:roster'"


class Played:
    """Each call adds one entry and gives its number; ``evidence`` is what a judge would be given."""

    def __init__(self, scene: Scene | None = None) -> None:
        self.scene = scene or Scene("rfc6121/2.1.6/by-hand", "0", "c-2-1-6-by-hand@case.test")
        self.journal = Journal(1 << 24)

    def note(self, session: str | None = "c1", /, **what: Any) -> int:
        """A step of the play."""
        text = json.dumps(what)
        return self.journal.add(0.0, session, None, None, "note", CASE, text=text).number

    def got(self, xml: str, session: str | None = "c1", kind: str = "iq") -> int:
        """Something from the client."""
        return self.journal.add(0.0, session, None, None, "in", kind, xml.encode()).number

    def sent(self, xml: str, session: str | None = "c1", kind: str = "iq", fault: str | None = None) -> int:
        """Something to the client."""
        return self.journal.add(0.0, session, None, None, "out", kind, xml.encode(), fault).number

    def logged_in(self, session: str = "c1") -> int:
        """A login, and the roster that is asked for in it."""
        number = self.note(session, login=f"{self.scene.me}/{session}")
        self.got(f"<iq type='get' id='r-{session}'><query {ROSTER}/></iq>", session, "roster")
        self.sent(f"<iq type='result' id='r-{session}'><query {ROSTER} ver='v1'/></iq>", session, "roster")
        return number

    def pushed(self, mark: str, item: str, ver: str | None = None, session: str = "c1") -> int:
        """A push under a mark."""
        self.note(session, mark=mark)
        version = f" ver='{ver}'" if ver is not None else ""
        push = f"<iq type='set' id='push-{mark}'><query {ROSTER}{version}>{item}</query></iq>"
        return self.sent(push, session, "push", mark)

    def evidence(self) -> Evidence:
        """All of it."""
        return evidence_of(self.scene, self.journal.since(0))
