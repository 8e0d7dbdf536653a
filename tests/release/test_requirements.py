"""What the lanes install, read from setup.cfg."""

from __future__ import annotations

import pytest
from packaging.requirements import Requirement

from release.requirements import SETUP, declared, main, minimum, without_wokkel
from release.wrong import WrongError

TEXT = """
[options]
install_requires =
    twisted[tls] >= 23.10
    # why
    wokkel >= 18.0.0, < 19
"""


def test_the_lowest_is_taken_exactly():
    """With its extras; comments are none, and an upper bound does not matter."""
    assert minimum(declared(TEXT, "options", "install_requires")) == ["twisted[tls]==23.10", "wokkel==18.0.0"]


@pytest.mark.parametrize("line", ["lxml", "lxml < 7", "lxml == 6.*"])
def test_one_without_a_lowest_is_refused(line: str):
    """It would be tried with the newest, and nothing would be known."""
    with pytest.raises(WrongError, match="declares no lowest version"):
        minimum([Requirement(line)])


def test_wokkel_is_left_out():
    """Whatever its bounds are; the others stay as they are declared."""
    assert without_wokkel(declared(TEXT, "options", "install_requires")) == ["twisted[tls]>=23.10"]


def test_ours_can_be_read(capsys: pytest.CaptureFixture[str]):
    """Every requirement of rosterkit has a lowest version, and both lanes have Tx-XMPP and pytest."""
    required = declared(SETUP.read_text(), "options", "install_requires")
    assert len(minimum(required)) == len(required)
    assert main(["minimum"]) == 0
    oldest = capsys.readouterr().out.splitlines()
    assert main(["tx-xmpp"]) == 0
    newest = capsys.readouterr().out.splitlines()
    assert [line.partition("==")[0] for line in oldest if "==" in line] == [
        "twisted[tls]", "wokkel", "lxml", "scramp", "trustme", "cryptography", "pyOpenSSL", "wsproto", "jinja2",
    ]  # fmt: skip
    assert len(newest) == len(oldest) - 1
    assert {"pytest", "tx-xmpp"} <= {line.partition(">=")[0] for line in newest}
    assert "wokkel" not in str(newest)


def test_another_lane_is_refused(capsys: pytest.CaptureFixture[str]):
    """With those that there are."""
    assert main(["newest"]) == 2
    assert "{minimum,tx-xmpp}" in capsys.readouterr().err
