"""``rosterkit check server``: its command line; what it means is :mod:`rosterkit.conformance`'s subject.

Tests: ``tests/test_server_checking.py``.
"""

from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rosterkit.check_settings import read_expectations, read_factor, read_seed
from rosterkit.entries import read_accounts
from rosterkit.errors import ConfigError
from rosterkit.options import Setting, from_command_line
from rosterkit.server_place import read_nodes, read_transport, told
from rosterkit.settings import read_number

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
    nodes = read_nodes(settings)
    options = _options(given, settings, nodes[0])
    from rosterkit.conformance.probing.foreground import run as run_server

    return run_server(options, nodes)


def _options(given: Mapping[str, Any], settings: Mapping[str, Setting], target: Target) -> ServerOptions:
    from rosterkit.conformance.catalogue import selected
    from rosterkit.conformance.probing.lines import Account
    from rosterkit.conformance.probing.server_run import ServerOptions
    from rosterkit.conformance.server.catalogue import SERVER_CASES, SERVER_CHECKS, SERVER_ROWS

    accounts = [
        Account(bare.rpartition("@")[0], target.domain, password)
        for bare, password in read_accounts(settings, os.environ, (target.domain,))
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
    played = [case for case in chosen if _fits(case, target, len(accounts) + registered)]
    if not played:
        raise ConfigError(
            f"nothing is left to be played: the {len(chosen)} cases need a component (--component-connect and "
            "--component), more accounts or another --transport."
        )
    return ServerOptions(
        cases=played,
        checks=SERVER_CHECKS,
        seed=read_seed(given["seed"]),
        folder=Path(given["report"] or "rosterkit-report"),
        domain=target.domain,
        component=target.component_domain,
        transport=read_transport(settings),
        accounts=accounts,
        register=registered,
        jobs=read_number(settings["jobs"], 1, 64) if "jobs" in settings else 6,
        patience=_PATIENCE * read_factor(given["patience"]),
        strict=given["strict"],
        wipe=given["wipe"],
        server=given["server"] or "",
        version=given["server-version"] or "",
        command=told(given, target),
        expected=read_expectations(given["expected"], SERVER_ROWS, "rosterkit check server"),
        left_out=[case for case in chosen if case not in played],
    )


def _fits(case: ServerCase, target: Target, accounts: int) -> bool:
    has_all = case.accounts <= accounts and (target.component_domain is not None or not case.component)
    return has_all and target.transport in case.transports
