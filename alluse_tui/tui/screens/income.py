"""Income by week, month, year or symbol, in either view, above the wheel cycles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.derived.cycles import Cycle
from alluse_tui.domain.derived.income import Income, IncomeGroup, IncomeRow, IncomeView
from alluse_tui.domain.views import grouped
from alluse_tui.tui.formatting import signed
from alluse_tui.tui.income_columns import cycle_columns, income_columns, row_name
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.screens import texts
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.row_sources import Listed
from alluse_tui.tui.widgets.text_panel import TextPanel

CYCLES_SHOWN = 500
"""The closed cycles that are read."""

ORDER = (IncomeGroup.MONTH, IncomeGroup.YEAR, IncomeGroup.SYMBOL, IncomeGroup.WEEK)
"""What the key switches through."""


@dataclass(frozen=True, slots=True)
class IncomeQuery:
    """What is shown of which portfolio, up to record `seq` on a day."""

    portfolio: str
    seq: int
    today: date
    group: IncomeGroup
    view: IncomeView


@dataclass(frozen=True, slots=True)
class IncomeData:
    """What is read for a portfolio."""

    income: Income
    cycles: tuple[Cycle, ...]


class IncomePage(LoadingPage[IncomeQuery, IncomeData]):
    """Income and cycles of the portfolio."""

    NAME = "income"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("income")

    def __init__(self) -> None:
        """Months in the cash view."""
        super().__init__()
        self._group = ORDER[0]
        self._view = IncomeView.CASH

    def body(self) -> Iterable[Widget]:
        """Income above what it leaves out, if anything, and the cycles."""
        yield Grid[IncomeRow](
            income_columns(),
            row_name,
            id="income",
            title=texts.INCOME,
            empty=texts.NO_INCOME,
            rests=True,
            loads=True,
        )
        yield TextPanel(texts.LEFT_OUT, id="left-out")
        yield Grid[Cycle](
            cycle_columns(),
            lambda c: f"{c.account}{c.symbol}{c.currency}{c.opened}",
            id="cycles",
            title=texts.CYCLES,
            empty=texts.NO_CYCLES,
            rests=True,
            loads=True,
        )

    def on_mount(self) -> None:
        """Focus the income."""
        super().on_mount()
        self.query_one("#left-out").display = False
        self.query_one("#income").focus()

    def switch(self, what: str) -> None:
        """Sum up by the next period or symbol ('group'), or show the other view ('view')."""
        if what == "group":
            self._group = ORDER[(ORDER.index(self._group) + 1) % len(ORDER)]
        else:
            is_cash = self._view is IncomeView.CASH
            self._view = IncomeView.CLOSED if is_cash else IncomeView.CASH
        self.draw()

    def draw(self) -> None:
        """Load what is shown when the portfolio, the day or the choice has changed."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        today = self.shell.engine.today
        self.load(
            IncomeQuery(snapshot.portfolio.name, snapshot.seq, today, self._group, self._view)
        )

    def read_data(self, query: IncomeQuery) -> IncomeData:
        """Read the income and the cycles."""
        door = self.shell.engine.positions
        return IncomeData(
            door.income("", query.portfolio, query.group, query.view),
            door.cycles("", query.portfolio, CYCLES_SHOWN),
        )

    def on_loaded(self, query: IncomeQuery, data: IncomeData) -> None:
        """Draw income, periods from the newest, and the cycles."""
        income = data.income
        rows = list(income.rows)
        if query.group is not IncomeGroup.SYMBOL:
            rows.reverse()
        grid = self.query_one("#income", Grid)
        grid.set_title(
            texts.INCOME_BY.format(
                group=query.group,
                view=query.view,
                total=signed(income.total.total),
                currency=income.currency,
            )
        )
        grid.show_rows(Listed(rows, lambda r: row_name(r).casefold()))
        self._show_left_out(income)
        cycles = self.query_one("#cycles", Grid)
        cycles.show_rows(Listed(data.cycles, lambda c: f"{c.symbol} {c.account}".casefold()))

    def _show_left_out(self, income: Income) -> None:
        """Name amounts without a rate, and gains whose cost is not known."""
        parts = [
            texts.UNVALUED.format(amount=grouped(micros), currency=currency)
            for currency, micros in income.unvalued.items()
        ]
        parts += [
            texts.UNKNOWN_GAIN.format(account=lot.account, name=lot.instrument)
            for lot in income.unknown
        ]
        panel = self.query_one("#left-out", TextPanel)
        panel.display = bool(parts)
        panel.show([[(", ".join(parts), "warn")]])
