"""What may come between the request for the roster and its answer, and from whom the answer (RFC 6121 §2.2, §2.1.4).

Tests: ``tests/conformance/test_cases_login.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.beliefs import UNKNOWN
from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.edits_steps import AFTER, asked, believed, newcomer, put, short
from rosterkit.conformance.evidence import Evidence, Seen, is_roster_get
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Fence, Hold, LogIn, Release, Remember, Say, Script, Strike, expect
from rosterkit.conformance.stanzas import entry, error, presence, push, query, result
from rosterkit.conformance.verdicts import Finding, Level, failed, inconclusive, info, passed
from rosterkit.errors import INTERNAL_SERVER_ERROR

__all__ = ["CASES", "asks_account"]

_EARLY, _REFUSED, _LATER, _ROSTER = "early", "refused", "later", "roster"


# Scripts


def _waiting() -> Script:
    """The client has asked for the roster, and the server has not heard it.  Gives the request."""
    yield Hold("roster-get")
    login = yield LogIn()
    return (yield from expect(is_roster_get, "a request for the roster", login.number))


def _slow(scene: Scene) -> Script:
    yield from _waiting()
    yield Say(presence(f"{scene.friend}/{scene.token('slow')}"), _EARLY)
    yield Fence()
    yield Fence()
    yield Release()
    yield from asked(scene.friend)


def _presence_first(scene: Scene) -> Script:
    yield from _waiting()
    yield Say(presence(f"{scene.friend}/{scene.token('early')}"), _EARLY)
    yield Strike("drop", {"on": "presence"})  # the contact itself would say that it is not there
    yield Release()
    yield from asked(scene.friend)


def _push_first(scene: Scene) -> Script:
    yield from _waiting()
    yield put(scene, newcomer(scene), "added")
    yield Say(push(entry(newcomer(scene)), "push-early", ver=scene.token("early")), _EARLY)
    yield Release()
    yield from asked(scene.newcomer)


def _refused(scene: Scene) -> Script:
    request = yield from _waiting()
    yield Fence()
    yield Release(pass_on=False)
    yield Remember({"may_leave": "A client that is refused the roster may end its session."})
    yield Say(error(request.id, INTERNAL_SERVER_ERROR), _REFUSED)
    if (yield Fence()) != "gone":
        yield Say(push(entry(newcomer(scene)), "push-later"), _LATER)
        yield from asked(scene.newcomer)


def _answered(scene: Scene, sender: Callable[[Scene], str | None]) -> Script:
    request = yield from _waiting()
    yield Release(pass_on=False)
    items = "".join(map(entry, scene.roster))
    yield Say(result(request.id, query(items, scene.token("result")), sender(scene)), _ROSTER)
    yield from asked(scene.friend)


# Judges


def asks_account(evidence: Evidence, request: Seen) -> bool:
    """Whether a request for the roster goes to the account itself."""
    return request.to is None or request.to.lower() == evidence.scene.me


def _believes_result(evidence: Evidence, right: str, wrong: str) -> Finding:
    """The roster as the account has told it, by whatever can be seen of it."""
    request = evidence.asked_for_roster()[0]
    if not asks_account(evidence, request):
        return inconclusive(
            f"The client has asked {short(request.to or '')} for the roster, and waits for no other answer."
        )
    return believed(Level.MUST, evidence, evidence.result_of(request), right, wrong, version=True)


def _keeps_presence(evidence: Evidence) -> Finding:
    belief = evidence.belief(AFTER)
    available = belief.get(evidence.scene.friend, "available")
    if available is UNKNOWN:
        return inconclusive("Who is there for the client cannot be seen: it would have to tell that with its roster.")
    if not available:
        words = "The contact was there before the roster came, and for the client it is not there after it."
        return failed(Level.SHOULD, words, belief.where)
    return passed("The client knows that the contact is there.", belief.where)


def _survives(evidence: Evidence) -> Finding:
    if evidence.said(_LATER) is None:
        return info("The client ends its session when it is refused the roster.")
    belief = evidence.belief(AFTER)
    took = evidence.took(belief, _LATER)
    if took is None:
        return info("The client goes on without a roster; what a later push is to it cannot be seen.")
    more = "takes a later push" if took else "takes no later push"
    return info(f"The client goes on without a roster, and {more}.", belief.where)


CASES = (
    Case(
        "rfc6121/2.2/slow-roster",
        Level.MUST,
        "A roster that comes late is the roster all the same.",
        "With a slow server the user's list stays empty until the next login.",
        "Presence of a contact and four pings come between the request for the roster and its answer.",
        "The roster as it was answered.",
        _slow,
        partial(
            _believes_result,
            right="The client has the roster that came late.",
            wrong="The client does not have the roster that came late.",
        ),
    ),
    Case(
        "rfc6121/2.2/presence-before-roster",
        Level.SHOULD,
        "Presence of a contact that comes before the roster is not lost.",
        "Contacts that are there are shown as away until they change their status.",
        "Presence of a contact comes between the request for the roster and its answer.",
        "The contact is there.",
        _presence_first,
        _keeps_presence,
    ),
    Case(
        "rfc6121/2.2/push-before-result",
        Level.MUST,
        "A push that comes before the answer to the request for the roster is not that answer.",
        "Whoever edits the list on another device at the wrong moment makes all the other contacts vanish here.",
        "A push of a new entry comes between the request for the roster and its answer, which has the entry too.",
        "The roster as it was answered.",
        _push_first,
        partial(
            _believes_result,
            right="The client has the roster, and in it the entry that was pushed early.",
            wrong="After an early push the client does not have the roster that was answered.",
        ),
    ),
    Case(
        "rfc6121/2.2/roster-refused",
        Level.MAY,
        "A client that is refused the roster may go on without it, or leave, but must not hang.",
        "A server with trouble in one place costs the user the whole session.",
        "The request for the roster is answered with internal-server-error, and later a push comes.",
        "The client goes on, and has the pushed entry or not; or it ends its session.",
        _refused,
        _survives,
    ),
    Case(
        "rfc6121/2.2/roster-result-without-from",
        Level.MUST,
        "A roster result without from is the account's own (RFC 6120 8.1.2.1).",
        "With most servers the user's list stays empty.",
        "The request for the roster is answered with a result that has no from.",
        "The roster as it was answered.",
        partial(_answered, sender=lambda _: None),
        partial(
            _believes_result,
            right="The client has the roster of a result without from.",
            wrong="The client does not have the roster of a result without from.",
        ),
    ),
    Case(
        "rfc6121/2.2/roster-result-from-own-bare-jid",
        Level.MUST,
        "A roster result from the account's bare JID is as good as one without from (RFC 6120 8.1.2.1).",
        "With some servers the user's list stays empty.",
        "The request for the roster is answered with a result from the account's bare JID.",
        "The roster as it was answered.",
        partial(_answered, sender=lambda scene: scene.me),
        partial(
            _believes_result,
            right="The client has the roster of a result from its bare JID.",
            wrong="The client does not have the roster of a result from its bare JID.",
        ),
    ),
)
