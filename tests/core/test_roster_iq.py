"""Roster get and set on the whole server: who may, what is refused, who is pushed what, and what a version gives."""

from __future__ import annotations

import pytest
from rig import ROSTER, Client, Rig

from rosterkit.core.effects import SendRoster
from rosterkit.core.roster import Item

LONG = "x" * 1024


def whole(client: Client, ver: str | None = None) -> SendRoster:
    """The answer to a roster get, which must be the whole roster and nothing else."""
    client.take()
    client.get_roster(ver)
    (answer,) = client.take()
    assert isinstance(answer, SendRoster)
    return answer


def filled(rig: Rig, *contacts: str) -> Client:
    """Juliet, interested, with these contacts."""
    client = rig.login("juliet")
    for contact in contacts:
        client.set_item(f"<item jid='{contact}'/>")
    client.take()
    return client


# §2.1, §2.2: get


def test_empty_roster_is_a_query_without_items() -> None:
    """An account without entries gets a query without items, not an error (§2.1.4)."""
    assert whole(Rig().connect("juliet")).roster.items == {}


def test_get_is_answered_to_the_asker_only_with_its_id() -> None:
    """The result goes to the resource that asked, with its id (§2.1.4, RFC 6120 §8.2.3)."""
    rig = Rig()
    other = rig.login("juliet", "b")
    client = rig.connect("juliet")
    client.get_roster(id="r7")
    (answer,) = client.take()
    assert isinstance(answer, SendRoster) and (answer.id, answer.session) == ("r7", client.link)
    assert other.seen() == []


@pytest.mark.parametrize("to", [None, "juliet@localhost"])
def test_get_with_and_without_the_own_bare_jid(to: str | None) -> None:
    """A get without `to` and one to the own bare JID are the same; the answer comes from what was asked (§2.1.3)."""
    client = filled(Rig(), "romeo@localhost")
    client.iq("get", f"<query xmlns='{ROSTER}'/>", to)
    (answer,) = client.take()
    assert isinstance(answer, SendRoster)
    assert (set(answer.roster.items), answer.sender) == ({"romeo@localhost"}, to)


def test_items_in_a_get_change_nothing() -> None:
    """A roster get carries no items; one that does is no set (§2.1.3)."""
    client = Rig().login("juliet")
    client.iq("get", f"<query xmlns='{ROSTER}'><item jid='romeo@localhost' name='R'/></query>")
    assert client.seen() == ["roster []"]


@pytest.mark.parametrize("to", ["romeo@localhost", "nobody@localhost"])
@pytest.mark.parametrize("type", ["get", "set"])
def test_somebody_elses_roster_is_forbidden(type: str, to: str) -> None:
    """Another account's roster is refused with forbidden, whether the account exists or not (§2.1.5, §2.3.3)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    client.iq(type, f"<query xmlns='{ROSTER}'><item jid='nurse@localhost'/></query>", to)
    assert client.seen() == ["error 1 forbidden"]
    assert other.seen() == [] and rig.account("romeo").roster.items == {}


@pytest.mark.parametrize("type", ["get", "set"])
def test_a_component_may_not_touch_a_roster(type: str) -> None:
    """Only an authenticated resource of the account itself gets or sets its roster (§2.1.5)."""
    rig = Rig()
    far = rig.component("far.test")
    far.iq(type, f"<query xmlns='{ROSTER}'><item jid='nurse@localhost'/></query>", "far.test", "juliet@localhost")
    assert far.seen() == ["error 1 forbidden"] and rig.account("juliet").roster.items == {}


@pytest.mark.parametrize("to", ["romeo@localhost", "nobody@localhost"])
def test_other_namespaces_of_somebody_elses_account(to: str) -> None:
    """Other namespaces get service-unavailable, from an account that exists and one that does not alike (§8.5.1)."""
    client = Rig().login("juliet")
    client.iq("get", "<query xmlns='jabber:iq:private'/>", to)
    assert client.seen() == ["error 1 service-unavailable"]


def test_another_resource_of_the_account_may_set() -> None:
    """Every authenticated resource of the account may change its roster (§2.1.5)."""
    rig = Rig()
    rig.login("juliet", "a").set_item("<item jid='romeo@localhost'/>")
    rig.login("juliet", "b").set_item("<item jid='romeo@localhost' name='R'/>")
    assert rig.account("juliet").roster.items["romeo@localhost"].name == "R"


# §2.1.6: pushes


def test_push_goes_to_every_interested_resource_and_the_setter() -> None:
    """Each interested resource is pushed, the one that caused the change too; the answer is the setter's (§2.1.6)."""
    rig = Rig()
    setter, other = rig.login("juliet", "a"), rig.login("juliet", "b")
    setter.take()
    setter.set_item("<item jid='romeo@localhost'/>", id="s1")
    assert sorted(setter.seen()) == ["push romeo@localhost subscription=none ask=no", "result s1"]
    assert other.seen() == ["push romeo@localhost subscription=none ask=no"]


def test_interest_does_not_need_presence() -> None:
    """A connected resource that has requested the roster is interested without being available (§2.2)."""
    rig = Rig()
    client = rig.connect("juliet")
    client.get_roster()
    client.take()
    rig.login("juliet", "b").set_item("<item jid='romeo@localhost'/>")
    assert client.seen() == ["push romeo@localhost subscription=none ask=no"]


def test_no_push_without_a_roster_get() -> None:
    """A resource that has not requested the roster gets no push, not even for its own set (§2.1.6)."""
    rig = Rig()
    client = rig.connect("juliet")
    client.presence()
    client.take()
    client.set_item("<item jid='romeo@localhost'/>")
    client.presence("subscribe", "romeo@localhost")
    client.set_item("<item jid='romeo@localhost' subscription='remove'/>", id="2")
    assert client.seen() == ["result 1", "result 2"]


def test_change_of_presence_keeps_the_interest() -> None:
    """A resource stays interested when it becomes unavailable (§2.2)."""
    rig = Rig()
    client = rig.login("juliet")
    client.presence("unavailable")
    client.take()
    client.set_item("<item jid='romeo@localhost'/>")
    assert len(client.pushes()) == 1


def test_a_refused_get_makes_nobody_interested() -> None:
    """Only the request for the own roster makes a resource interested (§2.2)."""
    rig = Rig()
    client = rig.connect("juliet")
    client.iq("get", f"<query xmlns='{ROSTER}'/>", "romeo@localhost")
    client.take()
    rig.login("juliet", "b").set_item("<item jid='romeo@localhost'/>")
    assert client.seen() == []


def test_nobody_else_is_pushed() -> None:
    """A push concerns the account's own resources and no contact (§2.1.6)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    client.set_item("<item jid='romeo@localhost' name='R'/>")
    assert other.seen() == []


def test_each_push_has_its_own_id() -> None:
    """Each push is an iq of its own with a unique id (§2.1.6, RFC 6120 §8.2.3)."""
    rig = Rig()
    clients = [rig.login("juliet", resource) for resource in "abc"]
    clients[0].set_item("<item jid='romeo@localhost'/>")
    clients[0].set_item("<item jid='romeo@localhost' name='R'/>")
    ids = [push_id for client in clients for push_id, _, _ in client.pushes()]
    assert len(ids) == len(set(ids)) == 6


@pytest.mark.parametrize("to", [None, "juliet@localhost", "localhost", "juliet@localhost/a"])
@pytest.mark.parametrize("type", ["result", "error"])
def test_answers_to_a_push_reach_nobody_else(type: str, to: str | None) -> None:
    """The answer to a push, result or error, is never forwarded and changes nothing (§2.1.6)."""
    rig = Rig()
    client, other, contact = rig.login("juliet", "a"), rig.login("juliet", "b"), rig.login("romeo")
    rig.befriend(client, contact)
    other.set_item("<item jid='romeo@localhost' name='R'/>")
    ((push_id, _, _),) = client.pushes()
    other.take()
    before = rig.account("juliet").roster
    client.answer(type, to, push_id)
    assert other.seen() == [] and contact.seen() == [] and rig.account("juliet").roster is before


def test_the_server_does_not_wait_for_answers_to_pushes() -> None:
    """Pushes go on though no earlier one was ever answered (§2.1.6)."""
    client = Rig().login("juliet")
    for number in range(20):
        client.set_item(f"<item jid='romeo@localhost' name='{number}'/>")
    assert [item.name for _, item, _ in client.pushes()] == [str(number) for number in range(20)]


# §2.3, §2.4: set


def test_set_stores_pushes_and_answers() -> None:
    """An entry is stored as given, pushed, starts as none, and the setter gets an empty result (§2.3.2)."""
    rig = Rig()
    client = rig.login("juliet")
    client.set_item("<item jid='Romeo@LOCALHOST' name='R'><group>b</group><group>a</group></item>", id="s1")
    expected = Item("romeo@localhost", "R", ("b", "a"))
    push, answer = client.take()
    assert push[1:] == (expected, rig.account("juliet").roster.version)
    assert (answer.stanza.type, answer.stanza.id, answer.stanza.body) == ("result", "s1", b"")  # type: ignore[union-attr]
    assert rig.store.load()[0].roster.items == {"romeo@localhost": expected}


def test_update_replaces_name_and_groups() -> None:
    """A set without name or groups clears them (§2.4.1)."""
    rig = Rig()
    client = rig.login("juliet")
    client.set_item("<item jid='romeo@localhost' name='R'><group>a</group></item>")
    client.take()
    client.set_item("<item jid='romeo@localhost'/>")
    ((_, item, _),) = client.pushes()
    assert item == Item("romeo@localhost")


def test_update_never_touches_the_subscription() -> None:
    """A set changes neither subscription, nor ask, nor a kept request (§2.1.2.5, §2.4.2)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    client.presence("subscribe", "tybalt@far.test")
    far.presence("subscribe", "tybalt@far.test", "juliet@localhost")
    client.take()
    client.set_item("<item jid='tybalt@far.test' name='T'/>")
    ((_, item, _),) = client.pushes()
    assert item == Item("tybalt@far.test", "T", ask=True)
    assert set(rig.account("juliet").roster.requests) == {"tybalt@far.test"}


@pytest.mark.parametrize("subscription", ["none", "to", "from", "both", "", "Remove", "nonsense"])
def test_ask_approved_and_other_subscriptions_have_no_effect(subscription: str) -> None:
    """In a set the server ignores ask, approved and every subscription but remove, and accepts the rest (§2.1.2)."""
    rig = Rig()
    client, contact = rig.login("juliet"), rig.login("romeo")
    client.set_item(f"<item jid='romeo@localhost' ask='subscribe' approved='true' subscription='{subscription}'/>")
    assert client.seen() == ["push romeo@localhost subscription=none ask=no", "result 1"]
    assert contact.seen() == []


REFUSED = {
    "no item": ("", "bad-request"),
    "two items": ("<item jid='romeo@localhost'/><item jid='nurse@localhost'/>", "bad-request"),
    "the same item twice": ("<item jid='romeo@localhost'/><item jid='romeo@localhost'/>", "bad-request"),
    "no jid": ("<item name='R'/>", "bad-request"),
    "empty jid": ("<item jid=''/>", "bad-request"),
    "nothing before @": ("<item jid='@localhost'/>", "jid-malformed"),
    "nothing after /": ("<item jid='localhost/'/>", "jid-malformed"),
    "local part too long": (f"<item jid='{LONG}@localhost'/>", "jid-malformed"),
    "resource too long": (f"<item jid='romeo@localhost/{LONG}'/>", "jid-malformed"),
    "forbidden character": ("<item jid='ro meo@localhost'/>", "jid-malformed"),
    "two @": ("<item jid='romeo@at@localhost'/>", "jid-malformed"),
    "a resource": ("<item jid='romeo@localhost/orchard'/>", "bad-request"),
    "the own bare JID": ("<item jid='juliet@localhost'/>", "not-allowed"),
    "removing the own bare JID": ("<item jid='juliet@localhost' subscription='remove'/>", "not-allowed"),
    "the same group twice": ("<item jid='romeo@localhost'><group>a</group><group>a</group></item>", "bad-request"),
    "groups alike when prepared": (
        "<item jid='romeo@localhost'><group>\ufb01</group><group>fi</group></item>",
        "bad-request",
    ),
    "a group without text": ("<item jid='romeo@localhost'><group/></item>", "not-acceptable"),
    "a long group": (f"<item jid='romeo@localhost'><group>{LONG}</group></item>", "not-acceptable"),
    "a group long in bytes": (f"<item jid='romeo@localhost'><group>{'é' * 512}</group></item>", "not-acceptable"),
    "a long name": (f"<item jid='romeo@localhost' name='{LONG}'/>", "not-acceptable"),
    "a name long in bytes": (f"<item jid='romeo@localhost' name='{'é' * 512}'/>", "not-acceptable"),
    "removing what is not there": ("<item jid='nurse@localhost' subscription='remove'/>", "item-not-found"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_sets(case: str) -> None:
    """Each set that §2.3.3 and §2.5.3 refuse gets its error; roster and version stay, and nobody is told."""
    items, condition = REFUSED[case]
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("juliet", "b")
    before = rig.account("juliet").roster
    client.take()
    client.set_item(items)
    assert client.seen() == [f"error 1 {condition}"]
    assert other.seen() == [] and rig.account("juliet").roster is before


def test_groups_that_cannot_be_prepared_are_compared_as_given() -> None:
    """A group is never refused for its characters (§2.3.3 with our reading of preparation)."""
    client = Rig().login("juliet")
    client.set_item("<item jid='romeo@localhost'><group>\U0001f339</group><group>\U0001f940</group></item>")
    ((_, item, _),) = client.pushes()
    assert item.groups == ("\U0001f339", "\U0001f940")
    client.set_item("<item jid='romeo@localhost'><group>\U0001f339</group><group>\U0001f339</group></item>")
    assert client.seen() == ["error 1 bad-request"]


def test_names_and_groups_of_the_longest_length_are_taken() -> None:
    """The limit is 1,023 bytes of UTF-8, that many included (§2.3.3)."""
    client = Rig().login("juliet")
    client.set_item(f"<item jid='romeo@localhost' name='{LONG[1:]}'><group>{LONG[1:]}</group></item>")
    assert len(client.pushes()) == 1


# §2.5: remove


def test_remove_without_any_subscription() -> None:
    """The entry goes, is pushed as remove to every interested resource, and the contact hears nothing (§2.5.2)."""
    rig = Rig()
    client, other, contact = rig.login("juliet"), rig.login("juliet", "b"), rig.login("romeo")
    client.set_item("<item jid='romeo@localhost' name='R'><group>a</group></item>")
    client.take(), other.take()
    client.set_item("<item jid='romeo@localhost' subscription='remove'/>", id="2")
    assert client.seen() == ["push romeo@localhost subscription=remove ask=no", "result 2"]
    assert other.seen() == ["push romeo@localhost subscription=remove ask=no"]
    assert contact.seen() == []
    assert rig.account("juliet").roster.items == rig.store.load()[0].roster.items == {}


def test_remove_ignores_the_rest_of_the_item() -> None:
    """What else a removal carries (a name, a group without text) has no effect (§2.5.1)."""
    client = filled(Rig(), "romeo@localhost")
    client.set_item("<item jid='romeo@localhost' name='R' subscription='remove'><group/></item>")
    assert client.seen() == ["push romeo@localhost subscription=remove ask=no", "result 1"]


def test_removing_somebody_known_by_a_request_only() -> None:
    """An entry known only by a pending request in is not there; the request stays (§2.5.3)."""
    rig = Rig()
    client, asker = rig.login("juliet"), rig.login("romeo")
    asker.presence("subscribe", "juliet@localhost")
    client.take()
    client.set_item("<item jid='romeo@localhost' subscription='remove'/>")
    assert client.seen() == ["error 1 item-not-found"]
    assert set(rig.account("juliet").roster.requests) == {"romeo@localhost"}


def test_removing_twice() -> None:
    """The second removal finds nothing (§2.5.3)."""
    client = filled(Rig(), "romeo@localhost")
    client.set_item("<item jid='romeo@localhost' subscription='remove'/>")
    client.take()
    client.set_item("<item jid='romeo@localhost' subscription='remove'/>")
    assert client.seen() == ["error 1 item-not-found"]
