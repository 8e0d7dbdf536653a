"""``python -m rosterkit``: the ``rosterkit`` command of this very Python.

Tests: ``tests/test_cli.py``.
"""

from __future__ import annotations

import sys

from rosterkit.cli import main

if __name__ == "__main__":
    sys.exit(main())
