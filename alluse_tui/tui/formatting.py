"""Numbers and accounts as the screens write them."""

from __future__ import annotations

from collections.abc import Sequence

from alluse_tui.domain.views import grouped, plain
from alluse_tui.tui import texts

BLOCKS = "▁▂▃▄▅▆▇█"
EIGHTHS = " ▏▎▍▌▋▊▉█"


def account_text(code: str) -> str:
    """'gen-1', or 'external (deposits)' for an account outside the portfolio."""
    _, outside, name = code.partition("world:")
    return texts.EXTERNAL.format(account=name) if outside else code


def signed(micros: int) -> str:
    """A change: '+26,000.00', '−52,000.00', '0.00'."""
    return f"+{grouped(micros)}" if micros > 0 else grouped(micros)


def exactly(micros: int) -> str:
    """To the last decimal: '12,500.00', '−142,799.338082'."""
    units, _, rest = plain(abs(micros)).partition(".")
    return f"{'−' if micros < 0 else ''}{int(units):,}.{rest}"


def rated(nanos: int) -> str:
    """A rate in billionths: '1.08', '0.009259259'."""
    units, rest = divmod(nanos, 1_000_000_000)
    return f"{units:,}.{rest:09d}".rstrip("0").rstrip(".")


def counted(quantity_micros: int) -> str:
    """A number of shares or contracts: '4,973', '−52', '0.5'."""
    units, rest = divmod(abs(quantity_micros), 1_000_000)
    decimals = f".{rest:06d}".rstrip("0").rstrip(".")
    return f"{'−' if quantity_micros < 0 else ''}{units:,}{decimals}"


def percent(bps: int, *, sign: bool = False) -> str:
    """Basis points as a percentage with one decimal: '62.7', '+22.7', '−8.6'."""
    tenths = (abs(bps) + 5) // 10
    mark = "−" if bps < 0 and tenths else "+" if sign else ""
    return f"{mark}{tenths // 10}.{tenths % 10}"


def bar(part: int, whole: int, width: int) -> str:
    """A horizontal bar of `part` in `whole`, to an eighth of a cell, `width` cells in all."""
    if whole <= 0 or part <= 0:
        return " " * width
    eighths = min(part * width * 8 // whole, width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(width)


def sampled(values: Sequence[int], count: int) -> list[int]:
    """At most `count` of the values, evenly spread, the last among them."""
    if len(values) <= count or count < 2:
        return list(values[-max(count, 0) :]) if count else []
    last = len(values) - 1
    return [values[i * last // (count - 1)] for i in range(count)]


def curve_rows(values: Sequence[int], width: int, height: int) -> list[str]:
    """The values as columns of blocks, `height` rows, the top row first."""
    points = sampled(values, width)
    if not points or height < 1:
        return []
    low, high = min(points), max(points)
    span = max(1, high - low)
    steps = height * 8 - 1
    levels = [1 + (p - low) * steps // span if high > low else 4 * height for p in points]
    rows = []
    for row in range(height - 1, -1, -1):
        cells = [min(8, max(0, level - row * 8)) for level in levels]
        rows.append("".join(BLOCKS[c - 1] if c else " " for c in cells))
    return rows
