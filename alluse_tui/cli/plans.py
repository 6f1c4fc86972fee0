"""Plans as text: what changes, the rules, and notes on what may surprise."""

from __future__ import annotations

from collections.abc import Iterator

import click

from alluse_tui.cli.output import print_rules, signed
from alluse_tui.cli.tables import print_table
from alluse_tui.domain.commands import Post
from alluse_tui.domain.views import AccountView, PlanView, grouped, printable

FIGURES = (
    "equity",
    "base",
    "cash",
    "contracts",
    "leaps",
    "taxes",
    "positions",
    "available",
    "currencies",
    "unvalued",
)
"""Figures of an account that a plan may change."""

TEXT_FIELDS = ("name", "notes", "status", "parent")
"""Fields of an account, besides its figures, that a plan may change."""


def print_plan(plan: PlanView, portfolios: tuple[str, ...]) -> None:
    """Print what changes in each account, then the rules.

    `portfolios` are those of the book; where there are several, the plan's own is named first.
    """
    if plan.portfolio and set(portfolios) - {plan.portfolio}:
        click.echo(printable(f"in {plan.portfolio}:"))
    rows = [_row(old, new) for old, new in plan.accounts if old is None or _moved(old, new)]
    if rows:
        header = ("account", "equity before", "after", "change", "cash", "available")
        print_table(header, rows, right=range(1, 6), spare=(4, 1))
    for old, new in plan.accounts:
        for field in TEXT_FIELDS if old is not None else ():
            before, after = getattr(old, field), getattr(new, field)
            if before != after:
                click.echo(printable(f"{new.code} {field}: {before or '—'} → {after or '—'}"))
    print_rules(plan.rules)


def notes_on(plan: PlanView) -> Iterator[str]:
    """Notes on the plan: the approval that it needs, and a typed fact dated before its account.

    Dates of a statement's facts were not typed and are not noted.
    """
    if plan.approval:
        needs = {"second person": "a second person", "cooling off": "a cooling-off period"}
        yield f"needs {needs[plan.approval]}: it is recorded as a proposal"
    if plan.command != Post.NAME:
        return
    opened = {new.code: new.opened for _, new in plan.accounts}
    days = [
        (posting.account, entry.effective)
        for entry in plan.entries
        for posting in entry.postings
        if posting.account in opened and entry.effective < opened[posting.account]
    ]
    for code in dict.fromkeys(code for code, _ in days):
        first = min(day for of, day in days if of == code)
        yield f"effective date {first} is before {code} opened on {opened[code]}"


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
    """Whether any figure of the account changed."""
    return any(getattr(old, figure) != getattr(new, figure) for figure in FIGURES)
