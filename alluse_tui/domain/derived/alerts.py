"""Alerts are derived from the book, never stored (rules.md, Alerts are derived)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from alluse_tui.domain.derived.account_views import all_accounts, portfolio_accounts, portfolio_view
from alluse_tui.domain.model.book import Account, AlertNote, Book, Portfolio
from alluse_tui.domain.model.calendar import (
    WINDOW_DAY,
    TradingCalendar,
    WeekdayCalendar,
    quarter_of,
    window_of,
)
from alluse_tui.domain.model.money import CENT_MICROS, ONE_BPS, divided
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.rates import total_value
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.views import AccountView, AlertView, PortfolioView, Severity

DRAWDOWN_NEAR_BPS = 8_000
"""A drawdown is near from this share of the most that is allowed."""


def alerts(
    book: Book,
    today: date,
    portfolio: str = "",
    sessions: TradingCalendar | None = None,
    *,
    silent: bool = False,
    of_the_book: Iterable[AlertView] = (),
) -> tuple[AlertView, ...]:
    """What an operator should know now, of one portfolio or of all, the worst first.

    Acknowledged ones come last; those that somebody silenced are left out unless `silent`.
    `of_the_book`: alerts of no portfolio, to be sorted among them.
    """
    views = (
        {portfolio: portfolio_accounts(book, book.portfolio(portfolio), today)}
        if portfolio
        else all_accounts(book, today)
    )
    window = open_window(today, sessions or WeekdayCalendar())
    found = [*of_the_book]
    for name, accounts in views.items():
        home = book.portfolios[name]
        for view in accounts:
            found += account_alerts(book, home, book.accounts[view.id], view, today, window)
        found += drift_alerts(portfolio_view(home, accounts), *_ends(accounts))
    return tuple(a for a in sorted_for(book, found, today) if silent or not a.silent_until)


def open_window(today: date, sessions: TradingCalendar) -> tuple[date, date] | None:
    """The reinvestment window that is open today; asks for sessions only where it can be."""
    if today.month % 3 or today.day < WINDOW_DAY:
        return None
    opens, closes = window_of(today, sessions)
    return (opens, closes) if opens <= today <= closes else None


def account_alerts(
    book: Book,
    home: Portfolio,
    account: Account,
    view: AccountView,
    today: date,
    window: tuple[date, date] | None,
) -> list[AlertView]:
    """What there is to know of one account; `window`: open for reinvestment."""
    if view.status not in (Status.ACTIVE, Status.SUSPENDED):
        return []
    look = _Look(book, home, account, view, policy_of(account, home), today, window)
    return list(look.alerts())


def sorted_for(book: Book, found: Iterable[AlertView], today: date) -> list[AlertView]:
    """With what somebody said of each, the worst first and what was acknowledged last."""
    noted = [
        _noted(a, book.portfolios[a.portfolio].noted.get(a.id), today) if a.portfolio else a
        for a in found
    ]
    return sorted(
        noted, key=lambda a: (a.acknowledged, -a.severity, a.portfolio, a.kind, a.account)
    )


def _noted(alert: AlertView, note: AlertNote | None, today: date) -> AlertView:
    """What somebody said of the alert holds while it is no worse than it was then."""
    if note is None or note.severity < alert.severity:
        return alert
    amounts = [v for v in alert.values if isinstance(v, int)]
    if alert.kind == "overdraft" and amounts[0] < note.micros:
        return alert  # deeper than when it was said
    if note.until is None:
        return replace(alert, acknowledged=True)
    return replace(alert, silent_until=note.until) if today < note.until else alert


@dataclass(frozen=True, slots=True)
class _Look:
    """One account, and all that its alerts are judged by; `window`: open for reinvestment."""

    book: Book
    home: Portfolio
    account: Account
    view: AccountView
    policy: Policy
    today: date
    window: tuple[date, date] | None

    def alerts(self) -> Iterator[AlertView]:
        yield from self._unproven()
        yield from self._cash()
        if self.account.taken:
            yield from self._taken()
        if self.view.status is Status.ACTIVE:
            if self.view.tier is Tier.GEN:
                yield from self._fork()
            if self.account.forked_from:
                yield from self._merge()
            if self.window and self.view.tier is not Tier.GEN:
                yield from self._reinvest(self.window)
        yield from self._drawdown()

    def _alert(
        self,
        kind: str,
        severity: Severity,
        sentence: str,
        values: Sequence[int | str] = (),
        action: str = "",
        about: str = "",
        codes: tuple[str, ...] | None = None,
        micros: int = 0,
    ) -> AlertView:
        ident = f"{kind}:{self.view.id}{about and f':{about}'}"
        if codes is None:
            codes = (self.view.code,) if action else ()
        return AlertView(
            ident, kind, severity, self.view.portfolio, self.view.code, sentence, tuple(values),
            action, codes=codes, micros=micros,
        )  # fmt: skip

    def _unproven(self) -> Iterator[AlertView]:
        if since := self.account.unproven:
            said = (
                f"records were lost and do not prove the balance since #{since}:"
                " reconcile it with the broker's statement, then acknowledge"
            )
            yield self._alert("unproven balance", Severity.CRITICAL, said, (), "show", str(since))

    def _cash(self) -> Iterator[AlertView]:
        a = self.view
        for currency, micros in a.currencies.items():
            if micros < 0:
                said = f"cash {{}} {currency} is overdrawn"
                home = currency == self.home.currency
                yield self._alert(
                    "overdraft", Severity.CRITICAL, said, (micros,), "deposit", currency,
                    (a.code,) if home else (), _up_to_cents(-micros) if home else 0,
                )  # fmt: skip
        if a.cash < a.buffer:
            action = "transfer" if a.tier is not Tier.COM else "deposit"
            yield self._alert(
                "buffer short", Severity.WARNING, "cash {} of {} buffer", (a.cash, a.buffer),
                action, codes=("", a.code) if action == "transfer" else (a.code,),
                micros=self._missing(),
            )  # fmt: skip
        if a.unvalued:
            said = f"no rate is known for {', '.join(a.unvalued)}: left out"
            yield self._alert("unvalued cash", Severity.WARNING, said)

    def _missing(self) -> int:
        """What fills the buffer, which itself grows with what comes in."""
        short = self.view.buffer - self.view.cash
        if self.view.equity + short <= 0:
            return _up_to_cents(short)
        return _up_to_cents(-(-short * ONE_BPS // (ONE_BPS - self.policy.buffer_bps)))

    def _taken(self) -> Iterator[AlertView]:
        for currency, micros in self.account.taken.items():
            if micros > 0:
                said = f"a recorded fact took {{}} {currency} out of Compounding"
                yield self._alert(
                    "rule breach", Severity.CRITICAL, said, (micros,), "show", currency
                )

    def _fork(self) -> Iterator[AlertView]:
        threshold, about = self.policy.fork_threshold_micros, str(self.account.forks)
        near = divided(threshold * self.policy.fork_near_bps, ONE_BPS)
        surplus = self.view.surplus
        values = (surplus, threshold)
        if surplus >= threshold:
            yield self._alert(
                "fork due", Severity.WARNING, "surplus {} of {}", values, "fork", about
            )
        elif surplus >= near:
            yield self._alert("fork near", Severity.INFO, "surplus {} of {}", values, "", about)

    def _merge(self) -> Iterator[AlertView]:
        threshold = self.policy.merge_threshold_micros
        near = divided(threshold * self.policy.fork_near_bps, ONE_BPS)
        values = (self.view.equity, threshold)
        if self.view.equity >= threshold:
            yield self._alert("merge due", Severity.WARNING, "equity {} of {}", values, "merge")
        elif self.view.equity >= near:
            yield self._alert("merge near", Severity.INFO, "equity {} of {}", values)

    def _reinvest(self, window: tuple[date, date]) -> Iterator[AlertView]:
        quarter = quarter_of(self.today)
        if self.account.reinvested >= quarter:
            return
        rates = self.book.rates_of(self.home.name)
        income, _ = total_value(self.account.income.items(), rates, self.home.currency, self.today)
        amount = max(0, min(income, self.view.available)) // CENT_MICROS * CENT_MICROS
        if amount >= self.policy.reinvest_minimum_micros:
            said = f"{{}} to set aside until {window[1]}"
            yield self._alert(
                "reinvest due", Severity.WARNING, said, (amount,), "reinvest", quarter
            )
        else:
            said = f"open until {window[1]}: {{}} to set aside, the minimum is {{}}"
            values = (amount, self.policy.reinvest_minimum_micros)
            yield self._alert("window open", Severity.INFO, said, values, "", quarter)

    def _drawdown(self) -> Iterator[AlertView]:
        unit, most = self.account.unit, self.policy.tiers[self.view.tier].max_drawdown_bps
        peak = unit.peak
        if peak <= 0 or unit.equity_micros <= 0:
            return
        fallen = (peak - unit.now(self.view.equity)) * ONE_BPS // peak
        if fallen * ONE_BPS < most * DRAWDOWN_NEAR_BPS:
            return
        over = fallen > most
        shown = f"{fallen / 100:.2f}"
        shown = shown[:-1] if shown.endswith("0") else shown
        said = f"{shown} % below its peak, at most {most / 100:g} % is allowed"
        kind, severity = (
            ("drawdown over", Severity.CRITICAL) if over else ("drawdown near", Severity.WARNING)
        )
        yield self._alert(kind, severity, said, (), "show", str(peak))


Ends = Mapping[Tier, AccountView]
"""An active account of each tier."""


def _ends(accounts: Iterable[AccountView]) -> tuple[Ends, Ends]:
    """Of each tier, the active account with most available, and the first one."""
    richest: dict[Tier, AccountView] = {}
    first: dict[Tier, AccountView] = {}
    for a in accounts:
        if a.status is Status.ACTIVE:
            first.setdefault(a.tier, a)
            if a.tier not in richest or a.available > richest[a.tier].available:
                richest[a.tier] = a
    return richest, first


def drift_alerts(home: PortfolioView, richest: Ends, first: Ends) -> list[AlertView]:
    """One alert for the whole allocation, with the transfer that would mend the worst of it."""
    off = [s for s in home.allocation if s.drifted]
    if not off:
        return []
    said = ", ".join(f"{s.tier.title()} {_points(s.drift_bps)}" for s in off)
    sentence, values = said, tuple[int | str, ...]()
    codes, micros = tuple[str, ...](), 0
    mend = _mending(home, richest, first)
    if mend is not None:
        source, target, micros = mend
        codes = (source, target)
        sentence = f"{said}: move {{}} from {source} to {target}"
        values = (micros,)
    return [
        AlertView(
            f"allocation drift:{home.name}",
            "allocation drift",
            Severity.INFO,
            home.name,
            "",
            sentence,
            values,
            "transfer" if mend else "",
            codes=codes,
            micros=micros,
        )
    ]


def _mending(home: PortfolioView, richest: Ends, first: Ends) -> tuple[str, str, int] | None:
    """From the tier most above its target (never Com) to the one most below, in whole cents."""
    givers = [s for s in home.allocation if s.tier is not Tier.COM]
    over = max(givers, key=lambda s: s.drift_bps)
    under = min(home.allocation, key=lambda s: s.drift_bps)
    excess = over.equity - home.totals.equity * over.target_bps // ONE_BPS
    lack = home.totals.equity * under.target_bps // ONE_BPS - under.equity
    if over.tier is under.tier or over.tier not in richest or under.tier not in first:
        return None
    source = richest[over.tier]
    micros = min(excess, lack, source.available) // CENT_MICROS * CENT_MICROS
    return (source.code, first[under.tier].code, micros) if micros > 0 else None


def _up_to_cents(micros: int) -> int:
    return -(-micros // CENT_MICROS) * CENT_MICROS


def _points(bps: int) -> str:
    sign = "+" if bps >= 0 else "−"
    tenths = (abs(bps) + 5) // 10
    return f"{sign}{tenths // 10}.{tenths % 10}"
