"""slixmpp, unmodified, as a :class:`person.Person`."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection

from person import DEADLINE, Account, Arrived, Contact, LoginRefusedError, Person, Place, SetRefusedError
from slixmpp import ClientXMPP
from slixmpp.exceptions import IqError
from slixmpp.stanza import Iq, Message, Presence, StreamError

_QUERY = "{jabber:iq:roster}query"


class SlixmppPerson(Person):
    """A :class:`slixmpp.ClientXMPP` that approves nothing by itself and trusts only the server's CA."""

    library = "slixmpp"

    def __init__(self, account: Account, resource: str, place: Place) -> None:
        super().__init__(account, resource, place)
        trust = ssl.create_default_context(cafile=place.ca_file)
        self.client = ClientXMPP(self.full_jid, account.password, ssl_context=trust)
        self.client.enable_direct_tls = False
        self.client.auto_authorize = None
        self.client.auto_subscribe = False
        #: Every roster result and push, as the library parsed it.
        self.roster_stanzas: list[Iq] = []
        #: The version of every roster get that went out; None where there was none.
        self.versions_sent: list[str | None] = []
        #: For every answered roster get, whether a roster came: False means that the client's copy is up to date.
        self.roster_came: list[bool] = []
        self._gets: set[str] = set()
        #: The condition of every stream error.
        self.stream_errors: list[str] = []
        self._roster: dict[str, Contact] = {}
        self._refusals: list[str] = []
        self._state = "new"
        self._listen()

    def _listen(self) -> None:
        for event, handler in {
            "session_start": self._on_session,
            "disconnected": self._on_disconnected,
            "failed_auth": lambda failure: self._refusals.append(failure["condition"]),
            "ssl_invalid_chain": self._on_certificate,
            "stream_error": self._on_stream_error,
            "roster_update": self._on_roster,
            "presence": self._on_presence,
            "message": self._on_message,
        }.items():
            self.client.add_event_handler(event, handler)
        self.client.add_filter("out", self._on_sending)
        self.client.add_filter("in", self._on_arriving)

    # Events

    def _on_session(self, _: object) -> None:
        self._state = "online"
        self.woken()

    def _on_disconnected(self, _: object) -> None:
        self._state = "offline"
        self.woken()

    def _on_certificate(self, _: object) -> None:
        self._refusals.append("certificate")
        self.client.abort()

    def _on_stream_error(self, error: StreamError) -> None:
        self.stream_errors.append(error["condition"])
        self.woken()

    def _on_roster(self, iq: Iq) -> None:
        self.roster_stanzas.append(iq)
        if iq["type"] == "result" and self.roster_came[-1]:
            self._roster.clear()
        for jid, item in iq["roster"]["items"].items():
            if item["subscription"] == "remove":
                self._roster.pop(str(jid), None)
            else:
                self._roster[str(jid)] = _contact(item)
        self.woken()

    def _on_presence(self, presence: Presence) -> None:
        kind = presence.xml.get("type", "available")
        show = presence.xml.findtext(f"{{{presence.namespace}}}show", "")
        self.presences.append(Arrived(kind, str(presence["from"]), show, presence["status"]))
        self.woken()

    def _on_message(self, message: Message) -> None:
        self.messages.append((str(message["from"]), message["body"]))
        self.woken()

    def _on_sending(self, stanza: object) -> object:
        if isinstance(stanza, Iq) and stanza["type"] == "get" and (query := stanza.xml.find(_QUERY)) is not None:
            self.versions_sent.append(query.get("ver"))
            self._gets.add(stanza["id"])
        return stanza

    def _on_arriving(self, stanza: object) -> object:
        # Here and not later: reading the roster of a result without one makes the library put an empty one in.
        if isinstance(stanza, Iq) and stanza["type"] == "result" and stanza["id"] in self._gets:
            self.roster_came.append(stanza.xml.find(_QUERY) is not None)
        return stanza

    # Sessions

    async def log_in(self, *, presence: bool = True, roster: bool = True) -> None:
        self._state, self._refusals = "connecting", []
        self.client.connect(self.place.host, self.place.port)
        await self.until(lambda: self._state in ("online", "offline"), "the end of the login")
        if self._state == "offline":
            raise LoginRefusedError(" ".join(self._refusals) or "connection")
        if roster:
            await self.client.get_roster(timeout=DEADLINE)
        if presence:
            self.announce()
            await self.sees("available", self.full_jid)

    async def log_out(self) -> None:
        if self._state == "online":
            await self.client.disconnect(wait=DEADLINE)
            await self.until(lambda: self._state == "offline", "the end of the session")

    def cut(self) -> None:
        self.client.abort()

    def mechanism(self) -> str:
        return str(self.client.plugin["feature_mechanisms"].mech.name)

    def tls_version(self) -> str:
        return str(self.client.socket.version())

    def bound_jid(self) -> str:
        return str(self.client.boundjid)

    # Roster

    def roster(self) -> dict[str, Contact]:
        return dict(self._roster)

    async def add(self, jid: str, name: str = "", groups: Collection[str] = ()) -> None:
        await _accepted(self.client.update_roster(jid, name=name, groups=list(groups), timeout=DEADLINE))

    async def rename(self, jid: str, name: str) -> None:
        await _accepted(self.client.update_roster(jid, name=name, timeout=DEADLINE))

    async def regroup(self, jid: str, groups: Collection[str]) -> None:
        await _accepted(self.client.update_roster(jid, groups=list(groups), timeout=DEADLINE))

    async def remove(self, jid: str) -> None:
        await _accepted(self.client.del_roster_item(jid))

    # Subscriptions and presence

    def subscribe(self, jid: str, text: str = "") -> None:
        self.client.send_presence(pto=jid, ptype="subscribe", pstatus=text or None)

    def approve(self, jid: str) -> None:
        self.client.send_presence(pto=jid, ptype="subscribed")

    def deny(self, jid: str) -> None:
        self.client.send_presence(pto=jid, ptype="unsubscribed")

    def unsubscribe(self, jid: str) -> None:
        self.client.send_presence(pto=jid, ptype="unsubscribe")

    def announce(self, show: str = "", status: str = "") -> None:
        self.client.send_presence(pshow=show or None, pstatus=status or None)

    def leave(self) -> None:
        self.client.send_presence(ptype="unavailable")

    def announce_to(self, jid: str, status: str) -> None:
        self.client.send_presence(pto=jid, pstatus=status)

    def resources_of(self, jid: str) -> dict[str, tuple[str, str]]:
        known = self.client.client_roster.presence(jid)
        return {name: (state["show"], state["status"]) for name, state in known.items()}

    def say(self, jid: str, text: str) -> None:
        self.client.send_message(mto=jid, mbody=text, mtype="chat")


def _contact(item: dict[str, object]) -> Contact:
    return Contact(
        name=str(item["name"]),
        groups=frozenset(item["groups"]),
        subscription=str(item["subscription"]) or "none",
        asked=item["ask"] == "subscribe",
        approved=item["approved"] in ("true", "1"),
    )


async def _accepted(answer: asyncio.Future[Iq]) -> None:
    try:
        await answer
    except IqError as error:
        raise SetRefusedError(error.condition) from error
