"""An environment of its own, in which rosterkit is only what was installed there.

Tests: ``tests/release/test_environment.py``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from release.wrong import WrongError

__all__ = ["Environment"]

#: Seconds that a command may take, an installation included.
_PATIENCE = 180
_FOREIGN = ("PYTHON", "COV", "ROSTERKIT", "VIRTUAL_ENV")


class Environment:
    """A new environment in ``folder / "environment"``, and ``folder / "place"``, in which its commands run.

    Nothing of the environment around it is on their path but the commands of the system.
    """

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "environment" / "bin"
        self.place = folder / "place"
        self.place.mkdir(parents=True)
        self._variables = {name: text for name, text in os.environ.items() if not name.startswith(_FOREIGN)}
        self._variables["PATH"] = f"{self.bin}:/usr/bin:/bin"
        self._ended([sys.executable, "-m", "venv", "--without-pip", str(self.bin.parent)])

    def install(self, *what: str | Path) -> None:
        """Install packages from files or from the index."""
        pip = [sys.executable, "-m", "pip", "--python", str(self.bin / "python"), "--disable-pip-version-check"]
        self._ended([*pip, "install", "--quiet", *map(str, what)])

    def run(self, *command: str, said: str = "") -> str:
        """What a command prints that ends with 0 and is given ``said``.

        Raises :class:`~release.wrong.WrongError` with its last words where it ends otherwise or does not end.
        """
        return self._ended(list(command), said)

    def _ended(self, command: list[str], said: str = "") -> str:
        shown = " ".join(command)[:200]
        try:
            ended = subprocess.run(
                command, cwd=self.place, env=self._variables, input=said, capture_output=True, text=True,
                timeout=_PATIENCE, check=False,
            )  # fmt: skip
        except FileNotFoundError as missing:
            raise WrongError(f"There is no command {command[0]}.") from missing
        except subprocess.TimeoutExpired as late:
            raise WrongError(f"{shown}: has not ended in {_PATIENCE} s.") from late
        if ended.returncode:
            raise WrongError(f"{shown}: exit code {ended.returncode}\n{(ended.stdout + ended.stderr)[-2000:]}")
        return ended.stdout

    @contextmanager
    def serving(self, *options: str) -> Iterator[dict[str, Any]]:
        """The ready line of a ``rosterkit serve`` on free ports, which has to end with 0 when it is told to.

        Raises :class:`~release.wrong.WrongError` where it is not ready, or ends otherwise.
        """
        command = ["rosterkit", "serve", "--c2s-port", "0", "--tls-port", "0", *options]
        log = self.place / "serve.log"
        with log.open("w") as errors, subprocess.Popen(
            command, cwd=self.place, env=self._variables, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as child:  # fmt: skip
            try:
                line = child.stdout.readline() if child.stdout else ""
                if not line:
                    raise WrongError(f"{' '.join(command)}: no ready line\n{log.read_text()[-2000:]}")
                yield json.loads(line)
                child.send_signal(signal.SIGTERM)
                child.wait(_PATIENCE)
            finally:
                child.kill()
        if child.returncode:
            raise WrongError(f"{' '.join(command)}: exit code {child.returncode} after SIGTERM.")
