"""A client's way in on a fake wire: to our own stream, and to servers that do everything else."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stream_ends import PASSWORD, Host
from streams import cut

from rosterkit.errors import STREAM_CONFLICT
from rosterkit.wire import stream as server_side
from rosterkit.wire.entering import Account, Entering, Phase
from rosterkit.wire.framed import FramedStream, messages
from rosterkit.wire.initiating import Arrived, Came, Failed, Output, Over, StartTls, Write
from rosterkit.wire.negotiate import ClientStream
from rosterkit.wire.patterns import parse_entry
from rosterkit.wire.sasl import MECHANISMS

JULIET = Account("juliet", "localhost", PASSWORD)
HEADER = (
    "<?xml version='1.0'?><stream:stream from='localhost' id='s1' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
TLS = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'"
SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
BIND = "xmlns='urn:ietf:params:xml:ns:xmpp-bind'"
SESSION = "xmlns='urn:ietf:params:xml:ns:xmpp-session'"
STREAMS = "xmlns='urn:ietf:params:xml:ns:xmpp-streams'"
STANZAS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"
END = "</stream:stream>"


def features(*children: str) -> str:
    """An offer behind a header."""
    return f"{HEADER}<stream:features>{''.join(children)}</stream:features>"


def mechanisms(*names: str) -> str:
    """The offer of these mechanisms."""
    return f"<mechanisms {SASL}>{''.join(f'<mechanism>{name}</mechanism>' for name in names)}</mechanisms>"


def bound(full: str, more: str = "") -> str:
    """The answer to bind."""
    return f"<iq type='result' id='enter-bind'{more}><bind {BIND}><jid>{full}</jid></bind></iq>"


OFFER = features(mechanisms("PLAIN"))
SUCCESS = f"<success {SASL}/>"
OFFERS_TLS = features(f"<starttls {TLS}/>")
OFFERS_BIND = features(f"<bind {BIND}/>")
BOUND = bound("juliet@localhost/desk")
#: What a server says to a client that comes over TLS and logs in with PLAIN.
LOGIN = (OFFER, SUCCESS, OFFERS_BIND, BOUND)


class Meeting:
    """An entering client and our own stream, whose bytes are cut in pieces of ``size``, until nobody says anything.

    ``outputs`` is what the client's side gave, ``said`` what it wrote.
    """

    def __init__(self, machine: Entering, size: int = 0, framed: bool = False, **settings: Any) -> None:
        self.machine = machine
        self.host = Host(**settings)
        kind = FramedStream if framed else ClientStream
        self.stream = kind(self.host, secured=bool(settings.get("secured")))
        self.outputs: list[Output] = []
        self._size = size
        self._framed = framed
        self.go_on(machine.start())

    def go_on(self, outputs: list[Output]) -> None:
        """Carry what follows from ``outputs``."""
        waiting = deque(outputs)
        while waiting:
            output = waiting.popleft()
            self.outputs.append(output)
            if isinstance(output, Write):
                waiting += self.say(output.data)
            elif isinstance(output, StartTls):
                self.stream.tls_started()
                waiting += self.machine.secured()

    def say(self, data: bytes) -> list[Output]:
        """What comes of the server's answers to ``data``."""
        answers = [answer for piece in self._pieces(data) for answer in self.stream.receive(piece)]
        said = [answer.data for answer in answers if isinstance(answer, server_side.Write)]
        return [output for each in said for piece in self._pieces(each) for output in self.machine.receive(piece)]

    def _pieces(self, data: bytes) -> list[bytes]:
        return messages(data) if self._framed else cut(data, self._size or max(1, len(data)))

    @property
    def said(self) -> bytes:
        """What the client wrote."""
        return b"".join(output.data for output in self.outputs if isinstance(output, Write))

    @property
    def arrived(self) -> Arrived:
        """Where it has come; once, and nothing failed."""
        (found,) = [output for output in self.outputs if isinstance(output, Arrived | Failed)]
        assert isinstance(found, Arrived), found
        return found


def played(*said: str, upto: Phase = Phase.BOUND, **options: Any) -> list[Output]:
    """What comes of a server that says ``said``, one after the other; ``"TLS"`` is the end of a handshake."""
    machine = Entering(JULIET, upto, **{"secured": True, **options})
    outputs = machine.start()
    for text in said:
        outputs += machine.secured() if text == "TLS" else machine.receive(text.encode())
    return outputs


def failure(*said: str, **options: Any) -> Failed:
    """The failure that all of it ends with."""
    last = played(*said, **options)[-1]
    assert isinstance(last, Failed)
    return last


@pytest.fixture(params=[0, 1], ids=["whole", "bytewise"])
def size(request: pytest.FixtureRequest) -> int:
    """How bytes are cut, in both directions."""
    piece: int = request.param
    return piece


# The way in


@pytest.mark.parametrize("upto", Phase)
def test_it_gets_as_far_as_is_wanted_and_no_farther(upto: Phase, size: int) -> None:
    """Over STARTTLS: it arrives once, and the last word of the way is the server's."""
    meeting = Meeting(Entering(JULIET, upto), size)
    arrived = meeting.arrived
    assert arrived.phase is meeting.machine.phase is upto
    assert meeting.outputs[-1] is arrived
    said = meeting.said
    assert [part in said for part in (b"<stream:stream", b"<starttls", b"<auth", b"<bind")] == [
        upto >= Phase.OPENED,
        upto >= Phase.SECURED,
        upto >= Phase.AUTHENTICATED,
        upto >= Phase.BOUND,
    ]


@pytest.mark.parametrize("upto", Phase)
def test_what_is_known_on_arrival(upto: Phase) -> None:
    """The last offer as one element of the journal, and the full JID from bind on."""
    arrived = Meeting(Entering(JULIET, upto, resource="balcony")).arrived
    assert arrived.jid == ("juliet@localhost/balcony" if upto is Phase.BOUND else None)
    offered = {Phase.CONNECTED: None, Phase.OPENED: "starttls", Phase.SECURED: "mechanisms"}.get(upto, "bind")
    element = parse_entry(arrived.features)
    found = [child.tag.rpartition("}")[2] for child in element] if element is not None else [None]
    assert found[0] == offered


@pytest.mark.parametrize("framed", [False, True], ids=["TCP", "WebSocket"])
def test_where_tls_is_there_or_not_wanted_no_starttls_is_said(framed: bool) -> None:
    """A connection that is protected from the first byte on, and one that shall not be, are secured at once."""
    settings = {"framed": framed, "allow_plaintext": True}
    for options in ({"secured": True}, {"starttls": False}):
        meeting = Meeting(Entering(JULIET, Phase.OPENED, framed=framed, **options), **settings)
        assert meeting.arrived.phase is Phase.SECURED
        meeting = Meeting(Entering(JULIET, Phase.BOUND, framed=framed, **options), **settings)
        assert meeting.arrived.phase is Phase.BOUND
        assert b"starttls" not in meeting.said


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_every_mechanism_logs_in(mechanism: str, size: int) -> None:
    """The one that is wanted is taken; SCRAM checks what the server proves."""
    meeting = Meeting(Entering(JULIET, Phase.BOUND, mechanism=mechanism), size)
    assert meeting.arrived.phase is Phase.BOUND
    assert f"mechanism='{mechanism}'".encode() in meeting.said


def test_without_a_wish_the_best_mechanism_is_taken_and_the_server_makes_a_resource() -> None:
    """RFC 6120 §6.3.3, §7.6."""
    meeting = Meeting(Entering(JULIET, Phase.BOUND))
    assert b"mechanism='SCRAM-SHA-256'" in meeting.said
    assert meeting.host.bound == [None]
    assert meeting.arrived.jid == "juliet@localhost/made-up"


def test_a_resource_is_escaped() -> None:
    """Whatever is in it, it is asked for as it is."""
    meeting = Meeting(Entering(JULIET, Phase.BOUND, resource="<&'>"))
    assert meeting.arrived.jid == "juliet@localhost/<&'>"


def test_an_old_session_is_begun_where_it_is_demanded() -> None:
    """RFC 3921 §3; where it is optional it is left out."""
    offer = features(f"<bind {BIND}/>", f"<session {SESSION}/>")
    outputs = played(OFFER, SUCCESS, offer, BOUND)
    assert isinstance(outputs[-1], Write)
    assert f"<session {SESSION}/>".encode() in outputs[-1].data
    outputs = played(OFFER, SUCCESS, offer, BOUND, "<iq type='result' id='enter-session'/>")
    assert isinstance(outputs[-1], Arrived)
    refused = f"<iq type='error' id='enter-session'><error type='wait'><forbidden {STANZAS}/></error></iq>"
    assert "<session/>" in failure(OFFER, SUCCESS, offer, BOUND, refused).text


def test_everything_that_the_server_says_is_told_in_its_order() -> None:
    """Headers, offers and answers too, each as the journal writes it."""
    came = [output for output in played(*LOGIN) if isinstance(output, Came)]
    assert [each.kind for each in came] == ["stream"] * 5 + ["iq"]
    assert came[0].data == b"<stream:stream from='localhost' id='s1' version='1.0'>"
    elements = [element for each in came if (element := parse_entry(each.data)) is not None]
    names = [element.tag.rpartition("}")[2] for element in elements]
    assert names == ["features", "success", "features", "iq"]


def test_what_was_not_waited_for_is_told_and_passed_over() -> None:
    """Only the answer to a step is one; anything else may come before it."""
    noise = "<message/>", "<iq type='result' id='enter-bind-2'/>", "<x xmlns='y'/>"
    outputs = played(HEADER, *noise, OFFER.removeprefix(HEADER), *noise, SUCCESS, OFFERS_BIND, *noise, BOUND)
    assert isinstance(outputs[-1], Arrived)
    assert sum(isinstance(output, Came) for output in outputs) == 6 + 9


@pytest.mark.parametrize("space", ["", "\n", " \r\n"])
def test_white_space_before_a_new_stream_counts_for_nothing(space: str) -> None:
    """Some servers end lines."""
    assert isinstance(played(OFFER, SUCCESS + space, space, space + OFFERS_BIND, BOUND)[-1], Arrived)


def test_the_whole_login_may_come_in_one_packet() -> None:
    """A server that knows what will be asked need not wait."""
    assert isinstance(played("".join(LOGIN))[-1], Arrived)


def test_what_came_without_protection_is_forgotten() -> None:
    """RFC 6120 §5.4.3.3: whoever puts something behind <proceed/> is not heard."""
    injected = f"<proceed {TLS}/>{OFFER}{SUCCESS}"
    outputs = played(OFFERS_TLS, injected, OFFER, secured=False)
    assert isinstance(outputs[-1], StartTls)
    outputs = played(OFFERS_TLS, injected, "TLS", secured=False, upto=Phase.AUTHENTICATED)
    assert isinstance(outputs[-1], Write)
    assert outputs[-1].data.startswith(b"<?xml")
    assert sum(isinstance(output, Write) for output in outputs) == 3


# After the arrival


@pytest.mark.parametrize("framed", [False, True], ids=["TCP", "WebSocket"])
def test_a_ready_stream_tells_stanzas(framed: bool) -> None:
    """Each with its kind, free of the stream's namespace, and nothing is done about it."""
    machine = Entering(JULIET, Phase.BOUND, framed=framed, secured=True)
    Meeting(machine, framed=framed, allow_plaintext=True)
    said = (
        "<iq type='set' id='1'><query xmlns='jabber:iq:roster'/></iq>",
        "<presence/>",
        "<message/>",
        "<x xmlns='y'/>",
    )
    outputs = [output for text in said for part in written(text, framed) for output in machine.receive(part)]
    assert [(output.data.decode(), output.kind) for output in outputs if isinstance(output, Came)] == list(
        zip(said, ("iq", "presence", "message", "stream"), strict=True)
    )
    assert len(outputs) == 4


def written(text: str, framed: bool) -> list[bytes]:
    """A stanza as it travels."""
    return messages(text.encode()) if framed else [text.encode()]


ERROR = f"<stream:error><conflict {STREAMS}/><text {STREAMS}>Replaced.</text></stream:error>"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (END, "The server has ended the stream with </stream:stream>."),
        (ERROR, "The server has ended the stream with the error conflict (Replaced)."),
        ("<message></presence>", "no XMPP (not-well-formed)"),
        ("<!-- -->", "no XMPP (restricted-xml)"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]>", "no XMPP (restricted-xml)"),
        ("<message>&b;</message>", "no XMPP (restricted-xml)"),
        ("<a>" * 200, "no XMPP (policy-violation)"),
    ],
)
@pytest.mark.parametrize("upto", [Phase.SECURED, Phase.BOUND])
def test_the_end_says_how_and_is_the_last(said: str, text: str, upto: Phase) -> None:
    """However it comes, before the login or behind it, nothing follows."""
    begin = LOGIN if upto is Phase.BOUND else (OFFER,)
    outputs = played(*begin, said, "<message/>", HEADER, upto=upto)
    over = outputs[-1]
    assert isinstance(over, Over)
    assert text in over.text
    assert sum(isinstance(output, Over | Failed) for output in outputs) == 1


def test_close_is_the_end_of_a_framed_stream() -> None:
    """RFC 7395 §3.6: told as the end of a stream on TCP."""
    machine = Entering(JULIET, Phase.BOUND, framed=True, secured=True)
    Meeting(machine, framed=True, allow_plaintext=True)
    end = Came(b"</stream:stream>", "stream"), Over("The server has ended the stream with <close/>.")
    assert tuple(machine.receive(b"<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>")) == end


def test_our_own_server_ends_a_stream_with_an_error() -> None:
    """What our streams write is understood."""
    meeting = Meeting(Entering(JULIET, Phase.BOUND))
    over = meeting.machine.receive(meeting.stream.fail(STREAM_CONFLICT))[-1]
    assert over == Over("The server has ended the stream with the error conflict (Another client has bound this "
                        "resource).")  # fmt: skip


def test_somebody_may_go_on_by_hand() -> None:
    """From each phase on the streams are followed: a new one begins behind a success."""
    machine = Entering(JULIET, Phase.CONNECTED, secured=True)
    outputs = machine.start()
    assert outputs == [Arrived(Phase.CONNECTED, None, b"")]
    for text in LOGIN:
        outputs += machine.receive(text.encode())
    assert [output.kind for output in outputs[1:] if isinstance(output, Came)] == ["stream"] * 5 + ["iq"]
    assert len(outputs) == 7


# Refusals


def sasl_failure(condition: str, text: str = "") -> str:
    """A login that is refused."""
    said = f"<text>{text}</text>" if text else ""
    return f"<failure {SASL}><{condition}/>{said}</failure>"


def stream_error(condition: str) -> str:
    """The end with an error."""
    return f"<stream:error><{condition} {STREAMS}/></stream:error>{END}"


BIND_ERROR = f"<iq type='error' id='enter-bind'><error type='cancel'><conflict {STANZAS}/></error></iq>"
#: What the server says, what the sentence holds, and whether another account might fare better.
REFUSALS: dict[str, tuple[tuple[str, ...], str, bool]] = {
    "wrong password": ((OFFER, sasl_failure("not-authorized")), "juliet@localhost: not-authorized. Check", True),
    "a closed account": ((OFFER, sasl_failure("account-disabled", "Gone.")), "account-disabled (Gone).", True),
    "no condition": ((OFFER, f"<failure {SASL}/>"), "undefined-condition", True),
    "a hostile text": ((OFFER, sasl_failure("aborted", "x\u2028" + "x" * 9999)), "aborted (x\\u2028xxx", True),
    "no mechanism in common": ((features(mechanisms("GSSAPI", "EXTERNAL")),), "GSSAPI, EXTERNAL", False),
    "nothing to log in with": ((features(),), "no way to log in.", False),
    "a domain that is not served": ((HEADER + stream_error("host-unknown"),), "not serve localhost: host-un", False),
    "another error": ((HEADER, stream_error("policy-violation")), "policy-violation before its stream f", False),
    "an end": ((HEADER, END), "ended the stream before its stream features came", False),
    "an end after the login": ((OFFER, END), "before its answer to the login came", False),
    "no XML": (("HTTP/1.1 400 Bad Request\r\n\r\n",), "its stream header should come is no XMPP (not-well-", False),
    "bytes of TLS": (("\x15\x03\x03\0\x02\x02\n",), "Check --transport and --port", False),
    "a component's port": ((HEADER.replace("client", "component:accept"),), "no XMPP server for clients", False),
    "a root of something else": (("<html xmlns='jabber:client'>",), "no XMPP server for clients", False),
    "an old server": ((HEADER.replace("id='s1' version='1.0'", "id='s1'"),), "no version 1.0", False),
    "an endless header": (("<stream:stream " + "a" * 20_000,), "policy-violation", False),
    "a bomb": (("<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><a>&b;</a>",), "restricted-xml", False),
    "a comment": ((HEADER, "<!-- -->"), "its stream features should come is no XMPP (restricted-xml)", False),
    "no bind": ((OFFER, SUCCESS, features()), "lets no resource be bound", False),
    "bind refused": ((*LOGIN[:3], BIND_ERROR), "refuses <bind/> of juliet@localhost: conflict.", True),
    "bind with an empty error": ((*LOGIN[:3], "<iq type='error' id='enter-bind'/>"), "undefined-condition", True),
    "no JID": ((*LOGIN[:3], "<iq type='result' id='enter-bind'/>"), "full JID that is none", False),
    "another's JID": ((*LOGIN[:3], bound("romeo@localhost/x")), "romeo@localhost/x, which is no resource", True),
    "a bare JID": ((*LOGIN[:3], bound("juliet@localhost")), "which is no resource of juliet@localhost", True),
    "a challenge after PLAIN": ((OFFER, f"<challenge {SASL}/>"), "breaks RFC 4616", False),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_is_a_sentence(name: str) -> None:
    """It says what happened; it is the last; nothing of it holds the password."""
    said, text, about_account = REFUSALS[name]
    failed = failure(*said)
    assert text in failed.text
    assert failed.about_account is about_account
    assert failed.text.isprintable()
    assert len(failed.text) < 700
    assert PASSWORD not in failed.text


@pytest.mark.parametrize("name", REFUSALS)
def test_nothing_follows_a_failure(name: str) -> None:
    """However much the server goes on."""
    outputs = played(*REFUSALS[name][0], *LOGIN, END)
    failures = [output for output in outputs if isinstance(output, Failed | Over | Arrived)]
    assert failures == [outputs[-1]]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ((features(mechanisms("PLAIN")),), "offers no STARTTLS. Say with --transport"),
        ((OFFERS_TLS, f"<failure {TLS}/>"), "offers STARTTLS and then cannot do it"),
        ((OFFERS_TLS, END), "before its answer to STARTTLS came"),
    ],
)
def test_tls_that_cannot_be_had(said: tuple[str, ...], text: str) -> None:
    """A login is not tried without it."""
    outputs = played(*said, secured=False)
    assert isinstance(outputs[-1], Failed)
    assert text in outputs[-1].text
    assert not any(isinstance(output, Write) and b"<auth" in output.data for output in outputs)


def test_without_tls_plain_needs_to_be_allowed() -> None:
    """Nobody's password is shown because somebody has taken the better offers away."""
    options = {"secured": False, "starttls": False}
    assert "only PLAIN" in failure(OFFER, **options).text
    assert b"<auth" in played(OFFER, allow_plaintext_password=True, **options)[-1].data  # type: ignore[union-attr]
    tls = features(f"<starttls {TLS}><required/></starttls>")
    assert "no way to log in before TLS. Use --transport starttls" in failure(tls, **options).text


def test_a_mechanism_that_is_wanted_and_not_offered() -> None:
    """No other is tried."""
    assert "does not offer SCRAM-SHA-1 for logging in, but PLAIN" in failure(OFFER, mechanism="SCRAM-SHA-1").text


@pytest.mark.parametrize("password", ["", "\x07", "\ud800"])
def test_a_password_that_cannot_be_sent(password: str) -> None:
    """The sentence names the account."""
    machine = Entering(Account("juliet", "localhost", password), Phase.BOUND, secured=True)
    machine.start()
    failed = machine.receive(features(mechanisms("SCRAM-SHA-1")).encode())[-1]
    assert isinstance(failed, Failed)
    assert failed.text.startswith("juliet@localhost cannot log in: ")
    assert failed.about_account


@pytest.mark.parametrize("lie", ["", "=", "not base64", b64encode(b"v=" + b64encode(b"x" * 20)).decode()])
def test_a_server_that_does_not_know_the_password(lie: str) -> None:
    """RFC 5802 §3: a success without the right signature is none."""
    machine = Entering(JULIET, Phase.BOUND, secured=True, mechanism="SCRAM-SHA-1")
    machine.start()
    (*_, auth) = machine.receive(features(mechanisms("SCRAM-SHA-1")).encode())
    assert isinstance(auth, Write)
    nonce = b64decode(auth.data.partition(b">")[2].partition(b"<")[0]).decode().rpartition("r=")[2]
    first = b64encode(f"r={nonce}x,s={b64encode(b'salt of juliet 1').decode()},i=4096".encode()).decode()
    assert isinstance(machine.receive(f"<challenge {SASL}>{first}</challenge>".encode())[-1], Write)
    failed = machine.receive(f"<success {SASL}>{lie}</success>".encode())[-1]
    assert isinstance(failed, Failed)
    assert not failed.about_account


PIECES = [text.encode() for text in (*LOGIN, OFFERS_TLS, ERROR, END, "<a")] + [b"\xff\0"]


@given(st.booleans(), st.lists(st.sampled_from(PIECES) | st.binary()))
def test_no_server_brings_it_down(framed: bool, said: list[bytes]) -> None:
    """Whatever comes in whatever order, there are outputs; an end is one, and the last."""
    machine = Entering(JULIET, Phase.BOUND, framed=framed, secured=True)
    outputs = machine.start()
    for data in said:
        outputs += machine.receive(data)
    assert not any(isinstance(output, Failed | Over) for output in outputs[:-1])


def test_an_account_does_not_show_its_password() -> None:
    """In no log and no traceback."""
    assert PASSWORD not in repr(JULIET)
    assert JULIET.bare in repr(JULIET)
