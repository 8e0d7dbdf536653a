"""Whether at the end all say the same about every roster: new clients, the control API, the file and the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.clients.client import Client, Login
from bench.clients.serving import Serving
from bench.soak.circle import Circle
from bench.soak.model import Model, Shown
from bench.soak.roster_copy import RosterCopy
from bench.soak.tally import Tally
from rosterkit.core.roster import Roster
from rosterkit.store import open_store

__all__ = ["check_by_clients", "check_by_control", "check_file"]


async def check_by_clients(serving: Serving, circle: Circle, tally: Tally) -> None:
    """A client without a copy logs in to each account and asks for everything."""
    copies = {}
    for account in circle.accounts:
        client = await Client.connect(serving.place(), Login(account.partition("@")[0], "end"))
        copy = copies[account] = RosterCopy(account)
        copy.take_result(await client.ask("get", b"<query xmlns='jabber:iq:roster'/>"))
        client.line.leave()
    if not circle.worlds.settle(lambda model: all(copies[one].entries == model.roster(one) for one in copies)):
        _differ(circle, tally, "a new client is told", {one: copy.entries for one, copy in copies.items()})


async def check_by_control(serving: Serving, circle: Circle, tally: Tally) -> None:
    """The control API shows each roster, with the requests that wait."""
    shown: dict[str, dict[str, Shown]] = {}
    requests: dict[str, set[str]] = {}
    for account in circle.accounts:
        roster = await serving.call("GET", f"/networks/main/accounts/{account}/roster")
        shown[account] = {contact: _shown(entry) for contact, entry in roster["items"].items()}
        requests[account] = set(roster["requests"])
    _judge(circle, tally, "the control API says", shown, requests, None)


def check_file(serving: Serving, circles: list[Circle], tally: Tally) -> None:
    """The database, once the server has been stopped."""
    store = open_store(serving.database)
    try:
        rosters = {stored.jid: stored.roster for stored in store.load()}
    finally:
        store.close()
    for circle in circles:
        own = {account: rosters[account] for account in circle.accounts}
        shown = {account: _of_store(roster) for account, roster in own.items()}
        requests = {account: set(roster.requests) for account, roster in own.items()}
        blocked = {account: set(roster.blocked) for account, roster in own.items()}
        _judge(circle, tally, "the database holds", shown, requests, blocked)


def _judge(
    circle: Circle,
    tally: Tally,
    who: str,
    shown: Mapping[str, Mapping[str, Shown]],
    requests: Mapping[str, set[str]],
    blocked: Mapping[str, set[str]] | None,
) -> None:
    def agrees(model: Model) -> bool:
        return all(
            model.roster(account) == shown[account]
            and model.requests(account) == requests[account]
            and (blocked is None or model.blocked(account) == blocked[account])
            for account in circle.accounts
        )

    if circle.worlds.settle(agrees):
        return
    _differ(circle, tally, who, shown)
    model = circle.worlds.possible[0]
    for account in circle.accounts:
        if model.requests(account) != requests[account]:
            tally.differs(f"{who} that {account} is asked by {requests[account]}; {model.requests(account)} do")
        if blocked is not None and model.blocked(account) != blocked[account]:
            tally.differs(f"{who} that {account} blocks {blocked[account]}; it blocks {model.blocked(account)}")


def _differ(circle: Circle, tally: Tally, who: str, shown: Mapping[str, Mapping[str, Shown]]) -> None:
    """Tell each entry that differs from the first world, and that no world agrees even where none does."""
    tally.differs(f"no world agrees with what {who} of {', '.join(circle.accounts)}")
    for account, entries in shown.items():
        expected = circle.worlds.possible[0].roster(account)
        for contact in sorted({*expected, *entries}):
            if expected.get(contact) != entries.get(contact):
                tally.differs(
                    f"{who} {entries.get(contact)} for {contact} in the roster of {account}; "
                    f"it should be {expected.get(contact)}"
                )


def _shown(entry: Any) -> Shown:
    return Shown(entry["name"], tuple(entry["groups"]), entry["subscription"], entry["ask"], entry["approved"])


def _of_store(roster: Roster) -> dict[str, Shown]:
    return {
        item.jid: Shown(item.name, item.groups, item.subscription, item.ask, item.approved)
        for item in roster.items.values()
    }
