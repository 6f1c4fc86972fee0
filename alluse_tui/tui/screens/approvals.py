"""What waits for a second person: nothing can yet, and the screen says why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.tui.page import Page, page_bindings
from alluse_tui.tui.widgets.drawn import Panel, Piece


class OnePerson(Panel):
    """Not set up: why, and what guards against mistakes meanwhile."""

    can_focus = True

    def lines(self, width: int, height: int) -> list[list[Piece]]:
        """A calm page of text."""
        return [
            [("Not set up: this is a one-person book", "strong")],
            [("", "")],
            [("Nobody else is known to it, so nobody can be asked to approve.", "")],
            [("What guards against a slip meanwhile:", "")],
            [("", "")],
            [("  · each act shows its plan before it is done, with Cancel focused", "")],
            [("  · the largest ones ask for the account's code", "")],
            [("  · every act can be taken back: ", ""), ("u", "due"), (", also tomorrow", "")],
            [("  · every record is chained to the one before: ", ""), ("7", "due"),
             (" then ", ""), ("V", "due"), (" checks them all", "")],
        ]  # fmt: skip


class ApprovalsPage(Page):
    """Four eyes."""

    NAME = "approvals"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("approvals")

    def body(self) -> Iterable[Widget]:
        """The text."""
        panel = OnePerson(id="approvals-text")
        panel.border_title = "Approvals"
        yield panel

    def draw(self) -> None:
        """It says the same always."""
