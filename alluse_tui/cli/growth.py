"""`alluse fork`, `merge`, `reinvest`: how the tiers grow."""

from __future__ import annotations

import click

from alluse_tui.cli.common import NUMBERS, OVERRIDE, Common, writing
from alluse_tui.cli.run_command import act
from alluse_tui.domain.commands import Fork, Merge, Reinvest, amount


@click.command()
@click.argument("code")
@OVERRIDE
@writing
def fork(common: Common, code: str, override: str) -> None:
    """Let the surplus of CODE seed an account.

    The other half of it raises Compounding.
    """
    act(common, Fork(account=code, override=override, **common.envelope))


@click.command()
@click.argument("code")
@writing
def merge(common: Common, code: str) -> None:
    """Fold the forked account CODE, grown up, into Compounding."""
    act(common, Merge(account=code, **common.envelope))


@click.command(context_settings=NUMBERS)
@click.argument("code")
@click.option("--amount", "typed", metavar="A", help="Less than all that was earned.")
@OVERRIDE
@writing
def reinvest(common: Common, code: str, typed: str | None, override: str) -> None:
    """Set aside what CODE earned, for contracts and for LEAPS."""
    chosen = amount(typed, "--amount") if typed is not None else None
    command = Reinvest(account=code, amount=chosen, override=override, **common.envelope)
    act(common, command)
