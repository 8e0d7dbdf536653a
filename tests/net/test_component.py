"""External components on real sockets: Wokkel's, unmodified, and raw ones that misbehave."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dialogue import Dialogue, connect
from pytest_twisted import ensureDeferred
from serving import logged_in, serving
from twisted.internet.defer import Deferred
from twisted.words.protocols.jabber.jid import JID
from wokkel.component import Component as WokkelComponent
from wokkel.xmppim import PresenceProtocol

from rosterkit.config import Component

DOMAIN, SECRET = "remote.test", "s3cr3t"
SUBSCRIBE = f"<presence/><presence type='subscribe' to='nurse@{DOMAIN}'/>"
PING = "<iq type='get' id='alive' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"


class Nurse(PresenceProtocol):  # type: ignore[misc]
    """A contact that accepts everybody and then shows itself, on Wokkel's own handler."""

    def __init__(self) -> None:
        super().__init__()
        self.initialized: Deferred[None] = Deferred()

    def connectionInitialized(self) -> None:
        """The handshake is over."""
        super().connectionInitialized()
        self.initialized.callback(None)

    def subscribeReceived(self, presence: Any) -> None:
        """Somebody asks."""
        self.subscribed(recipient=presence.sender, sender=presence.recipient)
        self.available(recipient=presence.sender, sender=JID(f"nurse@{DOMAIN}/kitchen"))


@asynccontextmanager
async def serving_components() -> AsyncIterator[dict[str, Any]]:
    """A server that expects one component."""
    async with serving(component_port=0, components=(Component(DOMAIN, SECRET),)) as ready:
        yield ready


async def attached(ready: dict[str, Any], secret: str = SECRET, answer: str = "<handshake/>") -> Dialogue:
    """A raw component, after its handshake was answered with ``answer``."""
    component = await connect(ready["component"])
    component.say(
        f"<stream:stream xmlns='jabber:component:accept' to='{DOMAIN}' "
        "xmlns:stream='http://etherx.jabber.org/streams'>"
    )
    header = await component.until("xml:lang='en'>")
    stream_id = header.partition(b" id='")[2].partition(b"'")[0]
    component.say(f"<handshake>{hashlib.sha1(stream_id + secret.encode()).hexdigest()}</handshake>")
    await component.until(answer)
    return component


@ensureDeferred
async def test_a_wokkel_component_is_a_contact() -> None:
    """A component written with Wokkel is asked, approves, and its presence reaches the client."""
    async with serving_components() as ready:
        nurse = Nurse()
        component = WokkelComponent("127.0.0.1", ready["component"]["port"], DOMAIN, SECRET)
        nurse.setHandlerParent(component)
        component.startService()
        try:
            await nurse.initialized
            juliet = await logged_in(ready)
            juliet.say("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>" + SUBSCRIBE)
            got = await juliet.until(f"from='nurse@{DOMAIN}/kitchen'")
            assert f"<item jid='nurse@{DOMAIN}' subscription='to'/>".encode() in got
        finally:
            component.stopService()


@ensureDeferred
async def test_a_component_that_is_away_is_said_to_be() -> None:
    """Before it comes and after it went a request is answered remote-server-timeout, and the entry is made
    (RFC 6121 §3.1.2); while it is there the request reaches it.
    """
    async with serving_components() as ready:
        juliet = await logged_in(ready)
        juliet.say(SUBSCRIBE)
        assert b"type='error'" in await juliet.until("<remote-server-timeout")
        component = await attached(ready)
        juliet.say(SUBSCRIBE)
        assert b"from='juliet@localhost'" in await component.until("type='subscribe'")
        component.say("</stream:stream>")
        await component.ended
        juliet.say(SUBSCRIBE)
        await juliet.until("<remote-server-timeout")
        juliet.say("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
        await juliet.until(f"<item jid='nurse@{DOMAIN}' subscription='none' ask='subscribe'/>")


@ensureDeferred
async def test_a_second_component_for_a_domain_is_refused() -> None:
    """XEP-0114: it gets conflict; the one that was first stays and is still reached."""
    async with serving_components() as ready:
        first = await attached(ready)
        second = await attached(ready, answer="<stream:error><conflict ")
        await second.ended
        juliet = await logged_in(ready)
        juliet.say(SUBSCRIBE)
        await first.until("type='subscribe'")


@ensureDeferred
async def test_a_wrong_secret_opens_nothing() -> None:
    """XEP-0114: not-authorized, the connection ends, and the domain is free for the right one."""
    async with serving_components() as ready:
        stranger = await attached(ready, secret="guess", answer="<stream:error><not-authorized ")
        await stranger.ended
        await attached(ready)


@ensureDeferred
async def test_a_component_speaks_for_its_own_domain_only() -> None:
    """RFC 6120 §4.9.3.9: a forged sender ends the component's stream and reaches nobody; clients go on."""
    async with serving_components() as ready:
        component, juliet = await attached(ready), await logged_in(ready)
        component.say(
            "<iq type='set' id='push' from='juliet@localhost' to='juliet@localhost'>"
            "<query xmlns='jabber:iq:roster'><item jid='evil@localhost'/></query></iq>"
        )
        await component.until("<stream:error><invalid-from ")
        await component.ended
        juliet.say(PING)
        assert b"evil" not in await juliet.until("id='alive'")
