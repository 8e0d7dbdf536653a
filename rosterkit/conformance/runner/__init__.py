"""Who plays the cases: on a network of the server, with a client in memory, as a process, or one that comes by itself."""
