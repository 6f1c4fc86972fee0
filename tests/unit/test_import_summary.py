"""What an import would record, by kind and symbol, and how the book then compares (rules.md)."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.commands import CashFact, Kind, StatementFacts
from alluse_tui.domain.derived.import_summary import (
    Ending,
    SummaryRow,
    compared_after,
    import_summary,
)
from alluse_tui.domain.derived.reconciliation_evidence import StatementSide
from alluse_tui.domain.events.codec import canonical, event_from_plain, to_plain
from alluse_tui.domain.events.events import StatementImported
from alluse_tui.domain.model.comparison import Item
from alluse_tui.domain.model.ignored_rows import OTHER_REASONS, IgnoredRows, by_reason
from alluse_tui.domain.views import PlannedEntry, PlannedHolding, PlannedPosting

FIRST, LAST = date(2026, 1, 2), date(2026, 1, 30)
ONE = 1_000_000
PUT = "XYZ 2026-03-20 45 put"
USD, EUR = Item(currency="USD"), Item(currency="EUR")


def shares(name: str) -> Item:
    return Item(currency="USD", instrument=name)


def entry(
    kind: Kind,
    *cash: tuple[str, int],
    held: tuple[tuple[str, int], ...] = (),
    symbol: str = "",
    day: date = LAST,
    account: str = "gen-1",
) -> PlannedEntry:
    """Cash in whole units of its currency, quantities in whole shares or contracts."""
    into = [PlannedPosting(account, "cash", currency, units * ONE) for currency, units in cash]
    out = [PlannedPosting("world:market", "", currency, -units * ONE) for currency, units in cash]
    holdings = tuple(PlannedHolding(account, name, "USD", units * ONE) for name, units in held)
    return PlannedEntry(kind, day, (*into, *out), holdings, symbol)


ENTRIES = (
    entry(Kind.DIVIDEND, ("EUR", 10), symbol="DEF"),
    entry(Kind.TRADE, ("USD", -4_800), ("USD", -1), held=(("XYZ", 100),)),
    entry(Kind.TRADE, ("USD", 179), ("EUR", -1), held=((PUT, -1),)),
    entry(Kind.TRADE, ("USD", 600), held=(("XYZ", -10),)),
    entry(Kind.ADJUSTMENT, held=(("OLD", -40), ("NEW", 40))),
    entry(Kind.MARK, held=(("XYZ", 0),)),
    entry(Kind.FEE, ("USD", -3), account="rev-1"),
)


def test_entries_are_summed_by_kind_and_symbol_and_option_trades_are_premiums() -> None:
    def row(kind: Kind, symbol: str, rows: int, **cash: int) -> SummaryRow:
        return SummaryRow(
            kind=kind, symbol=symbol, rows=rows, cash={c: n * ONE for c, n in cash.items()}
        )

    assert import_summary(ENTRIES, "gen-1") == (
        row(Kind.PREMIUM, "XYZ", 1, USD=179, EUR=-1),
        row(Kind.DIVIDEND, "DEF", 1, EUR=10),
        row(Kind.TRADE, "XYZ", 2, USD=-4_201),  # −4,800 − 1 + 600
        row(Kind.ADJUSTMENT, "OLD", 0),  # a rename is no row of the file
        row(Kind.MARK, "XYZ", 1),
    )


def side(cash: dict[str, int] | None, held: dict[Item, int] | None) -> StatementSide:
    return StatementSide(
        facts=StatementFacts(
            source="ibkr:x",
            first_day=FIRST,
            last_day=LAST,
            sha256="",
            rates=(),
            opening=(),
            facts=(),
        ),
        cash=cash,
        quantities=held,
        starting={},
    )


def test_the_book_after_the_import_is_compared_over_both_sides() -> None:
    file = side(
        {"USD": 977 * ONE + 9_999, "GBP": 0},
        {shares("XYZ"): 90 * ONE, shares("LAG"): 7 * ONE},
    )
    before = {USD: 5_000 * ONE, shares("XYZ"): 5 * ONE, shares("OLD"): 40 * ONE}
    late = entry(Kind.TRADE, ("USD", -50), held=(("XYZ", 1),), day=date(2026, 2, 2))
    # USD: 5,000 − 4,801 + 179 + 600 = 978 · EUR: 10 − 1 = 9 · XYZ: 5 + 100 − 10 = 95
    endings = compared_after(file, before, (*ENTRIES, late), "gen-1")
    assert [(e.item.title, e.statement_micros, e.book_micros, e.ok) for e in endings] == [
        ("EUR cash", 0, 9 * ONE, False),
        ("GBP cash", 0, 0, True),
        ("USD cash", 977_010_000, 978 * ONE, False),  # 977.009999 is 977.01 in whole cents
        ("LAG in USD", 7 * ONE, 0, False),
        ("NEW in USD", 0, 40 * ONE, False),
        ("XYZ in USD", 90 * ONE, 95 * ONE, False),
        (f"{PUT} in USD", 0, -ONE, False),
    ]
    assert endings[2].difference_micros == -990_000


def test_what_the_file_does_not_give_is_not_compared_and_less_than_a_cent_is_nothing() -> None:
    file = side({"USD": 100 * ONE + 9_999}, None)
    endings = compared_after(file, {USD: 100 * ONE + 4_000, shares("XYZ"): ONE}, (), "gen-1")
    assert endings == (Ending(item=USD, statement_micros=100_010_000, book_micros=100_010_000),)
    assert compared_after(side(None, {}), {EUR: ONE}, (), "gen-1") == ()


def test_ignored_rows_are_counted_by_reason_the_most_frequent_first() -> None:
    rows = [(9, "a sum"), (4, "a lot"), (3, "a sum"), (12, "a sum")]
    assert by_reason(rows) == (IgnoredRows("a sum", 3, 3), IgnoredRows("a lot", 1, 4))
    many = by_reason((n, f"reason {n}") for n in range(1, 46))
    assert len(many) == 41 and many[-1] == IgnoredRows(OTHER_REASONS, 5, 41)
    (long,) = by_reason([(1, "x" * 70_000)])
    assert len(long.why) == 160 and long.why.endswith("…")


def test_the_record_of_an_import_has_the_rows_that_are_not_in_it() -> None:
    facts = StatementFacts(
        source="csv:x",
        first_day=FIRST,
        last_day=LAST,
        sha256="ab",
        rates=(),
        opening=(),
        facts=(CashFact(kind=Kind.FEE, micros=-ONE, key="csv:x:1"),),
        ignored=(IgnoredRows("moves nothing", 2, 5),),
        lines={"csv:x:1": 8},
    )
    ignored = facts.not_recorded([("csv:x:1", "changes nothing"), ("other", "changes nothing")])
    assert ignored == (IgnoredRows("moves nothing", 2, 5), IgnoredRows("changes nothing", 2, 8))


def test_an_import_of_an_older_program_is_stored_as_before() -> None:
    plain = {
        "type": "statement_imported",
        "portfolio": "Main",
        "account": "gen-1",
        "source": "csv:x",
        "first_day": "2026-01-02",
        "last_day": "2026-01-30",
        "sha256": "ab",
        "rows": 3,
    }
    event = event_from_plain(plain)
    assert isinstance(event, StatementImported)
    assert (event.duplicates, event.ignored) == (0, ())
    assert to_plain(event) == plain and b"ignored" not in canonical(event)
