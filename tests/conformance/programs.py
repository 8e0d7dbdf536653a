"""Small programs that tests start: what they are run with, and how they are seen to be there."""

from __future__ import annotations

import sys

#: An interpreter that starts quickly: without site, the user's folder and the environment.
PYTHON = [sys.executable, "-I", "-S", "-c"]

#: The first lines of a program that ignores SIGTERM, and says so by ``ready`` on standard output.
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
"""
