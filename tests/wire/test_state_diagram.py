"""The image of the subscription states says what the table says, and nothing else."""

from __future__ import annotations

from lxml import etree

from rosterkit.core.subscription import TABLE, State
from rosterkit.wire.state_diagram import svg

SVG = "{http://www.w3.org/2000/svg}"
ROOT = etree.fromstring(svg())


def test_each_state_stands_there_once_with_its_name() -> None:
    """All nine, as RFC 6121 calls them, and no two in one place."""
    states = {group.get("data-state"): group for group in ROOT.iter(f"{SVG}g") if group.get("class") == "state"}
    assert {name: group.findtext(f"{SVG}text") for name, group in states.items()} == {
        state.spelled: state.label for state in State
    }
    places = {(box.get("x"), box.get("y")) for box in ROOT.iter(f"{SVG}rect")}
    assert len(places) == len(State)


def test_every_change_of_the_table_is_a_move_and_every_move_one_of_the_table() -> None:
    """From where, whereto, and by which stanza; what changes nothing has no arrow."""
    drawn = {
        (path.get("data-from"), event, path.get("data-to"))
        for path in ROOT.iter(f"{SVG}path")
        if path.get("class") == "move"
        for event in path.get("data-event", "").split(", ")
    }
    changes = {
        (state.spelled, event.value, after.spelled)
        for (state, event), (_, after) in TABLE.items()
        if after is not state
    }
    assert drawn == changes


def test_it_is_the_same_each_time() -> None:
    """Byte for byte, so that a page made of it does not change by itself."""
    assert svg() == svg()
