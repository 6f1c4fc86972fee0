"""Why an account or one of its positions has its type in a week: the whole sentence."""

from __future__ import annotations

from alluse_tui.tui import texts
from alluse_tui.tui.event_text import wrapped
from alluse_tui.tui.modals.text_dialog import TextDialog
from alluse_tui.tui.week_lines import WeekRow, row_key, type_text
from alluse_tui.tui.widgets.inked import Listing


class WeekReason(TextDialog[None]):
    """The type of a row, and why."""

    def __init__(self, row: WeekRow) -> None:
        """The row's account and position are the title."""
        super().__init__(row_key(row).strip(), texts.TEXT_KEYS, "")
        self._row = row

    def read(self) -> None:
        """Show what the row says; nothing has to be read."""
        why = wrapped(f"{type_text(self._row)}: {self._row.why}", indent="")
        self.query_one(Listing).show(why)
