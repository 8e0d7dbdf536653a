"""Pushes and who they come from: whom a client believes, and whom it must not (RFC 6121 §2.1.6).

Before each lie the server pushes something true, so that a client which takes no push at all, or no version, is not
praised for having withstood.

Tests: ``tests/conformance/test_cases_senders.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.beliefs import Belief
from rosterkit.conformance.case import Case, Judge
from rosterkit.conformance.cases.changes import put
from rosterkit.conformance.evidence import Evidence, Seen, groups_of
from rosterkit.conformance.scene import STRANGERS, Scene
from rosterkit.conformance.script import Ask, Do, Fence, Script, online, pushed
from rosterkit.conformance.stanzas import FULL, item
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, inconclusive, passed
from rosterkit.core.roster import Item

__all__ = ["CASES"]

_TRUTH, _PUSH = "true", "push"
Sender = Callable[[Scene], str]


# Scripts


def _told_truth(scene: Scene) -> Script:
    """The client is online, and the server itself has pushed an entry."""
    yield from online()
    entry = Item(scene.other, scene.name_of(scene.other), (scene.groups[3],), "none")
    yield Do(put(scene, entry), _TRUTH)
    yield Fence()


def _addition(scene: Scene) -> str:
    return item(scene.newcomer, [scene.groups[2]], name="Mallory", subscription="both")


def _added(scene: Scene, sender: Sender) -> Script:
    yield from _told_truth(scene)
    yield from pushed(_PUSH, _addition(scene), sender(scene), scene.token("spoofed"))
    yield Ask("after", (scene.newcomer,))


def _removed(scene: Scene) -> Script:
    yield from _told_truth(scene)
    removal = item(scene.friend, subscription="remove")
    yield from pushed(_PUSH, removal, scene.stranger, scene.token("spoofed"))
    yield Ask("after", (scene.friend,))


def _only_answered(scene: Scene) -> Script:
    yield from online()
    yield from pushed(_PUSH, _addition(scene), scene.stranger, scene.token("spoofed"))


def _real(scene: Scene, sender: Callable[[Scene], str | None]) -> Script:
    yield from online()
    yield from pushed(_PUSH, _addition(scene), sender(scene), scene.token("real"))
    yield Ask("after", (scene.newcomer,))


# Judges


def _presented(evidence: Evidence, belief: Belief) -> bool | None:
    """Whether the version that the client presents is that of the push, rather than that of the true one."""
    said, truth = evidence.said(_PUSH), evidence.said(_TRUTH)
    if said is not None and belief.ver == said.ver:
        return True
    return False if truth is not None and belief.ver == truth.ver else None


def _has_entry(evidence: Evidence, belief: Belief) -> bool | None:
    """Whether the client has the entry that was pushed; a client may give a contact a name that nobody has pushed."""
    newcomer, said = evidence.scene.newcomer, evidence.said(_PUSH)
    if belief.oracle is Oracle.VER:
        return _presented(evidence, belief)
    known = belief.knows(newcomer)
    if belief.whole or not known or said is None:
        return known
    pushed_ = said.items[0]
    name, groups = belief.get(newcomer, "name"), belief.get(newcomer, "groups")
    return bool(name == pushed_.get("name") or groups >= frozenset(groups_of(pushed_)))


def _lost_entry(evidence: Evidence, belief: Belief) -> bool | None:
    """Whether the client has removed the entry; None where it has none of its roster."""
    if belief.oracle is Oracle.VER:
        return _presented(evidence, belief)
    if belief.knows(evidence.scene.idol) is False:
        return None
    known = belief.knows(evidence.scene.friend)
    return None if known is None else not known


def _manner(answers: list[Seen]) -> str:
    if not answers:
        return "with silence"
    return "with a result" if answers[0].type == "result" else f"with {answers[0].condition or 'an error'}"


def _disbelieved(evidence: Evidence, whose: str, did: Callable[[Evidence, Belief], bool | None]) -> Finding:
    belief = evidence.belief("after")
    believed = did(evidence, belief)
    manner = _manner(evidence.answers(_PUSH))
    if believed:
        return failed(Level.MUST, f"The client believes a push from {whose}.", belief.where)
    if believed is None:
        return inconclusive(f"The client meets the push {manner}; what it believes of it cannot be seen.")
    kept = "presents the version of before it" if belief.oracle is Oracle.VER else "its roster is as before"
    return passed(f"The client meets the push {manner}, and {kept}.", belief.where)


def _not_acknowledged(evidence: Evidence) -> Finding:
    """Silence is proved by pings that came later and are answered."""
    answers = evidence.answers(_PUSH)
    result = next((answer for answer in answers if answer.type == "result"), None)
    if result is not None:
        return failed(Level.MUST, "The client answers the stranger with a result.", Oracle.WIRE, result.number)
    began = evidence.mark(_PUSH) or 0
    if not answers and not any(
        seen.step["fence"] == "answered" for seen in evidence.steps("fence") if seen.number > began
    ):
        return inconclusive("The client answers nothing, pings neither, so its silence tells nothing.")
    return passed(f"The client meets the push {_manner(answers)}.", Oracle.WIRE, *(one.number for one in answers))


def _believed(evidence: Evidence, what: str) -> Finding:
    belief = evidence.belief("after")
    believed = _has_entry(evidence, belief)
    manner = _manner(evidence.answers(_PUSH))
    if believed:
        return passed(f"The client meets the push {manner}, and has the entry.", belief.where)
    if believed is None:
        return inconclusive(f"The client meets the push {manner}; what it believes of it cannot be seen.")
    words = f"The client meets {what} {manner}, and does not have the entry."
    return failed(Level.MUST, words, belief.where)


# Cases


def _spoof(name: str, sender: Sender, whose: str, consequence: str) -> Case:
    return Case(
        f"rfc6121/2.1.6/{name}",
        Level.MUST,
        f"A push from {whose} changes nothing.",
        consequence,
        f"A push comes from {whose} and says that somebody new is in the roster.",
        "The roster is as before.",
        partial(_added, sender=sender),
        partial(_disbelieved, whose=whose, did=_has_entry),
    )


def _accept(name: str, sender: Callable[[Scene], str | None], what: str, consequence: str) -> Case:
    judge: Judge = partial(_believed, what=what)
    return Case(
        f"rfc6121/2.1.6/{name}",
        Level.MUST,
        f"What comes as {what} counts.",
        consequence,
        f"The server adds an entry by {what}.",
        "The entry is in the roster.",
        partial(_real, sender=sender),
        judge,
    )


CASES = (
    _accept(
        "accepts-no-from",
        lambda _: None,
        "a push without from",
        "The user's list does not change until the next login.",
    ),
    _accept(
        "accepts-bare-from",
        lambda scene: scene.me,
        "a push from the account's bare JID",
        "With a server that says who its pushes come from, the user's list does not change until the next login.",
    ),
    _spoof(
        "spoofed-stranger",
        lambda scene: scene.stranger,
        "a stranger",
        "Anybody who can send the client a stanza can put contacts into its user's list.",
    ),
    _spoof(
        "spoofed-contact",
        lambda scene: scene.friend,
        "a contact in the roster",
        "Whoever the user has once added can put others into the list.",
    ),
    _spoof(
        "spoofed-neighbour",
        lambda scene: scene.second,
        "another account of the same domain",
        "Whoever has an account on the same server can put contacts into the list.",
    ),
    _spoof(
        "spoofed-domain",
        lambda scene: scene.domain,
        "the account's domain",
        "Whatever speaks for the domain, and not for the account, can rewrite the list.",
    ),
    _spoof(
        "spoofed-own-full-jid",
        lambda _: FULL,
        "the client's own full JID",
        "A stanza that the account's server has never made can rewrite the list.",
    ),
    _spoof(
        "spoofed-other-resource",
        lambda scene: f"{scene.me}/{scene.token('desk')}",
        "another resource of the account",
        "Whoever gets in as the same user, or into one device, can rewrite the list on the others.",
    ),
    _spoof(
        "spoofed-lookalike",
        lambda scene: f"{scene.me}.{STRANGERS}",
        "somebody whose address begins with the account's",
        "Whoever sets up a domain with a fitting name can put contacts into the list.",
    ),
    Case(
        "rfc6121/2.1.6/spoofed-remove",
        Level.MUST,
        "A push from a stranger removes nobody.",
        "Anybody who can send the client a stanza can make contacts vanish.",
        "A push comes from a stranger and says that a contact is removed.",
        "The contact is still in the roster.",
        _removed,
        partial(_disbelieved, whose="a stranger", did=_lost_entry),
    ),
    Case(
        "rfc6121/2.1.6/spoofed-acknowledged",
        Level.MUST,
        "A push that counts for nothing is met with silence or an error, and never with a result.",
        "A stranger is told that the list was changed, and that the user is online.",
        "A push comes from a stranger.",
        "No answer, or an error.",
        _only_answered,
        _not_acknowledged,
    ),
)
