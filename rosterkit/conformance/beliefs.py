"""What a client believes about its roster, as far as one of three oracles can see it.

Tests: ``tests/conformance/test_beliefs.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from rosterkit.conformance.verdicts import Oracle

__all__ = ["UNKNOWN", "UNSEEN", "Belief", "Said", "as_edited", "as_presented", "as_reported"]


class _Unknown:
    """What cannot be seen; it is false, and equal to nothing else."""

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "unknown"


#: What cannot be seen, where None would say that it is not there.
UNKNOWN: Final = _Unknown()
#: What an entry has where a report does not speak of it: a client leaves out what is empty.
_LEFT_OUT: Mapping[str, Any] = {"name": None, "groups": (), "ask": None}


class Said(NamedTuple):
    """What a push said about one contact."""

    jid: str
    name: str | None
    groups: tuple[str, ...]
    subscription: str | None
    ver: str | None


class Belief:
    """What a client believes.  ``oracle`` is None where nothing could be seen.

    ``entries`` are what is known of each contact by JID; ``whole`` says that there are no others.  ``requests`` are
    the bare JIDs whose requests wait for an answer, None where that is not known; ``ver`` is the version that the
    client has presented.
    """

    def __init__(
        self,
        oracle: Oracle | None,
        entries: Mapping[str, Mapping[str, Any]],
        whole: bool = False,
        requests: Sequence[str] | None = None,
        ver: str | None = None,
    ) -> None:
        self.oracle = oracle
        self.entries = entries
        self.whole = whole
        self.requests = requests
        self.ver = ver

    @property
    def where(self) -> Oracle:
        """The oracle, for a finding; the wire where there is none."""
        return self.oracle or Oracle.WIRE

    def knows(self, jid: str) -> bool | None:
        """Whether ``jid`` is in the roster; None where that cannot be told."""
        if self.whole:
            return jid in self.entries
        entry = self.entries.get(jid)
        return None if entry is None else bool(entry.get("name") or entry.get("groups"))

    def get(self, jid: str, key: str) -> Any:
        """What an entry has: groups as a set, ``available`` as a list; :data:`UNKNOWN` where that cannot be told."""
        entry = self.entries.get(jid)
        if entry is None:
            return UNKNOWN
        value = entry.get(key, _LEFT_OUT.get(key, UNKNOWN)) if self.whole else entry.get(key, UNKNOWN)
        return frozenset(value) if key == "groups" and value is not UNKNOWN else value

    def equals(self, roster: Iterable[Said]) -> bool:
        """Whether a report or edits show just this roster, as far as they go."""
        said = {entry.jid: entry for entry in roster}
        if self.oracle not in (Oracle.REPORT, Oracle.EDIT) or any(self.took(one) is False for one in said.values()):
            return False
        return not any(self.knows(jid) for jid in self.entries if jid not in said)

    def took(self, said: Said) -> bool | None:
        """Whether what ``said`` is about is as it says; None where that cannot be told."""
        if self.oracle is Oracle.VER:
            return None if not self.ver or said.ver is None else self.ver == said.ver  # "" is that of no roster
        known = self.knows(said.jid)
        if said.subscription == "remove":
            return None if known is None else not known
        if self.oracle is Oracle.EDIT and not (said.name or said.groups):
            return None  # one that it does not know looks the same
        if not known:
            return known
        if self.get(said.jid, "subscription") not in (UNKNOWN, said.subscription or "none"):
            return False
        return bool(
            (self.get(said.jid, "name") or None) == (said.name or None)
            and self.get(said.jid, "groups") == frozenset(said.groups)
        )


#: Nothing could be seen.
UNSEEN = Belief(None, {})


def as_reported(roster: Iterable[Mapping[str, Any]], requests: Sequence[str] | None = None) -> Belief:
    """What the client, or a command, has told."""
    return Belief(Oracle.REPORT, {entry["jid"]: entry for entry in roster}, whole=True, requests=requests)


def as_edited(edits: Mapping[str, Mapping[str, Any]], group: str) -> Belief:
    """What the client has sent from its cache when it was made to put contacts into ``group``."""
    known = {jid: {**edit, "groups": [one for one in edit["groups"] if one != group]} for jid, edit in edits.items()}
    return Belief(Oracle.EDIT, known)


def as_presented(ver: str | None) -> Belief:
    """What the version says that the client has presented at its next login."""
    return Belief(Oracle.VER, {}, ver=ver) if ver is not None else UNSEEN
