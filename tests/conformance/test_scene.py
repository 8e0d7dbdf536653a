"""The people and values of a case."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rosterkit.conformance.scene import CONTACTS, STRANGERS, Scene
from rosterkit.core import jid
from rosterkit.core.seed import seeded_roster

CASE, ME = "rfc6121/2.1.6/some-case", "c-2-1-6-some-case@case.test"
SEEDS = st.text(max_size=20)


def people(scene: Scene) -> list[str]:
    """Everybody, by bare JID."""
    return [scene.friend, scene.idol, scene.fan, scene.newcomer, scene.other, scene.stranger]


@given(SEEDS)
def test_the_same_seed_gives_the_same_scene(seed: str):
    """A transcript can be judged again: people, groups, roster and values come back, in any account's name."""
    one, other = Scene(CASE, seed, ME), Scene(CASE, seed, "somebody@elsewhere.test")
    assert people(one) == people(other)
    assert one.groups == other.groups
    assert one.roster == other.roster
    assert [one.token("v") for _ in range(3)] == [other.token("v") for _ in range(3)]


def test_another_seed_or_case_gives_another_scene():
    """No client can know the names beforehand: of twenty seeds, and of twenty cases, hardly two agree."""
    by_seed = {tuple(people(Scene(CASE, str(number), ME))) for number in range(20)}
    by_case = {tuple(people(Scene(f"rfc6121/2.1.6/x{number}", "0", ME))) for number in range(20)}
    assert len(by_seed) > 15
    assert len(by_case) > 15


@given(SEEDS)
def test_everybody_is_somebody_else(seed: str):
    """All six are different people, none is the user, and every address is one that stays as it is when prepared."""
    scene = Scene(CASE, seed, ME)
    assert len({*people(scene), scene.me, scene.second}) == 8
    for address in (*people(scene), scene.me, scene.second):
        assert jid.parse(address).bare == address


@given(SEEDS)
def test_who_is_where(seed: str):
    """Contacts are at the domain of the contacts, the stranger at his own, both accounts at that of the case."""
    scene = Scene(CASE, seed, ME)
    assert {jid.parse(one).domain for one in people(scene)[:5]} == {CONTACTS}
    assert jid.parse(scene.stranger).domain == STRANGERS
    assert {jid.parse(one).domain for one in (scene.me, scene.second)} == {"case.test"} == {scene.domain}


@given(SEEDS)
def test_the_roster_is_what_scripts_count_on(seed: str):
    """Friend is both in two groups, idol is to in one, fan is from in none, and each has a name."""
    scene = Scene(CASE, seed, ME)
    assert [(item.jid, item.subscription, len(item.groups)) for item in scene.roster] == [
        (scene.friend, "both", 2),
        (scene.idol, "to", 1),
        (scene.fan, "from", 0),
    ]
    assert [item.name for item in scene.roster] == [scene.name_of(item.jid) for item in scene.roster]
    assert all(item.name for item in scene.roster)


@given(SEEDS)
def test_a_server_takes_the_roster(seed: str):
    """The roster is one that an account can begin with."""
    scene = Scene(CASE, seed, ME)
    assert list(seeded_roster(scene.roster, {}, "v").items) == [scene.friend, scene.idol, scene.fan]


@given(SEEDS)
def test_groups_are_all_different_and_some_are_free(seed: str):
    """Six groups, of which the roster has the first two: the last one is for asking what a client believes."""
    scene = Scene(CASE, seed, ME)
    assert len(set(scene.groups)) == 6
    assert {group for item in scene.roster for group in item.groups} == set(scene.groups[:2])


def test_no_token_comes_twice():
    """A value stands for one thing only."""
    scene = Scene(CASE, "0", ME)
    tokens = [scene.token("v") for _ in range(1000)]
    assert len(set(tokens)) == 1000
    assert all(token.startswith("v-") for token in tokens)


def test_names_are_what_people_are_called():
    """A contact's name can be told from its address."""
    assert Scene.name_of("rosaline@contacts.test") == "Rosaline"
