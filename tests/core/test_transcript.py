"""A journal as a dialogue to be read."""

from __future__ import annotations

from rosterkit.core.journal import Journal
from rosterkit.core.transcript import transcript

ME = ("c1", "juliet@a.test", "juliet@a.test/phone")


def test_it_is_a_dialogue_that_ends_with_what_was_not_answered():
    """The client on the left, the server on the right, the login in short; an ignored push is named."""
    journal = Journal(100_000)
    journal.add(0.0, "c1", None, None, "in", "stream", b"<stream:stream to='a.test'>")
    journal.add(0.25, *ME, "in", "roster", b"<iq type='get' id='r1'><query xmlns='jabber:iq:roster'/></iq>")
    journal.add(0.25, *ME, "out", "roster", b"<iq type='result' id='r1'/>")
    journal.add(1.0, *ME, "out", "push", b"<iq type='set' id='p1'/>")
    journal.add(1.5, *ME, "note", "control", text="The connection is cut.")
    assert transcript(journal.since(0), 100) == (
        "                        from the client                         to the client\n"
        "    0.000  c1           (stream)\n"
        "    0.250  c1 phone     <iq type='get' id='r1'><query\n"
        "                        xmlns='jabber:iq:roster'/></iq>\n"
        "    0.250  c1 phone                                             <iq type='result' id='r1'/>\n"
        "    1.000  c1 phone                                             <iq type='set' id='p1'/>\n"
        "    1.500  c1 phone     -- The connection is cut.\n"
        "\n"
        "Unanswered:\n"
        "  entry 4: the roster push 'p1' to juliet@a.test/phone got no answer\n"
    )


def test_a_login_is_shown_by_the_names_in_it():
    """An element without content too; only what holds no element is the end of the stream."""
    journal = Journal(100_000)
    for data in (b"<handshake>***</handshake>", b"<handshake/>", b"</stream:stream>"):
        journal.add(0.0, "c1", None, None, "in", "stream", data)
    shown = [line.partition("c1")[2].strip() for line in transcript(journal.since(0)).splitlines()[1:]]
    assert shown == ["(handshake)", "(handshake)", "(end of the stream)"]


def test_what_was_answered_is_not_listed():
    """A result or an error with the same id in the same session, the other way, is an answer."""
    journal = Journal(100_000)
    for answer in (b"<iq type='result' id='p1'/>", b"<iq id='p1' type='error'><error/></iq>"):
        journal.add(0.0, *ME, "out", "push", b"<iq type='set' id='p1'/>")
        journal.add(0.0, *ME, "in", "iq", answer)
    assert "Unanswered" not in transcript(journal.since(0))
    journal.add(0.0, *ME, "out", "push", b"<iq type='set' id='p1'/>")
    journal.add(0.0, "c2", *ME[1:], "in", "iq", b"<iq type='result' id='p1'/>")
    assert "Unanswered" in transcript(journal.since(0))


def test_faults_are_marked():
    """What was altered or not written, and by which fault."""
    journal = Journal(100_000)
    journal.add(0.0, *ME, "out", "push", b"<iq type='set' id='p1'/>", "drop", True)
    shown = transcript(journal.since(0))
    assert "!! drop (not written) <iq" in shown
    assert "Unanswered" not in shown


def test_hostile_names_cannot_drive_a_terminal():
    """Whatever is not printable is spelled out; what is long is cut with a count."""
    journal = Journal(100_000)
    journal.add(0.0, "c1", "a@b", "a@b/\x1b]0;x\x07", "in", "iq", "<a>\x1b[2J\u202e</a>".encode() + b"x" * 9000)
    shown = transcript(journal.since(0))
    assert shown.replace("\n", "").isprintable()
    assert "more)" in shown.replace("\n", "").replace(" ", "")


def test_nothing_is_said_to_be_nothing():
    """An empty journal."""
    assert transcript([]) == "Nothing happened.\n"


def test_calls_that_are_kept_for_a_scenario_are_left_out() -> None:
    """What they did has a sentence of its own, which stays."""
    journal = Journal(1 << 20)
    journal.add(0.0, None, None, None, "note", "control", text="The entry x is put into the roster.")
    journal.add(0.0, None, None, None, "note", "call", text="PUT accounts/juliet/roster/x")
    shown = transcript(journal.since(0))
    assert "is put into the roster" in shown
    assert "PUT accounts" not in shown
