"""Copies of rosters that clients ever held, and where a server leads them."""

from __future__ import annotations

from random import Random

from bench.crash.caches import Cache, Caches, Led
from bench.soak.model import Shown
from bench.soak.roster_copy import RosterCopy

ANNA = "anna@localhost"
ENTRY, OTHER = Shown("A", (), "none", False, False), Shown("B", (), "none", False, False)
PUSH = b"<iq type='set' id='1'><query xmlns='jabber:iq:roster' ver='%s'><item jid='%s' name='B'/></query></iq>"


def copy(version: str, **entries: Shown) -> RosterCopy:
    """A client's copy."""
    made = RosterCopy(ANNA)
    made.version, made.entries = version, dict(entries)
    return made


def led(pushes: list[bytes], answer: bytes = b"<iq type='result' id='1'/>") -> Led:
    """Where an answer with pushes behind it leads the copy v1 with the entry x."""
    cache = Cache(ANNA, "v1", {"x": ENTRY})
    one = Led(cache, cache.copied())
    one.copy.take_result(answer)
    for push in pushes:
        assert one.copy.take_push(push)
    return one


def test_a_copy_that_is_led_to_the_roster_is_right() -> None:
    """By pushes, by the whole roster, or because nothing has changed."""
    assert led([]).problem({"x": ENTRY}, "v1") is None
    assert led([PUSH % (b"v2", b"y")]).problem({"x": ENTRY, "y": OTHER}, "v2") is None
    whole = b"<iq type='result' id='1'><query xmlns='jabber:iq:roster' ver='v3'><item jid='y' name='B'/></query></iq>"
    assert led([], whole).problem({"y": OTHER}, "v3") is None


def test_a_copy_that_is_told_it_is_the_newest_and_is_not_is_found() -> None:
    """A version that stands for two states leaves a client with the older one for ever."""
    assert "at version v1" in str(led([]).problem({"x": OTHER}, "v1"))


def test_a_push_that_is_missing_is_found() -> None:
    """The last push has the right version, and an entry before it was left out."""
    assert led([PUSH % (b"v3", b"y")]).problem({"x": ENTRY, "y": OTHER, "z": OTHER}, "v3") is not None


def test_a_wrong_version_is_found() -> None:
    """The entries are right, and the next get would begin in the wrong place."""
    assert led([PUSH % (b"v2", b"y")]).problem({"x": ENTRY, "y": OTHER}, "v3") is not None


def test_each_copy_is_kept_once_and_does_not_change_with_its_client() -> None:
    """The same version with other entries is another copy: pushes that catch up lead over such."""
    caches, held = Caches(), copy("v1", x=ENTRY)
    caches.hold(held)
    caches.hold(held)
    held.entries["y"] = OTHER
    caches.hold(held)
    caches.hold(copy(""))
    assert [cache.entries for cache in caches.of(ANNA)] == [{"x": ENTRY}, {"x": ENTRY, "y": OTHER}]
    assert len(caches) == 2
    assert caches.of("bert@localhost") == ()


def test_the_newest_are_chosen_always_and_the_older_by_chance() -> None:
    """Everything where there are few."""
    caches = Caches()
    for number in range(10):
        caches.hold(copy(f"v{number}"))
    chosen = [cache.version for cache in caches.chosen(ANNA, Random(1), 3, 2)]
    assert chosen[-3:] == ["v7", "v8", "v9"]
    assert len(set(chosen)) == 5
    assert len(caches.chosen(ANNA, Random(1), 30, 20)) == 10
