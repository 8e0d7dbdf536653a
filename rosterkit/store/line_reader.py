"""Lines of JSON as accounts, each value checked before it becomes part of one.

Not more than a line and an account are held at a time, however long the file is.

Tests: ``tests/store/test_line_reader.py``, and the round trip in ``tests/store/test_lines.py``.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, NoReturn

from rosterkit.core.credentials import KEY_BYTES, Keys
from rosterkit.core.fields import Fields
from rosterkit.core.visible import plain
from rosterkit.errors import ScriptError
from rosterkit.store import StoredAccount
from rosterkit.store.checks import MAX_ITERATIONS, Draft, Jids, Wrong, check_keys, group_names, text
from rosterkit.store.lines import FORMAT, KEYS, MAX_LINE_BYTES, VERSION

__all__ = ["KINDS", "BadLine", "read"]


class BadLine(ValueError):
    """A line that is none of an export; the text has its number and says what is wrong with it."""


def read(file: BinaryIO, new_version: Callable[[], str], rename: Callable[[str], str]) -> Iterator[StoredAccount]:
    """The accounts in ``file``, each as soon as it is whole; not more than one line and one account are held.

    An account whose line has no version gets one of ``new_version``.  ``rename`` is given each JID, as it was
    written, and gives what is taken instead.

    Raises :class:`BadLine` with the number of the line and what is wrong with it, at the end too where the last
    line is missing.
    """
    reader = _Reader(new_version, rename)
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if line.isspace():
            continue
        try:
            account = reader.take(line)
        except Wrong as wrong:
            raise BadLine(f"line {number}: {wrong}") from wrong
        except ScriptError as error:
            raise BadLine(f"line {number}: {plain(str(error))}") from error
        if account is not None:
            yield account
    if not reader.ended:
        raise BadLine(f"after line {number} the last line of an export is missing: the file was cut off.")


class _Reader:
    """Takes line after line; ``ended`` says whether the last one was there."""

    def __init__(self, new_version: Callable[[], str], rename: Callable[[str], str]) -> None:
        self.ended = False
        self._begun = False
        self._draft: Draft | None = None
        self._count = 0
        self._jids = Jids()
        self._new_version = new_version
        self._rename = rename

    def take(self, line: bytes) -> StoredAccount | None:
        """The account that ends before this line, if one does.  Raises :class:`Wrong` or :class:`ScriptError`."""
        if self.ended:
            raise Wrong("There is something after the end of the export.")
        value = _object(line)
        if not self._begun:
            _check_format(value)
            self._begun = True
            return None
        for kind, take in KINDS.items():
            if kind in value:
                return take(self, value)
        raise Wrong(f"It has none of the keys {', '.join(KINDS)}, one of which begins a line.")

    def take_account(self, value: Mapping[str, Any]) -> StoredAccount | None:
        """The line that begins an account."""
        before = self._finished()
        fields = Fields(value, "", ("account", "version", "credentials"))
        jid = self._bare(fields, "account")
        if "version" in fields:
            self._draft = Draft(jid, text(value["version"], "version"))
        else:
            self._draft = Draft(jid, self._new_version())
            self._draft.add_change(self._draft.version, "")
        fields.needed("credentials", "a table of SCRAM keys by mechanism, often empty")
        credentials = Fields(value["credentials"], "credentials", KEY_BYTES)
        for mechanism in value["credentials"]:
            _add_keys(self._draft, mechanism, Fields(credentials.raw(mechanism), credentials.path(mechanism), KEYS))
        self._count += 1
        return before

    def take_contact(self, value: Mapping[str, Any]) -> None:
        """The line of an entry."""
        fields = Fields(value, "", ("contact", "name", "groups", "subscription", "ask", "approved"))
        fields.needed("subscription", "none, to, from or both")
        self._owner.add_item(
            self._bare(fields, "contact"),
            value.get("name"),
            group_names(value.get("groups", [])),
            fields.choice("subscription", ("none", "to", "from", "both"), ""),
            fields.flag("ask"),
            fields.flag("approved"),
        )

    def take_request(self, value: Mapping[str, Any]) -> None:
        """The line of a kept request."""
        fields = Fields(value, "", ("request", "xml", "id", "lang"))
        fields.needed("xml", "the XML inside the request, often empty")
        if not isinstance(value["xml"], str):
            raise fields.wrong("xml", "a text")
        try:
            body = value["xml"].encode()
        except UnicodeEncodeError as error:
            raise Wrong("xml holds half a character.") from error
        self._owner.add_request(self._bare(fields, "request"), body, value.get("id"), value.get("lang"))

    def take_blocked(self, value: Mapping[str, Any]) -> None:
        """The line of a blocked JID."""
        fields = Fields(value, "", ("blocked",))
        self._owner.add_blocked(self._jids.any(self._renamed(fields, "blocked")))

    def take_change(self, value: Mapping[str, Any]) -> None:
        """A line of the history."""
        fields = Fields(value, "", ("change", "version"))
        fields.needed("version", "the version after the change")
        first = value["change"] == "" and not self._owner.log  # the first state of a new roster is nobody's change
        self._owner.add_change(value["version"], "" if first else self._bare(fields, "change"))

    def take_end(self, value: Mapping[str, Any]) -> StoredAccount | None:
        """The last line."""
        before = self._finished()
        fields = Fields(value, "", ("end", "accounts"))
        fields.choice("end", (FORMAT,), FORMAT)
        fields.needed("accounts", "how many accounts there are")
        count = fields.integer("accounts", 0, 0, 1 << 53)
        if count != self._count:
            raise Wrong(f"The export had {count} accounts, and here are {self._count}.")
        self.ended = True
        return before

    @property
    def _owner(self) -> Draft:
        if self._draft is None:
            raise Wrong("It belongs to no account: there is no line of an account above it.")
        return self._draft

    def _finished(self) -> StoredAccount | None:
        draft, self._draft = self._draft, None
        if draft is None:
            return None
        try:
            return draft.finished()
        except Wrong as wrong:
            raise Wrong(f"{draft.jid} ends before it, and is wrong: {wrong}") from wrong

    def _bare(self, fields: Fields, key: str) -> str:
        return self._jids.bare(self._renamed(fields, key))

    def _renamed(self, fields: Fields, key: str) -> Any:
        value = fields.raw(key)
        return self._rename(value) if isinstance(value, str) else value


#: What takes each kind of line, by the key that tells it.
KINDS: Mapping[str, Callable[[_Reader, Mapping[str, Any]], StoredAccount | None]] = {
    "account": _Reader.take_account,
    "contact": _Reader.take_contact,
    "request": _Reader.take_request,
    "blocked": _Reader.take_blocked,
    "change": _Reader.take_change,
    "end": _Reader.take_end,
}


def _object(line: bytes) -> dict[str, Any]:
    """The table in a line; :class:`Wrong` for whatever else it may be."""
    if len(line) > MAX_LINE_BYTES:
        raise Wrong(f"It is longer than {MAX_LINE_BYTES} bytes.")
    try:
        value = json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise Wrong("It is not UTF-8.") from error
    except Wrong:
        raise
    except (ValueError, RecursionError) as error:
        raise Wrong(f"It is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise Wrong("It is no JSON object.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise Wrong("It has one key twice.")
    return value


def _refuse(word: str) -> NoReturn:
    raise Wrong(f"It is not JSON: {word} is no number.")


def _check_format(value: Mapping[str, Any]) -> None:
    if value.get("format") != FORMAT:
        raise Wrong(f'It does not begin as an export does: {{"format": "{FORMAT}", "version": {VERSION}}}.')
    fields = Fields(value, "", ("format", "version"))
    fields.needed("version", "the version of the format")
    version = fields.integer("version", 0, 1, 1 << 53)
    if version > VERSION:
        raise Wrong(
            f"The format has version {version}, and this release reads {VERSION}: a newer rosterkit wrote it. "
            "Install that one."
        )


def _add_keys(draft: Draft, mechanism: str, fields: Fields) -> None:
    salt, stored_key, server_key = (_bytes(fields, name) for name in ("salt", "stored_key", "server_key"))
    fields.needed("iterations", "a whole number")
    keys = Keys(salt, fields.integer("iterations", 0, 1, MAX_ITERATIONS), stored_key, server_key)
    check_keys(mechanism, keys)
    draft.add_credentials(mechanism, *keys)


def _bytes(fields: Fields, key: str) -> bytes:
    fields.needed(key, "bytes in base64")
    value = fields.raw(key)
    if not isinstance(value, str):
        raise fields.wrong(key, "bytes in base64")
    try:
        return b64decode(value, validate=True)
    except ValueError as error:
        raise Wrong(f"{fields.path(key)} is not base64.") from error
