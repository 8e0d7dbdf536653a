"""The server's side of SASL: PLAIN, SCRAM-SHA-1, SCRAM-SHA-256, ANONYMOUS (RFC 4616, 5802, 7677, 4505; RFC 6120 §6).

Base64 text in, steps out; no XML and no sockets.  An account that does not exist goes through the same steps, takes
the same work and fails with the same answer as a wrong password.

Tests: ``tests/wire/test_sasl.py``.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Generator
from functools import partial
from typing import NamedTuple, TypeAlias

from scramp import ScramException, ScramMechanism

from rosterkit.core import jid
from rosterkit.core.credentials import Credentials, Keys
from rosterkit.core.jid import Jid
from rosterkit.errors import JidError
from rosterkit.wire.passwords import derive, made_up, matches

__all__ = [
    "ABORTED",
    "ANONYMOUS",
    "MECHANISMS",
    "OUT_OF_PLACE",
    "Challenge",
    "Exchange",
    "Failure",
    "Guest",
    "Lookup",
    "Step",
    "Success",
    "derive",
]

#: What is always offered, best first.
MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN")
#: What is offered behind them where the host takes clients that do not say who they are.
ANONYMOUS = "ANONYMOUS"

#: The credentials of an account of the domain, or None.
Lookup: TypeAlias = Callable[[Jid], Credentials | None]
#: An account of the domain that nobody has had.
Guest: TypeAlias = Callable[[], Jid]

# No client needs more, and preparing a long user name costs time that a stranger should not be able to take.
_LONGEST_MESSAGE = 4096
#: The most characters with which an anonymous client may say who it is (RFC 4505 §2).
_LONGEST_TRACE = 255


class Challenge(NamedTuple):
    """The client's turn again; ``data`` is base64, empty for an empty challenge."""

    data: bytes


class Success(NamedTuple):
    """The client is ``account`` (a bare JID); ``data`` is base64, empty where nothing goes with the success."""

    account: Jid
    data: bytes


class Failure(NamedTuple):
    """The attempt is over: a condition of RFC 6120 §6.5 and a sentence."""

    condition: str
    text: str = ""


Step: TypeAlias = Challenge | Success | Failure

ABORTED = Failure("aborted")
_INCORRECT_ENCODING = Failure("incorrect-encoding", "This is not base64 as RFC 4648 section 4 has it.")
_INVALID_AUTHZID = Failure("invalid-authzid", "The authorization identity can only be the account's own bare JID.")
_INVALID_MECHANISM = Failure("invalid-mechanism", "The mechanism is not among those that were offered.")
_MALFORMED = Failure("malformed-request", "The message does not have the form that the mechanism prescribes.")
OUT_OF_PLACE = Failure("malformed-request", "No challenge is waiting for a response.")
_NOT_AUTHORIZED = Failure("not-authorized", "The user name or the password is wrong.")
_NO_BINDING = Failure("not-authorized", "Channel binding is not supported.")

# A mechanism yields challenges and is sent responses; it begins with an empty challenge, which is only
# transmitted when there is no initial response.
_Exchange: TypeAlias = Generator[bytes, str, Success | Failure]


class Exchange:
    """One attempt to log in at ``domain``: :meth:`start` once, then :meth:`respond` until it is no Challenge.

    ``nonce`` is the server's part of the SCRAM nonce: printable, no comma, unguessable, used once.  Without ``guest``
    nobody logs in anonymously.  What the client does wrong comes back as a :class:`Failure`; only an error of
    ``lookup`` or ``guest`` itself is raised.
    """

    def __init__(self, mechanism: str, domain: str, lookup: Lookup, nonce: str, guest: Guest | None = None) -> None:
        self._steps = _begin(mechanism, domain, lookup, nonce, guest)
        self._waiting = False

    def start(self, initial: str | None) -> Step:
        """Take the text of ``<auth/>``; None or ``""`` is no initial response, ``"="`` an empty one."""
        if self._steps is None:
            return _INVALID_MECHANISM
        next(self._steps)
        self._waiting = True
        return self.respond(initial) if initial else Challenge(b"")

    def respond(self, text: str | None) -> Step:
        """Take the text of a ``<response/>``; a response that nothing asked for is ``malformed-request``."""
        if self._steps is None or not self._waiting:
            return OUT_OF_PLACE
        message = _decoded(text)
        self._waiting = not isinstance(message, Failure)
        if isinstance(message, Failure):
            return message
        try:
            return Challenge(b64encode(self._steps.send(message)))
        except StopIteration as end:
            self._waiting = False
            result: Success | Failure = end.value
            return result


def _decoded(text: str | None) -> str | Failure:
    """Canonical base64 of UTF-8: no blanks, no missing or surplus padding, padding bits zero (RFC 6120 §13.9.1)."""
    if not text or text == "=":
        return ""
    if len(text) > _LONGEST_MESSAGE * 4 // 3:
        return _MALFORMED
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        return _INCORRECT_ENCODING
    if b64encode(data) != text.encode():
        return _INCORRECT_ENCODING
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _MALFORMED


def _begin(mechanism: str, domain: str, lookup: Lookup, nonce: str, guest: Guest | None) -> _Exchange | None:
    if mechanism == ANONYMOUS and guest is not None:
        return _anonymous(guest)
    if mechanism == "PLAIN":
        return _plain(domain, lookup)
    if mechanism in MECHANISMS:
        return _scram(mechanism, domain, lookup, nonce)
    return None


def _anonymous(guest: Guest) -> _Exchange:
    trace = yield b""  # with which an administrator might find somebody; nobody needs it here
    return Success(guest(), b"") if len(trace) <= _LONGEST_TRACE else _MALFORMED


def _plain(domain: str, lookup: Lookup) -> _Exchange:
    parts = (yield b"").split("\0")
    if len(parts) != 3 or not parts[1] or not parts[2]:
        return _MALFORMED
    authzid, name, password = parts
    account = _account(name, domain)
    if account is None:
        return _NOT_AUTHORIZED
    if not _may_act_as(account, authzid):
        return _INVALID_AUTHZID
    if not matches(password, _any_credentials(account, lookup)):
        return _NOT_AUTHORIZED
    return Success(account, b"")


# RFC 5802 §7, without the reserved "m" attribute: whoever sends it demands an extension that does not exist.
_NAME = "(?:[^,=\0]|=2C|=3D)+"
_NONCE = "[!-+\\--~]+"
_EXTENSIONS = "(?:,[A-Za-z]=[^,\0]+)*"
_BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_CLIENT_FIRST = re.compile(f"(([yn]|p=[A-Za-z0-9.-]+),(?:a=({_NAME}))?,)(n=({_NAME}),r={_NONCE}{_EXTENSIONS})")
_CLIENT_FINAL = re.compile(f"c={_BASE64},r={_NONCE}{_EXTENSIONS},p={_BASE64}")


def _scram(mechanism: str, domain: str, lookup: Lookup, nonce: str) -> _Exchange:
    first = _CLIENT_FIRST.fullmatch((yield b""))
    if first is None:
        return _MALFORMED
    header, flag, authzid, bare, name = first.groups()
    account = _account(_unescaped(name), domain)
    if flag.startswith("p="):
        return _NO_BINDING
    if account is None:
        return _NOT_AUTHORIZED
    if not _may_act_as(account, _unescaped(authzid or "")):
        return _INVALID_AUTHZID
    keys = _credentials(account, lookup)[mechanism]
    server = ScramMechanism(mechanism).make_server(partial(_auth_info, keys), s_nonce=nonce)
    try:
        server.set_client_first(f"{flag},,{bare}")
    except ScramException:
        return _MALFORMED
    if authzid:
        # scramp takes no authorization identity; the proof covers the header as the client sent it.
        server.gs2_header = _SentHeader(header)
    final = yield server.get_server_first().encode()
    if not _CLIENT_FINAL.fullmatch(final):
        return _MALFORMED
    try:
        server.set_client_final(final)
    except ScramException:  # the form was right, so the nonce, the binding or the proof is wrong
        return _NOT_AUTHORIZED
    return Success(account, b64encode(server.get_server_final().encode()))


class _SentHeader(NamedTuple):
    header: str

    def make_cbind_input(self, _binding: None) -> bytes:
        """What the client's ``c`` attribute must decode to (RFC 5802 §5.1)."""
        return self.header.encode()


def _auth_info(keys: Keys, _name: str) -> tuple[bytes, bytes, bytes, int]:
    """``keys`` in the order in which scramp wants them."""
    return keys.salt, keys.stored_key, keys.server_key, keys.iterations


def _unescaped(name: str) -> str:
    return name.replace("=2C", ",").replace("=3D", "=")


def _account(name: str, domain: str) -> Jid | None:
    """The account that ``name`` means, folded as localparts are; None where nobody can have that name."""
    try:
        return jid.parse(f"{jid.prepare_local(name)}@{domain}")
    except JidError:
        return None


def _credentials(account: Jid, lookup: Lookup) -> Credentials:
    """The account's keys, with made-up ones where it has none; always made up, so that the time tells nothing."""
    return {**made_up(account.bare), **(lookup(account) or {})}


def _any_credentials(account: Jid, lookup: Lookup) -> Credentials:
    """The account's keys alone, of whichever mechanism they are, made-up ones where it has none."""
    made, own = made_up(account.bare), lookup(account) or {}
    return own if any(mechanism in own for mechanism in made) else made


def _may_act_as(account: Jid, authzid: str) -> bool:
    """Nobody logs in as somebody else (RFC 6120 §6.3.8)."""
    if not authzid:
        return True
    try:
        return jid.parse(authzid) == account
    except JidError:
        return False
