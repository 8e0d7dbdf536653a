"""Where the server is that ``rosterkit check server`` grades, read from its command line and the environment.

Tests: ``tests/test_server_checking.py``.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rosterkit.component_settings import read_component, read_place
from rosterkit.errors import ConfigError
from rosterkit.options import Setting
from rosterkit.settings import read_domain, read_number, read_path, read_texts, shown

if TYPE_CHECKING:
    from rosterkit.conformance.probing.network_lines import Target

__all__ = ["read_nodes", "read_transport", "told"]

#: The port of each transport, unless another is named.
_PORTS: Mapping[str, int] = {"starttls": 5222, "tls": 5223, "ws": 5280, "wss": 5281, "plain": 5222}
#: What stands in the first line of a request over HTTP.
_WEBSOCKET_PATH = re.compile(r"/[!-~]*", re.ASCII)


def read_nodes(settings: Mapping[str, Setting]) -> list[Target]:
    """The server's nodes, nearly always one; the first is where the component connects.

    Raises :class:`ConfigError`.
    """
    from rosterkit.conformance.probing.network_lines import Target

    domain = read_domain(_text(settings, "domain", "localhost"), "--domain")
    how = read_transport(settings)
    transport: Any = "websocket" if how in ("ws", "wss") else how
    component = _component(settings, domain)
    first = Target(
        _text(settings, "host", domain),
        read_number(settings["port"], 1, 65535) if "port" in settings else _PORTS[how],
        domain,
        transport,
        ca_file=read_path(settings["ca-file"]) if "ca-file" in settings else None,
        verify="no-verify" not in settings,
        websocket_path=_websocket_path(settings),
        websocket_tls=how == "wss",
    )
    if component is not None:
        host, port, name, secret = component
        first = first._replace(
            component_host=host, component_port=port, component_domain=name, component_secret=secret
        )
    texts = read_texts(settings["node"]) if "node" in settings else []
    others = [read_place(Setting(text, "--node")) for text in texts]
    return [first, *(first._replace(host=host, port=port) for host, port in others)]


def read_transport(settings: Mapping[str, Setting]) -> str:
    """How the server is reached, as the command line has it."""
    how = _text(settings, "transport", "starttls")
    if how not in _PORTS:
        raise ConfigError(f"--transport is {how!r:.40}; it takes {', '.join(_PORTS)}.")
    return how


def told(given: Mapping[str, Any], target: Target) -> str:
    """The options that say where the server is, as a report shows them: whole, and without a secret."""
    words = ["--host", target.host, "--port", str(target.port), "--domain", target.domain]
    if target.component_domain is not None:
        words += ["--component-connect", given["component-connect"]]
        words += ["--component", target.component_domain, "--secret-file", "FILE"]
    words += [word for node in given["node"] or () for word in ("--node", node)]
    words += ["--register"] if given["register"] else ["--accounts", "FILE"]
    words += ["--no-verify"] if given["no-verify"] else []
    for name in ("transport", "ca-file", "websocket-path"):
        words += [f"--{name}", given[name]] if given[name] is not None else []
    return shlex.join(words)


def _websocket_path(settings: Mapping[str, Setting]) -> str:
    path = _text(settings, "websocket-path", "/xmpp-websocket")
    if not _WEBSOCKET_PATH.fullmatch(path):
        raise ConfigError(
            f"--websocket-path is {shown(path)}; it takes a path such as /xmpp-websocket, with a slash in front and "
            "everything but ASCII percent-encoded."
        )
    return path


def _component(settings: Mapping[str, Setting], domain: str) -> tuple[str, int, str, str] | None:
    """Host, port, domain and secret of the component; None where there is to be none."""
    given = [name for name in ("component-connect", "component", "secret-file") if name in settings]
    if not given:
        return None
    missing = [f"--{name}" for name in ("component-connect", "component") if name not in settings]
    if missing:
        raise ConfigError(f"--{given[0]} belongs to a component, and {' and '.join(missing)} is missing.")
    component = read_component(settings, os.environ)
    if component.domain == domain:
        raise ConfigError(
            f"--component is {domain}, the server's own domain: a component has a domain of its own, such as "
            f"feast.{domain}."
        )
    return *read_place(settings["component-connect"]), *component


def _text(settings: Mapping[str, Setting], name: str, default: str) -> str:
    if name not in settings:
        return default
    value = settings[name].value
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"--{name} is empty.")
    return value
