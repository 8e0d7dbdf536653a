"""The shared parser: documents do not see each other, and names are let go."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from lxml import etree

from rosterkit.wire import parsing
from rosterkit.wire.parsing import parse

PAGE_KIB = 4


def resident_kib() -> int:
    """The memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KIB


def new_names(number: int) -> bytes:
    """A document of about 50 KB whose names nobody has seen."""
    names = "".join(f"<n{number}-{n}-{'x' * 80}/>" for n in range(500))
    return f"<s>{names}</s>".encode()


def test_what_was_noted_about_a_document_is_not_said_of_the_next() -> None:
    """The log is that of the last document."""
    assert len(parse(b"<a xmlns='relative'/>")[1])
    assert not len(parse(b"<a/>")[1])


def test_a_document_that_is_none_does_not_hurt_the_next() -> None:
    """After an error the parser reads on."""
    for wrong in (b"<a>", b"", b"<a></b>", b"<a b='1' b='2'/>", b"\xff"):
        with pytest.raises(etree.XMLSyntaxError):
            parse(wrong)
        assert parse(b"<a>x</a>")[0].text == "x"


def test_names_that_nobody_uses_do_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """New names all the time take no more memory than so many bytes of them do."""
    monkeypatch.setattr(parsing, "FORGET_AFTER", 1024 * 1024)
    for number in range(60):
        parse(new_names(number))
    before = resident_kib()
    for number in range(60, 460):  # 20 MB, which would stay as 30 to 40
        parse(new_names(number))
    assert resident_kib() - before < 8 * 1024


def test_elements_outlive_the_names_that_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """An element of before is whole, and goes into a document of after."""
    old, _ = parse(b"<old xmlns='urn:old' attribute='1'><inner-of-old/></old>")
    monkeypatch.setattr(parsing, "FORGET_AFTER", 0)
    for number in range(5):
        parse(new_names(number))
    new, _ = parse(b"<new/>")
    new.append(old)
    assert etree.tostring(new) == b'<new><old xmlns="urn:old" attribute="1"><inner-of-old/></old></new>'


def test_each_thread_has_a_parser_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads read beside each other, each lets go of its own names, and each gets its own log."""
    monkeypatch.setattr(parsing, "FORGET_AFTER", 100_000)
    wrong: list[str] = []

    def read(name: str, noted: bool) -> None:
        for number in range(200):
            text = f"<{name}>{'<x/>' * 50}</{name}>" if not noted else f"<{name}><b xmlns='relative'/></{name}>"
            root, log = parse(text.encode())
            if root.tag != name or bool(len(log)) is not noted:
                wrong.append(f"{name} {number}")
            parse(new_names(number)) if not number % 20 else None

    threads = [threading.Thread(target=read, args=(f"t{n}", bool(n % 2))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
