"""A real Chromium, and what whoever looks at the inspector does again and again."""

from __future__ import annotations

import os
import re
import shutil

from playwright.sync_api import Browser, Page, Playwright, expect

#: Without these it looks for hosts of its maker, and as root it does not start.
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def chromium(playwright: Playwright) -> Browser:
    """Chromium without a window: the program that CHROMIUM names, or that of the system."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        raise FileNotFoundError("There is no Chromium: apt-get install chromium, or name one in CHROMIUM.")
    return playwright.chromium.launch(executable_path=program, args=list(_OPTIONS))


def choose(page: Page, name: str) -> None:
    """Choose an account, once it is there."""
    button = page.locator("#accounts .account", has_text=name)
    button.click()
    expect(button).to_have_attribute("aria-current", "true")


def await_looks(page: Page, count: int = 3) -> None:
    """Wait until the page has asked so often what there is; before each it has drawn what the one before gave."""
    for _ in range(count):
        with page.expect_response(re.compile("/overview")):
            pass
