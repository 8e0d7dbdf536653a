"""The thin Twisted shell: sockets, TLS, the clock; no rule lives here."""
