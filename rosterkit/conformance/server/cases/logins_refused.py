"""Logins that fail, and with what (RFC 6120 §6.3.8, §6.4.4, §6.5).

No case lets more than two fail on one account, since there are servers that lock accounts.

Tests: ``tests/conformance/test_server_logins.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server.case import ServerCase, broken
from rosterkit.conformance.server.cases.logins_judging import LINE, fails_with, last_step, told_apart
from rosterkit.conformance.server.cases.streams_seen import bound_jid, sasl, step_of
from rosterkit.conformance.server.cases.streams_steps import (
    SCRAM,
    auth,
    bound,
    encoded,
    header,
    local_of,
    opened,
    plain,
    plainly,
    response,
    secured,
    tried,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script
from rosterkit.conformance.verdicts import Finding, Level, inconclusive
from rosterkit.core import markup
from rosterkit.wire.names import SASL

__all__ = ["CASES"]

_OTHER = "raw-2"
_UNKNOWN = "X-NOBODY-KNOWS-THIS"
_ABORT = markup.element("abort", xmlns=SASL)


# Scripts


def _wrong_password(people: People) -> Script:
    yield from secured(LINE, people)
    yield from plainly(LINE, people, "login", password=people.token("wrong"))


def _unknown_name(people: People) -> Script:
    """The wrong password of somebody, and then that of nobody, on another line."""
    wrong = people.token("wrong")
    for line, mark, account in ((LINE, "known", people.me), (_OTHER, "unknown", people.nobody)):
        yield from secured(line, people)
        yield from plainly(line, people, mark, name=local_of(account), password=wrong)


def _unknown_name_by_scram(people: People) -> Script:
    """The proof is made up, and so is its nonce: nobody can have known either."""
    for line, mark, account in ((LINE, "known", people.me), (_OTHER, "unknown", people.nobody)):
        mechanism = yield from secured(line, people, SCRAM)
        answer = yield from tried(line, auth(mechanism, _scram_first(people, account)), mark)
        if answer is not None and step_of(answer) == "challenge":
            yield from tried(line, response(encoded("c=biws,r=made-up,p=bWFkZSB1cA==")), f"{mark}-proof")


def _scram_first(people: People, account: str) -> str:
    name = local_of(account).replace("=", "=3D").replace(",", "=2C")
    return encoded(f"n,,n={name},r={people.token('nonce')}")


def _unknown_mechanism(people: People) -> Script:
    yield from secured(LINE, people)
    yield from tried(LINE, auth(_UNKNOWN, plain(local_of(people.me), people.password(people.me))), "login")


def _given_up(people: People) -> Script:
    mechanism = yield from secured(LINE, people, SCRAM)
    answer = yield from tried(LINE, auth(mechanism, _scram_first(people, people.me)), "begin")
    if answer is not None and step_of(answer) == "challenge":
        yield from tried(LINE, _ABORT, "abort")


def _no_base64(people: People) -> Script:
    """A sign that stands in no base64 in the middle of a message that would be right without it."""
    yield from secured(LINE, people)
    message = plain(local_of(people.me), people.password(people.me))
    yield from tried(LINE, auth("PLAIN", f"{message[:4]}*{message[4:]}"), "login")


def _no_message(people: People) -> Script:
    yield from secured(LINE, people)
    yield from tried(LINE, auth("PLAIN", encoded("a message without its parts")), "login")


def _as_another(people: People) -> Script:
    """Where that succeeds, the whole way to a resource, so that it can be seen whose stream it is."""
    yield from secured(LINE, people)
    answer = yield from plainly(LINE, people, "login", authzid=people.contact)
    if answer is not None and step_of(answer) == "success":
        yield from opened(LINE, header(people.domain), "open")
        yield from bound(LINE, "bind")


# Judges


def _names(evidence: Evidence) -> list[str]:
    return [local_of(evidence.people.me), local_of(evidence.people.nobody)]


def _same_answer(evidence: Evidence) -> Finding:
    apart = told_apart(evidence, (LINE, "known"), (_OTHER, "unknown"), _names(evidence))
    words = ", ".join(map(step_of, sasl(evidence, LINE, "known")))
    return first((apart,), f"A wrong password and an unknown name are both answered with {words}.")


def _same_steps(evidence: Evidence) -> Finding:
    names = _names(evidence)
    return first(
        (
            told_apart(evidence, (LINE, "known"), (_OTHER, "unknown"), names),
            told_apart(evidence, (LINE, "known-proof"), (_OTHER, "unknown-proof"), names),
        ),
        "A wrong proof and an unknown name get the same answers.",
    )


def _aborted(evidence: Evidence) -> Finding:
    begun = last_step(evidence, "begin")
    if begun is None or step_of(begun) != "challenge":
        return inconclusive("The login did not come so far that it could be given up.")
    return fails_with("abort", ("aborted",), "A login that is given up fails")(evidence)


def _stays_oneself(evidence: Evidence) -> Finding:
    last, name = last_step(evidence, "login"), bound_jid(evidence.answer("bind"))
    if last is not None and step_of(last) == "success" and name:
        bare = name.partition("/")[0]
        whose = "of its own account" if bare.lower() == evidence.people.me else f"of {bare}"
        return broken(Level.MUST, f"The login succeeded, and the stream is that {whose}.", last)
    return fails_with("login", ("invalid-authzid", "not-authorized"), "Acting as somebody else fails")(evidence)


# The cases


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6120/6.5.10/wrong-password",
        Level.MUST,
        "A login with a wrong password fails.",
        "Everybody can log in as everybody.",
        "A client logs in with a wrong password.",
        "The failure not-authorized.",
        _wrong_password,
        fails_with("login", ("not-authorized",), "A wrong password fails"),
    ),
    ServerCase(
        "rfc6120/6.5.10/unknown-name",
        Level.SHOULD,
        "The name of an account that does not exist fails as a wrong password does.",
        "A stranger finds out who has an account.",
        "A client logs in with a wrong password, and another under a name that nobody has.",
        "The same failure with the same text.",
        _unknown_name,
        _same_answer,
    ),
    ServerCase(
        "rfc6120/6.5.10/unknown-name-by-scram",
        Level.SHOULD,
        "With SCRAM too a name that nobody has fails at the same step as a wrong password.",
        "A stranger finds out who has an account, one message after another.",
        "A client begins SCRAM and proves nothing, and another does so under a name that nobody has.",
        "The same steps, and the same failure in the end.",
        _unknown_name_by_scram,
        _same_steps,
    ),
    ServerCase(
        "rfc6120/6.5.7/unknown-mechanism",
        Level.MUST,
        "A login by a mechanism that was not offered fails.",
        "A login is decided by rules that nobody has switched on.",
        "A client logs in by a mechanism that does not exist.",
        "The failure invalid-mechanism.",
        _unknown_mechanism,
        fails_with("login", ("invalid-mechanism",), "A mechanism that does not exist fails"),
    ),
    ServerCase(
        "rfc6120/6.4.4/given-up",
        Level.MUST,
        "A login that the client gives up fails at once.",
        "A client that wants to try something else waits for the end of what it has given up.",
        "A client begins SCRAM and aborts it.",
        "The failure aborted.",
        _given_up,
        _aborted,
    ),
    ServerCase(
        "rfc6120/6.5.5/no-base64",
        Level.MUST,
        "What is no base64 is no message of a login, and nothing is guessed from it.",
        "Two programs read two different names in one message.",
        "A client logs in with a sign in its message that stands in no base64.",
        "The failure incorrect-encoding.",
        _no_base64,
        fails_with("login", ("incorrect-encoding",), "What is no base64 fails"),
    ),
    ServerCase(
        "rfc6120/6.5.8/no-message",
        Level.MUST,
        "A message that does not have the parts that its mechanism wants fails.",
        "A login without a password succeeds, or the connection is lost over it.",
        "A client logs in by PLAIN with a message that has one part only.",
        "The failure malformed-request.",
        _no_message,
        fails_with("login", ("malformed-request",), "A message without its parts fails"),
    ),
    ServerCase(
        "rfc6120/6.3.8/as-another",
        Level.MUST,
        "Nobody logs in to act as somebody else.",
        "Everybody with an account can read and write as everybody else, or believes to.",
        "A client logs in with its own password and another account's bare JID as the authorization identity.",
        "The failure invalid-authzid.",
        _as_another,
        _stays_oneself,
        accounts=2,
    ),
)
