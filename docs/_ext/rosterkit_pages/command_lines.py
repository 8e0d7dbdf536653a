"""Every command with its options, from the parser that reads them.

Tests: ``tests/pages/test_command_lines.py``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from rosterkit.cli import make_parser
from rosterkit_pages.markdown import literal, said, table

__all__ = ["commands", "page"]

#: Commands have a table of their own, and --help is said once, in the page.
_LEFT_OUT = (argparse._SubParsersAction, argparse._HelpAction)


def commands() -> Iterator[argparse.ArgumentParser]:
    """Give the parsers: of ``rosterkit`` itself, then of each command before those below it."""
    yield from _with_those_below(make_parser())


def _with_those_below(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for below in _below(parser).values():
        yield from _with_those_below(below)


def _below(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return next((action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)), {})


def page() -> str:
    """Give a section for each command: how it is called, what it does, its arguments and options, its exit codes."""
    return "\n\n".join(_section(parser) for parser in commands())


def _section(parser: argparse.ArgumentParser) -> str:
    actions = [action for action in parser._actions if not isinstance(action, _LEFT_OUT)]
    parts = [f"## {parser.prog}", f"```text\n{_usage(parser, actions)}\n```", said(parser.description or "")]
    below = [[literal(name), said(_help_of(parser, name))] for name in _below(parser)]
    for head, rows in (
        ("command", below),
        ("argument", [_row(action) for action in actions if not action.option_strings]),
        ("option", [_row(action) for action in actions if action.option_strings]),
    ):
        parts += [table((head, ""), rows)] if rows else []
    return "\n\n".join(part for part in [*parts, said(parser.epilog or "")] if part)


def _usage(parser: argparse.ArgumentParser, actions: list[argparse.Action]) -> str:
    """The call in one line, without the options one by one."""
    arguments = [_argument(action) for action in actions if not action.option_strings]
    return " ".join([parser.prog, *(["COMMAND"] if _below(parser) else ["[OPTION...]"]), *arguments])


def _argument(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest)
    return {"*": f"[{name}...]", "+": f"{name}...", "?": f"[{name}]"}.get(str(action.nargs), name)


def _row(action: argparse.Action) -> list[str]:
    if not action.option_strings:
        return [literal(_argument(action)), said(action.help or "")]
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    again = " May be given again." if isinstance(action, argparse._AppendAction) else ""
    return [", ".join(literal(name + value) for name in action.option_strings), said((action.help or "") + again)]


def _help_of(parser: argparse.ArgumentParser, name: str) -> str:
    (group,) = (action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return next((choice.help or "" for choice in group._choices_actions if choice.dest == name), "")
