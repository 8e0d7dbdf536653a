"""Who is available where: what each presence stanza makes of it, and what strangers cannot do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streams import element
from twisted.words.protocols.jabber.jid import JID

from rosterkit.client import resources as module
from rosterkit.client.resources import NOBODY, Resource, Resources
from rosterkit.core.stanza import Element
from rosterkit.xmpp.conversion import to_domish
from rosterkit.xmpp.elements import View

R, N = "romeo@x", "nurse@x"
HOME, WORK = f"{R}/home", f"{R}/work"


def presence(sender: str | None, kind: str = "", content: str = "") -> Element:
    """A presence stanza."""
    attributes = f" from='{sender}'" if sender is not None else ""
    attributes += f" type='{kind}'" if kind else ""
    return element(f"<presence{attributes}>{content}</presence>".encode())  # type: ignore[no-any-return]


def available(*senders: str) -> Resources:
    """Those who are available."""
    resources = Resources()
    for sender in senders:
        assert resources.take(presence(sender), {})
    return resources


def said(content: str, over: Callable[[Element], Element] = lambda stanza: stanza) -> Resource:
    """What is kept of a presence stanza with ``content``."""
    found = Resources().take(over(presence(HOME, content=content)), {})
    assert found is not None
    assert found[1] is not None
    return found[1]


class TestComingAndGoing:
    """Available and unavailable."""

    def test_nobody_is_available_at_first(self) -> None:
        """And nothing can be put in there."""
        assert Resources().of(R) is NOBODY
        assert dict(NOBODY) == {}

    def test_a_resource_comes(self) -> None:
        """The account and the resource are told, and kept by the resource's name."""
        resources = Resources()
        assert resources.take(presence(HOME), {}) == (R, Resource(HOME, 0, None, None, 1))
        assert resources.of(R) == {"home": Resource(HOME, 0, None, None, 1)}
        assert resources.of(R)["home"].jid == JID(HOME)
        assert resources.of(N) is NOBODY

    def test_two_resources_of_one_account(self) -> None:
        """Each has its own place and its own order; the second does not touch the first."""
        resources = available(HOME, WORK)
        assert {name: (one.full, one.order) for name, one in resources.of(R).items()} == {
            "home": (HOME, 1),
            "work": (WORK, 2),
        }

    def test_what_it_says_later_replaces_all(self) -> None:
        """A plain available after a status takes the status back."""
        resources = Resources()
        resources.take(presence(HOME, content="<show>away</show><status>s</status><priority>3</priority>"), {})
        assert resources.take(presence(HOME), {}) == (R, Resource(HOME, 0, None, None, 2))
        assert list(resources.of(R)) == ["home"]

    def test_a_resource_goes(self) -> None:
        """The others stay; with the last the account is gone, and nothing is kept of it."""
        resources = available(HOME, WORK)
        assert resources.take(presence(HOME, "unavailable"), {}) == (R, None)
        assert list(resources.of(R)) == ["work"]
        assert resources.take(presence(WORK, "unavailable"), {}) == (R, None)
        assert resources.of(R) is NOBODY
        assert list(resources.forget()) == []

    def test_unavailable_from_a_bare_jid_ends_all(self) -> None:
        """RFC 6121 §4.5: the server says so of the whole account."""
        resources = available(HOME, WORK, f"{N}/a")
        assert resources.take(presence(R, "unavailable"), {}) == (R, None)
        assert resources.of(R) is NOBODY
        assert list(resources.of(N)) == ["a"]

    def test_presence_of_a_bare_jid(self) -> None:
        """A gateway or a server has no resource; its name is the empty string, and it goes as it came."""
        resources = available("gateway.x")
        assert resources.of("gateway.x") == {"": Resource("gateway.x", 0, None, None, 1)}
        assert resources.take(presence("gateway.x", "unavailable"), {}) == ("gateway.x", None)
        assert resources.of("gateway.x") is NOBODY

    @pytest.mark.parametrize("sender", [WORK, f"{N}/home", N])
    def test_who_was_not_there_cannot_go(self, sender: str) -> None:
        """Nothing has changed, so nothing is told."""
        resources = available(HOME)
        assert resources.take(presence(sender, "unavailable"), {}) is None
        assert list(resources.of(R)) == ["home"]

    def test_the_sender_is_prepared(self) -> None:
        """Capitals in the localpart are the same account, in the resource another one."""
        resources = available(HOME)
        assert resources.take(presence("Romeo@X/home", "unavailable"), {}) == (R, None)
        assert resources.take(presence("ROMEO@X/Home"), {}) == (R, Resource(f"{R}/Home", 0, None, None, 2))

    @pytest.mark.parametrize(
        "kind", ["subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe", "error", "available", "x"]
    )
    def test_other_types_say_nothing_of_it(self, kind: str) -> None:
        """Neither that somebody comes nor that somebody goes."""
        resources = available(HOME)
        assert resources.take(presence(HOME, kind), {}) is None
        assert resources.take(presence(WORK, kind), {}) is None
        assert list(resources.of(R)) == ["home"]

    @pytest.mark.parametrize("sender", [None, "", "@x", "a b@x", "romeo@x/"])
    @pytest.mark.parametrize("kind", ["", "unavailable"])
    def test_without_a_usable_sender_nothing_changes(self, sender: str | None, kind: str) -> None:
        """What the account itself is told of, and what no JID can be."""
        resources = available(HOME)
        assert resources.take(presence(sender, kind), {}) is None
        assert list(resources.forget()) == [R]

    def test_a_view_that_was_given_does_not_change(self) -> None:
        """Whoever holds what was given before can compare it with what is."""
        resources = available(HOME)
        before = resources.of(R)
        resources.take(presence(WORK), {})
        resources.take(presence(HOME, "unavailable"), {})
        assert list(before) == ["home"]
        assert list(resources.of(R)) == ["work"]

    def test_all_are_forgotten_at_once(self) -> None:
        """A lost stream: the accounts that were available are told, once."""
        resources = available(HOME, WORK, f"{N}/a")
        assert list(resources.forget()) == [R, N]
        assert resources.of(R) is NOBODY
        assert list(resources.forget()) == []

    def test_the_order_goes_on_over_streams(self) -> None:
        """Who comes after a reconnect is later than all before."""
        resources = available(HOME, WORK)
        resources.forget()
        resources.take(presence(HOME), {})
        assert resources.of(R)["home"].order == 3


@pytest.mark.parametrize(
    "over", [lambda stanza: stanza, lambda stanza: View(to_domish(stanza))], ids=["lxml", "twisted"]
)
class TestWhatIsSaid:
    """RFC 6121 §4.7.2: what is said wrongly counts as not said."""

    @pytest.mark.parametrize("show", ["away", "chat", "dnd", "xa"])
    def test_show(self, over: Callable[[Element], Element], show: str) -> None:
        """One of four."""
        assert said(f"<show>{show}</show>", over).show == show
        assert said(f"<show>\n {show} </show>", over).show == show

    @pytest.mark.parametrize(
        "content", ["", "<show/>", "<show>Away</show>", "<show>busy</show>", "<show xmlns='urn:x'>away</show>"]
    )
    def test_no_show(self, over: Callable[[Element], Element], content: str) -> None:
        """Plainly available."""
        assert said(content, over).show is None

    def test_the_first_status_counts(self, over: Callable[[Element], Element]) -> None:
        """In whatever language; one of another namespace is none."""
        content = "<status xmlns='urn:x'>no</status><status xml:lang='de'>da</status><status>there</status>"
        assert said(content, over).status == "da"
        assert said("", over).status is None

    @pytest.mark.parametrize(
        ("text", "priority"),
        [
            ("1", 1), ("+1", 1), ("-1", -1), ("127", 127), ("-128", -128), (" 5\n", 5), ("007", 7), ("-0", 0),
            ("128", 0), ("-129", 0), ("999", 0), ("1000", 0), ("", 0), ("x", 0), ("1.5", 0), ("1 2", 0), ("--1", 0),
            ("1_0", 0), ("\u0661", 0), ("9" * 5000, 0),
        ],
    )  # fmt: skip
    def test_priority(self, over: Callable[[Element], Element], text: str, priority: int) -> None:
        """-128 to 127; anything else is 0, however long it is."""
        assert said(f"<priority>{text}</priority>", over).priority == priority


class TestStrangers:
    """Whoever floods us with presence costs no more memory, and takes nobody's place who is a contact."""

    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A small bound, so that it is reached."""
        monkeypatch.setattr(module, "MOST_STRANGERS", 3)

    def test_so_many_are_remembered(self) -> None:
        """Accounts beyond the bound are as if they had said nothing; those within it go on."""
        resources = available(*(f"s{number}@y/a" for number in range(3)))
        assert resources.take(presence("late@y/a"), {}) is None
        assert resources.of("late@y") is NOBODY
        assert resources.take(presence("late@y/a", "unavailable"), {}) is None
        assert resources.take(presence("s0@y/b"), {}) is not None

    def test_who_goes_makes_room(self) -> None:
        """The bound is on those who are available now."""
        resources = available(*(f"s{number}@y/a" for number in range(3)))
        resources.take(presence("s1@y/a", "unavailable"), {})
        assert resources.take(presence("late@y/a"), {}) is not None

    def test_contacts_always_have_a_place(self) -> None:
        """However many strangers there are, and however many contacts."""
        resources = available(*(f"s{number}@y/a" for number in range(3)))
        contacts = {f"c{number}@x": object() for number in range(10)}
        assert all(resources.take(presence(f"{contact}/a"), contacts) for contact in contacts)
        assert resources.take(presence("late@y/a"), contacts) is None

    def test_a_contact_needs_no_room(self) -> None:
        """Strangers may have taken the place of contacts who are not available; it is theirs when they come."""
        contacts = {R: object()}
        resources = Resources()
        assert all(resources.take(presence(f"s{number}@y/a"), contacts) for number in range(4))
        assert resources.take(presence("late@y/a"), contacts) is None
        assert resources.take(presence(HOME), contacts) is not None

    def test_contacts_take_no_strangers_place(self) -> None:
        """A large roster leaves as much room as a small one."""
        contacts = {f"c{number}@x": object() for number in range(10)}
        resources = available(*(f"{contact}/a" for contact in list(contacts)[:3]))
        for contact in contacts:
            resources.take(presence(f"{contact}/a"), contacts)
        assert all(resources.take(presence(f"s{number}@y/a"), contacts) for number in range(3))
