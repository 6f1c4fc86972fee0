"""Capital preservation: why an account should sell no new puts (rules.md, Capital preservation)."""

from __future__ import annotations

from alluse_tui.domain.derived.alert_filter import below_peak_bps
from alluse_tui.domain.derived.positions import positions
from alluse_tui.domain.derived.underlying_prices import marked_prices, newest_prices
from alluse_tui.domain.derived.week_types import WeekType, put_week
from alluse_tui.domain.model.book import Account
from alluse_tui.domain.model.money_text import plain
from alluse_tui.domain.model.policy import Policy
from alluse_tui.domain.model.policy_checks import percent
from alluse_tui.domain.model.terms import Right
from alluse_tui.domain.model.value import Value


class Preservation(Value):
    """Why capital is preserved, empty if it is not; and the symbols whose price is missing."""

    reason: str = ""
    missing: tuple[str, ...] = ()


def is_on(policy: Policy) -> bool:
    """Whether the policy preserves capital: with `drawdown.calls_only`."""
    return policy.drawdown_calls_only_bps is not None


def preservation(account: Account, equity_micros: int, policy: Policy) -> Preservation:
    """The account's fall below its peak, and its short puts at the newest marked prices."""
    most_bps = policy.tiers[account.tier].max_drawdown_bps
    below_bps = below_peak_bps(account.unit, equity_micros)
    if below_bps is not None and below_bps > most_bps:
        fall = f"{account.code} is {percent(below_bps)} below its peak"
        return Preservation(f"{fall}, more than {percent(most_bps)}")
    prices, missing = newest_prices(marked_prices([account])), list[str]()
    for position in positions(account.holdings):
        option = position.instrument
        if option.right is not Right.PUT or not position.is_short:
            continue
        price = prices.get((option.symbol, position.currency))
        if price is None:
            missing.append(option.symbol)
        elif put_week(price.price_micros, option.strike_micros) is WeekType.PRESERVATION:
            at = f"{option.symbol} was at {plain(price.price_micros)} on {price.day}"
            return Preservation(f"{at}, more than 15 % below the strike of {option.name}")
    return Preservation(missing=tuple(dict.fromkeys(missing)))
