"""What was explained is shown with the difference that it explains (rules.md, Reconciliation)."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.commands import amount
from alluse_tui.domain.derived.breaks import comparison_command, with_explanations
from alluse_tui.domain.derived.reconciliation import Cause, Line, Reconciliation
from alluse_tui.domain.derived.reconciliation_fixes import likely_causes
from alluse_tui.domain.events.codec import to_plain
from alluse_tui.domain.events.comparison_events import DifferenceExplained, StatementCompared
from alluse_tui.domain.model.comparison import Comparison, Difference, Explanation, Item
from alluse_tui.tui.event_text import event_lines
from alluse_tui.tui.reconciliation_lines import reconciliation_lines

JANUARY = date(2026, 1, 30)
USD, CHF = Item(currency="USD"), Item(currency="CHF")
LETTER = "see the broker's letter"
KNOWN = Comparison(
    day=JANUARY,
    source="ibkr:x",
    explanations=(Explanation(item=USD, micros=-amount("100"), why=LETTER, by="dana"),),
)


def compared(usd: str, cause: Cause | None = Cause.UNKNOWN, detail: str = "") -> Reconciliation:
    """The book has nothing; the statement has that much, and as many francs as dollars agree."""
    micros = amount(usd, negative=True, zero=True)
    lines = (
        Line(item=CHF, statement_micros=0, book_micros=0, difference_micros=0),
        Line(
            item=USD,
            statement_micros=micros,
            book_micros=0,
            difference_micros=micros,
            cause=cause,
            detail=detail,
        ),
    )
    return Reconciliation(
        account="gen-1",
        portfolio="",
        day=JANUARY,
        source="ibkr:x",
        has_cash=True,
        has_quantities=False,
        lines=lines,
    )


def test_the_same_difference_is_explained_and_has_no_cause_to_look_for() -> None:
    result = with_explanations(compared("-100"), KNOWN)
    line = result.lines[1]
    assert (line.ok, line.agrees, line.explained, line.explained_by) == (
        True,
        False,
        LETTER,
        "dana",
    )
    assert (result.ok, likely_causes(result, "x")) == (True, [])
    lines = ["".join(part for part, _ in line) for line in reconciliation_lines(result, "x")]
    assert lines[1].split() == ["✓", "USD", "cash", "−100.00", "0.00", "−100.00"]
    assert lines[2:] == ["", "✓ USD cash: explained by dana: see the broker's letter"]
    assert comparison_command(result).differences == (
        Difference(item=USD, micros=-amount("100"), day=JANUARY, cause="unknown"),
    )


def test_a_changed_difference_shows_the_explained_part_and_the_rest() -> None:
    result = with_explanations(compared("-95", detail="unknown rows"), KNOWN)
    line = result.lines[1]
    assert (result.ok, line.ok, line.explained) == (False, False, "")
    assert line.detail == (
        "−100.00 was explained by dana: see the broker's letter;"
        " the other +5.00 is not; unknown rows"
    )
    assert len(likely_causes(result, "x")) == 1


def test_agreement_needs_no_explanation() -> None:
    result = compared("0", cause=None)
    assert with_explanations(result, KNOWN) == result
    assert with_explanations(result, None) == result
    command = comparison_command(result, note="close")
    assert (command.differences, command.cash, command.quantities) == ((), True, False)
    assert (command.day, command.source, command.note) == (JANUARY, "ibkr:x", "close")


def test_what_is_explained_otherwise_is_not_explained() -> None:
    known = Difference(item=USD, micros=-amount("100"), day=JANUARY)
    changed = Difference(item=USD, micros=-amount("100.01"), day=JANUARY)
    other = Difference(item=CHF, micros=-amount("100"), day=JANUARY)
    comparison = Comparison(
        day=JANUARY,
        source="ibkr:x",
        differences=(known, changed, other),
        explanations=KNOWN.explanations,
    )
    assert comparison.unexplained == (changed, other)


def test_the_record_says_what_differed_and_what_explains_it() -> None:
    shares = Item(currency="USD", instrument="XYZ")
    differences = (
        Difference(item=USD, micros=-amount("100"), day=JANUARY),
        Difference(item=shares, micros=50_000_000, day=JANUARY),
    )
    compared = Comparison(day=JANUARY, source="ibkr:x", differences=differences)
    explanation = KNOWN.explanations[0]
    texts = {
        StatementCompared("Main", "gen-1", compared): (
            "gen-1 compared with the statement of 2026-01-30: USD cash −100.00; XYZ in USD +50"
        ),
        StatementCompared("Main", "gen-1", replace(compared, differences=())): (
            "gen-1 compared with the statement of 2026-01-30: nothing differs"
        ),
        StatementCompared("Main", "gen-1", None, compared): (
            "comparison of gen-1 with a statement removed"
        ),
        DifferenceExplained("Main", "gen-1", USD, explanation): (
            "gen-1: USD cash −100.00 explained by dana: see the broker's letter"
        ),
        DifferenceExplained("Main", "gen-1", USD, None, explanation): (
            "gen-1: explanation of USD cash −100.00 removed"
        ),
    }
    for event, text in texts.items():
        lines = event_lines(to_plain(event))
        assert " ".join("".join(part for part, _ in line).strip() for line in lines) == text
