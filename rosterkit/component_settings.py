"""A component that joins a server: where that takes it, its domain, and its secret from the one place that has it.

Tests: ``tests/test_peer_config.py``, ``tests/test_server_checking.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rosterkit import settings as reading
from rosterkit.entries import MAX_SECRET_BYTES, Component, read_components
from rosterkit.errors import ConfigError
from rosterkit.options import Setting, read_text

__all__ = ["SECRET_VARIABLE", "read_component", "read_place"]

#: The environment variable that holds the component's secret.
SECRET_VARIABLE = "ROSTERKIT_COMPONENT_SECRET"

_PLACE = re.compile(r"(\[[^\[\]]+\]|[^\[\]:\s]+):([0-9]{1,5})\Z", re.ASCII)


def read_place(setting: Setting) -> tuple[str, int]:
    """Host and port of a setting of the form HOST:PORT; raises :class:`ConfigError`."""
    found = _PLACE.match(setting.value) if isinstance(setting.value, str) else None
    if found is None or not 0 < int(found[2]) < 65536:
        raise ConfigError(
            f"{setting.place} is {reading.shown(setting.value)}; it takes HOST:PORT, such as localhost:5347, "
            "with an IPv6 address in brackets."
        )
    return found[1].strip("[]"), int(found[2])


def read_component(settings: Mapping[str, Setting], environ: Mapping[str, str]) -> Component:
    """The domain of the setting ``component``, and the secret from the one place that has it.

    That is the setting itself, the file that ``secret-file`` names, or the environment; raises :class:`ConfigError`.
    """
    setting = settings["component"]
    if not isinstance(setting.value, str):
        raise ConfigError(f"{setting.place} is not a text; it takes DOMAIN:SECRET, or DOMAIN beside a secret file.")
    found = _read_secret(settings, environ)
    has_secret = ":" in setting.value.rpartition("]")[2]  # those of an IPv6 domain stand in brackets
    if has_secret and found is not None:
        raise ConfigError(f"{setting.place} and {found.place} both give a secret: remove one.")
    if has_secret:
        (component,) = read_components({"component": setting}, {})
        return component
    if found is None:
        raise ConfigError(
            f"{setting.place} has no colon, and so no secret: write DOMAIN:SECRET, or write DOMAIN and add "
            f"--secret-file FILE or set {SECRET_VARIABLE}."
        )
    return Component(reading.read_domain(setting.value, setting.place), str(found.value))


def _read_secret(settings: Mapping[str, Setting], environ: Mapping[str, str]) -> Setting | None:
    """The secret of --secret-file or of the environment, with its place; None where there is none."""
    setting, variable = settings.get("secret-file"), environ.get(SECRET_VARIABLE)
    if setting is None:
        return _checked(Setting(variable, SECRET_VARIABLE)) if variable else None
    if variable:
        raise ConfigError(f"{setting.place} and {SECRET_VARIABLE} both give a secret: remove one.")
    text = read_text(reading.read_path(setting), setting.place)
    return _checked(Setting(text.removesuffix("\n").removesuffix("\r"), setting.place))


def _checked(secret: Setting) -> Setting:
    text = str(secret.value)
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise ConfigError(f"{secret.place} holds no secret: it is not UTF-8.") from error
    if not 0 < size <= MAX_SECRET_BYTES or "\n" in text or "\0" in text:
        raise ConfigError(
            f"{secret.place} holds no secret: it takes one line of 1 to {MAX_SECRET_BYTES} bytes, without a NUL."
        )
    return secret
