"""`alluse open`, `edit`, `suspend`, `activate`, `close`: the life of an account."""

from __future__ import annotations

import click
from click.core import ParameterSource

from alluse_tui.cli import texts
from alluse_tui.cli.common import ACCOUNT_CODE, NUMBERS, Common, writing
from alluse_tui.cli.completion import complete_account, complete_choices
from alluse_tui.cli.run_command import act
from alluse_tui.domain.commands import (
    Activate,
    Close,
    Edit,
    OpenAccount,
    Suspend,
    Tier,
    amount,
)
from alluse_tui.domain.model.errors import BadInput


@click.command(name="open", context_settings=NUMBERS)
@click.argument("parent", shell_complete=complete_account)
@click.option(
    "--tier",
    required=True,
    metavar="gen|rev|com",
    help=texts.OPEN_TIER,
    shell_complete=complete_choices("gen", "rev", "com"),
)
@click.option("--name", default="", metavar="NAME", help=texts.OPEN_NAME)
@click.option("--amount", "typed", metavar="A", help=texts.OPEN_AMOUNT)
@click.option(
    "--from",
    "source",
    metavar="CODE",
    help=texts.OPEN_FROM,
    shell_complete=complete_account,
)
@click.option("--deposit", metavar="A", help=texts.OPEN_DEPOSIT)
@writing
def open_account(
    common: Common,
    parent: str,
    tier: str,
    name: str,
    typed: str | None,
    source: str | None,
    deposit: str | None,
) -> None:
    """Open an account under PARENT.

    PARENT is the code of an account, or the portfolio's name for the top level.

    \b
      alluse open gen-1 --tier gen --amount 5000 --from rev-1
      alluse open Main --tier rev --deposit 5000
    """
    if tier not in list(Tier):
        raise BadInput("--tier", tier, f"must be one of: {', '.join(Tier)}")
    if source == "":
        raise BadInput("--from", source, "must be the code of an account")
    command = OpenAccount(
        parent=parent,
        tier=Tier(tier),
        name=name,
        amount=amount(typed, "--amount") if typed is not None else 0,
        source=source or "",
        deposit=amount(deposit, "--deposit") if deposit is not None else 0,
        **common.envelope,
    )
    act(common, command, ask=bool(source))


@click.command()
@ACCOUNT_CODE
@click.option("--name", metavar="NAME", help=texts.EDIT_NAME)
@writing
@click.pass_context
def edit(ctx: click.Context, common: Common, code: str, name: str | None) -> None:
    """Change the name or notes of the account CODE."""
    typed = ctx.get_parameter_source("note") is not ParameterSource.DEFAULT
    notes = common.note if typed else None
    command = Edit(
        account=code,
        name=name,
        notes=notes,
        portfolio=common.portfolio,
        date=common.date,
        key=common.key,
    )
    act(common, command)


@click.command()
@ACCOUNT_CODE
@writing
def suspend(common: Common, code: str) -> None:
    """Suspend the account CODE; facts and undo still work."""
    act(common, Suspend(account=code, **common.envelope))


@click.command()
@ACCOUNT_CODE
@writing
def activate(common: Common, code: str) -> None:
    """Reactivate the suspended account CODE."""
    act(common, Activate(account=code, **common.envelope))


@click.command()
@ACCOUNT_CODE
@writing
def close(common: Common, code: str) -> None:
    """Close the empty account CODE; its history is kept."""
    act(common, Close(account=code, **common.envelope))
