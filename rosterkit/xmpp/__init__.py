"""The door to Twisted's XMPP streams and to Wokkel: streams, logins, elements, JIDs, requests."""
