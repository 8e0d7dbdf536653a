"""What the databases of earlier releases hold, and the program that wrote them with those releases' own code.

    git worktree add OLD COMMIT && cd OLD && PYTHONPATH=. python tests/store/written.py FILE

=================================  =======  ==================================================================
file                               commit   what it has
=================================  =======  ==================================================================
written-by-schema-1-first.sqlite   4b762dc  requests without id and language: the very first form of schema 1
written-by-schema-1.sqlite         c16e9ce  schema 1 as it stayed
written-by-schema-2.sqlite         5923afc  schema 2, with blocked JIDs
=================================  =======  ==================================================================
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from rosterkit.core import roster as rosters
from rosterkit.core.credentials import Keys
from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.roster import Item, Roster
from rosterkit.store import StoredAccount

JULIET, ROMEO, NURSE, TYBALT = "juliet@capulet.test", "romeo@montague.test", "nurse@capulet.test", "tybalt@x.test"
KEYS = {
    "SCRAM-SHA-1": Keys(bytes(range(16)), 4096, b"\0\xff" * 10, b"v" * 20),
    "SCRAM-SHA-256": Keys(b"salt", 10_000, b"k" * 32, bytes(range(224, 256))),
}
NEW_KEYS = {"SCRAM-SHA-1": Keys(b"other", 4096, b"s" * 20, b"t" * 20)}
#: Contact, name, groups, subscription, ask, approved, and whether a request is kept: every state of RFC 6121 A.1.
ITEMS: list[tuple[str, str | None, tuple[str, ...], str, bool, bool]] = [
    ("none@x.test", None, (), "none", False, False),
    ("none-out@x.test", "", ("Friends",), "none", True, False),
    ("none-out-in@x.test", "R\xf6m\xe9o & <R>", ("a", "A", "\U0001f339 \xbb"), "none", True, False),
    ("to@x.test", "  spaces  ", ('quo"ted', "back\\slash", "tab\tbed"), "to", False, False),
    ("to-in@x.test", "n" * 1000, tuple(f"g{n}" for n in range(40)), "to", False, False),
    ("from@x.test", "F", (), "from", False, False),
    ("from-out@x.test", "FO", (), "from", True, True),
    ("both@x.test", "B", ("Friends",), "both", False, True),
    ("pre-approved@x.test", None, (), "none", False, True),
    ("\xfc@\xe4pfel.test", None, (), "both", False, False),
    ("component.test", None, (), "to", False, False),
]
#: Who asks, and with what: children, id and language.
REQUESTS: list[tuple[str, bytes, str | None, str | None]] = [
    ("none-in@x.test", b"", None, None),
    ("none-out-in@x.test", "<status>\xc4ngstlich &amp; &lt;b&gt;</status>".encode(), "s<1", "de"),
    ("to-in@x.test", b"<a:b xmlns:a='urn:x' a:c='&quot;'>]]&gt;&#13;</a:b><nick/>", "", "x-klingon"),
    ("both-once@x.test", b"<x xmlns='urn:y'>" + b"<deep/>" * 2000 + b"</x>", "id with ' and \"", ""),
]
BLOCKED = ["far.test", "tybalt@x.test/x & y", "none@x.test"]


def written(*, keeps_details: bool = True, blocks: bool = True) -> tuple[list[list[Any]], list[StoredAccount]]:
    """The appends, and the accounts that they lead to; with what the schema has no place for left out."""
    roster = Roster.new("j0")
    appends: list[list[Any]] = [
        [SaveAccount(TYBALT, KEYS, Roster.new("t0")), SaveAccount(JULIET, KEYS, roster)],
        [SaveAccount(NURSE, {}, Roster.new("n0"))],
    ]
    for who, body, id, lang in REQUESTS:
        kept = rosters.Kept(body, id, lang) if keeps_details else body
        roster = roster.with_request(who, kept)  # type: ignore[arg-type]  # what it was in the first release
        appends.append([Save(JULIET, who, roster)])
    saves = []
    for number, item in enumerate([("gone@x.test", None, (), "none", False, False), *ITEMS]):
        roster = roster.with_item(Item(*item), f"j{number + 1}", 8)
        saves.append(Save(JULIET, item[0], roster))
    appends.append(saves)
    roster = roster.without_item("gone@x.test", "j-gone", 8)
    appends.append([Save(JULIET, "gone@x.test", roster), SaveAccount(TYBALT, None, None)])
    if blocks:
        roster = roster.with_blocked(BLOCKED)
        appends.append([Save(JULIET, other, roster) for other in BLOCKED])
    whole = Roster.new("r0").with_item(Item(*ITEMS[7]), "r1", 8)
    appends.append([SaveAccount(ROMEO, KEYS, whole), SaveAccount(NURSE, NEW_KEYS, None)])
    return appends, [
        StoredAccount(JULIET, KEYS, roster),
        StoredAccount(NURSE, NEW_KEYS, Roster.new("n0")),
        StoredAccount(ROMEO, KEYS, whole),
    ]


def without_details(account: StoredAccount) -> StoredAccount:
    """``account`` as a database without a place for them brings it back: requests without id and language."""
    requests = {who: rosters.Kept(kept.body) for who, kept in account.roster.requests.items()}
    return account._replace(roster=replace(account.roster, requests=requests))


def main() -> None:
    """Write the file that the command line names, with the rosterkit that is found."""
    from rosterkit.store.sqlite import SqliteStore

    appends, _ = written(keeps_details=hasattr(rosters, "Kept"), blocks=hasattr(Roster, "with_blocked"))
    store = SqliteStore(Path(sys.argv[1]))
    for append in appends:
        store.append(append)
    store.close()


if __name__ == "__main__":
    main()
