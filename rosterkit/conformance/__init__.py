"""Conformance: cases, judges, the two oracles, and the report; :mod:`~rosterkit.conformance.runner` plays them."""
