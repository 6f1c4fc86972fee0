"""A plan for people: what it changes, by which rules, and what about it may surprise."""

from __future__ import annotations

from collections.abc import Iterator

import click

from alluse_tui.cli.output import print_rules, signed
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.commands import Post
from alluse_tui.domain.views import AccountView, PlanView, grouped, printable

WORDS = ("name", "notes", "status", "parent")
"""What a plan may change about an account besides its figures."""


def print_plan(plan: PlanView, portfolios: tuple[str, ...]) -> None:
    """Each account's figures and words before and after, then each rule.

    `portfolios` are all of the book's: where there are several, the plan's own comes first.
    """
    if plan.portfolio and set(portfolios) - {plan.portfolio}:
        click.echo(printable(f"in {plan.portfolio}:"))
    rows = [_row(old, new) for old, new in plan.accounts if old is None or _moved(old, new)]
    if rows:
        header = ("account", "equity before", "after", "change", "cash", "available")
        print_table(header, rows, right=range(1, 6), spare=(4, 1))
    for old, new in plan.accounts:
        for what in WORDS if old is not None else ():
            was, will = getattr(old, what), getattr(new, what)
            if was != will:
                click.echo(printable(f"{new.code} {what}: {was or '—'} → {will or '—'}"))
    print_rules(plan.rules)


def notes_on(plan: PlanView) -> Iterator[str]:
    """What comes of it besides, and what is allowed but may be a slip: a typed fact from before
    its account opened. A statement's facts often are; nobody typed their dates.
    """
    if plan.approval:
        needs = {"second person": "a second person", "cooling off": "time to cool off"}
        yield f"it needs {needs[plan.approval]}: it is recorded and waits"
    if plan.command != Post.NAME:
        return
    opened = {new.code: new.opened for _, new in plan.accounts}
    days = [
        (posting.account, entry.effective)
        for entry in plan.entries
        for posting in entry.postings
        if posting.account in opened and entry.effective < opened[posting.account]
    ]  # fmt: skip
    for code in dict.fromkeys(code for code, _ in days):
        first = min(day for of, day in days if of == code)
        yield f"dated {first}, before {code} opened on {opened[code]}"


def _row(old: AccountView | None, new: AccountView) -> tuple[str, ...]:
    return (
        new.code,
        grouped(old.equity) if old is not None else "—",
        grouped(new.equity),
        signed(new.equity - (old.equity if old is not None else 0)),
        grouped(new.cash),
        grouped(new.available),
    )


def _moved(old: AccountView, new: AccountView) -> bool:
    """Whether money moved, or what may be done with it changed."""
    return any(
        getattr(old, figure) != getattr(new, figure)
        for figure in ("equity", "base", "cash", "contracts", "leaps", "positions", "available",
                       "currencies", "unvalued")
    )  # fmt: skip
