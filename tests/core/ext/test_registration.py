"""In-band registration (XEP-0077): before login, afterwards, and the end of an account."""

from __future__ import annotations

import pytest
from lxml import etree
from rig import Guest, Rig
from scene import FAR, JULIET, ROMEO

from rosterkit.core import jid
from rosterkit.core.credentials import Credentials, Keys
from rosterkit.core.stanza import Iq
from rosterkit.core.subscription import State
from rosterkit.core.world import Settings
from rosterkit.errors import BAD_REQUEST, PasswordError

GET = "<query xmlns='jabber:iq:register'/>"
REMOVE_WITH = "<query xmlns='jabber:iq:register'><remove/><email>x@y</email></query>"
REMOVE = "<query xmlns='jabber:iq:register'><remove/></query>"


def fields(**values: str) -> str:
    """A registration set."""
    content = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f"<query xmlns='jabber:iq:register'>{content}</query>"


def derive(password: str) -> Credentials:
    """Credentials that show the password they were made from; ``bad`` cannot be prepared."""
    if password == "bad":
        raise PasswordError("A password may not be bad.")
    return {"SCRAM-SHA-1": Keys(b"", 1, password.encode(), b"")}


def opened(registering: bool = True) -> Rig:
    """A network that lets people register."""
    rig = Rig(settings=Settings(registration=registering))
    rig.world.derive = derive
    return rig


def password(rig: Rig, name: str) -> str:
    """The password that the account was given last, in memory and in the store alike."""
    account = rig.account(name)
    stored = next(credentials for bare, credentials, _ in rig.store.load() if bare == account.jid.bare)
    assert stored == account.credentials
    return account.credentials["SCRAM-SHA-1"].stored_key.decode()


def names(guest: Guest) -> list[str]:
    """The names of the children of the one result that came."""
    (stanza,) = guest.stanzas()
    assert stanza.type == "result"
    return [child.tag.partition("}")[2] for child in etree.fromstring(stanza.body)]


# Before login


def test_a_visitor_gets_the_form() -> None:
    """User name and password are asked for (XEP-0077 §3.1.1)."""
    guest = opened().guest()
    guest.iq("get", GET)
    assert names(guest) == ["instructions", "username", "password"]


def test_a_visitor_creates_an_account() -> None:
    """The account is there at once, prepared, with an empty roster, and stored (XEP-0077 §3.1.1)."""
    rig = opened()
    guest = rig.guest()
    guest.iq("set", fields(username="Mercutio", password="pw"), id="r1")
    (answer,) = guest.stanzas()
    assert (answer.type, answer.id, answer.body) == ("result", "r1", b"")
    assert password(rig, "mercutio") == "pw"
    client = rig.connect("mercutio")
    client.get_roster()
    assert client.seen() == ["roster []"]


def test_the_account_is_made_at_the_domain_of_the_stream() -> None:
    """A visitor registers at the domain that it has connected to."""
    rig = Rig(settings=Settings(registration=True), domains=("localhost", "other.test"))
    rig.guest("other.test").iq("set", fields(username="x", password="y"))
    assert "x@other.test" in rig.world.accounts and "x@localhost" not in rig.world.accounts


@pytest.mark.parametrize(
    ("payload", "condition"),
    [
        (fields(username="juliet", password="pw"), "conflict"),
        (fields(username="JULIET", password="pw"), "conflict"),
        (fields(username="x"), "not-acceptable"),
        (fields(password="pw"), "not-acceptable"),
        (fields(username="", password="pw"), "not-acceptable"),
        (fields(username="x", password=""), "not-acceptable"),
        (fields(username="x", password="bad"), "not-acceptable"),
        (fields(username="a b", password="pw"), "jid-malformed"),
        (fields(username="x@y", password="pw"), "jid-malformed"),
        (fields(username="x/y", password="pw"), "jid-malformed"),
        (fields(username="x" * 1024, password="pw"), "jid-malformed"),
        (fields(username="\u00a0", password="pw"), "jid-malformed"),
        (GET, "not-acceptable"),
        (REMOVE, "not-acceptable"),
        (fields(username="x", password="pw", remove=""), "not-acceptable"),
        ("<query xmlns='jabber:iq:auth'/>", "service-unavailable"),
    ],
)
def test_a_visitor_is_refused(payload: str, condition: str) -> None:
    """Each wrong registration gets its error, and no account is made (XEP-0077 §3.1.2)."""
    rig = opened()
    guest = rig.guest()
    before = dict(rig.world.accounts)
    guest.iq("set", payload)
    assert guest.seen() == [f"error 1 {condition}"]
    assert rig.world.accounts == before


@pytest.mark.parametrize("type", ["get", "set"])
def test_nobody_registers_where_it_is_off(type: str) -> None:
    """Unless it is switched on, registration does not exist: for visitors and for sessions (XEP-0077 §3.1)."""
    rig = opened(False)
    guest, client = rig.guest(), rig.login("juliet")
    payloads = [GET, fields(username="x", password="pw"), fields(password="pw"), REMOVE]
    for payload in payloads:
        guest.iq(type, payload)
        client.iq(type, payload)
        client.iq(type, payload, "localhost")
    assert guest.seen() == ["error 1 service-unavailable"] * len(payloads)
    assert client.seen() == ["error 1 service-unavailable"] * 2 * len(payloads)
    assert "x@localhost" not in rig.world.accounts and client.closed is None


def test_a_visitors_fault_is_answered_and_its_answers_are_not() -> None:
    """A wrong iq is answered with what is wrong; a result or an error is not answered (RFC 6120 §8.2.3, §8.3.1)."""
    guest = opened().guest()
    guest.send(Iq("get", "1", fault=BAD_REQUEST))
    assert guest.seen() == ["error 1 bad-request"]
    for type in ("result", "error"):
        guest.send(Iq(type, "2"))
        guest.send(Iq(type, "2", fault=BAD_REQUEST))
    assert guest.seen() == []


# After login


@pytest.mark.parametrize("to", [None, "localhost"])
def test_a_session_sees_that_it_is_registered(to: str | None) -> None:
    """The form of somebody registered says so, and the user name (XEP-0077 §3.1.1)."""
    client = opened().login("juliet")
    client.iq("get", GET, to)
    (stanza,) = client.stanzas()
    told = {child.tag.partition("}")[2]: child.text for child in etree.fromstring(stanza.body)}
    assert told == {"registered": None, "username": "juliet", "password": None}


@pytest.mark.parametrize("username", [{}, {"username": "juliet"}, {"username": "JULIET"}])
@pytest.mark.parametrize("to", [None, "localhost"])
def test_a_session_changes_its_password(to: str | None, username: dict[str, str]) -> None:
    """The new password is stored; the session and the roster stay (XEP-0077 §3.3)."""
    rig = opened()
    client = rig.login("juliet")
    client.set_item("<item jid='romeo@localhost'/>")
    client.take()
    client.iq("set", fields(**username, password="new"), to)
    assert client.seen() == ["result 1"] and client.closed is None
    assert password(rig, "juliet") == "new"
    assert set(rig.account("juliet").roster.items) == {ROMEO}


@pytest.mark.parametrize(
    ("payload", "condition"),
    [
        (fields(username="romeo", password="new"), "not-allowed"),
        (fields(username="nobody", password="new"), "not-allowed"),
        (fields(username="@", password="new"), "not-allowed"),
        (fields(username="juliet"), "bad-request"),
        (fields(password=""), "bad-request"),
        (GET, "bad-request"),
        (fields(password="bad"), "not-acceptable"),
        (fields(remove="", username="juliet"), "bad-request"),
        (fields(remove="", password="new"), "bad-request"),
    ],
)
def test_a_session_is_refused(payload: str, condition: str) -> None:
    """Each wrong change gets its error, and nothing changes (XEP-0077 §3.2, §3.3)."""
    rig = opened()
    client = rig.login("juliet")
    before = dict(rig.world.accounts), rig.account("juliet").credentials, rig.account("romeo").credentials
    client.iq("set", payload)
    assert client.seen() == [f"error 1 {condition}"] and client.closed is None
    assert before == (dict(rig.world.accounts), rig.account("juliet").credentials, rig.account("romeo").credentials)


@pytest.mark.parametrize("to", [JULIET, ROMEO])
def test_registration_is_asked_of_the_domain(to: str) -> None:
    """An account, one's own or another's, registers nobody (XEP-0077 §3)."""
    rig = opened()
    client = rig.login("juliet")
    client.iq("set", REMOVE, to)
    assert client.seen() == ["error 1 service-unavailable"] and set(rig.world.accounts) >= {JULIET, ROMEO}


def test_a_component_does_not_register() -> None:
    """Somebody elsewhere has no account here to create, change or remove."""
    rig = opened()
    far = rig.component("far.test")
    for payload in (GET, REMOVE, fields(username="x", password="y")):
        far.iq("set", payload, FAR, "localhost")
    assert far.seen() == ["error 1 service-unavailable"] * 3 and "x@localhost" not in rig.world.accounts


# The end of an account


def test_a_removal_says_nothing_else() -> None:
    """Whatever stands beside <remove/> makes it a bad-request, and nothing is removed (XEP-0077 §3.2)."""
    rig = opened()
    client = rig.login("juliet")
    client.iq("set", REMOVE_WITH, id="x1")
    assert "bad-request" in client.seen()[0]
    assert rig.account("juliet").sessions


def test_removing_the_own_account() -> None:
    """The result comes first; then contacts are told, all its streams end with not-authorized, and all is stored
    (XEP-0077 §3.2)."""
    rig = opened()
    client, second, other, far = (
        rig.login("juliet"),
        rig.login("juliet", "b"),
        rig.login("romeo"),
        rig.component("far.test"),
    )
    rig.befriend(client, other)
    rig.bring(client, far, FAR, State.TO_IN)
    client.iq("set", REMOVE, id="x1")
    assert client.seen()[0] == "result x1"
    for end in (client, second):
        assert end.closed is not None and end.closed.condition == "not-authorized"
    assert other.seen() == [
        f"presence unsubscribe from {JULIET}",
        f"push {JULIET} subscription=to ask=no",
        f"presence unavailable from {JULIET}/a",
        f"presence unavailable from {JULIET}/b",
        f"presence unsubscribed from {JULIET}",
        f"push {JULIET} subscription=none ask=no",
    ]
    assert far.seen() == [f"presence unsubscribe from {JULIET}", f"presence unsubscribed from {JULIET}"]
    assert JULIET not in rig.world.accounts and JULIET not in [bare for bare, _, _ in rig.store.load()]
    assert rig.state("romeo", JULIET) is State.NONE


def test_a_removed_name_may_be_registered_again() -> None:
    """The new account has nothing of the old one (XEP-0077 §3.1)."""
    rig = opened()
    client, asker = rig.login("juliet"), rig.login("romeo")
    client.set_item("<item jid='nurse@localhost'/>")
    asker.presence("subscribe", JULIET)
    client.iq("set", REMOVE)
    guest = rig.guest()
    guest.iq("set", fields(username="juliet", password="pw"))
    assert guest.seen() == ["result 1"]
    again = rig.connect("juliet")
    again.get_roster()
    again.presence()
    assert again.seen() == ["roster []", f"presence available from {JULIET}/a"]


def test_what_a_removed_account_sent_is_not_answered_to_it() -> None:
    """After the end nothing is sent to its sessions, though contacts here answer its farewell."""
    rig = opened()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    client.iq("set", REMOVE)
    assert client.seen() == ["result 1"]
    other.message(f"{JULIET}/a")
    assert other.seen()[-1] == f"message error service-unavailable from {JULIET}/a"
    assert jid.parse(JULIET).bare not in rig.world.accounts
