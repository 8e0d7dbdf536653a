"""Keys of passwords: right, remembered, and never in plain sight."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scramp import ScramMechanism

from rosterkit.errors import PasswordError
from rosterkit.wire import passwords
from rosterkit.wire.passwords import derive, made_up, matches

SALT = b"sixteen bytes of"


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hash of every PBKDF2 that runs during the test."""
    seen: list[str] = []
    real = hashlib.pbkdf2_hmac

    def counted(name: str, password: bytes, salt: bytes, iterations: int) -> bytes:
        seen.append(name)
        return real(name, password, salt, iterations)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counted)
    return seen


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-1", "SCRAM-SHA-256"])
def test_derived_keys_are_those_of_scramp(mechanism: str) -> None:
    """Both mechanisms get the keys that RFC 5802 prescribes, over 4,096 rounds and the given salt."""
    keys = derive("r0m30myr0m30", SALT)[mechanism]
    salt, stored_key, server_key, iterations = ScramMechanism(mechanism).make_auth_info("r0m30myr0m30", 4096, SALT)
    assert keys == (salt, iterations, stored_key, server_key)


def test_the_second_derivation_costs_no_pbkdf2(rounds: list[str]) -> None:
    """The same password and salt are derived once; another salt is derived again."""
    first = derive("remembered", SALT)
    assert sorted(rounds) == ["sha1", "sha256"]
    assert derive("remembered", SALT) == first
    assert len(rounds) == 2
    assert derive("remembered", b"another salt, 16") != first
    assert len(rounds) == 4


def test_a_right_password_is_computed_once_and_a_wrong_one_each_time(rounds: list[str]) -> None:
    """A repeated PLAIN login costs no PBKDF2; a wrong password costs one whether or not the account exists."""
    credentials = derive("computed once", b"salt of computed")
    passwords._remembered.clear()
    rounds.clear()
    assert matches("computed once", credentials)
    assert matches("computed once", credentials)
    assert len(rounds) == 1
    for asked in (credentials, credentials, made_up("nobody@localhost"), made_up("nobody@localhost")):
        before = len(rounds)
        assert not matches("something else", asked)
        assert len(rounds) == before + 1


def test_the_memory_holds_no_password_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only keyed digests are kept, the newest of them."""
    monkeypatch.setattr(passwords, "_REMEMBERED_AT_MOST", 4)
    monkeypatch.setattr(passwords, "_remembered", type(passwords._remembered)())
    for name in ("alpha-secret", "beta-secret", "gamma-secret"):
        derive(name, SALT)
    assert len(passwords._remembered) == 4
    assert "secret" not in repr(passwords._remembered)
    assert all(len(digest) == 64 for digest in passwords._remembered)


def test_passwords_are_compared_after_saslprep() -> None:
    """RFC 4013: a soft hyphen and a roman numeral nine in one character do not tell passwords apart."""
    assert matches("IX", derive("I\u00adX", SALT))
    assert matches("\u2168", derive("IX", SALT))


@pytest.mark.parametrize("bad", ["", "a\x07b", "\u0627\u0031", "x" * 1024, "\u00e9" * 512, "\ud800"])
def test_what_cannot_be_a_password_is_refused_and_never_matches(bad: str) -> None:
    """Empty, too long, or forbidden by SASLprep: a sentence for the owner, a plain no for the stranger."""
    with pytest.raises(PasswordError) as caught:
        derive(bad, SALT)
    assert str(caught.value).endswith(".")
    assert len(bad) < 5 or bad not in str(caught.value)
    assert not matches(bad, derive("good", SALT))


def test_made_up_keys_look_like_real_ones() -> None:
    """Stable, per account, one salt for both mechanisms and every length as in a real account."""
    real, invented = derive("real", SALT), made_up("nobody@localhost")
    assert invented == made_up("nobody@localhost")
    assert invented["SCRAM-SHA-1"].salt == invented["SCRAM-SHA-256"].salt
    assert invented["SCRAM-SHA-1"].salt != made_up("nobody@example.test")["SCRAM-SHA-1"].salt
    assert set(real) == set(invented)
    for mechanism, keys in real.items():
        shape = [part if isinstance(part, int) else len(part) for part in keys]
        assert shape == [part if isinstance(part, int) else len(part) for part in invented[mechanism]]


def test_keys_for_one_mechanism_are_enough() -> None:
    """An account kept with SCRAM-SHA-1 keys alone still takes its password."""
    only = {"SCRAM-SHA-1": derive("sha-1 only", SALT)["SCRAM-SHA-1"]}
    assert matches("sha-1 only", only)
    assert not matches("sha-1 only!", only)


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_a_password_or_a_clear_refusal(text: str) -> None:
    """No string makes anything but keys that match it, or a PasswordError."""
    try:
        credentials = derive(text, SALT)
    except PasswordError:
        assert not matches(text, derive("good", SALT))
    else:
        assert matches(text, credentials)


def test_comparison_is_the_constant_time_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hmac.compare_digest says decides, and nothing else."""
    asked: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: bool(asked.append((a, b)) or True))
    assert matches("wrong", derive("right", SALT))
    assert len(asked) == 1
