"""The reports of the imports that were recorded: a list of them, and each in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen

from alluse_tui.domain.derived.import_summary import SummaryRow
from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.engine import KeptImport, kept_imports, kept_summary, new_york, span_text
from alluse_tui.tui import texts
from alluse_tui.tui.import_lines import ignored_lines, summary_lines, wrapped
from alluse_tui.tui.list_columns import spreadsheet_time
from alluse_tui.tui.modals.text_dialog import TextDialog
from alluse_tui.tui.shell import UsesShell
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import Listing, Piece
from alluse_tui.tui.widgets.row_sources import Listed

Lines = list[list[Piece]]


def _period(kept: KeptImport) -> str:
    return f"{kept.first_day} to {kept.last_day}"


def _account(kept: KeptImport) -> Cell:
    undone = f" {texts.IMPORT_UNDONE}" if kept.undone_by else ""
    return ((kept.account, "dim" if kept.undone_by else ""), (undone, "dim"))


_COLUMNS: tuple[Column[KeptImport], ...] = (
    Column(
        title="recorded",
        cell=lambda kept: ((spreadsheet_time(kept.recorded_ns)[:16], "dim"),),
        value=lambda kept: kept.recorded_ns,
        width=16,
    ),
    Column(title="account", cell=_account, value=lambda kept: kept.account),
    Column(
        title="period",
        cell=lambda kept: ((_period(kept), ""),),
        value=lambda kept: (kept.first_day, kept.last_day),
        width=24,
    ),
    Column(
        title="new",
        cell=lambda kept: ((f"{kept.rows:,}", ""),),
        value=lambda kept: kept.rows,
        width=7,
        right=True,
    ),
    Column(
        title="ignored",
        cell=lambda kept: ((f"{kept.ignored_count:,}" if kept.is_full else "—", ""),),
        value=lambda kept: kept.ignored_count,
        width=8,
        right=True,
    ),
)


class ImportReportsScreen(UsesShell, ModalScreen[None]):
    """The imports of the portfolio, newest first; Enter shows a report."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Close"),
        Binding("enter", "open", "Report"),
    ]

    class Read(Message):
        """The imports have been read, or cannot be."""

        def __init__(self, imports: Sequence[KeptImport], error: str = "") -> None:
            """Newest first."""
            super().__init__()
            self.imports, self.error = imports, error

    def compose(self) -> ComposeResult:
        """The list."""
        with Vertical(id="dialog") as dialog:
            dialog.border_title = texts.IMPORTS_TITLE
            dialog.border_subtitle = texts.IMPORTS_KEYS
            yield Grid[KeptImport](
                _COLUMNS,
                lambda kept: f"{kept.first_seq} {kept.source}",
                id="imports",
                empty=texts.NO_IMPORTS,
                loads=True,
            )

    def on_mount(self) -> None:
        """Read the imports."""
        self.query_one("#imports", Grid).focus()
        self.read()

    @work(thread=True)
    def read(self) -> None:
        """Ask the engine, off the event loop."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        try:
            imports = kept_imports(self.shell.engine.queries, snapshot.portfolio.name)
            self.post_message(self.Read(imports))
        except AllUseError as error:
            self.post_message(self.Read((), str(error)))

    @on(Read)
    def draw(self, message: Read) -> None:
        """Show them."""
        if message.error:
            self.shell.show_status(message.error, warning=True)
        rows = Listed(message.imports, lambda kept: f"{kept.account} {_period(kept)}")
        self.query_one("#imports", Grid).show_rows(rows)

    def action_open(self) -> None:
        """Show the report under the cursor."""
        kept = self.query_one("#imports", Grid).item
        if kept is not None:
            self.app.push_screen(ImportReportScreen(kept))

    def action_close(self) -> None:
        """Close."""
        self.dismiss()


class ImportReportScreen(TextDialog[None]):
    """One import: its file and period, what it recorded, and which rows it ignored."""

    class Read(Message):
        """The records have been read."""

        def __init__(self, lines: Lines) -> None:
            """What is to be shown."""
            super().__init__()
            self.lines = lines

    def __init__(self, kept: KeptImport) -> None:
        """`kept` is the import as its record has it."""
        title = texts.IMPORT_REPORT_TITLE.format(account=kept.account, day=kept.last_day)
        super().__init__(title, texts.TEXT_KEYS, texts.IMPORT_REPORT_READING)
        self._kept = kept

    @work(thread=True)
    def read(self) -> None:
        """Ask the engine, off the event loop."""
        try:
            summary = kept_summary(self.shell.engine.queries, self._kept)
            self.post_message(self.Read(report_lines(self._kept, summary)))
        except AllUseError as error:
            self.post_message(self.Read(wrapped("✗ ", "bad", str(error))))

    @on(Read)
    def draw(self, message: Read) -> None:
        """Show it."""
        self.query_one(Listing).show(message.lines)


def report_lines(kept: KeptImport, summary: Sequence[SummaryRow]) -> Lines:
    """The counts, where it is from, the new rows by kind and symbol, and the ignored rows."""
    head = texts.IMPORT_HEAD if kept.is_full else texts.IMPORT_HEAD_OLDER
    counts = head.format(
        imported=kept.rows,
        account=kept.account,
        duplicates=kept.duplicates,
        ignored=kept.ignored_count,
    )
    local = new_york(kept.recorded_ns)
    facts = [
        ("period", _period(kept)),
        ("recorded", f"{local.day} {local:%b %Y %H:%M} New York, by {kept.actor}"),
        ("records", span_text((kept.first_seq, kept.last_seq))),
        ("file", f"SHA-256 {kept.sha256[:32]}…"),
        ("undone by", f"#{kept.undone_by}" if kept.undone_by else ""),
    ]
    lines: Lines = [*wrapped("", "strong", counts, ink="strong"), [("", "")]]
    lines += [[(f"{label:<11}", "dim"), (text, "")] for label, text in facts if text]
    for block in (summary_lines(summary), ignored_lines(kept.ignored)):
        lines += [[("", "")], *block] if block else []
    return lines
