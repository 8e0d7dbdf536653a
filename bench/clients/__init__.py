"""A light raw XMPP client, a server to drive, and what the two are measured with."""
