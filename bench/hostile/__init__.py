"""``make hostile``: what well-behaved sessions notice while somebody attacks the server."""
