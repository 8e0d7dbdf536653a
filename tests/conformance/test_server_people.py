"""The people of a case for servers: drawn from a seed, and the same again from a play's first note."""

from __future__ import annotations

import json

import pytest

from rosterkit.conformance.server.people import People

ACCOUNTS = ["juliet@capulet.test", "nurse@capulet.test"]


def people(case: str = "rfc6121/2.1.6/one", seed: str = "s", component: str | None = "montague.test") -> People:
    """Some."""
    return People(case, seed, ACCOUNTS, component)


def test_the_same_seed_gives_the_same_people():
    """A transcript can be judged again: case and seed say who was in it."""
    assert people().remote == people().remote
    assert people().token("x") == people().token("x")


@pytest.mark.parametrize("other", [people("rfc6121/2.1.6/two"), people(seed="t")])
def test_no_two_plays_share_people_at_the_component(other: People):
    """Plays that go on at once would hear each other's stanzas."""
    assert not set(people().at_component) & set(other.at_component)


def test_they_come_back_from_their_note():
    """The note is JSON, and holds all that it takes."""
    drawn = people()
    read = People.from_json(drawn.case_id, json.loads(json.dumps(drawn.as_json())))
    assert (read.me, read.contact, read.remote, read.nobody) == (drawn.me, drawn.contact, drawn.remote, drawn.nobody)


@pytest.mark.parametrize(
    "said",
    [{}, {"seed": "s", "accounts": "juliet", "component": None}, {"seed": "s", "accounts": [], "component": 1}],
)
def test_a_note_that_is_none_is_refused(said: dict[str, object]):
    """Nothing is made up from a transcript that somebody has changed."""
    with pytest.raises((ValueError, LookupError)):
        People.from_json("rfc6121/2.1.6/one", said)


def test_who_is_not_there_cannot_be_used():
    """A case that forgets to say what it needs fails at once, and not on some server."""
    with pytest.raises(LookupError):
        People("rfc6121/2.1.6/one", "s", ACCOUNTS[:1]).contact  # noqa: B018  # asking is the test
    with pytest.raises(LookupError):
        people(component=None).remote  # noqa: B018
