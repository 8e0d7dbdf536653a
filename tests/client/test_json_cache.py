"""The cache in a JSON file: its form, who may read it, damage, and writing that fails."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from files import folder, ordinary_user  # noqa: F401
from twisted.logger import LogEvent, capturedLogs, formatEvent

from rosterkit.client.cache import CacheError, JsonCache, Snapshot

JULIET = "juliet@capulet.test"
ROMEO = "romeo@montague.test"
ITEM = {"subscription": "both", "name": "Romeo", "groups": ["a", "b"]}
GOOD = {"format": 1, "accounts": {JULIET: {"ver": "v1", "items": {ROMEO: ITEM}}}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the cache of a test is."""
    return tmp_path / "roster.json"


@pytest.fixture
def log() -> Iterator[Sequence[LogEvent]]:
    """What is logged during the test."""
    with capturedLogs() as events:
        yield events


def with_item(item: Any) -> Any:
    """The good file with another item."""
    return {"format": 1, "accounts": {JULIET: {"ver": "v1", "items": {ROMEO: item}}}}


def refusal(path: Path) -> str:
    """Why ``path`` cannot be opened; the sentence always names the file."""
    with pytest.raises(CacheError) as caught:
        JsonCache(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


# The file


def test_the_form_of_the_file(path: Path) -> None:
    """One object with a number of the format and all accounts; text is readable UTF-8."""
    path.write_text(json.dumps(GOOD))
    cache = JsonCache(path)
    cache.replace("ä@x.test", Snapshot(None, {}))
    cache.close()
    assert json.loads(path.read_bytes()) == {
        "format": 1,
        "accounts": {**GOOD["accounts"], "ä@x.test": {"ver": None, "items": {}}},  # type: ignore[dict-item]
    }
    assert "ä@x.test".encode() in path.read_bytes()


def test_only_its_owner_can_read_the_file(path: Path) -> None:
    """A roster is private, whatever the umask is and whoever made the file."""
    path.write_text(json.dumps(GOOD))
    path.chmod(0o644)
    umask = os.umask(0)
    try:
        cache = JsonCache(path)
        cache.update(JULIET, "v2", ROMEO, None)
        cache.close()
    finally:
        os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_only_changes_are_written(path: Path) -> None:
    """Neither opening nor a flush without changes touches the disk."""
    cache = JsonCache(path)
    cache.flush()
    assert not path.exists()
    cache.replace(JULIET, Snapshot("v1", {}))
    assert not path.exists()
    cache.flush()
    written = path.stat()
    for end in (cache.flush, cache.close):
        end()
        assert path.stat() == written


def test_an_empty_file_is_an_empty_cache(path: Path, log: Sequence[LogEvent]) -> None:
    """What ``mktemp`` made is as good as nothing."""
    path.touch()
    assert JsonCache(path).load(JULIET) is None
    assert not log


def test_a_relative_path_means_where_it_was_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process may change its folder afterwards, as twistd does."""
    monkeypatch.chdir(tmp_path)
    cache = JsonCache("roster.json")
    cache.replace(JULIET, Snapshot("v1", {}))
    monkeypatch.chdir("/")
    cache.close()
    assert (tmp_path / "roster.json").exists()


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    """The file that it points to is replaced."""
    target = tmp_path / "elsewhere.json"
    path.symlink_to(target)
    cache = JsonCache(path)
    cache.replace(JULIET, Snapshot("v1", {}))
    cache.close()
    assert path.is_symlink()
    assert target.is_file()


# Damage


DAMAGED = {
    "not JSON": b"nonsense",
    "cut off": json.dumps(GOOD).encode()[:-10],
    "SQLite": b"SQLite format 3\x00" + bytes(100),
    "not UTF-8": b'{"format": 1, "accounts": {}, "\xff": 0}',
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "nested": b"[" * 200_000,
    "nested at a value": json.dumps(GOOD).replace('"v1"', "[" * 200_000 + "]" * 200_000).encode(),
    "twice": json.dumps(GOOD).replace('"format": 1', '"format": 1, "format": 1').encode(),
    "owner twice": json.dumps(GOOD).replace('"accounts": {', f'"accounts": {{"{JULIET}": 1, ').encode(),
} | {
    name: json.dumps(value).encode()
    for name, value in {
        "list": [],
        "null": None,
        "no format": {"accounts": {}},
        "format as text": {"format": "1", "accounts": {}},
        "format true": {"format": True, "accounts": {}},
        "format 0": {"format": 0, "accounts": {}},
        "format 1.0": {"format": 1.0, "accounts": {}},
        "no accounts": {"format": 1},
        "accounts as list": {"format": 1, "accounts": []},
        "something more": {**GOOD, "more": 1},
        "aioxmpp": {"ver": "v1", "items": {ROMEO: ITEM}},
        "account as list": {"format": 1, "accounts": {JULIET: []}},
        "account without ver": {"format": 1, "accounts": {JULIET: {"items": {}}}},
        "account with more": {"format": 1, "accounts": {JULIET: {"ver": None, "items": {}, "x": 0}}},
        "owner not prepared": {"format": 1, "accounts": {"Juliet@capulet.test": {"ver": None, "items": {}}}},
        "owner with resource": {"format": 1, "accounts": {JULIET + "/x": {"ver": None, "items": {}}}},
        "version as number": {"format": 1, "accounts": {JULIET: {"ver": 1, "items": {}}}},
        "items as list": {"format": 1, "accounts": {JULIET: {"ver": "v1", "items": [ROMEO]}}},
        "contact not prepared": {"format": 1, "accounts": {JULIET: {"ver": "v1", "items": {"R@x.test": ITEM}}}},
        "contact no JID": {"format": 1, "accounts": {JULIET: {"ver": "v1", "items": {"@": ITEM}}}},
        "item as list": with_item([]),
        "subscription": with_item({"subscription": "weird"}),
        "groups as text": with_item({"subscription": "to", "groups": "abc"}),
        "groups twice": with_item({"subscription": "to", "groups": ["a", "a"]}),
        "name as number": with_item({"subscription": "to", "name": 1}),
    }.items()
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_set_aside(path: Path, data: bytes, log: Sequence[LogEvent]) -> None:
    """One warning names both files, nothing of the old one is lost, and the cache works as an empty one."""
    path.write_bytes(data)
    cache = JsonCache(path)
    aside = path.with_name("roster.json.damaged-1")
    (event,) = log
    assert event["log_level"].name == "warn"
    sentence = formatEvent(event)
    assert sentence.startswith(f"The roster cache {path} is damaged (")
    assert sentence.endswith(f") and was set aside as {aside}; the roster will be fetched whole.")
    assert len(sentence) < 600
    assert aside.read_bytes() == data
    assert cache.load(JULIET) is None
    cache.replace(JULIET, Snapshot("v2", {}))
    cache.close()
    assert JsonCache(path).load(JULIET) == Snapshot("v2", {})
    assert len(log) == 1


def test_the_first_free_number_is_taken(path: Path) -> None:
    """An earlier damaged file is never overwritten, nor what a broken link keeps the name of."""
    path.with_name("roster.json.damaged-1").write_text("older")
    path.with_name("roster.json.damaged-2").symlink_to("nowhere")
    path.write_text("newer")
    JsonCache(path)
    assert path.with_name("roster.json.damaged-1").read_text() == "older"
    assert path.with_name("roster.json.damaged-3").read_text() == "newer"


def test_a_newer_format_is_left_alone(path: Path, log: Sequence[LogEvent]) -> None:
    """It is not damaged: after going back to the newer release it is still there."""
    path.write_text('{"format": 2, "whatever": []}')
    assert "a newer rosterkit wrote it" in refusal(path)
    assert path.read_text() == '{"format": 2, "whatever": []}'
    assert not log


# Reading and writing that fails


def test_a_failed_replacement_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is a sentence, no temporary file stays, and the next flush writes what this one could not."""
    cache = JsonCache(path)
    cache.replace(JULIET, Snapshot("v1", {}))
    cache.flush()
    before = path.read_bytes()
    cache.update(JULIET, "v2", ROMEO, ITEM)

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", broken)
        with pytest.raises(CacheError, match=r"could not be written: No space left on device\. What it held before"):
            cache.flush()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["roster.json"]
    assert JsonCache(path).load(JULIET) == Snapshot("v1", {})
    cache.flush()
    assert JsonCache(path).load(JULIET) == Snapshot("v2", {ROMEO: ITEM})


def test_an_interrupted_write_leaves_no_temporary_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the data goes to the disk."""
    cache = JsonCache(path)
    cache.replace(JULIET, Snapshot("v1", {}))

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cache.flush()
    assert list(path.parent.iterdir()) == []


def test_the_data_is_on_the_disk_before_it_has_the_name(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a power cut leaves an empty file under the name of the good one."""
    done: list[str] = []

    def noting(name: str, act: Callable[..., object]) -> Callable[..., object]:
        def noted(*arguments: object) -> object:
            done.append(name)
            return act(*arguments)

        return noted

    monkeypatch.setattr(os, "replace", noting("replace", os.replace))
    monkeypatch.setattr(os, "fsync", noting("fsync", os.fsync))
    cache = JsonCache(path)
    cache.replace(JULIET, Snapshot("v1", {}))
    cache.flush()
    assert done == ["fsync", "replace"]


def test_a_failed_flush_does_not_keep_it_open(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing says that writing failed, once."""
    cache = JsonCache(path)
    cache.replace(JULIET, Snapshot("v1", {}))
    path.mkdir()
    with pytest.raises(CacheError, match="could not be written"):
        cache.close()
    cache.close()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """It is not made: a typing error would hide the cache."""
    assert f"create {tmp_path / 'missing'}" in refusal(tmp_path / "missing" / "roster.json")


def test_what_is_no_file_is_refused(path: Path) -> None:
    """A folder or a named pipe, which would block, is left alone."""
    path.mkdir()
    assert "is not a file" in refusal(path)
    path.rmdir()
    os.mkfifo(path)
    assert "is not a file" in refusal(path)


def test_a_folder_that_cannot_be_written_is_found_out_when_opening(folder: Path) -> None:  # noqa: F811
    """And not an hour later, at the first flush."""
    folder.chmod(0o500)
    with ordinary_user():
        assert f"make {folder} writable for this user" in refusal(folder / "roster.json")


def test_a_file_that_cannot_be_read_is_not_damaged(folder: Path, log: Sequence[LogEvent]) -> None:  # noqa: F811
    """It stays where it is."""
    path = folder / "roster.json"
    path.write_text(json.dumps(GOOD))
    path.chmod(0)
    folder.chmod(0o700)
    with ordinary_user():
        assert "must be readable and writable for this user" in refusal(path)
    assert path.exists()
    assert not log


def test_a_damaged_file_that_cannot_be_set_aside_is_left(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not overwritten then."""
    path.write_text("nonsense")

    def refused(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "rename", refused)
    assert "could not be set aside: Operation not permitted. Move it away." in refusal(path)
    assert path.read_text() == "nonsense"
