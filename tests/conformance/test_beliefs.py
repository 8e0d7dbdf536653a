"""What can be said of a client's roster by each of the three oracles, and what cannot."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.conformance.beliefs import UNKNOWN, UNSEEN, Belief, Said, as_edited, as_presented, as_reported
from rosterkit.conformance.verdicts import Oracle

ANN = {"jid": "ann@c", "name": "Ann", "groups": ["G", "H"], "subscription": "both", "available": ["r"]}
PUSH = Said("ann@c", "Ann", ("H", "G"), "both", "v2")
REMOVAL = Said("ann@c", None, (), "remove", "v2")


def edited(name: str | None, *groups: str) -> Belief:
    """What a client has sent of ann, made to put her into the group New."""
    return as_edited({"ann@c": {"name": name, "groups": [*groups, "New"]}}, "New")


class TestUnknown:
    """What cannot be seen."""

    def test_it_is_false_and_equal_to_nothing_else(self):
        """A comparison with it never says that something is there, or that nothing is."""
        assert not UNKNOWN
        assert UNKNOWN not in (None, False, "", ())
        assert repr(UNKNOWN) == "unknown"

    def test_unseen_says_nothing_at_all(self):
        """Whatever is asked, it cannot be told; a finding rests on the wire then."""
        assert UNSEEN.oracle is None
        assert UNSEEN.where is Oracle.WIRE
        assert (UNSEEN.knows("ann@c"), UNSEEN.get("ann@c", "name"), UNSEEN.requests) == (None, UNKNOWN, None)
        assert (UNSEEN.took(PUSH), UNSEEN.took(REMOVAL)) == (None, None)


class TestReport:
    """The client's own word: it is whole."""

    def test_who_is_not_in_it_is_not_in_the_roster(self):
        """An absence is known too."""
        belief = as_reported([ANN])
        assert (belief.knows("ann@c"), belief.knows("bob@c")) == (True, False)
        assert belief.get("bob@c", "name") is UNKNOWN
        assert belief.where is Oracle.REPORT

    def test_groups_are_a_set(self):
        """Their order means nothing."""
        assert as_reported([ANN]).get("ann@c", "groups") == {"H", "G"}

    def test_what_is_left_out_is_empty_where_that_is_usual(self):
        """Name, groups and ask are left out where there are none; subscription and presence are unknown then."""
        belief = as_reported([{"jid": "ann@c"}])
        assert [belief.get("ann@c", key) for key in ("name", "groups", "ask")] == [None, frozenset(), None]
        assert [belief.get("ann@c", key) for key in ("subscription", "available", "approved")] == [UNKNOWN] * 3

    @pytest.mark.parametrize(
        ("said", "took"),
        [
            (PUSH, True),
            (PUSH._replace(ver=None), True),
            (PUSH._replace(name="Bob"), False),
            (PUSH._replace(name=None), False),
            (PUSH._replace(groups=("G",)), False),
            (PUSH._replace(groups=()), False),
            (PUSH._replace(subscription="to"), False),
            (PUSH._replace(subscription=None), False),
            (PUSH._replace(jid="bob@c"), False),
            (REMOVAL, False),
            (REMOVAL._replace(jid="bob@c"), True),
        ],
    )
    def test_a_push_was_taken_where_all_of_it_is_believed(self, said: Said, took: bool):
        """One difference is enough: the entry is not as the push said."""
        assert as_reported([ANN]).took(said) is took

    def test_no_subscription_is_none(self):
        """A push without the attribute says none."""
        belief = as_reported([{**ANN, "subscription": "none"}])
        assert belief.took(PUSH._replace(subscription=None)) is True

    def test_an_unknown_subscription_does_not_speak_against_it(self):
        """A client that does not tell it is judged by what it tells."""
        told = {key: value for key, value in ANN.items() if key != "subscription"}
        assert as_reported([told]).took(PUSH) is True

    def test_an_empty_name_is_no_name(self):
        """Clients tell the same in two ways."""
        belief = as_reported([{"jid": "ann@c", "name": "", "subscription": "both"}])
        assert belief.took(Said("ann@c", None, (), "both", None)) is True


class TestEdit:
    """What a client sends from its cache."""

    def test_name_and_groups_are_seen_without_the_group_that_was_ordered(self):
        """The new group is the tester's own."""
        belief = edited("Ann", "G", "H")
        assert (belief.get("ann@c", "name"), belief.get("ann@c", "groups")) == ("Ann", {"G", "H"})
        assert belief.where is Oracle.EDIT

    def test_nothing_else_is_seen(self):
        """Neither other contacts, nor what only a server says."""
        belief = edited("Ann", "G")
        assert belief.get("ann@c", "subscription") is UNKNOWN
        assert belief.get("ann@c", "ask") is UNKNOWN
        assert (belief.knows("bob@c"), belief.took(PUSH._replace(jid="bob@c"))) == (None, None)

    @pytest.mark.parametrize(
        ("belief", "said", "took"),
        [
            (edited("Ann", "G", "H"), PUSH, True),
            (edited("Ann", "G", "H"), PUSH._replace(subscription="to"), True),
            (edited("Bob", "G", "H"), PUSH, False),
            (edited("Ann", "G"), PUSH, False),
            (edited(None), PUSH, False),
            (edited("Ann"), PUSH._replace(groups=()), True),
            (edited(None, "G"), PUSH._replace(name=None, groups=("G",)), True),
            (edited(None), PUSH._replace(name=None), False),
            (edited(None), REMOVAL, True),
            (edited("Ann"), REMOVAL, False),
            (edited(None, "G"), REMOVAL, False),
        ],
    )
    def test_a_push_was_taken_where_name_and_groups_are_its_own(self, belief: Belief, said: Said, took: bool):
        """An entry of which nothing is sent is one that the client does not have."""
        assert belief.took(said) is took

    def test_an_entry_without_name_and_groups_cannot_be_told_from_none(self):
        """A push that gives neither leaves no trace in what a client sends: nobody may be blamed for that."""
        nameless = Said("ann@c", None, (), "both", "v2")
        assert edited(None).took(nameless) is None
        assert edited("Ann").took(nameless) is None


class TestVersion:
    """What the version says that a client presents."""

    @pytest.mark.parametrize(
        ("presented", "pushed", "took"),
        [("v2", "v2", True), ("v1", "v2", False), ("v1", None, None), ("", "v2", None)],
    )
    def test_a_push_was_taken_where_its_version_is_presented(
        self, presented: str, pushed: str | None, took: bool | None
    ):
        """A push without a version leaves no trace; a client that keeps nothing presents the empty one whatever it
        believed.
        """
        assert as_presented(presented).took(PUSH._replace(ver=pushed)) is took
        assert as_presented(presented).took(REMOVAL._replace(ver=pushed)) is took

    def test_no_entry_is_seen(self):
        """A version says nothing about anybody."""
        belief = as_presented("v1")
        assert (belief.ver, belief.where, belief.knows("ann@c")) == ("v1", Oracle.VER, None)

    def test_without_a_version_nothing_is_seen(self):
        """A client that presents none is not seen into."""
        assert as_presented(None) is UNSEEN


@given(
    st.dictionaries(st.sampled_from(["name", "subscription", "ask"]), st.text(max_size=3)),
    st.lists(st.sampled_from("GHI")),
)
def test_what_a_client_tells_word_for_word_it_has_taken(entry: dict[str, Any], groups: list[str]):
    """Whatever a push says, a client that tells just that has taken it."""
    told = {"jid": "ann@c", "groups": groups, **entry}
    said = Said("ann@c", entry.get("name"), tuple(groups), entry.get("subscription"), None)
    if entry.get("subscription", "none"):
        assert as_reported([told]).took(said) is True
