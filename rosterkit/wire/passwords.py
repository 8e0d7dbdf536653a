"""A password turned into SCRAM keys, and checked against them, without being kept.

Deriving keys takes 4,096 rounds of PBKDF2, about 1.6 ms for each mechanism, so what was derived once is remembered
under a digest that only this process can compute: neither the memory nor a dump of it holds a plain password.

Tests: ``tests/wire/test_passwords.py``.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Iterable

from scramp import ScramException, ScramMechanism

from rosterkit.core.credentials import KEY_BYTES, Credentials, Keys
from rosterkit.errors import PasswordError

__all__ = [
    "ITERATIONS",
    "MAX_PASSWORD_BYTES",
    "SALT_BYTES",
    "derive",
    "derive_again",
    "made_up",
    "matches",
    "without_keys",
]

ITERATIONS = 4096
#: How long every salt should be: :func:`made_up` gives salts of this length, and they must not stand out.
SALT_BYTES = 16
#: A longer password is refused: preparing it costs time that a stranger should not be able to take.
MAX_PASSWORD_BYTES = 1023

_MECHANISMS = {name: ScramMechanism(name) for name in ("SCRAM-SHA-256", "SCRAM-SHA-1")}
_REMEMBERED_AT_MOST = 8192
_process_key = secrets.token_bytes(32)
_remembered: OrderedDict[bytes, Keys] = OrderedDict()


def derive(password: str, salt: bytes) -> Credentials:
    """Give the keys of ``password`` for SCRAM-SHA-256 and SCRAM-SHA-1, with 4,096 rounds.

    Costs about 1.6 ms for each mechanism the first time, microseconds after that; the last 8,192 keys are
    remembered.  ``salt`` should have :data:`SALT_BYTES` bytes and has at least 12.  Raises :class:`PasswordError`
    for a password that is empty, over :data:`MAX_PASSWORD_BYTES` or forbidden by SASLprep (RFC 4013).
    """
    return {mechanism: _remember(mechanism, password, salt, ITERATIONS) for mechanism in _MECHANISMS}


def derive_again(password: str) -> Credentials:
    """Give the keys of ``password`` under a salt that is its own in this process; microseconds from the second time.

    For accounts of tests, which come and go by the thousand: two with one password can be told to have the same.
    """
    data = password.encode("utf-8", "surrogatepass")
    return derive(password, hashlib.blake2b(data, key=_process_key, digest_size=SALT_BYTES).digest())


def matches(password: str, credentials: Credentials) -> bool:
    """Whether ``credentials`` were derived from ``password``; the comparison takes the same time either way.

    A right password is remembered and costs microseconds from then on; a wrong one costs its PBKDF2 each time,
    whether or not the account exists (see :func:`made_up`).
    """
    mechanism, keys = next((name, credentials[name]) for name in _MECHANISMS if name in credentials)
    digest = _digest(mechanism, password, keys.salt, keys.iterations)
    known = _remembered.get(digest)
    try:
        offered = known or _compute(mechanism, password, keys.salt, keys.iterations)
    except PasswordError:
        return False
    right = hmac.compare_digest(offered.stored_key, keys.stored_key)
    if right:
        _keep(digest, offered)
    return right


def without_keys(accounts: Iterable[Credentials]) -> tuple[str, ...]:
    """The mechanisms for which not every account has keys; one without any keys at all wants none."""
    held = [credentials for credentials in accounts if credentials]
    return tuple(name for name in _MECHANISMS if not all(name in credentials for credentials in held))


def made_up(account: str) -> Credentials:
    """Give credentials for an account that does not exist: no password fits them.

    The same bare JID gets the same salt for as long as the process lives, so that a stranger who asks twice
    cannot tell it from a real account.
    """
    secret = hashlib.blake2b(account.encode(), key=_process_key).digest()
    salt, key = secret[:SALT_BYTES], secret[SALT_BYTES:]
    return {mechanism: Keys(salt, ITERATIONS, key[:length], key[:length]) for mechanism, length in KEY_BYTES.items()}


def _remember(mechanism: str, password: str, salt: bytes, iterations: int) -> Keys:
    digest = _digest(mechanism, password, salt, iterations)
    keys = _remembered.get(digest) or _compute(mechanism, password, salt, iterations)
    _keep(digest, keys)
    return keys


def _keep(digest: bytes, keys: Keys) -> None:
    """Remember ``keys`` as the newest, and forget the oldest beyond the bound."""
    _remembered[digest] = keys
    _remembered.move_to_end(digest)
    if len(_remembered) > _REMEMBERED_AT_MOST:
        _remembered.popitem(last=False)


def _digest(mechanism: str, password: str, salt: bytes, iterations: int) -> bytes:
    said = f"{mechanism} {iterations} {salt.hex()} {password}"
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), key=_process_key).digest()


def _compute(mechanism: str, password: str, salt: bytes, iterations: int) -> Keys:
    if not password:
        raise PasswordError("The password is empty.")
    if len(password.encode("utf-8", "surrogatepass")) > MAX_PASSWORD_BYTES:
        raise PasswordError(f"The password is longer than {MAX_PASSWORD_BYTES} bytes.")
    try:
        _, stored_key, server_key, _ = _MECHANISMS[mechanism].make_auth_info(password, iterations, salt)
    except ScramException as error:
        raise PasswordError(f"SASLprep (RFC 4013) refuses the password: {error.args[0]}.") from error
    return Keys(salt, iterations, stored_key, server_key)
