"""The report of an import, which accounts for every row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alluse_tui.domain.views import PlanView

if TYPE_CHECKING:
    from alluse_tui.market.statements import Ignored, ReadStatement


@dataclass(frozen=True, slots=True)
class ImportReport:
    """rows = imported + duplicates + len(ignored). The totals are the file's own, in micros.

    `notes`: what was concluded from the file, and what of it is not booked.
    """

    format: str
    account: str
    rows: int
    imported: int
    duplicates: int
    ignored: tuple[Ignored, ...]
    option_net_cash: Mapping[str, int]
    stock_net_cash: Mapping[str, int]
    cash_by_type: Mapping[str, Mapping[str, int]]
    ending_cash: Mapping[str, int]
    notes: tuple[str, ...] = ()


def import_reports(
    reads: Sequence[ReadStatement], plan: PlanView, accounts: Sequence[str]
) -> tuple[ImportReport, ...]:
    """The report on each statement of the plan, with the account that it belongs to."""
    return tuple(
        _import_report(read, plan, account) for read, account in zip(reads, accounts, strict=True)
    )


def _import_report(read: ReadStatement, plan: PlanView, account: str) -> ImportReport:
    from alluse_tui.market.statements import Ignored

    lines = read.lines
    not_planned = [Ignored(lines[key], why) for key, why in plan.ignored if key in lines]
    duplicates = plan.duplicates_of.get(read.facts.source, plan.duplicates)
    ignored = tuple(sorted((*read.ignored, *not_planned), key=lambda i: i.row))
    imported = read.rows - duplicates - len(ignored)
    return ImportReport(
        read.format,
        account.rpartition("/")[2],
        read.rows,
        imported,
        duplicates,
        ignored,
        read.option_net_cash,
        read.stock_net_cash,
        read.cash_by_type,
        read.ending_cash,
        read.notes,
    )
