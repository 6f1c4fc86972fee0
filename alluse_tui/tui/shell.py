"""Protocols of the application and of the page, for screens, dialogs, forms and action handlers.

They import these protocols, and the application and the pages import them: this avoids import
cycles, and lists in one place what a screen can do to the rest of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol, cast

from rich.style import Style

from alluse_tui.domain.commands import Command
from alluse_tui.domain.derived.positions import Position
from alluse_tui.domain.views import AccountView, AlertView, ApprovalView, Receipt, UserView
from alluse_tui.tui.actions.disabled_reasons import Situation
from alluse_tui.tui.background.job_runner import JobRunner
from alluse_tui.tui.host import Host
from alluse_tui.tui.outcome import Outcome
from alluse_tui.tui.session_lock import SessionLock
from alluse_tui.tui.snapshot import History
from alluse_tui.tui.ui_state import UiState
from alluse_tui.tui.widgets.header import State
from alluse_tui.tui.widgets.keybar import Status


class Shell(Host, Protocol):
    """The application, as screens see it."""

    environment: str
    ui_state: UiState
    jobs: JobRunner
    session: SessionLock
    selected: str
    status: Status | None

    @property
    def keymap(self) -> Mapping[str, str]:
        """Action id → key, for keys that differ from the defaults."""

    @property
    def history(self) -> History | None:
        """The portfolio's history; None until it is loaded."""

    @property
    def state(self) -> State:
        """What the header shows besides the snapshot."""

    def ink(self, name: str) -> Style:
        """The style of that ink."""

    def clear_status(self) -> None:
        """Clear the status message and show the keys."""

    def begin(self) -> None:
        """Show the book and follow it."""

    def go(self, name: str) -> None:
        """Show that page."""

    def select(self, code: str) -> None:
        """Make that account the selected one."""

    def step(self, by: int) -> None:
        """Select the account `by` places further in the tree."""

    def next_portfolio(self) -> None:
        """Show the next portfolio."""

    def next_theme(self) -> None:
        """Use the next theme."""

    def exit(self, result: str | None = None) -> None:
        """Exit the program."""

    def propose(self, command: Command, done: Callable[[Outcome], None] | None = None) -> None:
        """Show the plan of `command`; `done` receives the outcome, None when it was cancelled."""

    def submit(
        self,
        command: Command,
        status: str,
        done: Callable[[Receipt], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Submit a command without a plan, off the event loop, then show `status`."""


class ActivePage(Protocol):
    """The page under the cursor, as action handlers, forms and dialogs see it."""

    NAME: ClassVar[str]

    @property
    def shell(self) -> Shell:
        """The application."""

    @property
    def account(self) -> AccountView | None:
        """The account that keys act on."""

    @property
    def alert(self) -> AlertView | None:
        """The alert under the cursor."""

    @property
    def record(self) -> int:
        """The record under the cursor; 0 for none."""

    @property
    def position(self) -> Position | None:
        """The position under the cursor."""

    @property
    def approval(self) -> ApprovalView | None:
        """The proposal under the cursor."""

    @property
    def user(self) -> UserView | None:
        """The user under the cursor."""

    @property
    def situation(self) -> Situation:
        """What decides which actions are possible."""

    def open_it(self) -> None:
        """Open what is under the cursor."""

    def switch(self, what: str) -> None:
        """Show another choice of `what`, on pages that have choices."""

    def action_act(self, name: str) -> None:
        """Run an action of the registry, or show why it is unavailable."""

    def step_back(self) -> bool:
        """Clear a filter. Returns whether there was one."""


class UsesShell:
    """A screen that uses more of the application than Textual defines."""

    @property
    def shell(self) -> Shell:
        """The application."""
        return cast(Shell, cast(Any, self).app)
