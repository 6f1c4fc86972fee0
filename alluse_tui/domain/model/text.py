"""Text from outside, made safe to show."""

from __future__ import annotations


def printable(text: str) -> str:
    """`text` with control, formatting and surrogate characters shown, not sent."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
