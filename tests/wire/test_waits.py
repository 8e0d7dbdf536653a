"""One wait of a test, and the sentence that its author reads."""

from __future__ import annotations

from rosterkit.core.journal import Entry, Journal
from rosterkit.wire.patterns import read_pattern
from rosterkit.wire.waits import Wait


class Book:
    """A journal to which a client of juliet's adds."""

    def __init__(self) -> None:
        self.journal = Journal(100_000)

    def add(self, data: bytes, direction: str = "in", session: str | None = "c1", **more: object) -> Entry:
        """What has passed."""
        account = more.pop("account", "juliet@a.test")
        return self.journal.add(1.0, session, account, None, direction, "iq", data, **more)  # type: ignore[arg-type]


def wait(match: str | None, *forbidden: str, **more: object) -> Wait:
    """A wait of two seconds."""
    pattern = read_pattern(match, "match") if match is not None else None
    return Wait(pattern, [read_pattern(text, "not") for text in forbidden], within=2.0, **more)  # type: ignore[arg-type]


def test_it_ends_with_the_first_that_matches():
    """The entry is named; what comes later does not count."""
    book, waiting = Book(), wait("<iq type='result'/>")
    book.add(b"<iq type='get'/>")
    first = book.add(b"<iq type='result' id='1'/>")
    book.add(b"<iq type='result' id='2'/>")
    outcome = waiting.look(book.journal.since(0))
    assert outcome is not None
    assert (outcome.outcome, outcome.entry) == ("met", first)
    assert outcome.verdict == "Entry 2 matches <iq type='result'/>."


def test_what_is_forbidden_ends_it_too():
    """In the order in which things came."""
    book, waiting = Book(), wait("<iq type='result'/>", "<iq type='error'/>")
    bad = book.add(b"<iq type='error'/>")
    book.add(b"<iq type='result'/>")
    outcome = waiting.look(book.journal.since(0))
    assert outcome is not None
    assert (outcome.outcome, outcome.entry) == ("forbidden", bad)
    assert "what must not come" in outcome.verdict


def test_the_time_over_says_what_came_nearest():
    """The nearest miss, how it differs, and the last that came."""
    book, waiting = Book(), wait("<iq type='result' id='p1'/>")
    book.add(b"<iq type='result' id='p0'/>")
    book.add(b"<presence/>")
    assert waiting.look(book.journal.since(0)) is None
    outcome = waiting.timeout()
    assert outcome.outcome == "timeout"
    assert outcome.verdict == (
        "Within 2 s any client sent nothing that matches <iq type='result' id='p1'/>. Nearest is entry 1, "
        "<iq type='result' id='p0'/>: id is 'p0', not 'p1'. The last of 2 was entry 2: <presence/>."
    )


def test_nothing_at_all_is_said_plainly():
    """There is no nearest miss then."""
    assert wait("<iq/>").timeout().verdict.endswith("Nothing came at all.")


def test_without_a_match_silence_is_success():
    """Nothing that is forbidden came until the end."""
    waiting = wait(None, "<message/>")
    assert waiting.look([Book().add(b"<iq/>")]) is None
    assert waiting.timeout().outcome == "met"


def test_only_what_was_asked_for_counts():
    """Another account, another session, the other direction, a contact and what was withheld do not."""
    book = Book()
    book.add(b"<iq/>", account="romeo@a.test", session="c2")
    book.add(b"<iq/>", direction="out")
    book.add(b"<iq/>", withheld=True)
    book.add(b"<iq/>", session=None, account="nurse@far.test")
    entries = book.journal.since(0)
    assert wait("<iq/>", account="juliet@a.test").look(entries) is None
    assert wait("<iq/>", session="c3").look(entries) is None
    assert wait("<iq/>", account="nurse@far.test").look(entries) is not None
    assert wait("<iq/>", direction="out").look(entries) is not None
    assert wait("<iq/>").look(entries[2:]) is None
