"""jabberd2 2.7: a router, a session manager and a client port, three processes that are one server.

Components connect to the router (XEP-0114), which knows one secret for all of them and lets each have any domain.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from xml.sax.saxutils import escape

from rosterkit.testing.child import Child
from rosterkit.testing.machine import find_program

__all__ = ["Jabberd2"]

#: Seconds between two looks at the router; the two would wait two seconds when it is not there.
_INTERVAL = 0.01
#: Seconds that the router has to listen.
_PATIENCE = 10.0
#: What the session manager does, by the places at which it looks for something to do; the order counts.
_CHAINS = {
    "in-sess": "validate privacy roster iq-ping disco offline presence deliver",
    "in-router": "session validate presence privacy",
    "out-router": "privacy",
    "pkt-sm": "iq-ping iq-version disco presence",
    "pkt-user": "roster presence disco deliver offline",
    "pkt-router": "session",
    "user-load": "active roster privacy",
    "user-create": "active",
    "user-delete": "active offline privacy roster",
}
#: The columns of its tables, those of the session manager after the owner and the number of the row.
_LOGINS = {"authreg": "username TEXT, realm TEXT, password TEXT"}
_TABLES = {
    "active": "time INTEGER",
    "queue": "xml TEXT",
    "roster-items": 'jid TEXT, name TEXT, "to" BOOLEAN, "from" BOOLEAN, ask INTEGER',
    "roster-groups": 'jid TEXT, "group" TEXT',
    "privacy-default": '"default" TEXT',
    "privacy-items": 'list TEXT, type TEXT, value TEXT, deny BOOLEAN, "order" INTEGER, block INTEGER',
}
_ROUTER = """\
<router>
 <log type='stdout'/>
 <local><ip>{host}</ip><port>{router_port}</port><users>{users}</users>{secret}</local>
 <aci><acl type='all'><user>jabberd</user></acl></aci>
</router>
"""
_USERS = "<users><user><name>jabberd</name><secret>{token}</secret></user></users>\n"
#: How the others reach the router; one that loses it ends.
_WAY = """\
 <log type='stdout'/>
 <router>
  <ip>{host}</ip><port>{router_port}</port><user>jabberd</user><pass>{token}</pass><retry><lost>0</lost></retry>
 </router>
"""
_DATABASE = "<sqlite><dbname>{database}</dbname><busy-timeout>10000</busy-timeout></sqlite>"
_SESSIONS = f"""\
<sm>
{_WAY}
 <local><id>{{domain}}</id></local>
 <storage><driver>sqlite</driver>{_DATABASE}</storage>
 <modules>{{chains}}</modules>
</sm>
"""
_CLIENTS = f"""\
<c2s>
{_WAY}
 <local>
  <id realm='{{domain}}' pemfile='{{certificate}}' require-starttls='yes'{{registration}}>{{domain}}</id>
  <ip>{{host}}</ip><port>{{port}}</port>{{tls}}<pemfile>{{certificate}}</pemfile>
 </local>
 <io>{{websocket}}</io>
 <authreg>
  <module>sqlite</module>{_DATABASE}
  <ssl-mechanisms><sasl><plain/><scram-sha-1/><scram-sha-256/></sasl></ssl-mechanisms>
 </authreg>
</c2s>
"""


class Jabberd2(Child):
    """A jabberd2 whose accounts are in its database before it starts."""

    name = "jabberd2"
    port_taken = re.compile(r"(failed|unable) to listen")

    def configure(self) -> None:
        """Write the four files and the database."""
        if self.tls_port is not None and self.websocket_port is not None:
            self.websocket_port = self.tls_port  # it has one port with TLS, and sees what is spoken there
        values = self._values()
        texts = {"router": _ROUTER, "users": _USERS, "sm": _SESSIONS, "c2s": _CLIENTS}
        for name, text in texts.items():
            (self.folder / f"{name}.xml").write_text(text.format_map(values), encoding="utf-8")
        database = self.folder / "jabberd2.db"
        database.unlink(missing_ok=True)
        with closing(sqlite3.connect(database)) as connection:
            self._fill(connection)

    def commands(self) -> Iterator[list[str]]:
        """The router, and when it listens the two that connect to it; without it there is nobody to get ready."""
        yield self._command("router")
        deadline = time.monotonic() + _PATIENCE
        while not self.said(re.compile("listening for incoming connections")):
            if self.has_ended or time.monotonic() > deadline:
                return
            time.sleep(_INTERVAL)
        yield self._command("sm")
        yield self._command("c2s")

    def lets_in(self) -> bool:
        """Whether there is somebody who takes sessions, and an account can log in."""
        return self.said(re.compile("ready for sessions")) and super().lets_in()

    def all_ports(self) -> list[int]:
        """The router's too."""
        return sorted({*super().all_ports(), self._router_port})

    @property
    def _router_port(self) -> int:
        return self.component_port or self.inner_port

    def _command(self, name: str) -> list[str]:
        return [find_program(f"jabberd2-{name}", "jabberd2"), "-c", str(self.folder / f"{name}.xml")]

    def _values(self) -> dict[str, object]:
        secret = self.setup.one_secret(self.name)
        port = self.tls_port or self.websocket_port
        return {
            "host": self.host,
            "domain": self.domain,
            "port": self.port,
            "router_port": self._router_port,
            "token": secrets.token_hex(16),
            "secret": f"<secret>{escape(secret)}</secret>" if secret else "",
            "users": self.folder / "users.xml",
            "database": self.folder / "jabberd2.db",
            "certificate": self.certificate,
            "chains": "".join(_chain(name, modules.split()) for name, modules in _CHAINS.items()),
            "registration": " register-enable='yes'" if self.setup.registration else "",
            "tls": f"<ssl-port>{port}</ssl-port>" if port else "",
            "websocket": "<websocket/>" if self.websocket_port else "",
        }

    def _fill(self, connection: sqlite3.Connection) -> None:
        own = '"collection-owner" TEXT, "object-sequence" INTEGER PRIMARY KEY'
        tables = _LOGINS | {name: f"{own}, {columns}" for name, columns in _TABLES.items()}
        for name, columns in tables.items():
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
        for name, password in self.setup.accounts.items():
            connection.execute("INSERT INTO authreg VALUES (?, ?, ?)", (name, self.domain, password))
            owner = f"{name}@{self.domain}"
            connection.execute(
                'INSERT INTO active ("collection-owner", time) VALUES (?, ?)', (owner, int(time.time()))
            )
        connection.commit()


def _chain(name: str, modules: list[str]) -> str:
    return f"<chain id='{name}'>{''.join(f'<module>{module}</module>' for module in modules)}</chain>"
