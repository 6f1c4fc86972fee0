"""Keeping secrets and telling people apart: roles, passwords, logins, keys, sealed files, evidence.

Nothing is loaded here: whoever only looks at roles loads no cipher (security.md).
"""
