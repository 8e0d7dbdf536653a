"""A scenario as a test that a person can read and go on with; it is played by the fixture of the pytest plugin.

Tests: ``tests/core/test_scenario_pytest.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from rosterkit.core.python_text import Writer, quoted
from rosterkit.core.scenario import AnswerStep, CallStep, ClientStep, ExpectStep, Scenario, fresh, whole

__all__ = ["as_pytest"]

_HEAD = '''"""Exported by rosterkit: what a client said, and what was done to its network."""


def test_scenario(rosterkit_domain):
    """A client that does what the recorded one did meets every step."""
    domain = rosterkit_domain'''
_INDENT = "    "
#: What can stand as the name of an argument of ``seed``.
_NAMES = frozenset(
    {"remote", "accounts", "contacts", "components", "mirror", "versioning", "pre_approval", "registration",
     "anonymous", "history", "journal"}
)  # fmt: skip


def as_pytest(scenario: Scenario) -> str:
    """The text of a file with one test, formatted; names and XML stand in it as literals, whatever they spell."""
    names = fresh(scenario.domains, "{domain.name}")
    writer = Writer(whole(scenario.domains), {old.lower(): new for old, new in names.items()})
    return "\n".join([_HEAD, *_seed(scenario, writer), *_steps(scenario, writer)]) + "\n"


def _seed(scenario: Scenario, writer: Writer) -> list[str]:
    network = dict(scenario.network)
    if len(scenario.domains) > 1:
        network = {"domains": list(scenario.domains), **network}
    if network.keys() <= _NAMES | {"domains"}:
        return writer.call("domain.seed", list(network.items()), _INDENT)
    return writer.call("domain.seed", [("**", network)], _INDENT)


def _steps(scenario: Scenario, writer: Writer) -> Iterator[str]:
    asked = {step.step for step in scenario.steps if isinstance(step, AnswerStep)}
    started: Counter[str] = Counter()
    around = False  # whether the line before is one of a client
    for number, step in enumerate(scenario.steps, 1):
        if isinstance(step, ClientStep):
            if step.another or step.account not in started:
                yield from ("", *_start(scenario, step, number, writer))
                started[step.account] += 1
            if step.until:
                which = {"count": started[step.account]} if step.another else {}
                states = [step.account, *step.until]
                yield from _call(writer, "domain.expect_client", states, **which, within=step.within)
            around = True
            continue
        if around:
            yield ""
            around = False
        if isinstance(step, CallStep):
            head = f"step_{number} = domain.call" if number in asked else "domain.call"
            yield from _call(writer, head, [step.method, step.path, *([step.body] if step.body is not None else [])])
        elif isinstance(step, ExpectStep):
            yield from _call(writer, "domain.expect", [step.pattern], account=step.account, within=step.within)
        else:
            yield from _answer(writer, step)


def _start(scenario: Scenario, step: ClientStep, number: int, writer: Writer) -> list[str]:
    address = step.account if "@" in step.account else f"{step.account}@{scenario.domains[0]}"
    password = quoted(scenario.password(step.account, number) or "")
    which = "another client" if step.another else "your client"
    return [
        f"{_INDENT}# Start {which} here: it logs in as {writer.text(address)}, with the password {password},",
        f"{_INDENT}# at domain.host and domain.port (TCP); domain.ca_file has the certificate to be trusted.",
    ]


def _answer(writer: Writer, step: AnswerStep) -> list[str]:
    more: dict[str, Any] = {"push": step.push} if step.push != 1 else {}
    more |= {"type": step.type} if step.type != "result" else {}
    lines = _call(
        writer, "domain.expect_answer", [_Name(f"step_{step.step}"), step.account], **more, within=step.within
    )
    return list(lines)


class _Name:
    """A variable of the test."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return self._name


def _call(writer: Writer, head: str, values: list[Any], **named: Any) -> list[str]:
    arguments = [("", value) for value in values] + list(named.items())
    return writer.call(head, arguments, _INDENT)
