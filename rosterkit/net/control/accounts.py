"""Calls about accounts and their rosters, as the server sees and changes them: changes are pushed.

Tests: ``tests/net/control/test_accounts.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rosterkit.core import jid
from rosterkit.core.commands import AddAccount, PutEntry, RemoveAccount, RemoveEntry, Subscribe
from rosterkit.core.effects import Effect, Push, Send
from rosterkit.core.fields import Fields
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import SUBSCRIPTION_TYPES
from rosterkit.core.state import Account, Session
from rosterkit.net.control.call import Answer, Call
from rosterkit.net.control.entries import ENTRY_KEYS, entry_json, read_contact, read_entry, read_roster, roster_json
from rosterkit.net.control.networks import Networks
from rosterkit.net.control.refusal import conflict, missing, wrong
from rosterkit.net.control.seeds import read_password
from rosterkit.net.control.sessions import session_json
from rosterkit.net.control.site import Routes
from rosterkit.net.network import Network, Party
from rosterkit.net.seed import new_version
from rosterkit.wire import passwords

__all__ = ["Accounts"]

_ROOT = "/v1/networks/{network}/accounts"


class Accounts:
    """The accounts of every network."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def route(self, routes: Routes) -> None:
        """Answer these calls."""
        routes.add("GET", _ROOT, self._list)
        routes.add("PUT", f"{_ROOT}/{{account}}", self._put)
        routes.add("GET", f"{_ROOT}/{{account}}", self._get)
        routes.add("DELETE", f"{_ROOT}/{{account}}", self._delete)
        routes.add("GET", f"{_ROOT}/{{account}}/roster", self._roster)
        routes.add("PUT", f"{_ROOT}/{{account}}/roster/{{contact}}", self._put_entry)
        routes.add("PATCH", f"{_ROOT}/{{account}}/roster/{{contact}}", self._change_entry)
        routes.add("DELETE", f"{_ROOT}/{{account}}/roster/{{contact}}", self._remove_entry)
        routes.add("POST", f"{_ROOT}/{{account}}/subscription", self._subscribe)

    def _list(self, call: Call) -> Answer:
        network = self._networks.find(call)
        return Answer(200, {"accounts": self._networks.json(network)["accounts"]})

    def _put(self, call: Call) -> Answer:
        network = self._networks.find(call)
        address = self._networks.address(network, call)
        if address.domain not in network.world.domains:
            raise wrong("account", f"{address.bare} is at no domain of the network", "an account of the network")
        _refuse_contact(network, address)
        found = call.fields("password", "roster")
        keys = passwords.derive_again(read_password(found))
        known = network.account(address)
        if known is None:
            roster = read_roster(found.raw("roster") or {}, "roster", address.bare, new_version())
            network.command(AddAccount(address, keys, roster))
        elif "roster" in found:
            raise wrong("roster", "is for a new account", "DELETE first, or its entries one by one")
        else:
            network.command(AddAccount(address, keys))
        return Answer(200 if known is not None else 201, _json(network, network.world.accounts[address.bare]))

    def _get(self, call: Call) -> Answer:
        return Answer(200, _json(*self._networks.account(call)))

    def _delete(self, call: Call) -> Answer:
        network, account = self._networks.account(call)
        _refuse_contact(network, account.jid)
        network.command(RemoveAccount(account.jid))
        return Answer(204, None)

    def _roster(self, call: Call) -> Answer:
        _, account = self._networks.account(call)
        return Answer(200, roster_json(account.roster))

    def _put_entry(self, call: Call) -> Answer:
        network, account, contact = self._entry(call)
        return self._store_entry(network, account, contact, call.body if call.body is not None else {})

    def _change_entry(self, call: Call) -> Answer:
        network, account, contact = self._entry(call)
        known = _known(account, contact)
        changes = Fields(call.body if call.body is not None else {}, "", ENTRY_KEYS)
        given = {key: changes.raw(key) for key in ENTRY_KEYS if key in changes}
        if given.get("pending") is False:
            known.pop("request", None)
        return self._store_entry(network, account, contact, known | given)

    def _store_entry(self, network: Network, account: Account, contact: str, body: Any) -> Answer:
        new = contact not in account.roster.items and contact not in account.roster.requests
        item, kept = read_entry(body, "", contact)
        effects = network.command(PutEntry(account.jid, contact, item, kept))
        network.note("control", f"The entry {contact} is put into the roster.", account=account.jid.bare)
        shown = {"entry": entry_json(account.roster, contact), "pushes": _pushes(effects)}
        return Answer(201 if new else 200, shown)

    def _remove_entry(self, call: Call) -> Answer:
        network, account, contact = self._entry(call)
        _known(account, contact)
        effects = network.command(RemoveEntry(account.jid, contact))
        network.note("control", f"The entry {contact} is removed from the roster.", account=account.jid.bare)
        return Answer(200, {"pushes": _pushes(effects)})

    def _subscribe(self, call: Call) -> Answer:
        """Do what a client of the account does that sends a subscription stanza; no client need be there."""
        network, account = self._networks.account(call)
        found = call.fields("contact", "type")
        found.needed("contact", "a bare JID")
        contact = read_contact(found.raw("contact"), "contact", account.jid.bare)
        kind = found.choice("type", tuple(sorted(SUBSCRIPTION_TYPES)), "subscribe")
        nobody = Session(account, account.jid)
        effects = network.command(Subscribe(nobody, jid.parse(contact), kind))
        refusals = [effect.stanza for effect in effects if isinstance(effect, Send) and effect.link is nobody]
        done = "is refused" if refusals else "is done"
        network.note("control", f"{kind} to {contact} for the account {done}.", account=account.jid.bare)
        network.settle()
        if refusals:
            reason = refusals[0].body.decode()
            raise conflict(
                "contact", f"{contact} cannot be sent {kind}: {reason:.300}", "a contact that can be reached"
            )
        state = account.roster.state(contact).spelled
        return Answer(200, {"state": state, "entry": entry_json(account.roster, contact), "pushes": _pushes(effects)})

    def _entry(self, call: Call) -> tuple[Network, Account, str]:
        network, account = self._networks.account(call)
        return network, account, read_contact(call.path["contact"], "contact", account.jid.bare)


def _refuse_contact(network: Network, address: Jid) -> None:
    if network.stage is not None and network.stage.contact(address) is not None:
        raise conflict("account", f"{address.bare} is a scripted contact", "its own calls at .../contacts")


def _known(account: Account, contact: str) -> dict[str, Any]:
    if contact not in account.roster.items and contact not in account.roster.requests:
        raise missing("contact", f"{contact} is not in the roster of {account.jid.bare}", "a contact of the roster")
    return entry_json(account.roster, contact)


def _json(network: Network, account: Account) -> dict[str, Any]:
    sessions = [session_json(network, session) for session in account.sessions.values()]
    return {"jid": account.jid.bare, "sessions": sessions, "roster": roster_json(account.roster)}


def _pushes(effects: Iterable[Effect]) -> list[dict[str, str]]:
    """Who was sent a push, and its id: the client's answer has the same."""
    pushes = []
    for effect in effects:
        if isinstance(effect, Push):
            for session, push_id in effect.receivers:
                peer: Party = session.peer
                pushes.append({"session": peer.label, "jid": session.jid.full, "id": push_id})
    return pushes
