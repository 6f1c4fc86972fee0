"""Proposals that are waiting for a second user, with the plan to be approved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.commands.user_commands import Approve
from alluse_tui.domain.views import ApprovalView, grouped, plain, printable
from alluse_tui.tui.list_columns import spreadsheet_time, time_text
from alluse_tui.tui.page import Page, page_bindings
from alluse_tui.tui.screens import texts
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import Piece
from alluse_tui.tui.widgets.row_sources import Listed
from alluse_tui.tui.widgets.text_panel import TextPanel

HOUR_NS = 3_600_000_000_000


def _state(approval: ApprovalView) -> Cell:
    if approval.state == "expired":
        return (("expired", "dim"),)
    if approval.state == "cooling":
        return (("cooling off", "warn"),)
    if approval.may:
        return ("◆ ", "due"), ("yours to approve", "due")
    return (("needs another user" if approval.own else "open", "dim"),)


def _details(approval: ApprovalView, now_ns: int) -> list[list[Piece]]:
    hours = max(0, approval.expires_ns - now_ns) // HOUR_NS
    return [
        [
            (f"{approval.by} proposes {approval.command} ", "strong"),
            (printable(approval.about), ""),
        ],
        [("note: ", "dim"), (printable(approval.note) or "none", "")],
        [
            ("plan ", "dim"),
            (approval.digest[:8], ""),
            ("   moves at most ", "dim"),
            (grouped(approval.micros), ""),
            (f"   expires in {hours} h", "dim"),
        ],
        [("↵", "due"), (texts.APPROVE_HINT, "")],
    ]


class ApprovalsPage(Page):
    """The oldest proposal first; ↵ shows its current plan, r rejects it."""

    NAME = "approvals"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("approvals")

    def body(self) -> Iterable[Widget]:
        """The list, and the proposal under the cursor."""
        yield Grid[ApprovalView](
            self._columns(),
            lambda a: str(a.id),
            id="proposals",
            title="Approvals",
            empty=texts.NO_PROPOSALS,
            rests=True,
        )
        yield TextPanel("Details", id="details")

    def _columns(self) -> tuple[Column[ApprovalView], ...]:
        def proposed(approval: ApprovalView) -> Cell:
            return ((time_text(approval.asked_ns, self._now_ns), "dim"),)

        return (
            Column(
                title="id",
                cell=lambda a: ((f"#{a.id}", "dim"),),
                value=lambda a: a.id,
                width=6,
                csv=(("id", lambda a: str(a.id)),),
            ),
            Column(
                title="command",
                cell=lambda a: ((a.command, "strong"),),
                value=lambda a: a.command,
                width=9,
            ),
            Column(
                title="about",
                cell=lambda a: ((printable(a.about), ""),),
                value=lambda a: a.about,
            ),
            Column(
                title="amount",
                cell=lambda a: ((grouped(a.micros), ""),),
                value=lambda a: a.micros,
                width=13,
                right=True,
                csv=(("amount", lambda a: plain(a.micros)),),
            ),
            Column(title="by", cell=lambda a: ((a.by, ""),), value=lambda a: a.by, width=8),
            Column(
                title="when",
                cell=proposed,
                value=lambda a: a.asked_ns,
                width=6,
                csv=(("when", lambda a: spreadsheet_time(a.asked_ns)),),
            ),
            Column(title="state", cell=_state, value=lambda a: a.state, width=18),
        )

    def on_mount(self) -> None:
        """Focus the list."""
        super().on_mount()
        self.query_one("#proposals").focus()

    def draw(self) -> None:
        """Draw all open proposals."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        approvals = snapshot.approvals
        mine = sum(a.may for a in approvals)
        grid = self.query_one("#proposals", Grid)
        grid.set_title(
            f"Approvals {len(approvals)}" + (f", {mine} yours to approve" if mine else "")
        )
        grid.show_rows(
            Listed(approvals, lambda a: f"#{a.id} {a.command} {a.about} {a.by}".casefold())
        )
        self._draw_details()

    def cursor_moved(self) -> None:
        """Draw the details of the proposal under the cursor."""
        self._draw_details()
        super().cursor_moved()

    @property
    def approval(self) -> ApprovalView | None:
        """The proposal under the cursor."""
        return self.query_one("#proposals", Grid).item

    @property
    def opens(self) -> str:
        """The plan of the proposal."""
        return "approval" if self.approval is not None else ""

    def open_it(self) -> None:
        """Show the plan: approvers can approve it, others can view it."""
        if self.approval is not None:
            self.shell.propose(Approve(approval=self.approval.id))

    def _draw_details(self) -> None:
        snapshot = self.shell.snapshot
        if self.approval is not None:
            lines = _details(self.approval, self._now_ns)
        elif snapshot is not None and snapshot.identity.via == "first":
            lines = texts.SINGLE_USER_APPROVALS
        else:
            lines = texts.HOW_APPROVALS_WORK
        self.query_one(TextPanel).show(lines)

    @property
    def _now_ns(self) -> int:
        return self.shell.engine.now_ns
