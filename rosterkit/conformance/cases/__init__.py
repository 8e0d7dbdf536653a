"""The cases, a module for each part of RFC 6121, in its order."""
