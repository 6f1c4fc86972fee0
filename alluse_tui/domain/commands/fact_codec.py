"""Commands that bring facts as plain data, whole, so that a proposal of one loses nothing.

A fact's class is written beside its fields: a command only knows that it holds some fact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    Command,
    ConversionFact,
    Fact,
    Import,
    MarkFact,
    Post,
    RateFact,
    TradeFact,
)
from alluse_tui.domain.events.codec import Unknown, from_plain, to_plain
from alluse_tui.domain.model.money import plain
from alluse_tui.domain.model.rates import ONE_NANOS

FACTS: Mapping[str, type[Fact]] = {
    "cash": CashFact,
    "trade": TradeFact,
    "conversion": ConversionFact,
    "mark": MarkFact,
    "rate": RateFact,
}
"""The names that proposals use. A name is never given another meaning."""

_NAMES = {cls: name for name, cls in FACTS.items()}


def command_to_plain(command: Command) -> dict[str, Any]:
    """The whole command, its key and its facts included."""
    whole: dict[str, Any] = to_plain(command)
    if isinstance(command, Post):
        whole["fact"] = _fact_to_plain(command.fact)
    elif isinstance(command, Import):
        facts = [_fact_to_plain(f) for f in command.statement.facts]
        whole["statement"] = {**whole["statement"], "facts": facts}
    return whole


def command_from_plain(cls: type[Command], whole: Mapping[str, Any]) -> Command:
    """The command that `command_to_plain` wrote. Raises Unknown for what it does not know."""
    if issubclass(cls, Post):
        post = from_plain(cls, {**whole, "fact": {}})
        return replace(post, fact=_fact_from_plain(whole["fact"]))
    if issubclass(cls, Import):
        statement = whole["statement"]
        bare = from_plain(cls, {**whole, "statement": {**statement, "facts": []}})
        facts = tuple([_fact_from_plain(f) for f in statement["facts"]])
        return replace(bare, statement=replace(bare.statement, facts=facts))
    return from_plain(cls, whole)


def fact_words(command: Post | Import) -> str:
    """What the command brings, in a few words: 'fee -1200.00 USD', '14 rows of 2026-01-05'."""
    if isinstance(command, Post):
        return _words(command.fact)
    one = command.statement
    days = f"{one.first_day}" + (f" to {one.last_day}" if one.last_day > one.first_day else "")
    return f"{len(one.opening) + len(one.facts)} rows of {one.source}, {days}"


def _words(fact: Fact) -> str:
    match fact:
        case CashFact(kind=kind, micros=micros, currency=currency):
            return f"{kind} {plain(micros)} {currency}".strip()
        case MarkFact(value_micros=micros, currency=currency):
            return f"mark {plain(micros)} {currency}".strip()
        case TradeFact(kind=kind, legs=legs):
            each = [f"{_count(leg.quantity_micros)} {leg.instrument.name}" for leg in legs]
            return f"{kind} {', '.join(each)}"
        case ConversionFact():
            return (
                f"conversion {plain(fact.sold_micros)} {fact.sold}"
                f" {plain(fact.bought_micros)} {fact.bought}"
            )
        case RateFact(currency=currency, against=against, nanos=nanos):
            units, rest = divmod(nanos, ONE_NANOS)
            return f"rate {currency}/{against} {units}.{rest:09d}"
    raise TypeError(f"no words for {type(fact).__name__}")


def _count(quantity_micros: int) -> str:
    """'-2', '0.5'."""
    units, rest = divmod(abs(quantity_micros), 1_000_000)
    decimals = f".{rest:06d}".rstrip("0") if rest else ""
    return f"{'-' if quantity_micros < 0 else ''}{units}{decimals}"


def _fact_to_plain(fact: Fact) -> dict[str, Any]:
    return {"type": _NAMES[type(fact)], **to_plain(fact)}


def _fact_from_plain(whole: Mapping[str, Any]) -> Fact:
    fields = dict(whole)
    name = fields.pop("type")
    cls = FACTS.get(name)
    if cls is None:
        raise Unknown(f"'{name}' is a fact of a newer program")
    return from_plain(cls, fields)
