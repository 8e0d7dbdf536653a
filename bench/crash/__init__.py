"""``make crash``: clients that change rosters while the server is killed, and a check of what is there afterwards."""
