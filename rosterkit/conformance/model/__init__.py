"""What the cases are tried on: a scripted client that follows every rule, and mutants of it that each break one."""
