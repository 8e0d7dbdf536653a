"""A small scripted client that follows every rule, and mutants of it that each break one: what the cases are tried on."""
