"""The control API: HTTP and JSON, by which a test in any language makes networks and looks into them."""
