"""The parts of the pages are made without Sphinx, and tested so."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))
