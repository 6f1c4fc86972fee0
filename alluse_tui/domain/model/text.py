"""Safe display of untrusted text."""

from __future__ import annotations


def printable(text: str) -> str:
    """`text` with control, formatting and surrogate characters escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
