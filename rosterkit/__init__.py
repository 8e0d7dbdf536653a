"""rosterkit: the reference peer for XMPP rosters.

Importing the package installs no reactor and imports neither Twisted nor lxml.
"""

__all__ = ["__version__"]

__version__ = "0.1.0.dev0"
