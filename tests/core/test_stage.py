"""The stage: who may stand on it, in which order everything happens, and what a shell must do for it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig import Rig
from scene import TYPES
from staged import JULIET, LOCAL, REMOTE, Staged

from rosterkit.core import jid, stage
from rosterkit.core.commands import AddAccount
from rosterkit.core.contact import Script
from rosterkit.core.contact_script import read_script
from rosterkit.core.credentials import Keys
from rosterkit.core.effects import Close, Effect, Save, SaveAccount, Send
from rosterkit.core.far import FarLink
from rosterkit.core.seed import in_state, mirrored
from rosterkit.core.stage import Stage
from rosterkit.core.state import Session, Visitor
from rosterkit.core.subscription import State
from rosterkit.errors import STREAM_INTERNAL_SERVER_ERROR, ContactError
from rosterkit.wire import fragments

WHERE = pytest.mark.parametrize("who", [LOCAL, REMOTE], ids=["local", "remote"])
KEYS = {"SCRAM-SHA-1": Keys(b"salt", 4096, b"stored", b"server")}


# Who may stand on it


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("nurse@component.test", "A component answers for component.test"),
        ("nurse@expected.test", "A component answers for expected.test"),
        ("real@localhost", "real@localhost is an account with a password"),
        ("guest@localhost", "guest@localhost is an account with a password"),
        ("nurse@x.test/a", "nurse@x.test/a has a resource"),
        ("localhost", "localhost is the network itself"),
    ],
)
def test_nobody_takes_the_place_of_somebody_real(who: str, said: str) -> None:
    """A component, expected or there, an account of somebody, the domain itself: a sentence, no change."""
    rig = Staged(expected=["expected.test"])
    rig.component("component.test")
    rig.apply(rig.server.command(AddAccount(jid.parse("real@localhost"), KEYS), 0.0))
    rig.apply(rig.server.command(AddAccount(jid.parse("guest@localhost"), {}), 0.0))
    rig.connect("guest@localhost")
    with pytest.raises(ContactError, match=said):
        rig.contact(who)
    assert list(rig.playing.contacts) == list(rig.playing.domains) == [] and rig.playing.wakes_at is None


@pytest.mark.parametrize("domain", ["localhost", "component.test"])
def test_only_a_domain_of_nobody_becomes_remote(domain: str) -> None:
    """The network's own and a component's are refused."""
    rig = Staged()
    rig.component("component.test")
    with pytest.raises(ContactError, match=domain):
        rig.playing.serve(domain)


def test_a_remote_domain_needs_no_contact() -> None:
    """It answers as soon as it is served; asking again is no error."""
    rig = Staged()
    client = rig.login("juliet")
    for _ in range(2):
        rig.playing.serve("far.test")
        rig.play()
    client.iq("get", "<ping xmlns='urn:xmpp:ping'/>", "far.test")
    assert client.seen() == ["result 1"] and list(rig.playing.domains) == ["far.test"]


@WHERE
def test_what_is_known_of_a_contact(who: str) -> None:
    """Its script, its roster, and with what it is online."""
    rig = Staged()
    address = jid.parse(who)
    assert rig.playing.contact(address) is rig.playing.account(address) is None
    rig.contact(who, resources=[{"name": "a"}, {"name": "b"}])
    contact, account = rig.playing.contact(address), rig.playing.account(address)
    assert contact is not None and account is not None and list(rig.playing.contacts) == [who]
    assert (contact.jid, contact.remote) == (address, who == REMOTE)
    assert contact.script.as_json() == {"resources": [{"name": "a"}, {"name": "b"}]}
    assert list(account.sessions) == ["a", "b"] and account.credentials == {}
    assert (who in rig.world.accounts) == (who == LOCAL)


def test_an_account_that_was_stored_is_taken_over() -> None:
    """A local contact that was there before a restart keeps what it held."""
    rig = Staged()
    rig.contact(LOCAL, answer="ignore")
    rig.login("juliet").presence("subscribe", LOCAL)
    after = Staged(())
    after.server.load(rig.store.load())
    after.store = rig.store
    client = after.login("juliet")
    after.contact(LOCAL)
    assert client.seen()[0] == f"presence subscribed from {LOCAL}"


# How it changes


@WHERE
def test_another_script_begins_anew(who: str) -> None:
    """The contact goes offline, what it was about to do is forgotten, what it holds stays."""
    rig = Staged()
    client = rig.login("juliet")
    rig.contact(who, after=5)
    client.presence("subscribe", who)
    client.take()
    rig.contact(who, after=2, pre_approves=True)
    assert client.seen()[0] == f"presence subscribed from {who}"
    rig.contact(who, resources=[{"name": "new"}])
    assert client.seen()[-2:] == [f"presence unavailable from {who}/rosterkit", f"presence available from {who}/new"]
    account = rig.playing.account(jid.parse(who))
    assert account is not None and not account.grants
    assert not rig.playing.add_contact(jid.parse(who), Script(), rig.now)


@WHERE
def test_a_removed_contact_says_good_bye(who: str) -> None:
    """Whoever knows it is told as of a removed entry; nothing is left of it (§2.5.2)."""
    rig = Staged()
    client = rig.login("juliet")
    rig.contact(who, schedule=[{"after": 5, "show": "away"}])
    client.presence("subscribe", who)
    client.take()
    rig.playing.remove_contact(jid.parse(who), rig.now)
    rig.play()
    assert client.seen() == [
        f"presence unavailable from {who}/rosterkit",
        f"presence unsubscribed from {who}",
        f"push {who} subscription=none ask=no",
    ]
    assert rig.playing.wakes_at is None and rig.playing.account(jid.parse(who)) is None
    client.message(who)
    assert client.seen() == [f"message error service-unavailable from {who}"]
    with pytest.raises(KeyError):
        rig.playing.remove_contact(jid.parse(who), rig.now)


@WHERE
def test_a_contact_that_is_removed_and_added_in_one_turn_is_new(who: str) -> None:
    """Nothing of the old one is left, and its streams that end do not end the new one's."""
    rig = Staged()
    client = rig.login("juliet")
    rig.contact(who)
    client.presence("subscribe", who)
    client.take()
    rig.playing.remove_contact(jid.parse(who), rig.now)
    rig.contact(who, answer="ignore", resources=[{"name": "new"}])
    assert rig.holds(who) in (State.NONE, State.FROM)
    client.presence("unsubscribe", who)
    client.take()
    rig.tell(who, "presence", to=f"{JULIET}/a")
    assert client.seen() == [f"presence available from {who}/new"]


@WHERE
def test_orders_before_it_has_begun_are_kept(who: str) -> None:
    """A shell may give them in the same breath; one for nobody is a KeyError."""
    rig = Staged()
    client = rig.login("juliet")
    address = jid.parse(who)
    rig.playing.add_contact(address, Script(), rig.now)
    order = read_script({"schedule": [{"do": "subscribe", "to": JULIET}]}, "", fragments).schedule[0].order
    rig.playing.order(address, order, rig.now)
    rig.play()
    assert client.seen() == [f"presence subscribe from {who}"]
    with pytest.raises(KeyError):
        rig.playing.order(jid.parse("nobody@localhost"), order, rig.now)


def test_a_contact_whose_account_cannot_be_stored_is_forgotten() -> None:
    """It is not there afterwards, and can be added again."""
    rig = Staged()
    rig.playing.add_contact(jid.parse(LOCAL), Script(), rig.now)
    assert [made.method for made in rig.playing.run(0.0)] == ["command"]
    rig.play()
    assert list(rig.playing.contacts) == [] and rig.playing.wakes_at is None
    rig.contact(LOCAL)
    assert list(rig.playing.contacts) == [LOCAL]


# In which order things happen


class Patient(Staged):
    """A rig whose turns hold one input each: of what a run gives, the rest waits for the next run."""

    def play(self) -> None:
        """Run the stage until nothing is due."""
        if self._playing:
            return
        self._playing = True
        while (at := self.playing.wakes_at) is not None and at <= self.now:
            made = next(self.playing.run(self.now), None)
            if made is not None:
                self.apply(made.do(self.server, self.now))
        self._playing = False


@WHERE
@pytest.mark.parametrize("kind", [Staged, Patient])
def test_a_kept_request_is_answered_once_however_turns_fall(who: str, kind: type[Staged]) -> None:
    """Each resource that comes online gets the request again; the answer waits until all have come."""
    rig = kind()
    client = rig.login("juliet")
    client.presence("subscribe", who)
    rig.contact(who, resources=[{"name": name} for name in "abcd"], cancel_after=0)
    assert len(rig.said(who, "subscribed")) == len(rig.said(who, "unsubscribed")) == 1
    assert rig.holds(who) is mirrored(rig.state("juliet", who)) is State.NONE


def test_a_run_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left waits for the next one, which is due at once; nothing is lost or changes its place."""
    scripts = {f"c{number}@far.test": {"schedule": [{"after": 1}]} for number in range(20)}
    seen = []
    for most in (1000, 2):
        monkeypatch.setattr(stage, "_MOST_STEPS", most)
        rig = Staged()
        client = rig.login("juliet")
        for who, script in scripts.items():
            rig.contact(who, **script)
            client.presence("subscribe", who)
        client.take()
        rig.later(1)
        seen.append(client.seen())
    assert seen[0] == seen[1] and len(seen[0]) == 20
    rig.playing.deliver(Close(Visitor("localhost"), STREAM_INTERNAL_SERVER_ERROR))
    assert rig.playing.wakes_at == 0


@pytest.mark.parametrize("pair", [(LOCAL, "paris@localhost"), (REMOTE, "paris@farther.test"), (LOCAL, REMOTE)])
def test_contacts_know_each_other(pair: tuple[str, str]) -> None:
    """At home, elsewhere and across: a robot is answered by a robot."""
    rig = Staged()
    for who in pair:
        rig.contact(who, subscribe_back=True)
    rig.tell(pair[0], "subscribe", to=pair[1])
    assert rig.holds(pair[0], pair[1]) is rig.holds(pair[1], pair[0]) is State.BOTH


@pytest.mark.parametrize("pair", [(LOCAL, "paris@localhost"), (REMOTE, "paris@farther.test"), (LOCAL, REMOTE)])
def test_two_contacts_that_never_agree_let_time_pass(pair: tuple[str, str]) -> None:
    """One asks again and again, the other cancels each time: once in each pause, never in an endless moment."""
    rig = Staged()
    rig.contact(pair[0], resubscribe=True, resubscribe_after=0.01)
    rig.contact(pair[1], cancel_after=0)
    rig.tell(pair[0], "subscribe", to=pair[1])
    rig.later(1)
    assert 90 <= len(rig.said(pair[0], "subscribe")) <= 110


def test_nothing_of_the_far_world_is_saved() -> None:
    """A remote contact costs the store nothing but what its user's roster says."""
    rig = Staged()
    client = rig.login("juliet")
    rig.contact(REMOTE, subscribe_back=True)
    client.presence("subscribe", REMOTE)
    client.presence("subscribed", REMOTE)
    assert [account.jid for account in rig.store.load() if account.jid.endswith("far.test")] == []
    assert rig.state("juliet", REMOTE) is State.BOTH


# What a shell must do


def test_every_effect_for_a_contact_has_no_peer() -> None:
    """That is how a shell knows it: sends and closes only; nobody is sent a roster or a push there."""
    rig = Rig()
    playing = Stage(rig.world)
    for who in (LOCAL, REMOTE):
        playing.add_contact(jid.parse(who), Script(), 0.0)
    effects: list[Effect] = []
    for _ in range(5):
        effects += [effect for made in playing.run(0.0) for effect in made.do(rig.server, 0.0)]
        rig.server.commit()
    sends = [effect for effect in effects if not isinstance(effect, Save | SaveAccount)]
    assert sends and all(isinstance(effect, Send) and effect.link.peer is None for effect in sends)


def test_a_stream_that_the_server_ends_is_over_for_the_robot() -> None:
    """After a failure of the rules a session is closed; a remote domain comes back by itself."""
    rig = Staged()
    client = rig.login("juliet")
    rig.contact(LOCAL)
    rig.contact(REMOTE)
    client.presence("subscribe", LOCAL)
    account = rig.playing.account(jid.parse(LOCAL))
    assert account is not None
    session, far = account.sessions["rosterkit"], rig.world.components["far.test"]
    for link in (session, far):
        rig.apply([*rig.server.lose(link, 0.0), Close(link, STREAM_INTERNAL_SERVER_ERROR)])
    assert rig.world.components["far.test"] is far and isinstance(far, FarLink)
    client.take()
    rig.tell(LOCAL, "presence")
    assert client.seen() == [f"presence available from {LOCAL}/rosterkit"]
    rig.playing.deliver(Close(session, STREAM_INTERNAL_SERVER_ERROR))  # the old stream's end is not the new one's
    rig.play()
    rig.tell(LOCAL, "unavailable")
    assert client.seen() == [f"presence unavailable from {LOCAL}/rosterkit"]


def test_a_failure_in_the_far_world_leaves_it_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell hears of it, what was half done is taken back, and the next input is as good as ever."""
    rig = Staged()
    client = rig.login("juliet")
    rig.contact(REMOTE, pre_approves=True)

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as broken:
        broken.setattr("rosterkit.core.presence.show", fail)  # after the roster has been changed
        with pytest.raises(RuntimeError):
            client.presence("subscribe", REMOTE)
    rig._playing = False
    assert rig.holds(REMOTE) is State.NONE
    client.presence("subscribe", REMOTE)
    assert rig.holds(REMOTE) is State.FROM


def test_the_observer_is_shown_everything_once_with_its_addresses() -> None:
    """What is said has the sender that the server will stamp, and looking at it changes nothing."""
    rig = Staged()
    client = rig.login("juliet")
    rig.contact(REMOTE)
    rig.heard.clear()
    client.presence("subscribe", REMOTE, id="s")
    assert [(direction, xml) for direction, _, xml in rig.heard] == [
        ("out", f"<presence from='{JULIET}' id='s' type='subscribe' to='{REMOTE}'/>"),
        ("in", f"<presence from='{REMOTE}/rosterkit' id='id8' type='subscribed' to='{JULIET}'/>"),
    ]


def test_vanishing_is_for_a_session_that_is_there() -> None:
    """It is taken out of the tables and nobody hears of it; a second time, or of another link, nothing happens."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    account = rig.account("juliet")
    stray = Session(account, client.jid)
    assert rig.server.vanish(stray, 0.0) == [] and account.sessions == {"a": client.link}
    assert rig.server.vanish(client.link, 0.0) == [] and account.sessions == {}
    rig.server.roll_back()
    assert account.sessions == {"a": client.link}
    for _ in range(2):
        rig.apply(rig.server.vanish(client.link, 0.0))
    client.leave()
    client.presence("unavailable")
    assert account.sessions == {} and other.seen() == client.seen() == []


# Whatever happens

SECONDS = st.sampled_from([0, 1, 2.5])
SCRIPTS = st.fixed_dictionaries(
    {"answer": st.sampled_from(["accept", "refuse", "ignore"]), "after": SECONDS},
    optional={
        "resubscribe": st.booleans(),
        "pre_approves": st.sampled_from([True, [JULIET], []]),
        "resources": st.sampled_from([[], [{"name": "a"}, {"name": "b"}]]),
        "schedule": st.lists(
            st.fixed_dictionaries(
                {
                    "after": SECONDS,
                    "do": st.sampled_from(["presence", "unavailable", "vanish", "disconnect", "connect"]),
                },
                optional={"every": st.sampled_from([1, 3])},
            ),
            max_size=3,
        ),
    },
) | st.fixed_dictionaries({"cancel_after": SECONDS, "subscribe_back": st.booleans()})
MOVES = st.lists(
    st.tuples(st.just("user"), st.sampled_from([*TYPES, "remove", "offline", "online"]))
    | st.tuples(st.just("contact"), st.sampled_from([*TYPES, "presence", "vanish", "disconnect"]))
    | st.tuples(st.just("time"), SECONDS),
    max_size=25,
)  # fmt: skip


@given(who=st.sampled_from([LOCAL, REMOTE]), script=SCRIPTS, start=st.sampled_from(State), moves=MOVES)
def test_both_sides_agree_whatever_happens(
    who: str, script: dict[str, object], start: State, moves: list[tuple[str, str]]
) -> None:
    """Any script, any beginning, anything done by either: the two rosters are always each other's mirror."""
    rig = Staged()
    item, kept = in_state(who, start)
    roster = rig.account("juliet").roster
    if item is not None:
        roster = roster.with_item(item, "v", 10)
    rig.account("juliet").roster = roster.with_request(who, kept) if kept is not None else roster
    numbers = itertools.count()
    client = rig.login("juliet", "r")
    rig.contact(who, **script)
    for side, what in moves:
        if side == "time":
            rig.later(what)  # type: ignore[arg-type]
        elif side == "contact":
            rig.tell(who, what, **({"to": JULIET} if what in TYPES else {}))
        elif what == "remove":
            client.set_item(f"<item jid='{who}' subscription='remove'/>")
        elif what == "offline":
            client.leave()
        elif what == "online":
            client = rig.login("juliet", f"r{next(numbers)}")
        else:
            client.presence(what, who)
        assert rig.holds(who) is mirrored(rig.state("juliet", who))
    rig.later(5)
    assert rig.holds(who) is mirrored(rig.state("juliet", who))
