"""Component streams on a fake wire: handshake, addressing, and every way to get them wrong."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_ends import Host, Peer

from rosterkit.core.jid import parse
from rosterkit.core.stanza import Iq, Message, Presence
from rosterkit.errors import STREAM_CONFLICT, STREAM_SYSTEM_SHUTDOWN, StreamError
from rosterkit.wire.handshake import ComponentStream
from rosterkit.wire.stream import End, Write


class Rooms(Host):
    """Expects one component, whose secret is ``sesame``; remembers who is attached."""

    def __init__(self) -> None:
        super().__init__()
        self.attached: list[str] = []
        self.objection: StreamError | None = None

    def secret(self, domain: str) -> str | None:
        """One domain has one."""
        return {"rooms.localhost": "sesame", "caf\u00e9.test": "s\u00e9same"}.get(domain)

    def attach(self, domain: str) -> StreamError | None:
        """Unless there is an objection."""
        self.attached.append(domain)
        return self.objection


def header(to: str | None = "rooms.localhost", namespace: str = "jabber:component:accept") -> str:
    """A component's header."""
    written = f" to='{to}'" if to is not None else ""
    return f"<stream:stream xmlns='{namespace}' xmlns:stream='http://etherx.jabber.org/streams'{written}>"


def handshake(stream_id: str = "id1", secret: str = "sesame") -> str:
    """XEP-0114 §3 in the component's words."""
    return f"<handshake>{hashlib.sha1((stream_id + secret).encode()).hexdigest()}</handshake>"


def component(size: int = 0) -> tuple[Peer, Rooms]:
    """A component and its host."""
    host = Rooms()
    return Peer(ComponentStream(host), size), host


def attached(size: int = 0) -> Peer:
    """A component after its handshake; what came until then is forgotten."""
    peer, _ = component(size)
    peer.send(header() + handshake())
    assert peer.stream.ready
    peer.outputs.clear()
    return peer


@pytest.fixture(params=[0, 1], ids=["whole", "bytewise"])
def size(request: pytest.FixtureRequest) -> int:
    """How the component's bytes are cut."""
    piece: int = request.param
    return piece


@pytest.mark.parametrize("to", ["rooms.localhost", "Rooms.LOCALHOST", "rooms.localhost."])
def test_a_component_shakes_hands(to: str, size: int) -> None:
    """XEP-0114 §3: our header with its domain and an id, its digest, our empty handshake; then it is attached."""
    peer, host = component(size)
    assert peer.send(header(to)) == (
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept'"
        " xmlns:stream='http://etherx.jabber.org/streams' id='id1' from='rooms.localhost' xml:lang='en'>"
    )
    assert host.attached == []
    assert peer.send(handshake()) == "<handshake/>"
    assert host.attached == ["rooms.localhost"]
    assert peer.stream.ready
    assert peer.stream.domain == "rooms.localhost"


def test_header_handshake_and_stanzas_may_come_in_one_packet() -> None:
    """A component that knows its id in advance need not wait."""
    peer, _ = component()
    peer.send(header() + handshake() + "\n<presence from='rooms.localhost' to='a@localhost'/>")
    assert [type(output) for output in peer.outputs] == [Write, Write, Presence]


def test_secrets_beyond_ascii_are_utf8() -> None:
    """Both sides hash the same bytes."""
    peer, _ = component()
    peer.send(header("caf\u00e9.test"))
    assert peer.send(handshake("id1", "s\u00e9same")) == "<handshake/>"


@pytest.mark.parametrize(
    "to", [None, "", "localhost", "elsewhere.test", "a@rooms.localhost", "rooms.localhost/x", "@"]
)
def test_a_domain_that_is_not_expected_is_host_unknown(to: str | None, size: int) -> None:
    """After our own header, which claims no domain."""
    peer, _ = component(size)
    assert " from=" not in peer.send(header(to))
    assert peer.condition == "host-unknown"


@pytest.mark.parametrize("namespace", ["jabber:client", "jabber:component:connect", "urn:x"])
def test_another_content_namespace_is_invalid(namespace: str, size: int) -> None:
    """A client on the component port is told so."""
    peer, _ = component(size)
    peer.send(header(namespace=namespace))
    assert peer.condition == "invalid-namespace"


@pytest.mark.parametrize(
    "digest",
    [
        handshake(secret="sesam"),
        handshake("id2"),
        handshake().upper().replace("HANDSHAKE", "handshake"),
        "<handshake/>",
        "<handshake>\u00e9</handshake>",
        "<handshake><x/></handshake>",
    ],
)
def test_a_wrong_digest_is_not_authorized(digest: str, size: int) -> None:
    """XEP-0114 §3: the stream ends, and nobody is attached."""
    peer, host = component(size)
    peer.send(header())
    peer.send(digest + handshake())
    assert peer.condition == "not-authorized"
    assert host.attached == []


def test_the_digest_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hmac.compare_digest says decides."""
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: True)
    peer, _ = component()
    assert peer.send(header() + "<handshake>x</handshake>").endswith("<handshake/>")


def test_a_domain_that_is_taken_is_a_conflict(size: int) -> None:
    """The host's word ends the stream; the one that was first stays."""
    peer, host = component(size)
    host.objection = STREAM_CONFLICT
    peer.send(header() + handshake())
    assert peer.condition == "conflict"
    assert not peer.stream.ready


@pytest.mark.parametrize(
    "stanza", ["<message from='rooms.localhost' to='a@localhost'/>", "<presence/>", "<iq type='get' id='1'/>"]
)
def test_a_stanza_before_the_handshake_is_not_authorized(stanza: str, size: int) -> None:
    """It ends the stream and goes nowhere."""
    peer, _ = component(size)
    peer.send(header() + stanza + handshake())
    assert peer.condition == "not-authorized"
    assert peer.stanzas == []


@pytest.mark.parametrize(
    "sender", ["rooms.localhost", "hall@rooms.localhost", "hall@Rooms.localhost/nick", "rooms.localhost/x"]
)
def test_a_component_speaks_for_everybody_at_its_domain(sender: str, size: int) -> None:
    """Any localpart, any resource; the sender stands as it was given."""
    peer = attached(size)
    for name in ("message", "presence", "iq type='result' id='1'"):
        assert peer.send(f"<{name} from='{sender}' to='a@localhost'/>") == ""
    assert [type(stanza) for stanza in peer.stanzas] == [Message, Presence, Iq]
    assert {stanza.sender for stanza in peer.stanzas} == {parse(sender)}


@pytest.mark.parametrize(
    "sender", ["localhost", "a@localhost", "x.rooms.localhost", "h@x.rooms.localhost", "@", "", "a b@c"]
)
def test_another_sender_is_invalid_from(sender: str, size: int) -> None:
    """RFC 6120 §4.9.3.9: not another domain, not a subdomain, not what is no JID."""
    peer = attached(size)
    peer.send(f"<message from='{sender}' to='a@localhost'/><message from='rooms.localhost' to='a@localhost'/>")
    assert peer.condition == "invalid-from"
    assert peer.stanzas == []


@pytest.mark.parametrize("attributes", ["", "to='a@localhost'", "from='rooms.localhost'"])
def test_a_stanza_without_addresses_is_improper_addressing(attributes: str, size: int) -> None:
    """RFC 6120 §4.9.3.7: both are needed."""
    peer = attached(size)
    peer.send(f"<message {attributes}/>")
    assert peer.condition == "improper-addressing"


@pytest.mark.parametrize("to", ["", "@", "a b@c"])
def test_a_malformed_to_is_left_to_the_rules(to: str, size: int) -> None:
    """The stream lives; the stanza's fault says what its sender is told."""
    peer = attached(size)
    peer.send(f"<message from='rooms.localhost' to='{to}'/>")
    fault = peer.stanzas[0].fault
    assert fault is not None
    assert fault.condition == "jid-malformed"
    assert peer.end is None


@pytest.mark.parametrize(
    ("data", "condition"),
    [
        ("<x xmlns='urn:x'/>", "unsupported-stanza-type"),
        ("<message xmlns='jabber:client' from='rooms.localhost' to='a@localhost'/>", "unsupported-stanza-type"),
        ("<!-- -->", "restricted-xml"),
        ("<message></iq>", "not-well-formed"),
        ("<message>" + "x" * 10_000 + "</message>", "policy-violation"),
    ],
)
@pytest.mark.parametrize("ready", [True, False])
def test_what_no_stream_takes_ends_it(data: str, condition: str, ready: bool, size: int) -> None:
    """Before the handshake and after it."""
    peer = attached(size) if ready else component(size)[0]
    if not ready:
        peer.send(header())
    peer.send(data)
    assert peer.condition == condition


def test_a_second_handshake_is_nothing_that_a_stream_takes(size: int) -> None:
    """It comes once."""
    peer = attached(size)
    peer.send(handshake())
    assert peer.condition == "unsupported-stanza-type"


@pytest.mark.parametrize("end", ["</stream:stream>", "<stream:error/>"])
def test_a_component_that_ends_its_stream_gets_the_end_of_ours(end: str, size: int) -> None:
    """No error, and the connection closes."""
    peer = attached(size)
    assert peer.send(end) == "</stream:stream>"
    assert peer.end == End(None)


def test_the_server_can_end_the_stream_at_any_time() -> None:
    """Our header first where it was not sent; once only."""
    for before in ("", header(), header() + handshake()):
        peer, _ = component()
        peer.send(before)
        last = peer.stream.fail(STREAM_SYSTEM_SHUTDOWN)
        peer.read(last)
        assert last.startswith(b"<?xml") is not bool(before)
        assert peer.stream.fail(STREAM_SYSTEM_SHUTDOWN) == b""
        assert peer.send(header()) == ""


PIECES = [
    *(header(), handshake(), "<handshake/>", "<presence/>", "<presence from='rooms.localhost' to='a@localhost'/>"),
    *("</stream:stream>", "<x>", "</x>", " ", "<", ">", "&amp;", "\0"),
]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["", header() + handshake()]), st.lists(st.sampled_from(PIECES), max_size=8))
def test_any_order_of_anything_ends_at_most_once_and_never_raises(before: str, pieces: list[str]) -> None:
    """Whole and one byte at a time alike; the peer checks that what is written is well-formed."""
    ends = []
    for size in (0, 1):
        peer, host = component(size)
        for piece in (before, *pieces):
            peer.send(piece)
        written = b"".join(output.data for output in peer.outputs if isinstance(output, Write))
        ends.append((written, len(peer.stanzas), peer.end, host.attached))
    assert ends[0] == ends[1]
