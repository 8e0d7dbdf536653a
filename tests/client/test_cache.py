"""One specification for every roster cache: what was kept is what is loaded, and it is always one consistent pair."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rosterkit.client.cache import (
    CacheError,
    JsonCache,
    MemoryCache,
    RosterCache,
    Snapshot,
    SqliteCache,
    open_cache,
)
from rosterkit.errors import RosterkitError

JULIET = "juliet@capulet.test"
ROMEO = "romeo@montague.test"
NURSE = "nurse@capulet.test"
PLAIN = {"subscription": "none"}
FULL = {"subscription": "to", "name": "Die Ämme ☕", "ask": "subscribe", "approved": True, "groups": ["Family", "ß"]}
MAKERS: dict[str, Callable[[Path], RosterCache]] = {"json": JsonCache, "sqlite": SqliteCache}


class Shelf:
    """A cache of one kind, and what happens to processes that have one."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._kind = kind
        self._folder = folder / "0"
        self._folder.mkdir()
        self.cache: RosterCache = MemoryCache() if kind == "memory" else self._open()

    def restart(self) -> RosterCache:
        """End in order and start again; memory goes on."""
        self.cache.close()
        if self._kind != "memory":
            self.cache = self._open()
        return self.cache

    def crash(self) -> RosterCache:
        """Start from the files as they are now, without anything having been flushed or closed."""
        before, old = self.cache, self._folder
        self._folder = old.with_name(str(int(old.name) + 1))
        shutil.copytree(old, self._folder)
        before.close()
        self.cache = self._open()
        return self.cache

    def _open(self) -> RosterCache:
        return MAKERS[self._kind](self._folder / "roster")


@pytest.fixture(params=["memory", *MAKERS])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """A shelf of each kind."""
    shelf = Shelf(request.param, tmp_path)
    yield shelf
    shelf.cache.close()


@pytest.fixture(params=list(MAKERS))
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """A shelf of each kind that is in a file."""
    shelf = Shelf(request.param, tmp_path)
    yield shelf
    shelf.cache.close()


class TestEveryCache:
    """The contract of :class:`RosterCache`."""

    def test_nothing_is_kept_of_an_unknown_owner(self, shelf: Shelf) -> None:
        """A new cache knows nobody."""
        assert shelf.cache.load(JULIET) is None

    @pytest.mark.parametrize("version", ["v1", "", None, "<&'\"é"])
    @pytest.mark.parametrize("items", [{}, {ROMEO: PLAIN, NURSE: FULL, "gateway.test": PLAIN, JULIET: PLAIN}])
    def test_a_whole_roster_comes_back_after_a_restart(
        self, shelf: Shelf, version: str | None, items: dict[str, Any]
    ) -> None:
        """Every kind of version and item, the own address and a bare domain among them; no version is not ``""``."""
        shelf.cache.replace(JULIET, Snapshot(version, items))
        assert shelf.cache.load(JULIET) == Snapshot(version, items)
        assert shelf.restart().load(JULIET) == Snapshot(version, items)

    def test_replacing_forgets_what_was_there(self, shelf: Shelf) -> None:
        """An entry that the whole roster does not have is gone."""
        shelf.cache.replace(JULIET, Snapshot("v1", {ROMEO: PLAIN}))
        shelf.cache.replace(JULIET, Snapshot("v2", {NURSE: PLAIN}))
        assert shelf.restart().load(JULIET) == Snapshot("v2", {NURSE: PLAIN})

    def test_a_push_adds_changes_and_removes(self, shelf: Shelf) -> None:
        """Each takes its version along; a change replaces the item and is not merged into it."""
        shelf.cache.replace(JULIET, Snapshot("v1", {ROMEO: FULL}))
        shelf.cache.update(JULIET, "v2", NURSE, FULL)
        assert shelf.cache.load(JULIET) == Snapshot("v2", {ROMEO: FULL, NURSE: FULL})
        shelf.cache.update(JULIET, "v3", ROMEO, PLAIN)
        assert shelf.restart().load(JULIET) == Snapshot("v3", {ROMEO: PLAIN, NURSE: FULL})
        shelf.cache.update(JULIET, None, NURSE, None)
        assert shelf.restart().load(JULIET) == Snapshot(None, {ROMEO: PLAIN})

    def test_removing_what_is_not_there_takes_the_version_over(self, shelf: Shelf) -> None:
        """RFC 6121 §2.6: the version counts, whatever the push was about."""
        shelf.cache.replace(JULIET, Snapshot("v1", {}))
        shelf.cache.update(JULIET, "v2", ROMEO, None)
        assert shelf.restart().load(JULIET) == Snapshot("v2", {})

    def test_a_push_without_a_roster_is_refused(self, shelf: Shelf) -> None:
        """One entry is no roster: kept with a version it would hide all the others from the next login."""
        with pytest.raises(CacheError, match=f"no roster of {JULIET} that the change fits to; give it the whole one"):
            shelf.cache.update(JULIET, "v1", ROMEO, PLAIN)
        assert shelf.restart().load(JULIET) is None

    def test_two_owners_are_kept_apart(self, shelf: Shelf) -> None:
        """What one account does is not seen by the other, a flush and a restart between or not."""
        shelf.cache.replace(JULIET, Snapshot("j1", {NURSE: PLAIN}))
        shelf.cache.replace(ROMEO, Snapshot("r1", {NURSE: FULL}))
        shelf.cache.flush()
        shelf.cache.update(JULIET, "j2", NURSE, None)
        assert shelf.cache.load(ROMEO) == Snapshot("r1", {NURSE: FULL})
        shelf.cache.replace(ROMEO, Snapshot("r2", {JULIET: PLAIN}))
        shelf.restart()
        assert shelf.cache.load(JULIET) == Snapshot("j2", {})
        assert shelf.cache.load(ROMEO) == Snapshot("r2", {JULIET: PLAIN})

    def test_a_snapshot_is_the_callers_own(self, shelf: Shelf) -> None:
        """Neither what was given nor what was loaded is tied to what is kept."""
        given: dict[str, Any] = {ROMEO: {"subscription": "to", "groups": ["a"]}}
        shelf.cache.replace(JULIET, Snapshot("v1", given))
        pushed: dict[str, Any] = {"subscription": "to", "groups": ["a"]}
        shelf.cache.update(JULIET, "v2", NURSE, pushed)
        expected = Snapshot("v2", {bare: {"subscription": "to", "groups": ["a"]} for bare in (ROMEO, NURSE)})
        loaded: Any = shelf.cache.load(JULIET)
        for item in (given[ROMEO], pushed, loaded.items[ROMEO]):
            item["name"] = "changed"
            item["groups"].append("b")
        given[JULIET] = loaded.items["x.test"] = PLAIN
        assert shelf.cache.load(JULIET) == expected
        loaded = shelf.cache.load(JULIET)
        shelf.cache.update(JULIET, "v3", NURSE, None)
        assert loaded == expected

    @pytest.mark.parametrize(
        "owner", ["", "Juliet@capulet.test", "juliet@capulet.test/balcony", "@x.test", None, 7, []]
    )
    def test_an_owner_must_be_a_prepared_bare_jid(self, shelf: Shelf, owner: Any) -> None:
        """Otherwise one account would have two rosters."""
        acts: list[Callable[[], object]] = [
            lambda: shelf.cache.load(owner),
            lambda: shelf.cache.replace(owner, Snapshot("v1", {})),
            lambda: shelf.cache.update(owner, "v1", ROMEO, None),
        ]
        for act in acts:
            with pytest.raises(CacheError, match="needs the account's bare JID"):
                act()

    @pytest.mark.parametrize(
        "snapshot",
        [
            Snapshot(7, {}),  # type: ignore[arg-type]
            Snapshot("\x00", {}),
            Snapshot("v2", {"Nurse@x.test": PLAIN}),
            Snapshot("v2", {NURSE: PLAIN, ROMEO: {"subscription": "remove"}}),
            Snapshot("v2", [NURSE]),  # type: ignore[arg-type]
        ],
    )
    def test_a_roster_that_could_not_be_loaded_is_not_kept(self, shelf: Shelf, snapshot: Snapshot) -> None:
        """What was kept before stays, and no later change is mixed into it until there is a whole roster again."""
        shelf.cache.replace(JULIET, Snapshot("v1", {ROMEO: PLAIN}))
        with pytest.raises(CacheError, match=f"cannot keep a value in the roster of {JULIET}: "):
            shelf.cache.replace(JULIET, snapshot)
        with pytest.raises(CacheError, match="give it the whole one"):
            shelf.cache.update(JULIET, "v3", ROMEO, FULL)
        assert shelf.cache.load(JULIET) == Snapshot("v1", {ROMEO: PLAIN})
        shelf.cache.replace(JULIET, Snapshot("v3", {ROMEO: FULL}))
        shelf.cache.update(JULIET, "v4", ROMEO, None)
        assert shelf.restart().load(JULIET) == Snapshot("v4", {})

    @pytest.mark.parametrize(
        ("version", "contact", "item"),
        [
            (1, ROMEO, PLAIN),
            ("v2", "romeo@montague.test/orchard", PLAIN),
            ("v2", ROMEO, {}),
            ("v2", ROMEO, {"subscription": "to", "groups": ["b", "a"]}),
        ],
    )
    def test_after_a_push_that_could_not_be_kept_no_other_is(
        self, shelf: Shelf, version: Any, contact: str, item: dict[str, Any]
    ) -> None:
        """A roster that lacks one change but has the version of a later one would stay wrong for ever."""
        shelf.cache.replace(JULIET, Snapshot("v1", {NURSE: PLAIN}))
        shelf.cache.replace(ROMEO, Snapshot("r1", {}))
        with pytest.raises(CacheError, match="cannot keep a value"):
            shelf.cache.update(JULIET, version, contact, item)
        with pytest.raises(CacheError, match="give it the whole one"):
            shelf.cache.update(JULIET, "v3", NURSE, None)
        shelf.cache.update(ROMEO, "r2", NURSE, PLAIN)
        shelf.restart()
        assert shelf.cache.load(JULIET) == Snapshot("v1", {NURSE: PLAIN})
        assert shelf.cache.load(ROMEO) == Snapshot("r2", {NURSE: PLAIN})

    def test_closing_twice_and_flushing_after_it_do_nothing(self, shelf: Shelf) -> None:
        """A timer may still flush after the end."""
        shelf.cache.replace(JULIET, Snapshot("v1", {}))
        for end in (shelf.cache.flush, shelf.cache.flush, shelf.cache.close, shelf.cache.close, shelf.cache.flush):
            end()
        assert shelf.restart().load(JULIET) == Snapshot("v1", {})


class TestEveryFile:
    """What holds for caches in files only."""

    def test_nothing_is_read_or_changed_after_closing(self, file: Shelf) -> None:
        """A sentence says that it is closed."""
        file.cache.close()
        acts: list[Callable[[], object]] = [
            lambda: file.cache.load(JULIET),
            lambda: file.cache.replace(JULIET, Snapshot("v1", {})),
            lambda: file.cache.update(JULIET, "v1", ROMEO, None),
        ]
        for act in acts:
            with pytest.raises(CacheError, match="has been closed; open it again"):
                act()

    def test_a_crash_between_change_and_flush_leaves_the_roster_before(self, file: Shelf) -> None:
        """Version and items of the last flush, of both owners, and nothing of what came after it."""
        file.cache.replace(JULIET, Snapshot("v1", {ROMEO: PLAIN}))
        file.cache.replace(ROMEO, Snapshot("r1", {}))
        file.cache.flush()
        file.cache.update(JULIET, "v2", NURSE, FULL)
        file.cache.update(JULIET, "v3", ROMEO, None)
        file.cache.replace(ROMEO, Snapshot("r2", {JULIET: PLAIN}))
        file.crash()
        assert file.cache.load(JULIET) == Snapshot("v1", {ROMEO: PLAIN})
        assert file.cache.load(ROMEO) == Snapshot("r1", {})

    def test_a_crash_before_the_first_flush_leaves_an_empty_cache(self, file: Shelf) -> None:
        """The next login fetches the roster whole."""
        file.cache.replace(JULIET, Snapshot("v1", {ROMEO: PLAIN}))
        assert file.crash().load(JULIET) is None

    def test_what_was_flushed_survives_a_crash(self, file: Shelf) -> None:
        """Nothing that flush has written waits for close."""
        file.cache.replace(JULIET, Snapshot("v1", {}))
        file.cache.update(JULIET, "v2", NURSE, FULL)
        file.cache.flush()
        assert file.crash().load(JULIET) == Snapshot("v2", {NURSE: FULL})


OWNERS = st.sampled_from([JULIET, ROMEO])
CONTACTS = st.sampled_from([NURSE, "x.test", "a@x.test"])
ITEMS = st.sampled_from([PLAIN, FULL, {"subscription": "both"}])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("replace"), OWNERS, st.dictionaries(CONTACTS, ITEMS)),
        st.tuples(st.just("update"), OWNERS, CONTACTS, st.none() | ITEMS),
        st.tuples(st.sampled_from(["flush", "restart", "crash"])),
    ),
    max_size=25,
)


@settings(max_examples=50)
@given(kind=st.sampled_from(list(MAKERS)), steps=STEPS)
def test_whatever_happens_the_roster_is_one_that_was(kind: str, steps: list[Any]) -> None:
    """After any changes, flushes, restarts and crashes each owner has the roster of some moment, the newest but for
    crashes; never version and items of two moments.
    """
    now: dict[str, Snapshot] = {}
    flushed: dict[str, Snapshot] = {}
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(kind, Path(folder))
        for number, (what, *details) in enumerate(steps):
            if what == "replace":
                owner, items = details
                now[owner] = Snapshot(f"v{number}", items)
                shelf.cache.replace(owner, now[owner])
            elif what == "update" and details[0] in now:
                owner, contact, item = details
                items = {bare: kept for bare, kept in now[owner].items.items() if bare != contact}
                now[owner] = Snapshot(f"v{number}", items if item is None else {**items, contact: item})
                shelf.cache.update(owner, f"v{number}", contact, item)
            elif what == "crash":
                now = dict(flushed)
                shelf.crash()
            elif what in ("flush", "restart"):
                flushed = dict(now)
                getattr(shelf.cache if what == "flush" else shelf, what)()
            assert {owner: shelf.cache.load(owner) for owner in now} == now
        shelf.cache.close()


def test_the_name_of_the_file_says_what_it_is(tmp_path: Path) -> None:
    """``.json`` is JSON, anything else SQLite; a string or a path."""
    for name, kind in (("a.json", JsonCache), ("b.db", SqliteCache), ("c", SqliteCache), ("d.json.db", SqliteCache)):
        for path in (tmp_path / name, str(tmp_path / name)):
            cache = open_cache(path)
            assert type(cache) is kind
            cache.close()


def test_one_exception_class_is_enough() -> None:
    """Whoever catches RosterkitError catches a cache's errors too."""
    assert issubclass(CacheError, RosterkitError)
