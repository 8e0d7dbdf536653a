"""Answers that nobody has asked for: from strangers, under wrong ids, a second time.

Tests: ``tests/conformance/test_catalogue.py``, ``tests/conformance/test_cases_streams.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.streams_judging import both_believed, forgeries_refused, not_answered, roster_there
from rosterkit.conformance.evidence import is_roster_get
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Fence, Hold, LogIn, Release, Say, Script, expect, online, pushed
from rosterkit.conformance.stanzas import FULL, entry, error, iq, item, presence, query, result
from rosterkit.conformance.verdicts import Level
from rosterkit.core import markup
from rosterkit.errors import ITEM_NOT_FOUND

__all__ = ["CASES"]

_ERROR = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


def _forged(scene: Scene, mark: str, newcomer: str) -> str:
    """The roster as it is, and somebody more in it: so a client that believes it can still be made to edit."""
    more = item(newcomer, [scene.groups[2]], name="Mallory", subscription="both")
    return query(more + "".join(map(entry, scene.roster)), scene.token(mark))


def _held(scene: Scene, answer: Callable[[Scene, str, str], str]) -> Script:
    """Say a forged answer while the client's request for the roster waits, let the true one come, say another.

    ``answer`` makes one, of the id of the request and the roster.
    """
    yield Hold("roster-get")
    login = yield LogIn()
    asked = yield from expect(is_roster_get, "a request for its roster", login.number)
    yield Say(answer(scene, asked.id or "none", _forged(scene, "early", scene.newcomer)), "early")
    yield Fence()
    yield Release()
    yield Fence()
    yield Say(answer(scene, asked.id or "none", _forged(scene, "late", scene.other)), "late")
    yield Fence()
    yield Ask("after", (scene.newcomer, scene.other))


def _refused_by_stranger(scene: Scene) -> Script:
    yield Hold("roster-get")
    login = yield LogIn()
    asked = yield from expect(is_roster_get, "a request for its roster", login.number)
    yield Say(error(asked.id or "none", ITEM_NOT_FOUND, f"{scene.stranger}/balcony"), "refusal")
    yield Fence()
    yield Release()
    yield Fence()
    yield Ask("after", (scene.friend,))


def _twice(scene: Scene) -> Script:
    login = yield from online()
    asked = yield from expect(is_roster_get, "a request for its roster", login.number)
    yield Say(result(asked.id or "none", _forged(scene, "again", scene.newcomer)), "again")
    yield Fence()
    yield Ask("after", (scene.newcomer,))


def _same_id(scene: Scene) -> Script:
    yield from online()
    for mark, contact in (("first", scene.newcomer), ("second", scene.other)):
        added = item(contact, [scene.groups[2]], name=scene.name_of(contact), subscription="none")
        yield from pushed(mark, added, ver=scene.token(mark), id_="push")
    yield Ask("after", (scene.newcomer, scene.other))


def _unasked(scene: Scene) -> Script:
    yield from online()
    yield Say(error("unasked-error", ITEM_NOT_FOUND, scene.domain), "error")
    yield Say(iq("result", "unasked-result", "", scene.domain), "result")
    yield Say(iq("error", "unasked-push", query(item(scene.newcomer)) + _ERROR), "error to a push")
    yield Say(presence(scene.friend, "error", _ERROR), "presence error")
    yield Say(
        markup.element("message", _ERROR, type="error", id="unasked-message", to=FULL, **{"from": scene.friend}),
        "message error",
    )
    yield Fence()


CASES = (
    Case(
        "rfc6120/8.1.2.1/result-from-stranger",
        Level.MUST,
        "An answer counts from whom was asked, and from nobody else.",
        "A stranger can give the user a list of contacts that is made up.",
        "While the client waits for its roster a stranger answers in the server's place, and again afterwards.",
        "The roster that the server has sent.",
        partial(_held, answer=lambda scene, id_, roster: result(id_, roster, f"{scene.stranger}/balcony")),
        partial(forgeries_refused, Level.MUST, "a stranger's roster"),
    ),
    Case(
        "rfc6120/8.1.2.1/error-from-stranger",
        Level.MUST,
        "An error of somebody who was not asked does not end a request.",
        "A stranger can keep the user's list of contacts empty.",
        "While the client waits for its roster a stranger answers with an error, and then the roster comes.",
        "The roster is believed.",
        _refused_by_stranger,
        roster_there,
    ),
    Case(
        "rfc6120/8.2.3/result-wrong-id",
        Level.SHOULD,
        "A result with an id that the client has not used answers nothing.",
        "An answer to something else is taken for the list of contacts.",
        "While the client waits for its roster another comes under an id it has not used, and a third later.",
        "The roster that came under its own id.",
        partial(_held, answer=lambda _scene, _id, roster: result("nobody-has-used-this", roster)),
        partial(forgeries_refused, Level.SHOULD, "a roster under an id that it has not used"),
    ),
    Case(
        "rfc6120/8.2.3/result-twice",
        Level.SHOULD,
        "A request is answered once: a second result to it has no effect.",
        "What comes late, or twice, takes the place of the true list of contacts.",
        "After the roster another one comes under the same id.",
        "The first roster.",
        _twice,
        partial(forgeries_refused, Level.SHOULD, "a roster that comes as a second result", marks=("again",)),
    ),
    Case(
        "rfc6120/8.1.3/duplicate-id",
        Level.SHOULD,
        "Two requests with one id, one after the other, are two requests.",
        "With a server that writes the same id on every push only the first change arrives.",
        "Two different pushes come one after the other with the same id.",
        "Both are believed and answered.",
        _same_id,
        both_believed,
    ),
    Case(
        "rfc6120/8.3.1/no-answer-to-errors",
        Level.MUST,
        "A result or an error is never answered.",
        "Two programs send each other errors for ever.",
        "An iq error, an iq result, a presence error and a message error come that the client has not asked for.",
        "No answer.",
        _unasked,
        not_answered,
    ),
)
