"""Flex statements are read to the last row, or refused where they are wrong (market.md)."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from alluse_tui.domain.commands import CashFact, ConversionFact, Kind, TradeFact
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements import ReadStatement, read_statement
from alluse_tui.market.statements.flex_xml import TEXT_LIMIT, elements

DATA = Path(__file__).parents[1] / "data"
YEAR = DATA / "composed-year.xml"
COMPACT = DATA / "composed-compact-dates.xml"


@pytest.fixture(scope="module")
def year() -> ReadStatement:
    return read_statement(YEAR)


def whys(read: ReadStatement) -> Counter[str]:
    return Counter(one.why for one in read.ignored)


def by_key(read: ReadStatement) -> dict[str, object]:
    return {fact.key.rpartition(":")[2]: fact for fact in read.facts.facts}


def trade(read: ReadStatement, number: str) -> TradeFact:
    fact = by_key(read)[number]
    assert isinstance(fact, TradeFact)
    return fact


# -- what comes in --------------------------------------------------------------------------------


def test_every_row_is_a_fact_or_ignored_with_a_reason(year: ReadStatement) -> None:
    facts = len(year.facts.opening) + len(year.facts.facts)
    assert year.rows == facts + len(year.ignored) == 4 + 12 + 8 + 1
    assert facts == 2 + 8 + 5
    assert all(one.why and one.row > 5 for one in year.ignored)


def test_what_identifies_the_statement_is_read(year: ReadStatement) -> None:
    assert (year.format, year.broker_account) == ("ibkr-flex", "U0000001")
    assert year.facts.source == "ibkr:U0000001"
    assert (year.facts.first_day, year.facts.last_day) == (date(2025, 1, 1), date(2025, 6, 30))


def test_cash_rows_given_twice_are_booked_once(year: ReadStatement) -> None:
    assert sum(count for why, count in whys(year).items() if "DETAIL" in why) == 2
    assert year.cash_by_type["Dividends"] == {"USD": 12_340_000}
    assert year.cash_by_type["Withholding Tax"] == {"USD": -1_850_000}
    kinds = Counter(f.kind for f in year.facts.facts if isinstance(f, CashFact))
    assert kinds == {k: 1 for k in (Kind.DIVIDEND, Kind.TAX, Kind.INTEREST, Kind.FEE, Kind.DEPOSIT)}


def test_starting_cash_becomes_an_opening_to_the_micro(year: ReadStatement) -> None:
    found = {(f.kind, f.currency, f.micros, f.effective) for f in year.facts.opening}
    assert found == {
        (Kind.OPENING, "USD", 50_000_000_000, date(2025, 1, 1)),
        (Kind.OPENING, "EUR", 100_000_000, date(2025, 1, 1)),
    }
    assert all("starting cash" in f.note for f in year.facts.opening)
    assert year.ending_cash == {"USD": 41_050_090_000, "EUR": 149_830_000, "GBP": 0}


def test_a_cancelled_trade_and_its_rebooking_leave_the_right_one(year: ReadStatement) -> None:
    legs = [trade(year, number).legs[0] for number in ("1002", "1003", "1004")]
    assert sum(leg.quantity_micros for leg in legs) == 10_000_000
    assert sum(leg.gross_micros for leg in legs) == -190_000_000
    fees = [trade(year, number).fee_micros for number in ("1002", "1003", "1004")]
    assert fees == [1_000_000, -1_000_000, 1_000_000]


def test_an_option_has_one_name_and_its_net_cash(year: ReadStatement) -> None:
    fact = trade(year, "1001")
    assert (fact.kind, fact.legs[0].instrument.name) == (Kind.TRADE, "XYZ 2025-03-21 100 put")
    assert (fact.legs[0].quantity_micros, fact.legs[0].gross_micros) == (-2_000_000, 300_000_000)
    assert fact.fee_micros == 1_400_000
    assert year.option_net_cash == {"USD": 298_600_000}
    assert year.stock_net_cash == {"USD": -10_191_000_000}


def test_expiry_and_assignment_close_at_nothing_and_shares_change_hands(
    year: ReadStatement,
) -> None:
    expiry, assigned, shares = (trade(year, number) for number in ("1005", "1006", "1007"))
    assert [f.kind for f in (expiry, assigned, shares)] == [
        Kind.EXPIRY,
        Kind.ASSIGNMENT,
        Kind.ASSIGNMENT,
    ]
    assert [f.legs[0].gross_micros for f in (expiry, assigned, shares)] == [0, 0, -10_000_000_000]
    assert shares.legs[0].instrument.name == "XYZ"
    assert {f.effective for f in (expiry, assigned, shares)} == {date(2025, 3, 21)}


def test_a_dividend_and_its_tax_belong_to_the_underlying_of_their_row(year: ReadStatement) -> None:
    cash = [f for f in year.facts.facts if isinstance(f, CashFact)]
    assert {f.kind: f.symbol for f in cash if f.symbol} == {Kind.DIVIDEND: "ABC", Kind.TAX: "ABC"}


def test_a_conversion_moves_two_currencies(year: ReadStatement) -> None:
    fact = by_key(year)["1008"]
    assert isinstance(fact, ConversionFact)
    assert (fact.bought, fact.bought_micros) == ("EUR", 50_000_000)
    assert (fact.sold, fact.sold_micros) == ("USD", 55_000_000)
    assert (fact.fee_micros, fact.fee_currency) == (2_000_000, "USD")


def test_rates_of_the_file_come_first_and_only_to_its_base(year: ReadStatement) -> None:
    assert [(r.currency, r.against, r.nanos, r.effective) for r in year.facts.rates] == [
        ("EUR", "USD", 1_100_000_000, date(2025, 5, 5))
    ]


def test_sums_unknown_sections_and_unknown_types_are_ignored_and_said(year: ReadStatement) -> None:
    said = " | ".join(whys(year))
    for part in ("BrandNew", "Loyalty Points", "FUT", "base currency", "GBP", "fills"):
        assert part in said
    lines = YEAR.read_text().splitlines()
    assert all("=" in lines[one.row - 1] for one in year.ignored)


def test_facts_come_in_the_order_of_time(year: ReadStatement) -> None:
    days = [f.effective for f in year.facts.facts]
    assert days == sorted(days, key=lambda day: day or date.min)


def test_compact_dates_are_the_same_dates() -> None:
    read = read_statement(COMPACT)
    opened, expired = read.facts.facts
    assert (opened.effective, expired.effective) == (date(2025, 10, 10), date(2025, 10, 17))
    assert isinstance(opened, TradeFact)
    assert isinstance(expired, TradeFact)
    assert opened.legs[0].instrument == expired.legs[0].instrument
    assert opened.legs[0].instrument.expiry == date(2025, 10, 17)
    assert read.facts.first_day == date(2025, 10, 1)


# -- what does not --------------------------------------------------------------------------------

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n<FlexQueryResponse'
TAX = 'amount="-1.85" type="Withholding Tax" transactionID="2002"'
OPTION = 'strike="100" expiry="2025-03-21" putCall="P" tradeDate="2025-03-13"'
SHARES = 'quantity="100" tradePrice="100" proceeds="-10000"'

UNREADABLE = {
    "no number": (TAX, TAX.replace("-1.85", "-1.8x"), "amount '-1.8x'"),
    "not a number": (TAX, TAX.replace("-1.85", "nan"), "amount 'nan'"),
    "empty amount": (TAX, TAX.replace("-1.85", ""), "amount ''"),
    "amount beyond bounds": (TAX, TAX.replace("-1.85", "1e15"), "amount '1E+15'"),
    "no id": (TAX, TAX.partition(" transactionID")[0], "transactionID"),
    "empty id": (TAX, TAX.replace("2002", ""), "transactionID ''"),
    "id twice": (TAX, TAX.replace("2002", "2001"), "id '2001': is already used in line"),
    "empty net cash": ('netCash="298.6" notes="P"', 'netCash="" notes="P"', "netCash ''"),
    "date of another kind": (OPTION, OPTION.replace("2025-03-13", "13/03/2025"), "'13/03/2025'"),
    "no such date": (OPTION, OPTION.replace("2025-03-13", "20250230"), "tradeDate '20250230'"),
    "empty date": (OPTION, OPTION.replace("2025-03-13", ""), "tradeDate"),
    "expiry in words": (OPTION, OPTION.replace("2025-03-21", "soon"), "expiry 'soon'"),
    "option without expiry": (OPTION, OPTION.replace("2025-03-21", ""), "expiry"),
    "no such right": (OPTION, OPTION.replace('"P"', '"X"'), "putCall 'X'"),
    "strike in words": (OPTION, OPTION.replace('"100"', '"1e2x"'), "strike '1e2x'"),
    "half a pair": ('symbol="EUR.USD"', 'symbol="EURUSD"', "symbol 'EURUSD'"),
    "no currency": ('currency="EUR" fxRate', 'currency="euro" fxRate', "currency 'euro'"),
    "rate in words": ('fxRateToBase="1.1"', 'fxRateToBase="one"', "fxRateToBase 'one'"),
    "rate beyond bounds": ('fxRateToBase="1.1"', 'fxRateToBase="99999999999999"', "fxRateToBase"),
    "starting cash in words": ('Cash="50000" ', 'Cash="lots" ', "startingCash 'lots'"),
    "option of no name": (
        'symbol="XYZ   250321P00100000" description="XYZ 21MAR25 100 P" underlyingSymbol="XYZ"',
        'symbol=" " underlyingSymbol=""',
        "symbol ' '",
    ),
    "long date": (OPTION, OPTION.replace("2025-03-13", "9" * 5_000), "must be a date such as"),
}
HALF = {
    "id of a trade": ('transactionID="1007"', 'transactionID="1001"', "id '1001': is already used"),
    "quantity in words": (SHARES, SHARES.replace('"100"', '"ten"', 1), "quantity 'ten'"),
    "quantity too fine": (SHARES, SHARES.replace('"100"', '"0.0000001"', 1), "quantity '1E-7'"),
    "empty quantity": (SHARES, SHARES.replace('"100"', '""', 1), "quantity ''"),
    "no quantity": (SHARES, SHARES.partition(" ")[2], "quantity"),
    "no proceeds": (SHARES, SHARES.rpartition(" ")[0], "proceeds"),
    "empty proceeds": (SHARES, SHARES.replace("-10000", ""), "proceeds ''"),
}
"""The shares of an assignment, whose option can be read."""

WRONG_VALUE = {
    "no first day": ('fromDate="2025-01-01" toDate="2025-06-30" p', 'fromDate="May" p', "'May'"),
    "base of no currency": ('currency="USD" fav', 'currency="dollars" fav', "currency 'dollars'"),
    "huge value": ("ABC CORP", "ABC" * 50_000, "more than 65,536 characters"),
    "and sign": ("ABC CORP", "ABC & CORP", "not well-formed"),
    "control character": ("ABC CORP", "ABC \x01 CORP", "not well-formed"),
    "wrong end": ("</Trades>", "</Trade>", "not well-formed"),
}
WRONG_FILE = {
    "cut off": ("</FlexQueryResponse>\n", "", "not well-formed"),
    "entities": ("<FlexQueryResponse", BOMB, "line 2': must not have a DOCTYPE"),
    "entity of nobody": ("ABC CORP", "&abc;", "not well-formed"),
    "deeper than any stack": (
        "<BrandNewRow ",
        "<a>" * 200_000 + "<BrandNewRow ",
        "nested too deeply",
    ),
    "too deep": ("<BrandNewRow ", "<a><b><c><d><e><f><g><BrandNewRow ", "nested too deeply"),
}


def changed(tmp_path: Path, old: str, new: str) -> tuple[Path, int]:
    """The year with `old` replaced once, and the line where it stood."""
    text = YEAR.read_text()
    before, found, after = text.partition(old)
    assert found
    wrong = tmp_path / "wrong.xml"
    wrong.write_text(before + new + after)
    return wrong, before.count("\n") + 1


def refusal(tmp_path: Path, old: str, new: str) -> tuple[str, int]:
    """What is said of the year with `old` replaced once, and the line where it stood."""
    wrong, line = changed(tmp_path, old, new)
    with pytest.raises(BadInput) as raised:
        read_statement(wrong)
    assert str(raised.value).isprintable()
    assert "wrong.xml" in str(raised.value)
    return str(raised.value), line


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_row_that_cannot_be_read_is_ignored_naming_line_attribute_and_value(
    tmp_path: Path, year: ReadStatement, case: str
) -> None:
    old, new, said = UNREADABLE[case]
    wrong, line = changed(tmp_path, old, new)
    read = read_statement(wrong)
    (ignored,) = [one for one in read.ignored if "cannot be read" in one.why]
    assert ignored.row == line
    assert said in ignored.why
    assert "U0000001" not in ignored.why
    assert read.rows == year.rows
    known = {fact.key for fact in (*year.facts.opening, *year.facts.facts)}
    left = {fact.key for fact in (*read.facts.opening, *read.facts.facts)}
    assert known - left == {key for key, at in year.lines.items() if at == line}
    assert left < known


@pytest.mark.parametrize("case", HALF)
def test_a_file_is_refused_if_the_rest_would_be_half_an_assignment(
    tmp_path: Path, case: str
) -> None:
    old, new, said = HALF[case]
    message, line = refusal(tmp_path, old, new)
    assert f"line {line}" in message
    assert said in message
    assert "belongs to it" in message


@pytest.mark.parametrize("case", WRONG_VALUE)
def test_a_wrong_value_is_refused_naming_file_line_attribute_and_value(
    tmp_path: Path, case: str
) -> None:
    old, new, said = WRONG_VALUE[case]
    message, line = refusal(tmp_path, old, new)
    assert f"line {line}" in message
    assert said in message


@pytest.mark.parametrize("case", WRONG_FILE)
def test_a_wrong_file_is_refused_and_named(tmp_path: Path, case: str) -> None:
    old, new, said = WRONG_FILE[case]
    message, _ = refusal(tmp_path, old, new)
    assert said in message


def test_a_file_without_a_statement_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.xml"
    file.write_text("<FlexQueryResponse><FlexStatements count='0'/></FlexQueryResponse>")
    with pytest.raises(BadInput, match="has no FlexStatement"):
        read_statement(file)


def test_a_row_given_twice_is_read_once(tmp_path: Path, year: ReadStatement) -> None:
    (row,) = [line for line in YEAR.read_text().splitlines() if 'transactionID="2002"' in line]
    twice, line = changed(tmp_path, row, f"{row}\n{row}")
    read = read_statement(twice)
    assert read.facts.facts == year.facts.facts
    assert [one.row for one in read.ignored if one.why == f"repeats line {line}"] == [line + 1]


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "no known format"), (b"Date,Action\n", "no known format"), (b"\xff\xfe", "no known")],
)
def test_a_file_of_no_known_format_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    with pytest.raises(BadInput, match=said):
        read_statement(file)
    with pytest.raises(BadInput, match=r"x\.csv"):
        read_statement(file, "ibkr-flex")


@pytest.mark.parametrize(
    "encoding",
    [
        "UTF-7",
        "utf8",
        "UCS-4",
        "ISO-10646-UCS-4",
        "UTF-32",
        "EBCDIC-CP-US",
        "cp037",
        "big5",
        "hex",
        "idna",
        "punycode",
        "undefined",
        "unicode_escape",
        "rot13",
        "x-unknown",
        "A" * 1_000,
    ],
)
def test_an_encoding_that_would_be_read_wrongly_is_refused_by_its_name(
    tmp_path: Path, encoding: str
) -> None:
    message, _ = refusal(tmp_path, 'encoding="UTF-8"', f'encoding="{encoding}"')
    assert f"declares the encoding '{encoding[:50]}" in message
    assert len(message) < 300


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-16LE", "", "a b"])
def test_an_encoding_that_the_bytes_contradict_is_refused(tmp_path: Path, encoding: str) -> None:
    message, _ = refusal(tmp_path, 'encoding="UTF-8"', f'encoding="{encoding}"')
    assert "not well-formed" in message


@pytest.mark.parametrize("encoding", ["utf-32", "utf-7", "cp037"])
def test_bytes_of_an_encoding_that_is_not_declared_are_refused(
    tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "x.xml"
    file.write_bytes('<FlexQueryResponse a="+é"/>'.encode(encoding))
    with pytest.raises(BadInput, match=r"x\.xml"):
        read_statement(file, "ibkr-flex")


def test_more_elements_than_any_statement_has_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alluse_tui.market.statements.flex_xml.ELEMENT_LIMIT", 5)
    with pytest.raises(BadInput, match="more than 5 elements"):
        read_statement(YEAR)


def test_a_statement_of_another_encoding_is_read_as_it_declares(tmp_path: Path) -> None:
    file = tmp_path / "latin.xml"
    text = YEAR.read_text().replace("UTF-8", "ISO-8859-1").replace("ABC CORP", "ZÜRICH AG")
    file.write_bytes(text.encode("latin-1"))
    assert trade(read_statement(file), "1002").note == "ZÜRICH AG"


@pytest.mark.parametrize("attribute", ["a='{}'", "a='{}' b='{}'", "{}=''"])
def test_a_text_may_be_as_long_as_the_limit_and_no_longer(attribute: str) -> None:
    def document(length: int) -> bytes:
        return f"<a><b {attribute.format('x' * length, 'y' * length)} /></a>".encode()

    assert len(elements(document(TEXT_LIMIT), "x.xml")) == 2
    with pytest.raises(BadInput, match="more than 65,536 characters"):
        elements(document(TEXT_LIMIT + 1), "x.xml")
