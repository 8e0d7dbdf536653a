"""The wings: contacts that wait for their cue, the first stanza that is for them.

Where several processes share a domain, each has all the contacts, and the server brings whatever is for a contact to
one of them: that one plays it.  To the others it does not exist.

Tests: ``tests/core/test_wings.py``.
"""

from __future__ import annotations

from rosterkit.core.contact import Script
from rosterkit.core.jid import Jid
from rosterkit.core.roster import Roster
from rosterkit.core.stage import Stage

__all__ = ["Wings"]


class Wings:
    """Beside ``stage``, on which the contacts that wait here begin one by one."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._waiting: dict[str, tuple[Script, Roster | None]] = {}

    def put(self, address: Jid, script: Script, roster: Roster | None = None) -> None:
        """Let a contact wait: it has no account, says nothing, and its schedule has not begun."""
        self._waiting[address.bare] = script, roster

    def cue(self, address: Jid, now: float) -> bool:
        """A stanza is for ``address``: a contact that has waited for it begins as in :meth:`Stage.add_contact`.

        True where one does; it can be reached when the stage has run.  One that somebody has put on the stage
        meanwhile goes on as it is.
        """
        waited = self._waiting.pop(address.bare, None)
        if waited is None or self._stage.contact(address) is not None:
            return False
        script, roster = waited
        self._stage.add_contact(address.without_resource(), script, now, roster)
        return True
