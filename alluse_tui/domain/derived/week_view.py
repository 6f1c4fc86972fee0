"""A week as it is shown: the market before it, and how it went for positions and accounts."""

from __future__ import annotations

from collections.abc import Iterator

from alluse_tui.domain.derived.week_positions import AccountWeek, PositionWeek, Week
from alluse_tui.domain.derived.week_regime import MarketWeek
from alluse_tui.domain.model.value import Value


class WeekView(Value):
    """One week of an account, or of all accounts of a portfolio."""

    week: Week
    market: MarketWeek
    positions: tuple[PositionWeek, ...]
    accounts: tuple[AccountWeek, ...]

    def by_account(self) -> Iterator[tuple[AccountWeek, list[PositionWeek]]]:
        """Each account with its positions."""
        own: dict[str, list[PositionWeek]] = {}
        for position in self.positions:
            own.setdefault(position.account, []).append(position)
        for account in self.accounts:
            yield account, own.get(account.account, [])
