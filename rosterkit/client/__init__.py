"""The client library: a live copy of the own roster for Twisted applications."""
