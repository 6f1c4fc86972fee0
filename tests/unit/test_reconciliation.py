"""Causes of differences are named only where figures prove them (rules.md, Reconciliation)."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.commands import CashFact, Kind, StatementFacts
from alluse_tui.domain.derived.reconciliation import Cause, Line, Reconciliation, reconciled
from alluse_tui.domain.derived.reconciliation_evidence import (
    BookSide,
    Effect,
    StatementSide,
    whole_ratio,
)
from alluse_tui.domain.derived.reconciliation_fixes import command_line
from alluse_tui.domain.model.comparison import Item
from alluse_tui.domain.model.rates import Rates

FIRST, LAST = date(2026, 1, 2), date(2026, 1, 30)
USD, CHF = Item(currency="USD"), Item(currency="CHF")
ONE = 1_000_000


def held(name: str) -> Item:
    return Item(currency="USD", instrument=name)


def statement(
    cash: dict[str, int] | None = None,
    quantities: dict[Item, int] | None = None,
    rows: tuple[CashFact, ...] = (),
    starting: dict[str, int] | None = None,
    corporate_actions: tuple[str, ...] = (),
) -> StatementSide:
    return StatementSide(
        facts=StatementFacts(
            source="ibkr:x",
            first_day=FIRST,
            last_day=LAST,
            sha256="",
            rates=(),
            opening=(),
            facts=rows,
        ),
        cash=cash,
        quantities=quantities,
        starting=starting or {},
        corporate_actions=corporate_actions,
    )


def book(
    at_end: dict[Item, int],
    at_start: dict[Item, int] | None = None,
    near: tuple[Effect, ...] = (),
    missing: dict[Item, int] | None = None,
    rates: Rates | None = None,
) -> BookSide:
    return BookSide(
        at_start=at_start or {},
        at_end=at_end,
        near=near,
        missing=missing or {},
        rates=rates or Rates({}),
    )


def compared(statement: StatementSide, book: BookSide) -> tuple[Reconciliation, dict[Item, Line]]:
    result = reconciled("gen-1", "", statement, book)
    return result, {line.item: line for line in result.lines}


def test_cash_agrees_to_less_than_a_cent() -> None:
    result, _ = compared(statement({"USD": 5 * ONE + 9_999}), book({USD: 5 * ONE}))
    assert result.ok
    result, lines = compared(statement({"USD": 5 * ONE + 10_000}), book({USD: 5 * ONE}))
    assert (result.ok, lines[USD].difference_micros) == (False, 10_000)


def test_what_the_statement_does_not_give_is_not_compared() -> None:
    result, lines = compared(statement({"USD": 0}), book({held("XYZ"): ONE}))
    assert (result.ok, list(lines)) == (True, [USD])
    result, lines = compared(statement(None, {}), book({USD: ONE}))
    assert (result.ok, lines) == (True, {})


def test_a_currency_that_only_the_book_has_is_compared_with_nothing() -> None:
    _, lines = compared(statement({"USD": 0}), book({CHF: 7 * ONE}))
    assert (lines[CHF].statement_micros, lines[CHF].difference_micros) == (0, -7 * ONE)
    assert lines[CHF].cause is Cause.UNKNOWN


def test_a_conversion_needs_a_rate_of_the_period_within_one_percent() -> None:
    rates = Rates({}).with_rate("USD/CHF", date(2026, 1, 5), 800_000_000)
    flat = statement({"USD": -100 * ONE, "CHF": 0}, starting={"USD": 0, "CHF": 0})
    for chf, cause in ((80, Cause.CONVERSION), (79, Cause.UNKNOWN), (82, Cause.UNKNOWN)):
        side = statement({"USD": -100 * ONE, "CHF": chf * ONE})
        _, lines = compared(side, book({}, rates=rates))
        assert {lines[USD].cause, lines[CHF].cause} == {cause}, chf
    _, lines = compared(statement({"USD": -100 * ONE, "CHF": 80_800_000}), book({}, rates=rates))
    assert lines[CHF].cause is Cause.CONVERSION
    _, lines = compared(statement({"USD": 100 * ONE, "CHF": 80 * ONE}), book({}, rates=rates))
    assert lines[CHF].cause is Cause.UNKNOWN  # both have more: nothing was exchanged
    _, lines = compared(flat, book({}))
    assert lines[USD].detail == (
        "the statement's own rows do not add up to its ending cash: −100.00"
    )


def test_a_ratio_is_a_split_only_if_it_was_held_or_is_listed() -> None:
    spl = held("SPL")
    double = statement(None, {spl: 20 * ONE})
    _, lines = compared(double, book({spl: 10 * ONE}, at_start={spl: 10 * ONE}))
    assert lines[spl].cause is Cause.CORPORATE_ACTION
    listed = statement(None, {spl: 20 * ONE}, corporate_actions=("SPL",))
    _, lines = compared(listed, book({spl: 10 * ONE}))
    assert lines[spl].detail.endswith(", and the statement lists a corporate action of SPL")
    _, lines = compared(double, book({spl: 10 * ONE}))
    assert lines[spl].cause is Cause.UNKNOWN


def test_ratios_are_whole_small_and_of_one_sign() -> None:
    assert (whole_ratio(40, 10), whole_ratio(-1, -10)) == ("4:1", "1:10")
    assert [whole_ratio(*p) for p in ((15, 10), (21, 1), (-2, 1), (5, 0), (7, 7))] == [""] * 5


def test_a_changed_deliverable_is_an_action_without_a_command() -> None:
    old, new = held("XYZ 2026-03-20 45 put"), held("XYZ1 2026-03-20 45 put x150")
    result, lines = compared(statement(None, {new: -2 * ONE}), book({old: -2 * ONE}))
    assert {lines[old].cause, lines[new].cause} == {Cause.CORPORATE_ACTION}
    assert command_line(result, lines[new], "f.xml") == ""


def test_two_candidates_for_a_rename_leave_it_unknown() -> None:
    one, two, new = held("ONE"), held("TWO"), held("NEW")
    _, lines = compared(statement(None, {new: 5 * ONE}), book({one: 5 * ONE, two: 5 * ONE}))
    assert lines[one].cause is Cause.UNKNOWN
    assert lines[new].cause is Cause.OPENING_POSITION


def test_an_option_from_before_the_period_is_proposed_with_its_contract() -> None:
    put = held("XYZ 2026-03-20 47.5 put")
    result, lines = compared(statement(None, {put: -2 * ONE}), book({}))
    assert command_line(result, lines[put], "f.xml") == (
        "alluse post trade gen-1 --side sell --symbol XYZ --right put --strike 47.5"
        " --expiry 2026-03-20 --quantity 2 --price 0 --currency USD --date 2026-01-01"
    )


def test_an_entry_explains_a_difference_only_exactly() -> None:
    later = Effect(item=USD, micros=12 * ONE, day=date(2026, 2, 2), kind="fee", seq=9)
    for usd, cause in ((12, Cause.OTHER_DAY), (-12, Cause.UNKNOWN), (13, Cause.UNKNOWN)):
        _, lines = compared(statement({"USD": usd * ONE}), book({}, near=(later,)))
        assert lines[USD].cause is cause, usd


def test_rows_dated_after_the_last_day_are_not_missing() -> None:
    row = CashFact(
        kind=Kind.INTEREST, micros=ONE, currency="USD", effective=date(2026, 2, 2), key="k"
    )
    result, _ = compared(statement({"USD": 0}, rows=(row,)), book({}))
    assert result.ok
