"""Init: open a portfolio with three accounts and split its capital by the policy's shares."""

from __future__ import annotations

import re

from alluse_tui.domain.commands import Init
from alluse_tui.domain.events.events import AccountOpened, Event, PortfolioOpened
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.money import split, whole_cents
from alluse_tui.domain.model.terms import Kind, Tier
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.plans.entries import cash_entry
from alluse_tui.domain.rules.shared_rules import not_in_future

NAME_LIMIT = 40


def plan_init(book: Book, command: Init, context: Context) -> Plan:
    """Open the portfolio named `command.portfolio`. Raises Refused if it exists, BadInput."""
    name = check_portfolio_name(command.portfolio)
    problems = command.policy.problems()
    if problems:
        raise BadInput.of(problems)
    whole_cents(command.capital, "capital", zero=True)
    effective = command.date or context.today
    exists = name in book.portfolios
    shares = [command.policy.tiers[tier].share_bps for tier in Tier]
    parts = split(command.capital, shares)
    sentence = f"{name} already exists" if exists else f"{name} is new"
    amounts = (command.capital, *parts)
    rules = [
        Verdict("init.name", not exists, sentence),
        not_in_future(effective, context),
        Verdict("init.split", sum(parts) == command.capital, "{} = {} + {} + {}", amounts),
    ]
    events: list[Event] = [PortfolioOpened(name, command.currency, effective, command.policy)]
    for tier in Tier:
        events.append(AccountOpened(name, f"{tier}-1", tier, effective, f"{tier.full_name} 1"))
    for tier, part in zip(Tier, parts, strict=True):
        if part:
            events.append(
                cash_entry(
                    portfolio=name,
                    code=f"{tier}-1",
                    kind=Kind.OPENING,
                    micros=part,
                    currency=command.currency,
                    effective=effective,
                    base=(command.currency, part),
                    note=command.note,
                )
            )
    return planned(book, command, name, context, events, rules)


def check_portfolio_name(name: str) -> str:
    """The name, if 'NAME/gen-1' is unambiguous with it. Raises BadInput."""
    if not 0 < len(name) <= NAME_LIMIT or name != name.strip() or not name.isprintable():
        raise BadInput("name", name, f"must be 1 to {NAME_LIMIT} printable characters")
    if "/" in name or ":" in name:
        raise BadInput("name", name, "must not contain '/' or ':'")
    if re.fullmatch(r"(gen|rev|com)-[0-9.]+", name):
        raise BadInput("name", name, "must not look like an account code")
    return name
