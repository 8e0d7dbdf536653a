"""What another server kept of a password, as SCRAM keys of ours.

Tests: ``tests/transfer/test_foreign_keys.py``.
"""

from __future__ import annotations

import re
import secrets
from base64 import b64decode
from collections.abc import Mapping

from rosterkit.core.credentials import KEY_BYTES, Credentials, Keys
from rosterkit.errors import PasswordError
from rosterkit.store.checks import MAX_ITERATIONS, Wrong, check_keys
from rosterkit.wire import passwords

__all__ = ["from_elements", "from_password"]

_NUMBER = re.compile(r"[0-9]{1,9}\Z", re.ASCII)
#: How ejabberd wrote keys in place of a password before it had elements for them, from 17.01 on.
_IN_ATTRIBUTE = re.compile(r"scram:([^,]*),([^,]*),([^,]*),([^,]*)\Z")


def from_password(password: str) -> Credentials:
    """The keys of a password, or those that stand in its place.

    Each password gets a salt of its own, which costs 3 ms.  Raises :class:`Wrong`, with a sentence that does not
    hold the password.
    """
    found = _IN_ATTRIBUTE.match(password)
    if found is not None:
        stored_key, server_key, salt, iterations = found.groups()
        return {"SCRAM-SHA-1": _keys("SCRAM-SHA-1", salt, iterations, stored_key, server_key)}
    try:
        return passwords.derive(password, secrets.token_bytes(passwords.SALT_BYTES))
    except PasswordError as error:
        raise Wrong(str(error)) from error


def from_elements(mechanism: str, texts: Mapping[str, str]) -> Keys:
    """The keys in an element ``scram-credentials``, by the texts of its children.  Raises :class:`Wrong`."""
    for name in ("salt", "iter-count", "stored-key", "server-key"):
        if name not in texts:
            raise Wrong(f"The {name} is missing.")
    return _keys(mechanism, texts["salt"], texts["iter-count"], texts["stored-key"], texts["server-key"])


def _keys(mechanism: str, salt: str, iterations: str, *keys: str) -> Keys:
    if not _NUMBER.match(iterations.strip()) or not 1 <= int(iterations) <= MAX_ITERATIONS:
        raise Wrong(f"The number of iterations must be from 1 to {MAX_ITERATIONS}.")
    decoded = [_decoded(text) for text in (salt, *keys)]
    if mechanism in KEY_BYTES and any(len(key) != KEY_BYTES[mechanism] for key in decoded[1:]):
        decoded = _decoded_again(decoded)
    found = Keys(decoded[0], int(iterations), *decoded[1:])
    check_keys(mechanism, found)
    return found


def _decoded(text: str) -> bytes:
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError as error:
        raise Wrong("A key or the salt is not base64.") from error


def _decoded_again(values: list[bytes]) -> list[bytes]:
    """What ejabberd (23.01 for one) encoded twice, as it keeps base64; whatever is not that stays as it is."""
    try:
        return [b64decode(value, validate=True) for value in values]
    except ValueError:
        return values
