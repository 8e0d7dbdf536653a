"""The pure rules: no Twisted, no lxml, no sqlite, no clock, no randomness.

Inputs come with ``now``; what must happen comes back as a list of effects.
"""
