"""One week: the regime that the market had before it, and the types of its positions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.derived.week_view import WeekView
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.modals.week_reason import WeekReason
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.screens import texts
from alluse_tui.tui.week_lines import WeekRow, market_lines, row_key, week_columns, week_rows
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.row_sources import Listed
from alluse_tui.tui.widgets.text_panel import TextPanel

WEEK_LINES = 9
"""The most lines about the market of a week."""


@dataclass(frozen=True, slots=True)
class WeekQuery:
    """A portfolio up to record `seq` on a day, and the week that `day` is in."""

    portfolio: str
    seq: int
    today: date
    day: date


class WeekPage(LoadingPage[WeekQuery, WeekView]):
    """The regime of the selected week above its types."""

    NAME = "week"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("week")

    def __init__(self) -> None:
        """Begin with this week."""
        super().__init__()
        self._weeks_away = 0

    def body(self) -> Iterable[Widget]:
        """The regime above the types."""
        yield TextPanel(texts.WEEK, id="week")
        yield Grid[WeekRow](
            week_columns(),
            row_key,
            id="week-types",
            title=texts.WEEK_TYPES,
            empty=texts.NO_WEEK_TYPES,
            rests=True,
            loads=True,
        )

    def on_mount(self) -> None:
        """Focus the types."""
        super().on_mount()
        self.query_one("#week-types").focus()

    def draw(self) -> None:
        """Load the week when the book or the day has changed."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        today = self.shell.engine.today
        day = today + timedelta(weeks=self._weeks_away)
        self.load(WeekQuery(snapshot.portfolio.name, snapshot.seq, today, day))

    @property
    def opens(self) -> str:
        """Why the row under the cursor has its type."""
        return "reason" if self.query_one("#week-types", Grid).item is not None else ""

    def open_it(self) -> None:
        """Show the whole reason, which may be longer than the row."""
        row = self.query_one("#week-types", Grid).item
        if row is not None:
            self.shell.push_screen(WeekReason(row))

    def switch(self, what: str) -> None:
        """Show the week before ('before') or after ('after')."""
        self._weeks_away += -1 if what == "before" else 1
        self.draw()

    def read_data(self, query: WeekQuery) -> WeekView:
        """Read the week."""
        return self.shell.engine.positions.week(query.day, "", query.portfolio)

    def on_loaded(self, query: WeekQuery, data: WeekView) -> None:
        """Draw the week."""
        panel = self.query_one("#week", TextPanel)
        panel.border_title = texts.WEEK_OF.format(monday=data.week.monday)
        lines = market_lines(data.market)
        panel.styles.height = 1 + min(len(lines), WEEK_LINES)
        panel.show(lines)
        rows = Listed(week_rows(data), lambda row: row_key(row).casefold())
        self.query_one("#week-types", Grid).show_rows(rows)
