"""Alerts are derived from the book, never stored (10-domain, Alerts are derived)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from alluse_tui.domain.book import Book
from alluse_tui.domain.figures import all_accounts, portfolio_accounts, portfolio_view
from alluse_tui.domain.money import CENT_MICROS, ONE_BPS, divided
from alluse_tui.domain.policy import Policy
from alluse_tui.domain.settings import policy_of
from alluse_tui.domain.terms import Status, Tier
from alluse_tui.domain.views import AccountView, AlertView, PortfolioView, Severity


def alerts(book: Book, today: date, portfolio: str = "") -> tuple[AlertView, ...]:
    """What an operator should know now, of one portfolio or of all, the worst first."""
    found: list[AlertView] = []
    views = (
        {portfolio: portfolio_accounts(book, book.portfolio(portfolio), today)}
        if portfolio
        else all_accounts(book, today)
    )
    for name, accounts in views.items():
        home = book.portfolios[name]
        for account in accounts:
            if account.status in (Status.ACTIVE, Status.SUSPENDED):
                policy = policy_of(book.accounts[account.id], home)
                found += _account_alerts(policy, account)
        found += _drift(portfolio_view(home, accounts), accounts)
    return tuple(sorted(found, key=lambda a: (-a.severity, a.portfolio, a.kind, a.account)))


def _account_alerts(policy: Policy, a: AccountView) -> Iterator[AlertView]:
    def alert(
        kind: str,
        severity: Severity,
        sentence: str,
        *values: int | str,
        action: str = "",
        about: str = "",
    ) -> AlertView:
        ident = f"{kind}:{a.id}{about and f':{about}'}"
        return AlertView(ident, kind, severity, a.portfolio, a.code, sentence, values, action)

    for currency, micros in a.currencies.items():
        if micros < 0:
            yield alert(
                "overdraft",
                Severity.CRITICAL,
                f"cash {{}} {currency} is overdrawn",
                micros,
                action="deposit",
                about=currency,
            )
    if a.cash < a.buffer:
        yield alert(
            "buffer short",
            Severity.WARNING,
            "cash {} of {} buffer",
            a.cash,
            a.buffer,
            action="transfer" if a.tier is not Tier.COM else "deposit",
        )
    if a.unvalued:
        named = ", ".join(a.unvalued)
        yield alert("unvalued cash", Severity.WARNING, f"no rate is known for {named}: left out")
    if a.tier is Tier.GEN and a.status is Status.ACTIVE:
        threshold = policy.fork_threshold_micros
        near = divided(threshold * policy.fork_near_bps, ONE_BPS)
        if a.surplus >= threshold:
            yield alert("fork due", Severity.WARNING, "surplus {} of {}", a.surplus, threshold)
        elif a.surplus >= near:
            yield alert("fork near", Severity.INFO, "surplus {} of {}", a.surplus, threshold)


def _drift(home: PortfolioView, accounts: tuple[AccountView, ...]) -> Iterator[AlertView]:
    """One alert for the whole allocation, with the transfer that would mend the worst of it."""
    off = [s for s in home.allocation if s.drifted]
    if not off:
        return
    said = ", ".join(f"{s.tier.title()} {_points(s.drift_bps)}" for s in off)
    sentence, values = said, tuple[int | str, ...]()
    mend = _mending(home, accounts)
    if mend:
        source, target, micros = mend
        sentence = f"{said}: move {{}} from {source} to {target}"
        values = (micros,)
    yield AlertView(
        f"allocation drift:{home.name}",
        "allocation drift",
        Severity.INFO,
        home.name,
        "",
        sentence,
        values,
        "transfer" if mend else "",
    )


def _mending(home: PortfolioView, accounts: tuple[AccountView, ...]) -> tuple[str, str, int] | None:
    """From the tier most above its target (never Com) to the one most below, in whole cents."""
    givers = [s for s in home.allocation if s.tier is not Tier.COM]
    over = max(givers, key=lambda s: s.drift_bps)
    under = min(home.allocation, key=lambda s: s.drift_bps)
    excess = over.equity - home.totals.equity * over.target_bps // ONE_BPS
    lack = home.totals.equity * under.target_bps // ONE_BPS - under.equity
    open_accounts = [a for a in accounts if a.status is Status.ACTIVE]
    sources = [a for a in open_accounts if a.tier is over.tier]
    targets = [a for a in open_accounts if a.tier is under.tier]
    if over.tier is under.tier or not sources or not targets:
        return None
    source = max(sources, key=lambda a: a.available)
    micros = min(excess, lack, source.available) // CENT_MICROS * CENT_MICROS
    return (source.code, targets[0].code, micros) if micros > 0 else None


def _points(bps: int) -> str:
    sign = "+" if bps >= 0 else "−"
    return f"{sign}{abs(bps) / 100:.1f}"
