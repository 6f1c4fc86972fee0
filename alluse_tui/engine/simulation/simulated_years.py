"""Simulated years: weekly premium from a seed, under every rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from alluse_tui.domain.commands import Init
from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.settings import with_setting
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.engine.clock import NEW_YORK, FixedClock
from alluse_tui.engine.engine import LocalEngine
from alluse_tui.engine.read.policy_files import policy_from
from alluse_tui.engine.simulation.simulated_book import NAME, SimulatedBook
from alluse_tui.engine.simulation.weekly_premium import WeeklyPremium
from alluse_tui.journal.memory import MemoryJournal
from alluse_tui.market.trading_calendar import NewYorkCalendar


class Simulation:
    """A portfolio in a journal in memory, week after week: the same seed makes the same records."""

    def __init__(self, policy: Policy, capital_micros: int, seed: int, begin: date) -> None:
        """Opens the portfolio on `begin`, a Monday."""
        self.clock = FixedClock(datetime.combine(begin, time(8), NEW_YORK))
        journal = MemoryJournal(f"{seed:032x}")
        self.engine = LocalEngine(
            Path(":memory:"), actor="simulation", clock=self.clock, journal=journal
        )
        self._premium = WeeklyPremium(seed)
        self._monday = begin
        self.engine.commands.submit(Init(portfolio=NAME, capital=capital_micros, policy=policy))

    def weeks(self, count: int) -> Iterator[date]:
        """The next `count` weeks, one at a time; each ends on the Friday that is yielded."""
        for _ in range(count):
            friday = self._monday + timedelta(days=4)
            self.clock.set(datetime.combine(friday, time(16, 30), NEW_YORK))
            accounts = self.engine.queries.accounts()
            posts = list(self._premium.posts(accounts, friday))
            for outcome in self.engine.commands.submit_many(posts):
                if isinstance(outcome, AllUseError):
                    raise outcome
            self.clock.set(datetime.combine(friday, time(18), NEW_YORK))
            self.engine.operations.run_due()
            self._monday += timedelta(weeks=1)
            yield friday


@dataclass(frozen=True, slots=True)
class Year:
    """How a simulated portfolio stood at a year's end; equity by tier in micros.

    `forks` and `merges` count those of the year.
    """

    year: int
    equity: Mapping[Tier, int]
    accounts: int
    forks: int
    merges: int

    @property
    def total(self) -> int:
        """The equity of all tiers."""
        return sum(self.equity.values())


WEEKS_A_YEAR = 52


def simulate_years(
    settings: Mapping[str, str],
    capital_micros: int,
    seed: int,
    begin: date,
    years: int,
    progress: Callable[[int, int], None],
) -> tuple[Year, ...]:
    """`years` years under these settings (path → text), every fork and merge done when it is due.

    The premium is invented (weekly_premium), so this shows what the rules do and is not a forecast.
    `progress` is called with the weeks done and the total, and may raise to stop.
    """
    policy = policy_from("moderate")
    for path, text in settings.items():
        policy = with_setting(policy, path, text)
    policy = with_setting(policy, "fork.auto", "originals")
    monday = begin - timedelta(days=begin.weekday())
    simulation = SimulatedBook(policy, capital_micros, seed, monday, NewYorkCalendar())
    results: list[Year] = []
    forks = merges = 0
    for week, friday in enumerate(simulation.weeks(years * WEEKS_A_YEAR), start=1):
        progress(week, years * WEEKS_A_YEAR)
        if week % WEEKS_A_YEAR:
            continue
        accounts = simulation.accounts(friday)
        forked = sum(bool(a.forked_from) for a in accounts)
        merged = sum(a.status is Status.MERGED for a in accounts)
        equity = {tier: sum(a.equity for a in accounts if a.tier is tier) for tier in Tier}
        active = sum(a.status is Status.ACTIVE for a in accounts)
        results.append(Year(friday.year, equity, active, forked - forks, merged - merges))
        forks, merges = forked, merged
    return tuple(results)
