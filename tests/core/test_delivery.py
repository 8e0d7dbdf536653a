"""Delivery to local addresses, every cell of §8: who gets it, with which `to`, and what the sender is answered."""

from __future__ import annotations

import pytest
from rig import Client, End, Rig
from scene import FAR, JULIET, NOBODY, ONE, ONLY_CONNECTED, ONLY_NEGATIVE, ROMEO, SEVERAL, crowd, reached, scene

from rosterkit.core import jid
from rosterkit.core.stanza import Message
from rosterkit.core.subscription import State

TYPES = ("normal", "chat", "headline", "groupchat", "error")
ERROR = "message error service-unavailable"


def senders(rig: Rig, kind: str) -> End:
    """Somebody who sends: a client of this server, or a component."""
    return rig.login("juliet") if kind == "client" else rig.component("far.test")


def message(sender: End, type: str, to: str) -> None:
    """Send a message as a client, or as somebody of a component."""
    stanza = Message(
        type, "m1", jid.parse(to), None if isinstance(sender, Client) else jid.parse(FAR), body=b"<body/>"
    )
    sender.send(stanza)


# Messages to a bare JID (§8.5.1, §8.5.2)

BARE: dict[str, dict[str, list[str] | str]] = {
    "normal": {"one": ["a"], "several": ["a", "b"], "nobody": "error"},
    "chat": {"one": ["a"], "several": ["a", "b"], "nobody": "error"},
    "headline": {"one": ["a"], "several": ["a", "b", "c", "d"], "nobody": "silence"},
    "groupchat": {"one": "error", "several": "error", "nobody": "error"},
    "error": {"one": "silence", "several": "silence", "nobody": "silence"},
}
CROWDS = {
    "one": ONE,
    "several": SEVERAL,
    "offline": NOBODY,
    "only connected": ONLY_CONNECTED,
    "only negative": ONLY_NEGATIVE,
}


@pytest.mark.parametrize("sender", ["client", "component"])
@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("present", [*CROWDS, "missing"])
def test_message_to_a_bare_jid(sender: str, type: str, present: str) -> None:
    """The table of §8.5.4 for bare JIDs: the most available for normal and chat, all non-negative for headline."""
    rig = Rig()
    clients = crowd(rig, CROWDS.get(present, {}))
    source, to = senders(rig, sender), "nobody@localhost" if present == "missing" else ROMEO
    message(source, type, to)
    expected = BARE[type].get(present, BARE[type]["nobody"])
    answers = source.seen()
    assert answers == ([f"{ERROR} from {to}"] if expected == "error" else [])
    got = reached(clients)
    assert got == ({name: [ROMEO] for name in expected} if isinstance(expected, list) else {})


def test_the_most_available_are_those_now() -> None:
    """A change of priority counts for the next message (§8.5.2.1.1)."""
    rig = Rig()
    clients = crowd(rig, {"a": 1, "b": 0})
    source = rig.login("juliet")
    clients["b"].presence(priority=2)
    for client in clients.values():
        client.take()
    message(source, "chat", ROMEO)
    assert list(reached(clients)) == ["b"]
    clients["b"].presence("unavailable")
    reached(clients)
    message(source, "chat", ROMEO)
    assert list(reached(clients)) == ["a"]


# Messages to a full JID (§8.5.3)


@pytest.mark.parametrize("sender", ["client", "component"])
@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("resource", ["d", "low", "silent"])
def test_message_to_a_resource_that_is_there(sender: str, type: str, resource: str) -> None:
    """A matching resource gets every message, whatever its priority, available or only connected (§8.5.3.1)."""
    rig = Rig()
    clients = crowd(rig, SEVERAL)
    source = senders(rig, sender)
    message(source, type, f"{ROMEO}/{resource}")
    assert reached(clients) == {resource: [f"{ROMEO}/{resource}"]}
    assert source.seen() == []


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("present", [*CROWDS, "missing"])
def test_message_to_a_resource_that_is_not_there(type: str, present: str) -> None:
    """Chat as if to the bare JID, error ignored, the others service-unavailable (§8.5.3.2.1, reading 12)."""
    rig = Rig()
    clients = crowd(rig, CROWDS.get(present, {}))
    source = rig.login("juliet")
    to = "nobody@localhost/gone" if present == "missing" else f"{ROMEO}/gone"
    message(source, type, to)
    expected = BARE["chat"].get(present, "error") if type == "chat" else "silence" if type == "error" else "error"
    assert source.seen() == ([f"{ERROR} from {to}"] if expected == "error" else [])
    assert reached(clients) == ({name: [to] for name in expected} if isinstance(expected, list) else {})


def test_message_without_to() -> None:
    """It goes as if to the own bare JID, which stands in `to` (RFC 6120 §10.3.1)."""
    rig = Rig()
    client, other = rig.login("juliet", "a"), rig.login("juliet", "b")
    client.take()
    client.message(None, "chat")
    line = f"message chat from {JULIET}/a to {JULIET}"
    assert client.addressed() == other.addressed() == [line]


def test_message_without_to_and_nobody_available() -> None:
    """A session that is not available itself gets the error that an offline account gives (§8.5.2.2.1)."""
    client = Rig().connect("juliet")
    client.message(None, "chat")
    assert client.addressed() == [f"{ERROR} from nobody to {JULIET}/a"]


@pytest.mark.parametrize("to", ["localhost", "localhost/x"])
def test_message_to_the_domain(to: str) -> None:
    """The server itself reads no messages and says so (RFC 6120 §10.5.1, §10.5.2)."""
    client = Rig().login("juliet")
    client.message(to, "normal")
    assert client.seen() == [f"{ERROR} from {to}"]


# Presence (§8.5)


@pytest.mark.parametrize("type", ["", "unavailable"])
@pytest.mark.parametrize(
    ("present", "receivers"),
    [
        ("offline", []),
        ("only connected", []),
        ("only negative", ["a", "b"]),
        ("one", ["a", "low"]),
        ("several", ["a", "b", "c", "d", "low"]),
        ("missing", []),
    ],
)
def test_presence_to_a_bare_jid(type: str, present: str, receivers: list[str]) -> None:
    """All available resources get it, negative ones too; otherwise it is ignored (§8.5.2.1.2, §8.5.2.2.2)."""
    rig = Rig()
    clients = crowd(rig, CROWDS.get(present, {}))
    far, to = rig.component("far.test"), "nobody@localhost" if present == "missing" else ROMEO
    far.presence(type, FAR, to)
    assert reached(clients) == {name: [ROMEO] for name in receivers}
    assert far.seen() == []


@pytest.mark.parametrize("type", ["", "unavailable", "error"])
@pytest.mark.parametrize("resource", ["d", "low", "silent", "gone"])
def test_presence_to_a_full_jid(type: str, resource: str) -> None:
    """The matching resource gets it; where there is none it is ignored (§8.5.3.1, §8.5.3.2.2)."""
    rig = Rig()
    clients, far = crowd(rig, SEVERAL), rig.component("far.test")
    to = f"{ROMEO}/{resource}"
    far.presence(type, FAR, to)
    assert reached(clients) == ({} if resource == "gone" else {resource: [to]})
    assert far.seen() == []


def test_presence_error_to_a_bare_jid() -> None:
    """An error to a bare JID reaches nobody and is not answered (§8.5.2.1.2)."""
    rig = Rig()
    clients, far = crowd(rig, ONE), rig.component("far.test")
    far.presence("error", FAR, ROMEO)
    assert (reached(clients), far.seen()) == ({}, [])


# Other domains


def test_stanzas_to_a_component_keep_their_address() -> None:
    """What is for a component's domain goes to it as addressed, from the full JID (RFC 6120 §10.4)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    client.message(f"{FAR}/x", "chat")
    client.iq("get", "<query xmlns='urn:x:any'/>", "far.test")
    client.message("far.test")
    assert far.addressed() == [
        f"message chat from {JULIET}/a to {FAR}/x",
        "get 1 to far.test",
        f"message normal from {JULIET}/a to far.test",
    ]


def test_only_the_exact_domain_is_a_components() -> None:
    """A subdomain of a component's domain is somebody else's (XEP-0114)."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    client.message("tybalt@sub.far.test")
    assert client.seen() == ["message error remote-server-not-found from tybalt@sub.far.test"]
    assert far.seen() == []


def test_several_local_domains_know_each_other() -> None:
    """Accounts of two local domains are contacts like any (§8.5)."""
    rig = Rig(["juliet", "romeo@other.test"], domains=("localhost", "other.test"))
    client, other = rig.login("juliet"), rig.login("romeo@other.test")
    rig.befriend(client, other)
    client.message("romeo@other.test", "chat")
    assert other.seen() == [f"message chat from {JULIET}/a"]
    assert rig.state("juliet", "romeo@other.test") is State.BOTH


def test_a_component_that_has_left_gets_nothing() -> None:
    """What is on its way to a component that is gone is dropped; a client that writes to it is told (§8.3)."""
    _, client, far = scene(State.BOTH)
    far.leave()
    client.presence()
    client.take()
    client.message(FAR)
    assert client.seen() == [f"message error remote-server-not-found from {FAR}"]
    assert far.seen() == []
