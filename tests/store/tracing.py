"""``strace``, which shows the system calls of a process and can kill it at one: not every machine lets us."""

from __future__ import annotations

import shutil
import subprocess

import pytest

__all__ = ["needs_strace"]


def _can_trace() -> bool:
    """Whether there is a strace, and it may trace."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], check=False, capture_output=True).returncode == 0


needs_strace = pytest.mark.skipif(not _can_trace(), reason="needs strace, and the right to trace")
