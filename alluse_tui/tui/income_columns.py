"""The columns of income and of wheel cycles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from alluse_tui.domain.derived.cycles import Cycle, annual_text
from alluse_tui.domain.derived.income import IncomeRow
from alluse_tui.domain.views import grouped, plain
from alluse_tui.tui.formatting import signed
from alluse_tui.tui.widgets.column import Cell, Column

ACCOUNT_ITSELF = "(account)"
"""What is shown for a symbol where an amount belongs to none."""

WIDE = 110
"""Cells of grid from which every column of income, and most of cycles, are shown."""

T = TypeVar("T")


def income_columns() -> tuple[Column[IncomeRow], ...]:
    """One row for each period or symbol."""
    return (
        Column(
            title="period",
            cell=lambda r: ((row_name(r), ""),),
            value=row_name,
            width=10,
            grow=1,
            csv=(("period", lambda r: r.period), ("symbol", lambda r: r.symbol)),
        ),
        _amount("premium", lambda r: r.premium, 12),
        _amount("dividends", lambda r: r.dividends, 10),
        _amount("interest", lambda r: r.interest, 10, WIDE),
        _amount("fees", lambda r: r.fees, 10),
        _amount("tax", lambda r: r.tax, 10, WIDE),
        _amount("realised", lambda r: r.realised, 13),
        Column(
            title="total",
            cell=lambda r: _signed(r.total),
            value=lambda r: r.total,
            width=13,
            right=True,
            csv=(("total", lambda r: plain(r.total)),),
        ),
    )


def cycle_columns() -> tuple[Column[Cycle], ...]:
    """One row for each cycle."""
    return (
        Column(title="symbol", cell=lambda c: ((c.symbol, ""),), value=lambda c: c.symbol, grow=1),
        Column(title="account", cell=lambda c: ((c.account, ""),), value=lambda c: c.account),
        Column(
            title="ccy", cell=lambda c: ((c.currency, "dim"),), value=lambda c: c.currency, width=4
        ),
        Column(
            title="opened",
            cell=lambda c: ((c.opened.isoformat(), ""),),
            value=lambda c: c.opened,
            width=10,
        ),
        Column(
            title="closed",
            cell=lambda c: ((c.closed.isoformat(), "") if c.closed else ("open", "due"),),
            value=lambda c: (c.closed is None, c.closed or c.opened),
            width=10,
        ),
        _figure("premium", lambda c: c.premium, 11, WIDE),
        _figure("fees", lambda c: c.fees, 9, WIDE),
        _figure("dividends", lambda c: c.dividends, 10, WIDE),
        Column(
            title="realised",
            cell=_realised,
            value=lambda c: c.realised or 0,
            width=12,
            right=True,
            csv=(("realised", lambda c: "" if c.realised is None else plain(c.realised)),),
        ),
        _stock(),
        _figure("capital", lambda c: c.capital, 12, WIDE),
        Column(
            title="days",
            cell=lambda c: ((str(c.days), ""),),
            value=lambda c: c.days,
            width=5,
            right=True,
        ),
        Column(
            title="annual",
            cell=lambda c: (("" if c.annual is None else f"{annual_text(c.annual)} %", ""),),
            value=lambda c: c.annual or 0,
            width=10,
            right=True,
        ),
        _per_share("cost", lambda c: c.cost),
        _per_share("basis", lambda c: c.basis),
    )


def row_name(row: IncomeRow) -> str:
    """The period or the symbol of a row of income."""
    return row.period or row.symbol or ACCOUNT_ITSELF


def _amount(
    title: str, micros: Callable[[IncomeRow], int], width: int, from_width: int = 0
) -> Column[IncomeRow]:
    """A column of income; what did not happen is left empty."""
    return Column(
        title=title,
        cell=lambda r: ((signed(micros(r)) if micros(r) else "", ""),),
        value=micros,
        width=width,
        right=True,
        from_width=from_width,
        csv=((title, lambda r: plain(micros(r))),),
    )


def _figure(
    title: str, micros: Callable[[Cycle], int], width: int, from_width: int
) -> Column[Cycle]:
    return Column(
        title=title,
        cell=lambda c: ((grouped(micros(c)), ""),),
        value=micros,
        width=width,
        right=True,
        from_width=from_width,
        csv=((title, lambda c: plain(micros(c))),),
    )


def _stock() -> Column[Cycle]:
    """What a cycle's capital would have gained in the stock."""
    return Column(
        title="stock",
        cell=lambda c: (("–", "dim"),) if c.stock is None else _signed(c.stock),
        value=lambda c: c.stock or 0,
        width=12,
        right=True,
        from_width=WIDE,
        csv=(("stock", lambda c: "" if c.stock is None else plain(c.stock)),),
    )


def _per_share(title: str, micros: Callable[[Cycle], int | None]) -> Column[Cycle]:
    """The cost or basis per share of what an open cycle holds."""

    def text(cycle: Cycle, written: Callable[[int], str]) -> str:
        each = micros(cycle)
        return "" if each is None else written(each)

    return Column(
        title=title,
        cell=lambda c: ((text(c, grouped), ""),),
        value=lambda c: micros(c) or 0,
        width=9,
        right=True,
        from_width=WIDE,
        csv=((title, lambda c: text(c, plain)),),
    )


def _realised(cycle: Cycle) -> Cell:
    return (("not known", "warn"),) if cycle.realised is None else _signed(cycle.realised)


def _signed(micros: int) -> Cell:
    return ((signed(micros), "good" if micros > 0 else "bad" if micros < 0 else ""),)
