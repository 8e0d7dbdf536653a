"""The inspector in a real browser, beside a client on a real socket."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from looking import choose
from playwright.sync_api import Browser, Page, expect
from raw_client import RawClient

from rosterkit.testing.domains import Domain
from rosterkit.testing.fixture import FixtureServer

pytestmark = pytest.mark.browser

#: What would run, or be bold, if a name were taken for markup.
HOSTILE = (
    "<script>window.taken = 1</script>",
    "<img src=x onerror='window.taken = 1'>",
    "'\"><b id=bold>x</b>",
    "{{constructor.constructor('window.taken = 1')()}}",
    "javascript:window.taken=1",
    "\u202egnirts",
    "\u3164",  # a letter without a shape
)
#: What is not seen, and how it is named.
HIDDEN = str.maketrans({"\u202e": "U+202E", "\u3164": "U+3164"})


def account(page: Page, name: str):
    """The button of an account."""
    return page.locator("#accounts .account", has_text=name)


def befriended(domain: Domain) -> None:
    """Juliet has romeo in her roster, and has asked nobody for anything."""
    domain.push("juliet", f"romeo@{domain.name}", name="Romeo")


def test_a_client_appears_when_it_logs_in_and_goes_when_it_leaves(page: Page, client: RawClient) -> None:
    """With its resource, and what it has said of itself so far."""
    sessions = page.locator("#accounts > li", has=page.locator(".account", has_text="juliet")).locator("ul li")
    expect(sessions).to_have_count(1)
    for word in ("balcony", "connected", "interested", "available"):
        expect(sessions.first).to_contain_text(word)
    expect(page.locator("#live")).to_have_text("live")
    client.shut()
    expect(sessions).to_have_count(0)


def test_an_entry_is_edited_from_the_page_and_the_client_is_pushed(
    page: Page, client: RawClient, domain: Domain
) -> None:
    """What the button does is what the client reads; its answer stands in the timeline."""
    befriended(domain)
    client.until("</iq>")
    choose(page, "juliet")
    page.locator("#entries button", has_text="romeo@").click()
    page.locator("#rename-name").fill("My Romeo")
    page.locator("#rename button").click()
    push = client.until("</iq>")
    assert "name='My Romeo'" in push
    identity = re.search(r" id='([^']+)'", push)
    assert identity is not None
    client.say(f"<iq type='result' id='{identity[1]}'/>")
    expect(page.locator(".row.push").last).to_contain_text('"My Romeo"')
    expect(page.locator(".row.in", has_text=f"result ({identity[1]})")).to_be_visible()
    expect(page.locator("#entries tr").first).to_contain_text("My Romeo")


def test_a_subscription_moves_on_both_sides_and_in_the_diagram(page: Page, client: RawClient, domain: Domain) -> None:
    """Asked by one button, accepted by another; both states are lit."""
    befriended(domain)
    choose(page, "juliet")
    page.get_by_role("button", name="Subscribe", exact=True).click()
    expect(page.locator(".state.lit")).to_have_attribute("data-state", "none-out")
    expect(page.locator(".state.theirs")).to_have_attribute("data-state", "none-in")
    choose(page, "romeo")
    expect(page.locator("#accounts")).to_contain_text("1 asking")
    expect(page.locator("#entries tr").first).to_contain_text("not in the roster")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator(".state.lit")).to_have_attribute("data-state", "from")
    expect(page.locator(".state.theirs")).to_have_attribute("data-state", "to")
    assert "subscription='to'" in client.until("subscription='to'/></query></iq>")


def test_a_stanza_opens_with_its_rule(page: Page, client: RawClient, domain: Domain) -> None:
    """One line that a click unfolds: the XML, the section, and a link that leads to it."""
    choose(page, "juliet")
    row = page.locator(".row.roster.out")
    expect(row).to_contain_text("no entries")
    row.click()
    expect(row.locator("pre")).to_contain_text('<query xmlns="jabber:iq:roster"')
    link = row.locator(".rule a")
    expect(link).to_have_text("RFC 6121 §2.1.4")
    expect(row.locator(".rule")).to_contain_text("It answers entry")
    with page.context.expect_page() as opened:
        link.click()
    expect(opened.value.locator("dt:target")).to_have_text("RFC 6121 §2.1.4")
    row.locator(".line").click()
    expect(row.locator("pre")).to_have_count(0)


def test_what_a_client_said_before_its_login_is_its_own_too(page: Page, client: RawClient, domain: Domain) -> None:
    """Its stream and its features stand before the login; those of other people do not."""
    choose(page, "juliet")
    page.locator("#filter-kind").select_option("stream")
    expect(page.locator(".row").first).to_contain_text("stream")
    expect(page.locator(".row", has_text="mechanisms")).to_have_count(1)
    with RawClient(domain.host, domain.port, domain.address("romeo"), "secret"):
        expect(page.locator("#accounts li li")).to_have_count(2)
        expect(page.locator(".row", has_text="mechanisms")).to_have_count(1)
        page.locator("#filter-scope").select_option("all")
        expect(page.locator(".row", has_text="mechanisms")).to_have_count(2)


def test_a_session_is_cut_from_the_page(page: Page, client: RawClient) -> None:
    """The client's connection ends without a word."""
    choose(page, "juliet")
    page.get_by_role("button", name="Cut").click()
    expect(page.locator("#accounts")).not_to_contain_text("balcony")
    expect(page.locator(".row.note", has_text="The connection is cut.")).to_be_visible()
    with pytest.raises((AssertionError, ConnectionError)):
        client.until("nothing comes")


def test_a_lie_is_injected_marked_and_over_when_it_has_struck(page: Page, client: RawClient, domain: Domain) -> None:
    """Chosen from the catalogue with what it does; the stanza it touches stands out."""
    choose(page, "juliet")
    page.locator("#lie-fault").select_option("push-from-stranger")
    expect(page.locator("#lie-says")).to_contain_text("stranger@stranger.test")
    page.get_by_role("button", name="Inject").click()
    expect(page.locator("#active-faults")).to_contain_text("push-from-stranger")
    befriended(domain)
    assert "from='stranger@stranger.test'" in client.until("</iq>")
    expect(page.locator(".row.faulty.push")).to_contain_text("push-from-stranger")
    expect(page.locator("#active-faults")).not_to_contain_text("push-from-stranger")
    page.locator("#filter-kind").select_option("fault")
    expect(page.locator(".row.out")).to_have_count(1)


def test_names_are_text_whatever_they_spell(page: Page, client: RawClient, domain: Domain) -> None:
    """In the table, in the timeline, in an open stanza: nothing of it runs, becomes markup or turns a line around."""
    for number, name in enumerate(HOSTILE):
        domain.push("juliet", f"c{number}@x.test", name=name, groups=[name])
    client.say(f"<message to='romeo@{domain.name}'><body>{HOSTILE[0].replace('<', '&lt;')}</body></message>")
    choose(page, "juliet")
    expect(page.locator("#entries tr")).to_have_count(len(HOSTILE))
    for row in page.locator(".row.push").all():
        row.click()
    for name in HOSTILE:
        expect(page.locator("#entries")).to_contain_text(name.translate(HIDDEN))
    expect(page.locator(".row.push .line").last).to_contain_text('"U+3164"')
    shown = page.locator("main").inner_text()
    assert shown == shown.translate(HIDDEN)
    page.locator(".row.message").first.click()
    expect(page.locator(".row.message pre").first).to_contain_text("&lt;script>")
    assert page.evaluate("window.taken") is None
    assert page.locator("main script, main img, #bold").count() == 0


def test_what_is_refused_is_said(page: Page, client: RawClient) -> None:
    """In the server's own sentence, and the page goes on."""
    choose(page, "juliet")
    page.locator("#add-jid").fill("a@b@c")
    page.locator("#add button").click()
    expect(page.locator("#message")).to_contain_text("contact")
    page.locator("#add-jid").fill("nurse@x.test")
    page.locator("#add button").click()
    expect(page.locator("#message")).to_be_hidden()
    expect(page.locator("#entries")).to_contain_text("nurse@x.test")


def test_it_can_be_used_without_a_mouse(page: Page, client: RawClient, domain: Domain) -> None:
    """From account to account, to a stanza, open it, select some, find a text, ask for the keys."""
    befriended(domain)
    choose(page, "juliet")
    account(page, "juliet").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(account(page, "romeo")).to_have_attribute("aria-current", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(account(page, "juliet")).to_have_attribute("aria-current", "true")
    page.locator("#timeline").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator(".row.current")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator(".row.selected")).to_have_count(3)
    expect(page.locator("#selected")).to_contain_text("Export entries")
    page.keyboard.press("Escape")
    expect(page.locator(".row.selected")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("presence")
    expect(page.locator(".row.presence").first).to_be_visible()
    expect(page.locator(".row.stream")).to_have_count(0)
    page.locator("#timeline").focus()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_another_network_is_looked_at(page: Page, domain: Domain, server: FixtureServer) -> None:
    """One that is made while the page is open can be chosen, and one that is dropped is left."""
    other = server.domain(accounts={"nurse": {"password": "secret"}})
    page.locator("#network").select_option(other.name)
    expect(page.locator("#accounts")).to_contain_text(f"nurse@{other.name}")
    other.drop()
    expect(page.locator("#network")).not_to_have_value(other.name)


def test_a_network_that_is_replaced_begins_with_an_empty_wire(page: Page, server: FixtureServer) -> None:
    """What passed in the one of before is not mixed with what passes in the new one, however much that is."""
    name = "replaced.test"
    server.domain(name, accounts={"juliet": {"password": "secret"}})
    page.locator("#network").select_option(name)
    server.domain(name, accounts={"juliet": {"password": "secret"}}).push("juliet", "old@x.test")
    expect(page.locator(".row.note", has_text="old@x.test")).to_be_visible()
    replaced = server.domain(name, accounts={"juliet": {"password": "secret"}})
    for number in range(5):
        replaced.push("juliet", f"new{number}@x.test")
    expect(page.locator(".row.note", has_text="new4@x.test")).to_be_visible()
    expect(page.locator(".row.note", has_text="old@x.test")).to_have_count(0)
    replaced.drop()


def test_ten_thousand_stanzas_do_not_make_it_slow(page: Page, client: RawClient, domain: Domain) -> None:
    """Few rows are in the page, and nine of ten steps of a scroll through them take less than 100 ms."""
    ping = f"<iq type='get' id='p%d' to='{domain.name}'><ping xmlns='urn:xmpp:ping'/></iq>"
    for first in range(0, 5000, 250):
        client.say("".join(ping % number for number in range(first, first + 250)))
        client.until(f"id='p{first + 249}'")
    expect(page.locator("#count")).to_have_text(re.compile(r"^10,?0\d\d of|^100\d\d of"), timeout=20_000)
    assert page.locator(".row").count() < 200
    page.locator("#follow").uncheck()
    steps = page.evaluate(
        """async () => {
            const list = document.getElementById("timeline");
            const steps = [];
            for (let step = 0; step <= 100; step += 1) {
                const begun = performance.now();
                list.scrollTop = (list.scrollHeight * step) / 100;
                await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
                steps.push(performance.now() - begun);
            }
            return steps;
        }"""
    )
    assert sorted(steps)[90] < 100
    begun = page.evaluate("performance.now()")
    page.locator("#filter-text").fill("p4999")
    expect(page.locator("#count")).to_have_text(re.compile("^2 of"))
    assert page.evaluate("performance.now()") - begun < 1000


def test_a_selection_is_exported(page: Page, client: RawClient, domain: Domain, tmp_path: Path) -> None:
    """As a scenario that a program can play, and as a test that a person can read."""
    befriended(domain)
    client.until("</iq>")
    choose(page, "juliet")
    for button, check in (("Scenario", _is_scenario), ("pytest", _is_python)):
        with page.expect_download() as download:
            page.get_by_role("button", name=button, exact=True).click()
        path = tmp_path / button
        download.value.save_as(path)
        check(path.read_text(encoding="utf-8"))


def _is_scenario(text: str) -> None:
    assert json.loads(text)["rosterkit"] == "scenario"


def _is_python(text: str) -> None:
    assert "def test_" in text
    compile(text, "exported", "exec")


def test_a_token_is_asked_for_and_stays_in_the_tab(browser: Browser, tmp_path: Path) -> None:
    """Without it nothing is shown but that one is needed; a wrong one is refused and asked for again."""
    token = tmp_path / "token"
    token.write_text("a-long-token-of-the-server\n")
    token.chmod(0o600)
    command = [
        sys.executable,
        "-m",
        "rosterkit",
        "serve",
        "--c2s-port",
        "0",
        "--tls-port",
        "none",
        "--exit-with-stdin",
    ]
    command += ["--control-port", "0", "--control-token-file", str(token), "--account", "juliet:secret"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        port = json.loads(server.stdout.readline())["control"]["port"]
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        for shown in ("wrong", "a-long-token-of-the-server"):
            expect(page.locator("#token")).to_be_visible()
            page.locator("#token-value").fill(shown)
            page.locator("#token button").click()
        expect(page.locator("#accounts")).to_contain_text("juliet@localhost")
        expect(page.locator("#live")).to_have_text("live")
        page.reload()
        expect(page.locator("#accounts")).to_contain_text("juliet@localhost")
        page.close()
        server.stdin.close()
