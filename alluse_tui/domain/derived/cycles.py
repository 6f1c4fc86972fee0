"""Wheel cycles: one account and one underlying, from flat to flat (rules.md, Cycles).

The replica's view `cycle` computes them; what is still held gets its cost from the open lots.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from operator import attrgetter

from msgspec.structs import replace

from alluse_tui.domain.derived.fills import Origin
from alluse_tui.domain.derived.lots import Lot
from alluse_tui.domain.model.instrument import ONE_MICROS, instrument_named
from alluse_tui.domain.model.market import STALE_DAYS, Bar
from alluse_tui.domain.model.money import CENT_MICROS, divided
from alluse_tui.domain.model.value import Value

ALL_CYCLES = 1_000_000
"""More closed cycles than a portfolio has."""


class Cycle(Value, kw_only=True):
    """One cycle. Amounts are micros of `currency`.

    `premium`: the cash of its options before fees; `fees` are positive when paid; `cash`: all that
    the account received and paid in it. `realised`: of a closed cycle its cash, of an open one what
    is earned so far, after all fees; None unless `is_known`, which is false if a part was opened
    before the records begin. `capital`: the most that it tied up. `days`: until its end, or until
    today; at least 1. `annual`: realised per year on the capital, in tenths of a per cent; None for
    an open cycle. `cost` and `basis` are those of the shares held, per share; None without shares.
    `stock`: what its capital would have gained in the stock, from the close of its first day to
    that of its end, or the newest one, without dividends, in whole cents; None if those closes are
    not known.
    """

    account: str
    symbol: str
    currency: str
    opened: date
    closed: date | None
    premium: int
    fees: int
    dividends: int
    cash: int
    realised: int | None
    capital: int
    days: int
    annual: int | None
    is_known: bool
    cost: int | None = None
    basis: int | None = None
    stock: int | None = None


def with_stock(cycle: Cycle, bars: Sequence[Bar], today: date) -> Cycle:
    """The cycle with what its capital would have gained in the stock, by `bars` of its symbol.

    They are in the shares of one day, oldest first. On a day without a bar, the close of up to
    STALE_DAYS before counts.
    """
    first = _close_micros(bars, cycle.opened)
    last = _close_micros(bars, cycle.closed or today)
    if not cycle.capital or not first or not last:
        return cycle
    gained = divided(cycle.capital * (last - first), first * CENT_MICROS) * CENT_MICROS
    return replace(cycle, stock=gained)


def _close_micros(bars: Sequence[Bar], day: date) -> int:
    """The newest close up to `day`; 0 if it is too old or missing."""
    number = bisect_right(bars, day, key=attrgetter("day"))
    if not number or (day - bars[number - 1].day).days > STALE_DAYS:
        return 0
    return bars[number - 1].close_micros


def with_open_lots(cycle: Cycle, open_lots: Iterable[Lot]) -> Cycle:
    """An open cycle with what it has earned so far, and the cost and basis of its shares.

    What is earned is its cash and the cost of what is still held: an open put has earned nothing.
    """
    if cycle.closed is not None:
        return cycle
    of_cycle = [
        lot
        for lot in open_lots
        if (lot.account, lot.currency) == (cycle.account, cycle.currency)
        and instrument_named(lot.instrument).symbol == cycle.symbol
    ]
    is_known = cycle.is_known and all(lot.origin is Origin.RECORDED for lot in of_cycle)
    shares = [lot for lot in of_cycle if lot.instrument == cycle.symbol]
    quantity = sum(lot.quantity_micros for lot in shares)
    has_cost = is_known and quantity > 0
    return replace(
        cycle,
        is_known=is_known,
        realised=cycle.cash + sum(lot.cost_micros for lot in of_cycle) if is_known else None,
        cost=_per_share(sum(lot.cost_micros for lot in shares), quantity) if has_cost else None,
        basis=_per_share(sum(lot.basis_micros for lot in shares), quantity) if has_cost else None,
    )


def _per_share(micros: int, quantity_micros: int) -> int:
    return divided(micros * ONE_MICROS, quantity_micros)


def annual_text(tenths: int) -> str:
    """Tenths of a per cent: '12.3', '−0.4'."""
    units, rest = divmod(abs(tenths), 10)
    return f"{'−' if tenths < 0 else ''}{units}.{rest}"
