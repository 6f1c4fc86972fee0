"""Each account month by month, each branch since it was opened, and ten simulated years."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, TypeVar

from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from alluse_tui.domain.views import BranchView, Tier, grouped, plain
from alluse_tui.engine import Year
from alluse_tui.tui.formatting import percent, signed
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.screens import texts
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.row_sources import Listed

BRANCHES_SHOWN = 2_000
MICROS_PER_BPS = 10_000
"""A basis point in millionths of a per cent."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Month:
    """An account's month in one currency.

    `gain` and `opening` are micros of it; `rate_bps` is gain over opening equity, None where that
    was nothing.
    """

    account: str
    tier: str
    month: date
    currency: str
    gain: int
    opening: int
    rate_bps: int | None


ReportQuery = tuple[str, int]
"""Portfolio, and the record up to which it is read."""


@dataclass(frozen=True, slots=True)
class ReportData:
    """What is read for a portfolio."""

    months: tuple[Month, ...]
    branches: tuple[BranchView, ...]


def _gain(micros: int) -> Cell:
    return ((signed(micros), "good" if micros > 0 else "bad" if micros < 0 else ""),)


def _bps(rate: float | None) -> int | None:
    return None if rate is None else round(rate * 10_000)


def _rate(bps: int | None) -> str:
    return "—" if bps is None else f"{percent(bps, sign=True)} %"


def _plain_rate(bps: int | None) -> str:
    return "" if bps is None else plain(bps * MICROS_PER_BPS)


def _money(
    title: str,
    micros: Callable[[T], int],
    cell: Callable[[T], Cell],
    *,
    width: int = 15,
    from_width: int = 0,
) -> Column[T]:
    """A column of amounts, in CSV as plain numbers."""
    return Column(
        title=title,
        cell=cell,
        value=micros,
        width=width,
        right=True,
        from_width=from_width,
        csv=((title, lambda row: plain(micros(row))),),
    )


_MONTHS: tuple[Column[Month], ...] = (
    Column(
        title="month",
        cell=lambda m: ((f"{m.month:%b %Y}", ""),),
        value=lambda m: m.month,
        width=9,
        csv=(("month", lambda m: m.month.isoformat()),),
    ),
    Column(title="account", cell=lambda m: ((m.account, ""),), value=lambda m: m.account),
    _money("P&L", lambda m: m.gain, lambda m: _gain(m.gain)),
    Column(title="ccy", cell=lambda m: ((m.currency, "dim"),), value=lambda m: m.currency, width=5),
    Column(
        title="return",
        cell=lambda m: ((_rate(m.rate_bps), ""),),
        value=lambda m: m.rate_bps or 0,
        width=8,
        right=True,
        csv=(("return %", lambda m: _plain_rate(m.rate_bps)),),
    ),
    _money(
        "opening equity",
        lambda m: m.opening,
        lambda m: ((grouped(m.opening), "dim"),),
        width=16,
        from_width=60,
    ),
)

_BRANCHES: tuple[Column[BranchView], ...] = (
    Column(
        title="branch",
        cell=lambda b: ((b.account.code, ""),),
        value=lambda b: b.account.code,
    ),
    _money("contributed", lambda b: b.capital, lambda b: ((grouped(b.capital), "dim"),)),
    _money("gain", lambda b: b.gain, lambda b: _gain(b.gain)),
    _money(
        "sent to Com",
        lambda b: b.sent,
        lambda b: ((grouped(b.sent) if b.sent else "", ""),),
        from_width=64,
    ),
    _money(
        "branch total",
        lambda b: b.subtree,
        lambda b: ((grouped(b.subtree), "strong"),),
        from_width=48,
    ),
)


def _tier(tier: Tier) -> Column[Year]:
    return _money(
        tier,
        lambda y: y.equity[tier],
        lambda y: ((grouped(y.equity[tier]), ""),),
        width=16,
        from_width=95,
    )


def _count(title: str, count: Callable[[Year], int], width: int) -> Column[Year]:
    return Column(
        title=title,
        cell=lambda y: ((str(count(y)), ""),),
        value=count,
        width=width,
        right=True,
    )


_YEARS: tuple[Column[Year], ...] = (
    Column(title="year", cell=lambda y: ((str(y.year), ""),), value=lambda y: y.year, width=6),
    *(_tier(tier) for tier in Tier),
    _money("total", lambda y: y.total, lambda y: ((grouped(y.total), "strong"),), width=18),
    _count("accounts", lambda y: y.accounts, 10),
    _count("forks", lambda y: y.forks, 7),
    _count("merges", lambda y: y.merges, 8),
)


class ReportsPage(LoadingPage[ReportQuery, ReportData]):
    """Months, branches and simulated years."""

    NAME = "reports"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("reports")

    def body(self) -> Iterable[Widget]:
        """Months and branches above the simulation."""
        with Horizontal(id="earned"):
            yield Grid[Month](
                _MONTHS,
                lambda m: f"{m.month}{m.account}{m.currency}",
                id="months",
                title="Months",
                empty=texts.NO_MONTHS,
                rests=True,
                loads=True,
            )
            yield Grid[BranchView](
                _BRANCHES,
                lambda b: b.account.code,
                id="branches",
                title="Branches since opening",
                empty=texts.NO_BRANCHES,
                loads=True,
            )
        yield Grid[Year](
            _YEARS,
            lambda y: str(y.year),
            id="years",
            title=texts.SIMULATION,
            empty=texts.NOT_SIMULATED,
        )

    def on_mount(self) -> None:
        """Focus the months."""
        super().on_mount()
        self.query_one("#months").focus()

    def draw(self) -> None:
        """Draw the simulation, and load the rest."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        years, simulated = self.query_one("#years", Grid), self.shell.jobs.simulated
        years.set_title(texts.SIMULATION_RESULT if simulated else texts.SIMULATION)
        years.show_rows(Listed(simulated, lambda y: str(y.year)))
        self.load((snapshot.portfolio.name, snapshot.seq))

    def read_data(self, query: ReportQuery) -> ReportData:
        """Read the months, newest first, and the branches, parents first."""
        queries, portfolio = self.shell.engine.queries, query[0]
        months = [
            Month(account, tier, month, currency, gain, opening, _bps(rate))
            for account, tier, month, currency, gain, opening, rate in queries.query(
                "monthly", portfolio=portfolio
            ).rows
        ]
        branches: list[BranchView] = []
        waiting = list(reversed(queries.tree(portfolio)))
        while waiting and len(branches) < BRANCHES_SHOWN:
            branch = waiting.pop()
            branches.append(branch)
            waiting += reversed(branch.children)
        months.sort(key=lambda m: (m.month, m.account, m.currency), reverse=True)
        return ReportData(tuple(months), tuple(branches))

    def on_loaded(self, query: ReportQuery, data: ReportData) -> None:
        """Draw months and branches."""
        months = Listed(
            data.months, lambda m: f"{m.month:%b %Y} {m.account} {m.currency}".casefold()
        )
        self.query_one("#months", Grid).show_rows(months)
        branches = Listed(data.branches, lambda b: b.account.code)
        self.query_one("#branches", Grid).show_rows(branches)
