"""What a release consists of, the source archive and the wheel: built, and tried as a new user would.

``python -m release.dist`` is ``make dist``.

Tests: ``tests/release/``.
"""
