"""The copy and its cache: what is kept, when, and what comes of it at the next login."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from twisted.words.protocols.jabber.jid import JID
from wire import ACCOUNT, Wire, item, query

from rosterkit.client.cache import CacheError, JsonCache, MemoryCache, RosterCache, Snapshot, SqliteCache
from rosterkit.client.roster import RosterClient

R, N = "romeo@x", "nurse@x"


@pytest.fixture(params=["memory", "json", "sqlite"])
def again(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Opens the same cache as often as it is called, as a program does that is started again."""
    kept = MemoryCache()
    makers: dict[str, Any] = {
        "memory": lambda: kept,
        "json": lambda: JsonCache(tmp_path / "roster.json"),
        "sqlite": lambda: SqliteCache(tmp_path / "roster.db"),
    }
    opened: list[RosterCache] = []

    def start() -> RosterCache:
        if opened and request.param != "memory":
            opened.pop().close()
        opened.append(makers[request.param]())
        return opened[-1]

    return start


def session(cache: RosterCache, *pushes: tuple[str, str]) -> None:
    """Log in, get two contacts, get pushes, lose the connection."""
    wire = Wire(cache=cache)
    wire.online(item(R, "ab", name="Rømeo", subscription="both") + item(N), "v1")
    for what, ver in pushes:
        wire.push(what, ver)
    wire.lose()
    wire.roster.flush()


class TestRestart:
    """One program after the other, with the same cache."""

    def test_the_next_program_goes_on_from_there(self, again: Any) -> None:
        """It asks with the version, an empty result leaves everything as it was kept, and no entry is told."""
        cache = again()
        session(cache)
        wire = Wire(cache=again())
        wire.connect()
        assert "ver='v1'" in wire.answer()
        assert wire.take() == ["initial_roster_received"]
        entry = wire.roster[R]
        assert (entry.name, entry.groups, entry.subscription) == ("Rømeo", {"a", "b"}, "both")
        assert list(wire.roster.items) == [JID(R), JID(N)]

    def test_pushes_are_kept(self, again: Any) -> None:
        """Each with the version after it: changes, additions, removals."""
        cache = again()
        session(
            cache, (item(N, "c", name="Nurse"), "v2"), (item("d@x"), "v3"), (item(R, subscription="remove"), "v4")
        )
        wire = Wire(cache=again())
        wire.connect()
        assert "ver='v4'" in wire.answer()
        assert [(entry.bare, entry.name) for entry in wire.roster] == [(N, "Nurse"), ("d@x", None)]

    def test_a_whole_roster_is_told_as_differences(self, again: Any) -> None:
        """A server that has forgotten the version sends everything; only what is different is told."""
        cache = again()
        session(cache)
        wire = Wire(cache=again())
        wire.online(item(R, "ab", name="Rømeo", subscription="both") + item("new@x"), "w1")
        assert wire.take() == [f"entry_removed {N}", "entry_added new@x", "initial_roster_received"]

    def test_a_crash_between_pushes_leaves_an_older_truth(self, tmp_path: Path) -> None:
        """What was not written is fetched again: the version that is kept is that of what is kept."""
        path = tmp_path / "roster.json"
        wire = Wire(cache=JsonCache(path))
        wire.online(item(R), "v1")
        wire.clock.advance(1)
        wire.push(item(N), "v2")  # and the power fails
        later = Wire(cache=JsonCache(path))
        later.connect()
        assert "ver='v1'" in later.sent()
        assert list(later.roster.items) == [JID(R)]

    def test_accounts_do_not_mix(self, again: Any) -> None:
        """One cache, two accounts: each gets its own."""
        cache = again()
        session(cache)
        wire = Wire(cache=again())
        wire.connect(full="romeo@localhost/x")
        assert "ver=''" in wire.answer(query(item("other@x"), "o1"))
        wire.lose()
        wire.roster.flush()
        wire = Wire(cache=again())
        wire.connect()
        assert "ver='v1'" in wire.sent()

    def test_a_damaged_file_is_set_aside(self, tmp_path: Path) -> None:
        """The roster is fetched whole, kept anew, and the damaged file is still there for whoever wants to look."""
        path = tmp_path / "roster.json"
        path.write_text('{"format": 1, "accounts": {')
        cache = JsonCache(path)
        session(cache)
        wire = Wire(cache=JsonCache(path))
        wire.connect()
        assert "ver='v1'" in wire.sent()
        assert len(list(tmp_path.glob("roster.json.damaged*"))) == 1


class Failing(MemoryCache):
    """Fails when it is told to."""

    error: Exception | None = None

    def update(self, owner: str, version: str | None, jid: str, item: Mapping[str, Any] | None) -> None:
        """Keep one change, or fail."""
        if self.error is not None:
            raise self.error
        super().update(owner, version, jid, item)


@pytest.mark.parametrize("error", [CacheError("The disk is full."), ZeroDivisionError()])
def test_a_cache_that_fails_costs_nothing_else(error: Exception) -> None:
    """The roster goes on; what the cache holds stays an older truth, and is whole again after the next fetch."""
    cache = Failing()
    wire = Wire(cache=cache)
    wire.online(item(R), "v1")
    cache.error = error
    assert "type='result'" in wire.push(item(N), "v2")
    cache.error = None
    wire.push(item("c@x"), "v3")
    assert cache.load(ACCOUNT) == Snapshot("v1", {R: {"subscription": "none"}})
    assert len(wire.roster) == 3
    wire.lose()
    wire.connect()
    wire.answer()
    kept = cache.load(ACCOUNT)
    assert kept is not None
    assert (kept.version, set(kept.items)) == ("v3", {R, N, "c@x"})


@pytest.mark.parametrize("failing", ["lost", "late", "error", "lost after"])
def test_a_push_without_the_roster_before_it_hides_nothing(failing: str) -> None:
    """Where the fetch fails, a push shows its entry, and the next fetch is a whole one, after a restart too: what had
    changed before the push was never seen.
    """
    cache = MemoryCache()
    cache.replace(ACCOUNT, Snapshot("v1", {R: {"subscription": "both"}}))
    wire = Wire(cache=cache)
    wire.connect()
    asked = wire.sent()
    if failing == "lost":
        wire.push(item(N), "v9")
    elif failing == "late":
        wire.clock.advance(61)
    elif failing == "error":
        wire.answer(
            "<error type='wait'><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
            "error",
            sent=asked,
        )
    if failing != "lost":
        wire.push(item(N), "v9")
    wire.lose()
    wire.roster.flush()
    assert N in wire.roster
    wire.connect()
    assert "ver=''" in wire.sent()
    later = Wire(cache=cache)
    later.connect()
    assert "ver='v1'" in later.sent()
    assert list(later.roster.items) == [JID(R)]


class Unreadable(MemoryCache):
    """Gives something else than it should."""

    def __init__(self, snapshot: Any) -> None:
        super().__init__()
        self.snapshot = snapshot

    def load(self, owner: str) -> Any:
        """What it was made with, or an error."""
        if isinstance(self.snapshot, Exception):
            raise self.snapshot
        return self.snapshot


@pytest.mark.parametrize(
    "snapshot",
    [OSError(), Snapshot("v1", {R: {"subscription": "weird"}}), Snapshot("\x00", {}), Snapshot("v1", {"@": {}})],
)
def test_a_cache_that_cannot_be_read_keeps_nobody_offline(snapshot: Any) -> None:
    """The roster is fetched whole."""
    wire = Wire(cache=Unreadable(snapshot))
    wire.online(item(R))
    assert list(wire.roster.items) == [JID(R)]


def test_a_server_without_versions_is_cached_too() -> None:
    """Contacts can be shown before the login; the next fetch is a whole one."""
    cache = MemoryCache()
    wire = Wire(cache=cache)
    wire.online(item(R), None, features={})
    later = Wire(cache=cache)
    later.connect(features={})
    assert list(later.roster.items) == [JID(R)]
    assert "ver=" not in later.sent()


class TestExport:
    """By hand."""

    def test_what_is_exported_can_be_imported(self) -> None:
        """Everything but the difference between no name and an empty one, and who is available."""
        one, other = Wire(), Wire()
        items = item(R, "ab", name="R", subscription="both", approved="true") + item(N, ask="subscribe") + item("c@x")
        one.online(items, "v1")
        exported = one.roster.export_as_json()
        assert exported["owner"] == ACCOUNT
        other.roster.import_from_json(exported)
        assert other.told == []
        assert other.roster.export_as_json()["items"] == exported["items"]
        other.connect()
        assert "ver='v1'" in other.answer()
        assert other.roster.groups["a"] == {other.roster[R]}

    @pytest.mark.parametrize(
        "data",
        [
            [],
            {"items": []},
            {"items": {R: {"subscription": "weird"}}},
            {"items": {R: {"groups": "abc"}}},
            {"items": {R: {"approved": "no"}}},
            {"items": {R: {"ask": "maybe"}}},
            {"items": {R: {"name": 5}}},
            {"items": {R: []}},
            {"items": {"@": {}}},
            {"items": {}, "ver": 5},
            {"items": {}, "format": 2},
            {"items": {}, "ver": "\x00<"},
            {"items": {}, "ver": "\ud800"},
            {"items": {5: {}}},
            {"items": {}, "owner": 5},
        ],
    )
    def test_an_import_is_all_or_nothing(self, data: Any) -> None:
        """What is wrong anywhere in it is a ValueError, and everything is as it was."""
        roster = RosterClient(clock=Wire().clock)
        roster.import_from_json({"items": {N: {"groups": ["g"]}}, "ver": "v0"})
        with pytest.raises(ValueError):  # the sentences are test_item's
            roster.import_from_json(data)
        assert (list(roster.items), list(roster.groups), roster.version) == ([JID(N)], ["g"], "v0")

    def test_somebody_elses_roster_is_refused(self) -> None:
        """Where it is known who we are; where not, it is let go at the login."""
        wire = Wire()
        wire.online()
        wire.lose()
        foreign = {"owner": "nurse@localhost", "items": {R: {}}, "ver": "n1"}
        with pytest.raises(ValueError, match="nurse@localhost"):
            wire.roster.import_from_json(foreign)
        fresh = Wire()
        fresh.roster.import_from_json(foreign)
        assert fresh.roster.export_as_json()["owner"] == "nurse@localhost"
        fresh.connect()
        assert "ver=''" in fresh.answer(query("", "v1"))
        assert len(fresh.roster) == 0

    def test_an_import_under_a_stream_is_refused(self) -> None:
        """What the server has said counts."""
        wire = Wire()
        wire.online(item(R))
        with pytest.raises(RuntimeError, match="before connecting"):
            wire.roster.import_from_json({"items": {}})
        assert R in wire.roster
