"""What can be set, by which name, and where a value came from: one list for every command line and for TOML.

``twistd rosterkit`` and ``rosterkit serve`` make their parsers from :data:`OPTIONS`; a TOML file has the same names
as keys.  What the values mean is :mod:`rosterkit.config`'s subject.

Tests: ``tests/test_config.py``.
"""

from __future__ import annotations

import argparse
import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn

from rosterkit.errors import ConfigError
from rosterkit.limits import LIMITS

__all__ = [
    "CONFIG",
    "CONTROL_PORT",
    "CONTROL_TOKEN_FILE",
    "INTERFACE",
    "MAX_FILE_BYTES",
    "OPTIONS",
    "READY_FILE",
    "Option",
    "Parser",
    "Setting",
    "from_command_line",
    "from_toml",
    "read_text",
    "unknown",
]

#: A longer configuration, account or component file is refused instead of read.
MAX_FILE_BYTES = 4 * 1024 * 1024


class Option(NamedTuple):
    """One option.  ``metavar`` is empty for a flag; ``repeatable`` ones are lists; ``help`` is one sentence."""

    name: str
    metavar: str
    help: str
    repeatable: bool = False


class Parser(argparse.ArgumentParser):
    """A command line's parser, which answers a mistake with one sentence and exit code 2."""

    def error(self, message: str) -> NoReturn:
        """End with the sentence."""
        self.exit(2, f"{self.prog}: {message}\n")


#: What more than one command has.
INTERFACE = Option("interface", "ADDR", "The IP address on which every port listens; the default is 127.0.0.1.")
READY_FILE = Option("ready-file", "PATH", "A file that gets the ready line, at the moment in which all is ready.")
CONTROL_PORT = Option(
    "control-port",
    "N",
    "The port of the control API (HTTP and JSON), 0 for any free one; off by default. "
    "On an --interface that is not loopback it needs a token.",
)
CONTROL_TOKEN_FILE = Option(
    "control-token-file",
    "FILE",
    "A file with the token that callers of the control API must show; "
    "the environment variable ROSTERKIT_CONTROL_TOKEN is the other way.",
)
CONFIG = Option("config", "FILE", "A TOML file with these names as keys; the command line overrides it key by key.")

OPTIONS = (
    Option("domain", "D", "A domain that is served; the default is localhost.", repeatable=True),
    Option(
        "account",
        "NAME[@D]:PASSWORD",
        "An account; without @D it is at the first domain. The password may hold colons. "
        "Other users of the machine can see it in the list of processes: use --accounts for a real one.",
        repeatable=True,
    ),
    Option(
        "accounts", "FILE", "A file with one NAME[@D]:PASSWORD on each line; lines that start with # are comments."
    ),
    Option("db", "PATH", "The SQLite file that keeps everything over a restart; without it all is in memory."),
    Option(
        "durability",
        "LEVEL",
        "What a change in --db survives once it is answered: process, the default, the end of the process however it "
        "ends; full, a power cut as well, for which each commit waits for the disk.",
    ),
    Option("c2s-port", "N", "The port for clients (TCP with STARTTLS), 0 for any free one; the default is 5222."),
    Option(
        "tls-port", "N", "The port for direct TLS, 0 for any free one, none for no such port; the default is 5223."
    ),
    Option(
        "websocket-port",
        "N",
        "The port for WebSocket without TLS (RFC 7395), which takes passwords all the same, 0 for any free one; "
        "off by default. On an --interface that is not loopback it needs --allow-plaintext.",
    ),
    Option("websocket-tls-port", "N", "The port for WebSocket with TLS (wss), 0 for any free one; off by default."),
    Option(
        "cert", "FILE", "The certificate in PEM, the chain after it; without --cert and --key a test CA makes one."
    ),
    Option("key", "FILE", "The private key of --cert in PEM, without a passphrase."),
    Option("ca-file", "PATH", "Where the test CA's certificate is written; the default is a temporary folder."),
    INTERFACE,
    READY_FILE,
    Option("component-port", "N", "The port for external components (XEP-0114), 0 for any free one; off by default."),
    Option("component", "DOMAIN:SECRET", "A component that may connect, with its secret.", repeatable=True),
    Option("components", "FILE", "A file with one DOMAIN:SECRET on each line; lines that start with # are comments."),
    CONTROL_PORT,
    CONTROL_TOKEN_FILE,
    Option(
        "journal",
        "BYTES",
        "How much is remembered of what passed, for each network; "
        "the default is 4194304 with --control-port, and nothing without it.",
    ),
    Option("contacts", "FILE", "A TOML file of scripted contacts (see docs/contacts.md)."),
    Option("registration", "", "Let anybody make an account (XEP-0077)."),
    Option("anonymous", "", "Let anybody log in without a name; the account is gone with the session (XEP-0175)."),
    Option("allow-plaintext", "", "Offer SASL before TLS too; TLS stays on offer."),
    Option("no-versioning", "", "Do not offer roster versioning (RFC 6121 2.6)."),
    Option("no-pre-approval", "", "Do not offer subscription pre-approval (RFC 6121 3.4)."),
    Option("history", "N", "How many roster versions are kept for each account; the default is 500."),
    Option("max-stanza", "BYTES", "The longest stanza that is taken; the default is 262144, the least is 10000."),
    *(Option(limit.option, limit.metavar, limit.help) for limit in LIMITS),
    CONFIG,
)


class Setting(NamedTuple):
    """A raw value, where it was set (ready for the start of a sentence) and what its paths are relative to."""

    value: object
    place: str
    folder: Path = Path()


def from_command_line(given: Mapping[str, object]) -> dict[str, Setting]:
    """Give the settings of a parsed command line, by option name; None, False and [] were not given."""
    return {name: Setting(value, f"--{name}") for name, value in given.items() if value not in (None, False, [])}


def from_toml(path: Path, options: Iterable[Option] = OPTIONS) -> dict[str, Setting]:
    """Give the settings of a TOML file, by name of ``options``; its paths are relative to the folder it is in.

    Raises :class:`ConfigError` for a file that cannot be read, is not TOML (with line and column), or has a key
    that is no option or stands there twice.
    """
    table = _parse_toml(read_text(path, "--config"), path)
    by_key = {option.name.replace("-", "_"): option for option in options if option.name != "config"}
    settings: dict[str, Setting] = {}
    for key, value in table.items():
        option = by_key.get(key.replace("-", "_"))
        if option is None:
            raise ConfigError(f"{path}: {unknown(key, by_key.values())}")
        if option.name in settings:
            raise ConfigError(f"{path} sets {option.name} twice, once with - and once with _: remove one.")
        settings[option.name] = Setting(value, f"{option.name} in {path}", path.parent)
    return settings


def _parse_toml(text: str, path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}.") from error
    except ValueError as error:  # an integer with more digits than Python converts
        raise ConfigError(f"{path} holds a number that is too long to be read.") from error
    except RecursionError as error:
        raise ConfigError(f"{path} is nested too deeply to be read.") from error


def read_text(path: Path, place: str) -> str:
    """Give the text of a file that ``place`` names.

    Raises :class:`ConfigError` where it cannot be read, is over :data:`MAX_FILE_BYTES`, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{place}: {path} cannot be read: {_reason(error)}.") from error
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(f"{place}: {path} is longer than {MAX_FILE_BYTES} bytes; is it the right file?")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(f"{place}: {path} is not UTF-8: see line {line}.") from error


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def unknown(name: str, options: Iterable[Option]) -> str:
    """Give the sentence about a name that is none of ``options``: the nearest one, and all of them."""
    names = [option.name for option in options]
    bare = name.lstrip("-").replace("_", "-")
    dashes = "--" if name.startswith("-") else ""
    nearest = difflib.get_close_matches(bare, names, n=1)
    hint = f" Did you mean {dashes}{nearest[0]}?" if nearest else ""
    return f"{name[:60]!r} is no option.{hint} There are: {', '.join(dashes + name for name in names)}."
