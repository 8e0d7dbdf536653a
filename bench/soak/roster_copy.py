"""A client's copy of its roster, from results and pushes, as RFC 6121 2.1.6 and 2.6 want it kept.

Tests: ``tests/bench/test_roster_copy.py``.
"""

from __future__ import annotations

from xml.etree import ElementTree

from bench.soak.model import Shown

__all__ = ["RosterCopy"]

_ROSTER = "{jabber:iq:roster}"


class RosterCopy:
    """The copy of the account ``owner`` (a bare JID); ``version`` is "" while there is none."""

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.entries: dict[str, Shown] = {}
        self.version = ""

    def request(self) -> bytes:
        """The query that asks for what is new."""
        return b"<query xmlns='jabber:iq:roster' ver='%s'/>" % self.version.encode()

    def forget(self) -> None:
        """Begin anew."""
        self.entries, self.version = {}, ""

    def take_result(self, answer: bytes) -> None:
        """The answer to the request: the whole roster, or nothing, and then pushes follow."""
        query = ElementTree.fromstring(answer).find(f"{_ROSTER}query")
        if query is not None:
            self.entries = dict(_read(item) for item in query)
            self.version = query.get("ver", "")

    def take_push(self, push: bytes) -> bool:
        """A roster push has come; False where it is not one, or comes from somebody who may not send it."""
        iq = ElementTree.fromstring(push)
        query = iq.find(f"{_ROSTER}query")
        items = query.findall(f"{_ROSTER}item") if query is not None else []
        if query is None or len(items) != 1 or iq.get("from", self.owner) != self.owner:
            return False
        if items[0].get("subscription") == "remove":
            self.entries.pop(items[0].get("jid", ""), None)
        else:
            contact, shown = _read(items[0])
            self.entries[contact] = shown
        self.version = query.get("ver", self.version)
        return True


def _read(item: ElementTree.Element) -> tuple[str, Shown]:
    groups = tuple(group.text or "" for group in item.findall(f"{_ROSTER}group"))
    approved, ask = item.get("approved") in ("true", "1"), item.get("ask") == "subscribe"
    return item.get("jid", ""), Shown(item.get("name"), groups, item.get("subscription", "none"), ask, approved)
