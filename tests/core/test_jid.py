"""JIDs: what is taken, what is refused, and that Twisted prepares them the same way."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twisted.words.protocols.jabber import jid as twisted_jid

from rosterkit.core import jid
from rosterkit.errors import JidError

INTERESTING = (
    "abcXYZ09-_.!#$%*+,;=?[]^`{|}~ @/\"&':<>\\\x7f\x00\t\n"
    "éßÀςΣİıſ\u212b\xad\u200b\u2060\u3000\u3002\uff0e\uff0f\uff20\uff21\u0627\u05d0\u0661\u0301\u0345\u1e9e\u2163"
    "\ufb03\ufffd\ufffe\U0001f600\U00010400\u0221\u1806\ud800\ue000\u202a\u4e2d\uac00\u1100\u1161\u037a\u10a0\u04c0"
)
CHARACTERS = st.sampled_from(INTERESTING) | st.characters()
PARTS = st.text(CHARACTERS, max_size=4)
JIDS = st.builds("{}{}{}".format, PARTS.map("{}@".format) | st.just(""), PARTS, PARTS.map("/{}".format) | st.just(""))
JIDS |= st.builds("{}@example.net/{}".format, PARTS, PARTS)
#: Where almost every one is prepared already: what :func:`jid.bare` must tell from what is not.
NEARLY_PREPARED = st.from_regex(r"[a-z!-~]{1,4}@[a-z0-9.-]{1,8}[A-Z./\n]?", fullmatch=True)

REFUSED = {
    "": "not a host name",
    "@example.net": "nothing before its '@'",
    "example.net/": "nothing after its '/'",
    "romeo@": "not a host name",
    "romeo@/orchard": "not a host name",
    "romeo@example..net": "not a host name",
    "romeo@-example.net": "not a host name",
    "romeo@example.net-": "not a host name",
    "romeo@exa mple.net": "not a host name",
    "romeo@example_net": "not a host name",
    "romeo@[::zz]": "not an IPv6 address",
    "a@b@c": "not a host name",
    "ro meo@example.net": "a space",
    "o'brien@example.net": "which RFC 6122 forbids",
    'r"@example.net': "which RFC 6122 forbids",
    "r&j@example.net": "which RFC 6122 forbids",
    "r:j@example.net": "which RFC 6122 forbids",
    "<romeo>@example.net": "which RFC 6122 forbids",
    "\uff20@example.net": "which RFC 6122 forbids",  # a full-width @ becomes one
    "\U0001f600@example.net": "Unicode 3.2 does not know",
    "romeo@example.net/\U0001f600": "Unicode 3.2 does not know",
    "romeo@example.net/\x07": "stringprep forbids",
    "romeo@example.net/\ue000": "stringprep forbids",
    "\xad@example.net": "empty after preparation",
    "\u05d0a@example.net": "right-to-left",
    "\u05d01@example.net": "right-to-left",
    "romeo@exa\uff0fmple.net": "not a host name's after preparation",
    "a" * 1024 + "@example.net": "longer than 1023 bytes",
    "\u00e9" * 512 + "@example.net": "longer than 1023 bytes",
    "romeo@example.net/" + "a" * 1024: "longer than 1023 bytes",
    "romeo@" + ".".join(["a" * 50] * 21): "longer than 1023 bytes",
    "romeo@" + "a" * 64: "not a host name",
}

TAKEN = {
    "example.net": ("", "example.net", ""),
    "Romeo@Example.NET/Orchard": ("romeo", "example.net", "Orchard"),
    "romeo@example.net.": ("romeo", "example.net", ""),
    "romeo@example\u3002net": ("romeo", "example.net", ""),
    "romeo@localhost/a@b/c d": ("romeo", "localhost", "a@b/c d"),
    "romeo@127.0.0.1": ("romeo", "127.0.0.1", ""),
    "romeo@[0:0::1]": ("romeo", "[::1]", ""),
    "Ra\u00dfo@example.net": ("rasso", "example.net", ""),
    "\u00c9lan@b\u00fcCHER.example/\u00c9": ("\u00e9lan", "b\u00fccher.example", "\u00c9"),
    "\u05d01\u05d0@example.net": ("\u05d01\u05d0", "example.net", ""),
    "a\xadb@example.net": ("ab", "example.net", ""),
    "\u10a0@example.net": ("\u10a0", "example.net", ""),  # its lower case is younger than Unicode 3.2
    "a" * 1023 + "@example.net": ("a" * 1023, "example.net", ""),
    "romeo@example.net/" + "\u00e9" * 511: ("romeo", "example.net", "\u00e9" * 511),
}


def prepared(text: str) -> jid.Jid | None:
    """The JID, or None where it is refused."""
    try:
        return jid.parse(text)
    except JidError:
        return None


def prepared_by_twisted(text: str) -> tuple[str, str, str] | None:
    """What Twisted makes of it, with our way to write an absent part."""
    try:
        local, domain, resource = twisted_jid.parse(text)
    except (twisted_jid.InvalidFormat, IndexError):  # it raises IndexError for an empty label
        return None
    return local or "", domain, resource or ""


@pytest.mark.parametrize("text", TAKEN)
def test_a_jid_is_prepared_part_by_part(text: str) -> None:
    """Localpart and domain are folded and normalised, the resource normalised only (RFC 6122 §2)."""
    found = jid.parse(text)
    assert (found.local, found.domain, found.resource) == TAKEN[text]
    assert found.bare == (f"{found.local}@{found.domain}" if found.local else found.domain)
    assert found.full == (f"{found.bare}/{found.resource}" if found.resource else found.bare)
    assert found.is_bare == (not found.resource)
    assert str(found) == found.full


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_jid_is_refused_with_a_reason(text: str) -> None:
    """Each wrong part raises JidError, and the sentence names what is wrong with it."""
    with pytest.raises(JidError, match=REFUSED[text]):
        jid.parse(text)


def test_a_resource_is_added_to_an_account() -> None:
    """`with_resource` gives what parsing the full JID would."""
    assert jid.parse("romeo@example.net").with_resource("orchard") == jid.parse("romeo@example.net/orchard")
    assert jid.parse("romeo@example.net/a").with_resource("b") == jid.parse("romeo@example.net/b")


def test_a_remembered_string_gives_the_same_object() -> None:
    """Parsing the same string again costs a look-up."""
    assert jid.parse("remembered@example.net") is jid.parse("remembered@example.net")


@given(JIDS)
@example("\u10a0@example.net")
@example("\u04c0@example.net")
def test_a_prepared_jid_stays_as_it_is(text: str) -> None:
    """Parsing what parsing gave changes nothing, so that stored JIDs can be read again."""
    found = prepared(text)
    if found is not None:
        assert jid.parse(found.full) == found


@given(JIDS | NEARLY_PREPARED)
@example("a" * 1023 + "@example.net")
@example("a" * 1024 + "@example.net")
@example("romeo@" + ".".join(["a" * 63] * 16))
@example("romeo@" + ".".join(["a" * 63] * 15 + ["a" * 62]))
@example("romeo@" + ".".join(["a" * 63] * 15 + ["a" * 64]))
@example("romeo@example.net\n")
@example("romeo@example.net/\x07")
def test_a_bare_jid_is_the_one_of_the_whole(text: str) -> None:
    """The short way for what is prepared already gives what parsing gives, and refuses what parsing refuses."""
    found = prepared(text)
    if found is None:
        with pytest.raises(JidError):
            jid.bare(text)
    else:
        assert jid.bare(text) == found.bare


@pytest.mark.parametrize("text", [*TAKEN, *REFUSED])
def test_a_bare_jid_of_the_tables_too(text: str) -> None:
    """Each of the difficult ones: the same JID, or the same sentence."""
    try:
        expected = jid.parse(text).bare
    except JidError as error:
        with pytest.raises(JidError) as caught:
            jid.bare(text)
        assert str(caught.value) == str(error)
    else:
        assert jid.bare(text) == expected


@pytest.mark.parametrize("character", [*map(chr, range(0x80))], ids=repr)
def test_every_ascii_character_of_a_bare_jid(character: str) -> None:
    """Alone and between others, in the localpart and in the domain: as :func:`parse` has it."""
    for text in (f"{character}@x", f"a{character}b@x", f"a@{character}", f"a@x{character}y.z", f"a@x{character}"):
        found = prepared(text)
        try:
            bare = jid.bare(text)
        except JidError:
            bare = None
        assert bare == (found.bare if found else None)


@given(JIDS)
@example("@example.net")
@example("example.net/")
@example("romeo@example.net.")
@example("romeo@[::1]")
def test_twisted_prepares_jids_the_same_way(text: str) -> None:
    """Where both take a JID they agree; where only one does, it is for a reason listed here."""
    ours, theirs = prepared(text), prepared_by_twisted(text)
    if ours is not None and theirs is not None:
        assert (ours.local, ours.domain, ours.resource) == (theirs[0], theirs[1].rstrip("."), theirs[2])
    elif ours is not None:
        assert "[" in text or younger_lower_case(text)
    elif theirs is not None:
        assert (
            "" in text.split("/")  # it takes an empty resource for none
            or text.startswith("@")  # and an empty localpart
            or not theirs[0]  # also where preparation leaves nothing of it
            or not theirs[2]
            or any(unicodedata.ucd_3_2_0.category(c) == "Cn" for c in text)  # it looks after folding only
        )


def younger_lower_case(text: str) -> bool:
    """Whether a letter's lower case is not in Unicode 3.2: Twisted takes that one, and refuses it as unknown."""
    return any(unicodedata.ucd_3_2_0.category(folded) == "Cn" for c in text for folded in c.lower())


def test_twisted_has_no_length_limit() -> None:
    """A listed difference: only we refuse parts over 1,023 bytes (RFC 6122 §2.1)."""
    long = "a" * 1024 + "@example.net"
    assert prepared(long) is None
    assert prepared_by_twisted(long) is not None


@pytest.mark.parametrize(
    "text",
    [
        "x@" + "".join(chr(0x4E00 + number) for number in range(64)),
        "x@a" + "\u00ad" * 63,
        "x@" + "a." * 600 + "b",
        "x@" + "é." * 600 + "b",
        "\ufdfa" * 341,
        "x@y/" + "\ufdfa" * 341,
        "x" * 4000,
        "x@[::1%<y> \"'&]",
        "x@[::1%eth0]",
    ],
)
def test_nothing_takes_long(text: str) -> None:
    """What is too long is refused before it is prepared, which may take quadratic time; a zone is no part of one."""
    with pytest.raises(JidError):
        jid.parse(text)
