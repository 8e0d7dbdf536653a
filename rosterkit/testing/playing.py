"""A scenario played on a domain: its calls made, its clients started, what they do waited for, step by step.

Tests: ``tests/testing/test_playing.py``.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping
from functools import partial
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from rosterkit.core import markup
from rosterkit.core.scenario import (
    STATES,
    AnswerStep,
    CallStep,
    ClientStep,
    ExpectStep,
    Scenario,
    Step,
    fresh,
    placed,
    sentence,
)
from rosterkit.core.scenario_reader import LONGEST_WAIT, read_scenario
from rosterkit.errors import ScenarioError, ScriptError
from rosterkit.testing.account import Account, ApiError, NeverCame, Unmet

if TYPE_CHECKING:
    from rosterkit.testing.domains import Domain

__all__ = ["Made", "await_answer", "await_client", "load_scenario", "play"]

#: A longer file is no scenario that we have written.
_MOST_BYTES = 16 * 1024 * 1024
_PUSH = "/iq[roster:query][not(@type='result')]"
_ID = re.compile(r"^<[^>]*? id='([^']*)'")

#: What is done one after the other, see :func:`~rosterkit.testing.sequence.in_turn`.
Steps: TypeAlias = Generator[Any, Any, Any]


class Made(NamedTuple):
    """A call that was made: the newest entry of the journal before it, and its answer."""

    since: int
    answer: Any


def load_scenario(source: Scenario | str | Path | Mapping[str, Any]) -> Scenario:
    """The scenario in a file, or in a document that was read already; one that is a scenario is taken as it is.

    Raises :class:`ScenarioError` with a sentence for what is none; OSError where there is no such file.
    """
    if isinstance(source, Scenario):
        return source
    if isinstance(source, Mapping):
        place, document = "The scenario", source
    else:
        place = str(source)
        with Path(source).open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise ScenarioError(f"{place}: is longer than {_MOST_BYTES} bytes; no scenario is.")
        try:
            document = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise ScenarioError(f"{place}: is no JSON ({str(error)[:80]}).") from error
    try:
        return read_scenario(document)
    except ScriptError as error:
        raise ScenarioError(f"{place}: {error}") from error


def play(
    domain: Domain,
    scenario: Scenario,
    start: Callable[[Account], object] | None,
    told: Callable[[int, Step], Any] | None,
) -> Steps:
    """Begin ``domain`` anew as the scenario says, and go through its steps.

    ``start`` starts a client and does not wait for it; ``told`` is called with each step that is met, and its number.
    Raises :class:`Unmet` for the first that is not, :class:`ScenarioError` for what the server does not take.
    """
    domains = fresh(scenario.domains, domain.name)
    here = placed(scenario, domains)
    network = {**here.network, **({"domains": list(here.domains)} if len(here.domains) > 1 else {})}
    try:
        yield domain.seed(**network)
    except ApiError as error:
        raise ScenarioError(f"The network of the scenario is refused: {error}") from error
    made: dict[int, Made] = {}
    started: Counter[str] = Counter()
    for number, step in enumerate(here.steps, 1):
        if isinstance(step, ClientStep) and (step.another or step.account not in started):
            started[step.account] += 1
            if start is not None:
                yield start(Account(domain.address(step.account), here.password(step.account, number) or ""))
        try:
            met = yield _do(domain, step, made, started)
        except (Unmet, ApiError) as error:
            raise _unmet(number, step, error) from error
        if isinstance(met, Made):
            made[number] = met
        if told is not None:
            yield told(number, step)


def _do(domain: Domain, step: Step, made: Mapping[int, Made], started: Mapping[str, int]) -> Any:
    if isinstance(step, ClientStep):
        count = started[step.account] if step.another else 1
        wait = partial(domain.expect_client, step.account, *step.until, count=count, within=step.within)
        return wait() if step.until else None
    if isinstance(step, CallStep):
        return domain.call(step.method, step.path, step.body)
    if isinstance(step, ExpectStep):
        return domain.expect(step.pattern, account=step.account, within=step.within)
    assert isinstance(step, AnswerStep)
    return domain.expect_answer(made[step.step], step.account, push=step.push, type=step.type, within=step.within)


def _unmet(number: int, step: Step, error: Exception) -> Exception:
    """What has gone wrong with a step; a call that is refused because of how things are is not met either."""
    text = f"Step {number}, {sentence(step):.200}: {error}"
    if isinstance(error, Unmet):
        return type(error)(text)
    assert isinstance(error, ApiError)
    return Unmet(text) if error.status in (404, 409, 410) else ScenarioError(text)


# What is waited for


def await_client(domain: Domain, account: str, states: tuple[str, ...], count: int, within: float) -> Steps:
    """Wait until a session of an account, the ``count``-th or a later one, has come to all ``states``.

    :class:`NeverCame` after ``within`` seconds.
    """
    address = domain.address(account)
    over = time.monotonic() + within
    while True:
        cursor = (yield domain.look())["cursor"]
        mine = [session for session in (yield domain.sessions()) if session["account"] == address]
        if any(all(_has(session, state) for state in states) for session in mine[count - 1 :]):
            return
        left = over - time.monotonic()
        if left <= 0:
            raise NeverCame(_absent(address, states, mine[count - 1 :], within))
        yield domain.wait({"match": "/*", "account": address, "since": cursor, "within": min(left, LONGEST_WAIT)})


def _has(session: Mapping[str, Any], state: str) -> bool:
    """Whether a session, which is there, has come to one of :data:`STATES`."""
    return state == "connected" or bool(session[state])


def _absent(address: str, states: tuple[str, ...], mine: list[Mapping[str, Any]], within: float) -> str:
    if not mine:
        return f"Within {within:g} s no client of {address} has logged in."
    there = [state for state in STATES if _has(mine[0], state)]
    return f"Within {within:g} s no client of {address} was {' and '.join(states)}; it is {' and '.join(there)}."


def await_answer(domain: Domain, made: Made, account: str, push: int, type_: str, within: float) -> Steps:
    """Wait for the answer to a push that a call has led to; gives its entry of the journal."""
    address = domain.address(account)
    since, over, pushed = made.since, time.monotonic() + within, {}
    for _ in range(push):
        left = _left(over)
        body = {"match": _PUSH, "account": address, "direction": "out", "since": since, "within": left}
        ended = yield domain.wait(body)
        if ended["outcome"] != "met":
            raise Unmet(f"The call has led to no push to {address}: no client of it has asked for the roster.")
        pushed = ended["entry"]
        since = ended["cursor"]
    found = _ID.match(pushed["xml"])
    answer = markup.element("iq", type=type_, id=unescape(found[1]) if found is not None else "")
    left = _left(over)
    ended = yield domain.wait({"match": answer, "account": address, "since": since, "within": left})
    if ended["outcome"] != "met":
        raise Unmet(f"{ended['verdict']} It is the answer to entry {pushed['number']}: {pushed['xml']:.300}")
    return ended["entry"]


def _left(over: float) -> float:
    """Seconds until ``over``, as a person would say it."""
    return max(0.0, math.ceil(10 * (over - time.monotonic())) / 10)
