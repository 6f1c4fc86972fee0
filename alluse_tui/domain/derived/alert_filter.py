"""A quick test that rules out most accounts before their alerts are looked for."""

from __future__ import annotations

from alluse_tui.domain.model.book import Account, Portfolio, Unit
from alluse_tui.domain.model.money import ONE_BPS, divided
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.views import Figures

DRAWDOWN_NEAR_BPS = 8_000
"""The share of the allowed drawdown from which a drawdown is near its limit."""

_OPEN = (Status.ACTIVE, Status.SUSPENDED)

_GEN = Tier.GEN


class AlertFilter:
    """Tells which accounts of a portfolio may have an alert; all others have none.

    Accounts with anything unusual, such as holdings or settings of their own, always may.
    """

    def __init__(self, portfolio: Portfolio, *, window_is_open: bool) -> None:
        """`window_is_open`: accounts can reinvest today."""
        policy = portfolio.policy
        self._own_currency = {portfolio.currency}
        self._window_is_open = window_is_open
        self._fork_near_micros = near_threshold(policy.fork_threshold_micros, policy)
        self._max_drawdown_bps = {
            tier: limits.max_drawdown_bps for tier, limits in policy.tiers.items()
        }

    def may_alert(self, account: Account, figures: Figures) -> bool:
        """Whether the account may have an alert; True for every account that has one."""
        if account.status not in _OPEN:
            return False
        if (
            figures.cash < figures.buffer
            or account.holdings
            or account.assignments
            or account.settings
            or account.forked_from
            or account.withdrawn_from_compounding
            or account.unproven
            or account.pause
            or (account.compared is not None and account.compared.unexplained)
            or figures.unvalued
            or not figures.currencies.keys() <= self._own_currency
        ):
            return True
        if account.tier is _GEN:
            if figures.surplus >= self._fork_near_micros:
                return True
        elif self._window_is_open:
            return True
        below_bps = below_peak_bps(account.unit, figures.equity)
        most_bps = self._max_drawdown_bps[account.tier]
        return below_bps is not None and is_near_drawdown(below_bps, most_bps)


def near_threshold(threshold_micros: int, policy: Policy) -> int:
    """The amount from which a fork or merge threshold is near."""
    return divided(threshold_micros * policy.fork_near_bps, ONE_BPS)


def below_peak_bps(unit: Unit, equity_micros: int) -> int | None:
    """How far the unit value is below its peak; None for an account without capital."""
    if unit.equity_micros <= 0 or (peak := unit.peak) <= 0:
        return None
    return (peak - unit.now(equity_micros)) * ONE_BPS // peak


def is_near_drawdown(below_bps: int, most_bps: int) -> bool:
    """Whether a fall by `below_bps` is near the allowed drawdown, or over it."""
    return below_bps * ONE_BPS >= most_bps * DRAWDOWN_NEAR_BPS
