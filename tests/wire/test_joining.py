"""A component's way in on a fake wire: to our own stream, and to servers that do everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import cut
from test_handshake import Rooms

from rosterkit.errors import STREAM_CONFLICT
from rosterkit.wire.handshake import ComponentStream
from rosterkit.wire.initiating import Arrived, Came, Failed, Output, Over, Phase, Write
from rosterkit.wire.joining import Joining

HEADER = (
    "<?xml version='1.0'?><stream:stream from='rooms.localhost' id='s1' xmlns='jabber:component:accept' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
END = "</stream:stream>"


def error(condition: str) -> str:
    """The end with an error."""
    namespace = "urn:ietf:params:xml:ns:xmpp-streams"
    said = f"<{condition} xmlns='{namespace}'/><text xmlns='{namespace}'>It is so.</text>"
    return f"<stream:error>{said}</stream:error>{END}"


def played(*said: str) -> list[Output]:
    """What comes of a server that says ``said``, one after the other."""
    machine = Joining("rooms.localhost", "sesame")
    outputs = machine.start()
    for text in said:
        outputs += machine.receive(text.encode())
    return outputs


def met(domain: str, secret: str, host: Rooms | None = None, size: int = 0) -> list[Output]:
    """What comes of our own stream, with bytes in pieces of ``size``."""
    machine, stream = Joining(domain, secret), ComponentStream(host or Rooms())
    found, waiting = list[Output](), machine.start()
    while waiting:
        found += waiting
        said = b"".join(output.data for output in waiting if isinstance(output, Write))
        answers = [answer for piece in cut(said, size or 1024) for answer in stream.receive(piece)]
        data = b"".join(answer.data for answer in answers if isinstance(answer, Write))
        waiting = [output for piece in cut(data, size or 1024) for output in machine.receive(piece)]
    return found


@pytest.mark.parametrize("size", [0, 1], ids=["whole", "bytewise"])
@pytest.mark.parametrize(("domain", "secret"), [("rooms.localhost", "sesame"), ("caf\u00e9.test", "s\u00e9same")])
def test_it_joins_our_own_server(domain: str, secret: str, size: int) -> None:
    """XEP-0114 §3: header, digest, and there it is; its JID is its domain."""
    outputs = met(domain, secret, size=size)
    assert outputs[-1] == Arrived(Phase.BOUND, domain, b"")
    assert [output.data for output in outputs if isinstance(output, Came)][1:] == [b"<handshake/>"]


def test_what_it_says() -> None:
    """No version, no language; the SHA-1 of the id and the secret."""
    header, came, digest = played(HEADER)
    assert isinstance(header, Write)
    assert header.data.endswith(b" to='rooms.localhost'>")
    assert came == Came(b"<stream:stream from='rooms.localhost' id='s1'>", "stream")
    assert digest == Write(b"<handshake>35436b8050136d6e6d41ffb478b03c698b105896</handshake>")


def test_stanzas_are_told() -> None:
    """Free of the component's namespace; what comes before the handshake is answered is told too."""
    stanza = "<presence from='juliet@localhost' to='rooms.localhost'/>"
    outputs = played(HEADER, stanza, "<handshake/>" + stanza, "<message/>", END)
    assert outputs.count(Came(stanza.encode(), "presence")) == 2
    assert outputs[-3] == Came(b"<message/>", "message")
    assert outputs[-1] == Over("The server has ended the stream with </stream:stream>.")


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (
            (HEADER, error("not-authorized")),
            "refuses the secret of the component rooms.localhost: not-authorized (It",
        ),
        (
            (HEADER, error("host-unknown")),
            "expects no component rooms.localhost: host-unknown (It is so). Add it to",
        ),
        ((HEADER, error("conflict")), "rooms.localhost is taken: conflict (It is so). End the other component"),
        ((HEADER, error("policy-violation")), "policy-violation (It is so) before its answer to the handshake came"),
        ((HEADER.replace(" id='s1'", ""), error("host-unknown")), "expects no component rooms.localhost"),
        ((HEADER.replace(" id='s1'", ""), END), "a stream header with an id"),
        ((HEADER.replace("component:accept", "client"),), "no XMPP server for components"),
        ((HEADER, END), "before its answer to the handshake came"),
        (("\x15\x03\x03\0\x02\x02\n",), "is no XMPP (not-well-formed)"),
        (("<!DOCTYPE a [<!ENTITY b 'c'>]>",), "is no XMPP (restricted-xml)"),
        (("<stream:stream a='" + "b" * 20_000,), "is no XMPP (policy-violation)"),
    ],
)
def test_what_cannot_be_is_a_sentence(said: tuple[str, ...], text: str) -> None:
    """It says what happened and what to do, it is the last, and the secret is not in it."""
    outputs = played(*said, HEADER, "<handshake/>")
    failed = outputs[-1]
    assert isinstance(failed, Failed)
    assert text in failed.text
    assert "sesame" not in failed.text
    assert not failed.about_account


def test_our_own_server_refuses() -> None:
    """What our streams say is understood."""
    rooms = Rooms()
    rooms.objection = STREAM_CONFLICT
    refusals = met("rooms.localhost", "wrong"), met("nowhere.test", "sesame"), met("rooms.localhost", "sesame", rooms)
    for outputs, text in zip(refusals, ("the secret", "no component nowhere.test", "is taken"), strict=True):
        assert isinstance(outputs[-1], Failed)
        assert text in outputs[-1].text


@given(st.lists(st.sampled_from([HEADER, "<handshake/>", "<message/>", END, "<a"]).map(str.encode) | st.binary()))
def test_no_server_brings_it_down(said: list[bytes]) -> None:
    """Whatever comes in whatever order, an end is the last output."""
    machine = Joining("rooms.localhost", "sesame")
    outputs = machine.start()
    for data in said:
        outputs += machine.receive(data)
    assert not any(isinstance(output, Failed | Over) for output in outputs[:-1])
