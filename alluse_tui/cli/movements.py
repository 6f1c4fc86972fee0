"""`alluse deposit`, `withdraw`, `transfer`."""

from __future__ import annotations

import click

from alluse_tui.cli.acting import act
from alluse_tui.cli.common import NUMBERS, Common, writing
from alluse_tui.domain.commands import Deposit, Transfer, Withdraw, amount


@click.command(context_settings=NUMBERS)
@click.argument("code")
@click.argument("typed", metavar="AMOUNT")
@writing
def deposit(common: Common, code: str, typed: str) -> None:
    """Bring AMOUNT into the account CODE."""
    act(common, Deposit(account=code, amount=amount(typed), **common.envelope))


@click.command(context_settings=NUMBERS)
@click.argument("code")
@click.argument("typed", metavar="AMOUNT")
@writing
def withdraw(common: Common, code: str, typed: str) -> None:
    """Take AMOUNT out of the account CODE; never out of Compounding."""
    command = Withdraw(account=code, amount=amount(typed), **common.envelope)
    act(common, command, dangerous=True)


@click.command(context_settings=NUMBERS)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.argument("typed", metavar="AMOUNT")
@writing
def transfer(common: Common, source: str, target: str, typed: str) -> None:
    """Move AMOUNT between two accounts; never out of Compounding."""
    command = Transfer(source=source, target=target, amount=amount(typed), **common.envelope)
    act(common, command, dangerous=True)
