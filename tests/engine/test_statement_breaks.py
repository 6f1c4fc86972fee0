"""Differences from a statement are an alert until each is explained or no longer there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from damaged_books import Books, deposit
from msgspec.structs import replace
from refusals import bad, refused

from alluse_tui.domain.commands import (
    AcknowledgeAlert,
    Close,
    ExplainDifference,
    OpenAccount,
    RecordComparison,
    Suspend,
    Tier,
    Undo,
    amount,
)
from alluse_tui.domain.fold.state_rows import STATE_SCHEMA, book_from_rows
from alluse_tui.domain.model.comparison import Comparison, Difference, Item
from alluse_tui.domain.views import AlertView, Severity
from alluse_tui.engine import LocalEngine
from alluse_tui.journal import Journal

JANUARY, FEBRUARY = date(2026, 1, 30), date(2026, 2, 27)
USD, CHF = Item(currency="USD"), Item(currency="CHF")
MSTR = Item(currency="USD", instrument="MSTR")
FEE = "February fee, booked on the 2nd"


def differs(item: Item, micros: int) -> Difference:
    return Difference(item=item, micros=micros, day=JANUARY, cause="unknown")


ROUNDED, SHARES = differs(USD, -amount("21.82")), differs(MSTR, 284_000_000)


def comparison(
    *differences: Difference, day: date = JANUARY, quantities: bool = True
) -> RecordComparison:
    return RecordComparison(
        account="gen-1",
        day=day,
        source="ibkr:x",
        cash=True,
        quantities=quantities,
        differences=tuple(replace(difference, day=day) for difference in differences),
    )


def explained(item: str, why: str = FEE) -> ExplainDifference:
    return ExplainDifference(account="gen-1", item=item, why=why)


def told(engine: LocalEngine) -> list[AlertView]:
    return [alert for alert in engine.queries.alerts() if alert.kind == "statement break"]


def message(engine: LocalEngine) -> str:
    (alert,) = told(engine)
    return alert.verdict.message


def kept(engine: LocalEngine) -> Comparison | None:
    return engine.core.visible_book.account("gen-1").compared


def does(engine: LocalEngine, *commands: RecordComparison | ExplainDifference | Undo) -> int:
    """Submits the commands; the last record."""
    return [engine.commands.submit(command).seq for command in commands][-1]


def test_one_alert_names_the_first_differences_and_counts_the_others(engine: LocalEngine) -> None:
    cash = [differs(Item(currency=name), amount("5")) for name in ("CHF", "EUR")]
    does(engine, comparison(SHARES, ROUNDED, *cash))
    (alert,) = told(engine)
    assert alert.verdict.message == (
        "gen-1 differs from the statement of 2026-01-30:"
        " CHF cash +5.00, EUR cash +5.00, USD cash -21.82 and 1 more"
    )
    assert (alert.severity, alert.id) == (
        Severity.WARNING,
        "statement break:Main/gen-1:2026-01-30",
    )
    assert (alert.action, alert.codes) == ("explain-difference", ("gen-1",))
    assert alert.items == ("CHF cash", "EUR cash", "USD cash", "MSTR in USD")
    assert engine.queries.overview("Main").alerts == (alert,)


def test_it_ends_when_every_difference_is_explained(engine: LocalEngine) -> None:
    does(engine, comparison(ROUNDED, SHARES), explained("usd"))
    assert message(engine) == "gen-1 differs from the statement of 2026-01-30: MSTR in USD +284"
    does(engine, explained("MSTR in USD", "opened before this book"))
    assert told(engine) == []


def test_an_acknowledgement_ends_with_the_next_comparison(engine: LocalEngine) -> None:
    does(engine, comparison(ROUNDED))
    engine.commands.submit(AcknowledgeAlert(alert=told(engine)[0].id))
    assert told(engine)[0].acknowledged
    does(engine, comparison(ROUNDED, day=FEBRUARY))
    assert not told(engine)[0].acknowledged


def test_an_explanation_stays_while_the_difference_is_the_same(engine: LocalEngine) -> None:
    does(engine, comparison(ROUNDED), explained("USD"), comparison(ROUNDED, day=FEBRUARY))
    assert told(engine) == []
    does(engine, comparison(differs(USD, -amount("21.81")), day=FEBRUARY))
    assert message(engine).endswith("2026-02-27: USD cash -21.81")
    does(engine, explained("USD", "a cent was paid back"))
    assert told(engine) == []


def test_agreement_ends_the_alert_and_the_explanation(engine: LocalEngine) -> None:
    does(engine, comparison(ROUNDED, SHARES), explained("USD"), comparison(day=FEBRUARY))
    assert told(engine) == []
    assert kept(engine) == Comparison(day=FEBRUARY, source="ibkr:x")
    does(engine, comparison(ROUNDED, day=FEBRUARY))
    assert message(engine).endswith("USD cash -21.82")


def test_what_a_statement_does_not_give_differs_as_before(engine: LocalEngine) -> None:
    does(engine, comparison(ROUNDED, SHARES), comparison(day=FEBRUARY, quantities=False))
    assert message(engine) == "gen-1 differs from the statement of 2026-01-30: MSTR in USD +284"
    does(engine, comparison(ROUNDED, day=FEBRUARY, quantities=False))
    assert message(engine) == (
        "gen-1 differs from statements up to 2026-02-27: USD cash -21.82, MSTR in USD +284"
    )


def test_an_older_statement_is_refused(engine: LocalEngine) -> None:
    does(engine, comparison(ROUNDED, day=FEBRUARY))
    assert refused(engine, comparison(SHARES)) == {
        "reconcile.newest": "gen-1 was already compared with the statement of 2026-02-27, which is"
        " newer than 2026-01-30"
    }
    later = date(2026, 11, 25)
    assert refused(engine, comparison(SHARES, day=later)).keys() == {"date.future"}


def test_undo_of_an_explanation_brings_the_alert_back(engine: LocalEngine) -> None:
    does(engine, comparison(ROUNDED), explained("USD"), explained("USD", "another reason"))
    does(engine, Undo())
    assert (told(engine), kept(engine).explanations[0].why) == ([], FEE)  # type: ignore[union-attr]
    does(engine, Undo())
    assert message(engine).endswith("USD cash -21.82")


def test_undo_of_a_comparison_restores_the_one_before_with_its_explanations(
    engine: LocalEngine,
) -> None:
    does(engine, comparison(ROUNDED), explained("USD"))
    before = kept(engine)
    does(engine, comparison(SHARES, day=FEBRUARY), Undo())
    assert kept(engine) == before
    does(engine, Undo(), Undo())
    assert kept(engine) is None


def test_what_was_explained_or_compared_since_is_undone_first(engine: LocalEngine) -> None:
    first = does(engine, comparison(ROUNDED))
    explanation = does(engine, explained("USD"))
    assert refused(engine, Undo(seq=first)) == {
        "undo.compared": "the comparison of gen-1, with its explanations, has changed since"
    }
    does(engine, comparison(day=FEBRUARY))
    assert refused(engine, Undo(seq=explanation)) == {
        "undo.compared": "the explanation of USD cash has changed since"
    }
    same = does(engine, comparison(day=FEBRUARY))
    assert refused(engine, Undo(seq=same - 2)).keys() == {"undo.overtaken"}


@pytest.mark.parametrize(
    ("item", "why", "path", "allowed"),
    [
        ("EUR", FEE, "ITEM", "must be one of: USD cash, MSTR in CHF, MSTR in USD"),
        ("mstr", FEE, "ITEM", "may be any of: MSTR in CHF, MSTR in USD"),
        ("USD", " ", "WHY", "must be a reason of up to 200 printable characters"),
        ("USD", "x" * 201, "WHY", "must be a reason of up to 200 printable characters"),
        ("USD", "a\nb", "WHY", "must be a reason of up to 200 printable characters"),
    ],
)
def test_what_cannot_be_explained_is_named(
    engine: LocalEngine, item: str, why: str, path: str, allowed: str
) -> None:
    swiss = differs(Item(currency="CHF", instrument="MSTR"), 1_000_000)
    does(engine, comparison(ROUNDED, swiss, SHARES))
    error = bad(engine, explained(item, why))
    assert (error.path, error.allowed) == (path, allowed)


def test_without_differences_or_with_the_same_reason_nothing_is_explained(
    engine: LocalEngine,
) -> None:
    assert bad(engine, explained("USD")).allowed == (
        "is not a difference: gen-1 has none; `alluse reconcile FILE --record` records them"
    )
    does(engine, comparison(ROUNDED), explained("USD"))
    assert bad(engine, explained("usd cash")).allowed == "is already the explanation of USD cash"
    assert bad(engine, replace(explained("USD", "x"), date=JANUARY)).path == "--date"


def test_a_symbol_with_braces_is_named_as_it_is(engine: LocalEngine) -> None:
    odd = Item(currency="USD", instrument="{0}{x")
    does(engine, comparison(differs(odd, 500_000)))
    assert message(engine).endswith(": {0}{x in USD +0.5")
    does(engine, explained("{0}{x", "{why}"))
    assert told(engine) == []


def test_a_suspended_account_is_told_and_a_closed_one_keeps_its_differences(
    engine: LocalEngine,
) -> None:
    engine.commands.submit(OpenAccount(parent="Main", tier=Tier.GEN))
    other = replace(comparison(ROUNDED), account="gen-2")
    does(engine, other)
    engine.commands.submit(Suspend(account="gen-2"))
    assert [alert.account for alert in told(engine)] == ["gen-2"]
    engine.commands.submit(Close(account="gen-2"))
    assert told(engine) == []
    closed = engine.core.visible_book.account("gen-2").compared
    assert closed is not None and closed.differences == (ROUNDED,)
    assert refused(engine, other).keys() == {"status.closed"}
    assert refused(engine, replace(explained("USD"), account="gen-2")).keys() == {"status.closed"}


def test_the_state_keeps_it_and_leaves_it_out_where_there_is_none(
    engine: LocalEngine, open_engine: Callable[..., LocalEngine]
) -> None:
    does(engine, comparison(ROUNDED, SHARES), explained("USD"))
    before = kept(engine)
    journal = Journal(engine.path)
    try:
        state = journal.state()
    finally:
        journal.close()
    assert state.schema == STATE_SCHEMA
    assert "compared" in state.rows["account"]["Main/gen-1"]
    assert "compared" not in state.rows["account"]["Main/rev-1"]
    assert book_from_rows(state.rows).account("gen-1").compared == before
    engine.close()
    with open_engine() as again:
        assert kept(again) == before


def test_a_recovery_takes_a_lost_comparison_from_the_state(tmp_path: Path) -> None:
    books = Books(tmp_path / "alluse.journal")
    books.built()
    books.does(comparison(ROUNDED), explained("USD"), deposit(1))
    before = books.book().account("gen-1").compared
    assert before is not None and before.explanations
    books.lose(2)
    report = books.recover()
    assert (report.stopped, report.unproven, report.differences) == ("", (), ())
    assert books.book().account("gen-1").compared == before
    assert books.verified().startswith("missing: #2; ")
