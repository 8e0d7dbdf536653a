"""Which version a client presents with its request for the roster (RFC 6121 §2.6.2).

Tests: ``tests/conformance/test_cases_versioning.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

import re
from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.versioning_sessions import (
    AFTER,
    SECOND,
    THIRD,
    UNVERSIONED,
    Standing,
    answered_whole,
    away,
    back,
    came,
    given,
    held_back,
    session,
    standing,
    unknown,
)
from rosterkit.conformance.evidence import Evidence, is_roster_get
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Hold, LogIn, Script, SwitchAccount, expect, online, pushed
from rosterkit.conformance.stanzas import item
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, inconclusive, info, passed, unsupported
from rosterkit.core.world import Settings

__all__ = ["CASES"]

#: The server's versions look like this; one that it has not given is left of an earlier run.
_OURS = re.compile("[0-9a-f]{16}-[0-9]+")
#: Quotes, markup, two spaces, letters of three scripts, a character beyond 16 bits; 200 in all.
_STRANGE = "1\"'<&>  Grüße από 東京 \U0001f5dd" + "=/x9" * 44 + "é!"
#: A number that is another one where it is read as one.
_DIGITS = "000000000000000000000000000042"


# Nothing stored, and no feature


def _nothing_stored(_scene: Scene) -> Script:
    """Whether a client that presents no version knows of versions is seen when it has one."""
    request = yield from came("first login")
    if request.ver is None:
        yield from away()
        yield from came(SECOND)


def _first(evidence: Evidence) -> Finding:
    first, *later = evidence.asked_for_roster()
    ver = first.ver
    if ver and _OURS.fullmatch(ver):
        return inconclusive("The client presents a version of an earlier run; remove what it has stored before.")
    if ver:
        words = f"With nothing stored the client presents the version {ver!r}, which nobody has given it."
        return failed(Level.MUST, words, Oracle.WIRE, first.number)
    if ver is None and all(request.ver is None for request in later):
        return unsupported(UNVERSIONED)
    if ver is None:
        return info(
            "The client leaves the version out at first, and presents the one that it was given from then on."
        )
    return passed("With nothing stored the client presents an empty version.", Oracle.WIRE, first.number)


def _without_feature(scene: Scene) -> Script:
    """The roster has a version all the same, so that the client has one to present."""
    yield Hold("roster-get")
    login = yield LogIn()
    request = yield from expect(is_roster_get, "a request for the roster", login.number)
    yield from answered_whole(request, scene.roster, scene.token("ver"), "roster")
    yield from away()
    yield from came(SECOND)


def _presents_nothing(evidence: Evidence) -> Finding:
    request = next((one for one in evidence.received(is_roster_get) if one.ver is not None), None)
    if request is None:
        return passed("None of the client's requests for the roster has a version.")
    words = f"The client presents the version {request.ver!r} to a server that does not offer versioning."
    return failed(Level.MUST, words, Oracle.WIRE, request.number)


# Opaque versions


def _strange(scene: Scene, ver: str) -> Script:
    request = yield from held_back()
    yield from answered_whole(request, scene.roster, ver, "roster")
    yield from away()
    yield from came(THIRD)


def _as_received(evidence: Evidence, ver: str) -> Finding:
    request = session(evidence, THIRD).request
    if request.ver == ver:
        return passed("The client presents the version as it came.", Oracle.WIRE, request.number)
    found = standing(evidence, request)
    if found is Standing.LAST:
        return inconclusive("The client has asked for its roster again, and presents the version of that answer.")
    if found is Standing.UNKNOWN:
        words = f"The client was given the version {ver!r} and presents {request.ver!r}."
        return failed(Level.MUST, words, Oracle.WIRE, request.number)
    presents = f"the older {request.ver!r}" if request.ver else "none"
    words = f"The client presents {presents} after it was given the version {ver!r}."
    return failed(Level.SHOULD, words, Oracle.WIRE, request.number)


def _unordered(scene: Scene) -> Script:
    yield Hold("roster-get")
    login = yield LogIn()
    request = yield from expect(is_roster_get, "a request for the roster", login.number)
    yield from answered_whole(request, scene.roster, "8", "roster")
    for ver, contact in (("9", scene.newcomer), ("1", scene.other)):
        yield from pushed(f"push {ver}", item(contact, name=scene.name_of(contact), subscription="none"), ver=ver)
    yield from away()
    yield from back()


def _last_of_all(evidence: Evidence) -> Finding:
    request = session(evidence, SECOND).request
    if request.ver == "1":
        return passed("The client presents '1', the last version that it was given.", Oracle.WIRE, request.number)
    if request.ver == "9":
        words = "The client presents '9', though '1' came after it: it takes versions for numbers that grow."
        return failed(Level.MUST, words, Oracle.WIRE, request.number)
    if standing(evidence, request) is Standing.UNKNOWN:
        return unknown(request)
    return unsupported("The client keeps the version of no push, so it has none to compare.")


# Whose version


def _other_account(_scene: Scene) -> Script:
    yield from online()
    yield from away()
    yield from back()
    yield SwitchAccount()
    yield from away()
    yield from came(THIRD)
    yield Ask(AFTER)


def _kept_apart(evidence: Evidence) -> Finding:
    request, belief = session(evidence, THIRD).request, evidence.belief(AFTER)
    if request.ver in given(evidence, request.number):
        words = "The client presents the version of one account's roster for that of another."
        return failed(Level.MUST, words, Oracle.WIRE, request.number)
    strangers = [entry.jid for entry in evidence.scene.roster if belief.knows(entry.jid)]
    if strangers:
        return failed(Level.MUST, f"The list of the other account shows {strangers[0]}.", belief.where)
    if request.ver:
        return unknown(request)
    shows = ", and its list is empty" if belief.whole else ""
    return passed(f"For the other account the client presents no version of the first one{shows}.", belief.where)


CASES = (
    Case(
        "rfc6121/2.6.2/first-ver",
        Level.MUST,
        "A client that has nothing stored presents an empty version or none.",
        "A version out of the air may be one that the server knows, and then the list stays empty.",
        "The client logs in for the first time; where it presents no version then, once more.",
        "ver='' in the first request for the roster; none at all is right too.",
        _nothing_stored,
        _first,
        aliases=("xep0237/first-ver",),
    ),
    Case(
        "rfc6121/2.6.2/not-offered",
        Level.MUST,
        "A client presents no version to a server that does not offer versioning.",
        "An old server may refuse the request, and then there is no contact list at all.",
        "The server does not offer versioning, its roster has a version all the same, and the client logs in twice.",
        "Requests for the roster without ver.",
        _without_feature,
        _presents_nothing,
        settings=Settings(versioning=False),
        aliases=("xep0237/not-offered",),
    ),
    Case(
        "rfc6121/2.6.2/ver-as-received",
        Level.MUST,
        "A version is presented character by character as it came, whatever is in it.",
        "The server does not know the altered version, and sends the whole list at each login.",
        "A roster has a version of 200 characters, with quotes, markup and letters of many scripts.",
        "The same version in the next request.",
        partial(_strange, ver=_STRANGE),
        partial(_as_received, ver=_STRANGE),
        aliases=("xep0237/ver-as-received",),
    ),
    Case(
        "rfc6121/2.6.2/ver-of-digits",
        Level.MUST,
        "A version that looks like a number is presented with all its digits.",
        "The server does not know the altered version, or takes it for another one, and changes are missed.",
        f"A roster has the version {_DIGITS}.",
        "The same version in the next request.",
        partial(_strange, ver=_DIGITS),
        partial(_as_received, ver=_DIGITS),
        aliases=("xep0237/ver-of-digits",),
    ),
    Case(
        "rfc6121/2.6.2/not-ordered",
        Level.MUST,
        "The version that came last counts, also where it looks like an older one.",
        "After the server has begun to count anew, the client asks for what it has, and not for what it lacks.",
        "A roster has the version '8', then two pushes come with the versions '9' and '1'.",
        "The version '1' in the next request.",
        _unordered,
        _last_of_all,
        aliases=("xep0237/not-ordered",),
    ),
    Case(
        "rfc6121/2.6.2/another-account",
        Level.MUST,
        "What is stored of one account's roster counts for no other account.",
        "Whoever logs in on a shared device is shown the contacts of somebody else.",
        "The client logs in twice, and then to another account, whose roster is empty.",
        "An empty version or none for the other account, and an empty list.",
        _other_account,
        _kept_apart,
        aliases=("xep0237/another-account",),
    ),
)
