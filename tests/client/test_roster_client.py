"""RosterClient on a fake wire, over Twisted's streams and ours: what goes in, what comes out, what is told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure
from twisted.words.protocols.jabber.jid import JID
from wire import ACCOUNT, FEATURES, FULL, STREAMS, Wire, item, query

from rosterkit.client.item import Item
from rosterkit.client.subscriptions import PreApprovalNotOfferedError

R, N = "romeo@x", "nurse@x"
NO_FEATURES: dict[tuple[str, str], None] = {}


@pytest.fixture(params=STREAMS, ids=["twisted", "lxml"])
def wire(request: pytest.FixtureRequest) -> Wire:
    """A client that has not connected yet."""
    return Wire(request.param)


def failure_of(deferred: Deferred[Any]) -> BaseException:
    """Why a Deferred has failed; AssertionError where it has not."""
    seen: list[Failure] = []
    deferred.addErrback(seen.append)
    assert seen, "it has not failed"
    assert seen[0].value is not None
    return seen[0].value


class TestInitialRoster:
    """RFC 6121 §2.2, §2.6."""

    def test_the_first_fetch_asks_for_versioning(self, wire: Wire) -> None:
        """With the feature and nothing cached ``ver=''`` is sent (§2.6.2), before anything else."""
        wire.connect()
        assert "<query xmlns='jabber:iq:roster' ver=''/>" in wire.sent()

    def test_without_the_feature_there_is_no_ver(self, wire: Wire) -> None:
        """§2.6.2: a version is for servers that know of it."""
        wire.connect(NO_FEATURES)
        assert "<query xmlns='jabber:iq:roster'/>" in wire.sent()

    def test_the_second_stream_asks_with_the_version(self, wire: Wire) -> None:
        """After a reconnect only what has changed is fetched."""
        wire.online(item(R), "v7")
        wire.lose()
        wire.connect()
        assert "ver='v7'" in wire.sent()

    def test_a_result_is_told_in_order(self, wire: Wire) -> None:
        """Groups before the entries that bring them, the entries in the server's order, then that all is there."""
        wire.online(item(R, "ba", name="Romeo") + item(N))
        assert wire.take() == [
            "group_added a",
            "group_added b",
            f"entry_added {R}",
            f"entry_added {N}",
            "initial_roster_received",
        ]
        assert [entry.bare for entry in wire.roster] == [R, N]
        assert wire.roster.version == "v1"

    def test_an_empty_result_means_nothing_has_changed(self, wire: Wire) -> None:
        """§2.6.3: at once the initial roster is received; entries and version stay."""
        wire.online(item(R))
        wire.lose()
        wire.take()
        wire.connect()
        wire.answer()
        assert wire.take() == ["initial_roster_received"]
        assert (R in wire.roster, wire.roster.version) == (True, "v1")

    def test_a_later_result_is_told_as_differences(self, wire: Wire) -> None:
        """Gone entries first, then changes and additions; what has not changed is not told and stays as it is."""
        wire.online(item(R, name="R") + item(N) + item("c@x"))
        before = wire.roster[R], wire.roster["c@x"]
        wire.lose()
        wire.take()
        wire.online(item("c@x") + item(R, name="Romeo") + item("d@x"), "v2")
        assert wire.take() == [
            f"entry_removed {N}",
            f"entry_name_changed {R}",
            "entry_added d@x",
            "initial_roster_received",
        ]
        assert (wire.roster[R], wire.roster["c@x"]) == before

    def test_a_bad_item_costs_only_itself(self, wire: Wire) -> None:
        """It is left out and told; the rest is there."""
        wire.online(item("@bad") + item(R) + item(N, subscription="remove"))
        told = wire.take()
        assert [line.split()[0] for line in told].count("item_skipped") == 2
        assert list(wire.roster.items) == [JID(R)]

    def test_an_error_is_told_and_the_client_goes_on(self, wire: Wire) -> None:
        """The roster stays as it was; pushes still count; it can be fetched again."""
        wire.connect()
        wire.answer(
            "<error type='wait'><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>", "error"
        )
        assert wire.take() == ["fetch_failed StanzaError"]
        wire.push(item(R), "v2")
        assert R in wire.roster
        again = wire.roster.refresh()
        wire.answer(query(item(R) + item(N), "v3"))
        assert again.result is None
        assert N in wire.roster

    def test_no_answer_is_told_in_time(self, wire: Wire) -> None:
        """After the timeout, not for ever."""
        wire.connect()
        wire.clock.advance(60)
        assert wire.take() == ["fetch_failed TimeoutError"]

    @pytest.mark.parametrize("sender", ["evil@x", "evil@x/y", "localhost", FULL, "juliet@localhost.evil", "@", ""])
    def test_a_forged_result_is_no_result(self, wire: Wire, sender: str) -> None:
        """Only the account itself, or the server without a ``from``, can answer; the real answer still counts."""
        wire.connect()
        asked = wire.answer(query(item("evil@x"), "v9"), sender=sender)
        assert (wire.take(), len(wire.roster)) == ([], 0)
        wire.answer(query(item(R)), sender=ACCOUNT, sent=asked)
        assert list(wire.roster.items) == [JID(R)]

    def test_the_account_may_be_written_in_any_case(self, wire: Wire) -> None:
        """Addresses are compared after preparation, in answers as in pushes."""
        wire.connect()
        wire.answer(query(item(R)), sender="Juliet@LOCALHOST")
        assert R in wire.roster

    def test_a_second_answer_counts_for_nothing(self, wire: Wire) -> None:
        """A request has one answer."""
        wire.connect()
        asked = wire.answer(query(item(R), "v1"))
        wire.answer(query(item("evil@x"), "v2"), sent=asked)
        assert (list(wire.roster.items), wire.roster.version) == ([JID(R)], "v1")

    def test_ids_cannot_be_guessed(self, wire: Wire) -> None:
        """No two requests have the same id, and none has less than 96 bits."""
        ids = set()
        for _ in range(50):
            wire.connect()
            ids.add(wire.sent().partition("id='")[2].partition("'")[0])
            wire.lose()
        assert len(ids) == 50
        assert {len(id_) for id_ in ids} == {24}


class TestPushes:
    """RFC 6121 §2.1.6."""

    def test_a_push_is_applied_and_answered(self, wire: Wire) -> None:
        """With an empty result of the same id; the version is the push's."""
        wire.online()
        wire.take()
        assert wire.push(item(R, "a", subscription="both"), "v2", id_="x&apos;&lt;") == (
            "<iq type='result' id='x&apos;&lt;'/>"
        )
        assert wire.take() == ["group_added a", f"entry_added {R}"]
        assert wire.roster.version == "v2"

    @pytest.mark.parametrize("sender", [None, ACCOUNT, "JULIET@localhost"])
    def test_the_account_may_push(self, wire: Wire, sender: str | None) -> None:
        """Without ``from``, or from the account's bare JID, however it is written."""
        wire.online()
        assert "type='result'" in wire.push(item(R), "v2", sender)
        assert R in wire.roster

    @pytest.mark.parametrize(
        "sender",
        [
            "evil@x",
            "evil@x/juliet@localhost",
            "localhost",
            FULL,
            "juliet@localhost/other",
            "juliet@x",
            "juliet@localhost.x",
            "@",
            "",
        ],
    )
    def test_nobody_else_may(self, wire: Wire, sender: str) -> None:
        """Nothing changes, nothing is told, nothing is answered (an answer tells that somebody is there)."""
        wire.online(item(R))
        wire.take()
        assert wire.push(item("evil@x"), "v9", sender) == ""
        assert wire.push(item(R, subscription="remove"), "v9", sender) == ""
        assert (wire.take(), wire.roster.version, list(wire.roster.items)) == ([], "v1", [JID(R)])

    @pytest.mark.parametrize("items", ["", item(R) + item(N), item("@"), item(""), "<item/>", "<other/>"])
    def test_a_bad_push_is_refused_whole(self, wire: Wire, items: str) -> None:
        """No item, two, or one that cannot be used: ``bad-request``, and nothing changes, the version neither."""
        wire.online(item("c@x"))
        wire.take()
        assert "<bad-request" in wire.push(items, "v9")
        assert (wire.take(), wire.roster.version, list(wire.roster.items)) == ([], "v1", [JID("c@x")])

    def test_a_push_without_a_version_leaves_it(self, wire: Wire) -> None:
        """The next fetch then begins from the last version that was told, which does no harm."""
        wire.online()
        wire.push(item(R), None)
        assert (R in wire.roster, wire.roster.version) == (True, "v1")

    def test_a_removal_and_a_new_addition_make_a_new_object(self, wire: Wire) -> None:
        """The old object keeps its last values; removing what is not there is told to nobody."""
        wire.online(item(R, "a", name="R"))
        old = wire.roster[R]
        wire.take()
        wire.push(item(R, subscription="remove"), "v2")
        assert wire.take() == ["group_removed a", f"entry_removed {R}"]
        assert "type='result'" in wire.push(item(R, subscription="remove"), "v3")
        assert (wire.take(), wire.roster.version) == ([], "v3")
        wire.push(item(R), "v4")
        assert wire.roster[R] is not old
        assert (old.name, old.groups) == ("R", {"a"})

    def test_strangers_may_be_answered(self) -> None:
        """With ``answer_strangers`` they get ``service-unavailable``, and nothing else is different."""
        wire = Wire(answer_strangers=True)
        wire.online()
        assert "<service-unavailable" in wire.push(item("evil@x"), "v9", "evil@x")
        assert len(wire.roster) == 0

    def test_the_full_jid_may_be_allowed(self) -> None:
        """With ``accept_full_jid`` those of the own full JID count, and those of other resources do not."""
        wire = Wire(accept_full_jid=True)
        wire.connect()
        wire.answer(query(item(N)), sender=FULL)
        wire.push(item(R), "v2", FULL)
        wire.push(item("evil@x"), "v3", "juliet@localhost/other")
        assert list(wire.roster.items) == [JID(N), JID(R)]

    def test_a_push_across_a_fetch_is_neither_lost_nor_overruled(self, wire: Wire) -> None:
        """It is applied after the whole roster that it crossed, which is then fetched once more from there."""
        wire.connect()
        asked = wire.sent()
        wire.push(item(R, name="newer"), "v2")
        wire.answer(query(item(R, name="older") + item(N), "v1"), sent=asked)
        assert wire.roster[R].name == "newer"
        again = wire.sent()
        assert "ver='v2'" in again
        wire.answer(sent=again)
        assert wire.take().count("initial_roster_received") == 1
        assert wire.sent() == ""

    def test_a_push_across_an_empty_result_is_simply_applied(self, wire: Wire) -> None:
        """Nothing has changed since the version that is held, but for the push."""
        wire.online(item(R))
        wire.lose()
        wire.connect()
        asked = wire.sent()
        wire.push(item(R, name="newer"), "v2")
        wire.answer(sent=asked)
        assert (wire.roster[R].name, wire.roster.version, wire.sent()) == ("newer", "v2", "")

    def test_endless_crossings_end(self, wire: Wire) -> None:
        """A server that pushes across every fetch is not asked for ever."""
        wire.connect()
        for number in range(4):
            asked = wire.sent()
            assert "type='get'" in asked
            wire.push(item(R, name=str(number)), f"w{number}")
            wire.answer(query(item(R), "v1"), sent=asked)
        assert "type='get'" not in wire.sent()
        wire.lose()
        wire.connect()
        assert "ver=''" in wire.sent()

    def test_a_push_that_a_listener_causes_waits_its_turn(self) -> None:
        """The events of one push are all told before those of the next."""
        wire = Wire(STREAMS[1])  # Twisted's own parser cannot be entered twice
        wire.online()
        wire.take()
        wire.roster.on_group_added.connect(
            lambda group: wire.server(f"<iq type='set' id='p2'>{query(item(N))}</iq>") if group == "a" else None
        )
        wire.push(item(R, "ab"))
        assert wire.take() == ["group_added a", "group_added b", f"entry_added {R}", f"entry_added {N}"]

    def test_what_a_listener_raises_harms_nobody(self, wire: Wire) -> None:
        """The others hear of everything, the push is answered, and the listener is called the next time too."""
        wire.online()
        calls: list[Item] = []

        def broken(entry: Item) -> None:
            calls.append(entry)
            raise ZeroDivisionError

        wire.roster.on_entry_added.connect(broken)
        wire.take()
        assert "type='result'" in wire.push(item(R))
        assert "type='result'" in wire.push(item(N))
        assert wire.take() == [f"entry_added {R}", f"entry_added {N}"]
        assert len(calls) == 2


class TestLife:
    """Streams come and go."""

    def test_the_views_are_the_same_for_life(self, wire: Wire) -> None:
        """``items`` and ``groups`` can be kept over imports and reconnects."""
        items, groups = wire.roster.items, wire.roster.groups
        wire.roster.import_from_json({"items": {R: {"groups": ["a"]}}, "ver": "v0"})
        wire.online(item(N, "b"))
        wire.lose()
        wire.online(item(R, "c"), "v2")
        assert wire.roster.items is items
        assert wire.roster.groups is groups
        assert (list(items), list(groups)) == ([JID(R)], ["c"])

    def test_a_lost_stream_fails_what_waits_for_an_answer(self, wire: Wire) -> None:
        """With ConnectionError, at once."""
        wire.online()
        waiting = wire.roster.set_entry(R), wire.roster.remove_entry(N), wire.roster.refresh()
        wire.lose()
        assert {type(failure_of(each)) for each in waiting} == {ConnectionError}

    def test_what_is_asked_offline_is_sent_later(self, wire: Wire) -> None:
        """After the roster of the next stream has come, from what that says."""
        done = wire.roster.set_entry(R, add_to_groups=["c"])
        wire.connect()
        wire.answer(query(item(R, "ab", name="Romeo")))
        assert (
            f"<item jid='{R}' name='Romeo'><group>a</group><group>b</group><group>c</group></item>" in wire.answer()
        )
        assert done.result is None

    def test_an_edit_waits_for_the_roster_that_it_changes(self, wire: Wire) -> None:
        """While the fetch is under way, and while its result is told: nothing is erased that is not known yet."""
        wire.connect()
        asked = wire.sent()
        wire.roster.set_entry(R, name="new")
        wire.roster.on_entry_added.connect(
            lambda entry: wire.roster.set_entry(R, add_to_groups=["z"]) and None if entry.bare == N else None
        )
        assert wire.sent() == ""
        wire.answer(query(item(N) + item(R, "a", name="old")), sent=asked)
        assert f"<item jid='{R}' name='new'><group>a</group></item>" in wire.answer()
        assert f"<item jid='{R}' name='new'><group>a</group><group>z</group></item>" in wire.sent()

    def test_an_edit_begins_after_the_pushes_that_crossed_the_fetch(self, wire: Wire) -> None:
        """The result alone may be older than they are; the same for a fetch in the middle of a stream."""
        wire.connect()
        asked = wire.sent()
        wire.roster.set_entry(R, add_to_groups=["mine"])
        wire.push(item(R, "z", name="newer"), "v2")
        wire.answer(query(item(R, "a", name="older"), "v1"), sent=asked)
        again = next(part for part in wire.sent().split("</iq>") if "type='get'" in part)
        wire.answer(sent=again)
        assert f"<item jid='{R}' name='newer'><group>mine</group><group>z</group></item>" in wire.answer()
        wire.roster.refresh()
        asked = wire.sent()
        wire.roster.set_entry(R, name="last")
        wire.push(item(R, "y", name="x"), "v3")
        assert wire.sent() == ""
        wire.answer(sent=asked)
        assert f"<item jid='{R}' name='last'><group>y</group></item>" in wire.sent()

    def test_an_edit_of_a_roster_that_did_not_come_fails(self, wire: Wire) -> None:
        """It says why, at once for those that come later; after a refresh edits are made again."""
        wire.connect()
        early = wire.roster.set_entry(R, name="x")
        wire.clock.advance(59.9)
        asked = wire.sent()
        wire.answer(
            "<error type='wait'><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
            "error",
            sent=asked,
        )
        for done in (early, wire.roster.set_entry(R, name="y")):
            assert "could not be fetched" in str(failure_of(done))
        wire.roster.refresh()
        wire.answer(query(item(R, "a")))
        wire.roster.set_entry(R, name="z")
        assert f"<item jid='{R}' name='z'><group>a</group></item>" in wire.sent()

    def test_what_is_asked_offline_times_out_too(self, wire: Wire) -> None:
        """The timeout bounds the wait for a stream; what has timed out is not sent any more."""
        done = wire.roster.set_entry(R, timeout=5)
        wire.clock.advance(5)
        assert isinstance(failure_of(done), TimeoutError)
        wire.connect()
        assert R not in wire.sent()

    def test_a_timeout_while_online(self, wire: Wire) -> None:
        """It fires, and the next change of the same contact goes ahead."""
        wire.online()
        late, next_ = wire.roster.set_entry(R, timeout=5), wire.roster.set_entry(R, name="b", timeout=50)
        wire.clock.advance(5)
        assert isinstance(failure_of(late), TimeoutError)
        wire.answer()
        assert next_.result is None

    def test_a_listener_at_the_end_may_ask_for_more(self, wire: Wire) -> None:
        """What is asked while the loss is told waits for the next stream."""
        wire.online(item(R))
        wire.presence(f"{R}/a")
        asked: list[Any] = []
        wire.roster.on_presence_changed.connect(lambda entry: asked.append(wire.roster.remove_entry(R)))
        wire.lose()
        assert not asked[0].called
        wire.connect()
        assert "subscription='remove'" in wire.sent()

    def test_the_push_is_waited_for_no_longer_than_said(self, wire: Wire) -> None:
        """One time-out for the answer and the push together."""
        wire.online()
        done = wire.roster.set_entry(R, wait_for_push=True, timeout=10)
        wire.clock.advance(9)
        wire.answer()
        wire.clock.advance(1)
        assert isinstance(failure_of(done), TimeoutError)

    def test_offline_requests_are_bounded(self) -> None:
        """More than may wait fail at once, and say why."""
        wire = Wire(most_waiting=2)
        waiting = [wire.roster.set_entry(f"c{number}@x") for number in range(3)]
        assert isinstance(failure_of(waiting[2]), ConnectionError)
        assert not waiting[0].called
        assert not waiting[1].called
        wire.clock.advance(60)
        assert all(isinstance(failure_of(each), TimeoutError) for each in waiting[:2])

    def test_another_account_gets_nothing_of_the_first(self, wire: Wire) -> None:
        """The same client over a stream of somebody else: what belonged to the first account is gone."""
        wire.online(item(R, "a"))
        wire.lose()
        waiting = wire.roster.remove_entry("secret@x")
        wire.connect(full="romeo@localhost/x")
        assert "ver=''" in wire.sent()
        assert isinstance(failure_of(waiting), ConnectionError)
        assert (len(wire.roster), dict(wire.roster.groups), wire.roster.account) == (0, {}, JID("romeo@localhost"))

    def test_cancelling_ends_the_wait(self, wire: Wire) -> None:
        """A cancelled change is forgotten; an answer to it is none of ours."""
        wire.online()
        done = wire.roster.set_entry(R)
        done.cancel()
        assert isinstance(failure_of(done), CancelledError)
        wire.answer()

    def test_a_hundred_thousand_entries(self) -> None:
        """Nothing in the client is quadratic: a roster of that length is read in seconds, one push in a moment."""
        wire = Wire(STREAMS[1])
        wire.online("".join(item(f"c{number}@x", "ab", name="n") for number in range(100_000)))
        wire.push(item("c5@x", "b"), "v2")
        assert (len(wire.roster), len(wire.roster.groups["a"])) == (100_000, 99_999)


class TestSubscriptions:
    """RFC 6121 §3, as far as it is not the policy's."""

    @pytest.mark.parametrize("kind", ["subscribe", "subscribed", "unsubscribe", "unsubscribed"])
    def test_each_kind_is_told(self, wire: Wire, kind: str) -> None:
        """With the stanza, children and all."""
        seen: list[Any] = []
        wire.online()
        getattr(wire.roster, f"on_{kind}").connect(lambda stanza: seen.append(stanza))
        wire.presence(R, kind, "<nick xmlns='http://jabber.org/protocol/nick'>Rom</nick>")
        assert (seen[0]["type"], seen[0]["from"], str(seen[0].nick)) == (kind, R, "Rom")

    @pytest.mark.parametrize(
        ("method", "kind"), [("subscribe", "subscribe"), ("unsubscribe", "unsubscribe"), ("deny", "unsubscribed")]
    )
    def test_what_is_sent(self, wire: Wire, method: str, kind: str) -> None:
        """To the bare JID (§3.1.1), and it can be awaited."""
        wire.online()
        wire.sent()
        assert getattr(wire.roster, method)(JID(f"{R}/orchard")).called
        assert wire.sent() == f"<presence type='{kind}' to='{R}'/>"

    def test_each_has_an_id_of_its_own(self, wire: Wire) -> None:
        """By which an error that comes back tells what it is about (RFC 6121 §3.1.1)."""
        wire.online()
        wire.sent()
        wire.roster.subscribe(R)
        wire.roster.unsubscribe(R)
        ids = re.findall(r"<presence [^>]*id='([^']+)'", wire.transport.value().decode())
        assert len(set(ids)) == 2

    def test_offline_they_raise(self, wire: Wire) -> None:
        """ConnectionError: nothing is sent hours later."""
        wire.online()
        wire.presence(R, "subscribe")
        wire.lose()
        for method in ("subscribe", "unsubscribe", "deny", "approve"):
            with pytest.raises(ConnectionError, match="no stream"):
                getattr(wire.roster, method)(R)

    def test_approve_knows_what_the_server_offers(self, wire: Wire) -> None:
        """A request can always be granted; one that has not come only where pre-approval is offered (§3.4)."""
        wire.online(features=NO_FEATURES)
        wire.sent()
        with pytest.raises(PreApprovalNotOfferedError, match="has not asked"):
            wire.roster.approve(R)
        wire.presence(R, "subscribe")
        wire.roster.approve(R)
        assert wire.sent() == f"<presence type='subscribed' to='{R}'/>"
        wire.lose()
        wire.online(features=FEATURES)
        wire.sent()
        wire.roster.approve(N)
        assert wire.sent() == f"<presence type='subscribed' to='{N}'/>"

    def test_cancelling_a_pre_approval(self, wire: Wire) -> None:
        """Only what is approved and not used; what is used is for deny()."""
        wire.online(item(R, approved="true") + item(N, approved="true", subscription="from") + item("c@x"))
        wire.sent()
        wire.roster.cancel_pre_approval(R)
        assert wire.sent() == f"<presence type='unsubscribed' to='{R}'/>"
        for contact in (N, "c@x", "nobody@x"):
            with pytest.raises(ValueError, match=contact):
                wire.roster.cancel_pre_approval(contact)
        assert wire.sent() == ""


class TestPresence:
    """Contacts' resources."""

    def test_the_best_resource(self, wire: Wire) -> None:
        """The highest priority; among equals who spoke last."""
        wire.online(item(R))
        wire.presence(f"{R}/a", "", "<priority>1</priority>")
        wire.presence(f"{R}/b", "", "<priority>1</priority><show>away</show><status>brb</status>")
        wire.presence(f"{R}/c", "", "<priority>-5</priority>")
        entry = wire.roster[R]
        assert set(entry.resources) == {"a", "b", "c"}
        best = entry.best_resource
        assert best is not None
        assert (best.jid, best.show, best.status, best.priority) == (JID(f"{R}/b"), "away", "brb", 1)
        wire.presence(f"{R}/b", "unavailable")
        assert entry.best_resource is not None
        assert entry.best_resource.full == f"{R}/a"

    def test_presence_before_the_roster_is_not_lost(self, wire: Wire) -> None:
        """It may come before the result; the entry knows it when it is added."""
        seen: list[bool] = []
        wire.connect()
        asked = wire.sent()
        wire.presence(f"{R}/a")
        wire.roster.on_entry_added.connect(lambda entry: seen.append(entry.available))
        wire.answer(query(item(R)), sent=asked)
        assert seen == [True]

    def test_a_lost_stream_makes_everybody_unavailable(self, wire: Wire) -> None:
        """Each contact that was there is told once; a cached roster says nothing of presence."""
        wire.online(item(R) + item(N))
        wire.presence(f"{R}/a")
        wire.presence(f"{R}/b")
        wire.take()
        wire.lose()
        assert wire.take() == [f"presence_changed {R}"]
        assert not wire.roster[R].available

    def test_nobody_has_endless_resources(self, wire: Wire) -> None:
        """Whoever floods the client with resources costs no more memory; those that are known still change."""
        wire.online(item(R))
        for number in range(150):
            wire.presence(f"{R}/{number}")
            wire.presence(f"stranger@x/{number}")
        assert len(wire.roster[R].resources) == 100
        wire.presence(f"{R}/7", "", "<show>dnd</show>")
        assert wire.roster[R].resources["7"].show == "dnd"

    def test_what_changes_nothing_is_not_told(self, wire: Wire) -> None:
        """Unavailable from who was not there, errors, no sender, strangers."""
        wire.online(item(R))
        wire.take()
        wire.presence(f"{R}/a", "unavailable")
        wire.presence(R, "error")
        wire.presence(None)
        wire.presence("@")
        wire.presence("stranger@x/a")
        assert wire.take() == []


class TestWaitFor:
    """Until something is so."""

    def test_it_fires_when_it_becomes_true(self, wire: Wire) -> None:
        """At once, after a push, after presence."""
        wire.online(item(R))
        assert wire.roster.wait_for(lambda roster: R in roster).called
        later = wire.roster.wait_for(lambda roster: N in roster)
        there = wire.roster.wait_for(lambda roster: roster[R].available)
        assert not later.called
        wire.push(item(N))
        assert later.called
        wire.presence(f"{R}/a")
        assert there.called

    def test_it_times_out(self, wire: Wire) -> None:
        """And says so."""
        waiting = wire.roster.wait_for(lambda roster: False, timeout=3)
        wire.clock.advance(3)
        assert isinstance(failure_of(waiting), TimeoutError)


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_is_above_zero(timeout: float) -> None:
    """Zero would be over before it begins; it does not mean "for ever"."""
    with pytest.raises(ValueError, match="above 0"):
        Wire().roster.set_entry(R, timeout=timeout)
