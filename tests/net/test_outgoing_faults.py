"""Faults on what one connection is sent, on a fake clock."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock

from rosterkit.core.faults import FaultTable, read_fault
from rosterkit.net.clock import NetworkClock
from rosterkit.net.faults import OutgoingFaults

PUSHES = [f"<iq type='set' id='{n}'><query xmlns='jabber:iq:roster' ver='v{n}'/></iq>".encode() for n in range(4)]


class Line:
    """What a connection under these faults has written, piece by piece, and what the journal says of it."""

    def __init__(self, *faults: dict[str, Any]) -> None:
        self.reactor = Clock()
        self.written: list[bytes] = []
        self.recorded: list[tuple[bytes, str | None, bool]] = []
        self.cuts = 0
        self.table = FaultTable()
        for fault in faults:
            self.table.add(read_fault(fault, ""))
        self.faults = OutgoingFaults(
            self.table,
            NetworkClock(self.reactor),
            lambda kind, data, fault, withheld: self.recorded.append((data, fault, withheld)),
            self.written.append,
            self.cut,
        )

    def cut(self) -> None:
        """The connection breaks off."""
        self.cuts += 1

    def send(self, data: bytes, kind: str = "push") -> None:
        """Something is on its way out."""
        self.faults.pass_on(kind, data, None, "juliet@a.test", "c1", "juliet@a.test/r")

    @property
    def text(self) -> bytes:
        """All that was written."""
        return b"".join(self.written)


def test_what_is_dropped_is_recorded_and_not_written():
    """The next one passes."""
    line = Line({"fault": "drop", "next": 1})
    line.send(PUSHES[0])
    line.send(PUSHES[1])
    assert line.written == [PUSHES[1]]
    assert line.recorded == [(PUSHES[0], "drop", True), (PUSHES[1], None, False)]


def test_what_is_late_is_overtaken():
    """It comes when its time has come."""
    line = Line({"fault": "delay", "seconds": 5, "next": 1})
    line.send(PUSHES[0])
    line.send(PUSHES[1])
    assert line.written == [PUSHES[1]]
    assert line.faults.busy
    line.reactor.advance(5)
    assert line.written == [PUSHES[1], PUSHES[0]]
    assert not line.faults.busy


@pytest.mark.parametrize(("name", "kind"), [("duplicate", "push"), ("result-twice", "roster")])
def test_what_is_doubled_comes_twice(name: str, kind: str):
    """The same bytes."""
    line = Line({"fault": name})
    line.send(PUSHES[0], kind)
    assert line.written == [PUSHES[0], PUSHES[0]]


def test_so_many_are_sent_in_the_contrary_order():
    """Or those that are there after two seconds."""
    line = Line({"fault": "reorder", "count": 3})
    for push in PUSHES:
        line.send(push)
    assert line.written == PUSHES[2::-1]
    line.reactor.advance(2)
    assert line.written == [*PUSHES[2::-1], PUSHES[3]]


def test_the_roster_waits_for_presence():
    """Or until its time is over."""
    for presence in (True, False):
        line = Line({"fault": "hold-roster", "seconds": 5, "next": 1})
        line.send(PUSHES[0], "roster")
        assert line.written == []
        if presence:
            line.send(b"<presence/>", "presence")
            assert line.written == [b"<presence/>", PUSHES[0]]
        line.reactor.advance(5)
        assert line.text.count(PUSHES[0]) == 1


def test_byte_by_byte_keeps_the_order():
    """What comes behind waits until the last byte is out."""
    line = Line({"fault": "dribble", "seconds": 0.5, "next": 1})
    line.send(PUSHES[0])
    line.send(b"<message/>", "message")
    assert line.written == [b"<"]
    line.reactor.pump([0.5] * len(PUSHES[0]))
    assert line.text == PUSHES[0] + b"<message/>"
    assert all(len(piece) == 1 for piece in line.written[: len(PUSHES[0])])


def test_what_is_no_stanza_waits_behind_one_that_is_half_written():
    """As it is, unrecorded, the last of several; where nothing is half written it need not."""
    line = Line({"fault": "pause", "seconds": 3, "next": 1})
    assert not line.faults.put_behind(b"pong")
    line.send(PUSHES[0])
    assert line.faults.put_behind(b"pong 1")
    assert line.faults.put_behind(b"pong 2")
    line.send(PUSHES[1])
    assert line.faults.put_behind(b"pong 3")
    line.reactor.advance(3)
    assert line.text == PUSHES[0] + b"pong 2" + PUSHES[1] + b"pong 3"
    assert [data for data, _, _ in line.recorded] == PUSHES[:2]
    assert not line.faults.busy


def test_what_the_end_of_the_stream_finds_waiting_is_withheld():
    """Where it ends over the first stanza that has waited, the others are not said to have been written."""
    line = Line({"fault": "pause", "seconds": 3, "next": 1})
    for push in PUSHES:
        line.send(push)

    def write(data: bytes) -> None:
        line.written.append(data)
        if data == PUSHES[1]:
            line.faults.stop()

    line.faults._write = write
    line.reactor.advance(3)
    assert line.text == PUSHES[0] + PUSHES[1]
    assert [withheld for _, _, withheld in line.recorded] == [False, False, True, True]


def test_a_pause_is_in_the_middle():
    """Half, nothing, the rest, and then what has waited."""
    line = Line({"fault": "pause", "seconds": 3, "next": 1})
    line.send(PUSHES[0])
    line.send(PUSHES[1])
    assert line.text == PUSHES[0][: len(PUSHES[0]) // 2]
    line.reactor.advance(3)
    assert line.text == PUSHES[0] + PUSHES[1]


def test_a_cut_is_in_the_middle():
    """Half, and then the connection breaks off."""
    line = Line({"fault": "cut"})
    line.send(PUSHES[0])
    assert (line.text, line.cuts) == (PUSHES[0][: len(PUSHES[0]) // 2], 1)


def test_several_faults_strike_one_stanza():
    """What alters comes before what withholds; the journal has all their names."""
    line = Line({"fault": "push-from-stranger"}, {"fault": "duplicate"})
    line.send(PUSHES[0])
    assert line.text.count(b"stranger@stranger.test") == 2
    assert line.recorded[0][1] == "push-from-stranger, duplicate"


def test_what_is_doubled_can_be_late():
    """Both copies are."""
    line = Line({"fault": "delay", "seconds": 1}, {"fault": "duplicate"})
    line.send(PUSHES[0])
    assert line.written == []
    line.reactor.advance(1)
    assert line.written == [PUSHES[0], PUSHES[0]]


def test_an_unknown_version_is_left_as_it_is():
    """Nothing can be repeated that has never been."""
    line = Line({"fault": "repeated-ver"})
    line.send(PUSHES[1])
    assert b"ver='v1'" in line.text


def test_versions_are_those_of_this_connection():
    """The first and the last that were due here, whatever was written for them."""
    line = Line()
    line.send(PUSHES[0])
    line.send(PUSHES[1])
    line.table.add(read_fault({"fault": "repeated-ver", "next": 1}, ""))
    line.send(PUSHES[2])
    line.table.add(read_fault({"fault": "older-ver", "next": 1}, ""))
    line.send(PUSHES[3])
    assert b"ver='v1'" in line.written[2]
    assert b"ver='v0'" in line.written[3]


def test_nothing_is_left_when_the_connection_is_gone():
    """No timer, no held stanza."""
    line = Line({"fault": "delay", "seconds": 1}, {"fault": "hold-roster"})
    line.send(PUSHES[0])
    line.send(PUSHES[1], "roster")
    line.faults.stop()
    assert not line.faults.busy
    line.reactor.advance(10)
    assert line.written == []


def test_each_of_several_is_in_bits():
    """What a pause strikes while another one lasts has its own afterwards."""
    line = Line({"fault": "pause", "seconds": 3})
    line.send(PUSHES[0])
    line.send(PUSHES[1])
    line.reactor.advance(3)
    assert line.text == PUSHES[0] + PUSHES[1][: len(PUSHES[1]) // 2]
    line.reactor.advance(3)
    assert line.text == PUSHES[0] + PUSHES[1]


def test_the_next_ones_have_their_own_two_seconds():
    """The timer of those that were complete earlier is gone with them."""
    line = Line({"fault": "reorder", "count": 2})
    line.send(PUSHES[0])
    line.send(PUSHES[1])
    assert not line.faults.busy
    line.reactor.advance(1.9)
    line.send(PUSHES[2])
    line.reactor.advance(0.2)
    line.send(PUSHES[3])
    assert line.written == [PUSHES[1], PUSHES[0], PUSHES[3], PUSHES[2]]


def test_what_was_held_back_at_the_end_is_recorded_as_withheld():
    """Late, held, or waiting behind a cut: each once, with the fault that kept it."""
    line = Line(
        {"fault": "delay", "next": 1},
        {"fault": "reorder", "next": 1, "on": "message"},
        {"fault": "hold-roster", "next": 1},
        {"fault": "cut", "on": "presence"},
    )
    line.send(PUSHES[0])
    line.send(b"<message/>", "message")
    line.send(PUSHES[1], "roster")
    line.send(b"<presence/>", "presence")
    line.send(PUSHES[2])
    line.faults.stop()
    line.faults.stop()
    assert line.written == [b"<pres"]
    assert [(data, fault) for data, fault, withheld in line.recorded if withheld] == [
        (PUSHES[0], "delay"),
        (b"<message/>", "reorder"),
        (PUSHES[1], "hold-roster"),
        (PUSHES[2], "cut"),
    ]
