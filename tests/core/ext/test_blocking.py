"""Blocking command (XEP-0191): the list, who is on it, and that nothing passes to or from whoever is."""

from __future__ import annotations

import pytest
from lxml import etree
from rig import Client, Rig
from scene import FAR, JULIET, ROMEO, TYPES, scene, stored

from rosterkit.core import jid
from rosterkit.core.commands import AddAccount, ForgetVersions, RemoveAccount
from rosterkit.core.effects import Send
from rosterkit.core.ext.blocking import BLOCKED, MAX_BLOCKED, NAMESPACE
from rosterkit.core.roster import Kept
from rosterkit.core.stanza import Iq, Message, Presence
from rosterkit.core.subscription import State
from rosterkit.wire import encode

LIST = f"<blocklist xmlns='{NAMESPACE}'/>"
PING = "<ping xmlns='urn:xmpp:ping'/>"
REFUSED = "not-acceptable"


def command(name: str, *jids: str) -> str:
    """A request about some JIDs."""
    items = "".join(f"<item jid='{text}'/>" for text in jids)
    return f"<{name} xmlns='{NAMESPACE}'>{items}</{name}>"


def block(client: Client, *jids: str) -> None:
    """Block, successfully."""
    client.iq("set", command("block", *jids), id="block")
    assert "result block" in client.seen()


def unblock(client: Client, *jids: str) -> None:
    """Unblock, successfully; everybody where none is named."""
    client.iq("set", command("unblock", *jids), id="unblock")
    assert "result unblock" in client.seen()


def blocklist(client: Client) -> list[str]:
    """What the server says is on the list."""
    client.iq("get", LIST, id="list")
    (answer,) = [stanza for stanza in client.stanzas() if isinstance(stanza, Iq)]
    assert (answer.type, answer.id) == ("result", "list")
    root = etree.fromstring(answer.body)
    assert root.tag == f"{{{NAMESPACE}}}blocklist"
    return [item.get("jid", "") for item in root]


def pushes(client: Client) -> list[str]:
    """The pushes that came, as XML; nothing else may have come but results."""
    sent = [got for got in client.take() if isinstance(got, Send)]
    assert all(isinstance(got.stanza, Iq) for got in sent)
    return [encode.stanza(got.stanza, got.to).decode() for got in sent if got.stanza.type == "set"]


def both(one: str = "juliet", other: str = "romeo") -> tuple[Rig, Client, Client]:
    """Two people who see each other."""
    rig = Rig()
    first, second = rig.login(one), rig.login(other)
    rig.befriend(first, second)
    return rig, first, second


# The list


def test_a_list_begins_empty_and_grows_in_order() -> None:
    """The list holds what was blocked, prepared, each once, in the order in which it was (§3.2, §3.3)."""
    client = Rig().login("juliet")
    assert blocklist(client) == []
    block(client, "Romeo@LOCALHOST", "far.test", "romeo@localhost")
    block(client, "a@far.test/X y", "far.test", "far.test/x")
    assert blocklist(client) == [ROMEO, "far.test", "a@far.test/X y", "far.test/x"]


def test_a_list_outlives_the_server() -> None:
    """Whoever is blocked is so across sessions and restarts (§3.3); who was unblocked is not."""
    rig = Rig()
    client = rig.login("juliet")
    block(client, ROMEO, FAR, "other.test")
    unblock(client, FAR)
    again = rig.restarted().login("juliet")
    assert blocklist(again) == [ROMEO, "other.test"]
    again.message(ROMEO)
    assert again.seen() == [f"message error {REFUSED} from {ROMEO}"]


@pytest.mark.parametrize("to", [None, JULIET])
def test_the_account_itself_is_asked(to: str | None) -> None:
    """Requests go to one's own account, named or not (§3.2)."""
    client = Rig().login("juliet")
    client.iq("set", command("block", ROMEO), to)
    client.iq("get", LIST, to, id="2")
    assert client.seen()[0] == "result 1" and blocklist(client) == [ROMEO]


@pytest.mark.parametrize("to", [ROMEO, "nobody@localhost", "localhost"])
@pytest.mark.parametrize("payload", [command("block", FAR), command("unblock")])
def test_a_list_is_nobody_elses_business(to: str, payload: str) -> None:
    """Somebody else's list is neither shown nor changed, nor does it show whether the account exists."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    block(rig.login("romeo"), "enemy@far.test")
    client.iq("get", LIST, to, id="1")
    client.iq("set", payload, to, id="2")
    assert client.seen() == ["error 1 service-unavailable", "error 2 service-unavailable"]
    far.iq("set", payload, FAR, to)
    assert far.seen() == ["error 1 service-unavailable"]
    assert list(rig.account("romeo").roster.blocked) == ["enemy@far.test"]


@pytest.mark.parametrize(
    ("payload", "condition"),
    [
        (command("block"), "bad-request"),
        (f"<block xmlns='{NAMESPACE}'><item xmlns='urn:x' jid='a@b'/></block>", "bad-request"),
        (f"<block xmlns='{NAMESPACE}'><item jid='{FAR}'/><item/></block>", "bad-request"),
        (command("block", FAR, ""), "bad-request"),
        (command("block", FAR, "@b"), "jid-malformed"),
        (command("block", FAR, "a b@c"), "jid-malformed"),
        (command("block", FAR, "x" * 1024 + "@b"), "jid-malformed"),
        (command("block", FAR, JULIET), "not-allowed"),
        (command("block", FAR, f"{JULIET}/a"), "not-allowed"),
        (command("unblock", ROMEO, "@"), "jid-malformed"),
        (command("unblock", ROMEO, ""), "bad-request"),
        (f"<unblock xmlns='{NAMESPACE}'><item xmlns='urn:x' jid='{ROMEO}'/></unblock>", "bad-request"),
        (f"<unblock xmlns='{NAMESPACE}'><all/></unblock>", "bad-request"),
    ],
)
def test_a_wrong_request_changes_nothing(payload: str, condition: str) -> None:
    """One wrong item refuses all of them (§3.3); oneself cannot be blocked; a misspelt item unblocks nobody."""
    rig = Rig()
    client = rig.login("juliet")
    block(client, ROMEO)
    assert blocklist(client) == [ROMEO]
    client.iq("set", payload)
    assert client.seen() == [f"error 1 {condition}"] and blocklist(client) == [ROMEO]


def test_what_is_not_blocked_can_be_unblocked() -> None:
    """The wish is fulfilled already, for one and for all (§3.4, §3.5)."""
    client = Rig().login("juliet")
    unblock(client, ROMEO)
    unblock(client)
    block(client, ROMEO, FAR, "x.test")
    unblock(client, "nobody@x.test", FAR)
    assert blocklist(client) == [ROMEO, "x.test"]
    unblock(client)
    assert blocklist(client) == []


def test_a_list_is_bounded() -> None:
    """More than the bound is refused whole, on the list and in one request; what is on it counts once."""
    rig = Rig()
    client = rig.login("juliet")
    names = [f"c{number}@far.test" for number in range(MAX_BLOCKED)]
    for payload in (command("block", *names, FAR), command("unblock", *names, FAR)):
        client.iq("set", payload)
        assert client.seen() == [f"error 1 {REFUSED}"]
    block(client, *names)
    client.iq("set", command("block", FAR))
    assert client.seen() == [f"error 1 {REFUSED}"]
    block(client, *names)
    assert blocklist(client) == names == list(rig.restarted().account("juliet").roster.blocked)


def test_blocking_is_no_change_of_the_roster() -> None:
    """No push, no new version; and every change of the roster leaves the list alone."""
    rig, client, far = scene(State.TO_IN)
    version = rig.account("juliet").roster.version
    block(client, ROMEO, "other.test")
    assert rig.account("juliet").roster.version == version and client.seen() == []
    client.set_item("<item jid='nurse@localhost'/>")
    client.set_item("<item jid='nurse@localhost' subscription='remove'/>")
    client.presence("subscribed", FAR)
    far.presence("unsubscribe", FAR, JULIET)
    rig.apply(rig.server.command(ForgetVersions(jid.parse(JULIET)), 0.0))
    client.take()
    assert blocklist(client) == [ROMEO, "other.test"] == list(rig.restarted().account("juliet").roster.blocked)


def test_a_removed_account_leaves_no_list() -> None:
    """Its successor has blocked nobody."""
    rig = Rig()
    client = rig.login("juliet")
    block(client, ROMEO)
    rig.apply(rig.server.command(RemoveAccount(jid.parse(JULIET)), 0.0))
    assert JULIET not in [account.jid for account in rig.store.load()]
    rig.apply(rig.server.command(AddAccount(jid.parse(JULIET), {}), 0.0))
    again = rig.login("juliet")
    rig.login("romeo").message(JULIET)
    assert again.seen() == [f"message normal from {ROMEO}/a"] and blocklist(again) == []


# Pushes


def test_who_has_asked_for_the_list_is_told_of_changes() -> None:
    """Each resource that has asked, the one that changes it too, gets a push of its own (§3.3 to §3.5)."""
    rig = Rig()
    one, two, silent = rig.login("juliet"), rig.connect("juliet", "b"), rig.login("juliet", "c")
    other = rig.login("romeo")
    for client in (one, two, other):
        blocklist(client)
    one.iq("set", command("block", "Romeo@localhost", FAR))
    other.take()
    one.iq("set", command("unblock", FAR))
    one.iq("set", command("unblock"))
    bodies = [command("block", ROMEO, FAR), command("unblock", FAR), f"<unblock xmlns='{NAMESPACE}'/>"]
    ids = set()
    for client in (one, two):
        came = pushes(client)
        for xml, body in zip(came, bodies, strict=True):
            push = etree.fromstring(xml)
            ids.add(push.get("id"))
            assert xml == f"<iq id='{push.get('id')}' type='set' to='{client.jid.full}'>{body}</iq>"
    assert len(ids) == 6
    assert pushes(silent) == pushes(other) == []


def test_an_answer_to_a_push_goes_nowhere() -> None:
    """The server does not need it, and nobody else gets it."""
    client = Rig().login("juliet")
    blocklist(client)
    block(client, ROMEO)
    client.answer("result")
    client.answer("error", JULIET)
    assert client.seen() == []


def test_a_new_session_asks_for_itself() -> None:
    """What an earlier session asked for is not pushed to a later one at the same resource."""
    rig = Rig()
    client = rig.login("juliet")
    blocklist(client)
    client.leave()
    again = rig.connect("juliet", "a")
    block(rig.login("juliet", "b"), ROMEO)
    assert pushes(again) == []


# Who is blocked


@pytest.mark.parametrize(
    ("blocked", "sender", "turned_away"),
    [
        ("tybalt@far.test/x", "tybalt@far.test/x", True),
        ("tybalt@far.test/x", "tybalt@far.test/y", False),
        ("tybalt@far.test/x", "tybalt@far.test", False),
        ("tybalt@far.test", "tybalt@far.test", True),
        ("tybalt@far.test", "tybalt@far.test/x", True),
        ("tybalt@far.test", "paris@far.test", False),
        ("tybalt@far.test", "far.test", False),
        ("far.test/x", "far.test/x", True),
        ("far.test/x", "far.test", False),
        ("far.test/x", "tybalt@far.test/x", False),
        ("far.test", "far.test", True),
        ("far.test", "far.test/x", True),
        ("far.test", "tybalt@far.test/x", True),
        ("test", "tybalt@far.test", False),
        ("sub.far.test", "tybalt@far.test", False),
    ],
)
def test_whom_an_item_means(blocked: str, sender: str, turned_away: bool) -> None:
    """A resource alone, a user with all resources, a domain with all its users, in both directions (§6)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    block(client, blocked)
    far.message(sender, JULIET)
    client.message(sender)
    refusal = f"message error {REFUSED} from {sender}"
    assert client.seen() == ([refusal] if turned_away else [f"message normal from {sender}"])
    answer = f"message error service-unavailable from {JULIET}"
    assert far.seen() == ([answer] if turned_away else [f"message normal from {JULIET}/a"])


def test_an_own_domain_can_be_blocked_and_oneself_and_the_server_stay() -> None:
    """Every other user of the domain is blocked; one's own resources and the server never are (§5)."""
    rig = Rig()
    one, two, other = rig.login("juliet"), rig.login("juliet", "b"), rig.login("romeo")
    one.take()
    block(one, "localhost")
    other.message(JULIET)
    assert other.seen() == [f"message error service-unavailable from {JULIET}"]
    one.message(f"{JULIET}/b", "chat")
    one.presence("", f"{JULIET}/b")
    one.iq("get", PING, f"{JULIET}/b")
    assert two.seen() == [f"message chat from {JULIET}/a", f"presence available from {JULIET}/a", "get 1"]
    one.iq("get", PING, "localhost", id="2")
    one.message(None, "chat")
    assert one.seen() == ["result 2", f"message chat from {JULIET}/a"]
    one.presence(priority=5)
    assert two.seen() == [f"message chat from {JULIET}/a", f"presence available from {JULIET}/a"]


# What comes from somebody blocked


@pytest.mark.parametrize("resources", [0, 1], ids=["offline", "online"])
@pytest.mark.parametrize("to", [JULIET, f"{JULIET}/a", f"{JULIET}/gone"])
@pytest.mark.parametrize("type", ["normal", "chat", "headline", "groupchat", "error"])
def test_a_message_is_answered_as_if_nobody_were_there(type: str, to: str, resources: int) -> None:
    """service-unavailable, except where a server stays silent for an offline account (§3.3, RFC 6121 §8.5)."""
    rig, unknown = Rig(), Rig(("romeo",))
    client = rig.login("juliet")
    block(client, FAR)
    if not resources:
        client.leave()
    far, nobody = rig.component("far.test"), unknown.component("far.test")
    for end in (far, nobody):
        end.message(FAR, to, type)
    answers = far.seen()
    assert answers == nobody.seen()
    silent = type == "error" or (type == "headline" and to == JULIET)
    assert answers == ([] if silent else [f"message error service-unavailable from {to}"])
    assert client.seen() == []


@pytest.mark.parametrize("type", ["", "unavailable", "error", "probe", *TYPES])
@pytest.mark.parametrize("to", [JULIET, f"{JULIET}/a"])
@pytest.mark.parametrize("state", State)
def test_presence_is_dropped_without_a_word(state: State, to: str, type: str) -> None:
    """Notices, requests and probes of somebody blocked are not delivered or answered, and change no state (§3.3)."""
    rig, client, far = scene(state)
    roster = rig.account("juliet").roster
    requests = dict(roster.requests)
    block(client, FAR)
    far.take()
    far.presence(type, FAR, to)
    far.presence(type, f"{FAR}/x", to)
    assert far.seen() == client.seen() == []
    assert rig.state("juliet", FAR) is stored(rig) is state
    assert dict(rig.account("juliet").roster.requests) == requests


@pytest.mark.parametrize("payload", [PING, "<query xmlns='jabber:iq:roster'/>", "<x xmlns='urn:x'/>"])
@pytest.mark.parametrize("to", [JULIET, f"{JULIET}/a", f"{JULIET}/gone"])
def test_a_request_is_answered_and_an_answer_dropped(to: str, payload: str) -> None:
    """An iq get or set gets service-unavailable, whatever it asks; a result or an error goes nowhere (§3.3)."""
    _, client, far = scene(State.BOTH)
    block(client, "far.test")
    far.take()
    for type in ("get", "set"):
        far.iq(type, payload, FAR, to, id=type)
    for type in ("result", "error"):
        far.send(Iq(type, type, jid.parse(to), jid.parse(FAR)))
    assert far.seen() == ["error get service-unavailable", "error set service-unavailable"]
    assert client.seen() == []


# What goes to somebody blocked


@pytest.mark.parametrize("to", [FAR, f"{FAR}/x"])
@pytest.mark.parametrize("type", ["", "unavailable", "probe", *TYPES])
@pytest.mark.parametrize("state", State)
def test_presence_to_somebody_blocked_is_refused(state: State, type: str, to: str) -> None:
    """not-acceptable with <blocked/>; nothing goes out, and no state changes (§3.3)."""
    rig, client, far = scene(state)
    block(client, FAR)
    far.take()
    client.presence(type, to, id="p")
    (refusal,) = client.stanzas()
    assert encode.stanza(refusal, None).decode() == (
        f"<presence from='{to}' id='p' type='error'><error type='cancel'>"
        "<not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><blocked xmlns='urn:xmpp:blocking:errors'/>"
        "</error></presence>"
    )
    assert far.seen() == [] and rig.state("juliet", FAR) is stored(rig) is state
    assert not client.link.directed


def test_messages_and_requests_to_somebody_blocked_are_refused() -> None:
    """The same for a message and an iq, to whatever address; also where nobody would answer for it (§3.3)."""
    rig = Rig()
    client = rig.login("juliet")
    block(client, ROMEO, "nowhere.test")
    for number, to in enumerate((ROMEO, f"{ROMEO}/a", "x@nowhere.test", "nowhere.test")):
        client.message(to, "chat")
        client.iq("get", PING, to, id=str(number))
        assert client.seen() == [f"message error {REFUSED} from {to}", f"error {number} {REFUSED}"]


def test_errors_and_answers_to_somebody_blocked_are_dropped() -> None:
    """What may not be answered is not (RFC 6120 §8.3.1)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    block(client, ROMEO)
    client.message(ROMEO, "error")
    client.presence("error", ROMEO)
    client.answer("result", f"{ROMEO}/a")
    client.answer("error", f"{ROMEO}/a")
    assert client.seen() == other.seen() == []


def test_a_malformed_stanza_is_told_what_is_wrong_with_it() -> None:
    """A fault of the header comes first."""
    client = Rig().login("juliet")
    block(client, ROMEO)
    client.send(Message("chat", "m", jid.parse(ROMEO), fault=BLOCKED._replace(condition="bad-request")))
    assert client.seen() == [f"message error bad-request from {ROMEO}"]


# Presence at the time of blocking


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("blocked", [FAR, "far.test"])
def test_a_subscriber_sees_everybody_leave(blocked: str, state: State) -> None:
    """Who has the account's presence gets unavailable from each available resource, others get nothing (§3.3)."""
    rig, client, far = scene(state)
    rig.login("juliet", "b"), rig.connect("juliet", "silent")
    far.take()
    block(client, blocked)
    told = [f"presence unavailable from {JULIET}/{name} to {FAR}" for name in "ab"] if state.seen else []
    assert far.addressed() == told
    assert rig.state("juliet", FAR) is stored(rig) is state
    block(client, blocked, "paris@far.test")
    assert far.seen() == []


def test_directed_presence_is_taken_back() -> None:
    """Who has it live gets unavailable from that resource, available or not, and it is forgotten (§3.3)."""
    rig = Rig()
    client, silent, far = rig.login("juliet"), rig.connect("juliet", "silent"), rig.component("far.test")
    for sender in (client, silent):
        sender.presence("", f"{FAR}/x")
        sender.presence("", "paris@far.test")
    client.presence("", "other@far.test")
    client.presence("unavailable", "other@far.test")
    far.take()
    block(client, FAR, "other@far.test")
    assert far.addressed() == [f"presence unavailable from {JULIET}/{name} to {FAR}/x" for name in ("a", "silent")]
    for sender in (client, silent):
        assert list(sender.link.directed) == ["paris@far.test"]
        sender.leave()
    assert far.addressed() == [
        f"presence unavailable from {JULIET}/{name} to paris@far.test" for name in ("a", "silent")
    ]


def test_who_is_subscriber_and_target_is_told_once() -> None:
    """A local contact's resource that had presence twice over gets one unavailable."""
    _, client, other = both()
    client.presence("", ROMEO)
    client.presence("", f"{ROMEO}/a")
    other.take()
    block(client, ROMEO)
    assert other.seen() == [f"presence unavailable from {JULIET}/a"] and not client.link.directed


def test_a_resource_that_is_not_available_hears_of_its_directed_presence() -> None:
    """What was sent to a connected resource is taken back there, though the account's presence does not reach it."""
    rig, client, other = both()
    quiet = rig.connect("romeo", "quiet")
    client.presence("", f"{ROMEO}/quiet")
    quiet.take()
    block(client, ROMEO)
    assert quiet.seen() == other.seen() == [f"presence unavailable from {JULIET}/a"]


# While somebody is blocked


def test_presence_goes_to_everybody_else() -> None:
    """Initial, changed and unavailable presence and the end of a session pass somebody blocked by (§3.3)."""
    rig, client, far = scene(State.BOTH)
    nurse = rig.login("nurse")
    rig.befriend(client, nurse)
    block(client, FAR)
    far.take()
    second = rig.connect("juliet", "b")
    second.presence()
    second.presence(priority=1)
    second.presence("unavailable")
    second.presence()
    second.leave()
    client.leave()
    assert far.seen() == []
    came = [f"presence {type} from {JULIET}/b" for type in ("available", "available", "unavailable", "available")]
    assert nurse.seen() == [*came, f"presence unavailable from {JULIET}/b", f"presence unavailable from {JULIET}/a"]


def test_nobody_blocked_is_probed_and_no_request_of_one_delivered() -> None:
    """A new resource learns nothing of somebody blocked: no probe goes out, kept requests wait (§3.3)."""
    rig, client, far = scene(State.TO_IN)
    far.presence("subscribe", "paris@far.test", JULIET)
    other = rig.login("romeo")
    rig.befriend(client, other)
    block(client, FAR, ROMEO)
    far.take(), other.take()
    second = rig.connect("juliet", "b")
    second.presence()
    assert second.seen() == [
        f"presence available from {JULIET}/b",
        f"presence available from {JULIET}/a",
        "presence subscribe from paris@far.test",
    ]
    assert far.seen() == other.seen() == []
    assert rig.account("juliet").roster.requests[FAR] == Kept(b"")


def test_somebody_blocked_learns_nothing_by_a_probe() -> None:
    """Neither at its own initial presence nor by asking: for all it knows, the account may be gone (§3.3)."""
    rig, client, other = both()
    client.presence("", f"{ROMEO}/b")
    block(client, ROMEO)
    other.take()
    later = rig.connect("romeo", "b")
    later.presence()
    for to in (JULIET, f"{JULIET}/a"):
        later.presence("probe", to)
    assert later.seen() == [f"presence available from {ROMEO}/b", f"presence available from {ROMEO}/a"]
    assert rig.state("romeo", JULIET) is State.BOTH and client.seen() == []


def test_removing_the_entry_ends_the_subscription_and_shows_nothing() -> None:
    """The contact's roster must not keep what is gone from the user's; presence does not come with it."""
    rig, client, far = scene(State.BOTH)
    block(client, FAR)
    far.take()
    client.set_item(f"<item jid='{FAR}' subscription='remove'/>")
    assert far.seen() == [f"presence unsubscribe from {JULIET}", f"presence unsubscribed from {JULIET}"]
    assert rig.state("juliet", FAR) is State.NONE and list(rig.account("juliet").roster.blocked) == [FAR]


# Unblocking


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("everybody", [False, True])
@pytest.mark.parametrize("blocked", [FAR, "far.test"])
def test_presence_is_shown_and_asked_for_again(blocked: str, everybody: bool, state: State) -> None:
    """From and Both get the presence of each available resource; To and Both are probed once (§3.4, §3.5)."""
    rig, client, far = scene(state)
    second = rig.login("juliet", "b")
    block(client, blocked)
    second.presence(priority=3)
    rig.connect("juliet", "silent")
    far.take()
    second.iq("set", command("unblock", *([] if everybody else [blocked])))
    shown = [f"presence available from {JULIET}/{name} to {FAR}" for name in "ab"] if state.seen else []
    assert far.addressed() == shown + ([f"presence probe from {JULIET} to {FAR}"] if state.sees else [])
    unblock(client, blocked)
    assert far.seen() == []


def test_local_contacts_see_each_other_again() -> None:
    """Presence that passed meanwhile is made good for both sides; what is sent now arrives."""
    _, client, other = both()
    block(client, ROMEO)
    other.presence(body="<show>away</show>")
    client.presence(body="<show>dnd</show>")
    client.take(), other.take()
    unblock(client, ROMEO)
    (seen,) = other.stanzas()
    assert isinstance(seen, Presence) and seen.body == b"<show>dnd</show>"
    client.iq("set", command("block", ROMEO))
    client.take()
    client.iq("set", command("unblock", ROMEO))
    unblocked, seen = client.stanzas()
    assert unblocked.type == "result" and seen.body == b"<show>away</show>"
    other.take()
    other.message(JULIET), client.message(ROMEO)
    assert client.seen() == [f"message normal from {ROMEO}/a"] and other.seen() == [f"message normal from {JULIET}/a"]


def test_who_is_still_blocked_sees_nothing() -> None:
    """While another item means the same contact, unblocking one changes nothing (§6)."""
    _, client, far = scene(State.BOTH)
    block(client, FAR, "far.test")
    far.take()
    unblock(client, FAR)
    assert far.seen() == []
    unblock(client, "far.test")
    assert far.seen() == [f"presence available from {JULIET}/a", f"presence probe from {JULIET}"]


def test_nothing_is_shown_where_nobody_is_available() -> None:
    """A connected resource can unblock: it has no presence to show, and nobody to tell of the contact's."""
    _, client, far = scene(State.BOTH)
    block(client, FAR)
    client.presence("unavailable")
    far.take()
    unblock(client, FAR)
    assert far.seen() == []


def test_two_who_block_each_other() -> None:
    """Each side's block holds for itself; presence passes when the second is lifted."""
    rig, client, other = both()
    block(client, ROMEO), block(other, JULIET)
    client.take(), other.take()
    client.presence(), other.presence()
    unblock(client, ROMEO)
    client.message(ROMEO)
    assert client.seen() == [f"message error service-unavailable from {ROMEO}"]
    assert other.seen() == [f"presence available from {ROMEO}/a"]
    other.iq("set", command("unblock", JULIET))
    assert other.seen() == ["result 1", f"presence available from {JULIET}/a"]
    assert client.seen() == [f"presence available from {ROMEO}/a"]
    assert rig.state("juliet", ROMEO) is rig.state("romeo", JULIET) is State.BOTH


# One resource


def test_a_resource_is_blocked_alone() -> None:
    """It sees the account leave and no more of it; the contact's others go on, and its state stays (§6)."""
    rig, client, other = both()
    phone = rig.login("romeo", "phone")
    other.take(), phone.take(), client.take()
    block(client, f"{ROMEO}/phone")
    assert phone.addressed() == [f"presence unavailable from {JULIET}/a to {ROMEO}/phone"] and other.seen() == []
    client.presence(priority=1)
    rig.login("juliet", "b")
    assert other.seen() == [f"presence available from {JULIET}/{name}" for name in "ab"] and phone.seen() == []
    client.take()
    phone.presence("probe", JULIET)
    phone.message(JULIET)
    assert phone.seen() == [f"message error service-unavailable from {JULIET}"]
    phone.presence("", JULIET)
    other.message(JULIET)
    assert client.seen() == [f"message normal from {ROMEO}/a"]
    again = rig.connect("romeo", "phone")
    other.take()
    again.presence()
    assert other.seen() == [f"presence available from {ROMEO}/phone"]
    assert again.seen() == [f"presence available from {ROMEO}/phone", f"presence available from {ROMEO}/a"]
    client.take()
    client.iq("set", command("unblock", f"{ROMEO}/phone"))
    assert again.addressed() == [f"presence available from {JULIET}/{name} to {ROMEO}/phone" for name in "ab"]
    assert client.seen() == [
        "result 1",
        f"presence available from {ROMEO}/a",
        f"presence available from {ROMEO}/phone",
    ]
    assert other.seen() == []


@pytest.mark.parametrize("state", State)
def test_a_resource_elsewhere_is_told_where_its_contact_may_know(state: State) -> None:
    """Unavailable when it is blocked, presence when it is not any more, both to that resource (§3.3, §3.4)."""
    _, client, far = scene(state)
    block(client, f"{FAR}/x")
    assert far.addressed() == [f"presence unavailable from {JULIET}/a to {FAR}/x"] * state.seen
    unblock(client, f"{FAR}/x")
    assert far.addressed() == (
        [f"presence available from {JULIET}/a to {FAR}/x"] * state.seen
        + [f"presence probe from {JULIET} to {FAR}"] * state.sees
    )


def test_a_resource_and_its_contact_at_once() -> None:
    """Each resource is told once that the account is gone, and once that it is back."""
    rig, client, other = both()
    phone = rig.login("romeo", "phone")
    other.take(), phone.take()
    block(client, f"{ROMEO}/phone", ROMEO)
    assert phone.seen() == other.seen() == [f"presence unavailable from {JULIET}/a"]
    unblock(client)
    assert phone.seen() == other.seen() == [f"presence available from {JULIET}/a"]


def test_a_resource_that_saw_directed_presence_is_told() -> None:
    """Presence directed to its contact or to itself is taken back from it; the contact keeps its own."""
    rig = Rig()
    client, other, phone = rig.login("juliet"), rig.login("romeo"), rig.login("romeo", "phone")
    client.presence("", ROMEO)
    client.presence("", f"{ROMEO}/phone")
    other.take(), phone.take()
    block(client, f"{ROMEO}/phone")
    assert phone.seen() == [f"presence unavailable from {JULIET}/a"] and other.seen() == []
    assert list(client.link.directed[ROMEO]) == [ROMEO]
    client.leave()
    assert other.seen() == [f"presence unavailable from {JULIET}/a"] and phone.seen() == []
