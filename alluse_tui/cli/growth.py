"""`alluse fork`, `merge`, `reinvest`: how the tiers grow."""

from __future__ import annotations

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import ACCOUNT_CODE, NUMBERS, OVERRIDE, Common, writing
from alluse_tui.cli.run_command import act
from alluse_tui.domain.commands import Fork, Merge, Reinvest, amount


@click.command()
@ACCOUNT_CODE
@OVERRIDE
@writing
def fork(common: Common, code: str, override: str) -> None:
    """Fork the account CODE.

    Half of its surplus opens a new account; the other half goes to Compounding.
    """
    act(common, Fork(account=code, override=override, **common.envelope))


@click.command()
@ACCOUNT_CODE
@writing
def merge(common: Common, code: str) -> None:
    """Merge the grown account CODE into Compounding."""
    act(common, Merge(account=code, **common.envelope))


@click.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@click.option("--amount", "typed", metavar="A", help=texts.REINVEST_AMOUNT)
@OVERRIDE
@writing
def reinvest(common: Common, code: str, typed: str | None, override: str) -> None:
    """Earmark income of CODE for contracts, LEAPS and taxes."""
    chosen = amount(typed, "--amount") if typed is not None else None
    command = Reinvest(account=code, amount=chosen, override=override, **common.envelope)
    act(common, command)
