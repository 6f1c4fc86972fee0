"""The account as an import would leave it, against the file that is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alluse_tui.domain.derived.import_summary import ImportComparison, compared_after
from alluse_tui.domain.model.book import Account
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.views import PlanView
from alluse_tui.engine.core import Core
from alluse_tui.engine.read.reconciliation_queries import held_on, statement_side

if TYPE_CHECKING:
    from alluse_tui.market.statements import ReadStatement

NO_ENDINGS = "the file gives no ending cash or positions, so there is nothing to compare"


def import_comparison(
    core: Core, seq: int, account: Account, read: ReadStatement, plan: PlanView
) -> ImportComparison:
    """The account after record `seq` and the plan's entries; the file is not read again."""
    day = read.facts.last_day
    try:
        statement = statement_side(read)
    except BadInput:
        return ImportComparison(day=day, endings=(), notes=(*read.notes, NO_ENDINGS))
    held = dict(held_on(core, seq, account, day))
    endings = compared_after(statement, held, plan.entries, account.code)
    return ImportComparison(day=day, endings=endings, notes=statement.notes)
