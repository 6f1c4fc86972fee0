"""`alluse accounts`: every account with its figures."""

from __future__ import annotations

from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, parse_date, reading
from alluse_tui.cli.completion import complete_choices
from alluse_tui.cli.output import account_json, print_json_list, totals_json
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import AccountView, Tier, grouped, totals


@click.command()
@click.option(
    "--tier",
    metavar="gen|rev|com",
    help=texts.TIER,
    shell_complete=complete_choices("gen", "rev", "com"),
)
@click.option("--as-of", metavar="YYYY-MM-DD", help=texts.AS_OF)
@reading
def accounts(common: Common, tier: str | None, as_of: str | None) -> None:
    """List accounts of every status."""
    if tier is not None and tier not in list(Tier):
        raise BadInput("--tier", tier, f"must be one of: {', '.join(Tier)}")
    day = parse_date("--as-of", as_of) if as_of is not None else None
    with common.engine() as engine:
        views = engine.queries.accounts(common.portfolio, day)
        if day is not None and day > engine.today:
            note = f"{day} is in the future: showing what is recorded so far"
            click.echo(f"note: {note}", err=True)
        elif day is not None and not views:
            click.echo(f"note: no account was open on {day}", err=True)
    views = tuple(a for a in views if tier in (None, a.tier))
    if common.as_json:
        sums = {
            currency: totals_json(totals(tuple(a for a in views if a.currency == currency)))
            for currency in sorted({a.currency for a in views})
        }
        rest: dict[str, Any] = {"totals": next(iter(sums.values()), totals_json(totals(())))}
        if len(sums) > 1:  # several currencies have no total
            rest = {"totals": None, "totals_by_currency": sums}
        print_json_list("accounts", map(account_json, views), rest)
    else:
        print_accounts(views)


def print_accounts(accounts: tuple[AccountView, ...]) -> None:
    """Print accounts as a table with their totals."""
    several = len({a.portfolio for a in accounts}) > 1
    rows = [
        (
            a.id if several else a.code,
            str(a.status),
            grouped(a.equity),
            grouped(a.cash),
            grouped(a.positions),
            grouped(a.buffer),
            grouped(a.available),
            grouped(a.surplus),
        )
        for a in accounts
    ]
    currencies = sorted({a.currency for a in accounts})
    for currency in currencies:
        same = tuple(a for a in accounts if a.currency == currency)
        sums = totals(same)
        rows.append(
            (
                f"total {currency}" if len(currencies) > 1 else "total",
                "",
                grouped(sums.equity),
                grouped(sums.cash),
                grouped(sum(a.positions for a in same)),
                grouped(sums.buffer),
                grouped(sums.available),
                "",
            )
        )
    header = ("account", "status", "equity", "cash", "positions", "buffer", "available", "surplus")
    print_table(header, rows, right=range(2, 8), spare=(5, 4, 7))
    unvalued = sorted({c for a in accounts for c in a.unvalued})
    if unvalued:
        click.echo(texts.NO_RATE.format(currencies=", ".join(unvalued)), err=True)
