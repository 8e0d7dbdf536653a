"""The JSON of an exported roster goes from RosterClient to aioxmpp's and back, and means the same on both sides.

aioxmpp has an environment of its own, whose Python is named by the environment variable ``CLIENTS_PYTHON``; without
it the one that ``make live`` has made is taken.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.task import Clock
from wire import Wire

from rosterkit.client.roster import RosterClient
from rosterkit.core import markup

pytestmark = pytest.mark.live

HERE = Path(__file__).parent
PYTHON = os.environ.get("CLIENTS_PYTHON") or str(HERE.parents[1] / ".venv-clients" / "bin" / "python")
SECONDS = 30

_PLAIN: dict[str, Any] = {"name": None, "groups": [], "subscription": "none", "ask": None, "approved": False}
#: Contacts by bare JID, with everything that an entry can say.
CONTACTS: dict[str, dict[str, Any]] = {
    "nobody@localhost": _PLAIN,
    "nameless@localhost": _PLAIN | {"name": ""},
    "nurse@localhost": _PLAIN | {"name": "Nurse", "groups": ["Staff"]},
    "тибальт@пример.рф": _PLAIN | {"name": "Тибальт 🗡", "groups": ["Капулетти", "Friends & <foes>", "🗡"]},
    "quoted\\20name@localhost": _PLAIN | {"name": " \"quoted\" & 'quoted' \\ ", "groups": [" ", "a b"]},
    "shakespeare.lit": _PLAIN | {"subscription": "to"},
    "from@localhost": _PLAIN | {"subscription": "from", "ask": "subscribe", "groups": ["Staff"]},
    "both@localhost": _PLAIN | {"subscription": "both", "approved": True},
    "asked@localhost": _PLAIN | {"ask": "subscribe"},
    "approved@localhost": _PLAIN | {"approved": True, "ask": "subscribe", "name": "None", "groups": ["None"]},
}
VERSIONS = [None, "", "7", "ver-Ж-\"'<&"]


def aioxmpp(**order: Any) -> dict[str, Any]:
    """What aioxmpp's RosterClient has made of ``order``."""
    command = [PYTHON, "-W", "ignore", str(HERE / "aioxmpp_json.py")]
    ended = subprocess.run(
        command, input=json.dumps(order), capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def fetched(version: str | None) -> RosterClient:
    """A RosterClient that has got the contacts from a server."""
    items = "".join(_markup(jid, attributes) for jid, attributes in CONTACTS.items())
    wire = Wire()
    wire.connect()
    wire.answer(markup.element("query", items, xmlns="jabber:iq:roster", ver=version))
    return wire.roster


def _markup(jid: str, attributes: dict[str, Any]) -> str:
    groups = "".join(markup.element("group", markup.text(group)) for group in attributes["groups"])
    said = {"name": attributes["name"], "subscription": attributes["subscription"], "ask": attributes["ask"]}
    return markup.element("item", groups, jid=jid, approved="true" if attributes["approved"] else None, **said)


def imported(data: dict[str, Any]) -> RosterClient:
    """A RosterClient that has never been connected, with what was exported."""
    roster = RosterClient(clock=Clock())
    roster.import_from_json(data)
    return roster


def contacts_of(roster: RosterClient) -> dict[str, dict[str, Any]]:
    """The contacts as in :data:`CONTACTS`."""
    return {
        item.bare: {name: getattr(item, name) for name in _PLAIN} | {"groups": sorted(item.groups)} for item in roster
    }


def meaning(contacts: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The contacts without what JSON does not tell: an empty name from none, and the order of groups."""
    return {
        jid: attributes | {"name": attributes["name"] or None, "groups": sorted(attributes["groups"])}
        for jid, attributes in contacts.items()
    }


def groups_of(contacts: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Who is in each group."""
    names = {group for attributes in contacts.values() for group in attributes["groups"]}
    return {name: sorted(jid for jid in contacts if name in contacts[jid]["groups"]) for name in names}


@pytest.mark.parametrize("version", VERSIONS)
def test_ours_in_aioxmpp(version: str | None) -> None:
    """What the server has sent us means the same there, and comes back as it was."""
    ours = fetched(version)
    exported = ours.export_as_json()
    assert meaning(contacts_of(ours)) == meaning(CONTACTS)
    theirs = aioxmpp(**{"import": exported})
    assert theirs["ver"] == version
    assert meaning(theirs["contacts"]) == meaning(CONTACTS)
    assert theirs["groups"] == groups_of(CONTACTS)
    assert theirs["exported"] == {"items": exported["items"], "ver": version}
    back = imported(theirs["exported"])
    assert (back.version, contacts_of(back)) == (version, meaning(CONTACTS))


@pytest.mark.parametrize("version", VERSIONS)
def test_theirs_in_rosterkit(version: str | None) -> None:
    """What aioxmpp exports means the same here, and what we export of it is the same, item by item."""
    exported = aioxmpp(ver=version, contacts=CONTACTS)["exported"]
    roster = imported(exported)
    assert roster.version == version
    assert contacts_of(roster) == meaning(CONTACTS)
    assert {name: sorted(item.bare for item in members) for name, members in roster.groups.items()} == groups_of(
        CONTACTS
    )
    again = roster.export_as_json()
    assert {"items": again["items"], "ver": again["ver"]} == exported


def test_an_empty_roster() -> None:
    """Both ways: no items, and the version stays."""
    ours = RosterClient(clock=Clock()).export_as_json()
    theirs = aioxmpp(**{"import": ours})["exported"]
    assert theirs == {"items": {}, "ver": None}
    assert (len(imported(theirs)), imported({"items": {}, "ver": "3"}).version) == (0, "3")
