"""The journal: who did what and when, what was refused, and whether all checks pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.engine import Check, Record, record_view
from alluse_tui.tui.list_columns import RECORD_WIDTH, spreadsheet_time, time_text
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.modals.record import RecordScreen
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.screens import texts
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.row_sources import Listed

RECORDS_SHOWN = 5_000
SECURITY_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One command. `refusal` is empty where it was carried out.

    `undoes`: the record that it undid, `undone`: the record that undid it; 0 for none.
    `alert`: the alert that was acknowledged, or snoozed `until` a date.
    """

    seq: int
    recorded_ns: int
    portfolio: str
    actor: str
    command: str
    note: str
    refusal: str
    accounts: str
    undoes: int
    undone: int
    alert: str
    until: date | None

    @property
    def act(self) -> str:
        """The command's name; a snooze is told from an acknowledgement."""
        return "snooze" if self.until is not None else self.command

    @property
    def remark(self) -> str:
        """What it undid, what undid it, and the alert that it is about."""
        about = self.alert
        if self.until is not None:
            about += f" until {self.until.day} {self.until:%b %Y}"
        parts = (
            f"undone by #{self.undone}" if self.undone else "",
            f"undo of #{self.undoes}" if self.undoes else "",
            about,
        )
        return ", ".join(part for part in parts if part)

    @property
    def search_text(self) -> str:
        """What it can be found by: its words, or 'who:dana', 'act:fork', 'account:gen-1'."""
        accounts = self.accounts.split(", ")
        refused = f"refused {self.refusal}" if self.refusal else ""
        return (
            f"#{self.seq} {self.portfolio} {self.actor} {self.act} {self.accounts}"
            f" who:{self.actor} act:{self.act} {' '.join(f'account:{a}' for a in accounts)}"
            f" {self.remark} {self.note} {refused}".casefold()
        )


def _security_row(record: Record) -> JournalRow:
    """A login, a denial or a change of a user: only auditors and admins see them."""
    view = record_view(record)
    return JournalRow(
        seq=view.seq,
        recorded_ns=view.recorded_ns,
        portfolio=view.portfolio,
        actor=view.actor,
        command=view.command,
        note=view.summary,
        refusal=view.refusal,
        accounts="",
        undoes=0,
        undone=0,
        alert="",
        until=None,
    )


def _remark(row: JournalRow) -> Cell:
    if row.refusal:
        return ("✗ refused: ", "bad"), (row.refusal, "dim")
    between = "  " if row.remark and row.note else ""
    return (row.remark, "accent"), (f"{between}{row.note}", "dim")


_REMARK_CSV: tuple[tuple[str, Callable[[JournalRow], str]], ...] = (
    ("note or refusal", lambda r: f"refused: {r.refusal}" if r.refusal else r.note),
    ("undone by", lambda r: str(r.undone or "")),
    ("undoes", lambda r: str(r.undoes or "")),
    ("alert", lambda r: r.alert),
    ("until", lambda r: r.until.isoformat() if r.until is not None else ""),
)


def _check(check: Check) -> Cell:
    sign, ink = ("✓ ", "good") if check.ok else ("✗ ", "bad")
    return (sign, ink), (f"{check.name:<12}", ""), (check.detail, "dim")


class JournalPage(LoadingPage[int, tuple[JournalRow, ...]]):
    """All records, newest first, above the checks of the last verification."""

    NAME = "journal"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("journal")

    def body(self) -> Iterable[Widget]:
        """The records above the checks."""
        yield Grid[JournalRow](
            self._columns(),
            lambda row: str(row.seq),
            id="records",
            title="Journal",
            empty=texts.NO_RECORDS,
            rests=True,
            loads=True,
        )
        yield Grid[Check](
            (Column(title="check", cell=_check),),
            lambda check: check.name,
            id="checks",
            title="Checks",
            empty=texts.NOT_CHECKED,
            header_from_width=10_000,
        )

    def _columns(self) -> tuple[Column[JournalRow], ...]:
        def recorded(row: JournalRow) -> Cell:
            return ((time_text(row.recorded_ns, self.shell.engine.now_ns), "dim"),)

        return (
            Column(
                title="record",
                cell=lambda r: ((f"#{r.seq}", "dim"),),
                value=lambda r: r.seq,
                width=RECORD_WIDTH,
                csv=(("record", lambda r: str(r.seq)),),
            ),
            Column(
                title="when",
                cell=recorded,
                value=lambda r: r.recorded_ns,
                width=12,
                csv=(("when", lambda r: spreadsheet_time(r.recorded_ns)),),
            ),
            Column(title="who", cell=lambda r: ((r.actor, ""),), value=lambda r: r.actor, width=8),
            Column(
                title="act",
                cell=lambda r: ((r.act, "dim" if r.undone else ""),),
                value=lambda r: r.act,
                width=12,
            ),
            Column(title="accounts", cell=self._accounts, value=lambda r: r.accounts, width=14),
            Column(
                title="note or refusal",
                cell=_remark,
                value=lambda r: (r.refusal, r.remark, r.note),
                csv=_REMARK_CSV,
            ),
        )

    def on_mount(self) -> None:
        """Focus the records."""
        super().on_mount()
        self.query_one("#records").focus()

    def draw(self) -> None:
        """Draw the checks, and load the records."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        verification = self.shell.jobs.verification
        if verification is not None:
            checks = self.query_one("#checks", Grid)
            failed = sum(not check.ok for check in verification.checks)
            outcome = f"{failed} FAILED" if failed else "all passed"
            checks.set_title(f"Checks: {outcome}, {verification.records:,} records")
            checks.show_rows(Listed(verification.checks, lambda c: c.name))
        self.load(snapshot.seq)

    def read_data(self, query: int) -> tuple[JournalRow, ...]:
        """Read the newest records, for auditors with those of security."""
        queries = self.shell.engine.queries
        rows = [JournalRow(*row) for row in queries.query("records", count=RECORDS_SHOWN).rows]
        rows += [_security_row(record) for record in queries.security_records(SECURITY_SHOWN)]
        rows.sort(key=lambda row: -row.seq)
        return tuple(rows)

    def on_loaded(self, query: int, data: tuple[JournalRow, ...]) -> None:
        """Draw the records."""
        grid = self.query_one("#records", Grid)
        count = len(data)
        records = "record" if count == 1 else "records"
        newest = "the newest " if count == RECORDS_SHOWN else ""
        grid.set_title(f"Journal: {newest}{count:,} {records}")
        grid.show_rows(Listed(data, lambda row: row.search_text))

    @property
    def record(self) -> int:
        """The record under the cursor."""
        records = self.query_one("#records", Grid)
        return records.item.seq if records.has_focus and records.item is not None else 0

    @property
    def opens(self) -> str:
        """The record, in full."""
        return "record" if self.record else ""

    def open_it(self) -> None:
        """Show the record in full."""
        self.app.push_screen(RecordScreen(self.record))

    def _accounts(self, row: JournalRow) -> Cell:
        """The accounts; with the portfolio's name if there are several portfolios."""
        snapshot = self.shell.snapshot
        several = snapshot is not None and len(snapshot.names) > 1
        return ((f"{row.portfolio} " if several else "", "dim"), (row.accounts, ""))
