"""Jobs that are due now by rule, and the dates that come next (engine.md, Scheduler). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from alluse_tui.domain.commands import Command, Fork, Merge, Pause, Reinvest
from alluse_tui.domain.derived.account_views import view_in
from alluse_tui.domain.derived.alerts import alerts
from alluse_tui.domain.derived.breakers import breaker_to_trip
from alluse_tui.domain.derived.pauses import paused_by
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.calendar import TradingCalendar, next_window, quarter_of
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.rules.job_keys import breaker_key, fork_key, merge_key, reinvest_key
from alluse_tui.domain.views import AlertView, Coming, DueView, Severity

DUE = ("fork due", "merge due", "reinvest due")


class Job(Value):
    """A command that is due. Its key is used once, so that nothing is done twice.

    `auto`: the policy allows it without confirmation.
    """

    key: str
    command: Command
    alert: AlertView
    auto: bool


def due_jobs(
    book: Book, today: date, sessions: TradingCalendar, portfolio: str = ""
) -> tuple[Job, ...]:
    """Every job that is due: what circuit breakers pause, then merges first.

    An account whose fork and merge are both due keeps both, unless its fork is automatic.
    """
    jobs = [
        _job(book, alert, today)
        for alert in alerts(book, today, portfolio, sessions, silent=True)
        if alert.kind in DUE
    ]
    merging = {_account_of(job) for job in jobs if isinstance(job.command, Merge)}
    kept = [
        job
        for job in jobs
        if not (job.auto and isinstance(job.command, Fork) and _account_of(job) in merging)
    ]
    kept.sort(key=lambda job: (not isinstance(job.command, Merge), job.key))
    return (*breaker_jobs(book, today, portfolio), *kept)


def breaker_jobs(book: Book, today: date, portfolio: str = "") -> tuple[Job, ...]:
    """What circuit breakers pause now; once for each value of VIX."""
    jobs = []
    for name in [book.portfolio(portfolio).name] if portfolio else sorted(book.portfolios):
        breaker, why = breaker_to_trip(book, name, today)
        if breaker and book.vix is not None:
            key = breaker_key(breaker, book.vix)
            alert = AlertView(
                id=key,
                kind=breaker,
                severity=Severity.CRITICAL,
                portfolio=name,
                account="",
                sentence=why,
                values=(),
            )
            command = Pause(portfolio=name, breaker=breaker, key=key)
            jobs.append(Job(key, command, alert, auto=True))
    return tuple(jobs)


def _account_of(job: Job) -> tuple[str, str]:
    return job.alert.portfolio, job.alert.account


def due_views(
    book: Book, today: date, sessions: TradingCalendar, portfolio: str = ""
) -> tuple[DueView, ...]:
    """Due jobs as front ends show them."""
    return tuple(
        DueView(
            job.key,
            job.command.NAME,
            job.alert.portfolio,
            job.alert.account,
            job.alert.verdict,
            job.auto,
            paused_job(book, job),
        )
        for job in due_jobs(book, today, sessions, portfolio)
    )


def paused_job(book: Book, job: Job) -> str:
    """Why the job waits while trading is paused, else empty; a circuit breaker never waits."""
    if isinstance(job.command, Pause):
        return ""
    account = book.account(job.alert.account, job.alert.portfolio)
    return paused_by(account, book.portfolios[account.portfolio])


def coming(
    book: Book, today: date, sessions: TradingCalendar, portfolio: str = ""
) -> tuple[Coming, ...]:
    """Upcoming dates, soonest first."""
    dates = _coming(book, today, sessions, portfolio)
    return tuple(sorted(dates, key=lambda c: (c.day, c.portfolio, c.what)))


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
            text = f"the reinvestment window opens for {', '.join(sorted(waiting))}"
            yield Coming(opens, name, text)
        elif waiting:
            text = f"the reinvestment window closes for {', '.join(sorted(waiting))}"
            yield Coming(closes, name, text)
        if not waiting or today >= opens:
            following, _ = next_window(_after(closes), sessions)
            yield Coming(following, name, "the next reinvestment window opens")


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _job(book: Book, alert: AlertView, today: date) -> Job:
    account = book.accounts[f"{alert.portfolio}/{alert.account}"]
    fork_auto = book.portfolios[alert.portfolio].policy.fork_auto
    code, portfolio = account.code, alert.portfolio
    unvalued = bool(view_in(book, account, today).unvalued)
    if unvalued:
        fork_auto = "off"  # figures without these amounts need a person's judgement
    match alert.kind:
        case "fork due":
            auto = fork_auto == "all" or (fork_auto == "originals" and not account.forked_from)
            key = fork_key(account)
            return Job(key, Fork(account=code, portfolio=portfolio, key=key), alert, auto)
        case "merge due":
            auto = fork_auto != "off"
            key = merge_key(account)
            return Job(key, Merge(account=code, portfolio=portfolio, key=key), alert, auto)
        case _:
            auto = not unvalued
            key = reinvest_key(account, alert.id.rpartition(":")[2])
            return Job(key, Reinvest(account=code, portfolio=portfolio, key=key), alert, auto)
