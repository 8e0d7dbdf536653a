"""A server on a real socket that says exactly what a test wants, right or wrong; and right pieces for it to say."""

from __future__ import annotations

import base64
import gc
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from dialogue import Dialogue
from scramp import ScramMechanism
from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.protocol import Factory
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure

HEADER = (
    "<?xml version='1.0'?><stream:stream from='localhost' id='s1' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
PROCEED = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
SALT = b"salt of juliet 1"


def logged_failures() -> Iterator[list[Any]]:
    """What is logged as a failure while a test runs; at its end the list must be empty.

    Twisted logs what an observer raises and what a Deferred fails with, and goes on.  A fixture, once it is made one.
    """
    found: list[Any] = []

    def observe(event: dict[str, Any]) -> None:
        failure = event.get("log_failure") or event.get("failure")  # the second from Twisted's older log
        if failure is not None:
            found.append(failure)

    globalLogPublisher.addObserver(observe)
    yield found
    gc.collect(1)  # Deferreds tell when they are gone
    globalLogPublisher.removeObserver(observe)
    assert found == []


Play = Callable[[Dialogue], Awaitable[None]]


def features(*children: str) -> str:
    """What is offered, behind a header."""
    return f"{HEADER}<stream:features>{''.join(children)}</stream:features>"


def mechanisms(*names: str) -> str:
    """The offer of SASL mechanisms."""
    return f"<mechanisms {SASL}>{''.join(f'<mechanism>{name}</mechanism>' for name in names)}</mechanisms>"


def b64(text: str) -> str:
    """Text in base64."""
    return base64.b64encode(text.encode()).decode()


def said(data: bytes) -> str:
    """The base64 text of the last element in ``data``."""
    return base64.b64decode(re.findall(rb">([^<>]*)</\w+>\Z", data)[0]).decode()


@asynccontextmanager
async def playing(play: Play) -> AsyncIterator[dict[str, Any]]:
    """A server that plays ``play`` with each client; gives ``host``, ``port`` and ``clients``, a list.

    At the end each play is waited for, and what went wrong in one is raised.
    """
    clients: list[Dialogue] = []
    wrong: list[Failure] = []
    plays: list[Deferred[None]] = []

    class Actor(Dialogue):
        def connectionMade(self) -> None:
            clients.append(self)
            plays.append(ensureDeferred(play(self)))  # type: ignore[arg-type]
            plays[-1].addErrback(wrong.append)

    port: Any = reactor.listenTCP(0, Factory.forProtocol(Actor), interface="127.0.0.1")  # type: ignore[attr-defined]
    try:
        yield {"host": "127.0.0.1", "port": port.getHost().port, "clients": clients}
        for each in plays:
            await each
    finally:
        await port.stopListening()
        for client in clients:
            client.transport.abortConnection()
            await client.ended
    for failure in wrong:
        failure.raiseException()


async def header(client: Dialogue) -> bytes:
    """The client's header."""
    return await client.until("version='1.0'>")


async def scram(client: Dialogue, password: str = "r0m30", lie: Callable[[str], str] = str) -> Any:
    """SCRAM-SHA-256 up to the client's proof, which is checked; the ``scramp`` server that knows the signature.

    ``lie`` makes the first challenge of the right one.
    """
    await header(client)
    client.say(features(mechanisms("SCRAM-SHA-256")))
    mechanism = ScramMechanism("SCRAM-SHA-256")
    server = mechanism.make_server(lambda _: mechanism.make_auth_info(password, 4096, SALT))
    server.set_client_first(said(await client.until("</auth>")))
    client.say(f"<challenge {SASL}>{b64(lie(server.get_server_first()))}</challenge>")
    server.set_client_final(said(await client.until("</response>")))
    return server


async def log_in(client: Dialogue, *offers: str) -> None:
    """A login that is right, to the features after it: bind and ``offers``."""
    server = await scram(client)
    client.say(f"<success {SASL}>{b64(server.get_server_final())}</success>")
    await header(client)
    client.say(features(BIND, *offers))


async def bind(client: Dialogue, full: str = "juliet@localhost/desk") -> None:
    """The answer to bind."""
    asked = await client.until("</iq>")
    id_ = re.findall(rb"<iq [^>]*id='([^']*)'", asked)[0].decode()
    client.say(f"<iq type='result' id='{id_}'>{BIND[:-2]}><jid>{full}</jid></bind></iq>")


async def to_the_end(client: Dialogue, *offers: str) -> None:
    """A login that is right, and the end of the stream as the client wishes."""
    await log_in(client, *offers)
    await bind(client)
    await client.until("</stream:stream>")
    client.say("</stream:stream>")
