"""How long a scene stands there: as long as reading it takes, or until somebody presses Enter.

Tests: ``tests/demo/test_pace.py``.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

__all__ = ["Pace"]

#: Seconds for a character that is to be read, and for a scene besides.
_CHARACTER, _SCENE = 0.018, 2.0


@implementer(IReadDescriptor)
class Pace:
    """Pauses on ``reactor``, ``factor`` times as long as usual; 0 is no pause.

    With ``keyboard``, the descriptor of a terminal, Enter ends a pause from :meth:`listen` on.
    """

    def __init__(self, reactor: Any, factor: float, keyboard: int | None = None) -> None:
        self.factor = factor
        self._reactor = reactor
        self._keyboard = keyboard
        self._pausing: Deferred[None] | None = None

    @property
    def listens(self) -> bool:
        """Whether Enter makes a difference."""
        return self._keyboard is not None and self.factor > 0

    def pause(self, characters: int) -> Deferred[None]:
        """Fires when so many characters have been read, or at Enter; cancelling it ends the pause."""
        if self.factor <= 0:
            return succeed(None)
        pausing: Deferred[None] = Deferred()
        self._pausing = pausing
        timer = self._reactor.callLater(self.factor * (_SCENE + _CHARACTER * characters), self.go_on)

        def over(result: Any) -> Any:
            self._pausing = None
            if timer.active():
                timer.cancel()
            return result

        return pausing.addBoth(over)

    def go_on(self) -> None:
        """End the pause; without one a no-op."""
        pausing, self._pausing = self._pausing, None
        if pausing is not None:
            pausing.callback(None)

    # The keyboard, as the reactor reads it

    def listen(self) -> None:
        """Hear of Enter, where there is a keyboard."""
        if self.listens:
            self._reactor.addReader(self)

    def leave(self) -> None:
        """Read no more of what is typed; a no-op where nothing was read."""
        if self.listens:
            self._reactor.removeReader(self)

    def fileno(self) -> int:
        """The descriptor of the keyboard."""
        return self._keyboard if self._keyboard is not None else -1

    def doRead(self) -> None:
        """A line was typed; where the terminal is gone, or somebody else's meanwhile, nothing is read any more."""
        with suppress(OSError):
            if not _is_in_background(self.fileno()) and os.read(self.fileno(), 4096):
                self.go_on()
                return
        self.leave()

    def connectionLost(self, reason: object) -> None:
        """The reactor reads no more."""

    def logPrefix(self) -> str:
        """What the log calls it."""
        return "keyboard"


def _is_in_background(terminal: int) -> bool:
    """Whether another job has the terminal: reading would stop this one."""
    try:
        return os.tcgetpgrp(terminal) != os.getpgrp()
    except OSError:  # it is nobody's controlling terminal, so there are no jobs
        return False
