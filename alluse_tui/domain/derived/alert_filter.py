"""A quick test that rules out most accounts before their alerts are looked for."""

from __future__ import annotations

from alluse_tui.domain.derived.alerts import below_peak_bps, is_near_drawdown, near_threshold
from alluse_tui.domain.model.book import Account, Portfolio
from alluse_tui.domain.model.terms import Status, Tier
from alluse_tui.domain.views import Figures

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
