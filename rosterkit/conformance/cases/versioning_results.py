"""What a versioned request is answered with: nothing new, the whole roster, an error, or nothing (RFC 6121 §2.6.3).

Tests: ``tests/conformance/test_cases_versioning.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections import Counter
from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.changes import put, removed
from rosterkit.conformance.cases.versioning_sessions import (
    AFTER,
    SECOND,
    THIRD,
    Standing,
    answered_whole,
    away,
    back,
    believed,
    came,
    ended,
    held_back,
    newcomer,
    roster_of,
    session,
    standing,
    unknown,
    unseen,
)
from rosterkit.conformance.evidence import Evidence, is_presence
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Await, Break, Fence, Release, Remember, Say, Script, Strike, online
from rosterkit.conformance.stanzas import iq, presence
from rosterkit.conformance.verdicts import Finding, Level, Oracle, Verdict, failed, inconclusive, info, passed
from rosterkit.core import jid
from rosterkit.core.commands import ForgetVersions

__all__ = ["CASES"]

_BEFORE = "before"
_ERROR = "<error type='wait'><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


# Nothing new


def _nothing_new(scene: Scene) -> Script:
    yield from online()
    yield from away()
    yield from back()
    yield Ask(AFTER, (scene.idol,))


def _as_before(evidence: Evidence) -> Finding:
    now = session(evidence, SECOND)
    if now.is_whole:
        return unknown(now.request)
    wanted = roster_of(evidence.scene, about=(evidence.scene.idol,))
    return believed(evidence, wanted, "", "After the empty result the client's list is as before.")


def _presence_before(scene: Scene) -> Script:
    login = yield from online()
    yield Await(is_presence, login.number)  # what the server says to it comes before what is said next
    yield Fence()
    yield Say(presence(f"{scene.friend}/phone"), "presence")
    yield Fence()
    yield Ask(_BEFORE, (scene.friend,))
    yield Strike("drop", {"on": "presence"})
    yield from away()
    yield from back()
    yield Ask(AFTER, (scene.friend,))


def _nobody_there(evidence: Evidence) -> Finding:
    friend = evidence.scene.friend
    before, after = (evidence.belief(mark) for mark in (_BEFORE, AFTER))
    was, there = before.get(friend, "available"), after.get(friend, "available")
    now = session(evidence, SECOND)
    if now.is_whole:
        return unknown(now.request)
    if there:
        words = f"After its next login the client shows {friend} as available, of whom no presence has come."
        return failed(Level.SHOULD, words, after.where)
    if was and there == []:
        return passed("After its next login the client shows nobody as available.", after.where)
    return inconclusive("Whom the client shows as available cannot be seen: it would have to tell that.")


# The whole roster


def _same_again(scene: Scene) -> Script:
    request = yield from held_back()
    yield from answered_whole(request, scene.roster, request.ver or "", "roster")
    yield Ask(AFTER, (scene.idol,))


def _each_once(evidence: Evidence) -> Finding:
    counts = Counter(entry["jid"] for entry in evidence.told(AFTER) or ())
    twice = next((contact for contact, count in counts.items() if count > 1), None)
    if twice is not None:
        words = f"The client's list has {twice} {counts[twice]} times, though the roster has it once."
        return failed(Level.MUST, words, Oracle.REPORT)
    wanted = roster_of(evidence.scene, about=(evidence.scene.idol,))
    finding = believed(evidence, wanted, "", "The client has each entry once, as the server has it.")
    return finding if finding.oracle is Oracle.REPORT or finding.verdict is not Verdict.PASS else unseen()


def _forgotten(scene: Scene) -> Script:
    """The server knows the client's version no more, and its roster is another one."""
    yield from online()
    forget = ForgetVersions(jid.parse(scene.me))
    yield from away(removed(scene, scene.idol), put(scene, newcomer(scene)), forget)
    yield from back()
    yield Ask(AFTER, (scene.newcomer, scene.idol))


def _replaced(evidence: Evidence) -> Finding:
    wanted = roster_of(evidence.scene, newcomer(evidence.scene), without=(evidence.scene.idol,))
    return believed(evidence, wanted, "", "The client has what the whole roster says, and nothing else.")


def _emptied(scene: Scene) -> Script:
    yield from online()
    yield from away(*(removed(scene, entry.jid) for entry in scene.roster))
    yield from back()
    yield Ask(AFTER, (scene.idol,))


def _empty(evidence: Evidence) -> Finding:
    belief = evidence.belief(AFTER)
    left = [entry.jid for entry in evidence.scene.roster if belief.knows(entry.jid)]
    if left:
        return failed(
            Level.MUST, f"The roster that came has no entries, and the client still has {left[0]}.", belief.where
        )
    if belief.whole:
        return passed("The client's list is empty.", belief.where)
    return unseen()


# No roster


def _refused(scene: Scene) -> Script:
    """A client that ends its connection then may do so: no rule says that it has to stay."""
    request = yield from held_back()
    yield Remember({"broke": "refusal"})
    yield Say(iq("error", request.id or "", _ERROR), "refusal")
    yield Release(pass_on=False)
    if (yield Fence()) != "gone":
        yield from away()
    yield from came(THIRD)
    yield Ask(AFTER, (scene.idol,))


def _cut_off(scene: Scene) -> Script:
    yield from held_back()
    yield Release(pass_on=False)
    yield Break("cut")
    yield from ended()
    yield from came(THIRD)
    yield Ask(AFTER, (scene.idol,))


def _still_together(evidence: Evidence, what: str) -> Finding:
    """List and version have both survived ``what``, or neither: then the whole roster has come again."""
    now = session(evidence, THIRD)
    place = standing(evidence, now.request)
    if place is Standing.UNKNOWN:
        return unknown(now.request)
    wanted = roster_of(evidence.scene, about=(evidence.scene.idol,))
    finding = believed(evidence, wanted, "", "After the next login the client's list is as before.")
    if place is Standing.NONE and finding.verdict is Verdict.PASS:
        return info(f"After {what} the client has forgotten its roster, and is sent all of it again.", finding.oracle)
    return finding


CASES = (
    Case(
        "rfc6121/2.6.3/empty-result",
        Level.MUST,
        "An empty result to a versioned request says that what is stored is still right.",
        "At the second login the client breaks down, or its user finds an empty list.",
        "The client logs in twice, and nothing has changed in between.",
        "The list as before.",
        _nothing_new,
        _as_before,
        aliases=("xep0237/empty-result",),
    ),
    Case(
        "rfc6121/2.6.3/no-cached-presence",
        Level.SHOULD,
        "What is stored of the roster says nothing about who is available.",
        "People are shown as online who left long ago.",
        "A contact is available in the first session; at the second login nothing is new, and no presence comes.",
        "Nobody is available.",
        _presence_before,
        _nobody_there,
        aliases=("xep0237/no-cached-presence",),
    ),
    Case(
        "rfc6121/2.6.3/whole-roster-again",
        Level.MUST,
        "A server may send the whole roster though nothing has changed; it takes the place of what is stored.",
        "Every contact stands in the list twice.",
        "The client's versioned request is answered with the roster and the version that it has already.",
        "Each contact once, as before.",
        _same_again,
        _each_once,
        aliases=("xep0237/whole-roster-again",),
    ),
    Case(
        "rfc6121/2.6.3/forgotten",
        Level.MUST,
        "Where a versioned request is answered with the whole roster, who is not in it is in the list no more.",
        "Contacts that were removed stay in the list for ever, and may still be written to.",
        "While the client is away one contact is removed, one added, and the server forgets its versions.",
        "Exactly the contacts that the roster has now.",
        _forgotten,
        _replaced,
        aliases=("xep0237/forgotten",),
    ),
    Case(
        "rfc6121/2.6.3/roster-emptied",
        Level.MUST,
        "A roster without entries is no empty result: nobody is in the list any more.",
        "Somebody who has removed all contacts elsewhere still sees them here.",
        "While the client is away all contacts are removed; its request is answered with a query that has a version "
        "and no items.",
        "An empty list.",
        _emptied,
        _empty,
        aliases=("xep0237/roster-emptied",),
    ),
    Case(
        "rfc6121/2.6.3/refused-get",
        Level.MUST,
        "A versioned request that was refused leaves list and version together: both stay, or both go.",
        "After one bad moment of the server the list is empty, and stays so as long as nothing in it changes.",
        "The client's second request for the roster is answered by internal-server-error, and it logs in again.",
        "The list as before.",
        _refused,
        partial(_still_together, what="one refusal"),
        aliases=("xep0237/refused-get",),
    ),
    Case(
        "rfc6121/2.6.3/cut-before-result",
        Level.MUST,
        "A versioned request that was never answered leaves list and version together: both stay, or both go.",
        "After a bad connection the list is empty, and stays so as long as nothing in it changes.",
        "The connection breaks off before the answer to the client's second request, and it logs in again.",
        "The list as before.",
        _cut_off,
        partial(_still_together, what="one cut"),
        aliases=("xep0237/cut-before-result",),
    ),
)
