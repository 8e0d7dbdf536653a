"""A line that one of the wire's initiating streams drives; how its bytes travel is for a subclass to say.

Tests: ``tests/conformance/test_probe_lines.py``, ``tests/conformance/test_memory_lines.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred

from rosterkit.conformance.probing.lines import Line, Listener, ProbeError
from rosterkit.wire.encode import STREAM_END
from rosterkit.wire.entering import Entering
from rosterkit.wire.initiating import Arrived, Came, Failed, Output, Phase, StartTls, Write
from rosterkit.wire.joining import Joining
from rosterkit.wire.struck import without_secrets

__all__ = ["DrivenLine"]

_CUT = "The tester has cut the connection."


class DrivenLine:
    """One line.  ``entered`` fires with it, or fails with :class:`ProbeError`.

    The carrier calls :meth:`_begin` when the connection is there, :meth:`_take` with what comes, :meth:`_lost` at its
    end, and :meth:`_fail` where it sees that nothing can come of it.
    """

    def __init__(self, label: str, machine: Entering | Joining, listener: Listener) -> None:
        self.label = label
        self.jid: str | None = None
        self.phase = Phase.CONNECTED
        self.features = b""
        self.is_open = False
        self.entered: Deferred[Line] = Deferred(lambda _: self._leave_off())
        self._machine = machine
        self._listener = listener
        self._arrived = False
        self._deaf = False  # what comes counts for nothing any more
        self._ended = False  # our end of the stream is said
        self._told_over = False
        self._gone = False
        self._closing: list[Deferred[None]] = []

    # What a carrier adds

    def _transmit(self, data: bytes) -> None:
        """Send bytes, written as on TCP."""
        raise NotImplementedError

    def _start_tls(self) -> None:
        """Begin TLS; :meth:`_secured` when the handshake is done."""
        raise NotImplementedError

    def _hang_up(self) -> None:
        """Close the connection when what was sent is out; cut it after five seconds."""
        raise NotImplementedError

    def _hurry(self) -> None:
        """Cut the connection after five seconds."""
        raise NotImplementedError

    def _abort(self) -> None:
        """Cut the connection now."""
        raise NotImplementedError

    # What a line can do, as :class:`~rosterkit.conformance.probing.lines.Line` says

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        if self.is_open:
            self._transmit(data)

    def close(self) -> Deferred[None]:
        """End the stream; fires when the connection is gone."""
        done: Deferred[None] = Deferred()
        if self._gone:
            done.callback(None)
            return done
        self._closing.append(done)
        if self.is_open:
            self._say_end()
            if self._ended:
                self._hurry()
            else:
                self._hang_up()
        return done

    def cut(self) -> None:
        """Break the connection off."""
        if not self._gone:
            self.is_open = False
            self._deaf = True
            self._abort()

    # What a carrier calls

    @property
    def is_wanted(self) -> bool:
        """Whether it is on its way, and somebody waits for it."""
        return not (self._arrived or self._deaf)

    def _begin(self) -> None:
        self._act(self._machine.start())

    def _secured(self) -> None:
        assert isinstance(self._machine, Entering)
        self._act(self._machine.secured())

    def _take(self, data: bytes) -> None:
        self._act(self._machine.receive(data))

    def _fail(self, text: str, about_account: bool = False) -> None:
        """It cannot be had; nothing is heard of it any more."""
        self._deaf = True
        self._hang_up()
        self.entered.errback(ProbeError(text, about_account))

    def _lost(self, text: str) -> None:
        """The connection is gone; ``text`` says how, where nobody knows better."""
        self._gone = True
        self.is_open = False
        if self.is_wanted:
            self._deaf = True
            self.entered.errback(ProbeError(text))
        self._tell_over(_CUT if self._deaf else text)
        closing, self._closing = self._closing, []
        for done in closing:
            done.callback(None)

    # What the stream leads to

    def _act(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            self._do(output)

    def _do(self, output: Output) -> None:
        if self._deaf:
            return
        if isinstance(output, Came):
            self._hear(output)
        elif isinstance(output, Write):
            self._say(output.data)
        elif isinstance(output, Arrived):
            self._arrive(output)
        elif isinstance(output, StartTls):
            self._start_tls()
        elif isinstance(output, Failed):
            self._fail(output.text, output.about_account)
        else:
            self._end(output.text)

    def _hear(self, came: Came) -> None:
        data = without_secrets(came.data) if came.kind == "stream" else came.data
        self._listener.came(self, data, came.kind)

    def _say(self, data: bytes) -> None:
        self._listener.said(self, without_secrets(data), "iq" if data.startswith(b"<iq") else "stream")
        self._transmit(data)

    def _arrive(self, arrived: Arrived) -> None:
        self._arrived = self.is_open = True
        self.phase, self.jid, self.features = arrived
        self.entered.callback(self)

    def _end(self, text: str) -> None:
        """The server has ended the stream: so do we (RFC 6120 §4.4)."""
        self._say_end()
        self._hang_up()
        self._tell_over(text)

    def _say_end(self) -> None:
        """Say our end of the stream, where it has a beginning."""
        self.is_open = False
        if not self._ended and self.phase is not Phase.CONNECTED:
            self._ended = True
            self._say(STREAM_END)

    def _tell_over(self, text: str) -> None:
        if self._arrived and not self._told_over:
            self._told_over = True
            self._listener.over(self, text)

    def _leave_off(self) -> None:
        """Nobody waits for it any more."""
        self._deaf = True
        self._abort()
