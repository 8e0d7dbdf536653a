"""What the table says of figures: the median, the worst of ours against the bar, the growth."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.peers.measuring import Figure
from bench.peers.report import Row, draw, exponent, latencies, markdown, replace_between, slowness
from bench.peers.workloads import WORKLOADS


def figures(*cpu_ms: float) -> list[Figure]:
    """Runs that cost so much."""
    return [Figure(cost / 1000, 0.001, 0.002, 100.0, 0.1) for cost in cpu_ms]


def row(name: str = "get10", **runs: list[Figure]) -> Row:
    """A workload that was measured."""
    return Row(WORKLOADS[name], runs)


def test_the_middle_run_is_shown() -> None:
    """By its CPU, whatever the order of the runs."""
    middle = row(rosterkit=figures(3, 1, 2)).middle("rosterkit")
    assert middle is not None
    assert middle.cpu_ms == pytest.approx(2)
    assert row().middle("rosterkit") is None


def test_the_ratio_is_to_the_cheaper_of_the_others() -> None:
    """Whichever that is; without any there is none."""
    measured = row(rosterkit=figures(1), prosody=figures(4), ejabberd=figures(2))
    assert measured.ratio == pytest.approx(0.5)
    assert row(rosterkit=figures(1)).ratio is None


@pytest.mark.parametrize(
    ("ours", "verdict"), [((0.03, 0.039), "aim"), ((0.03, 0.049), "must"), ((0.03, 0.051), "over"), ((), "-")]
)
def test_the_worst_run_is_held_against_the_bars(ours: tuple[float, ...], verdict: str) -> None:
    """A bar is met when every run meets it."""
    assert row(rosterkit=figures(*ours)).verdict(1) == verdict


def test_bars_move_with_the_machine() -> None:
    """It is as slow as the others say: the median of what the cheaper of them costs here to what it cost there."""
    rows = [
        row("get10", rosterkit=figures(0.09), prosody=figures(0.21), ejabberd=figures(9)),
        row("set", prosody=figures(0.66)),
        row("login", ejabberd=figures(11)),
        row("changed", rosterkit=figures(1)),
    ]
    assert slowness(rows) == pytest.approx(2)
    assert rows[0].verdict(slowness(rows)) == "must"
    assert slowness([row(rosterkit=figures(1))]) == 1


def test_where_no_bar_is_set_the_best_peer_is_it() -> None:
    """An unchanged versioned get has to be as cheap as theirs in the same run."""
    assert row("versioned", rosterkit=figures(0.06), prosody=figures(0.05)).verdict(1) == "over"
    assert row("versioned", rosterkit=figures(0.06), prosody=figures(0.07)).verdict(1) == "must"


def test_the_table_has_a_cell_for_each_head() -> None:
    """Also where a server cannot do something."""
    rows = [row("changed", rosterkit=figures(0.2)), row(rosterkit=figures(1), prosody=figures(12.34))]
    for text in (markdown(rows, ["rosterkit", "prosody"]), latencies(rows, ["rosterkit", "prosody"])):
        assert len({line.count("|") for line in text.splitlines()}) == 1
    assert "12.3" in text or "12.3" in markdown(rows, ["rosterkit", "prosody"])


@pytest.mark.parametrize("power", [0, 1, 2])
def test_the_exponent_is_that_of_the_growth(power: int) -> None:
    """0 where the size does not matter, 1 for linear growth, 2 for quadratic."""
    assert exponent({size: 3.0 * size**power for size in (10, 100, 1000)}) == pytest.approx(power)


def test_text_is_replaced_between_its_comments_only() -> None:
    """Again gives the same; where there is no place the two lines to write are said."""
    page = "a\n<!-- servers -->\nold\n<!-- end of servers -->\nb\n"
    once = replace_between(page, "servers", "new\n")
    assert once == "a\n<!-- servers -->\nnew\n<!-- end of servers -->\nb\n"
    assert replace_between(once, "servers", "new\n") == once
    with pytest.raises(ValueError, match="<!-- other -->"):
        replace_between(page, "other", "new\n")


def test_the_plot_is_the_same_for_the_same_figures(tmp_path: Path) -> None:
    """So that it changes in a repository only where figures do."""
    pytest.importorskip("matplotlib")
    for name in ("one.svg", "two.svg"):
        draw([row(rosterkit=figures(1), prosody=figures(2))], ["rosterkit", "prosody"], tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
