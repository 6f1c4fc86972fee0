"""`alluse income` and `alluse cycles`: what was earned, by period or symbol, and by wheel cycle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import Common, reading
from alluse_tui.cli.completion import complete_account, complete_choices
from alluse_tui.cli.output import money_json, print_json, signed
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.derived.cycles import ALL_CYCLES, Cycle, annual_text
from alluse_tui.domain.derived.income import (
    Income,
    IncomeGroup,
    IncomeRow,
    IncomeSource,
    IncomeView,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import grouped, plain

NEWEST = 20
"""The closed cycles listed without --all."""

E = TypeVar("E", bound=StrEnum)


@click.command()
@click.argument("code", required=False, default="", shell_complete=complete_account)
@click.option(
    "--by",
    "group",
    default=IncomeGroup.MONTH.value,
    metavar="|".join(IncomeGroup),
    help=texts.INCOME_BY,
    shell_complete=complete_choices(*IncomeGroup),
)
@click.option(
    "--view",
    default=IncomeView.CASH.value,
    metavar="|".join(IncomeView),
    help=texts.INCOME_VIEW,
    shell_complete=complete_choices(*IncomeView),
)
@reading
def income(common: Common, code: str, group: str, view: str) -> None:
    """List the income of CODE, or of the portfolio.

    All amounts are in the portfolio's currency, each at the rate of its day. Paid fees and tax
    are negative.
    """
    chosen = _one_of(IncomeGroup, group, "--by"), _one_of(IncomeView, view, "--view")
    with common.engine() as engine:
        earned = engine.positions.income(code, common.portfolio, *chosen)
    notes = [*_income_notes(earned)]
    if common.as_json:
        print_json(
            {
                "rows": [_row_json(row) for row in earned.rows],
                "total": _row_json(earned.total),
                "currency": earned.currency,
                "unvalued": money_json(earned.unvalued),
                "notes": notes,
            }
        )
        return
    if earned.rows:
        _print_income(earned, chosen[0])
    else:
        click.echo(texts.NO_INCOME)
    _print_notes(notes)


@click.command()
@click.argument("code", required=False, default="", shell_complete=complete_account)
@click.option("--all", "every", is_flag=True, help=texts.CYCLES_ALL)
@reading
def cycles(common: Common, code: str, *, every: bool) -> None:
    """List the wheel cycles of CODE, or of the portfolio.

    The open ones come first, then the newest closed ones. A cycle is what one account did with one
    underlying, from flat to flat. Stock is what its capital would have gained in the stock over the
    same days, without dividends, if `alluse market import` has its closes.
    """
    with common.engine() as engine:
        listed = engine.positions.cycles(
            code, common.portfolio, ALL_CYCLES if every else NEWEST + 1
        )
    count = sum(cycle.closed is not None for cycle in listed)
    left_out = not every and count > NEWEST
    listed = listed[:-1] if left_out else listed
    notes = [*_cycle_notes(listed), *([texts.OLDER_CYCLES] if left_out else [])]
    if common.as_json:
        print_json({"cycles": [_cycle_json(cycle) for cycle in listed], "notes": notes})
        return
    if listed:
        _print_cycles(listed)
    else:
        click.echo(texts.NO_CYCLES)
    _print_notes(notes)


def _one_of(choices: type[E], text: str, option: str) -> E:
    try:
        return choices(text)
    except ValueError:
        raise BadInput(option, text, f"must be one of: {', '.join(choices)}") from None


def _income_notes(earned: Income) -> Iterator[str]:
    for currency, micros in earned.unvalued.items():
        yield texts.INCOME_UNVALUED.format(currency=currency, amount=grouped(micros))
    for lot in earned.unknown:
        why = texts.UNKNOWN_COST[lot.origin].format(name=lot.instrument)
        yield texts.INCOME_UNKNOWN.format(account=lot.account, why=why)


def _cycle_notes(listed: Sequence[Cycle]) -> Iterator[str]:
    for cycle in listed:
        if not cycle.is_known:
            yield texts.CYCLE_UNKNOWN.format(account=cycle.account, symbol=cycle.symbol)


def _print_notes(notes: Sequence[str]) -> None:
    for note in notes:
        click.echo(f"note: {note}", err=True)


def _print_income(earned: Income, group: IncomeGroup) -> None:
    columns = [source.value for source in IncomeSource]
    print_table(
        (group, *columns, "total"),
        [
            (name, *(signed(getattr(row, column)) for column in columns), signed(row.total))
            for name, row in (
                *((row.period or row.symbol or texts.NO_SYMBOL, row) for row in earned.rows),
                ("total", earned.total),
            )
        ],
        right=range(1, len(columns) + 2),
        spare=[columns.index(source) + 1 for source in ("tax", "interest", "dividends")],
    )


def _print_cycles(listed: Sequence[Cycle]) -> None:
    header = (
        *("account", "symbol", "opened", "closed", "cur", "premium", "fees", "dividends"),
        *("realised", "stock", "capital", "days", "annual", "cost", "basis"),
    )
    rows = [
        (
            cycle.account,
            cycle.symbol,
            str(cycle.opened),
            "open" if cycle.closed is None else str(cycle.closed),
            cycle.currency,
            signed(cycle.premium),
            grouped(cycle.fees),
            grouped(cycle.dividends),
            texts.NOT_KNOWN if cycle.realised is None else signed(cycle.realised),
            texts.NOT_KNOWN if cycle.stock is None else signed(cycle.stock),
            grouped(cycle.capital),
            str(cycle.days),
            "" if cycle.annual is None else f"{annual_text(cycle.annual)} %",
            "" if cycle.cost is None else grouped(cycle.cost),
            "" if cycle.basis is None else grouped(cycle.basis),
        )
        for cycle in listed
    ]
    in_several = len({cycle.currency for cycle in listed}) > 1
    has_shares = any(cycle.cost is not None for cycle in listed)
    hidden = {*(() if in_several else ("cur",)), *(() if has_shares else ("cost", "basis"))}
    hidden |= set() if any(cycle.stock is not None for cycle in listed) else {"stock"}
    visible = [i for i, title in enumerate(header) if title not in hidden]
    columns = [header[i] for i in visible]
    print_table(
        columns,
        [[row[i] for i in visible] for row in rows],
        right=[i for i, title in enumerate(columns) if title not in header[:5]],
        spare=[
            columns.index(title)
            for title in ("dividends", "fees", "cost", "capital", "basis", "stock")
            if title in columns
        ],
    )


def _row_json(row: IncomeRow) -> dict[str, str]:
    return {
        "period": row.period,
        "symbol": row.symbol,
        **{source.value: plain(getattr(row, source.value)) for source in IncomeSource},
        "total": plain(row.total),
    }


def _cycle_json(cycle: Cycle) -> dict[str, Any]:
    return {
        "account": cycle.account,
        "symbol": cycle.symbol,
        "currency": cycle.currency,
        "opened": cycle.opened.isoformat(),
        "closed": cycle.closed and cycle.closed.isoformat(),
        "premium": plain(cycle.premium),
        "fees": plain(cycle.fees),
        "dividends": plain(cycle.dividends),
        "realised": _money(cycle.realised),
        "capital": plain(cycle.capital),
        "days": cycle.days,
        "annual": None if cycle.annual is None else annual_text(cycle.annual).replace("−", "-"),
        "cost": _money(cycle.cost),
        "basis": _money(cycle.basis),
        "stock": _money(cycle.stock),
    }


def _money(micros: int | None) -> str | None:
    return None if micros is None else plain(micros)
