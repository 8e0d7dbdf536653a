"""What all tests share: the folders of the test tree are importable from each other by their file names."""

import signal
import sys
from importlib.util import find_spec
from pathlib import Path

from hypothesis import settings
from required import pytest_addoption, pytest_configure  # noqa: F401 - hooks: pytest finds them here

for folder in ("core", "wire", "store", "net", "net/control", "xmpp", "client", "testing", "browser"):
    sys.path.insert(0, str(Path(__file__).parent / folder))

# They have an environment of their own (`make browser`), and nothing there can be imported without it.
collect_ignore = [] if find_spec("playwright") else ["browser"]

# Whoever runs the tests in the background, or under nohup, ignores these, and so would every child of a test.
for _number, _handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _handler)

settings.register_profile("fast", max_examples=60, stateful_step_count=40, deadline=None)
settings.register_profile("deep", max_examples=3000, stateful_step_count=80, deadline=None)
settings.load_profile("fast")
