"""The pages: whole, readable by themselves, and nothing but ours."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from report_html import PageRead, read_page
from report_samples import EXPECTED, HOSTILE, Play, case, every_verdict, hostile_run, played, row, run

from rosterkit.conformance.report import write_report
from rosterkit.conformance.report.suite import ORACLES, VERDICTS
from rosterkit.conformance.results import PASS_RULE, Run
from rosterkit.conformance.verdicts import Oracle, Verdict


def pages(folder: Path, runs: list[Run]) -> dict[str, PageRead]:
    """Every page of a report, read; each is whole."""
    write_report(folder, runs)
    read = {}
    for path in [folder / "index.html", *(folder / "cases").glob("*.html")]:
        page = read[str(path.relative_to(folder))] = read_page(path.read_text(encoding="utf-8"))
        assert page.problems == [], path
    return read


RUNS = {
    "one": [run()],
    "two": [run(), run([*every_verdict()[:3], row(Verdict.PASS, "only-here")], "two", strict=True)],
    "hostile": [hostile_run()],
    "nothing": [run([])],
    "nobody": [],
    "well": [run([row(Verdict.PASS)])],
    "by itself": [run(command="", environment={}, version="")],
}


@pytest.mark.parametrize("runs", RUNS.values(), ids=RUNS)
def test_pages_are_whole_and_stand_alone(runs: list[Run], tmp_path: Path):
    """Tags are closed, nothing is loaded from elsewhere, and each link leads to a file or an entry that is there."""
    read = pages(tmp_path, runs)
    for name, page in read.items():
        for link in page.links:
            target, _, anchor = link.partition("#")
            if link == "data:,":
                continue
            path = (tmp_path / name).parent / target if target else tmp_path / name
            assert path.resolve().is_relative_to(tmp_path.resolve())
            assert path.is_file(), (name, link)
            if anchor:
                assert anchor in read[str(path.resolve().relative_to(tmp_path.resolve()))].ids, (name, link)


@pytest.mark.parametrize("runs", RUNS.values(), ids=RUNS)
def test_pages_need_no_network_and_no_script(runs: list[Run], tmp_path: Path):
    """No address, script, frame or picture; and a policy that would keep them from being used."""
    write_report(tmp_path, runs)
    for path in tmp_path.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<(script|img|iframe|object|embed|form|base)\b|@import|url\(|javascript:", text)
        assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text)
        assert "default-src 'none'" in text
        assert "prefers-color-scheme: dark" in text


def test_nothing_hostile_is_markup(tmp_path: Path):
    """Texts of clients are seen as they are: markup as text, directions of writing and control characters by name."""
    write_report(tmp_path, [hostile_run()])
    for path in tmp_path.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "\u202e" not in text
        assert "\x07" not in text
        assert "\u2028" not in text
    (first, *_) = sorted((tmp_path / "cases").glob("*.html"))
    page = read_page(first.read_text(encoding="utf-8"))
    assert "<script>alert(1)</script>\"'&U+202EU+0007U+2028U+D800 | `x` ]]>" in page.text
    assert HOSTILE not in page.text


def test_a_new_user_sees_which_rule_is_broken(tmp_path: Path):
    """Rule, consequence and what came stand on the first page before the list of all cases, verdicts in words."""
    text = pages(tmp_path, [run()])["index.html"].text
    begin = text[: text.index("In the order of the RFC.")]
    for words in (
        "The rule of is-fail.",
        "The consequence of is-fail.",
        "What came of is-fail.",
        "It answers twice.",
    ):
        assert words in begin
    assert "The rule of is-pass." not in begin
    assert "The rule of is-pass." in text
    assert begin.index("is-fail") < begin.index("is-inconclusive") < begin.index("is-non-strict")


def test_the_first_page_says_how_it_was_run(tmp_path: Path):
    """Client, version, time, seed, transport, command, environment, counts and the pass rule."""
    text = pages(tmp_path, [run()])["index.html"].text
    for words in (
        "sampler 1.2", "2030-01-02 03:04:05 UTC", "tcp, seed 7", "client {jid} {password}", "python", "3.11",
        PASS_RULE, "Exit code 1: something is not as it should be.", "4 of 9 are not as it should be",
    ):  # fmt: skip
        assert words in text


def test_every_verdict_and_oracle_is_worded_and_explained(tmp_path: Path):
    """By colour alone nobody has to see anything; the legend has each of them."""
    text = pages(tmp_path, [run()])["index.html"].text
    legend = text[text.index("Oracles: what a verdict rests on") - 2_000 :]
    for verdict in Verdict:
        assert verdict.value in legend
        assert VERDICTS[verdict].format(testee="client") in legend
    for oracle in Oracle:
        assert ORACLES[oracle].format(testee="client")[1:] in legend


def test_clients_are_columns(tmp_path: Path):
    """Each case has a cell for each client, with a link to its page; one that was not run says so."""
    read = pages(tmp_path, RUNS["two"])
    assert "2 clients" in read["index.html"].text
    assert "not run" in read["index.html"].text
    assert {"cases/2-1-6-is-fail--sampler.html", "cases/2-1-6-is-fail--two.html"} <= set(read["index.html"].links)
    assert "cases/2-1-6-only-here--two.html" in read
    assert "../cases/2-1-6-is-fail--two.html" in read["cases/2-1-6-is-fail--sampler.html"].links


def test_what_is_expected_says_why(tmp_path: Path):
    """In the list and on its own page, with the reason and the last day; one that does not happen is marked."""
    read = pages(tmp_path, [run()])
    reason = "FAIL is expected of rfc6121/2.1.6/* until 2030-01-31: It is known: bug 12."
    for name in ("index.html", "cases/2-1-6-known-fail--sampler.html", "cases/2-1-6-mended--sampler.html"):
        assert reason in read[name].text
    assert "unexpected: FAIL was expected" in read["cases/2-1-6-mended--sampler.html"].text
    assert "unexpected" not in read["cases/2-1-6-known-fail--sampler.html"].text


def test_what_is_not_known_for_one_reason_is_told_once(tmp_path: Path):
    """Where no client came, the first page does not say so a hundred times before anything else."""
    rows = [row(Verdict.INCONCLUSIVE, f"case-{number}", "No client came.") for number in range(30)]
    text = pages(tmp_path, [run(rows)])["index.html"].text
    begin = text[: text.index("In the order of the RFC.")]
    assert begin.count("No client came.") == 1
    assert "30 cases, for one reason" in begin


def test_the_page_of_a_case_says_all_of_it(tmp_path: Path):
    """Done, wanted, came, oracle, how to repeat it, and the dialogue with what the finding rests on."""
    page = pages(tmp_path, [run()])["cases/2-1-6-known-fail--sampler.html"]
    for words in (
        "RFC 6121 §2.1.6", "The rule of known-fail.", "The consequence of known-fail.", "The done of known-fail.",
        "The wanted of known-fail.", "What came of known-fail.", "what passed on the wire, and nothing else",
        "rosterkit check client rfc6121/2.1.6/known-fail --seed 7 --exec 'client {jid} {password}'",
        "said by the tester: “spoofed”", "The finding rests on this.", "helena@contacts.test",
        "From the client", "To the client", "Requests that wait for an answer: nobody.",
    ):  # fmt: skip
        assert words in page.text
    assert {"#e6", "#e7"} <= set(page.links)
    assert {"e6", "e7"} <= set(page.ids)


def test_a_client_that_came_by_itself_is_told_its_account(tmp_path: Path):
    """There is no command to repeat, but an account to log in to."""
    text = pages(tmp_path, [run(command="")])["cases/2-1-6-is-fail--sampler.html"].text
    assert "rosterkit check client rfc6121/2.1.6/is-fail --seed 7\n" in text.replace("and let", "\nand let")
    assert "log in to the account c-2-1-6-is-fail" in text


def test_a_check_leads_to_the_play_in_which_it_was_found(tmp_path: Path):
    """Its own page has no dialogue; the case's page marks the entry for it."""
    read = pages(tmp_path, [run()])
    checked = read["cases/rfc6120-8-2-3-checked--sampler.html"]
    assert "../cases/2-1-6-is-pass--sampler.html#e7" in checked.links
    assert "The dialogue" not in checked.text
    assert "rosterkit check client rfc6121/2.1.6/is-pass --seed 7" in checked.text
    assert "The finding of rfc6120/8.2.3/checked rests on this." in read["cases/2-1-6-is-pass--sampler.html"].text


def test_entries_in_a_fold_have_their_anchors(tmp_path: Path):
    """A finding of another report, or a person, can point at any entry."""
    ids = pages(tmp_path, [run()])["cases/2-1-6-is-pass--sampler.html"].ids
    entries = played().entries
    marks = {5}
    assert {f"e{entry.number}" for entry in entries if entry.number not in marks} <= set(ids)


def test_pages_are_bounded(tmp_path: Path):
    """A stanza of a mebibyte, endless names and sentences: the page stays small, and says what it leaves out."""
    mebibyte, huge = "x" * 1_048_576, "x" * 50_000
    play = Play()
    play.add("out", "push", f"<iq type='set' id='{huge}'><a b='{huge}'>{mebibyte}</a></iq>".encode(), fault="lie")
    play.note(belief={"mark": huge, "about": [huge], "oracle": "report", "roster": [{"jid": huge, "name": huge}] * 9})
    play.note(**{"stuck": huge})
    play.note(**{huge: huge})
    words = dict.fromkeys(("rule", "consequence", "done", "wanted"), huge)
    expected = EXPECTED._replace(reason=huge)
    rows = [row(Verdict.FAIL, "huge", huge, expected, entries=play.entries, case=case("huge", **words))]
    read = pages(tmp_path, [run(rows, huge, version=huge, command=huge, environment={huge: huge})])
    for name, page in read.items():
        assert (tmp_path / name).stat().st_size < 600_000, name
        assert "more characters" in page.text
    assert "more characters are not shown here; they are in the transcript" in page.text


def test_a_flood_makes_no_endless_page(tmp_path: Path):
    """A client that sends ten thousand stanzas."""
    play = Play()
    for _ in range(10_000):
        play.add("in", "message", b"<message to='a@b'><body>" + b"&lt;" * 500 + b"</body></message>")
    pages(tmp_path, [run([row(Verdict.FAIL, "flood", entries=play.entries)])])
    assert (tmp_path / "cases/2-1-6-flood--sampler.html").stat().st_size < 3_000_000


def test_the_same_engine_serves_the_other_suite(tmp_path: Path):
    """The words for what is judged, and the command, are the suite's."""
    read = pages(tmp_path, [replace(run(), testee="server"), replace(run(client="two"), testee="server")])
    assert "2 servers" in read["index.html"].text
    page = read["cases/2-1-6-is-info--two.html"]
    assert "rosterkit check server rfc6121/2.1.6/is-info" in page.text
    assert "From the server" in page.text
    assert "the words say what the server does" in page.text
