"""Calls of the control API while cases are played: which there are, which comes next, what a client believes.

Tests: ``tests/conformance/test_check_api.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rosterkit.conformance.case import Case
from rosterkit.conformance.results import Row
from rosterkit.net.control.call import Answer, Call
from rosterkit.net.control.refusal import conflict, missing, wrong
from rosterkit.net.control.site import Routes

if TYPE_CHECKING:
    from rosterkit.conformance.runner.client_run import ClientRun

__all__ = ["add_calls"]


def add_calls(routes: Routes, run: ClientRun) -> None:
    """Let ``routes`` answer them; the names are those of the accounts, such as ``c-2-1-6-spoofed-stranger``."""
    calls = _Calls(run)
    routes.add("GET", "/v1/cases", calls.all)
    routes.add("GET", "/v1/cases/{case}", calls.one)
    routes.add("PUT", "/v1/next-case", calls.choose)
    routes.add("POST", "/v1/cases/{case}/roster", calls.believe)
    routes.add("POST", "/v1/cases/{case}/done", calls.obeyed)


class _Calls:
    def __init__(self, run: ClientRun) -> None:
        self._run = run

    def all(self, call: Call) -> Answer:
        """Every case and what came of it so far."""
        call.only(())
        rows = {row.case.id: row for row in self._run.checking.rows()}
        return Answer(200, {"cases": [self._shown(case, rows) for case in self._run.options.plan.cases]})

    def one(self, call: Call) -> Answer:
        """One case."""
        call.only(())
        rows = {row.case.id: row for row in self._run.checking.rows()}
        return Answer(200, self._shown(self._case(call.path["case"]), rows))

    def choose(self, call: Call) -> Answer:
        """The case of the next login of the fixed account: ``{"case": ID}``."""
        call.only(())
        name = call.fields("case").text("case")
        if name is None:
            raise wrong("case", "is missing", "the id of a case, or the name of its account")
        case = self._case(name)
        if self._run.options.words is not None:
            raise conflict("the run", "starts a program for each case, so nobody comes by himself")
        self._run.guests.choose(case)
        return Answer(200, self._shown(case, {}))

    def believe(self, call: Call) -> Answer:
        """The roster as the client has it, now: ``{"roster": [...]}``."""
        call.only(())
        play = self._play(call)
        body: Any = call.body
        try:
            play.hear_roster(body.get("roster") if isinstance(body, dict) else body)
        except ValueError as error:
            raise wrong("roster", f"is refused: {str(error).rstrip('.')}", "a list of entries with a jid") from error
        return Answer(200, {"case": play.case.id})

    def obeyed(self, call: Call) -> Answer:
        """What a program would print for an order: ``{"done": N}``, with ``error`` or ``roster``."""
        call.only(())
        play = self._play(call)
        try:
            play.reply(call.body)
        except ValueError as error:
            raise wrong("the body", f"is refused: {str(error).rstrip('.')}", '{"done": NUMBER}') from error
        return Answer(200, {"case": play.case.id})

    def _play(self, call: Call) -> Any:
        play = self._run.checking.play_of(call.path["case"])
        if play is None:
            raise missing("the path", f"names {call.path['case']!r:.60}, which is not being played now")
        return play

    def _case(self, name: str) -> Case:
        for case in self._run.options.plan.cases:
            if name in (case.id, case.account):
                return case
        raise missing("case", f"is {name!r:.60}", "one of GET /v1/cases")

    def _shown(self, case: Case, rows: dict[str, Row]) -> dict[str, Any]:
        row = rows.get(case.id)
        playing = self._run.checking.play_of(case.account)
        return {
            "id": case.id,
            "account": case.account,
            "rule": case.rule,
            "state": "playing" if playing is not None else "waiting" if row is None else "over",
            "verdict": row.finding.verdict.value if row is not None else None,
            "words": row.finding.words if row is not None else None,
        }
