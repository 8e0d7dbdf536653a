"""A file of scripted contacts: TOML with the same keys as in the control API, one table for each JID.

Tests: ``tests/net/test_contacts_file.py``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from rosterkit.core import jid
from rosterkit.core.contact_script import read_script
from rosterkit.errors import ConfigError, JidError, ScriptError
from rosterkit.net.seed import SeedContact
from rosterkit.options import read_text
from rosterkit.wire import fragments

__all__ = ["read_contacts"]


def read_contacts(path: Path | None) -> tuple[SeedContact, ...]:
    """The contacts of the file, none without a path; ConfigError with the file, the key and what it takes."""
    if path is None:
        return ()
    try:
        table = tomllib.loads(read_text(path, "--contacts"))
    except (ValueError, RecursionError) as error:  # an integer may have more digits than Python converts
        raise ConfigError(f"--contacts: {path} is not TOML: {error}.") from error
    try:
        return tuple(
            SeedContact(_address(name), read_script(value, name, fragments)) for name, value in table.items()
        )
    except (JidError, ScriptError) as error:
        raise ConfigError(f"--contacts: {path}: {error}") from error


def _address(text: str) -> jid.Jid:
    address = jid.parse(text)
    if not address.is_bare:
        raise JidError(f"{text!r} has a resource; a contact is NAME@DOMAIN.")
    return address
