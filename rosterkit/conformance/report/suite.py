"""Which suite a report is of, and the few words that differ; and what the verdicts and oracles mean, in words.

Tests: ``tests/conformance/test_report_pages.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rosterkit.conformance.results import Run
from rosterkit.conformance.verdicts import Oracle, Verdict
from rosterkit.errors import ConfigError

__all__ = ["BROKEN", "CLIENTS", "EXIT_CODES", "ORACLES", "SERVERS", "VERDICTS", "Suite", "suite_of"]


class Suite(NamedTuple):
    """What is judged and how.

    ``testee`` is the word for what is judged, ``command`` what begins the line that repeats a case, ``how`` the way
    in which a run's own command stands in it, and ``example`` the rest of a line that somebody can fill in.  ``left``
    and ``right`` are the headings of a timeline's columns: of what came in, and of what went out.  ``mutant`` says
    what the mutants of the suite are, ``option`` what chooses the suite where a command has both.
    """

    testee: str
    command: str
    left: str
    right: str
    how: str
    example: str
    mutant: str
    option: str = ""


#: The suite that judges clients.
CLIENTS = Suite(
    "client",
    "rosterkit check client",
    "From the client",
    "To the client",
    "--exec {quoted}",
    "--exec 'CMD {jid} {password} {host} {port} {ca}'",
    "small client",
)
#: The suite that judges servers; a run's command is its options without what is secret.
SERVERS = Suite(
    "server",
    "rosterkit check server",
    "From the server",
    "To the server",
    "{command}",
    "--host HOST --domain DOMAIN --accounts FILE --component-connect HOST:PORT --component DOMAIN --secret-file FILE",
    "server",
    " --suite server",
)


def suite_of(runs: Iterable[Run]) -> Suite:
    """The suite that runs are of, that of clients where there are none; ConfigError where they are of both."""
    testees = {run.testee for run in runs}
    if len(testees) > 1:
        raise ConfigError("One report cannot hold clients and servers: name reports of one kind.")
    return SERVERS if testees == {SERVERS.testee} else CLIENTS


#: The verdicts that say that a rule was broken.
BROKEN = (Verdict.FAIL, Verdict.NON_STRICT)
#: What each verdict means; ``{testee}`` is the suite's word.
VERDICTS: Mapping[Verdict, str] = {
    Verdict.PASS: "The rule was followed.",
    Verdict.NON_STRICT: "Something that the RFC recommends (SHOULD) was not done, or the {testee} did not survive a "
    "case that is no MUST. It counts only with --strict.",
    Verdict.FAIL: "What the RFC demands (MUST) was not done, or what it forbids was.",
    Verdict.INFO: "The RFC leaves it open; the words say what the {testee} does.",
    Verdict.UNSUPPORTED: "The {testee} was shown not to have what the case is about; that counts for nothing.",
    Verdict.INCONCLUSIVE: "Nothing is known, through the tester or its surroundings; this is never as it should be.",
}
#: What each oracle is.
ORACLES: Mapping[Oracle, str] = {
    Oracle.WIRE: "what passed on the wire, and nothing else",
    Oracle.REPORT: "the roster that the {testee}, or a command, has told",
    Oracle.EDIT: "what the {testee} sent from its cache when it was made to edit an entry",
    Oracle.VER: "the version that the {testee} presented at its next login",
}
#: What a run's exit code says.
EXIT_CODES: Mapping[int, str] = {
    0: "everything is as it should be",
    1: "something is not as it should be",
    3: "something could not be found out, and nothing is worse",
    4: "nothing ran",
}
