"""What tests of the replica share: a book with a bit of everything, and its figures."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from books import init
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    Deposit,
    Instrument,
    Kind,
    MarkFact,
    Post,
    RateFact,
    Right,
    Transfer,
    Undo,
    amount,
    assignment,
    trade,
)
from alluse_tui.engine import LocalEngine


def file_of(engine: LocalEngine) -> Path:
    return engine.path.with_suffix(".duckdb")


def balances(engine: LocalEngine) -> tuple[Any, ...]:
    sql = "SELECT portfolio, account, bucket, currency, amount FROM account_balance ORDER BY ALL"
    return engine.queries.sql(sql).rows


def post(engine: LocalEngine, fact: Any, code: str = "gen-1") -> None:
    engine.commands.submit(Post(account=code, fact=fact, confirmed=True))


def cash(kind: Kind, text: str, currency: str = "") -> CashFact:
    return CashFact(kind=kind, micros=amount(text, negative=True), currency=currency)


def fill(engine: LocalEngine) -> None:
    """Several currencies, positions, a transfer, an undo, a refusal, a second portfolio."""
    put = Instrument("XYZ", Right.PUT, 100_000_000, date(2026, 11, 20), 100)
    engine.commands.submit(Deposit(account="gen-1", amount=amount("0.07"), note='it"s\n☃ note'))
    post(engine, RateFact(currency="CHF", against="USD", nanos=1_123_400_000), "")
    post(engine, RateFact(currency="EUR", against="CHF", nanos=930_000_001), "")
    post(engine, cash(Kind.PREMIUM, "-31.41", "CHF"))
    post(engine, cash(Kind.INTEREST, "12.34", "EUR"), "rev-1")
    post(engine, cash(Kind.DIVIDEND, "99.99", "JPY"), "com-1")
    post(engine, trade(put, buy=False, quantity="2", price="1.505", fees=amount("1.41")))
    post(engine, assignment(put, quantity="1", fees=amount("0.01")))
    post(engine, MarkFact(value_micros=amount("9000.01")))
    engine.commands.submit(Transfer(source="rev-1", target="com-1", amount=amount("1000.01")))
    engine.commands.submit(Deposit(account="gen-1", amount=amount("5")))
    engine.commands.submit(Undo())
    engine.commands.submit(replace(init("Smith", "300"), currency="EUR"))
