"""Mutated stanzas and streams against every door that bytes of strangers come through: ``make fuzz``.

Two engines make the inputs: a grammar of our own with mutations, and atheris, which looks for new ways through the
code.  Each door is a target (:mod:`bench.fuzz.targets`) with promises that are checked after every input.

Tests: ``tests/bench/fuzz``.
"""
