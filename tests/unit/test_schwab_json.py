"""Schwab's JSON means what its CSV means (market.md, CSV files)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from statement_rows import booked_cents, keys, refused_at, trades

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements import read_statement

DATA = Path(__file__).parents[1] / "data"
SAMPLE = DATA / "composed-schwab.json"


def test_the_same_transactions_in_csv_and_json_are_the_same_rows(tmp_path: Path) -> None:
    newer = tmp_path / "newer.csv"  # without title and totals row, as Schwab exports it now
    newer.write_text("\n".join((DATA / "composed-schwab.csv").read_text().splitlines()[2:-1]))
    in_csv, in_json = read_statement(newer), read_statement(SAMPLE)
    assert (in_json.format, in_json.rows, in_json.broker_account) == ("schwab-json", 24, "")
    assert keys(in_json) == keys(in_csv)
    assert trades(in_json) == trades(in_csv)
    assert in_json.facts.facts == in_csv.facts.facts
    assert [one.why for one in in_json.ignored] == [one.why for one in in_csv.ignored]
    assert booked_cents(in_json) == 3_031_412 - 10_235  # the cash of ignored rows


def test_rows_are_named_by_their_line_or_by_their_number_on_one_line(tmp_path: Path) -> None:
    assert [one.row for one in read_statement(SAMPLE).ignored][:2] == [6, 16]  # 10 lines each
    document = json.loads(SAMPLE.read_text())
    flat = tmp_path / "flat.json"
    flat.write_text(json.dumps(document))
    assert keys(read_statement(flat)) == keys(read_statement(SAMPLE))
    document["BrokerageTransactions"][9]["Amount"] = "lots"
    flat.write_text(json.dumps(document))
    with pytest.raises(BadInput, match=r"flat\.json transaction 10: Amount 'lots': must be a num"):
        read_statement(flat)


WRONG = {
    "amount in words": ("$30,314.12", "lots", "TotalTransactionsAmount 'lots': must be a number"),
    "wrong total": ("$30,314.12", "$30,314.11", "must be 30314.12, the sum of its transactions"),
    "cut off": ('"Amount": "-$12,500.00"\n', '"Amount": "-$12', "is not valid JSON"),
    "a list": ('"Amount": ""', '"Amount": []', "Amount: must be quoted text"),
    "twice": ('"Amount": ""', '"Date": ""', "Date: must not appear twice in one object"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_value_is_refused_naming_its_place(tmp_path: Path, case: str) -> None:
    old, new, message = WRONG[case]
    wrong = tmp_path / "wrong.json"
    text = SAMPLE.read_text()
    assert old in text
    wrong.write_text(text.replace(old, new, 1))
    with pytest.raises(BadInput, match=r"wrong\.json") as raised:
        read_statement(wrong)
    assert message in str(raised.value)


def test_a_row_without_a_column_or_that_is_no_object_is_refused(tmp_path: Path) -> None:
    refused_at(
        SAMPLE, tmp_path / "wrong.json", '{\n      "Date"', '{\n      "Day"', "Date: is missing"
    )
    other = tmp_path / "other.json"
    for text, message in (
        ('{"BrokerageTransactions": 1}', "BrokerageTransactions: is missing"),
        ('{"BrokerageTransactions": []}', "has no rows"),
        ('{"BrokerageTransactions": [1]}', "line 1: BrokerageTransactions: must be an object"),
        ('["BrokerageTransactions"]', "must be a JSON object"),
        ('{"BrokerageTransactions": ' + "[" * 100_000, "nested too deeply"),
    ):
        other.write_text(text)
        with pytest.raises(BadInput, match=message):
            read_statement(other)
