"""Whole runs of ``rosterkit check server`` with our own server over sockets: what they print, leave and exit with."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pytest_twisted import ensureDeferred
from stoppable import Done, Stoppable
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol

from rosterkit import server_checking, server_place
from rosterkit.cli import make_parser
from rosterkit.config import Account, Component, Config
from rosterkit.conformance.probing import server_run
from rosterkit.conformance.probing.network_lines import NetworkLines
from rosterkit.conformance.probing.registering import Registrar
from rosterkit.conformance.probing.server_run import ServerRun
from rosterkit.conformance.report import read_report
from rosterkit.conformance.verdicts import Verdict
from rosterkit.net.service import RosterService, make_service
from rosterkit.options import from_command_line

PASSWORDS = {"juliet": "r0m30", "nurse": "hush", "peter": "fool"}
ACCOUNTS = [word for name, password in PASSWORDS.items() for word in ("--account", f"{name}:{password}")]
SECRET = "sesame"
#: A case for one account, one for two, one with the component.
LOCAL, REMOTE = "rfc6121/A.1/none-subscribe-online", "rfc6121/A.2.1/none"


def begun(*words: str, say: Callable[[str], object] = lambda _: None) -> tuple[ServerRun, Stoppable]:
    """A run under way in this process."""
    given = vars(make_parser().parse_args(["check", "server", *words]))
    settings = from_command_line(given)
    (target,) = server_place.read_nodes(settings)
    options = server_checking._options(given, settings, target)
    running = Stoppable()
    run = ServerRun(options, NetworkLines(running, target, options.patience), running, say)
    running.callLater(0, run.start)
    return run, running


async def ran(*words: str) -> Done:
    """A whole run in this process."""
    lines: list[str] = []
    with redirect_stdout(StringIO()) as out:
        run, running = begun(*words, say=lines.append)
        await running.stopped
    return Done(run.code, out.getvalue(), lines)


class Served(NamedTuple):
    """A server of ours, and the words that say where it is."""

    service: RosterService
    words: list[str]


@asynccontextmanager
async def serving(registration: bool = False) -> AsyncIterator[Served]:
    """A server with three accounts that expects a component."""
    accounts = tuple(Account(f"{name}@localhost", password) for name, password in PASSWORDS.items())
    service = make_service(
        Config(
            accounts=accounts,
            c2s_port=0,
            tls_port=None,
            component_port=0,
            components=(Component("feast.localhost", SECRET),),
            registration=registration,
        )
    )
    service.startService()
    ready = await service.ready
    words = ["--host", "127.0.0.1", "--port", str(ready["c2s"]["port"]), "--ca-file", str(ready["ca_file"])]
    component = f"127.0.0.1:{ready['component']['port']}"
    words += ["--component-connect", component, "--component", f"feast.localhost:{SECRET}"]
    try:
        yield Served(service, words)
    finally:
        await service.stopService()


@ensureDeferred
async def test_a_run_grades_a_server_and_leaves_a_report(tmp_path: Path):
    """Everything in one folder, the counts on the last line, exit code 0, and the server's own name for itself."""
    async with serving() as served:
        done = await ran(*served.words, *ACCOUNTS, "--report", str(tmp_path), LOCAL, REMOTE)
    assert done.code == 0
    assert " PASS. Report: " in done.out.splitlines()[-1]
    assert done.out.splitlines()[-1].endswith("Exit code 0.")
    (run,) = read_report(tmp_path)
    assert (run.testee, run.client) == ("server", "rosterkit")
    assert {row.case.id for row in run.rows} >= {LOCAL, REMOTE}
    played = [row for row in run.rows if row.case.id in (LOCAL, REMOTE)]
    assert all(row.entries and row.finding.verdict is Verdict.PASS for row in played)
    assert SECRET not in (tmp_path / "index.json").read_text()
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"r0m30" in path.read_bytes()]


@ensureDeferred
async def test_accounts_are_clean_after_a_run(tmp_path: Path):
    """No entry and no request is left, and the next run begins as the first."""
    async with serving() as served:
        for number in range(2):
            done = await ran(
                *served.words, *ACCOUNTS, "--report", str(tmp_path), LOCAL, REMOTE, "--seed", str(number)
            )
            assert done.code == 0
        accounts = served.service.hub.networks["main"].world.accounts.values()
        assert not any(account.roster.items or account.roster.requests for account in accounts)
        assert not any(account.sessions for account in accounts)


@ensureDeferred
async def test_accounts_can_be_registered_for_a_run(tmp_path: Path):
    """They are made by the server, and gone after it."""
    async with serving(registration=True) as served:
        done = await ran(*served.words, "--register", "--report", str(tmp_path), LOCAL, REMOTE)
        assert done.code == 0
        assert len(served.service.hub.networks["main"].world.accounts) == len(PASSWORDS)


@ensureDeferred
async def test_a_server_that_registers_nobody_is_told_so(tmp_path: Path):
    """Exit code 3, and the sentence says what to change."""
    async with serving() as served:
        done = await ran(*served.words, "--register", "--report", str(tmp_path), REMOTE)
    assert done.code == 3
    assert "name accounts with --account" in done.lines[0]


@ensureDeferred
async def test_a_roster_that_is_not_empty_is_left_alone(tmp_path: Path):
    """Unless the user says that it may be emptied."""
    async with serving() as served:
        words = [*served.words, *ACCOUNTS, "--report", str(tmp_path), REMOTE]
        network = served.service.hub.networks["main"]
        account = network.world.accounts["juliet@localhost"]
        from rosterkit.core.roster import Item

        account.roster = account.roster.with_item(Item("rosaline@localhost"), "v", 10)
        done = await ran(*words)
        assert done.code == 3
        assert "rosaline@localhost" in done.lines[0]
        assert "--wipe" in done.lines[0]
        assert list(account.roster.items) == ["rosaline@localhost"]
        assert (await ran(*words, "--wipe")).code == 0
        assert not account.roster.items


BAD: dict[str, tuple[dict[str, str], list[str]]] = {
    "wrong password": ({"juliet:r0m30": "juliet:wrong"}, ["juliet", "--account"]),
    "wrong secret": ({f"feast.localhost:{SECRET}": "feast.localhost:wrong"}, ["feast.localhost", "secret"]),
    "unknown component": ({f"feast.localhost:{SECRET}": f"ball.localhost:{SECRET}"}, ["ball.localhost"]),
}


@pytest.mark.parametrize("name", BAD)
@ensureDeferred
async def test_what_is_wrong_with_the_set_up_is_told(name: str, tmp_path: Path):
    """A sentence that says what to change, exit code 3, and a report in which nothing is green."""
    changed, wanted = BAD[name]
    async with serving() as served:
        words = [changed.get(word, word) for word in [*served.words, *ACCOUNTS]]
        done = await ran(*words, "--report", str(tmp_path), LOCAL, REMOTE)
    assert done.code == 3
    assert all(word in done.lines[0] for word in wanted), done.lines[0]
    verdicts = json.loads((tmp_path / "index.json").read_text())["counts"]
    assert verdicts["INCONCLUSIVE"] == 2
    assert not verdicts["PASS"]


@ensureDeferred
async def test_a_domain_that_somebody_has_is_told(tmp_path: Path):
    """The component is connected already: end it, or take another."""
    async with serving() as served:
        first, running = begun(*served.words, *ACCOUNTS, "--report", str(tmp_path / "first"), REMOTE)
        await first._hall.component.join("component", _Ear(), ())  # type: ignore[arg-type]
        done = await ran(*served.words, *ACCOUNTS, "--report", str(tmp_path), REMOTE)
        assert done.code == 3
        assert "feast.localhost" in done.lines[0]
        await running.stopped


class _Ear:
    """Hears nothing."""

    def came(self, *_: object) -> None:
        """Nothing."""

    said = over = came


@ensureDeferred
async def test_a_certificate_that_is_not_trusted_is_told(tmp_path: Path):
    """With the two ways out; nothing is sent to a server that may be another."""
    async with serving() as served:
        at = served.words.index("--ca-file")
        words = served.words[:at] + served.words[at + 2 :]
        done = await ran(*words, *ACCOUNTS, "--report", str(tmp_path), REMOTE)
        assert done.code == 3
        assert "--ca-file" in done.lines[0]
        assert (await ran(*words, *ACCOUNTS, "--no-verify", "--report", str(tmp_path), REMOTE)).code == 0


@ensureDeferred
async def test_nobody_there_is_told(tmp_path: Path):
    """A port at which nobody listens."""
    async with serving() as served:
        words = served.words
    at = words.index("--ca-file")
    done = await ran(*words[:at], *words[at + 2 :], "--no-verify", *ACCOUNTS, "--report", str(tmp_path), REMOTE)
    assert done.code == 3
    assert "127.0.0.1" in done.lines[0]


@ensureDeferred
async def test_a_server_that_says_nothing_is_told(tmp_path: Path):
    """It takes the connection, and that is all."""
    listening = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(Factory.forProtocol(Protocol))
    try:
        port = str(listening.getHost().port)
        words = ["--host", "127.0.0.1", "--port", port, "--patience", "0.02", *ACCOUNTS, "--report", str(tmp_path)]
        done = await ran(*words, LOCAL)
    finally:
        await listening.stopListening()
    assert done.code == 3
    assert "its stream header was waited for" in done.lines[0]


@ensureDeferred
async def test_a_server_that_stops_in_the_middle_ends_the_run(tmp_path: Path):
    """What was learnt is in the report, the rest is INCONCLUSIVE with the reason, and the exit code is 3."""
    async with serving() as served:
        lines: list[str] = []

        def heard(line: str) -> None:
            lines.append(line)
            if "PASS" in line and len(lines) == 3:
                served.service.stopService()

        with redirect_stdout(StringIO()):
            run, running = begun(
                *served.words, *ACCOUNTS, "--jobs", "1", "--report", str(tmp_path), "rfc6121/A.2", say=heard
            )
            await running.stopped
    assert run.code == 3
    counts = json.loads((tmp_path / "index.json").read_text())["counts"]
    assert counts["PASS"] >= 3
    assert counts["INCONCLUSIVE"] >= 30
    assert not counts["FAIL"]


@ensureDeferred
async def test_a_table_that_nobody_can_read_costs_nothing(tmp_path: Path):
    """Standard output is full: the report is there, and the exit code is that of the verdicts."""
    async with serving() as served:
        with Path("/dev/full").open("w") as full, redirect_stdout(full):
            run, running = begun(*served.words, *ACCOUNTS, "--report", str(tmp_path), LOCAL)
            await running.stopped
    assert run.code == 0
    assert read_report(tmp_path)


@ensureDeferred
async def test_a_signal_ends_a_run_with_a_report(tmp_path: Path):
    """What was not played is told so."""
    async with serving() as served:
        lines: list[str] = []
        with redirect_stdout(StringIO()):
            run, running = begun(*served.words, *ACCOUNTS, "--report", str(tmp_path), "rfc6121/A.2", say=lines.append)
            await until(lambda: len(lines) >= 3)
            await run.stop()
            await running.stopped
        accounts = served.service.hub.networks["main"].world.accounts.values()
        assert not any(account.roster.items or account.roster.requests for account in accounts)
    assert run.code == 3
    (read,) = read_report(tmp_path)
    assert any("stopped before" in row.finding.words for row in read.rows)


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that comes soon."""
    while not holds():
        waited: Deferred[None] = Deferred()
        reactor.callLater(0.002, waited.callback, None)  # type: ignore[attr-defined]
        await waited


#: When a signal may come, and whether accounts are left then that somebody would have to remove.
MOMENTS: dict[str, Callable[[ServerRun, Any, list[str]], bool]] = {
    "while accounts are made": lambda run, world, said: len(world.accounts) > len(PASSWORDS),
    "before the first play": lambda run, world, said: len(run._registrar.made) == run.options.register,
    "while cases are played": lambda run, world, said: len(said) > 2,
    "while accounts are removed": lambda run, world, said: run._ended,
}


@pytest.mark.parametrize("moment", MOMENTS)
@ensureDeferred
async def test_a_signal_at_any_moment_leaves_no_account_and_a_report(moment: str, tmp_path: Path):
    """Nothing that the end of the run does is taken for the server's doing, and a second signal changes nothing."""
    cases = LOCAL if moment == "while accounts are removed" else "rfc6121/A.1"
    async with serving(registration=True) as served:
        said: list[str] = []
        world = served.service.hub.networks["main"].world
        with redirect_stdout(StringIO()):
            run, running = begun(*served.words, "--register", "--report", str(tmp_path), cases, say=said.append)
            await until(lambda: MOMENTS[moment](run, world, said))
            run.stop()
            await run.stop()
            assert (tmp_path / "index.html").exists()
            assert world.accounts.keys() == {f"{name}@localhost" for name in PASSWORDS}
            await running.stopped
    assert not [line for line in said if "mistake" in line or "could not" in line]
    counts = json.loads((tmp_path / "index.json").read_text())["counts"]
    assert not counts["FAIL"]
    assert run.code == (0 if not counts["INCONCLUSIVE"] else 3)


@ensureDeferred
async def test_a_server_that_hangs_holds_up_no_signal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Accounts that cannot be removed in time are named, plays that do not end are not waited for."""
    monkeypatch.setattr(server_run, "_LONGEST_END", 0.05)
    async with serving(registration=True) as served:
        said: list[str] = []
        with redirect_stdout(StringIO()):
            run, running = begun(
                *served.words, "--register", "--report", str(tmp_path), "rfc6121/A.1", say=said.append
            )
            await until(lambda: len(said) > 2)
            monkeypatch.setattr(Registrar, "remove", lambda *_: Deferred())
            await run.stop()
            await running.stopped
    named = [line for line in said if "could not be removed" in line]
    assert len(named) == run.options.register
    assert run.code == 3
    assert read_report(tmp_path)
