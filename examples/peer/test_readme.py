"""The example of the README with a real server beside contacts of ours, as somebody would copy it; with two servers."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
#: A few cases stand for all, which `make grade-servers` plays.
FEW = "rfc6121/A.2.1"


def script() -> str:
    """The commands of the section, but for the one that installs."""
    section = README.split("\n## Beside a real server\n", 1)[1].split("\n## ", 1)[0]
    blocks = re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    lines = [line for line in "".join(blocks).splitlines() if not line.startswith(("pip ", "apt-get "))]
    return "\n".join(lines).replace("rosterkit check server", f"rosterkit check server {FEW}")


def ran(text: str, folder: Path, environment: dict[str, str]) -> str:
    """What a script has said, after two minutes at the latest; what it has started is gone."""
    with (folder / "said").open("w+") as said:
        running = subprocess.Popen(
            ["bash", "-ec", text], cwd=folder, env=environment, stdout=said, stderr=said, start_new_session=True
        )
        try:
            running.wait(120)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGTERM)
        said.seek(0)
        return said.read()


@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
def test_the_example_works_as_it_stands(server: str, tmp_path: Path):
    """The server starts, the peer joins it, slixmpp's request is accepted after two seconds, and a report is made."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("node_modules"))
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    text = script().replace("rosterkit.testing prosody", f"rosterkit.testing {server}")
    said = ran(text, tmp_path, environment)
    accepted = re.search(r"romeo@feast\.localhost accepted after (\d+\.\d) s, and is available\.", said)
    assert accepted is not None, said
    assert 1.9 <= float(accepted[1]) < 4, said
    assert (tmp_path / "rosterkit-report" / "index.html").exists(), said
    assert "INCONCLUSIVE" not in said, said
