"""What each account earned month by month, what it grew to, and ten simulated years."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget

from alluse_tui.domain.views import BranchView, Tier, grouped, plain
from alluse_tui.engine.simulation.simulated_years import Year
from alluse_tui.tui.formatting import percent, signed
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.row_sources import Listed

BRANCHES_SHOWN = 2_000
MICROS_A_BPS = 10_000
"""Of a per cent."""


@dataclass(frozen=True, slots=True)
class Month:
    """An account's month in one currency. `gain` and `begins` in its micros; `rate_bps` gain over
    begin, None where there was nothing to earn on."""

    account: str
    tier: str
    month: date
    currency: str
    gain: int
    begins: int
    rate_bps: int | None


ReportQuery = tuple[str, int]
"""Portfolio, and the record up to which it is read."""


@dataclass(frozen=True, slots=True)
class ReportData:
    """What is read for a portfolio."""

    months: tuple[Month, ...]
    branches: tuple[BranchView, ...]


def _coloured(micros: int) -> Cell:
    return ((signed(micros), "good" if micros > 0 else "bad" if micros < 0 else ""),)


def _bps(rate: float | None) -> int | None:
    return None if rate is None else round(rate * 10_000)


def _rate(bps: int | None) -> str:
    return "—" if bps is None else percent(bps, sign=True)


def _plain_rate(bps: int | None) -> str:
    return "" if bps is None else plain(bps * MICROS_A_BPS)


_MONTHS: tuple[Column[Month], ...] = (
    Column("month", lambda m: ((f"{m.month:%b %Y}", ""),), lambda m: m.month, 9,
           csv=(("month", lambda m: m.month.isoformat()),)),
    Column("account", lambda m: ((m.account, ""),), lambda m: m.account),
    Column("earned", lambda m: _coloured(m.gain), lambda m: m.gain, 15, right=True,
           csv=(("earned", lambda m: plain(m.gain)),)),
    Column("in", lambda m: ((m.currency, "dim"),), lambda m: m.currency, 3),
    Column("%", lambda m: ((_rate(m.rate_bps), ""),), lambda m: m.rate_bps or 0, 7, right=True,
           csv=(("%", lambda m: _plain_rate(m.rate_bps)),)),
    Column("on", lambda m: ((grouped(m.begins), "dim"),), lambda m: m.begins, 15, True, 60,
           csv=(("on", lambda m: plain(m.begins)),)),
)  # fmt: skip

_BRANCHES: tuple[Column[BranchView], ...] = (
    Column("branch", lambda b: ((b.account.code, ""),), lambda b: b.account.code),
    Column("put in", lambda b: ((grouped(b.capital), "dim"),), lambda b: b.capital, 15, right=True,
           csv=(("put in", lambda b: plain(b.capital)),)),
    Column("gained", lambda b: _coloured(b.gain), lambda b: b.gain, 15, right=True,
           csv=(("gained", lambda b: plain(b.gain)),)),
    Column("to Com", lambda b: ((grouped(b.sent) if b.sent else "", ""),), lambda b: b.sent, 15,
           True, 64, csv=(("to Com", lambda b: plain(b.sent)),)),
    Column("holds", lambda b: ((grouped(b.subtree), "strong"),), lambda b: b.subtree, 15, True, 48,
           csv=(("holds", lambda b: plain(b.subtree)),)),
)  # fmt: skip


def _tier(tier: Tier) -> Column[Year]:
    return Column(
        tier, lambda y: ((grouped(y.equity[tier]), ""),), lambda y: y.equity[tier], 16, True, 95,
        csv=((tier, lambda y: plain(y.equity[tier])),),
    )  # fmt: skip


_YEARS: tuple[Column[Year], ...] = (
    Column("year", lambda y: ((str(y.year), ""),), lambda y: y.year, 6),
    *(_tier(tier) for tier in Tier),
    Column("total", lambda y: ((grouped(y.total), "strong"),), lambda y: y.total, 18, right=True,
           csv=(("total", lambda y: plain(y.total)),)),
    Column("accounts", lambda y: ((str(y.accounts), ""),), lambda y: y.accounts, 8, right=True),
    Column("forks", lambda y: ((str(y.forks), ""),), lambda y: y.forks, 6, right=True),
    Column("merges", lambda y: ((str(y.merges), ""),), lambda y: y.merges, 6, right=True),
)  # fmt: skip


class ReportsPage(LoadingPage[ReportQuery, ReportData]):
    """Months, branches, years."""

    NAME = "reports"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("reports")

    def body(self) -> Iterable[Widget]:
        """Three lists."""
        with Horizontal(id="earned"):
            yield Grid[Month](
                _MONTHS, lambda m: f"{m.month}{m.account}{m.currency}", id="months", title="Months",
                empty="no month has ended yet", rests=True,
            )  # fmt: skip
            yield Grid[BranchView](
                _BRANCHES, lambda b: b.account.code, id="branches",
                title="Since the first dollar", empty="no account yet",
            )  # fmt: skip
        yield Grid[Year](
            _YEARS, lambda y: str(y.year), id="years", title="Simulation",
            empty="not run yet: x plays ten years by these rules, on invented premium",
        )  # fmt: skip

    def on_mount(self) -> None:
        """Start among the months."""
        super().on_mount()
        self.query_one("#months").focus()

    def draw(self) -> None:
        """What is known; what must be asked for comes when it is told."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        years = self.query_one("#years", Grid)
        simulated = self.shell.jobs.simulated
        years.set_title(
            "Simulation: invented premium, not a forecast" if simulated else "Simulation"
        )
        years.show_rows(Listed(simulated, lambda y: str(y.year)))
        self.load((snapshot.portfolio.name, snapshot.seq))

    def read_data(self, query: ReportQuery) -> ReportData:
        """Months, the newest first, and branches, parents first."""
        engine, portfolio = self.shell.engine, query[0]
        months = [
            Month(account, tier, month, currency, gain, begins, _bps(rate))
            for account, tier, month, currency, gain, begins, rate in engine.queries.query(
                "monthly", portfolio=portfolio
            ).rows
        ]
        branches: list[BranchView] = []
        waiting = list(reversed(engine.queries.tree(portfolio)))
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
