"""The faults that are active: read, counted; which of them strike a stanza or a login.

No rule knows of them: they are laid over what the rules have decided, on its way out.

Tests: ``tests/core/test_fault_catalogue.py``.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from rosterkit.core.fault_catalogue import CATALOGUE, LOGIN, ON, Parameter
from rosterkit.core.fields import Fields
from rosterkit.errors import ScriptError

__all__ = ["Fault", "FaultTable", "read_fault"]


#: What can be struck by each kind of stanza, as the journal names them.
_STRUCK = {
    "push": ("push", "iq", "any"),
    "roster": ("roster", "result", "iq", "any"),
    "presence": ("presence", "any"),
    "message": ("message", "any"),
}

#: The faults that say when a stanza is sent, or how.
_SENDING = frozenset({"delay", "reorder", "hold-roster", "cut", "pause", "dribble"})


class Fault(NamedTuple):
    """An active fault.  ``account`` (a bare JID) and ``session`` (an id) say whom it strikes, ``next`` how often."""

    id: str
    name: str
    account: str | None
    session: str | None
    next: int | None
    on: str
    values: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        """All of it; as it would be read again, with its id."""
        said = {"id": self.id, "fault": self.name, "account": self.account, "session": self.session}
        return {**said, "next": self.next, "on": self.on, **self.values}


def read_fault(value: object, where: str) -> Fault:
    """The fault that ``value`` spells, without an id.  Raises :class:`ScriptError`."""
    name = value.get("fault") if isinstance(value, Mapping) else None
    if not isinstance(name, str) or name not in CATALOGUE:
        nearest = difflib.get_close_matches(str(name), CATALOGUE, 1)
        expected = f"{nearest[0]!r}, or another of GET /v1/faults" if nearest else "one of GET /v1/faults"
        raise ScriptError(f"{where}.fault" if where else "fault", f"is {name!r:.60}", expected)
    kind = CATALOGUE[name]
    found = Fields(value, where, ("fault", "account", "session", "next", "on", *kind.parameters))
    account = found.address("account")
    if kind.on == LOGIN and "session" in found:
        raise found.wrong("session", "nothing with this fault, which strikes before there is a session")
    if account is not None and name.startswith("tls-"):
        raise found.wrong("account", "nothing with this fault, which strikes before anybody has said who it is")
    return Fault(
        "",
        name,
        account.bare if account is not None else None,
        found.text("session"),
        found.integer("next", 1, 1, 1_000_000) if found.raw("next") is not None else None,
        found.choice("on", (LOGIN,) if kind.on == LOGIN else [one for one in ON if one != LOGIN], kind.on),
        {key: _read_value(found, key, one) for key, one in kind.parameters.items()},
    )


def _read_value(found: Fields, key: str, parameter: Parameter) -> float:
    if parameter.kind == "count":
        return found.integer(key, int(parameter.default), int(parameter.low), int(parameter.high))
    seconds = found.seconds(key, parameter.default) or 0.0
    if seconds > parameter.high:
        raise found.wrong(key, f"seconds from 0 to {parameter.high:g}")
    return seconds


class FaultTable:
    """The active faults of one network, in the order in which they were added; false where there are none."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._numbers = itertools.count(1)

    def __bool__(self) -> bool:
        return bool(self._faults)

    def all(self) -> list[Fault]:
        """Every one."""
        return list(self._faults.values())

    def add(self, fault: Fault) -> Fault:
        """Let it strike from now on; gives it with its id."""
        added = fault._replace(id=f"f{next(self._numbers)}")
        self._faults[added.id] = added
        return added

    def remove(self, fault_id: str) -> None:
        """Let it strike no more; KeyError where it is not there, or used up."""
        del self._faults[fault_id]

    def clear(self) -> None:
        """Remove all; ids go on."""
        self._faults.clear()

    def striking(self, kind: str, data: bytes, account: str | None, session: str | None) -> list[Fault]:
        """Those that strike this stanza; one that has struck as often as it may is gone.

        Of those that say when and whether it is sent only the first strikes, and beside a ``drop`` nothing else.
        """
        found = [fault for fault in self.all() if _strikes(fault, kind, data, account, session)]
        struck = [fault for fault in found if fault.name == "drop"][:1]
        if not struck:
            first = next((fault for fault in found if fault.name in _SENDING), None)
            struck = [fault for fault in found if fault.name not in _SENDING or fault is first]
        for fault in struck:
            self._count(fault)
        return struck

    def at_login(self, account: str | None, strikes: Callable[[Fault], bool]) -> Fault | None:
        """The first that strikes a login of ``account`` (None: nobody knows yet of whom) and has its moment now."""
        for fault in self.all():
            if fault.on == LOGIN and fault.account in (None, account) and strikes(fault):
                self._count(fault)
                return fault
        return None

    def _count(self, fault: Fault) -> None:
        if fault.next is None:
            return
        if fault.next <= 1:
            del self._faults[fault.id]
        else:
            self._faults[fault.id] = fault._replace(next=fault.next - 1)


def _strikes(fault: Fault, kind: str, data: bytes, account: str | None, session: str | None) -> bool:
    if fault.account not in (None, account) or fault.session not in (None, session):
        return False
    return _is_struck(fault.on, kind, data) and _can_strike(fault.name, kind, data)


def _is_struck(on: str, kind: str, data: bytes) -> bool:
    if kind == "iq":
        return on in ("iq", "any") or (on == "result" and _is_result(data))
    return on in _STRUCK.get(kind, ())


def _is_result(data: bytes) -> bool:
    return b" type='result'" in data[:4096].partition(b">")[0]


def _can_strike(name: str, kind: str, data: bytes) -> bool:
    """What alters a push or a result leaves everything else alone, whatever it was told to strike."""
    if name.startswith("push-"):
        return kind == "push"
    if name.endswith("-ver"):
        return kind in ("push", "roster")
    if name.startswith("result-") or name == "empty-result":
        return kind == "roster" or (kind == "iq" and _is_result(data))
    return True
