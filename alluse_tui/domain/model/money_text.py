"""Formatting amounts of micros as text."""

from __future__ import annotations

UNIT_MICROS = 1_000_000
CENT_MICROS = 10_000


def plain(micros: int) -> str:
    """Two to six decimals, no separators: '12500.00', '142799.338082'."""
    if not micros:
        return "0.00"
    sign = "-" if micros < 0 else ""
    units, rest = divmod(abs(micros), UNIT_MICROS)
    cents, fraction = divmod(rest, CENT_MICROS)
    if not fraction:
        return f"{sign}{units}.{cents:02d}"
    return f"{sign}{units}.{rest:06d}".rstrip("0")


def grouped(micros: int) -> str:
    """Two decimals with separators, for screens: '12,500.00', '−34.50'."""
    cents = divided(micros, CENT_MICROS)
    units, rest = divmod(abs(cents), 100)
    return f"{'−' if cents < 0 else ''}{units:,}.{rest:02d}"


def divided(numerator: int, denominator: int) -> int:
    """numerator / denominator to the nearest whole number, ties to even; denominator > 0."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient % 2):
        quotient += 1
    return quotient
