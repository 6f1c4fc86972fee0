"""Alerts are derived from the book, never stored (rules.md, Alerts are derived)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.derived.account_views import all_accounts, portfolio_accounts, portfolio_view
from alluse_tui.domain.derived.alert_filter import (
    AlertFilter,
    below_peak_bps,
    is_near_drawdown,
    near_threshold,
)
from alluse_tui.domain.derived.breaks import break_sentence
from alluse_tui.domain.derived.market_alerts import MarketFacts, market_alerts
from alluse_tui.domain.derived.pauses import PAUSED, safety_alerts
from alluse_tui.domain.derived.position_alerts import position_alerts
from alluse_tui.domain.derived.preservation import is_on, preservation
from alluse_tui.domain.model.book import Account, AlertNote, Book, Portfolio
from alluse_tui.domain.model.calendar import (
    WINDOW_DAY,
    TradingCalendar,
    WeekdayCalendar,
    quarter_of,
    window_of,
)
from alluse_tui.domain.model.comparison import Comparison
from alluse_tui.domain.model.money import CENT_MICROS, ONE_BPS
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.rates import total_value
from alluse_tui.domain.model.settings import policy_of
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.views import AccountView, AlertView, PortfolioView, Severity, TierShare

CALENDAR_NOTICE_DAYS = 60
"""How long before the calendar's end it is told."""


def alerts(
    book: Book,
    today: date,
    portfolio: str = "",
    sessions: TradingCalendar | None = None,
    *,
    silent: bool = False,
    of_the_book: Iterable[AlertView] = (),
    market: MarketFacts | None = None,
) -> tuple[AlertView, ...]:
    """The alerts of one portfolio or of all, most severe first and acknowledged ones last.

    Snoozed alerts are left out unless `silent`. `of_the_book`: alerts of no portfolio, sorted in.
    `market`: the stored market data of `today`, if there is any.
    """
    views = (
        {portfolio: portfolio_accounts(book, book.portfolio(portfolio), today)}
        if portfolio
        else all_accounts(book, today)
    )
    window = open_window(today, sessions or WeekdayCalendar())
    unsorted = [*of_the_book]
    for name, accounts in views.items():
        owner = book.portfolios[name]
        alert_filter = AlertFilter(owner, window_is_open=window is not None)
        for view in accounts:
            account = book.accounts[view.id]
            if alert_filter.may_alert(account, view):
                unsorted += account_alerts(book, owner, account, view, today, window, market)
        unsorted += drift_alerts(portfolio_view(owner, accounts), *_ends(accounts))
        unsorted += safety_alerts(book, owner, today)
        unsorted += calendar_alerts(name, today, sessions or WeekdayCalendar())
    return tuple(a for a in sorted_for(book, unsorted, today) if silent or not a.silent_until)


def open_window(today: date, sessions: TradingCalendar) -> tuple[date, date] | None:
    """The first and last day of the reinvestment window if it is open today.

    Reads the calendar only on days on which a window can be open.
    """
    if today.month % 3 or today.day < WINDOW_DAY:
        return None
    opens, closes = window_of(today, sessions)
    return (opens, closes) if opens <= today <= closes else None


def account_alerts(
    book: Book,
    portfolio: Portfolio,
    account: Account,
    view: AccountView,
    today: date,
    window: tuple[date, date] | None,
    market: MarketFacts | None = None,
) -> list[AlertView]:
    """The alerts of one account; `window` is the open reinvestment window, if any."""
    if view.status not in (Status.ACTIVE, Status.SUSPENDED):
        return []
    policy = policy_of(account, portfolio)
    about = _AccountAlerts(book, portfolio, account, view, policy, today, window, market)
    return list(about.alerts())


def sorted_for(book: Book, unsorted: Iterable[AlertView], today: date) -> list[AlertView]:
    """The alerts with their acknowledgements, most severe first and acknowledged ones last."""
    noted = [
        _noted(a, book.portfolios[a.portfolio].noted.get(a.id), today) if a.portfolio else a
        for a in unsorted
    ]
    return sorted(
        noted, key=lambda a: (a.acknowledged, -a.severity, a.portfolio, a.kind, a.account)
    )


def _noted(alert: AlertView, note: AlertNote | None, today: date) -> AlertView:
    """The alert with its acknowledgement or snooze, which lapses once the alert gets worse."""
    if note is None or note.severity < alert.severity:
        return alert
    amounts = [v for v in alert.values if isinstance(v, int)]
    if alert.kind == "overdraft" and amounts[0] < note.micros:
        return alert  # deeper than when it was acknowledged
    if note.until is None:
        return replace(alert, acknowledged=True)
    return replace(alert, silent_until=note.until) if today < note.until else alert


class _AccountAlerts(Value):
    """One account with everything that its alerts depend on; `window` as in `account_alerts`."""

    book: Book
    portfolio: Portfolio
    account: Account
    view: AccountView
    policy: Policy
    today: date
    window: tuple[date, date] | None
    market: MarketFacts | None = None

    def alerts(self) -> Iterator[AlertView]:
        yield from self._unproven()
        yield from self._paused()
        yield from self._cash()
        if self.account.withdrawn_from_compounding:
            yield from self._taken()
        if self.view.status is Status.ACTIVE:
            if self.view.tier is Tier.GEN:
                yield from self._fork()
            if self.account.forked_from:
                yield from self._merge()
            if self.window and self.view.tier is not Tier.GEN:
                yield from self._reinvest(self.window)
        yield from self._drawdown()
        yield from self._preserved()
        if self.account.holdings or self.account.assignments:
            yield from self._positions()
        if self.account.compared is not None:
            yield from self._break(self.account.compared)

    def _break(self, compared: Comparison) -> Iterator[AlertView]:
        if unexplained := compared.unexplained:
            sentence, values = break_sentence(self.view.code, unexplained)
            about = compared.day.isoformat()
            alert = self._alert(
                "statement break", Severity.WARNING, sentence, values, "explain-difference", about
            )
            items = tuple(difference.item.title for difference in unexplained)
            yield replace(alert, items=items)

    def _positions(self) -> Iterator[AlertView]:
        rates = self.book.rates_of(self.portfolio.name)
        for kind, severity, sentence, values, about in position_alerts(
            self.account, self.view, rates, self.policy, self.today
        ):
            yield self._alert(kind, severity, sentence, values, "show", about)
        if self.market is not None and self.account.holdings:
            for kind, severity, sentence, values, about in market_alerts(
                self.account, self.policy, self.today, self.market
            ):
                yield self._alert(kind, severity, sentence, values, "show", about)

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
        if codes is None:
            codes = (self.view.code,) if action else ()
        return AlertView(
            id=f"{kind}:{self.view.id}{about and f':{about}'}",
            kind=kind,
            severity=severity,
            portfolio=self.view.portfolio,
            account=self.view.code,
            sentence=sentence,
            values=tuple(values),
            action=action,
            codes=codes,
            micros=micros,
        )

    def _unproven(self) -> Iterator[AlertView]:
        if since := self.account.unproven:
            sentence = (
                f"records before #{since} were lost, so the balance is not proven:"
                f" reconcile {self.view.code} with the broker's statement, then acknowledge"
            )
            yield self._alert(
                "unproven balance", Severity.CRITICAL, sentence, (), "show", str(since)
            )

    def _paused(self) -> Iterator[AlertView]:
        if (pause := self.account.pause) is not None:
            sentence = f"{self.view.code} is paused {pause.reason}; it opens nothing until resumed"
            yield self._alert(PAUSED, Severity.WARNING, sentence, (), "resume", str(pause.at_ns))

    def _preserved(self) -> Iterator[AlertView]:
        if not is_on(self.policy):
            return
        if reason := preservation(self.account, self.view.equity, self.policy).reason:
            sentence = f"{reason}: {self.view.code} sells no new puts"
            yield self._alert("capital preserved", Severity.WARNING, sentence, (), "show")

    def _cash(self) -> Iterator[AlertView]:
        for currency, micros in self.view.currencies.items():
            if micros < 0:
                yield self._overdraft(currency, micros)
        if self.view.cash < self.view.buffer:
            yield self._buffer_short()
        if self.view.unvalued:
            currencies = ", ".join(self.view.unvalued)
            sentence = (
                f"no exchange rate for {currencies}: {self.view.code} is shown without these"
                " amounts; record a rate"
            )
            yield self._alert("unvalued cash", Severity.WARNING, sentence)

    def _overdraft(self, currency: str, micros: int) -> AlertView:
        code = self.view.code
        own = currency == self.portfolio.currency
        return self._alert(
            "overdraft",
            Severity.CRITICAL,
            f"{code} is overdrawn, with {{}} {currency} in cash: add {currency}",
            (micros,),
            action="deposit",
            about=currency,
            codes=(code,) if own else (),
            micros=_up_to_cents(-micros) if own else 0,
        )

    def _buffer_short(self) -> AlertView:
        code, missing = self.view.code, self._missing()
        action = "transfer" if self.view.tier is not Tier.COM else "deposit"
        return self._alert(
            "buffer short",
            Severity.WARNING,
            f"cash {{}} is below the {{}} buffer: add {{}} to {code}",
            (self.view.cash, self.view.buffer, missing),
            action=action,
            codes=("", code) if action == "transfer" else (code,),
            micros=missing,
        )

    def _missing(self) -> int:
        """The amount that fills the buffer, in whole cents; the buffer grows with it."""
        short = self.view.buffer - self.view.cash
        if self.view.equity + short <= 0:
            return _up_to_cents(short)
        return _up_to_cents(-(-short * ONE_BPS // (ONE_BPS - self.policy.buffer_bps)))

    def _taken(self) -> Iterator[AlertView]:
        for currency, micros in self.account.withdrawn_from_compounding.items():
            if micros > 0:
                sentence = (
                    f"recorded facts took {{}} {currency} out of {self.view.code}, which money"
                    " never leaves: undo them, or acknowledge"
                )
                yield self._alert(
                    "rule breach", Severity.CRITICAL, sentence, (micros,), "show", currency
                )

    def _fork(self) -> Iterator[AlertView]:
        code, surplus = self.view.code, self.view.surplus
        threshold = self.policy.fork_threshold_micros
        near = near_threshold(threshold, self.policy)
        values, about = (surplus, threshold), str(self.account.forks)
        if surplus >= threshold:
            todo = f": fork {code}"
            if self.account.forked_from and self._merge_due():
                todo = f", but {code} is also due to merge: merge it first"
            sentence = f"surplus {{}} has reached the {{}} threshold{todo}"
            yield self._alert("fork due", Severity.WARNING, sentence, values, "fork", about)
        elif surplus >= near:
            sentence = f"surplus {{}} of {code} is near the {{}} threshold"
            yield self._alert("fork near", Severity.INFO, sentence, values, "", about)

    def _merge_due(self) -> bool:
        return self.view.equity >= self.policy.merge_threshold_micros

    def _merge(self) -> Iterator[AlertView]:
        code, threshold = self.view.code, self.policy.merge_threshold_micros
        near = near_threshold(threshold, self.policy)
        values = (self.view.equity, threshold)
        if self._merge_due():
            sentence = f"equity {{}} has reached the {{}} threshold: merge {code} into Compounding"
            yield self._alert("merge due", Severity.WARNING, sentence, values, "merge")
        elif self.view.equity >= near:
            sentence = f"equity {{}} of {code} is near the {{}} threshold"
            yield self._alert("merge near", Severity.INFO, sentence, values)

    def _reinvest(self, window: tuple[date, date]) -> Iterator[AlertView]:
        quarter = quarter_of(self.today)
        if self.account.reinvested >= quarter:
            return
        code, closes = self.view.code, window[1]
        rates = self.book.rates_of(self.portfolio.name)
        currency = self.portfolio.currency
        income, _ = total_value(self.account.income.items(), rates, currency, self.today)
        amount = max(0, min(income, self.view.available)) // CENT_MICROS * CENT_MICROS
        if amount >= self.policy.reinvest_minimum_micros:
            sentence = f"{{}} can be set aside by {closes}: reinvest {code}"
            yield self._alert(
                "reinvest due", Severity.WARNING, sentence, (amount,), "reinvest", quarter
            )
        else:
            sentence = f"{code} can set aside {{}} by {closes}, less than the minimum of {{}}"
            values = (amount, self.policy.reinvest_minimum_micros)
            yield self._alert("window open", Severity.INFO, sentence, values, "", quarter)

    def _drawdown(self) -> Iterator[AlertView]:
        most = self.policy.tiers[self.view.tier].max_drawdown_bps
        drawdown_bps = below_peak_bps(self.account.unit, self.view.equity)
        if drawdown_bps is None or not is_near_drawdown(drawdown_bps, most):
            return
        peak = self.account.unit.peak
        percent = f"{drawdown_bps / 100:.2f}"
        percent = percent[:-1] if percent.endswith("0") else percent
        sentence = f"{self.view.code} is {percent} % below its peak; the limit is {most / 100:g} %"
        if drawdown_bps > most:
            sentence += ": review its positions"
            yield self._alert("drawdown over", Severity.CRITICAL, sentence, (), "show", str(peak))
        else:
            yield self._alert("drawdown near", Severity.WARNING, sentence, (), "show", str(peak))


Ends = Mapping[Tier, AccountView]
"""One active account of each tier."""


def _ends(accounts: Iterable[AccountView]) -> tuple[Ends, Ends]:
    """For each tier, the active account with the most available cash, and the first one."""
    richest: dict[Tier, AccountView] = {}
    first: dict[Tier, AccountView] = {}
    for a in accounts:
        if a.status is Status.ACTIVE:
            first.setdefault(a.tier, a)
            if a.tier not in richest or a.available > richest[a.tier].available:
                richest[a.tier] = a
    return richest, first


def drift_alerts(portfolio: PortfolioView, richest: Ends, first: Ends) -> list[AlertView]:
    """One alert for the whole allocation, with the transfer that corrects most of the drift."""
    drifted = [share for share in portfolio.allocation if share.drifted]
    if not drifted:
        return []
    sentence = ", ".join(_drift_text(share) for share in drifted)
    codes, micros, values = tuple[str, ...](), 0, tuple[int | str, ...]()
    transfer = _correcting_transfer(portfolio, richest, first)
    if transfer is None:
        sentence += ": no transfer can correct this now"
    else:
        source, target, micros = transfer
        codes, values = (source, target), (micros,)
        sentence += f": transfer {{}} from {source} to {target}"
    return [
        AlertView(
            id=f"allocation drift:{portfolio.name}",
            kind="allocation drift",
            severity=Severity.INFO,
            portfolio=portfolio.name,
            account="",
            sentence=sentence,
            values=values,
            action="transfer" if transfer else "",
            codes=codes,
            micros=micros,
        )
    ]


def calendar_alerts(portfolio: str, today: date, sessions: TradingCalendar) -> list[AlertView]:
    """An alert from `CALENDAR_NOTICE_DAYS` before the last day that the calendar knows."""
    days_left = (sessions.ends - today).days
    if days_left > CALENDAR_NOTICE_DAYS:
        return []
    ends = "ends" if days_left >= 0 else "ended"
    sentence = f"the exchange's calendar {ends} on {sessions.ends}: update ALL-USE"
    return [
        AlertView(
            id=f"calendar ends:{portfolio}",
            kind="calendar ends",
            severity=Severity.WARNING,
            portfolio=portfolio,
            account="",
            sentence=sentence,
            values=(),
        )
    ]


def _correcting_transfer(
    portfolio: PortfolioView, richest: Ends, first: Ends
) -> tuple[str, str, int] | None:
    """From the tier most above its target (never Com) to the one most below, in whole cents."""
    sources = [share for share in portfolio.allocation if share.tier is not Tier.COM]
    over = max(sources, key=lambda share: share.drift_bps)
    under = min(portfolio.allocation, key=lambda share: share.drift_bps)
    excess = over.equity - portfolio.totals.equity * over.target_bps // ONE_BPS
    lack = portfolio.totals.equity * under.target_bps // ONE_BPS - under.equity
    if over.tier is under.tier or over.tier not in richest or under.tier not in first:
        return None
    source = richest[over.tier]
    micros = min(excess, lack, source.available) // CENT_MICROS * CENT_MICROS
    return (source.code, first[under.tier].code, micros) if micros > 0 else None


def _drift_text(share: TierShare) -> str:
    """'Generation is 10.0 points above target'."""
    side = "above" if share.drift_bps >= 0 else "below"
    tenths = (abs(share.drift_bps) + 5) // 10
    points = f"{tenths // 10}.{tenths % 10}"
    return f"{share.tier.full_name} is {points} points {side} target"


def _up_to_cents(micros: int) -> int:
    return -(-micros // CENT_MICROS) * CENT_MICROS
