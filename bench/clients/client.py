"""One XMPP client: logging in, requests and their answers; every stanza is told to whoever watches.

Nothing is parsed: what a stanza is stands in its first tag.  Pushes are acknowledged here.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import NamedTuple

from bench.clients import wording
from bench.clients.line import PATIENCE, Line, LostError, Place, open_line
from bench.clients.proving import Scram, plain

__all__ = ["PASSWORD", "Client", "Login", "LoginRefusedError", "stanza_type"]

#: Of every account that is made for measuring.
PASSWORD = "soak"

_OPEN = b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>"
_STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
_ID = re.compile(rb"<iq\b[^>]*?\sid=['\"]([^'\"]*)")
_TYPE = re.compile(rb"<\w+\b[^>]*?\stype=['\"](\w+)")


class LoginRefusedError(Exception):
    """The server does not let the account in."""


class Login(NamedTuple):
    """Who logs in and how; ``starttls`` counts where the place has a context for TLS."""

    name: str
    resource: str
    mechanism: str = "SCRAM-SHA-1"
    starttls: bool = False
    password: str = PASSWORD


class Client:
    """One client.  ``watch`` is shown each stanza that is no answer to a request, with its type ("" for none)."""

    def __init__(self, line: Line, login: Login) -> None:
        self.line = line
        self.login = login
        self.watch: Callable[[str, bytes], None] | None = None
        self._answers: dict[bytes, tuple[asyncio.Future[bytes], Callable[[bytes], object] | None]] = {}
        self._count = 0
        self._last_words = ""  # the server's

    @classmethod
    async def connect(cls, place: Place, login: Login) -> Client:
        """A client with a bound resource; it has asked for nothing yet.

        Raises :class:`LostError` or :class:`LoginRefusedError`; then the connection is closed.
        """
        client = cls(await open_line(place), login)
        try:
            await client._enter()
        except BaseException:
            client.line.cut()
            raise
        return client

    # Logging in

    async def _enter(self) -> None:
        line, login = self.line, self.login
        features = await self._open()
        if login.starttls and line.place.tls is not None:
            if b"<starttls" not in features:
                raise LoginRefusedError("The server offers no STARTTLS; it was started without.")
            line.send(_STARTTLS)
            await self._expect(b"<proceed")
            await line.start_tls(line.place.tls)
            await self._open()
        await self._authenticate()
        await self._open()
        line.send(_iq("set", b"bind", wording.BIND % login.resource.encode()))
        await self._expect(b"<iq")
        line.receive = self._receive
        line.on_lost = self._forget_answers

    async def _open(self) -> bytes:
        """Begin a stream; its features."""
        self.line.restart()
        self.line.send(_OPEN if self.line.place.framed else wording.HEADER)
        while True:
            piece = await self.line.next()
            if b"features" in piece[:20]:
                return piece
            if b":error" in piece[:20] or piece.startswith((b"</", b"<close")):
                raise LostError(f"The server ended the stream: {piece[:300].decode('utf-8', 'replace')}")

    async def _authenticate(self) -> None:
        login = self.login
        if login.mechanism == "PLAIN":
            self.line.send(wording.AUTH % (b"PLAIN", plain(login.name, login.password)))
            await self._expect(b"<success")
            return
        scram = Scram(login.mechanism, login.name, login.password)
        self.line.send(wording.AUTH % (login.mechanism.encode(), scram.first()))
        self.line.send(wording.RESPONSE % scram.respond(wording.text(await self._expect(b"<challenge"))))
        if not scram.is_proved(wording.text(await self._expect(b"<success"))):
            raise LoginRefusedError("The server has not proved that it knows the password.")

    async def _expect(self, begin: bytes) -> bytes:
        piece = await self.line.next()
        if piece.startswith(begin):
            return piece
        said = piece[:300].decode("utf-8", "replace")
        if piece.startswith(b"<failure"):
            raise LoginRefusedError(f"The server refuses the login of {self.login.name}: {said}")
        raise LostError(f"The server did not go on with the login of {self.login.name}: {said}")

    # Requests

    async def ask(
        self, kind: str, payload: bytes, to: str | None = None, take: Callable[[bytes], object] | None = None
    ) -> bytes:
        """Send an iq and give its answer, a result or an error.  Raises :class:`LostError`.

        ``take`` is shown a result before any stanza that came behind it is told to ``watch``.
        """
        self._count += 1
        id_ = b"q%d" % self._count
        if self.line.lost:
            raise LostError("The connection is gone.")
        waiting: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._answers[id_] = waiting, take
        self.line.send(_iq(kind, id_, payload, to))
        try:
            async with asyncio.timeout(PATIENCE):
                return await waiting
        except TimeoutError as error:
            raise LostError(f"No answer in {PATIENCE:.0f} s to {payload[:100]!r}.") from error
        finally:
            self._answers.pop(id_, None)

    async def ping(self, to: str = "localhost") -> float:
        """Ask for a sign of life, and give the seconds that it took."""
        began = time.perf_counter()
        await self.ask("get", wording.PING, to)
        return time.perf_counter() - began

    async def come_online(self) -> bytes:
        """Fetch the roster and send initial presence; gives the roster's result."""
        roster = await self.ask("get", wording.ROSTER)
        self.line.send(b"<presence/>")
        return roster

    def _receive(self, piece: bytes) -> None:
        """A stanza has come."""
        kind = stanza_type(piece)
        if piece.startswith(b"<stream:error"):
            self._last_words = f" It said {piece[:300].decode('utf-8', 'replace')}"
        if piece.startswith(b"<iq"):
            found = _ID.match(piece)
            id_ = found[1] if found else b""
            if kind in ("result", "error"):
                self._answered(id_, kind, piece)
                return
            self.line.send(b"<iq type='result' id='%s'/>" % id_)
        if self.watch is not None:
            self.watch(kind, piece)

    def _answered(self, id_: bytes, kind: str, piece: bytes) -> None:
        waiting, take = self._answers.get(id_, (None, None))
        if waiting is None or waiting.done():
            return  # nobody asked, or it comes a second time
        if take is not None and kind == "result":
            take(piece)
        waiting.set_result(piece)

    def _forget_answers(self) -> None:
        for waiting, _ in self._answers.values():
            if not waiting.done():
                waiting.set_exception(LostError(f"The connection ended before the answer came.{self._last_words}"))


def stanza_type(piece: bytes) -> str:
    """The ``type`` of a stanza, "" where it has none."""
    found = _TYPE.match(piece)
    return found[1].decode() if found else ""


def _iq(kind: str, id_: bytes, payload: bytes, to: str | None = None) -> bytes:
    address = b" to='%s'" % to.encode() if to is not None else b""
    return b"<iq type='%s' id='%s'%s>%s</iq>" % (kind.encode(), id_, address, payload)
