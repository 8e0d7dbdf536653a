"""Calls about faults: the catalogue, those that are active, and pushes that no rule has caused.

Tests: ``tests/net/control/test_faults.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rosterkit.core.commands import ForgetVersions
from rosterkit.core.effects import Push
from rosterkit.core.fault_catalogue import CATALOGUE, ON, FaultKind
from rosterkit.core.faults import read_fault
from rosterkit.core.fields import Fields
from rosterkit.core.roster import Item
from rosterkit.net.control.call import Answer, Call
from rosterkit.net.control.entries import read_contact, read_entry
from rosterkit.net.control.networks import Networks
from rosterkit.net.control.refusal import conflict, missing, wrong
from rosterkit.net.control.seeds import account_jid
from rosterkit.net.control.sessions import find_session
from rosterkit.net.control.site import Routes
from rosterkit.net.network import Network
from rosterkit.net.outlet import Injected
from rosterkit.net.seed import new_version
from rosterkit.wire import encode
from rosterkit.wire.mangle import Target, mangle

__all__ = ["Faults"]

_ROOT = "/v1/networks/{network}/faults"
_ACCOUNT = "/v1/networks/{network}/accounts/{account}"
_PUSHED = ("jid", "subscription", "ask", "approved", "name", "groups")


class Faults:
    """The faults of every network."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def route(self, routes: Routes) -> None:
        """Answer these calls."""
        routes.add("GET", "/v1/faults", _catalogue)
        routes.add("GET", _ROOT, self._list)
        routes.add("POST", _ROOT, self._add)
        routes.add("DELETE", _ROOT, self._clear)
        routes.add("DELETE", f"{_ROOT}/{{fault}}", self._remove)
        routes.add("POST", f"{_ACCOUNT}/push", self._push)
        routes.add("POST", f"{_ACCOUNT}/forget", self._forget)

    def _watched(self, call: Call) -> Network:
        network = self._networks.find(call)
        if network.journal is None:
            raise conflict("network", "has no journal, and so no faults", "--journal, or another network")
        return network

    def _list(self, call: Call) -> Answer:
        return Answer(200, {"faults": [fault.as_json() for fault in self._watched(call).faults.all()]})

    def _add(self, call: Call) -> Answer:
        network = self._watched(call)
        fault = read_fault(_at_home(network, call.body), "")
        if fault.session is not None:
            fault = fault._replace(session=find_session(network, fault.session).peer.label)
        network.end_turn()  # it strikes what is caused from now on
        added = network.faults.add(fault)
        network.note("fault", f"The fault {added.name} ({added.id}) is active.", account=added.account)
        return Answer(201, added.as_json())

    def _remove(self, call: Call) -> Answer:
        network = self._watched(call)
        try:
            network.faults.remove(call.path["fault"])
        except KeyError as error:
            raise missing(
                "fault", f"{call.path['fault']!r:.60} is not active, or used up", "the id of one"
            ) from error
        return Answer(204, None)

    def _clear(self, call: Call) -> Answer:
        self._watched(call).faults.clear()
        return Answer(204, None)

    def _push(self, call: Call) -> Answer:
        """Send a push that says what the roster does not, to every session that has asked for the roster."""
        network, account = self._networks.account(call)
        self._watched(call)
        found = call.fields("item", "ver", "fault")
        item = _read_item(found, account.jid.bare)
        version = new_version() if "ver" not in found else found.text("ver") if found.raw("ver") is not None else None
        fault = read_fault({"fault": found.raw("fault")}, "") if "fault" in found else None
        if fault is not None and not fault.name.startswith("push-"):
            raise wrong(
                "fault", f"is {fault.name}, which alters no push", "one of GET /v1/faults that begin with push-"
            )
        receivers = tuple((session, new_version()) for session in account.interested if session.peer is not None)
        pushes = []
        for session, data in encode.pushes(Push(receivers, item, version)):
            told = mangle(fault, data, Target(account.jid.bare, session.jid.full)) if fault is not None else data
            name = fault.name if fault is not None else "push-out-of-the-blue"
            network.cause(Injected(session.peer, "push", told, name))
        for session, push_id in receivers:
            pushes.append({"session": session.peer.label, "jid": session.jid.full, "id": push_id})
        network.end_turn()
        return Answer(200, {"pushes": pushes})

    def _forget(self, call: Call) -> Answer:
        network, account = self._networks.account(call)
        network.command(ForgetVersions(account.jid))
        network.note("fault", "The versions of the roster are forgotten.", account=account.jid.bare)
        return Answer(200, {"ver": account.roster.version})


def _at_home(network: Network, body: Any) -> Any:
    """The body with a name alone as an account of the network."""
    if not isinstance(body, Mapping) or not isinstance(body.get("account"), str):
        return body
    return {**body, "account": account_jid(body["account"], network.seed.domains[0], "account").bare}


def _read_item(found: Fields, own: str) -> Item:
    found.needed("item", "an object with a jid")
    values = Fields(found.raw("item"), "item", _PUSHED)
    values.needed("jid", "a bare JID")
    contact = read_contact(values.raw("jid"), "item.jid", own)
    entry = {key: values.raw(key) for key in _PUSHED if key != "jid" and key in values}
    removed = entry.get("subscription") == "remove"
    if removed:
        del entry["subscription"]
    item, _ = read_entry(entry, "item", contact)
    return Item(contact, subscription="remove") if removed or item is None else item


def _catalogue(call: Call) -> Answer:
    call.only(())
    return Answer(200, {"faults": [_kind_json(name, kind) for name, kind in CATALOGUE.items()], "on": list(ON)})


def _kind_json(name: str, kind: FaultKind) -> dict[str, Any]:
    parameters = {
        key: {"default": one.default, "from": one.low, "to": one.high, "says": one.says}
        for key, one in kind.parameters.items()
    }
    return {"name": name, "does": kind.does, "rule": kind.rule, "on": kind.on, "parameters": parameters}
