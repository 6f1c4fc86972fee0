"""The users and their roles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from alluse_tui.domain.views import UserView, printable
from alluse_tui.tui.loading_page import LoadingPage
from alluse_tui.tui.page import page_bindings
from alluse_tui.tui.screens import texts
from alluse_tui.tui.widgets.column import Column
from alluse_tui.tui.widgets.grid import Grid
from alluse_tui.tui.widgets.row_sources import Listed
from alluse_tui.tui.widgets.text_panel import TextPanel

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS

UsersQuery = tuple[int, int]
"""The record up to which users are read, and the minute."""


class UsersPage(LoadingPage[UsersQuery, tuple[UserView, ...]]):
    """All users for an admin; for others, themselves."""

    NAME = "users"
    BINDINGS: ClassVar[list[BindingType]] = page_bindings("users")

    def body(self) -> Iterable[Widget]:
        """The list above what the roles mean."""
        yield Grid[UserView](
            (
                Column(
                    title="user",
                    cell=lambda u: ((u.name, "dim" if u.disabled else "strong"),),
                    value=lambda u: u.name,
                    width=16,
                ),
                Column(
                    title="roles",
                    cell=lambda u: ((", ".join(u.roles), ""),),
                    value=lambda u: u.roles,
                    width=28,
                ),
                Column(
                    title="full name",
                    cell=lambda u: ((printable(u.full_name), ""),),
                    value=lambda u: u.full_name,
                    width=18,
                ),
                Column(
                    title="state", cell=lambda u: ((self._state(u), "warn"),), value=self._state
                ),
            ),
            lambda u: u.name,
            id="users",
            title="Users",
            empty=texts.NO_USERS,
            rests=True,
            loads=True,
        )
        yield TextPanel("Roles", id="details", lines=texts.ROLES)

    def on_mount(self) -> None:
        """Focus the list."""
        super().on_mount()
        self.query_one("#users").focus()

    def draw(self) -> None:
        """Load the users after each record and each minute, when their waiting times change."""
        snapshot = self.shell.snapshot
        assert snapshot is not None
        self.load((snapshot.seq, self.shell.engine.now_ns // MINUTE_NS))
        identity = snapshot.identity
        lines = texts.first_user(identity.name) if identity.via == "first" else texts.ROLES
        self.query_one(TextPanel).show(lines)

    def read_data(self, query: UsersQuery) -> tuple[UserView, ...]:
        """Read the users, with their full names decrypted."""
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
            return f"locked for {-(-wait_ns // SECOND_NS)} s: {user.failures} wrong passwords"
        return "" if user.has_password else "no password"
