"""Scripts and orders as they are written: what is taken and how it is given back, and what is said of the rest."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core import jid
from rosterkit.core.contact import Order, Script, Step
from rosterkit.core.contact_script import MAX_RESOURCES, MAX_STEPS, ORDERS, read_order, read_script
from rosterkit.core.fields import LONGEST, MAX_TEXT_BYTES
from rosterkit.core.markup import can_carry
from rosterkit.core.stanza import Message, Presence
from rosterkit.errors import RosterkitError, ScriptError
from rosterkit.wire import encode, fragments

JULIET = jid.parse("juliet@localhost")
WHERE = "contacts.nurse@x.test"


def read(**keys: Any) -> Script:
    """The script with these keys."""
    return read_script(keys, WHERE, fragments)


def order(do: str, **keys: Any) -> Order:
    """The order with these keys."""
    return read_order({"do": do, **keys}, WHERE, fragments)


def refused(value: object) -> ScriptError:
    """The error about a script."""
    with pytest.raises(ScriptError) as caught:
        read_script(value, WHERE, fragments)
    return caught.value


# What is taken


def test_an_empty_script_is_an_agreeable_contact() -> None:
    """Online with one resource of priority 0, accepting at once, and nothing else."""
    script = read()
    assert script == Script() and script.as_json() == {}
    (resource,) = script.resources
    assert (resource.resource, resource.priority, resource.show) == ("rosterkit", 0, None)
    assert (script.answer, script.after, script.cancel_after, script.subscribe_back_after) == (
        "accept",
        0,
        None,
        None,
    )


def test_the_short_forms() -> None:
    """One key says that something is done; a second one, where it is there, when."""
    assert read(subscribe_back=True).subscribe_back_after == 0
    assert read(subscribe_back=True, subscribe_back_after=3).subscribe_back_after == 3
    assert read(resubscribe=True).resubscribe_after == 1
    assert read(resubscribe=False, subscribe_back=False) == Script()
    assert read(pre_approves=True).pre_approves is None
    assert read(pre_approves=False).pre_approves == ()
    assert read(pre_approves=["Juliet@LOCALHOST/balcony"]).pre_approves == ("juliet@localhost",)
    assert read(resources=[]).resources == ()
    assert read(resources=[{"priority": 5}]).resources == (Order("presence", resource="rosterkit", priority=5),)


def test_a_step_without_do_is_presence() -> None:
    """A schedule is a list of orders with times; the commonest needs the fewest words."""
    script = read(schedule=[{"after": 5, "show": "away"}, {"do": "vanish"}, {"every": 60.5, "do": "unavailable"}])
    assert script.schedule == (
        Step(Order("presence", show="away"), 5),
        Step(Order("vanish")),
        Step(Order("unavailable"), 0, 60.5),
    )


WHOLE: dict[str, Any] = {
    "answer": "accept",
    "after": 1.5,
    "cancel_after": 0,
    "subscribe_back": True,
    "subscribe_back_after": 2,
    "resubscribe": True,
    "resubscribe_after": 0.5,
    "pre_approves": ["juliet@localhost"],
    "resources": [
        {"name": "a", "priority": -1, "show": "dnd", "status": "<&>", "nick": "N", "children": "<x xmlns='y'/>"}
    ],
    "schedule": [
        {"after": 1, "do": "subscribe", "to": "juliet@localhost", "nick": "Nurse", "id": "i", "status": "s"},
        {"every": 1, "do": "message", "to": "juliet@localhost/a", "body": "hi", "type": "chat", "resource": "a"},
        {"do": "stanza", "xml": "<presence type='probe' to='juliet@localhost'/>"},
        {"resource": "b", "to": "juliet@localhost"},
    ],
}  # fmt: skip


def test_a_script_is_given_back_as_it_was_read() -> None:
    """What is at its default is left out; reading it again gives the same script."""
    script = read(**WHOLE)
    told = script.as_json()
    assert "answer" not in told and told["pre_approves"] == ["juliet@localhost"]
    assert told["resources"][0] == WHOLE["resources"][0]
    assert told["schedule"][0]["to"] == "juliet@localhost"
    assert read(**told) == script
    assert read(**read(pre_approves=True, resources=[{}]).as_json()) == read(pre_approves=True, resources=[{}])


# What an order says on the wire


@pytest.mark.parametrize(
    ("wanted", "xml"),
    [
        (order("subscribe", to="juliet@localhost/x"), "<presence id='1' type='subscribe' to='juliet@localhost'/>"),
        (
            order("subscribe", to="juliet@localhost", nick="N&", children="<p xmlns='q'/>", id="7"),
            "<presence id='7' type='subscribe' to='juliet@localhost'>"
            "<nick xmlns='http://jabber.org/protocol/nick'>N&amp;</nick><p xmlns='q'/></presence>",
        ),
        (
            order("presence", show="xa", status="s", priority=-3),
            "<presence id='1'><show>xa</show><status>s</status><priority>-3</priority></presence>",
        ),
        (order("unavailable", status=""), "<presence id='1' type='unavailable'><status/></presence>"),
        (
            order("message", to="juliet@localhost/x", body="<hi>"),
            "<message id='1' to='juliet@localhost/x'><body>&lt;hi&gt;</body></message>",
        ),
        (order("stanza", xml="<message to='a@b'><x/></message>"), "<message to='a@b'><x/></message>"),
    ],
)  # fmt: skip
def test_what_an_order_says(wanted: Order, xml: str) -> None:
    """Show, status, priority, nick and children become the stanza; a subscription stanza goes to the bare JID."""
    made = wanted.made("1")
    assert encode.stanza(made, made.to.full if made.to else None).decode() == xml


def test_an_order_makes_a_new_stanza_each_time() -> None:
    """The server stamps what it is given, so no two sendings share a value."""
    for wanted in (order("presence", priority=9), order("stanza", xml="<message to='a@b'/>")):
        one, two = wanted.made("1"), wanted.made("2")
        assert one is not two and type(one) is type(two)
    assert isinstance(order("presence").made("1"), Presence)
    assert order("presence", priority=9).made("1").priority == 9  # type: ignore[union-attr]
    assert isinstance(order("message", to="a@b").made("1"), Message)


# What is refused

NOT_TAKEN = [
    ([], WHERE, "is a list", "a table"),
    (None, WHERE, "is null", "a table"),
    ("accept", WHERE, "is 'accept'", "a table"),
    ({"anwser": "accept"}, "anwser", "is no key", "one of answer, after, cancel_after"),
    ({"answer": "maybe"}, "answer", "is 'maybe'", "one of accept, refuse, ignore"),
    ({"answer": ["accept"]}, "answer", "is a list", "one of"),
    ({"after": -1}, "after", "is -1", "a number of seconds from 0 to 1000000"),
    ({"after": math.inf}, "after", "is inf", "a number of seconds"),
    ({"after": math.nan}, "after", "is nan", "a number of seconds"),
    ({"after": True}, "after", "is true", "a number of seconds"),
    ({"after": "2"}, "after", "is '2'", "a number of seconds"),
    ({"after": None}, "after", "is null", "a number of seconds"),
    ({"after": 10**6000}, "after", "is far too large", "a number of seconds"),
    ({"after": LONGEST + 1}, "after", "is 1000001", "a number of seconds"),
    ({"answer": "refuse", "cancel_after": 1}, "cancel_after", "stands beside answer 'refuse'", 'answer "accept"'),
    ({"answer": "ignore", "subscribe_back": True}, "subscribe_back", "stands beside answer 'ignore'", "answer"),
    ({"subscribe_back_after": 1}, "subscribe_back_after", "stands without subscribe_back", "subscribe_back = true"),
    ({"resubscribe_after": 1}, "resubscribe_after", "stands without resubscribe", "resubscribe = true"),
    ({"resubscribe": True, "resubscribe_after": 0}, "resubscribe_after", "is 0", "a number of seconds from 0.01"),
    ({"subscribe_back": 1}, "subscribe_back", "is 1", "true or false"),
    ({"pre_approves": "juliet@localhost"}, "pre_approves", "is 'juliet@localhost'", "a list"),
    ({"pre_approves": ["@"]}, "pre_approves.0", "is refused: '@' has nothing before its '@'", "a JID"),
    ({"pre_approves": [1]}, "pre_approves.0", "is 1", "a JID"),
    ({"pre_approves": ["a@b"] * 1001}, "pre_approves", "has 1001 members", "at most 1000"),
    ({"resources": {}}, "resources", "is a table", "a list"),
    ({"resources": [{"name": "a"}, {"name": "a"}]}, "resources.1.name", "is 'a' a second time", "a name of its own"),
    ({"resources": [{}, {}]}, "resources.1.name", "is 'rosterkit' a second time", "a name of its own"),
    ({"resources": [{"name": ""}]}, "resources.0.name", "is refused: A resource is empty", "the name of a resource"),
    ({"resources": [{"name": 1}]}, "resources.0.name", "is 1", "the name of a resource"),
    ({"resources": [{"resource": "a"}]}, "resources.0.resource", "is no key", "one of name, show"),
    ({"resources": [{"priority": 128}]}, "resources.0.priority", "is 128", "a whole number from -128 to 127"),
    ({"resources": [{"priority": 1.0}]}, "resources.0.priority", "is 1.0", "a whole number"),
    ({"resources": [{"show": "here"}]}, "resources.0.show", "is 'here'", "one of away, chat, dnd, xa"),
    ({"resources": [{"status": "\x00"}]}, "resources.0.status", "is '\\x00'", "a text of at most 10000 bytes"),
    ({"resources": [{"status": "\ud800"}]}, "resources.0.status", "is '\\ud800'", "a text"),
    ({"resources": [{"status": "é" * 5001}]}, "resources.0.status", "is 'ééé", "a text of at most 10000 bytes"),
    ({"resources": [{"children": "<a>"}]}, "resources.0.children", "is refused: ", "XML elements"),
    ({"resources": [{"children": "<!--x-->"}]}, "resources.0.children", "is refused: ", "XML elements"),
    ({"resources": [{}] * (MAX_RESOURCES + 1)}, "resources", "has 51 members", "at most 50"),
    ({"schedule": [{}] * (MAX_STEPS + 1)}, "schedule", "has 1001 members", "at most 1000"),
    ({"schedule": [{"do": "dance"}]}, "schedule.0.do", "is 'dance'", "one of subscribe, subscribed"),
    ({"schedule": [{"do": None}]}, "schedule.0.do", "is null", "one of subscribe"),
    ({"schedule": [{"every": 0}]}, "schedule.0.every", "is 0", "a number of seconds from 0.01"),
    ({"schedule": [{"do": "subscribe"}]}, "schedule.0.to", "is missing", "the JID of whom"),
    ({"schedule": [{"do": "message", "body": "x"}]}, "schedule.0.to", "is missing", "the JID"),
    ({"schedule": [{"do": "stanza"}]}, "schedule.0.xml", "is missing", "one stanza"),
    ({"schedule": [{"do": "stanza", "xml": "<a/>"}]}, "schedule.0.xml", "is refused: It is no iq", "one stanza"),
    ({"schedule": [{"do": "vanish", "to": "a@b"}]}, "schedule.0.to", "is no key", "one of do, after, every"),
    ({"schedule": [{"do": "subscribe", "to": "a@b", "show": "xa"}]}, "schedule.0.show", "is no key", "one of do"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "key", "problem", "expected"), NOT_TAKEN)
def test_what_is_wrong_is_said_with_its_place(value: object, key: str, problem: str, expected: str) -> None:
    """The error names the dotted key, the problem and what is taken, each alone and in one sentence."""
    error = refused(value)
    assert error.key == (key if key == WHERE else f"{WHERE}.{key}")
    assert error.problem.startswith(problem)
    assert error.expected.startswith(expected)
    assert str(error) == f"{error.key} {error.problem}; it takes {error.expected}."
    assert isinstance(error, RosterkitError) and isinstance(error, ValueError) and len(str(error)) < 600


def test_an_order_says_what_is_to_be_done() -> None:
    """Only in a schedule may `do` be left out, and only there do orders have times."""
    for value, key in (
        ({"show": "away"}, "do"),
        ({"do": "presence", "after": 1}, "after"),
        ({"do": "presence", "x": 1}, "x"),
    ):
        with pytest.raises(ScriptError) as caught:
            read_order(value, "", fragments)
        assert caught.value.key == key


@pytest.mark.parametrize("do", ORDERS)
def test_every_order_has_exactly_its_keys(do: str) -> None:
    """A key of another order is refused, one of its own is taken."""
    values: dict[str, Any] = {"to": "juliet@localhost", "type": "chat", "show": "xa", "priority": 1, "xml": "<iq/>"}
    keys = {key for keys in ORDERS.values() for key in keys}
    needed = {
        key: values[key] for key in ("to", "xml") if key in ORDERS[do] and do not in ("presence", "unavailable")
    }
    for key in keys:
        value = {**needed, key: values.get(key, "<a/>" if key == "children" else "text")}
        if key in ORDERS[do]:
            assert order(do, **value).do == do
        else:
            with pytest.raises(ScriptError, match=f"{key} is no key"):
                order(do, **value)


# Whatever somebody writes

TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(
    ["accept", "ignore", "a@b", "<x/>", "xa", "subscribe", "message", "stanza", "<iq/>", "x" * (MAX_TEXT_BYTES + 1)]
)  # fmt: skip
NAMES = st.sampled_from(
    sorted({*Script.__dataclass_fields__, *(k for keys in ORDERS.values() for k in keys), "do", "name"})
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | TEXTS, inner, max_size=5),
    max_leaves=12,
)
SCRIPTS = st.dictionaries(NAMES, JSON, max_size=4) | JSON


@given(SCRIPTS)
def test_any_value_is_a_script_or_an_error(value: object) -> None:
    """Nothing else is ever raised, what is taken is given back the same, and all of it can be sent."""
    try:
        script = read_script(value, WHERE, fragments)
    except ScriptError as error:
        assert error.key.startswith(WHERE) and str(error).endswith(".")
        return
    assert read_script(script.as_json(), WHERE, fragments) == script
    for made in [*script.resources, *(step.order for step in script.schedule)]:
        stanza = made.made("1")
        assert can_carry(encode.stanza(stanza, None).decode())


ORDER_KEYS = dict.fromkeys(("to", "xml", "show", "children", "resource"), JSON)


@given(st.fixed_dictionaries({"do": st.sampled_from(list(ORDERS))}, optional=ORDER_KEYS))
def test_any_order_is_one_or_an_error(value: dict[str, Any]) -> None:
    """The same of orders."""
    try:
        wanted = read_order(value, WHERE, fragments)
    except ScriptError:
        return
    assert read_order(wanted.as_json(), WHERE, fragments) == wanted
