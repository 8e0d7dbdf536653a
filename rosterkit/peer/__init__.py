"""The peer: scripted contacts beside a real XMPP server, as one of its external components (XEP-0114)."""
