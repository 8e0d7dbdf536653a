"""The suite that judges servers: people, steps, cases, what judges look at, and the rules of our own that are broken.

A case plays several clients and a component of the server under test; its judge is a pure function of the journal.
Who plays it over a network or in memory is :mod:`rosterkit.conformance.probing`.
"""
