"""Which rule applies each setting of the policy."""

from __future__ import annotations

from collections.abc import Mapping

from alluse_tui.domain.model.terms import Tier

_OF_TIERS = {
    "delta": "trade.delta",
    "entry_days": "trade.day",
    "entry_shift": "trade.day",
    "entry_hours": "trade.hours",
    "dte": "trade.dte",
    "symbols": "trade.symbol",
    "sells": "trade.sells",
    "max_drawdown": "trade.preservation",
}

RULE_OF_SETTING: Mapping[str, str] = {
    **{f"tiers.{tier}.{name}": rule for tier in Tier for name, rule in _OF_TIERS.items()},
    "limits.buffer": "buffer.available",
    "limits.outsized": "amount.outsized",
    "limits.position_size": "trade.size",
    "exposure.symbol": "trade.exposure",
    "liquidity.open_interest": "trade.liquidity",
    "liquidity.volume": "trade.liquidity",
    "liquidity.spread": "trade.liquidity",
    "liquidity.share_of_volume": "trade.liquidity",
    "earnings.puts": "trade.earnings",
    "earnings.coverage": "trade.earnings",
    "margin.use": "trade.margin",
    "regime.red": "regime.size",
    "regime.red_delta": "trade.delta",
    "regime.chop": "regime.size",
    "regime.chop_delta": "trade.delta",
    "vix.above_mean": "vix.size",
    "vix.high": "vix.size",
    "breakers.vix_half": "vix.size",
    "breakers.vix_safe": "vix.breaker",
    "breakers.vix_stop": "vix.breaker",
    "drawdown.calls_only": "trade.drawdown",
    "drawdown.vix_below": "trade.drawdown",
    "drawdown.until": "trade.drawdown",
    "fork.threshold": "fork.threshold",
    "fork.cooling_hours": "fork.cooling",
    "fork.daily_limit": "fork.daily",
    "merge.threshold": "merge.threshold",
    "reinvest.minimum": "reinvest.minimum",
}
"""The rule's name by the path of the setting; a setting without one is not a rule's limit."""
