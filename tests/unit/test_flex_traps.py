"""What Flex files have that must not be booked wrongly, and files that can be read all the same."""

from __future__ import annotations

from codecs import BOM_UTF8
from datetime import date
from pathlib import Path

import pytest
from flex_files import PERIOD, cash, flex, read_flex_text, row, section, statement, trade

from alluse_tui.domain.commands import CashFact, Fact, Kind, TradeFact, TransferFact
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements import ReadStatement, read_statement
from alluse_tui.market.statements.flex_confirms import as_trade
from alluse_tui.market.statements.flex_xml import Element

DATA = Path(__file__).parents[1] / "data"

INDEX_OPTION = {
    "assetCategory": "OPT",
    "symbol": "SPX   260116P06900000",
    "underlyingSymbol": "SPX",
    "multiplier": "100",
    "strike": "6900",
    "expiry": "2026-01-16",
    "putCall": "P",
    "tradeDate": "2026-01-16",
    "dateTime": "2026-01-16;16:20:00",
    "transactionType": "BookTrade",
}
"""A short put on an index that ended 52.34 in the money is bought back for 5,234.00."""


def read(folder: Path, *sections: str) -> ReadStatement:
    (only,) = read_flex_text(folder, flex(statement(*sections, accountId="U1", **PERIOD)))
    return only


def whys(read: ReadStatement) -> list[str]:
    return [ignored.why for ignored in read.ignored]


def test_a_cash_settled_option_moves_cash_and_no_shares(tmp_path: Path) -> None:
    settled = trade(
        "1",
        **INDEX_OPTION,
        quantity="1",
        tradePrice="52.34",
        proceeds="-5234",
        ibCommission="0",
        netCash="-5234",
        notes="A",
    )
    (fact,) = read(tmp_path, section("Trades", settled)).facts.facts
    assert isinstance(fact, TradeFact)
    (leg,) = fact.legs
    assert (fact.kind, leg.instrument.name) == (Kind.ASSIGNMENT, "SPX 2026-01-16 6900 put")
    assert (leg.quantity_micros, leg.gross_micros) == (1_000_000, -5_234_000_000)


def test_the_premium_in_an_assigned_stocks_cost_is_not_booked(tmp_path: Path) -> None:
    shares = trade(
        "1",
        quantity="100",
        tradePrice="50",
        proceeds="-5000",
        ibCommission="0",
        netCash="-5000",
        cost="4850",
        fifoPnlRealized="150",
        transactionType="BookTrade",
        notes="A",
    )
    (fact,) = read(tmp_path, section("Trades", shares)).facts.facts
    assert isinstance(fact, TradeFact)
    assert (fact.kind, fact.legs[0].gross_micros) == (Kind.ASSIGNMENT, -5_000_000_000)


@pytest.mark.parametrize(
    ("asset", "symbol", "words"),
    [
        ("FUT", "ESH6", "FUT (futures)"),
        ("FOP", "ESH6 P6000", "FOP (options on futures)"),
        ("BOND", "T 4 1/2 11/15/33", "BOND (bonds)"),
        ("FUND", "VTSAX", "FUND (funds)"),
        ("XYZ", "NEW", "XYZ"),
    ],
)
def test_trades_of_other_assets_are_reported_and_never_shares(
    tmp_path: Path, asset: str, symbol: str, words: str
) -> None:
    other = trade("1", assetCategory=asset, symbol=symbol, netCash="-102")
    held = row(
        "OpenPosition",
        assetCategory=asset,
        symbol=symbol,
        currency="USD",
        reportDate="2026-01-31",
        position="1",
        markPrice="100",
        levelOfDetail="SUMMARY",
    )
    statement = read(tmp_path, section("Trades", other), section("OpenPositions", held))
    assert (statement.facts.facts, statement.facts.marks) == ((), ())
    said = f"trades of {words} are not booked: {symbol}"
    assert (statement.notes, whys(statement)[0]) == ((said,), said)
    assert statement.cash_by_type == {f"Trades of {words}": {"USD": -102_000_000}}
    assert statement.not_compared == (f"{symbol} ({asset}) of line 8",)


def transfer(**attributes: str) -> str:
    """100 shares that came from another broker, worth 1,200.00."""
    came = {
        "assetCategory": "STK",
        "symbol": "ABC",
        "currency": "USD",
        "type": "ACATS",
        "direction": "IN",
        "date": "2026-01-20",
        "quantity": "100",
        "positionAmount": "1200",
        "transactionID": "7",
    }
    return row("Transfer", came, account="U7654321", **attributes)


def one_transfer(folder: Path, **attributes: str) -> Fact:
    (fact,) = read(folder, section("Transfers", transfer(**attributes))).facts.facts
    return fact


def test_a_position_comes_at_its_value(tmp_path: Path) -> None:
    fact = one_transfer(tmp_path, conid="99")
    assert isinstance(fact, TransferFact)
    (leg,) = fact.legs
    assert (fact.came, fact.key, fact.effective) == (True, "U1:7", date(2026, 1, 20))
    assert (leg.instrument.name, leg.contract) == ("ABC", "99")
    assert (leg.quantity_micros, leg.gross_micros) == (100_000_000, -1_200_000_000)
    assert fact.note == "transfer (ACATS in)"  # without the number of the other account


@pytest.mark.parametrize("amount", ["-1200", "1200"])
def test_a_position_leaves_at_its_value(tmp_path: Path, amount: str) -> None:
    fact = one_transfer(tmp_path, direction="Out", quantity="-100", positionAmount=amount)
    assert isinstance(fact, TransferFact)
    (leg,) = fact.legs
    assert not fact.came
    assert (leg.quantity_micros, leg.gross_micros) == (-100_000_000, 1_200_000_000)


@pytest.mark.parametrize(("multiplier", "name"), [("", ""), ("100", ""), ("10", " x10")])
def test_a_short_option_comes_with_what_closing_it_would_cost(
    tmp_path: Path, multiplier: str, name: str
) -> None:
    put = {**INDEX_OPTION, "tradeDate": "", "dateTime": "", "transactionType": ""}
    put |= {"multiplier": multiplier, "quantity": "-1", "positionAmount": "-150"}
    fact = one_transfer(tmp_path, **put)
    assert isinstance(fact, TransferFact)
    (leg,) = fact.legs
    assert (fact.came, leg.instrument.name) == (True, f"SPX 2026-01-16 6900 put{name}")
    assert (leg.quantity_micros, leg.gross_micros) == (-1_000_000, 150_000_000)


def test_a_worthless_position_is_booked_too(tmp_path: Path) -> None:
    fact = one_transfer(tmp_path, positionAmount="0")
    assert isinstance(fact, TransferFact)
    assert fact.legs[0].gross_micros == 0


@pytest.mark.parametrize(
    ("direction", "amount", "kind"),
    [
        ("IN", "250", Kind.DEPOSIT),
        ("OUT", "-250", Kind.WITHDRAWAL),
        ("-", "-250", Kind.WITHDRAWAL),
    ],
)
def test_transferred_cash_is_a_deposit_or_a_withdrawal(
    tmp_path: Path, direction: str, amount: str, kind: Kind
) -> None:
    moved = {"assetCategory": "CASH", "symbol": "--", "quantity": "0", "positionAmount": "0"}
    text = transfer(**moved, direction=direction, cashTransfer=amount)
    statement = read(tmp_path, section("Transfers", text))
    (fact,) = statement.facts.facts
    assert isinstance(fact, CashFact)
    assert (fact.kind, fact.micros) == (kind, int(amount) * 1_000_000)
    assert statement.cash_by_type == {"Transfers": {"USD": int(amount) * 1_000_000}}


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        (
            {"positionAmount": ""},
            "of 100 ABC without a value: add Position Amount to the Flex query",
        ),
        (
            {"assetCategory": ""},
            "of 100 ABC without an asset class: add Asset Class to the Flex query",
        ),
        (
            {"transactionID": ""},
            "of 100 ABC without an id: add Transaction ID to the Flex query",
        ),
        ({"date": ""}, "of 100 ABC without a date: add Date/Time to the Flex query"),
        (
            {"assetCategory": "BOND", "symbol": "T  4 1/2", "quantity": "1000"},
            "of 1000 T 4 1/2: BOND (bonds) are not booked",
        ),
        ({"cashTransfer": "5"}, "of 100 ABC and 5 USD in one row: record both yourself"),
        (
            {"quantity": "-100"},
            "of -100 ABC, whose sign contradicts its direction: record it yourself",
        ),
        (
            {"quantity": "", "cashTransfer": "-2.50"},
            "of -2.50 USD, whose sign contradicts its direction: record it yourself",
        ),
        ({"quantity": "0"}, "that moves nothing"),
    ],
)
def test_a_transfer_that_cannot_be_booked_says_why(
    tmp_path: Path, attributes: dict[str, str], why: str
) -> None:
    statement = read(tmp_path, section("Transfers", transfer(**attributes)))
    assert statement.facts.facts == ()
    assert whys(statement) == [f"a transfer (ACATS in) {why}"]


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({"symbol": ""}, "symbol '': must name what was traded"),
        ({"quantity": "1O0"}, "Transfer quantity '1O0': must be a decimal number"),
        ({"quantity": "0.0000001"}, "quantity '1E-7': must have at most six decimals"),
        ({"positionAmount": "NaN"}, "Transfer positionAmount 'NaN': must be a decimal number"),
        ({**INDEX_OPTION, "strike": ""}, "strike '0': must be above zero"),
        (
            {**INDEX_OPTION, "multiplier": "0.5"},
            "multiplier '0.5': must be a whole number of shares",
        ),
    ],
)
def test_a_transfer_that_cannot_be_read_says_where(
    tmp_path: Path, attributes: dict[str, str], why: str
) -> None:
    statement = read(tmp_path, section("Transfers", transfer(**attributes)))
    assert statement.facts.facts == ()
    assert whys(statement) == [f"cannot be read: composed.xml line 5: {why}"]


def test_the_type_of_a_transfer_tells_no_account_number(tmp_path: Path) -> None:
    assert one_transfer(tmp_path, type="to U7654321").note == "transfer (in)"


def test_a_transfer_is_booked_once_however_often_it_is_listed(tmp_path: Path) -> None:
    as_cash = cash("7", type="Deposits/Withdrawals", amount="250", dateTime="2026-01-20")
    moved = transfer(assetCategory="CASH", symbol="--", quantity="0", cashTransfer="250")
    both = read(tmp_path, section("CashTransactions", as_cash), section("Transfers", moved))
    assert [type(fact) for fact in both.facts.facts] == [CashFact]
    again = transfer(quantity="100.0", positionAmount="1200.00")
    twice = read(tmp_path, section("Transfers", transfer(), again))
    assert (len(twice.facts.facts), whys(twice)) == (1, ["repeats line 5"])


@pytest.mark.parametrize("when", [{"dateTime": ""}, {"dateTime": "2026-01-12"}])
def test_what_leaves_without_a_time_leaves_after_the_trades_of_its_day(
    tmp_path: Path, when: dict[str, str]
) -> None:
    moved = {"direction": "OUT", "quantity": "-5", "date": "2026-01-12", **when}
    out, bought = transfer(**moved), trade("1", dateTime="2026-01-12;11:00:00")
    rows = read(tmp_path, section("Transfers", out), section("Trades", bought)).facts.facts
    assert [type(fact) for fact in rows] == [TradeFact, TransferFact]


def test_a_reversed_dividend_takes_its_cash_back(tmp_path: Path) -> None:
    rows = [cash("1", symbol="ABC"), cash("2", symbol="ABC", amount="-5", code="Re")]
    facts = read(tmp_path, section("CashTransactions", *rows)).facts.facts
    assert [(f.kind, f.micros) for f in facts if isinstance(f, CashFact)] == [
        (Kind.DIVIDEND, 5_000_000),
        (Kind.DIVIDEND, -5_000_000),
    ]


def test_sums_without_their_rows_are_ignored_and_say_what_to_choose(tmp_path: Path) -> None:
    only = read(tmp_path, section("CashTransactions", cash("1", levelOfDetail="SUMMARY")))
    assert whys(only) == ["a sum, and the file has no DETAIL rows: choose Detail in the Flex query"]


def test_a_row_is_known_by_its_trade_where_it_has_no_transaction(tmp_path: Path) -> None:
    rows = [trade("", tradeID="7"), trade("", tradeID="7"), trade("", symbol="DEF")]
    statement = read(tmp_path, section("Trades", *rows))
    (fact,) = statement.facts.facts
    assert fact.key == "U1:fill:7:2026-01-12:5000000:20000000"
    assert whys(statement)[0] == "repeats line 5"
    assert "transactionID '': is missing, as is tradeID" in whys(statement)[1]


def test_two_transactions_of_one_trade_are_two_fills(tmp_path: Path) -> None:
    rows = [trade("1", tradeID="7"), trade("2", tradeID="7")]
    assert len(read(tmp_path, section("Trades", *rows)).facts.facts) == 2


def test_a_correction_that_cannot_be_read_refuses_its_trade(tmp_path: Path) -> None:
    rows = [trade("1", tradeID="7"), trade("2", origTradeID="7", quantity="?")]
    with pytest.raises(BadInput, match=r"line 6: Trade quantity '\?'.*line 5 belongs to it"):
        read(tmp_path, section("Trades", *rows))


@pytest.mark.parametrize(
    ("confirmed", "proceeds", "net"),
    [
        ({"amount": "205", "commission": "-1"}, "-205", "-206"),  # amount: paid is positive
        ({"proceeds": "-205", "commission": "-1", "tax": "-0.5"}, "-205", "-206.5"),
        ({"quantity": "10", "price": "20.50", "commission": "-1"}, "-205.00", "-206.00"),
        ({"quantity": "-2", "price": "1.5", "multiplier": "100"}, "300.0", "300.0"),
        ({"netCash": "-206", "amount": "205"}, "-205", "-206"),
    ],
)
def test_a_confirmation_gives_cash_under_other_names(
    confirmed: dict[str, str], proceeds: str, net: str
) -> None:
    known = as_trade(Element("TradeConfirm", "TradeConfirms", confirmed, 7)).attributes
    assert (known["proceeds"], known["netCash"]) == (proceeds, net)


def test_a_confirmation_without_a_commission_says_so() -> None:
    only = read_statement(DATA / "composed-confirms.xml")
    assert only.facts.fills_only
    fees = [fact.fee_micros for fact in only.facts.facts if isinstance(fact, TradeFact)]
    assert fees == [1_650_000, 1_000_000, 0]
    assert only.notes == (
        "1 fill was booked without fees: the file gives neither commission nor net cash",
    )


@pytest.mark.parametrize("before", [BOM_UTF8, b"\n\n \r\n", BOM_UTF8 + b"\n\n"], ids=repr)
def test_a_byte_order_mark_and_blank_lines_are_skipped(tmp_path: Path, before: bytes) -> None:
    text = (DATA / "composed-two-accounts.xml").read_bytes()
    plain, marked = (read_flex_text(tmp_path, content) for content in (text, before + text))
    skipped = before.count(b"\n")
    for one, other in zip(plain, marked, strict=True):
        assert other.facts.facts == one.facts.facts
        assert other.lines == {key: line + skipped for key, line in one.lines.items()}
    with pytest.raises(BadInput, match=f"line {5 + skipped}': is not well-formed"):
        read_flex_text(tmp_path, before + text[:300])


def test_text_is_kept_in_any_script(tmp_path: Path) -> None:
    note = "Zinsen für März 利息 🏦"
    (fact,) = read(tmp_path, section("CashTransactions", cash("1", description=note))).facts.facts
    assert fact.note == note


@pytest.mark.parametrize("separator", [";", ",", ", ", " ", "T"])
def test_a_time_follows_its_day_in_every_way_that_a_query_offers(
    tmp_path: Path, separator: str
) -> None:
    at = f"20260115{separator}101500"
    (fact,) = read(tmp_path, section("CashTransactions", cash("1", dateTime=at))).facts.facts
    assert str(fact.effective) == "2026-01-15"
