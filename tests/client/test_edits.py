"""Changes of entries: what a roster set holds, and that two of them never undo each other."""

from __future__ import annotations

from typing import Any

import pytest
from test_roster_client import failure_of
from twisted.words.protocols.jabber.error import StanzaError
from twisted.words.protocols.jabber.jid import JID
from wire import Wire, item

from rosterkit.client.edits import UNCHANGED, Unchanged, change_of
from rosterkit.client.item import Item
from rosterkit.errors import JidError

R, N = "romeo@x", "nurse@x"
NOT_FOUND = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


@pytest.fixture
def wire() -> Wire:
    """A client that is online with one contact, who has a name and two groups."""
    wire = Wire()
    wire.online(item(R, "ab", name="Romeo", subscription="both"))
    wire.sent()
    return wire


def shown(sent: str) -> str:
    """The item of the one roster set that was sent."""
    assert sent.count("type='set'") == 1, sent
    return sent.partition("<query xmlns='jabber:iq:roster'>")[2].partition("</query>")[0]


class TestWhatIsSent:
    """RFC 6121 §2.3, §2.4: a set replaces name and groups, so both are in it."""

    def test_only_what_is_named_changes(self, wire: Wire) -> None:
        """The groups stay with a new name, the name with new groups; the subscription is not the client's to set."""
        wire.roster.set_entry(R, name="Montague")
        assert shown(wire.sent()) == f"<item jid='{R}' name='Montague'><group>a</group><group>b</group></item>"

    def test_groups_are_added_and_removed(self, wire: Wire) -> None:
        """In any collection, in any number; removing one that is not there is no error."""
        wire.roster.set_entry(JID(R), add_to_groups=["c"], remove_from_groups=("a", "z"))
        assert shown(wire.sent()) == f"<item jid='{R}' name='Romeo'><group>b</group><group>c</group></item>"

    def test_no_name_and_an_empty_name_differ(self, wire: Wire) -> None:
        """None clears the name, ``""`` is one."""
        wire.roster.set_entry(R, name=None, remove_from_groups=["a", "b"])
        assert shown(wire.answer()) == f"<item jid='{R}'/>"
        wire.roster.set_entry(R, name="")
        assert shown(wire.sent()) == f"<item jid='{R}' name=''/>"

    def test_a_new_entry_has_what_is_given(self, wire: Wire) -> None:
        """Nothing else is known of it."""
        wire.roster.set_entry("Nurse@X", add_to_groups={"<&>"})
        assert shown(wire.sent()) == f"<item jid='{N}'><group>&lt;&amp;&gt;</group></item>"

    def test_removal(self, wire: Wire) -> None:
        """§2.5: the item with ``remove`` and nothing else; an error of the server is the caller's."""
        done = wire.roster.remove_entry(R)
        assert shown(wire.answer(NOT_FOUND, "error")) == f"<item jid='{R}' subscription='remove'/>"
        error = failure_of(done)
        assert isinstance(error, StanzaError)
        assert error.condition == "item-not-found"

    def test_moving_leaves_all_other_groups(self, wire: Wire) -> None:
        """Into one group, out of the others; somebody who is not there cannot be moved."""
        wire.roster.move(R, "b")
        assert shown(wire.sent()) == f"<item jid='{R}' name='Romeo'><group>b</group></item>"
        with pytest.raises(KeyError):
            wire.roster.move(N, "b")


class TestOrder:
    """Changes of one contact, one after the other."""

    def test_two_quick_changes_do_not_undo_each_other(self, wire: Wire) -> None:
        """The second is sent when the first is accepted, and begins from what that left, push or no push."""
        wire.roster.set_entry(R, add_to_groups=["c"])
        wire.roster.set_entry(R, remove_from_groups=["a"])
        wire.answer()
        assert shown(wire.sent()) == f"<item jid='{R}' name='Romeo'><group>b</group><group>c</group></item>"

    def test_a_push_of_somebody_else_counts(self, wire: Wire) -> None:
        """What another resource has changed in between is kept."""
        wire.roster.set_entry(R, add_to_groups=["c"])
        wire.answer()
        wire.push(item(R, "ac", name="Other"), "v2")
        wire.roster.set_entry(R, add_to_groups=["d"])
        assert "name='Other'><group>a</group><group>c</group><group>d</group>" in wire.sent()

    def test_the_push_may_come_before_the_result(self, wire: Wire) -> None:
        """Then the roster counts, and what comes after it."""
        wire.roster.set_entry(R, add_to_groups=["c"])
        asked = wire.sent()
        wire.push(item(R, "abc", name="Romeo"), "v2")
        wire.push(item(R, "x", name="Later"), "v3")
        wire.answer(sent=asked)
        wire.roster.set_entry(R, add_to_groups=["d"])
        assert "name='Later'><group>d</group><group>x</group>" in wire.sent()

    def test_in_a_listener_the_push_counts(self, wire: Wire) -> None:
        """A change that is made while a push is told begins from it."""
        wire.roster.set_entry(R, add_to_groups=["c"])
        wire.answer()
        wire.roster.on_entry_name_changed.connect(
            lambda entry: wire.roster.set_entry(R, add_to_groups=["d"]) and None
        )
        assert "<group>d</group><group>z</group></item>" in wire.push(item(R, "z", name="Other"), "v2")

    def test_pushes_may_trail_far_behind(self, wire: Wire) -> None:
        """The push of an earlier change does not undo what was accepted after it, a removal neither."""
        wire.roster.set_entry(R, name="1", add_to_groups=["c"])
        wire.answer()
        wire.roster.set_entry(R, add_to_groups=["d"])
        wire.answer()
        wire.push(item(R, "abc", name="1"), "v2")
        wire.roster.set_entry(R, add_to_groups=["e"])
        assert (
            "name='1'><group>a</group><group>b</group><group>c</group><group>d</group><group>e</group>"
            in wire.answer()
        )
        wire.roster.remove_entry(R)
        wire.answer()
        wire.push(item(R, "abcd", name="1"), "v3")
        wire.roster.set_entry(R, add_to_groups=["n"])
        assert shown(wire.sent()) == f"<item jid='{R}'><group>n</group></item>"

    def test_moves_and_renames_begin_from_what_is_pending(self, wire: Wire) -> None:
        """The groups to leave are those that there are when it is their turn."""
        wire.roster.set_entry(R, add_to_groups=["c"])
        wire.roster.move(R, "z")
        wire.answer()
        assert shown(wire.answer()) == f"<item jid='{R}' name='Romeo'><group>z</group></item>"
        wire.push(item(R, "z", name="Romeo"), "v2")
        wire.roster.rename_group("z", "y")
        wire.roster.rename_group("z", "x")
        wire.answer()
        assert shown(wire.sent()) == f"<item jid='{R}' name='Romeo'><group>y</group></item>"

    def test_a_server_may_make_an_empty_name_none(self, wire: Wire) -> None:
        """Its push is that of the change, and nothing is left behind."""
        wire.roster.set_entry(R, name="")
        asked = wire.sent()
        wire.push(item(R, "ab"), "v2")
        wire.answer(sent=asked)
        assert wire.roster._edits._entries == {}

    def test_contacts_do_not_wait_for_each_other(self, wire: Wire) -> None:
        """Only changes of the same one are in a queue."""
        wire.roster.set_entry(R, name="a")
        wire.roster.set_entry(N, name="b")
        assert wire.sent().count("type='set'") == 2

    def test_one_that_fails_does_not_count(self, wire: Wire) -> None:
        """The next begins from the roster as it is."""
        first, second = wire.roster.set_entry(R, name="no"), wire.roster.set_entry(R, add_to_groups=["c"])
        wire.answer(NOT_FOUND, "error")
        assert isinstance(failure_of(first), StanzaError)
        assert "name='Romeo'" in wire.answer()
        assert second.called

    def test_after_a_removal_nothing_is_left(self, wire: Wire) -> None:
        """An entry that is removed and set at once has nothing of before."""
        wire.roster.remove_entry(R)
        wire.roster.set_entry(R, add_to_groups=["n"])
        wire.answer()
        assert shown(wire.sent()) == f"<item jid='{R}'><group>n</group></item>"

    def test_cancelling_one_lets_the_next_go(self, wire: Wire) -> None:
        """One that waits for its turn, and one that waits for its answer."""
        first, second, third = (wire.roster.set_entry(R, name=name) for name in "abc")
        second.cancel()
        failure_of(second)
        first.cancel()
        failure_of(first)
        assert "name='c'" in wire.sent().split("</iq>")[1]
        assert not third.called

    def test_nothing_is_left_behind(self, wire: Wire) -> None:
        """When every change is through and pushed there is no trace of it."""
        for name in "abc":
            wire.roster.set_entry(R, name=name)
            wire.answer()
            wire.push(item(R, "ab", name=name), "v")
        wire.roster.remove_entry(R)
        wire.answer()
        wire.push(item(R, subscription="remove"), "w")
        assert wire.roster._edits._entries == {}


def test_waiting_for_the_push(wire: Wire) -> None:
    """With ``wait_for_push`` the Deferred fires when the roster shows the change, in whichever order they come."""
    done = wire.roster.set_entry(R, name="Montague", add_to_groups=["c"], wait_for_push=True)
    wire.answer()
    assert not done.called
    wire.push(item(R, "abc", name="Montague"), "v2")
    assert done.called
    renamed = wire.roster.set_entry(R, name="Capulet", wait_for_push=True)
    wire.answer()
    assert not renamed.called
    wire.push(item(R, "abc", name="Capulet"), "v3")
    assert renamed.called
    again = wire.roster.set_entry(R, name=None, wait_for_push=True)
    asked = wire.sent()
    wire.push(item(R, "abc"), "v3")
    wire.answer(sent=asked)
    assert again.called


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (((f"{R}/orchard",), {}), ValueError, r"has a resource.*Give romeo@x"),
        (((JID(f"{R}/orchard"),), {}), ValueError, "has a resource"),
        ((("@",), {}), JidError, "nothing before"),
        (((R,), {"name": "\x00"}), ValueError, "XML cannot carry"),
        (((R,), {"name": "\ud800"}), ValueError, "XML cannot carry"),
        (((R,), {"name": 5}), TypeError, "string or None"),
        (((R,), {"add_to_groups": [""]}), ValueError, "not empty"),
        (((R,), {"add_to_groups": ["a\x1f"]}), ValueError, "XML cannot carry"),
        (((R,), {"add_to_groups": "Friends"}), TypeError, r"write \['Friends'\]"),
        (((R,), {"remove_from_groups": [None]}), ValueError, "not empty"),
    ],
)
def test_what_no_roster_can_hold_is_refused_at_once(
    wire: Wire, arguments: tuple[tuple[Any, ...], dict[str, Any]], error: type[Exception], said: str
) -> None:
    """The call raises and says why, and nothing is sent."""
    positional, named = arguments
    with pytest.raises(error, match=said):
        wire.roster.set_entry(*positional, **named)
    assert wire.sent() == ""


@pytest.mark.parametrize(
    ("asked", "told", "shows"),
    [
        (UNCHANGED, "Romeo", True),
        ("Romeo", "Romeo", True),
        ("Montague", "Romeo", False),
        (None, "Romeo", False),
        ("", None, True),  # some servers keep an empty name as no name
    ],
)
def test_a_name_that_was_asked_for_is_shown(asked: str | Unchanged | None, told: str | None, shows: bool) -> None:
    """A push shows a change when the entry has its name; one that leaves the name alone takes any."""
    assert change_of(asked, ["a"], ["b"]).shown_by(Item(R, name=told, groups="ac")) is shows
