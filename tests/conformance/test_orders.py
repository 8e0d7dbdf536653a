"""Orders to whatever drives a client, and what it may answer."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.conformance.orders import ORDERS, Order, Reply, as_reply, read_reply, read_roster

VALUES: dict[str, dict[str, Any]] = {
    "set": {"jid": "a@b", "name": "A", "groups": ["G", "H"]},
    "rename": {"jid": "a@b", "name": "A"},
    "regroup": {"jid": "a@b", "group": "G"},
    "remove": {"jid": "a@b"},
    "subscribe": {"jid": "a@b"},
    "unsubscribe": {"jid": "a@b"},
    "approve": {"jid": "a@b"},
    "deny": {"jid": "a@b"},
    "roster": {},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("jid", "name", "groups", "subscription", "ask", "approved", "available")
ENTRIES = st.dictionaries(st.sampled_from(KEYS), st.text(max_size=5) | st.lists(st.text(max_size=5)) | JSON)
REPLIES = st.fixed_dictionaries(
    {"done": st.integers() | JSON},
    optional={"error": JSON, "roster": st.lists(ENTRIES, max_size=3) | JSON, "requests": st.lists(st.text()) | JSON},
)


def wrong(text: str) -> str:
    """The sentence with which a reply is refused."""
    with pytest.raises(ValueError, match=r"\S") as caught:
        read_reply(text)
    assert type(caught.value) is ValueError
    return str(caught.value)


class TestOrders:
    """What the program is told."""

    def test_every_order_has_values_here(self):
        """The tests below leave no order out."""
        assert VALUES.keys() == ORDERS.keys()

    @pytest.mark.parametrize("do", ORDERS)
    def test_an_order_is_one_line_of_json(self, do: str):
        """The line has the order's number, its name and its values, and no line end."""
        line = Order(do, VALUES[do]).line(7)
        assert json.loads(line) == {"order": 7, "do": do, **VALUES[do]}
        assert "\n" not in line

    @pytest.mark.parametrize("do", ORDERS)
    def test_an_order_is_a_sentence_for_a_person(self, do: str):
        """Whoever drives the client by hand reads what to do, with every value in it."""
        sentence = Order(do, VALUES[do]).sentence()
        assert sentence.endswith(".")
        assert "{" not in sentence
        for value in VALUES[do].values():
            assert str(value) in sentence

    @given(st.text())
    def test_whatever_the_name_it_stays_one_line(self, name: str):
        """Line ends in a name are escaped, and the name arrives."""
        line = Order("rename", {"jid": "a@b", "name": name}).line(1)
        assert not {"\n", "\r"} & set(line)
        assert json.loads(line)["name"] == name


class TestReplies:
    """What the program says."""

    @pytest.mark.parametrize(
        "line",
        ["", "  ", "Connected.", "[1]", "{", '{"done": }', "{}", '{"order": 1}', '{"done": "1"}', '{"done": null}',
         '{"done": 1.0}', "{'done': 1}", "3", '"done"', '{"done": 1} trailing'],
    )  # fmt: skip
    def test_other_output_is_no_reply(self, line: str):
        """A program may print what it likes between its replies."""
        assert read_reply(line) is None

    def test_a_reply_may_be_nothing_but_its_number(self):
        """Done, and nothing was asked for; white space around it does not matter."""
        assert read_reply(' {"done": 3}\r\n') == Reply(3)

    def test_a_refusal_says_why(self):
        """The program's own sentence is kept; something else than a text is taken as one."""
        assert read_reply('{"done": 1, "error": "No groups here."}') == Reply(1, "No groups here.")
        assert read_reply('{"done": 1, "error": 5}') == Reply(1, "5")

    def test_a_roster_is_told(self):
        """What is null was not known and is left out; what is empty stays."""
        line = json.dumps(
            {"done": 2, "roster": [{"jid": "a@b", "name": None, "groups": []}], "requests": ["x@y"]},
        )
        assert read_reply(line) == Reply(2, None, ({"jid": "a@b", "groups": []},), ("x@y",))

    def test_an_empty_roster_is_not_the_same_as_none(self):
        """A client that knows of nobody has said so."""
        assert read_reply('{"done": 2, "roster": [], "requests": []}') == Reply(2, None, (), ())
        assert read_reply('{"done": 2, "roster": null, "requests": null}') == Reply(2)

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            ('"roster": {}', "A roster is a list of objects"),
            ('"roster": "a@b"', "A roster is a list of objects"),
            ('"roster": ["a@b"]', "an object with a jid"),
            ('"roster": [{}]', "an object with a jid"),
            ('"roster": [{"jid": 1}]', "an object with a jid"),
            ('"roster": [{"jid": "a@b", "name": 1}]', "name of 'a@b' is 1"),
            ('"roster": [{"jid": "a@b", "groups": "G"}]', "groups of 'a@b' is 'G'"),
            ('"roster": [{"jid": "a@b", "groups": [1]}]', "groups is a list of texts"),
            ('"roster": [{"jid": "a@b", "available": [null]}]', "available is a list of texts"),
            ('"roster": [{"jid": "a@b", "ask": true}]', "ask of 'a@b' is True"),
            ('"roster": [{"jid": "a@b", "approved": "true"}]', "approved of 'a@b' is 'true'"),
            ('"requests": "a@b"', "requests is a list of texts"),
            ('"requests": [{}]', "requests is a list of texts"),
        ],
    )
    def test_a_wrong_reply_is_told(self, content: str, says: str):
        """The sentence names what is wrong, so that the author of the program can mend it."""
        assert says in wrong(f'{{"done": 1, {content}}}')

    def test_true_is_no_number(self):
        """``true`` counts as 1 in Python; it must not be taken for the answer to order 1."""
        assert "done" in wrong('{"done": true}')

    def test_half_a_character_is_refused(self):
        """JSON can spell half of a surrogate pair, which no transcript could be written with."""
        assert "surrogate" in wrong('{"done": 1, "error": "\\ud800"}')
        assert "surrogate" in wrong('{"done": 1, "roster": [{"jid": "a@b", "note": "\\udfff"}]}')
        assert read_reply('{"done": 1, "error": "\\ud83d\\ude00"}') == Reply(1, "\U0001f600")

    def test_a_number_that_is_none_is_refused(self):
        """Python reads NaN and Infinity, which no other JSON reader of a transcript would."""
        assert "finite" in wrong('{"done": 1, "roster": [{"jid": "a@b", "x": NaN}]}')
        assert "finite" in wrong('{"done": 1, "roster": [{"jid": "a@b", "x": 1e999}]}')

    def test_no_nesting_is_too_deep(self):
        """However deep it is, the line is a reply, no reply, or a wrong one; nothing else is raised."""
        limit = sys.getrecursionlimit()
        outcomes = set()
        for depth in range(limit - 400, limit + 50):
            try:
                outcomes.add(type(read_reply('{"done":1,"roster":' + "[" * depth + "]" * depth + "}")))
            except ValueError as error:
                outcomes.add(type(error))
        assert outcomes == {ValueError, type(None)}

    def test_a_number_without_end_is_no_reply(self):
        """Python does not convert integers of any length."""
        assert read_reply('{"done": ' + "9" * 5000 + "}") is None

    def test_a_long_value_is_cut_in_the_sentence(self):
        """A program that prints a megabyte in the wrong place does not fill the report with it."""
        assert len(wrong(json.dumps({"done": 1, "roster": "x" * 1_000_000}))) < 200
        assert len(wrong(json.dumps({"done": 1, "roster": [{"jid": "j" * 1000, "name": ["x" * 1000]}]}))) < 300

    @given(st.text() | st.text().map(lambda text: "{" + text))
    def test_whatever_the_line(self, line: str):
        """Only a ValueError is raised, whatever a program prints."""
        try:
            reply = read_reply(line)
        except ValueError as error:
            assert type(error) is ValueError
        else:
            assert reply is None or isinstance(reply, Reply)

    @given(REPLIES)
    def test_whatever_it_says(self, said: dict[str, Any]):
        """What is taken for a reply can be written into a transcript and read back as it is."""
        try:
            reply = read_reply(json.dumps(said))
        except ValueError as error:
            assert type(error) is ValueError
            return
        if reply is not None:
            written = json.dumps(reply._asdict(), ensure_ascii=False, allow_nan=False).encode()
            assert json.loads(written)["order"] == said["done"]


class TestOtherWays:
    """The same by the control API."""

    @pytest.mark.parametrize("said", [None, [], "x", {}, {"done": None}, {"done": False}])
    def test_an_object_that_is_no_reply_is_refused(self, said: object):
        """Somebody who posts a reply has meant one."""
        with pytest.raises(ValueError, match="done"):
            as_reply(said)

    @given(JSON)
    def test_whatever_roster_is_posted(self, value: object):
        """Only a ValueError is raised; what is taken has a JID in each entry."""
        try:
            told = read_roster(value)
        except ValueError as error:
            assert type(error) is ValueError
        else:
            assert all(isinstance(entry["jid"], str) for entry in told)

    @given(st.lists(ENTRIES.map(lambda entry: {**entry, "jid": "a@b"}), max_size=3))
    def test_what_is_taken_has_the_right_kinds(self, value: list[dict[str, Any]]):
        """Whatever the values, an entry that is taken has texts where texts belong, and lists where lists do."""
        try:
            told = read_roster(value)
        except ValueError:
            return
        for entry in told:
            assert all(isinstance(entry.get(key, ""), str) for key in ("jid", "name", "subscription", "ask"))
            assert all(isinstance(one, str) for key in ("groups", "available") for one in entry.get(key, []))
            assert isinstance(entry.get("approved", True), bool)
