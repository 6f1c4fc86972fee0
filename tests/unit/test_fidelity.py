"""Fidelity's CSV is read to the last row, or refused where it is wrong (market.md, CSV files)."""

from __future__ import annotations

import csv
import random
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from books import STATEMENTS
from statement_rows import booked_cents, cash, keys, refused_at, trades

from alluse_tui.domain.commands import Kind
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements import ReadStatement, read_statement
from alluse_tui.market.statements.statement import TRANSFERRED

SAMPLE = Path(__file__).parents[1] / "data" / "composed-fidelity.csv"
REAL = STATEMENTS / "fidelity-history.csv"

CORE = "moves cash within the account: the core position is its cash"


@pytest.fixture(scope="module")
def sample() -> ReadStatement:
    return read_statement(SAMPLE)


def test_every_row_is_a_fact_or_ignored_with_a_reason(sample: ReadStatement) -> None:
    assert (sample.rows, len(sample.facts.facts)) == (18, 13)
    assert [(one.row, one.why.partition(":")[0]) for one in sample.ignored] == [
        (7, "corporate actions ('IN LIEU OF FRX SHARE') are not booked yet"),
        (11, CORE.partition(":")[0]),
        (14, TRANSFERRED.partition(":")[0]),
        (16, "the action 'SPECIAL MENTION' is not known"),
        (20, "an adjusted option, whose deliverable the file does not give"),
    ]
    assert (sample.format, sample.broker_account) == ("fidelity-csv", "")
    assert (sample.facts.first_day, sample.facts.last_day) == (
        date(2026, 11, 6),
        date(2026, 11, 27),
    )


def test_trades_endings_and_deliveries_have_their_signs_and_kinds(sample: ReadStatement) -> None:
    assert trades(sample) == [
        (Kind.TRADE, "91282CAB7", 1_000, -99_821, 0),  # with the interest that it has earned
        (Kind.TRADE, "XLU 2026-11-20 44.5 put", -1, 8_500, 67),
        (Kind.TRADE, "SPY 2026-11-27 700 call", 2, -26_600, 134),
        (Kind.ASSIGNMENT, "XLU", 100, -445_000, 0),
        (Kind.ASSIGNMENT, "XLU 2026-11-20 44.5 put", 1, 0, 0),
        (Kind.EXPIRY, "SPY 2026-11-27 700 call", -2, 0, 0),
    ]
    assigned = [f for f in sample.facts.facts if "ASSIGNED" in f.note]
    assert {f.effective for f in assigned} == {date(2026, 11, 20)}  # the day it is as of


def test_cash_has_its_kind_and_a_reversed_dividend_is_negative(sample: ReadStatement) -> None:
    assert cash(sample) == [
        (Kind.DEPOSIT, 2_160_000, ""),
        (Kind.INTEREST, 234, ""),
        (Kind.FEE, -1_000, ""),
        (Kind.FEE, -1_000, ""),
        (Kind.TAX, -145, "KO"),
        (Kind.DIVIDEND, 485, "KO"),
        (Kind.DIVIDEND, -485, "KO"),
    ]


def test_keys_are_the_same_in_any_order(sample: ReadStatement, tmp_path: Path) -> None:
    lines = SAMPLE.read_text().splitlines()
    head, rows, end = lines[:3], lines[3:21], lines[21:]
    shuffled = tmp_path / "other-name.csv"
    expected = keys(sample)
    assert len(expected) == 13
    for seed in range(20):
        random.Random(seed).shuffle(rows)
        shuffled.write_text("\n".join([*head, *rows, *end]))
        read = read_statement(shuffled)
        assert keys(read) == expected


def test_a_file_with_an_account_column_names_its_account_and_has_only_one(tmp_path: Path) -> None:
    lines = SAMPLE.read_text().splitlines()
    named = tmp_path / "named.csv"
    rows = [f"Individual - TOD,X12345678,{line}" for line in lines[3:21]]
    head = f"Account,Account Number,{lines[2]}"
    named.write_text("\n".join([head, *rows, *lines[21:]]))
    read = read_statement(named)
    assert (read.broker_account, read.facts.source) == ("X12345678", "fidelity:X12345678")
    rows[4] = rows[4].replace("X12345678", "Z87654321")
    named.write_text("\n".join([head, *rows, *lines[21:]]))
    with pytest.raises(BadInput, match="line 6: has rows of …678 and of …321: export each"):
        read_statement(named)


def test_the_number_of_another_account_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    transfer = "TRANSFERRED FROM VS X12-345678-1 (Cash),,"
    file.write_text(
        SAMPLE.read_text().replace("Electronic Funds Transfer Received (Cash),,", transfer)
    )
    first = read_statement(file).facts.facts[0]
    assert (first.note, cash(read_statement(file))[0]) == (
        "TRANSFERRED FROM VS …678 (Cash)",
        (Kind.DEPOSIT, 2_160_000, ""),
    )


@pytest.mark.skipif(not REAL.exists(), reason="the real statements are not on this machine")
def test_a_real_file_is_read_to_its_own_sum() -> None:
    read = read_statement(REAL)
    assert (read.rows, read.broker_account) == (19, "X12345678")
    assert [one.why for one in read.ignored] == [CORE]
    lines = REAL.read_text().splitlines()
    amounts = [float(row["Amount"] or 0) for row in csv.DictReader(lines[2:22])]
    cents = sum(round(amount * 100) for amount in amounts)
    assert booked_cents(read) == cents + 234  # what went into the core position is still cash
    assert [one for one in trades(read) if "SPY" in one[1]] == [
        (Kind.TRADE, "SPY 2018-03-22 198 put", 32, -318_567, 2_531),
        (Kind.TRADE, "SPY 2018-01-25 260 call", -4, 9_404, 503),
    ]
    assert Counter(kind for kind, *_ in cash(read)) == {
        Kind.INTEREST: 2,
        Kind.DIVIDEND: 2,
        Kind.TAX: 1,
        Kind.DEPOSIT: 1,
    }


WRONG = {
    "amount in words": ('"21,600"', "lots", "Amount 'lots': must be a number"),
    "day first": ("11-06-2026,Elec", "27-11-2026,Elec", "Run Date '27-11-2026': must be a date"),
    "as of no day": ("AS OF 11-20-26", "AS OF 13-20-26", "Action '13-20-26': must be a date"),
    "no amount": (",-998.21,", ",,", "Amount: a trade needs an amount"),
    "no quantity": (",Cash,0.85,-1,", ",Cash,0.85,,", "Quantity: must not be zero or missing"),
    "no symbol": ("(Cash),91282CAB7,", "(Cash),,", "Symbol '': must be the symbol of"),
    "no such day": ("-SPY261127C700,CALL", "-SPY261327C700,CALL", "on which the option expires"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_refused_naming_file_line_and_column(tmp_path: Path, case: str) -> None:
    refused_at(SAMPLE, tmp_path / "wrong.csv", *WRONG[case])


def test_a_file_cut_off_at_any_point_is_refused(tmp_path: Path) -> None:
    text = SAMPLE.read_text()
    cut = tmp_path / "cut.csv"
    for length in range(0, text.index("Date downloaded"), 37):
        cut.write_text(text[:length])
        with pytest.raises(BadInput, match=r"cut\.csv"):
            read_statement(cut, "fidelity-csv")


def test_rows_after_a_blank_line_are_not_dropped(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(SAMPLE.read_text().replace("\n11-18-2026", "\n\n11-18-2026", 1))
    with pytest.raises(BadInput, match="has a blank line between its rows"):
        read_statement(wrong)
    head, *rows = SAMPLE.read_text().strip().splitlines()
    named = [f"Roth,X12345678,{row}" if row[:2] == "11" else row for row in rows]
    wrong.write_text("\n".join([f"Account,Account Number,{head}", *named[:3], "", *named[3:]]))
    with pytest.raises(BadInput, match="has a blank line between its rows"):
        read_statement(wrong)
