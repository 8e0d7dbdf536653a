"""Bytes to values and values to bytes; lxml reads, text writes; no Twisted, no sockets."""
