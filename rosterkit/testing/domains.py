"""One domain of a test: accounts and contacts made, changes pushed, what the client does waited for.

The same class serves a server in a child process, whose calls give what they give, and one in the same process, whose
calls give Deferreds of it.

Tests: ``tests/testing/test_domains.py``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import quote

from rosterkit.errors import RosterkitError

__all__ = ["Account", "ApiError", "Domain", "Unmet"]


class Account(NamedTuple):
    """What a client logs in with."""

    jid: str
    password: str


class ApiError(RosterkitError):
    """The control API has refused a call; ``status`` is that of HTTP, ``body`` the JSON."""

    def __init__(self, status: int, body: Any) -> None:
        said = body.get("error", {}).get("sentence", "") if isinstance(body, dict) else str(body)
        super().__init__(f"{said} (HTTP {status})")
        self.status = status
        self.body = body


class Unmet(AssertionError):
    """The client did not do what was expected; the text says what came nearest."""


class Domain:
    """A network with one domain, made for one test; nothing crosses into it or out of it.

    ``call(method, path, body, then)`` calls the control API and gives what ``then`` makes of the answer.
    ``ready`` is the server's ready line.  Wherever an account is wanted, a name is one of this domain's.
    ``inspector`` is the address of the page that shows the domain to a browser, as long as the server runs; None
    where it has no control port.
    """

    def __init__(self, call: Callable[..., Any], name: str, ready: Mapping[str, Any]) -> None:
        self.name = name
        self.ready = ready
        self.host: str = ready["c2s"]["host"]
        self.port: int = ready["c2s"]["port"]
        self.ca_file: str | None = ready["ca_file"]
        websocket = ready.get("websocket")
        self.websocket = f"ws://{websocket['host']}:{websocket['port']}/xmpp-websocket" if websocket else None
        control = ready.get("control")
        shown = quote(name, safe="")
        self.inspector = f"http://{control['host']}:{control['port']}/#{shown}" if control else None
        self._call = call
        self._root = f"/networks/{quote(name, safe='')}"
        self._cursor = 0

    # A known state

    def seed(self, **seed: Any) -> Any:
        """Begin anew with ``accounts``, ``contacts`` and whatever else the seed of a network may have."""
        return self._call("PUT", self._root, seed, lambda _: setattr(self, "_cursor", 0))

    def account(self, name: str, password: str = "secret", roster: Mapping[str, Any] | None = None) -> Any:
        """Make an account, with a roster of entries by JID; gives its :class:`Account`."""
        body = {"password": password, **({"roster": roster} if roster is not None else {})}
        return self._call("PUT", self._of(name), body, lambda made: Account(made["jid"], password))

    def contact(self, jid: str, **script: Any) -> Any:
        """Make a scripted contact (``answer="accept", after=2``) and give its JID; a name alone is of this domain."""
        address = jid if "@" in jid else f"{jid}@{self.name}"
        return self._call("PUT", f"{self._root}/contacts/{quote(address, safe='')}", script, lambda made: made["jid"])

    def tell(self, contact: str, do: str, **order: Any) -> Any:
        """Let a scripted contact do something: ``tell(nurse, "subscribe", to=juliet)``."""
        address = contact if "@" in contact else f"{contact}@{self.name}"
        return self._call("POST", f"{self._root}/contacts/{quote(address, safe='')}/do", {"do": do, **order})

    def reset(self) -> Any:
        """Close the sessions and bring the seed back."""
        return self._call("POST", f"{self._root}/reset", None, lambda made: setattr(self, "_cursor", made["cursor"]))

    def forward(self, seconds: float) -> Any:
        """Move this domain's clock; what contacts do by then is done when this returns."""
        return self._call("POST", f"{self._root}/clock", {"forward": seconds}, lambda _: None)

    # From the server's side

    def push(self, account: str, contact: str, **entry: Any) -> Any:
        """Put an entry into the roster of ``account``; gives the pushes: ``[{"session", "jid", "id"}]``."""
        return self._call("PUT", self._entry(account, contact), entry, lambda put: put["pushes"])

    def remove(self, account: str, contact: str) -> Any:
        """Remove an entry; gives the pushes."""
        return self._call("DELETE", self._entry(account, contact), None, lambda removed: removed["pushes"])

    def subscribe(self, account: str, contact: str, type: str = "subscribe") -> Any:
        """Do what a client of ``account`` does that sends a subscription stanza; gives the state afterwards.

        ``type`` is ``subscribe``, ``subscribed``, ``unsubscribe`` or ``unsubscribed``.
        """
        body = {"contact": contact, "type": type}
        return self._call("POST", f"{self._of(account)}/subscription", body, lambda done: done["state"])

    def roster(self, account: str) -> Any:
        """The roster as the server has it: ``{"ver", "items", "requests"}``."""
        return self._call("GET", f"{self._of(account)}/roster", None)

    def sessions(self) -> Any:
        """Who is connected."""
        return self._call("GET", f"{self._root}/sessions", None, lambda read: read["sessions"])

    def kick(self, session: str, condition: str = "conflict", text: str = "") -> Any:
        """End a session (its id, or the JID) with a stream error."""
        path = f"{self._root}/sessions/{quote(session, safe='')}/kick"
        return self._call("POST", path, {"condition": condition, "text": text}, lambda _: None)

    def cut(self, session: str) -> Any:
        """Break a session's connection off."""
        return self._call("POST", f"{self._root}/sessions/{quote(session, safe='')}/cut", {}, lambda _: None)

    def send(self, session: str, xml: str) -> Any:
        """Send raw XML to a session."""
        return self._call(
            "POST", f"{self._root}/sessions/{quote(session, safe='')}/send", {"xml": xml}, lambda _: None
        )

    # On purpose wrong

    def fault(self, name: str, **values: Any) -> Any:
        """Let a fault strike (``fault("push-from-stranger", account="juliet", next=1)``); gives it with its id."""
        return self._call("POST", f"{self._root}/faults", {"fault": name, **values})

    def no_faults(self) -> Any:
        """Remove all faults."""
        return self._call("DELETE", f"{self._root}/faults", None, lambda _: None)

    def inject(self, account: str, contact: str, fault: str | None = None, **item: Any) -> Any:
        """Send a push of which the roster knows nothing, altered by ``fault`` where given; gives the pushes."""
        body = {"item": {"jid": contact, **item}, **({"fault": fault} if fault is not None else {})}
        return self._call("POST", f"{self._of(account)}/push", body, lambda sent: sent["pushes"])

    # What the client does

    def expect(
        self,
        match: str | Mapping[str, Any] | None,
        *,
        forbid: Iterable[str | Mapping[str, Any]] = (),
        within: float = 5.0,
        account: str | None = None,
    ) -> Any:
        """Wait until a client has sent what matches; gives that entry of the journal.  The next call begins after it.

        ``match`` is a template (``<iq type='result'/>``) or an XPath; None with ``forbid`` waits for the whole time
        that nothing of that is sent.  Raises :class:`Unmet` when something forbidden comes, or the time is over.
        """
        body: dict[str, Any] = {"not": list(forbid), "within": within}
        body |= {"since": self._cursor} if self._cursor else {}  # else from the first that is remembered
        body |= {"match": match} if match is not None else {}
        body |= {"account": account} if account is not None else {}
        return self._call("POST", f"{self._root}/wait", body, self._judge)

    async def aexpect(self, match: str | Mapping[str, Any] | None, **more: Any) -> Any:
        """:meth:`expect` in a thread, for tests under asyncio or trio whose client runs in the same loop."""
        wait = partial(self.expect, match, **more)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return await import_module("trio").to_thread.run_sync(wait)
        return await asyncio.to_thread(wait)

    def _judge(self, ended: Mapping[str, Any]) -> Any:
        if ended["outcome"] != "met":
            raise Unmet(ended["verdict"])
        self._cursor = ended["cursor"]
        return ended["entry"]

    @property
    def journal(self) -> Any:
        """Everything that has passed, as a list of entries."""
        return self._call("GET", f"{self._root}/journal", None, lambda read: read["entries"])

    @property
    def transcript(self) -> Any:
        """The same as a dialogue to be read."""
        return self._call("GET", f"{self._root}/transcript", None)

    def drop(self) -> Any:
        """Close everything; the domain is gone."""
        return self._call("DELETE", self._root, None, lambda _: None)

    def _of(self, account: str) -> str:
        return f"{self._root}/accounts/{quote(account, safe='')}"

    def _entry(self, account: str, contact: str) -> str:
        address = contact if "@" in contact else f"{contact}@{self.name}"
        return f"{self._of(account)}/roster/{quote(address, safe='')}"

    def __repr__(self) -> str:
        return f"<Domain {self.name}>"
