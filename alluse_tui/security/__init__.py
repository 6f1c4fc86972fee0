"""Roles, passwords, login sessions, keys, encrypted files and signed checkpoints (security.md).

Nothing is loaded here, so code that only needs roles loads no cryptography.
"""
