"""An environment of its own: what its commands see, and how what goes wrong in it is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from release.dist.environment import Environment
from release.wrong import WrongError


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """An empty one, made while this checkout is on the path of Python."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))
        yield Environment(tmp_path_factory.mktemp("empty"))


def command(environment: Environment, text: str) -> None:
    """Put a ``rosterkit`` into the environment."""
    (environment.bin / "rosterkit").write_text(f"#!/bin/sh\n{text}\n")
    (environment.bin / "rosterkit").chmod(0o755)


def test_the_checkout_is_not_seen(environment: Environment):
    """Neither its package nor the environment of whoever checks; commands run in the place."""
    said = environment.run(
        "python", "-c", "import os, importlib.util as u; print(u.find_spec('rosterkit'), os.getcwd())"
    )
    assert said == f"None {environment.place}\n"
    with pytest.raises(WrongError, match=r"exit code 1\n(.|\n)*No module named 'twisted'"):
        environment.run("python", "-c", "import twisted")


def test_a_command_that_is_not_there_is_said(environment: Environment):
    """The environment may lack what it should have installed."""
    with pytest.raises(WrongError, match=r"There is no command no-such\."):
        environment.run("no-such", "--version")


def test_a_server_that_is_never_ready_is_said(environment: Environment):
    """With what stands in its log."""
    command(environment, "echo no such domain >&2")
    with pytest.raises(WrongError, match="no ready line\nno such domain"), environment.serving():
        pass


@pytest.mark.parametrize(("code", "wrong"), [(0, None), (3, "exit code 3 after SIGTERM")])
def test_a_server_has_to_end_well(environment: Environment, code: int, wrong: str | None):
    """Its ready line is given; any other code than 0 is said."""
    command(environment, f"trap 'exit {code}' TERM\necho '{{\"pid\": 1}}'\nwhile :; do sleep 0.05; done")
    try:
        with environment.serving() as ready:
            assert ready == {"pid": 1}
    except WrongError as said:
        assert wrong
        assert wrong in str(said)
    else:
        assert wrong is None
