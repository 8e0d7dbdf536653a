"""Client connections: TCP with STARTTLS or direct TLS; bytes in, bytes out, and nothing decided here.

Tests: ``tests/net/test_c2s.py``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.logger import Logger

from rosterkit.core import jid, room
from rosterkit.core.credentials import Credentials
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Stanza
from rosterkit.core.state import Account, Session, Visitor
from rosterkit.errors import ITEM_NOT_FOUND, STREAM_POLICY_VIOLATION, StanzaError
from rosterkit.net.allowance import Allowance
from rosterkit.net.connection import Connection, ConnectionFactory
from rosterkit.net.network import Network
from rosterkit.wire import encode, login_faults
from rosterkit.wire.negotiate import ClientStream, End, Output, Settings, StartTls, VisitorIq, Write
from rosterkit.wire.sasl import Step

__all__ = ["ClientConnection", "ClientFactory"]

_log = Logger()
_COUNTED = (Stanza, VisitorIq)  # against the allowance of a session


class ClientFactory(ConnectionFactory):
    """Makes the connections of one listening port.

    ``find`` gives the network of a domain.  ``tls`` is the context for STARTTLS; with ``direct_tls`` the port
    speaks TLS from the first byte and STARTTLS is not offered.  ``claim`` gives the network of an account that has a
    network of its own, whatever its domain; it is asked at each attempt to log in.
    """

    def __init__(
        self,
        find: Callable[[str], Network | None],
        settings: Settings,
        reactor: IReactorTime,
        tls: Any = None,
        direct_tls: bool = False,
    ) -> None:
        super().__init__(reactor)
        self.find = find
        self.settings = settings
        self.tls = tls
        self.direct_tls = direct_tls
        self.claim: Callable[[Jid], Network | None] = lambda _account: None

    def buildProtocol(self, addr: IAddress | None) -> ClientConnection:
        """A connection for somebody who has just come."""
        return ClientConnection(self)


class ClientConnection(Connection):
    """One client's connection; it is also the host whom its own negotiation asks."""

    def __init__(self, factory: ClientFactory) -> None:
        super().__init__(factory)
        self._allowance = Allowance(factory.limits.rate)
        self.settings = factory.settings
        self._find = factory.find
        self._claim = factory.claim
        self._tls = factory.tls
        self._direct_tls = factory.direct_tls
        self._gate = factory.gate
        self._held = b""  # what has come and waits at the gate
        self._paused = False
        self._visitor: Visitor | None = None
        self._account: Account | None = None  # whose password was asked for last, or that of a guest

    def _begin(self) -> None:
        self.stream: ClientStream = ClientStream(self, secured=self._direct_tls)

    def dataReceived(self, data: bytes) -> None:
        """Bytes have come; what they ask for is done in their order, before a login in its turn at the gate."""
        if self._gate is None or (self.link is not None and not self._held):
            self._hear(data)
            return
        if self._closing:  # nobody waits for what nobody will hear
            return
        first = not self._held
        self._held += data  # TLS may give several pieces at once, and though it is paused
        if first and not self._gate.enter(id(self), self._hear_held):
            self._paused = True
            self.transport.pauseProducing()

    def _hear_held(self) -> None:
        """Its turn has come, for everything that waits; who has been sent away meanwhile is read to its end."""
        data, self._held = self._held, b""
        if self._paused and not self.ended.called:
            self._paused = False
            self.transport.resumeProducing()
        try:
            self._hear(data)
        except Exception:  # noqa: BLE001  # as Twisted does where there is no gate: it costs this connection only
            _log.failure("A mistake of rosterkit; please report it. The connection is cut.")
            self.cut()

    def _hear(self, data: bytes) -> None:
        if self._closing:
            return
        self.heard_at = self._reactor.seconds()
        self.asked_at = None
        self._read(data)

    def _read(self, data: bytes) -> None:
        """Do what the next bytes of the stream ask for."""
        outputs = self.stream.receive(data)
        for output in outputs:
            if isinstance(output, _COUNTED) and not self._allowance.take(self.heard_at):
                self._stop_talking()
                break
            if not isinstance(output, Stanza):
                self._go_on(output)
            elif self.network is not None and self.link is not None:
                self.network.receive(self.link, output, len(outputs) == 1)

    def _go_on(self, output: Output) -> None:
        """Do what the stream asks for beside its stanzas."""
        if isinstance(output, Write):
            self.say(output.data)
        elif isinstance(output, StartTls):
            if self.network is not None:
                self.network.end_turn()  # what was said in plain text is out before TLS begins
            self.transport.startTLS(self._tls)
            self.stream.tls_started()
        elif isinstance(output, VisitorIq):
            self._visit(output)
        elif isinstance(output, End):
            self.end()

    def _stop_talking(self) -> None:
        """End the stream of a client that sends more stanzas than it may; what it has sent before is done."""
        error = STREAM_POLICY_VIOLATION.saying(f"A session may send {self.limits.rate} stanzas a second.")
        # Where the client has said its end behind them, ours was to follow them and has not.
        self.say(self.stream.fail(error) or encode.stream_error(error) + encode.STREAM_END)
        self.end()

    def _visit(self, request: VisitorIq) -> None:
        if self.network is None:
            return
        if self._visitor is None:
            self._visitor = Visitor(request.domain)
            self._visitor.peer = self
        self.in_turns = True
        self.network.receive(self._visitor, request.iq)

    @property
    def account(self) -> str | None:
        """The bare JID that has logged in."""
        return self.stream.account.bare if self.stream.account is not None else None

    @property
    def jid(self) -> str | None:
        """The full JID, once it is bound."""
        return self.link.jid.full if isinstance(self.link, Session) else None

    # What negotiation asks its host

    def serves(self, domain: str) -> bool:
        """Whether ``domain`` is one of ours; from then on the connection belongs to its network."""
        self._enter(self._find(domain))
        return self.network is not None

    def _enter(self, network: Network | None) -> None:
        """Belong to ``network``, whose switches count from now on."""
        if network is None:
            return
        if self.network not in (None, network):
            self.network.detach(self)
        self.join(network)
        switches = network.world.settings
        self.settings = self.settings._replace(
            versioning=switches.versioning,
            pre_approval=switches.pre_approval,
            registration=switches.registration,
            anonymous=switches.anonymous,
            without=network.without,
        )

    def credentials(self, account: Jid) -> Credentials | None:
        """What proves the password of ``account``, or None where there is no such account."""
        self._enter(self._claim(account))
        self._account = self.network.account(account) if self.network is not None else None
        return self._account.credentials if self._account is not None else None

    def guest(self, domain: str) -> Jid:
        """The account of somebody who logs in anonymously; it is there from bind to the end of the session."""
        assert self.network is not None
        self._account = self.network.world.temporary_account(jid.parse(f"{secrets.token_hex(16)}@{domain}"))
        return self._account.jid

    def login_fault(self, step: Step, account: Jid | None) -> Step:
        """What is told instead of ``step``, where a fault of the network strikes the login."""
        if self.network is None or not self.network.faults:
            return step
        bare = account.bare if account is not None else None
        fault = self.network.faults.at_login(bare, lambda one: login_faults.strikes(one, step))
        if fault is None:
            return step
        whose = f"the login of {bare}" if bare is not None else "a login"
        self.network.note("fault", f"The fault {fault.name} ({fault.id}) strikes {whose}.", self)
        return login_faults.struck(fault, step)

    def tls_fault(self, name: str) -> str | None:
        """The fault that strikes the TLS handshake under way; ``name`` is whom the client asks for, "" for nobody.

        Where TLS comes first, nothing else says of which network the connection will be.
        """
        network = self.network or self._find(name)
        if network is None or not network.faults:
            return None
        fault = network.faults.at_login(None, lambda one: one.name.startswith("tls-"))
        if fault is None:
            return None
        connection = self if self.network is not None else None
        network.note("fault", f"The fault {fault.name} ({fault.id}) strikes a TLS handshake.", connection)
        return fault.name

    def bind(self, account: Jid, resource: str | None) -> Jid | StanzaError:
        """Open the session, under the wished resource or one that we make up; its full JID."""
        known = self._account
        if known is None or self.network is None or not self._is_there(known):
            return ITEM_NOT_FOUND.saying(f"The account {account.bare} has been removed.")
        refusal = room.for_resource(known, resource, self.network.world.settings.limits)
        if refusal is not None:
            return refusal
        session = Session(known, account.with_resource(resource or secrets.token_hex(8)))
        session.peer = self
        self.network.open(session)
        self.link = session
        self.in_turns = True
        return session.jid

    def _is_there(self, account: Account) -> bool:
        """Whether it may be logged in to: it is still the account of its name, or comes with its session."""
        return account.temporary or (self.network is not None and self.network.account(account.jid) is account)

    def new_id(self) -> str:
        """An unguessable id for a stream or a nonce; short, as scramp goes through a nonce letter by letter."""
        return secrets.token_urlsafe(16)
