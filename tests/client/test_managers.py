"""RosterClient as a plain handler in somebody's stream manager: Wokkel's, Tx-XMPP's, Twisted's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import tx_xmpp.generic
import tx_xmpp.subprotocols
from twisted.internet.task import Clock
from twisted.words.protocols.jabber import xmlstream
from twisted.words.protocols.jabber.jid import JID
from wire import FULL, Transport, item, query, without_ids

from rosterkit.client.roster import RosterClient
from rosterkit.client.subscriptions import Policy
from rosterkit.xmpp import handlers

MANAGERS = {"Tx-XMPP": tx_xmpp.subprotocols.StreamManager, "Twisted": xmlstream.StreamManager}
FALLBACKS = {"Tx-XMPP": tx_xmpp.generic.FallbackHandler}
# Wokkel is required by rosterkit; `make tx-xmpp` is without it, and says how many tests there are then.
if handlers.StreamManager is not tx_xmpp.subprotocols.StreamManager:
    MANAGERS["Wokkel"] = handlers.StreamManager
    FALLBACKS["Wokkel"] = handlers.FallbackHandler
HEADER = (
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from='localhost' id='s' "
    "version='1.0'><stream:features><ver xmlns='urn:xmpp:features:rosterver'/></stream:features>"
)
R = "romeo@x"


class Managed:
    """A manager with its stream and a RosterClient in it, between two lots of other handlers."""

    def __init__(self, manager: Callable[..., Any], before: Sequence[Any] = (), after: Sequence[Any] = ()) -> None:
        authenticator = xmlstream.ConnectAuthenticator("localhost")
        authenticator.jid = JID(FULL)
        self.factory = xmlstream.XmlStreamFactory(authenticator)
        self.manager = manager(self.factory)
        self.roster = RosterClient(policy=Policy.ACCEPT_ALL, clock=Clock())
        for handler in (*before, self.roster, *after):
            handler.setHandlerParent(self.manager)
        self.connect()

    def connect(self) -> None:
        """A new stream becomes ready."""
        self.stream = self.factory.buildProtocol(None)
        self.transport = Transport()
        self.stream.makeConnection(self.transport)
        self.stream.dataReceived(HEADER.encode())

    def said(self, data: str) -> str:
        """What the client sends after ``data`` has come."""
        self.transport.clear()
        self.stream.dataReceived(data.encode())
        return without_ids(self.transport.value().decode())

    def fetched(self, items: str = "", ver: str = "v1") -> str:
        """Answer the roster request."""
        sent = self.transport.value().decode()
        id_ = sent.rpartition("<iq type='get' id='")[2].partition("'")[0]
        return self.said(f"<iq type='result' id='{id_}'>{query(items, ver)}</iq>")


@pytest.mark.parametrize("name", MANAGERS)
def test_it_keeps_the_roster(name: str) -> None:
    """Fetch with versioning, pushes with their answers, subscription, presence, the next stream."""
    managed = Managed(MANAGERS[name])
    managed.fetched(item(R))
    assert list(managed.roster.items) == [JID(R)]
    push = f"<iq type='set' id='p' from='juliet@localhost'>{query(item(R, 'a', name='R'), 'v2')}</iq>"
    assert managed.said(push) == "<iq type='result' id='p' to='juliet@localhost'/>"
    assert managed.roster[R].groups == {"a"}
    assert managed.said(f"<presence type='subscribe' from='{R}'/>") == f"<presence type='subscribed' to='{R}'/>"
    managed.said(f"<presence from='{R}/x'/>")
    assert managed.roster[R].available
    managed.stream.connectionLost(None)
    assert not managed.roster.connected
    managed.connect()
    assert "ver='v2'" in managed.transport.value().decode()


@pytest.mark.parametrize("name", FALLBACKS)
@pytest.mark.parametrize("first", [True, False])
def test_what_it_has_answered_no_fallback_answers(name: str, first: bool) -> None:
    """A push has one answer, whichever handler was added first; a forged one has none."""
    fallback = [FALLBACKS[name]()]
    managed = Managed(MANAGERS[name], **{"after" if first else "before": fallback})
    managed.fetched()
    assert managed.said(f"<iq type='set' id='p'>{query(item(R), 'v2')}</iq>") == "<iq type='result' id='p'/>"
    assert managed.said(f"<iq type='set' id='p' from='evil@x'>{query(item('evil@x'), 'v2')}</iq>") == ""


def test_a_late_handler_is_brought_up_to_date() -> None:
    """Added to a manager that is online it fetches the roster at once."""
    managed = Managed(handlers.StreamManager)
    late = RosterClient(clock=Clock())
    managed.transport.clear()
    late.setHandlerParent(managed.manager)
    managed.fetched(item(R))
    assert list(late.items) == [JID(R)]


def test_it_works_without_wokkel() -> None:
    """Where only Tx-XMPP is installed its base class is taken."""
    code = (
        "import sys; sys.modules['wokkel'] = None\n"
        "from rosterkit import RosterClient\n"
        "print([base.__module__ for base in RosterClient.__mro__][1])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "tx_xmpp.subprotocols"


@pytest.mark.parametrize("name", MANAGERS)
def test_one_that_is_taken_out_hears_nothing_more(name: str) -> None:
    """Its stream is over: what waits fails, and pushes on the stream that goes on elsewhere are none of its own."""
    managed = Managed(MANAGERS[name])
    managed.fetched(item(R))
    waiting = managed.roster.remove_entry(R)
    seen: list[object] = []
    waiting.addErrback(lambda failure: seen.append(failure.check(ConnectionError)))
    managed.roster.disownHandlerParent(managed.manager)
    assert seen == [ConnectionError]
    assert not managed.roster.connected
    assert managed.said(f"<iq type='set' id='p'>{query(item('late@x'), 'v2')}</iq>") == ""
    assert list(managed.roster.items) == [JID(R)]
