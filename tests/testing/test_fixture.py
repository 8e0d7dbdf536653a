"""A server in a child process: its start, its calls, its end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes_seen import alive, gone
from raw_client import ROSTER, RawClient

from rosterkit.testing.child import ServerError
from rosterkit.testing.domains import Unmet
from rosterkit.testing.fixture import ApiError, FixtureServer


@pytest.fixture(scope="module")
def server() -> Iterator[FixtureServer]:
    """One for all tests here."""
    with FixtureServer() as started:
        yield started


def test_a_client_is_tested_in_a_few_lines(server: FixtureServer):
    """An account, a login, a push from the server's side, and the client's answer waited for."""
    domain = server.domain()
    me = domain.account("juliet", roster={"romeo@b.test": {"subscription": "both"}})
    with RawClient(domain.host, domain.port, *me) as client:
        assert "romeo@b.test" in client.ask(ROSTER, "</iq>")
        (push,) = domain.push(me.jid, "romeo@b.test", subscription="both", name="R")
        assert "name='R'" in client.until("</iq>")
        client.say(f"<iq type='result' id='{push['id']}'/>")
        assert domain.expect(f"<iq type='result' id='{push['id']}'/>")["account"] == me.jid
        assert [session["jid"] for session in domain.sessions()] == [f"{me.jid}/r"]
    assert domain.roster("juliet")["items"]["romeo@b.test"]["name"] == "R"
    assert "name='R'" in domain.transcript
    domain.drop()


def test_what_was_expected_once_is_not_expected_again(server: FixtureServer):
    """Each wait begins after what the last one found; the failure is a sentence."""
    domain = server.domain()
    with RawClient(domain.host, domain.port, *domain.account("juliet")) as client:
        client.say("<presence/><presence type='unavailable'/>")
        domain.expect("<presence/>")
        domain.expect("/presence[@type='unavailable']")
        with pytest.raises(Unmet, match="sent nothing that matches <presence/>"):
            domain.expect("<presence/>", within=0)
        domain.expect(None, forbid=["<message/>"], within=0.01)
        client.say("<message/>")
        with pytest.raises(Unmet, match="must not come"):
            domain.expect(None, forbid=["<message/>"])


def test_two_domains_know_nothing_of_each_other(server: FixtureServer):
    """The same names in both."""
    one, other = server.domain(), server.domain()
    one.account("juliet")
    assert one.name != other.name
    with pytest.raises(ApiError, match="is not there") as refused:
        other.roster("juliet")
    assert refused.value.status == 404


def test_subscriptions_are_made_without_a_client(server: FixtureServer):
    """Each call gives the state of its own side."""
    domain = server.domain(accounts={"juliet": {"password": "x"}, "romeo": {"password": "x"}})
    assert domain.subscribe("juliet", f"romeo@{domain.name}") == "none-out"
    assert domain.subscribe("romeo", f"juliet@{domain.name}", "subscribed") == "from"
    assert domain.roster("juliet")["items"][f"romeo@{domain.name}"]["subscription"] == "to"


def test_the_inspector_can_be_opened(server: FixtureServer):
    """At the address that a test can print before it waits for a person."""
    domain = server.domain()
    assert domain.inspector is not None
    address, _, name = domain.inspector.partition("#")
    assert name == domain.name
    with urllib.request.urlopen(address) as page:
        assert b"<title>rosterkit</title>" in page.read()


def test_contacts_act_as_told(server: FixtureServer):
    """A script at the start, orders later, time moved by hand."""
    domain = server.domain()
    nurse = domain.contact("nurse@far.test", after=60)
    with RawClient(domain.host, domain.port, *domain.account("juliet")) as client:
        client.ask("<presence/>", "/>")
        client.say(f"<presence to='{nurse}' type='subscribe'/>")
        domain.expect("<presence type='subscribe'/>")
        domain.forward(60)
        client.until("type='subscribed'")
        domain.tell(nurse, "message", to=f"juliet@{domain.name}", body="hi")
        client.until("<body>hi</body>")
        domain.kick(f"juliet@{domain.name}", "policy-violation")
        client.until("<policy-violation")


def test_it_can_lie(server: FixtureServer):
    """A fault on what is real, and a push out of the blue."""
    domain = server.domain()
    me = domain.account("juliet")
    with RawClient(domain.host, domain.port, *me) as client:
        client.ask(ROSTER, "</iq>")
        assert domain.fault("push-from-full-jid", account="juliet", next=1)["id"] == "f1"
        domain.push(me.jid, "romeo@b.test")
        assert f"from='{me.jid}/r'" in client.until("</iq>")
        (push,) = domain.inject("juliet", "spoof@c.test", "push-from-stranger", name="S")
        spoofed = client.until("</iq>")
        assert "from='stranger@stranger.test'" in spoofed
        domain.expect(None, forbid=[f"<iq type='result' id='{push['id']}'/>"], within=0.01)
        domain.fault("drop")
        domain.no_faults()
        domain.push(me.jid, "paris@b.test")
        client.until("paris@b.test")


def test_after_a_reset_everything_begins_anew(server: FixtureServer):
    """What was expected before does not count, and nothing of before is asked for."""
    domain = server.domain()
    domain.seed(accounts={"juliet": {"password": "x"}})
    for _ in range(2):
        with RawClient(domain.host, domain.port, f"juliet@{domain.name}", "x") as client:
            client.say("<presence/>")
            domain.expect("<presence/>")
        domain.reset()
    assert domain.journal == []


def test_what_is_wrong_is_said_by_the_server(server: FixtureServer):
    """Also where it is the time to wait."""
    with pytest.raises(ApiError, match="within"):
        server.domain().expect("<iq/>", within="5")  # type: ignore[arg-type]


def test_it_depends_on_nothing_around_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Neither on the caller's own configuration of rosterkit nor on modules in the current folder."""
    monkeypatch.setenv("ROSTERKIT_ACCOUNTS", "me@example.org:secret")
    (tmp_path / "calendar.py").write_text("raise SystemExit('the wrong module')")
    monkeypatch.chdir(tmp_path)
    with FixtureServer() as server:
        assert server.domain().sessions() == []


def test_it_can_be_started_again(server: FixtureServer):
    """After somebody has killed it; nothing of before is there."""
    with FixtureServer() as own:
        os.kill(own.ready["pid"], signal.SIGKILL)
        os.waitid(os.P_PID, own.ready["pid"], os.WEXITED | os.WNOWAIT)
        assert not own.running
        own.start()
        assert own.running
        assert own.domain().name == "n1.test"


def test_a_wrong_option_is_said_in_the_childs_own_words():
    """At once, not after a time-out; no process stays."""
    with pytest.raises(ServerError, match="2 instead of starting") as failed:
        FixtureServer(["--no-such-option"])
    assert "no-such-option" in str(failed.value)


def test_a_port_in_use_is_said():
    """With the port and what to do."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ServerError, match="cannot be listened on"):
            FixtureServer(["--c2s-port", str(taken.getsockname()[1])])


def test_a_server_that_was_killed_is_said():
    """The next call tells it, and closing is no error."""
    with FixtureServer() as server:
        os.kill(server.ready["pid"], signal.SIGKILL)
        assert gone(server.ready["pid"])
        with pytest.raises(ServerError, match="does not answer"):
            server.domain()


def test_it_goes_with_the_tests_however_these_end():
    """Killed without a word, the process that started it leaves no server behind."""
    code = (
        "import os, sys; from rosterkit.testing.fixture import FixtureServer; "
        "print(FixtureServer().ready['pid'], flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as tests:
        assert tests.stdout is not None
        pid = int(tests.stdout.readline())
        assert alive(pid)
        tests.kill()
        tests.wait()
    assert gone(pid)
