"""The client's side of SASL: SCRAM-SHA-256, SCRAM-SHA-1 and PLAIN (RFC 5802, RFC 7677, RFC 4616; RFC 6120 §6).

Base64 text in, base64 text out; no XML and no sockets.  A SCRAM login succeeds only when the server has proved that
it knows the password too.  The mechanism is chosen once, from what is offered on the stream that the login is made
on, and no weaker one is tried after a failure.  PLAIN shows the password to whoever reads along, and somebody who
can change an unprotected offer can leave nothing but PLAIN in it: without TLS it is taken only when the caller says
so.  There is no channel binding.

Tests: ``tests/wire/test_sasl_client.py``.
"""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import NoReturn, Protocol

from scramp import ScramClient, ScramException

from rosterkit.errors import RosterkitError
from rosterkit.wire import scram_proof
from rosterkit.wire.conditions import shown

__all__ = ["MAX_ITERATIONS", "MIN_ITERATIONS", "Attempt", "LoginError", "choose", "decoded"]

#: Fewer rounds protect nobody (RFC 7677 §4); a server that asks for fewer may be after the password.
MIN_ITERATIONS = 4_096
#: More rounds take over a second of computing, during which the whole process stands still.
MAX_ITERATIONS = 2_000_000

_SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-1")
# No server says more, and what it says is searched and copied.
_LONGEST_MESSAGE = 65_536
_ITERATIONS = re.compile(r",i=([0-9]+)(?:,|\Z)", re.ASCII)
# RFC 5802 §7: an error or the signature, then what extensions add; "m" would be one that must be known.
_FINAL = re.compile(r"(?:e=(?P<error>[^,\0]+)|v=(?P<signature>[A-Za-z0-9+/=]+))(?:,[A-Za-ln-z]=[^,\0]+)*")


class LoginError(RosterkitError):
    """A login that failed; the text says why and what to do next.

    ``condition`` is what the server called it (RFC 6120 §6.5, §4.9.3), None where it was found here.  ``temporary``
    says that the same login may succeed later.
    """

    def __init__(self, text: str, condition: str | None = None, temporary: bool = False) -> None:
        super().__init__(text)
        self.condition = condition
        self.temporary = temporary


def choose(offered: Iterable[str], secured: bool, allow_plaintext_password: bool = False) -> str:
    """The best mechanism of those ``offered``: SCRAM-SHA-256, SCRAM-SHA-1, then PLAIN.

    PLAIN counts only when the stream is ``secured`` by TLS, or is explicitly allowed without.  Raises
    :class:`LoginError` where nothing is left.
    """
    names = list(offered)
    for mechanism in _SCRAM:
        if mechanism in names:
            return mechanism
    if "PLAIN" not in names:
        raise LoginError(
            f"The server offers no mechanism that is known here, but {_listed(names)}; "
            "SCRAM-SHA-256, SCRAM-SHA-1 and PLAIN are."
        )
    if not (secured or allow_plaintext_password):
        raise LoginError(
            "The server offers only PLAIN, and there is no TLS: the password would be readable on its way. "
            "Use TLS, or allow it with allow_plaintext_password=True."
        )
    return "PLAIN"


class _Mechanism(Protocol):
    """``verified`` says that the server has proved all that it has to."""

    verified: bool

    def initial(self) -> str:
        """The first message."""

    def respond(self, message: str, /) -> str:
        """The answer to a challenge."""

    def conclude(self, message: str, /) -> None:
        """Take what came with the success."""


class Attempt:
    """One login as ``name`` with ``mechanism``: :meth:`initial`, :meth:`respond` to each challenge, :meth:`finish`.

    ``name`` is the prepared localpart.  Raises :class:`LoginError` for a name or password that the mechanism cannot
    carry; each step raises it for what the server does wrong, and then the attempt is over.  ``nonce`` is for tests.
    """

    def __init__(self, mechanism: str, name: str, password: str, nonce: str | None = None) -> None:
        self.mechanism = mechanism
        if not password:
            raise LoginError("The password is empty.")
        self._steps: _Mechanism = (
            _Plain(name, password) if mechanism == "PLAIN" else _Scram(mechanism, name, password, nonce)
        )

    def initial(self) -> str:
        """The text of ``<auth/>``."""
        return _encoded(self._steps.initial())

    def respond(self, challenge: str) -> str:
        """The text of ``<response/>`` to the text of a ``<challenge/>``; ``""`` for an empty response."""
        return _encoded(self._steps.respond(decoded(challenge)))

    def finish(self, success_data: str) -> None:
        """Take the text of ``<success/>``, ``""`` where there is none.

        Raises :class:`LoginError` unless the server has proved by now that it knows the password (RFC 5802 §3); a
        stream that it is raised on must not be used.
        """
        message = decoded(success_data)
        if not self._steps.verified:
            self._steps.conclude(message)


class _Plain:
    """RFC 4616: nothing is proved by the server, so only TLS can."""

    verified = True

    def __init__(self, name: str, password: str) -> None:
        if "\0" in password or not _is_text(password):
            raise LoginError("The password holds a NUL character or half of a pair, which no mechanism can carry.")
        self._message = f"\0{name}\0{password}"

    def initial(self) -> str:
        return self._message

    def respond(self, _message: str) -> str:
        raise LoginError("The server asks for more after PLAIN had said everything; it breaks RFC 4616.")

    def conclude(self, _message: str) -> None:
        """There is nothing to be proved."""


class _Scram:
    """RFC 5802 without channel binding.  What a server says is read by scramp; the proof is made here."""

    def __init__(self, mechanism: str, name: str, password: str, nonce: str | None) -> None:
        self.verified = False
        self._steps = iter((self._first, self._empty))
        self._mechanism = mechanism
        self._signature: bytes | None = None
        try:
            self._client = ScramClient([mechanism], name, password, c_nonce=nonce or secrets.token_urlsafe(24))
        except ScramException as error:
            raise LoginError(f"SASLprep (RFC 4013) refuses the name or the password: {error.args[0]}.") from error

    def initial(self) -> str:
        return str(self._client.get_client_first())

    def respond(self, message: str) -> str:
        """The proof for the first challenge; nothing for one that carries the server's, in place of the success."""
        step = next(self._steps, None)
        if step is None:
            raise LoginError(f"The server sends more challenges than {self._mechanism} has; it breaks RFC 5802.")
        return step(message)

    def _first(self, message: str) -> str:
        found = _ITERATIONS.search(message)
        digits = found[1].lstrip("0") if found else ""
        if found and (len(digits) > 9 or not MIN_ITERATIONS <= int(digits or "0") <= MAX_ITERATIONS):
            raise LoginError(
                f"The server asks for {found[1][:30]} rounds of hashing; {MIN_ITERATIONS} to {MAX_ITERATIONS} are "
                "accepted. Fewer would expose the password, more would stop this process for long."
            )
        try:
            self._client.set_server_first(message)
        except ScramException as error:
            raise LoginError(
                f"The server's first {self._mechanism} message is refused: {_said(error)}. No proof was sent."
            ) from error
        return self._proof(message)

    def _proof(self, message: str) -> str:
        client = self._client
        keys = scram_proof.keys_of(
            self._mechanism, bytes(client.password), bytes(client.salt), int(client.iterations)
        )
        proof = scram_proof.prove(self._mechanism, keys, client.client_first_bare, message, str(client.nonce))
        self._signature = proof.signature
        return proof.message

    def _empty(self, message: str) -> str:
        self.conclude(message)
        return ""

    def conclude(self, message: str) -> None:
        """Check the server's signature."""
        found = _FINAL.fullmatch(message)
        if found and found["error"]:
            self._unproved(f"it says {shown(found['error'])}")
        if not (found and self._signature):
            self._unproved("its last message has no signature, or comes too early")
        elif not hmac.compare_digest(b64encode(self._signature).decode(), found["signature"]):
            self._unproved("its signature is not the right one")
        self.verified = True

    def _unproved(self, reason: str) -> NoReturn:
        raise LoginError(
            f"The server has not proved that it knows the password: {reason}. "
            "It may not be the server that it claims to be."
        )


def decoded(text: str) -> str:
    """The message in strict base64 of UTF-8; ``""`` and ``"="`` are the empty one.  Raises :class:`LoginError`."""
    if text in ("", "="):
        return ""
    if len(text) > _LONGEST_MESSAGE:
        raise LoginError(f"The server's SASL message has {len(text)} characters; {_LONGEST_MESSAGE} are accepted.")
    try:
        return b64decode(text, validate=True).decode()
    except ValueError as error:
        raise LoginError("The server's SASL message is not base64 of UTF-8.") from error


def _encoded(message: str) -> str:
    return b64encode(message.encode()).decode()


def _is_text(password: str) -> bool:
    """Whether it can be written in UTF-8."""
    return not any("\ud800" <= character <= "\udfff" for character in password)


def _said(error: ScramException) -> str:
    """The library's reason, and the server's word for it where it gave one, fit for a sentence."""
    return shown(str(error)).rstrip(".")


def _listed(names: list[str]) -> str:
    return shown(", ".join(names)) or "none at all"
