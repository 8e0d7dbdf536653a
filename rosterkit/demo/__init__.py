"""``rosterkit demo``: a guided session with a real server and real clients, told in a terminal while it happens."""
