"""What waits for a second person, with the plan that is to be approved."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.commands.user_commands import Approve
from alluse_tui.domain.views import ApprovalView, grouped, plain, printable
from alluse_tui.tui.list_columns import moment, when
from alluse_tui.tui.page import Page, page_bindings
from alluse_tui.tui.widgets.column import Cell, Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import Panel, Piece
from alluse_tui.tui.widgets.row_sources import Listed

HOUR_NS = 3_600_000_000_000


class TextPanel(Panel):
    """The proposal under the cursor; without any, how four eyes work on this book."""

    def __init__(self) -> None:
        """Empty until it is shown something."""
        super().__init__(id="why")
        self.border_title = "Four eyes"
        self._lines: list[list[Piece]] = []

    def show(self, lines: list[list[Piece]]) -> None:
        """Draw these lines."""
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """As they were given."""
        return self._lines


def _state(one: ApprovalView) -> Cell:
    if one.state == "expired":
        return (("expired", "dim"),)
    if one.state == "cooling":
        return (("cooling off", "warn"),)
    if one.may:
        return ("◆ ", "due"), ("yours to answer", "due")
    return (("somebody else's" if one.own else "waiting", "dim"),)


class ApprovalsPage(Page):
    """The oldest first; ↵ shows the plan as it would be now, r says no."""

    NAME = "approvals"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("approvals")

    def body(self) -> Iterable[Widget]:
        """The list, and the one under the cursor."""
        yield Grid[ApprovalView](
            (
                Column("id", lambda a: ((f"#{a.id}", "dim"),), lambda a: a.id, 6,
                       csv=(("id", lambda a: str(a.id)),)),
                Column("act", lambda a: ((a.command, "strong"),), lambda a: a.command, 9),
                Column("about", lambda a: ((printable(a.about), ""),), lambda a: a.about),
                Column("amount", lambda a: ((grouped(a.micros), ""),), lambda a: a.micros, 13,
                       right=True, csv=(("amount", lambda a: plain(a.micros)),)),
                Column("by", lambda a: ((a.by, ""),), lambda a: a.by, 8),
                Column("asked", lambda a: ((when(self._now, a.asked_ns), "dim"),),
                       lambda a: a.asked_ns, 6, csv=(("asked", lambda a: moment(a.asked_ns)),)),
                Column("state", _state, lambda a: a.state, 17),
            ),
            lambda a: str(a.id),
            id="proposals", title="Approvals", empty="✓ nothing waits for approval", rests=True,
        )  # fmt: skip
        yield TextPanel()

    def on_mount(self) -> None:
        """Start in the list."""
        super().on_mount()
        self.query_one("#proposals").focus()

    def draw(self) -> None:
        """Every proposal that waits."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        found = snapshot.approvals
        mine = sum(a.may for a in found)
        grid = self.query_one("#proposals", Grid)
        grid.set_title(f"Approvals {len(found)}" + (f", {mine} yours to answer" if mine else ""))
        grid.show_rows(Listed(found, lambda a: f"#{a.id} {a.command} {a.about} {a.by}".casefold()))
        self.query_one(TextPanel).show(self._why())

    def cursor_moved(self) -> None:
        """The one under the cursor."""
        self.query_one(TextPanel).show(self._why())
        super().cursor_moved()

    @property
    def approval(self) -> ApprovalView | None:
        """The proposal under the cursor."""
        return self.query_one("#proposals", Grid).item

    @property
    def opens(self) -> str:
        """Its plan."""
        return "approval" if self.approval is not None else ""

    def open_it(self) -> None:
        """The plan, to be approved by who may; for others to be seen."""
        if self.approval is not None:
            self.shell.propose(Approve(approval=self.approval.id))

    def _why(self) -> list[list[Piece]]:
        one = self.approval
        if one is not None:
            left_ns = max(0, one.expires_ns - self._now())
            return [
                [(f"{one.by} proposes {one.command} ", "strong"), (printable(one.about), "")],
                [("note: ", "dim"), (printable(one.note) or "none", "")],
                [("plan ", "dim"), (one.digest[:8], ""), ("   moves at most ", "dim"),
                 (grouped(one.micros), ""), (f"   {left_ns // HOUR_NS} h left", "dim")],
                [("↵", "due"), (" shows the plan as it is now; it is done as it was proposed,"
                                " or not at all", "")],
            ]  # fmt: skip
        snapshot = self.shell.snapshot
        if snapshot is not None and snapshot.identity.via == "first":
            return [
                [("Not set up: one person, whom nobody else will check", "strong")],
                [("Each act shows its plan with Cancel focused; ", ""), ("u", "due"),
                 (" takes it back, also tomorrow.", "")],
                [("8", "due"),
                 (" Settings: approval.alone cooling_off makes you sleep over it.", "")],
                [("9", "due"), (" Users: from the second on, one proposes, another approves.", "")],
            ]  # fmt: skip
        return [
            [("What moves money or changes rules is proposed by one and approved by another.", "")],
            [("A proposal lasts 24 hours, is spent once, and only on the very plan that was shown.",
              "")],
            [("approval.commands and approval.above in Settings say what needs it.", "dim")],
        ]  # fmt: skip

    def _now(self) -> int:
        return self.shell.engine.now_ns
