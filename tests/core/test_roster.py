"""Rosters as values: what changes, what is shared, what is left alone; and what a roster set may contain."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core.history import Entry
from rosterkit.core.limits import Limits
from rosterkit.core.roster import Item, Kept, Roster, RosterSet, read_set
from rosterkit.core.subscription import State
from rosterkit.errors import StanzaError

JULIET, ROMEO, NURSE = "juliet@localhost", "romeo@localhost", "nurse@localhost"

# Values


def test_blocked_jids_keep_their_order_and_survive_every_change() -> None:
    """What is blocked has nothing to do with the entries: no new version, and no change of an entry touches it."""
    first = Roster.new("v0").with_item(Item(ROMEO), "v1", 10)
    roster = first.with_blocked([NURSE, "x.test", NURSE])
    assert (list(roster.blocked), roster.version, roster.log) == ([NURSE, "x.test"], "v1", first.log)
    assert first.blocked == {} and roster.items is first.items
    changed = roster.with_item(Item(NURSE), "v2", 10).with_request(ROMEO, Kept(b""))
    changed = changed.without_request(ROMEO).without_item(ROMEO, "v3", 10)
    assert changed.blocked is roster.blocked
    assert changed.with_blocked([]).blocked == {}


def test_a_new_roster_is_empty_and_has_a_version_to_come_back_with() -> None:
    """Its first state is in the log, so that a client that has seen it gets the changes and not everything."""
    roster = Roster.new("v0")
    assert (roster.items, roster.requests) == ({}, {})
    assert roster.log == (Entry("v0", ""),)
    assert roster.changes_since("v0") == []


def test_a_roster_cannot_be_changed_in_place() -> None:
    """What the hub keeps for taking back must stay what it was."""
    with pytest.raises(FrozenInstanceError):
        Roster.new("v0").version = "v1"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        Item(ROMEO).name = "x"  # type: ignore[misc]


def test_with_item_adds_or_replaces_and_leaves_the_old_value() -> None:
    """The result has the entry, the new version and a line in the log; the roster before it is untouched."""
    first = Roster.new("v0")
    second = first.with_item(Item(ROMEO), "v1", 10).with_item(Item(NURSE), "v2", 10)
    third = second.with_item(Item(ROMEO, "R"), "v3", 10)
    assert first.items == {}
    assert second.items == {ROMEO: Item(ROMEO), NURSE: Item(NURSE)}
    assert list(third.items.values()) == [Item(ROMEO, "R"), Item(NURSE)]
    assert third.version == "v3"
    assert third.log == (Entry("v0", ""), Entry("v1", ROMEO), Entry("v2", NURSE), Entry("v3", ROMEO))


def test_without_item_removes_one_entry() -> None:
    """The removal is a change with a version and a line in the log; a kept request stays."""
    roster = Roster.new("v0").with_item(Item(ROMEO), "v1", 10).with_request(ROMEO, Kept(b"<x/>"))
    gone = roster.without_item(ROMEO, "v2", 10)
    assert (gone.items, gone.requests, gone.version) == ({}, {ROMEO: Kept(b"<x/>")}, "v2")
    assert gone.log[-1] == Entry("v2", ROMEO)
    assert ROMEO in roster.items


def test_without_item_of_a_stranger_is_an_error_of_the_caller() -> None:
    """The rule answers item-not-found before; a version is never drawn for nothing."""
    with pytest.raises(KeyError):
        Roster.new("v0").without_item(ROMEO, "v1", 10)


def test_the_log_is_cut_to_its_limit() -> None:
    """The newest changes stay."""
    roster = Roster.new("v0").with_item(Item(ROMEO), "v1", 2).with_item(Item(NURSE), "v2", 2)
    assert roster.log == (Entry("v1", ROMEO), Entry("v2", NURSE))
    assert roster.without_item(NURSE, "v3", 1).log == (Entry("v3", NURSE),)


def test_requests_change_without_a_version() -> None:
    """Nothing of a request shows in the roster, so no client is behind (§3.1.3)."""
    roster = Roster.new("v0").with_item(Item(ROMEO), "v1", 10)
    kept = roster.with_request(NURSE, Kept(b"<old/>")).with_request(NURSE, Kept(b"<new/>"))
    assert kept.requests == {NURSE: Kept(b"<new/>")}
    assert (kept.version, kept.log, kept.items) == (roster.version, roster.log, roster.items)
    assert roster.requests == {}
    assert kept.without_request(NURSE) == roster


def test_without_request_of_a_stranger_gives_the_same_object() -> None:
    """A caller sees by identity that there is nothing to store."""
    roster = Roster.new("v0").with_request(NURSE, Kept(b""))
    assert roster.without_request(ROMEO) is roster


@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_the_state_is_spelt_by_item_and_request(state: State) -> None:
    """Each of the nine states can be held and is found again (§A.1)."""
    roster = Roster.new("v0")
    if state is not State.NONE_IN:
        roster = roster.with_item(Item(ROMEO, subscription=state.subscription, ask=state.ask), "v1", 10)
    if state.pending_in:
        roster = roster.with_request(ROMEO, Kept(b""))
    assert roster.state(ROMEO) is state
    assert roster.state(NURSE) is State.NONE


def test_an_entry_with_a_request_beside_it_is_pending_in() -> None:
    """Somebody who was added by hand and then asks: the entry stays visible, the request waits."""
    roster = Roster.new("v0").with_item(Item(ROMEO), "v1", 10).with_request(ROMEO, Kept(b""))
    assert roster.state(ROMEO) is State.NONE_IN


def test_who_receives_presence_and_whose_comes() -> None:
    """From and Both receive it, To and Both send it, in the order of the roster."""
    roster = Roster.new("v0")
    for subscription in ("both", "none", "from", "to"):
        roster = roster.with_item(Item(f"{subscription}@x", subscription=subscription), f"v-{subscription}", 10)
    for _ in ("computed", "remembered"):
        assert roster.seen_by == ("both@x", "from@x")
        assert roster.sees == ("both@x", "to@x")


def test_what_is_remembered_does_not_outlive_a_change_of_the_entries() -> None:
    """A roster made from another one computes its own answers; one that differs in requests may share them."""
    roster = Roster.new("v0").with_item(Item(ROMEO, subscription="both"), "v1", 10)
    assert roster.seen_by == roster.sees == (ROMEO,)
    assert roster.with_request(NURSE, Kept(b"")).seen_by == (ROMEO,)
    less = roster.with_item(Item(ROMEO, subscription="to"), "v2", 10)
    assert (less.seen_by, less.sees) == ((), (ROMEO,))
    assert roster.without_item(ROMEO, "v2", 10).sees == ()


# Versions


def crowd() -> Roster:
    """Three entries after a first state, each with its version."""
    roster = Roster.new("v0")
    for number in (1, 2, 3):
        roster = roster.with_item(Item(f"c{number}@x"), f"v{number}", 10)
    return roster


def test_changes_since_a_version() -> None:
    """What the log says, each contact once; nothing for the version of this very state (§2.6.3)."""
    assert crowd().changes_since("v3") == []
    assert crowd().changes_since("v1") == [Entry("v2", "c2@x"), Entry("v3", "c3@x")]
    assert crowd().changes_since("unknown") is None
    assert crowd().changes_since("") is None


def test_the_whole_roster_where_the_changes_are_not_fewer_than_the_entries() -> None:
    """Interim pushes are sent only when they are the smaller answer (§2.6.3)."""
    assert crowd().changes_since("v0") is None
    smaller = crowd().without_item("c1@x", "v4", 10)
    assert smaller.changes_since("v3") == [Entry("v4", "c1@x")]
    assert smaller.changes_since("v2") is None


def test_the_present_version_needs_no_log() -> None:
    """Without a history a client that is up to date is told so all the same."""
    roster = crowd().with_item(Item("c1@x", "n"), "v4", 0)
    assert roster.log == ()
    assert roster.changes_since("v4") == []
    assert roster.changes_since("v3") is None


# Roster sets


def reading(items: str) -> RosterSet | StanzaError:
    """What Juliet's set of these items is."""
    return read_set(ElementTree.fromstring(f"<query xmlns='jabber:iq:roster'>{items}</query>"), JULIET, Limits())


def refused(items: str) -> str:
    """The condition of the refusal; every refusal explains itself."""
    answer = reading(items)
    assert isinstance(answer, StanzaError)
    assert answer.text.endswith(".")
    return answer.condition


def test_a_set_gives_name_and_groups_in_their_order() -> None:
    """Everything that an entry's owner decides; the JID is prepared."""
    read = reading("<item jid='Romeo@LOCALHOST' name='R'><group>b</group><group>a</group></item>")
    assert read == RosterSet(ROMEO, "R", ("b", "a"), False)


def test_an_absent_name_and_an_empty_one_stay_different() -> None:
    """No name and the name ``""`` are two things to the client that sent them."""
    assert reading(f"<item jid='{ROMEO}'/>") == RosterSet(ROMEO, None, (), False)
    assert reading(f"<item jid='{ROMEO}' name=''/>") == RosterSet(ROMEO, "", (), False)


@pytest.mark.parametrize("subscription", ["none", "to", "from", "both", "Remove", "", "x"])
def test_what_only_the_server_decides_has_no_effect(subscription: str) -> None:
    """ask, approved and every subscription but remove are read as if absent (§2.1.2.2, §2.1.2.5)."""
    item = f"<item jid='{ROMEO}' subscription='{subscription}' ask='subscribe' approved='true'/>"
    assert reading(item) == RosterSet(ROMEO, None, (), False)


def test_remove_looks_at_the_jid_alone() -> None:
    """Whatever else stands in the item, even what a set may not hold, is not looked at (§2.5)."""
    item = f"<item jid='{ROMEO}' subscription='remove' name='R'><group/><group>a</group><group>a</group></item>"
    assert reading(item) == RosterSet(ROMEO, None, (), True)


def test_other_elements_are_not_items() -> None:
    """Extensions beside the item and inside it do not count and are no groups."""
    alien = "<item xmlns='urn:x' jid='x@y'/><group xmlns='urn:x'/>"
    assert reading(f"{alien}<item jid='{ROMEO}'>{alien}</item>") == RosterSet(ROMEO, None, (), False)


@pytest.mark.parametrize(
    ("items", "condition"),
    [
        ("", "bad-request"),
        (f"<item jid='{ROMEO}'/><item jid='{NURSE}'/>", "bad-request"),
        (f"<item jid='{ROMEO}'/>" * 2, "bad-request"),
        ("<item/>", "bad-request"),
        ("<item jid=''/>", "bad-request"),
        ("<item jid='@localhost'/>", "jid-malformed"),
        ("<item jid='romeo@'/>", "jid-malformed"),
        ("<item jid='localhost/'/>", "jid-malformed"),
        ("<item jid='ro meo@localhost'/>", "jid-malformed"),
        (f"<item jid='{'r' * 1024}@localhost'/>", "jid-malformed"),
        (f"<item jid='{ROMEO}/balcony'/>", "bad-request"),
        (f"<item jid='{ROMEO}/balcony' subscription='remove'/>", "bad-request"),
        (f"<item jid='{JULIET}'/>", "not-allowed"),
        ("<item jid='JULIET@localhost'/>", "not-allowed"),
        (f"<item jid='{JULIET}' subscription='remove'/>", "not-allowed"),
        (f"<item jid='{ROMEO}'><group/></item>", "not-acceptable"),
        (f"<item jid='{ROMEO}'><group>a</group><group></group></item>", "not-acceptable"),
        (f"<item jid='{ROMEO}'><group>a</group><group>a</group></item>", "bad-request"),
        (f"<item jid='{ROMEO}'><group>\u00c5</group><group>A\u030a</group></item>", "bad-request"),
    ],
)
def test_what_a_set_may_not_hold(items: str, condition: str) -> None:
    """Each row of §2.1.5 and §2.3.3, with a sentence for the developer."""
    assert refused(items) == condition


def test_groups_differ_in_case() -> None:
    """Groups are compared after resourceprep, which keeps case."""
    read = reading(f"<item jid='{ROMEO}'><group>a</group><group>A</group></item>")
    assert isinstance(read, RosterSet)
    assert read.groups == ("a", "A")


def test_what_cannot_be_prepared_is_compared_as_given() -> None:
    """A character newer than Unicode 3.2 refuses no group; twice the same is still twice."""
    assert isinstance(
        reading(f"<item jid='{ROMEO}'><group>\U0001f600</group><group>\U0001f601</group></item>"), RosterSet
    )
    assert refused(f"<item jid='{ROMEO}'>" + "<group>\U0001f600</group>" * 2 + "</item>") == "bad-request"


@pytest.mark.parametrize("character", ["n", "ü", "\U0001f600"])
def test_the_limit_of_names_and_groups_is_in_bytes(character: str) -> None:
    """The longest that fits is taken, one more character is not-acceptable (§2.3.3)."""
    longest = character * (Limits().name_bytes // len(character.encode()))
    assert isinstance(reading(f"<item jid='{ROMEO}' name='{longest}'><group>{longest}</group></item>"), RosterSet)
    assert refused(f"<item jid='{ROMEO}' name='{longest}{character}'/>") == "not-acceptable"
    assert refused(f"<item jid='{ROMEO}'><group>{longest}{character}</group></item>") == "not-acceptable"


def test_an_entry_has_so_many_groups() -> None:
    """One more than may be is not-acceptable; elements in a group are a bad-request."""
    groups = [f"<group>g{number}</group>" for number in range(Limits().groups + 1)]
    assert isinstance(reading(f"<item jid='{ROMEO}'>{''.join(groups[1:])}</item>"), RosterSet)
    assert refused(f"<item jid='{ROMEO}'>{''.join(groups)}</item>") == "not-acceptable"
    assert refused(f"<item jid='{ROMEO}'><group>a<b xmlns='urn:x'/>c</group></item>") == "bad-request"


ANYTHING = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cn", "Co"]), max_size=12)


@given(jid=ANYTHING, name=ANYTHING, groups=st.lists(ANYTHING, max_size=3))
def test_any_set_is_read_or_refused(jid: str, name: str, groups: list[str]) -> None:
    """Whatever a client sends gives a value or an error, and a value always holds what a roster may hold."""
    query = ElementTree.fromstring(f"<query xmlns='jabber:iq:roster'><item jid={quoteattr(jid)}/></query>")
    item = query[0]
    item.set("name", name)
    for group in groups:
        ElementTree.SubElement(item, "{jabber:iq:roster}group").text = group
    read = read_set(query, JULIET, Limits())
    if isinstance(read, RosterSet):
        assert (read.name, read.groups, read.remove) == (name, tuple(groups), False)
        assert all(groups)
        assert len(set(groups)) == len(groups)
        again = ElementTree.fromstring(f"<query xmlns='jabber:iq:roster'><item jid={quoteattr(read.jid)}/></query>")
        assert read_set(again, JULIET, Limits()) == RosterSet(read.jid, None, (), False)


def test_items_compare_by_what_a_client_sees() -> None:
    """What the encoder remembers on an item or a roster is no part of the value."""
    item, same = Item(ROMEO, "R", ("a",)), Item(ROMEO, "R", ("a",))
    object.__setattr__(item, "memo", b"<item/>")
    assert item == same
    assert item != replace(same, groups=("a", "b"))
    roster = Roster.new("v0")
    roster.memo["x"] = 1
    assert roster == Roster.new("v0")
