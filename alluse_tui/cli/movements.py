"""`alluse deposit`, `withdraw`, `transfer`, `release`."""

from __future__ import annotations

import click

from alluse_tui.cli.common import NUMBERS, OVERRIDE, Common, writing
from alluse_tui.cli.run_command import act
from alluse_tui.domain.commands import Deposit, Release, Transfer, Withdraw, amount


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
@OVERRIDE
@writing
def withdraw(common: Common, code: str, typed: str, override: str) -> None:
    """Take AMOUNT out of the account CODE; never out of Compounding."""
    command = Withdraw(account=code, amount=amount(typed), override=override, **common.envelope)
    act(common, command)


@click.command(context_settings=NUMBERS)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.argument("typed", metavar="AMOUNT")
@OVERRIDE
@writing
def transfer(common: Common, source: str, target: str, typed: str, override: str) -> None:
    """Move AMOUNT between two accounts; never out of Compounding."""
    command = Transfer(
        source=source, target=target, amount=amount(typed), override=override, **common.envelope
    )
    act(common, command)


@click.command(context_settings=NUMBERS)
@click.argument("code")
@click.argument("bucket", metavar="BUCKET")
@click.argument("typed", metavar="AMOUNT")
@writing
def release(common: Common, code: str, bucket: str, typed: str) -> None:
    """Move AMOUNT that CODE set aside back to free cash.

    BUCKET is contracts or leaps.
    """
    act(common, Release(account=code, bucket=bucket, amount=amount(typed), **common.envelope))
