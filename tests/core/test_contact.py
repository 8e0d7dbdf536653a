"""What a scripted contact does, as the user's client sees it: the same at home and elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from rig import Client
from staged import JULIET, LOCAL, REMOTE, Staged

from rosterkit.core import jid
from rosterkit.core.state import Account
from rosterkit.core.subscription import State

AT = f"{JULIET}/a"


class Scene(Staged):
    """Juliet, online, and one contact who is at home or elsewhere."""

    def __init__(self, who: str) -> None:
        super().__init__()
        self.who = who
        self.juliet: Client = self.login("juliet")

    def plays(self, **script: Any) -> None:
        """Let the contact behave as the keys say."""
        self.contact(self.who, **script)
        self.juliet.take()

    def does(self, do: str, **order: Any) -> None:
        """Let the contact do something."""
        self.tell(self.who, do, **order)

    def asks(self, type: str = "subscribe") -> list[str]:
        """Juliet sends a subscription stanza; what she sees at once."""
        self.juliet.presence(type, self.who)
        return self.juliet.seen()

    def sees(self, seconds: float = 0) -> list[str]:
        """What Juliet sees while time passes."""
        self.later(seconds)
        return self.juliet.seen()

    def befriended(self) -> None:
        """Let both see each other, by the contact's script or not."""
        self.asks()
        self.does("subscribed", to=JULIET)
        self.does("subscribe", to=JULIET)
        self.asks("subscribed")
        self.juliet.take()
        assert (self.state("juliet", self.who), self.holds(self.who)) == (State.BOTH, State.BOTH)

    def account_of_contact(self) -> Account:
        """What its server has of it."""
        account = self.playing.account(jid.parse(self.who))
        assert account is not None
        return account

    def told(self, type: str, resource: str = "", push: str = "") -> str:
        """The line of a presence from the contact, or of a push."""
        if push:
            return f"push {self.who} {push}"
        return f"presence {type} from {self.who}{'/' if resource else ''}{resource}"


@pytest.fixture(params=[LOCAL, REMOTE], ids=["local", "remote"])
def scene(request: pytest.FixtureRequest) -> Scene:
    """The same scene twice."""
    return Scene(request.param)


ASKED = "subscription=none ask=yes"
TO = "subscription=to ask=no"
NONE = "subscription=none ask=no"


# Answers


def test_it_accepts(scene: Scene) -> None:
    """By default it says subscribed at once, and its server shows its presence (RFC 6121 §3.1.5)."""
    scene.plays()
    assert scene.asks() == [
        scene.told("", push=ASKED),
        scene.told("subscribed"),
        scene.told("", push=TO),
        scene.told("available", "rosterkit"),
    ]
    assert scene.holds(scene.who) is State.FROM


def test_it_refuses(scene: Scene) -> None:
    """It says unsubscribed, and shows nothing."""
    scene.plays(answer="refuse")
    assert scene.asks() == [scene.told("", push=ASKED), scene.told("unsubscribed"), scene.told("", push=NONE)]
    assert scene.holds(scene.who) is State.NONE


def test_it_ignores(scene: Scene) -> None:
    """It says nothing, and its server keeps the request until somebody lets it answer (§3.1.3)."""
    scene.plays(answer="ignore")
    assert scene.asks() == [scene.told("", push=ASKED)] and scene.sees(10_000) == []
    assert scene.holds(scene.who) is State.NONE_IN
    scene.does("subscribed", to=JULIET)
    assert scene.sees()[0] == scene.told("subscribed")


def test_it_answers_after_a_time(scene: Scene) -> None:
    """Not a moment before."""
    scene.plays(after=2)
    assert scene.asks() == [scene.told("", push=ASKED)]
    assert scene.sees(1.99) == []
    assert scene.sees(0.01)[0] == scene.told("subscribed")


def test_it_accepts_and_cancels(scene: Scene) -> None:
    """Its server takes back the presence before it says unsubscribed (§3.2.2)."""
    scene.plays(cancel_after=3)
    scene.asks()
    assert scene.sees(2.9) == []
    assert scene.sees(0.1) == [
        scene.told("unavailable", "rosterkit"),
        scene.told("unsubscribed"),
        scene.told("", push=NONE),
    ]


def test_it_accepts_and_cancels_at_once(scene: Scene) -> None:
    """Both reach the user, in their order."""
    scene.plays(cancel_after=0)
    assert [line for line in scene.asks() if "available" not in line] == [
        scene.told("", push=ASKED),
        scene.told("subscribed"),
        scene.told("", push=TO),
        scene.told("unsubscribed"),
        scene.told("", push=NONE),
    ]
    assert scene.holds(scene.who) is State.NONE


def test_it_subscribes_back(scene: Scene) -> None:
    """It asks after it has accepted, by default at once; then both see each other."""
    scene.plays(subscribe_back=True, subscribe_back_after=1)
    assert scene.told("subscribe") not in scene.asks()
    assert scene.sees(1) == [scene.told("subscribe")]
    assert scene.asks("subscribed") == [scene.told("", push="subscription=both ask=no")]
    assert scene.holds(scene.who) is State.BOTH


@pytest.mark.parametrize("approved", [True, [JULIET]])
def test_it_has_approved_the_user_before(scene: Scene, approved: Any) -> None:
    """Its server answers: the request never reaches it, whatever its script says of requests (§3.4)."""
    scene.plays(answer="refuse", after=60, pre_approves=approved)
    assert scene.asks()[1:3] == [scene.told("subscribed"), scene.told("", push=TO)]
    assert not [xml for direction, _, xml in scene.heard if direction == "out" and "type='subscribe'" in xml]


def test_it_has_approved_somebody_else(scene: Scene) -> None:
    """Whoever it has not approved is answered as usual."""
    scene.plays(answer="refuse", pre_approves=["romeo@localhost"])
    assert scene.asks()[1] == scene.told("unsubscribed")


@pytest.mark.parametrize("approved", [True, [JULIET]])
def test_whoever_asked_before_it_approved_is_accepted(scene: Scene, approved: Any) -> None:
    """A request that its server keeps from before is granted too."""
    scene.plays(answer="ignore")
    scene.asks()
    scene.contact(scene.who, answer="ignore", pre_approves=approved)
    assert scene.sees()[:2] == [scene.told("subscribed"), scene.told("", push=TO)]


# Resources


def test_it_has_several_resources(scene: Scene) -> None:
    """Each is seen with what it says, in its order."""
    children = "<c xmlns='http://jabber.org/protocol/caps' ver='1'/>"
    scene.plays(
        resources=[{"name": "a", "priority": 5, "show": "dnd"}, {"name": "b", "priority": -1, "children": children}]
    )
    scene.juliet.presence("subscribe", scene.who)
    shown = {str(s.sender): (s.priority, s.body) for s in scene.juliet.stanzas() if s.type == ""}  # type: ignore[attr-defined]
    assert shown == {
        f"{scene.who}/a": (5, b"<show>dnd</show><priority>5</priority>"),
        f"{scene.who}/b": (-1, f"<priority>-1</priority>{children}".encode()),
    }


@pytest.mark.parametrize("answer", ["accept", "refuse"])
@pytest.mark.parametrize("after", [0, 5])
def test_several_resources_answer_once(scene: Scene, answer: str, after: float) -> None:
    """Each gets the request, and one answers; a second `subscribed` would stand as a pre-approval (§3.4)."""
    scene.plays(answer=answer, after=after, resources=[{"name": name} for name in "abcde"])
    scene.asks()
    scene.later(after)
    delivered = [full for direction, full, xml in scene.heard if direction == "out" and "type='subscribe'" in xml]
    assert sorted(delivered) == [f"{scene.who}/{name}" for name in "abcde"]
    assert len(scene.said(scene.who, "subscribed") + scene.said(scene.who, "unsubscribed")) == 1


def test_a_resource_that_comes_meanwhile_does_not_answer_again(scene: Scene) -> None:
    """Its server delivers the kept request at every initial presence (§3.1.3); the time is counted from the first."""
    scene.plays(after=5, schedule=[{"after": 3, "resource": "late"}, {"after": 3, "resource": "later"}])
    scene.asks()
    assert scene.told("subscribed") in scene.sees(5)
    scene.later(100)
    assert len(scene.said(scene.who, "subscribed")) == 1


def test_an_offline_contact_keeps_the_request_until_it_is_there(scene: Scene) -> None:
    """Nobody is there to answer; when a resource comes, it answers as its script says."""
    scene.plays(resources=[], after=1, schedule=[{"after": 60}])
    assert scene.asks() == [scene.told("", push=ASKED)]
    assert scene.sees(60.5) == []
    assert scene.sees(0.5)[0] == scene.told("subscribed")


def test_a_contact_that_goes_offline_answers_when_it_is_back(scene: Scene) -> None:
    """What it was about to answer is still kept by its server."""
    scene.plays(after=5, schedule=[{"after": 1, "do": "disconnect"}, {"after": 20}])
    scene.asks()
    assert scene.sees(20) == []
    assert scene.sees(5)[0] == scene.told("subscribed")
    assert len(scene.said(scene.who, "subscribed")) == 1


def test_an_offline_contact_asks_without_being_seen(scene: Scene) -> None:
    """It binds a resource for the one stanza, which is never available."""
    scene.plays(resources=[])
    scene.befriended()
    scene.does("unsubscribed", to=JULIET)
    assert scene.sees() == [scene.told("unsubscribed"), scene.told("", push="subscription=from ask=no")]
    assert scene.account_of_contact().sessions == {}


# The schedule


def test_its_presence_changes_by_a_schedule(scene: Scene) -> None:
    """Each step at its time, counted from the beginning, in their order."""
    scene.plays(
        schedule=[
            {"after": 5, "show": "away", "status": "tea"},
            {"after": 9, "do": "unavailable"},
            {"after": 9, "resource": "phone", "priority": 3},
            {"after": 12, "do": "disconnect"},
        ]
    )
    scene.befriended()
    scene.juliet.take()
    scene.later(5)
    (away,) = scene.juliet.stanzas()
    assert away.body == b"<show>away</show><status>tea</status>"
    assert scene.sees(4) == [scene.told("unavailable", "rosterkit"), scene.told("available", "phone")]
    assert scene.sees(3) == [scene.told("unavailable", "phone")]


def test_a_step_repeats(scene: Scene) -> None:
    """Every so many seconds, for as long as the contact is there."""
    scene.plays(schedule=[{"after": 5, "every": 10, "show": "away"}, {"after": 10, "every": 10}])
    scene.befriended()
    scene.later(31)
    assert [s.body for s in scene.juliet.stanzas()] == [b"<show>away</show>", b""] * 3


def test_repetitions_that_were_missed_are_left_out(scene: Scene) -> None:
    """After a long sleep of the machine each step is done once, in its order, and then at its times again."""
    scene.plays(schedule=[{"after": 5, "every": 10, "show": "away"}, {"after": 10, "every": 10}])
    scene.befriended()
    scene.now = 1001.0
    scene.play()
    assert [s.body for s in scene.juliet.stanzas()] == [b"<show>away</show>", b""]
    scene.later(4)
    assert [s.body for s in scene.juliet.stanzas()] == [b"<show>away</show>"]


def test_it_asks_by_itself(scene: Scene) -> None:
    """With a nickname, or with children that nobody knows, whole and with its id (§3.1.2)."""
    scene.plays(
        schedule=[
            {
                "after": 2,
                "do": "subscribe",
                "to": JULIET,
                "nick": "Tyb & Co",
                "id": "q1",
                "children": "<x xmlns='y'>z</x>",
            }
        ]
    )
    scene.later(2)
    (asked,) = scene.juliet.stanzas()
    assert (asked.type, asked.id, str(asked.sender)) == ("subscribe", "q1", scene.who)
    assert asked.body == b"<nick xmlns='http://jabber.org/protocol/nick'>Tyb &amp; Co</nick><x xmlns='y'>z</x>"
    assert scene.asks("subscribed") == [scene.told("", push="subscription=from ask=no")]
    assert scene.holds(scene.who) is State.TO


def test_it_vanishes(scene: Scene) -> None:
    """It is gone and nobody is told; only who asks for its presence learns it (§4.3)."""
    scene.plays(schedule=[{"after": 5, "do": "vanish"}])
    scene.befriended()
    assert scene.sees(5) == []
    scene.juliet.presence("probe", scene.who)
    assert scene.sees() == [scene.told("unavailable")]


def test_it_vanishes_and_is_back(scene: Scene) -> None:
    """The same resource comes as a new one; of several the others stay."""
    scene.plays(resources=[{"name": "a"}, {"name": "b"}])
    scene.befriended()
    scene.does("vanish", resource="a")
    assert scene.sees() == []
    scene.does("presence", resource="a", show="xa")
    assert scene.sees() == [scene.told("available", "a")]
    scene.does("disconnect")
    assert scene.sees() == [scene.told("unavailable", "b"), scene.told("unavailable", "a")]


# What the user takes back


def test_a_request_that_was_withdrawn_is_not_answered(scene: Scene) -> None:
    """A late `subscribed` would be a pre-approval; a new request begins its own time."""
    scene.plays(after=5)
    scene.asks()
    scene.later(3)
    assert scene.asks("unsubscribe") == [scene.told("", push=NONE)]
    scene.later(1)
    scene.asks()
    assert scene.sees(4.9) == [] and scene.told("subscribed") in scene.sees(0.1)
    assert len(scene.said(scene.who, "subscribed")) == 1


def test_what_was_given_back_is_not_cancelled(scene: Scene) -> None:
    """After the user has unsubscribed there is nothing to cancel: it would refuse the next request unasked."""
    scene.plays(after=4, cancel_after=5)
    scene.asks()
    scene.later(5)
    scene.asks("unsubscribe")
    scene.later(1)
    scene.asks()
    assert scene.sees(3.9) == []
    assert scene.sees(0.1)[0] == scene.told("subscribed")
    assert scene.said(scene.who, "unsubscribed") == []


def test_by_default_it_bears_a_refusal(scene: Scene) -> None:
    """Its server takes the answer, and it does nothing."""
    scene.plays(schedule=[{"do": "subscribe", "to": JULIET}])
    scene.asks("unsubscribed")
    assert scene.sees(100) == [] and scene.holds(scene.who) is State.NONE


def test_it_asks_again(scene: Scene) -> None:
    """After a refusal, and after a subscription was taken back; once, though each resource hears of it."""
    scene.plays(
        resubscribe=True,
        resubscribe_after=2,
        resources=[{"name": "a"}, {"name": "b"}],
        schedule=[{"do": "subscribe", "to": JULIET}],
    )
    scene.asks("unsubscribed")
    assert scene.sees(1.9) == [] and scene.sees(0.1) == [scene.told("subscribe")]
    scene.asks("subscribed")
    scene.asks("unsubscribed")
    assert scene.sees(2) == [scene.told("subscribe")]
    assert len(scene.said(scene.who, "subscribe")) == 3


# Crossing flows


def test_both_ask_at_the_same_time(scene: Scene) -> None:
    """Two requests that cross lead to two subscriptions, each answered by the other."""
    scene.plays(after=1, schedule=[{"after": 0.5, "do": "subscribe", "to": JULIET}])
    scene.asks()
    assert scene.sees(0.5) == [scene.told("subscribe")]
    scene.asks("subscribed")
    scene.later(1)
    assert (scene.state("juliet", scene.who), scene.holds(scene.who)) == (State.BOTH, State.BOTH)


def test_the_user_removes_the_contact_while_it_asks(scene: Scene) -> None:
    """Removal ends both directions on both sides, and what was about to be answered is not (§2.5.2)."""
    scene.plays(after=5, schedule=[{"after": 1, "do": "subscribe", "to": JULIET}])
    scene.asks()
    scene.later(1)
    scene.juliet.set_item(f"<item jid='{scene.who}' subscription='remove'/>")
    scene.later(100)
    assert (scene.state("juliet", scene.who), scene.holds(scene.who)) == (State.NONE, State.NONE)
    assert scene.said(scene.who, "subscribed") == []


def test_a_cancellation_and_a_new_request_cross(scene: Scene) -> None:
    """The contact cancels, the user asks again, and it accepts again."""
    scene.plays(cancel_after=1)
    scene.asks()
    scene.later(1)
    assert scene.holds(scene.who) is State.NONE
    assert scene.told("", push=TO) in scene.asks()
    scene.later(1)
    assert (scene.state("juliet", scene.who), scene.holds(scene.who)) == (State.NONE, State.NONE)


# Orders


def test_it_does_what_it_is_told(scene: Scene) -> None:
    """Every order has the effect of what a client with that resource would do."""
    scene.plays(answer="ignore")
    scene.befriended()
    scene.does("presence", show="xa", status="late", priority=7)
    (changed,) = scene.juliet.stanzas()
    assert changed.body == b"<show>xa</show><status>late</status><priority>7</priority>"
    scene.does("connect", resource="b")
    assert scene.sees() == []
    scene.does("message", to=AT, body="<hi>", type="chat", resource="b")
    (message,) = scene.juliet.stanzas()
    assert (message.type, str(message.sender), message.body) == ("chat", f"{scene.who}/b", b"<body>&lt;hi&gt;</body>")
    scene.does("stanza", xml=f"<presence to='{AT}'><show>chat</show></presence>", resource="b")
    assert scene.sees() == [scene.told("available", "b")]
    scene.does("unavailable", to=AT, resource="b")
    assert scene.sees() == [scene.told("unavailable", "b")]
    scene.does("unavailable")
    assert scene.sees() == [scene.told("unavailable", "rosterkit")]
    scene.does("unavailable")
    assert scene.sees() == []
    scene.does("unsubscribe", to=JULIET)
    assert scene.sees() == [scene.told("unsubscribe"), scene.told("", push=TO)]
    scene.does("unsubscribed", to=JULIET)
    assert scene.sees() == [scene.told("unsubscribed"), scene.told("", push=NONE)]


def test_a_stanza_may_be_a_lie(scene: Scene) -> None:
    """A roster push from a stranger goes out as it is; another's address ends the stream, and it can come back."""
    scene.plays()
    scene.befriended()
    push = f"<iq type='set' id='p' to='{AT}'><query xmlns='jabber:iq:roster'><item jid='x@y'/></query></iq>"
    scene.does("stanza", xml=push)
    assert scene.sees() == ["set p"]
    scene.does("stanza", xml=f"<presence from='romeo@localhost' to='{AT}'/>")
    assert scene.sees() == [scene.told("unavailable", "rosterkit")]
    scene.does("presence")
    assert scene.sees() == [scene.told("available", "rosterkit")]


def test_it_has_no_roster_to_ask_for(scene: Scene) -> None:
    """Nobody is there to whom its server could write one, or a push."""
    scene.plays()
    scene.does("stanza", xml="<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
    assert scene.account_of_contact().interested == []


def test_it_answers_requests_to_its_resource(scene: Scene) -> None:
    """Every iq gets an answer; it offers no service (RFC 6120 §8.2.3)."""
    scene.plays()
    scene.befriended()
    scene.juliet.iq("get", "<query xmlns='jabber:iq:version'/>", f"{scene.who}/rosterkit", id="v")
    scene.juliet.iq("get", "<query xmlns='jabber:iq:version'/>", f"{scene.who}/nothere", id="w")
    assert scene.sees() == ["error v service-unavailable", "error w service-unavailable"]


def test_it_takes_messages_and_says_nothing(scene: Scene) -> None:
    """They reach it as they reach any client."""
    scene.plays()
    scene.juliet.message(scene.who, "chat")
    assert scene.sees() == []
    assert ("out", f"{scene.who}/rosterkit") in [(direction, full) for direction, full, _ in scene.heard]
