"""Faults on what one connection is sent: withheld, late, twice, out of order, altered, in bits, or cut off.

Tests: ``tests/net/test_outgoing_faults.py``, ``tests/net/test_faults_on_sockets.py``.
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
    """A stanza on its way out; without a kind it is bytes that are none, as they are on the wire."""

    kind: str
    data: bytes
    fault: str | None = None
    how: str = ""  # cut, pause or dribble
    seconds: float = 0.0


class _Hold:
    """Stanzas that are held back together, and the timer that lets them go."""

    def __init__(self) -> None:
        self.stanzas: list[_Sent] = []
        self.end: Timer | None = None


class OutgoingFaults:
    """Applies the faults of ``table`` to what passes.

    ``record`` remembers what was written, or withheld; ``frame`` gives the bytes that stand for a stanza on the wire,
    ``write`` sends such bytes at once; ``cut`` breaks the connection off.  What a fault holds back is overtaken,
    unless it is half written: then everything waits behind it, and behind a cut for ever.
    """

    def __init__(
        self,
        table: FaultTable,
        clock: NetworkClock,
        record: Callable[[str, bytes, str | None, bool], None],
        write: Callable[[bytes], object],
        cut: Callable[[], object],
        frame: Callable[[bytes], bytes] = bytes,
    ) -> None:
        self._table = table
        self._clock = clock
        self._record = record
        self._write = write
        self._cut = cut
        self._frame = frame
        self._versions: tuple[str | None, str | None] = (None, None)
        self._timers: dict[Timer, _Sent | None] = {}  # with what is late until then
        self._held = _Hold()
        self._rosters = _Hold()
        self._line: deque[_Sent] | None = None  # what waits behind something half written
        self._freed: deque[_Sent] = deque()  # what has waited there and is being sent
        self._blocked_by = ""

    @property
    def busy(self) -> bool:
        """Whether something is held back, so that what comes must pass here too."""
        return bool(self._timers or self._line is not None)

    def see(self, kind: str, data: bytes) -> None:
        """Remember the version of what is sent or asked for, whether or not there are faults then."""
        if kind in ("push", "roster"):
            version = version_of(data) or None
            self._versions = (self._versions[0] or version, version or self._versions[1])

    def pass_on(
        self, kind: str, data: bytes, fault: str | None, account: str | None, session: str, full: str
    ) -> None:
        """Send a stanza, or do to it what the faults say that strike it; ``fault`` is one of which it is made."""
        faults = self._table.striking(kind, data, account, session)
        target = Target(account or "", full, *self._versions)
        self.see(kind, data)
        sent = _Sent(kind, data, fault)
        for one in faults:
            sent = sent._replace(data=mangle(one, sent.data, target), fault=_named(sent.fault, one.name))
        for _ in range(2 if any(one.name in ("duplicate", "result-twice") for one in faults) else 1):
            if not any(self._keeps(one, sent) for one in faults):
                self._send(sent)
        if kind == "presence":
            self._release(self._rosters)

    def put_behind(self, data: bytes) -> bool:
        """Let bytes that are no stanza wait behind one that is half written; False where none is.

        The last of several without a stanza between them is enough (pongs: RFC 6455 §5.5.3).
        """
        if self._line is None:
            return False
        if self._line and not self._line[-1].kind:
            self._line.pop()
        self._line.append(_Sent("", data))
        return True

    def stop(self) -> None:
        """The stream is over: what is held back is withheld for good; again is a no-op."""
        withheld = [sent for sent in self._timers.values() if sent is not None]
        for hold in (self._held, self._rosters):
            withheld += hold.stanzas
        for timer in self._timers:
            timer.cancel()
        self._timers, self._held, self._rosters = {}, _Hold(), _Hold()
        waiting = (*self._freed, *(self._line or ()))
        self._freed, self._line = deque(), None
        withheld += (sent._replace(fault=sent.fault or self._blocked_by) for sent in waiting)
        for sent in withheld:
            if sent.kind:
                self._record(sent.kind, sent.data, sent.fault, True)

    def _keeps(self, fault: Fault, sent: _Sent) -> bool:
        """Whether ``fault`` has taken the stanza over."""
        seconds = fault.values.get("seconds", 0.0)
        if fault.name == "drop":
            self._record(sent.kind, sent.data, sent.fault, True)
        elif fault.name == "delay":
            self._later(seconds, lambda: self._send(sent), sent)
        elif fault.name == "reorder":
            self._hold(self._held, sent, _LONGEST_HOLD)
            if len(self._held.stanzas) >= fault.values["count"]:
                self._release(self._held)
        elif fault.name == "hold-roster":
            self._hold(self._rosters, sent, seconds)
        elif fault.name in ("cut", "pause", "dribble"):
            self._send(sent._replace(how=fault.name, seconds=seconds))
        else:
            return False
        return True

    def _send(self, sent: _Sent) -> None:
        if self._line is not None:
            self._line.append(sent)
            return
        if not sent.kind:
            self._write(sent.data)
            return
        self._record(sent.kind, sent.data, sent.fault, False)
        if sent.how:
            self._in_bits(sent, self._frame(sent.data))
        else:
            self._write(self._frame(sent.data))

    def _hold(self, hold: _Hold, sent: _Sent, seconds: float) -> None:
        """Hold back for so long, or for as long as the first that is held."""
        hold.stanzas.append(sent)
        if hold.end is None:
            hold.end = self._later(seconds, lambda: self._release(hold))

    def _release(self, hold: _Hold) -> None:
        if hold.end is not None:
            hold.end.cancel()
            self._timers.pop(hold.end, None)
        released, hold.stanzas, hold.end = hold.stanzas, [], None
        for sent in reversed(released) if hold is self._held else released:
            self._send(sent)

    def _in_bits(self, sent: _Sent, data: bytes) -> None:
        half = len(data) // 2
        self._line, self._blocked_by = deque(), sent.how
        if sent.how == "dribble":
            self._drip(data, 0, sent.seconds)
            return
        self._write(data[:half])
        if sent.how == "cut":
            self._cut()
        else:
            self._later(sent.seconds, lambda: self._finish(data[half:]))

    def _drip(self, data: bytes, at: int, seconds: float) -> None:
        if at + 1 >= len(data):
            self._finish(data[at:])
            return
        self._write(data[at : at + 1])
        self._later(seconds, lambda: self._drip(data, at + 1, seconds))

    def _finish(self, rest: bytes) -> None:
        """What was half written is whole; what has waited behind it follows."""
        self._write(rest)
        self._freed, self._line = self._line or deque(), None
        while self._freed:  # until the stream ends over one of them
            self._send(self._freed.popleft())

    def _later(self, seconds: float, act: Callable[[], object], sent: _Sent | None = None) -> Timer:
        def do() -> None:
            self._timers.pop(timer, None)
            act()

        timer = self._clock.after(seconds, do)
        self._timers[timer] = sent
        return timer


def _named(first: str | None, second: str) -> str:
    return second if first is None else f"{first}, {second}"
