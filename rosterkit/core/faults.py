"""Faults: what a lying server may do to what it sends, as data; which of them strike a stanza.

No rule knows of them: they are laid over what the rules have decided, on its way out.

Tests: ``tests/core/test_fault_catalogue.py``.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

from rosterkit.core.fields import LONGEST, Fields
from rosterkit.errors import ScriptError

__all__ = ["CATALOGUE", "Fault", "FaultKind", "FaultTable", "Parameter", "read_fault"]


class Parameter(NamedTuple):
    """A parameter of a fault.  ``kind`` is ``seconds`` or ``count``; ``says`` is what it means."""

    kind: str
    default: float
    low: float
    high: float
    says: str


class FaultKind(NamedTuple):
    """One kind of fault: what it ``does``, the ``rule`` that a client has to follow then, what it strikes at first.

    ``on`` is one of :data:`ON`, or several where the fault itself decides.
    """

    does: str
    rule: str
    on: str
    parameters: Mapping[str, Parameter] = {}


#: What a fault can be told to strike, by its parameter ``on``.
ON = ("push", "roster", "result", "iq", "presence", "message", "any")
#: What can be struck by each kind of stanza, as the journal names them.
_STRUCK = {
    "push": ("push", "iq", "any"),
    "roster": ("roster", "result", "iq", "any"),
    "presence": ("presence", "any"),
    "message": ("message", "any"),
}
_SENDER = "RFC 6121 2.1.6: a push counts without a from, or from the account's bare JID, and from nobody else."
_ITEMS = "RFC 6121 2.1.6, 2.5: a push holds exactly one item with a JID; another changes nothing."
_SECONDS = Parameter("seconds", 1.0, 0.0, LONGEST, "seconds of the network's time")

CATALOGUE: Mapping[str, FaultKind] = {
    "drop": FaultKind("It is not sent.", "RFC 6121 2.6: the next versioned get brings what was missed.", "push"),
    "delay": FaultKind(
        "It is sent later; what comes behind it overtakes.",
        "RFC 6121 2.1.6: result and push may come in either order, and at any time.",
        "push",
        {"seconds": _SECONDS},
    ),
    "duplicate": FaultKind("It is sent twice.", "RFC 6121 2.1.6: a push may say what is known already.", "push"),
    "reorder": FaultKind(
        "So many are held back and sent in the contrary order, after 2 s those that are there.",
        "RFC 6121 2.3.2: result and push may come in either order.",
        "push",
        {"count": Parameter("count", 2, 2, 100, "how many")},
    ),
    "dribble": FaultKind(
        "It is sent byte by byte.",
        "RFC 6120 4.2: how the bytes are cut makes no difference.",
        "push",
        {"seconds": _SECONDS._replace(default=0.001, high=1.0, says="seconds between two bytes")},
    ),
    "pause": FaultKind(
        "After half of it nothing is sent for a while.",
        "RFC 6120 4.2: how the bytes are cut makes no difference.",
        "push",
        {"seconds": _SECONDS},
    ),
    "cut": FaultKind(
        "After half of it the connection breaks off.",
        "RFC 6121 2.6: half a push changes nothing, and the next versioned get brings it.",
        "push",
    ),
    "hold-roster": FaultKind(
        "The roster is sent only behind the next presence, or when the time is over.",
        "RFC 6121 2.2, 4.2: presence may come before the roster, and is not lost.",
        "roster",
        {"seconds": _SECONDS._replace(default=5.0)},
    ),
    "push-from-stranger": FaultKind("The push comes from stranger@stranger.test.", _SENDER, "push"),
    "push-from-domain": FaultKind("The push comes from the account's domain.", _SENDER, "push"),
    "push-from-full-jid": FaultKind("The push comes from the client's own full JID.", _SENDER, "push"),
    "push-from-other-resource": FaultKind("The push comes from another resource of the account.", _SENDER, "push"),
    "push-from-bare-jid": FaultKind("The push comes from the account's bare JID, as it may.", _SENDER, "push"),
    "push-without-item": FaultKind("The push holds no item.", _ITEMS, "push"),
    "push-with-two-items": FaultKind("The push holds its item and another one.", _ITEMS, "push"),
    "push-without-jid": FaultKind("The item has no jid.", _ITEMS, "push"),
    "push-malformed-jid": FaultKind("The item's jid is '@@'.", _ITEMS, "push"),
    "push-full-jid": FaultKind(
        "The item's jid has a resource.", "RFC 6121 2.1.2.3: it should be a bare JID.", "push"
    ),
    "push-unknown-subscription": FaultKind(
        "The subscription is 'sometimes'.", "RFC 6121 2.1.2.5: an unknown subscription is ignored.", "push"
    ),
    "push-unknown-attributes": FaultKind(
        "Item and query have attributes and children that nobody knows.",
        "RFC 6120 8.4: what is not known is ignored, and the rest counts.",
        "push",
    ),
    "push-duplicate-groups": FaultKind(
        "The item names a group twice.", "RFC 6121 2.1.2.6: groups are a set; it must not crash.", "push"
    ),
    "push-empty-group": FaultKind(
        "The item has a group without a name.", "RFC 6121 2.3.3: there is no such group; it must not crash.", "push"
    ),
    "push-long-name": FaultKind(
        "The item's name is very long.",
        "RFC 6121 2.1.2.4: a client bounds what it takes; it must not hang.",
        "push",
        {"bytes": Parameter("count", 1_048_576, 1, 4_194_304, "how long in bytes")},
    ),
    "result-twice": FaultKind("The result comes twice.", "RFC 6120 8.2.3: the second has no effect.", "roster"),
    "result-wrong-from": FaultKind(
        "The result comes from stranger@stranger.test.",
        "RFC 6120 8.1.2.1, 10.3: an answer counts from whom was asked.",
        "roster",
    ),
    "result-wrong-id": FaultKind("The result has another id.", "RFC 6120 8.2.3: it answers nothing.", "roster"),
    "empty-result": FaultKind(
        "The result holds no query, as for a version that is up to date.",
        "RFC 6121 2.6.3: without a cache that is no roster; with one it stays.",
        "roster",
    ),
    "missing-ver": FaultKind("There is no ver.", "RFC 6121 2.6: no version may be made up or kept for it.", "any"),
    "repeated-ver": FaultKind("The ver is that of before.", "RFC 6121 2.6: ver is opaque; the item counts.", "any"),
    "older-ver": FaultKind("The ver is the first one seen.", "RFC 6121 2.6: ver is opaque; the item counts.", "any"),
}


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
    return Fault(
        "",
        name,
        account.bare if account is not None else None,
        found.text("session"),
        found.integer("next", 1, 1, 1_000_000) if found.raw("next") is not None else None,
        found.choice("on", ON, kind.on),
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
        """Those that strike this stanza; one that has struck as often as it may is gone."""
        struck = []
        for fault in self.all():
            if fault.account not in (None, account) or fault.session not in (None, session):
                continue
            if not _is_struck(fault.on, kind, data) or not _can_strike(fault.name, kind, data):
                continue
            struck.append(fault)
            if fault.next is not None:
                self._count(fault)
        return struck

    def _count(self, fault: Fault) -> None:
        assert fault.next is not None
        if fault.next <= 1:
            del self._faults[fault.id]
        else:
            self._faults[fault.id] = fault._replace(next=fault.next - 1)


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
