"""What a TOML file may hold, from the lists that the command lines are made of.

Tests: ``tests/pages/test_toml_keys.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from rosterkit.options import CONFIG, OPTIONS, Option
from rosterkit.peer_config import PEER_OPTIONS
from rosterkit_pages.markdown import literal, said, table

__all__ = ["page"]

_FILES = (
    ("For the server", "`rosterkit serve --config FILE` and `twistd rosterkit --config FILE`.", OPTIONS),
    ("For the peer", "`rosterkit peer --config FILE` and `twistd rosterkit-peer --config FILE`.", PEER_OPTIONS),
)


def page() -> str:
    """Give a section for each kind of file, with a row for each key."""
    return "\n\n".join(f"## {title}\n\n{read_by}\n\n{_table(options)}" for title, read_by, options in _FILES)


def _table(options: Iterable[Option]) -> str:
    rows = ([literal(one.name), _value(one), said(one.help)] for one in options if one.name != CONFIG.name)
    return table(("key", "value", ""), rows)


def _value(option: Option) -> str:
    if not option.metavar:
        return "`true`"
    shown = literal(option.metavar)
    return f"list of {shown}" if option.repeatable else shown
