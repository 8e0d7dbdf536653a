"""The live lane: real clients against a real server process.

Run by ``make live``, with ``--require N`` (``tests/required.py``).
"""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    "login_behaviour", "roster_behaviour", "subscription_behaviour", "presence_behaviour", "person", "running"
)

from person import Account, Person, Place  # noqa: E402 - the rewriting has to be asked for before
from running import RunningServer  # noqa: E402

#: Without its client a file cannot be collected; where it should have been there, --require says so.
_NEEDS = {
    "test_slixmpp.py": ["slixmpp"],
    "test_aioxmpp.py": ["aioxmpp", "slixmpp"],
    "test_profanity.py": ["slixmpp", "pyte"],
    "test_schemathesis.py": ["schemathesis"],
}
collect_ignore = [file for file, modules in _NEEDS.items() if not all(map(importlib.util.find_spec, modules))]

#: Seconds for one test, whatever it waits for.
_LIMIT = 60.0


class People:
    """Makes the persons of one test, all in its event loop, and logs them out at its end."""

    def __init__(self, server: RunningServer, library: type[Person], runner: asyncio.Runner) -> None:
        self.server = server
        self.runner = runner
        self._library = library
        self._made: list[Person] = []

    def person(
        self,
        account: Account,
        resource: str = "balcony",
        *,
        place: Place | None = None,
        library: type[Person] | None = None,
    ) -> Person:
        """Give a resource of an account, not logged in; ``library`` may be another than the test's."""
        person = (library or self._library)(account, resource, place or self.server.place)
        self._made.append(person)
        return person

    async def online(self, *roles: str) -> list[Person]:
        """Give persons with accounts that nobody has used yet, logged in and available."""
        persons = [self.person(self.server.account(role)) for role in roles]
        for person in persons:
            await person.log_in()
        return persons

    async def beside(self, person: Person, resource: str = "chamber") -> Person:
        """Give one more resource of somebody's account, logged in and available."""
        other = self.person(person.account, resource)
        await other.log_in()
        return other

    async def friends(self, *roles: str) -> list[Person]:
        """Give persons who are online and of whom each sees the first and the first sees each."""
        first, *others = persons = await self.online(*roles)
        for other in others:
            first.subscribe(other.jid)
            await other.sees("subscribe", first.jid)
            other.approve(first.jid)
            other.subscribe(first.jid)
            await first.sees("subscribe", other.jid)
            first.approve(other.jid)
            await first.sees("available", other.full_jid)
            await other.sees("available", first.full_jid)
        return persons

    async def log_out(self) -> None:
        """End every session."""
        for person in self._made:
            await person.log_out()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One server for the tests of a module; that it ends well and never complained is checked at the end."""
    running = RunningServer(tmp_path_factory.mktemp("server"), accounts=100)
    try:
        yield running
        running.stop()
    finally:
        running.kill()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., RunningServer]]:
    """Starts servers with options, in the test's folder; that each ends well is checked after the test."""
    started: list[RunningServer] = []

    def start(*options: str) -> RunningServer:
        started.append(RunningServer(tmp_path, *options))
        return started[-1]

    try:
        yield start
        for running in started:
            running.stop()
    finally:
        for running in started:
            running.kill()


@pytest.fixture
def people(server: RunningServer, library: type[Person]) -> Iterator[People]:
    """The persons of a test, in the loop in which the test itself runs."""
    with asyncio.Runner() as runner:
        made = People(server, library, runner)
        yield made
        runner.run(asyncio.wait_for(made.log_out(), _LIMIT))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test in the loop of its ``people``."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    runner = arguments["people"].runner
    runner.run(asyncio.wait_for(pyfuncitem.obj(**arguments), _LIMIT))
    return True
