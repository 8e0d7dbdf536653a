"""The pytest plugin: a server for the session, a domain for each test, and its dialogue where a test fails.

It is found by itself once rosterkit is installed, and imports nothing of it before a test wants a fixture.

Tests: ``tests/testing/test_pytest_plugin.py``.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rosterkit.testing.domains import Domain
    from rosterkit.testing.fixture import FixtureServer

__all__ = ["rosterkit_domain", "rosterkit_server"]

_DOMAIN = pytest.StashKey["Domain"]()
_TITLE = "what passed at {name} (rosterkit)"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``rosterkit_options`` of the configuration are further options of the server."""
    parser.addini("rosterkit_options", "Further options of `rosterkit serve` for rosterkit_server.", type="args")


@pytest.fixture(scope="session")
def rosterkit_server(request: pytest.FixtureRequest) -> Iterator[FixtureServer]:
    """A rosterkit server in a child process, for all tests of this process; it ends with them, however they end."""
    from rosterkit.testing.fixture import FixtureServer

    with FixtureServer(request.config.getini("rosterkit_options")) as server:
        yield server


@pytest.fixture
def rosterkit_domain(rosterkit_server: FixtureServer, request: pytest.FixtureRequest) -> Iterator[Domain]:
    """A fresh domain that only this test knows; it is dropped at the end.

    Where an earlier test has ended the server, it is started again.
    """
    from rosterkit.testing.domains import ApiError

    if not rosterkit_server.running:
        rosterkit_server.start()
    domain = rosterkit_server.domain()
    request.node.stash[_DOMAIN] = domain
    yield domain
    if rosterkit_server.running:
        with suppress(ApiError):  # the test has dropped it
            domain.drop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """A failed test shows the dialogue of its own domain."""
    report = yield
    domain = item.stash.get(_DOMAIN, None)
    if report.when in ("setup", "call") and report.failed and domain is not None:
        from rosterkit.errors import RosterkitError

        try:
            shown = domain.transcript
        except RosterkitError as error:
            shown = f"The dialogue cannot be shown: {error}"
        report.sections.append((_TITLE.format(name=domain.name), shown))
    return report
