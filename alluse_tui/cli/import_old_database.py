"""`alluse import`, for a database of the system that this program replaces."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from alluse_tui.cli import texts
from alluse_tui.cli.accounts import print_accounts
from alluse_tui.cli.common import Common
from alluse_tui.cli.output import money_json, plan_json, print_json
from alluse_tui.cli.run_command import print_dry_run, submit
from alluse_tui.domain.commands import ImportAccounts
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import AccountView, PlanView, Receipt, Tier, grouped, plain, printable
from alluse_tui.engine import LocalEngine, ReadOldSystem, policy_from, read_old_system

CURRENCY = "USD"

REMARKS = ("import.opening", "import.remark")
"""Rules of the plan that say what could not be taken over as it was."""


def refuse_with_database(
    *, into: str, mapped: tuple[str, ...], currency: str, mapping: str
) -> None:
    """Refuse the options that are for statements. Raises BadInput."""
    given = {
        "--into": into,
        "--map": ", ".join(mapped),
        "--currency": currency,
        "--mapping": mapping,
    }
    for option, value in given.items():
        if value:
            allowed = "cannot be used with an old database; it opens accounts in US dollars"
            raise BadInput(option, value, allowed)


def import_old_database(common: Common, path: Path) -> None:
    """Import the accounts of the old database at `path`, into a portfolio of their own."""
    common = _without_default_portfolio(common)
    read = read_old_system(path)
    command = ImportAccounts(
        name=read.name,
        policy=policy_from("moderate", ""),
        sha256=read.sha256,
        accounts=read.accounts,
        remarks=read.remarks,
        **common.envelope,
    )
    with common.engine(create=True) as engine:
        if common.dry_run:
            plan = engine.commands.preview(command)
            if not common.as_json:
                print_dry_run(common, engine, plan)
            _print(common, read, plan, dry_run=True, plan_shown=True)
            return
        done = submit(engine, common, command)
        _print(common, read, done.receipt.plan, dry_run=False, plan_shown=done.plan_shown)
        if not common.as_json:
            _print_outcome(engine, done.receipt)


def _without_default_portfolio(common: Common) -> Common:
    """The options without ALLUSE_PORTFOLIO, which is where other commands act."""
    source = click.get_current_context().get_parameter_source("portfolio")
    return common if source is ParameterSource.COMMANDLINE else replace(common, portfolio="")


def _print(
    common: Common, read: ReadOldSystem, plan: PlanView, *, dry_run: bool, plan_shown: bool
) -> None:
    ignored = [(row.row, row.why) for row in read.ignored]
    ignored += [(read.lines[key], why) for key, why in plan.ignored]
    if common.as_json:
        document = _json(read, plan, sorted(ignored))
        print_json({**document, "plan": plan_json(plan)} if dry_run else document)
        return
    for why, count in Counter(why for _, why in sorted(ignored)).most_common():
        first = min(row for row, reason in ignored if reason == why)
        click.echo(f"ignored {count} (first in row {first}): {printable(why)}", err=True)
    if not plan_shown:
        for rule in plan.rules:
            if rule.rule in REMARKS:
                click.echo(f"note: {printable(rule.worded(grouped))}", err=True)
    click.echo(
        f"{read.format} into {printable(plan.portfolio)}: {read.rows} transactions ="
        f" {read.rows - plan.duplicates - len(ignored)} imported"
        f" + {plan.duplicates} duplicates + {len(ignored)} ignored"
    )


def _print_outcome(engine: LocalEngine, receipt: Receipt) -> None:
    if receipt.duplicate:
        first = f": imported before, first as #{receipt.seq}" if receipt.seq else ""
        click.echo(f"nothing is new{first}")
        return
    print_accounts(engine.queries.accounts(receipt.plan.portfolio))
    click.echo(texts.RECORDED.format(seq=receipt.seq))


def _json(read: ReadOldSystem, plan: PlanView, ignored: list[tuple[int, str]]) -> dict[str, Any]:
    return {
        "format": read.format,
        "account": plan.portfolio,
        "rows": read.rows,
        "imported": read.rows - plan.duplicates - len(ignored),
        "duplicates": plan.duplicates,
        "ignored": [{"row": row, "why": why} for row, why in ignored],
        "totals": {
            "option_net_cash": {},
            "stock_net_cash": {},
            "cash_by_type": {
                kind: money_json({CURRENCY: micros}) for kind, micros in read.cash_by_type.items()
            },
            "ending_cash": {CURRENCY: plain(read.ending_cash_micros)},
        },
        "accounts": _opened(plan),
        "notes": [rule.message for rule in plan.rules if rule.rule in REMARKS],
    }


def _opened(plan: PlanView) -> list[str]:
    """The codes of the accounts that the plan opens, by tier and number."""
    new = [after for before, after in plan.accounts if before is None]
    return [account.code for account in sorted(new, key=_place)]


def _place(account: AccountView) -> tuple[int, list[int]]:
    numbers = account.code.partition("-")[2].split(".")
    return list(Tier).index(Tier(account.tier)), [int(number) for number in numbers]
