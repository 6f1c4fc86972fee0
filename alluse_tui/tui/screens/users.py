"""Who may be at work: users and their roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from alluse_tui.domain.model.errors import AllUseError
from alluse_tui.domain.views import UserView, printable
from alluse_tui.tui.page import Page, page_bindings
from alluse_tui.tui.screens.approvals import TextPanel
from alluse_tui.tui.widgets.grid import Column, Grid
from alluse_tui.tui.widgets.inked import Piece
from alluse_tui.tui.widgets.row_sources import Listed

SECOND_NS = 1_000_000_000


class UsersPage(Page):
    """Users; an admin sees all of them, others themselves."""

    NAME = "users"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("users")

    class Looked(Message):
        """The engine has told."""

        def __init__(self, users: tuple[UserView, ...], trouble: str) -> None:
            """`trouble` is empty when there are users."""
            super().__init__()
            self.users, self.trouble = users, trouble

    def body(self) -> Iterable[Widget]:
        """The list, over what a book without users should know."""
        yield Grid[UserView](
            (
                Column("user", lambda u: ((u.name, "dim" if u.disabled else "strong"),),
                       lambda u: u.name, 16),
                Column("roles", lambda u: ((", ".join(u.roles), ""),), lambda u: u.roles, 28),
                Column("full name", lambda u: ((printable(u.full_name), ""),),
                       lambda u: u.full_name, 18),
                Column("state", lambda u: ((self._state(u), "warn"),), self._state),
            ),
            lambda u: u.name,
            id="users", title="Users", empty="no users yet", rests=True,
        )  # fmt: skip
        why = TextPanel()
        why.border_title = "Roles"
        yield why

    def on_mount(self) -> None:
        """Start in the list."""
        super().on_mount()
        self.query_one("#users").focus()

    def draw(self) -> None:
        """Ask again: users change with records."""
        self.ask()
        sight = self.app.sight
        assert sight is not None
        first = sight.identity.via == "first"
        self.query_one(TextPanel).show(_first(sight.identity.name) if first else _ROLES)

    @work(thread=True, exclusive=True, group="users")
    def ask(self) -> None:
        """Full names are opened off the event loop."""
        try:
            self.post_message(self.Looked(self.app.engine.auth.users.all(), ""))
        except AllUseError as error:
            self.post_message(self.Looked((), str(error)))

    @on(Looked)
    def tell(self, message: Looked) -> None:
        """Draw what was told."""
        if message.trouble:
            self.app.say(message.trouble, warning=True)
        grid = self.query_one("#users", Grid)
        grid.show_rows(Listed(message.users, lambda u: f"{u.name} {' '.join(u.roles)}".casefold()))
        self.show_keys()

    @property
    def user(self) -> UserView | None:
        """The user under the cursor."""
        return self.query_one("#users", Grid).item

    def _state(self, user: UserView) -> str:
        if user.disabled:
            return "disabled"
        wait_ns = user.open_ns - self.app.engine.now_ns
        if wait_ns > 0:
            return f"waits {-(-wait_ns // SECOND_NS)} s: {user.failures} wrong passwords"
        return "" if user.has_password else "no password"


_ROLES: list[list[Piece]] = [
    [("viewer ", "strong"), ("looks · ", ""), ("operator ", "strong"),
     ("records, and proposes what moves money", "")],
    [("approver ", "strong"), ("approves what somebody else proposed · ", ""),
     ("auditor ", "strong"), ("sees who logged in", "")],
    [("admin ", "strong"), ("users, policy, keys, backups; acts only with another role", "")],
]  # fmt: skip


def _first(name: str) -> list[list[Piece]]:
    return [
        [(f"{name} is the first user, without a password, and may do everything.", "")],
        [("w", "due"), (" sets your password; then ", ""), ("a", "due"),
         (" adds others. From the second on, it takes two.", "")],
    ]  # fmt: skip
