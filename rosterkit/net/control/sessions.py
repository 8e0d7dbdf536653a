"""Calls about sessions: who is there, and how one is ended, cut or sent something that no rule has caused.

Tests: ``tests/net/control/test_sessions.py``.
"""

from __future__ import annotations

from typing import Any

from rosterkit.core import jid
from rosterkit.core.commands import Disconnect
from rosterkit.core.state import Session
from rosterkit.errors import JidError, StreamError
from rosterkit.net.control.call import Answer, Call
from rosterkit.net.control.networks import Networks
from rosterkit.net.control.refusal import conflict, missing, wrong
from rosterkit.net.control.site import Routes
from rosterkit.net.network import Network
from rosterkit.net.outlet import Injected
from rosterkit.wire import encode

__all__ = ["Sessions", "session_json"]

_ROOT = "/v1/networks/{network}/sessions"
#: Every stream error that a session can be ended with, by condition (RFC 6120 §4.9.3).
_CONDITIONS = (
    "bad-format", "bad-namespace-prefix", "conflict", "connection-timeout", "host-gone", "host-unknown",
    "improper-addressing", "internal-server-error", "invalid-from", "invalid-namespace", "invalid-xml",
    "not-authorized", "not-well-formed", "policy-violation", "remote-connection-failed", "reset",
    "resource-constraint", "restricted-xml", "see-other-host", "system-shutdown", "undefined-condition",
    "unsupported-encoding", "unsupported-feature", "unsupported-stanza-type", "unsupported-version",
)  # fmt: skip
#: The most characters of raw XML in one call.
_MOST_RAW = 4 * 1024 * 1024


class Sessions:
    """The sessions of every network."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def route(self, routes: Routes) -> None:
        """Answer these calls."""
        routes.add("GET", _ROOT, self._list)
        routes.add("GET", f"{_ROOT}/{{session}}", lambda call: Answer(200, session_json(*self._find(call))))
        routes.add("POST", f"{_ROOT}/{{session}}/kick", self._kick)
        routes.add("POST", f"{_ROOT}/{{session}}/cut", self._cut)
        routes.add("POST", f"{_ROOT}/{{session}}/send", self._send)

    def _list(self, call: Call) -> Answer:
        network = self._networks.find(call)
        return Answer(200, {"sessions": [session_json(network, session) for session in real_sessions(network)]})

    def _find(self, call: Call) -> tuple[Network, Session]:
        network = self._networks.find(call)
        return network, find_session(network, call.path["session"])

    def _kick(self, call: Call) -> Answer:
        network, session = self._find(call)
        found = call.fields("condition", "text")
        condition = found.choice("condition", _CONDITIONS, "conflict")
        network.note("control", f"The stream is ended with {condition}.", session.peer)
        network.command(Disconnect(session, StreamError(condition, found.text("text") or "")))
        return Answer(200, {})

    def _cut(self, call: Call) -> Answer:
        network, session = self._find(call)
        call.fields()
        network.note("control", "The connection is cut.", session.peer)
        session.peer.cut()
        return Answer(200, {})

    def _send(self, call: Call) -> Answer:
        network, session = self._find(call)
        found = call.fields("xml")
        xml = found.raw("xml")
        if not isinstance(xml, str) or not 0 < len(xml) <= _MOST_RAW:
            raise wrong("xml", "is missing, no text, or too long", f"a text of 1 to {_MOST_RAW} characters")
        network.cause(Injected(session.peer, "raw", xml.encode("utf-8", "replace"), None))
        network.end_turn()
        return Answer(200, {})


def real_sessions(network: Network) -> list[Session]:
    """The sessions of clients, in the order of their binding."""
    sessions = (session for account in network.world.accounts.values() for session in account.sessions.values())
    return [session for session in sessions if session.peer is not None]


def find_session(network: Network, name: str) -> Session:
    """The session with this id, with this full JID, or the only one of this bare JID."""
    sessions = real_sessions(network)
    found = [session for session in sessions if session.peer.label == name]
    if not found:
        try:
            address = jid.parse(name)
        except JidError as error:
            raise missing("session", f"{name!r:.80} is not there", "the id or the JID of a session") from error
        found = [session for session in sessions if address.full in (session.jid.full, session.jid.bare)]
    if len(found) > 1:
        raise conflict("session", f"{name!r:.80} has {len(found)}", "the id or the full JID of one of them")
    if not found:
        raise missing("session", f"{name!r:.80} is not there", "the id or the JID of a session")
    return found[0]


def session_json(network: Network, session: Session) -> dict[str, Any]:
    """A session as it is now."""
    peer = session.peer
    presence = session.presence
    return {
        "id": peer.label if peer is not None else None,
        "jid": session.jid.full,
        "account": session.jid.bare,
        "resource": session.jid.resource,
        "available": presence is not None,
        "interested": session.interested,
        "priority": presence.priority if presence is not None else None,
        "presence": encode.stanza(presence, None).decode() if presence is not None else None,
        "transport": peer.transport_name if peer is not None else None,
        "encrypted": peer.encrypted if peer is not None else None,
    }
