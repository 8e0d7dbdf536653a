"""Ping (XEP-0199): who is answered, and that it tells strangers nothing."""

from __future__ import annotations

import pytest
from rig import Rig
from scene import FAR, JULIET, ROMEO

PING = "<ping xmlns='urn:xmpp:ping'/>"


@pytest.mark.parametrize("to", [None, JULIET, "localhost"])
def test_the_server_answers(to: str | None) -> None:
    """A client pings its server or its own account and gets an empty result (XEP-0199 §4.2)."""
    client = Rig().connect("juliet")
    client.iq("get", PING, to, id="p1")
    (answer,) = client.stanzas()
    assert (answer.type, answer.id, answer.body) == ("result", "p1", b"")


@pytest.mark.parametrize("to", [ROMEO, "nobody@localhost"])
def test_another_account_does_not(to: str) -> None:
    """Another account, existing or not, gives service-unavailable (XEP-0199 §4.1)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    client.iq("get", PING, to)
    assert client.seen() == ["error 1 service-unavailable"] and other.seen() == []


def test_a_component_pings_the_domain() -> None:
    """The domain answers a component, an account does not."""
    far = Rig().component("far.test")
    far.iq("get", PING, FAR, "localhost")
    far.iq("get", PING, FAR, JULIET, id="2")
    assert far.seen() == ["result 1", "error 2 service-unavailable"]


def test_a_ping_is_a_get() -> None:
    """A set is no ping (XEP-0199 §4)."""
    client = Rig().login("juliet")
    client.iq("set", PING, "localhost")
    assert client.seen() == ["error 1 service-unavailable"]
