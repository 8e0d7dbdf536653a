"""What may be true where an answer was lost."""

from __future__ import annotations

from bench.soak.model import Model, Remove, Set, Subscription
from bench.soak.worlds import Worlds

ME, YOU = "me@localhost", "you@localhost"
NAMED = Set(ME, "x@y", "X", ())


def test_an_operation_without_an_answer_happened_or_did_not() -> None:
    """Both are possible until something is seen; then one is left."""
    for happened in (True, False):
        worlds = Worlds(Model([ME, YOU]))
        worlds.doubt(NAMED)
        assert worlds.settle(lambda model, happened=happened: bool(model.roster(ME)) is happened)
        assert [bool(model.roster(ME)) for model in worlds.possible] == [happened]


def test_what_no_world_allows_is_told_and_nothing_is_forgotten() -> None:
    """The worlds stay as they are, so that the difference can be shown."""
    worlds = Worlds(Model([ME, YOU]))
    worlds.doubt(NAMED)
    assert not worlds.settle(lambda model: len(model.roster(ME)) == 2)
    assert len(worlds.possible) == 2


def test_an_answer_that_no_world_expects_is_told() -> None:
    """A removal of nothing has to be refused; one that may be there decides between two worlds."""
    worlds = Worlds(Model([ME, YOU]))
    assert not worlds.apply(Remove(ME, "x@y"), True)
    worlds = Worlds(Model([ME, YOU]))
    worlds.doubt(NAMED)
    assert worlds.apply(Remove(ME, "x@y"), True)
    assert len(worlds.possible) == 1


def test_a_stanza_without_an_answer_of_its_own_counts_in_every_world() -> None:
    """None is no answer."""
    worlds = Worlds(Model([ME, YOU]))
    worlds.doubt(NAMED)
    assert worlds.apply(Subscription(ME, YOU, "subscribe"), None)
    assert [model.requests(YOU) for model in worlds.possible] == [{ME}, {ME}]
