"""`alluse init`: open a portfolio."""

from __future__ import annotations

import os
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.accounts import print_accounts
from alluse_tui.cli.common import NUMBERS, Common, writing
from alluse_tui.cli.completion import complete_choices
from alluse_tui.cli.output import account_json, print_json
from alluse_tui.cli.run_command import print_dry_run, submit
from alluse_tui.domain.commands import Init, amount, currency_code
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.engine import policy_from


@click.command(context_settings=NUMBERS)
@click.option("--name", required=True, metavar="NAME", help=texts.INIT_NAME)
@click.option("--capital", required=True, metavar="AMOUNT", help=texts.INIT_CAPITAL)
@click.option(
    "--template",
    default="moderate",
    show_default=True,
    metavar="NAME",
    help=texts.INIT_TEMPLATE,
    shell_complete=complete_choices("aggressive", "conservative", "constitution-1.3", "moderate"),
)
@click.option(
    "--strategy",
    default="",
    metavar="NAME",
    help=texts.INIT_STRATEGY,
    shell_complete=complete_choices("balanced", "compound", "growth", "income"),
)
@click.option(
    "--currency", default="USD", show_default=True, metavar="CUR", help=texts.INIT_CURRENCY
)
@click.option("--anyway", is_flag=True, help=texts.INIT_ANYWAY)
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

    Its capital is split among the Generation, Revenue and Compounding tiers.
    """
    if common.portfolio not in ("", os.environ.get("ALLUSE_PORTFOLIO", "")):
        raise BadInput(
            "--portfolio",
            common.portfolio,
            "cannot be used with init; name the portfolio with --name",
        )
    envelope: Any = {**common.envelope, "portfolio": name}
    command = Init(
        capital=amount(capital, "--capital", zero=True),
        policy=policy_from(template, strategy),
        currency=currency_code("--currency", currency),
        **envelope,
    )
    with common.engine(create=True, anyway=anyway) as engine:
        if common.dry_run:
            print_dry_run(common, engine, engine.commands.preview(command))
            return
        submit(engine, common, command, ask=False)
        accounts = engine.queries.accounts(name)
    if common.as_json:
        print_json({"portfolio": name, "accounts": [account_json(a) for a in accounts]})
    else:
        print_accounts(accounts)
