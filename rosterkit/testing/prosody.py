"""Prosody 0.12, without what tests of rosters do not need: no connections to other servers, no limits.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from rosterkit.testing.child import Child
from rosterkit.testing.machine import find_program

__all__ = ["Prosody"]

_MODULES = ("roster", "saslauth", "tls", "disco", "ping", "version", "blocklist", "posix")
#: New accounts, and new passwords for those that are there.
_REGISTRATION = ("register_ibr", "user_account_management")
_WEBSOCKET = ("websocket",)
_CONFIGURATION = """\
run_as_root = true
daemonize = false
pidfile = {pidfile}
data_path = {data}
certificates = {certificates}
log = {{ {{ levels = {{ min = "info" }}, to = "file", filename = {log} }} }}
modules_enabled = {{ {modules} }}
modules_disabled = {{ "s2s", "s2s_auth_certs" }}
network_settings = {{ nagle = false }}
interfaces = {{ {host} }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {tls_port} }}
c2s_direct_tls_interfaces = {{ {host} }}
http_ports = {{ }}
https_ports = {{ {websocket_port} }}
https_interfaces = {{ {host} }}
http_default_host = {domain}
component_interfaces = {{ {host} }}
component_ports = {{ {component_port} }}
authentication = "internal_plain"
allow_registration = {registration}
ssl = {{ certificate = {certificate}, key = {certificate} }}
VirtualHost {domain}
"""
_COMPONENT = "Component {domain}\n  component_secret = {secret}\n"


class Prosody(Child):
    """A Prosody whose accounts are files that are there before it starts."""

    name = "prosody"
    port_taken = re.compile(r"Failed to open server port")
    lacks: ClassVar[Mapping[str, str]] = {
        **Child.lacks,
        "privileged": "Debian's package has no mod_privilege (XEP-0356)",
    }

    def configure(self) -> None:
        """Write the configuration and the accounts."""
        self._configuration.write_text(self._text(), encoding="utf-8")
        accounts = self.folder / "data" / _encoded(self.domain) / "accounts"
        accounts.mkdir(parents=True, exist_ok=True)
        for name, password in self.setup.accounts.items():
            path = accounts / f"{_encoded(name)}.dat"
            path.write_text(f'return {{ ["password"] = {_quoted(password)} }};\n', encoding="utf-8")

    def commands(self) -> Iterator[list[str]]:
        """Prosody in the foreground."""
        yield [find_program("prosody", "prosody"), "-F", "--config", str(self._configuration)]

    @property
    def _configuration(self) -> Path:
        return self.folder / "prosody.cfg.lua"

    def _text(self) -> str:
        modules = _MODULES + _REGISTRATION * self.setup.registration + _WEBSOCKET * self.setup.websocket
        text = _CONFIGURATION.format(
            pidfile=_quoted(self.folder / "prosody.pid"),
            data=_quoted(self.folder / "data"),
            certificates=_quoted(self.folder),
            log=_quoted(self.log),
            modules=", ".join(map(_quoted, modules)),
            host=_quoted(self.host),
            port=self.port,
            component_port=self.component_port or "",
            tls_port=self.tls_port or "",
            websocket_port=self.websocket_port or "",
            registration="true" if self.setup.registration else "false",
            certificate=_quoted(self.certificate),
            domain=_quoted(self.domain),
        )
        components = self.setup.components.items()
        return text + "".join(
            _COMPONENT.format(domain=_quoted(name), secret=_quoted(key)) for name, key in components
        )


def _quoted(text: object) -> str:
    """A string of Lua: bytes that might mean something in it are written as numbers."""
    safe = re.compile(r"[\w ./:@-]", re.ASCII)
    characters = (chr(byte) for byte in str(text).encode())
    return '"' + "".join(char if safe.match(char) else f"\\{ord(char):03d}" for char in characters) + '"'


def _encoded(name: str) -> str:
    """A name as Prosody makes a file's name of it."""
    characters = (chr(byte) for byte in name.encode())
    return "".join(char if char.isascii() and char.isalnum() else f"%{ord(char):02x}" for char in characters)
