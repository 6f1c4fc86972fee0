"""Who may be at work: users and their roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.views import UserView, printable
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.screens.approvals import TextPanel
from alluse_tui.tui.widgets.column import Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.inked import Piece
from alluse_tui.tui.widgets.row_sources import Listed

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS

UsersQuery = tuple[int, int]
"""The record up to which users are read, and the minute."""


class UsersPage(LoadingPage[UsersQuery, tuple[UserView, ...]]):
    """Users; an admin sees all of them, others themselves."""

    NAME = "users"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("users")

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
        """Load again after each record and each minute: users change, and so do their waits."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        self.load((snapshot.seq, self.shell.engine.now_ns // MINUTE_NS))
        first = snapshot.identity.via == "first"
        self.query_one(TextPanel).show(_first(snapshot.identity.name) if first else _ROLES)

    def read_data(self, query: UsersQuery) -> tuple[UserView, ...]:
        """Users, their full names decrypted."""
        return self.shell.engine.auth.users.all()

    def on_loaded(self, query: UsersQuery, data: tuple[UserView, ...]) -> None:
        """Draw the users."""
        grid = self.query_one("#users", Grid)
        grid.show_rows(Listed(data, lambda u: f"{u.name} {' '.join(u.roles)}".casefold()))
        self.show_keys()

    @property
    def user(self) -> UserView | None:
        """The user under the cursor."""
        return self.query_one("#users", Grid).item

    def _state(self, user: UserView) -> str:
        if user.disabled:
            return "disabled"
        wait_ns = user.open_ns - self.shell.engine.now_ns
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
