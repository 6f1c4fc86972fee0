"""The facts of a statement as short rows, for tests to compare."""

from __future__ import annotations

from pathlib import Path

import pytest

from alluse_tui.domain.commands import CashFact, Kind, TradeFact
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements import ReadStatement, read_statement


def trades(read: ReadStatement) -> list[tuple[Kind, str, int, int, int]]:
    """(kind, instrument, quantity, gross cents, fee cents) in the order of time."""
    return [
        (
            fact.kind,
            leg.instrument.name,
            leg.quantity_micros // 1_000_000,
            leg.gross_micros // 10_000,
            fact.fee_micros // 10_000,
        )
        for fact in read.facts.facts
        if isinstance(fact, TradeFact)
        for leg in fact.legs
    ]


def cash(read: ReadStatement) -> list[tuple[Kind, int, str]]:
    """(kind, cents, symbol) in the order of time."""
    return [
        (fact.kind, fact.micros // 10_000, fact.symbol)
        for fact in read.facts.facts
        if isinstance(fact, CashFact)
    ]


def keys(read: ReadStatement) -> dict[str, tuple[str, str]]:
    """Key → (content, note)."""
    return {fact.key: (fact.content, fact.note) for fact in read.facts.facts}


def booked_cents(read: ReadStatement) -> int:
    """What the facts do to cash."""
    return sum(micros for _, micros, _ in cash(read)) + sum(
        gross - fee for *_, gross, fee in trades(read)
    )


def refused_at(sample: Path, wrong: Path, old: str, new: str, message: str) -> None:
    """The sample with the first `old` changed to `new` is refused, naming its file and line."""
    before, is_there, after = sample.read_text().partition(old)
    assert is_there
    wrong.write_text(before + new + after)
    line = before.count("\n") + 1
    with pytest.raises(BadInput, match=rf"{wrong.name} line {line}\b") as raised:
        read_statement(wrong)
    assert message in str(raised.value)
