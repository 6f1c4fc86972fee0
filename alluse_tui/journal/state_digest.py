"""A digest over all state rows, which detects stale, lost and duplicated pages.

Each row's text begins with a check of that row alone, which a stale row passes, too. The digest
is the sum of those checks modulo 2⁶⁴, which is independent of order and updated incrementally.
"""

from __future__ import annotations

from collections.abc import Iterable

from alluse_tui.domain.model.errors import IntegrityFailed

CHECK_DIGITS = 16
"""Hexadecimal digits at the beginning of each row's text."""

_MODULUS = 1 << 64


def digest_of(texts: Iterable[str]) -> int:
    """The digest of rows with these texts (or their first CHECK_DIGITS). Raises IntegrityFailed."""
    try:
        checks = bytes.fromhex("".join([text[:CHECK_DIGITS] for text in texts]))
        return sum(memoryview(checks).cast("Q")) % _MODULUS
    except (TypeError, ValueError):
        raise IntegrityFailed("the state has rows that this program did not write") from None


def digest_after(digest: int, removed: Iterable[str], added: Iterable[str]) -> int:
    """`digest` with the rows `removed` replaced by `added`. Raises IntegrityFailed."""
    return (digest - digest_of(removed) + digest_of(added)) % _MODULUS


def digest_text(digest: int) -> str:
    """The stored form of a digest."""
    return f"{digest:016x}"


def digest_from(text: str) -> int:
    """The digest with that stored form. Raises IntegrityFailed."""
    try:
        return int(text, 16)
    except (TypeError, ValueError):
        raise IntegrityFailed("the digest of the state cannot be read") from None
