"""`alluse show`: one account with its positions, rules and newest entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from alluse_tui.cli.common import ACCOUNT_CODE, Common, reading
from alluse_tui.cli.output import (
    account_json,
    print_json,
    print_rules,
    rule_json,
    signed,
    utc,
)
from alluse_tui.cli.positions import print_positions
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.views import EntryView, grouped, plain, printable

RECENT = 20


@click.command()
@ACCOUNT_CODE
@reading
def show(common: Common, code: str) -> None:
    """Show figures, positions, rules and entries of CODE."""
    with common.engine() as engine:
        account = engine.queries.account(code, common.portfolio)
        rules = engine.queries.rules_of(code, common.portfolio)
        recent = engine.queries.entries(account.code, account.portfolio, RECENT)
        held = engine.positions.positions(code, common.portfolio) if account.holdings else ()
        undone_by = {e.seq: engine.queries.undone_by(e.seq) for e in recent}
    if common.as_json:
        document = account_json(account)
        document["rules"] = [rule_json(r) for r in rules]
        document["recent"] = [entry_json(e) for e in recent]
        print_json(document)
        return
    named = f" ({printable(account.name)})" if account.name else ""
    click.echo(f"{account.id}{named}: {account.tier.full_name}, {account.status}")
    if account.paused:
        click.echo(printable(f"paused {account.paused}"))
    figures = (
        "equity",
        "base",
        "cash",
        "contracts",
        "leaps",
        *(["taxes"] if account.taxes else []),
        "positions",
        "buffer",
        "collateral",
        "available",
        "surplus",
    )
    rows = [(name, grouped(getattr(account, name))) for name in figures]
    rows += [(f"cash in {c}", grouped(m)) for c, m in account.currencies.items()]
    print_table(("figure", account.currency), rows, right=[1])
    if account.notes:
        click.echo(printable(f"notes: {account.notes}"))
    for path, text in account.settings.items():
        click.echo(printable(f"account setting {path}: {text}"))
    if held:
        click.echo()
        print_positions(held)
        click.echo()
    print_rules(rules)
    if recent:
        click.echo()
        _print_entries(recent, undone_by)


def _print_entries(recent: tuple[EntryView, ...], undone_by: Mapping[int, int]) -> None:
    """A column for profit only if one of the entries realised any."""
    header = ["date", "what", "amount", "profit", "cur", "note", "actor", "record"]
    rows = [
        [
            str(e.effective),
            e.text,
            signed(e.micros),
            signed(e.profit) if e.profit else "",
            e.currency,
            e.note,
            e.actor,
            _record(e, undone_by[e.seq]),
        ]
        for e in recent
    ]
    print_table(header, rows, right=[2, 3], spare=(6,), below=(5,))


def entry_json(e: EntryView) -> dict[str, Any]:
    """ENTRY of the contract."""
    return {
        "seq": e.seq,
        "effective": e.effective.isoformat(),
        "recorded": utc(e.recorded_ns),
        "kind": e.kind,
        "account": e.account,
        "amount": plain(e.micros),
        "currency": e.currency,
        "note": e.note,
        "actor": e.actor,
        "reverses": e.reverses or None,
    }


def _record(e: EntryView, undone_by: int) -> str:
    undoing = f"  undo of #{e.reverses}" if e.reverses else ""
    undone = f"  undone by #{undone_by}" if undone_by else ""
    return f"#{e.seq}{undoing}{undone}"
