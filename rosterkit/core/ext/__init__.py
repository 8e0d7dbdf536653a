"""One file per extension: its names, how it is read, what is answered."""
