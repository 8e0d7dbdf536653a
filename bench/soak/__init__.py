"""``make soak``: clients that do everything for a long time, on a server that is disturbed, against a model."""
