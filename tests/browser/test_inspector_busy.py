"""Whoever works with the inspector while something passes all the time: nothing is taken out of their hands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from looking import await_looks, choose
from playwright.sync_api import Browser, Page, Route, expect
from raw_client import RawClient

from rosterkit.testing.domains import Domain
from rosterkit.testing.fixture import FixtureServer

pytestmark = pytest.mark.browser

#: Adds entries to the timeline as the stream of events would; `from` is the number of the first.
ADD = """async ({from, count}) => {
    const { add } = await import("/inspector/timeline.js");
    add(Array.from({ length: count }, (_, at) => ({
        number: from + at, at: 0, session: "c1", account: null, jid: null, direction: "note", kind: "control",
        fault: null, withheld: false, text: `note ${from + at}`, xml: "",
    })));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
#: The text of the row at the top of the list.
TOPMOST = """() => {
    const { top, left } = document.getElementById("timeline").getBoundingClientRect();
    return document.elementFromPoint(left + 250, top + 10).closest(".row").dataset.number;
}"""


@contextmanager
def passing(domain: Domain, name: str = "romeo") -> Iterator[None]:
    """Forty times a second the roster of an account changes, as long as the block lasts."""
    over = Event()

    def go_on() -> None:
        number = 0
        while not over.wait(0.025):
            number += 1
            domain.push(name, f"c{number % 5}@x.test", name=f"N{number}")

    thread = Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def add(page: Page, first: int, count: int) -> None:
    """Let so many entries come to the timeline."""
    page.evaluate(ADD, {"from": first, "count": count})


def test_a_slow_click_counts(page: Page, client: RawClient, domain: Domain) -> None:
    """On an account beside those that change, and on a row of the wire."""
    choose(page, "romeo")
    page.locator("#filter-scope").select_option("all")
    page.locator("#follow").uncheck()
    with passing(domain):
        expect(page.locator("#entries")).to_contain_text("N")
        for target in ("#accounts .account[data-jid^=juliet]", "#timeline .row.note"):
            page.locator(target).first.hover()
            page.mouse.down()
            await_looks(page)
            page.mouse.up()
        expect(page.locator("#accounts .account[data-jid^=juliet]")).to_have_attribute("aria-current", "true")
        expect(page.locator("#timeline .detail")).to_have_count(1)


def test_focus_and_what_is_typed_stay(page: Page, client: RawClient, domain: Domain) -> None:
    """In a button of a list, in a link of an open stanza, and in the field of a new name after it was left."""
    domain.push("juliet", "romeo@x.test", name="Romeo")
    choose(page, "juliet")
    page.locator(".row.push").click()
    with passing(domain):
        for target in ("#accounts li li button", ".row .rule a", "#entries button"):
            page.locator(target).first.focus()
            await_looks(page)
            expect(page.locator(target).first).to_be_focused()
        page.locator("#rename-name").fill("My Romeo")
        page.keyboard.press("Tab")
        await_looks(page)
        expect(page.locator("#rename-name")).to_have_value("My Romeo")
        page.keyboard.press("Enter")
        expect(page.locator("#entries")).to_contain_text("My Romeo")


def test_focus_stays_on_what_changes_itself(page: Page, client: RawClient, domain: Domain) -> None:
    """The row is another one, its button has the focus again."""
    choose(page, "juliet")
    page.get_by_role("button", name="Cut").focus()
    with passing(domain, "juliet"):
        expect(page.locator("#entries")).to_contain_text("N20", timeout=20_000)
        expect(page.get_by_role("button", name="Cut")).to_be_focused()


def test_what_is_in_view_stays_when_the_oldest_go(page: Page, domain: Domain) -> None:
    """Twenty thousand are kept; a row that is read does not move away for those that go above it."""
    expect(page.locator("#live")).to_have_text("live")
    page.locator("#filter-scope").select_option("all")
    add(page, 1000, 20_500)
    page.locator("#follow").uncheck()
    page.evaluate("document.getElementById('timeline').scrollTop = 300000")
    page.wait_for_timeout(100)
    read = page.evaluate(TOPMOST)
    add(page, 21_500, 1000)
    expect(page.locator("#count")).to_have_text("20000 of 20000, the newest")
    assert page.evaluate(TOPMOST) == read


def test_a_selection_stays_what_it_was_when_the_oldest_go(page: Page, domain: Domain) -> None:
    """It begins at an entry, not at a place in the list."""
    expect(page.locator("#live")).to_have_text("live")
    page.locator("#filter-scope").select_option("all")
    add(page, 1000, 20_500)
    page.locator("#timeline").focus()
    page.keyboard.press("End")
    page.keyboard.press("Shift+ArrowUp")
    expect(page.locator("#selected")).to_contain_text("entries 21498 to 21499")
    add(page, 21_500, 1000)
    page.keyboard.press("Shift+ArrowUp")
    expect(page.locator("#selected")).to_contain_text("entries 21497 to 21499")


def test_an_open_row_keeps_its_height_out_of_view(page: Page, domain: Domain) -> None:
    """Otherwise all rows below it would jump each time that it comes and goes."""
    expect(page.locator("#live")).to_have_text("live")
    page.locator("#filter-scope").select_option("all")
    add(page, 1000, 500)
    page.locator("#timeline").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("#timeline .detail")).to_be_visible()
    page.wait_for_timeout(100)
    height = "document.querySelector('#timeline .space').offsetHeight"
    before = page.evaluate(height)
    page.evaluate("document.getElementById('timeline').scrollTop = 8000")
    expect(page.locator("#timeline .detail")).to_have_count(0)
    page.wait_for_timeout(100)
    assert page.evaluate(height) == before


def test_opening_a_stanza_ends_following(page: Page, domain: Domain) -> None:
    """It would be scrolled away from whoever reads it."""
    expect(page.locator("#live")).to_have_text("live")
    page.locator("#filter-scope").select_option("all")
    add(page, 1000, 200)
    page.locator(".row", has_text="note 1195").click()
    add(page, 1200, 200)
    expect(page.locator("#follow")).not_to_be_checked()
    expect(page.locator(".row .detail")).to_be_in_viewport()


def test_another_account_is_never_acted_on_with_the_contact_of_the_last(page: Page, domain: Domain) -> None:
    """From the click on, the pair of the account before is gone, however late the server answers."""
    domain.push("juliet", "nurse@x.test")
    choose(page, "juliet")
    expect(page.locator("#pair")).to_be_visible()
    page.route("**/romeo*/pairs*", lambda route: None)  # never answered
    choose(page, "romeo")
    expect(page.locator("#pair")).to_be_hidden()
    expect(page.locator("#entries tr")).to_have_count(0)


def test_there_is_one_look_at_a_time(page: Page, domain: Domain) -> None:
    """A server that is slow is not asked again before it has answered."""
    asked: list[str] = []
    choose(page, "juliet")

    def never(route: object) -> None:
        asked.append("overview")

    page.route("**/overview*", never)
    with passing(domain):
        page.wait_for_timeout(1500)
    assert len(asked) == 1


def test_trouble_is_over_when_the_server_answers_again(page: Page, domain: Domain) -> None:
    """What was said about it does not stand there for ever."""
    expect(page.locator("#live")).to_have_text("live")
    page.route("**/overview*", lambda route: route.abort())
    domain.push("juliet", "nurse@x.test")
    expect(page.locator("#message")).to_contain_text("cannot be reached")
    page.unroute("**/overview*")
    expect(page.locator("#message")).to_be_hidden()


def test_names_that_every_object_of_a_script_has_are_names(page: Page, domain: Domain, server: FixtureServer) -> None:
    """A contact may be called like them; when it is gone it is gone."""
    for contact in ("constructor", "__proto__@x.test"):
        server.call("PUT", f"/networks/{domain.name}/accounts/juliet/roster/{contact}")
    choose(page, "juliet")
    page.locator("#entries button", has_text="constructor").click()
    page.get_by_role("button", name="Remove", exact=True).click()
    expect(page.locator("#entries tr")).to_have_count(1)
    expect(page.locator("#pair-title")).to_contain_text("and __proto__@x.test")


def test_what_passes_while_the_page_opens_is_not_missed(page: Page, domain: Domain) -> None:
    """Between two of its first calls a client logs in, and all of it is in the timeline."""
    address = page.url
    page.goto("about:blank")
    people: list[RawClient] = []

    def log_in(route: Route) -> None:
        if not people:
            people.append(RawClient(domain.host, domain.port, domain.address("juliet"), "secret"))
        route.continue_()

    page.route("**/journal?limit=0", log_in)
    page.goto(address)
    page.locator("#filter-scope").select_option("all")
    expect(page.locator("#count")).not_to_have_text("0 of 0")
    page.locator("#timeline").evaluate("list => { list.scrollTop = 0 }")
    expect(page.locator("#entry-1")).to_have_count(1)
    people[0].shut()


def test_a_broken_link_shows_the_first_network(page: Page, server: FixtureServer) -> None:
    """As one does that names a network that is not there."""
    page.goto("about:blank")
    page.goto(f"http://127.0.0.1:{server.ready['control']['port']}/#%E0%A4%A")
    expect(page.locator("#network")).to_have_value("main")


def test_the_keys_are_read_without_losing_the_selection(page: Page, client: RawClient, domain: Domain) -> None:
    """Escape closes them, and nothing else."""
    choose(page, "juliet")
    page.locator("#timeline").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#selected")).to_contain_text("Export entries")
    page.keyboard.press("?")
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    expect(page.locator("#selected")).to_contain_text("Export entries")


def test_a_network_without_a_journal_is_looked_at_again_and_again(browser: Browser) -> None:
    """Nothing says that something has happened, and a new account appears all the same."""
    with FixtureServer(["--journal", "0"]) as server:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.ready['control']['port']}/")
        expect(page.locator("#live")).to_have_text("no journal here")
        expect(page.locator("#people-title")).to_have_text("localhost")
        server.call("PUT", "/networks/main/accounts/juliet", {"password": "secret"})
        expect(page.locator("#accounts")).to_contain_text("juliet@localhost")
        page.close()


@pytest.mark.parametrize("one", ["x", "\u202e"])
def test_a_huge_stanza_is_cut_short(page: Page, domain: Domain, one: str) -> None:
    """Four million characters in one text would hold up everything; the beginning says what it is."""
    expect(page.locator("#live")).to_have_text("live")
    page.locator("#filter-scope").select_option("all")
    page.evaluate(
        """async (one) => (await import("/inspector/timeline.js")).add([{
            number: 1000, at: 0, session: "c1", account: null, jid: null, direction: "out", kind: "push", text: "",
            fault: "push-huge", withheld: false, xml: `<iq type='set'>${one.repeat(4_000_000)}</iq>`,
        }])""",
        one,
    )
    page.locator(".row.push").click()
    expect(page.locator(".row.push pre")).to_contain_text("characters more")
    shown = page.locator(".row.push pre").text_content()
    assert shown is not None and len(shown) < 110_000
    assert "\u202e" not in shown
    assert page.locator(".row.push .char").count() < 1_000
