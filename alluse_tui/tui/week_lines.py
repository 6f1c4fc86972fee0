"""The market page's week: the regime with its inputs, and the types of positions and accounts."""

from __future__ import annotations

from alluse_tui.domain.derived.week_positions import AccountWeek, PositionWeek
from alluse_tui.domain.derived.week_regime import (
    LONG_DAYS,
    RANGE_DAYS,
    SHORT_DAYS,
    MarketWeek,
    part_text,
)
from alluse_tui.domain.derived.week_types import SEVERITY, WeekType
from alluse_tui.domain.derived.week_view import WeekView
from alluse_tui.domain.model.market_inputs import Regime
from alluse_tui.domain.views import grouped
from alluse_tui.tui.screens import texts
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.inked import Piece

INKS = {Regime.GREEN: "good", Regime.CHOP: "due", Regime.RED: "bad"}

WeekRow = AccountWeek | PositionWeek
"""An account, or one of its positions below it."""


def market_lines(market: MarketWeek) -> list[list[Piece]]:
    """The regime and why, its inputs, and the size; what is missing in their place."""
    missing: list[list[Piece]] = [[(sentence, "warn")] for sentence in market.missing]
    regime = market.regime
    if regime is None:
        return [[(texts.NO_WEEK_REGIME, "strong")], *missing, *_vix_lines(market)]
    known = regime.inputs
    return [
        [(regime.regime.capitalize(), INKS[regime.regime]), (f"  {regime.why}", "")],
        [
            (f"{market.benchmark} {known.close:,.2f} on {known.day}", ""),
            (
                f" · averages {known.short:,.2f} ({SHORT_DAYS}) {known.long:,.2f} ({LONG_DAYS})",
                "dim",
            ),
        ],
        [
            (f"{RANGE_DAYS} days: volatility {part_text(known.volatility, 1)},", "dim"),
            (f" range {part_text(known.span, 1)}, moved {part_text(known.move)} of it", "dim"),
        ],
        *_vix_lines(market),
        *missing,
    ]


def _vix_lines(market: MarketWeek) -> list[list[Piece]]:
    if market.vix_micros is None or market.vix_mean_micros is None:
        return []
    levels = f"VIX {grouped(market.vix_micros)}, mean {grouped(market.vix_mean_micros)}"
    allowed = market.size_bps if market.size_bps is not None else market.vix_size_bps
    size = f" · size {(allowed or 0) / 100:g} %"
    by_vix = "" if market.size_bps is not None else " by VIX alone"
    return [[(levels, ""), (f"{size}{by_vix}", "strong")]]


def week_rows(view: WeekView) -> list[WeekRow]:
    """Each account with its positions below it."""
    rows: list[WeekRow] = []
    for account, positions in view.by_account():
        rows += [account, *positions]
    return rows


def row_key(row: WeekRow) -> str:
    """What tells a row from the others."""
    return f"{row.account} {_position(row)}"


def week_columns() -> tuple[Column[WeekRow], ...]:
    """One row for each account and position."""
    return (
        Column(title="account", cell=_account, value=lambda r: r.account, width=9),
        Column(title="position", cell=lambda r: ((_position(r), ""),), value=_position, width=25),
        Column(title="type", cell=_type, value=_severity, width=6),
        Column(title="why", cell=lambda r: ((r.why, ""),), grow=1),
    )


def _account(row: WeekRow) -> Cell:
    return ((row.account, "" if isinstance(row, AccountWeek) else "dim"),)


def _position(row: WeekRow) -> str:
    return "" if isinstance(row, AccountWeek) else row.instrument


def type_text(row: WeekRow) -> str:
    """'P-EW'; '–' where the type is not known."""
    return row.type or "–"


def _type(row: WeekRow) -> Cell:
    if row.type is None:
        return ((type_text(row), "warn"),)
    is_worst = row.type is WeekType.PRESERVATION
    ink = "bad" if is_worst else "strong" if isinstance(row, AccountWeek) else ""
    return ((row.type, ink),)


def _severity(row: WeekRow) -> int:
    return len(SEVERITY) if row.type is None else SEVERITY[row.type]
