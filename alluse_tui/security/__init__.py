"""Keeping secrets: sealed files (80-security)."""

from alluse_tui.security.sealing import Key, is_sealed, key_of, seal, unseal

__all__ = ["Key", "is_sealed", "key_of", "seal", "unseal"]
