"""One frozen configuration of a peer, made and checked in one place, whoever asked for it.

``rosterkit peer`` and ``twistd rosterkit-peer`` make their parsers from :data:`PEER_OPTIONS`; a TOML file has the
same names as keys, and the command line overrides it key by key.

Tests: ``tests/test_peer_config.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rosterkit import settings as reading
from rosterkit.control_settings import JOURNAL_BYTES, check_control, read_token
from rosterkit.entries import Component, read_components
from rosterkit.errors import ConfigError
from rosterkit.options import Option, Setting, from_command_line, from_toml, read_text

__all__ = ["PEER_OPTIONS", "SECRET_VARIABLE", "WAIT", "PeerConfig", "load_peer"]

#: The environment variable that holds the component's secret.
SECRET_VARIABLE = "ROSTERKIT_COMPONENT_SECRET"
#: Seconds that the server has to take the component at first, unless somebody says otherwise.
WAIT = 30

PEER_OPTIONS = (
    Option("component-connect", "HOST:PORT", "Where the server takes external components (XEP-0114)."),
    Option(
        "component",
        "DOMAIN:SECRET",
        "The component's domain and its secret, as the server's configuration has them. Other users of the machine "
        "can see the secret in the list of processes: for a real one give DOMAIN alone, and --secret-file.",
    ),
    Option(
        "secret-file",
        "FILE",
        "A file with nothing but the secret; the environment variable ROSTERKIT_COMPONENT_SECRET is the other way.",
    ),
    Option("contacts", "FILE", "A TOML file of scripted contacts at the component's domain (see docs/contacts.md)."),
    Option(
        "shared",
        "",
        "Other processes play the same contacts for the same domain: let each contact begin with the first stanza "
        "that the server brings for it.",
    ),
    Option(
        "wait",
        "SECONDS",
        f"How long the server may take until it can be reached at first; the default is {WAIT}, 0 is one attempt. "
        "Later there is no limit.",
    ),
    Option(
        "control-port",
        "N",
        "The port of the control API (HTTP and JSON), 0 for any free one; off by default. "
        "On an --interface that is not loopback it needs a token.",
    ),
    Option(
        "control-token-file",
        "FILE",
        "A file with the token that callers of the control API must show; "
        "the environment variable ROSTERKIT_CONTROL_TOKEN is the other way.",
    ),
    Option("interface", "ADDR", "The IP address on which the control API listens; the default is 127.0.0.1."),
    Option("journal", "BYTES", "How much is remembered of what passed; the default is 4194304, the least is 65536."),
    Option("ready-file", "PATH", "A file that gets the ready line, at the moment in which the peer is ready."),
    Option(
        "max-stanza",
        "BYTES",
        "The longest stanza that is taken from the server; the default is 4194304, the least is 10000.",
    ),
    Option("config", "FILE", "A TOML file with these names as keys; the command line overrides it key by key."),
)

_PLACE = re.compile(r"(\[[^\[\]]+\]|[^\[\]:\s]+):([0-9]{1,5})\Z", re.ASCII)
#: The longest secret, in bytes, as for the components of our own server.
_MAX_SECRET_BYTES = 1023


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerConfig:
    """What one peer does.  Paths are absolute, ``wait`` is in seconds, ``control_port`` None is off.

    Values are taken as prepared (:func:`load_peer` prepares them); one that contradicts another raises
    :class:`ConfigError`, also when an application makes its own PeerConfig.
    """

    host: str
    port: int
    domain: str
    secret: str = field(repr=False)
    contacts: Path | None = None
    shared: bool = False
    wait: float = WAIT
    control_port: int | None = None
    control_token: str | None = field(default=None, repr=False)
    interface: str = "127.0.0.1"
    journal: int = JOURNAL_BYTES
    ready_file: Path | None = None
    max_stanza: int = 4 * 1024 * 1024

    def __post_init__(self) -> None:
        check_control(self)
        if self.contacts is None and self.control_port is None:
            raise ConfigError("There is nobody to play: add --contacts FILE, or --control-port N to add them later.")

    @property
    def place(self) -> str:
        """Where the server is, as ``HOST:PORT``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def _read_wait(setting: Setting) -> int:
    return reading.read_number(setting, 0, 86_400, " (seconds)")


def _read_journal(setting: Setting) -> int:
    return reading.read_number(setting, 65_536, 1 << 32, " (bytes)")


#: Option, field and reader; what has several sources or makes two fields comes after these.
_FIELDS: tuple[tuple[str, str, Callable[[Setting], object]], ...] = (
    ("contacts", "contacts", reading.read_path),
    ("shared", "shared", reading.read_flag),
    ("wait", "wait", _read_wait),
    ("control-port", "control_port", reading.read_port),
    ("interface", "interface", reading.read_interface),
    ("journal", "journal", _read_journal),
    ("ready-file", "ready_file", reading.read_new_file),
    ("max-stanza", "max_stanza", reading.read_max_stanza),
)


def load_peer(given: Mapping[str, object], environ: Mapping[str, str]) -> PeerConfig:
    """Give the configuration of a parsed command line: values by option name, None where one was not given.

    Reads the files of --config, --secret-file and --control-token-file and two variables of ``environ``.  Raises
    :class:`ConfigError`, whose sentence names the key, where it was set and what is allowed, and no secret.
    """
    settings = from_command_line(given)
    if "config" in settings:
        settings = from_toml(reading.read_path(settings["config"]), PEER_OPTIONS) | settings
    values: dict[str, Any] = {field: read(settings[name]) for name, field, read in _FIELDS if name in settings}
    for name, form in (("component-connect", "HOST:PORT"), ("component", "DOMAIN:SECRET")):
        if name not in settings:
            raise ConfigError(f"--{name} {form} is missing: a peer needs a server that takes it as a component.")
    values["host"], values["port"] = _read_place(settings["component-connect"])
    values["domain"], values["secret"] = _read_component(settings, environ)
    values["control_token"] = read_token(settings, environ)
    return PeerConfig(**values)


def _read_place(setting: Setting) -> tuple[str, int]:
    found = _PLACE.match(setting.value) if isinstance(setting.value, str) else None
    if found is None or not 0 < int(found[2]) < 65536:
        raise ConfigError(
            f"{setting.place} is {reading.shown(setting.value)}; it takes HOST:PORT, such as localhost:5347, "
            "with an IPv6 address in brackets."
        )
    return found[1].strip("[]"), int(found[2])


def _read_component(settings: Mapping[str, Setting], environ: Mapping[str, str]) -> Component:
    """The domain, and the secret from the one place that has it."""
    setting = settings["component"]
    if not isinstance(setting.value, str):
        raise ConfigError(f"{setting.place} is not a text; it takes DOMAIN:SECRET, or DOMAIN beside a secret file.")
    found = _read_secret(settings, environ)
    has_secret = ":" in setting.value.rpartition("]")[2]  # those of an IPv6 domain stand in brackets
    if has_secret and found is not None:
        raise ConfigError(f"{setting.place} and {found.place} both give a secret: remove one.")
    if has_secret:
        (component,) = read_components({"component": setting}, {})
        return component
    if found is None:
        raise ConfigError(
            f"{setting.place} has no colon, and so no secret: write DOMAIN:SECRET, or write DOMAIN and add "
            f"--secret-file FILE or set {SECRET_VARIABLE}."
        )
    return Component(reading.read_domain(setting.value, setting.place), str(found.value))


def _read_secret(settings: Mapping[str, Setting], environ: Mapping[str, str]) -> Setting | None:
    """The secret of --secret-file or of the environment, with its place; None where there is none."""
    setting, variable = settings.get("secret-file"), environ.get(SECRET_VARIABLE)
    if setting is None:
        return _checked(Setting(variable, SECRET_VARIABLE)) if variable else None
    if variable:
        raise ConfigError(f"{setting.place} and {SECRET_VARIABLE} both give a secret: remove one.")
    text = read_text(reading.read_path(setting), setting.place)
    return _checked(Setting(text.removesuffix("\n").removesuffix("\r"), setting.place))


def _checked(secret: Setting) -> Setting:
    text = str(secret.value)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise ConfigError(f"{secret.place} holds no secret: it is not UTF-8.") from error
    if not 0 < size <= _MAX_SECRET_BYTES or "\n" in text or "\0" in text:
        raise ConfigError(
            f"{secret.place} holds no secret: it takes one line of 1 to {_MAX_SECRET_BYTES} bytes, without a NUL."
        )
    return secret
