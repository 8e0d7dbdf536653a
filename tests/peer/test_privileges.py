"""Rosters that the server lets the component read (XEP-0356), and the calls of the control API that are its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from joined import DOMAIN, JULIET, NURSE, Joined
from jsonschema import Draft202012Validator
from lxml import etree
from twisted.internet.defer import ensureDeferred

from rosterkit.core.ext.privilege import NAMESPACES
from rosterkit.net.control.api import DESCRIPTION
from rosterkit.net.control.refusal import Refusal
from rosterkit.peer.privileges import PATIENCE

FILE = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
GRANT = "<message from='{}' to='{}'><privilege xmlns='{}'>{}</privilege></message>"
ROSTER = (
    "<query xmlns='jabber:iq:roster' ver='v7'><item jid='nurse@contacts.test' name='Nurse' subscription='both'>"
    "<group>Verona</group><group>Home</group></item>"
    "<item jid='romeo@localhost' ask='subscribe' approved='true'/></query>"
)


@pytest.fixture
def joined(tmp_path: Path) -> Joined:
    """A peer that the server has taken and granted nothing."""
    one = Joined(tmp_path)
    one.start()
    return one


def server_says(joined: Joined, xml: str) -> None:
    """A stanza of the server's own comes."""
    joined.wire.ends[-1].arrive(xml.encode())
    joined.later()


def grant(joined: Joined, access: str = "get", *, sender: str = "localhost", namespace: str = NAMESPACES[0]) -> None:
    """The server grants access to rosters; ours, which can do no such thing, hears no more of the peer."""
    joined.wire.ends[-1].other.arrive = lambda data: None  # type: ignore[method-assign]
    perms = f"<perm access='message' type='outgoing'/><perm access='roster' type='{access}'/>"
    server_says(joined, GRANT.format(sender, DOMAIN, namespace, perms))


def asked(joined: Joined, account: str = JULIET) -> list[Any]:
    """What comes of the call for a user's roster: an answer or a refusal, once it is there."""
    outcome: list[Any] = []
    call = joined.service.routes.call("GET", f"/v1/networks/main/server-roster/{account}", None)
    ensureDeferred(call).addCallbacks(lambda answer: outcome.append(answer), lambda why: outcome.append(why.value))
    joined.later()
    return outcome


def request(joined: Joined) -> etree._Element:
    """The newest stanza that the peer has sent."""
    sent = [one.removeprefix("out ") for one in joined.passed("c1") if one.startswith("out ")]
    return etree.fromstring(sent[-1])


def answer(joined: Joined, payload: str, kind: str = "result", sender: str = JULIET) -> None:
    """The server answers the request."""
    number = request(joined).get("id")
    server_says(joined, f"<iq type='{kind}' id='{number}' from='{sender}' to='{DOMAIN}'>{payload}</iq>")


def refused(outcome: list[Any]) -> tuple[int, str]:
    """Status and sentence of a refusal."""
    (refusal,) = outcome
    assert isinstance(refusal, Refusal), refusal
    return refusal.status, str(refusal)


@pytest.mark.parametrize("namespace", NAMESPACES)
@pytest.mark.parametrize("access", ["get", "both"])
def test_a_roster_is_asked_for_where_that_is_granted(joined: Joined, namespace: str, access: str) -> None:
    """From the component's domain to the user's bare JID; the answer is given as the server has it."""
    grant(joined, access, namespace=namespace)
    outcome = asked(joined)
    sent = request(joined)
    assert (sent.tag, sent.get("type"), sent.get("from"), sent.get("to")) == ("iq", "get", DOMAIN, JULIET)
    assert [child.tag for child in sent] == ["{jabber:iq:roster}query"] and outcome == []
    answer(joined, ROSTER)
    assert outcome[0].status == 200
    assert outcome[0].body == {
        "account": JULIET,
        "ver": "v7",
        "items": {
            NURSE: {
                "subscription": "both", "ask": False, "approved": False, "name": "Nurse",
                "groups": ["Home", "Verona"],
            },
            "romeo@localhost": {
                "subscription": "none", "ask": True, "approved": True, "name": None, "groups": [],
            },
        },
    }  # fmt: skip
    schema = {"$ref": "#/components/schemas/ServerRoster", "components": FILE["components"]}
    Draft202012Validator(schema).validate(outcome[0].body)
    assert f"localhost grants access to its users' rosters: {access} (XEP-0356)." in joined.notes()


@pytest.mark.parametrize("access", [None, "none", "set"])
def test_without_a_grant_nothing_is_asked(joined: Joined, access: str | None) -> None:
    """409, and a sentence that says who has to grant what."""
    if access is not None:
        grant(joined, "get")
        grant(joined, access)
    before = len(joined.passed("c1"))
    status, said = refused(asked(joined))
    assert status == 409 and f"localhost has granted {DOMAIN} no reading of rosters (XEP-0356; " in said
    assert len(joined.passed("c1")) == before


def test_a_server_that_does_not_answer(joined: Joined) -> None:
    """504 after ten seconds; an answer after that is nobody's."""
    grant(joined)
    outcome = asked(joined)
    joined.later(PATIENCE - 0.1)
    assert outcome == []
    joined.later(0.2)
    status, said = refused(outcome)
    assert status == 504 and "within 10 s" in said
    answer(joined, ROSTER)
    assert len(outcome) == 1


def test_a_server_that_refuses(joined: Joined) -> None:
    """502 with its condition."""
    grant(joined)
    outcome = asked(joined)
    forbidden = "<error type='auth'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    answer(joined, forbidden, "error")
    assert (
        refused(outcome)[0] == 502
        and f"localhost does not give the roster of {JULIET}: forbidden" in refused(outcome)[1]
    )


@pytest.mark.parametrize("payload", ["", "<query xmlns='jabber:iq:roster'><item jid='@'/></query>"])
def test_an_answer_that_is_no_roster(joined: Joined, payload: str) -> None:
    """502 too."""
    grant(joined)
    outcome = asked(joined)
    answer(joined, payload)
    assert refused(outcome)[0] == 502 and "no roster" in refused(outcome)[1]


def test_a_connection_that_ends_before_the_answer(joined: Joined) -> None:
    """The call ends at once, and what was granted counts no more."""
    grant(joined)
    outcome = asked(joined)
    joined.wire.cut()
    joined.later(1)
    assert refused(outcome)[0] == 502 and "Ask again." in refused(outcome)[1]
    assert refused(asked(joined))[0] == 409


def test_only_the_server_answers_for_a_user(joined: Joined) -> None:
    """An answer of somebody else, or with another id, is none: ids can be guessed."""
    grant(joined)
    outcome = asked(joined)
    answer(joined, ROSTER, sender="tybalt@localhost")
    server_says(joined, f"<iq type='result' id='x' from='{JULIET}' to='{DOMAIN}'>{ROSTER}</iq>")
    assert outcome == []
    answer(joined, ROSTER)
    assert outcome[0].status == 200


@pytest.mark.parametrize(
    "forge",
    [
        lambda joined: grant(joined, sender="tybalt@localhost"),
        lambda joined: grant(joined, sender="localhost/x"),
        lambda joined: grant(joined, sender="elsewhere.test"),
        lambda joined: grant(joined, namespace="urn:xmpp:privilege:0"),
        lambda joined: server_says(joined, "<message from='localhost' to='contacts.test'><privilege/></message>"),
    ],
)
def test_nobody_else_grants_anything(joined: Joined, forge: Callable[[Joined], None]) -> None:
    """A user of the server, or another server, does not speak for it; what is no grant is a message like others."""
    forge(joined)
    assert refused(asked(joined))[0] == 409


def test_a_push_is_answered_where_rosters_may_be_read(joined: Joined) -> None:
    """XEP-0356 sends the component each push; without the grant it is refused as any request."""
    push = f"<iq type='set' id='p1' from='{JULIET}' to='{DOMAIN}'>{ROSTER}</iq>"
    server_says(joined, push)
    assert request(joined).get("type") == "error"
    grant(joined)
    server_says(joined, push)
    sent = request(joined)
    assert (sent.get("type"), sent.get("id"), sent.get("to"), len(sent)) == ("result", "p1", JULIET, 0)


@pytest.mark.parametrize("account", ["localhost", f"{JULIET}/balcony"])
def test_only_users_have_rosters(joined: Joined, account: str) -> None:
    """A bare JID with a name, or a sentence that says so."""
    status, said = refused(asked(joined, account.replace("/", "%2F")))
    assert status == 400 and "the bare JID of a user of the server" in said


# The other calls


def test_there_is_one_network(joined: Joined) -> None:
    """Its name is main; its domain and its contacts are the component's."""
    shown = joined.service.routes.call("GET", "/v1/networks/main", None).body
    assert (shown["domains"], shown["contacts"], shown["sessions"]) == ([DOMAIN], [NURSE], 1)
    assert list(joined.service.hub.networks) == ["main"]
    call = joined.service.routes.call("GET", f"/v1/networks/other/server-roster/{JULIET}", None)
    outcome: list[Any] = []
    ensureDeferred(call).addErrback(lambda why: outcome.append(why.value))
    assert refused(outcome)[0] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/networks"),
        ("PUT", "/v1/networks/a.test"),
        ("PUT", "/v1/networks/main/accounts/peter"),
        ("POST", "/v1/networks/main/faults"),
        ("POST", "/v1/networks/main/accounts/nurse/push"),
    ],
)
def test_what_makes_no_sense_is_refused(joined: Joined, method: str, path: str) -> None:
    """409 and why: the accounts, their pushes and their faults are the real server's."""
    with pytest.raises(Refusal, match="makes no sense here: ") as caught:
        joined.service.routes.call(method, path, {})
    assert caught.value.status == 409


def test_a_contact_is_set_and_told_what_to_do(joined: Joined) -> None:
    """As in the fixture; one at another domain is the server's to have."""
    routes = joined.service.routes
    made = routes.call("PUT", "/v1/networks/main/contacts/peter@contacts.test", {"answer": "refuse"})
    assert (made.status, made.body["remote"], made.body["online"]) == (201, False, ["peter@contacts.test/rosterkit"])
    user = joined.user()
    routes.call("POST", f"/v1/networks/main/contacts/{NURSE}/do", {"do": "subscribe", "to": JULIET})
    joined.later()
    assert user.take() == [f"subscribe from {NURSE}"]
    with pytest.raises(Exception, match=f"a contact here is NAME@{DOMAIN}"):
        routes.call("PUT", "/v1/networks/main/contacts/romeo@localhost", {})
