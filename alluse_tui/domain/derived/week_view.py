"""A week as it is shown: the market before it, and how it went for positions and accounts."""

from __future__ import annotations

from alluse_tui.domain.derived.week_positions import AccountWeek, PositionWeek, Week
from alluse_tui.domain.derived.week_regime import MarketWeek
from alluse_tui.domain.model.value import Value


class WeekView(Value):
    """One week of an account, or of all accounts of a portfolio."""

    week: Week
    market: MarketWeek
    positions: tuple[PositionWeek, ...]
    accounts: tuple[AccountWeek, ...]
