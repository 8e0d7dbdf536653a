"""One contact as applications see it: its JID, its identity, and the JSON that aioxmpp reads and writes too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.words.protocols.jabber.jid import JID

from rosterkit.client import xso
from rosterkit.client.item import Item, read_json, to_json
from rosterkit.client.resources import NOBODY, Resource
from rosterkit.core.replica import Entry, Read
from rosterkit.errors import JidError

R = "romeo@x"
FULL = Read(R, "Romeo", frozenset("ba"), "both", "subscribe", True)

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=["\ufffe", "\uffff"]), max_size=5)
READS = st.builds(
    Read,
    st.just(R),
    st.none() | TEXTS.filter(bool),
    st.frozensets(TEXTS.filter(bool), max_size=3),
    st.sampled_from(["none", "to", "from", "both"]),
    st.sampled_from([None, "subscribe"]),
    st.booleans(),
)

#: What is wrong, and a word of the sentence that says so.
WRONG = [
    ({"subscription": "weird"}, "subscription of romeo@x is 'weird'"),
    ({"subscription": "remove"}, "subscription of romeo@x is 'remove'"),
    ({"subscription": None}, "subscription of romeo@x is None"),
    ({"subscription": ["to"]}, "subscription of romeo@x"),
    ({"subscription": "s" * 1000}, "subscription of romeo@x is 's{39},"),
    ({"ask": "unsubscribe"}, "ask of romeo@x is 'unsubscribe'"),
    ({"ask": True}, "ask of romeo@x is True"),
    ({"ask": ""}, "ask of romeo@x is ''"),
    ({"ask": {}}, "ask of romeo@x"),
    ({"name": 1}, "name of romeo@x must be a string"),
    ({"name": ["x"]}, "name of romeo@x must be a string"),
    ({"name": "bell\x07"}, "name of romeo@x must be a string that XML can carry"),
    ({"name": "\ud800"}, "name of romeo@x must be a string that XML can carry"),
    ({"approved": "no"}, "approved a boolean"),
    ({"approved": 1}, "approved a boolean"),
    ({"approved": None}, "approved a boolean"),
    ({"groups": "abc"}, "groups of romeo@x must be a list"),
    ({"groups": None}, "groups of romeo@x must be a list"),
    ({"groups": {"a": 1}}, "groups of romeo@x must be a list"),
    ({"groups": ["a", 1]}, "groups of romeo@x must be a list of strings"),
    ({"groups": ["a", None]}, "groups of romeo@x must be a list of strings"),
    ({"groups": ["a", ""]}, "not empty"),
    ({"groups": ["a", "\x00"]}, "XML can carry"),
]


def values(entry: Entry) -> Read:
    """All that an item says of its contact."""
    return Read(entry.bare, entry.name, frozenset(entry.groups), entry.subscription, entry.ask, entry.approved)


class TestMaking:
    """An item from nothing, from what was read, and from an element of the wire."""

    def test_a_new_item_has_the_defaults(self) -> None:
        """Neither name nor groups, no subscription, nobody available."""
        made = Item(R)
        assert values(made) == Read(R, None, frozenset(), "none", None, False)
        assert made.resources is NOBODY
        assert (made.available, made.best_resource) == (False, None)

    def test_it_takes_all_that_a_roster_says(self) -> None:
        """Every keyword is an attribute afterwards; ``groups`` is a set of its own."""
        groups = ["b", "a", "b"]
        made = Item(R, name="Romeo", groups=groups, subscription="both", ask="subscribe", approved=True)
        assert values(made) == FULL
        made.groups.add("c")
        assert groups == ["b", "a", "b"]

    @pytest.mark.parametrize("address", ["Romeo@X/home", JID("Romeo@X/home"), JID("romeo@x")])
    def test_the_jid_is_prepared_and_bare(self, address: JID | str) -> None:
        """Whatever is given, Twisted's object or a string, a resource is cut off."""
        made = Item(address)
        assert made.bare == R
        assert made.jid == JID(R)
        assert isinstance(made.jid, JID)

    @pytest.mark.parametrize("address", ["", "@x", "a b@x", "romeo@x/"])
    def test_what_is_no_jid_is_refused(self, address: str) -> None:
        """JidError, which is a ValueError."""
        with pytest.raises(JidError):
            Item(address)

    def test_from_what_was_read(self) -> None:
        """The fast way makes the same item."""
        made = Item.from_read(FULL)
        assert values(made) == FULL
        assert made.resources is NOBODY

    def test_items_compare_by_identity(self) -> None:
        """So that a set of items holds while they change, as the groups of a roster must."""
        one, same = Item(R), Item(R)
        members = {one, same}
        one.update_from_json({"name": "other"})
        assert one != same
        assert one in members
        assert len(members) == 2

    def test_nothing_else_can_be_set(self) -> None:
        """A misspelt attribute is an error and not a silent nothing."""
        with pytest.raises(AttributeError):
            Item(R).nmae = "x"  # type: ignore[attr-defined]

    def test_it_shows_whom_it_is_about(self) -> None:
        """In a log."""
        assert repr(Item(R, subscription="to")) == "<Item romeo@x to>"


class TestResources:
    """Which resource is best."""

    def test_the_highest_priority_is_best(self) -> None:
        """Negative ones are the worst; the order of coming decides among equals, the latest first."""
        item = Item(R)
        low, high, later = (
            Resource(f"{R}/a", -1, None, None, 9),
            Resource(f"{R}/b", 5, "away", None, 2),
            Resource(f"{R}/c", 5, None, None, 3),
        )
        item.resources = {"a": low}
        assert item.best_resource is low
        item.resources = {"b": high, "a": low}
        assert item.best_resource is high
        for names in ("abc", "cba"):
            item.resources = {name: {"a": low, "b": high, "c": later}[name] for name in names}
            assert item.best_resource is later
        assert item.available

    def test_a_resource_has_its_full_jid(self) -> None:
        """As Twisted's object."""
        assert Resource(f"{R}/home", 0, None, None, 1).jid == JID(f"{R}/home")


class TestXsoItems:
    """An item and an element's value."""

    def test_everything_but_the_jid_is_taken_over(self) -> None:
        """An update from somebody else's item keeps the JID, and gives a new set of groups."""
        item = Item(R, name="old", groups=["z"])
        before = item.groups
        other = xso.Item(
            "nurse@x", name="Romeo", groups=[xso.Group("a"), xso.Group("b"), xso.Group(None), xso.Group("")],
            subscription="both", ask="subscribe", approved=True,
        )  # fmt: skip
        item.update_from_xso_item(other)
        assert values(item) == FULL
        assert before == {"z"}

    def test_a_new_item_has_the_bare_jid_too(self) -> None:
        """A resource is cut off."""
        made = Item.from_xso_item(xso.Item("romeo@x/home", name="Romeo", subscription="to"))
        assert values(made) == Read(R, "Romeo", frozenset(), "to", None, False)


class TestJson:
    """The form is aioxmpp's; the reading is strict."""

    def test_defaults_are_not_written(self) -> None:
        """Only the subscription always is; an empty name vanishes as an absent one does."""
        assert Item(R).export_as_json() == {"subscription": "none"}
        assert Item(R, name="").export_as_json() == {"subscription": "none"}

    def test_everything_is_written(self) -> None:
        """Groups as a sorted list, so that the same roster gives the same file; the JID is not there."""
        assert Item.from_read(FULL).export_as_json() == {
            "subscription": "both",
            "name": "Romeo",
            "ask": "subscribe",
            "approved": True,
            "groups": ["a", "b"],
        }

    def test_groups_are_sorted(self) -> None:
        """Whatever order the set has in this run."""
        names = [f"group {number}" for number in range(10, 50)]
        assert Item(R, groups=reversed(names)).export_as_json()["groups"] == names

    @given(READS)
    def test_what_is_written_reads_the_same(self, read: Read) -> None:
        """Through real JSON, for any item whose name is not empty, whatever the item was before."""
        written = json.loads(json.dumps(Item.from_read(read).export_as_json()))
        item = Item.from_read(FULL)
        item.update_from_json(written)
        assert values(item) == read
        assert read_json(R, written) == read

    def test_missing_keys_are_reset(self) -> None:
        """It is a replacement and no merge; unknown keys are for others."""
        item = Item.from_read(FULL)
        before = item.groups
        item.update_from_json({"later": 1})
        assert values(item) == Read(R, None, frozenset(), "none", None, False)
        assert before == {"a", "b"}

    def test_an_empty_name_can_be_read(self) -> None:
        """It differs from none."""
        item = Item(R)
        item.update_from_json({"name": ""})
        assert item.name == ""

    @pytest.mark.parametrize(("data", "sentence"), WRONG, ids=repr)
    def test_a_wrong_value_changes_nothing(self, data: dict[str, Any], sentence: str) -> None:
        """ValueError that names the contact and what is wrong, also where all else is right."""
        item = Item.from_read(FULL)
        with pytest.raises(ValueError, match=sentence):
            item.update_from_json({"name": "new", "groups": ["new"], "subscription": "to", **data})
        assert values(item) == FULL

    @pytest.mark.parametrize("data", [None, [], "text", 5, [("subscription", "to")]])
    def test_what_is_no_object_changes_nothing(self, data: Any) -> None:
        """A file that was edited by hand may hold anything."""
        item = Item.from_read(FULL)
        with pytest.raises(ValueError, match="romeo@x is not a JSON object"):
            item.update_from_json(data)
        assert values(item) == FULL

    def test_any_entry_can_be_written(self) -> None:
        """What the rules keep and what applications see have one form."""
        assert to_json(Entry(FULL)) == Item.from_read(FULL).export_as_json()


def test_remove_is_no_state_of_an_entry() -> None:
    """An element of a push may say it; an item cannot become it, and then nothing has changed."""
    entry = Item("romeo@x", name="R")
    with pytest.raises(ValueError, match="remove"):
        entry.update_from_xso_item(xso.Item("romeo@x", subscription="remove"))
    assert (entry.name, entry.subscription) == ("R", "none")
