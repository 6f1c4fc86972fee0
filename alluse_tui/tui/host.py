"""Protocol of the application for the objects it owns: jobs, session, snapshots, upkeep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from textual.message import Message
from textual.screen import Screen

from alluse_tui.engine import LocalEngine
from alluse_tui.tui.preferences import Preferences
from alluse_tui.tui.snapshot import Snapshot


class Host(Protocol):
    """The application, as its parts see it."""

    engine: LocalEngine
    preferences: Preferences

    @property
    def snapshot(self) -> Snapshot | None:
        """The portfolio on the screen; None until it is loaded."""

    @property
    def screen(self) -> Screen[Any]:
        """The screen on top."""

    def show_status(self, text: str, *, warning: bool = False) -> None:
        """Show one line in place of the keys for some seconds."""

    def draw(self) -> None:
        """Draw the current page again, also under a dialog."""

    def push_screen(self, screen: Any, callback: Callable[[Any], None] | None = None) -> Any:
        """Open a dialog; `callback` receives its result."""

    def run_in_thread(self, work: Callable[[], None], group: str) -> None:
        """Run `work` off the event loop. It handles its own errors."""

    def call_from_thread(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call `callback` on the event loop and wait for it."""

    def post_message(self, message: Message) -> bool:
        """Send a message to the application, from any thread."""
