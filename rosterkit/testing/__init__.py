"""For tests of XMPP clients and servers: real servers on this machine, started and stopped by plain Python.

:mod:`rosterkit.testing.servers` is where to begin.  Nothing here needs a reactor or a test framework, and importing
the package imports nothing else.
"""
