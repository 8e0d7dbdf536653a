"""The client's SASL against our own server side, and against servers that lie."""

from __future__ import annotations

from base64 import b64decode, b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramMechanism

from rosterkit.wire.passwords import derive
from rosterkit.wire.sasl import Challenge, Exchange, Failure, Success
from rosterkit.wire.sasl_client import MAX_ITERATIONS, Attempt, LoginError, choose

SCRAM = ["SCRAM-SHA-256", "SCRAM-SHA-1"]
NONCE = "client-nonce"
SALT = b"salt of juliet 1"


def b64(text: str) -> str:
    """Text as the server transmits it."""
    return b64encode(text.encode()).decode()


def first(nonce: str = NONCE + "server", iterations: object = 4096, salt: bytes = SALT, more: str = "") -> str:
    """A server's first message."""
    return b64(f"r={nonce},s={b64encode(salt).decode()},i={iterations}{more}")


def begun(mechanism: str = "SCRAM-SHA-256") -> Attempt:
    """An attempt whose first message is out."""
    attempt = Attempt(mechanism, "juliet", "r0m30", NONCE)
    attempt.initial()
    return attempt


def login(mechanism: str, name: str, password: str, known: str) -> Challenge | Success | Failure:
    """How a login of ours ends at our own server, which knows the password ``known``."""
    exchange = Exchange(mechanism, "localhost", lambda _: derive(known, SALT), "server-nonce")
    attempt = Attempt(mechanism, name, password)
    step = exchange.start(attempt.initial())
    while isinstance(step, Challenge):
        step = exchange.respond(attempt.respond(step.data.decode()))
    if isinstance(step, Success):
        attempt.finish(step.data.decode())
    return step


@pytest.mark.parametrize(
    ("offered", "secured", "best"),
    [
        (["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"], True, "SCRAM-SHA-256"),
        (["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256-PLUS"], True, "SCRAM-SHA-1"),
        (["DIGEST-MD5", "PLAIN"], True, "PLAIN"),
        (["PLAIN", "SCRAM-SHA-1"], False, "SCRAM-SHA-1"),
    ],
)
def test_the_best_offer_is_taken(offered: list[str], secured: bool, best: str):
    """RFC 6120 §13.8: SCRAM-SHA-256 before SCRAM-SHA-1 before PLAIN, in whatever order they are offered."""
    assert choose(offered, secured) == best


def test_plain_needs_tls_or_permission():
    """RFC 6120 §13.8.3: an offer stripped to PLAIN on an unprotected stream gets no password."""
    with pytest.raises(LoginError, match="allow_plaintext_password"):
        choose(["PLAIN"], secured=False)
    assert choose(["PLAIN"], secured=False, allow_plaintext_password=True) == "PLAIN"


@pytest.mark.parametrize("offered", [[], ["GSSAPI", "X-\u2028"]])
def test_nothing_known_is_an_error(offered: list[str]):
    """Without a common mechanism the error says what was offered, in characters that a log can take."""
    with pytest.raises(LoginError) as raised:
        choose(offered, secured=True)
    assert (ascii(offered[0])[1:-1] if offered else "none at all") in str(raised.value)
    assert str(raised.value).isascii()


@pytest.mark.parametrize("mechanism", [*SCRAM, "PLAIN"])
def test_logins_at_our_own_server(mechanism: str):
    """Every mechanism logs in with the right password and is refused with a wrong one."""
    assert isinstance(login(mechanism, "juliet", "r0m30", "r0m30"), Success)
    assert isinstance(login(mechanism, "juliet", "wrong", "r0m30"), Failure)


@pytest.mark.parametrize("mechanism", SCRAM)
def test_odd_names_and_passwords(mechanism: str):
    """RFC 5802 §5.1: commas and equals signs in a name are escaped; passwords are prepared by SASLprep."""
    assert isinstance(login(mechanism, "a=b,c", "p\u00aass w\u00f6rd", "pass w\u00f6rd"), Success)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_no_server_message_raises_anything_else(message: str):
    """Whatever a server sends as challenge or success, the outcome is a LoginError."""
    for text in (message, b64(message)):
        with pytest.raises(LoginError):
            begun().respond(text)
        attempt = begun()
        attempt.respond(first())
        with pytest.raises(LoginError):
            attempt.finish(text)


@pytest.mark.parametrize("nonce", [NONCE, "server", "Client-nonce-server", "", NONCE[:-1]])
def test_the_nonce_must_extend_ours(nonce: str):
    """RFC 5802 §5.1: the server's nonce begins with ours and goes on, or no proof is sent."""
    with pytest.raises(LoginError, match="No proof was sent"):
        begun().respond(first(nonce))


@pytest.mark.parametrize("iterations", [0, 1, 4095, MAX_ITERATIONS + 1, 2**31, "9" * 5000, "0" * 9 + "1"])
def test_senseless_iteration_counts_are_refused(iterations: object):
    """RFC 5802 §9, RFC 7677 §4: too few rounds expose the password, too many burn our time."""
    with pytest.raises(LoginError, match="rounds"):
        begun().respond(first(iterations=iterations))


@pytest.mark.parametrize("iterations", ["-4096", "4096x", "", "+4096", "\u0664\u0660\u0669\u0666"])
def test_what_is_no_number_is_refused(iterations: str):
    """An iteration count is ASCII digits."""
    with pytest.raises(LoginError, match="No proof was sent"):
        begun().respond(first(iterations=iterations))


def test_a_mandatory_extension_is_refused():
    """RFC 5802 §5.1: what begins with the reserved attribute ``m`` demands an extension that nobody has."""
    message = b64(f"m=extension,r={NONCE}server,s={b64encode(SALT).decode()},i=4096")
    with pytest.raises(LoginError, match="No proof was sent"):
        begun().respond(message)


def signature(mechanism: str, attempt_password: str, response: str) -> str:
    """The server's right final message to a client's final message."""
    server = ScramMechanism(mechanism).make_server(
        lambda _: ScramMechanism(mechanism).make_auth_info(attempt_password, 4096, SALT), s_nonce="server"
    )
    server.set_client_first(f"n,,n=juliet,r={NONCE}")
    server.get_server_first()
    server.set_client_final(b64decode(response).decode())
    return str(server.get_server_final())


@pytest.mark.parametrize("mechanism", SCRAM)
def test_the_servers_signature_is_taken_in_either_place(mechanism: str):
    """RFC 6120 §6.3.10: it comes with the success, or in a challenge that is answered by an empty response."""
    attempt = begun(mechanism)
    attempt.finish(b64(signature(mechanism, "r0m30", attempt.respond(first()))))
    attempt = begun(mechanism)
    assert attempt.respond(b64(signature(mechanism, "r0m30", attempt.respond(first())))) == ""
    attempt.finish("")


@pytest.mark.parametrize("mechanism", SCRAM)
@pytest.mark.parametrize(
    "final", ["", "=", b64("v=" + b64("x" * 32)), b64("v=" + b64("x" * 20)), b64("e=other-error"), b64("v=")]
)
def test_a_server_that_proves_nothing_is_refused(mechanism: str, final: str):
    """RFC 5802 §3: a missing signature, a wrong one and an error are no success, with the success or before it."""
    attempt = begun(mechanism)
    attempt.respond(first())
    with pytest.raises(LoginError, match="has not proved"):
        attempt.finish(final)
    attempt = begun(mechanism)
    attempt.respond(first())
    with pytest.raises(LoginError, match="has not proved"):
        attempt.respond(final)


def test_a_success_before_the_proof_is_refused():
    """A server that skips its challenges has proved nothing."""
    with pytest.raises(LoginError, match="has not proved"):
        begun().finish("")


def test_challenges_do_not_go_on_for_ever():
    """A third challenge has no place in SCRAM, nor a first one in PLAIN."""
    attempt = begun()
    attempt.respond(b64(signature("SCRAM-SHA-256", "r0m30", attempt.respond(first()))))
    with pytest.raises(LoginError, match="more challenges"):
        attempt.respond("")
    with pytest.raises(LoginError, match="RFC 4616"):
        Attempt("PLAIN", "juliet", "r0m30").respond("")


@pytest.mark.parametrize("text", ["a", "YQ", "YQ==\n", "\u00e4", "/w==", "Y" * 100_000])
def test_what_is_not_base64_is_refused(text: str):
    """RFC 6120 §13.9.1: strict base64 of UTF-8, of a sensible length."""
    with pytest.raises(LoginError, match="SASL message"):
        begun().respond(text)


@pytest.mark.parametrize(
    ("mechanism", "password"),
    [
        ("PLAIN", ""),
        ("SCRAM-SHA-1", ""),
        ("PLAIN", "a\0b"),
        ("PLAIN", "\ud800"),
        ("SCRAM-SHA-1", "a\x07b"),
        ("SCRAM-SHA-1", "\ud800"),
    ],
)
def test_passwords_that_nothing_can_carry(mechanism: str, password: str):
    """An empty password, one with NUL and one that SASLprep forbids are refused, and not shown."""
    with pytest.raises(LoginError) as raised:
        Attempt(mechanism, "juliet", password)
    assert not password or password not in str(raised.value)
