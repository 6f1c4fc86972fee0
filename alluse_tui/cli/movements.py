"""`alluse deposit`, `withdraw`, `transfer`, `release`."""

from __future__ import annotations

import click

from alluse_tui.cli.common import ACCOUNT_CODE, NUMBERS, OVERRIDE, Common, writing
from alluse_tui.cli.completion import complete_account, complete_choices
from alluse_tui.cli.run_command import act
from alluse_tui.domain.commands import Deposit, Release, Transfer, Withdraw, amount
from alluse_tui.domain.views import EARMARKS


@click.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@click.argument("typed", metavar="AMOUNT")
@writing
def deposit(common: Common, code: str, typed: str) -> None:
    """Deposit AMOUNT into the account CODE."""
    act(common, Deposit(account=code, amount=amount(typed), **common.envelope))


@click.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@click.argument("typed", metavar="AMOUNT")
@OVERRIDE
@writing
def withdraw(common: Common, code: str, typed: str, override: str) -> None:
    """Withdraw AMOUNT from CODE; never from Compounding."""
    command = Withdraw(account=code, amount=amount(typed), override=override, **common.envelope)
    act(common, command)


@click.command(context_settings=NUMBERS)
@click.argument("source", metavar="FROM", shell_complete=complete_account)
@click.argument("target", metavar="TO", shell_complete=complete_account)
@click.argument("typed", metavar="AMOUNT")
@OVERRIDE
@writing
def transfer(common: Common, source: str, target: str, typed: str, override: str) -> None:
    """Transfer AMOUNT from one account to another.

    Nothing is ever transferred out of Compounding.
    """
    command = Transfer(
        source=source, target=target, amount=amount(typed), override=override, **common.envelope
    )
    act(common, command)


@click.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@click.argument("bucket", metavar="BUCKET", shell_complete=complete_choices(*EARMARKS))
@click.argument("typed", metavar="AMOUNT")
@writing
def release(common: Common, code: str, bucket: str, typed: str) -> None:
    """Release AMOUNT of the earmarked cash of CODE.

    BUCKET is contracts, leaps or taxes.
    """
    act(common, Release(account=code, bucket=bucket, amount=amount(typed), **common.envelope))
