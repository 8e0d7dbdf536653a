"""Calls about scripted contacts: set on the stage, looked at, told to do something, removed.

Tests: ``tests/net/control/test_contacts.py``.
"""

from __future__ import annotations

from typing import Any

from rosterkit.core import jid
from rosterkit.core.commands import RemoveAccount
from rosterkit.core.contact_script import read_order, read_script
from rosterkit.core.jid import Jid
from rosterkit.core.stage import Stage
from rosterkit.net.control.call import Answer, Call
from rosterkit.net.control.entries import roster_json
from rosterkit.net.control.networks import Networks
from rosterkit.net.control.refusal import conflict, missing
from rosterkit.net.control.site import Routes
from rosterkit.net.network import Network
from rosterkit.wire import fragments

__all__ = ["Contacts"]

_ROOT = "/v1/networks/{network}/contacts"


class Contacts:
    """The scripted contacts of every network."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def route(self, routes: Routes) -> None:
        """Answer these calls."""
        routes.add("GET", _ROOT, self._list)
        routes.add("PUT", f"{_ROOT}/{{contact}}", self._put)
        routes.add("GET", f"{_ROOT}/{{contact}}", self._get)
        routes.add("DELETE", f"{_ROOT}/{{contact}}", self._delete)
        routes.add("POST", f"{_ROOT}/{{contact}}/do", self._do)

    def _stage(self, call: Call) -> tuple[Network, Stage]:
        network = self._networks.find(call)
        if network.stage is None:
            raise conflict("network", "has no journal, and so no contacts", "--journal, or another network")
        return network, network.stage

    def _known(self, call: Call) -> tuple[Network, Stage, Jid]:
        network, stage = self._stage(call)
        address = jid.parse(call.path["contact"])
        if stage.contact(address) is None:
            raise missing("contact", f"{address.full!r:.80} is not there", "a scripted contact of the network")
        return network, stage, address

    def _list(self, call: Call) -> Answer:
        _, stage = self._stage(call)
        return Answer(200, {"contacts": list(stage.contacts)})

    def _put(self, call: Call) -> Answer:
        network, stage = self._stage(call)
        address = jid.parse(call.path["contact"])
        script = read_script(call.body if call.body is not None else {}, "", fragments)
        network.end_turn()
        new = stage.add_contact(address, script, network.clock.seconds())
        network.play()
        network.settle()
        if stage.account(address) is None:
            raise conflict("contact", f"{address.bare} could not be stored")
        network.note("contact", f"{address.bare} is a scripted contact.", account=address.bare)
        return Answer(201 if new else 200, _json(stage, address))

    def _get(self, call: Call) -> Answer:
        _, stage, address = self._known(call)
        return Answer(200, _json(stage, address))

    def _delete(self, call: Call) -> Answer:
        network, stage, address = self._known(call)
        if network.account(address) is not None:
            network.command(RemoveAccount(address))  # raises where it cannot be stored, and the contact stays
        stage.remove_contact(address, network.clock.seconds())
        network.play()
        network.settle()
        return Answer(204, None)

    def _do(self, call: Call) -> Answer:
        network, stage, address = self._known(call)
        order = read_order(call.body if call.body is not None else {}, "", fragments)
        network.note("contact", f"{address.bare} is told to do: {order.do}.", account=address.bare)
        stage.order(address, order, network.clock.seconds())
        network.play()
        network.settle()
        return Answer(200, {})


def _json(stage: Stage, address: Jid) -> dict[str, Any]:
    contact, account = stage.contact(address), stage.account(address)
    assert contact is not None
    online = [session.jid.full for session in account.sessions.values()] if account is not None else []
    return {
        "jid": contact.jid.bare,
        "remote": contact.remote,
        "script": contact.script.as_json(),
        "online": online,
        "roster": roster_json(account.roster) if account is not None else None,
    }
