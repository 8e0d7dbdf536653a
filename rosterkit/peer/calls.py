"""Calls of the control API that are the peer's own, and those that have no meaning beside a real server.

Tests: ``tests/peer/test_privileges.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rosterkit.core import jid
from rosterkit.core.replica import Read
from rosterkit.net.control.call import Answer, Call
from rosterkit.net.control.refusal import Refusal, conflict, wrong
from rosterkit.net.control.site import Routes
from rosterkit.net.service import MAIN
from rosterkit.peer.privileges import PrivilegeError, Privileges, ServerRoster

__all__ = ["SERVER_ROSTER", "add_calls"]

SERVER_ROSTER = "/v1/networks/{network}/server-roster/{account}"

_NETWORK = "/v1/networks/{network}"
#: Method, path, and why it cannot be.
_REFUSED = (
    ("POST", "/v1/networks", "no client can come into another network of a peer"),
    ("PUT", _NETWORK, "no client can come into another network of a peer"),
    ("PUT", f"{_NETWORK}/accounts/{{account}}", "the accounts are the server's, to which this is a component"),
    ("POST", f"{_NETWORK}/accounts/{{account}}/push", "the users' rosters are pushed by the server"),
    ("POST", f"{_NETWORK}/faults", "faults strike what a server sends to its clients, and a peer has none"),
)


def add_calls(routes: Routes, privileges: Privileges) -> None:
    """Let ``routes`` answer for a peer."""

    async def server_roster(call: Call) -> Answer:
        call.only(())
        if call.path["network"] != MAIN:
            raise Refusal(404, "network", f"{call.path['network']!r:.80} is not there", MAIN)
        account = jid.parse(call.path["account"])
        if not account.is_bare or not account.local:
            raise wrong("account", f"is {account.full!r:.80}", "the bare JID of a user of the server")
        try:
            return Answer(200, _json(await privileges.roster(account)))
        except PrivilegeError as error:
            raise Refusal(error.status, "account", f"cannot be asked about: {str(error).rstrip('.')}", "") from error

    routes.add("GET", SERVER_ROSTER, server_roster)
    for method, path, why in _REFUSED:
        routes.add(method, path, _refusing(why))


def _refusing(why: str) -> Callable[[Call], Any]:
    def refuse(_call: Call) -> Any:
        raise conflict("the call", f"makes no sense here: {why}", "")

    return refuse


def _json(roster: ServerRoster) -> dict[str, Any]:
    return {
        "account": roster.account,
        "ver": roster.version,
        "items": {item.jid: _item_json(item) for item in roster.items},
    }


def _item_json(item: Read) -> dict[str, Any]:
    return {
        "subscription": item.subscription,
        "ask": item.ask is not None,
        "approved": item.approved,
        "name": item.name,
        "groups": sorted(item.groups),
    }
