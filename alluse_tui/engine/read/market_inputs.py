"""What the engine knows of the market when a trade is judged."""

from __future__ import annotations

from alluse_tui.domain.commands import Command
from alluse_tui.domain.model.market_inputs import NO_MARKET, MarketInputs


def market_inputs(command: Command) -> MarketInputs:
    """The market of the option that `command` sells; the program keeps no market data yet."""
    return NO_MARKET
