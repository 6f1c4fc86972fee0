"""`alluse accounts`: every account with its figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, parse_date, reading
from alluse_tui.cli.completion import complete_choices
from alluse_tui.cli.output import account_json, print_json_list, totals_json
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import AccountView, Tier, Totals, grouped


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
    chosen = (a for a in views if tier in (None, a.tier))
    if common.as_json:
        sums: dict[str, Totals] = {}
        documents = map(account_json, _adding_to(sums, chosen))
        print_json_list("accounts", documents, lambda: _totals_json(sums))
    else:
        print_accounts(chosen)


def _adding_to(sums: dict[str, Totals], accounts: Iterable[AccountView]) -> Iterator[AccountView]:
    """Yield the accounts, and add each to the totals of its currency."""
    for a in accounts:
        before = sums.get(a.currency, Totals())
        sums[a.currency] = Totals(
            equity=before.equity + a.equity,
            cash=before.cash + a.cash,
            buffer=before.buffer + a.buffer,
            available=before.available + a.available,
        )
        yield a


def _totals_json(sums: Mapping[str, Totals]) -> dict[str, Any]:
    """The totals of the only currency; several currencies have no common total."""
    if len(sums) > 1:
        by_currency = {currency: totals_json(sums[currency]) for currency in sorted(sums)}
        return {"totals": None, "totals_by_currency": by_currency}
    return {"totals": totals_json(next(iter(sums.values()), Totals()))}


def print_accounts(accounts: Iterable[AccountView]) -> None:
    """Print accounts as a table with their totals."""
    sums: dict[str, Totals] = {}
    positions: Counter[str] = Counter()
    portfolios: set[str] = set()
    unvalued: set[str] = set()
    rows: list[tuple[str, ...]] = []
    for a in _adding_to(sums, accounts):
        positions[a.currency] += a.positions
        portfolios.add(a.portfolio)
        unvalued.update(a.unvalued)
        figures = (a.equity, a.cash, a.positions, a.buffer, a.available, a.surplus)
        status = f"{a.status}, paused" if a.paused else str(a.status)
        rows.append((a.id, status, *map(grouped, figures)))
    if len(portfolios) == 1:
        rows = [(ident.rpartition("/")[2], *cells) for ident, *cells in rows]
    for currency in sorted(sums):
        total = sums[currency]
        label = f"total {currency}" if len(sums) > 1 else "total"
        summed = (total.equity, total.cash, positions[currency], total.buffer, total.available)
        rows.append((label, "", *map(grouped, summed), ""))
    header = ("account", "status", "equity", "cash", "positions", "buffer", "available", "surplus")
    print_table(header, rows, right=range(2, 8), spare=(5, 4, 7))
    if unvalued:
        currencies = ", ".join(sorted(unvalued))
        click.echo(texts.NO_RATE.format(currencies=currencies), err=True)
