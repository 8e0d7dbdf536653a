"""How a release is made and checked: its files, its oldest requirements, the licences of what it needs.

Nothing here is installed with rosterkit.

Tests: ``tests/release/``.
"""
