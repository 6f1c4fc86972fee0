"""OFX and QFX are read to the last row, or refused where they are wrong (market.md, OFX)."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from statement_rows import booked_cents, cash, refused_at, trades

from alluse_tui.domain.commands import Kind
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements import ReadStatement, read_statement, read_statements
from alluse_tui.market.statements.ofx import read_ofx
from alluse_tui.market.statements.ofx_values import day_in_new_york
from alluse_tui.market.statements.statement import TRANSFERRED, SourceFile

DATA = Path(__file__).parents[1] / "data"
SAMPLE = DATA / "composed-investments.ofx"
TWO = DATA / "composed-two-accounts.qfx"


@pytest.fixture(scope="module")
def sample() -> ReadStatement:
    return read_statement(SAMPLE)


def test_every_row_is_a_fact_a_mark_or_ignored_with_a_reason(sample: ReadStatement) -> None:
    # 20 transactions, of which a reinvestment is two rows, and 5 positions
    assert (sample.rows, len(sample.facts.facts), len(sample.facts.marks)) == (25, 16, 4)
    assert [(one.row, one.why) for one in sample.ignored] == [
        (72, "cash of type 'HOLD' is not booked yet"),
        (73, "moves cash within the account"),
        (74, TRANSFERRED),
        (76, "corporate actions ('SPLIT') are not booked yet"),
        (81, "is added to the position of line 80"),
    ]
    assert (sample.broker_account, sample.facts.source) == ("4471-2290", "ofx:4471-2290")
    period = sample.facts.first_day, sample.facts.last_day
    assert period == (date(2026, 11, 1), date(2026, 11, 30))
    assert len(sample.lines) == 20


def test_trades_endings_and_deliveries_have_their_signs_and_kinds(sample: ReadStatement) -> None:
    assert trades(sample) == [
        (Kind.TRADE, "AAPL 2026-11-20 190 put", -2, 29_000, 134),
        (Kind.TRADE, "MSFT 2026-11-20 500 call", 1, -20_000, 65),
        (Kind.TRADE, "KO", 100, -601_000, 0),
        (Kind.TRADE, "KO", -10, 60_100, 0),  # a purchase that was cancelled
        (Kind.TRADE, "VOO", 0, -2_334, 0),
        (Kind.ASSIGNMENT, "AAPL 2026-11-20 190 put", 1, 0, 0),
        (Kind.ASSIGNMENT, "AAPL", 100, -1_900_000, 0),
        (Kind.EXPIRY, "AAPL 2026-11-20 190 put", 1, 0, 0),
        (Kind.EXPIRY, "MSFT 2026-11-20 500 call", -1, 0, 0),  # bought in the same file
        (Kind.TRADE, "QQQ 2026-12-18 640 call", -1, 10_500, 65),
    ]
    sold = sample.facts.facts[1]
    assert (sold.key, sold.note) == ("ofx:4471-2290:T1", "SOLD 2 PUTS & COLLECTED")
    assert sold.effective == date(2026, 11, 3)  # half past one in London is the day before


def test_an_expiry_without_a_sign_ends_what_the_file_opened(tmp_path: Path) -> None:
    file = tmp_path / "closed.ofx"  # one of two written calls was bought back, the other expired
    file.write_text(SAMPLE.read_text().replace("BUYTOOPEN", "BUYTOCLOSE"))
    expiries = [one for one in trades(read_statement(file)) if one[0] is Kind.EXPIRY]
    assert (Kind.EXPIRY, "MSFT 2026-11-20 500 call", 1, 0, 0) in expiries


def test_cash_is_what_the_statement_ends_with(sample: ReadStatement) -> None:
    assert cash(sample) == [
        (Kind.DEPOSIT, 3_000_000, ""),
        (Kind.DIVIDEND, 4_850, "KO"),
        (Kind.DIVIDEND, 2_334, "VOO"),
        (Kind.FEE, -2_500, "KO"),
        (Kind.INTEREST, -310, ""),
        (Kind.INTEREST, 122, ""),  # written 1,22
    ]
    # 30,000 + 288.66 − 200.65 − 6,010 + 601 − 19,000 + 104.35 + 48.50 − 25 − 3.10 + 1.22
    assert booked_cents(sample) == 580_498
    assert sample.ending_cash == {"USD": 5_804_980_000}


def test_positions_are_added_up_and_marked_on_the_day_of_their_price(
    sample: ReadStatement,
) -> None:
    assert sample.ending_positions == {
        ("KO", "USD"): 90_000_000,
        ("AAPL", "USD"): 100_000_000,
        ("VOO", "USD"): 105_100,
        ("QQQ 2026-12-18 640 call", "USD"): -1_000_000,
    }
    marks = [(m.instrument, m.price_micros, m.effective) for m in sample.facts.marks]
    assert marks[:2] == [
        ("KO", 61_000_000, date(2026, 11, 30)),
        ("AAPL", 192_000_000, date(2026, 11, 27)),
    ]
    assert sample.corporate_actions == ("VOO",)


def test_each_account_has_a_statement_and_says_what_cannot_be_compared() -> None:
    first, second = read_statements(TWO)
    assert (first.broker_account, second.broker_account) == ("90001", "90002")
    assert [fact.note for fact in first.facts.facts] == ["RENT & <MORE>"]
    assert (first.rows, [one.why for one in first.ignored]) == (
        2,
        ["a transaction of a bank account, which is not read"],
    )
    assert first.not_compared == ("cash, a part of which is the margin balance,",)
    assert second.not_compared == ("cash, which is one sum over several currencies,",)
    assert (first.ending_cash, second.ending_cash) == ({}, {})
    assert [fact.currency for fact in second.facts.facts if hasattr(fact, "currency")] == ["CAD"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20261127", date(2026, 11, 27)),
        ("20261127120000", date(2026, 11, 27)),
        ("20261127000000.000[0:GMT]", date(2026, 11, 27)),  # a day, written as midnight
        ("20261127003000[0:GMT]", date(2026, 11, 26)),
        ("20261127160000.000[-5:EST]", date(2026, 11, 27)),
        ("20261127233000[-8:PST]", date(2026, 11, 28)),
        ("20261127043000[+5.30:Delhi]", date(2026, 11, 26)),
        ("2026-11-27", None),
        ("20261131", None),
        ("20261127120000[99]", None),
    ],
)
def test_a_moment_is_a_day_in_new_york(text: str, day: date | None) -> None:
    assert day_in_new_york(text) == day


WRONG = {
    "words": ("288.66", "lots", "INVSELL TOTAL 'lots': must be a number such as -1234.56"),
    "thousands": ("-6010.00", "-6,010.00", "TOTAL '-6,010.00': must be a number"),
    "date": ("<DTTRADE>20261105", "<DTTRADE>20261305", "DTTRADE '20261305': must be a date"),
    "no total": ("<TOTAL>-3.10", "", "MARGININTEREST TOTAL: is missing"),
    "no units": ("<UNITS>100", "<UNITS>0", "UNITS: must not be zero or missing"),
    "no FITID": ("<FITID>C2", "", "STMTTRN FITID: is missing"),
    "used FITID": ("<FITID>C2", "<FITID>C1", "'C1': is already the FITID of line 21"),
    "sign": ("<TOTAL>-6010.00", "<TOTAL>6010.00", "contradicts BUYSTOCK: a purchase costs cash"),
    "units as shares": ("<UNITS>-2<", "<UNITS>-200<", "'-200': do not give TOTAL before fees"),
    "closing": ("<OPTACTION>ASSIGN", "<OPTACTION>LAPSE", "'LAPSE': must be ASSIGN, EXERCISE or"),
    "income": ("<INCOMETYPE>DIV", "<INCOMETYPE>LUCK", "'LUCK': must be one of: DIV, CGLONG"),
    "right": ("<OPTTYPE>PUT", "<OPTTYPE>POT", "OPTINFO OPTTYPE 'POT': must be CALL or PUT"),
    "strike": ("<STRIKEPRICE>190", "<STRIKEPRICE>0", "STRIKEPRICE '0': must be more than zero"),
    "unlisted": ("<UNIQUEID>0AAPL190P", "<UNIQUEID>0X", "'0X': is an option, but has no OPTINFO"),
    "currency": ("<CURDEF>USD", "<CURDEF>dollars", "must be a currency code"),
    "open tag": ("<UNITS>-2", "<UNITS-2", "column 1: '<UNITS-2"),
    "crossed": ("</INVTRANLIST>", "</INVPOSLIST>", "</INVPOSLIST> does not end <INVTRANLIST>"),
    "entity": ("<OPTACTION>ASSIGN", "<!ENTITY x>", "is not a tag of OFX"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_refused_naming_file_line_and_element(tmp_path: Path, case: str) -> None:
    refused_at(SAMPLE, tmp_path / "wrong.ofx", *WRONG[case])


def test_positions_older_than_the_newest_transaction_are_not_compared(tmp_path: Path) -> None:
    older = tmp_path / "older.ofx"
    older.write_text(SAMPLE.read_text().replace("<DTASOF>20261130", "<DTASOF>20261125"))
    read = read_statement(older)
    assert (read.ending_cash, read.ending_positions, read.facts.marks) == ({}, None, ())
    assert read.not_compared == ("the statement of 2026-11-25, which is before its newest row,",)
    assert read.facts.last_day == date(2026, 11, 27)


BODY = "<INVSTMTMSGSRSV1></INVSTMTMSGSRSV1>"
HOSTILE = {
    "nothing inside": ("<OFX></OFX>", "has no investment statement"),
    "no OFX": ("OFXHEADER:100", "has no <OFX> at its beginning"),
    "doctype": ('<!DOCTYPE OFX [<!ENTITY a "b">]><OFX></OFX>', "must not have a DOCTYPE"),
    "deep": ("<OFX>" + "<A>" * 40, "nested too deeply"),
    "long value": ("<OFX><A>" + "x" * 70_000, "a value exceeds 65,536 characters"),
    "two": ("<OFX></OFX><OFX></OFX>", "only one <OFX> is allowed"),
    "text after": ("<OFX></OFX>more", "the text 'more' is outside of an element"),
    "not begun": ("<OFX></A></OFX>", "</A> does not end <OFX> of line 1"),
    "cut off": (f"<OFX>\n{BODY}", "<OFX> of line 1 does not end; the file is cut off"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_document_is_refused(tmp_path: Path, case: str) -> None:
    text, message = HOSTILE[case]
    wrong = tmp_path / "wrong.ofx"
    wrong.write_text(text)
    with pytest.raises(BadInput, match=r"wrong\.ofx") as raised:
        read_statement(wrong, "ofx")
    assert message in str(raised.value)


@pytest.mark.parametrize("file", [SAMPLE, TWO], ids=["SGML", "XML"])
def test_a_damaged_file_is_read_whole_or_refused(file: Path) -> None:
    content, chance, outcomes = file.read_bytes(), random.Random(7), set()
    for _ in range(60):
        at = chance.randrange(len(content))
        end = at + chance.choice([0, 1, 1, 3, 40])
        piece = chance.choice([b"<", b">", b"</", b"9" * 40, b"\xff", b"\0", b"-", b"&#1114112;"])
        try:
            damaged = SourceFile(content[:at] + piece + content[end:], "x.ofx", "")
            for read in read_ofx(damaged):
                assert read.rows == len(read.facts.rows) + len(read.ignored)
            outcomes.add("read")
        except BadInput as error:
            assert "x.ofx" in str(error)
            assert str(error).isprintable()
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}
