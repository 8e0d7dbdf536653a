"""One frozen configuration, made and checked in one place, whoever asked for it.

:func:`load` takes a parsed command line, the TOML file that it may name, and the environment.  The command line
overrides the file key by key (a list is replaced as a whole); accounts and components from every source are added up.

Tests: ``tests/test_config.py``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from rosterkit import settings as reading
from rosterkit.control_settings import JOURNAL_BYTES, check_control, read_token
from rosterkit.entries import Account, Component, read_accounts, read_components
from rosterkit.errors import ConfigError
from rosterkit.limits import LIMITS, Limits
from rosterkit.options import Setting, from_command_line, from_toml

__all__ = ["Account", "Component", "Config", "load"]

_DEFAULT_DOMAINS = ("localhost",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What one server does.  Ports: 0 is any free one, None is off.  Paths are absolute.

    Values are taken as prepared (:func:`load` prepares them); one that contradicts another raises
    :class:`ConfigError`, also when an application makes its own Config.
    """

    domains: tuple[str, ...] = _DEFAULT_DOMAINS
    accounts: tuple[Account, ...] = ()
    db: Path | None = None
    durability: Literal["process", "full"] = "process"
    c2s_port: int = 5222
    tls_port: int | None = 5223
    websocket_port: int | None = None
    websocket_tls_port: int | None = None
    cert: Path | None = None
    key: Path | None = None
    ca_file: Path | None = None
    interface: str = "127.0.0.1"
    ready_file: Path | None = None
    component_port: int | None = None
    components: tuple[Component, ...] = ()
    control_port: int | None = None
    control_token: str | None = field(default=None, repr=False)
    journal: int = 0
    contacts: Path | None = None
    registration: bool = False
    anonymous: bool = False
    allow_plaintext: bool = False
    versioning: bool = True
    pre_approval: bool = True
    history: int = 500
    max_stanza: int = 262_144
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        check_control(self)
        _check_contacts(self)
        _check_tls(self)
        _check_websocket(self)
        _check_components(self)
        _check_ports(self)
        _check_durability(self)


#: Option, field and reader; accounts and components have several sources and come after these.
_FIELDS: tuple[tuple[str, str, Callable[[Setting], object]], ...] = (
    ("domain", "domains", reading.read_domains),
    ("db", "db", reading.read_db),
    ("durability", "durability", reading.read_durability),
    ("c2s-port", "c2s_port", reading.read_port),
    ("tls-port", "tls_port", reading.read_tls_port),
    ("websocket-port", "websocket_port", reading.read_port),
    ("websocket-tls-port", "websocket_tls_port", reading.read_port),
    ("cert", "cert", reading.read_path),
    ("key", "key", reading.read_path),
    ("ca-file", "ca_file", reading.read_new_file),
    ("interface", "interface", reading.read_interface),
    ("ready-file", "ready_file", reading.read_new_file),
    ("component-port", "component_port", reading.read_port),
    ("control-port", "control_port", reading.read_port),
    ("journal", "journal", reading.read_journal),
    ("contacts", "contacts", reading.read_path),
    ("registration", "registration", reading.read_flag),
    ("anonymous", "anonymous", reading.read_flag),
    ("allow-plaintext", "allow_plaintext", reading.read_flag),
    ("no-versioning", "versioning", reading.read_no_flag),
    ("no-pre-approval", "pre_approval", reading.read_no_flag),
    ("history", "history", reading.read_history),
    ("max-stanza", "max_stanza", reading.read_max_stanza),
)


def load(given: Mapping[str, object], environ: Mapping[str, str]) -> Config:
    """Give the configuration of a parsed command line: values by option name, None where one was not given.

    A value is a text, a list of texts for a repeatable option, True for a flag.  Reads the files of --config,
    --accounts and --components and two variables of ``environ``; other files are only looked for.  Raises
    :class:`ConfigError`, whose sentence names the key, where it was set and what is allowed, and no secret.
    """
    settings = from_command_line(given)
    if "config" in settings:
        settings = from_toml(reading.read_path(settings["config"])) | settings
    values: dict[str, Any] = {field: read(settings[name]) for name, field, read in _FIELDS if name in settings}
    domains = values.setdefault("domains", _DEFAULT_DOMAINS)
    values["accounts"] = read_accounts(settings, environ, domains)
    values["components"] = read_components(settings, environ)
    values["control_token"] = read_token(settings, environ)
    values["limits"] = _read_limits(settings)
    if "control_port" in values or "contacts" in values:
        values.setdefault("journal", JOURNAL_BYTES)
    return Config(**values)


def _read_limits(settings: Mapping[str, Setting]) -> Limits:
    """The limits that are set, by option name, the others as they are."""
    set_here = (limit for limit in LIMITS if limit.option in settings)
    numbers = {
        limit.field: reading.read_number(settings[limit.option], limit.low, limit.high, limit.unit)
        for limit in set_here
    }
    return Limits(**numbers)


def _check_tls(config: Config) -> None:
    if (config.cert is None) != (config.key is None):
        missing = "--key" if config.key is None else "--cert"
        raise ConfigError(f"--cert and --key belong together: {missing} is missing.")
    if config.cert is not None and config.ca_file is not None:
        raise ConfigError(
            "--ca-file is for the test CA's certificate, and with --cert there is no test CA: remove one."
        )


def _check_durability(config: Config) -> None:
    if config.durability == "full" and config.db is None:
        raise ConfigError("--durability full is for a database, and there is none: add --db PATH, or leave it out.")


def _check_contacts(config: Config) -> None:
    if config.contacts is not None and not config.journal:
        raise ConfigError(
            "--contacts needs something to be remembered: leave --journal 0 out, or set it to some BYTES."
        )


def _check_websocket(config: Config) -> None:
    """ConfigError where passwords would cross a network in plain text without anybody having said so."""
    exposed = config.websocket_port is not None and not ipaddress.ip_address(config.interface).is_loopback
    if exposed and not config.allow_plaintext:
        raise ConfigError(
            f"--websocket-port on {config.interface}, which is not loopback, would take passwords without TLS: "
            "use --websocket-tls-port instead, or add --allow-plaintext."
        )


def _check_components(config: Config) -> None:
    if config.components and config.component_port is None:
        raise ConfigError("A component is set, but no port for it: add --component-port N (0 for any free one).")
    for component in config.components:
        if component.domain in config.domains:
            raise ConfigError(
                f"{component.domain} is a --domain and a component's domain too: it can be one of them."
            )


def _check_ports(config: Config) -> None:
    ports = {
        "--c2s-port": config.c2s_port,
        "--tls-port": config.tls_port,
        "--websocket-port": config.websocket_port,
        "--websocket-tls-port": config.websocket_tls_port,
        "--component-port": config.component_port,
        "--control-port": config.control_port,
    }
    seen: dict[int, str] = {}
    for name, port in ports.items():
        if port and port in seen:
            raise ConfigError(f"{seen[port]} and {name} are both {port}: each needs its own (0 for any free one).")
        if port:
            seen[port] = name
