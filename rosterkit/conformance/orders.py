"""Orders to the program that drives a client, and what it answers: one line of JSON each.

An order says what a user would do.  How it reaches the program (standard input, or a chat message) and how the
answer comes back makes no difference here.

Tests: ``tests/conformance/test_orders.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["ORDERS", "Order", "Reply", "as_reply", "read_reply", "read_roster"]

#: What can be ordered, as a sentence with the order's values in it.
ORDERS: Mapping[str, str] = {
    "set": "Give the contact {jid} the name {name!r} and the groups {groups}, whatever it has now.",
    "rename": "Give the contact {jid} the name {name!r}, and leave its groups as you know them.",
    "regroup": "Put the contact {jid} into the group {group!r} too, and leave the rest of it as you know it.",
    "remove": "Remove the contact {jid}.",
    "subscribe": "Ask {jid} for its presence.",
    "unsubscribe": "Do not want the presence of {jid} any more.",
    "approve": "Let {jid} see your presence.",
    "deny": "Do not let {jid} see your presence, or not any more.",
    "roster": "Tell the roster as you know it now.",
}


class Order(NamedTuple):
    """One order; ``values`` are what its sentence in :data:`ORDERS` names."""

    do: str
    values: Mapping[str, Any]

    def line(self, number: int) -> str:
        """The order as JSON, with the number under which it is answered; no line end."""
        return json.dumps({"order": number, "do": self.do, **self.values}, ensure_ascii=False)

    def sentence(self) -> str:
        """The order as a person would be asked."""
        return ORDERS[self.do].format(**self.values)


class Reply(NamedTuple):
    """What the program says to an order.  ``error`` is its sentence where it did not do it.

    ``roster`` is a list of objects with ``jid`` and, as in roster items, ``name``, ``groups``, ``subscription``,
    ``ask`` and ``approved``; ``available`` lists the resources that are online.  None where none was asked for.
    ``requests`` are the bare JIDs whose subscription requests wait for an answer.
    """

    order: int
    error: str | None = None
    roster: tuple[Mapping[str, Any], ...] | None = None
    requests: tuple[str, ...] | None = None


_KINDS: Mapping[str, type] = {
    "name": str, "subscription": str, "ask": str, "approved": bool, "groups": list, "available": list,
}  # fmt: skip


def read_reply(text: str) -> Reply | None:
    """The reply that a line is; None for a line that is something else, such as a program's own output.

    Raises ValueError with a sentence for a reply whose content is wrong.
    """
    line = text.strip()
    if not line.startswith("{"):
        return None
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return as_reply(said) if isinstance(said, dict) and isinstance(said.get("done"), int) else None


def as_reply(said: object) -> Reply:
    """The reply that an object is; ValueError with a sentence where it is none."""
    _check_carried(said)
    if not isinstance(said, dict) or not isinstance(said.get("done"), int) or isinstance(said["done"], bool):
        raise ValueError(f'A reply is an object with "done", the number of the order, and not {said!r:.60}.')
    error, requests = said.get("error"), said.get("requests")
    return Reply(
        said["done"],
        str(error) if error is not None else None,
        read_roster(said["roster"]) if said.get("roster") is not None else None,
        tuple(_strings(requests, "requests")) if requests is not None else None,
    )


def read_roster(value: object) -> tuple[Mapping[str, Any], ...]:
    """The roster that a client told; what is not known of an entry is left out.  ValueError with a sentence."""
    _check_carried(value)
    if not isinstance(value, list):
        raise ValueError(f"A roster is a list of objects, and not {value!r:.60}.")
    return tuple(_read_entry(entry) for entry in value)


def _check_carried(value: object) -> None:
    """ValueError for what no journal can carry: half of a surrogate pair, a number that is none, endless nesting."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("A text in it holds half of a surrogate pair, which is no character.") from error
    except (ValueError, RecursionError) as error:
        raise ValueError("A number in it is not finite, or it is nested too deeply.") from error


def _read_entry(entry: object) -> Mapping[str, Any]:
    if not isinstance(entry, dict) or not isinstance(entry.get("jid"), str):
        raise ValueError(f"An entry of a roster is an object with a jid, and not {entry!r:.60}.")
    for key, kind in _KINDS.items():
        if entry.get(key) is not None and not isinstance(entry[key], kind):
            raise ValueError(f"{key} of {entry['jid']!r:.60} is {entry[key]!r:.60}.")
    for key in ("groups", "available"):
        if entry.get(key) is not None:
            _strings(entry[key], key)
    return {key: value for key, value in entry.items() if value is not None}


def _strings(value: object, what: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{what} is a list of texts, and not {value!r:.60}.")
    return value
