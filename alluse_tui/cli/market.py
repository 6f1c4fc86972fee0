"""`alluse market`: the exchange's trading days and what is known of its prices."""

from __future__ import annotations

import click

from alluse_tui.cli.market_data import import_bars, import_events, show


@click.group()
def market() -> None:
    """Import market data, and look at it."""


market.add_command(import_bars)
market.add_command(import_events)
market.add_command(show)
