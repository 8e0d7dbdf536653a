"""Runs made by hand, for tests of what shows them: every verdict, hostile names, large stanzas."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from rosterkit.conformance.case import Case, Check
from rosterkit.conformance.evidence import CASE, Evidence
from rosterkit.conformance.results import Expectation, Row, Run
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Script
from rosterkit.conformance.verdicts import Finding, Level, Oracle, Verdict, passed
from rosterkit.core.journal import Entry

#: Markup, quotes, a direction of writing, a control character, a line separator, half a character.
HOSTILE = "<script>alert(1)</script>\"'&\u202e\x07\u2028\ud800 | `x` ]]>"
#: The account of every play here.
ME = "c-sample@case.test"


def _script(scene: Scene) -> Script:
    yield from ()


def _judge(evidence: Evidence) -> Finding:
    return passed("It is as it was wanted.")


def case(name: str = "sample", section: str = "rfc6121/2.1.6", level: Level = Level.MUST, **words: str) -> Case:
    """A case with words of its own."""
    told = {key: f"The {key} of {name}." for key in ("rule", "consequence", "done", "wanted")} | words
    return Case(f"{section}/{name}", level, script=_script, judge=_judge, **told)


def check(name: str = "checked", section: str = "rfc6120/8.2.3") -> Check:
    """A check with words of its own."""
    words = {key: f"The {key} of {name}." for key in ("rule", "consequence", "done", "wanted")}
    return Check(f"{section}/{name}", Level.MUST, judge=lambda _: None, **words)


class Play:
    """Entries added one by one, each with the number that is given."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, direction: str, kind: str, data: bytes = b"", session: str | None = "c1", **more: Any) -> int:
        """One entry, an eighth of a second after the one before."""
        number = len(self.entries) + 1
        account = "friend@contacts.test" if session is None and direction != "note" else ME
        entry = Entry(number, number / 8, session, account, f"{ME}/phone", direction, kind, data, **more)
        self.entries.append(entry)
        return number

    def note(self, session: str | None = "c1", **what: Any) -> int:
        """A step of the play."""
        return self.add("note", CASE, session=session, text=json.dumps(what, ensure_ascii=False))


def played() -> Play:
    """A short dialogue: a login, a spoofed push, its answer, a ping, an order and what the client believes."""
    play = Play()
    play.add("in", "stream", b"<stream:stream to='case.test' version='1.0'>")
    play.add("in", "stream", b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>***</auth>")
    play.note(login=f"{ME}/phone")
    play.add("in", "roster", b"<iq type='get' id='r1'><query xmlns='jabber:iq:roster' ver=''/></iq>")
    play.note(mark="spoofed")
    push = (
        f"<iq type='set' id='push-spoofed' to='{ME}/phone' from='rosaline@strangers.test'>"
        "<query xmlns='jabber:iq:roster'><item jid='helena@contacts.test' name='Mallory'/></query></iq>"
    )
    play.add("out", "push", push.encode(), fault="spoofed")
    play.add("in", "iq", b"<iq type='result' id='push-spoofed' to='rosaline@strangers.test'/>")
    play.add("out", "iq", b"<iq type='get' id='fence-1'><ping xmlns='urn:xmpp:ping'/></iq>")
    play.add("in", "iq", b"<iq type='result' id='fence-1'/>")
    play.note(fence="answered")
    play.note(order={"do": "roster"})
    roster = [
        {"jid": "friend@contacts.test", "name": "Friend", "groups": ["Work"], "subscription": "both"},
        {"jid": "helena@contacts.test", "name": "Mallory", "groups": []},
    ]
    play.note(None, reply={"order": 1, "error": None, "roster": roster, "requests": []})
    belief = {"mark": "after", "about": ["helena@contacts.test"], "oracle": "report", "roster": roster}
    play.note(belief={**belief, "requests": [], "since": 11})
    return play


def row(verdict: Verdict, name: str = "", words: str = "", expected: Expectation | None = None, **more: Any) -> Row:
    """A row of this verdict, with the dialogue of :func:`played`."""
    level = {Verdict.NON_STRICT: Level.SHOULD, Verdict.INFO: Level.MAY}.get(verdict, Level.MUST)
    name = name or f"is-{verdict.value.lower()}"
    finding = Finding(
        verdict, words or f"What came of {name}.", more.pop("oracle", Oracle.WIRE), more.pop("numbers", ())
    )
    made = more.pop("case", None) or case(name, level=level)
    return Row(made, finding, more.pop("entries", played().entries), 0.25, expected=expected, **more)


EXPECTED = Expectation("rfc6121/2.1.6/*", Verdict.FAIL, "It is known: bug 12.", date(2030, 1, 31))


def every_verdict() -> list[Row]:
    """A row of each verdict, one that is expected and one that is expected and not so, and a check."""
    return [
        *(row(verdict, oracle=oracle) for verdict, oracle in zip(Verdict, [*Oracle, *Oracle], strict=False)),
        row(Verdict.FAIL, "known-fail", expected=EXPECTED, numbers=(6, 7)),
        row(Verdict.PASS, "mended", expected=EXPECTED),
        Row(check(), Finding(Verdict.FAIL, "It answers twice.", Oracle.WIRE, (7,)), play="rfc6121/2.1.6/is-pass"),
    ]


def run(rows: list[Row] | None = None, client: str = "sampler", **more: Any) -> Run:
    """A run of these rows, or of every verdict."""
    values = {"version": "1.2", "command": "client {jid} {password}", "environment": {"python": "3.11"}, **more}
    rows = every_verdict() if rows is None else rows
    return Run(client, rows, values.pop("seed", "7"), "2030-01-02T03:04:05+00:00", 2.5, **values)


def hostile_run() -> Run:
    """A run in which every text that somebody else can make is hostile."""
    play = played()
    stanza = f"<message from='a@b'><body>{HOSTILE.replace('<', '&lt;').replace('&', '&amp;')}</body></message>"
    play.add("in", "message", stanza.encode("utf-8", "surrogatepass"))
    play.add("in", "message", HOSTILE.encode("utf-8", "surrogatepass"))
    play.add("out", "push", b"<iq>\xff\xfe\x80", fault=HOSTILE, withheld=True)
    play.add("note", "fault", text=HOSTILE)
    play.note(**{HOSTILE: HOSTILE})
    play.note(order={"do": "rename", "jid": HOSTILE, "name": HOSTILE})
    play.note(told=[{"jid": HOSTILE, "name": HOSTILE, "groups": [HOSTILE], "subscription": HOSTILE}])
    play.note(stuck=HOSTILE)
    play.note(ended=1, words=HOSTILE)
    words = dict.fromkeys(("rule", "consequence", "done", "wanted"), HOSTILE)
    expected = Expectation(HOSTILE, Verdict.FAIL, HOSTILE)
    rows = [
        row(verdict, f"hostile-{number}", HOSTILE, expected if number % 2 else None, entries=play.entries,
            case=case(f"hostile-{number}", **words))
        for number, verdict in enumerate(Verdict)
    ]  # fmt: skip
    return run(
        rows,
        HOSTILE,
        version=HOSTILE,
        transport=HOSTILE,
        command=HOSTILE,
        seed=HOSTILE,
        environment={HOSTILE: HOSTILE},
    )
