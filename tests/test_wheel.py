"""The wheel: what is in it, and that it works in an environment where rosterkit is nothing but this wheel.

No network: Twisted and the others are lent by the environment that runs the tests; ``make dist``
does more in really empty ones.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from rosterkit import __version__

ROOT = Path(__file__).parent.parent
SOURCES = ("setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE", "rosterkit", "twisted")


def run(*command: str | Path, cwd: Path) -> str:
    """The standard output of a command that ends well."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    ended = subprocess.run(
        [*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, f"{command}: {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built from a copy, so that nothing is left in it and nothing old gets in."""
    tree = tmp_path_factory.mktemp("tree")
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__", "dropin.cache"))
        else:
            shutil.copy(source, tree)
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        "made",
        ".",
        cwd=tree,
    )
    (built,) = (tree / "made").iterdir()
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment with the wheel; everything else is found where the tests themselves find it."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", ".", cwd=folder)
    python = folder / "bin" / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--quiet",
        "--python",
        python,
        "install",
        "--no-deps",
        "--no-index",
        wheel,
        cwd=folder,
    )
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


def twistd(environment: Path, *arguments: str) -> str:
    """What twistd prints in the environment."""
    code = "from twisted.scripts.twistd import run; run()"
    return run(environment / "bin" / "python", "-c", code, *arguments, cwd=environment)


def test_the_wheel_has_all_of_rosterkit_and_nothing_of_twisted(wheel: Path):
    """Every file of the package is in it, and of twisted/plugins only our one file."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    tree = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "rosterkit").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == tree | {"twisted/plugins/rosterkit_plugin.py"}


def test_the_demo_plays_from_the_wheel(environment: Path):
    """It needs no file of the checkout."""
    assert "What to type next" in run(environment / "bin" / "rosterkit", "demo", "--pace", "0", cwd=environment)


def test_both_commands_work_from_the_wheel(environment: Path):
    """Rosterkit and twistd rosterkit know their version, and are not those of the checkout."""
    assert run(environment / "bin" / "rosterkit", "--version", cwd=environment) == f"rosterkit {__version__}\n"
    assert twistd(environment, "rosterkit", "--version") == f"rosterkit {__version__}\n"
    where = run(environment / "bin" / "python", "-c", "import rosterkit; print(rosterkit.__file__)", cwd=environment)
    assert Path(where).is_relative_to(environment)


def test_twistd_lists_us_and_is_not_burdened(environment: Path):
    """Asking twistd for its help loads our plugin file and nothing that it stands for; the others are still there."""
    code = """
import json, sys
from twisted.scripts.twistd import ServerOptions
text = str(ServerOptions())
print(json.dumps([text, sorted(sys.modules)]))
"""
    text, modules = json.loads(run(environment / "bin" / "python", "-c", code, cwd=environment))
    assert "A small RFC 6121 server for testing XMPP" in text
    assert "web" in text.split()
    assert [
        name for name in modules if name.startswith(("rosterkit", "lxml", "OpenSSL", "twisted.internet.reactor"))
    ] == []


def test_twistd_shows_our_options(environment: Path):
    """The options come with the plugin's command."""
    assert "--max-stanza=" in twistd(environment, "rosterkit", "--help")
