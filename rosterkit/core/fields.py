"""One table of a script, read key by key: the value as it should be, or a sentence that says where and what it takes.

The values come from JSON or TOML, so they can be anything that one of them can spell.

Tests: ``tests/core/test_contact_script.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rosterkit.core import jid, markup
from rosterkit.core.jid import Jid
from rosterkit.errors import JidError, ScriptError

__all__ = ["LONGEST", "MAX_TEXT_BYTES", "Fields", "listed"]

#: The most bytes of UTF-8 that one text may have.
MAX_TEXT_BYTES = 10_000
#: The most seconds that a script may wait.
LONGEST = 1_000_000


class Fields:
    """The table ``value`` at the dotted path ``where``.

    Raises :class:`ScriptError` where it is no table or has a key outside ``known``.  Every reader gives the default
    where the key is absent, and raises :class:`ScriptError` for a wrong value.
    """

    def __init__(self, value: object, where: str, known: Collection[str]) -> None:
        if not isinstance(value, Mapping):
            raise ScriptError(where, f"is {_shown(value)}", "a table")
        self._values: Mapping[Any, Any] = value
        self.where = where
        for key in self._values:
            if key not in known:
                raise ScriptError(self.path(_name(key)), "is no key", f"one of {', '.join(known)}")

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def path(self, key: str) -> str:
        """The dotted path of ``key``."""
        return f"{self.where}.{key}" if self.where else key

    def raw(self, key: str) -> object:
        """The value as it is; None where it is absent."""
        return self._values.get(key)

    def needed(self, key: str, expected: str) -> None:
        """Raise where ``key`` is absent."""
        if key not in self._values:
            raise ScriptError(self.path(key), "is missing", expected)

    def wrong(self, key: str, expected: str) -> ScriptError:
        """The error about the value of ``key``."""
        return ScriptError(self.path(key), f"is {_shown(self._values[key])}", expected)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        value = self._values.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def choice(self, key: str, choices: Collection[str], default: str) -> str:
        """One of a few words."""
        value = self._values.get(key, default)
        if not isinstance(value, str) or value not in choices:
            raise self.wrong(key, f"one of {', '.join(choices)}")
        return value

    def seconds(self, key: str, default: float | None, least: float = 0) -> float | None:
        """A number of seconds from ``least`` to :data:`LONGEST`."""
        value = self._values.get(key, default)
        if key in self._values and not (_is_number(value) and least <= value <= LONGEST):
            raise self.wrong(key, f"a number of seconds from {least} to {LONGEST}")
        return value  # type: ignore[no-any-return]

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number."""
        value = self._values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.wrong(key, f"a whole number from {low} to {high}")
        return value

    def text(self, key: str) -> str | None:
        """A text that XML can carry, of at most :data:`MAX_TEXT_BYTES`."""
        value = self._values.get(key)
        if key in self._values and not (isinstance(value, str) and _fits(value)):
            raise self.wrong(key, f"a text of at most {MAX_TEXT_BYTES} bytes without control characters")
        return value

    def resource(self, key: str) -> str | None:
        """A prepared resource."""
        if key not in self._values:
            return None
        value = self._values[key]
        try:
            if isinstance(value, str):
                return jid.prepare_resource(value)
        except JidError as error:
            raise ScriptError(self.path(key), f"is refused: {error.args[0].rstrip('.')}", _A_RESOURCE) from error
        raise self.wrong(key, _A_RESOURCE)

    def address(self, key: str) -> Jid | None:
        """A prepared JID."""
        return read_jid(self._values[key], self.path(key)) if key in self._values else None


def listed(value: object, where: str, most: int) -> list[tuple[str, Any]]:
    """The members of a list of at most ``most`` values, each with its dotted path."""
    if not isinstance(value, list | tuple):
        raise ScriptError(where, f"is {_shown(value)}", "a list")
    if len(value) > most:
        raise ScriptError(where, f"has {len(value)} members", f"at most {most}")
    return [(f"{where}.{index}", member) for index, member in enumerate(value)]


def read_jid(value: object, where: str) -> Jid:
    """The prepared JID that ``value`` spells."""
    if not isinstance(value, str):
        raise ScriptError(where, f"is {_shown(value)}", _A_JID)
    try:
        return jid.parse(value)
    except JidError as error:
        raise ScriptError(where, f"is refused: {error.args[0].rstrip('.')}", _A_JID) from error


_A_JID = "a JID such as juliet@localhost"
_A_RESOURCE = "the name of a resource"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _fits(value: str) -> bool:
    return markup.can_carry(value) and len(value) <= MAX_TEXT_BYTES and len(value.encode()) <= MAX_TEXT_BYTES


def _name(key: object) -> str:
    """A key as it stands in a path, cut to a readable length."""
    name = str(key)
    return name if len(name) <= 60 else f"{name[:57]}..."


def _shown(value: object) -> str:
    """``value`` for a sentence, cut to a readable length."""
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else f"{value[:57]}...")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) > 10**18:
        return "far too large"
    if isinstance(value, int | float):
        return repr(value)
    if value is None:
        return "null"
    return "a list" if isinstance(value, list | tuple) else "a table" if isinstance(value, Mapping) else "of no use"
