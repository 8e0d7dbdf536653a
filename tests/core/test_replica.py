"""The client's copy of a roster: every order of events as a plain comparison."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rosterkit.core.replica import Entry, Event, Pushed, Read, Replica, read_item, read_push
from rosterkit.core.stanza import Element
from rosterkit.errors import BAD_REQUEST, StanzaError

R, N = "romeo@x", "nurse@x"


def query(items: str = "", ver: str | None = None) -> Element:
    """A roster query."""
    attribute = f" ver='{ver}'" if ver is not None else ""
    element: Any = etree.fromstring(f"<query xmlns='jabber:iq:roster'{attribute}>{items}</query>")
    return element  # type: ignore[no-any-return]


def item(jid: str, groups: str = "", **attributes: str) -> str:
    """An item with its groups given as one letter each."""
    inner = "".join(f"<group>{group}</group>" for group in groups)
    return f"<item jid='{jid}' {' '.join(f'{key}={value!r}' for key, value in attributes.items())}>{inner}</item>"


def told(events: Any) -> list[str]:
    """Events as words: their name, and whom and what they are about."""
    assert not isinstance(events, StanzaError)
    return [" ".join(filter(None, (e.name, e.entry and e.entry.bare, e.group))) for e in events]


def loaded(items: str, ver: str | None = "v1") -> Replica:
    """A copy that has had its first result."""
    replica = Replica()
    told(replica.apply_result(query(items, ver)))
    return replica


def test_a_first_result_adds_in_document_order() -> None:
    """New groups are told before the entry that brings them, entries in the order of the document."""
    replica = Replica()
    assert told(replica.apply_result(query(item(R, "ba") + item(N, "a"), "v1"))) == [
        "group_added a",
        "group_added b",
        f"entry_added {R}",
        f"entry_added {N}",
        "initial_roster_received",
    ]
    assert replica.version == "v1"


def test_an_update_tells_name_state_additions_removals() -> None:
    """The order of one update: name, subscription, groups entered, groups left."""
    replica = loaded(item(R, "a"))
    push = query(item(R, "b", name="Rom", subscription="to"), "v2")
    assert told(replica.apply_push(push)) == [
        f"entry_name_changed {R}",
        f"entry_subscription_state_changed {R}",
        "group_added b",
        f"entry_added_to_group {R} b",
        "group_removed a",
        f"entry_removed_from_group {R} a",
    ]


@pytest.mark.parametrize("change", [{"subscription": "to"}, {"ask": "subscribe"}, {"approved": "true"}])
def test_one_event_for_whatever_of_the_state_changed(change: dict[str, str]) -> None:
    """Subscription, ask and approved are one state with one event."""
    replica = loaded(item(R))
    assert told(replica.apply_push(query(item(R, **change), "v2"))) == [f"entry_subscription_state_changed {R}"]


def test_nothing_changed_tells_nothing() -> None:
    """An update that changes nothing has no event, and the version moves all the same."""
    replica = loaded(item(R, "a", name="x"))
    assert told(replica.apply_push(query(item(R, "a", name="x"), "v2"))) == []
    assert replica.version == "v2"


def test_a_removal_tells_emptied_groups_then_the_entry() -> None:
    """Only groups that it was the last of are told; the entry keeps its attributes and its handle is frozen."""
    replica = loaded(item(R, "ab", name="x") + item(N, "b"))
    entry = replica.items[R]
    push = query(item(R, subscription="remove"), "v2")
    assert told(replica.apply_push(push)) == ["group_removed a", f"entry_removed {R}"]
    assert (entry.name, entry.groups) == ("x", {"a", "b"})
    assert list(replica.groups) == ["b"]


def test_an_entry_is_the_same_object_until_it_is_removed() -> None:
    """Identity survives updates and whole results; after a removal and a new addition it is another object."""
    replica = loaded(item(R))
    entry = replica.items[R]
    told(replica.apply_push(query(item(R, name="x"))))
    told(replica.apply_result(query(item(R, name="y"), "v3")))
    assert replica.items[R] is entry
    told(replica.apply_push(query(item(R, subscription="remove"))))
    told(replica.apply_push(query(item(R))))
    assert replica.items[R] is not entry


def test_a_result_removes_first() -> None:
    """What a whole result no longer holds goes before anything comes; the version is the new one meanwhile."""
    replica = loaded(item(R, "a"))
    versions = []
    names = []
    for event in replica.apply_result(query(item(N, "a"), "v2")):
        versions.append(replica.version)
        names.append(event.name)
    assert names == ["group_removed", "entry_removed", "group_added", "entry_added", "initial_roster_received"]
    assert set(versions) == {"v2"}


def test_an_empty_result_is_not_an_empty_roster() -> None:
    """No query: nothing changes, the version stays.  A query without items: everything goes."""
    replica = loaded(item(R))
    assert told(replica.apply_result(None)) == ["initial_roster_received"]
    assert (list(replica.items), replica.version) == ([R], "v1")
    assert told(replica.apply_result(query("", "v2"))) == [f"entry_removed {R}", "initial_roster_received"]


def test_a_push_moves_the_version_after_its_events() -> None:
    """Listeners of a push see the version before it; a push without ver leaves it."""
    replica = loaded(item(R))
    events = replica.apply_push(query(item(R, name="x"), "v2"))
    assert not isinstance(events, StanzaError)
    assert [(event.name, replica.version) for event in events] == [("entry_name_changed", "v1")]
    assert replica.version == "v2"
    told(replica.apply_push(query(item(R, name="y"))))
    assert replica.version == "v2"


def test_a_listener_of_an_update_sees_the_new_entry_and_the_old_index() -> None:
    """When name and state are told, ``entry.groups`` is new already and ``groups`` follows group by group."""
    replica = loaded(item(R, "a"))
    events = replica.apply_push(query(item(R, "b", name="x", subscription="to"), "v2"))
    assert not isinstance(events, StanzaError)
    seen = [(event.name, sorted(replica.items[R].groups), sorted(replica.groups)) for event in events]
    assert seen == [
        ("entry_name_changed", ["b"], ["a"]),
        ("entry_subscription_state_changed", ["b"], ["a"]),
        ("group_added", ["b"], ["a", "b"]),
        ("entry_added_to_group", ["b"], ["a", "b"]),
        ("group_removed", ["b"], ["b"]),
        ("entry_removed_from_group", ["b"], ["b"]),
    ]


def test_a_removed_entry_is_nowhere_while_its_removal_is_told() -> None:
    """The first event of a removal finds the entry gone from ``items`` and from every group."""
    replica = loaded(item(R, "ab") + item(N, "b"))
    events = replica.apply_push(query(item(R, subscription="remove"), "v2"))
    assert not isinstance(events, StanzaError)
    next(events)
    assert (list(replica.items), {name: len(members) for name, members in replica.groups.items()}) == ([N], {"b": 1})


def test_groups_are_told_in_the_order_of_their_names() -> None:
    """Whatever order the server sent and sets have, two runs tell the same."""
    letters, others = "hgfedcba", "ponmlkji"
    replica = Replica()
    assert told(replica.apply_result(query(item(R, letters))))[:-2] == [f"group_added {x}" for x in sorted(letters)]
    entered = [word for x in sorted(others) for word in (f"group_added {x}", f"entry_added_to_group {R} {x}")]
    left = [word for x in sorted(letters) for word in (f"group_removed {x}", f"entry_removed_from_group {R} {x}")]
    assert told(replica.apply_push(query(item(R, others)))) == entered + left
    gone = told(replica.apply_push(query(item(R, subscription="remove"))))
    assert gone == [*(f"group_removed {x}" for x in sorted(others)), f"entry_removed {R}"]


def test_the_dicts_are_the_same_for_life() -> None:
    """Whoever holds ``items`` or ``groups`` holds them through results, pushes and an emptied roster."""
    replica = Replica()
    items, groups = replica.items, replica.groups
    for step in (query(item(R, "a")), query(), query(item(N, "b"))):
        told(replica.apply_result(step))
    assert replica.items is items
    assert replica.groups is groups
    assert (list(items), list(groups)) == ([N], ["b"])


def test_an_update_gives_the_entry_a_new_set_of_groups() -> None:
    """A listener that kept the old set can compare it; changing an entry's set does not change what was read."""
    replica = loaded(item(R, "a"))
    before = replica.items[R].groups
    told(replica.apply_push(query(item(R, "b"))))
    assert (before, replica.items[R].groups) == ({"a"}, {"b"})
    replica.items[R].groups.add("mine")


def test_a_result_without_a_version_forgets_the_old_one() -> None:
    """A whole roster without ``ver`` comes from a server without versions: the one before names another state."""
    replica = loaded(item(R), "v1")
    told(replica.apply_result(query(item(R))))
    assert replica.version is None


def test_removing_what_is_not_there_tells_nothing() -> None:
    """A push that removes an unknown entry adds none, and moves the version."""
    replica = loaded(item(R))
    assert told(replica.apply_push(query(item(N, subscription="remove"), "v2"))) == []
    assert (list(replica.items), replica.version) == ([R], "v2")


def test_elements_of_other_namespaces_are_ignored() -> None:
    """An extension beside the items or inside one is nobody's item and nobody's group."""
    alien = "<x xmlns='urn:x' jid='x@y'>z</x>"
    replica = loaded(alien + f"<item jid='{R}'>{alien}<group>a</group></item>")
    assert (list(replica.items), list(replica.groups), replica.problems) == ([R], ["a"], [])
    assert told(replica.apply_push(query(alien + item(R, "a", name="x"), "v2"))) == [f"entry_name_changed {R}"]


def test_problems_are_those_of_the_last_result() -> None:
    """A sound result after a bad one leaves no complaint."""
    replica = loaded("<item/>")
    told(replica.apply_result(query(item(R))))
    assert replica.problems == []


def test_the_same_entry_twice_in_a_result_is_an_update() -> None:
    """The later of two items with one JID wins."""
    replica = loaded(item(R, name="x") + item(R, name="y"))
    assert [entry.name for entry in replica.items.values()] == ["y"]


@pytest.mark.parametrize("items", ["", item(R) + item(N), "<item/>", "<item jid=''/>", "<item jid='@x'/>"], ids=str)
def test_a_bad_push_is_refused_whole(items: str) -> None:
    """No item, two, or one that cannot be used: bad-request, nothing changes, no version."""
    replica = loaded(item(R))
    answer = replica.apply_push(query(items, "v2"))
    assert isinstance(answer, StanzaError)
    assert answer.condition == BAD_REQUEST.condition
    assert (list(replica.items), replica.version) == ([R], "v1")


def test_a_bad_item_of_a_result_costs_only_itself() -> None:
    """The rest of the roster is kept, and each item left out is named."""
    replica = loaded("<item/>" + item(R) + "<item jid='@x'/>" + item(N, subscription="remove"))
    assert list(replica.items) == [R]
    assert len(replica.problems) == 3


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<item jid='R@x/home'/>", Read("r@x", None, frozenset(), "none", None, False)),
        ("<item jid='r@x' name='' subscription='weird'/>", Read("r@x", "", frozenset(), "none", None, False)),
        ("<item jid='r@x' ask='other' approved='maybe'/>", Read("r@x", None, frozenset(), "none", None, False)),
        (
            "<item jid='r@x' ask='subscribe' approved=' 1 '/>",
            Read("r@x", None, frozenset(), "none", "subscribe", True),
        ),
        (
            "<item jid='r@x' subscription='both'><group>a</group><group/><group>a</group><x/></item>",
            Read("r@x", None, frozenset("a"), "both", None, False),
        ),
    ],
)
def test_what_is_read_of_an_item(xml: str, expected: Read) -> None:
    """Defaults and unknown values, resources, empty and repeated groups (§2.1.2)."""
    (element,) = query(xml)
    assert read_item(element) == expected


def test_a_kept_roster_is_loaded_without_an_event() -> None:
    """Entries, groups and version are what was kept, in its order; a result that says the same tells nothing new."""
    replica = Replica()
    kept = [Read(R, "Romeo", frozenset("ab"), "both", None, True), Read(N, None, frozenset("b"), "none", None, False)]
    assert replica.load("v1", kept) is None  # type: ignore[func-returns-value]  # that is what is tested
    assert list(replica.items) == [R, N]
    assert replica.groups == {"a": {replica.items[R]}, "b": {replica.items[R], replica.items[N]}}
    assert (replica.version, replica.items[R].name, replica.items[R].state) == ("v1", "Romeo", ("both", None, True))
    same = query(item(R, "ab", name="Romeo", subscription="both", approved="true") + item(N, "b"), "v1")
    assert told(replica.apply_result(same)) == ["initial_roster_received"]


def test_loading_replaces_all_within_the_same_dicts() -> None:
    """What was there is gone, an entry of the same JID is another object, and the old handle keeps its values."""
    replica = loaded(item(R, "a", name="x") + item(N, "b"))
    items, groups, before = replica.items, replica.groups, replica.items[R]
    replica.load(None, iter([Read(R, None, frozenset("c"), "to", None, False)]))
    assert (replica.items, replica.groups) == ({R: items[R]}, {"c": {items[R]}})
    assert replica.items is items
    assert replica.groups is groups
    assert items[R] is not before
    assert (before.name, before.groups, replica.version) == ("x", {"a"}, None)
    replica.load(None, ())
    assert (items, groups) == ({}, {})


def test_what_was_loaded_changes_as_what_was_told() -> None:
    """A result that differs tells the difference, a push finds its entry."""
    replica = Replica()
    replica.load(
        "v1", [Read(R, None, frozenset("a"), "none", None, False), Read(N, None, frozenset(), "to", None, False)]
    )
    assert told(replica.apply_push(query(item(R, "b"), "v2"))) == [
        "group_added b",
        f"entry_added_to_group {R} b",
        "group_removed a",
        f"entry_removed_from_group {R} a",
    ]
    assert told(replica.apply_result(query(item(R, "b"), "v3"))) == [f"entry_removed {N}", "initial_roster_received"]


def test_entries_are_of_the_kind_that_was_asked_for() -> None:
    """Whether loaded, fetched or pushed: ``make`` is given what was read, once for each new entry."""

    class Friend(Entry):
        """An entry of an application's own."""

    made: list[Read] = []

    def make(read: Read) -> Friend:
        made.append(read)
        return Friend(read)

    replica = Replica(make)
    replica.load(None, [Read(R, None, frozenset(), "none", None, False)])
    told(replica.apply_result(query(item(R, name="x") + item(N))))
    told(replica.apply_push(query(item("x"))))
    assert [read.jid for read in made] == list(replica.items) == [R, N, "x"]
    assert all(type(entry) is Friend for entry in replica.items.values())


def test_a_good_push_can_be_applied_later() -> None:
    """What was read of it does not depend on the roster, and applying it is the same as applying the push."""
    push = query(item(R, "b", name="x"), "v2")
    at_once, later = loaded(item(R, "a")), loaded(item(N))
    pushed = read_push(push)
    assert pushed == Pushed(Read(R, "x", frozenset("b"), "none", None, False), "v2")
    assert isinstance(pushed, Pushed)
    told(later.apply_push(query(item(R, "a"), "v1")))
    assert told(later.apply(pushed)) == told(at_once.apply_push(push))
    assert (later.version, at_once.version) == ("v2", "v2")


def test_a_push_without_a_version_or_with_a_removal() -> None:
    """Both are good; ``ver=''`` is a version."""
    assert read_push(query(item(R))) == Pushed(Read(R, None, frozenset(), "none", None, False), None)
    gone = read_push(query(item(R, subscription="remove"), ""))
    assert gone == Pushed(Read(R, None, frozenset(), "remove", None, False), "")


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ("", "exactly one item; this one holds 0"),
        (item(R) + item(N), "exactly one item; this one holds 2"),
        ("<item xmlns='urn:x' jid='romeo@x'/>", "holds 0"),
        ("<item/>", "no jid"),
        ("<item jid='@x'/>", "nothing before its '@'"),
    ],
)
def test_a_bad_push_is_answered_by_what_is_wrong_with_it(items: str, sentence: str) -> None:
    """``bad-request``, with a sentence for whoever reads the server's log (RFC 6121 §2.1.6)."""
    error = read_push(query(items, "v2"))
    assert isinstance(error, StanzaError)
    assert error.condition == BAD_REQUEST.condition
    assert sentence in (error.text or "")


_CHANGES = st.tuples(
    st.sampled_from([R, N, "x"]), st.sampled_from(["", "a", "ab", "bc"]), st.sampled_from(["none", "to", "remove"])
)


@given(st.lists(st.one_of(_CHANGES, st.lists(_CHANGES))))
def test_the_index_of_groups_always_agrees(steps: list[Any]) -> None:
    """After any event of any pushes and results, no group is empty and every member is in the roster's items."""
    replica = Replica()
    for step in steps:
        if isinstance(step, tuple):
            events = replica.apply_push(query(item(step[0], step[1], subscription=step[2])))
        else:
            events = replica.apply_result(query("".join(item(j, g, subscription=s) for j, g, s in step)))
        assert not isinstance(events, StanzaError)
        for event in events:
            assert isinstance(event, Event)
            assert all(replica.groups.values())
        expected: dict[str, set[Any]] = {}
        for entry in replica.items.values():
            for group in entry.groups:
                expected.setdefault(group, set()).add(entry)
        assert replica.groups == expected
