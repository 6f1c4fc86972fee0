"""Simulated weeks on a bare book: every rule, and no journal, files or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from alluse_tui.domain.commands import Command, Init
from alluse_tui.domain.derived.account_views import portfolio_accounts
from alluse_tui.domain.derived.due import due_jobs
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.calendar import TradingCalendar
from alluse_tui.domain.model.errors import Refused
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.plan import Context
from alluse_tui.domain.plans import plan
from alluse_tui.domain.views import AccountView
from alluse_tui.engine.clock import NEW_YORK
from alluse_tui.engine.simulation.weekly_premium import WeeklyPremium

NAME = "Simulation"

OPENS, POSTS, DUE = time(8), time(16, 30), time(18)
"""When the portfolio is opened, when premium is posted, and when due work is carried out."""


class SimulatedBook:
    """A portfolio, week after week. The same seed gives the same book as a simulated journal."""

    def __init__(
        self,
        policy: Policy,
        capital_micros: int,
        seed: int,
        begin: date,
        calendar: TradingCalendar,
    ) -> None:
        """Opens the portfolio on `begin`, a Monday."""
        self.book = Book()
        self._calendar = calendar
        self._premium = WeeklyPremium(seed)
        self._monday = begin
        self._seq = 0
        self._used_keys: set[str] = set()
        opening = Init(portfolio=NAME, capital=capital_micros, policy=policy)
        self._carry_out(opening, begin, OPENS)

    def weeks(self, count: int) -> Iterator[date]:
        """The next `count` weeks, one at a time; each ends on the Friday that is yielded."""
        for _ in range(count):
            friday = self._monday + timedelta(days=4)
            for post in self._premium.posts(self.accounts(friday), friday):
                self._carry_out(post, friday, POSTS)
            self._carry_out_due(friday)
            self._monday += timedelta(weeks=1)
            yield friday

    def accounts(self, today: date) -> tuple[AccountView, ...]:
        """Every account, by tier and then in the order of their codes."""
        return portfolio_accounts(self.book, self.book.portfolios[NAME], today)

    def _carry_out_due(self, friday: date) -> None:
        """Every automatic job, each tried once: one may make another due."""
        tried: set[str] = set()
        while jobs := [
            job
            for job in due_jobs(self.book, friday, self._calendar, NAME)
            if job.auto and job.key not in tried and job.key not in self._used_keys
        ]:
            for job in jobs:
                tried.add(job.key)
                try:
                    self._carry_out(job.command, friday, DUE)
                except Refused:
                    continue  # another rule refuses it this week
                self._used_keys.add(job.key)

    def _carry_out(self, command: Command, today: date, at: time) -> None:
        moment = datetime.combine(today, at, NEW_YORK)
        now_ns = int(moment.timestamp()) * 1_000_000_000
        context = Context(today, self._seq + 1, now_ns, sessions=self._calendar)
        planned = plan(self.book, command, context)
        self.book = planned.after
        self._seq += len(planned.records())
