"""One frozen configuration of a peer, made and checked in one place, whoever asked for it.

``rosterkit peer`` and ``twistd rosterkit-peer`` make their parsers from :data:`PEER_OPTIONS`; a TOML file has the
same names as keys, and the command line overrides it key by key.

Tests: ``tests/test_peer_config.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rosterkit import settings as reading
from rosterkit.component_settings import read_component, read_place
from rosterkit.control_settings import JOURNAL_BYTES, check_control, read_token
from rosterkit.errors import ConfigError
from rosterkit.options import (
    CONFIG,
    CONTROL_PORT,
    CONTROL_TOKEN_FILE,
    INTERFACE,
    READY_FILE,
    Option,
    Setting,
    from_command_line,
    from_toml,
)

__all__ = ["PEER_OPTIONS", "WAIT", "PeerConfig", "load_peer"]

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
    CONTROL_PORT,
    CONTROL_TOKEN_FILE,
    INTERFACE,
    Option("journal", "BYTES", "How much is remembered of what passed; the default is 4194304, the least is 65536."),
    READY_FILE,
    Option(
        "max-stanza",
        "BYTES",
        "The longest stanza that is taken from the server; the default is 4194304, the least is 10000.",
    ),
    CONFIG,
)


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
    values["host"], values["port"] = read_place(settings["component-connect"])
    values["domain"], values["secret"] = read_component(settings, environ)
    values["control_token"] = read_token(settings, environ)
    return PeerConfig(**values)
