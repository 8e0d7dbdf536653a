"""The seed of a network as JSON: its domains, its accounts with their rosters, its contacts, its switches.

Tests: ``tests/net/control/test_networks.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rosterkit.control_settings import JOURNAL_BYTES
from rosterkit.core import jid
from rosterkit.core.contact_script import read_script
from rosterkit.core.fields import Fields, listed, read_jid
from rosterkit.core.jid import Jid
from rosterkit.core.roster import Item, Roster
from rosterkit.core.seed import in_state, mirrored
from rosterkit.core.subscription import State
from rosterkit.core.world import Settings
from rosterkit.errors import JidError, PasswordError, ScriptError
from rosterkit.net.control.entries import read_roster
from rosterkit.net.seed import Seed, SeedAccount, SeedContact, new_version
from rosterkit.wire import fragments, passwords

__all__ = ["SEED_KEYS", "account_jid", "read_password", "read_seed"]

SEED_KEYS = (
    "domains", "remote", "accounts", "contacts", "components", "mirror", "versioning", "pre_approval", "registration",
    "anonymous", "history", "journal", "own_port",
)  # fmt: skip
_MOST_DOMAINS = 100
_MOST_ACCOUNTS = 1_000


def read_seed(value: object, name: str) -> Seed:
    """The seed that ``value`` spells, of a network called ``name``, which is its domain where it names none.

    Raises :class:`ScriptError` with the dotted path of what is wrong.
    """
    found = Fields(value, "", SEED_KEYS)
    domains = _domains(found, "domains") or (_domain(name, "the network's name"),)
    accounts = _accounts(found, domains[0], domains)
    contacts = _contacts(found)
    if found.flag("mirror", True):
        accounts = _mirrored(accounts)
    return Seed(
        name,
        domains,
        accounts,
        contacts,
        _remote(found, domains, contacts),
        Settings(
            found.flag("versioning", True),
            found.flag("pre_approval", True),
            found.flag("registration"),
            found.integer("history", 500, 0, 100_000),
            found.flag("anonymous"),
        ),
        _components(found, domains),
        found.integer("journal", JOURNAL_BYTES, 1, 1 << 30),
        found.flag("own_port"),
    )


def account_jid(text: str, domain: str, where: str) -> Jid:
    """The bare JID that ``text`` spells; a name alone is one at ``domain``."""
    try:
        address = jid.parse(text if "@" in text else f"{jid.prepare_local(text)}@{domain}")
    except JidError as error:
        raise ScriptError(where, f"is refused: {str(error).rstrip('.')}", "a name, or a bare JID") from error
    if not address.is_bare:
        raise ScriptError(where, "has a resource", "a name, or a bare JID")
    return address


def read_password(found: Fields) -> str:
    """The password at ``password``."""
    found.needed("password", "a text of 1 to 1023 bytes")
    password = found.text("password") or ""
    try:
        passwords.derive_again(password)
    except PasswordError as error:
        raise ScriptError(found.path("password"), "is refused", f"a password ({str(error).rstrip('.')})") from error
    return password


def _domain(text: object, where: str) -> str:
    address = read_jid(text, where)
    if address.full != address.domain:
        raise ScriptError(where, f"is {str(text)!r:.80}", "a domain alone")
    return address.domain


def _domains(found: Fields, key: str) -> tuple[str, ...]:
    if key not in found:
        return ()
    domains = tuple(_domain(text, where) for where, text in listed(found.raw(key), found.path(key), _MOST_DOMAINS))
    if not domains or len(set(domains)) < len(domains):
        raise ScriptError(found.path(key), "names none, or one twice", "different domains")
    return domains


def _table(found: Fields, key: str) -> Mapping[str, Any]:
    value = found.raw(key) if key in found else {}
    if not isinstance(value, Mapping):
        raise ScriptError(found.path(key), "is no object", "an object")
    if len(value) > _MOST_ACCOUNTS:
        raise ScriptError(found.path(key), f"has {len(value)} members", f"at most {_MOST_ACCOUNTS}")
    return value


def _accounts(found: Fields, domain: str, domains: tuple[str, ...]) -> tuple[SeedAccount, ...]:
    accounts: dict[str, SeedAccount] = {}
    for name, value in _table(found, "accounts").items():
        where = f"{found.path('accounts')}.{name}"
        address = account_jid(name, domain, where)
        if address.bare in accounts or address.domain not in domains:
            raise ScriptError(where, "is there twice, or at no domain of the network", "an account of the network")
        account = Fields(value, where, ("password", "roster"))
        keys = passwords.derive_again(read_password(account))
        roster = read_roster(account.raw("roster") or {}, account.path("roster"), address.bare, new_version())
        accounts[address.bare] = SeedAccount(address, keys, roster)
    return tuple(accounts.values())


def _contacts(found: Fields) -> tuple[SeedContact, ...]:
    contacts = []
    for name, value in _table(found, "contacts").items():
        where = f"{found.path('contacts')}.{name}"
        address = read_jid(name, where)
        if not address.is_bare:
            raise ScriptError(where, "has a resource", "a bare JID")
        contacts.append(SeedContact(address, read_script(value, where, fragments)))
    return tuple(contacts)


def _remote(found: Fields, domains: tuple[str, ...], contacts: tuple[SeedContact, ...]) -> tuple[str, ...]:
    remote = dict.fromkeys(_domains(found, "remote"))
    for domain in remote:
        if domain in domains:
            raise ScriptError(
                found.path("remote"), f"names {domain}, a domain of the network itself", "other domains"
            )
    remote |= dict.fromkeys(contact.jid.domain for contact in contacts if contact.jid.domain not in domains)
    return tuple(remote)


def _components(found: Fields, domains: tuple[str, ...]) -> dict[str, str]:
    table = _table(found, "components")
    secrets = Fields(table, found.path("components"), tuple(table))
    components = {}
    for domain in table:
        name = _domain(domain, secrets.path(domain))
        secret = secrets.text(domain)
        if name in domains or not secret:
            raise ScriptError(secrets.path(domain), "is of the network itself, or has no secret", "a domain: secret")
        components[name] = secret
    return components


def _mirrored(accounts: tuple[SeedAccount, ...]) -> tuple[SeedAccount, ...]:
    """Make the contact's side of each pair fit where it is an account too and says nothing of its own."""
    rosters = {account.jid.bare: account.roster for account in accounts}
    for account in accounts:
        for contact in (*account.roster.items, *account.roster.requests):
            if contact in rosters and account.roster.state(contact) is not State.NONE:
                rosters[contact] = _fitting(rosters[contact], account.jid.bare, account.roster.state(contact))
    return tuple(replace(account, roster=rosters[account.jid.bare]) for account in accounts)


def _fitting(roster: Roster, contact: str, other_side: State) -> Roster:
    if contact in roster.items or contact in roster.requests:
        return roster
    item, kept = in_state(contact, mirrored(other_side))
    items: Iterable[Item] = (item,) if item is not None else ()
    requests = {contact: kept} if kept is not None else {}
    return replace(
        roster,
        items={**roster.items, **{one.jid: one for one in items}},
        requests={**roster.requests, **requests},
        memo={},
    )
