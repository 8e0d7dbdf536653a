"""A server, a page of a real headless Chromium that looks at it, and clients over real sockets.

CHROMIUM names the program; without it that of the system is taken.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from looking import chromium
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from raw_client import ROSTER, RawClient

from rosterkit.testing.domains import Domain
from rosterkit.testing.fixture import FixtureServer


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    with sync_playwright() as playwright:
        started = chromium(playwright)
        yield started
        started.close()


@pytest.fixture(scope="session")
def server() -> Iterator[FixtureServer]:
    """One server for all tests; each has a network of its own."""
    with FixtureServer(["--max-rate", "0"]) as started:
        yield started


@pytest.fixture
def domain(server: FixtureServer, request: pytest.FixtureRequest) -> Iterator[Domain]:
    """Juliet and romeo, who do not know each other."""
    made = server.domain(
        accounts={"juliet": {"password": "secret"}, "romeo": {"password": "secret"}}, journal=1 << 24
    )
    yield made
    made.drop()


@pytest.fixture
def page(browser: Browser, domain: Domain) -> Iterator[Page]:
    """The inspector, looking at the network; an error in a script, or anything refused by a browser, is a failure."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if _is_error(said) else None)
    opened.on("dialog", lambda dialog: errors.append(f"a dialog: {dialog.message}"))
    opened.set_default_timeout(10_000)
    opened.goto(str(domain.inspector))
    yield opened
    context.close()
    assert not errors


def _is_error(said: ConsoleMessage) -> bool:
    """A call that is refused is none: the page says what was wrong with it."""
    return said.type == "error" and not said.text.startswith("Failed to load resource")


@pytest.fixture
def client(domain: Domain) -> Iterator[RawClient]:
    """Juliet's client, which has asked for the roster and is available."""
    with RawClient(domain.host, domain.port, domain.address("juliet"), "secret", "balcony") as logged_in:
        logged_in.ask(ROSTER, "</iq>")
        logged_in.ask("<presence/>", "/>")
        yield logged_in
