"""Logins that fail on purpose: at which step, and with what."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from scramp import ScramClient, ScramException

from rosterkit.core.fault_catalogue import CATALOGUE
from rosterkit.core.faults import Fault, read_fault
from rosterkit.core.jid import parse
from rosterkit.wire.login_faults import strikes, struck
from rosterkit.wire.passwords import derive
from rosterkit.wire.sasl import Challenge, Exchange, Failure, Step, Success

JULIET = parse("juliet@localhost")
PROVED = Success(JULIET, b"dj1BQUFB")
PLAIN = Success(JULIET, b"")
STEPS: tuple[Step, ...] = (Challenge(b""), Failure("not-authorized"), PLAIN, PROVED)
CONDITIONS = [name for name in CATALOGUE if name.startswith("sasl-") and name != "sasl-wrong-signature"]


def fault(name: str, **values: int) -> Fault:
    """An active one."""
    return read_fault({"fault": name, **values}, "")


def test_every_condition_of_sasl_is_there() -> None:
    """RFC 6120 §6.5, each under its own name."""
    assert {name.removeprefix("sasl-") for name in CONDITIONS} == {
        "aborted", "account-disabled", "credentials-expired", "encryption-required", "incorrect-encoding",
        "invalid-authzid", "invalid-mechanism", "malformed-request", "mechanism-too-weak", "not-authorized",
        "temporary-auth-failure",
    }  # fmt: skip


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_strikes_any_step_or_only_a_right_proof(name: str) -> None:
    """What is told is a failure with it, and a sentence that says why."""
    assert [strikes(fault(name), step) for step in STEPS] == [True] * 4
    assert [strikes(fault(name, after=1), step) for step in STEPS] == [False, False, True, True]
    told = struck(fault(name), PROVED)
    assert isinstance(told, Failure)
    assert told.condition == name.removeprefix("sasl-")
    assert name in told.text


def test_a_signature_is_struck_where_there_is_one() -> None:
    """PLAIN has none; faults of other things leave every step alone."""
    assert [strikes(fault("sasl-wrong-signature"), step) for step in STEPS] == [False, False, False, True]
    assert not any(strikes(fault("drop"), step) for step in STEPS)


@pytest.mark.parametrize("forged", [False, True])
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_a_client_that_checks_the_signature_refuses_a_wrong_one(mechanism: str, forged: bool) -> None:
    """It has the length and the form of the right one."""
    client = ScramClient([mechanism], "juliet", "pw")
    exchange = Exchange(mechanism, "localhost", lambda _: derive("pw", b"salt of juliet 1"), "nonce")
    first = exchange.start(b64encode(client.get_client_first().encode()).decode())
    assert isinstance(first, Challenge)
    client.set_server_first(b64decode(first.data).decode())
    right = exchange.respond(b64encode(client.get_client_final().encode()).decode())
    wrong = struck(fault("sasl-wrong-signature"), right)
    assert isinstance(right, Success)
    assert isinstance(wrong, Success)
    assert wrong.account == JULIET
    assert len(wrong.data) == len(right.data)
    if forged:
        with pytest.raises(ScramException):
            client.set_server_final(b64decode(wrong.data).decode())
    else:
        client.set_server_final(b64decode(right.data).decode())
