"""``python -m rosterkit.testing SERVER``: one of the servers of :mod:`rosterkit.testing.servers`, from a terminal.

When it is ready one line of JSON is printed on standard output.  Ctrl-C (SIGINT), SIGTERM and SIGHUP end it, and
nothing is left of it.  Exit codes: 0 ended by a signal, 2 usage, 3 the server did not come up.

Tests: ``tests/testing/test_main.py``, ``tests/live/test_readme_servers.py``.
"""

from __future__ import annotations

import json
import shlex
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from rosterkit.errors import ConfigError, RosterkitError
from rosterkit.options import Parser
from rosterkit.testing.servers import RunningServer, ejabberd, jabberd2, prosody, rosterkit_server

__all__ = ["main"]

_SERVERS: Mapping[str, Callable[..., AbstractContextManager[RunningServer]]] = {
    "prosody": prosody,
    "ejabberd": ejabberd,
    "jabberd2": jabberd2,
    "rosterkit": rosterkit_server,
}
_DESCRIPTION = """Start a real server for tests until Ctrl-C: in a temporary folder, at free ports of loopback, with
the domain localhost and certificates of its own; afterwards nothing is left of it (see docs/servers.md)."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(argv: Sequence[str] | None = None) -> int:
    """Start the server that the command line names, wait for a signal, and end it; the exit code."""
    given = _parser().parse_args(argv)
    before = {number: signal.signal(number, _end) for number in _SIGNALS}
    try:
        accounts, components = _pairs(given.account, "--account"), _pairs(given.component, "--component")
        options: dict[str, Any] = {"components": components, "registration": given.registration}
        options |= {"direct_tls": given.direct_tls, "websocket": given.websocket}
        with _SERVERS[given.server](accounts, **options) as server:
            told = _told(server)
            if given.env is not None:
                _write(given.env, told)
            print(json.dumps(told), flush=True)
            while True:
                signal.pause()
    except _EndedError:
        return 0
    except ConfigError as error:
        return _failed(given.server, error, 2)
    except RosterkitError as error:
        return _failed(given.server, error, 3)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _parser() -> Parser:
    parser = Parser(prog="python -m rosterkit.testing", description=_DESCRIPTION, allow_abbrev=False)
    parser.add_argument("server", metavar="SERVER", choices=list(_SERVERS), help=", ".join(_SERVERS))
    for name, metavar, text in (
        ("account", "NAME:PASSWORD", "An account at localhost; may be given again."),
        ("component", "DOMAIN:SECRET", "A component that may connect; may be given again."),
    ):
        parser.add_argument(f"--{name}", metavar=metavar, action="append", default=[], help=text)
    for name, text in (
        ("registration", "Let anybody make an account (XEP-0077)."),
        ("direct-tls", "One more port, with TLS from the first byte."),
        ("websocket", "One more port, for WebSocket with TLS (RFC 7395)."),
    ):
        parser.add_argument(f"--{name}", action="store_true", help=text)
    text = "A file that gets HOST, PORT, COMPONENT_PORT, CA_FILE and the rest, for a shell to read."
    parser.add_argument("--env", metavar="FILE", type=Path, help=text)
    return parser


def _pairs(words: Sequence[str], option: str) -> dict[str, str]:
    """Names and secrets; ConfigError for a word without either."""
    pairs: dict[str, str] = {}
    for word in words:
        name, _, secret = word.partition(":")
        if not name or not secret:
            raise ConfigError(f"{option} takes a name, a colon and a secret, and got {word.partition(':')[0]!r:.60}.")
        pairs[name] = secret
    return pairs


def _told(server: RunningServer) -> dict[str, object]:
    """What somebody has to know to connect."""
    return {
        "server": server.name,
        "domain": server.domain,
        "host": server.host,
        "port": server.port,
        "component_port": server.component_port,
        "tls_port": server.tls_port,
        "websocket_url": server.websocket_url,
        "ca_file": str(server.ca_file),
    }


def _write(path: Path, told: Mapping[str, object]) -> None:
    lines = (f"{name.upper()}={shlex.quote(str(value))}\n" for name, value in told.items() if value is not None)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--env {path} cannot be written: {error.strerror}. Name another file.") from error


class _EndedError(BaseException):
    """A signal came: the server is ended and its folder removed on the way out."""


def _end(*_: object) -> None:
    """What the first signal does; the end takes a moment, and another one changes nothing about it."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise _EndedError


def _failed(server: str, error: RosterkitError, code: int) -> int:
    print(f"python -m rosterkit.testing {server}: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
