"""What may stand before a stream's root."""

import pytest

from rosterkit.wire import prolog

DECLARED = b"<?xml version='1.0' encoding='UTF-8'?>"


@pytest.mark.parametrize(
    ("data", "length"),
    [
        (b"<stream:stream", 0),
        (b" <?xml version='1.0'?>", 0),
        (b"\x16\x03\x01", 0),
        (b"<?xmlish", 0),
        (b"\xef\xbb\xbf<stream", 3),
        (DECLARED + b"<stream", len(DECLARED)),
        (b"\xef\xbb\xbf" + DECLARED, 3 + len(DECLARED)),
        (b"<?xml\r\nversion = \"1.0\"\tencoding='utf-8'  standalone='yes' ?>", 60),
        (b"<?xml version='1.1'?>", 21),
    ],
)
def test_a_mark_and_a_declaration_are_measured(data: bytes, length: int) -> None:
    """Both may be missing; all else is left to whoever reads the root."""
    assert prolog.length(data) == length


@pytest.mark.parametrize(
    ("data", "condition"),
    [
        (b"\xff\xfe<\x00", "unsupported-encoding"),
        (b"\xfe\xff\x00<", "unsupported-encoding"),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?>", "unsupported-encoding"),
        (b"<?xml version='1.0' encoding='UTF-16'?>", "unsupported-encoding"),
        (b"<?xml version='2.0'?>", "not-well-formed"),
        (b"<?xml encoding='UTF-8'?>", "not-well-formed"),
        (b"<?xml version='1.0\"?>", "not-well-formed"),
        (b"<?xml version='1.0'><stream>", "not-well-formed"),
        (b"<?xml version='1.0' mood='good'?>", "not-well-formed"),
        (b"<?xml " + b" " * 1000, "policy-violation"),
    ],
)
def test_a_wrong_declaration_is_refused(data: bytes, condition: str) -> None:
    """Another encoding than UTF-8 is unsupported (RFC 6120 §11.6); what is no declaration is not well-formed."""
    found = prolog.length(data)
    assert not isinstance(found, int)
    assert found is not None
    assert found.condition == condition
    assert found.text


@pytest.mark.parametrize("whole", [b"\xef\xbb\xbf" + DECLARED, b"\xff\xfe"])
def test_an_unfinished_one_waits(whole: bytes) -> None:
    """However few bytes have come, nothing is decided before it can be."""
    for length in range(len(whole)):
        assert prolog.length(whole[:length]) is None
