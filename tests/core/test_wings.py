"""Contacts that wait for the first stanza that is for them."""

from __future__ import annotations

import pytest
from rig import End
from staged import Staged

from rosterkit.core import jid
from rosterkit.core.contact_script import read_script
from rosterkit.core.stanza import Presence
from rosterkit.core.state import Uplink
from rosterkit.core.wings import Wings
from rosterkit.errors import ContactError
from rosterkit.wire import fragments

NURSE, PETER, JULIET = "nurse@contacts.test", "peter@contacts.test", "juliet@localhost"


class Winged(Staged):
    """A network that is joined to a server, with two contacts in its wings; ``up`` is the server's end."""

    def __init__(self, **script: object) -> None:
        super().__init__((), domains=("contacts.test",))
        self.up = End(self, Uplink())
        self.world.uplink = self.up.link  # type: ignore[assignment]
        self.wings = Wings(self.playing)
        for address in (NURSE, PETER):
            self.wings.put(jid.parse(address), read_script(script, "", fragments))

    def brings(self, type: str, to: str) -> None:
        """The server brings presence from juliet, before which whoever has waited for it begins."""
        self.wings.cue(jid.parse(to), self.now)
        self.play()
        self.up.send(Presence(type, sender=jid.parse(JULIET), to=jid.parse(to)))


def test_in_the_wings_nothing_happens() -> None:
    """No account, no presence, no approval, no schedule, however long it takes."""
    rig = Winged(pre_approves=[JULIET], schedule=[{"do": "message", "to": JULIET}])
    rig.later(60)
    assert (rig.heard, rig.up.take(), rig.world.accounts) == ([], [], {})
    assert rig.playing.wakes_at is None


def test_the_first_stanza_is_the_cue() -> None:
    """Who is addressed begins, with everything in the script, and is there when the stanza comes; others wait on."""
    rig = Winged(schedule=[{"after": 2, "do": "message", "to": JULIET}])
    rig.later(100)
    rig.brings("subscribe", NURSE)
    assert rig.up.addressed() == [
        f"presence subscribed from {NURSE} to {JULIET}",
        f"presence available from {NURSE}/rosterkit to {JULIET}",
    ]
    assert list(rig.playing.contacts) == [NURSE]
    rig.later(2)
    assert rig.up.addressed() == [f"message normal from {NURSE}/rosterkit to {JULIET}"]


def test_a_resource_is_a_cue_too() -> None:
    """Stanzas to a full JID are brought to the same process as those to the bare one."""
    rig = Winged()
    rig.brings("", f"{NURSE}/rosterkit")
    assert list(rig.playing.contacts) == [NURSE]


def test_a_second_stanza_is_none() -> None:
    """Nobody begins twice, and who is not in the wings not at all."""
    rig = Winged()
    assert rig.wings.cue(jid.parse(NURSE), 0.0)
    assert not rig.wings.cue(jid.parse(NURSE), 0.0)
    assert not rig.wings.cue(jid.parse("tybalt@contacts.test"), 0.0)


def test_who_was_put_on_the_stage_meanwhile_goes_on() -> None:
    """A contact that somebody has set by hand is not begun again by its cue."""
    rig = Winged(answer="refuse")
    rig.contact(NURSE, resources=[{"name": "own"}])
    rig.heard.clear()
    assert not rig.wings.cue(jid.parse(NURSE), 0.0)
    rig.play()
    assert rig.heard == []
    assert list(rig.account(NURSE).sessions) == ["own"]


def test_a_stage_that_is_joined_to_a_server_has_no_remote_contacts() -> None:
    """Every other domain is the server's: a contact there would hide somebody real."""
    rig = Winged()
    with pytest.raises(ContactError, match=r"localhost is for the server .* NAME@contacts\.test"):
        rig.contact("romeo@localhost")
    assert rig.world.unreachable("localhost") is None and list(rig.playing.domains) == []
