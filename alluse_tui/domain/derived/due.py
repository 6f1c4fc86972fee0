"""What is due now, by rule, and what comes next, with dates (engine.md, Scheduler). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from alluse_tui.domain.commands import Command, Fork, Merge, Reinvest
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.derived.alerts import alerts
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.calendar import TradingCalendar, next_window, quarter_of
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.rules.job_keys import fork_key, merge_key, reinvest_key
from alluse_tui.domain.views import AlertView, Coming, DueView

DUE = ("fork due", "merge due", "reinvest due")


class Job(Value):
    """An act that is due: its key names it for ever, so that nobody does it twice.

    `auto`: the policy lets it be done without asking.
    """

    key: str
    command: Command
    alert: AlertView
    auto: bool


def due_jobs(
    book: Book, today: date, sessions: TradingCalendar, portfolio: str = ""
) -> tuple[Job, ...]:
    """Every act that is due, merges before forks: where both are due, `auto` merges."""
    found = [_job(book, a, today) for a in alerts(book, today, portfolio, sessions, silent=True)
             if a.kind in DUE]  # fmt: skip
    merging = {(j.alert.portfolio, j.alert.account) for j in found if isinstance(j.command, Merge)}
    return tuple(
        sorted(
            (
                job
                for job in found
                if not (job.auto and isinstance(job.command, Fork))
                or (job.alert.portfolio, job.alert.account) not in merging
            ),
            key=lambda j: (not isinstance(j.command, Merge), j.key),
        )
    )


def due_views(
    book: Book, today: date, sessions: TradingCalendar, portfolio: str = ""
) -> tuple[DueView, ...]:
    """What is due, as faces show it."""
    return tuple(
        DueView(j.key, j.command.NAME, j.alert.portfolio, j.alert.account, j.alert.verdict, j.auto)
        for j in due_jobs(book, today, sessions, portfolio)
    )


def coming(
    book: Book, today: date, sessions: TradingCalendar, portfolio: str = ""
) -> tuple[Coming, ...]:
    """What comes next, the soonest first."""
    found = list(_coming(book, today, sessions, portfolio))
    return tuple(sorted(found, key=lambda c: (c.day, c.portfolio, c.what)))


def _coming(book: Book, today: date, sessions: TradingCalendar, portfolio: str) -> Iterator[Coming]:
    opens, closes = next_window(today, sessions)
    for name in [portfolio] if portfolio else book.portfolios:
        waiting = [
            a.code
            for a in book.accounts_of(book.portfolio(name).name)
            if a.tier is not Tier.GEN
            and a.status is Status.ACTIVE
            and a.reinvested < quarter_of(opens)
        ]
        if waiting and today < opens:
            what = f"the reinvestment window opens for {', '.join(sorted(waiting))}"
            yield Coming(opens, name, what)
        elif waiting:
            what = f"the reinvestment window closes for {', '.join(sorted(waiting))}"
            yield Coming(closes, name, what)
        if not waiting or today >= opens:
            following, _ = next_window(_after(closes), sessions)
            yield Coming(following, name, "the next reinvestment window opens")


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _job(book: Book, alert: AlertView, today: date) -> Job:
    account = book.accounts[f"{alert.portfolio}/{alert.account}"]
    auto = book.portfolios[alert.portfolio].policy.fork_auto
    code, home = account.code, alert.portfolio
    unvalued = bool(view_in(book, account, today).unvalued)
    if unvalued:
        auto = "off"  # what has no rate is left out of the figures: a person must look
    match alert.kind:
        case "fork due":
            may = auto == "all" or (auto == "originals" and not account.forked_from)
            key = fork_key(account)
            return Job(key, Fork(account=code, portfolio=home, key=key), alert, may)
        case "merge due":
            key = merge_key(account)
            return Job(key, Merge(account=code, portfolio=home, key=key), alert, auto != "off")
        case _:
            key = reinvest_key(account, alert.id.rpartition(":")[2])
            return Job(key, Reinvest(account=code, portfolio=home, key=key), alert, not unvalued)
