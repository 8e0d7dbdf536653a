"""``rosterkit check server``: its command line; what it means is :mod:`rosterkit.conformance`'s subject.

Tests: ``tests/test_server_checking.py``.
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rosterkit.component_settings import read_component, read_place
from rosterkit.entries import read_accounts
from rosterkit.errors import ConfigError
from rosterkit.options import Setting, from_command_line
from rosterkit.settings import read_domain, read_number, read_path, read_texts, shown

if TYPE_CHECKING:
    from rosterkit.conformance.probing.network_lines import Target
    from rosterkit.conformance.probing.server_run import ServerOptions
    from rosterkit.conformance.server.case import ServerCase

__all__ = ["DESCRIPTION", "add_options", "run"]

DESCRIPTION = """Grade a server: clients and a component of ours talk to it, and every case says what it did.

PATTERN chooses cases: an id (rfc6121/3.1.3/kept-whole), the beginning of one (rfc6121/3.1.3), or a glob.
It takes three accounts whose rosters may be changed and are empty, or --register. Contacts of another server are
played by a component (XEP-0114) that has to be allowed at the server; without one their cases are left out.
Passwords belong into --accounts or ROSTERKIT_ACCOUNTS, the secret into --secret-file or ROSTERKIT_COMPONENT_SECRET,
not where the list of processes shows them (see docs/conformance-server.md)."""
_TRANSPORTS = ("starttls", "tls", "ws", "wss", "plain")
_PORTS = {"starttls": 5222, "tls": 5223, "ws": 5280, "wss": 5281, "plain": 5222}
#: What stands in the first line of a request over HTTP.
_WEBSOCKET_PATH = re.compile(r"/[!-~]*", re.ASCII)
#: So many accounts are registered: enough for two of the largest cases at once.
_REGISTERED = 6
#: Seconds that the server has for each step.
_PATIENCE = 10.0
_OPTIONS = (
    ("host", "HOST", "Where the server is; the default is the domain."),
    ("port", "N", "Its port for the transport; the default is 5222, for tls 5223, for ws 5280, for wss 5281."),
    ("domain", "D", "The domain of its accounts; the default is localhost."),
    ("accounts", "FILE", "A file with one NAME:PASSWORD on each line."),
    ("component-connect", "HOST:PORT", "Where the server takes components."),
    ("component", "DOMAIN[:SECRET]", "The component's domain, with its secret where that is no secret."),
    ("secret-file", "FILE", "A file with the component's secret."),
    ("transport", "HOW", "starttls (the default), tls, ws, wss, or plain."),
    ("websocket-path", "PATH", "The path of the WebSocket; the default is /xmpp-websocket."),
    ("ca-file", "FILE", "The authorities that are trusted (PEM); the default is those of the system."),
    ("expected", "FILE", "A TOML file of verdicts that are expected, each with its reason."),
    ("report", "DIR", "Where the report is written; the default is rosterkit-report."),
    ("server", "NAME", "The server's name in the report; the default is what it says of itself."),
    ("server-version", "TEXT", "The server's version in the report."),
    ("jobs", "N", "How many cases are played at once; the default is 6. Cases share no account."),
    ("patience", "FACTOR", "By how much the server's 10 seconds for each step are multiplied; the default is 1."),
    ("explain", "ID", "Say what a case does and why, and exit."),
)


def add_options(parser: ArgumentParser) -> None:
    """Add the options to the parser of ``check server``."""
    parser.add_argument("patterns", metavar="PATTERN", nargs="*", help="Which cases; all where none is named.")
    parser.add_argument("--seed", metavar="TEXT", help="What names and ids are drawn from; reports have it.")
    for name, metavar, text in _OPTIONS:
        parser.add_argument(f"--{name}", dest=name, metavar=metavar, help=text)
    parser.add_argument(
        "--account",
        dest="account",
        metavar="NAME:PASSWORD",
        action="append",
        help="An account of the server. Other users of the machine can see the password in the list of processes.",
    )
    parser.add_argument(
        "--node",
        dest="node",
        metavar="HOST:PORT",
        action="append",
        help="Another node of the same server: clients log in at each in turn.",
    )
    for name, text in (
        ("register", "Make accounts for the run and remove them afterwards (XEP-0077)."),
        ("wipe", "Empty the rosters of the accounts before the run, whatever is in them."),
        ("no-verify", "Trust every certificate."),
        ("list", "List the cases and exit."),
        ("strict", "Count NON-STRICT as a failure."),
    ):
        parser.add_argument(f"--{name}", dest=name, action="store_true", help=text)


def run(given: Mapping[str, Any]) -> int:
    """Do what a parsed command line says; its exit code.  Raises :class:`ConfigError`."""
    from rosterkit.conformance.listing import choose, explain, find, list_cases
    from rosterkit.conformance.report import SERVERS
    from rosterkit.conformance.server.catalogue import SERVER_ROWS

    if given["explain"] is not None:
        print(explain(find(given["explain"], SERVER_ROWS), suite=SERVERS))
        return 0
    if given["list"]:
        print(list_cases(choose(given["patterns"], SERVER_ROWS)))
        return 0
    choose(given["patterns"], SERVER_ROWS)
    settings = from_command_line(given)
    where = _Where.read(settings)
    options = _options(given, settings, where)
    from rosterkit.conformance.probing.foreground import run as run_server

    target = where.target(settings)
    nodes = [target._replace(host=host, port=port) for host, port in _nodes(settings)]
    return run_server(options, [target, *nodes])


class _Where(NamedTuple):
    """Where the server is, as the command line says."""

    host: str
    port: int
    domain: str
    transport: str
    component_host: str | None
    component_port: int | None
    component_domain: str | None
    component_secret: str | None

    @classmethod
    def read(cls, settings: Mapping[str, Setting]) -> _Where:
        """From the command line and the environment; raises :class:`ConfigError`."""
        domain = read_domain(_text(settings, "domain", "localhost"), "--domain")
        host = _text(settings, "host", domain)
        transport = _text(settings, "transport", "starttls")
        if transport not in _TRANSPORTS:
            raise ConfigError(f"--transport is {transport!r:.40}; it takes {', '.join(_TRANSPORTS)}.")
        port = read_number(settings["port"], 1, 65535) if "port" in settings else _PORTS[transport]
        component = _component(settings)
        if component is None:
            return cls(host, port, domain, transport, None, None, None, None)
        component_host, component_port, component_domain, secret = component
        if component_domain == domain:
            raise ConfigError(
                f"--component is {domain}, the server's own domain: a component has a domain of its own, such as "
                f"feast.{domain}."
            )
        return cls(host, port, domain, transport, component_host, component_port, component_domain, secret)

    def target(self, settings: Mapping[str, Setting]) -> Target:
        """The same for the probe."""
        from rosterkit.conformance.probing.network_lines import Target

        websocket = self.transport in ("ws", "wss")
        transport: Any = "websocket" if websocket else self.transport
        return Target(
            self.host,
            self.port,
            self.domain,
            transport,
            read_path(settings["ca-file"]) if "ca-file" in settings else None,
            "no-verify" not in settings,
            self.component_host,
            self.component_port,
            self.component_domain,
            self.component_secret,
            _websocket_path(settings),
            self.transport == "wss",
        )


def _websocket_path(settings: Mapping[str, Setting]) -> str:
    path = _text(settings, "websocket-path", "/xmpp-websocket")
    if not _WEBSOCKET_PATH.fullmatch(path):
        raise ConfigError(
            f"--websocket-path is {shown(path)}; it takes a path such as /xmpp-websocket, with a slash in front and "
            "everything but ASCII percent-encoded."
        )
    return path


def _component(settings: Mapping[str, Setting]) -> tuple[str, int, str, str] | None:
    """Host, port, domain and secret of the component; None where there is to be none."""
    given = [name for name in ("component-connect", "component", "secret-file") if name in settings]
    if not given:
        return None
    missing = [f"--{name}" for name in ("component-connect", "component") if name not in settings]
    if missing:
        raise ConfigError(f"--{given[0]} belongs to a component, and {' and '.join(missing)} is missing.")
    return *read_place(settings["component-connect"]), *read_component(settings, os.environ)


def _nodes(settings: Mapping[str, Setting]) -> list[tuple[str, int]]:
    """The other nodes of the server."""
    texts = read_texts(settings["node"]) if "node" in settings else []
    return [read_place(Setting(text, "--node")) for text in texts]


def _options(given: Mapping[str, Any], settings: Mapping[str, Setting], where: _Where) -> ServerOptions:
    from rosterkit.conformance.catalogue import selected
    from rosterkit.conformance.probing.lines import Account
    from rosterkit.conformance.probing.server_run import ServerOptions
    from rosterkit.conformance.server.catalogue import SERVER_CASES, SERVER_CHECKS

    accounts = [
        Account(bare.rpartition("@")[0], where.domain, password)
        for bare, password in read_accounts(settings, os.environ, (where.domain,))
    ]
    registered = _REGISTERED if given["register"] else 0
    if not accounts and not registered:
        raise ConfigError(
            "there is no account to work with: name three with --accounts FILE (NAME:PASSWORD on each line), or say "
            "--register where the server lets anybody make accounts."
        )
    chosen = selected(given["patterns"], SERVER_CASES)
    if not chosen:
        raise ConfigError("checks are made in the plays of cases; name cases too.")
    played = [case for case in chosen if _fits(case, where, len(accounts) + registered)]
    if not played:
        raise ConfigError(
            f"nothing is left to be played: the {len(chosen)} cases need a component (--component-connect and "
            "--component), more accounts or another --transport."
        )
    return ServerOptions(
        cases=played,
        checks=SERVER_CHECKS,
        seed=given["seed"] if given["seed"] is not None else secrets.token_hex(4),
        folder=Path(given["report"] or "rosterkit-report"),
        domain=where.domain,
        component=where.component_domain,
        transport=where.transport,
        accounts=accounts,
        register=registered,
        jobs=read_number(settings["jobs"], 1, 64) if "jobs" in settings else 6,
        patience=_PATIENCE * _factor(given["patience"]),
        strict=given["strict"],
        wipe=given["wipe"],
        server=given["server"] or "",
        version=given["server-version"] or "",
        command=_told(given, where),
        expected=_expected(given["expected"]),
        left_out=[case for case in chosen if case not in played],
    )


def _fits(case: ServerCase, where: _Where, accounts: int) -> bool:
    transport = "websocket" if where.transport in ("ws", "wss") else where.transport
    has_all = case.accounts <= accounts and (where.component_domain is not None or not case.component)
    return has_all and transport in case.transports


def _expected(file: str | None) -> Any:
    from rosterkit.conformance.expected import read_expected
    from rosterkit.conformance.results import no_expectations
    from rosterkit.conformance.server.catalogue import SERVER_ROWS

    if file is None:
        return no_expectations
    expectations = read_expected(Path(file), date.today(), SERVER_ROWS)
    for warning in expectations.warnings:
        print(f"rosterkit check server: {warning}", file=sys.stderr)
    return expectations.of


def _factor(value: str | None) -> float:
    try:
        factor = float(value) if value is not None else 1.0
    except ValueError:
        factor = 0.0
    if not 0.01 <= factor <= 1000:
        raise ConfigError(f"--patience is {value!r:.40}; it takes a number from 0.01 to 1000.")
    return factor


def _told(given: Mapping[str, Any], where: _Where) -> str:
    """The options as a report shows them: where the server is, and no secret."""
    words: list[str] = ["--host", where.host, "--port", str(where.port), "--domain", where.domain]
    if where.transport != "starttls":
        words += ["--transport", where.transport]
    if where.component_domain is not None:
        host = f"[{where.component_host}]" if ":" in (where.component_host or "") else where.component_host
        words += ["--component-connect", f"{host}:{where.component_port}"]
        words += ["--component", where.component_domain, "--secret-file", "FILE"]
    words += [word for node in given["node"] or () for word in ("--node", node)]
    words += ["--register"] if given["register"] else ["--accounts", "FILE"]
    words += ["--no-verify"] if given["no-verify"] else []
    words += _paths(given, ("ca-file", "websocket-path"))
    return shlex.join(words)


def _paths(given: Mapping[str, Any], names: Sequence[str]) -> list[str]:
    return [word for name in names if given[name] is not None for word in (f"--{name}", given[name])]


def _text(settings: Mapping[str, Setting], name: str, default: str) -> str:
    if name not in settings:
        return default
    value = settings[name].value
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"--{name} is empty.")
    return value
