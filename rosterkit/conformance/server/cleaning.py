"""What is done with an account after each play: requests are refused, the roster is emptied, messages are fetched.

Tests: ``tests/conformance/test_server_cleaning.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from rosterkit.conformance.evidence import Seen, is_answer, is_subscription
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.steps import Await, Enter, Fence, Look, Say, Script, Stuck, told

__all__ = ["cleaned", "cleaned_anew"]

#: Answering requests may make entries, so that the roster is looked at more than once.
_MOST_ROUNDS = 4


def cleaned(line: str, account: str) -> Script:
    """A line that is bound becomes available, so that requests and messages come; it refuses, removes, looks again.

    Raises Stuck with a sentence where the roster does not become empty.
    """
    yield Say(line, stanzas.presence("unavailable"))  # so that what waits comes with the next presence
    for round_ in range(_MOST_ROUNDS):
        since = yield from told(line, stanzas.roster_get(f"clean-{round_}"))
        found = yield Await(line, is_answer(f"clean-{round_}"), since)
        if found is None or found.type != "result":
            raise Stuck(f"The roster of {account} cannot be read, so nothing could be taken out of it.")
        if round_ == 0:
            yield from told(line, stanzas.presence())
        entries = [item.get("jid") or "" for item in found.items]
        if round_ and not entries:
            return
        for asker in _askers((yield Look(line))):
            yield Say(line, stanzas.presence("unsubscribed", asker))
        for number, entry in enumerate(_spelled(entries)):
            removal = stanzas.item(entry, subscription="remove")
            yield Say(line, stanzas.roster_set(f"clean-{round_}-{number}", removal))
        yield Fence()
    raise Stuck(f"The roster of {account} is not empty, though every entry was removed {_MOST_ROUNDS - 1} times.")


def cleaned_anew(account: str) -> Script:
    """The same by a line of its own."""
    line = f"cleaner of {account}"
    yield Enter(line, account)
    yield from cleaned(line, account)


def _spelled(entries: Iterable[str]) -> list[str]:
    """Each JID, and its bare JID: ejabberd shows an entry with the resource and keeps it under the bare JID."""
    return list(dict.fromkeys(one for entry in entries for one in (entry, entry.partition("/")[0])))


def _askers(seen: Iterable[Seen]) -> list[str]:
    requests = filter(is_subscription("subscribe"), seen)
    return list(dict.fromkeys((one.sender or "").partition("/")[0] for one in requests))
