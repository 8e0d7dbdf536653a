"""A play, step by step, on a fake wire: what each step gives, how long it waits, and how a play ends."""

from __future__ import annotations

from typing import Any

import pytest
from playing import PATIENCE, Person, Playing

from rosterkit.conformance.case import judged
from rosterkit.conformance.evidence import is_roster_get, is_roster_set
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.orders import Order
from rosterkit.conformance.runner import network
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import (
    Ask,
    Await,
    Break,
    Do,
    Fence,
    Give,
    Hold,
    LogIn,
    Release,
    Remember,
    Say,
    Script,
    Strike,
    Stuck,
    SwitchAccount,
    Tell,
    online,
)
from rosterkit.conformance.stanzas import item, push
from rosterkit.conformance.verdicts import Verdict
from rosterkit.core import jid
from rosterkit.core.commands import PutEntry
from rosterkit.core.roster import Item


def verdict(playing: Playing) -> Verdict:
    """What the case comes to."""
    return judged(playing.play.case, playing.play.evidence()).verdict


def _edit(scene: Scene) -> PutEntry:
    return PutEntry(jid.parse(scene.me), scene.newcomer, Item(scene.newcomer, "New", ("G",), "none"), None)


def inject(playing: Playing, xml: str) -> None:
    """The client sends something that it would not send by itself."""
    playing.wires[-1].client.say(xml)
    playing.carry()


class Deaf(ScriptedClient):
    """Answers nothing once it is online."""

    def on_request(self, element: Any) -> None:
        """No answer."""


class TestLogIn:
    """The first step of every script."""

    def test_it_gives_the_session(self):
        """Its label, its full JID and the number of the note; the client's side was asked to bring it."""

        def script(scene: Scene, got: list[Any]) -> Script:
            got.append((yield LogIn()))

        playing = Playing(script)
        assert playing.person.asked == [("bring", playing.scene.me)]
        assert playing.play.waits_for_login
        assert not playing.play.came
        playing.login()
        (login,) = playing.got
        assert (login.session, login.full) == ("c1", f"{playing.scene.me}/model")
        assert playing.play.seen[login.number - playing.play.seen[0].number].step == {"login": login.full}
        assert (playing.play.came, playing.play.logins) == (True, 1)
        assert playing.ended == [playing.play]

    def test_the_next_one_is_a_later_session(self):
        """A session that was there before does not count again."""

        def script(scene: Scene, got: list[Any]) -> Script:
            got.append((yield LogIn()))
            got.append((yield LogIn()))

        playing = Playing(script)
        wire = playing.login()
        assert len(playing.got) == 1
        wire.drop()
        playing.login()
        assert [login.session for login in playing.got] == ["c1", "c2"]
        assert playing.play.logins == 2

    def test_nobody_comes(self):
        """Stuck after the patience for a login and not before; nothing is known of the client then."""

        def script(scene: Scene, got: list[Any]) -> Script:
            try:
                yield LogIn()
            except Stuck as stuck:
                got.append(str(stuck))
                raise

        playing = Playing(script)
        playing.wait(PATIENCE.login - 0.001)
        assert not playing.play.over
        playing.wait(0.001)
        assert playing.got == [f"No client has logged in as {playing.scene.me} within 30 s."]
        assert playing.play.over
        assert not playing.play.waits_for_login
        assert verdict(playing) is Verdict.INCONCLUSIVE

    def test_nobody_is_wanted_any_more(self):
        """Where the script goes on without a login, no program is started for one."""

        def script(scene: Scene, got: list[Any]) -> Script:
            try:
                yield LogIn()
            except Stuck:
                yield Await(is_roster_get)

        playing = Playing(script)
        assert playing.play.waits_for_login
        playing.wait(PATIENCE.login)
        assert not playing.play.over
        assert not playing.play.waits_for_login

    def test_a_wrong_password_is_no_login(self):
        """However often; the right one counts then."""

        def script(scene: Scene, got: list[Any]) -> Script:
            got.append((yield LogIn()))

        class Wrong(ScriptedClient):
            def connect(self) -> None:
                self.password = "wrong"
                super().connect()

        playing = Playing(script)
        for _ in range(5):
            assert b"not-authorized" in playing.login(client=Wrong).heard
        assert playing.play.waits_for_login
        playing.login()
        assert playing.got[0].session == "c6"

    def test_another_account(self):
        """After a switch the second account is wanted, and one that comes back as the first counts for nothing."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield LogIn()
            yield Break()
            yield SwitchAccount()
            got.append((yield LogIn()))
            yield Fence()

        playing = Playing(script)
        playing.login().drop()
        playing.login()  # the first again, of a program that has not been ended yet
        assert playing.got == []
        assert playing.person.asked[-1] == ("bring", playing.scene.second)
        playing.login(playing.scene.second)
        assert [login.full for login in playing.got] == [f"{playing.scene.second}/model"]
        assert playing.notes("fence") == ["answered"]

    def test_who_cannot_switch_is_unsupported(self):
        """Somebody who comes by himself cannot be made to."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield SwitchAccount()

        playing = Playing(script, Person(switches=False))
        assert playing.play.over
        assert verdict(playing) is Verdict.UNSUPPORTED


class TestAwait:
    """Waiting for a stanza."""

    def test_it_gives_the_first_that_matches(self):
        """Also one that had come before the step."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield LogIn()
            yield Fence()
            got.append((yield Await(is_roster_get)))

        playing = Playing(script)
        playing.login()
        assert playing.got[0].element.find("{jabber:iq:roster}query") is not None

    def test_since(self):
        """What is not after the given entry does not count."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield LogIn()
            yield Fence()
            asked = yield Await(is_roster_get)
            got.append((yield Await(is_roster_get, asked.number)))

        playing = Playing(script)
        playing.login()
        assert playing.got == []
        playing.wait(PATIENCE.stanza)
        assert playing.got == [None]

    def test_the_end_of_the_connection_is_an_answer(self):
        """Nothing is waited for that cannot come any more."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield LogIn()
            got.append((yield Await(is_roster_set)))

        playing = Playing(script)
        wire = playing.login()
        wire.drop()
        playing.carry()
        assert playing.got == [None]
        assert playing.clock.seconds() == 0.0

    def test_a_match_that_fails_ends_the_play(self):
        """A mistake of ours is told as one, at once, and the run goes on."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield LogIn()
            yield Await(lambda seen: seen.nothing)

        playing = Playing(script)
        playing.login()
        assert playing.ended == [playing.play]
        assert playing.notes("stuck") == ["The case failed by a mistake of rosterkit; please report it."]
        assert verdict(playing) is Verdict.INCONCLUSIVE


class TestDoing:
    """Steps that do something to the client or its server."""

    def test_say(self):
        """The stanza goes out as it is, after its mark, with the client's full JID where it is asked for."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield from online()
            number = yield Say(push(item(scene.newcomer), "p1", "x@strangers.test"), "forged")
            got.append(number)
            yield Fence()

        playing = Playing(script)
        wire = playing.login()
        assert f"<iq type='set' id='p1' to='{playing.scene.me}/model' from='x@strangers.test'>".encode() in wire.heard
        evidence = playing.play.evidence()
        said = evidence.said("forged")
        assert said is not None
        assert said.entry.fault == "forged"
        assert said.number > evidence.mark("forged") > playing.got[0]

    def test_do(self):
        """A change on the server is pushed under its mark."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield from online()
            yield Do(_edit(scene), "edit")
            yield Fence()

        playing = Playing(script)
        playing.login()
        said = playing.play.evidence().said("edit")
        assert said is not None
        assert [one.get("jid") for one in said.items] == [playing.scene.newcomer]

    def test_strike(self):
        """A fault strikes what is sent from then on, and the play remembers it."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield from online()
            yield Strike("drop", {"next": 1})
            yield Do(_edit(scene), "edit")
            yield Fence()

        playing = Playing(script)
        wire = playing.login()
        assert playing.scene.newcomer.encode() not in wire.heard
        assert playing.notes("strike") == ["drop"]
        assert [seen.entry.withheld for seen in playing.play.seen if seen.kind == "push"] == [True]

    @pytest.mark.parametrize("pass_on", [True, False])
    def test_hold_and_release(self, pass_on: bool):
        """What is held has been seen and has not reached the server; it does, or never does."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield Hold("roster-get")
            yield LogIn()
            yield Await(is_roster_get)
            yield Fence()
            got.append(None)
            yield Release(pass_on)
            yield Fence()

        playing = Playing(script)
        wire = playing.login()
        assert playing.got == [None]
        assert (playing.scene.friend.encode() in wire.heard) is pass_on
        assert (playing.notes("hold"), playing.notes("release")) == (["roster-get"], [pass_on])

    def test_what_is_held_of_a_session_that_is_gone(self):
        """It is passed on to nobody, and the next session gets its answers."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield Hold("roster-get")
            yield LogIn()
            yield Await(is_roster_get)
            yield Break("cut")
            yield Release(True)
            yield from online()
            got.append("there")

        playing = Playing(script)
        playing.login().drop()
        playing.carry()
        wire = playing.login()
        assert playing.got == ["there"]
        assert playing.scene.friend.encode() in wire.heard

    @pytest.mark.parametrize("how", ["close", "cut"])
    def test_break_and_again(self, how: str):
        """The connection ends, with the end of the stream or without, and the client comes back."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield from online()
            yield Break(how)
            got.append((yield from online()).session)

        playing = Playing(script)
        wire = playing.login()
        assert (b"<system-shutdown" in wire.heard) is (how == "close")
        assert playing.got == []
        wire.drop()
        playing.login()
        assert playing.got == ["c2"]
        assert playing.notes("broke") == [how]
        assert verdict(playing) is Verdict.PASS

    def test_nothing_breaks_where_nobody_is(self):
        """The step is over at once."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield Break()
            yield Say("<presence/>", "to nobody")

        playing = Playing(script)
        assert playing.play.over
        assert playing.notes("broke") == []

    def test_remember(self):
        """Whatever a script wants to keep stands in the journal."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield Remember({"thing": ["ü", 1]})

        assert Playing(script).notes("thing") == [["ü", 1]]


class TestFence:
    """Whether the client has handled everything."""

    @staticmethod
    def script(scene: Scene, got: list[Any]) -> Script:
        """Log in, and put down what the fence gives."""
        yield LogIn()
        got.append((yield Fence()))

    def test_two_pings(self):
        """It is passed when the second is answered."""
        playing = Playing(self.script)
        wire = playing.login()
        assert playing.got == ["answered"]
        assert (wire.heard.count(b"fence-1'"), wire.heard.count(b"fence-2'")) == (1, 1)

    def test_silence(self):
        """A client that answers nothing is silent after twice the patience for a stanza."""
        playing = Playing(self.script)
        playing.login(client=Deaf)
        playing.wait(2 * PATIENCE.stanza - 0.001)
        assert playing.got == []
        playing.wait(0.001)
        assert playing.got == ["silent"]

    def test_gone(self):
        """Known at once where the connection ends, or has ended before."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield LogIn()
            got.append((yield Fence()))
            got.append((yield Fence()))

        playing = Playing(script)
        wire = playing.login(client=Deaf)
        wire.drop()
        playing.carry()
        assert playing.got == ["gone", "gone"]
        assert playing.clock.seconds() == 0.0


class TestOrders:
    """What the program that drives a client is told, and what comes of it."""

    @staticmethod
    def script(scene: Scene, got: list[Any]) -> Script:
        """Order a removal, and put down what comes."""
        yield from online()
        try:
            got.append((yield Give(Order("remove", {"jid": scene.friend}))).reply)
        except Stuck as stuck:
            got.append(stuck)

    def test_an_answer(self):
        """The reply with the order's number is what the step gives; lines that are none are passed over."""
        playing = Playing(self.script)
        playing.login()
        line = {"order": 1, "do": "remove", "jid": playing.scene.friend}
        assert playing.person.asked[-1] == ("give", line, f"Remove the contact {playing.scene.friend}.")
        for text in ("", "done", "{", "{}", "[1]", '{"done": "1"}', '{"done": 2}', "\x00\udcff", "{" * 10_000):
            playing.play.hear(text)
        playing.carry()
        assert playing.got == []
        playing.play.hear(' {"done": 1} \r')
        playing.carry()
        assert playing.got[0].order == 1
        assert playing.person.asked[-2:] == [("heard", True), ("leave",)]

    def test_a_refusal(self):
        """Stuck, as unsupported, with the program's own words, of which not all is told."""
        playing = Playing(self.script)
        playing.login()
        playing.play.reply({"done": 1, "error": "cannot " * 1_000})
        playing.carry()
        (stuck,) = playing.got
        assert (stuck.unsupported, stuck.refused) == (True, True)
        assert str(stuck).startswith("The client does not do the order 'remove': cannot cannot")
        assert len(str(stuck)) < 600

    def test_nothing_comes_of_it(self):
        """Stuck after the patience for an order; the client's side is told."""
        playing = Playing(self.script)
        playing.login()
        playing.wait(PATIENCE.order - 0.001)
        assert playing.got == []
        playing.wait(0.001)
        (stuck,) = playing.got
        assert (stuck.unsupported, stuck.refused) == (False, False)
        assert ("unheard",) in playing.person.asked

    def test_who_takes_no_orders_is_given_none(self):
        """Stuck at once."""
        playing = Playing(self.script, Person(takes_orders=False))
        playing.login()
        assert playing.got[0].unsupported
        assert playing.clock.seconds() == 0.0
        assert not any(call[0] == "give" for call in playing.person.asked)

    def test_who_has_obeyed_none_is_given_no_more(self):
        """Stuck at once, and nothing is shown by it: it was never said that there are no orders."""
        person = Person(takes_orders=False)
        person.declines = False
        playing = Playing(self.script, person)
        playing.login()
        assert not playing.got[0].unsupported
        assert "--orders none" in str(playing.got[0])

    @pytest.mark.parametrize("answers", [True, False])
    def test_a_deed_is_an_answer_of_who_gives_none(self, answers: bool):
        """What the user was asked to do is done; somebody who answers is waited for."""
        playing = Playing(self.script, Person(answers=answers))
        playing.login()
        removal = (
            f"<iq type='set' id='x'><query xmlns='jabber:iq:roster'><item jid='{playing.scene.friend}'/></query></iq>"
        )
        inject(playing, removal)
        assert (playing.got == [None]) is not answers
        assert (("heard", False) in playing.person.asked) is not answers

    def test_replies_with_a_wrong_content(self):
        """They are noted with what is wrong, and nothing more comes of them."""
        playing = Playing(self.script)
        playing.login()
        wrong = (
            '{"done": true}',
            '{"done": 1, "roster": 5}',
            '{"done": 1, "roster": [{"jid": 1}]}',
            '{"done": 1, "roster": [{"jid": "a", "x": NaN}]}',
            '{"done": 1, "roster": [{"jid": "a", "groups": [1]}]}',
            '{"done": 1, "requests": "a"}',
            '{"done": 1, "error": "\\ud800"}',
        )
        for text in wrong:
            playing.play.hear(text)
        playing.carry()
        assert playing.got == []
        assert len(playing.notes("misread")) == len(wrong)

    def test_a_roster_that_is_posted_answers_the_order_for_it(self):
        """Whoever drives the client may post it instead of saying it."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield from online()
            got.append((yield Give(Order("roster", {}))).reply)

        playing = Playing(script)
        playing.login()
        with pytest.raises(ValueError, match="A roster is a list"):
            playing.play.hear_roster({"jid": "a@x.test"})
        playing.play.hear_roster([{"jid": "a@x.test", "name": None}])
        playing.carry()
        assert playing.got[0].roster == ({"jid": "a@x.test"},)

    def test_nobody_is_waited_for_to_spell_out_a_roster_for_long(self):
        """Who has never answered an order gets five seconds for that one, however patient the run is."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield from online()
            try:
                yield Give(Order("roster", {}))
            except Stuck as stuck:
                got.append(stuck)

        playing = Playing(script, Person(answers=False), PATIENCE._replace(order=60.0))
        playing.login()
        playing.wait(5.0)
        assert len(playing.got) == 1

    def test_orders_are_numbered(self):
        """An answer that comes too late does not count for the next order."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield from online()
            for _ in range(2):
                try:
                    got.append((yield Give(Order("roster", {}))).reply)
                except Stuck:
                    got.append(None)

        playing = Playing(script)
        playing.login()
        playing.wait(PATIENCE.order)
        playing.play.hear('{"done": 1, "roster": []}')
        playing.carry()
        assert playing.got == [None]
        playing.play.hear('{"done": 2, "roster": []}')
        playing.carry()
        assert playing.got[1].order == 2

    def test_an_order_as_a_chat_message(self):
        """The conductor says it to the client, and hears what the client says to it."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield from online()
            got.append((yield Give(Order("roster", {}))).reply)

        playing = Playing(script)
        wire = playing.login()
        playing.play.tell("Tell it.\n<& {}")
        playing.carry()
        assert f"from='conductor@{playing.scene.domain}'><body>Tell it.\n&lt;&amp; {{}}</body>".encode() in wire.heard
        body = '{"done": 1, "roster": []}'
        inject(playing, f"<message to='conductor@{playing.scene.domain}'><body>no</body></message>")
        inject(playing, f"<message to='conductor@{playing.scene.domain}'><composing xmlns='x:y'/></message>")
        assert playing.got == []
        inject(playing, f"<message to='conductor@{playing.scene.domain}'><body>{body}</body></message>")
        assert list(playing.got[0].roster) == []

    def test_telling(self):
        """A command that tells the roster is waited for; without one the step is stuck."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield from online()
            for _ in range(2):
                try:
                    got.append((yield Tell()))
                except Stuck as stuck:
                    got.append(stuck)

        playing = Playing(script, Person(tells=True))
        playing.login()
        assert playing.person.asked[-1] == ("tell", playing.scene.me)
        playing.play.hear_roster([])
        playing.carry()
        assert playing.got == [[]]
        playing.wait(PATIENCE.order)
        assert not playing.got[1].unsupported
        without = Playing(script, Person())
        without.login()
        assert [stuck.unsupported for stuck in without.got] == [True, True]


class TestEnd:
    """However a play ends."""

    def test_the_client_is_told_and_nothing_is_left(self):
        """The stream ends with a conflict, after which no client comes back by itself; no timer runs; once."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield from online()

        playing = Playing(script)
        wire = playing.login()
        assert b"<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>" in wire.heard
        wire.drop()
        playing.play.give_up("Again.")
        playing.play.hear('{"done": 1}')
        playing.play.hear_roster([])
        playing.play.note_end(0, "")
        playing.play.note_misread("x")
        playing.carry()
        assert playing.ended == [playing.play]
        assert playing.person.asked[-1] == ("leave",)
        assert playing.notes("stuck") == []
        assert playing.clock.getDelayedCalls() == []

    def test_whoever_comes_afterwards(self):
        """A client that comes back is told that the case is over, before it is bound, as often as it likes."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield from online()

        playing = Playing(script)
        playing.login().drop()
        for _ in range(3):
            wire = playing.login()
            assert b"<conflict " in wire.heard
            assert b"The case is over." in wire.heard
            assert b"<jid>" not in wire.heard
            wire.drop()
        assert playing.play.network.connections == {}
        assert playing.play.logins == 1

    def test_the_whole_case_has_a_limit(self):
        """However the script goes on."""

        def script(scene: Scene, got: list[Any]) -> Script:
            while True:
                try:
                    yield LogIn()
                except Stuck:
                    got.append(playing.clock.seconds())

        playing = Playing(script)
        for _ in range(20):
            playing.wait(10.0)
        assert playing.got == [30.0, 60.0, 90.0, 120.0, 150.0, 180.0]
        assert playing.notes("stuck") == ["The case took longer than it may."]
        assert playing.clock.getDelayedCalls() == []

    def test_a_script_that_raises(self):
        """A mistake of ours costs one case, which says so."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield LogIn()
            raise ZeroDivisionError

        playing = Playing(script)
        playing.login()
        assert playing.ended == [playing.play]
        assert "mistake of rosterkit" in playing.notes("stuck")[0]

    def test_a_step_that_fails(self):
        """So does one in a step: a fault that there is not, a JID that the command does not take."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield LogIn()
            yield Strike("no such fault")

        playing = Playing(script)
        playing.login()
        assert playing.ended == [playing.play]
        assert "mistake of rosterkit" in playing.notes("stuck")[0]

    def test_a_client_that_cannot_be_brought(self):
        """The client's side may give up while it is asked for a login; nothing is waited for then."""

        class Gone(Person):
            def bring(self, me: str) -> None:
                assert self.play is not None
                self.play.give_up("It cannot be started.")

        def script(scene: Scene, got: list[Any]) -> Script:
            got.append("before")
            yield LogIn()
            got.append("after")

        playing = Playing(script, Gone())
        playing.carry()
        assert playing.got == ["before"]
        assert playing.ended == [playing.play]
        assert playing.clock.getDelayedCalls() == []

    def test_what_the_program_said_last(self):
        """Its exit code and the end of its last words are noted."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield LogIn()

        playing = Playing(script)
        playing.play.note_end(7, "x" * 2_000 + "end")
        playing.play.note_misread("No roster.")
        playing.carry()
        assert playing.notes("ended") == [7]
        assert playing.notes("words")[0].endswith("xend")
        assert len(playing.notes("words")[0]) == 1_000
        assert playing.notes("misread") == ["No roster."]

    def test_asking_takes_the_steps_that_it_takes(self):
        """What a client believes is noted under the mark of the question."""

        def script(scene: Scene, got: list[Any]) -> Script:
            yield from online()
            yield Ask("now")

        playing = Playing(script)
        playing.login()
        playing.play.hear('{"done": 1, "roster": [{"jid": "a@x.test"}]}')
        playing.carry()
        (belief,) = playing.notes("belief")
        assert (belief["mark"], belief["oracle"], belief["roster"]) == ("now", "report", [{"jid": "a@x.test"}])


class TestCompany:
    """Whatever else happens on the network of a case."""

    @staticmethod
    def script(scene: Scene, got: list[Any]) -> Script:
        """Two sessions, one after the other, with a fence in each."""
        yield from online()
        yield Give(Order("roster", {}))
        got.append((yield Fence()))
        yield Break()
        yield from online()
        got.append("again")

    def test_a_second_client_of_the_account_is_turned_away(self):
        """It ends with a conflict before it is bound, and the play goes on with the first as if it had not come."""
        playing = Playing(self.script)
        playing.login()
        for resource in ("other", "model"):
            second = playing.login(resource=resource)
            assert b"<conflict " in second.heard
            assert b"<jid>" not in second.heard
        playing.play.hear('{"done": 1, "roster": []}')
        playing.carry()
        assert playing.got == ["answered"]
        assert playing.play.logins == 1
        assert list(playing.play.network.connections) == ["c1"]

    def test_one_that_comes_back_early_is_no_second(self):
        """The end of its stream was sent, and it has not closed its side yet."""
        playing = Playing(self.script)
        first = playing.login()
        playing.play.hear('{"done": 1, "roster": []}')
        playing.carry()
        playing.login()
        assert playing.got == ["answered", "again"]
        first.drop()

    def test_more_than_is_kept(self, monkeypatch: pytest.MonkeyPatch):
        """A client that floods does not fill the memory: the play is over when not all of it is kept any more."""
        monkeypatch.setattr(network, "_JOURNAL", 40_000)
        playing = Playing(self.script)
        playing.login()
        for _ in range(100):
            inject(playing, "<presence/>")
        assert playing.notes("stuck") == ["More has passed than is kept of a case, or its network was reset."]
        assert verdict(playing) is Verdict.INCONCLUSIVE

    def test_a_network_that_is_reset(self):
        """Whoever resets it through the control API ends the case, and the run does not hang."""
        playing = Playing(self.script)
        playing.login()
        playing.play.network.reset()
        playing.play.hear("{}")
        playing.play.note_misread("something")
        playing.carry()
        assert playing.play.over
        assert verdict(playing) is Verdict.INCONCLUSIVE

    def test_the_time_of_the_network(self):
        """It can be moved without moving the patience of a play."""
        playing = Playing(self.script)
        playing.play.network.clock.forward(10_000.0)
        playing.carry()
        assert not playing.play.over
        playing.wait(PATIENCE.login)
        assert playing.play.over
