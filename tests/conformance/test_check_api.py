"""The calls of the control API while cases are played, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from guests import House

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.runner.client_run import ClientRun

CASE, ACCOUNT = "rfc6121/2.1.6/spoofed-stranger", "c-2-1-6-spoofed-stranger"
OTHER, OTHER_ACCOUNT = "rfc6121/2.1.6/no-item", "c-2-1-6-no-item"
QUOTED = "rfc6121%2F2.1.6%2Fspoofed-stranger"


class Silent(ScriptedClient):
    """Answers nothing once it is online, so that its case stays under way."""

    def on_request(self, element: Any) -> None:
        """No answer."""


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A run of two cases."""
    return House(tmp_path, CASE, OTHER, orders="message")


class TestCases:
    """Which cases there are."""

    def test_all(self, house: House):
        """Each with its account, its rule, and what came of it so far."""
        status, body = house.call("GET", "/v1/cases")
        assert status == 200
        assert {case["id"]: case["account"] for case in body["cases"]} == {CASE: ACCOUNT, OTHER: OTHER_ACCOUNT}
        assert all(case["rule"] and case["words"] is None for case in body["cases"])
        assert {(case["state"], case["verdict"]) for case in body["cases"]} == {("waiting", None)}

    @pytest.mark.parametrize("name", [ACCOUNT, QUOTED])
    def test_one(self, house: House, name: str):
        """By its account or its id; first it waits, then it is played, then it is over."""
        assert house.state(name) == ("waiting", None)
        house.login(ACCOUNT, Silent)
        assert house.state(name) == ("playing", None)
        house.wait(1000)
        status, body = house.call("GET", f"/v1/cases/{name}")
        assert (status, body["id"], body["state"]) == (200, CASE, "over")
        assert body["verdict"]
        assert body["words"]

    def test_one_that_there_is_not(self, house: House):
        """404, and where to look."""
        status, body = house.call("GET", "/v1/cases/c-nothing")
        assert (status, body["problem"], body["expected"]) == (404, "is 'c-nothing'", "one of GET /v1/cases")

    @pytest.mark.parametrize(
        ("method", "path"), [("GET", "/v1/cases"), ("GET", f"/v1/cases/{ACCOUNT}"), ("PUT", "/v1/next-case")]
    )
    def test_a_query(self, house: House, method: str, path: str):
        """There is none to any of them."""
        with pytest.raises(Exception, match="is no parameter"):
            house.run.service.routes.call(method, path, {"case": CASE}, {"x": "1"})


class TestNextCase:
    """The case of the account that is the same for all."""

    def test_nobody_knows_it_before(self, house: House):
        """Before a case was chosen there is no such account."""
        with pytest.raises(AssertionError, match="no such account"):
            house.login("client")

    @pytest.mark.parametrize("name", [CASE, ACCOUNT])
    def test_it_is_the_next_one(self, house: House, name: str):
        """Whoever logs in plays it; its row is that of the case."""
        status, body = house.call("PUT", "/v1/next-case", {"case": name})
        assert (status, body["id"], body["state"]) == (200, CASE, "waiting")
        house.login("client", Silent)
        assert house.state(ACCOUNT) == ("playing", None)

    def test_one_that_is_under_way_is_over_then(self, house: House):
        """Whoever chooses another case need not wait until nobody is waited for any more."""
        house.call("PUT", "/v1/next-case", {"case": CASE})
        wire = house.login("client", Silent)
        house.call("PUT", "/v1/next-case", {"case": OTHER})
        house.carry()
        assert b"<conflict " in wire.heard
        assert house.state(ACCOUNT) == ("over", "INCONCLUSIVE")
        house.login("client", Silent)
        assert house.state(OTHER_ACCOUNT) == ("playing", None)

    def test_the_same_again(self, house: House):
        """It begins at once, for it was asked for."""
        for _ in range(2):
            house.call("PUT", "/v1/next-case", {"case": OTHER})
            wire = house.login("client")
            assert b"<jid>" in wire.heard
            wire.drop()

    @pytest.mark.parametrize(
        ("body", "status", "key"),
        [
            (None, 400, "case"),
            ({}, 400, "case"),
            ([], 400, "the body"),
            ("x", 400, "the body"),
            ({"case": 1}, 400, "case"),
            ({"case": None}, 400, "case"),
            ({"case": ["x"]}, 400, "case"),
            ({"case": "rfc6121/2.1.6"}, 404, "case"),
            ({"case": "c-2-1-6-spoofed-domain"}, 404, "case"),
            ({"case": CASE, "more": 1}, 400, "more"),
        ],
    )
    def test_bad_bodies(self, house: House, body: Any, status: int, key: str):
        """The key is named, nothing is chosen, and what is under way goes on."""
        house.call("PUT", "/v1/next-case", {"case": CASE})
        house.login("client", Silent)
        answer = house.call("PUT", "/v1/next-case", body)
        assert (answer[0], answer[1]["key"]) == (status, key)
        assert house.state(ACCOUNT) == ("playing", None)

    def test_where_programs_are_started(self, house: House):
        """409: nobody logs in by himself."""
        object.__setattr__(house.run.options, "words", ["env"])
        status, body = house.call("PUT", "/v1/next-case", {"case": CASE})
        assert status == 409
        assert "starts a program for each case" in body["sentence"]


class TestBelief:
    """What a client believes, posted by whoever drives it."""

    @pytest.mark.parametrize("wrapped", [True, False])
    def test_it_answers_the_order_for_the_roster(self, house: House, wrapped: bool):
        """The verdict rests on it."""
        wire = house.login(ACCOUNT)
        assert b"Tell the roster as you know it now." in wire.heard
        play = house.run.checking.play_of(ACCOUNT)
        assert play is not None
        entries = [
            {"jid": one.jid, "name": one.name, "groups": list(one.groups), "subscription": one.subscription}
            for one in play.scene.roster
        ]
        body = {"roster": entries} if wrapped else entries
        assert house.call("POST", f"/v1/cases/{ACCOUNT}/roster", body) == (200, {"case": CASE})
        house.carry()
        assert house.state(ACCOUNT) == ("over", "PASS")
        row = next(row for row in house.run.checking.rows() if row.case.id == CASE)
        assert row.finding.oracle.value == "report"

    @pytest.mark.parametrize(
        "body",
        [None, {}, "x", 1, {"roster": None}, {"roster": {}}, [1], [{}], [{"jid": 1}], [{"jid": "a@b", "groups": "x"}],
         [{"jid": "a@b", "groups": [1]}], [{"jid": "\ud800"}], [{"jid": "a@b", "name": float("nan")}],
         [{"jid": "a@b", "subscription": 1}]],
    )  # fmt: skip
    def test_bad_bodies(self, house: House, body: Any):
        """400 with what is wrong, and nothing is believed."""
        house.login(ACCOUNT)
        status, answer = house.call("POST", f"/v1/cases/{ACCOUNT}/roster", body)
        assert (status, answer["key"]) == (400, "roster")
        json.dumps(answer).encode()
        house.carry()
        assert house.state(ACCOUNT) == ("playing", None)

    @pytest.mark.parametrize("what", ["roster", "done"])
    @pytest.mark.parametrize("name", [ACCOUNT, QUOTED, "c-nothing", "client"])
    def test_where_nobody_plays(self, house: House, name: str, what: str):
        """404: the case is not under way, or there is none of that name."""
        status, body = house.call("POST", f"/v1/cases/{name}/{what}", [])
        assert status == 404
        assert "is not being played now" in body["sentence"]

    def test_whose_play_it_is(self, house: House):
        """An account's name means its own play, where the same case is under way for two."""
        house.login(ACCOUNT)
        house.call("PUT", "/v1/next-case", {"case": CASE})
        house.login("client")
        for name in (ACCOUNT, "client"):
            play = house.run.checking.play_of(name)
            assert play is not None
            assert play.scene.me == f"{name}@case.test"


class TestObeyed:
    """The answer to an order, posted by whoever drives the client."""

    def test_an_error(self, house: House):
        """The client does not do that, so another way is tried at once."""
        wire = house.login(ACCOUNT)
        assert house.call("POST", f"/v1/cases/{ACCOUNT}/done", {"done": 1, "error": "No."}) == (200, {"case": CASE})
        house.carry()
        assert b"Put the contact " in wire.heard

    @pytest.mark.parametrize(
        "body",
        [None, [], {}, {"done": "1"}, {"done": True}, {"done": 1, "roster": {}}, {"done": 1, "requests": 1},
         {"done": 1, "requests": ["\udfff"]}],
    )  # fmt: skip
    def test_bad_bodies(self, house: House, body: Any):
        """400 with what is wrong."""
        house.login(ACCOUNT)
        status, answer = house.call("POST", f"/v1/cases/{ACCOUNT}/done", body)
        assert (status, answer["key"]) == (400, "the body")
        json.dumps(answer).encode()


def test_the_other_calls_are_there_too(house: House) -> None:
    """Those of every server's control API."""
    assert {("GET", "/v1"), ("GET", "/v1/networks")} <= set(house.run.service.routes.all())
    assert isinstance(house.run, ClientRun)
