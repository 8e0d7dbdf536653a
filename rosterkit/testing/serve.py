"""``rosterkit serve`` as a child process, of the same Python.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping

from rosterkit.testing.child import Child

__all__ = ["Rosterkit"]

_CODE = "import sys; from rosterkit.cli import main; sys.exit(main())"
#: What the caller's own rosterkit is configured with is not for this one.
_FOREIGN = ("ROSTERKIT_ACCOUNTS", "ROSTERKIT_COMPONENTS")


class Rosterkit(Child):
    """Our own server, with the certificate that the harness made: it stays the same at the next start."""

    name = "rosterkit"
    port_taken = re.compile(r"--[a-z0-9-]+-port \d+ cannot be listened on")

    def configure(self) -> None:
        """Write accounts and components, where the list of processes does not show them."""
        self._write("accounts", self.setup.accounts)
        self._write("components", self.setup.components)

    def commands(self) -> Iterator[list[str]]:
        """The command; accounts are made at the first start only, as with the other servers."""
        command = [sys.executable, "-c", _CODE, "serve", "--domain", self.domain, "--interface", self.host]
        command += ["--c2s-port", str(self.port), "--tls-port", str(self.tls_port or "none"), "--db", "rosters.db"]
        command += ["--cert", self.certificate.name, "--key", self.certificate.name]
        command += ["--accounts", "accounts"] * (not self.was_ready)
        if self.component_port is not None:
            command += ["--component-port", str(self.component_port), "--components", "components"]
        if self.websocket_port is not None:
            command += ["--websocket-tls-port", str(self.websocket_port)]
        yield command + ["--registration"] * self.setup.registration

    def environment(self) -> Mapping[str, str]:
        """The caller's, without what configures a rosterkit."""
        return {name: value for name, value in os.environ.items() if name not in _FOREIGN}

    def _write(self, name: str, secrets: Mapping[str, str]) -> None:
        lines = [f"{owner}:{secret}\n" for owner, secret in secrets.items()]
        (self.folder / name).write_text("".join(lines), encoding="utf-8")
