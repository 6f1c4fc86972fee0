"""The columns of an account's positions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from alluse_tui.domain.derived.positions import Position
from alluse_tui.domain.derived.underlying_prices import moneyness_text
from alluse_tui.domain.views import grouped, plain
from alluse_tui.engine import instrument_text
from alluse_tui.tui.formatting import counted
from alluse_tui.tui.widgets.column import Cell, Column

EXPIRED = "expired"
SOON_DAYS = 2
"""The days to expiry that are marked."""


def position_columns(
    today: Callable[[], date],
    currency: Callable[[], str],
    moneyness: Callable[[Position], int | None],
) -> tuple[Column[Position], ...]:
    """One row for each position; `today` counts the days to its expiry.

    `currency`: the account's own, which is not written out. `moneyness`: of an option, in basis
    points; None if no price of its underlying is known.
    """
    return (
        Column(
            title="instrument",
            cell=lambda p: ((instrument_text(p.instrument), ""),),
            value=lambda p: p.instrument.name,
            width=22,
            grow=1,
            csv=(("instrument", lambda p: p.instrument.name),),
        ),
        Column(
            title="held",
            cell=lambda p: ((counted(p.quantity_micros), ""),),
            value=lambda p: p.quantity_micros,
            width=6,
            right=True,
            csv=(("quantity", lambda p: plain(p.quantity_micros)),),
        ),
        Column(
            title="value",
            cell=lambda p: _value(p, currency()),
            value=lambda p: p.value_micros,
            width=11,
            grow=1,
            right=True,
            csv=(("value", lambda p: plain(p.value_micros)), ("currency", lambda p: p.currency)),
        ),
        Column(
            title="days",
            cell=lambda p: _days_left(p, today()),
            value=lambda p: p.instrument.expiry or date.max,
            width=7,
            right=True,
        ),
        Column(
            title="collateral",
            cell=lambda p: ((grouped(p.collateral_micros) if p.collateral_micros else "", ""),),
            value=lambda p: p.collateral_micros,
            width=12,
            grow=1,
            right=True,
            csv=(("collateral", lambda p: plain(p.collateral_micros)),),
        ),
        Column(
            title="moneyness",
            cell=lambda p: _moneyness(p, moneyness(p)),
            value=lambda p: moneyness(p) or 0,
            width=10,
            right=True,
        ),
    )


def position_search_text(position: Position) -> str:
    """What a position can be found by."""
    instrument = position.instrument
    return f"{instrument_text(instrument)} {instrument.name} {position.currency}".casefold()


def _value(position: Position, own: str) -> Cell:
    value = (grouped(position.value_micros), "")
    return (value,) if position.currency == own else (value, (f" {position.currency}", "dim"))


def _moneyness(position: Position, bps: int | None) -> Cell:
    if position.instrument.right is None:
        return (("", ""),)
    is_threat = bps is not None and bps > 0 and position.is_short
    return ((moneyness_text(bps), "warn" if is_threat else ""),)


def _days_left(position: Position, today: date) -> Cell:
    days = position.days_to_expiry(today)
    if days is None:
        return (("", ""),)
    if days < 0:
        return ((EXPIRED, "bad"),)
    return ((str(days), "warn" if days <= SOON_DAYS else ""),)
