"""The broker's contract ids: what a statement calls by another name is renamed, once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from itertools import permutations
from pathlib import Path

import pytest
from books import Cli
from msgspec.structs import replace

from alluse_tui.domain.commands import (
    Import,
    Instrument,
    Leg,
    Right,
    StatementFacts,
    StatementMark,
    TradeFact,
    Undo,
    amount,
)
from alluse_tui.domain.model.book import Contract
from alluse_tui.engine import LocalEngine

MONDAY, TUESDAY, FRIDAY = date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 20)
CALL = Instrument("OLD", Right.CALL, amount("60"), date(2026, 12, 18), 100)
DIFFERENCES = Path(__file__).parents[1] / "data" / "composed-differences.xml"


def fill(instrument: Instrument, quantity: int, day: date, contract: str) -> TradeFact:
    """Bought or sold at 5.00 a share."""
    name = f"{instrument.name}:{quantity}:{day}"
    gross = -quantity * instrument.multiplier * 5_000_000
    leg = Leg(instrument, quantity * 1_000_000, gross, contract)
    return TradeFact(legs=(leg,), currency="USD", fee_currency="USD", effective=day, key=name)


def closing_price(name: str, quantity: int, day: date, contract: str) -> StatementMark:
    return StatementMark(
        instrument=name,
        price_micros=6_000_000,
        quantity_micros=quantity * 1_000_000,
        currency="USD",
        effective=day,
        key=f"mark:{name}:{day}",
        contract=contract,
    )


def bring(
    engine: LocalEngine, *facts: TradeFact, marks: Iterable[StatementMark] = (), last: date = FRIDAY
) -> list[str]:
    """Import a statement; the messages of its plan."""
    statement = StatementFacts(
        source="ibkr:U7",
        first_day=MONDAY,
        last_day=last,
        sha256=f"{len(facts)}{last}",
        rates=(),
        opening=(),
        facts=facts,
        marks=tuple(marks),
    )
    receipt = engine.commands.submit(Import(account="gen-1", statement=statement))
    return [rule.message for rule in receipt.plan.rules]


def held(engine: LocalEngine) -> dict[str, tuple[int, str]]:
    """Name → quantity and contract id of each position."""
    return {
        v.instrument.name: (v.quantity_micros // 1_000_000, v.contract)
        for v in engine.positions.positions("gen-1")
    }


def test_a_row_with_a_new_name_renames_what_is_held_of_the_contract(engine: LocalEngine) -> None:
    bring(engine, fill(Instrument("OLD"), 10, MONDAY, "71"), fill(CALL, -1, MONDAY, "72"))
    assert held(engine) == {"OLD": (10, "71"), CALL.name: (-1, "72")}
    renamed = replace(CALL, symbol="NEW")
    later = fill(Instrument("NEW"), 5, TUESDAY, "71"), fill(renamed, -1, TUESDAY, "72")
    messages = bring(engine, *later)
    assert messages[-3] == "2 new, 0 already imported, 0 ignored"
    assert [text.partition(" ")[0] for text in messages[-2:]] == ["Renamed", "Renamed"]
    assert held(engine) == {"NEW": (15, "71"), renamed.name: (-2, "72")}
    lots = [(lot.instrument, lot.cost_micros) for lot in engine.positions.lots("gen-1").open]
    assert lots.count(("NEW", amount("50"))) == 1  # the lot of the old name keeps its cost
    assert engine.operations.verify().ok


def test_a_closing_price_with_a_new_name_renames_too(engine: LocalEngine) -> None:
    bring(engine, fill(Instrument("OLD"), 10, MONDAY, "71"))
    bring(engine, marks=[closing_price("NEW", 10, FRIDAY, "71")])
    assert held(engine) == {"NEW": (10, "71")}
    (view,) = engine.positions.positions("gen-1")
    assert (view.cost, view.value, view.mark_date) == (amount("50"), amount("60"), FRIDAY)
    bring(engine, marks=[closing_price("OLD", 10, MONDAY, "71")], last=MONDAY)
    assert held(engine) == {"NEW": (10, "71")}  # an older statement has the older name


def test_an_undo_takes_the_rename_back_and_the_import_can_be_repeated(engine: LocalEngine) -> None:
    bring(engine, fill(Instrument("OLD"), 10, MONDAY, "71"))
    later = fill(Instrument("NEW"), -4, TUESDAY, "71")
    bring(engine, later)
    assert held(engine) == {"NEW": (6, "71")}
    engine.commands.submit(Undo())
    assert held(engine) == {"OLD": (10, "71")}
    bring(engine, later)
    assert held(engine) == {"NEW": (6, "71")}
    bring(engine, fill(Instrument("NEW"), -6, FRIDAY, "71"))
    assert held(engine) == {}
    assert engine.queries.account("gen-1").holdings == {}
    assert not engine.core.book.account("gen-1").contracts


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_statement_in_parts_gives_the_same_positions_in_any_order(
    engine: LocalEngine, order: tuple[int, ...]
) -> None:
    rows = [
        fill(Instrument("OLD"), 10, MONDAY, "71"),
        fill(Instrument("NEW"), 5, TUESDAY, "71"),
        fill(Instrument("NEW"), 1, FRIDAY, "71"),
    ]
    for n in order:
        bring(engine, rows[n])
    assert held(engine) == {"NEW": (16, "71")}


def test_an_older_row_of_todays_name_does_not_make_the_name_older(engine: LocalEngine) -> None:
    bring(engine, fill(Instrument("NEW"), 10, FRIDAY, "71"))
    bring(engine, fill(Instrument("NEW"), 1, MONDAY, "71"))
    bring(engine, fill(Instrument("OLD"), 2, TUESDAY, "71"))
    assert held(engine) == {"NEW": (13, "71")}


def test_another_contract_of_the_same_name_is_reported(engine: LocalEngine) -> None:
    bring(engine, fill(Instrument("OLD"), 10, MONDAY, "71"))
    messages = bring(engine, fill(Instrument("OLD"), 1, TUESDAY, "99"))
    warning = "OLD is contract 99 here, 71 in the book; check that it is the same"
    assert messages[-1] == warning
    assert held(engine) == {"OLD": (11, "99")}


def test_a_name_that_is_held_on_the_other_side_is_left_alone(engine: LocalEngine) -> None:
    bring(engine, fill(Instrument("OLD"), 10, MONDAY, "71"))
    bring(engine, fill(Instrument("NEW"), -3, MONDAY, ""))
    bring(engine, fill(Instrument("NEW"), 1, TUESDAY, "71"))
    assert held(engine) == {"OLD": (11, "71"), "NEW": (-3, "")}


def test_contract_ids_are_stored_with_their_day_and_are_in_the_replica(engine: LocalEngine) -> None:
    bring(engine, fill(Instrument("OLD"), 10, MONDAY, "71"))
    assert engine.core.book.account("gen-1").contracts == {"OLD:USD": Contract("71", MONDAY)}
    rows = engine.queries.sql("SELECT instrument, contract FROM holding_change").rows
    assert list(rows) == [("OLD", "71")]
    assert engine.operations.verify().ok


def test_a_statement_tells_contract_ids_and_reconcile_names_a_rename_by_them(
    cli: Cli, tmp_path: Path
) -> None:
    cli.json("init", "--name", "Main", "--capital", "0", "--date", "2025-12-31")
    text = DIFFERENCES.read_text().replace('symbol="XYZ"', 'conid="71" symbol="XYZ"')
    before, after = tmp_path / "before.xml", tmp_path / "after.xml"
    before.write_text(text)
    cli.json("import", str(before), "--into", "gen-1", "--yes")
    (position,) = [p for p in cli.json("positions")["positions"] if p["instrument"] == "XYZ"]
    assert position["contract"] == "71"
    after.write_text(text.replace('conid="71" symbol="XYZ"', 'conid="71" symbol="XYZ9"'))
    result = json.loads(cli("reconcile", str(after), "--into", "gen-1", "--json").stdout)
    line = next(line for line in result["lines"] if line["instrument"] == "XYZ9")
    assert line["cause"] == "corporate action"
    assert "the same contract at the broker" in line["detail"]
    assert line["fix"].startswith("alluse adjust gen-1 XYZ --rename XYZ9")
