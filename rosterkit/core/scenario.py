"""A scenario: a network from its beginning, what is done to it, and what a client is expected to say; as values.

It is a JSON document, so that it can be played on any fresh domain: the domains of the network stand in it as
*placeholders*, domains that mean nothing and that stand nowhere else.  :func:`placed` puts others in their place.

Tests: ``tests/core/test_scenario.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

__all__ = [
    "STATES", "VERSION", "AnswerStep", "CallStep", "ClientStep", "ExpectStep", "Scenario", "Step", "fresh",
    "path_part", "placed", "renamed", "sentence", "whole",
]  # fmt: skip

#: What a client can have come to: its resource is bound, it has asked for its roster, it is available.
STATES = ("connected", "interested", "available")
#: The version of the document that is written and read.
VERSION = 1


class ClientStep(NamedTuple):
    """A client of ``account`` is there, and has come to each of the states ``until``.

    It is started where none was, and where it is ``another`` beside those that run; one that has lost its connection
    comes back by itself.
    """

    account: str
    until: tuple[str, ...] = ()
    another: bool = False
    within: float = 10

    def as_json(self) -> dict[str, Any]:
        """As it is read."""
        until = {"until": list(self.until), "within": self.within} if self.until else {}
        return {"client": self.account, **({"another": True} if self.another else {}), **until}


class CallStep(NamedTuple):
    """A call of the control API; ``path`` is what stands after the network's own."""

    method: str
    path: str
    body: Any = None

    def as_json(self) -> dict[str, Any]:
        """As it is read."""
        return {"call": self.method, "path": self.path, **({"body": self.body} if self.body is not None else {})}


class ExpectStep(NamedTuple):
    """A client of ``account`` sends what matches ``pattern``, after what was expected of it before."""

    pattern: str
    account: str
    within: float = 10

    def as_json(self) -> dict[str, Any]:
        """As it is read."""
        return {"expect": self.pattern, "account": self.account, "within": self.within}


class AnswerStep(NamedTuple):
    """A client of ``account`` answers a push that the call of the step ``step`` (from 1) has led to.

    It is the push ``push`` (from 1) of those to the account; ``type`` is ``result`` or ``error``.
    """

    step: int
    account: str
    push: int = 1
    type: str = "result"
    within: float = 10

    def as_json(self) -> dict[str, Any]:
        """As it is read."""
        told: dict[str, Any] = {"expect_answer": self.step, "account": self.account}
        told |= {"push": self.push} if self.push != 1 else {}
        told |= {"type": self.type} if self.type != "result" else {}
        return {**told, "within": self.within}


Step: TypeAlias = ClientStep | CallStep | ExpectStep | AnswerStep


class Scenario(NamedTuple):
    """``domains`` are the placeholders of the network's own domains, the first one's names need no domain.

    ``network`` is the body of the call that makes the network; it names no domains of its own.
    """

    domains: tuple[str, ...]
    network: Mapping[str, Any]
    steps: tuple[Step, ...]

    def as_json(self) -> dict[str, Any]:
        """The document."""
        head = {"rosterkit": "scenario", "version": VERSION, "domains": list(self.domains)}
        return {**head, "network": self.network, "steps": [step.as_json() for step in self.steps]}

    def password(self, account: str, step: int | None = None) -> str | None:
        """The password of an account before the step ``step`` (from 1), or at the end; None where it has none."""
        found = _password(self.network.get("accounts"), account)
        for one in self.steps[: step - 1 if step is not None else None]:
            if isinstance(one, CallStep) and (one.method, one.path) == ("PUT", f"accounts/{path_part(account)}"):
                found = _password({account: one.body}, account) or found
        return found


def _password(accounts: object, name: str) -> str | None:
    account = accounts.get(name) if isinstance(accounts, Mapping) else None
    password = account.get("password") if isinstance(account, Mapping) else None
    return password if isinstance(password, str) else None


def path_part(text: str) -> str:
    """``text`` as one part of a path: what would end it, and what cannot be seen, is percent-encoded UTF-8."""
    return "".join(one if one.isprintable() and one not in "%/?# " else _percent(one) for one in text)


def _percent(one: str) -> str:
    return "".join(f"%{byte:02X}" for byte in one.encode("utf-8", "replace"))


def sentence(step: Step) -> str:
    """A step in a few words."""
    if isinstance(step, ClientStep):
        client = f"{'another' if step.another else 'a'} client of {step.account}"
        return f"{client} is {' and '.join(step.until)}" if step.until else f"{client} comes"
    if isinstance(step, CallStep):
        return f"{step.method} {step.path}"
    if isinstance(step, ExpectStep):
        return f"{step.account} sends {step.pattern}"
    return f"{step.account} answers the push of step {step.step}"


# Domains


def fresh(domains: Sequence[str], name: str) -> dict[str, str]:
    """Where each of ``domains`` is placed on a network whose first domain is ``name``."""
    return {one: f"d{number}.{name}" if number > 1 else name for number, one in enumerate(domains, 1)}


def placed(scenario: Scenario, domains: Mapping[str, str]) -> Scenario:
    """The scenario on other domains: each placeholder becomes what ``domains`` gives for it."""
    steps = tuple(_placed(step, domains) for step in scenario.steps)
    own = tuple(domains.get(one, one) for one in scenario.domains)
    return Scenario(own, renamed(scenario.network, domains), steps)


def _placed(step: Step, domains: Mapping[str, str]) -> Step:
    if isinstance(step, CallStep):
        return step._replace(path=renamed(step.path, domains), body=renamed(step.body, domains))
    if isinstance(step, ExpectStep):
        step = step._replace(pattern=renamed(step.pattern, domains))
    return step._replace(account=renamed(step.account, domains))


def renamed(value: Any, domains: Mapping[str, str]) -> Any:
    """A copy of what JSON may spell with each whole domain in each text and key replaced as ``domains`` says.

    A domain that is only the end or the middle of a longer one is not meant.
    """
    if not domains:
        return value
    by_name = {old.lower(): new for old, new in domains.items()}
    pattern = whole(domains)
    return _replaced(value, lambda text: pattern.sub(lambda found: by_name.get(found[0].lower(), found[0]), text))


def whole(domains: Iterable[str]) -> re.Pattern[str]:
    """What finds one of ``domains`` (at least one) where it is not a part of a longer one, as its only group."""
    names = "|".join(re.escape(one) for one in sorted(domains, key=len, reverse=True))
    return re.compile(rf"(?<![\w.-])({names})(?![\w-]|\.\w)", re.IGNORECASE)


def _replaced(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(key): _replaced(one, change) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(one, change) for one in value]
    return value
