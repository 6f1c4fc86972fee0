"""`alluse open`, `edit`, `suspend`, `activate`, `close`: accounts themselves."""

from __future__ import annotations

import click
from click.core import ParameterSource

from alluse_tui.cli.common import NUMBERS, Common, writing
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
@click.argument("parent")
@click.option("--tier", required=True, metavar="gen|rev|com", help="Of the new account.")
@click.option("--name", default="", metavar="N", help="Its name; `edit` changes it.")
@click.option("--amount", "typed", metavar="A", help="Opens with this much of another account.")
@click.option("--from", "source", metavar="CODE", help="The account it comes from.")
@click.option("--deposit", metavar="A", help="Opens with a deposit.")
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

    PARENT is a code, or the portfolio's name for the top.

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
@click.argument("code")
@click.option("--name", metavar="N", help="The new name.")
@writing
@click.pass_context
def edit(ctx: click.Context, common: Common, code: str, name: str | None) -> None:
    """Give the account CODE another --name, or notes with --note."""
    typed = ctx.get_parameter_source("note") is not ParameterSource.DEFAULT
    notes = common.note if typed else None
    command = Edit(
        account=code, name=name, notes=notes, portfolio=common.portfolio, date=common.date,
        key=common.key,
    )  # fmt: skip
    act(common, command)


@click.command()
@click.argument("code")
@writing
def suspend(common: Common, code: str) -> None:
    """Stop all decisions on the account CODE; facts and undo go on."""
    act(common, Suspend(account=code, **common.envelope))


@click.command()
@click.argument("code")
@writing
def activate(common: Common, code: str) -> None:
    """Let the suspended account CODE take decisions again."""
    act(common, Activate(account=code, **common.envelope))


@click.command()
@click.argument("code")
@writing
def close(common: Common, code: str) -> None:
    """End the empty account CODE; its history stays."""
    act(common, Close(account=code, **common.envelope))
