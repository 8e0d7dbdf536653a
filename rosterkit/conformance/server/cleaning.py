"""What is done with an account after each play: requests are refused, the roster is emptied, messages are fetched.

Tests: ``tests/conformance/test_server_cleaning.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from rosterkit.conformance.evidence import Seen, is_answer, is_subscription
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, kept
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Await, Enter, Fence, Look, Say, Script, Stuck, told
from rosterkit.conformance.verdicts import Level

__all__ = ["CLEANING", "entries_of"]

_LINE = "cleaner"
#: Answering requests may make entries, so that the roster is looked at more than once.
_MOST_ROUNDS = 4


def _script(people: People) -> Script:
    """Become available, so that requests and messages come; refuse, remove, and look again."""
    yield Enter(_LINE, people.me)
    for round_ in range(_MOST_ROUNDS):
        yield from told(_LINE, stanzas.roster_get(f"get-{round_}"))
        found = yield Await(_LINE, is_answer(f"get-{round_}"), 0)
        if found is None or found.type != "result":
            raise Stuck(f"The roster of {people.me} cannot be read, so nothing could be taken out of it.")
        if round_ == 0:
            yield from told(_LINE, stanzas.presence())
        seen = yield Look(_LINE)
        askers = _askers(seen)
        entries = [item.get("jid") or "" for item in found.items]
        if round_ and not entries:
            return
        for asker in askers:
            yield Say(_LINE, stanzas.presence("unsubscribed", asker))
        for number, entry in enumerate(entries):
            removal = stanzas.item(entry, subscription="remove")
            yield Say(_LINE, stanzas.roster_set(f"remove-{round_}-{number}", removal))
        yield Fence()
    raise Stuck(f"The roster of {people.me} is not empty, though every entry was removed {_MOST_ROUNDS - 1} times.")


def _askers(seen: Iterable[Seen]) -> list[str]:
    requests = filter(is_subscription("subscribe"), seen)
    return list(dict.fromkeys((one.sender or "").partition("/")[0] for one in requests))


#: Not a case that anybody asks for: its script is played with one account.
CLEANING = ServerCase(
    "rosterkit/0/cleaning",
    Level.MUST,
    "An account is as it was before the play.",
    "The next case would find what this one has left.",
    "Requests are refused and entries removed.",
    "An empty roster.",
    _script,
    lambda _: kept("The roster is empty."),
)


def entries_of(seen: Iterable[Seen]) -> list[str]:
    """The JIDs in the first roster that came."""
    result = next((one for one in seen if one.type == "result" and one.query is not None), None)
    return [item.get("jid") or "" for item in result.items] if result is not None else []
