"""The screenshots of the documentation, taken anew: ``make screenshots``."""

from __future__ import annotations

import sys
from pathlib import Path

from looking import chromium
from playwright.sync_api import Page, sync_playwright

sys.path.append(str(Path(__file__).parents[1] / "testing"))
from raw_client import ROSTER, RawClient

from rosterkit.testing.domains import Domain
from rosterkit.testing.fixture import FixtureServer

_DOCS = Path(__file__).parents[2] / "docs"
_ROSTER = {
    "nurse@verona.test": {"subscription": "both", "name": "Nurse", "groups": ["House"]},
    "tybalt@verona.test": {"subscription": "from", "name": "Tybalt", "groups": ["Family"]},
    "mercutio@mantua.test": {"subscription": "to", "name": "Mercutio", "groups": ["Friends", "Verona"]},
}


def main() -> None:
    """Write ``docs/inspector.png`` and ``docs/inspector-dark.png``."""
    with FixtureServer() as server, sync_playwright() as playwright:
        domain = server.domain("verona.test", **_seed())
        people = _play(domain)
        browser = chromium(playwright)
        for scheme, name in (("light", "inspector.png"), ("dark", "inspector-dark.png")):
            page = browser.new_page(viewport={"width": 1440, "height": 860}, color_scheme=scheme)
            page.goto(str(domain.inspector))
            _arrange(page)
            page.screenshot(path=_DOCS / name)
            print(f"docs/{name}")
        browser.close()
        for person in people:
            person.shut()


def _seed() -> dict[str, object]:
    people = {name: {"password": "secret"} for name in ("romeo", "nurse", "tybalt")}
    return {"accounts": {"juliet": {"password": "secret", "roster": _ROSTER}, **people}}


def _play(domain: Domain) -> list[RawClient]:
    """Two clients, a request, a rename, and a push that is not the server's."""
    people = []
    for name, resource in (("juliet", "balcony"), ("romeo", "orchard")):
        client = RawClient(domain.host, domain.port, domain.address(name), "secret", resource)
        client.ask(ROSTER, "</iq>")
        client.ask("<presence/>", "/>")
        people.append(client)
    domain.push("juliet", "romeo@verona.test", name="Romeo", groups=["Friends"])
    domain.subscribe("juliet", "romeo@verona.test")
    domain.fault("push-from-stranger", account="juliet", next=1)
    domain.push("juliet", "nurse@verona.test", subscription="both", name="My nurse", groups=["House"])
    return people


def _arrange(page: Page) -> None:
    """Choose the pair that has something to show, and open the stanza that lies."""
    page.locator("#accounts .account", has_text="juliet").click()
    page.locator("#entries button", has_text="romeo@").click()
    page.locator(".state.lit").wait_for()
    page.locator(".row.faulty.push").click()
    page.locator(".rule a").wait_for()
    page.locator("#timeline").evaluate("list => { list.scrollTop = list.scrollHeight }")
    page.wait_for_timeout(300)


if __name__ == "__main__":
    main()
