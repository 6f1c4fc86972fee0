"""tastytrade's CSV is read to the last row, or refused where it is wrong (market.md, CSV files)."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from books import STATEMENTS
from statement_rows import cash, keys, refused_at, trades

from alluse_tui.domain.commands import CashFact, Kind
from alluse_tui.market.statements import ReadStatement, read_statement

SAMPLE = Path(__file__).parents[1] / "data" / "composed-tastytrade.csv"
REAL = STATEMENTS / "tastytrade-money-movements.csv"


@pytest.fixture(scope="module")
def sample() -> ReadStatement:
    return read_statement(SAMPLE)


def test_every_row_is_a_fact_or_ignored_with_a_reason(sample: ReadStatement) -> None:
    assert (sample.rows, len(sample.facts.facts)) == (17, 14)
    assert [(one.row, one.why.partition(":")[0]) for one in sample.ignored] == [
        (2, "the file does not say whether the expired option was held or written"),
        (11, "trades of Future are not booked yet"),
        (15, "cash of type 'Loyalty' is not booked yet"),
    ]
    assert (sample.format, sample.broker_account) == ("tastytrade-csv", "")
    assert (sample.facts.first_day, sample.facts.last_day) == (
        date(2026, 11, 9),
        date(2026, 11, 20),
    )


def test_trades_endings_and_deliveries_have_their_signs_and_kinds(sample: ReadStatement) -> None:
    assert sorted(trades(sample)) == sorted(
        [
            (Kind.TRADE, "AAPL 2026-11-20 190 put", -1, 14_500, 114),
            (Kind.TRADE, "MSFT 2026-11-20 400 put", -2, 25_000, 226),
            (Kind.TRADE, "MSFT 2026-11-20 400 put", 1, -8_000, 13),
            (Kind.EXPIRY, "MSFT 2026-11-20 400 put", 1, 0, 0),
            (Kind.ASSIGNMENT, "AAPL 2026-11-20 190 put", 1, 0, 0),
            (Kind.ASSIGNMENT, "AAPL", 100, -1_900_000, 500),
            (Kind.ASSIGNMENT, "SPXW 2026-11-20 6800 put", 1, -36_400, 500),
        ]
    )


def test_cash_has_its_kind_and_a_reversed_dividend_is_negative(sample: ReadStatement) -> None:
    assert cash(sample) == [
        (Kind.DEPOSIT, 3_000_000, ""),
        (Kind.INTEREST, 6, ""),
        (Kind.WITHDRAWAL, -5_000, ""),
        (Kind.DIVIDEND, 485, "KO"),
        (Kind.DIVIDEND, -485, "KO"),
        (Kind.FEE, -1_000, ""),
        (Kind.FEE, -1_000, ""),
    ]


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (["BUY_TO_CLOSE"], 1),  # it was written before the file begins
        (["SELL_TO_CLOSE"], -1),
        (["BUY_TO_OPEN", "SELL_TO_CLOSE", "SELL_TO_OPEN"], 1),
        (["SELL_TO_OPEN", "BUY_TO_CLOSE", "BUY_TO_OPEN"], -1),
        (["SELL_TO_OPEN", "BUY_TO_OPEN"], 0),  # both at once: it may be either
        ([], 0),
    ],
)
def test_an_expiry_ends_the_side_that_its_trades_left_open(
    tmp_path: Path, earlier: list[str], expected: int
) -> None:
    columns, expiry = (SAMPLE.read_text().splitlines()[i] for i in (0, 2))
    trade = expiry.replace("Receive Deliver,Expiration,,", "Trade,x,{action},")
    rows = [
        trade.format(action=action).replace("11-20T22:00", f"11-1{n}T16:00")
        for n, action in enumerate(earlier)
    ]
    file = tmp_path / "x.csv"
    file.write_text("\n".join([columns, expiry, *rows]))
    read = read_statement(file)
    assert [q for kind, _, q, *_ in trades(read) if kind is Kind.EXPIRY] == [expected][
        : expected**2
    ]
    assert len(read.ignored) == (expected == 0)


def test_a_day_is_that_of_new_york_and_an_instant_is_the_same_in_every_zone(
    sample: ReadStatement, tmp_path: Path
) -> None:
    moved = tmp_path / "moved.csv"
    moved.write_text(
        SAMPLE.read_text().replace("2026-11-10T16:30:00+0100", "2026-11-10T10:30:00-0500")
    )
    assert keys(read_statement(moved)) == keys(sample)
    assert trades(sample)[0][1] == "AAPL 2026-11-20 190 put"
    assert {f.effective for f in sample.facts.facts if "Sold 1 AAPL" in f.note} == {
        date(2026, 11, 10)
    }


def test_keys_are_the_same_in_any_order_and_equal_rows_are_two(
    sample: ReadStatement, tmp_path: Path
) -> None:
    header, *rows = SAMPLE.read_text().splitlines()
    shuffled = tmp_path / "other-name.csv"
    for seed in range(20):
        random.Random(seed).shuffle(rows)
        shuffled.write_text("\n".join([header, *rows]))
        assert keys(read_statement(shuffled)) == keys(sample)
    assert Counter(f.note for f in sample.facts.facts)["Market data"] == 2


def test_the_sums_of_the_file_are_complete(sample: ReadStatement) -> None:
    sums = [sample.option_net_cash, sample.stock_net_cash, *sample.cash_by_type.values()]
    total = 30_000 + 0.06 - 50 + 1 - 2.27 - 20 + 143.86 + 247.74 - 80.13 - 19_005 - 369
    assert sum(each["USD"] for each in sums) == round(total * 100) * 10_000


def test_files_from_before_there_was_a_sub_type_are_read(tmp_path: Path) -> None:
    older = tmp_path / "older.csv"
    older.write_text(
        "Date,Type,Action,Symbol,Instrument Type,Description,Value,Quantity,Average Price,"
        "Commissions,Fees,Multiplier,Underlying Symbol,Expiration Date,Strike Price,Call or Put\n"
        "2022-08-19T22:00:00+0200,Receive Deliver,,T     220819P00018000,Equity Option,"
        "Removal of 1.0 T 08/19/22 Put 18.00 due to expiration.,"
        "0.00,1,0.00,--,0.00,100,T,8/19/22,18,PUT\n"
        "2022-08-01T16:00:00+0200,Trade,SELL_TO_OPEN,T     220819P00018000,Equity Option,"
        "Sold 1 T,12.00,1,12.00,-1.00,-0.15,100,T,8/19/22,18,PUT\n"
        "2022-07-31T23:00:00+0200,Money Movement,,,,Regulatory fee,-0.02,0,,--,0.00,,,,,\n"
    )
    read = read_statement(older)
    assert trades(read) == [
        (Kind.TRADE, "T 2022-08-19 18 put", -1, 1_200, 115),
        (Kind.EXPIRY, "T 2022-08-19 18 put", 1, 0, 0),
    ]
    assert (read.rows, read.ignored) == (3, ())


def test_a_total_column_of_newer_files_changes_no_key(
    sample: ReadStatement, tmp_path: Path
) -> None:
    newer = tmp_path / "newer.csv"
    lines = [line.rpartition(",") for line in SAMPLE.read_text().splitlines()]
    head, *rows = [f"{before},{{}},{currency}" for before, _, currency in lines]
    newer.write_text("\n".join([head.format("Total"), *(row.format("1.00") for row in rows)]))
    assert keys(read_statement(newer)) == keys(sample)


@pytest.mark.skipif(not REAL.exists(), reason="the real statements are not on this machine")
def test_a_real_file_is_read_to_its_own_sum() -> None:
    read = read_statement(REAL)
    assert (read.rows, read.ignored) == (2, ())
    assert [(f.kind, f.micros) for f in read.facts.facts if isinstance(f, CashFact)] == [
        (Kind.DEPOSIT, 1_000_000_000),
        (Kind.INTEREST, 60_000),
    ]


WRONG = {
    "amount in words": ('"30,000.00"', "lots", "Value 'lots': must be a number"),
    "thousands in the wrong place": ('"30,000.00"', '"3,00,00.00"', "Value '3,00,00.00'"),
    "moment without a zone": ("2026-11-09T15:00:00+0100", "2026-11-09T15:00:00", "time zone"),
    "no action": ("SELL_TO_OPEN,MSFT", "HOLD,MSFT", "Action 'HOLD': must be one of BUY_TO_OPEN"),
    "no option": ("MSFT  261120P00400000,Equity Option,Sold", "MSFT,Equity Option,Sold", "'MSFT'"),
    "no such day": ("AAPL  261120P", "AAPL  261320P", "a day on which the option expires"),
    "no quantity": ("Sold 2 MSFT,250.00,2,", "Sold 2 MSFT,250.00,0,", "Quantity: must be more"),
    "no currency": (",9001,USD", ",9001,dollars", "Currency 'dollars'"),
    "cut off": (
        ",0,,--,0.00,,,,,,,,USD\n2026-11-09T23:00:00+0100,Money Movement,Credit",
        ",",
        "20",
    ),
    "open quote": ('"30,000.00"', '"30,000.00', "the file is cut off"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_refused_naming_file_line_and_column(tmp_path: Path, case: str) -> None:
    refused_at(SAMPLE, tmp_path / "wrong.csv", *WRONG[case])
