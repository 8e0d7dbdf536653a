"""What other servers keep of a password becomes keys with which their users log in here; no sentence shows one."""

from __future__ import annotations

from base64 import b64encode

import pytest

from rosterkit.core.credentials import Keys
from rosterkit.store.checks import Wrong
from rosterkit.transfer.foreign_keys import from_elements, from_password
from rosterkit.wire import passwords

KEYS = passwords.derive("capulet", b"salt of juliet 1")["SCRAM-SHA-1"]


def b64(data: bytes, times: int = 1) -> str:
    """As it stands in a file."""
    for _ in range(times):
        data = b64encode(data)
    return data.decode()


def texts(times: int = 1, **changes: str) -> dict[str, str]:
    """The children of an element with the keys, some of which are changed."""
    salt, iterations, stored_key, server_key = KEYS
    found = {
        "salt": b64(salt, times),
        "iter-count": str(iterations),
        "stored-key": b64(stored_key, times),
        "server-key": b64(server_key, times),
    }
    return found | {name.replace("_", "-"): text for name, text in changes.items()}


@pytest.mark.parametrize("times", [1, 2])
def test_keys_are_taken_as_they_are(times: int) -> None:
    """Also where base64 was encoded once more, as ejabberd does."""
    assert from_elements("SCRAM-SHA-1", texts(times)) == KEYS


def test_white_space_in_base64_is_none() -> None:
    """A file may be indented."""
    text = texts()
    assert from_elements("SCRAM-SHA-1", {name: f"\n  {text[name][:4]}\n{text[name][4:]} " for name in text}
                         | {"iter-count": " 4096\n"}) == KEYS  # fmt: skip


def test_a_password_becomes_the_keys_of_every_mechanism() -> None:
    """Each time with a salt of its own."""
    one, two = from_password("capulet"), from_password("capulet")
    assert list(one) == ["SCRAM-SHA-256", "SCRAM-SHA-1"]
    assert passwords.matches("capulet", one)
    assert one["SCRAM-SHA-1"].salt != two["SCRAM-SHA-1"].salt


def test_keys_in_the_place_of_a_password() -> None:
    """As ejabberd wrote them once: stored key, server key, salt, rounds."""
    found = from_password(f"scram:{b64(KEYS.stored_key)},{b64(KEYS.server_key)},{b64(KEYS.salt)},4096")
    assert found == {"SCRAM-SHA-1": KEYS}


def test_a_password_that_begins_like_them_is_one() -> None:
    """Whatever is not of that form."""
    assert passwords.matches("scram:hush", from_password("scram:hush"))


@pytest.mark.parametrize("password", ["scram:a,b,c,d", "hush" * 300, "hush\0", "scram:,,,"])
def test_a_refused_password_is_not_shown(password: str) -> None:
    """The sentence says why."""
    with pytest.raises(Wrong) as caught:
        from_password(password)
    assert "hush" not in str(caught.value)
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    ("mechanism", "changed", "said"),
    [
        ("SCRAM-SHA-512", {}, "no mechanism"),
        ("SCRAM-SHA-256", {}, "must have 32 bytes each"),
        ("SCRAM-SHA-1", {"salt": ""}, "salt must have"),
        ("SCRAM-SHA-1", {"salt": "ä"}, "not base64"),
        ("SCRAM-SHA-1", {"stored_key": "a-b_"}, "not base64"),
        ("SCRAM-SHA-1", {"stored_key": b64(KEYS.stored_key) + "!"}, "not base64"),
        ("SCRAM-SHA-1", {"server_key": "YQ=="}, "must have 20 bytes each"),
        ("SCRAM-SHA-1", {"iter_count": "0"}, "from 1 to 1000000"),
        ("SCRAM-SHA-1", {"iter_count": "1000001"}, "from 1 to 1000000"),
        ("SCRAM-SHA-1", {"iter_count": "9" * 5000}, "from 1 to 1000000"),
        ("SCRAM-SHA-1", {"iter_count": "-1"}, "from 1 to 1000000"),
        ("SCRAM-SHA-1", {"iter_count": "٤٠٩٦"}, "from 1 to 1000000"),
    ],
)
def test_wrong_keys_are_refused(mechanism: str, changed: dict[str, str], said: str) -> None:
    """The sentence says what is wrong, and shows none of them."""
    with pytest.raises(Wrong, match=said):
        from_elements(mechanism, texts(**changed))


@pytest.mark.parametrize("name", ["salt", "iter-count", "stored-key", "server-key"])
def test_keys_are_complete(name: str) -> None:
    """What is missing is named."""
    with pytest.raises(Wrong, match=f"The {name} is missing"):
        from_elements("SCRAM-SHA-1", {other: text for other, text in texts().items() if other != name})


def test_the_order_of_the_values() -> None:
    """Salt, rounds, stored key, server key: a mix-up would let nobody in."""
    assert from_elements("SCRAM-SHA-1", texts()) == Keys(KEYS.salt, 4096, KEYS.stored_key, KEYS.server_key)
