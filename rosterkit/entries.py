"""Accounts and components as they are written in options, files and the environment: an address, a colon, a secret.

No sentence of an error here holds a secret.

Tests: ``tests/test_config.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rosterkit import settings as reading
from rosterkit.core import jid
from rosterkit.errors import ConfigError, JidError
from rosterkit.options import Setting, read_text

__all__ = [
    "ACCOUNTS_VARIABLE",
    "COMPONENTS_VARIABLE",
    "MAX_SECRET_BYTES",
    "Account",
    "Component",
    "read_accounts",
    "read_components",
]

#: Environment variables with one entry on each line, as in the files of --accounts and --components.
ACCOUNTS_VARIABLE = "ROSTERKIT_ACCOUNTS"
COMPONENTS_VARIABLE = "ROSTERKIT_COMPONENTS"

#: The longest password or secret.
MAX_SECRET_BYTES = 1023
#: A colon inside the brackets of an IPv6 domain does not end the address; the secret may hold any.
_ENTRY = re.compile(r"((?:[^:\[]|\[[^\]]*\])*):(.*)\Z", re.DOTALL)


class Account(NamedTuple):
    """A prepared bare JID and its password, which ``repr`` does not show."""

    jid: str
    password: str

    def __repr__(self) -> str:
        return f"<Account {self.jid}>"


class Component(NamedTuple):
    """A prepared domain and the secret of its component (XEP-0114), which ``repr`` does not show."""

    domain: str
    secret: str

    def __repr__(self) -> str:
        return f"<Component {self.domain}>"


def read_accounts(
    settings: Mapping[str, Setting], environ: Mapping[str, str], domains: tuple[str, ...]
) -> tuple[Account, ...]:
    """Every account of --account, --accounts and the variable, in this order; one without a domain gets the first.

    Raises :class:`ConfigError` with the place (file and line too) of one that is malformed, at a domain that is not
    among the prepared ``domains``, or there twice.
    """
    entries = [_account(entry, domains) for entry in _entries(settings, _ACCOUNT, environ)]
    return tuple(Account(*pair) for pair in _once(entries))


def read_components(settings: Mapping[str, Setting], environ: Mapping[str, str]) -> tuple[Component, ...]:
    """Every component of --component, --components and the variable, in this order.

    Raises :class:`ConfigError` with the place of one that is malformed or there twice.
    """
    entries = [_component(entry) for entry in _entries(settings, _COMPONENT, environ)]
    return tuple(Component(*pair) for pair in _once(entries))


class _Kind(NamedTuple):
    """What comes as an option, in a file and in a variable."""

    option: str
    variable: str
    form: str


_ACCOUNT = _Kind("account", ACCOUNTS_VARIABLE, "NAME[@DOMAIN]:PASSWORD")
_COMPONENT = _Kind("component", COMPONENTS_VARIABLE, "DOMAIN:SECRET")


class _Entry(NamedTuple):
    """One account or component as it was written; ``place`` says where, for a sentence."""

    address: str
    secret: str
    place: str


def _entries(settings: Mapping[str, Setting], kind: _Kind, environ: Mapping[str, str]) -> Iterator[_Entry]:
    """Every entry of the option, of the file that the option of its plural names, and of the variable."""
    if kind.option in settings:
        place = settings[kind.option].place
        for text in reading.read_texts(settings[kind.option]):
            yield _split(text, place, kind)
    if f"{kind.option}s" in settings:
        setting = settings[f"{kind.option}s"]
        path = reading.read_path(setting)
        yield from _lines(read_text(path, setting.place), str(path), kind)
    yield from _lines(environ.get(kind.variable, ""), kind.variable, kind)


def _lines(text: str, place: str, kind: _Kind) -> Iterator[_Entry]:
    for number, line in enumerate(text.split("\n"), start=1):
        entry = line.lstrip().removesuffix("\r")
        if entry and not entry.startswith("#"):
            yield _split(entry, f"{place}, line {number}", kind)


def _split(text: str, place: str, kind: _Kind) -> _Entry:
    parts = _ENTRY.match(text)
    if parts is None or not parts[1]:
        raise ConfigError(f"{place}: there is no name before a colon; it takes {kind.form}.")
    _check_secret(parts[1], parts[2], place)
    return _Entry(parts[1], parts[2], place)


def _check_secret(address: str, secret: str, place: str) -> None:
    if not secret:
        raise ConfigError(
            f"{place}: {address!r} has nothing after its colon; an empty password or secret is refused."
        )
    try:
        size = len(secret.encode())
    except UnicodeEncodeError as error:
        raise ConfigError(f"{place}: the password or secret of {address!r} is not UTF-8.") from error
    if size > MAX_SECRET_BYTES or "\0" in secret:
        raise ConfigError(
            f"{place}: the password or secret of {address!r} is longer than {MAX_SECRET_BYTES} bytes or holds a NUL."
        )


def _account(entry: _Entry, domains: tuple[str, ...]) -> _Entry:
    """The entry with its bare JID as address."""
    text, _, place = entry
    try:
        account = jid.parse(text if "@" in text else f"{text}@{domains[0]}")
    except JidError as error:
        raise ConfigError(f"{place}: {error}") from error
    if not account.is_bare:
        raise ConfigError(f"{place}: {text!r} has a resource; an account is NAME or NAME@DOMAIN.")
    if account.domain not in domains:
        raise ConfigError(
            f"{place}: {account.bare} is at a domain that is not served; --domain has {', '.join(domains)}: "
            f"use one of them or add --domain {account.domain}."
        )
    return entry._replace(address=account.bare)


def _component(entry: _Entry) -> _Entry:
    """The entry with its prepared domain as address."""
    return entry._replace(address=reading.read_domain(entry.address, entry.place))


def _once(entries: list[_Entry]) -> Iterator[tuple[str, str]]:
    """Every (address, secret); an address that comes twice is refused with both places."""
    places: dict[str, str] = {}
    for address, secret, place in entries:
        if address in places:
            raise ConfigError(f"{address} is set twice, in {places[address]} and in {place}: remove one.")
        places[address] = place
        yield address, secret
