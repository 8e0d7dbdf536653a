"""The names of the package: all there, loaded when they are asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

import rosterkit


@pytest.mark.parametrize("name", rosterkit.__all__)
def test_every_public_name_is_there(name: str):
    """What ``__all__`` promises can be imported, and ``dir`` lists it."""
    assert getattr(rosterkit, name) is not None
    assert name in dir(rosterkit)


def test_a_name_that_is_not_there_is_said_to_be():
    """With the names that there are."""
    with pytest.raises(AttributeError, match=r"no 'RosterClint'; there are .*RosterClient"):
        _ = rosterkit.RosterClint


def test_service_is_an_old_name():
    """It still works, and warns each time."""
    for _ in range(2):
        with pytest.warns(DeprecationWarning, match="use RosterClient"):
            assert rosterkit.Service is rosterkit.RosterClient


def test_no_name_installs_a_reactor():
    """Whoever uses the library chooses the reactor."""
    code = "import sys, rosterkit\nfor name in rosterkit.__all__: getattr(rosterkit, name)\nprint(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "twisted.internet.reactor" not in ended.stdout.split()
    assert {"wokkel.subprotocols", "tx_xmpp.subprotocols"} & set(ended.stdout.split())
