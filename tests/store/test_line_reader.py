"""Lines that somebody else wrote: each wrong one is named by its number, and nothing of it gets into an account."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core.history import Entry
from rosterkit.store import StoredAccount
from rosterkit.store.line_reader import BadLine, read
from rosterkit.store.lines import MAX_LINE_BYTES

JULIET, ROMEO = "juliet@capulet.test", "romeo@montague.test"
FORMAT = '{"format": "rosterkit-accounts", "version": 1}'
ACCOUNT = f'{{"account": "{JULIET}", "version": "v1", "credentials": {{}}}}'
CONTACT = f'{{"contact": "{ROMEO}", "subscription": "both"}}'
CHANGE = f'{{"change": "{ROMEO}", "version": "v1"}}'
FIRST = '{"change": "", "version": "v0"}'
CREATED = f'{{"account": "{JULIET}", "credentials": {{}}'
NONE = '{"contact": "a@x.test", "subscription": "none", '
KEYS = {"salt": "c2FsdA==", "iterations": 4096, "stored_key": "a2tr" * 6 + "a2s=", "server_key": "a2tr" * 6 + "a2s="}


def found(*parts: str | bytes, rename: Any = str) -> list[StoredAccount]:
    """The accounts in these lines."""
    data = b"".join(
        (part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part) + b"\n" for part in parts
    )
    return list(read(io.BytesIO(data), lambda: "drawn", rename))


def whole(*parts: str | bytes, **options: Any) -> list[StoredAccount]:
    """The accounts in an export that has these lines between the first and the last."""
    count = sum('"account":' in part for part in parts if isinstance(part, str))
    return found(FORMAT, *parts, f'{{"end": "rosterkit-accounts", "accounts": {count}}}', **options)


def credentials(mechanism: str = "SCRAM-SHA-1", **changes: object) -> str:
    """The line of an account with keys, some of which are changed."""
    return json.dumps({"account": JULIET, "version": "v1", "credentials": {mechanism: KEYS | changes}})


def test_an_account_without_a_version_gets_a_new_one() -> None:
    """Who writes or edits an export by hand leaves the version out, and no client takes its old copy for the new."""
    (account,) = whole(f'{{"account": "{JULIET}", "credentials": {{}}}}', CONTACT)
    assert (account.roster.version, account.roster.log) == ("drawn", (Entry("drawn", ""),))


def test_every_jid_is_renamed() -> None:
    """Accounts, contacts, requests, blocked JIDs and history."""
    (account,) = whole(
        f'{{"account": "{JULIET}", "version": "v1", "credentials": {{}}}}',
        '{"request": "a@capulet.test", "xml": ""}',
        '{"contact": "b@capulet.test", "subscription": "none"}',
        '{"blocked": "c@capulet.test/x"}',
        '{"change": "d@capulet.test", "version": "v1"}',
        rename=lambda address: address.replace("capulet", "verona"),
    )
    roster = account.roster
    assert account.jid == "juliet@verona.test"
    assert [*roster.requests, *roster.items, *roster.blocked] == [
        "a@verona.test", "b@verona.test", "c@verona.test/x"
    ]  # fmt: skip
    assert roster.log == (Entry("v1", "d@verona.test"),)


def test_empty_lines_and_another_order_are_no_matter() -> None:
    """A request may stand behind its entry, and an editor may leave a line empty."""
    (account,) = whole(
        ACCOUNT, "", f'{{"contact": "{ROMEO}", "subscription": "to"}}', f'{{"request": "{ROMEO}", "xml": ""}}'
    )
    assert list(account.roster.requests) == [ROMEO]


HOSTILE = {
    "no JSON": (ACCOUNT, "{", 3, "not JSON"),
    "no object": (ACCOUNT, "[]", 3, "no JSON object"),
    "deep": (ACCOUNT, "[" * 100_000, 3, "not JSON"),
    "deep object": (ACCOUNT, '{"a":' * 100_000, 3, "not JSON"),
    "long": (ACCOUNT, '"' + "x" * MAX_LINE_BYTES + '"', 3, "longer than 4194304 bytes"),
    "many digits": (ACCOUNT, '{"account": ' + "9" * 5000 + "}", 3, "not JSON"),
    "not UTF-8": (ACCOUNT, b"\xff", 3, "not UTF-8"),
    "half a character": (ACCOUNT, '{"contact": "\ud800@x.test", "subscription": "none"}', 3, "not UTF-8"),
    "half a character, escaped": (ACCOUNT, r'{"contact": "\ud800@x.test"}', 3, "Unicode|forbids|missing"),
    "NaN": (ACCOUNT, '{"contact": NaN, "subscription": "none"}', 3, "NaN is no number"),
    "Infinity": (ACCOUNT, '{"contact": -Infinity}', 3, "Infinity is no number"),
    "a key twice": (ACCOUNT, '{"contact": "a@x.test", "contact": "b@x.test"}', 3, "one key twice"),
    "no kind": (ACCOUNT, '{"jid": "a@x.test"}', 3, "none of the keys account, contact, request"),
    "no format": (ACCOUNT, FORMAT, 3, "none of the keys"),
    "no account": (CONTACT, "", 2, "belongs to no account"),
    "account not prepared": (ACCOUNT, '{"account": "Juliet@capulet.test", "credentials": {}}', 3, "not prepared"),
    "account of a number": ('{"account": 1, "credentials": {}}', "", 2, "must be text"),
    "full account": ('{"account": "a@x.test/r", "credentials": {}}', "", 2, "not a prepared bare JID"),
    "unknown key": (CREATED + ', "password": "hush"}', "", 2, "password is no key"),
    "a key for terminals": (ACCOUNT, r'{"blocked": "a.test", "\u001b[31m": 1}', 3, r"x1b\[31m is no key"),
    "no credentials": (f'{{"account": "{JULIET}"}}', "", 2, "credentials is missing"),
    "credentials of a list": (f'{{"account": "{JULIET}", "credentials": []}}', "", 2, "credentials is a list"),
    "version of a number": (CREATED + ', "version": 1}', "", 2, "version"),
    "empty version": (CREATED + ', "version": ""}', "", 2, "version"),
    "MD5": (credentials("DIGEST-MD5"), "", 2, "credentials.DIGEST-MD5 is no key"),
    "short key": (credentials(stored_key="a2s="), "", 2, "must have 20 bytes each"),
    "other key": (credentials("SCRAM-SHA-256"), "", 2, "must have 32 bytes each"),
    "no salt": (credentials(salt=""), "", 2, "salt must have 1 to 1023 bytes"),
    "long salt": (credentials(salt="c2Fs" * 400), "", 2, "salt must have 1 to 1023 bytes"),
    "salt of a number": (credentials(salt=1), "", 2, "salt is 1; it takes bytes in base64"),
    "wrong base64": (credentials(server_key="a-tr"), "", 2, "server_key is not base64"),
    "more than base64": (credentials(stored_key=str(KEYS["stored_key"]) + "!"), "", 2, "stored_key is not base64"),
    "letters that are none": (credentials(salt="ä"), "", 2, "salt is not base64"),
    "half an iteration": (credentials(iterations=4096.5), "", 2, "iterations is 4096.5; it takes a whole number"),
    "true iterations": (credentials(iterations=True), "", 2, "iterations is true"),
    "many iterations": (credentials(iterations=10**9), "", 2, "iterations is 1000000000"),
    "contact twice": (ACCOUNT + "\n" + CONTACT, CONTACT, 4, "there twice"),
    "own roster": (ACCOUNT, f'{{"contact": "{JULIET}", "subscription": "none"}}', 3, "own roster"),
    "full contact": (ACCOUNT, '{"contact": "a@x.test/r", "subscription": "none"}', 3, "not a prepared bare JID"),
    "no subscription": (ACCOUNT, '{"contact": "a@x.test"}', 3, "subscription is missing"),
    "list of subscriptions": (ACCOUNT, '{"contact": "a@x.test", "subscription": ["to"]}', 3, "one of none, to, from"),
    "remove": (ACCOUNT, '{"contact": "a@x.test", "subscription": "remove"}', 3, "one of none, to, from, both"),
    "no state": (ACCOUNT, '{"contact": "a@x.test", "subscription": "both", "ask": true}', 3, "no state of RFC 6121"),
    "ask of a number": (ACCOUNT, NONE + '"ask": 1}', 3, "ask is 1; it takes true"),
    "name of a number": (ACCOUNT, NONE + '"name": 1}', 3, "name"),
    "control": (ACCOUNT, NONE + r'"name": "\u0007"}', 3, "name"),
    "groups of a text": (ACCOUNT, NONE + '"groups": "G"}', 3, "JSON list"),
    "group twice": (ACCOUNT, NONE + '"groups": ["G", "G"]}', 3, "named twice"),
    "empty group": (ACCOUNT, NONE + '"groups": [""]}', 3, "group"),
    "group of a list": (ACCOUNT, NONE + '"groups": [["G"]]}', 3, "group"),
    "answered": (ACCOUNT + "\n" + CONTACT, f'{{"request": "{ROMEO}", "xml": ""}}', 4, "nothing to ask for"),
    "no xml": (ACCOUNT, f'{{"request": "{ROMEO}"}}', 3, "xml is missing"),
    "xml of a table": (ACCOUNT, f'{{"request": "{ROMEO}", "xml": {{}}}}', 3, "xml is a table; it takes a text"),
    "half an element": (ACCOUNT, f'{{"request": "{ROMEO}", "xml": "<a>"}}', 3, "not XML"),
    "out of the element": (ACCOUNT, f'{{"request": "{ROMEO}", "xml": "</stanza><stanza>"}}', 3, "not XML"),
    "half a character in xml": (ACCOUNT, f'{{"request": "{ROMEO}", "xml": "\\ud800"}}', 3, "half a character"),
    "comment": (ACCOUNT, f'{{"request": "{ROMEO}", "xml": "<!-- -->"}}', 3, "RFC 6120 forbids"),
    "id of a number": (ACCOUNT, f'{{"request": "{ROMEO}", "xml": "", "id": 7}}', 3, "stanza_id"),
    "blocks itself": (ACCOUNT, f'{{"blocked": "{JULIET}/x"}}', 3, "block itself"),
    "blocks null": (ACCOUNT, '{"blocked": null}', 3, "must be text"),
    "change of nobody": (ACCOUNT + "\n" + FIRST, FIRST, 4, "label"),
    "change without a version": (ACCOUNT, f'{{"change": "{ROMEO}"}}', 3, "version is missing"),
    "other history": (ACCOUNT, f'{{"change": "{ROMEO}", "version": "v9"}}', 4, "ends before it.* newest line"),
    "history twice": (ACCOUNT + "\n" + CHANGE, CHANGE, 5, "same version"),
}  # fmt: skip


@pytest.mark.parametrize("which", HOSTILE)
def test_a_wrong_line_is_named(which: str) -> None:
    """The sentence has the number of the line and what is wrong there, and is short."""
    one, two, number, said = HOSTILE[which]
    with pytest.raises(BadLine, match=f"^line {number}: .*({said})") as caught:
        whole(one, two)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ((), "after line 0 .* cut off"),
        ((FORMAT, ACCOUNT), "after line 2 .* cut off"),
        ((FORMAT, ACCOUNT, '{"end": "rosterkit-accounts", "accounts": 2}'), "line 3: .* 2 accounts, and here are 1"),
        ((FORMAT, '{"end": "rosterkit-accounts"}'), "line 2: accounts is missing"),
        ((FORMAT, '{"end": "rosterkit-accounts", "accounts": 0}', ACCOUNT), "line 3: There is something after"),
        ((ACCOUNT,), "line 1: It does not begin as an export does"),
        (('{"format": "rosterkit-accounts"}',), "line 1: version is missing"),
        (('{"format": "rosterkit-accounts", "version": 2}',), "line 1: .* a newer rosterkit wrote it"),
        (('{"format": "rosterkit-accounts", "version": true}',), "line 1: version is true"),
    ],
)  # fmt: skip
def test_an_export_has_a_beginning_and_an_end(parts: tuple[str, ...], said: str) -> None:
    """What is cut off, put together or of a newer release is not taken."""
    with pytest.raises(BadLine, match=said):
        found(*parts)


def test_no_more_is_read_than_is_needed() -> None:
    """An account is there as soon as the next one begins, and a line without an end is not read to its end."""

    def endless() -> Iterator[bytes]:
        yield from (f"{line}\n".encode() for line in (FORMAT, ACCOUNT, ACCOUNT.replace("juliet", "nurse")))
        while True:
            yield b"x" * 65536

    file = io.BufferedReader(_Pieces(endless()))
    accounts = read(file, str, str)
    assert next(accounts).jid == JULIET
    with pytest.raises(BadLine, match="line 4: It is longer"):
        next(accounts)


class _Pieces(io.RawIOBase):
    """A file that hands out one piece after the other."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """The next piece."""
        piece = next(self._pieces)
        size = min(len(piece), len(buffer))
        buffer[:size] = piece[:size]
        return size


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([JULIET, ROMEO, "to"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
_KEY = st.sampled_from(
    [
        *("account", "version", "credentials", "contact", "name", "groups", "subscription", "ask", "approved"),
        *("request", "xml", "id", "lang", "blocked", "change", "end", "accounts", "format"),
    ]
)


@given(st.lists(st.dictionaries(_KEY, _JSON, max_size=5), max_size=4))
def test_nothing_but_a_bad_line_is_raised(values: list[dict[str, Any]]) -> None:
    """Whatever JSON stands there: accounts, or one sentence."""
    try:
        whole(ACCOUNT, *map(json.dumps, values))
    except BadLine as error:
        assert str(error).startswith("line ")
