"""Iqs that the server answers itself: whom, at which address, and that every one gets exactly one answer."""

from __future__ import annotations

from itertools import product

import pytest
from rig import ROSTER, Rig
from scene import FAR, JULIET, ROMEO

from rosterkit.core import requests
from rosterkit.core.effects import Send, SendRoster
from rosterkit.core.ext import bind, disco, ping, registration, version
from rosterkit.core.world import Settings

KNOWN = [disco.INFO, disco.ITEMS, ping.PING, version.QUERY, registration.QUERY, bind.BIND, bind.SESSION]
PAYLOADS = [f"<{tag.rpartition('}')[2]} xmlns='{tag[1:].rpartition('}')[0]}'/>" for tag in KNOWN] + [
    f"<query xmlns='{ROSTER}'/>",
    "<query xmlns='jabber:iq:private'/>",
    "<vCard xmlns='vcard-temp'/>",
    "<query/>",
    "<ping xmlns='urn:xmpp:ping:wrong'/>",
]


@pytest.mark.parametrize("registering", [False, True])
@pytest.mark.parametrize("to", [None, JULIET, "localhost", ROMEO, "nobody@localhost", "other.test", "x@other.test"])
def test_every_request_gets_exactly_one_answer(to: str | None, registering: bool) -> None:
    """A result or an error with the same id, from the address that was asked, to the asker only (RFC 6120 §8.2.3)."""
    rig = Rig(settings=Settings(registration=registering), domains=("localhost", "other.test"))
    client, other = rig.login("juliet"), rig.login("romeo")
    for number, (type, payload) in enumerate(product(("get", "set"), PAYLOADS)):
        client.iq(type, payload, to, id=f"q{number}")
        (answer,) = client.take()
        if isinstance(answer, SendRoster):
            assert (answer.id, answer.sender) == (f"q{number}", to)
        else:
            assert isinstance(answer, Send) and answer.stanza.type in ("result", "error"), payload
            assert (answer.stanza.id, answer.to) == (f"q{number}", f"{JULIET}/a")
            assert (answer.stanza.sender.full if answer.stanza.sender else None) == to
    assert other.seen() == []


@pytest.mark.parametrize("to", [JULIET, "localhost", "nobody@localhost"])
def test_every_request_of_a_component_gets_exactly_one_answer(to: str) -> None:
    """The same for somebody elsewhere, whom nothing answers that is a session's alone (RFC 6120 §8.2.3)."""
    far = Rig(settings=Settings(registration=True)).component("far.test")
    for number, (type, payload) in enumerate(product(("get", "set"), PAYLOADS)):
        far.iq(type, payload, FAR, to, id=f"q{number}")
        (answer,) = far.take()
        assert isinstance(answer, Send) and answer.stanza.sender is not None
        assert (answer.stanza.id, answer.to, answer.stanza.sender.full) == (f"q{number}", FAR, to)


@pytest.mark.parametrize("to", [None, JULIET, "localhost", ROMEO])
def test_unknown_namespaces(to: str | None) -> None:
    """What stands in no table is answered service-unavailable at once (§8.5.2.1.3, RFC 6120 §8.4)."""
    client = Rig().login("juliet")
    client.iq("get", "<vCard xmlns='vcard-temp'/>", to)
    assert client.seen() == ["error 1 service-unavailable"]


def test_a_session_has_rights_at_its_own_domain_only() -> None:
    """Another local domain of the network knows nothing of the account (XEP-0077 §3.1)."""
    rig = Rig(settings=Settings(registration=True), domains=("localhost", "other.test"))
    client = rig.login("juliet")
    for payload in ("<query xmlns='jabber:iq:register'><remove/></query>", "<query xmlns='jabber:iq:register'/>"):
        client.iq("set" if "remove" in payload else "get", payload, "other.test")
        assert client.seen() == ["error 1 service-unavailable"]
    assert JULIET in rig.world.accounts and client.closed is None


def test_the_roster_is_not_the_domains() -> None:
    """The roster is asked of the account; the domain has none (§2.1.3)."""
    client = Rig().login("juliet")
    client.iq("get", f"<query xmlns='{ROSTER}'/>", "localhost")
    assert client.seen() == ["error 1 service-unavailable"]


def test_what_anybody_may_ask_has_no_side_effects() -> None:
    """The tables for everybody hold gets only: a stranger changes nothing (RFC 6120 §8.2.3)."""
    assert {type for type, _ in (*requests.DOMAIN, *requests.ACCOUNT)} == {"get"}


@pytest.mark.parametrize("type", ["get", "set"])
def test_a_stranger_cannot_tell_an_account_from_a_missing_one(type: str) -> None:
    """The answers for an existing and a missing account are the same but for the address (§8.5.1)."""
    rig = Rig()
    far = rig.component("far.test")
    for payload in PAYLOADS:
        answers = []
        for to in (JULIET, "nobody@localhost"):
            far.iq(type, payload, FAR, to)
            answers.append([(stanza.type, stanza.body) for stanza in far.stanzas()])
        assert answers[0] == answers[1], payload
