"""The control API put together: every call, and the site that answers them.

Tests: ``tests/net/control/test_site.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from rosterkit import __version__
from rosterkit.net.control.accounts import Accounts
from rosterkit.net.control.call import Answer, Call, Text
from rosterkit.net.control.called import Remembering
from rosterkit.net.control.contacts import Contacts
from rosterkit.net.control.faults import Faults
from rosterkit.net.control.journals import Journals
from rosterkit.net.control.networks import Networks
from rosterkit.net.control.overview import Overview
from rosterkit.net.control.page import Pages
from rosterkit.net.control.refusal import conflict
from rosterkit.net.control.sessions import Sessions
from rosterkit.net.control.site import ControlSite, Routes
from rosterkit.net.hub import Hub
from rosterkit.net.network import Network

__all__ = ["DESCRIPTION", "make_routes", "make_site"]

#: What the API is, as OpenAPI has it.
DESCRIPTION = Path(__file__).with_name("openapi.json")


def make_routes(
    hub: Hub,
    reactor: IReactorTime,
    listen: Callable[[Network], Deferred[dict[str, Any]]],
    unlisten: Callable[[Network], None],
    ready: Callable[[], dict[str, Any] | None],
) -> Routes:
    """Every call; ``listen`` and ``unlisten`` are as in :class:`Networks`, ``ready`` gives the ready line."""

    def about(call: Call) -> Answer:
        call.only(())
        return Answer(200, {"rosterkit": __version__, "networks": list(hub.networks), "ready": ready()})

    def description(call: Call) -> Answer:
        call.only(())
        return Answer(200, json.loads(DESCRIPTION.read_text(encoding="utf-8")))

    routes = Routes(Remembering(hub))
    routes.add("GET", "/v1", about)
    routes.add("GET", "/v1/openapi.json", description)
    networks = Networks(hub, reactor, listen, unlisten)
    for calls in (Accounts, Sessions, Contacts, Faults, Overview):
        calls(networks).route(routes)
    networks.route(routes)
    Journals(networks, reactor).route(routes)

    def scenario(call: Call) -> Text:
        from rosterkit.net.control.scenarios import Scenarios  # a start need not wait for all that this needs

        return Scenarios(networks).make(call)

    routes.add("GET", "/v1/networks/{network}/scenario", scenario)

    def no_server(call: Call) -> Answer:
        network = networks.find(call)
        raise conflict("network", f"{network.name} is joined to no server that could be asked", "rosterkit peer")

    routes.add("GET", "/v1/networks/{network}/server-roster/{account}", no_server)  # a peer answers it
    return routes


def make_site(routes: Routes, token: str | None) -> ControlSite:
    """The site that answers ``routes`` and shows the inspector; with a ``token`` every call must show it."""
    return ControlSite(routes, Pages(), token)
