"""What a roster cache may hold, checked when it is read from a file and before it is written to one.

So a file that somebody edited, or that is damaged without its format showing it, is never met later as a crash or as
a contact that no roster can have; and nothing is ever written that would be refused when it is read.

Tests: ``tests/client/test_cache_values.py``.
"""

from __future__ import annotations

import json
import reprlib
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from rosterkit.core import jid, markup
from rosterkit.errors import JidError

__all__ = [
    "BadValueError",
    "Items",
    "Snapshot",
    "checked_bare",
    "checked_item",
    "checked_items",
    "checked_version",
    "parse_json",
]

#: Bare JID -> the item as ``Item.export_as_json`` gives it.
Items: TypeAlias = dict[str, dict[str, Any]]

_SUBSCRIPTIONS = ("none", "to", "from", "both")


class Snapshot(NamedTuple):
    """A roster at one moment: its version (None where it has none), and bare JID -> the item as JSON.

    An item always has ``subscription``; ``name``, ``ask``, ``approved`` and ``groups`` (a sorted list) only where
    they are not the default.
    """

    version: str | None
    items: Mapping[str, Mapping[str, Any]]

    def checked(self) -> tuple[str | None, Items]:
        """A copy of both, if they may be kept; raises :class:`BadValueError`."""
        return checked_version(self.version), checked_items(self.items)


class BadValueError(ValueError):
    """A value that no roster has; the text is a sentence that names it."""


def checked_version(value: Any) -> str | None:
    """``value`` where it is a version or None; the empty string is a version."""
    if not (value is None or (isinstance(value, str) and markup.can_carry(value))):
        raise BadValueError(f"The version {_shown(value)} is not text that XML can carry.")
    return value


def checked_bare(value: Any) -> str:
    """``value`` where it is a prepared bare JID."""
    try:
        if isinstance(value, str) and jid.bare(value) == value:
            return value
    except JidError as error:
        raise BadValueError(str(error)) from error
    raise BadValueError(f"{_shown(value)} is not a prepared bare JID.")


def checked_items(value: Any) -> Items:
    """A copy of ``value`` where all its keys are prepared bare JIDs and all its values items."""
    if not isinstance(value, Mapping):
        raise BadValueError(f"The items {_shown(value)} are not an object.")
    items: Items = {}
    for contact, item in value.items():
        try:
            items[checked_bare(contact)] = checked_item(item)
        except BadValueError as error:
            raise BadValueError(f"Item {_shown(contact)}: {error}") from error
    return items


def checked_item(value: Any) -> dict[str, Any]:
    """A copy of ``value`` where it is an item as JSON: no key is unknown, no default is written out."""
    if not isinstance(value, Mapping):
        raise BadValueError(f"{_shown(value)} is not an object.")
    if value.get("subscription") not in _SUBSCRIPTIONS:
        raise BadValueError(
            f"The subscription {_shown(value.get('subscription'))} is not one of {', '.join(_SUBSCRIPTIONS)}."
        )
    for key, part in value.items():
        if key != "subscription":
            _check_part(key, part)
    item = dict(value)
    if "groups" in item:
        item["groups"] = list(item["groups"])
    return item


def parse_json(text: str) -> Any:
    """What ``text`` says; BadValueError for what is not JSON, nested too deeply, or has a key twice."""
    try:
        return _decode(text)
    except BadValueError:
        raise
    except (ValueError, RecursionError) as error:
        raise BadValueError(f"It is not JSON that can be read: {error}.") from error


def _check_part(key: Any, part: Any) -> None:
    if key == "name":
        _check_text(part, "name")
    elif key == "ask":
        if part != "subscribe":
            raise BadValueError(f"The ask {_shown(part)} is not 'subscribe'.")
    elif key == "approved":
        if part is not True:
            raise BadValueError(f"approved is {_shown(part)}; where it is there it is true.")
    elif key == "groups":
        _check_groups(part)
    else:
        raise BadValueError(f"An item has no {_shown(key)}.")


def _check_groups(value: Any) -> None:
    if not isinstance(value, list) or not value:
        raise BadValueError(f"The groups {_shown(value)} are not a list with something in it.")
    before = ""
    for group in value:
        _check_text(group, "group")
        if group <= before:
            raise BadValueError(f"The group {_shown(group)} is there twice, or not in its place.")
        before = group


def _check_text(value: Any, what: str) -> None:
    if not isinstance(value, str) or not value or not markup.can_carry(value):
        raise BadValueError(f"The {what} {_shown(value)} is empty or not text that XML can carry.")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise BadValueError(f"An object has a key twice; its keys are {_shown([key for key, _ in pairs])}.")
    return made


_decode = json.JSONDecoder(object_pairs_hook=_without_repetition).decode  # json.loads would make one for each item


def _shown(value: Any) -> str:
    """``value`` for a sentence; cut short in length and in depth, as a repr of hostile nesting would fail."""
    return reprlib.repr(value)
