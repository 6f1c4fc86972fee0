"""The plan of an import, which begins with what is new and how it compares with the file."""

from __future__ import annotations

from collections.abc import Sequence

from alluse_tui.domain.derived.import_summary import (
    ImportComparison,
    SummaryRow,
    import_summaries,
)
from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.views import PlanView
from alluse_tui.tui import texts
from alluse_tui.tui.background.statement_reading import StatementsToImport, StatementToImport
from alluse_tui.tui.import_lines import heading_line, import_lines
from alluse_tui.tui.modals.plan import PlanScreen
from alluse_tui.tui.widgets.inked import Piece

SIDE_BY_SIDE = 150
"""The width of the terminal from which the comparison is beside the table."""


class ImportPlanScreen(PlanScreen):
    """The new rows by kind and symbol, the comparison, the ignored rows; then the plan.

    A file with several accounts has these for each account, below a heading.
    """

    def __init__(self, file: StatementsToImport) -> None:
        """`file` was read already, and is not read again."""
        super().__init__(file.command)
        self._file = file
        self._is_wide = False

    def on_resize(self) -> None:
        """Arrange the lines again if the terminal has become wide, or narrow."""
        super().on_resize()
        if self._plan is not None and self._is_wide != (self.app.size.width >= SIDE_BY_SIDE):
            self.moved()

    def details(self, plan: PlanView) -> list[list[Piece]]:
        """What is new and how it compares; called in a thread."""
        self._is_wide = self.app.size.width >= SIDE_BY_SIDE
        statements = self._file.statements
        codes = [each.account.rpartition("/")[2] for each in statements]
        lines: list[list[Piece]] = []
        for each, code, new in zip(statements, codes, import_summaries(plan, codes), strict=True):
            if len(statements) > 1:
                lines += heading_line(each.read.digits, code)
            lines += self._statement_lines(plan, each, code, new)
        return lines

    def _statement_lines(
        self, plan: PlanView, each: StatementToImport, code: str, new: Sequence[SummaryRow]
    ) -> list[list[Piece]]:
        read = each.read
        facts = read.with_report
        ignored = [(key, why) for key, why in plan.ignored if key in facts.lines]
        return import_lines(
            new,
            facts.not_recorded(ignored),
            plan.duplicates_of.get(facts.source, plan.duplicates),
            self._comparison(plan, each),
            account=code,
            note=each.note,
            side_by_side=self._is_wide,
        )

    def _comparison(self, plan: PlanView, each: StatementToImport) -> ImportComparison:
        """The account after the import against the file, or why they are not compared."""
        accounts = [statement.account for statement in self._file.statements]
        if accounts.count(each.account) > 1:
            why = texts.IMPORT_SAME_ACCOUNT
        else:
            try:
                return self.shell.engine.positions.compare_after(each.read, plan, each.account)
            except AllUseError as error:
                why = str(error)
        notes = (*each.read.notes, texts.IMPORT_NOT_COMPARED.format(why=why))
        return ImportComparison(day=each.read.facts.last_day, endings=(), notes=notes)
