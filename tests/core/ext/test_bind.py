"""What is left of binding once a stream is ready (RFC 6120 §7, RFC 3921 §3)."""

from __future__ import annotations

import pytest
from rig import Rig
from scene import FAR, JULIET, ROMEO

BIND = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>b</resource></bind>"
SESSION = "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"


@pytest.mark.parametrize(
    ("to", "condition"), [(None, "not-allowed"), (JULIET, "not-allowed"), ("localhost", "service-unavailable")]
)
def test_a_second_bind_is_refused(to: str | None, condition: str) -> None:
    """A stream is bound once; the session that there is goes on (RFC 6120 §7.6.2)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("juliet", "b")
    client.take()
    client.iq("set", BIND, to)
    assert client.seen() == [f"error 1 {condition}"]
    assert set(rig.account("juliet").sessions) == {"a", "b"} and other.closed is client.closed is None


@pytest.mark.parametrize("to", [None, JULIET, "localhost"])
def test_the_session_is_a_formality(to: str | None) -> None:
    """The session request of older clients gets an empty result, as often as it is sent (RFC 3921 §3)."""
    client = Rig().connect("juliet")
    for number in range(2):
        client.iq("set", SESSION, to, id=str(number))
        (answer,) = client.stanzas()
        assert (answer.type, answer.id, answer.body) == ("result", str(number), b"")


def test_a_session_is_nobody_elses() -> None:
    """Neither another account nor a component starts a session."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    client.iq("set", SESSION, ROMEO)
    far.iq("set", SESSION, FAR, "localhost")
    assert client.seen() == far.seen() == ["error 1 service-unavailable"]
