"""TLS that goes wrong on purpose, as Python's own ssl sees it on real sockets: STARTTLS, direct TLS, wss."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme
from calling import Api, controlled
from dialogue import HEADER, STARTTLS
from pytest_twisted import ensureDeferred
from serving import logged_in, serving
from twisted.internet.threads import deferToThread

N = "/networks/a.test"
PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
REASONS = {
    "tls-expired": "certificate has expired",
    "tls-other-name": "Hostname mismatch",
    "tls-unknown-ca": "unable to get local issuer certificate",
}


def _handshake(where: dict[str, Any], ca_file: str, domain: str, port: str, sni: str | None, checks: bool) -> str:
    """What a client's handshake ends with: "good", the reason why the certificate is refused, or "cut"."""
    with socket.create_connection((where["host"], where["port"]), 5) as plain:
        if port == "c2s":
            plain.sendall((HEADER.replace("localhost", domain) + STARTTLS).encode())
            read = b""
            while not read.endswith(PROCEED):
                read += plain.recv(4096)
        context = ssl.create_default_context(cafile=ca_file)
        context.check_hostname = checks and sni is not None
        try:
            with context.wrap_socket(plain, server_hostname=sni):
                return "good"
        except ssl.SSLCertVerificationError as error:
            return error.verify_message
        except (ConnectionResetError, ssl.SSLEOFError):
            return "cut"


async def shake_hands(
    ready: dict[str, Any], port: str = "c2s", domain: str = "a.test", sni: str | None = "a.test", checks: bool = True
) -> str:
    """The same, while the server goes on."""
    said: str = await deferToThread(_handshake, ready[port], ready["ca_file"], domain, port, sni, checks)
    return said


async def struck(api: Api, fault: str, **values: Any) -> None:
    """A network where a fault is active."""
    await api.make()
    assert (await api("POST", f"{N}/faults", {"fault": fault, **values})).status == 201


async def notes(api: Api) -> list[tuple[str, str | None]]:
    """The sentences of the journal about faults that struck, and on which connection."""
    entries = (await api("GET", f"{N}/journal?kind=fault")).body["entries"]
    return [(entry["text"], entry["session"]) for entry in entries if "strikes" in entry["text"]]


@pytest.mark.parametrize("port", ["c2s", "tls", "websocket_tls"])
@pytest.mark.parametrize("fault", REASONS)
@ensureDeferred
async def test_the_certificate_is_refused_for_the_right_reason(fault: str, port: str) -> None:
    """And for no other; the next handshake is good."""
    async with controlled(tls_port=0, websocket_tls_port=0) as api:
        await struck(api, fault, next=1)
        assert REASONS[fault] in await shake_hands(api.ready, port)
        ((note, session),) = await notes(api)
        assert note == f"The fault {fault} (f1) strikes a TLS handshake."
        assert (session is not None) is (port == "c2s")
        assert await shake_hands(api.ready, port) == "good"


@pytest.mark.parametrize("port", ["c2s", "tls", "websocket_tls"])
@ensureDeferred
async def test_the_handshake_is_cut(port: str) -> None:
    """The connection is gone before anything of the server's has come in TLS; others are not disturbed."""
    async with controlled(tls_port=0, websocket_tls_port=0) as api:
        bystander = await logged_in(api.ready)
        await struck(api, "tls-cut")
        for _ in range(2):
            assert await shake_hands(api.ready, port) == "cut"
        assert await shake_hands(api.ready, port, "localhost", "localhost") == "good"
        bystander.say("<iq type='get' id='alive' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>")
        await bystander.until("id='alive'")


@pytest.mark.parametrize(("fault", "said"), [*REASONS.items(), ("tls-cut", "cut")])
@ensureDeferred
async def test_starttls_needs_no_name_to_be_struck(fault: str, said: str) -> None:
    """The stream has said for which domain it is; a client that gives no name cannot see that it is another's."""
    async with controlled() as api:
        await struck(api, fault)
        expected = "good" if fault == "tls-other-name" else said
        assert expected in await shake_hands(api.ready, sni=None)


@ensureDeferred
async def test_a_name_that_no_certificate_can_bear_is_struck_too() -> None:
    """It gets a certificate for the names of everybody, and that has expired."""
    async with controlled() as api:
        await struck(api, "tls-expired", next=1)
        assert REASONS["tls-expired"] in await shake_hands(api.ready, sni="ab--cd.test", checks=False)
        assert await shake_hands(api.ready, sni="ab--cd.test", checks=False) == "good"


@ensureDeferred
async def test_it_strikes_its_network_alone_and_no_stanza() -> None:
    """Another network is not disturbed, whichever name the client gives; a plain session reads what it should."""
    async with controlled(tls_port=0) as api:
        await api.make("b.test")
        await struck(api, "tls-unknown-ca")
        for port in ("c2s", "tls"):
            assert await shake_hands(api.ready, port, "b.test", "b.test") == "good"
        assert await shake_hands(api.ready, "c2s", "b.test", "a.test") == "good"
        client = await api.login()
        client.say("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
        await client.until("id='r'")
        assert await notes(api) == []


@ensureDeferred
async def test_with_files_of_ones_own_nothing_is_struck(tmp_path: Path) -> None:
    """There is nobody who could make another certificate; the client gets the one that was brought."""
    authority = trustme.CA()
    leaf = authority.issue_cert("a.test")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    leaf.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    leaf.private_key_pem.write_to_path(tmp_path / "key.pem")
    async with controlled(cert=tmp_path / "cert.pem", key=tmp_path / "key.pem") as api:
        await struck(api, "tls-unknown-ca")
        assert await shake_hands({**api.ready, "ca_file": str(tmp_path / "ca.pem")}) == "good"


@ensureDeferred
async def test_without_a_fault_there_is_nothing_to_ask() -> None:
    """A server without a journal takes TLS as ever."""
    async with serving(tls_port=0) as ready:
        for port in ("c2s", "tls"):
            assert await shake_hands(ready, port, "localhost", "localhost") == "good"
