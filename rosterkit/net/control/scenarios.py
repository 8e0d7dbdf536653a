"""The call that makes a scenario, or a test, of a part of a network's journal.

Tests: ``tests/net/control/test_scenarios.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rosterkit.control_settings import JOURNAL_BYTES
from rosterkit.core.journal import Entry
from rosterkit.core.roster import Roster
from rosterkit.core.scenario_pytest import as_pytest
from rosterkit.core.world import Settings
from rosterkit.errors import FallenOutError, ScenarioError
from rosterkit.net.control.call import Call, Text
from rosterkit.net.control.entries import entry_json
from rosterkit.net.control.journals import asked_for
from rosterkit.net.control.networks import Networks
from rosterkit.net.control.refusal import conflict, wrong
from rosterkit.net.network import Network
from rosterkit.net.seed import Seed
from rosterkit.wire.recorded import PASSWORD, Beginning, Selection, record

__all__ = ["Scenarios"]

_FORMS = ("scenario", "pytest")
#: What an entry has where nothing is said.
_USUAL: Mapping[str, Any] = {"ask": False, "pending": False, "approved": False, "name": None, "groups": []}
#: A kept request that says nothing beside being there.
_EMPTY: Mapping[str, Any] = {"children": ""}
_SWITCHES = ("versioning", "pre_approval", "registration", "anonymous", "history")


class Scenarios:
    """What has passed, as something that can be played."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def make(self, call: Call) -> Text:
        """What the call selects, in the form that it names."""
        call.only(("since", "until", "account", "session", "form"))
        network = self._networks.find(call)
        form = call.query.get("form", "scenario")
        if form not in _FORMS:
            raise wrong("?form", f"is {form!r:.60}", f"one of {', '.join(_FORMS)}")
        entries = _entries(network)
        try:
            scenario = record(_beginning(network.seed), entries, _selection(network, call))
        except ScenarioError as error:
            raise conflict("the journal", f"makes no scenario. {str(error).rstrip('.')}") from error
        if form == "pytest":
            return Text(as_pytest(scenario), "text/x-python; charset=utf-8", "test_scenario.py")
        return Text(json.dumps(scenario.as_json(), indent=2) + "\n", "application/json", "scenario.json")


def _selection(network: Network, call: Call) -> Selection:
    until = call.number("until", 0) if "until" in call.query else None
    return Selection(call.number("since", 0), until, *asked_for(network, call))


def _entries(network: Network) -> list[Entry]:
    """Everything since the beginning."""
    if network.journal is None:
        raise conflict("network", "has no journal, and so no scenario", "--journal, or another network")
    if network.durable:
        raise conflict("network", "is kept in the database of --db, which has no seed", "a network in memory")
    network.end_turn()
    try:
        return network.journal.since(network.journal.begun)
    except FallenOutError as error:
        expected = "a reset of the network, or a larger journal in its seed; then do it again"
        raise conflict("the journal", "has lost the network's beginning to what came later", expected) from error


def _beginning(seed: Seed) -> Beginning:
    """The seed as the body that makes such a network; passwords and secrets are the scenario's own."""
    accounts = {}
    for account in seed.accounts:
        name = account.jid.local if account.jid.domain == seed.domains[0] else account.jid.bare
        accounts[name or account.jid.bare] = {"password": PASSWORD, **_roster_json(account.roster)}
    contacts = {contact.jid.bare: contact.script.as_json() for contact in seed.contacts}
    remote = [domain for domain in seed.remote if domain not in {contact.jid.domain for contact in seed.contacts}]
    usual = Settings()._asdict()
    switches = {name: getattr(seed.settings, name) for name in _SWITCHES}
    network = {
        "accounts": accounts,
        **({"contacts": contacts} if contacts else {}),
        **({"remote": remote} if remote else {}),
        **({"components": dict.fromkeys(seed.components, PASSWORD)} if seed.components else {}),
        **({"mirror": False} if any("roster" in account for account in accounts.values()) else {}),
        **{name: value for name, value in switches.items() if value != usual[name]},
        **({"journal": seed.journal} if seed.journal != JOURNAL_BYTES else {}),
    }
    return Beginning(seed.domains, network)


def _roster_json(roster: Roster) -> dict[str, Any]:
    contacts = dict.fromkeys((*roster.items, *roster.requests))
    return {"roster": {contact: _short(roster, contact) for contact in contacts}} if contacts else {}


def _short(roster: Roster, contact: str) -> dict[str, Any]:
    """What the roster holds of a contact, without what is so anyway."""
    entry = entry_json(roster, contact)
    if entry.get("request", _EMPTY) != _EMPTY:
        del entry["pending"]
    else:
        entry.pop("request", None)
    if contact not in roster.items:
        del entry["subscription"]
    return {key: value for key, value in entry.items() if key == "subscription" or value != _USUAL.get(key)}
