"""What the driver says to log in is what the server's own side of SASL takes."""

from __future__ import annotations

import pytest

from bench.clients.proving import Scram, plain
from rosterkit.core import jid
from rosterkit.wire import passwords
from rosterkit.wire.sasl import Challenge, Exchange, Failure, Success

KEYS = passwords.derive("soak", b"0123456789abcdef")


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_scram_logs_in_and_knows_the_server(mechanism: str) -> None:
    """The proof is right, and so is the signature; another signature is not."""
    server = Exchange(mechanism, "localhost", lambda _account: KEYS, "n0nce")
    client = Scram(mechanism, "juliet", "soak")
    challenge = server.start(client.first().decode())
    assert isinstance(challenge, Challenge)
    success = server.respond(client.respond(challenge.data).decode())
    assert isinstance(success, Success)
    assert success.account == jid.parse("juliet@localhost")
    assert client.is_proved(success.data)
    assert not client.is_proved(b"dj1BQUFB")


def test_scram_fails_with_a_wrong_password() -> None:
    """Another password gives another proof."""
    server = Exchange("SCRAM-SHA-1", "localhost", lambda _account: KEYS, "n0nce")
    client = Scram("SCRAM-SHA-1", "juliet", "wrong")
    challenge = server.start(client.first().decode())
    assert isinstance(challenge, Challenge)
    assert isinstance(server.respond(client.respond(challenge.data).decode()), Failure)


def test_plain_logs_in() -> None:
    """PLAIN says name and password."""
    server = Exchange("PLAIN", "localhost", lambda _account: KEYS, "n0nce")
    assert isinstance(server.start(plain("juliet", "soak").decode()), Success)
