"""One raw setting read as the value that it should be, or a sentence that says what it takes.

Every reader takes a :class:`~rosterkit.options.Setting` and raises :class:`ConfigError` with the name of the option,
where it was set, what it is and what is allowed.

Tests: ``tests/test_config.py``.
"""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

from rosterkit.core import jid
from rosterkit.errors import ConfigError, JidError
from rosterkit.options import Setting

__all__ = [
    "read_db",
    "read_domain",
    "read_domains",
    "read_durability",
    "read_flag",
    "read_history",
    "read_interface",
    "read_journal",
    "read_max_stanza",
    "read_new_file",
    "read_no_flag",
    "read_number",
    "read_path",
    "read_port",
    "read_texts",
    "read_tls_port",
    "shown",
]

_NUMBER = re.compile(r"[0-9]{1,18}\Z", re.ASCII)


def read_port(setting: Setting) -> int:
    """A port, 0 for any free one."""
    return read_number(setting, 0, 65535, " (0 for any free port)")


def read_tls_port(setting: Setting) -> int | None:
    """A port, or None for the text ``none`` (TOML has no null)."""
    if setting.value == "none":
        return None
    return read_number(setting, 0, 65535, " (0 for any free port), or none for no such port")


def read_history(setting: Setting) -> int:
    """A number of roster versions."""
    return read_number(setting, 0, 1_000_000)


def read_max_stanza(setting: Setting) -> int:
    """A number of bytes, at least the 10,000 that RFC 6120 §13.12 asks for."""
    return read_number(setting, 10_000, 64 * 1024 * 1024, " (bytes)")


def read_journal(setting: Setting) -> int:
    """A number of bytes, 0 for no journal."""
    return read_number(setting, 0, 1 << 32, " (bytes)")


def read_number(setting: Setting, low: int, high: int, others: str = "") -> int:
    """A whole number from ``low`` to ``high``; ``others`` is how the sentence about another one ends."""
    value = setting.value
    if isinstance(value, str) and _NUMBER.match(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    raise ConfigError(f"{setting.place} is {shown(value)}; it takes a whole number from {low} to {high}{others}.")


def read_flag(setting: Setting) -> bool:
    """True or False."""
    if isinstance(setting.value, bool):
        return setting.value
    raise ConfigError(f"{setting.place} is {shown(setting.value)}; it takes true or false.")


def read_no_flag(setting: Setting) -> bool:
    """The contrary of a flag that switches something off."""
    return not read_flag(setting)


def read_texts(setting: Setting) -> list[str]:
    """A list of texts; one text alone is a list of one.  No value stands in the error: it may be a secret."""
    values = [setting.value] if isinstance(setting.value, str) else setting.value
    if isinstance(values, list) and all(isinstance(value, str) for value in values):
        return values
    raise ConfigError(f"{setting.place} is neither a text nor a list of texts.")


def read_path(setting: Setting) -> Path:
    """An absolute path, where a relative one starts in the folder of the setting."""
    return (setting.folder / _text(setting)).absolute()


def read_new_file(setting: Setting) -> Path:
    """The path of a file that will be written: its folder is there, and it is no folder itself."""
    path = read_path(setting)
    try:
        has_folder, is_folder = path.parent.is_dir(), path.is_dir()
    except OSError as error:
        raise ConfigError(f"{setting.place} is {shown(str(path))}, which is no use: {error.strerror}.") from error
    if not has_folder:
        raise ConfigError(f"{setting.place} is {path}, but there is no folder {path.parent}: make it first.")
    if is_folder:
        raise ConfigError(f"{setting.place} is {path}, which is a folder; it takes the path of a file.")
    return path


def read_db(setting: Setting) -> Path:
    """The path of a database that is there or will be made."""
    if setting.value == ":memory:":
        raise ConfigError(f"{setting.place} takes the path of a file; leave it out to keep everything in memory.")
    return read_new_file(setting)


def read_durability(setting: Setting) -> str:
    """One of the two words."""
    if setting.value in ("process", "full"):
        return str(setting.value)
    raise ConfigError(f"{setting.place} is {shown(setting.value)}; it takes process or full.")


def _text(setting: Setting) -> str:
    if isinstance(setting.value, str) and setting.value and "\0" not in setting.value:
        return setting.value
    raise ConfigError(f"{setting.place} is {shown(setting.value)}; it takes a text that is not empty.")


def read_interface(setting: Setting) -> str:
    """An IP address in its usual spelling."""
    text = _text(setting)
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise ConfigError(
            f"{setting.place} is {shown(text)}; it takes an IP address, "
            "such as 127.0.0.1, ::1, or 0.0.0.0 for every interface of the machine."
        ) from error


def read_domains(setting: Setting) -> tuple[str, ...]:
    """Prepared domains, at least one and none of them twice."""
    domains = tuple(read_domain(text, setting.place) for text in read_texts(setting))
    if not domains:
        raise ConfigError(f"{setting.place} is an empty list; it takes at least one domain.")
    if len(set(domains)) < len(domains):
        twice = next(domain for domain in domains if domains.count(domain) > 1)
        raise ConfigError(f"{setting.place} names {twice} twice: remove one.")
    return domains


def read_domain(text: str, place: str) -> str:
    """A prepared domain alone."""
    try:
        address = jid.parse(text)
    except JidError as error:
        raise ConfigError(f"{place}: {error}") from error
    if address.full != address.domain:
        raise ConfigError(f"{place} is {shown(text)}; it takes a domain alone, without @ and without /.")
    return address.domain


def shown(value: object) -> str:
    """``value`` quoted for a sentence, cut to a readable length."""
    try:
        text = repr(value)
    except ValueError:  # a hexadecimal number that Python will not spell in decimal
        return "far too large"
    return text if len(text) <= 60 else f"{text[:56]}... (cut)"
