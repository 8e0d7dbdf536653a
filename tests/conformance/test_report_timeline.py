"""Dialogues: notes as sentences, stanzas in a line, what is folded, marked, cut or left out."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from report_samples import HOSTILE, ME, Play, played

from rosterkit.conformance.evidence import CASE, Seen
from rosterkit.conformance.report.reading import fault_words, read_note
from rosterkit.conformance.report.stanza import markup_of, summary_of
from rosterkit.conformance.report.timeline import LONGEST, Fold, Gap, Moment, timeline
from rosterkit.core.journal import Entry


def noted(**what: object) -> str:
    """The sentence of a note."""
    return read_note(Entry(1, 0.0, "c1", None, None, "note", CASE, b"", text=json.dumps(what))).text


def seen(data: bytes, direction: str = "in", kind: str = "iq") -> Seen:
    """An entry with this data."""
    return Seen(Entry(1, 0.0, "c1", ME, None, direction, kind, data))


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        ({"login": "a@b/c"}, "Logged in as a@b/c."),
        ({"lost": "a@b/c"}, "The session of a@b/c is over."),
        ({"mark": "spoofed"}, "The tester does “spoofed”."),
        ({"strike": "drop"}, "From here on the fault “drop” strikes: It is not sent."),
        ({"strike": "unheard-of"}, "From here on the fault “unheard-of” strikes."),
        ({"broke": "cut"}, "The tester cuts the connection without a word."),
        ({"broke": "close"}, "The tester ends the stream."),
        ({"fence": "answered"}, "Two pings are answered, so what was sent before has been handled."),
        ({"fence": "silent"}, "A ping was not answered in time."),
        ({"fence": "gone"}, "The connection was gone before a ping was answered."),
        ({"order": {"do": "remove", "jid": "a@b"}}, "Order to the client: Remove the contact a@b."),
        ({"reply": {"order": 1, "error": "No.", "roster": None}}, "Answer: it does not do that. No."),
        ({"reply": {"order": 1, "error": None, "roster": [{}]}}, "Answer: its roster, with one entry."),
        ({"reply": {"order": 1, "error": None, "roster": None}}, "Answer: it is done."),
        ({"told": []}, "A roster is told from outside of the connection:"),
        ({"stuck": "It is late.", "unsupported": False}, "The case cannot go on: It is late."),
        ({"stuck": "It cannot.", "unsupported": True}, "This client has not what the case is about: It cannot."),
        ({"misread": "It is 5."}, "Something that came as an answer cannot be read: It is 5."),
        ({"ended": 1, "words": "Bye."}, "The client's program has ended with exit code 1. Its last words: Bye."),
        (
            {"belief": {"mark": "a", "about": ["a@b"], "oracle": "edit", "since": 1, "group": "g"}},
            "What the client believes is read from what it sent when it was made to edit its entries. "
            "It was asked about a@b.",
        ),
        (
            {"belief": {"mark": "a", "about": [], "oracle": None, "since": 0}},
            "What the client believes cannot be seen. It was asked about nothing particular.",
        ),
        ({"people": {"accounts": ["a@b"], "component": None, "seed": "s"}}, "The play has the accounts a@b."),
        (
            {"people": {"accounts": ["a@b", "c@b"], "component": "d", "seed": "s"}},
            "The play has the accounts a@b, c@b, and the component d.",
        ),
        ({"entered": "a@b/c"}, "The line is there, as a@b/c."),
        ({"entered": ""}, "The line is there."),
        ({"left": "cut"}, "The tester cuts the connection without a word."),
        ({"left": "close"}, "The tester ends the line."),
        ({"over": "It is gone."}, "The line is over. It is gone."),
        ({"may_end": True}, "From here on the server may end this line."),
        (
            {"fence": "answered", "rounds": 2},
            "2 rounds of pings on all lines are answered, and nothing is under way.",
        ),
        ({"fence": "answered", "rounds": 0}, "Nothing is under way."),
        ({"held": "a@b", "roster": []}, "What the server itself holds for a@b, as it lets the component read:"),
        ({"people": 5}, "Noted: people = 5"),
        ({"offered": "x", "count": [1]}, "Noted: offered = x; count = [1]"),
        ({"order": {"do": "dance"}}, 'Noted: order = {"do": "dance"}'),
        ({"order": 5}, "Noted: order = 5"),
        ({"belief": {"oracle": "report"}}, 'Noted: belief = {"oracle": "report"}'),
        ({"fence": ["x"]}, 'Noted: fence = ["x"]'),
        ({"told": [{"name": 5}]}, 'Noted: told = [{"name": 5}]'),
    ],
)
def test_notes_are_sentences(note: dict[str, object], sentence: str):
    """Each step of a play in words; what is not known, or not as it should be, is shown as it is."""
    assert noted(**note) == sentence


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "5", "[" * 100_000, HOSTILE])
def test_a_note_that_is_none_is_shown_as_it_is(text: str):
    """Nothing in a journal makes a report fail."""
    assert read_note(Entry(1, 0.0, None, None, None, "note", CASE, b"", text=text)).text == text


def test_a_belief_has_its_roster_below_it():
    """Those whom the case asks about come first; who is not there is named."""
    entries = [{"jid": f"n{number}@b", "name": "N", "groups": ["A", "B"], "ask": "subscribe"} for number in range(60)]
    belief = {"mark": "m", "about": ["n59@b", "x@b"], "oracle": "report", "roster": entries, "requests": ["q@b"]}
    told = read_note(Entry(1, 0.0, None, None, None, "note", CASE, b"", text=json.dumps({"belief": belief})))
    assert told.contacts is not None
    assert told.contacts[0] == ("n59@b", "N", "A, B", "ask", "", True)
    assert (len(told.contacts), told.left_out) == (50, 10)
    assert told.behind == "Not in it: x@b. Requests that wait for an answer: q@b."


def test_faults_are_told_in_words():
    """Those of the catalogue by what they do, the case's own by their name."""
    assert fault_words("drop, lie") == "fault “drop”: It is not sent.; said by the tester: “lie”"


ROSTER = b"<query xmlns='jabber:iq:roster'>"
GONE = b"<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"


@pytest.mark.parametrize(
    ("data", "direction", "kind", "summary"),
    [
        (b"<iq type='get' id='a'>" + ROSTER + b"</query></iq>", "in", "roster", "roster get · id a"),
        (
            b"<iq type='set' id='a'>" + ROSTER + b"<item jid='x@y'/></query></iq>",
            "in",
            "roster",
            "roster set · id a · x@y",
        ),
        (
            b"<iq type='set' id='a' from='f@g' to='me'>" + ROSTER + b"<item/></query></iq>",
            "out",
            "push",
            "roster push · id a · from f@g · no jid",
        ),
        (
            b"<iq type='result' id='a'>" + ROSTER + b"<item jid='x@y'/>" * 4 + b"</query></iq>",
            "out",
            "roster",
            "roster result, 4 entries · id a",
        ),
        (b"<iq type='get' id='a'><ping xmlns='urn:xmpp:ping'/></iq>", "out", "iq", "iq get ping · id a"),
        (
            b"<iq type='error' id='a' to='f@g'><error>" + GONE + b"</error></iq>",
            "in",
            "iq",
            "error gone · id a · to f@g",
        ),
        (b"<iq/>", "in", "iq", "iq without type"),
        (b"<presence type='subscribed' to='f@g'/>", "in", "presence", "presence subscribed · to f@g"),
        (b"<presence from='f@g'/>", "out", "presence", "presence available · from f@g"),
        (b"<message/>", "in", "message", "message normal"),
        (b"<auth xmlns='x' mechanism='PLAIN'>***</auth>", "in", "stream", "auth PLAIN"),
        (b"<stream:stream to='a'><stream:features>", "out", "stream", "stream, features"),
        (b"</stream:stream>", "out", "stream", "the end of the stream"),
        (b"<iq type='set' id", "out", "push", "17 bytes that are no whole stanza"),
    ],
)
def test_a_stanza_in_one_line(data: bytes, direction: str, kind: str, summary: str):
    """What it is, its id, who it is from or for, whom it is about."""
    assert summary_of(seen(data, direction, kind)) == summary


def test_long_values_do_not_make_long_lines():
    """An id of a megabyte is cut."""
    assert len(summary_of(seen(b"<iq type='get' id='" + b"x" * 1_000_000 + b"'/>"))) < 200


def test_a_tag_on_each_line():
    """Tags that stand one behind the other are broken apart; text is never touched."""
    item = b"<item jid='a@b'><group> x\n </group></item>"
    shown, missing = markup_of(seen(b"<iq id='" + b"i" * 60 + b"'>" + ROSTER + item * 2 + b"</query></iq>"), 10_000)
    assert missing == 0
    assert unescape(re.sub("<[^>]*>", "", shown)).splitlines() == [
        f"<iq id='{'i' * 60}'>",
        "  <query xmlns='jabber:iq:roster'>",
        *("    <item jid='a@b'>", "      <group> x", " </group>", "    </item>") * 2,
        "  </query>",
        "</iq>",
    ]


@pytest.mark.parametrize(
    "data", [b"<a><b", HOSTILE.encode("utf-8", "surrogatepass"), b"\xff\xfe", b"<a b='<script>'/>"]
)
def test_what_is_no_stanza_is_text(data: bytes):
    """It is escaped, and no tag of ours but the names of what is not printable is in it."""
    shown, _ = markup_of(seen(data), 10_000)
    assert "<" not in shown.replace('<b class="char">', "").replace("</b>", "")


def test_a_dialogue_line_by_line():
    """The login is folded, pings too; a lie says so in place of its mark; the rest stands as it was."""
    lines = timeline(played().entries, {})
    kinds = [type(line).__name__ if not isinstance(line, Moment) else f"{line.side} {line.kind}" for line in lines]
    assert kinds == ["Fold", "in stanza", "out lie", "in stanza", "Fold", "note order", "note reply", "note belief"]
    login, pings = lines[0], lines[4]
    assert isinstance(login, Fold)
    assert isinstance(pings, Fold)
    assert login.summary == f"Logged in as {ME}/phone. (3 entries)"
    assert [moment.number for moment in pings.moments] == [8, 9, 10]
    lie = lines[2]
    assert isinstance(lie, Moment)
    assert (lie.at, lie.fault, lie.withheld, lie.open) == ("0.625", "said by the tester: “spoofed”", False, True)


def test_what_a_finding_rests_on_is_never_folded():
    """An entry of the login, a ping, a mark: each stands alone where it is named."""
    lines = timeline(played().entries, {2: ["x"], 5: ["x", "y"], 8: ["y"]})
    named = {line.number: line.named_by for line in lines if isinstance(line, Moment) and line.named_by}
    assert named == {2: ["x"], 5: ["x", "y"], 8: ["y"]}


def test_only_the_testers_pings_are_folded():
    """A client may use such an id for a request of its own."""
    play = Play()
    play.add("in", "roster", b"<iq type='get' id='fence-1'>" + ROSTER + b"</query></iq>")
    (line,) = timeline(play.entries, {})
    assert isinstance(line, Moment)
    assert line.kind == "stanza"


def test_what_was_withheld_is_marked():
    """A stanza that was never written, and which fault kept it."""
    play = Play()
    play.add("out", "push", b"<iq type='set' id='p'/>", fault="drop", withheld=True)
    (line,) = timeline(play.entries, {})
    assert isinstance(line, Moment)
    assert (line.kind, line.withheld, line.fault) == ("lie", True, "fault “drop”: It is not sent.")


def test_contacts_are_told_apart_from_the_client():
    """What a scripted contact says or is told passed on no connection of the client."""
    play = Play()
    play.add("in", "presence", b"<presence type='subscribe' to='me@b'/>", session=None)
    play.add("out", "presence", b"<presence type='subscribed' from='me@b'/>", session=None)
    said, told = timeline(play.entries, {})
    assert isinstance(said, Moment)
    assert isinstance(told, Moment)
    assert (said.side, told.side) == ("contact", "contact")
    assert said.summary == "Contact friend@contacts.test says: presence subscribe · to me@b"
    assert told.summary.startswith("Contact friend@contacts.test is told:")


def test_sessions_are_named_where_there_are_several():
    """One session needs no name; of two, each entry says to which it belongs."""
    play = Play()
    play.add("in", "iq", b"<iq/>")
    assert timeline(play.entries, {})[0].session == ""  # type: ignore[union-attr]
    play.add("in", "iq", b"<iq/>", session="c2")
    assert [line.session for line in timeline(play.entries, {})] == ["c1", "c2"]  # type: ignore[union-attr]


def test_a_long_stanza_is_cut_and_says_how_much():
    """At most 16 KiB of it are shown, folded."""
    play = Play()
    play.add("out", "push", b"<iq type='set'>" + b"x" * 1_048_576 + b"</iq>", fault="lie")
    (line,) = timeline(play.entries, {})
    assert isinstance(line, Moment)
    assert line.markup is not None
    assert len(line.markup.striptags()) <= LONGEST
    assert line.cut == 1_048_576 + 20 - LONGEST
    assert not line.open


def test_the_middle_of_a_flood_is_left_out():
    """A client that sends without end makes no endless page; what matters in it is kept."""
    play = Play()
    for number in range(5_000):
        play.add("in", "message", f"<message id='m{number}'/>".encode())
    lines = timeline(play.entries, {2_500: ["x"]})
    gaps = [line.missing for line in lines if isinstance(line, Gap)]
    assert len(lines) == 1_003
    assert sum(gaps) == 3_999
    assert any(isinstance(line, Moment) and line.number == 2_500 for line in lines)


def test_all_stanzas_together_are_bounded():
    """Many long stanzas share what a page may show."""
    play = Play()
    for _ in range(100):
        play.add("in", "message", b"<message>" + b"&quot;\x7f" * 20_000 + b"</message>")
    shown = sum(len(line.markup or "") for line in timeline(play.entries, {}) if isinstance(line, Moment))
    assert shown < 1_000_000


def test_an_empty_play_has_no_lines():
    """A case that was never played."""
    assert timeline([], {}) == []
