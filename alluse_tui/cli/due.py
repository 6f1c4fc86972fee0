"""`alluse due`, `run-due`, `tree`, `rules`: what the rules require, and the tree of accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import ACCOUNT_CODE, Common, changing, reading
from alluse_tui.cli.completion import complete_account
from alluse_tui.cli.output import (
    account_json,
    print_json,
    print_rules,
    receipt_json,
    rule_json,
)
from alluse_tui.cli.policy import print_settings
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.rule_settings import RULE_OF_SETTING
from alluse_tui.domain.model.settings import SETTINGS
from alluse_tui.domain.views import BranchView, Coming, DueView, grouped, plain, printable


@click.command()
@reading
def due(common: Common) -> None:
    """Show what is due now and what comes next."""
    with common.engine() as engine:
        due_now, upcoming = engine.queries.due(common.portfolio)
        several = len(engine.queries.portfolio_names()) > 1
    if common.as_json:
        print_json(
            {"due": [_due_json(d) for d in due_now], "next": [_next_json(c) for c in upcoming]}
        )
        return
    if due_now:
        print_due(due_now, several=several)
    else:
        click.echo(texts.NOTHING_DUE)
    print_table(("on", "portfolio", "what"), [(str(c.day), c.portfolio, c.what) for c in upcoming])


def print_due(due_now: Sequence[DueView], *, several: bool) -> None:
    """Print a table of what is due; `several`: the book has several portfolios."""
    rows = [
        (
            d.command,
            f"{d.portfolio}/{d.account}" if several and d.account else d.account or d.portfolio,
            d.verdict.worded(grouped),
            _how(d),
        )
        for d in due_now
    ]
    print_table(("due", "account", "why", "how"), rows)


@click.command(name="run-due")
@click.option("--dry-run", is_flag=True, help=texts.DRY_RUN)
@changing
def run_due(common: Common) -> None:
    """Carry out what is due and needs no confirmation.

    Each due item is carried out once, however often this runs.
    """
    with common.engine() as engine:
        engine.operations.require_intact_chain()  # runs unattended
        outcomes = engine.operations.run_due(common.portfolio, dry_run=common.dry_run)
    if common.as_json:
        carried_out = [
            {"key": o.key, "command": o.command, "account": o.account, **receipt_json(o.receipt)}
            for o in outcomes
            if o.receipt is not None
        ]
        skipped = [
            {"key": o.key, "command": o.command, "account": o.account, "why": o.why}
            for o in outcomes
            if o.why
        ]
        document: dict[str, Any] = {"done": carried_out, "skipped": skipped}
        if common.dry_run:
            document["due"] = [
                {"key": o.key, "command": o.command, "account": o.account}
                for o in outcomes
                if not o.why
            ]
        print_json(document)
        return
    for o in outcomes:
        result = f"skipped: {o.why}" if o.why else "would be done"
        result = f"recorded as #{o.receipt.seq}" if o.receipt else result
        about = f"{o.portfolio}/{o.account}" if o.account else o.portfolio
        click.echo(printable(f"{o.command} {about}: {result}"))
    if not outcomes:
        click.echo(texts.NOTHING_DUE)
    if common.dry_run:
        click.echo(texts.NOT_RECORDED, err=True)


@click.command()
@click.argument("code", required=False, shell_complete=complete_account)
@reading
def tree(common: Common, code: str | None) -> None:
    """Show the tree of accounts, or the branch of CODE."""
    with common.engine() as engine:
        names = engine.queries.portfolio_names()
        if code is not None:
            account = engine.queries.account(code, common.portfolio)
            roots = [
                (
                    account.portfolio,
                    _branch_of(engine.queries.tree(account.portfolio), account.code),
                )
            ]
        else:
            wanted = (common.portfolio,) if common.portfolio else names
            roots = [(name, branch) for name in wanted for branch in engine.queries.tree(name)]
    if common.as_json:
        print_json({"trees": [_branch_json(branch) for _, branch in roots]})
        return
    rows = [row for _, branch in roots for row in _rows(branch, 0, len(names) > 1)]
    print_table(
        ("account", "status", "equity", "branch total", "contributed", "sent to Com", "gain"),
        rows,
        right=range(2, 7),
        spare=(3, 4, 5),
    )


@click.command()
@ACCOUNT_CODE
@reading
def rules(common: Common, code: str) -> None:
    """Show the settings and rules of CODE, and what is due."""
    with common.engine() as engine:
        account = engine.queries.account(code, common.portfolio)
        verdicts = engine.queries.rules_of(account.code, account.portfolio)
        policy = engine.queries.policy(account.portfolio, account.code)
        due_now, upcoming = engine.queries.due(account.portfolio)
    own = {
        path: text
        for path, text in policy.settings.items()
        if SETTINGS[path].tier in (None, account.tier)
    }
    own_due = [d for d in due_now if d.account == account.code]
    own_upcoming = [c for c in upcoming if account.code in re.split("[ ,]+", c.what)]
    if common.as_json:
        print_json(
            {
                "account": account_json(account),
                "settings": own,
                "applied_by": {p: RULE_OF_SETTING[p] for p in own if p in RULE_OF_SETTING},
                "rules": [rule_json(r) for r in verdicts],
                "due": [_due_json(d) for d in own_due],
                "next": [_next_json(c) for c in own_upcoming],
            }
        )
        return
    click.echo(f"{account.id}: {account.tier.full_name}, {account.status}")
    print_settings(own, policy)
    print_rules(verdicts)
    for d in own_due:
        click.echo(f"due: {d.command} ({d.verdict.worded(grouped)})")
    for c in own_upcoming:
        click.echo(f"next: {c.day} {c.what}")


def _branch_of(branches: tuple[BranchView, ...], code: str) -> BranchView:
    todo = list(branches)
    while todo:
        branch = todo.pop()
        if branch.account.code == code:
            return branch
        todo += branch.children
    raise BadInput("account", code, "is not in the tree")


def _rows(branch: BranchView, depth: int, several: bool) -> Iterator[tuple[str, ...]]:
    a = branch.account
    share = f" ({branch.gain / branch.capital:+.1%})" if branch.capital > 0 else ""
    yield (
        "  " * depth + (a.id if several else a.code),
        f"merged into {a.merged_into}" if a.merged_into else str(a.status),
        grouped(a.equity),
        grouped(branch.subtree),
        grouped(branch.capital),
        grouped(branch.sent),
        grouped(branch.gain) + share,
    )
    for child in branch.children:
        yield from _rows(child, depth + 1, several)


def _branch_json(branch: BranchView) -> dict[str, Any]:
    a = branch.account
    return {
        "code": a.code,
        "name": a.name,
        "portfolio": a.portfolio,
        "tier": a.tier,
        "status": a.status,
        "parent": a.parent or None,
        "forked_from": a.forked_from or None,
        "merged_into": a.merged_into or None,
        "opened": a.opened.isoformat(),
        "equity": plain(a.equity),
        "subtree": plain(branch.subtree),
        "capital": plain(branch.capital),
        "sent": plain(branch.sent),
        "gain": plain(branch.gain),
        "children": [_branch_json(child) for child in branch.children],
    }


def _due_json(d: DueView) -> dict[str, Any]:
    return {
        "key": d.key,
        "action": d.command,
        "portfolio": d.portfolio,
        "account": d.account,
        "message": d.verdict.message,
        "auto": d.auto,
        **({"paused": d.paused} if d.paused else {}),
    }


def _how(d: DueView) -> str:
    if d.paused:
        return "waits: paused"
    return "automatic" if d.auto else "needs confirmation"


def _next_json(c: Coming) -> dict[str, Any]:
    return {"date": c.day.isoformat(), "portfolio": c.portfolio, "what": c.what}
