"""Strings as markup: whatever XML can carry comes back through the reader as it was."""

import pytest
from hypothesis import given
from streams import HEADER, TEXTS, element, events

from rosterkit.core import markup
from rosterkit.errors import StreamError

CHARACTERS = [
    *"\t\n\r",
    *map(chr, range(0x20, 0x2000)),
    *"\u2028\ud7ff\ue000\ufdd0\ufeff\ufffd\U00010000\U0001f600\U0010ffff",
]


def test_every_character_survives_as_text_and_as_attribute() -> None:
    """Each character alone, and between others, reads back as itself, line ends and tabs included."""
    values = [*CHARACTERS, *(f"a{character}b" for character in CHARACTERS)]
    children = "".join(markup.element("c", markup.text(value), a=value) for value in values)
    found = element(markup.element("many", children).encode())
    assert [child.text for child in found] == values
    assert [child.get("a") for child in found] == values


@given(TEXTS)
def test_any_string_survives_as_text_and_as_attribute(value: str) -> None:
    """Characters do not disturb each other: ``]]>``, ``\\r\\n`` and ``&amp;`` come back as they were."""
    found = element(markup.element("c", markup.text(value), a=value).encode())
    assert (found.text or "") == value
    assert found.get("a") == value


def test_plain_strings_stay_as_they_are() -> None:
    """Nothing is escaped that need not be."""
    assert markup.text('it\'s "plain"\n\t') == 'it\'s "plain"\n\t'
    assert markup.attribute('say "plain"') == 'say "plain"'


def test_text_and_attributes_escape_what_would_be_markup() -> None:
    """What begins a tag or an entity, ends a value or would be changed by XML's line-end rules is escaped."""
    assert markup.text("<a>&\r") == "&lt;a&gt;&amp;&#13;"
    assert markup.attribute("<a>&'\t\n\r") == "&lt;a&gt;&amp;&apos;&#9;&#10;&#13;"


def test_attributes_stand_in_the_order_given_and_none_is_left_out() -> None:
    """``xml_lang`` becomes ``xml:lang``; an empty value is written, a missing one is not."""
    assert markup.attributes(b="1", a="", c=None, xml_lang="en") == " b='1' a='' xml:lang='en'"


def test_an_element_without_content_has_no_end_tag() -> None:
    """Content is markup already and goes in as it is."""
    assert markup.element("a", x="'") == "<a x='&apos;'/>"
    assert markup.element("a", "<b/>") == "<a><b/></a>"


def test_can_carry_knows_every_character() -> None:
    """Each that there is, alone and within a word, as XML 1.0 §2.2 has it."""
    wrong = []
    for number in range(0x110000):
        character = chr(number)
        can = markup.can_carry(character)
        if can != _is_xml(number) or markup.can_carry(f"a{character}b") != can:
            wrong.append(number)
    assert wrong == []


@pytest.mark.parametrize(
    "number", [*range(0x20), 0x7F, 0x85, 0xD7FF, 0xE000, 0xFFFD, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF]
)
def test_what_can_be_carried_is_read_and_the_rest_is_not(number: int) -> None:
    """The strict reader agrees."""
    data = f"<a>&#{number};</a>".encode()
    found = events([HEADER + data])[1]
    assert isinstance(found, StreamError) != markup.can_carry(chr(number))


def test_nothing_can_always_be_carried() -> None:
    """The empty string has no character to object to."""
    assert markup.can_carry("")


def _is_xml(number: int) -> bool:
    """XML 1.0 §2.2, rule 2."""
    return number in (0x9, 0xA, 0xD) or 0x20 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or number >= 0x10000
