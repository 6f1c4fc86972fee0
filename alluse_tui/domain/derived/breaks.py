"""Differences from a broker's statement until somebody explains them (rules.md, Reconciliation)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from alluse_tui.domain.commands import RecordComparison
from alluse_tui.domain.derived.reconciliation import Line, Reconciliation
from alluse_tui.domain.derived.reconciliation_evidence import signed
from alluse_tui.domain.model.comparison import Comparison, Difference
from alluse_tui.domain.model.instrument import quantity_text

NAMED = 3
"""How many differences a sentence names; it counts the others."""

Sentence = tuple[str, tuple[int | str, ...]]
"""A sentence as in Verdict, with its values."""


def with_explanations(result: Reconciliation, known: Comparison | None) -> Reconciliation:
    """The reconciliation with what was explained before, as far as the differences are the same."""
    if known is None or not known.explanations:
        return result
    return replace(result, lines=tuple(_explained(line, known) for line in result.lines))


def _explained(line: Line, known: Comparison) -> Line:
    explanation = None if line.agrees else known.explanation_of(line.item)
    if explanation is None:
        return line
    rest = line.difference_micros - explanation.micros
    if not rest:
        return replace(line, explained=explanation.why, explained_by=explanation.by)
    part = (
        f"{signed(line.item, explanation.micros)} was explained by {explanation.by}:"
        f" {explanation.why}; the other {signed(line.item, rest)} is not"
    )
    return replace(line, detail="; ".join(filter(None, (part, line.detail))))


def comparison_command(
    result: Reconciliation, *, note: str = "", key: str = ""
) -> RecordComparison:
    """The command that records the result."""
    differences = (
        Difference(
            item=line.item, micros=line.difference_micros, day=result.day, cause=line.cause or ""
        )
        for line in result.lines
        if not line.agrees
    )
    return RecordComparison(
        portfolio=result.portfolio,
        account=result.account,
        day=result.day,
        source=result.source,
        cash=result.has_cash,
        quantities=result.has_quantities,
        differences=tuple(differences),
        note=note,
        key=key,
    )


def break_sentence(code: str, unexplained: Sequence[Difference]) -> Sentence:
    """'gen-1 differs from the statement of 2026-01-30: USD cash −100.00 and 2 more'."""
    days = sorted({difference.day for difference in unexplained})
    of_day = f"the statement of {days[-1]}" if len(days) == 1 else f"statements up to {days[-1]}"
    listed, values = listed_differences(unexplained)
    return f"{code} differs from {of_day}: {listed}", values


def listed_differences(differences: Sequence[Difference]) -> Sentence:
    """'USD cash −100.00, XYZ in USD +50 and 2 more', the first NAMED of them by name."""
    parts: list[str] = []
    values: list[int | str] = []
    for difference in differences[:NAMED]:
        item, micros = difference.item, difference.micros
        sign = "+" if micros > 0 else ""
        parts.append(f"{{}} {sign}{{}}")
        values += [item.title, micros if item.is_cash else quantity_text(micros)]
    more = len(differences) - NAMED
    return ", ".join(parts) + (f" and {more} more" if more > 0 else ""), tuple(values)
