"""The kill matrix: every case with every client with a known mistake; the whole of it with ``pytest -m matrix``."""

from __future__ import annotations

import os
import pkgutil
import resource
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from repeats import twice
from report_samples import case, check

from rosterkit.conformance.catalogue import CASES, CHECKS
from rosterkit.conformance.model import mutants
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutants import MUTANTS
from rosterkit.conformance.runner import matrix as matrices
from rosterkit.conformance.runner.matrix import Matrix, findings, main, matrix, problems
from rosterkit.conformance.verdicts import Finding, Level, Verdict, failed, inconclusive, info, passed
from rosterkit.errors import ConfigError

_WRONG = (Verdict.FAIL, Verdict.NON_STRICT)
_ONE = "rfc6121/2.1.6/spoofed-stranger"
#: The most seconds of the matrix on a quiet machine with two cores.
_MOST = 120

#: For each module of mutants, one of them and what it was written for.
_SAMPLE = {
    "syntax": ("wants-to-know-everything", "rfc6121/2.1.2/unknown-attributes"),
    "senders": ("takes-pushes-from-strangers", _ONE),
    "login": ("never-asks", "rfc6121/2.2/asks-for-roster"),
    "edits": ("adds-bare-entries", "rfc6121/2.3.1/adds-with-name-and-groups"),
    "versioning": ("breaks-down-on-empty-result", "rfc6121/2.6.3/empty-result"),
    "subscriptions": ("asks-a-resource", "rfc6121/3.1.1/subscribe-to-bare"),
    "subscriptions_requests": ("approves-by-itself", "rfc6121/3.1.4/no-approval-by-itself"),
    "subscriptions_notices": ("keeps-ask", "rfc6121/3.2.3/refused"),
    "presence": ("shows-itself-once", "rfc6121/4.2.1/presence-after-reconnect"),
    "streams": ("dies-of-white-space", "rfc6120/11.7/white-space"),
    "checks": ("answers-twice", "rfc6120/8.2.3/answers-once"),
}


# The whole of it


@pytest.mark.matrix
def test_every_case_catches_a_mutant_and_every_mutant_is_caught(capsys: pytest.CaptureFixture[str]) -> None:
    """No case proves nothing, no mutant passes unseen, the client without a mistake passes, and it takes no time."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    found = matrix()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    sizes = f"{len(found.model)} cases and checks, {len(found.mutants)} mutants"
    costs = f"{time.monotonic() - began:.0f} s on {os.cpu_count()} cores, {cpu:.0f} s of CPU"
    with capsys.disabled():
        print(f"\n{sizes}: {costs}, at most {after.ru_maxrss / 1024:.0f} MiB in a process.")
    assert list(problems(found)) == []
    assert found.model.keys() == {row.id for row in (*CASES, *CHECKS)}
    assert found.mutants.keys() == {mutant.name for mutant in MUTANTS}
    assert cpu / 2 < _MOST  # what other programs have taken of the machine does not count


# What there is


def test_there_is_enough_of_it() -> None:
    """At least 80 cases and 40 mutants."""
    assert len(CASES) >= 80
    assert len(MUTANTS) >= 40


def test_no_two_mutants_are_the_same() -> None:
    """Each has a name, a sentence and a class of its own, and that is the model with something changed."""
    for what in ("name", "breaks", "client"):
        assert twice(getattr(mutant, what) for mutant in MUTANTS) == []
    assert all(issubclass(mutant.client, ScriptedClient) for mutant in MUTANTS)
    assert ScriptedClient not in [mutant.client for mutant in MUTANTS]
    wrong = [
        one.breaks for one in MUTANTS if not one.breaks.endswith(".") or one.breaks != " ".join(one.breaks.split())
    ]
    assert wrong == []


def test_every_mutant_of_every_module_takes_part() -> None:
    """Whoever writes a module of mutants and forgets to name it tests nothing."""
    names = [module.name for module in pkgutil.iter_modules(mutants.__path__)]
    assert sorted(names) == sorted(_SAMPLE)
    assert sorted(mutant.name for mutant in MUTANTS) == sorted(
        mutant.name for name in names for mutant in getattr(mutants, name).MUTANTS
    )


def test_every_rule_is_named_once() -> None:
    """No two cases or checks are about the same."""
    assert twice(row.rule for row in (*CASES, *CHECKS)) == []


# Findings


@pytest.mark.parametrize("orders", ["report", "edit", "none"])
def test_a_client_without_a_mistake_is_never_blamed(orders: str) -> None:
    """By no case and no check, however little of it can be seen."""
    found = findings(CASES, CHECKS, ScriptedClient, orders=orders)
    assert {id_: finding for id_, finding in found.items() if finding.verdict in _WRONG} == {}
    assert found.keys() >= {case.id for case in CASES}


@pytest.mark.parametrize("module", _SAMPLE)
def test_a_mutant_of_each_module_is_caught(module: str) -> None:
    """By what it was written for, where the client without a mistake passes."""
    name, id_ = _SAMPLE[module]
    client = next(mutant.client for mutant in getattr(mutants, module).MUTANTS if mutant.name == name)
    cases = [case for case in CASES if case.id in (id_, _ONE)]
    assert findings(cases, CHECKS, ScriptedClient)[id_].verdict is Verdict.PASS
    assert findings(cases, CHECKS, client)[id_].verdict in _WRONG


def test_of_a_check_the_gravest_finding_counts() -> None:
    """One play in which a rule is broken is enough; a check without a play that it is about says nothing."""
    said = iter([passed("P."), None, failed(Level.MUST, "F."), passed("P.")])
    checked, silent = check("checked"), check("silent")
    object.__setattr__(checked, "judge", lambda _: next(said))
    found = findings([one for one in CASES if one.id == _ONE] * 4, [checked, silent], ScriptedClient)
    assert found.keys() == {_ONE, checked.id}
    assert found[checked.id] == failed(Level.MUST, "F.")


# Problems, in a matrix by hand

_MUST, _MAY, _CHECK = case("must"), case("may", level=Level.MAY), check("checked")
_CAUGHT = {row.id: failed(Level.MUST, "F.") for row in (_MUST, _MAY, _CHECK)}
_PASSES = {_MUST.id: passed("P."), _MAY.id: info("I."), _CHECK.id: passed("P.")}


@pytest.fixture
def three_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a case of a MUST, one of a MAY, and a check."""
    monkeypatch.setattr(matrices, "CASES", (_MUST, _MAY))
    monkeypatch.setattr(matrices, "CHECKS", (_CHECK,))


@pytest.mark.usefixtures("three_rows")
class TestProblems:
    """What is found to be wrong."""

    @pytest.mark.parametrize("good", [passed("P."), info("I.")])
    def test_nothing_is_wrong_where_everything_is_caught(self, good: Finding) -> None:
        """A case of a MAY may describe the model instead of passing it."""
        assert list(problems(Matrix({**_PASSES, _MAY.id: good}, {"m": _CAUGHT}))) == []

    @pytest.mark.parametrize("finding", [failed(Level.SHOULD, "W."), inconclusive("W."), info("W.")])
    def test_what_blames_the_model_is_wrong(self, finding: Finding) -> None:
        """INFO too, where there is a rule that it could follow."""
        (sentence,) = problems(Matrix({**_PASSES, _MUST.id: finding}, {"m": _CAUGHT}))
        assert sentence == f"{_MUST.id} gives {finding.verdict.value} to the client without a mistake: W."

    def test_what_was_never_judged_is_wrong(self) -> None:
        """A check that no play is about."""
        model = {id_: finding for id_, finding in _PASSES.items() if id_ != _CHECK.id}
        assert list(problems(Matrix(model, {"m": _CAUGHT}))) == [f"{_CHECK.id} was judged in no play."]

    @pytest.mark.parametrize("finding", [passed("P."), inconclusive("?"), info("I."), None])
    def test_what_catches_no_mutant_is_wrong(self, finding: Finding | None) -> None:
        """Only FAIL and NON-STRICT catch."""
        found: Mapping[str, Finding] = {**_CAUGHT, _MUST.id: finding} if finding else _without(_MUST.id)
        assert list(problems(Matrix(_PASSES, {"m": found}))) == [f"{_MUST.id} catches no mutant."]

    def test_a_mutant_that_nothing_catches_is_wrong(self) -> None:
        """Whatever the others are."""
        found = Matrix(_PASSES, {"m": _CAUGHT, "unseen": _PASSES})
        assert list(problems(found)) == ["The mutant unseen is caught by nothing."]
        assert (found.caught_by("m"), found.caught_by("unseen")) == ([_MUST.id, _MAY.id, _CHECK.id], [])
        assert found.catches(_MUST.id) == ["m"]

    def test_a_pattern_leaves_out_what_cannot_be_known(self) -> None:
        """Mutants may be caught by cases that were not played, and so may what a check is there for."""
        found = Matrix({_MUST.id: passed("P.")}, {"m": {_MUST.id: _CAUGHT[_MUST.id]}, "unseen": {}})
        assert list(problems(found, [_MUST.id, _CHECK.id])) == []
        assert list(problems(Matrix(found.model, {"unseen": {}}), [_MUST.id])) == [f"{_MUST.id} catches no mutant."]
        assert list(problems(Matrix(_PASSES, {"unseen": _PASSES}), [_CHECK.id])) == [
            f"{_CHECK.id} catches no mutant."
        ]


def _without(id_: str) -> Mapping[str, Finding]:
    return {one: finding for one, finding in _CAUGHT.items() if one != id_}


# The command


def test_the_command_plays_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the chosen case catches, where the page is, and how long it took; 0 where nothing is wrong."""
    assert main([_ONE], "7", tmp_path) == 0
    first, page, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{_ONE}: ")
    assert "takes-pushes-from-strangers" in first
    assert page == f"Page: {tmp_path / 'matrix.html'}"
    assert f"{len(MUTANTS)} mutants" in last
    assert last.endswith(" s, 0 problems.")
    assert (tmp_path / "matrix.html").is_file()


def test_the_command_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """On the terminal, on the page, and by its exit code."""
    seen = Matrix({_ONE: passed("P.")}, {mutant.name: {} for mutant in MUTANTS})
    monkeypatch.setattr(matrices, "matrix", lambda *_: seen)
    assert main([_ONE], "0", tmp_path) == 1
    assert f"{_ONE} catches no mutant." in capsys.readouterr().out.splitlines()
    assert f"{_ONE} catches no mutant." in (tmp_path / "matrix.html").read_text(encoding="utf-8")


def test_a_pattern_that_takes_nothing_is_an_error() -> None:
    """Before anything is played."""
    with pytest.raises(ConfigError, match="takes no case"):
        main(["rfc6121/9.9.9"], "0", None)
