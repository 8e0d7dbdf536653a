"""The inspector's files: everybody may read them, and they may do nothing but call this server."""

from __future__ import annotations

import re
from importlib import resources

import pytest
import pytest_twisted
from calling import controlled
from dialogue import Dialogue
from lxml import etree, html
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol

from rosterkit.core.rules import RULES
from rosterkit.net.control.page import Pages

FILES = sorted(file.name for file in resources.files("rosterkit.net.control").joinpath("page").iterdir())


def body(path: str) -> str:
    """The text of a page."""
    page = Pages().find(path)
    assert page is not None
    return page.body.decode()


async def ask(port: int, path: str, method: str = "GET", host: str = "localhost") -> bytes:
    """The head of an answer."""
    caller = await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), Dialogue())
    caller.say(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
    return await caller.until("\r\n\r\n")


@pytest.mark.parametrize("path", ["/", "/rules", "/inspector/states.svg", *(f"/inspector/{name}" for name in FILES)])
@pytest_twisted.ensureDeferred
async def test_each_file_is_there_with_what_it_may_do(path: str) -> None:
    """Without a token too; a browser runs nothing in it that is not from this server."""
    async with controlled(control_token="a-long-token") as api:
        head = (await ask(api.ready["control"]["port"], path)).decode("latin-1").lower()
        assert head.startswith("http/1.1 200")
        policy = re.search(r"content-security-policy: (.*)\r\n", head)
        assert policy is not None
        assert "default-src 'none'" in policy[1]
        assert "unsafe" not in policy[1]
        assert "x-content-type-options: nosniff" in head


@pytest.mark.parametrize(
    "path",
    ["/inspector/", "/inspector/../page.py", "/inspector/%2e%2e/page.py", "//", "/inspector/none.js", "/index.html"],
)
@pytest_twisted.ensureDeferred
async def test_nothing_else_is(path: str) -> None:
    """No folder, no way out of it."""
    async with controlled() as api:
        assert b" 404 " in await ask(api.ready["control"]["port"], path)


@pytest_twisted.ensureDeferred
async def test_a_page_is_only_read() -> None:
    """Other methods are for calls; another name for our address is refused here too."""
    async with controlled() as api:
        port = api.ready["control"]["port"]
        assert b" 404 " in await ask(port, "/", "POST")
        assert b" 200 " in await ask(port, "/", "HEAD")
        assert b" 403 " in await ask(port, "/", host="evil.test")


def test_the_page_needs_no_network() -> None:
    """Whatever it loads is a file of this server, which is there; no attribute runs."""
    page = html.fromstring(body("/"))
    loaded = [*page.xpath("//script/@src"), *page.xpath("//link[@rel='stylesheet']/@href")]
    assert all(Pages().find(path) is not None for path in loaded)
    assert not page.xpath("//script[not(@src)] | //style | //@style | //@*[starts-with(name(), 'on')]")
    for name in FILES:
        if name.endswith(".js"):
            imported = re.findall(r'^import .* from "\./(.*)";', body(f"/inspector/{name}"), re.MULTILINE)
            assert set(imported) <= set(FILES)
            assert "http://" not in re.sub(
                r'"http://(etherx.jabber.org|jabber.org)[^"]*"', "", body(f"/inspector/{name}")
            )


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_no_script_makes_markup_of_text(name: str) -> None:
    """What users wrote becomes text nodes: nothing that parses HTML is used."""
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "text/html",
    ):
        assert forbidden not in body(f"/inspector/{name}")


def test_every_control_has_a_name() -> None:
    """For those who cannot see the page: a label around it, or one of its own."""
    page = html.fromstring(body("/"))
    for control in page.xpath("//input | //select"):
        assert control.xpath("ancestor::label") or control.get("aria-label"), etree.tostring(control)
    for button in page.xpath("//button"):
        assert button.text_content().strip()


def test_every_id_that_scripts_ask_for_is_in_the_page() -> None:
    """A renamed element would be found out by a user otherwise."""
    ids = set(html.fromstring(body("/")).xpath("//@id"))
    for name in FILES:
        if name.endswith(".js"):
            assert set(re.findall(r'byId\("([^"]+)"\)', body(f"/inspector/{name}"))) <= ids


def test_all_rules_stand_on_one_page() -> None:
    """Each by its name, which is where a stanza's link leads."""
    page = html.fromstring(body("/rules"))
    assert page.xpath("//dt/@id") == list(RULES)
    assert len(page.xpath("//dd")) == len(RULES)
