"""The journal: who did what and when, what was refused, and whether every record still holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.engine import Check, Record, record_view
from alluse_tui.tui.list_columns import moment, when
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.modals.record import RecordScreen
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.row_sources import Listed

RECORDS_SHOWN = 5_000
SECURITY_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """One act. `refusal` is empty where it was carried out.

    `undoes`: the record that it took back, `undone`: the record that took it back; 0 for none.
    `alert`: which one was seen, or snoozed `until` a day.
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
        """What was done: a snooze apart from an acknowledgement."""
        return "snooze" if self.until is not None else self.command

    @property
    def told(self) -> str:
        """What became of it, what it took back, which alert it is about."""
        about = self.alert
        if self.until is not None:
            about += f" until {self.until.day} {self.until:%b %Y}"
        parts = (
            f"undone by #{self.undone}" if self.undone else "",
            f"undoes #{self.undoes}" if self.undoes else "",
            about,
        )
        return ", ".join(part for part in parts if part)

    @property
    def said(self) -> str:
        """What it can be found by: its words, or 'who:dana', 'act:fork', 'account:gen-1'."""
        accounts = self.accounts.split(", ")
        refused = f"refused {self.refusal}" if self.refusal else ""
        return (
            f"#{self.seq} {self.portfolio} {self.actor} {self.act} {self.accounts}"
            f" who:{self.actor} act:{self.act} {' '.join(f'account:{a}' for a in accounts)}"
            f" {self.told} {self.note} {refused}".casefold()
        )


def _of_security(record: Record) -> Line:
    """A login, a denial, what was done to users: for who audits."""
    view = record_view(record)
    return Line(
        view.seq, view.recorded_ns, view.portfolio, view.actor, view.command, view.summary,
        view.refusal, "", 0, 0, "", None,
    )  # fmt: skip


def _what(line: Line) -> Cell:
    if line.refusal:
        return ("✗ refused: ", "bad"), (line.refusal, "dim")
    between = "  " if line.told and line.note else ""
    return (line.told, "accent"), (f"{between}{line.note}", "dim")


def _act(line: Line) -> Cell:
    return ((line.act, "dim" if line.undone else ""),)


_WHAT_IN_CSV: tuple[tuple[str, Callable[[Line], str]], ...] = (
    ("note or refusal", lambda r: f"refused: {r.refusal}" if r.refusal else r.note),
    ("undone by", lambda r: str(r.undone or "")),
    ("undoes", lambda r: str(r.undoes or "")),
    ("alert", lambda r: r.alert),
    ("until", lambda r: r.until.isoformat() if r.until is not None else ""),
)


def _check(check: Check) -> Cell:
    return ("✓ " if check.ok else "✗ ", "good" if check.ok else "bad"), (f"{check.name}  ", ""), (
        check.detail, "dim"
    )  # fmt: skip


class JournalPage(LoadingPage[int, tuple[Line, ...]]):
    """Every act, newest first."""

    NAME = "journal"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("journal")

    def body(self) -> Iterable[Widget]:
        """The acts, over the checks."""
        yield Grid[Line](
            (
                Column("record", lambda r: ((f"#{r.seq}", "dim"),), lambda r: r.seq, 7,
                       csv=(("record", lambda r: str(r.seq)),)),
                Column("when", lambda r: ((when(self._now, r.recorded_ns), "dim"),),
                       lambda r: r.recorded_ns, 12,
                       csv=(("when", lambda r: moment(r.recorded_ns)),)),
                Column("who", lambda r: ((r.actor, ""),), lambda r: r.actor, 9),
                Column("act", _act, lambda r: r.act, 12),
                Column("accounts", self._accounts, lambda r: r.accounts, 14),
                Column("note or refusal", _what, lambda r: (r.refusal, r.told, r.note),
                       csv=_WHAT_IN_CSV),
            ),
            lambda r: str(r.seq),
            id="records", title="Journal", empty="looking …", rests=True,
        )  # fmt: skip
        yield Grid[Check](
            (Column("check", _check),), lambda c: c.name, id="checks", title="Checks",
            empty="not checked in this session: V checks every record, sum and file",
            header_from_width=10_000,
        )  # fmt: skip

    def on_mount(self) -> None:
        """Start among the records."""
        super().on_mount()
        self.query_one("#records").focus()

    def draw(self) -> None:
        """What is known; records come when they are told."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        checked = self.shell.jobs.verification
        if checked is not None:
            checks = self.query_one("#checks", Grid)
            state = "all hold" if checked.ok else "NOT ALL HOLD"
            checks.set_title(f"Checks: {state}, {checked.records:,} records")
            checks.show_rows(Listed(checked.checks, lambda c: c.name))
        self.load(snapshot.seq)

    def read_data(self, query: int) -> tuple[Line, ...]:
        """The newest records, those of security among them for who audits."""
        engine = self.shell.engine
        lines = [Line(*row) for row in engine.queries.query("records", count=RECORDS_SHOWN).rows]
        lines += [_of_security(r) for r in engine.queries.security_records(SECURITY_SHOWN)]
        lines.sort(key=lambda line: -line.seq)
        return tuple(lines)

    def on_loaded(self, query: int, data: tuple[Line, ...]) -> None:
        """Draw the records."""
        grid = self.query_one("#records", Grid)
        count = len(data)
        whole = f"the newest {count:,}" if count == RECORDS_SHOWN else f"{count:,} acts"
        grid.set_title(f"Journal: {whole}")
        grid.show_rows(Listed(data, lambda line: line.said))

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
        """Show the record as it is stored."""
        self.app.push_screen(RecordScreen(self.record))

    def _accounts(self, line: Line) -> Cell:
        """Among several portfolios with the portfolio's name."""
        snapshot = self.shell.snapshot
        several = snapshot is not None and len(snapshot.names) > 1
        return ((f"{line.portfolio} " if several else "", "dim"), (line.accounts, ""))

    def _now(self) -> int:
        return self.shell.engine.now_ns
