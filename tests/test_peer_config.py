"""The configuration of a peer: what a command line, a file and the environment mean, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rosterkit.errors import ConfigError
from rosterkit.peer_config import PEER_OPTIONS, PeerConfig, load_peer

LEAST = {"component-connect": "server.test:5347", "component": "contacts.test:s3cr3t", "control-port": "0"}


def loaded(environ: dict[str, str] | None = None, **given: Any) -> PeerConfig:
    """The configuration of the least that is needed with changes; None leaves a key out."""
    values = {name.replace("_", "-"): value for name, value in given.items()}
    return load_peer(LEAST | values, environ or {})


def test_the_least_that_is_needed():
    """A server, a component, and somebody to play; everything else has its default."""
    assert loaded() == PeerConfig(
        host="server.test", port=5347, domain="contacts.test", secret="s3cr3t", control_port=0
    )
    assert (loaded().wait, loaded().shared, loaded().max_stanza) == (30, False, 4_194_304)


def test_everything_that_can_be_given(tmp_path: Path):
    """Each option arrives in its field."""
    (tmp_path / "token").write_text("a-good-token\n")
    config = loaded(
        component="Contacts.Test:a:b", contacts=str(tmp_path / "c.toml"), shared=True, wait="0", control_port="8080",
        control_token_file=str(tmp_path / "token"), interface="0.0.0.0", journal="100000",
        ready_file=str(tmp_path / "ready"), max_stanza="10000",
    )  # fmt: skip
    assert config == PeerConfig(
        host="server.test", port=5347, domain="contacts.test", secret="a:b", contacts=tmp_path / "c.toml",
        shared=True, wait=0, control_port=8080, control_token="a-good-token", interface="0.0.0.0", journal=100_000,
        ready_file=tmp_path / "ready", max_stanza=10_000,
    )  # fmt: skip


def test_every_option_has_a_field():
    """None is read and forgotten; those that make a field together are the other way round."""
    fields = {name.replace("_", "-") for name in PeerConfig.__dataclass_fields__}
    options = {option.name for option in PEER_OPTIONS}
    assert options - fields == {"component-connect", "component", "secret-file", "control-token-file", "config"}
    assert fields - options == {"host", "port", "domain", "secret", "control-token"}


def test_a_file_says_the_same(tmp_path: Path):
    """Its paths start at its folder, and the command line overrides it key by key."""
    (tmp_path / "secret").write_text("s3cr3t\n")
    (tmp_path / "peer.toml").write_text(
        'component-connect = "[::1]:5347"\ncomponent = "contacts.test"\nsecret-file = "secret"\n'
        'contacts = "c.toml"\nshared = true\nwait = 5\n'
    )
    config = load_peer({"config": str(tmp_path / "peer.toml"), "wait": "6"}, {})
    assert (config.host, config.port, config.place) == ("::1", 5347, "[::1]:5347")
    assert (config.secret, config.contacts, config.shared, config.wait) == ("s3cr3t", tmp_path / "c.toml", True, 6)


@pytest.mark.parametrize("text", ["s3cr3t", "s3cr3t\n", "s3cr3t\r\n", " s3cr3t "])
def test_a_secret_file_holds_nothing_but_the_secret(tmp_path: Path, text: str):
    """Spaces belong to it, the end of the line does not."""
    (tmp_path / "secret").write_bytes(text.encode())
    config = loaded(component="contacts.test", secret_file=str(tmp_path / "secret"))
    assert config.secret == text.rstrip("\r\n")


def test_the_environment_may_have_the_secret():
    """Where no list of processes shows it."""
    config = loaded({"ROSTERKIT_COMPONENT_SECRET": "a:b"}, component="contacts.test")
    assert (config.domain, config.secret) == ("contacts.test", "a:b")


def test_no_secret_is_shown():
    """Not by the configuration itself."""
    config = loaded(component="contacts.test:hush")
    assert "hush" not in repr(config)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"component_connect": None}, "--component-connect HOST:PORT is missing"),
        ({"component": None}, "--component DOMAIN:SECRET is missing"),
        ({"component_connect": "server.test"}, "--component-connect is 'server.test'; it takes HOST:PORT"),
        ({"component_connect": "::1:5347"}, "an IPv6 address in brackets"),
        ({"component_connect": "server.test:0"}, "it takes HOST:PORT"),
        ({"component_connect": "server.test:65536"}, "it takes HOST:PORT"),
        ({"component": "hush"}, "--component has no colon, and so no secret"),
        ({"component": "contacts.test:"}, "has nothing after its colon"),
        ({"component": "nurse@contacts.test:hush"}, "it takes a domain alone"),
        ({"component": ":hush"}, "there is no name before a colon"),
        ({"component": "contacts.test:" + "hush" * 300}, "is longer than 1023 bytes"),
        ({"secret_file": "/none/hush"}, "cannot be read"),
        ({"control_port": None}, "There is nobody to play: add --contacts FILE, or --control-port N"),
        ({"interface": "0.0.0.0"}, "--control-port on 0.0.0.0, which is not loopback, needs a token"),
        ({"wait": "soon"}, "--wait is 'soon'; it takes a whole number from 0 to 86400 (seconds)."),
        ({"journal": "0"}, "--journal is 0; it takes a whole number from 65536"),
        ({"max_stanza": "1"}, "--max-stanza is 1;"),
    ],
)
def test_what_is_wrong_is_a_sentence(given: dict[str, Any], said: str):
    """It names the option and what it takes, and holds no secret."""
    with pytest.raises(ConfigError) as caught:
        loaded(**given)
    assert said in str(caught.value)
    assert "hush" not in str(caught.value).replace("/none/hush", "")


@pytest.mark.parametrize(
    ("component", "file", "environ", "said"),
    [
        ("contacts.test:x", "hush", {}, "--component and --secret-file both give a secret: remove one."),
        ("contacts.test", "hush", {"ROSTERKIT_COMPONENT_SECRET": "hush"}, "both give a secret: remove one."),
        ("contacts.test:x", None, {"ROSTERKIT_COMPONENT_SECRET": "hush"}, "both give a secret: remove one."),
        ("contacts.test", "", {}, "--secret-file holds no secret: it takes one line of 1 to 1023 bytes"),
        ("contacts.test", "hush\nhush\n", {}, "--secret-file holds no secret"),
        ("contacts.test", "hush" * 300, {}, "--secret-file holds no secret"),
        ("contacts.test", None, {"ROSTERKIT_COMPONENT_SECRET": "hush\udcff"}, "it is not UTF-8"),
    ],
)
def test_a_secret_has_one_place(tmp_path: Path, component: str, file: str | None, environ: dict[str, str], said: str):
    """Two of them, or one that is none, are refused without being shown."""
    given: dict[str, Any] = {"component": component}
    if file is not None:
        (tmp_path / "file").write_text(file)
        given["secret_file"] = str(tmp_path / "file")
    with pytest.raises(ConfigError) as caught:
        loaded(environ, **given)
    assert said in str(caught.value) and "hush" not in str(caught.value)


def test_a_key_of_a_file_that_is_no_option(tmp_path: Path):
    """The options of a peer are named, not those of a server."""
    (tmp_path / "peer.toml").write_text("c2s-port = 5222\n")
    with pytest.raises(ConfigError, match=r"'c2s-port' is no option\..*component-connect") as caught:
        load_peer({"config": str(tmp_path / "peer.toml")}, {})
    assert "account" not in str(caught.value)
