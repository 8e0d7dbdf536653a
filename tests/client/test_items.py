"""The mapping of JIDs to items: what is found under which key, and that it is a view."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.words.protocols.jabber.jid import JID

from rosterkit.client.item import Item
from rosterkit.client.items import Items
from rosterkit.xmpp.jids import parsed

R, N = "romeo@x", "nurse@example.net"


@pytest.fixture
def entries() -> dict[str, Item]:
    """A roster of two and a server."""
    return {bare: Item(bare) for bare in (R, N, "x")}


@pytest.mark.parametrize("key", [R, "Romeo@X", "ROMEO@x.", JID(R), JID("Romeo@X")], ids=repr)
def test_any_spelling_of_the_jid_finds_the_item(entries: dict[str, Item], key: JID | str) -> None:
    """Twisted's object or a string, prepared or not."""
    items = Items(entries)
    assert items[key] is entries[R]
    assert items.get(key) is entries[R]
    assert key in items


def test_a_server_can_be_in_a_roster(entries: dict[str, Item]) -> None:
    """A JID without a localpart is one."""
    assert Items(entries)["X"] is Items(entries)[JID("x")] is entries["x"]


@pytest.mark.parametrize(
    "key", ["tybalt@x", "romeo@x/home", "ROMEO@X/home", JID("romeo@x/home"), JID("x/home")], ids=repr
)
def test_who_is_not_there_is_not_found(entries: dict[str, Item], key: JID | str) -> None:
    """A full JID is nobody's key, even where its bare one is; the error names it as it was looked for."""
    items = Items(entries)
    assert key not in items
    assert items.get(key) is None
    with pytest.raises(KeyError) as caught:
        items[key]
    assert caught.value.args == (parsed(key).full,)


@pytest.mark.parametrize("key", ["", "@x", "a b@x", "romeo@x/", None, 5, b"romeo@x", object, [], {}], ids=repr)
def test_what_is_no_jid_is_not_found(entries: dict[str, Item], key: Any) -> None:
    """KeyError as for everybody who is not there, so that ``in`` can be asked of anything."""
    items = Items(entries)
    assert key not in items
    with pytest.raises(KeyError):
        items[key]


def test_keys_are_twisteds_jids_in_the_order_of_the_roster(entries: dict[str, Item]) -> None:
    """Keys, values and pairs agree."""
    items = Items(entries)
    assert list(items) == list(items.keys()) == [JID(R), JID(N), JID("x")]
    assert list(items.values()) == list(entries.values())
    assert dict(items.items()) == dict(items) == {JID(bare): item for bare, item in entries.items()}
    assert len(items) == 3


def test_it_is_a_live_view(entries: dict[str, Item]) -> None:
    """What comes and goes is seen by whoever holds it."""
    items = Items(entries)
    del entries[R]
    added = entries["tybalt@x"] = Item("tybalt@x")
    assert R not in items
    assert items["tybalt@x"] is added
    assert repr(items) == "<Items: 3>"
    entries.clear()
    assert not items


def test_it_cannot_be_written_to(entries: dict[str, Item]) -> None:
    """Only the server changes a roster."""
    items: Any = Items(entries)
    with pytest.raises(TypeError):
        items[R] = Item(R)
    with pytest.raises(TypeError):
        del items[R]
    assert not hasattr(items, "clear")
