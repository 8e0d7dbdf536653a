"""The kill matrix of the suite for servers; the whole of it with ``pytest -m matrix``."""

from __future__ import annotations

import os
import pkgutil
import resource
import time
from importlib import import_module

import pytest
from repeats import twice
from twisted.logger import Logger
from twisted.python.failure import Failure

from rosterkit.conformance.probing import server_matrix
from rosterkit.conformance.probing.server_matrix import Played, _failures, main, matrix, played, problems
from rosterkit.conformance.runner.matrix import Matrix
from rosterkit.conformance.server import mutants
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.catalogue import SERVER_CASES, SERVER_CHECKS, SERVER_ROWS
from rosterkit.conformance.server.mutant import Mutant, Patch, applied, mutant, watched
from rosterkit.conformance.server.mutants import MUTANTS
from rosterkit.conformance.verdicts import Finding, Level, Verdict, failed, passed
from rosterkit.core import subscription
from rosterkit.core.subscription import TABLE, Event, State
from rosterkit.errors import ConfigError

#: The most seconds of the matrix on a quiet machine with two cores.
_MOST = 120
_ONE = "rfc6121/A.2.1/none"


def case(id_: str) -> ServerCase:
    """The case with this id."""
    return next(one for one in SERVER_CASES if one.id == id_)


# The whole of it


@pytest.mark.matrix
def test_every_case_catches_a_mutant_and_every_mutant_is_caught(capsys: pytest.CaptureFixture[str]) -> None:
    """Each by a case of its own section; our server passes everything, and it takes no time."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    found, plays, broken = matrix()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    with capsys.disabled():
        print(f"\n{len(found.model)} cases and checks, {len(found.mutants)} mutants, {plays} plays: ", end="")
        print(f"{time.monotonic() - began:.0f} s on {os.cpu_count()} cores, {cpu:.0f} s of CPU.")
    assert list(problems(found, failed=broken)) == []
    assert found.model.keys() == {row.id for row in SERVER_ROWS}
    assert found.mutants.keys() == {one.name for one in MUTANTS}
    assert cpu / 2 < _MOST  # what other programs have taken of the machine does not count


# What there is


def test_there_is_enough_of_it() -> None:
    """At least 60 mutants, a cell of the tables each among them."""
    assert len(MUTANTS) >= 60
    assert sum(one.name.startswith("cell-") for one in MUTANTS) == len(TABLE)


def test_no_two_mutants_are_the_same() -> None:
    """Each has a name and a sentence of its own, and a section whose cases have to catch it."""
    assert twice(one.name for one in MUTANTS) == []
    assert twice(one.breaks for one in MUTANTS) == []
    assert [one.breaks for one in MUTANTS if not one.breaks.endswith(".")] == []
    ids = [row.id for row in SERVER_ROWS]
    assert [one.name for one in MUTANTS if not any(id_.startswith(one.caught_in) for id_ in ids)] == []


def test_every_mutant_of_every_module_takes_part() -> None:
    """Whoever writes a module of mutants and forgets to name it tests nothing."""
    names = [module.name for module in pkgutil.iter_modules(mutants.__path__)]
    written = [one for name in names for one in getattr(import_module(f"{mutants.__name__}.{name}"), "MUTANTS", ())]
    assert {one.name for one in written} == {one.name for one in MUTANTS}


# Mutants as patches


def _wrong_cell() -> Mutant:
    return next(one for one in MUTANTS if one.name == "cell-out-subscribe-none")


def test_a_mutant_is_one_for_its_block_only() -> None:
    """Afterwards everything is as it was, also where something fails in between."""
    before = dict(TABLE)
    with pytest.raises(ZeroDivisionError), applied(_wrong_cell()):
        assert before != TABLE
        raise ZeroDivisionError
    assert before == TABLE


def test_functions_are_patched_where_they_are_called() -> None:
    """With what ``change`` makes of the one that is there."""
    wrong = mutant("w", "1", "W.", Patch(subscription, "step", lambda rule: lambda *_: ("instead of", rule)))
    right = subscription.step
    with applied(wrong):
        assert subscription.step(None) == ("instead of", right)  # type: ignore[call-arg, comparison-overlap, arg-type]
    assert subscription.step is right


def test_what_a_play_uses_is_noted() -> None:
    """A value of a table by its key, a function by its call; what cannot be watched is said to be so."""
    cell = (State.NONE, Event.OUT_SUBSCRIBE)
    by_table = Patch(TABLE, cell, lambda one: one, (subscription, "TABLE"))
    by_call = Patch(subscription, "state_of", lambda one: one)
    unseen = Patch(subscription, "_BY_VALUE", lambda one: one)
    wrongs = [mutant(name, "1", "W.", patch) for name, patch in zip("abc", (by_table, by_call, unseen), strict=True)]
    used: set[tuple[int, object]] = set()
    with watched(wrongs, used) as hidden:
        subscription.step(State.NONE, Event.OUT_SUBSCRIBE)
    assert used == {by_table.place}
    assert hidden == {unseen.place}
    with watched(wrongs, used):
        subscription.state_of("to", False, False)
    assert used == {by_table.place, by_call.place}
    assert subscription.TABLE is TABLE


def test_a_play_that_does_not_use_what_is_broken_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is not played again: that is where the time of the matrix is saved."""
    again: list[str] = []

    def play(one: ServerCase, seed: str = "0") -> Played:
        again.append(one.id)
        return played(one, seed)

    wrong, cases = _wrong_cell(), [case(_ONE), case("rfc6121/A.3.4/none")]
    server_matrix._job[:] = [server_matrix._model(cases, "0"), cases, "0", 1.0]
    monkeypatch.setattr(server_matrix, "played", play)
    row = server_matrix._row(wrong.name)
    assert again == [_ONE]
    assert row.plays == 1
    assert row.findings[_ONE].verdict is Verdict.FAIL
    assert row.findings["rfc6121/A.3.4/none"].verdict is Verdict.PASS


def test_a_mutant_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The matrix says so, and goes on."""

    def forever(*_: object) -> Played:
        while True:
            pass

    monkeypatch.setattr(server_matrix, "_LONGEST", 0.05)
    monkeypatch.setattr(server_matrix, "played", forever)
    assert server_matrix._in_time(case(_ONE), "0").finding.verdict is Verdict.INCONCLUSIVE


# Problems, in a matrix by hand

_RIGHT, _WRONG = passed("P."), failed(Level.MUST, "F.")


def _by_hand(changed: dict[str, Finding], catching: dict[str, dict[str, Finding]]) -> list[str]:
    model = {row.id: _RIGHT for row in SERVER_ROWS} | changed
    everything = {row.id: _WRONG for row in SERVER_ROWS}
    found = {one.name: catching.get(one.name, everything) for one in MUTANTS}
    return list(problems(Matrix(model, found)))


def test_a_matrix_without_problems_has_none() -> None:
    """Our server passes, each mutant is caught, each case catches one."""
    assert _by_hand({}, {}) == []


def test_our_own_server_must_pass() -> None:
    """Anything else is a mistake of ours, in the server or in the case."""
    (sentence,) = _by_hand({_ONE: _WRONG}, {})
    assert sentence == f"{_ONE} gives FAIL to our own server: F."


def test_a_mutant_must_be_caught_in_its_own_section() -> None:
    """By accident is not enough, and by nothing is nothing."""
    name = _wrong_cell().name
    elsewhere = {"rfc6121/A.3.4/none": _WRONG}
    assert _by_hand({}, {name: elsewhere}) == [f"The mutant {name} is caught by no case of rfc6121/A.2.1."]
    assert _by_hand({}, {name: {}}) == [f"The mutant {name} is caught by nothing."]


def test_a_case_must_catch_a_mutant() -> None:
    """One of a MAY need not: it blames nobody."""
    missing = {one.name: {row.id: _WRONG for row in SERVER_ROWS if row.id != _ONE} for one in MUTANTS}
    assert f"{_ONE} catches no mutant." in _by_hand({}, missing)
    lenient = next(row for row in SERVER_ROWS if row.level is Level.MAY)
    missing = {one.name: {row.id: _WRONG for row in SERVER_ROWS if row is not lenient} for one in MUTANTS}
    assert not any("catches no mutant" in sentence for sentence in _by_hand({}, missing))


def test_a_check_counts_like_a_case() -> None:
    """One that no play has to do with is told."""
    model = {row.id: _RIGHT for row in SERVER_ROWS if row is not SERVER_CHECKS[0]}
    found = Matrix(model, {one.name: {row.id: _WRONG for row in SERVER_ROWS} for one in MUTANTS})
    assert f"{SERVER_CHECKS[0].id} was judged in no play." in problems(found)


def test_the_command_says_what_it_has_found(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    """A line for each case, the page, the sum; 1 where something is wrong."""
    chosen = [one for one in MUTANTS if one.name.startswith("cell-out-subscribe-none")]
    monkeypatch.setattr(server_matrix, "MUTANTS", chosen)
    assert main([_ONE], "0", tmp_path) == 0  # type: ignore[arg-type]
    said = capsys.readouterr().out
    assert f"{_ONE}: cell-out-subscribe-none" in said
    assert "0 problems." in said
    assert "matrix.html" in said
    monkeypatch.setattr(server_matrix, "MUTANTS", [])
    assert main([_ONE], "0", None) == 1
    with pytest.raises(ConfigError):
        main(["rfc6121/nothing"], "0", None)


def test_every_mutant_of_a_cell_changes_it() -> None:
    """Where the right one changes no state either, the stanza goes the other way."""
    cells = [patch for one in MUTANTS for patch in one.patches if patch.owner is TABLE]
    assert {patch.name for patch in cells} == TABLE.keys()
    assert [patch.name for patch in cells if patch.change(TABLE[patch.name]) == TABLE[patch.name]] == []


def test_a_mutant_that_raises_is_no_mutant():
    """It is caught by every case, and so by none for its rule: what the server says of its mistakes is a problem."""
    name = MUTANTS[0].name
    model = {row.id: _RIGHT for row in SERVER_ROWS}
    found = Matrix(model, {one.name: {row.id: _WRONG for row in SERVER_ROWS} for one in MUTANTS})
    assert list(problems(found)) == []
    sentences = list(problems(found, failed={name: "TypeError: too few"}))
    assert sentences == [f"The mutant {name} is no wrong server but a broken one: TypeError: too few."]
    with _failures() as said:
        Logger().failure("The rules failed.", Failure(TypeError("too few")))
    assert said == ["TypeError: too few"]
    with _failures() as said:
        pass
    assert said == []
