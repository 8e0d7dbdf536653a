"""Who plays the cases: with a client in memory, one that is a program, or one that comes by itself."""
