"""Schwab's CSV is read to the last row, or refused where it is wrong (market.md, CSV files)."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from books import STATEMENTS
from statement_rows import booked_cents, cash, keys, refused_at, trades

from alluse_tui.domain.commands import Kind
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements import ReadStatement, read_statement
from alluse_tui.market.statements.statement import TRANSFERRED

SAMPLE = Path(__file__).parents[1] / "data" / "composed-schwab.csv"
REAL = STATEMENTS / "schwab-transactions.csv"


@pytest.fixture(scope="module")
def sample() -> ReadStatement:
    return read_statement(SAMPLE)


def total_micros(read: ReadStatement) -> int:
    sums = [read.option_net_cash, read.stock_net_cash, *read.cash_by_type.values()]
    return sum(micros for each in sums for micros in each.values())


def test_every_row_is_a_fact_or_ignored_with_a_reason(sample: ReadStatement) -> None:
    assert (sample.rows, len(sample.facts.facts)) == (25, 19)
    assert [(one.row, one.why) for one in sample.ignored] == [
        (4, "corporate actions ('Stock Split') are not booked yet"),
        (5, "its quantity is booked with the row 'Full Redemption Adj'"),
        (22, "the action 'Promotional Award' is not known"),
        (23, TRANSFERRED),
        (
            24,
            "an adjusted option, whose deliverable the file does not give: record it with"
            " `alluse trade`",
        ),
        (28, "the sum of the other rows"),
    ]
    assert (sample.format, sample.broker_account) == ("schwab-csv", "XXXX-1234")
    assert sample.facts.source == "schwab:XXXX-1234"
    assert (sample.facts.first_day, sample.facts.last_day) == (
        date(2026, 11, 6),
        date(2026, 11, 27),
    )


def test_trades_endings_and_deliveries_have_their_signs_and_kinds(sample: ReadStatement) -> None:
    assert trades(sample) == [
        (Kind.TRADE, "CSCO 2026-11-20 44.5 put", -2, 10_000, 130),
        (Kind.TRADE, "912586AC5", 10_000, -995_680, 0),
        (Kind.TRADE, "VOO", 0, -2_334, 0),
        (Kind.TRADE, "QQQ", -5, 65_000, 0),  # sold at the strike, but not delivered
        (Kind.ASSIGNMENT, "QQQ", 100, -1_250_000, 0),
        (Kind.ASSIGNMENT, "QQQ 2026-11-20 125 call", -1, 0, 0),
        (Kind.ASSIGNMENT, "QQQ", -100, 1_300_000, 412),
        (Kind.ASSIGNMENT, "QQQ 2026-11-20 130 call", 1, 0, 0),
        (Kind.EXPIRY, "GLD 2026-11-20 176.5 put", -1, 0, 0),
        (Kind.EXPIRY, "CSCO 2026-11-20 44.5 put", 2, 0, 0),
        (Kind.TRADE, "912586AC5", -10_000, 1_000_000, 0),
    ]
    days = {fact.effective for fact in sample.facts.facts if "CISCO" in fact.note}
    assert days == {date(2026, 11, 9), date(2026, 11, 20)}  # the day it is as of


def test_cash_has_its_kind_and_a_reversed_dividend_is_negative(sample: ReadStatement) -> None:
    assert cash(sample) == [
        (Kind.DEPOSIT, 3_000_000, ""),
        (Kind.WITHDRAWAL, -100_000, ""),
        (Kind.INTEREST, -122, ""),
        (Kind.FEE, -2_500, ""),
        (Kind.FEE, -2_500, ""),
        (Kind.TAX, -145, "KO"),
        (Kind.DIVIDEND, 485, "KO"),
        (Kind.DIVIDEND, -485, "KO"),
    ]


def test_a_file_without_title_and_total_names_no_account(tmp_path: Path) -> None:
    newer = tmp_path / "newer.csv"
    newer.write_text("\n".join(SAMPLE.read_text().splitlines()[2:-1]))
    read = read_statement(newer)
    assert (read.broker_account, read.rows) == ("", 24)
    assert total_micros(read) == 30_314_120_000


def test_keys_are_the_same_in_any_order(sample: ReadStatement, tmp_path: Path) -> None:
    lines = SAMPLE.read_text().splitlines()
    head, rows = lines[:3], lines[3:-1]
    shuffled = tmp_path / "other-name.csv"
    expected = keys(sample)
    assert len(expected) == 19
    for seed in range(20):
        random.Random(seed).shuffle(rows)
        shuffled.write_text("\n".join([*head, *rows]))
        read = read_statement(shuffled)
        assert keys(read) == expected
        assert sorted(trades(read)) == sorted(trades(sample))


@pytest.mark.skipif(not REAL.exists(), reason="the real statements are not on this machine")
def test_a_real_file_is_read_to_its_own_sum() -> None:
    read = read_statement(REAL)
    assert (read.rows, read.broker_account) == (39, "XXXX-YYYY")
    assert {one.why for one in read.ignored} == {
        "its quantity is booked with the row 'Full Redemption Adj'",
        TRANSFERRED,
    }
    assert (len(read.facts.facts), len(read.ignored)) == (34, 5)
    amounts = [line.split('","')[7].strip('",') for line in REAL.read_text().splitlines()[2:]]
    cents = sum(round(float(amount.replace("$", "") or 0) * 100) for amount in amounts)
    assert total_micros(read) == cents * 10_000
    assert booked_cents(read) == cents  # nothing that is ignored has cash
    assert [kind for kind, name, *_ in trades(read) if name == "QQQ"] == [Kind.ASSIGNMENT] * 2


WRONG = {
    "amount in words": ('"$30,000.00"', '"lots"', "Amount 'lots': must be a number"),
    "day first": ('"11/06/2026"', '"27/11/2026"', "Date '27/11/2026': must be a date"),
    "as of nothing": ("11/23/2026 as of 11/20/2026", "11/23/2026 as of soon", "Date 'soon'"),
    "no amount": ('"-$9,956.80"', '""', "Amount: a trade needs an amount"),
    "no quantity": ('"2","$0.50"', '"","$0.50"', "Quantity: must not be zero or missing"),
    "assigned shares": ("QQQ 11/20/2026 130.00 C", "QQQ", "Symbol 'QQQ': must be an option"),
    "blank symbol": ('"Buy","912586AC5"', '"Buy",""', "Symbol '': must be the symbol of"),
    "wrong total": ("$30,314.12", "$30,314.11", "must be 30314.12, the sum of its transactions"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_refused_naming_file_line_and_column(tmp_path: Path, case: str) -> None:
    refused_at(SAMPLE, tmp_path / "wrong.csv", *WRONG[case])


def test_a_file_that_lost_rows_or_its_end_is_refused(tmp_path: Path) -> None:
    lines = SAMPLE.read_text().splitlines()
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("\n".join([*lines[:11], *lines[12:]]))
    with pytest.raises(BadInput, match="rows are missing"):
        read_statement(wrong)
    wrong.write_text(SAMPLE.read_text()[:-60])
    with pytest.raises(BadInput, match="the file is cut off"):
        read_statement(wrong)
    wrong.write_text("\n".join([*lines, lines[4]]))
    with pytest.raises(BadInput, match="no row may follow"):
        read_statement(wrong)
    wrong.write_text("\n".join(lines[:3]))
    with pytest.raises(BadInput, match="has no rows"):
        read_statement(wrong)
