"""Our server, Prosody and ejabberd side by side, by one driver: ``make bench-peers``."""
