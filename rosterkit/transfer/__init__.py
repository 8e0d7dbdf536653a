"""Whole databases to a file and back, and in from other servers: ``rosterkit export`` and ``rosterkit import``."""
