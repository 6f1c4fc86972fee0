"""Accounts, base currency and period of Flex files as brokers write them (market.md, IBKR Flex)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from books import STATEMENTS
from flex_files import PERIOD, cash, flex, read_flex_text, row, section, statement, trade

from alluse_tui.domain.commands import CashFact
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements import read_statement, read_statements

CORPORATE_ACTIONS = STATEMENTS / "ibkr-flex-corporate-actions.xml"


def test_each_row_belongs_to_the_account_that_it_names(tmp_path: Path) -> None:
    rows = [
        trade("1", accountId="U1110111"),
        trade("2", accountId="U2220222", quantity="-3"),
        trade("3", accountId="U1110111", quantity="7"),
        trade("4", accountId="-"),
    ]
    consolidated = flex(statement(section("Trades", *rows), accountId="F9", **PERIOD))
    one, two = read_flex_text(tmp_path, consolidated)
    assert [one.broker_account, two.broker_account] == ["U1110111", "U2220222"]
    assert [fact.key for fact in one.facts.facts] == ["U1110111:1", "U1110111:3"]
    assert [fact.key for fact in two.facts.facts] == ["U2220222:2"]
    assert [(i.row, i.why) for i in one.ignored] == [(8, "names no account")]
    assert (one.rows, two.rows) == (3, 1)


def test_rows_name_the_account_if_the_statement_does_not(tmp_path: Path) -> None:
    rows = section("Trades", trade("1", accountId="U7"), trade("2", accountId="-"))
    (read,) = read_flex_text(tmp_path, flex(statement(rows, **PERIOD)))
    assert (read.broker_account, len(read.facts.facts)) == ("U7", 2)
    with pytest.raises(BadInput, match="line 3: FlexStatement accountId: is missing"):
        read_flex_text(tmp_path, flex(statement(section("Trades", trade("1")), **PERIOD)))


def test_the_days_of_one_account_are_one_statement(tmp_path: Path) -> None:
    def day(day: str, starting: str, ending: str, number: str, position: str) -> str:
        return statement(
            section(
                "CashReport",
                row("CashReportCurrency", currency="USD", startingCash=starting, endingCash=ending),
            ),
            section(
                "OpenPositions",
                row(
                    "OpenPosition",
                    assetCategory="STK",
                    symbol="ABC",
                    currency="USD",
                    reportDate=day,
                    position=position,
                    markPrice="20",
                    levelOfDetail="SUMMARY",
                ),
            ),
            section("Trades", trade(number, tradeDate=day)),
            accountId="U1",
            fromDate=day,
            toDate=day,
        )

    second = day("2026-01-13", "898", "796", "2", "10")
    first = day("2026-01-12", "1000", "898", "1", "5")
    (read,) = read_flex_text(tmp_path, flex(second, first))
    facts = read.facts
    assert (facts.first_day, facts.last_day) == (date(2026, 1, 12), date(2026, 1, 13))
    assert [(f.micros, f.effective) for f in facts.opening] == [(1_000_000_000, date(2026, 1, 12))]
    assert (read.starting_cash, read.ending_cash) == ({"USD": 1_000_000_000}, {"USD": 796_000_000})
    assert read.ending_positions == {("ABC", "USD"): 10_000_000}
    assert [fact.key for fact in facts.facts] == ["U1:1", "U1:2"]
    assert read.rows == 6 == len(facts.facts) + len(facts.marks) + 1 + len(read.ignored)


def test_the_base_currency_is_the_one_whose_rate_is_always_one(tmp_path: Path) -> None:
    rows = section(
        "CashTransactions",
        cash("1", currency="CHF", fxRateToBase="1"),
        cash("2", currency="USD", fxRateToBase="1"),
        cash("3", currency="USD", fxRateToBase="0.8", reportDate="2026-01-16"),
    )
    (read,) = read_flex_text(tmp_path, flex(statement(rows, accountId="U1", **PERIOD)))
    assert [(r.currency, r.against, r.nanos) for r in read.facts.rates] == [
        ("USD", "CHF", 1_000_000_000),
        ("USD", "CHF", 800_000_000),
    ]
    assert read.notes == ("base currency CHF: the only one whose rate is 1 on every row",)


@pytest.mark.parametrize("second", ["1", "0.8"])  # two are always one, or none is
def test_a_base_currency_that_is_not_certain_is_asked_for(tmp_path: Path, second: str) -> None:
    rows = section(
        "CashTransactions",
        cash("1", currency="USD", fxRateToBase=second),
        cash("2", currency="EUR", fxRateToBase="1" if second == "1" else "0.9"),
    )
    text = flex(statement(rows, accountId="U1234567", **PERIOD))
    with pytest.raises(BadInput) as raised:
        read_flex_text(tmp_path, text)
    assert str(raised.value) == (
        "--currency: the file does not give the base currency of broker account …567: give it,"
        " such as --currency USD"
    )
    (read,) = read_flex_text(tmp_path, text, currency="CHF")
    assert {(r.currency, r.against) for r in read.facts.rates} == {("USD", "CHF"), ("EUR", "CHF")}
    with pytest.raises(BadInput, match="--currency 'francs': must be a currency code"):
        read_flex_text(tmp_path, text, currency="francs")


def test_a_currency_that_contradicts_the_file_is_refused(tmp_path: Path) -> None:
    information = row("AccountInformation", accountId="U1", currency="EUR")
    text = flex(statement(information, section("Trades", trade("1")), accountId="U1", **PERIOD))
    with pytest.raises(BadInput, match="'USD': must be EUR, the base currency that the file gives"):
        read_flex_text(tmp_path, text, currency="USD")


def test_a_file_without_rates_needs_no_base_currency(tmp_path: Path) -> None:
    text = flex(statement(section("Trades", trade("1")), accountId="U1", **PERIOD))
    (read,) = read_flex_text(tmp_path, text)
    assert (read.facts.rates, read.notes) == ((), ())


def test_a_missing_period_is_taken_from_the_rows_and_said(tmp_path: Path) -> None:
    rows = section(
        "CashTransactions", cash("1"), cash("2", dateTime="2026-01-20 10:00:00", reportDate="")
    )
    (read,) = read_flex_text(tmp_path, flex(statement(rows, accountId="U1")))
    days = (date(2026, 1, 15), date(2026, 1, 20))
    assert (read.facts.first_day, read.facts.last_day) == days
    assert read.notes == (
        "the statement does not give its whole period: 2026-01-15 to 2026-01-20 are the first and"
        " the last day of its rows",
    )
    undated = section("Notes", row("Note", text="x"))
    with pytest.raises(BadInput, match="fromDate: is missing, and no row has a date"):
        read_flex_text(tmp_path, flex(statement(undated, accountId="U1")))


@pytest.mark.skipif(
    not CORPORATE_ACTIONS.exists(), reason="the real statements are not on this machine"
)
def test_a_real_file_without_account_information_is_read_with_its_currency() -> None:
    with pytest.raises(BadInput, match=r"--currency: .* broker account …567"):
        read_statement(CORPORATE_ACTIONS)
    read = read_statement(CORPORATE_ACTIONS, currency="CHF")
    assert (read.rows, len(read.facts.facts), len(read.ignored)) == (17, 5, 11)
    assert sum(f.micros for f in read.facts.facts if isinstance(f, CashFact)) == 22_640_000


def test_both_accounts_of_a_file_have_their_own_currency_and_cash() -> None:
    one, two = read_statements(Path(__file__).parents[1] / "data" / "composed-two-accounts.xml")
    assert (one.ending_cash, two.ending_cash) == ({"USD": 4_898_000_000}, {"EUR": 290_000_000})
    assert (one.ending_positions, two.ending_positions) == ({("ABC", "USD"): 5_000_000}, None)
