"""A peer from its start to its end, beside a server of our own in one memory."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from joined import DOMAIN, JULIET, NURSE, PLACE, Joined

from rosterkit import __version__
from rosterkit.core.contact_script import read_order
from rosterkit.core.jid import parse
from rosterkit.errors import ConfigError, NotTakenError
from rosterkit.net.component import ComponentConnection
from rosterkit.wire import fragments


def failure(joined: Joined) -> str:
    """The sentence with which the start has failed."""
    (reason,) = joined.ready
    assert reason.check(NotTakenError), reason
    assert joined.service.network is None and joined.clock.getDelayedCalls() == []
    return reason.getErrorMessage()  # type: ignore[no-any-return]


# A life


def test_a_contact_accepts_and_is_seen(tmp_path: Path) -> None:
    """A user of the server asks; after its time the contact accepts, and its presence comes."""
    joined = Joined(tmp_path, "after = 0.3")
    joined.start()
    user = joined.user()
    user.say(f"<presence type='subscribe' to='{NURSE}'/>")
    joined.later(0.2)
    assert user.take() == []
    joined.later(0.2)
    assert user.take() == [f"subscribed from {NURSE}", f"available from {NURSE}/rosterkit"]


def test_the_ready_line_says_what_there_is(tmp_path: Path) -> None:
    """Once, when the server has taken the component; the file has the same."""
    joined = Joined(tmp_path, ready_file=tmp_path / "ready")
    joined.start()
    assert joined.ready == [
        {
            "rosterkit": __version__,
            "pid": os.getpid(),
            "domain": DOMAIN,
            "component": {"host": "server.test", "port": 5347},
            "control": None,
        }
    ]
    assert json.loads((tmp_path / "ready").read_text()) == joined.ready[0]


def test_contacts_begin_with_the_server(tmp_path: Path) -> None:
    """What a schedule says first is heard, however late the server comes; its times are counted from there."""
    joined = Joined(tmp_path, f'schedule = [{{do = "subscribe", to = "{JULIET}"}}]')
    joined.wire.accept = None
    user = joined.user()
    joined.start(10)
    assert joined.ready == [] and len(joined.network.world.accounts) == 0
    joined.comes_up()
    joined.later(10)
    assert user.take() == [f"subscribe from {NURSE}"]


def test_a_server_that_restarts_gets_its_presence_again(tmp_path: Path) -> None:
    """The peer comes back by itself, and who has logged in meanwhile sees the contact."""
    joined = Joined(tmp_path)
    joined.start()
    joined.befriended()
    joined.goes_down()
    other = joined.user("garden")
    joined.later(5)
    assert other.take() == []
    joined.comes_up()
    joined.later(7)
    assert other.take() == [f"available from {NURSE}/rosterkit"]


def test_without_a_server_nothing_has_a_way(tmp_path: Path) -> None:
    """A contact that speaks meanwhile hears remote-server-timeout, and nothing is sent later."""
    joined = Joined(tmp_path)
    joined.start()
    user = joined.befriended()
    joined.goes_down()
    order = read_order({"do": "message", "to": JULIET, "body": "x"}, "", fragments)
    stage = joined.network.stage
    assert stage is not None
    stage.order(parse(NURSE), order, joined.network.clock.seconds())
    joined.network.play()
    joined.later()
    assert "<remote-server-timeout " in joined.passed(None)[-1]
    joined.comes_up()
    joined.later(5)
    assert "message" not in "".join(user.take())


def test_a_connection_that_breaks_is_told(tmp_path: Path) -> None:
    """Each end and each new beginning is a note of the journal, on the one connection c1."""
    joined = Joined(tmp_path)
    joined.start()
    joined.wire.cut()
    joined.later(1)
    assert joined.notes() == [
        f"{DOMAIN} is connected to {PLACE}.",
        f"{DOMAIN} is not connected to {PLACE}: the connection was lost. Next attempt in 0.2 s.",
        f"{DOMAIN} is connected to {PLACE}.",
    ]
    assert list(joined.network.connections) == ["c1"]
    assert joined.network.connections["c1"].jid == DOMAIN


def test_what_passes_is_remembered(tmp_path: Path) -> None:
    """The stream from its first header on without its secret, each stanza, and what the contact says and is told."""
    joined = Joined(tmp_path)
    joined.start()
    joined.befriended()
    passed = joined.passed("c1")
    assert [one[:22] for one in passed[:4]] == [
        "out <stream:stream xml", "in <stream:stream xmln", "out <handshake>***</ha", "in <handshake/>",
    ]  # fmt: skip
    subscribe = f"<presence from='{JULIET}' type='subscribe' to='{NURSE}'/>"
    assert passed[4] == f"in {subscribe}" and f"out {subscribe}" in joined.passed(None)
    assert f"out <presence from='{NURSE}'" in passed[5] and "type='subscribed'" in passed[5]
    assert f"from='{NURSE}/rosterkit'" in passed[6] and len(passed) == 7


def test_a_reset_lets_the_contacts_begin_anew(tmp_path: Path) -> None:
    """They know nobody; the connection stays, as the server has done nothing."""
    joined = Joined(tmp_path)
    joined.start()
    user = joined.befriended()
    joined.network.reset()
    joined.later(1)
    assert joined.wire.attempts == 1 and joined.network.account(parse(NURSE)).roster.items == {}  # type: ignore[union-attr]
    user.say(f"<presence type='probe' to='{NURSE}'/>")
    joined.later()
    assert user.take() == [f"unsubscribed from {NURSE}"]
    user.say(f"<presence type='subscribe' to='{NURSE}'/>")
    joined.later()
    assert user.take() == [f"subscribed from {NURSE}", f"available from {NURSE}/rosterkit"]


def test_any_number_of_contacts_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often what they do is committed in between."""
    monkeypatch.setattr("rosterkit.net.turns._MOST_INPUTS", 2)
    joined = Joined(tmp_path, "".join(f'["c{number}@{DOMAIN}"]\n' for number in range(1000)))
    joined.start(0.1)
    accounts = joined.network.world.accounts.values()
    assert len(accounts) == 1001 and all(account.available for account in accounts)


def test_at_its_end_the_contacts_go_offline(tmp_path: Path) -> None:
    """Who sees one is told, then the stream ends, and nothing is left to be done."""
    joined = Joined(tmp_path, f'schedule = [{{every = 1, do = "message", to = "{JULIET}"}}]')
    joined.start()
    user = joined.befriended()
    user.take()
    stopped: list[object] = []
    joined.service.stopService().addCallback(stopped.append)
    joined.later()
    assert user.take() == [f"unavailable from {NURSE}/rosterkit"]
    assert stopped == [None] and not joined.factory.connections
    assert [call for call in joined.clock.getDelayedCalls() if call.active()] == []


def test_it_can_be_stopped_before_the_server_has_taken_it(tmp_path: Path) -> None:
    """A signal while it waits: nothing has failed, and nothing goes on."""
    joined = Joined(tmp_path)
    joined.wire.accept = None
    joined.start(1)
    joined.service.stopService()
    joined.later(60)
    assert joined.ready == [] and joined.clock.getDelayedCalls() == []


# Where the server does not take it


def test_a_wrong_secret_ends_it(tmp_path: Path) -> None:
    """The sentence says where it is set, and not what it is."""
    joined = Joined(tmp_path, secret="guess")
    joined.start()
    said = failure(joined)
    assert said.startswith(f"{PLACE} refuses the secret of the component {DOMAIN}: not-authorized (")
    assert "--secret-file" in said and "guess" not in said


def test_an_unknown_domain_ends_it(tmp_path: Path) -> None:
    """Server or command: one of them has to be changed."""
    joined = Joined(tmp_path, components=())
    joined.start()
    assert failure(joined).startswith(f"{PLACE} expects no component {DOMAIN}: host-unknown")
    assert "Add it to the server's configuration, or change --component." in failure(joined)


def test_a_taken_domain_ends_it(tmp_path: Path) -> None:
    """Somebody else is there, and stays."""
    first = Joined(tmp_path)
    first.start()
    second = Joined(tmp_path)
    second.server, second.factory = first.server, first.factory
    second.factory.reactor = second.clock
    second.start()
    assert failure(second).startswith(f"{PLACE} says that the component {DOMAIN} is taken: conflict (")
    assert len(first.wire.ends) == 1 and first.wire.ends[0].open


def test_a_server_that_never_comes_ends_it(tmp_path: Path) -> None:
    """After the time that it has; until then it is tried again."""
    joined = Joined(tmp_path, wait=5)
    joined.wire.accept = None
    joined.start(4.9)
    assert joined.ready == [] and joined.wire.attempts == 5
    joined.later(0.2)
    said = failure(joined)
    assert said.startswith(f"{PLACE} has not taken the component {DOMAIN} within 5 s: nobody listens there.")
    assert "--wait SECONDS" in said


def test_what_is_wrong_later_is_tried_again(tmp_path: Path) -> None:
    """A secret that the server has forgotten may come back; nobody reads a sentence any more."""
    joined = Joined(tmp_path)
    joined.start()
    joined.server.world.expected = frozenset()
    joined.wire.cut()
    joined.later(1)
    assert "host-unknown" in joined.notes()[-1] and "Next attempt" in joined.notes()[-1]
    joined.server.world.expected = frozenset({DOMAIN})
    joined.later(3)
    assert joined.notes()[-1] == f"{DOMAIN} is connected to {PLACE}."


def test_a_port_that_is_for_clients_is_named(tmp_path: Path) -> None:
    """A server for clients speaks another namespace."""
    joined = Joined(tmp_path)

    class Clients(ComponentConnection):
        """Answers with a header for clients, and then refuses."""

        def dataReceived(self, data: bytes) -> None:
            """A header has come."""
            self.transport.write(
                b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1'>"
            )

    joined.wire.accept = lambda: Clients(joined.factory)
    joined.start()
    assert failure(joined) == (
        f"{PLACE}: What answers there is no port for components: its stream has another namespace. See in the "
        "server's configuration which port is for components, and change --component-connect."
    )


@pytest.mark.parametrize("contact", ["nurse@elsewhere.test", DOMAIN])
def test_a_contact_must_be_at_the_component_s_domain(tmp_path: Path, contact: str) -> None:
    """For others no stanza would ever come; nothing is tried."""
    joined = Joined(tmp_path)
    (tmp_path / "contacts.toml").write_text(f'["{contact}"]\n')
    joined.start()
    (reason,) = joined.ready
    assert reason.check(ConfigError) and joined.wire.attempts == 0
    assert f"{contact} cannot be a contact of the component {DOMAIN}: write NAME@{DOMAIN}" in str(reason.value)


# A domain that is shared


def test_a_shared_contact_waits_for_its_first_stanza(tmp_path: Path) -> None:
    """Until the server brings something for it, another process may be playing it."""
    joined = Joined(tmp_path, f'schedule = [{{do = "subscribe", to = "{JULIET}"}}]', shared=True)
    joined.start(60)
    assert joined.network.world.accounts == {} and joined.passed(None) == []
    user = joined.user()
    user.say(f"<message type='chat' to='{NURSE}'><body>Are you here?</body></message>")
    joined.later(1)
    assert user.take() == [f"subscribe from {NURSE}"]  # and no error: it was there when the message came
    assert f"{NURSE} is played here." in joined.notes()
    assert "Are you here?" in "".join(joined.passed(None))


def test_a_reset_sends_shared_contacts_back(tmp_path: Path) -> None:
    """They wait again, as at the beginning."""
    joined = Joined(tmp_path, shared=True)
    joined.start()
    joined.befriended()
    joined.network.reset()
    joined.later(1)
    assert joined.network.world.accounts == {}
    user = joined.user("garden")
    user.say(f"<presence type='subscribe' to='{NURSE}'/>")
    joined.later(1)
    assert f"available from {NURSE}/rosterkit" in user.take()
