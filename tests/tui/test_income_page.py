"""The page of income: periods, both views, and the wheel cycles, at both usual sizes."""

from __future__ import annotations

from datetime import date

from opened import grid, lines_with, page_of
from screens import press, running, screen_text
from textual.pilot import Pilot

from alluse_tui.domain.commands import (
    CashFact,
    Fact,
    Instrument,
    Kind,
    Post,
    Right,
    amount,
    assignment,
    trade,
)
from alluse_tui.domain.derived.income import IncomeRow
from alluse_tui.engine import LocalEngine

EXPIRY = date(2026, 11, 20)
PUT = Instrument("XYZ", Right.PUT, amount("50"), EXPIRY, 100)
CALL = Instrument("XYZ", Right.CALL, amount("52"), date(2026, 12, 18), 100)


def wheel(engine: LocalEngine) -> None:
    """A put of October is assigned in November; its call is open. A closed one on ABC."""

    def post(month: int, day: int, fact: Fact) -> None:
        on = date(2026, month, day)
        engine.commands.submit(Post(account="gen-1", fact=fact, confirmed=True, date=on))

    def sold(what: Instrument, price: str) -> Fact:
        return trade(what, buy=False, quantity="1", price=price, fees=amount("1"))

    post(10, 5, sold(Instrument("ABC", Right.PUT, amount("20"), date(2026, 10, 16), 100), "0.50"))
    bought_back = Instrument("ABC", Right.PUT, amount("20"), date(2026, 10, 16), 100)
    post(10, 12, trade(bought_back, buy=True, quantity="1", price="0.10", fees=amount("1")))
    post(10, 26, sold(PUT, "3"))
    post(11, 20, assignment(PUT, quantity="1", fees=0))
    post(11, 23, sold(CALL, "1"))
    post(11, 24, CashFact(kind=Kind.INTEREST, micros=amount("7"), currency="JPY"))


def income_rows(pilot: Pilot[None]) -> list[IncomeRow]:
    return [row for row in grid(pilot, "income").items if isinstance(row, IncomeRow)]


async def test_keys_switch_the_period_and_the_view(engine: LocalEngine) -> None:
    wheel(engine)
    async with running(engine, (80, 24)) as pilot:
        await press(pilot, "0")
        assert page_of(pilot) == "income"
        # 50 − 10 + 300 − 3 in October, 100 − 1 in November
        assert "Income by month · cash view · +436.00 USD" in screen_text(pilot)
        november, october = income_rows(pilot)
        assert (november.period, november.total) == ("2026-11", amount("99"))
        assert (october.period, october.total) == ("2026-10", amount("337"))
        assert lines_with(pilot, "7.00 JPY without an exchange rate")
        await press(pilot, "w")
        assert "Income by month · closed view · +337.00 USD" in screen_text(pilot)
        november, october = income_rows(pilot)
        assert (november.premium, november.total) == (amount("300"), amount("299"))
        assert (october.premium, october.total) == (amount("40"), amount("38"))
        await press(pilot, "b", "b")
        assert "Income by symbol · closed view" in screen_text(pilot)
        assert [row.symbol for row in income_rows(pilot)] == ["ABC", "XYZ"]
        await press(pilot, "b")
        assert "Income by week" in screen_text(pilot)
        opened, closed = lines_with(pilot, " gen-1 ")
        assert "open" in opened and "+298.00" in opened
        assert "2026-10-12" in closed and "+38.00" in closed


async def test_a_wide_screen_has_every_column(engine: LocalEngine) -> None:
    wheel(engine)
    async with running(engine, (160, 50)) as pilot:
        await press(pilot, "0")
        header = lines_with(pilot, "premium")
        for title in ("interest", "tax", "dividends", "realised", "total"):
            assert title in header[0]
        for title in ("capital", "annual", "cost", "basis"):
            assert title in header[1]
        opened, closed = lines_with(pilot, " gen-1 ")
        assert "50.00" in opened and "47.00" in opened  # less the put's 3.00
        assert "99.1 %" in closed  # 38 / 2,000 × 365 / 7
