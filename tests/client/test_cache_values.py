"""What a cache may hold: every value of a roster is taken as it is, and everything else is refused by name."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.client.cache_values import BadValueError, Snapshot, checked_bare, checked_item, parse_json
from rosterkit.client.item import Item

NESTED = "[" * 900 + "]" * 900
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"))


@given(
    name=st.none() | XML_TEXT,
    groups=st.sets(XML_TEXT.filter(bool)),
    subscription=st.sampled_from(["none", "to", "from", "both"]),
    ask=st.sampled_from([None, "subscribe"]),
    approved=st.booleans(),
)
def test_everything_that_an_item_exports_is_taken(
    name: str | None, groups: set[str], subscription: str, ask: str | None, approved: bool
) -> None:
    """The JSON of an item passes as it is, and is copied."""
    item = Item("a@x.test", name=name, groups=groups, subscription=subscription, ask=ask, approved=approved)
    exported = item.export_as_json()
    taken = checked_item(MappingProxyType(exported))
    assert taken == exported
    assert taken is not exported
    assert "groups" not in taken or taken["groups"] is not exported["groups"]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (None, "None is not an object"),
        ([], "is not an object"),
        ("both", "is not an object"),
        ({}, "The subscription None is not one of none, to, from, both"),
        ({"subscription": "remove"}, "'remove' is not one of"),
        ({"subscription": ["to"]}, "is not one of"),
        ({"subscription": {}}, "is not one of"),
        ({"subscription": "to", "name": ""}, "The name '' is empty"),
        ({"subscription": "to", "name": None}, "The name None is empty"),
        ({"subscription": "to", "name": 7}, "The name 7"),
        ({"subscription": "to", "name": "\x1b[0m"}, "not text that XML can carry"),
        ({"subscription": "to", "name": "\ud800"}, "not text that XML can carry"),
        ({"subscription": "to", "ask": None}, "The ask None is not 'subscribe'"),
        ({"subscription": "to", "ask": "unsubscribe"}, "The ask 'unsubscribe'"),
        ({"subscription": "to", "approved": False}, "approved is False"),
        ({"subscription": "to", "approved": 1}, "approved is 1"),
        ({"subscription": "to", "approved": "true"}, "approved is 'true'"),
        ({"subscription": "to", "groups": []}, r"The groups \[\] are not a list with something in it"),
        ({"subscription": "to", "groups": "abc"}, "The groups 'abc' are not a list"),
        ({"subscription": "to", "groups": {"a": 1}}, "are not a list"),
        ({"subscription": "to", "groups": [""]}, "The group '' is empty"),
        ({"subscription": "to", "groups": [None]}, "The group None is empty"),
        ({"subscription": "to", "groups": ["a", "a"]}, "The group 'a' is there twice, or not in its place"),
        ({"subscription": "to", "groups": ["b", "a"]}, "The group 'a' is there twice, or not in its place"),
        ({"subscription": "to", "groups": ["\x00"]}, "not text that XML can carry"),
        ({"subscription": "to", "jid": "a@x.test"}, "An item has no 'jid'"),
        ({"subscription": "to", 7: 7}, "An item has no 7"),
    ],
)
def test_what_no_item_exports_is_refused(item: Any, why: str) -> None:
    """With a sentence that shows the value."""
    with pytest.raises(BadValueError, match=why):
        checked_item(item)


def test_the_sentence_names_the_contact() -> None:
    """In a roster of thousands one finds the item."""
    with pytest.raises(BadValueError, match=r"Item 'a@x\.test': The subscription"):
        Snapshot(None, {"b@x.test": {"subscription": "to"}, "a@x.test": {}}).checked()


@pytest.mark.parametrize("value", ["a@x.test", "x.test", "ä@ö.test", "[::1]", "a@[::1]"])
def test_prepared_bare_jids_are_taken(value: str) -> None:
    """Domains and addresses as well."""
    assert checked_bare(value) == value


@pytest.mark.parametrize(
    "value",
    [
        *("", "A@x.test", "a@X.test", "Ä@x.test", "a@x.test."),
        *("a@x.test/r", "a@x.test/", "@x.test", "a@", "a b@x.test", "a\n@x.test", "a@x.test\n"),
        *("x" * 1024 + "@x.test", "\ud800@x.test", "a@\ud800"),
        *(None, 7, b"a@x.test", ["a"]),
    ],
)
def test_other_keys_are_refused(value: Any) -> None:
    """What is no JID, not prepared, or has a resource."""
    with pytest.raises(BadValueError):
        checked_bare(value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "nonsense", "\ufeff{}", '"\x00"'),
        *('{"a": 1, "a": 1}', '[{"x": {"b": 1, "c": 2, "b": 3}}]'),
        *("[" * 100_000, "[" * 100_000 + "]" * 100_000, "1" * 5000),
    ],
    ids=range(10),
)
def test_what_cannot_be_read_as_json_is_refused(text: str) -> None:
    """Broken text, a key twice, nesting without end and a number without end."""
    with pytest.raises(BadValueError):
        parse_json(text)


@pytest.mark.parametrize("key", ["name", "ask", "approved", "groups", "subscription", "other"])
def test_hostile_nesting_is_refused_with_a_short_sentence(key: str) -> None:
    """Showing a value must not fail over it."""
    item = {"subscription": "to", key: parse_json(NESTED)}
    with pytest.raises(BadValueError) as caught:
        checked_item(item)
    assert len(str(caught.value)) < 200
