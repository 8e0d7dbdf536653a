"""A scenario made of what a journal holds: what was called becomes calls, what clients sent becomes expectations.

Tests: ``tests/wire/test_recorded.py``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple
from urllib.parse import unquote

from rosterkit.core import jid
from rosterkit.core.journal import Called, Entry
from rosterkit.core.scenario import AnswerStep, CallStep, ClientStep, ExpectStep, Scenario, Step, path_part, placed
from rosterkit.core.scenario_reader import MOST_STEPS
from rosterkit.errors import ScenarioError
from rosterkit.wire.expecting import template_of
from rosterkit.wire.patterns import parse_entry
from rosterkit.wire.visits import Visit, visits

__all__ = ["PASSWORD", "Beginning", "Selection", "record"]

#: The password of every account of a scenario: those of the network are not known.
PASSWORD = "secret"


class Beginning(NamedTuple):
    """How a network began: its own ``domains``, and ``network``, the body of the call that makes such a one."""

    domains: tuple[str, ...]
    network: Mapping[str, Any]


class Selection(NamedTuple):
    """What is expected of clients: what passed after ``since`` up to ``until``, of one account, or of one session."""

    since: int = 0
    until: int | None = None
    account: str | None = None
    session: str | None = None

    def has(self, entry: Entry) -> bool:
        """Whether an entry is in it."""
        return (
            self.since < entry.number
            and self.reaches(entry.number)
            and self.account in (None, entry.account)
            and self.session in (None, entry.session)
        )

    def reaches(self, number: int) -> bool:
        """Whether the end is not before the entry ``number``."""
        return self.until is None or number <= self.until


def record(beginning: Beginning, entries: Sequence[Entry], selection: Selection) -> Scenario:
    """The scenario of all ``entries`` since the beginning; the calls before the selection are steps too.

    Raises :class:`ScenarioError` for a call whose body was too long to be kept, and for too many steps.
    """
    reached = [entry for entry in entries if selection.reaches(entry.number)]
    steps = _Recording(beginning, reached).steps(selection)
    if len(steps) > MOST_STEPS:
        raise ScenarioError(f"That makes {len(steps)} steps; a scenario has at most {MOST_STEPS}. Select less of it.")
    scenario = Scenario(beginning.domains, beginning.network, tuple(steps))
    return placed(scenario, dict(zip(beginning.domains, _placeholders(scenario), strict=True)))


def _placeholders(scenario: Scenario) -> list[str]:
    """A placeholder for each domain, none of which stands anywhere in the scenario."""
    written = str(scenario).lower()
    names = (f"home{number}.example" if number > 1 else "home.example" for number in count(1))
    return [next(name for name in names if name not in written) for _ in scenario.domains]


class _Recording:
    """The journal of one network on its way to be steps; each is noted with the number of its entry."""

    def __init__(self, beginning: Beginning, entries: Sequence[Entry]) -> None:
        self._domain = beginning.domains[0]
        self._entries = entries
        self._visits = visits(entries)
        self._of: dict[str | None, list[Visit]] = {}
        for visit in self._visits.values():
            self._of.setdefault(visit.account, []).append(visit)
        self._resources = {visit.jid for visit in self._visits.values() if visit.jid is not None}
        self._calls = [(entry.number, entry.call) for entry in entries if entry.call is not None]
        self._numbers = [number for number, _ in self._calls]
        self._known = {self._bare(name): 0 for name in beginning.network.get("accounts", {})}
        for number, call in self._calls:
            made = _made(call)
            if made is not None:
                self._known.setdefault(self._bare(made), number)

    def steps(self, selection: Selection) -> list[Step]:
        """The steps in their order."""
        said = self._said(selection)
        calls = [(number, self._call(number, call)) for number, call in self._calls]
        clients = self._clients({self._bare(step.account) for _, step in said} | self._named())
        numbered: list[tuple[int, Step]] = [*clients, *calls, *said]
        numbered.sort(key=lambda one: one[0])
        places = {number: place for place, (number, _) in enumerate(numbered, 1)}
        return [_at_its_place(step, places) for _, step in numbered]

    def _next_call(self, number: int) -> int | None:
        """The number of the first call whose note comes after ``number``."""
        place = bisect_right(self._numbers, number)
        return self._numbers[place] if place < len(self._numbers) else None

    # Names

    def _bare(self, name: str) -> str:
        return jid.parse(name if "@" in name else f"{jid.prepare_local(name)}@{self._domain}").bare

    def _has_password(self, visit: Visit) -> bool:
        """Whether it is known what the client logs in with: its account was made by the beginning, or a call."""
        known = self._known.get(visit.account) if visit.account is not None else None
        return known is not None and known < visit.first

    def _short(self, bare: str) -> str:
        """An account as a scenario names it."""
        local, _, domain = bare.partition("@")
        return local if domain == self._domain else bare

    # Clients

    def _clients(self, needed: set[str]) -> Iterator[tuple[int, ClientStep]]:
        """A client for each session of the accounts that matter, and what it has come to before the next call."""
        for account in needed:
            mine = [visit for visit in self._of.get(account, []) if self._has_password(visit)]
            for visit in mine:
                beside = any(one.is_there(visit.first) for one in mine)
                called = self._next_call(visit.first)
                until = visit.states(called) if called is not None and visit.is_there(called) else ()
                yield visit.first, ClientStep(self._short(account), until, beside)

    def _named(self) -> set[str]:
        """The accounts whose sessions are named by calls."""
        found = (self._visit(number, name) for number, call in self._calls for name in _sessions(call))
        return {visit.account for visit in found if visit is not None and visit.account is not None}

    def _visit(self, number: int, name: str) -> Visit | None:
        """The session that a call has named by its id or its JID."""
        if name in self._visits:
            return self._visits[name]
        there = (visit for visit in self._of.get(name.partition("/")[0], []) if visit.is_there(number))
        return next((visit for visit in there if name in (visit.jid, visit.account)), None)

    # Calls

    def _call(self, number: int, call: Called) -> CallStep:
        if call.left_out:
            raise ScenarioError(
                f"The body of {call.method} {call.path:.100} (entry {number}) was too long to be kept, so that it "
                "cannot be made again. Reset the network, and do it again with less at once."
            )
        parts, body = call.path.split("/"), call.body
        if parts[0] == "sessions" and len(parts) > 1:
            parts[1] = path_part(self._lasting(number, unquote(parts[1])))
        if isinstance(body, Mapping) and isinstance(body.get("session"), str):
            body = {**body, "session": self._lasting(number, body["session"])}
        made = _made(call)
        if made is not None and isinstance(body, Mapping):
            parts[1] = path_part(self._short(self._bare(made)))
            body = {**body, "password": PASSWORD}
        return CallStep(call.method, "/".join(parts), body)

    def _lasting(self, number: int, name: str) -> str:
        """A session by its account, as another run can name it; by its full JID where the account had several."""
        visit = self._visit(number, name)
        if visit is None or visit.account is None:
            return name
        beside = [one for one in self._of[visit.account] if one.is_there(number)]
        return visit.account if len(beside) <= 1 else visit.jid or visit.account

    # What clients say

    def _said(self, selection: Selection) -> list[tuple[int, ExpectStep | AnswerStep]]:
        pushes = _Pushes(self._calls, self._numbers)
        found: list[tuple[int, ExpectStep | AnswerStep]] = []
        for entry in self._entries:
            if entry.direction == "out" and entry.kind == "push" and not entry.withheld:
                pushes.see(entry)
            elif selection.has(entry) and entry.direction == "in" and entry.kind != "stream":
                step = self._step(entry, pushes)
                if step is not None:
                    found.append((entry.number, step))
        return found

    def _step(self, entry: Entry, pushes: _Pushes) -> ExpectStep | AnswerStep | None:
        visit = self._visits.get(entry.session) if entry.session is not None else None
        if visit is None or entry.account is None or not self._has_password(visit):
            return None
        account = self._short(entry.account)
        answered = pushes.answered(entry)
        if answered is not None:
            return answered._replace(account=account)
        template = template_of(entry.data, entry.account, self._resources)
        return ExpectStep(template, account) if template is not None else None


class _Pushes:
    """The pushes so far that calls have led to at once, by session and id."""

    def __init__(self, calls: Sequence[tuple[int, Called]], numbers: Sequence[int]) -> None:
        self._calls = calls
        self._numbers = numbers
        self._asked: dict[tuple[str | None, str | None], AnswerStep | None] = {}
        self._counted: Counter[tuple[int, str]] = Counter()

    def see(self, push: Entry) -> None:
        """One more, in the order of the journal."""
        place = bisect_right(self._numbers, push.number)
        number, call = self._calls[place] if place < len(self._calls) else (0, None)
        step = None
        if call is not None and call.since < push.number and push.account is not None:
            self._counted[number, push.account] += 1
            step = AnswerStep(number, push.account, self._counted[number, push.account])
        stanza = parse_entry(push.data)
        self._asked[push.session, stanza.get("id") if stanza is not None else None] = step

    def answered(self, entry: Entry) -> AnswerStep | None:
        """The step of an answer to one of them, with the number of the call's note; None for anything else."""
        if not entry.data.startswith(b"<iq"):
            return None
        stanza = parse_entry(entry.data)
        kind = stanza.get("type") if stanza is not None else None
        if stanza is None or kind not in ("result", "error"):
            return None
        step = self._asked.get((entry.session, stanza.get("id")))
        return step._replace(type=kind) if step is not None else None


def _at_its_place(step: Step, places: Mapping[int, int]) -> Step:
    return step._replace(step=places[step.step]) if isinstance(step, AnswerStep) else step


def _sessions(call: Called) -> Iterator[str]:
    """The names of sessions in a call."""
    parts = call.path.split("/")
    if parts[0] == "sessions" and len(parts) > 1:
        yield unquote(parts[1])
    if isinstance(call.body, Mapping) and isinstance(call.body.get("session"), str):
        yield call.body["session"]


def _made(call: Called) -> str | None:
    """The account that a call has made, or given a new password."""
    parts = call.path.split("/")
    return unquote(parts[1]) if call.method == "PUT" and parts[0] == "accounts" and len(parts) == 2 else None
