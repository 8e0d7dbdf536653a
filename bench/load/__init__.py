"""``make load``: many sessions at once, idle and with traffic, and what they cost the server."""
