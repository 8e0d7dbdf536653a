"""A scenario that was exported is met by a client that does the same, and not by one that does not."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from obedient import Clients, Obedient
from raw_client import RawClient
from test_pytest_plugin import COMMAND
from twisted.internet.defer import Deferred, fail, succeed

from rosterkit.errors import ScenarioError
from rosterkit.testing.domains import Account, ApiError, NeverCame, Unmet
from rosterkit.testing.fixture import FixtureServer
from rosterkit.testing.in_process import InProcessServer
from rosterkit.testing.playing import load_scenario
from rosterkit.testing.sequence import in_turn

HOSTILE = "</script>'\"{domain}\u202e\n\\"


@pytest.fixture(scope="module")
def server() -> Iterator[FixtureServer]:
    """One for all of them; each has domains of its own."""
    with FixtureServer() as server:
        yield server


def recorded(server: FixtureServer, query: str = "") -> Any:
    """The scenario of a client that was pushed three entries by different calls, one with a hostile name."""
    domain = server.domain(accounts={"juliet": {"password": "xyz", "roster": {"old@b.test": {"subscription": "to"}}}})
    domain.account("nurse", "other")
    with Clients(domain) as clients:
        clients.start(Account(f"juliet@{domain.name}", "xyz"))
        domain.expect("<presence/>")
        push = domain.push("juliet", f"romeo@{domain.name}", name=HOSTILE.replace("\n", " "))[0]
        domain.expect(f"<iq type='result' id='{push['id']}'/>")
        push = domain.remove("juliet", "old@b.test")[0]
        domain.expect(f"<iq type='result' id='{push['id']}'/>")
        return server.call("GET", f"/networks/{domain.name}/scenario{query}")


def test_what_was_recorded_is_met_by_a_client_that_does_the_same(server: FixtureServer):
    """Step by step, on a domain of another name; what is exported of that play is the same scenario."""
    scenario = recorded(server)
    assert [next(iter(step)) for step in scenario["steps"]] == [
        "call", "client", "expect", "expect", "call", "expect_answer", "call", "expect_answer",
    ]  # fmt: skip
    domain = server.domain()
    told: list[int] = []
    with Clients(domain) as clients:
        domain.play(scenario, clients.start, lambda number, _: told.append(number))
        again = server.call("GET", f"/networks/{domain.name}/scenario")
    assert told == list(range(1, 9))
    assert again == scenario
    assert domain.roster("juliet")["items"][f"romeo@{domain.name}"]["name"] == HOSTILE.replace("\n", " ")


def test_a_client_that_ignores_pushes_does_not_meet_it(server: FixtureServer):
    """The sentence names the step, and what came nearest."""
    scenario = recorded(server)
    for step in scenario["steps"]:
        step.update({"within": 0.3} if "expect_answer" in step else {})
    domain = server.domain()
    with (
        Clients(domain, deaf=True) as clients,
        pytest.raises(Unmet, match="Step 6, juliet answers the push of step 5"),
    ):
        domain.play(scenario, clients.start)


def test_two_clients_may_speak_in_another_order(server: FixtureServer):
    """What one account has said is not passed over because another was heard first."""
    domain = server.domain(accounts={"juliet": {"password": "secret"}, "romeo": {"password": "secret"}})
    with Clients(domain) as clients:
        for name in ("juliet", "romeo"):
            clients.start(Account(f"{name}@{domain.name}", "secret"))
            domain.expect_client(name, "available")
        for name in ("romeo", "juliet"):
            domain.expect("<presence/>", account=name, within=0)
        with pytest.raises(Unmet):
            domain.expect("<presence/>", within=0)


def test_another_client_is_waited_for_beside_the_first(server: FixtureServer):
    """Also in the exported test, which counts them; what the first one is does not count for the second."""
    domain = server.domain(accounts={"juliet": {"password": "secret"}})
    account = Account(f"juliet@{domain.name}", "secret")
    with Clients(domain) as clients:
        clients.start(account)
        domain.expect_client("juliet", "interested")
        with pytest.raises(NeverCame, match="no client"):
            domain.expect_client("juliet", "interested", count=2, within=0.05)
        with RawClient(domain.host, domain.port, *account, resource="other"):
            with pytest.raises(NeverCame, match="was interested; it is connected"):
                domain.expect_client("juliet", "interested", count=2, within=0.05)
            domain.expect_client("juliet", "connected", count=2)
            domain.call("POST", "accounts/juliet/push", {"item": {"jid": "x@b.test"}})
            scenario = server.call("GET", f"/networks/{domain.name}/scenario")
            text = server.call("GET", f"/networks/{domain.name}/scenario?form=pytest")
    second = [step for step in scenario["steps"] if "client" in step][1]
    assert second == {"client": "juliet", "another": True, "until": ["connected"], "within": 10}
    assert 'domain.expect_client("juliet", "connected", count=2, within=10)' in text


def test_nobody_who_comes_is_told_from_somebody_who_fails(server: FixtureServer):
    """A client that never logs in, and one that never asks for its roster."""
    scenario = recorded(server)
    scenario["steps"][1]["within"] = 0.2
    domain = server.domain()
    with pytest.raises(NeverCame, match=r"Step 2, .*no client of juliet@.* has logged in"):
        domain.play(scenario)
    with pytest.raises(NeverCame, match="was interested and available; it is connected"):
        domain.play(scenario, lambda account: RawClient(domain.host, domain.port, *account))


def test_a_selection_keeps_what_was_called_before_it(server: FixtureServer):
    """The state is the same, nothing is expected but what was chosen, and that is met."""
    whole = recorded(server)
    first = next(n for n, step in enumerate(whole["steps"]) if "expect_answer" in step)
    domain = server.domain()
    with Clients(domain) as clients:
        domain.play(whole, clients.start)
        last = next(entry for entry in reversed(domain.journal) if entry["kind"] == "call")["number"]
        chosen = server.call("GET", f"/networks/{domain.name}/scenario?since={last - 2}")
        nothing = server.call("GET", f"/networks/{domain.name}/scenario?since=99999999")
    assert [next(iter(step)) for step in chosen["steps"]] == ["call", "client", "call", "call", "expect_answer"]
    assert [next(iter(step)) for step in nothing["steps"]] == ["call", "call", "call"]
    assert first == 5
    with Clients(domain) as clients:
        domain.play(chosen, clients.start)


def test_a_file_is_played_by_the_fixture(server: FixtureServer, tmp_path: Path):
    """By its path; on a domain that is gone afterwards."""
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(recorded(server)))
    clients: list[Obedient] = []
    server.play(path, lambda domain, account: clients.append(Obedient(domain, account)))
    (client,) = clients
    client.close()


def test_a_client_that_is_cut_comes_back(server: FixtureServer):
    """The session is named by its account; the same client comes again and is not started twice."""
    domain = server.domain(accounts={"juliet": {"password": "secret"}})
    with Clients(domain) as clients:
        for _ in range(2):
            clients.start(Account(f"juliet@{domain.name}", "secret"))
            domain.expect("<presence/>")
            domain.cut(f"juliet@{domain.name}")
    scenario = server.call("GET", f"/networks/{domain.name}/scenario")
    kinds = [step.get("client") or step.get("path") or "said" for step in scenario["steps"]]
    cut = "sessions/juliet@home.example/cut"
    assert kinds == ["juliet", "said", "said", cut, "juliet", "said", "said", cut]
    assert not any(step.get("another") for step in scenario["steps"])


def test_the_exported_test_passes(server: FixtureServer, tmp_path: Path):
    """With a client in the marked place; without one it fails and says who is missing."""
    text = recorded(server, "?form=pytest")
    before, place, after = text.partition("    domain.expect_client(")
    assert before.rstrip().endswith("certificate to be trusted.")
    start = '    Obedient(domain, (f"juliet@{domain.name}", "secret"))\n'
    folder = str(Path(__file__).parent)
    path = f"import sys\n\nsys.path.insert(0, {folder!r})\nfrom obedient import Obedient\n"
    (tmp_path / "test_with.py").write_text(path + before + start + place + after)
    (tmp_path / "test_without.py").write_text(text.replace("within=10", "within=0.2"))
    ended = subprocess.run([*COMMAND, str(tmp_path)], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert "1 failed, 1 passed" in ended.stdout, ended.stdout
    assert "NeverCame: Within 0.2 s no client of juliet@" in ended.stdout


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "takes a table"),
        ('{"rosterkit": "report"}', "rosterkit does not say 'scenario'"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str, sentence: str):
    """With its name and a sentence."""
    path = tmp_path / "wrong.json"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=sentence) as raised:
        load_scenario(path)
    assert str(path) in str(raised.value)


def test_what_the_server_does_not_take_is_a_wrong_scenario(server: FixtureServer):
    """A network, a body, a pattern; what only does not fit the state is unmet."""
    document: dict[str, Any] = {
        "rosterkit": "scenario", "version": 1, "domains": ["home.example"], "steps": [],
        "network": {"accounts": {"juliet": {"password": "x"}}},
    }  # fmt: skip
    domain = server.domain()
    with pytest.raises(ScenarioError, match="The network of the scenario is refused: nonsense"):
        domain.play({**document, "network": {"nonsense": 1}})
    for step, error, sentence in (
        ({"call": "POST", "path": "clock", "body": {"forward": "x"}}, ScenarioError, "Step 1, POST clock: forward"),
        ({"expect": "<iq", "account": "juliet"}, ScenarioError, "match is not well-formed"),
        ({"call": "POST", "path": "sessions/juliet@home.example/cut"}, Unmet, "session"),
    ):
        with pytest.raises(error, match=sentence):
            domain.play({**document, "steps": [step]})


@pytest_twisted.ensureDeferred
async def test_in_the_same_process_it_gives_a_deferred() -> None:
    """That fires at the end, and fails with the step that is not met."""
    server = await InProcessServer().start()
    try:
        domain = await server.domain()
        document = {
            "rosterkit": "scenario", "version": 1, "domains": ["home.example"],
            "network": {"accounts": {"juliet": {"password": "x"}}},
            "steps": [{"call": "PUT", "path": "accounts/juliet/roster/x@home.example", "body": {}}],
        }  # fmt: skip
        await domain.play(document)
        assert list((await domain.roster("juliet"))["items"]) == [f"x@{domain.name}"]
        document["steps"] += [{"expect": "<presence/>", "account": "juliet", "within": 0.01}]  # type: ignore[operator]
        with pytest.raises(Unmet, match="Step 2"):
            await domain.play(document)
    finally:
        await server.stop()


def test_calls_in_turn_are_the_same_for_what_comes_later():
    """Values and errors reach the generator either way."""

    def steps(give: Any, refuse: Any) -> Any:
        first = yield give(1)
        try:
            yield refuse(ApiError(400, "no"))
        except ApiError:
            first += 1
        return first + (yield give(2))

    def raising(error: Exception) -> Any:
        raise error

    assert in_turn(steps(lambda value: value, lambda error: 0)) == 3
    many: list[int] = []
    in_turn(steps_of(5_000, succeed)).addCallback(many.append)
    assert many == [5_000]
    found: list[int] = []
    later: Deferred[Any] = in_turn(steps(succeed, fail))
    later.addCallback(found.append)
    assert found == [4]


def steps_of(count: int, give: Any) -> Any:
    """So many calls, all of which have answered already."""
    total = 0
    for _ in range(count):
        total += yield give(1)
    return total
