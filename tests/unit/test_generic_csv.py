"""A CSV of any layout, read by a mapping (market.md, Mapped CSV)."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest
from statement_rows import booked_cents, cash, trades

from alluse_tui.domain.commands import Kind
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.market.statements import ReadStatement
from alluse_tui.market.statements.csv_mapping import dated, mapping_of, mapping_text
from alluse_tui.market.statements.generic_csv import read_generic
from alluse_tui.market.statements.statement import SourceFile

MAPPING = """
broker = "musterbank"
date_format = "DD.MM.YYYY"
decimal_mark = ","
currency = "EUR"

[columns]
date = "Tag"
action = "Vorgang"
symbol = "Symbol"
quantity = "Stück"
amount = "Betrag"
fees = "Gebühr"
id = "Nr"
expiry = "Verfall"
strike = "Basis"
right = "Art"

[actions]
buy = ["Kauf"]
sell = ["Verkauf"]
assignment = ["Ausübung"]
expiry = ["Verfall"]
deposit = ["Einzahlung", "Auszahlung"]
dividend = ["Dividende"]
ignore = ["Summe"]
"""
ROWS = [
    "1;02.10.2026;Einzahlung;;;;;;10.000,00;;",
    "2;05.10.2026 15:31;Verkauf;AAPL;27.11.2026;190;P;2;288,70;1,30;x",
    "3;06.10.2026;Kauf;KO;;;;100;-6.010,00;;",
    "4;07.10.2026;Dividende;KO;;;;;48,50;;",
    "5;08.10.2026;Ausübung;AAPL;27.11.2026;190,0;put;1;;;",
    "6;09.10.2026;Verfall;AAPL;27.11.2026;190;PUT;1;;;",
    "7;12.10.2026;Auszahlung;;;;;;-50,00;;",
    "8;12.10.2026;Zauberei;;;;;;7,00;;",
    "9;12.10.2026;Summe;;;;;;7,00;;",
]
HEADER = "Nr;Tag;Vorgang;Symbol;Verfall;Basis;Art;Stück;Betrag;Gebühr;Notiz"


def read(rows: list[str], mapping: str = MAPPING, header: str = HEADER) -> ReadStatement:
    content = "\n".join(["Musterbank", "", header, *rows]).encode()
    (statement,) = read_generic(
        SourceFile(content, "x.csv", "", mapping=mapping_of(mapping, "m.toml"))
    )
    return statement


def test_rows_are_booked_as_the_mapping_says() -> None:
    statement = read(ROWS)
    put = "AAPL 2026-11-27 190 put"
    assert trades(statement) == [
        (Kind.TRADE, put, -2, 29_000, 130),
        (Kind.TRADE, "KO", 100, -601_000, 0),
        (Kind.ASSIGNMENT, put, 1, 0, 0),
        (Kind.EXPIRY, put, 1, 0, 0),
    ]
    assert cash(statement) == [
        (Kind.DEPOSIT, 1_000_000, ""),
        (Kind.DIVIDEND, 4_850, "KO"),
        (Kind.WITHDRAWAL, -5_000, ""),
    ]
    # 10,000 + 288.70 − 6,010 + 48.50 − 50
    assert booked_cents(statement) == 427_720
    assert [(one.row, one.why) for one in statement.ignored] == [
        (11, "the action 'Zauberei' is not in the mapping"),
        (12, "the mapping ignores it"),
    ]
    assert statement.facts.source == "musterbank:"
    assert statement.cash_by_type["deposit"] == {"EUR": 9_950_000_000}


@pytest.mark.parametrize("with_id", [True, False])
def test_keys_do_not_depend_on_the_order_of_rows(with_id: bool) -> None:
    mapping = MAPPING if with_id else MAPPING.replace('id = "Nr"\n', "")
    rows = ROWS if with_id else [*ROWS, ROWS[3]]  # the same dividend twice
    expected = read(rows, mapping)
    assert len({fact.key for fact in expected.facts.facts}) == len(rows) - 2
    shuffled = list(rows)
    random.Random(3).shuffle(shuffled)
    again = read(shuffled, mapping)
    assert {f.key: f.content for f in again.facts.facts} == {
        f.key: f.content for f in expected.facts.facts
    }


def test_a_row_whose_day_changed_has_the_same_id_and_other_content() -> None:
    (before,) = read(ROWS[:1]).facts.facts
    (after,) = read([ROWS[0].replace("02.10.2026", "03.10.2026")]).facts.facts
    assert before.key == after.key
    assert before.content != after.content


def test_amounts_without_signs_before_fees_or_from_prices() -> None:
    unsigned = MAPPING.replace(
        'currency = "EUR"',
        'currency = "EUR"\namount_is_signed = false\namount_is_after_fees = false',
    )
    rows = [
        "1;05.10.2026;Kauf;KO;;;;100;6.010,00;1,00;",
        "2;06.10.2026;Verkauf;KO;;;;100;6.020,00;1,00;",
    ]
    assert trades(read(rows, unsigned)) == [
        (Kind.TRADE, "KO", 100, -601_000, 100),
        (Kind.TRADE, "KO", -100, 602_000, 100),
    ]
    priced = MAPPING.replace('amount = "Betrag"', 'price = "Betrag"')
    rows = ["1;05.10.2026;Verkauf;AAPL;27.11.2026;190;P;2;1,45;1,30;"]
    assert trades(read(rows, priced)) == [(Kind.TRADE, "AAPL 2026-11-27 190 put", -2, 29_000, 130)]


AT = "(mapping: columns."
WRONG = {
    "date": (
        1,
        "05.10.2026 15",
        "10/05/2026 15",
        f"line 5: Tag {AT}date) '10/05/2026 15:31': must",
    ),
    "amount": (2, "-6.010,00", "viel", "line 6: Betrag 'viel': must be a number"),
    "sign": (
        2,
        "-6.010,00",
        "6.010,00",
        f"line 6: Betrag {AT}amount) '6.010,00': must be negative",
    ),
    "no amount": (2, "-6.010,00", "", f"line 6: Betrag {AT}amount): a trade needs an amount"),
    "quantity": (2, ";100;", ";;", f"line 6: Stück {AT}quantity): must not be zero or missing"),
    "right": (1, ";P;", ";X;", f"line 5: Art {AT}right) 'X': must be C, P, CALL or PUT"),
    "strike": (1, ";190;", ";0;", f"line 5: Basis {AT}strike) '0': must be more than zero"),
    "expiry": (1, "27.11.2026", "31.11.2026", f"line 5: Verfall {AT}expiry) '31.11.2026': must be"),
    "id": (2, "3;", "2;", f"line 6: Nr {AT}id) '2': is already the id of line 5"),
    "no id": (2, "3;", ";", f"line 6: Nr {AT}id): is empty"),
    "symbol": (2, ";KO;", ";;", f"line 6: Symbol {AT}symbol) '': must be the symbol"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_error_names_the_line_the_column_and_the_key(case: str) -> None:
    at, old, new, message = WRONG[case]
    rows = list(ROWS)
    rows[at] = rows[at].replace(old, new, 1)
    with pytest.raises(BadInput) as error:
        read(rows)
    assert message in str(error.value)


def test_a_file_without_a_mapped_column_or_a_mapping_is_refused() -> None:
    with pytest.raises(BadInput, match=r"x\.csv': has no line with the columns Tag, Vorgang"):
        read(ROWS, header=HEADER.replace("Tag", "Datum"))
    with pytest.raises(BadInput, match="--mapping: is needed for generic-csv"):
        read_generic(SourceFile(b"a,b\n", "x.csv", ""))


BAD_MAPPINGS = {
    "not TOML": ("broker =", "broker =", "m.toml': is not valid TOML"),
    "no date": ('date = "Tag"\n', "", "m.toml: columns.date: is missing"),
    "unknown key": ('date = "Tag"', 'datum = "Tag"', "columns.datum 'Tag': is not a key of a"),
    "unknown action": ("buy =", "bye =", "m.toml: actions.bye"),
    "two columns": ('id = "Nr"', 'id = "Tag"', "columns.date 'Tag': must not be the column of"),
    "two actions": (
        '["Kauf"]',
        '["verkauf"]',
        "m.toml: actions 'verkauf': must be the word of one",
    ),
    "format": ("DD.MM.YYYY", "DD.MM", "date_format 'DD.MM': must have a year, a month and a day"),
    "currency": ('"EUR"', '"Euro"', "m.toml: currency 'Euro': must be a currency code"),
    "mark": ('decimal_mark = ","', 'decimal_mark = ";"', "m.toml: decimal_mark ';': must be"),
    "half an option": (
        'right = "Art"\n',
        "",
        "must have symbol, expiry, strike and right together",
    ),
    "no amount": ('amount = "Betrag"\n', "", "columns.amount: is missing; without it, price and"),
    "broker": ('"musterbank"', '"Muster Bank"', "m.toml: broker 'Muster Bank': must match"),
}


@pytest.mark.parametrize("case", BAD_MAPPINGS)
def test_a_wrong_mapping_is_refused_naming_its_key(case: str) -> None:
    old, new, message = BAD_MAPPINGS[case]
    text = "broker =\n" if case == "not TOML" else MAPPING.replace(old, new, 1)
    assert text != MAPPING
    with pytest.raises(BadInput) as error:
        mapping_of(text, "m.toml")
    assert message in str(error.value)


def test_the_guide_s_mapping_is_a_mapping() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guide.md").read_text()
    _, _, example = guide.partition('```toml\nbroker = "bank"')
    mapping = mapping_of(f'broker = "bank"{example.partition("```")[0]}', "guide.toml")
    assert set(mapping.columns.given) >= {"date", "action", "amount", "strike"}
    assert mapping.words["auszahlung"] == "deposit"


def test_a_mapping_is_the_same_after_it_was_written() -> None:
    mapping = mapping_of(MAPPING, "m.toml").model_copy(update={"header": ["Nr", 'a "b" \\ ü', ""]})
    assert mapping_of(mapping_text(mapping), "saved.toml") == mapping


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("27.11.2026", "DD.MM.YYYY", (date(2026, 11, 27), "")),
        ("27/11/26 09:30:05", "DD/MM/YY", (date(2026, 11, 27), "09:30:05")),
        ("2026-11-27T09:30:05Z", "YYYY-MM-DD", (date(2026, 11, 27), "09:30:05")),
        ("20261127", "YYYYMMDD", (date(2026, 11, 27), "")),
        ("27-Nov-2026", "DD-MMM-YYYY", (date(2026, 11, 27), "")),
        ("27-Nov-2026", "DD-MM-YYYY", None),
        ("27-Nix-2026", "DD-MMM-YYYY", None),
        ("31.11.2026", "DD.MM.YYYY", None),
        ("27x11x2026", "DD.MM.YYYY", None),
    ],
)
def test_a_date_is_read_in_the_form_of_the_mapping(
    text: str, form: str, day: tuple[date, str] | None
) -> None:
    assert dated(text, form) == day
