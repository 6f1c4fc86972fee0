"""`alluse init`: open a portfolio."""

from __future__ import annotations

import os
from typing import Any

import click

from alluse_tui.cli.accounts import print_accounts
from alluse_tui.cli.acting import print_dry_run, submitted
from alluse_tui.cli.common import NUMBERS, Common, writing
from alluse_tui.cli.output import account_json, print_json
from alluse_tui.domain.commands import Init, amount, currency_code
from alluse_tui.domain.errors import BadInput
from alluse_tui.engine import policy_from


@click.command(context_settings=NUMBERS)
@click.option("--name", required=True, metavar="N", help="The portfolio's name.")
@click.option("--capital", required=True, metavar="AMOUNT", help="Opening capital; 0 is allowed.")
@click.option("--template", default="moderate", show_default=True, metavar="T")
@click.option("--strategy", default="", metavar="S", help="Overrides the template's split.")
@click.option("--currency", default="USD", show_default=True, metavar="CUR")
@click.option("--anyway", is_flag=True, help="Begin a new book where a replaced one is kept.")
@writing
def init(
    common: Common,
    name: str,
    capital: str,
    template: str,
    strategy: str,
    currency: str,
    anyway: bool,
) -> None:
    """Open a portfolio.

    Its capital is split over Generation, Revenue and Compounding.
    """
    if common.portfolio not in ("", os.environ.get("ALLUSE_PORTFOLIO", "")):
        raise BadInput("--portfolio", common.portfolio, "is not for init; the name is --name")
    envelope: Any = {**common.envelope, "portfolio": name}
    command = Init(
        capital=amount(capital, "--capital", zero=True),
        policy=policy_from(template, strategy),
        currency=currency_code("--currency", currency),
        **envelope,
    )
    with common.engine(create=True, anyway=anyway) as engine:
        if common.dry_run:
            print_dry_run(common, engine, engine.preview(command))
            return
        submitted(engine, common, command, dangerous=False)
        accounts = engine.accounts(name)
    if common.as_json:
        print_json({"portfolio": name, "accounts": [account_json(a) for a in accounts]})
    else:
        print_accounts(accounts)
