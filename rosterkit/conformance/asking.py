"""How it is found out what a client believes: the best of three oracles that there is.

First the client's own word, or that of a command; else what it sends from its cache when it is made to edit an
entry; else the version that it presents at its next login.

Tests: ``tests/conformance/test_asking.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rosterkit.conformance.evidence import Evidence, groups_of, is_roster_get, is_roster_set
from rosterkit.conformance.orders import Order
from rosterkit.conformance.script import Ask, Await, Break, Fence, Give, LogIn, Remember, Script, Stuck, Tell

__all__ = ["asking", "with_answers"]

#: Nothing could be seen.
_NOTHING = {"oracle": None, "since": 0}


def with_answers(script: Script, evidence: Callable[[], Evidence]) -> Script:
    """``script`` with each :class:`Ask` in it played as the steps that it takes; ``evidence`` gives what is there."""
    value: Any = None
    stuck: Stuck | None = None
    while True:
        try:
            step = script.throw(stuck) if stuck is not None else script.send(value)
        except StopIteration as stop:
            return stop.value
        value = stuck = None
        try:
            value = (yield from asking(step, evidence)) if isinstance(step, Ask) else (yield step)
        except Stuck as error:
            stuck = error


def asking(ask: Ask, evidence: Callable[[], Evidence]) -> Script:
    """Find out and note it; where nothing can be seen, that is noted too."""
    oracles = (_report, lambda: _edit(ask, evidence()), lambda: _ver(evidence()))
    for oracle in oracles:
        try:
            found = yield from oracle()
        except Stuck:
            continue
        if found is not None:
            yield Remember({"belief": {"mark": ask.mark, "about": list(ask.about), **found}})
            return
    yield Remember({"belief": {"mark": ask.mark, "about": list(ask.about), **_NOTHING}})


def _report() -> Script:
    try:
        given = yield Give(Order("roster", {}))
        if given.reply is not None and given.reply.roster is not None:
            requests = list(given.reply.requests) if given.reply.requests is not None else None
            return {
                "oracle": "report",
                "roster": list(given.reply.roster),
                "requests": requests,
                "since": given.number,
            }
    except Stuck:
        pass
    roster = yield Tell()
    return {"oracle": "report", "roster": list(roster), "since": 0}


def _edit(ask: Ask, evidence: Evidence) -> Script:
    """Made to add a group, most clients send name and groups from their cache; one known entry shows whether so."""
    scene = evidence.scene
    group = scene.groups[-1]
    known = next((item for item in scene.roster if item.jid not in ask.about and item.groups and item.name), None)
    if known is None or not ask.about:
        return None
    given = yield Give(Order("regroup", {"jid": known.jid, "group": group}))
    sent = yield Await(is_roster_set, given.number)
    yield Fence()
    item = sent.items[0] if sent is not None and sent.items else None
    if item is None or item.get("name") != known.name or not set(known.groups) <= set(groups_of(item)):
        return _NOTHING  # it sends no cache, and what it has been made to do has changed the version
    unknown = []
    for jid in ask.about:
        try:
            asked = yield Give(Order("regroup", {"jid": jid, "group": group}))
            yield Await(is_roster_set, asked.number)
        except Stuck as stuck:
            if not stuck.refused:
                return _NOTHING
            unknown.append(jid)  # it has done as much for the other
        yield Fence()
    return {"oracle": "edit", "since": given.number, "group": group, "unknown": unknown}


def _ver(evidence: Evidence) -> Script:
    if not evidence.versions:
        return None
    yield Break()
    login = yield LogIn()
    asked = yield Await(is_roster_get, login.number)
    yield Fence()
    return {"oracle": "ver", "since": login.number - 1} if asked is not None else None
