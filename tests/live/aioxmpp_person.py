"""aioxmpp, unmodified, as a :class:`person.Person`."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Collection
from datetime import timedelta

import aioxmpp
import OpenSSL
from aiosasl import SASLError
from aioxmpp import security_layer
from person import DEADLINE, Account, Arrived, Contact, LoginRefusedError, Person, Place, SetRefusedError


class AioxmppPerson(Person):
    """An :class:`aioxmpp.Client` with its roster and presence services, that trusts only the server's CA."""

    library = "aioxmpp"

    def __init__(self, account: Account, resource: str, place: Place) -> None:
        super().__init__(account, resource, place)
        self.login = _Login(self._give_password)
        self.client = aioxmpp.Client(
            aioxmpp.JID.fromstr(self.full_jid),
            aioxmpp.make_security_layer(self._give_password, ssl_context_factory=self._tls_context)._replace(
                sasl_providers=(self.login,)
            ),
            override_peer=[(place.host, place.port, aioxmpp.connector.STARTTLSConnector())],
            max_initial_attempts=1,
            negotiation_timeout=timedelta(seconds=DEADLINE),
        )
        self.entries = self.client.summon(aioxmpp.RosterClient)
        self._others = self.client.summon(aioxmpp.PresenceClient)
        self._own = self.client.summon(aioxmpp.PresenceServer)
        self._failure: Exception | None = None
        self._listen()

    def _listen(self) -> None:
        roster, client = self.entries, self.client
        for signal in (
            roster.on_entry_added,
            roster.on_entry_removed,
            roster.on_entry_name_changed,
            roster.on_entry_subscription_state_changed,
            roster.on_entry_added_to_group,
            roster.on_entry_removed_from_group,
            client.on_stream_established,
            client.on_stream_destroyed,
            client.on_stopped,
        ):
            signal.connect(self.woken)
        client.on_failure.connect(self._on_failure)
        client.stream.app_inbound_presence_filter.register(self._on_presence)
        client.stream.app_inbound_message_filter.register(self._on_message)

    async def _give_password(self, _jid: aioxmpp.JID, _attempt: int) -> str:
        return self.account.password

    def _tls_context(self) -> OpenSSL.SSL.Context:
        context = security_layer.default_ssl_context()
        context.load_verify_locations(self.place.ca_file)
        return context

    # Events

    def _on_failure(self, error: Exception) -> None:
        self._failure = error
        self.woken()

    def _on_presence(self, presence: aioxmpp.Presence) -> aioxmpp.Presence:
        kind = presence.type_.value or "available"
        show = presence.show.value or ""
        self.presences.append(
            Arrived(kind, str(presence.from_), show, presence.status.any() if presence.status else "")
        )
        self.woken()
        return presence

    def _on_message(self, message: aioxmpp.Message) -> aioxmpp.Message:
        self.messages.append((str(message.from_), message.body.any()))
        self.woken()
        return message

    # Sessions

    async def log_in(self, *, presence: bool = True) -> None:
        self._failure = None
        if presence:
            self._own.set_presence(aioxmpp.PresenceState(True))
        self.client.start()
        await self.until(lambda: self.client.established or self._failure, "the end of the login")
        if self._failure is not None:
            raise LoginRefusedError(_reason(self._failure)) from self._failure
        if presence:
            await self.sees("available", self.full_jid)

    async def log_out(self) -> None:
        self.client.stop()
        await self.until(lambda: not self.client.running, "the end of the session")

    def cut(self) -> None:
        self.lose_connection()
        self.client.stop()

    def lose_connection(self) -> None:
        """Lose the connection without a word, and let the library connect again."""
        self._transport().get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def mechanism(self) -> str:
        return self.login.mechanism

    def tls_version(self) -> str:
        return str(self._transport().get_extra_info("ssl_object").get_protocol_version_name())

    def bound_jid(self) -> str:
        return str(self.client.local_jid)

    def _transport(self) -> object:
        return self.client.stream._xmlstream.transport

    # Roster

    def roster(self) -> dict[str, Contact]:
        return {str(jid): _contact(item) for jid, item in self.entries.items.items()}

    async def add(self, jid: str, name: str = "", groups: Collection[str] = ()) -> None:
        await _accepted(self.entries.set_entry(_jid(jid), name=name or None, add_to_groups=frozenset(groups)))

    async def rename(self, jid: str, name: str) -> None:
        await _accepted(self.entries.set_entry(_jid(jid), name=name))

    async def regroup(self, jid: str, groups: Collection[str]) -> None:
        before = self.entries.items[_jid(jid)].groups
        await _accepted(
            self.entries.set_entry(
                _jid(jid), add_to_groups=frozenset(groups), remove_from_groups=frozenset(before) - frozenset(groups)
            )
        )

    async def remove(self, jid: str) -> None:
        await _accepted(self.entries.remove_entry(_jid(jid)))

    # Subscriptions and presence

    def subscribe(self, jid: str, text: str = "") -> None:
        if text:
            self._send_presence(aioxmpp.PresenceType.SUBSCRIBE, jid, text)
        else:
            self.entries.subscribe(_jid(jid))

    def approve(self, jid: str) -> None:
        self.entries.approve(_jid(jid))

    def deny(self, jid: str) -> None:
        self._send_presence(aioxmpp.PresenceType.UNSUBSCRIBED, jid)

    def unsubscribe(self, jid: str) -> None:
        self.entries.unsubscribe(_jid(jid))

    def announce(self, show: str = "", status: str = "") -> None:
        shown = aioxmpp.PresenceShow(show or None)
        self._own.set_presence(aioxmpp.PresenceState(True, shown), status=status)

    def leave(self) -> None:
        self._own.set_presence(aioxmpp.PresenceState(False))

    def announce_to(self, jid: str, status: str) -> None:
        self._send_presence(aioxmpp.PresenceType.AVAILABLE, jid, status)

    def _send_presence(self, kind: aioxmpp.PresenceType, jid: str, text: str = "") -> None:
        presence = aioxmpp.Presence(type_=kind, to=_jid(jid))
        if text:
            presence.status[None] = text
        self.client.enqueue(presence)

    def resources_of(self, jid: str) -> dict[str, tuple[str, str]]:
        known = self._others.get_peer_resources(_jid(jid))
        return {
            name: (presence.show.value or "", presence.status.any() if presence.status else "")
            for name, presence in known.items()
        }

    def say(self, jid: str, text: str) -> None:
        message = aioxmpp.Message(type_=aioxmpp.MessageType.CHAT, to=_jid(jid))
        message.body[None] = text
        self.client.enqueue(message)


class _Login(security_layer.PasswordSASLProvider):
    """The library's own password login, which also remembers the mechanism that it chose."""

    mechanism = ""

    async def _execute(self, intf: object, mechanism: object, token: tuple[str, object]) -> bool:
        self.mechanism = token[0]
        return await super()._execute(intf, mechanism, token)


def _jid(text: str) -> aioxmpp.JID:
    return aioxmpp.JID.fromstr(text)


def _contact(item: aioxmpp.roster.Item) -> Contact:
    return Contact(
        name=item.name or "",
        groups=frozenset(item.groups),
        subscription=item.subscription,
        asked=item.ask == "subscribe",
        approved=item.approved,
    )


def _reason(failure: Exception) -> str:
    if isinstance(failure, SASLError):
        return str(failure.opaque_error)
    error: BaseException | None = failure
    while error is not None:  # aioopenssl fails once more while it reports a refused certificate
        if isinstance(error, OpenSSL.SSL.Error) and "certificate verify failed" in str(error):
            return "certificate"
        error = error.__cause__ or error.__context__
    return repr(failure)


async def _accepted(answer: Awaitable[None]) -> None:
    try:
        await answer
    except aioxmpp.errors.XMPPError as error:
        raise SetRefusedError(error.condition.value[1]) from error
