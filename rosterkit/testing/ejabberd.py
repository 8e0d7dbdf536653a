"""ejabberd 23, started by ``erl`` and not by ``ejabberdctl``: that would run as another user, and as a named node.

Without a name there is no epmd, no cookie and no port for other nodes; the data base takes that well.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from rosterkit.testing.child import Child
from rosterkit.testing.machine import ServerError, find_program

__all__ = ["Ejabberd"]

_MODULES = ("disco", "ping", "version", "privacy", "blocking", "offline", "last", "caps")
#: Each account is a tuple of two binaries; one that is there already is left as it is.
_REGISTER = (
    '{ok, Accounts} = file:consult("accounts"), '
    "[case ejabberd_auth:try_register(Name, <<%s>>, Password) of ok -> ok; {error, exists} -> ok end "
    "|| {Name, Password} <- Accounts]."
)
_QUIET_SCHEDULERS = ("+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none")  # they would spin on a small machine


class Ejabberd(Child):
    """An ejabberd that makes its accounts right after its first start, by itself."""

    name = "ejabberd"
    port_taken = re.compile(r"Failed to open socket.*address already in use")
    lacks: ClassVar[Mapping[str, str]] = {}

    def configure(self) -> None:
        """Write the configuration (JSON is YAML) and the accounts."""
        text = json.dumps(self._configuration(), ensure_ascii=False, indent=1)
        self._configuration_file.write_text(text, encoding="utf-8")
        lines = [f"{{{_binary(name)}, {_binary(password)}}}.\n" for name, password in self.setup.accounts.items()]
        (self.folder / "accounts").write_text("".join(lines))

    def commands(self) -> Iterator[list[str]]:
        """The virtual machine in the foreground; it ends by itself where ejabberd does not start."""
        erl = find_program("erl", "ejabberd")
        yield [erl, *_QUIET_SCHEDULERS, "-noinput", "-mnesia", "dir", '"mnesia"', *self.orders()]

    def orders(self) -> list[str]:
        """What the machine does when it is up, as options of ``erl``."""
        start = ["-s", "ejabberd"]
        return start if self.was_ready else [*start, "-eval", _REGISTER % ",".join(_bytes(self.domain))]

    def environment(self) -> Mapping[str, str]:
        """What ejabberdctl would have exported; HOME because erl wants one."""
        return os.environ | {
            "ERL_LIBS": _libraries(),
            "EJABBERD_CONFIG_PATH": str(self._configuration_file),
            "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log"),
            "ERL_CRASH_DUMP": str(self.folder / "erl_crash.dump"),
            "HOME": str(self.folder),
        }

    @property
    def _configuration_file(self) -> Path:
        return self.folder / "ejabberd.yml"

    def _configuration(self) -> dict[str, object]:
        return {
            "loglevel": "info",
            "hosts": [self.domain],
            "certfiles": [str(self.certificate)],
            "ca_file": str(self.ca_file),
            "acme": {"auto": False},
            "auth_method": ["internal"],
            # Kept plain, a password serves for every kind of SCRAM.
            "auth_password_format": "plain",
            "disable_sasl_mechanisms": ["digest-md5", "X-OAUTH2"],
            "registration_timeout": "infinity",
            "s2s_access": "none",
            "domain_balancing": {
                domain: {"type": "bare_destination", "component_number": count}
                for domain, count in self.setup.balanced.items()
            },
            "acl": {"privileged": {"server": list(self.setup.privileged)}},
            "access_rules": {"privileged": [{"allow": "privileged"}]},
            "listen": list(self._listeners()),
            "modules": self._modules(),
        }

    def _modules(self) -> dict[str, object]:
        modules: dict[str, object] = {f"mod_{name}": {} for name in _MODULES}
        modules["mod_roster"] = {"versioning": True}
        if self.setup.registration:
            modules["mod_register"] = {"access": "all", "ip_access": "all"}
        if self.setup.privileged:
            modules["mod_privilege"] = {"roster": {"get": "privileged"}}
        return modules

    def _listeners(self) -> Iterator[dict[str, object]]:
        yield {"port": self.port, "ip": self.host, "module": "ejabberd_c2s", "starttls_required": True}
        if self.tls_port is not None:
            yield {"port": self.tls_port, "ip": self.host, "module": "ejabberd_c2s", "tls": True}
        if self.websocket_port is not None:
            handlers = {"/xmpp-websocket": "ejabberd_http_ws"}
            web = {"module": "ejabberd_http", "tls": True, "request_handlers": handlers}
            yield {"port": self.websocket_port, "ip": self.host, **web}
        if self.component_port is not None:
            yield {
                "port": self.component_port,
                "ip": self.host,
                "module": "ejabberd_service",
                # Were the domains named here, each connection would get what is sent to any of them.
                "password": self.setup.one_secret(self.name),
            }


def _libraries() -> str:
    """Where ejabberd's own code is, as its control script has it."""
    script = Path(find_program("ejabberdctl", "ejabberd"))
    found = re.search(r"""^ERL_LIBS=['"]?([^'"\n$]+)""", script.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ServerError(
            f"{script} does not say in ERL_LIBS where ejabberd is: use Debian's package, apt-get install ejabberd"
        )
    return found[1]


def _bytes(text: str) -> list[str]:
    return [str(byte) for byte in text.encode()]


def _binary(text: str) -> str:
    """A binary of Erlang, written as numbers: nothing in it needs quoting."""
    return f"<<{','.join(_bytes(text))}>>"
