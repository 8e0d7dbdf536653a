"""Client streams on a fake wire: every phase, every way to get it wrong, whole and one byte at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from stream_ends import HEADER, PLAIN, STARTTLS, WRONG, Host, Peer, bind, client, online, sasl

from rosterkit.core.jid import parse
from rosterkit.core.stanza import Iq, Message, Presence, Stanza
from rosterkit.errors import (
    CONFLICT,
    STREAM_CONFLICT,
    STREAM_CONNECTION_TIMEOUT,
    STREAM_INTERNAL_SERVER_ERROR,
    STREAM_SYSTEM_SHUTDOWN,
    StreamError,
)
from rosterkit.limits import UNLIMITED
from rosterkit.wire.negotiate import ClientStream, End, StartTls, VisitorIq, Write
from rosterkit.wire.reader import Closed
from rosterkit.wire.sasl import Failure

TLS = "urn:ietf:params:xml:ns:xmpp-tls"
FEATURES_TO_BIND = (
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
    "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'><optional/></session>"
    "<ver xmlns='urn:xmpp:features:rosterver'/><sub xmlns='urn:xmpp:features:pre-approval'/></stream:features>"
)
REGISTER = "<iq type='get' id='r1'><query xmlns='jabber:iq:register'/></iq>"


@pytest.fixture(params=[0, 1], ids=["whole", "bytewise"])
def size(request: pytest.FixtureRequest) -> int:
    """How the client's bytes are cut."""
    piece: int = request.param
    return piece


def header(**changes: str | None) -> str:
    """A client's header with attributes changed, or removed where None."""
    values: dict[str, str | None] = {"to": "localhost", "version": "1.0", **changes}
    written = "".join(f" {name.replace('_', ':')}='{value}'" for name, value in values.items() if value is not None)
    return f"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'{written}>"


# Headers


def test_our_header_answers_the_clients(size: int) -> None:
    """RFC 6120 §4.7: from, a new id, to where the client said who it is, version and language."""
    peer = client(size)
    answer = peer.send(header(to="LOCALHOST", **{"from": "Juliet@localhost/x"}))
    assert answer.startswith(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
        " id='id1' from='localhost' to='juliet@localhost' version='1.0' xml:lang='en'><stream:features>"
    )
    assert peer.stream.domain == "localhost"


@pytest.mark.parametrize("sender", [None, "@", "a b@c"])
def test_without_a_valid_from_our_header_has_no_to(sender: str | None, size: int) -> None:
    """A client that does not say who it is, or says nonsense, is not contradicted."""
    assert " to=" not in client(size).send(header(**{"from": sender}))


def test_each_stream_has_its_own_id(size: int) -> None:
    """RFC 6120 §4.7.3: ids are not used again after a restart."""
    peer = client(size)
    first = peer.send(HEADER)
    peer.send(PLAIN)
    second = peer.send(HEADER)
    assert "id='id1'" in first
    assert "id='" in second
    assert "id='id1'" not in second


@pytest.mark.parametrize("version", ["1.0", "1.1", "2.0", "01.0", "10.0"])
def test_versions_from_1_on_are_taken(version: str, size: int) -> None:
    """RFC 6120 §4.7.5: major versions are numbers, and ours is 1.0."""
    assert "version='1.0'" in client(size).send(header(version=version))


BAD_HEADERS = [
    (header(to=None), "host-unknown"),
    (header(to=""), "host-unknown"),
    (header(to="elsewhere.test"), "host-unknown"),
    (header(to="juliet@localhost"), "host-unknown"),
    (header(to="localhost/x"), "host-unknown"),
    (header(to="not a domain"), "host-unknown"),
    (header(version=None), "unsupported-version"),
    (header(version="0.9"), "unsupported-version"),
    (header(version="1"), "unsupported-version"),
    (header(version="one.0"), "unsupported-version"),
    (header(version="1.0 "), "unsupported-version"),
    (header(version="\u0661.0"), "unsupported-version"),
    (header().replace("jabber:client", "jabber:server"), "invalid-namespace"),
    (header().replace("jabber:client", "jabber:component:accept"), "invalid-namespace"),
    (header().replace(" xmlns='jabber:client'", ""), "invalid-namespace"),
    (header().replace("http://etherx.jabber.org/streams", "urn:x"), "invalid-namespace"),
    (header().replace("stream:stream", "stream:steam"), "invalid-namespace"),
    ("<stream xmlns='jabber:client' to='localhost' version='1.0'>", "invalid-namespace"),
    ("<?xml version='1.0' encoding='ISO-8859-1'?>" + header(), "unsupported-encoding"),
    ("<!DOCTYPE stream>" + header(), "restricted-xml"),
    ("<!-- hello -->" + header(), "restricted-xml"),
    ("<?php?>" + header(), "restricted-xml"),
    ("<stream:stream xmlns='jabber:client'>", "not-well-formed"),
    (header(a="<"), "not-well-formed"),
    (header(**{"a": "x" * 20_000}), "policy-violation"),
]


@pytest.mark.parametrize(("data", "condition"), BAD_HEADERS)
def test_a_bad_header_is_told_after_our_own(data: str, condition: str, size: int) -> None:
    """RFC 6120 §4.9.1.2: even then the error stands inside a stream."""
    peer = client(size)
    answer = peer.send(data)
    assert peer.condition == condition
    assert answer.startswith("<?xml version='1.0'?><stream:stream ")
    assert answer.endswith("</stream:error></stream:stream>")
    assert peer.send(HEADER) == ""


@pytest.mark.parametrize(
    ("data", "condition"),
    [
        (bytes.fromhex("16030100c8010000c40303"), "not-well-formed"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "not-well-formed"),
        (b"\xff\xfe<\0s\0", "unsupported-encoding"),
        (b"hello", "not-well-formed"),
    ],
)
def test_a_client_that_speaks_something_else_is_told_so(data: bytes, condition: str, size: int) -> None:
    """A TLS ClientHello on the STARTTLS port, HTTP, UTF-16: an error in a stream, no exception."""
    peer = client(size)
    peer.send(data)
    assert peer.condition == condition


def test_an_unknown_host_is_not_repeated_as_ours() -> None:
    """We do not claim to be the domain that we do not serve; for one that we do serve we say so."""
    assert " from=''" in client().send(header(to="elsewhere.test"))
    assert " from='localhost'" in client().send(header(version="0.9"))


# TLS


def test_tls_is_required_and_comes_before_all_else(size: int) -> None:
    """No mechanism is offered in plaintext unless that is allowed."""
    answer = client(size, secured=False).send(HEADER)
    assert answer.endswith(f"<stream:features><starttls xmlns='{TLS}'><required/></starttls></stream:features>")


def test_where_plaintext_is_allowed_tls_stays_on_offer(size: int) -> None:
    """Not required then, and beside it everything that works without."""
    answer = client(size, secured=False, allow_plaintext=True).send(HEADER)
    assert f"<stream:features><starttls xmlns='{TLS}'/><mechanisms " in answer


def test_starttls_restarts_the_stream_under_tls(size: int) -> None:
    """RFC 6120 §5.4.3: proceed, TLS, a new header with a new id, and now mechanisms."""
    peer = client(size, secured=False)
    peer.send(HEADER)
    assert peer.send(STARTTLS) == f"<proceed xmlns='{TLS}'/>"
    assert [type(output) for output in peer.outputs[-2:]] == [Write, StartTls]
    answer = peer.send(HEADER)
    assert "id='id2'" in answer
    assert TLS not in answer
    assert (
        "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-256</mechanism>"
        "<mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism></mechanisms></stream:features>"
    ) in answer


def test_header_and_starttls_may_come_in_one_packet(size: int) -> None:
    """Some clients do not wait for the features."""
    answer = client(size, secured=False).send(HEADER + STARTTLS)
    assert answer.endswith(f"</stream:features><proceed xmlns='{TLS}'/>")


def test_what_stands_behind_starttls_is_never_read(size: int) -> None:
    """Bytes in the clear that somebody put there do not reach the protected stream."""
    peer = client(size, secured=False)
    peer.send(HEADER)
    assert peer.send(STARTTLS + HEADER + PLAIN + "<<<") == f"<proceed xmlns='{TLS}'/>"
    answer = peer.send(HEADER)
    assert "<mechanisms" in answer
    assert answer.count("<stream:stream") == 1


@pytest.mark.parametrize("options", [{"secured": True}, {"secured": False, "starttls": False}])
def test_starttls_that_was_not_offered_fails_and_ends_the_stream(options: dict[str, bool], size: int) -> None:
    """RFC 6120 §5.4.2.2."""
    peer = client(size, **options)
    peer.send(HEADER)
    assert peer.send(STARTTLS) == f"<failure xmlns='{TLS}'/></stream:stream>"
    assert peer.end == End(None)


def test_without_certificate_and_plaintext_nothing_is_offered(size: int) -> None:
    """The features are empty, not absent."""
    assert client(size, secured=False, starttls=False).send(HEADER).endswith("<stream:features/>")


def test_sasl_before_mandatory_tls_is_encryption_required(size: int) -> None:
    """RFC 6120 §6.5.4: even the right password is not looked at."""
    peer = client(size, secured=False)
    peer.send(HEADER)
    assert "<encryption-required/>" in peer.send(PLAIN)
    assert peer.send(STARTTLS) == f"<proceed xmlns='{TLS}'/>"


@pytest.mark.parametrize("to", ["example.test", "elsewhere.test"])
def test_a_restarted_stream_is_for_the_same_domain(to: str, size: int) -> None:
    """Another domain after TLS or after login is host-unknown, though we serve it."""
    after_tls = client(size, secured=False)
    after_tls.send(HEADER + STARTTLS)
    after_tls.send(header(to=to))
    assert after_tls.condition == "host-unknown"
    after_login = client(size)
    after_login.send(HEADER + PLAIN)
    after_login.send(header(to=to))
    assert after_login.condition == "host-unknown"


# SASL


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"])
def test_a_client_logs_in_and_is_offered_a_resource(mechanism: str, size: int) -> None:
    """The stream restarts after success; no white space stands between the features."""
    peer = client(size)
    peer.send(HEADER)
    assert peer.log_in(mechanism).startswith("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'")
    assert isinstance(peer.stream, ClientStream)
    assert peer.stream.account == parse("juliet@localhost")
    assert peer.stream.jid is None
    assert not peer.stream.ready
    assert peer.send(HEADER).endswith(FEATURES_TO_BIND)


def test_another_domain_has_other_accounts(size: int) -> None:
    """The account is looked up at the domain of the header."""
    peer = client(size)
    peer.send(header(to="example.test"))
    assert "<not-authorized/>" in peer.send(PLAIN)


def test_a_failure_leaves_the_stream_for_another_try(size: int) -> None:
    """RFC 6120 §6.4.5: SCRAM with a wrong password, then PLAIN with the right one."""
    peer = client(size)
    peer.send(HEADER)
    failure = peer.log_in("SCRAM-SHA-1", password="wrong")
    assert failure == (
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/>"
        "<text xml:lang='en'>The user name or the password is wrong.</text></failure>"
    )
    assert peer.log_in("SCRAM-SHA-1", name="mercutio") == failure
    assert "<success" in peer.log_in("PLAIN")


def test_abort_after_a_failure_gets_a_failure_of_its_own(size: int) -> None:
    """A second failure, and the stream goes on; it counts for nothing."""
    peer = client(size)
    peer.send(HEADER)
    for _ in range(4):
        assert "<not-authorized/>" in peer.send(WRONG)
        assert peer.send(sasl("abort")) == "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><aborted/></failure>"
    assert "<success" in peer.log_in("SCRAM-SHA-256")


@pytest.mark.parametrize(
    ("element", "condition"),
    [
        (sasl("auth", mechanism="DIGEST-MD5"), "invalid-mechanism"),
        ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "invalid-mechanism"),
        ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>*</auth>", "incorrect-encoding"),
        ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>=</auth>", "malformed-request"),
        (sasl("auth", "n,,n=juliet", mechanism="SCRAM-SHA-1"), "malformed-request"),
        (sasl("auth", "romeo@localhost\0juliet\0r0m30myr0m30", mechanism="PLAIN"), "invalid-authzid"),
        (WRONG, "not-authorized"),
        (sasl("abort"), "aborted"),
        (sasl("response", "x"), "malformed-request"),
    ],
)
def test_each_sasl_failure_has_its_condition(element: str, condition: str, size: int) -> None:
    """RFC 6120 §6.5; the stream lives, and the right password works after it."""
    peer = client(size)
    peer.send(HEADER)
    assert f"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><{condition}/>" in peer.send(element)
    assert "<success" in peer.send(PLAIN)


def test_an_anonymous_client_gets_a_name_of_its_own(size: int) -> None:
    """RFC 4505: where the host takes anybody, each is somebody else; elsewhere the mechanism is not there."""
    accounts = []
    for _ in range(2):
        peer = client(size, anonymous=True)
        assert "<mechanism>ANONYMOUS</mechanism>" in peer.send(HEADER)
        peer.send(sasl("auth", "trace", mechanism="ANONYMOUS") + HEADER + bind("x"))
        accounts.append(peer.stream.account)
    assert [account.domain for account in accounts] == ["localhost"] * 2
    peer = client(size)
    assert "ANONYMOUS" not in peer.send(HEADER)
    assert "<invalid-mechanism/>" in peer.send(sasl("auth", mechanism="ANONYMOUS"))


def test_a_mechanism_that_is_not_offered_is_not_there(size: int) -> None:
    """Whoever tries it all the same is told so, and may take another."""
    peer = client(size, secured=True, without=("SCRAM-SHA-256",))
    assert "SCRAM-SHA-256" not in peer.send(HEADER)
    first = "n,,n=juliet,r=abc"
    assert "<invalid-mechanism/>" in peer.send(sasl("auth", first, mechanism="SCRAM-SHA-256"))
    assert "<challenge" in peer.send(sasl("auth", first, mechanism="SCRAM-SHA-1"))


def test_an_anonymous_client_needs_tls_as_all_do(size: int) -> None:
    """RFC 6120 §6.5.4."""
    peer = client(size, secured=False, anonymous=True)
    assert "ANONYMOUS" not in peer.send(HEADER)
    assert "<encryption-required/>" in peer.send(sasl("auth", mechanism="ANONYMOUS"))


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-1"])
def test_a_host_may_let_a_login_fail(mechanism: str, size: int) -> None:
    """What it tells instead is what counts: nobody is logged in, an attempt is used up, and the next one is new."""
    peer = client(size, limits=replace(UNLIMITED, login_tries=2))
    host = peer.stream._host  # type: ignore[attr-defined]
    peer.send(HEADER)
    host.told = [Failure("temporary-auth-failure")]
    first = PLAIN if mechanism == "PLAIN" else sasl("auth", "n,,n=juliet,r=abc", mechanism=mechanism)
    assert "<temporary-auth-failure/>" in peer.send(first)
    assert peer.stream.account is None
    assert host.asked[0][1] == parse("juliet@localhost")
    assert "<malformed-request/>" in peer.send(sasl("response", "c=biws,r=abcid2,p=AAAA"))
    assert len(host.asked) == 1
    assert "<success" in peer.log_in(mechanism)
    peer = client(size, limits=replace(UNLIMITED, login_tries=1))
    peer.stream._host.told = [Failure("temporary-auth-failure")]  # type: ignore[attr-defined]
    peer.send(HEADER + PLAIN)
    assert peer.condition == "policy-violation"


def test_abort_ends_an_exchange_under_way(size: int) -> None:
    """RFC 6120 §6.4.4: aborted, and a late response belongs to nothing."""
    peer = client(size)
    peer.send(HEADER)
    assert "<challenge" in peer.send(sasl("auth", "n,,n=juliet,r=abc", mechanism="SCRAM-SHA-1"))
    assert "<aborted/>" in peer.send(sasl("abort"))
    assert "<malformed-request/>" in peer.send(sasl("response", "c=biws,r=abcid2,p=AAAA"))


def test_an_empty_challenge_asks_for_the_initial_response(size: int) -> None:
    """RFC 6120 §6.4.2: it is optional."""
    peer = client(size)
    peer.send(HEADER)
    answer = peer.send(sasl("auth", mechanism="PLAIN"))
    assert answer == "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
    assert "<success" in peer.send(sasl("response", "\0juliet\0r0m30myr0m30"))


def test_a_bound_number_of_attempts_may_fail(size: int) -> None:
    """RFC 6120 §6.4.5: the last failure is told, then the stream ends with policy-violation."""
    peer = client(size)
    peer.send(HEADER)
    for _ in range(4):
        assert peer.send(WRONG).endswith("</failure>")
    last = peer.send(WRONG + PLAIN)
    assert "</failure><stream:error>" in last
    assert peer.condition == "policy-violation"
    assert "<success" not in last


def test_attempts_that_are_given_up_count(size: int) -> None:
    """Beginning anew without end is not a way around the bound."""
    peer = client(size, limits=replace(UNLIMITED, login_tries=3))
    peer.send(HEADER)
    for _ in range(4):
        peer.send(sasl("auth", "n,,n=juliet,r=abc", mechanism="SCRAM-SHA-1"))
    assert peer.condition == "policy-violation"


@pytest.mark.parametrize("name", ["success", "challenge", "failure", "mechanisms", "x"])
def test_sasl_elements_of_a_server_are_not_a_clients(name: str, size: int) -> None:
    """They end the stream."""
    peer = client(size)
    peer.send(HEADER)
    peer.send(sasl(name))
    assert peer.condition == "unsupported-stanza-type"


# Binding


def logged_in(size: int) -> tuple[Peer, Host]:
    """A client that stands before bind, and its host."""
    host = Host()
    peer = Peer(ClientStream(host, secured=True), size)
    for data in (HEADER, PLAIN, HEADER):
        peer.send(data)
    return peer, host


def bind_result(full: str, id_: str = "b1") -> str:
    """The answer to a bind."""
    return (
        f"<iq id='{id_}' type='result'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{full}</jid></bind></iq>"
    )


@pytest.mark.parametrize(
    ("wish", "resource"),
    [
        ("balcony", "balcony"),
        ("Garden &amp; House", "Garden & House"),
        ("\uff22", "B"),
        (None, None),
        ("", None),
        ("\U0001f339", None),
        ("x" * 1024, None),
        ("a\u06ddb", None),
    ],
)
def test_the_wished_resource_is_bound_or_one_is_made_up(wish: str | None, resource: str | None, size: int) -> None:
    """RFC 6120 §7.6, §7.7: prepared as resources are; what cannot be prepared counts as no wish."""
    peer, host = logged_in(size)
    full = f"juliet@localhost/{resource or 'made-up'}"
    assert peer.send(bind(wish)) == bind_result(full.replace("&", "&amp;"))
    assert isinstance(peer.stream, ClientStream)
    assert peer.stream.jid == parse(full)
    assert peer.stream.ready
    assert host.bound == [resource]


@pytest.mark.parametrize(
    ("request_", "type_", "condition"),
    [
        (bind("balcony").replace(" id='b1'", ""), "modify", "bad-request"),
        (bind("balcony").replace("'set'", "'get'"), "modify", "bad-request"),
        (bind("balcony").replace("<iq", "<iq to='a@@b'"), "modify", "jid-malformed"),
    ],
)
def test_a_bad_bind_is_answered_and_may_be_repeated(request_: str, type_: str, condition: str, size: int) -> None:
    """RFC 6120 §7.6.2, §8.2.3: a stanza error, no session, and the stream lives."""
    peer, host = logged_in(size)
    answer = peer.send(request_)
    assert answer.startswith("<iq ")
    assert f"<error type='{type_}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" in answer
    assert host.bound == []
    assert peer.send(bind("balcony", "b2")) == bind_result("juliet@localhost/balcony", "b2")


def test_a_host_may_refuse_a_resource(size: int) -> None:
    """RFC 6120 §7.7.2.2: its error is the answer, and the client may try again."""
    peer, host = logged_in(size)
    host.refusal = CONFLICT
    assert "<error type='cancel'><conflict " in peer.send(bind("balcony"))
    assert not peer.stream.ready
    host.refusal = None
    assert peer.send(bind("garden")) == bind_result("juliet@localhost/garden")


SESSION = "<iq type='set' id='s1' to='localhost'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>"


@pytest.mark.parametrize(
    "stanza", ["<presence/>", "<message to='a@b'/>", SESSION, REGISTER, "<iq type='result' id='1'/>", "<iq/>"]
)
def test_a_stanza_before_bind_is_not_authorized(stanza: str, size: int) -> None:
    """RFC 6120 §7.1: it ends the stream, before login and before bind."""
    for before in (HEADER, HEADER + PLAIN + HEADER):
        peer = client(size)
        peer.send(before)
        peer.send(stanza)
        assert peer.condition == "not-authorized"
        assert [type(output) for output in peer.outputs if not isinstance(output, Write)] == [End]


def test_everything_may_come_in_one_packet(size: int) -> None:
    """A client that waits for nothing gets all the same answers; bytes behind an element go to what it changed."""
    peer = client(size)
    answer = peer.send(HEADER + PLAIN + " \r\n" + HEADER + bind("balcony") + SESSION + " <presence/>\n<message/>")
    assert answer.count("<stream:stream") == 2
    assert answer.endswith(FEATURES_TO_BIND + bind_result("juliet@localhost/balcony"))
    assert [type(stanza) for stanza in peer.stanzas] == [Iq, Presence, Message]


# A ready stream


def test_stanzas_pass_as_they_are(size: int) -> None:
    """The session iq of old clients, a second bind and stanzas with faults are for the rules to answer."""
    peer = online(size)
    assert peer.send(SESSION + bind("again") + "<presence type='nonsense'/><iq/>") == ""
    session, again, presence, iq = peer.stanzas
    assert isinstance(session, Iq)
    assert session.child is not None
    assert session.child.tag == "{urn:ietf:params:xml:ns:xmpp-session}session"
    assert session.to == parse("localhost")
    assert isinstance(again, Iq)
    assert again.child is not None
    assert again.child.tag == "{urn:ietf:params:xml:ns:xmpp-bind}bind"
    assert presence.fault is not None
    assert iq.fault is not None


def test_white_space_between_stanzas_is_nothing(size: int) -> None:
    """RFC 6120 §4.6.1: keepalives."""
    peer = online(size)
    assert peer.send(" \n<presence/> \r\n\t <presence/>  ") == ""
    assert len(peer.stanzas) == 2


def test_the_language_of_the_stream_is_that_of_its_stanzas(size: int) -> None:
    """RFC 6120 §4.7.4, §8.1.5: the header's xml:lang, unless the stanza has its own; the last header counts."""
    peer = online(size, header=header(xml_lang="de"))
    peer.send("<message/><message xml:lang='fr'/>")
    assert [stanza.lang for stanza in peer.stanzas] == ["de", "fr"]
    plain = online(size)
    plain.send("<message/>")
    assert plain.stanzas[0].lang is None


BAD_CHILDREN = [
    ("<x xmlns='urn:x'/>", "unsupported-stanza-type"),
    ("<x/>", "unsupported-stanza-type"),
    ("<iq xmlns='jabber:component:accept' type='get' id='1'/>", "unsupported-stanza-type"),
    ("<iq xmlns='' type='get' id='1'/>", "unsupported-stanza-type"),
    ("<stream:features/>", "unsupported-stanza-type"),
    ("<!-- -->", "restricted-xml"),
    ("<?pi?>", "restricted-xml"),
    ("<message><body>&nbsp;</body></message>", "restricted-xml"),
    ("<message><body>&undefined;</body></message>", "restricted-xml"),
    ("<message><x:y/></message>", "not-well-formed"),
    ("<message></presence>", "not-well-formed"),
    ("text", "bad-format"),
    ("<message>" + "x" * 10_000 + "</message>", "policy-violation"),
    ("<message>" + "<x>" * 200, "policy-violation"),
]


@pytest.mark.parametrize(("data", "condition"), BAD_CHILDREN)
@pytest.mark.parametrize("phase", ["before login", "before bind", "ready"])
def test_what_no_stream_takes_ends_it_in_every_phase(phase: str, data: str, condition: str, size: int) -> None:
    """RFC 6120 §4.9.3: one error, the end, and nothing that follows is looked at."""
    peer = online(size) if phase == "ready" else client(size)
    if phase != "ready":
        peer.send(HEADER if phase == "before login" else HEADER + PLAIN + HEADER)
    peer.send(data + "<presence/>")
    assert peer.condition == condition
    assert peer.stanzas == []
    assert not peer.stream.ready
    assert peer.send("<presence/>" + HEADER) == ""


def test_stanzas_before_the_error_have_passed(size: int) -> None:
    """What was right and came first is not lost."""
    peer = online(size)
    peer.send("<presence/><x/><presence/>")
    assert peer.condition == "unsupported-stanza-type"
    assert len(peer.stanzas) == 1


@pytest.mark.parametrize("element", [PLAIN, STARTTLS, sasl("abort")])
def test_negotiation_does_not_begin_again(element: str, size: int) -> None:
    """After login neither SASL nor TLS is on offer (RFC 6120 §6.2, §5.2)."""
    for peer in (online(size), client(size)):
        if not peer.stream.ready:
            peer.send(HEADER + PLAIN + HEADER)
        peer.send(element)
        assert peer.condition == "unsupported-stanza-type"


# Ends


@pytest.mark.parametrize(
    "end",
    [
        "</stream:stream>",
        "<stream:error><undefined-condition xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
        "<stream:error><x xmlns='urn:x'/></stream:error></stream:stream>",
    ],
)
@pytest.mark.parametrize("before", [HEADER, HEADER + PLAIN + HEADER, HEADER + PLAIN + HEADER + bind()])
def test_a_client_that_ends_its_stream_gets_the_end_of_ours(before: str, end: str, size: int) -> None:
    """RFC 6120 §4.4: no error, whatever theirs was, and then the connection closes."""
    peer = client(size)
    peer.send(before)
    assert peer.send(end) == "</stream:stream>"
    assert peer.end == End(None)
    assert peer.condition is None
    assert peer.send("<presence/>") == ""


@pytest.mark.parametrize(
    "error",
    [STREAM_SYSTEM_SHUTDOWN, STREAM_CONFLICT, STREAM_CONNECTION_TIMEOUT, STREAM_INTERNAL_SERVER_ERROR],
)
def test_the_server_can_end_a_stream_in_every_phase(error: StreamError, size: int) -> None:
    """With our header first where it was not sent; once only, and nothing is read after it."""
    phases = ["", "<?xml", HEADER, HEADER + PLAIN, HEADER + PLAIN + HEADER, HEADER + PLAIN + HEADER + bind()]
    for before in phases:
        peer = client(size)
        peer.send(before)
        last = peer.stream.fail(error)
        peer.read(last)
        assert isinstance(peer.seen[-1], Closed)
        assert f"<{error.condition} ".encode() in last
        assert last.startswith(b"<?xml") is (before in ("", "<?xml", HEADER + PLAIN))
        assert peer.stream.fail(error) == b""
        assert peer.send(HEADER) == ""
        assert not peer.stream.ready


# Registration


@pytest.mark.parametrize("secured", [True, False])
def test_a_visitor_may_register_where_it_is_switched_on(secured: bool, size: int) -> None:
    """XEP-0077 §3.1: offered beside the mechanisms; the request passes with its domain, and a login may follow."""
    peer = client(size, secured=secured, registration=True, allow_plaintext=not secured)
    answer = peer.send(HEADER)
    assert "</mechanisms><register xmlns='http://jabber.org/features/iq-register'/></stream:features>" in answer
    assert peer.send(REGISTER) == ""
    visit = peer.outputs[-1]
    assert isinstance(visit, VisitorIq)
    assert (visit.domain, visit.iq.id) == ("localhost", "r1")
    assert "<success" in peer.send(PLAIN)


def test_nobody_registers_in_the_clear_unless_that_is_allowed(size: int) -> None:
    """A password does not travel before TLS."""
    peer = client(size, secured=False, registration=True)
    assert "register" not in peer.send(HEADER)
    peer.send(REGISTER)
    assert peer.condition == "not-authorized"


# Any bytes at all

SCRIPT = HEADER + PLAIN + HEADER + bind("balcony") + "<presence/> <message><body>\u00e9</body></message>" + REGISTER


def shown(outputs: list[object]) -> list[str]:
    """Outputs to compare: neighbouring writes are one, stanzas are told by their looks."""
    words: list[str] = []
    for output in outputs:
        if isinstance(output, Stanza):
            child = getattr(output, "child", None)
            inside = etree.tostring(child).decode() if child is not None else output.body.decode()
            words.append(f"{type(output).__name__} {output.type} {output.id} {output.fault} {inside}")
        elif isinstance(output, Write) and words and words[-1].startswith("Write "):
            words[-1] += output.data.decode()
        else:
            words.append(f"Write {output.data.decode()}" if isinstance(output, Write) else repr(output))
    return words


def run(data: bytes, cuts: list[int]) -> list[object]:
    """What ``data`` leads to when it is cut at these places."""
    stream = ClientStream(Host(), secured=True)
    outputs: list[object] = []
    ends = sorted({min(cut, len(data)) for cut in cuts} | {len(data)})
    for begin, end in zip([0, *ends], ends, strict=False):
        outputs += stream.receive(data[begin:end])
    return outputs


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, len(SCRIPT.encode()))), st.sampled_from(["", "</stream:stream>", "<x/>", "<?x?>"]))
def test_how_the_bytes_are_cut_makes_no_difference(cuts: list[int], end: str) -> None:
    """The same outputs for any packets."""
    data = (SCRIPT + end).encode()
    assert shown(run(data, cuts)) == shown(run(data, []))


PIECES = [
    *(HEADER, PLAIN, WRONG, STARTTLS, REGISTER, SESSION, bind(), bind("x", ""), sasl("abort"), sasl("response", "x")),
    *("<presence/>", "<message", "</stream:stream>", "<x xmlns='urn:x'>", "</x>", " ", "<", ">", "'", "&amp;", "\0"),
]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["", HEADER, HEADER + PLAIN + HEADER, HEADER + PLAIN + HEADER + bind()]),
    st.lists(st.sampled_from(PIECES), max_size=12),
    st.booleans(),
)
def test_any_order_of_anything_ends_at_most_once_and_never_raises(
    before: str, pieces: list[str], secured: bool
) -> None:
    """What the server writes stays well-formed, stanzas pass only after bind, and nothing follows the end."""
    seen = []
    for size in (0, 1):
        peer = client(size, secured=secured, allow_plaintext=True)
        for piece in (before, *pieces):
            peer.send(piece)
        assert isinstance(peer.stream, ClientStream)
        assert peer.stream.jid is not None or not peer.stanzas
        assert peer.stream.ready is (peer.stream.jid is not None and peer.end is None)
        assert isinstance(peer.seen[-1], Closed) if peer.end is not None else True
        seen.append(shown(peer.outputs))
    assert seen[0] == seen[1]
