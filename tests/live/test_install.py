"""An installation as a user makes one: an empty environment, the package index, a checkout or a wheel of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.live

ROOT = Path(__file__).parent.parent.parent
SECONDS = 60


def run(*command: str | Path, cwd: Path) -> str:
    """The standard output of a command that ends well."""
    ended = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, f"{command}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def empty_environment(folder: Path) -> Path:
    """A new environment with nothing but pip in it; its folder of commands."""
    run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
    return folder / "bin"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that git knows, as they are now, in a folder of their own."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in run("git", "ls-files", "-z", cwd=ROOT).rstrip("\0").split("\0"):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from the source archive that is built from the checkout."""
    folder = tmp_path_factory.mktemp("built")
    builder = empty_environment(folder / "builder")
    run(builder / "pip", "install", "--quiet", "build", cwd=folder)
    run(builder / "python", "-m", "build", "--outdir", folder / "dist", checkout, cwd=folder)
    (made,) = (folder / "dist").glob("*.whl")
    return made


@pytest.fixture(scope="module", params=["checkout", "wheel"])
def commands(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an environment into which rosterkit was installed from the one or the other."""
    folder = tmp_path_factory.mktemp(request.param)
    commands = empty_environment(folder / "environment")
    run(commands / "pip", "install", "--quiet", request.getfixturevalue(request.param), cwd=folder)
    return commands


def test_both_commands_are_there(commands: Path, tmp_path: Path):
    """Rosterkit and twistd rosterkit answer, with the same version; twistd's other plugins are still there."""
    version = run(commands / "rosterkit", "--version", cwd=tmp_path)
    assert version.startswith("rosterkit ")
    assert run(commands / "twistd", "rosterkit", "--version", cwd=tmp_path) == version
    assert "--max-stanza=" in run(commands / "twistd", "rosterkit", "--help", cwd=tmp_path)
    assert {"rosterkit", "web", "conch"} <= set(run(commands / "twistd", "--help", cwd=tmp_path).split())


def test_the_server_runs(commands: Path, tmp_path: Path):
    """Nothing is missing: the server gets ready, with a store on disk, and ends with 0."""
    command = [commands / "rosterkit", "serve", "--c2s-port=0", "--tls-port=0", "--db=kept.db"]
    environment = os.environ | {"ROSTERKIT_ACCOUNTS": "juliet:capulet"}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        ready = json.loads(child.stdout.readline() or "null")
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=SECONDS)
    assert ready["domains"] == ["localhost"]
    assert child.returncode == 0
    assert (tmp_path / "kept.db").is_file()
