"""The elements of a roster as values: written, read again, and read of what servers send."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import TEXTS, element
from twisted.words.protocols.jabber.jid import JID
from twisted.words.xish import domish

from rosterkit.client.xso import Group, Item, Query, RosterVersioningFeature
from rosterkit.errors import JidError
from rosterkit.xmpp.conversion import to_domish

R, N = "romeo@x", "nurse@x"
#: Twisted writes tabs and line ends as they are, so that XML turns them into others.
WRITABLE = TEXTS.map(lambda text: text.translate({9: " ", 10: " ", 13: " "}))
ITEMS = st.builds(
    Item,
    st.sampled_from([R, N, "x"]),
    name=st.none() | WRITABLE,
    groups=st.lists(st.builds(Group, WRITABLE.filter(bool)), max_size=3),
    subscription=st.sampled_from(["none", "to", "from", "both", "remove"]),
    approved=st.booleans(),
    ask=st.sampled_from([None, "subscribe"]),
)


def read(xml: str) -> domish.Element:
    """An element as a handler gets it."""
    return to_domish(element(xml.encode()))


def over_the_wire(written: domish.Element) -> domish.Element:
    """What the other side gets of an element that Twisted has written."""
    return read(written.toXml())


def said(item: Item) -> tuple[Any, ...]:
    """All that an item says."""
    return item.jid, item.name, item.group_names, item.subscription, item.approved, item.ask


class TestWriting:
    """What is default is not written."""

    def test_an_item_of_defaults_is_its_jid(self) -> None:
        """Nothing else stands in it."""
        assert Item(R).to_element().toXml() == f"<item xmlns='jabber:iq:roster' jid='{R}'/>"

    def test_everything_that_is_not_default_is_written(self) -> None:
        """Each attribute once, the groups in the order given."""
        item = Item(
            R, name="Romeo", groups=[Group("b"), Group("a")], subscription="remove", approved=True, ask="subscribe"
        )
        written = item.to_element()
        assert written.attributes == {
            "jid": R, "name": "Romeo", "subscription": "remove", "approved": "true", "ask": "subscribe"
        }  # fmt: skip
        assert [(child.uri, child.name, str(child)) for child in written.elements()] == [
            ("jabber:iq:roster", "group", "b"),
            ("jabber:iq:roster", "group", "a"),
        ]

    def test_an_empty_name_is_written(self) -> None:
        """It differs from none."""
        assert Item(R, name="").to_element()["name"] == ""

    def test_a_group_is_its_text(self) -> None:
        """One without a name is an empty element."""
        assert Group("a&b").to_element().toXml() == "<group xmlns='jabber:iq:roster'>a&amp;b</group>"
        assert Group().to_element().toXml() == "<group xmlns='jabber:iq:roster'/>"

    def test_a_query_without_a_version_has_none(self) -> None:
        """``ver=''`` differs from none (RFC 6121 §2.6.2)."""
        assert Query().to_element().toXml() == "<query xmlns='jabber:iq:roster'/>"
        assert Query("").to_element().toXml() == "<query xmlns='jabber:iq:roster' ver=''/>"

    def test_a_query_holds_its_items(self) -> None:
        """In order, in the namespace of the query."""
        written = Query("v1", (Item(jid) for jid in (R, N))).to_element()
        assert [(child.uri, child.name, child["jid"]) for child in written.elements()] == [
            ("jabber:iq:roster", "item", R),
            ("jabber:iq:roster", "item", N),
        ]

    def test_the_feature_is_the_one_of_a_stream(self) -> None:
        """``KEY`` is how Twisted names it among the features of a stream."""
        feature = over_the_wire(RosterVersioningFeature().to_element())
        assert (feature.uri, feature.name) == RosterVersioningFeature.KEY == ("urn:xmpp:features:rosterver", "ver")


class TestReading:
    """What is read of an element."""

    @given(st.lists(ITEMS, max_size=3), st.none() | WRITABLE)
    def test_what_is_written_reads_the_same(self, items: list[Item], ver: str | None) -> None:
        """Over the wire, for any query; groups come back sorted, each once."""
        found = Query.from_element(over_the_wire(Query(ver, items).to_element()))
        assert found.ver == ver
        assert list(map(said, found.items)) == list(map(said, items))
        assert [[group.name for group in item.groups] for item in found.items] == [
            sorted(item.group_names) for item in items
        ]

    @pytest.mark.parametrize("approved", ["true", "1"])
    def test_an_item_in_full(self, approved: str) -> None:
        """Everything that RFC 6121 §2.1.2 knows; a resource is cut off."""
        item = Item.from_element(
            read(
                f"<item xmlns='jabber:iq:roster' jid='Romeo@X/home' name='Romeo' subscription='from' ask='subscribe' "
                f"approved='{approved}'><group>b</group><group/><group>a</group><group>b</group></item>"
            )
        )
        assert said(item) == (JID(R), "Romeo", frozenset("ab"), "from", True, "subscribe")

    def test_absent_and_unknown_values_are_the_default(self) -> None:
        """No subscription is none; what nobody knows is as if it were not there."""
        for more in ("", "subscription='x' ask='y' approved='z' later='1'", "approved='false'", "approved='0'"):
            item = Item.from_element(read(f"<item xmlns='jabber:iq:roster' jid='{R}' {more}><x/></item>"))
            assert said(item) == (JID(R), None, frozenset(), "none", False, None)

    @pytest.mark.parametrize("attributes", ["", "jid=''", "jid='@x'", "jid='a b@x'"])
    def test_an_item_without_a_usable_jid_is_refused(self, attributes: str) -> None:
        """ValueError, from the query that holds it too."""
        bad = f"<item xmlns='jabber:iq:roster' {attributes}/>"
        with pytest.raises(ValueError, match=r"."):
            Item.from_element(read(bad))
        with pytest.raises(ValueError, match=r"."):
            Query.from_element(read(f"<query xmlns='jabber:iq:roster'><item jid='{R}'/>{bad}</query>"))

    def test_strange_children_are_no_items(self) -> None:
        """Another namespace, another name, and text between are passed over."""
        query = Query.from_element(
            read(
                f"<query xmlns='jabber:iq:roster' ver='v'> <item xmlns='urn:x' jid='{N}'/><other jid='{N}'/>"
                f"<item jid='{R}'/> </query>"
            )
        )
        assert [item.jid for item in query.items] == [JID(R)]


class TestItem:
    """The value itself."""

    @pytest.mark.parametrize("address", ["Romeo@X/Home", JID("romeo@x/Home")])
    def test_the_jid_is_prepared(self, address: JID | str) -> None:
        """Here a resource is kept, as it is the caller who writes it."""
        assert Item(address).jid == JID("romeo@x/Home")

    def test_what_is_no_jid_is_refused(self) -> None:
        """JidError."""
        with pytest.raises(JidError):
            Item("@x")

    def test_lists_are_its_own(self) -> None:
        """Adding a group or an item later changes nobody else's list."""
        groups, items = [Group("a")], [Item(R)]
        item, query = Item(R, groups=groups), Query(items=items)
        item.groups.append(Group("b"))
        query.items.append(item)
        assert (len(groups), len(items)) == (1, 1)
        assert item.group_names == {"a", "b"}
