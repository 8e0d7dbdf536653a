"""Calls for whoever looks at a network: everything in it at a glance, pairs of accounts, the rule of a stanza.

Tests: ``tests/net/control/test_overview.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from typing import Any

from rosterkit.core import jid
from rosterkit.core.rules import RULES, link_of
from rosterkit.core.state import Account
from rosterkit.core.subscription import State
from rosterkit.net.control.call import Answer, Call
from rosterkit.net.control.entries import entry_json
from rosterkit.net.control.networks import Networks
from rosterkit.net.control.refusal import missing
from rosterkit.net.control.sessions import session_json
from rosterkit.net.control.site import Routes
from rosterkit.net.network import Network
from rosterkit.wire.explaining import explain, request_of

__all__ = ["Overview"]

_ROOT = "/v1/networks/{network}"
#: How far back the request of an answer is looked for, in entries.
_FAR_BACK = 2000
#: How many accounts, or contacts, are shown at once where nothing else is asked for, and where it is.
_FEW, _MOST = 300, 10_000


class Overview:
    """What the networks look like."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def route(self, routes: Routes) -> None:
        """Answer these calls."""
        routes.add("GET", f"{_ROOT}/overview", self._overview)
        routes.add("GET", f"{_ROOT}/accounts/{{account}}/pairs", self._pairs)
        routes.add("GET", f"{_ROOT}/journal/{{number}}/rule", self._rule)

    def _overview(self, call: Call) -> Answer:
        call.only(("match", "limit"))
        network = self._networks.find(call)
        network.end_turn()
        accounts = network.world.accounts
        shown = _few(call, accounts)
        waiting = [party for party in network.connections.values() if party.jid is None]
        return Answer(
            200,
            {
                "name": network.name,
                "beginning": network.beginning,
                "domains": list(network.seed.domains),
                "count": len(accounts),
                "accounts": [_account_json(network, accounts[bare]) for bare in shown],
                "connections": [{"id": party.label, "account": party.account} for party in waiting],
            },
        )

    def _pairs(self, call: Call) -> Answer:
        call.only(("match", "limit", "contact"))
        network, account = self._networks.account(call)
        network.end_turn()
        roster = account.roster
        requests = (contact for contact in roster.requests if contact not in roster.items)
        shown = _few(call, chain(roster.items, requests))
        chosen = call.query.get("contact")
        if chosen is not None and (chosen in roster.items or chosen in roster.requests) and chosen not in shown:
            shown.append(chosen)
        return Answer(
            200,
            {
                "jid": account.jid.bare,
                "ver": roster.version,
                "count": len(roster.items),
                "requests": len(roster.requests),
                "pairs": {contact: _pair_json(network, account, contact) for contact in shown},
            },
        )

    def _rule(self, call: Call) -> Answer:
        call.only(())
        network = self._networks.find(call)
        number, journal = call.path["number"], network.journal
        found = None
        if journal is not None and number.isascii() and number.isdigit() and len(number) < 16:
            before = journal.since(max(int(number) - _FAR_BACK, journal.first) - 1, _FAR_BACK + 1)
            found = next((entry for entry in before if entry.number == int(number)), None)
        if found is None:
            raise missing("number", f"{number!r:.30} is no entry of the journal, or no longer", "one that is there")
        earlier = [entry for entry in before if entry.number < found.number]
        asked = request_of(found, earlier)
        shown = _rule_json(explain(found, asked))
        return Answer(200, {"rule": shown, "answers": asked.number if asked is not None else None})


def _few(call: Call, jids: Iterable[str]) -> list[str]:
    """The first JIDs that hold what the query wants to ``match``, as many as its ``limit``."""
    wanted = call.query.get("match", "").casefold()
    found = (jid for jid in jids if wanted in jid.casefold()) if wanted else iter(jids)
    return list(islice(found, min(call.number("limit", _FEW), _MOST)))


def _rule_json(name: str | None) -> dict[str, Any] | None:
    if name is None:
        return None
    rule = RULES[name]
    return {"name": name, "section": rule.section, "says": rule.says, "link": link_of(rule.section)}


def _account_json(network: Network, account: Account) -> dict[str, Any]:
    stage = network.stage
    return {
        "jid": account.jid.bare,
        "contacts": len(account.roster.items),
        "requests": len(account.roster.requests),
        "ver": account.roster.version,
        "scripted": stage is not None and stage.contact(account.jid) is not None,
        "sessions": [session_json(network, session) for session in account.sessions.values()],
    }


def _account_of(network: Network, contact: str) -> Account | None:
    """The account of a contact, in the network or in a scripted domain; None for somebody who is not here."""
    account = network.world.accounts.get(contact)
    if account is None and network.stage is not None:
        account = network.stage.account(jid.parse(contact))
    return account


def _pair_json(network: Network, account: Account, contact: str) -> dict[str, Any]:
    own, other = account.roster.state(contact), _account_of(network, contact)
    theirs = other.roster.state(account.jid.bare) if other is not None else None
    return {
        **entry_json(account.roster, contact),
        "listed": contact in account.roster.items,
        "state": own.spelled,
        "theirs": theirs.spelled if theirs is not None else None,
        "agree": _agree(own, theirs) if theirs is not None else None,
    }


def _agree(own: State, theirs: State) -> bool:
    """Whether the two sides can be those of one subscription: who sees is seen.

    A request on its way, or one that an approval beforehand or a refusal has swallowed, is no contradiction.
    """
    return own.sees == theirs.seen and own.seen == theirs.sees
