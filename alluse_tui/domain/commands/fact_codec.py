"""Encode commands with facts as plain data without loss, so that they can be proposed.

Each fact is stored with the name of its class, because a command only declares a `Fact`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from alluse_tui.domain.commands import (
    AdjustmentFact,
    CashFact,
    Command,
    ConversionFact,
    Fact,
    Import,
    MarkFact,
    Post,
    PriceFact,
    RateFact,
    StatementFacts,
    TradeFact,
    TransferFact,
)
from alluse_tui.domain.events.codec import Unknown, from_plain, to_plain
from alluse_tui.domain.model.money import plain
from alluse_tui.domain.model.rates import ONE_NANOS

FACTS: Mapping[str, type[Fact]] = {
    "cash": CashFact,
    "trade": TradeFact,
    "conversion": ConversionFact,
    "adjustment": AdjustmentFact,
    "mark": MarkFact,
    "price": PriceFact,
    "rate": RateFact,
    "transfer": TransferFact,
}
"""The names used in proposals. Never reuse a name for another class."""

_NAMES = {cls: name for name, cls in FACTS.items()}


def command_to_plain(command: Command) -> dict[str, Any]:
    """The whole command, including its key and facts."""
    whole: dict[str, Any] = to_plain(command)
    if isinstance(command, Post):
        whole["fact"] = _fact_to_plain(command.fact)
    elif isinstance(command, Import):
        whole["statement"] = _statement_to_plain(command.statement)
        if command.more:
            whole["more"] = [
                {"account": each.account, "statement": _statement_to_plain(each.statement)}
                for each in command.more
            ]
    return whole


def command_from_plain(cls: type[Command], whole: Mapping[str, Any]) -> Command:
    """Decode the result of `command_to_plain`. Raises Unknown for unknown facts or fields."""
    if issubclass(cls, Post):
        post = from_plain(cls, {**whole, "fact": {}})
        return replace(post, fact=_fact_from_plain(whole["fact"]))
    if issubclass(cls, Import):
        others = whole.get("more", ())
        bare = from_plain(
            cls,
            {
                **whole,
                "statement": {**whole["statement"], "facts": []},
                "more": [{**m, "statement": {**m["statement"], "facts": []}} for m in others],
            },
        )
        return replace(
            bare,
            statement=_with_facts(bare.statement, whole["statement"]),
            more=tuple(
                replace(each, statement=_with_facts(each.statement, other["statement"]))
                for each, other in zip(bare.more, others, strict=True)
            ),
        )
    return from_plain(cls, whole)


def fact_words(command: Post | Import) -> str:
    """The facts in brief: 'fee -1200.00 USD', '14 rows of ibkr:U1, 2026-01-05'."""
    if isinstance(command, Post):
        return _fact_text(command.fact)
    statements = [each.statement for each in command.statements]
    first_day = min(statement.first_day for statement in statements)
    last_day = max(statement.last_day for statement in statements)
    days = f"{first_day} to {last_day}" if last_day > first_day else f"{first_day}"
    sources = ", ".join(statement.source for statement in statements)
    return f"{len(command.rows)} rows of {sources}, {days}"


def _fact_text(fact: Fact) -> str:
    match fact:
        case CashFact(kind=kind, micros=micros, currency=currency):
            return f"{kind} {plain(micros)} {currency}".strip()
        case MarkFact(value_micros=micros, currency=currency):
            return f"mark {plain(micros)} {currency}".strip()
        case PriceFact(instrument=name, price_micros=price):
            return f"mark {name} at {plain(price)}"
        case TradeFact(kind=kind, legs=legs):
            each = [f"{_count(leg.quantity_micros)} {leg.instrument.name}" for leg in legs]
            return f"{kind} {', '.join(each)}"
        case TransferFact(legs=legs):
            moved = [f"{_count(leg.quantity_micros)} {leg.instrument.name}" for leg in legs]
            return f"transfer {', '.join(moved)}"
        case AdjustmentFact(split=split, rename=rename, deliverable=deliverable):
            changes = {"split": split, "rename": rename, "deliverable": deliverable or ""}
            words = [f"{name} {value}" for name, value in changes.items() if value]
            return f"adjust {fact.position} {', '.join(words)}"
        case ConversionFact():
            return (
                f"conversion {plain(fact.sold_micros)} {fact.sold}"
                f" {plain(fact.bought_micros)} {fact.bought}"
            )
        case RateFact(currency=currency, against=against, nanos=nanos):
            units, rest = divmod(nanos, ONE_NANOS)
            return f"rate {currency}/{against} {units}.{rest:09d}"
    raise TypeError(f"no text for {type(fact).__name__}")


def _count(quantity_micros: int) -> str:
    """'-2', '0.5'."""
    units, rest = divmod(abs(quantity_micros), 1_000_000)
    decimals = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{'-' if quantity_micros < 0 else ''}{units}{decimals}"


def _statement_to_plain(statement: StatementFacts) -> dict[str, Any]:
    whole: dict[str, Any] = to_plain(statement)
    return {**whole, "facts": [_fact_to_plain(fact) for fact in statement.facts]}


def _with_facts(bare: StatementFacts, whole: Mapping[str, Any]) -> StatementFacts:
    return replace(bare, facts=tuple([_fact_from_plain(fact) for fact in whole["facts"]]))


def _fact_to_plain(fact: Fact) -> dict[str, Any]:
    return {"type": _NAMES[type(fact)], **to_plain(fact)}


def _fact_from_plain(whole: Mapping[str, Any]) -> Fact:
    fields = dict(whole)
    name = fields.pop("type")
    cls = FACTS.get(name)
    if cls is None:
        raise Unknown(f"unknown fact '{name}', written by a newer version")
    return from_plain(cls, fields)
