"""Conformance: cases, judges, the two oracles, and the report.  Who plays them is in :mod:`rosterkit.conformance.runner`."""
