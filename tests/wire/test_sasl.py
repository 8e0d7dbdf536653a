"""SASL exchanges against a real SCRAM client, and everything a client can get wrong in one."""

from __future__ import annotations

from base64 import b64decode, b64encode
from unittest.mock import ANY

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scramp import ScramClient, ScramException

from rosterkit.core.credentials import Credentials
from rosterkit.core.jid import Jid, parse
from rosterkit.wire.passwords import derive
from rosterkit.wire.sasl import Challenge, Exchange, Failure, Step, Success

SCRAM = ["SCRAM-SHA-1", "SCRAM-SHA-256"]
ACCOUNTS = {
    "juliet@localhost": derive("r0m30myr0m30", b"salt of juliet 1"),
    "romeo@localhost": derive("IX", b"salt of romeo 16"),
    "a=b,c@localhost": derive("commas", b"salt of commas 6"),
    "contact@localhost": {},
    "imported@localhost": {"SCRAM-SHA-1": derive("old", b"salt of another!")["SCRAM-SHA-1"]},
    "future@localhost": {"SCRAM-SHA-512": derive("new", b"salt of tomorrow")["SCRAM-SHA-1"]},
}


def lookup(account: Jid) -> Credentials | None:
    """The accounts of this file."""
    return ACCOUNTS.get(account.bare)


def begin(mechanism: str) -> Exchange:
    """An exchange at localhost with a fixed nonce."""
    return Exchange(mechanism, "localhost", lookup, "server-nonce")


def b64(text: str | bytes) -> str:
    """Text as the client transmits it."""
    return b64encode(text.encode() if isinstance(text, str) else text).decode()


def plain(text: str) -> Step:
    """What PLAIN answers to a message with ``|`` for NUL."""
    return begin("PLAIN").start(b64(text.replace("|", "\0")))


def challenged(step: Step) -> str:
    """The message in a challenge."""
    assert isinstance(step, Challenge), step
    return b64decode(step.data).decode()


def login(mechanism: str, name: str, password: str) -> Step:
    """What a real client's SCRAM login ends with; the client checks the server's signature."""
    client = ScramClient([mechanism], name, password)
    exchange = begin(mechanism)
    client.set_server_first(challenged(exchange.start(b64(client.get_client_first()))))
    end = exchange.respond(b64(client.get_client_final()))
    if isinstance(end, Success):
        client.set_server_final(b64decode(end.data).decode())
    return end


@pytest.mark.parametrize("mechanism", SCRAM)
@pytest.mark.parametrize(
    ("name", "password", "account"),
    [
        ("juliet", "r0m30myr0m30", "juliet@localhost"),
        ("JULIET", "r0m30myr0m30", "juliet@localhost"),
        ("romeo", "I\u00adX", "romeo@localhost"),
        ("a=b,c", "commas", "a=b,c@localhost"),
    ],
)
def test_a_real_client_logs_in_by_scram(mechanism: str, name: str, password: str, account: str) -> None:
    """The name is folded, the password prepared, commas and equals signs survive; both sides prove themselves."""
    end = login(mechanism, name, password)
    assert isinstance(end, Success)
    assert end.account is parse(account)


@pytest.mark.parametrize("mechanism", SCRAM)
def test_scram_refuses_the_wrong_password_and_the_unknown_user_alike(mechanism: str) -> None:
    """Same number of steps, same form of challenge, same failure: nobody learns who exists."""
    assert login(mechanism, "juliet", "wrong") == login(mechanism, "mercutio", "wrong")
    wrong = login(mechanism, "juliet", "wrong")
    assert isinstance(wrong, Failure)
    assert wrong.condition == "not-authorized"
    first = [challenged(begin(mechanism).start(b64(f"n,,n={name},r=abc"))) for name in ("juliet", "mercutio")]
    assert len(first[0]) == len(first[1])
    assert first[1] == challenged(begin(mechanism).start(b64("n,,n=Mercutio,r=abc")))
    assert first[1] != challenged(begin(mechanism).start(b64("n,,n=tybalt,r=abc")))


def test_an_account_without_a_password_is_like_an_unknown_one() -> None:
    """A scripted contact has no credentials: no password fits, and the steps are those of a stranger's name."""
    assert plain("|contact|") == plain("|mercutio|") and plain("|contact|pw") == plain("|mercutio|pw")
    for mechanism in SCRAM:
        assert login(mechanism, "contact", "pw") == login(mechanism, "mercutio", "pw")
        first = [challenged(begin(mechanism).start(b64(f"n,,n={name},r=abc"))) for name in ("contact", "mercutio")]
        assert len(first[0]) == len(first[1])


def test_a_name_that_nobody_can_have_is_not_authorized() -> None:
    """A localpart that cannot be prepared fails as a wrong password does."""
    for name in ("juliet@localhost", "a b", "a/b", "\u2028"):
        assert plain(f"|{name}|pw") == plain("|juliet|wrong")
        assert begin("SCRAM-SHA-1").start(b64(f"n,,n={name},r=abc")) == plain("|juliet|wrong")


def test_the_first_challenge_is_that_of_the_rfc() -> None:
    """RFC 5802 §5: the client's nonce with ours behind it, the salt, the rounds."""
    salt = b64(ACCOUNTS["juliet@localhost"]["SCRAM-SHA-1"].salt)
    step = begin("SCRAM-SHA-1").start(b64("n,,n=juliet,r=client"))
    assert challenged(step) == f"r=clientserver-nonce,s={salt},i=4096"


def test_the_server_does_not_prove_itself_to_a_wrong_password() -> None:
    """A failure carries no server signature."""
    assert not hasattr(login("SCRAM-SHA-1", "juliet", "wrong"), "data")


def final_of(client: ScramClient, first: str, last: str) -> tuple[Exchange, str]:
    """An exchange begun with the GS2 header ``first``, and the client's final message, which proves ``last``."""
    exchange = begin("SCRAM-SHA-1")
    message = client.get_client_first()
    assert message.startswith("n,,")
    client.set_server_first(challenged(exchange.start(b64(first + message[3:]))))
    client.gs2_header = type("Header", (), {"make_cbind_input": lambda self, binding: last.encode()})()
    return exchange, b64(client.get_client_final())


@pytest.mark.parametrize("header", ["n,,", "y,,", "n,a=juliet@localhost,", "y,a=Juliet@LOCALHOST,"])
def test_scram_takes_the_own_account_as_authzid(header: str) -> None:
    """An authorization identity equal to the account after preparation is granted, and covered by the proof."""
    client = ScramClient(["SCRAM-SHA-1"], "juliet", "r0m30myr0m30")
    exchange, final = final_of(client, header, header)
    end = exchange.respond(final)
    assert isinstance(end, Success)
    client.set_server_final(b64decode(end.data).decode())


def test_scram_refuses_another_header_in_the_final_message() -> None:
    """What the proof covers must be the header of the first message (RFC 5802 §5.1)."""
    for first, last in [("n,,", "y,,"), ("n,a=juliet@localhost,", "n,,"), ("n,,", "n,a=juliet@localhost,")]:
        client = ScramClient(["SCRAM-SHA-1"], "juliet", "r0m30myr0m30")
        exchange, final = final_of(client, first, last)
        end = exchange.respond(final)
        assert isinstance(end, Failure)
        assert end.condition == "not-authorized"


@pytest.mark.parametrize(
    "authzid", ["romeo@localhost", "juliet@localhost/balcony", "localhost", "juliet", "@", "a b@c"]
)
def test_acting_for_somebody_else_is_invalid_authzid(authzid: str) -> None:
    """RFC 6120 §6.5.6, with PLAIN and with SCRAM."""
    for step in (
        plain(f"{authzid}|juliet|r0m30myr0m30"),
        begin("SCRAM-SHA-256").start(b64(f"n,a={authzid},n=juliet,r=abc")),
    ):
        assert isinstance(step, Failure)
        assert step.condition == "invalid-authzid"


@pytest.mark.parametrize("authzid", ["", "juliet@localhost", "Juliet@Localhost."])
def test_plain_logs_in(authzid: str) -> None:
    """RFC 4616, with no authorization identity or the own bare JID; nothing goes with the success."""
    assert plain(f"{authzid}|Juliet|r0m30myr0m30") == Success(parse("juliet@localhost"), b"")


def test_plain_refuses_the_wrong_password_and_the_unknown_user_alike() -> None:
    """One answer for both."""
    assert plain("|juliet|wrong") == plain("|mercutio|wrong") == plain("|mercutio|r0m30myr0m30")
    assert getattr(plain("|juliet|wrong"), "condition", None) == "not-authorized"


@pytest.mark.parametrize("message", ["juliet|pw", "|juliet|", "||pw", "|juliet|pw|", "juliet", "", "=", "|" * 9])
def test_a_plain_message_of_the_wrong_form_is_malformed(message: str) -> None:
    """RFC 6120 §6.5.8: not three parts, or an empty name or password."""
    step = begin("PLAIN").start(b64(message.replace("|", "\0")) or "=")
    assert isinstance(step, Failure)
    assert step.condition == "malformed-request"


def test_plain_takes_whichever_keys_there_are() -> None:
    """Another server may have kept keys of one mechanism; with keys that we do not know nobody logs in."""
    assert plain("|imported|old") == Success(parse("imported@localhost"), b"")
    assert login("SCRAM-SHA-1", "imported", "old") == Success(parse("imported@localhost"), ANY)
    refused = [plain("|imported|new"), plain("|future|new"), login("SCRAM-SHA-256", "imported", "old")]
    assert refused == [plain("|nobody|x")] * 3


@pytest.mark.parametrize(
    "message",
    [
        "=",
        "n,,n=juliet",
        "n,,r=abc,n=juliet",
        "n,n=juliet,r=abc",
        "x,,n=juliet,r=abc",
        "n,,n=,r=abc",
        "n,,n=juliet,r=",
        "n,,n=juliet,r=a c",
        "n,,n=ju=liet,r=abc",
        "n,,m=x,n=juliet,r=abc",
        "n,,n=juliet,r=abc,",
        "n,,n=juliet,r=abc,r=abc",
        "n,,n=juliet,r=abc,m=x",
        "n,,n=jul\0iet,r=abc",
        "n,,n=" + "a" * 5000 + ",r=abc",
    ],
)
def test_a_first_message_of_the_wrong_form_is_malformed(message: str) -> None:
    """RFC 5802 §7 is the grammar; a mandatory extension (m=) is refused with it."""
    step = begin("SCRAM-SHA-1").start(b64(message) if message != "=" else message)
    assert isinstance(step, Failure)
    assert step.condition == "malformed-request"


@pytest.mark.parametrize(
    ("final", "condition"),
    [
        ("c=biws,r=abcserver-nonce,p=AAAA", "not-authorized"),
        ("c=biws,r=abcserver-nonce,p=" + b64(bytes(20)), "not-authorized"),
        ("c=biws,r=abcanother-nonce,p=" + b64(bytes(20)), "not-authorized"),
        ("c=eSws,r=abcserver-nonce,p=" + b64(bytes(20)), "not-authorized"),
        ("c=biws,r=abcserver-nonce,p=AAA", "malformed-request"),
        ("c=biws,r=abcserver-nonce", "malformed-request"),
        ("c=*,r=abcserver-nonce,p=AAAA", "malformed-request"),
        ("r=abcserver-nonce,c=biws,p=AAAA", "malformed-request"),
        ("", "malformed-request"),
        ("e=other-error", "malformed-request"),
    ],
)
def test_a_wrong_final_message_says_what_is_wrong(final: str, condition: str) -> None:
    """Form is malformed-request; nonce, binding and proof are not-authorized."""
    exchange = begin("SCRAM-SHA-1")
    assert isinstance(exchange.start(b64("n,,n=juliet,r=abc")), Challenge)
    end = exchange.respond(b64(final))
    assert isinstance(end, Failure)
    assert end.condition == condition


def test_channel_binding_is_refused() -> None:
    """A client that insists on it fails (RFC 5802 §6)."""
    step = begin("SCRAM-SHA-1").start(b64("p=tls-unique,,n=juliet,r=abc"))
    assert isinstance(step, Failure)
    assert (step.condition, step.text) == ("not-authorized", "Channel binding is not supported.")


@pytest.mark.parametrize("mechanism", ["PLAIN", *SCRAM])
@pytest.mark.parametrize(
    "text", ["a", "a===", "YQ", "YQ=", "YR==", " YQ==", "YQ==\n", "YQ==YQ==", "Y*==", "===", "\u00e9"]
)
def test_what_is_not_canonical_base64_is_incorrect_encoding(mechanism: str, text: str) -> None:
    """RFC 6120 §6.5.5 and §13.9.1: blanks, wrong padding, padding bits that are not zero."""
    step = begin(mechanism).start(text)
    assert isinstance(step, Failure)
    assert step.condition == "incorrect-encoding"


@pytest.mark.parametrize("mechanism", ["PLAIN", *SCRAM])
def test_base64_of_no_utf8_is_malformed(mechanism: str) -> None:
    """The messages of all mechanisms are UTF-8."""
    step = begin(mechanism).start(b64(b"\0juliet\0\xff"))
    assert isinstance(step, Failure)
    assert step.condition == "malformed-request"


@pytest.mark.parametrize("trace", ["", "sirhc", "juliet@capulet.test", "\u00e9" * 255, "\0"])
def test_an_anonymous_client_may_say_anything_short(trace: str) -> None:
    """RFC 4505 §2: the trace means nothing here, and none is as good; who it is has been made up."""
    for first, second in ((b64(trace) or "=", None), (None, b64(trace))):
        exchange = Exchange("ANONYMOUS", "localhost", lookup, "nonce", lambda: parse("made-up@localhost"))
        step = exchange.start(first)
        assert (step if second is None else exchange.respond(second)) == Success(parse("made-up@localhost"), b"")


def test_a_long_trace_is_malformed_and_makes_nobody_up() -> None:
    """It has at most 255 characters; base64 is as strict as everywhere."""
    made: list[Jid] = []

    def guest() -> Jid:
        made.append(parse("made-up@localhost"))
        return made[-1]

    for text, condition in ((b64("x" * 256), "malformed-request"), ("YQ", "incorrect-encoding")):
        step = Exchange("ANONYMOUS", "localhost", lookup, "nonce", guest).start(text)
        assert isinstance(step, Failure)
        assert step.condition == condition
    assert made == []


@pytest.mark.parametrize("mechanism", ["", "plain", "DIGEST-MD5", "SCRAM-SHA-1-PLUS", "EXTERNAL", "ANONYMOUS"])
def test_a_mechanism_that_was_not_offered_is_invalid(mechanism: str) -> None:
    """RFC 6120 §6.5.7; names are compared as they stand."""
    step = begin(mechanism).start("=")
    assert isinstance(step, Failure)
    assert step.condition == "invalid-mechanism"


def test_without_an_initial_response_an_empty_challenge_asks_for_it() -> None:
    """RFC 6120 §6.4.2: the initial response may come as the first response."""
    exchange = begin("PLAIN")
    assert exchange.start(None) == Challenge(b"")
    assert exchange.respond(b64("\0juliet\0r0m30myr0m30")) == Success(parse("juliet@localhost"), b"")
    exchange = begin("SCRAM-SHA-1")
    assert exchange.start("") == Challenge(b"")
    assert "i=4096" in challenged(exchange.respond(b64("n,,n=juliet,r=abc")))


def test_a_response_out_of_place_is_malformed() -> None:
    """Before the start, after the end, and for a mechanism that was never offered."""
    over, refused, unknown = begin("PLAIN"), begin("PLAIN"), begin("EXTERNAL")
    over.start(b64("\0juliet\0r0m30myr0m30"))
    refused.start("*")
    unknown.start("=")
    for exchange in (begin("PLAIN"), over, refused, unknown):
        step = exchange.respond(b64("\0juliet\0r0m30myr0m30"))
        assert isinstance(step, Failure)
        assert step.condition == "malformed-request"


def test_an_error_of_the_look_up_is_not_hidden() -> None:
    """A fault of the server's own is raised, not told to the client as a wrong password."""

    def broken(account: Jid) -> Credentials | None:
        raise LookupError(account.bare)

    for mechanism, message in [("PLAIN", "\0juliet\0pw"), ("SCRAM-SHA-1", "n,,n=juliet,r=abc")]:
        with pytest.raises(LookupError, match="juliet@localhost"):
            Exchange(mechanism, "localhost", broken, "nonce").start(b64(message))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["PLAIN", *SCRAM]), st.lists(st.text("nyr=,pcabm\0aA+/= \u00e9", max_size=20), max_size=3))
def test_no_message_crashes_an_exchange(mechanism: str, messages: list[str]) -> None:
    """Any texts, encoded or not, give steps and never an exception or an account."""
    for encode in (b64, str):
        exchange = begin(mechanism)
        steps = [exchange.start(None), *(exchange.respond(encode(message)) for message in messages)]
        assert not any(isinstance(step, Success) for step in steps)


def test_the_real_client_would_notice_a_wrong_server() -> None:
    """The check of the server's signature in these tests can fail."""
    client = ScramClient(["SCRAM-SHA-1"], "juliet", "r0m30myr0m30")
    exchange, final = final_of(client, "n,,", "n,,")
    end = exchange.respond(final)
    assert isinstance(end, Success)
    with pytest.raises(ScramException):
        client.set_server_final("v=" + b64(bytes(20)))
