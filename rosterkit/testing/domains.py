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
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rosterkit.control_settings import web_address
from rosterkit.core.scenario import Scenario
from rosterkit.testing.account import Account, ApiError, NeverCame, Unmet
from rosterkit.testing.playing import Made, await_answer, await_client, load_scenario, play
from rosterkit.testing.sequence import in_turn

__all__ = ["Account", "ApiError", "Domain", "Made", "NeverCame", "Unmet"]

#: What stands in a path as it is: it is percent-encoded already where that matters.
_IN_PATHS = "/%@:!$&'()*+,;=~"


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
        self.websocket = f"{web_address(websocket, 'ws')}/xmpp-websocket" if websocket else None
        control = ready.get("control")
        self.inspector = f"{web_address(control)}/#{quote(name, safe='')}" if control else None
        self._call = call
        self._root = f"/networks/{quote(name, safe='')}"
        self._cursor = 0
        self._cursors: dict[str, int] = {}

    # A known state

    def seed(self, **seed: Any) -> Any:
        """Begin anew with ``accounts``, ``contacts`` and whatever else the seed of a network may have."""
        return self._call("PUT", self._root, seed, lambda _: self._begin(0))

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
        return self._call("POST", f"{self._root}/reset", None, lambda made: self._begin(made["cursor"]))

    def _begin(self, cursor: int) -> None:
        self._cursor, self._cursors = cursor, {}

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
        """Wait until a client has sent what matches; gives that entry of the journal.

        The next call about the same account, or about none, begins after it.

        ``match`` is a template (``<iq type='result'/>``) or an XPath; None with ``forbid`` waits for the whole time
        that nothing of that is sent.  Raises :class:`Unmet` when something forbidden comes, or the time is over.
        """
        body: dict[str, Any] = {"not": list(forbid), "within": within}
        address = self.address(account) if account is not None else None
        about = [self._cursors.get(address, 0)] if address is not None else self._cursors.values()
        since = max((self._cursor, *about))
        body |= {"since": since} if since else {}  # else from the first that is remembered
        body |= {"match": match} if match is not None else {}
        body |= {"account": address} if address is not None else {}
        return self._call("POST", f"{self._root}/wait", body, partial(self._judge, address))

    async def aexpect(self, match: str | Mapping[str, Any] | None, **more: Any) -> Any:
        """:meth:`expect` in a thread, for tests under asyncio or trio whose client runs in the same loop."""
        wait = partial(self.expect, match, **more)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return await import_module("trio").to_thread.run_sync(wait)
        return await asyncio.to_thread(wait)

    def _judge(self, address: str | None, ended: Mapping[str, Any]) -> Any:
        if ended["outcome"] != "met":
            raise Unmet(ended["verdict"])
        if address is None:
            self._cursor = ended["cursor"]
        else:
            self._cursors[address] = ended["cursor"]
        return ended["entry"]

    def expect_client(self, account: str, *states: str, count: int = 1, within: float = 10.0) -> Any:
        """Wait until a client of ``account`` is there, and is ``interested`` and ``available`` where that is said.

        With a ``count`` it is one that has come after others, so many with it.  Raises :class:`NeverCame` when the
        time is over.
        """
        return in_turn(await_client(self, account, states, count, within))

    def expect_answer(
        self, made: Made, account: str, *, push: int = 1, type: str = "result", within: float = 10.0
    ) -> Any:
        """Wait until a client of ``account`` has answered the push that ``made`` (see :meth:`call`) has led to.

        ``push`` says which one where there are several.  Raises :class:`Unmet` when the time is over.
        """
        return in_turn(await_answer(self, made, account, push, type, within))

    # Scenarios

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Make a call of the control API; ``path`` is what stands after the domain's own.  Gives a :class:`Made`."""

        def steps() -> Any:
            since = (yield self.look())["cursor"]
            answer = yield self._call(method, f"{self._root}/{quote(path, safe=_IN_PATHS)}", body)
            return Made(since, answer)

        return in_turn(steps())

    def play(
        self,
        scenario: Scenario | str | Path | Mapping[str, Any],
        start: Callable[[Account], object] | None = None,
        told: Callable[..., Any] | None = None,
    ) -> Any:
        """Begin anew as a scenario says (a file, or its JSON), and go through its steps; see ``docs/scenarios.md``.

        ``start`` is called with the :class:`Account` of each client that is to log in, and does not wait for it.
        Raises :class:`Unmet` for the first step that is not met, ``ScenarioError`` for what is no scenario.
        """
        return in_turn(play(self, load_scenario(scenario), start, told))

    def look(self) -> Any:
        """The network as it is now, as ``GET /v1/networks/{network}`` has it."""
        return self._call("GET", self._root, None)

    def wait(self, body: Mapping[str, Any]) -> Any:
        """What ``POST /v1/networks/{network}/wait`` gives, whatever the outcome; ``since`` 0 is the first entry."""
        return self._call("POST", f"{self._root}/wait", {k: v for k, v in body.items() if k != "since" or v})

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

    def address(self, account: str) -> str:
        """The bare JID of an account of the domain, from its name or its JID."""
        return account if "@" in account else f"{account}@{self.name}"

    def _entry(self, account: str, contact: str) -> str:
        address = contact if "@" in contact else f"{contact}@{self.name}"
        return f"{self._of(account)}/roster/{quote(address, safe='')}"

    def __repr__(self) -> str:
        return f"<Domain {self.name}>"
