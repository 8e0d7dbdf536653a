"""The three servers, seeded before they start, without TLS, with SCRAM keys instead of passwords, and quiet logs.

Prosody gets its own files; ejabberd imports one of XEP-0227; ours gets its database.

Tests: ``tests/bench/peers/test_peer_workloads.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bench.clients.costing import Tree
from bench.peers.seeds import PASSWORD, Account
from rosterkit.core.credentials import Credentials
from rosterkit.core.effects import SaveAccount
from rosterkit.core.roster import Roster
from rosterkit.store import open_store
from rosterkit.testing.child import Child
from rosterkit.testing.ejabberd import Ejabberd
from rosterkit.testing.prosody import Prosody
from rosterkit.testing.serve import Rosterkit
from rosterkit.testing.setup import make_setup
from rosterkit.wire import passwords

__all__ = ["SERVERS", "Measured", "serving", "write_database"]

_ENTRANT = "entrant"
_BATCH = 500
#: One client, or one account, does everything here.
_UNLIMITED = ("--max-rate", "0", "--max-connections", "0", "--max-resources", "1000")
#: What Prosody's host has besides what tests of other people need; its passwords are keys, which is the default.
_PROSODY = """
authentication = "internal_hashed"
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
"""


class Measured(NamedTuple):
    """A server that runs: where clients connect, and its processes."""

    name: str
    port: int
    tree: Tree


class Seeded(Child):
    """A server that has these ``people`` before it starts."""

    def __init__(self, folder: Path, people: Sequence[Account]) -> None:
        super().__init__(folder, make_setup({_ENTRANT: PASSWORD}))
        self._people = people


class OurServer(Seeded, Rosterkit):
    """``rosterkit serve`` on a file; the journal is off."""

    def configure(self) -> None:
        """Make the database."""
        super().configure()
        write_database(self.folder / "rosters.db", self._people)

    def commands(self) -> Iterator[list[str]]:
        """Without TLS, and with nothing that limits one busy client."""
        for command in super().commands():
            yield [*command, "--allow-plaintext", *_UNLIMITED]


class PlaintextProsody(Seeded, Prosody):
    """Debian's, with ``internal_hashed``, which is its default."""

    def configure(self) -> None:
        """Write what belongs to the host, and a file for each account and roster."""
        super().configure()
        text = self._configuration.read_text(encoding="utf-8").replace('min = "info"', 'min = "warn"')
        self._configuration.write_text(text + _PROSODY, encoding="utf-8")
        for account in self._people:
            self._write("accounts", account.name, _lua_keys(keys_of(account.name)))
            self._write("roster", account.name, _lua_roster(account))

    def _write(self, store: str, name: str, text: str) -> None:
        folder = self.folder / "data" / self.domain / store
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.dat").write_text(f"return {text};\n", encoding="utf-8")


class PlaintextEjabberd(Seeded, Ejabberd):
    """Debian's, with keys instead of passwords; Mnesia is its own store."""

    def configure(self) -> None:
        """Write the configuration, and the file that the first start imports."""
        super().configure()
        path = self._configuration_file
        configuration = json.loads(path.read_text(encoding="utf-8"))
        configuration |= {"auth_password_format": "scram", "auth_scram_hash": "sha", "loglevel": "warning"}
        configuration["listen"][0] |= {"starttls": True, "starttls_required": False}
        path.write_text(json.dumps(configuration), encoding="utf-8")
        (self.folder / "people.xml").write_text(_server_data(self.domain, self._people), encoding="utf-8")

    def orders(self) -> list[str]:
        """The import comes before the account with which the start is tried."""
        orders = super().orders()
        if self.was_ready:
            return orders
        return [*orders[:2], "-eval", 'ok = ejabberd_piefxis:import_file(<<"people.xml">>).', *orders[2:]]


SERVERS: Mapping[str, Callable[[Path, Sequence[Account]], Seeded]] = {
    "rosterkit": OurServer,
    "prosody": PlaintextProsody,
    "ejabberd": PlaintextEjabberd,
}


@contextmanager
def serving(name: str, people: Iterable[Account]) -> Iterator[Measured]:
    """A started server with these accounts; at the end it is gone."""
    with TemporaryDirectory(prefix=f"rosterkit-bench-{name}-") as folder:
        server = SERVERS[name](Path(folder), list(people))
        server.start()
        try:
            yield Measured(name, server.port, Tree(server.pids))
        finally:
            server.stop()


def write_database(path: Path, people: Sequence[Account], own_salts: bool = True) -> None:
    """Ours.  Without salts of their own all accounts have the same keys, which takes no time to make."""
    store = open_store(path)
    for at in range(0, len(people), _BATCH):
        store.append(
            [
                SaveAccount(
                    f"{name}@localhost",
                    keys_of(name if own_salts else ""),
                    Roster(f"seed-{name}", {item.jid: item for item in items}),
                )
                for name, items in people[at : at + _BATCH]
            ]
        )
    store.close()


def keys_of(name: str) -> Credentials:
    """Under a salt of its own, so that nobody's first login profits from another's."""
    return passwords.derive(PASSWORD, sha256(name.encode()).hexdigest()[:16].encode())


def _lua_keys(keys: Credentials) -> str:
    """The keys of SCRAM-SHA-1 as mod_auth_internal_hashed has them; its salt is text."""
    ours = keys["SCRAM-SHA-1"]
    values = {"salt": ours.salt.decode(), "server_key": ours.server_key.hex(), "stored_key": ours.stored_key.hex()}
    table = " ".join(f'["{name}"] = "{value}";' for name, value in values.items())
    return f'{{ ["iteration_count"] = {ours.iterations}; {table} }}'


def _lua_roster(account: Account) -> str:
    entries = (
        f'["{item.jid}"] = {{ ["subscription"] = "{item.subscription}"; ["name"] = "{item.name}"; '
        f'["groups"] = {{ {" ".join(f"""["{group}"] = true;""" for group in item.groups)} }}; }};'
        for item in account.items
    )
    return f'{{ [false] = {{ ["version"] = 1; }}; {" ".join(entries)} }}'


def _server_data(domain: str, people: Sequence[Account]) -> str:
    """A file of XEP-0227, with passwords: ejabberd makes keys of them."""
    users = "".join(map(_user, people))
    return f"<server-data xmlns='urn:xmpp:pie:0'><host jid='{domain}'>{users}</host></server-data>"


def _user(account: Account) -> str:
    items = "".join(
        f"<item jid='{item.jid}' name='{item.name}' subscription='{item.subscription}'>"
        f"{''.join(f'<group>{group}</group>' for group in item.groups)}</item>"
        for item in account.items
    )
    query = f"<query xmlns='jabber:iq:roster'>{items}</query>" if items else ""
    return f"<user name='{account.name}' password='{PASSWORD}'>{query}</user>"
