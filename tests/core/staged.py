"""A network in memory with scripted contacts: the rig, and the stage driven as the shell drives it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rig import Rig

from rosterkit.core import jid
from rosterkit.core.contact_script import read_order, read_script
from rosterkit.core.effects import Close, Effect, Send
from rosterkit.core.roster import Roster
from rosterkit.core.stage import Stage
from rosterkit.core.stanza import Stanza
from rosterkit.core.subscription import State
from rosterkit.wire import encode, fragments

JULIET = "juliet@localhost"
#: The same contact at home and elsewhere.
LOCAL, REMOTE = "tybalt@localhost", "tybalt@far.test"
#: The most turns that anything in a test may take.
_PATIENCE = 500


class Staged(Rig):
    """A rig with contacts.  Each input is a turn of its own, the hardest case.

    ``heard`` is what contacts said and were told, as ``"in"`` or ``"out"``, address and XML.
    """

    stage: Stage | None = None

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.heard: list[tuple[str, str, str]] = []
        self.stage = Stage(self.world, self._hear)
        self._playing = False

    def _hear(self, address: str, direction: str, stanza: Stanza, to: str | None) -> None:
        self.heard.append((direction, address, encode.stanza(stanza, to).decode()))

    def said(self, address: str, type: str) -> list[str]:
        """Every presence of one type that the contact has said, as XML."""
        bare = [(xml, full.partition("/")[0]) for direction, full, xml in self.heard if direction == "in"]
        return [xml for xml, who in bare if who == address and f"type='{type}'" in xml]

    # What a control API does

    @property
    def playing(self) -> Stage:
        """The stage."""
        assert self.stage is not None
        return self.stage

    def contact(self, address: str, roster: Roster | None = None, /, **script: Any) -> None:
        """Let a contact with this bare JID behave as the keys say."""
        read = read_script(script, address, fragments)
        self.playing.add_contact(jid.parse(address), read, self.now, roster)
        self.play()

    def tell(self, address: str, do: str, **order: Any) -> None:
        """Let a contact do something."""
        self.playing.order(jid.parse(address), read_order({"do": do, **order}, address, fragments), self.now)
        self.play()

    def holds(self, address: str, contact: str = JULIET) -> State:
        """Where the subscription stands on the contact's side."""
        account = self.playing.account(jid.parse(address))
        assert account is not None
        return account.roster.state(contact)

    # What a shell does

    def apply(self, effects: Sequence[Effect]) -> None:
        """Commit, deliver to clients and to the stage, and let that play."""
        staged = [e for e in effects if isinstance(e, Send | Close) and e.link.peer is None]
        super().apply([effect for effect in effects if effect not in staged])
        for effect in staged:
            self.playing.deliver(effect)
        if self.stage is not None:
            self.play()

    def play(self) -> None:
        """Run the stage until nothing is due."""
        if self._playing:
            return
        self._playing = True
        turns = 0
        while (at := self.playing.wakes_at) is not None and at <= self.now:
            turns += 1
            assert turns < _PATIENCE, "the contacts never come to rest"
            for made in self.playing.run(self.now):
                self.apply(made.do(self.server, self.now))
        self._playing = False

    def later(self, seconds: float) -> None:
        """Let time pass; what is due on the way is done at its own time."""
        end = self.now + seconds
        while (at := self.playing.wakes_at) is not None and at <= end:
            self.now = max(self.now, at)
            self.play()
        self.now = end
