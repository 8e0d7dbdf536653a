"""What all tests share: the folders of the test tree are importable from each other by their file names."""

import sys
from pathlib import Path

from hypothesis import settings

for folder in ("core", "wire", "store", "net", "net/control", "xmpp", "client", "testing"):
    sys.path.insert(0, str(Path(__file__).parent / folder))

settings.register_profile("fast", max_examples=60, stateful_step_count=40, deadline=None)
settings.register_profile("deep", max_examples=3000, stateful_step_count=80, deadline=None)
settings.load_profile("fast")
