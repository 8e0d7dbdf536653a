"""Bodies and paths written by somebody who wants to break the server: each is taken or refused, nothing else."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from rosterkit.errors import ContactError, FallenOutError, JidError, ScriptError, StoreError
from rosterkit.net.control.api import DESCRIPTION, make_routes
from rosterkit.net.control.call import Answer, Text
from rosterkit.net.control.refusal import Refusal
from rosterkit.net.hub import Hub

FILE = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
REFUSALS = (Refusal, ScriptError, JidError, ContactError, StoreError, FallenOutError)
SEED = {
    "accounts": {"juliet": {"password": "x", "roster": {"romeo@b.test": {"subscription": "both"}}}},
    "contacts": {"nurse@c.test": {"after": 1}, "tybalt@a.test": {}},
}
PARTS = {
    "network": ["a.test", "main"],
    "account": ["juliet", "juliet@a.test", "tybalt@a.test", "x@b.test"],
    "contact": ["nurse@c.test", "tybalt@a.test", "romeo@b.test", "new@d.test"],
    "session": ["c1", "juliet@a.test"],
    "fault": ["f1"],
    "number": ["1", "3", "999999"],
}
TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        "",
        "juliet",
        "a@b",
        "a@b/c",
        "@",
        "<a/>",
        "<iq/>",
        "//x",
        "both",
        "remove",
        "accept",
        "subscribe",
        "drop",
        "any",
    ]
)
NUMBERS = st.integers(-5, 10**7) | st.floats() | st.sampled_from([10**30, -0.0, 1e308])
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
KEYS = TEXTS | st.sampled_from(
    sorted({key for schema in FILE["components"]["schemas"].values() for key in schema.get("properties", {})})
)
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=8)  # fmt: skip # noqa: E501
CALLS = [(method.upper(), path) for path, item in FILE["paths"].items() for method in item if method != "parameters"]


def body_for(method: str, path: str) -> st.SearchStrategy[Any]:
    """Any JSON, and objects with the keys that this call knows."""
    request = FILE["paths"][path][method.lower()].get("requestBody")
    if request is None:
        return st.none()
    schema = request["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = FILE["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    keys = sorted(schema.get("properties", {})) or ["answer", "after", "schedule", "resources", "pre_approves", "do"]
    return st.dictionaries(st.sampled_from(keys), JSON, max_size=4) | JSON


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, str, Any]:
    """A method, a path whose parts are mostly of things that are there, a body."""
    method, template = draw(st.sampled_from(CALLS))
    parts = [
        quote(draw(st.sampled_from(PARTS[part[1:-1]]) | TEXTS), safe="") if part.startswith("{") else part
        for part in template.split("/")
    ]
    return method, "/".join(parts), draw(body_for(method, template))


@settings(max_examples=400)
@given(st.lists(calls(), min_size=1, max_size=5))
def test_every_call_is_answered_or_refused(hostile: list[tuple[str, str, Any]]):
    """Whatever came before, and without a failure in the log; the network of somebody else is as it was."""
    failures: list[Any] = []

    def observe(event: Any) -> None:
        if "log_failure" in event:
            failures.append(event)

    globalLogPublisher.addObserver(observe)
    try:
        _call_all(hostile)
    finally:
        globalLogPublisher.removeObserver(observe)
    assert failures == []


def _call_all(hostile: list[tuple[str, str, Any]]) -> None:
    clock, hub = Clock(), Hub()
    routes = make_routes(hub, clock, lambda _: Deferred(), lambda _: None, lambda: None)
    for name in ("a.test", "bystander.test"):
        _do(routes, clock, "PUT", f"/v1/networks/{name}", SEED if name == "a.test" else {"accounts": {}})
    for method, path, body in hostile:
        if "bystander" not in path:
            _do(routes, clock, method, path, body)
        clock.advance(0)
    assert hub.networks["bystander.test"].world.accounts == {}


def _do(routes: Any, clock: Clock, method: str, path: str, body: Any) -> None:
    try:
        answer = routes.call(method, path, body)
    except REFUSALS as refused:
        assert str(refused)
        return
    if isinstance(answer, Answer):
        json.dumps(answer.body)
    elif not isinstance(answer, Text) and not callable(answer):
        _finish(ensureDeferred(answer), clock)


def _finish(deferred: Deferred[Any], clock: Clock) -> None:
    """Let a call that waits come to its end."""
    clock.pump([0, 601])
    results: list[Any] = []
    deferred.addBoth(results.append)
    if results and not isinstance(results[0], Answer):
        assert isinstance(results[0].value, REFUSALS), results[0]
