"""The report of an import, which accounts for every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alluse_tui.domain.views import PlanView

if TYPE_CHECKING:
    from alluse_tui.market.statements import Ignored, ReadStatement


@dataclass(frozen=True, slots=True)
class ImportReport:
    """rows = imported + duplicates + len(ignored). The totals are the file's own, in micros."""

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


def import_report(read: ReadStatement, plan: PlanView, account: str) -> ImportReport:
    """The report of the plan for a statement."""
    from alluse_tui.market.statements import Ignored

    not_planned = [Ignored(read.lines[key], why) for key, why in plan.ignored]
    ignored = tuple(sorted((*read.ignored, *not_planned), key=lambda i: i.row))
    imported = read.rows - plan.duplicates - len(ignored)
    return ImportReport(
        read.format,
        account.rpartition("/")[2],
        read.rows,
        imported,
        plan.duplicates,
        ignored,
        read.option_net_cash,
        read.stock_net_cash,
        read.cash_by_type,
        read.ending_cash,
    )
