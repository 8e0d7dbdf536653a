"""What judges look at, read from a journal that is written by hand."""

from __future__ import annotations

import pytest
from played import ROSTER, Played

from rosterkit.conformance.beliefs import UNKNOWN, Said
from rosterkit.conformance.evidence import (
    Seen,
    evidence_of,
    groups_of,
    is_answer,
    is_iq,
    is_presence,
    is_roster_get,
    is_roster_set,
    is_subscription,
    said_of,
)
from rosterkit.conformance.verdicts import Oracle
from rosterkit.core.journal import Entry

ERRORS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"


def seen(xml: str, kind: str = "iq", direction: str = "in") -> Seen:
    """One entry by itself."""
    return Seen(Entry(1, 0.0, "c1", None, None, direction, kind, xml.encode()))


class TestSeen:
    """One entry."""

    def test_a_stanza_is_its_name_and_attributes(self):
        """Absent attributes are None, not empty."""
        iq = seen("<iq type='result' id='' from='a@b'/>")
        assert (iq.name, iq.type, iq.id, iq.to, iq.sender) == ("iq", "result", "", None, "a@b")

    @pytest.mark.parametrize(
        ("xml", "name"),
        [
            ("<presence/>", "presence"),
            ("<message/>", "message"),
            ("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "{urn:ietf:params:xml:ns:xmpp-sasl}auth"),
            ("<iq xmlns='urn:x'/>", "{urn:x}iq"),
            ("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>", ""),
            ("<iq/><iq/>", ""),
            ("<iq", ""),
            ("text", ""),
        ],
    )
    def test_what_is_no_stanza_has_another_name(self, xml: str, name: str):
        """An iq of another namespace is no iq; what is not one whole element is nothing."""
        assert seen(xml, "stream").name == name

    def test_a_note_is_no_stanza(self):
        """Whatever its text, nothing in it is looked for."""
        played = Played()
        played.note(mark="<iq/>")
        note = played.evidence().seen[0]
        assert (note.element, note.name, note.type, note.query, note.items, note.condition) == (
            None, "", None, None, [], "",
        )  # fmt: skip
        assert note.step == {"mark": "<iq/>"}

    def test_only_the_plays_own_notes_are_steps(self):
        """The server's notes are sentences, also where they look like JSON."""
        entry = Entry(1, 0.0, None, None, None, "note", "session", b"", text='{"mark": "x"}')
        assert Seen(entry).step == {}

    def test_the_roster_query_is_found_wherever_it_stands(self):
        """Its version and items are read; an item of another namespace is none."""
        iq = seen(f"<iq type='set'><x xmlns='urn:x'/><query {ROSTER} ver='v'><item jid='a'/>"
                  "<item xmlns='urn:x' jid='b'/><item jid='c'/></query></iq>")  # fmt: skip
        assert iq.ver == "v"
        assert [one.get("jid") for one in iq.items] == ["a", "c"]
        assert iq.payload is not None
        assert iq.payload.tag == "{urn:x}x"

    def test_groups_are_in_their_order(self):
        """A group without characters is an empty text, and one that comes twice comes twice."""
        iq = seen(
            f"<iq><query {ROSTER}><item><group>B</group><group/><group>A</group><group>B</group></item></query></iq>"
        )
        assert groups_of(iq.items[0]) == ("B", "", "A", "B")

    @pytest.mark.parametrize(
        ("children", "condition"),
        [
            (f"<item-not-found {ERRORS}/>", "item-not-found"),
            (f"<text {ERRORS}>Sorry</text><forbidden {ERRORS}/>", "forbidden"),
            (f"<too-late xmlns='urn:app'/><gone {ERRORS}>xmpp:a@b</gone>", "gone"),
            ("<item-not-found/>", ""),
            ("", ""),
        ],
    )
    def test_the_condition_is_the_defined_one(self, children: str, condition: str):
        """A text, and what an application adds, may stand before it and are not it."""
        assert seen(f"<iq type='error'><error type='cancel'>{children}</error></iq>").condition == condition

    def test_without_an_error_there_is_no_condition(self):
        """An error stanza may say nothing of why."""
        assert seen("<iq type='error'/>").condition == ""

    def test_it_can_be_shown(self):
        """A failing test prints it short."""
        shown = repr(seen("<iq id='" + "x" * 500 + "'/>"))
        assert shown.startswith("<Seen 1 in")
        assert len(shown) < 150


GET, SET = f"<iq type='get'><query {ROSTER}/></iq>", f"<iq type='set'><query {ROSTER}/></iq>"


@pytest.mark.parametrize(
    ("match", "takes", "leaves"),
    [
        (is_iq, ["<iq/>"], ["<presence/>", "<iq xmlns='urn:x'/>"]),
        (
            is_roster_get,
            [GET],
            [SET, "<iq type='get'/>", GET.replace("get", "result"), GET.replace("roster", "auth")],
        ),
        (is_roster_set, [SET], [GET, "<iq type='set'><bind xmlns='urn:x'/></iq>"]),
        (
            is_presence,
            ["<presence/>", "<presence><show>away</show></presence>"],
            ["<presence type='unavailable'/>", "<presence to='a@b'/>", "<message/>"],
        ),
        (
            is_subscription("subscribed"),
            ["<presence type='subscribed' to='a@b'/>"],
            ["<presence type='subscribe' to='a@b'/>", "<iq type='subscribed'/>"],
        ),
        (
            is_answer("i1"),
            ["<iq type='result' id='i1'/>", "<iq type='error' id='i1'/>"],
            ["<iq type='get' id='i1'/>", "<iq type='result' id='i2'/>", "<iq type='result'/>", "<message id='i1'/>"],
        ),
    ],
)
def test_what_a_stanza_is(match, takes: list[str], leaves: list[str]):
    """Each question takes what its name says and nothing else."""
    assert [xml for xml in takes if not match(seen(xml))] == []
    assert [xml for xml in leaves if match(seen(xml))] == []


class TestSteps:
    """What a play has noted of itself."""

    def test_the_first_of_a_mark_counts(self):
        """What was done twice under one mark is found where it was done first; another name is not found."""
        played = Played()
        first = played.note(mark="a")
        played.note(mark="a")
        assert played.evidence().mark("a") == first
        assert played.evidence().mark("b") is None

    def test_logins_are_in_order(self):
        """Each has its session and the full JID."""
        played = Played()
        played.logged_in("c1")
        played.logged_in("c2")
        found = [(one.session, one.step["login"]) for one in played.evidence().logins()]
        assert found == [("c1", f"{played.scene.me}/c1"), ("c2", f"{played.scene.me}/c2")]

    def test_why_it_could_not_go_on(self):
        """The note is found, and there is none where it could."""
        played = Played()
        assert played.evidence().stuck() is None
        played.note(stuck="No login.", unsupported=False)
        assert played.evidence().stuck().step["stuck"] == "No login."

    def test_evidence_can_be_made_of_a_part(self):
        """Numbers are the journal's, whatever it begins with."""
        played = Played()
        played.note(mark="a")
        second = played.note(mark="b")
        part = evidence_of(played.scene, played.journal.since(1))
        assert [one.number for one in part.after(None)] == [second]
        assert part.mark("a") is None


class TestDropout:
    """A connection that ends without the tester's doing."""

    def test_a_client_that_leaves_is_found(self):
        """The end of a session is the client's where the tester has not broken it."""
        played = Played()
        played.logged_in()
        lost = played.note(lost="x")
        assert played.evidence().dropout().number == lost

    def test_what_the_tester_breaks_is_not_the_clients_doing(self):
        """Neither by closing nor by cutting, in that session only."""
        played = Played()
        played.note("c1", broke="cut")
        played.note("c1", lost="x")
        assert played.evidence().dropout() is None
        played.note("c2", lost="x")
        assert played.evidence().dropout().session == "c2"

    def test_a_cut_by_a_fault_is_the_testers_doing(self):
        """A fault that breaks the connection off in the middle of a stanza does not count against the client."""
        played = Played()
        played.note(strike="cut")
        played.note(mark="push")
        played.sent("<iq id='p'/>", fault="push, cut")
        played.note(lost="x")
        assert played.evidence().dropout() is None
        played.note("c2", lost="x")
        assert played.evidence().dropout().session == "c2"

    def test_a_mark_that_is_called_cut_is_no_fault(self):
        """What a script calls its steps excuses nobody."""
        played = Played()
        played.note(mark="cut")
        played.sent("<iq id='p'/>", fault="cut")
        played.note(lost="x")
        assert played.evidence().dropout() is not None


class TestSilence:
    """A client that answers fences no more."""

    @pytest.mark.parametrize(
        ("fences", "silent"),
        [
            ([], False),
            (["answered"], False),
            (["silent"], False),
            (["silent", "silent"], False),
            (["answered", "silent"], True),
            (["answered", "silent", "answered"], False),
            (["answered", "gone"], False),
        ],
    )
    def test_it_has_fallen_silent_where_it_answered_before(self, fences: list[str], silent: bool):
        """A client that never answers pings says nothing by it, and one that answers again was only slow."""
        played = Played()
        for outcome in fences:
            last = played.note(fence=outcome)
        found = played.evidence().silence()
        assert (found.number if found else None) == (last if silent else None)

    def test_each_session_is_one_by_itself(self):
        """What was answered in one session says nothing of the next."""
        played = Played()
        played.note("c1", fence="answered")
        played.note("c2", fence="silent")
        assert played.evidence().silence() is None


class TestStanzas:
    """What was sent and what came."""

    def test_received_is_what_the_client_sent(self):
        """Of one kind, after an entry, in one session: each narrows it down."""
        played = Played()
        first = played.got("<presence/>", "c1")
        played.sent("<presence/>", "c1")
        second = played.got("<presence/>", "c2")
        found = played.evidence().received
        assert [one.number for one in found(is_presence)] == [first, second]
        assert [one.number for one in found(is_presence, first)] == [second]
        assert [one.number for one in found(is_presence, None, "c1")] == [first]
        assert found(is_iq) == []

    def test_said_is_the_first_stanza_after_the_mark(self):
        """What the client sends meanwhile, and bytes of the stream's own, are passed over."""
        played = Played()
        played.sent("<iq id='before'/>")
        played.note(mark="a")
        played.got("<iq id='its-own'/>")
        played.sent("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", kind="stream")
        played.sent("<iq id='said'/>")
        played.sent("<iq id='later'/>")
        assert played.evidence().said("a").id == "said"

    def test_nothing_is_said_to_a_session_that_is_gone(self):
        """What the next session is sent was not sent under the mark of one before."""
        played = Played()
        played.note("c1", mark="a")
        played.sent("<iq type='result' id='bound'/>", "c2")
        assert played.evidence().said("a") is None
        assert played.evidence().answers("a") == []

    def test_answers_are_those_to_its_id_in_its_session_and_after_it(self):
        """Results and errors both, each of them; none earlier, with another id or of another session."""
        played = Played()
        played.got("<iq type='result' id='push-a'/>")
        played.pushed("a", "<item jid='a@b'/>")
        result = played.got("<iq type='result' id='push-a'/>")
        played.got("<iq type='result' id='push-b'/>")
        played.got("<iq type='result' id='push-a'/>", "c2")
        error = played.got("<iq type='error' id='push-a'/>")
        assert [one.number for one in played.evidence().answers("a")] == [result, error]
        assert played.evidence().answers("never") == []

    def test_pushes_between_two_marks(self):
        """Neither those before and after, nor what else is sent; none where a mark is not there."""
        played = Played()
        played.pushed("before", "<item jid='a@b'/>")
        played.note(mark="from")
        inside = played.sent(f"<iq type='set' id='x'><query {ROSTER}><item jid='b@b'/></query></iq>")
        played.sent(f"<iq type='result' id='y'><query {ROSTER}><item jid='c@b'/></query></iq>")
        played.got(f"<iq type='set' id='z'><query {ROSTER}><item jid='d@b'/></query></iq>")
        played.note(mark="to")
        played.pushed("after", "<item jid='e@b'/>")
        evidence = played.evidence()
        assert [one.number for one in evidence.pushes("from", "to")] == [inside]
        assert evidence.pushes("from", "never") == evidence.pushes("never", "to") == []

    def test_what_the_client_sends_meanwhile(self):
        """From a mark to the next fence; to the end where there is no fence, and nothing without the mark."""
        played = Played()
        played.got("<presence/>")
        played.note(mark="a")
        first = played.got("<iq type='result' id='1'/>")
        played.sent("<iq type='get' id='fence-1'/>")
        played.note(fence="answered")
        second = played.got("<iq type='result' id='2'/>")
        assert [one.number for one in played.evidence().meanwhile("a")] == [first]
        played.note(mark="b")
        third = played.got("<iq type='result' id='3'/>")
        assert [one.number for one in played.evidence().meanwhile("b")] == [third]
        assert second not in [one.number for one in played.evidence().meanwhile("b")]
        assert played.evidence().meanwhile("never") == []

    def test_only_the_first_request_of_a_session_counts(self):
        """A client may ask for its roster again at any time."""
        played = Played()
        played.logged_in("c1")
        played.got(f"<iq type='get' id='again'><query {ROSTER}/></iq>", "c1")
        played.logged_in("c2")
        assert [one.id for one in played.evidence().asked_for_roster()] == ["r-c1", "r-c2"]

    def test_the_result_of_a_request_is_the_one_in_its_session(self):
        """Two sessions may use the same id."""
        played = Played()
        played.got("<iq type='get' id='i'/>", "c1")
        played.sent("<iq type='result' id='i'/>", "c2")
        evidence = played.evidence()
        assert evidence.result_of(evidence.seen[0]) is None
        right = played.sent("<iq type='error' id='i'/>", "c1")
        evidence = played.evidence()
        assert evidence.result_of(evidence.seen[0]).number == right

    def test_an_empty_version_shows_that_versions_are_known(self):
        """A client that asks with ``ver=''`` knows versioning; one that asks without does not show it."""
        played = Played()
        played.logged_in()
        assert played.evidence().versions is False
        played.got(f"<iq type='get' id='x'><query {ROSTER} ver=''/></iq>")
        assert played.evidence().versions is True

    def test_a_version_that_the_server_sends_shows_nothing(self):
        """Only what the client asks with counts."""
        played = Played()
        played.sent(f"<iq type='get' id='x'><query {ROSTER} ver='v'/></iq>")
        assert played.evidence().versions is False


class TestBeliefs:
    """What was found out under a mark."""

    def test_what_was_never_found_out_is_unseen(self):
        """No note, a note of another mark, or one that says that nothing could be seen."""
        played = Played()
        played.note(belief={"mark": "other", "about": [], "oracle": "report", "roster": [], "since": 0})
        played.note(belief={"mark": "blind", "about": [], "oracle": None, "since": 0})
        assert played.evidence().belief("after").oracle is None
        assert played.evidence().belief("blind").oracle is None

    def test_a_report_is_taken_as_it_is(self):
        """Entries and requests are what the client has told."""
        played = Played()
        told = {"mark": "after", "about": [], "oracle": "report", "roster": [{"jid": "a@b"}], "requests": ["x@y"]}
        played.note(belief={**told, "since": 0})
        belief = played.evidence().belief("after")
        assert (belief.oracle, belief.knows("a@b"), belief.requests) == (Oracle.REPORT, True, ["x@y"])

    def test_edits_between_order_and_note_are_read(self):
        """The last set of each contact counts; what came before the order, or after the note, does not."""
        played = Played()
        played.got(f"<iq type='set'><query {ROSTER}><item jid='early@b' name='E'/></query></iq>")
        since = played.note(order={"do": "regroup"})
        played.got(f"<iq type='set'><query {ROSTER}><item jid='a@b' name='Old'/></query></iq>")
        groups = "<group>G</group><group>New</group>"
        played.got(f"<iq type='set'><query {ROSTER}><item jid='a@b' name='A'>{groups}</item></query></iq>")
        played.sent(f"<iq type='set'><query {ROSTER}><item jid='server@b' name='S'/></query></iq>")
        played.note(belief={"mark": "after", "about": ["a@b"], "oracle": "edit", "group": "New", "since": since})
        played.got(f"<iq type='set'><query {ROSTER}><item jid='late@b' name='L'/></query></iq>")
        belief = played.evidence().belief("after")
        assert belief.oracle is Oracle.EDIT
        assert belief.entries == {"a@b": {"name": "A", "groups": ["G"]}}
        assert belief.get("late@b", "name") is UNKNOWN

    def test_the_version_of_the_next_login_is_read(self):
        """The first request for the roster after the login counts."""
        played = Played()
        login = played.note("c2", login="x")
        played.got("<iq type='get' id='0'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", "c2")
        played.got(f"<iq type='get' id='1'><query {ROSTER} ver='v2'/></iq>", "c2")
        played.got(f"<iq type='get' id='2'><query {ROSTER} ver='v3'/></iq>", "c2")
        played.note("c2", belief={"mark": "after", "about": [], "oracle": "ver", "since": login - 1})
        belief = played.evidence().belief("after")
        assert (belief.oracle, belief.ver) == (Oracle.VER, "v2")

    def test_a_request_without_a_version_tells_nothing(self):
        """A client that no longer presents one cannot be seen into."""
        played = Played()
        login = played.note("c2", login="x")
        played.got(f"<iq type='get' id='1'><query {ROSTER}/></iq>", "c2")
        played.note("c2", belief={"mark": "after", "about": [], "oracle": "ver", "since": login - 1})
        assert played.evidence().belief("after").oracle is None

    @pytest.mark.parametrize(("name", "took"), [("A", True), ("B", False)])
    def test_whether_a_push_was_taken(self, name: str, took: bool):
        """What the push said is held against what the client believes."""
        played = Played()
        played.pushed("lie", "<item jid='a@b' name='A' subscription='both'><group>G</group></item>", "v2")
        roster = [{"jid": "a@b", "name": name, "groups": ["G"], "subscription": "both"}]
        played.note(belief={"mark": "after", "about": ["a@b"], "oracle": "report", "roster": roster, "since": 0})
        evidence = played.evidence()
        assert evidence.took(evidence.belief("after"), "lie") is took

    def test_of_what_was_never_pushed_nothing_can_be_told(self):
        """No push, or one without an item: there is nothing to believe."""
        played = Played()
        played.pushed("empty", "")
        played.note(belief={"mark": "after", "about": [], "oracle": "report", "roster": [], "since": 0})
        evidence = played.evidence()
        assert evidence.took(evidence.belief("after"), "empty") is None
        assert evidence.took(evidence.belief("after"), "never") is None

    def test_what_was_told_is_in_its_order(self):
        """As the client has told it, an entry that comes twice too; None where it has told nothing."""
        played = Played()
        roster = [{"jid": "b@b"}, {"jid": "a@b"}, {"jid": "b@b"}]
        played.note(belief={"mark": "after", "about": [], "oracle": "report", "roster": roster, "since": 0})
        played.note(belief={"mark": "blind", "about": [], "oracle": None, "since": 0})
        evidence = played.evidence()
        assert evidence.told("after") == roster
        assert evidence.told("blind") is None
        assert evidence.told("never") is None

    @pytest.mark.parametrize(
        ("sent", "took"),
        [
            (["Ann"], True),
            (["Ann", None], True),
            ([None], None),
            (["Ann", "Eve"], False),
            (["Eve", None], False),
            ([], None),
        ],
    )
    def test_whether_every_item_was_taken(self, sent: list[str | None], took: bool | None):
        """One that was not is enough, one that cannot be seen does not matter; of nothing nothing is known."""
        played = Played()
        since = played.note(order={"do": "regroup"})
        for number, name in enumerate(sent):
            if name is not None:
                played.got(f"<iq type='set'><query {ROSTER}><item jid='a{number}@b' name='{name}'/></query></iq>")
        played.note(belief={"mark": "after", "about": [], "oracle": "edit", "group": "New", "since": since})
        items = "".join(f"<item jid='a{number}@b' name='Ann'/>" for number in range(len(sent)))
        played.sent(f"<iq type='result' id='r'><query {ROSTER}>{items}</query></iq>")
        evidence = played.evidence()
        assert evidence.took_each(evidence.belief("after"), evidence.seen[-1]) is took
        assert evidence.took_each(evidence.belief("after"), None) is None

    def test_an_item_says_what_it_says(self):
        """Without a JID it is about nobody, and the version is that of its stanza."""
        (item,) = seen(
            f"<iq><query {ROSTER}><item name='A' subscription='to'><group>G</group></item></query></iq>"
        ).items
        assert said_of(item, "v") == Said("", "A", ("G",), "to", "v")
