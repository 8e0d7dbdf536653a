"""Clients that come by themselves: which case they play, again or not, and how such a run ends; without sockets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from guests import House
from twisted.internet.defer import Deferred

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.report import read_report
from rosterkit.conformance.runner.client_run import ClientRun
from rosterkit.conformance.verdicts import Verdict
from rosterkit.core import jid

CASE, ACCOUNT = "rfc6121/2.1.6/spoofed-stranger", "c-2-1-6-spoofed-stranger"
OTHER, OTHER_ACCOUNT = "rfc6121/2.1.6/spoofed-domain", "c-2-1-6-spoofed-domain"


class Silent(ScriptedClient):
    """Answers nothing once it is online, so that its case stays under way."""

    def on_request(self, element: Any) -> None:
        """No answer."""


def played(house: House) -> int:
    """How many plays have been told of."""
    return sum(line.startswith("[") for line in house.said)


def verdicts(house: House) -> dict[str, Verdict]:
    """What came of each case so far."""
    return {row.case.id: row.finding.verdict for row in house.run.checking.rows() if row.case.id in (CASE, OTHER)}


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A run of two cases."""
    return House(tmp_path / "report", CASE, OTHER)


class TestAccounts:
    """Who gets a network of his own."""

    def test_each_account_has_its_case(self, house: House):
        """Two clients play two cases, side by side."""
        for account in (ACCOUNT, OTHER_ACCOUNT):
            assert b"<jid>" in house.login(account).heard
            house.carry()
        assert verdicts(house) == {CASE: Verdict.PASS, OTHER: Verdict.PASS}

    @pytest.mark.parametrize(
        "bare",
        ["c-nothing@case.test", "client@case.test", f"{ACCOUNT}@other.test", "case.test", f"{CASE[:7]}@case.test"],
    )
    def test_nobody_else(self, house: House, bare: str):
        """Another name, another domain, a case that was not chosen: there is no such account."""
        assert house.run.guests.claim(jid.parse(bare)) is None

    def test_a_second_client_of_one_account(self, house: House):
        """It is turned away, and comes to nothing as often as it tries; the first one's case goes on."""
        first = house.login(ACCOUNT)
        for _ in range(3):
            assert b"<conflict " in house.login(ACCOUNT).heard
        assert b"<jid>" in first.heard
        assert verdicts(house) == {CASE: Verdict.PASS}
        assert played(house) == 1


class TestAgain:
    """A case that is over, and who comes back to it."""

    def test_a_client_that_comes_back_at_once(self, house: House):
        """It is told that the case is over and how it begins again; nothing is played, however often it tries."""
        house.login(ACCOUNT).drop()
        for _ in range(20):
            house.wait(2.0)
            wire = house.login(ACCOUNT)
            assert b"<conflict " in wire.heard
            assert b"It begins again for whoever logs in after 5 s in which nobody has tried to." in wire.heard
            assert b"<jid>" not in wire.heard
            wire.drop()
        assert played(house) == 1

    def test_after_a_while(self, house: House):
        """Somebody who comes when the account was left alone plays it again, and the newest play counts."""
        house.login(ACCOUNT).drop()
        assert verdicts(house) == {CASE: Verdict.PASS}
        house.wait(5.0)

        class Believer(ScriptedClient):
            def takes_push_from(self, sender: str | None) -> bool:
                return True

        assert b"<jid>" in house.login(ACCOUNT, Believer).heard
        house.carry()
        assert verdicts(house) == {CASE: Verdict.FAIL}
        assert played(house) == 2

    def test_a_wrong_password_starts_nothing_anew(self, house: House):
        """Somebody who tries and tries is refused, and no verdict changes by it, then or when time has passed."""
        for _ in range(50):
            assert b"not-authorized" in house.login(ACCOUNT, password="wrong").heard
        assert verdicts(house) == {}
        house.login(ACCOUNT).drop()
        assert verdicts(house) == {CASE: Verdict.PASS}
        for _ in range(5):
            house.wait(6.0)
            house.login(ACCOUNT, password="wrong").drop()
        house.wait(10_000.0)
        assert verdicts(house) == {CASE: Verdict.PASS}
        assert played(house) == 1

    def test_nobody_but_wrong_passwords(self, house: House):
        """The case is inconclusive when the patience for a login is over."""
        house.login(ACCOUNT, password="wrong")
        house.wait(100.0)
        assert verdicts(house) == {CASE: Verdict.INCONCLUSIVE}

    def test_after_a_play_to_which_nobody_came(self, house: House):
        """The next one begins at once."""
        house.login(ACCOUNT, password="wrong").drop()
        house.wait(100.0)
        house.login(ACCOUNT)
        assert verdicts(house) == {CASE: Verdict.PASS}


class TestEnd:
    """How such a run ends."""

    def test_until_done(self, tmp_path: Path):
        """By itself, when every case was played."""
        house = House(tmp_path, CASE, OTHER, until_done=True)
        house.login(ACCOUNT)
        house.wait(60.0)
        assert not house.clock.stopped
        house.login(OTHER_ACCOUNT)
        assert house.clock.stopped
        assert house.run.code == 0
        assert {row.case.id for row in read_report(tmp_path)[0].rows} >= {CASE, OTHER}

    def test_a_case_that_is_played_again_then(self, tmp_path: Path):
        """Its verdict stays what it was."""
        house = House(tmp_path, CASE, OTHER, until_done=True)
        house.login(ACCOUNT).drop()
        house.wait(6.0)
        house.login(ACCOUNT, Silent)
        house.login(OTHER_ACCOUNT)
        assert house.clock.stopped
        assert verdicts(house) == {CASE: Verdict.PASS, OTHER: Verdict.PASS}

    def test_a_signal(self, house: House):
        """What is under way is inconclusive, what nobody came for has no row; nothing begins any more."""
        house.login(ACCOUNT, Silent)
        house.run._finish("The run was stopped before this case was over.")
        assert verdicts(house) == {CASE: Verdict.INCONCLUSIVE}
        assert house.run.code == 3
        assert house.said[-1].endswith("The run was stopped before this case was over.")

    def test_what_cannot_be_ended(self, house: House):
        """It is waited for, and not for ever."""

        class Undying:
            gone: Deferred[None] = Deferred()

        house.run._actors.add(Undying())  # type: ignore[arg-type]
        ended = house.run.stop()
        house.wait(9.9)
        assert not ended.called
        house.wait(0.1)
        assert ended.called

    def test_a_signal_before_anything_has_begun(self, house: House, capsys: pytest.CaptureFixture[str]):
        """Nothing begins then, though the server comes up."""
        house.run._finish("x")
        house.run._serve({})
        assert house.run.code == 4
        assert "fixed_account" not in capsys.readouterr().out

    def test_nobody_came(self, house: House, capsys: pytest.CaptureFixture[str]):
        """Nothing ran, and that is no success."""
        house.run._finish("x")
        assert house.run.code == 4
        assert "0 rows: nothing ran." in capsys.readouterr().out

    def test_the_report_grows(self, house: House, tmp_path: Path):
        """It is written while guests come and go, not at every step."""
        house.login(ACCOUNT)
        assert not (tmp_path / "report" / "index.html").exists()
        house.wait(10.0)
        assert CASE in {row.case.id for row in read_report(tmp_path / "report")[0].rows}

    def test_a_report_that_cannot_be_written(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
        """A sentence and exit code 2; the verdicts are told all the same."""
        (tmp_path / "file").touch()
        house = House(tmp_path / "file", CASE)
        house.login(ACCOUNT)
        house.run._finish("")
        assert house.run.code == 2
        assert any("cannot be written" in line for line in house.said)
        assert "Report: none. Exit code 2." in capsys.readouterr().out

    def test_a_folder_is_tried_before_anything_is_played(self, tmp_path: Path):
        """Nobody waits for a run whose report cannot be written."""
        (tmp_path / "file").touch()
        house = House(tmp_path / "file", CASE)
        house.run.start()
        assert (house.run.code, house.clock.stopped) == (2, True)
        assert house.said == [
            f"rosterkit check client: --report: {tmp_path / 'file'} cannot be written to: File exists. "
            "Name another folder."
        ]


class TestLines:
    """What people read while cases are played."""

    def test_one_line_for_a_case(self, house: House):
        """The number of cases that are over, the verdict, the id, the seconds."""
        house.login(ACCOUNT)
        assert house.said == [f"[  1/2] PASS         {CASE} (0.0 s)"]

    def test_what_cannot_be_read(self, house: House):
        """An answer of the client that is none is told at once, so that whoever wrote its program need not search."""
        house.login(ACCOUNT, Silent)
        play = house.run.checking.play_of(ACCOUNT)
        assert play is not None
        play.hear('{"done": 1, "roster": [{"jid": "a\\u001b[2J\\n"}, 5]}')
        play.give_up("Enough\x1b[2J\nof it. " * 100)
        house.carry()
        first, second = house.said
        assert first.startswith(f"[  1/2] INCONCLUSIVE {CASE} (0.0 s)  Enough\\x1b[2J of it. Enough")
        assert len(first) < 500
        assert second == (
            "    What came as an answer cannot be read: An entry of a roster is an object with a jid, and not 5."
        )


def test_nobody_reads_the_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A run whose standard error was closed goes on."""

    class Closed:
        def write(self, text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

    house = House(tmp_path, CASE)
    run = ClientRun(house.run.options, house.clock)
    monkeypatch.setattr("sys.stderr", Closed())
    run._say("This goes nowhere.")
