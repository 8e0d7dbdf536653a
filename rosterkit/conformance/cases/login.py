"""How a client asks for its roster at login (RFC 6121 §2.2, §2.1.3).

Tests: ``tests/conformance/test_cases_login.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases import login_waiting
from rosterkit.conformance.cases.edits_steps import short
from rosterkit.conformance.cases.login_waiting import asks_account
from rosterkit.conformance.evidence import Evidence, is_presence, is_roster_get
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Await, Break, Fence, LogIn, Script, online
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, passed

__all__ = ["CASES"]


# Scripts


def _logged_in(_scene: Scene) -> Script:
    login = yield LogIn()
    yield Await(is_roster_get, login.number)
    yield Fence()


def _logged_in_again(scene: Scene) -> Script:
    yield from online()
    yield Break()
    yield from _logged_in(scene)


def _at_login(_scene: Scene) -> Script:
    yield from online()


# Judges


def _asks(evidence: Evidence) -> Finding:
    session = evidence.logins()[-1].session
    asked_first = next(iter(evidence.received(is_roster_get, session=session)), None)
    if asked_first is None:
        return failed(Level.SHOULD, "The client has logged in, and it has not asked for the roster.")
    return passed("The client asks for the roster.", Oracle.WIRE, asked_first.number)


def _asks_first(evidence: Evidence) -> Finding:
    asked_first = evidence.asked_for_roster()[0]
    said = next((seen for seen in evidence.received(is_presence, session=asked_first.session)), None)
    if said is not None and said.number < asked_first.number:
        words = "The client has sent its presence and then asked for the roster."
        return failed(Level.SHOULD, words, Oracle.WIRE, said.number, asked_first.number)
    return passed("The client asks for the roster before it sends presence.", Oracle.WIRE, asked_first.number)


def _asks_rightly(evidence: Evidence) -> Finding:
    for seen in evidence.received(is_roster_get):
        if seen.items:
            words = f"The request for the roster holds an item, for {short(seen.items[0].get('jid') or '')}."
            return failed(Level.MUST, words, Oracle.WIRE, seen.number)
        if not seen.id:
            return failed(Level.MUST, "The request for the roster has no id.", Oracle.WIRE, seen.number)
    return passed("The request is a get with an id and without items.")


def _asks_its_account(evidence: Evidence) -> Finding:
    for seen in evidence.received(is_roster_get):
        if not asks_account(evidence, seen):
            words = f"The request for the roster goes to {short(seen.to or '')}."
            return failed(Level.SHOULD, words, Oracle.WIRE, seen.number)
    return passed("The request goes to the account itself.")


CASES: tuple[Case, ...] = (
    Case(
        "rfc6121/2.1.3/get-without-items",
        Level.MUST,
        "The request for the roster is a get with an id, and there are no items in it.",
        "A strict server refuses the request, and the user's list stays empty.",
        "The client logs in.",
        "A get with an id and an empty query.",
        _at_login,
        _asks_rightly,
    ),
    Case(
        "rfc6121/2.1.3/get-to-own-account",
        Level.SHOULD,
        "The request for the roster goes to the account itself: to no address, or to its own bare JID.",
        "Who is asked has no roster of this user, so that the list stays empty.",
        "The client logs in.",
        "A get without to, or to the account's bare JID.",
        _at_login,
        _asks_its_account,
    ),
    Case(
        "rfc6121/2.2/asks-for-roster",
        Level.SHOULD,
        "A client asks for the roster when it has logged in.",
        "The user sees no contacts, and the server tells the client of no change.",
        "The client logs in.",
        "A request for the roster.",
        _logged_in,
        _asks,
    ),
    Case(
        "rfc6121/2.2/asks-again",
        Level.SHOULD,
        "A client asks for the roster on each new stream, also when it knows a roster already.",
        "After a break in the network the server pushes nothing any more, and the list goes stale without a sign.",
        "The client's stream is closed when it has its roster, and the client logs in again.",
        "A request for the roster on the second stream too.",
        _logged_in_again,
        _asks,
    ),
    Case(
        "rfc6121/2.2/roster-before-presence",
        Level.SHOULD,
        "A client asks for the roster before it sends its initial presence.",
        "Presence of people comes whom the client does not know yet, and is shown under bare addresses or lost.",
        "The client logs in.",
        "A request for the roster, and presence only after it.",
        _at_login,
        _asks_first,
    ),
    *login_waiting.CASES,
)
