"""The scripted client as a program of its own, beside a server in this process."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from programs import SECONDS, Run
from pytest_twisted import ensureDeferred
from serving import PASSWORDS, config
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from rosterkit.conformance.model.mutants import MUTANTS
from rosterkit.core import jid
from rosterkit.core.commands import Disconnect, PutEntry
from rosterkit.core.roster import Item
from rosterkit.errors import STREAM_CONFLICT, STREAM_SYSTEM_SHUTDOWN, StreamError
from rosterkit.net.network import Network
from rosterkit.net.service import make_service

ROOT = str(Path(__file__).parents[2])
PROGRAM = [sys.executable, "-m", "rosterkit.conformance.runner.scripted"]
JULIET = jid.parse("juliet@localhost")


class Server:
    """A server and its network."""

    def __init__(self, network: Network, port: int) -> None:
        self.network = network
        self.port = port

    def run(self, *options: str, password: str = PASSWORDS["juliet"]) -> Run:
        """The program, for Juliet."""
        command = [*PROGRAM, JULIET.bare, password, "127.0.0.1", str(self.port), *options]
        return Run(command, PYTHONPATH=ROOT)

    async def online(self, *options: str) -> Run:
        """The program, when it is available: it has got its roster by then."""
        journal = self.network.journal
        assert journal is not None
        since, there = journal.cursor, Deferred[None]()
        there.addTimeout(SECONDS, reactor)

        def look() -> None:
            came = any(entry.direction == "in" and entry.kind == "presence" for entry in journal.since(since))
            if came and not there.called:
                reactor.callLater(0, there.callback, None)  # type: ignore[attr-defined]
                stop()

        stop = journal.watch(look)
        run = self.run(*options)
        await there
        return run

    def put(self, contact: str, name: str) -> None:
        """Somebody else's edit."""
        self.network.command(PutEntry(JULIET, contact, Item(contact, name, (), "none"), None))

    def disconnect(self, error: StreamError) -> None:
        """End the stream of each client."""
        account = self.network.account(JULIET)
        assert account is not None
        for session in list(account.sessions.values()):
            self.network.command(Disconnect(session, error))


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    """A running server with Juliet's account."""
    service = make_service(config(journal=1 << 20))
    service.startService()
    try:
        ready = await service.ready
        yield Server(service.hub.networks["main"], ready["c2s"]["port"])
    finally:
        await service.stopService()


async def roster(run: Run, wanted: str, name: str | None = None) -> dict[str, Any]:
    """What the program tells, as soon as there is a contact ``wanted`` in it, under a name where one is given."""
    for number in range(100_000):
        run.process.order(json.dumps({"order": number, "do": "roster"}))
        said: dict[str, Any] = json.loads(await run.line())
        assert said["done"] == number
        if any(entry["jid"] == wanted and name in (None, entry["name"]) for entry in said["roster"]):
            return said
    raise AssertionError(f"{wanted} never came.")


@ensureDeferred
async def test_it_logs_in_and_does_what_it_is_told(tmp_path: Path) -> None:
    """It knows the roster, takes pushes and makes edits; at the end of standard input it stays."""
    async with serving() as server:
        server.put("romeo@x.test", "Romeo")
        run = server.run()
        await roster(run, "romeo@x.test")
        run.process.order(json.dumps({"order": "edit", "do": "rename", "jid": "romeo@x.test", "name": "R."}))
        assert json.loads(await run.line()) == {"done": "edit"}
        await roster(run, "romeo@x.test", "R.")
        server.put("nurse@x.test", "Nurse")
        told = await roster(run, "nurse@x.test")
        assert {entry["jid"]: entry["name"] for entry in told["roster"]} == {
            "romeo@x.test": "R.",
            "nurse@x.test": "Nurse",
        }
        run.process.no_more_orders()
        server.put("paris@x.test", "Paris")
        run.process.end()
        assert await run.ended == (-15, "")


@ensureDeferred
async def test_it_comes_back(tmp_path: Path) -> None:
    """When its stream has ended it logs in again, and by then its roster is in the folder, whole."""
    async with serving() as server:
        server.put("romeo@x.test", "Romeo")
        run = server.run("--state", str(tmp_path))
        await roster(run, "romeo@x.test")
        server.disconnect(STREAM_SYSTEM_SHUTDOWN)
        server.put("nurse@x.test", "Nurse")
        await roster(run, "nurse@x.test")
        assert "romeo@x.test" in (tmp_path / "roster.json").read_text()
        assert [path.name for path in tmp_path.iterdir()] == ["roster.json"]
        run.process.end()
        await run.ended


@ensureDeferred
async def test_another_run_begins_with_what_was_stored(tmp_path: Path) -> None:
    """It presents the version of it, and is told that nothing has changed."""
    async with serving() as server:
        server.put("romeo@x.test", "Romeo")
        journal = server.network.journal
        assert journal is not None
        for _ in range(2):
            run = await server.online("--state", str(tmp_path))
            await roster(run, "romeo@x.test")
            server.disconnect(STREAM_CONFLICT)
            assert await run.ended == (0, "")
        sent = [
            entry.data for entry in journal.since(0) if entry.direction == "out" and entry.kind in ("roster", "iq")
        ]
        assert sum(b"romeo@x.test" in data for data in sent) == 1


@ensureDeferred
async def test_a_conflict_is_the_end() -> None:
    """Whoever comes back by himself after one comes again and again."""
    async with serving() as server:
        server.put("romeo@x.test", "Romeo")
        run = server.run()
        await roster(run, "romeo@x.test")
        server.disconnect(STREAM_CONFLICT)
        assert await run.ended == (0, "")


@ensureDeferred
async def test_the_end_of_the_server_is_the_end() -> None:
    """There is nobody to come back to."""
    async with serving() as server:
        server.put("romeo@x.test", "Romeo")
        run = server.run()
        await roster(run, "romeo@x.test")
    assert await run.ended == (0, "")


@ensureDeferred
async def test_a_wrong_password_is_a_failure() -> None:
    """It does not try again."""
    async with serving() as server:
        assert await server.run(password="wrong").ended == (1, "")


@ensureDeferred
async def test_a_mutant() -> None:
    """It makes its mistake, and no other."""
    async with serving() as server:
        server.put("romeo@x.test", "Romeo")
        run = server.run("--mutant", "answers-no-pushes")
        await roster(run, "romeo@x.test")
        server.put("nurse@x.test", "Nurse")
        await roster(run, "nurse@x.test")
        run.process.order(json.dumps({"order": 0, "do": "set", "jid": "paris@x.test", "name": "P", "groups": []}))
        await run.line()
        await roster(run, "paris@x.test")
        journal = server.network.journal
        assert journal is not None
        entries = journal.since(0)
        assert sum(entry.kind == "push" for entry in entries) == 2
        assert not any(b"<iq type='result'" in entry.data for entry in entries if entry.direction == "in")
        run.process.end()
        await run.ended


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["a@x.test", "p", "127.0.0.1"], "required: port"),
        (["a@x.test", "p", "127.0.0.1", "x"], "argument port: invalid int value: 'x'"),
        (
            ["a@x.test", "p", "127.0.0.1", "1", "--mutant", "none"],
            f", {MUTANTS[-1].name}",
        ),
    ],
)
@ensureDeferred
async def test_usage(options: list[str], said: str) -> None:
    """A mistake is told with exit code 2."""
    code, words = await Run([*PROGRAM, *options], PYTHONPATH=ROOT).ended
    assert code == 2
    assert said in words
