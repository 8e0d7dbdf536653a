"""Faults on what one connection is sent: withheld, late, twice, out of order, altered, in bits, or cut off.

Tests: ``tests/net/test_outgoing_faults.py``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from rosterkit.core.faults import Fault, FaultTable
from rosterkit.net.clock import NetworkClock, Timer
from rosterkit.wire.mangle import Target, mangle, version_of

__all__ = ["OutgoingFaults"]

#: Seconds after which what is held back to be reordered is sent all the same.
_LONGEST_HOLD = 2.0


class _Sent(NamedTuple):
    """A stanza on its way out."""

    kind: str
    data: bytes
    fault: str | None = None


class OutgoingFaults:
    """Applies the faults of ``table`` to what passes.

    ``record`` remembers what was written, or withheld; ``write`` sends bytes at once; ``cut`` breaks the connection
    off.  What a fault holds back is overtaken, unless it is half written: then everything waits behind it.
    """

    def __init__(
        self,
        table: FaultTable,
        clock: NetworkClock,
        record: Callable[[str, bytes, str | None, bool], None],
        write: Callable[[bytes], object],
        cut: Callable[[], object],
    ) -> None:
        self._table = table
        self._clock = clock
        self._record = record
        self._write = write
        self._cut = cut
        self._versions: tuple[str | None, str | None] = (None, None)
        self._timers: set[Timer] = set()
        self._held: list[_Sent] = []
        self._rosters: list[_Sent] = []
        self._line: deque[_Sent] | None = None  # what waits behind something half written

    @property
    def busy(self) -> bool:
        """Whether something is held back, so that what comes must pass here too."""
        return bool(self._timers or self._held or self._rosters or self._line is not None)

    def pass_on(
        self, kind: str, data: bytes, fault: str | None, account: str | None, session: str, full: str
    ) -> None:
        """Send a stanza, or do to it what the faults say that strike it; ``fault`` is one of which it is made."""
        faults = self._table.striking(kind, data, account, session)
        target = Target(account or "", full, *self._versions)
        if kind in ("push", "roster"):
            version = version_of(data)
            self._versions = (self._versions[0] or version, version or self._versions[1])
        sent = _Sent(kind, data, fault)
        for one in faults:
            sent = sent._replace(data=mangle(one, sent.data, target), fault=_named(sent.fault, one.name))
        for one in faults:
            if self._keeps(one, sent):
                return
        self._send(sent)
        if any(one.name in ("duplicate", "result-twice") for one in faults):
            self._send(sent)
        if kind == "presence" and self._rosters:
            self._release(self._rosters)

    def stop(self) -> None:
        """The connection is gone: nothing that is held back is sent any more."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._held.clear()
        self._rosters.clear()
        self._line = None

    def _keeps(self, fault: Fault, sent: _Sent) -> bool:
        """Whether ``fault`` has taken the stanza over."""
        seconds = fault.values.get("seconds", 0.0)
        if fault.name == "drop":
            self._record(sent.kind, sent.data, sent.fault, True)
        elif fault.name == "delay":
            self._later(seconds, lambda: self._send(sent))
        elif fault.name == "reorder":
            self._hold(sent, int(fault.values["count"]))
        elif fault.name == "hold-roster":
            self._rosters.append(sent)
            self._later(seconds, lambda: self._release(self._rosters))
        elif fault.name in ("cut", "pause", "dribble") and self._line is None:
            self._in_bits(fault.name, sent, seconds)
        else:
            return False
        return True

    def _send(self, sent: _Sent) -> None:
        if self._line is not None:
            self._line.append(sent)
            return
        self._record(sent.kind, sent.data, sent.fault, False)
        self._write(sent.data)

    def _hold(self, sent: _Sent, count: int) -> None:
        self._held.insert(0, sent)
        if len(self._held) >= count:
            self._release(self._held)
        elif len(self._held) == 1:
            self._later(_LONGEST_HOLD, lambda: self._release(self._held))

    def _release(self, held: list[_Sent]) -> None:
        released = list(held)
        held.clear()
        for sent in released:
            self._send(sent)

    def _in_bits(self, how: str, sent: _Sent, seconds: float) -> None:
        self._record(sent.kind, sent.data, sent.fault, False)
        half = len(sent.data) // 2
        if how == "cut":
            self._write(sent.data[:half])
            self._cut()
            return
        self._line = deque()
        if how == "pause":
            self._write(sent.data[:half])
            self._later(seconds, lambda: self._finish(sent.data[half:]))
        else:
            self._drip(sent.data, 0, seconds)

    def _drip(self, data: bytes, at: int, seconds: float) -> None:
        if at + 1 >= len(data):
            self._finish(data[at:])
            return
        self._write(data[at : at + 1])
        self._later(seconds, lambda: self._drip(data, at + 1, seconds))

    def _finish(self, rest: bytes) -> None:
        """What was half written is whole; what has waited behind it follows."""
        self._write(rest)
        line, self._line = self._line or deque(), None
        for sent in line:
            self._send(sent)

    def _later(self, seconds: float, act: Callable[[], object]) -> None:
        def do() -> None:
            self._timers.discard(timer)
            act()

        timer = self._clock.after(seconds, do)
        self._timers.add(timer)


def _named(first: str | None, second: str) -> str:
    return second if first is None else f"{first}, {second}"
