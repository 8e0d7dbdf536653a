"""Logins that succeed, on a line where they are said by hand (RFC 6120 §6.3, §6.4, §13.8.1).

What is about passwords is tried by PLAIN, the one mechanism that is said in one word; where a server does not offer
it, such a case tells nothing.

Tests: ``tests/conformance/test_server_logins.py``.
"""

from __future__ import annotations

from rosterkit.conformance.evidence import is_answer
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, kept
from rosterkit.conformance.server.cases.logins_judging import LINE, last_step, succeeds
from rosterkit.conformance.server.cases.streams_seen import bound_jid, features, last_words, sasl, step_of
from rosterkit.conformance.server.cases.streams_steps import (
    SCRAM,
    answered,
    auth,
    bound,
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
from rosterkit.conformance.server.steps import Enter, Remember, Script, Stuck, online, told
from rosterkit.conformance.verdicts import Finding, Level, inconclusive
from rosterkit.wire.entering import Phase

__all__ = ["CASES"]

# Scripts


def _by_plain(people: People) -> Script:
    yield from secured(LINE, people)
    yield from plainly(LINE, people, "login")
    yield from opened(LINE, header(people.domain), "open")


def _in_capitals(people: People) -> Script:
    """The whole way to a roster, so that it can be seen whose stream it is."""
    yield from online("me", people.me, presence=None)
    yield from told("me", stanzas.roster_set("add", stanzas.item(people.nobody, "Rosaline")), "add")
    yield from secured(LINE, people)
    yield from plainly(LINE, people, "login", name=local_of(people.me).upper())
    if (yield from opened(LINE, header(people.domain), "open")) is not None:
        yield from bound(LINE, "bind")
        yield from answered(LINE, stanzas.roster_get("roster"), "roster", is_answer("roster"))


def _as_oneself(people: People) -> Script:
    yield from secured(LINE, people)
    yield from plainly(LINE, people, "login", authzid=people.me)


def _in_two_steps(people: People) -> Script:
    yield from secured(LINE, people)
    answer = yield from tried(LINE, auth("PLAIN"), "begin")
    if answer is not None and step_of(answer) == "challenge":
        message = plain(local_of(people.me), people.password(people.me))
        yield from tried(LINE, response(message), "login")


def _at_the_second_try(people: People) -> Script:
    yield from secured(LINE, people)
    yield from plainly(LINE, people, "wrong", password=people.token("wrong"))
    yield from plainly(LINE, people, "login")


def _by_scram(people: People) -> Script:
    """The line checks the server's signature by itself, and fails where it is wrong."""
    mechanism = yield from secured(LINE, people, SCRAM)
    try:
        yield Enter("me", people.me, Phase.AUTHENTICATED, mechanism=mechanism)
    except Stuck as stuck:
        yield Remember({"refused": str(stuck)})


# Judges


def _plain_works(evidence: Evidence) -> Finding:
    offers = features(evidence, LINE, "open")
    return first(
        (
            succeeds(evidence, "login", Level.MUST),
            None if offers else broken(Level.MUST, f"No features came behind it. {last_words(evidence, LINE)}"),
        ),
        "The login by PLAIN succeeded.",
        *offers,
    )


def _same_account(evidence: Evidence) -> Finding:
    answer, me = evidence.answer("bind"), evidence.people.me
    name = bound_jid(answer)

    def whose() -> Finding | None:
        roster = evidence.roster("roster")
        if answer is None or not name or roster is None:
            return inconclusive("The login succeeded, and no roster could be had to see whose stream it is.")
        if name.partition("/")[0].lower() != me or evidence.people.nobody not in roster:
            return broken(Level.MUST, f"The name of {me} in capitals has led to {name}, another account.", answer)
        if name.partition("/")[0] != me:
            words = f"It is that account, and bound is {name}, which no client takes for a resource of {me}."
            return broken(Level.SHOULD, words, answer)
        return None

    refusal = succeeds(evidence, "login", Level.MUST)
    return first(
        (refusal or whose(),), f"The name of {me} in capitals is that account.", *([answer] if answer else [])
    )


def _may_say_who(evidence: Evidence) -> Finding:
    return first((succeeds(evidence, "login", Level.SHOULD),), "An account may log in to act as itself.")


def _asks_for_more(evidence: Evidence) -> Finding:
    begun = last_step(evidence, "begin")
    if begun is None or step_of(begun) != "challenge":
        return first((succeeds(evidence, "begin", Level.SHOULD),), "The login succeeded without a password.")
    return first((succeeds(evidence, "login", Level.SHOULD),), "The server has asked for what was left out.", begun)


def _second_try(evidence: Evidence) -> Finding:
    wrong = last_step(evidence, "wrong")
    if wrong is None or step_of(wrong) in ("success", "challenge"):
        return inconclusive("The wrong password did not fail, so that there was nothing to try again.")
    return first((succeeds(evidence, "login", Level.SHOULD),), "A second try on the same stream succeeded.", wrong)


def _has_proved_itself(evidence: Evidence) -> Finding:
    refusal = next(evidence.steps("refused"), None)
    won = [seen for seen in sasl(evidence, "me") if step_of(seen) == "success"]
    if refusal is None:
        return kept("The server has proved that it knows the password.", *won)
    said = str(refusal.step["refused"])
    return broken(Level.MUST, said, *won) if won else inconclusive(said)


# The cases


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6120/6.3.7/capitals",
        Level.MUST,
        "The name of an account is the same in small letters and in capitals.",
        "Somebody whose keyboard begins names with a capital cannot log in, or gets another account.",
        "A client puts an entry into its roster; another logs in with the name in capitals and asks for the roster.",
        "A resource of that account, in small letters, and the entry.",
        _in_capitals,
        _same_account,
    ),
    ServerCase(
        "rfc6120/6.3.8/as-oneself",
        Level.SHOULD,
        "A client may say that it wants to act as the account with which it logs in.",
        "Clients that fill in every field cannot log in.",
        "A client logs in with its own bare JID as the authorization identity.",
        "Success.",
        _as_oneself,
        _may_say_who,
    ),
    ServerCase(
        "rfc6120/6.4.2/two-steps",
        Level.SHOULD,
        "A mechanism in which the client speaks first may be begun without its first message.",
        "Clients that wait to be asked cannot log in.",
        "A client begins PLAIN without a message, and sends it when it is asked.",
        "An empty challenge, and success.",
        _in_two_steps,
        _asks_for_more,
    ),
    ServerCase(
        "rfc6120/6.4.5/second-try",
        Level.SHOULD,
        "Behind a login that has failed another one may be tried on the same stream.",
        "Whoever mistypes a password waits for a whole new connection.",
        "A client logs in with a wrong password, and then with the right one.",
        "A failure, and success.",
        _at_the_second_try,
        _second_try,
    ),
    ServerCase(
        "rfc6120/6.4.6/server-signature",
        Level.MUST,
        "With the success of SCRAM the server proves that it knows the password too.",
        "Clients that look refuse to go on, and those that do not are led to somebody else's server.",
        "A client logs in by SCRAM.",
        "Success with the right signature.",
        _by_scram,
        _has_proved_itself,
    ),
    ServerCase(
        "rfc6120/13.8.1/plain",
        Level.MUST,
        "Where PLAIN is offered, one can log in by it.",
        "The many clients that know nothing else do not get in.",
        "A client logs in by PLAIN.",
        "Success, and stream features on the new stream.",
        _by_plain,
        _plain_works,
    ),
)
