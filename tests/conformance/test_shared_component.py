"""The component's one connection: each play hears what is for its own people, and all hear of its end."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed

from rosterkit.conformance.probing.lines import ProbeError
from rosterkit.conformance.probing.shared_component import Share, SharedComponent


class Wire:
    """A component's line that remembers what is said on it."""

    def __init__(self) -> None:
        self.is_open = True
        self.sent: list[bytes] = []

    def send(self, data: bytes) -> None:
        """Kept."""
        self.sent.append(data)

    def close(self) -> Deferred[None]:
        """At once."""
        self.is_open = False
        return succeed(None)


class Lines:
    """Gives wires; ``error`` lets that fail."""

    def __init__(self) -> None:
        self.wires: list[Wire] = []
        self.error: ProbeError | None = None
        self.waiting: Deferred[Any] | None = None

    def join(self, _label: str, _listener: object) -> Deferred[Any]:
        """A new one each time."""
        if self.error is not None:
            return fail(self.error)
        self.wires.append(Wire())
        if self.waiting is not None:
            return self.waiting.addCallback(lambda _: self.wires[-1])
        return succeed(self.wires[-1])


class Ear:
    """What a play has heard."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.ends: list[str] = []

    def came(self, _line: Share, data: bytes, _kind: str) -> None:
        """A stanza."""
        self.heard.append(data)

    def said(self, _line: Share, _data: bytes, _kind: str) -> None:
        """Never called."""
        raise AssertionError

    def over(self, _line: Share, text: str) -> None:
        """The end."""
        self.ends.append(text)


class Place:
    """A shared component with two plays."""

    def __init__(self) -> None:
        self.lines = Lines()
        self.component = SharedComponent(self.lines, "montague.test")  # type: ignore[arg-type]
        self.ears = {"a": Ear(), "b": Ear()}
        self.shares: dict[str, Share] = {}

    def join(self, name: str) -> None:
        """A play takes its part."""
        addresses = [f"{name}@montague.test"]
        joined = self.component.join("component", self.ears[name], addresses)  # type: ignore[arg-type]
        joined.addCallback(lambda share: self.shares.__setitem__(name, share))


@pytest.fixture
def place() -> Place:
    """Both have joined."""
    made = Place()
    made.join("a")
    made.join("b")
    return made


def test_there_is_one_connection(place: Place):
    """A server takes a domain from one component only."""
    assert len(place.lines.wires) == 1
    assert {share.jid for share in place.shares.values()} == {"montague.test"}


def test_each_hears_what_is_for_its_people(place: Place):
    """By the bare JID that it is addressed to; what is for nobody is let go."""
    wire: Any = None
    for to in ("a@montague.test", "b@montague.test/x", "c@montague.test", "montague.test"):
        place.component.came(wire, f"<message to='{to}'/>".encode(), "message")
    place.component.came(wire, b"<stream:features/>", "stream")
    assert place.ears["a"].heard == [b"<message to='a@montague.test'/>"]
    assert place.ears["b"].heard == [b"<message to='b@montague.test/x'/>"]


def test_who_has_left_hears_nothing(place: Place):
    """The others go on, on the same connection."""
    place.shares["a"].close()
    place.shares["b"].send(b"x")
    place.component.came(place.lines.wires[0], b"<message to='a@montague.test'/>", "message")  # type: ignore[arg-type]
    assert place.ears["a"].heard == []
    assert place.lines.wires[0].sent == [b"x"]
    assert not place.shares["a"].is_open
    assert place.lines.wires[0].is_open


def test_its_end_is_told_to_all_and_the_next_play_joins_anew(place: Place):
    """A server that restarts in the middle of a run is come back to."""
    place.lines.wires[0].is_open = False
    place.component.over(place.lines.wires[0], "It is gone.")  # type: ignore[arg-type]
    assert [ear.ends for ear in place.ears.values()] == [["It is gone."], ["It is gone."]]
    assert not any(share.is_open for share in place.shares.values())
    place.join("a")
    assert len(place.lines.wires) == 2
    place.shares["a"].send(b"x")
    assert place.lines.wires[1].sent == [b"x"]


def test_a_connection_that_cannot_be_had_fails_every_play(place: Place):
    """Each with the sentence; later ones try again."""
    place.lines.wires[0].is_open = False
    place.component.over(place.lines.wires[0], "It is gone.")  # type: ignore[arg-type]
    place.lines.error = ProbeError("Nobody is there.")
    failed = place.component.join("component", Ear(), ())  # type: ignore[arg-type]
    failures: list[Any] = []
    failed.addErrback(failures.append)
    assert str(failures[0].value) == "Nobody is there."
    place.lines.error = None
    place.join("a")
    assert place.shares["a"].is_open


def test_plays_that_come_at_once_wait_for_one_connection():
    """The second does not join a second time."""
    made = Place()
    made.lines.waiting = Deferred()
    made.join("a")
    made.join("b")
    assert made.shares == {}
    made.lines.waiting.callback(None)
    assert set(made.shares) == {"a", "b"}
    assert len(made.lines.wires) == 1


def test_it_ends_with_the_run(place: Place):
    """And again is a no-op."""
    place.component.close()
    place.component.close()
    assert not place.lines.wires[0].is_open
