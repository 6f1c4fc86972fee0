"""The plan of an import, which begins with what is new and how it compares with the file."""

from __future__ import annotations

from alluse_tui.domain.derived.import_summary import ImportComparison, import_summary
from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.views import PlanView
from alluse_tui.tui import texts
from alluse_tui.tui.background.statement_reading import StatementToImport
from alluse_tui.tui.import_lines import import_lines
from alluse_tui.tui.modals.plan import PlanScreen
from alluse_tui.tui.widgets.inked import Piece

SIDE_BY_SIDE = 150
"""The width of the terminal from which the comparison is beside the table."""


class ImportPlanScreen(PlanScreen):
    """The new rows by kind and symbol, the comparison, the ignored rows; then the plan."""

    def __init__(self, statement: StatementToImport) -> None:
        """`statement` was read already; the file is not read again."""
        super().__init__(statement.command)
        self._statement = statement
        self._is_wide = False

    def on_resize(self) -> None:
        """Arrange the lines again if the terminal has become wide, or narrow."""
        super().on_resize()
        if self._plan is not None and self._is_wide != (self.app.size.width >= SIDE_BY_SIDE):
            self.moved()

    def details(self, plan: PlanView) -> list[list[Piece]]:
        """What is new and how it compares; called in a thread."""
        command, read = self._statement.command, self._statement.read
        account = command.account.rpartition("/")[2]
        try:
            comparison = self.shell.engine.positions.compare_after(read, plan, command.account)
        except AllUseError as error:
            why = texts.IMPORT_NOT_COMPARED.format(error=error)
            comparison = ImportComparison(day=read.facts.last_day, endings=(), notes=(why,))
        self._is_wide = self.app.size.width >= SIDE_BY_SIDE
        return import_lines(
            import_summary(plan.entries, account),
            command.statement.not_recorded(plan.ignored),
            plan.duplicates,
            comparison,
            account=account,
            note=self._statement.note,
            side_by_side=self._is_wide,
        )
