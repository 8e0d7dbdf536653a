"""A case: its id, its rule in one sentence, what follows when the rule is broken, its script and its judge.

Tests: ``tests/conformance/test_catalogue.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Script
from rosterkit.conformance.verdicts import Finding, Level, Oracle, Verdict, failed, inconclusive, unsupported
from rosterkit.core.roster import Item
from rosterkit.core.world import Settings

__all__ = ["Case", "Check", "Judge", "Rule", "judged"]

Judge: TypeAlias = Callable[[Evidence], Finding]


def _everybody(scene: Scene) -> tuple[Item, ...]:
    return scene.roster


@dataclass(frozen=True, slots=True)
class Rule:
    """What is judged, whoever is: a case or a check of either suite.

    Its ``id`` is ``DOCUMENT/SECTION/NAME``; it is never given to another one.  ``rule`` says in our own words what
    has to be done, ``consequence`` what follows for people where it is not, ``done`` what the tester does and
    ``wanted`` what should come: each one sentence.  ``level`` is that of the rule.  ``aliases`` are other ids under
    which it is found.
    """

    id: str
    level: Level
    rule: str
    consequence: str
    done: str
    wanted: str
    aliases: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def section(self) -> str:
        """The document and section: ``rfc6121/2.1.6``."""
        return self.id.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Case(Rule):
    """One case for clients.  ``roster`` gives the entries at the beginning."""

    script: Callable[[Scene], Script]
    judge: Judge
    roster: Callable[[Scene], tuple[Item, ...]] = _everybody
    settings: Settings = field(default_factory=Settings)

    @property
    def account(self) -> str:
        """The localpart of its account: ``c-2-1-6-spoofed-stranger``."""
        return "c-" + self.id.removeprefix("rfc6121/").replace("/", "-").replace(".", "-")


@dataclass(frozen=True, slots=True)
class Check(Rule):
    """A rule that is looked at in every play, and told once for a run.

    ``judge`` takes the evidence of its own suite, and gives None where the play had nothing to do with the rule.
    """

    judge: Callable[[Any], Finding | None]


def judged(case: Case, evidence: Evidence) -> Finding:
    """The finding of a play: the judge's, unless the play did not get as far as the judge.

    A client that ends its stream, breaks it or answers nothing any more after the case has begun has not followed
    the rule: FAIL where that is a MUST, else NON-STRICT.  Before that, nobody knows.
    """
    stuck, dropout, silence = evidence.stuck(), evidence.dropout(), evidence.silence()
    began = next((seen.number for seen in evidence.steps("mark")), None)
    level = Level.MUST if case.level is Level.MUST else Level.SHOULD
    if dropout is not None and began is not None and dropout.number > began:
        last = [seen.step["mark"] for seen in evidence.steps("mark") if seen.number < dropout.number][-1]
        words = f"The client's connection was gone after what was sent as {last!r}."
        return failed(level, words, Oracle.WIRE, dropout.number)
    if stuck is not None:
        text = stuck.step["stuck"]
        return unsupported(text) if stuck.step.get("unsupported") else inconclusive(text)
    if dropout is not None:
        return inconclusive("The client's connection was gone before the case had begun.")
    if silence is not None and began is not None and silence.number > began:
        words = "The client is still connected, and since the case began it answers nothing any more."
        return failed(level, words, Oracle.WIRE, silence.number)
    return _as_told(case.judge(evidence), evidence)


def _as_told(finding: Finding, evidence: Evidence) -> Finding:
    """Nobody is blamed for a belief that is just the roster which the server itself has sent since."""
    blamed = finding.verdict in (Verdict.FAIL, Verdict.NON_STRICT) and finding.oracle in (Oracle.REPORT, Oracle.EDIT)
    if not blamed or not evidence.believes_what_it_was_told_again():
        return finding
    return inconclusive(
        "The client has asked for its roster again and believes the answer, which does not know what the case said."
    )
