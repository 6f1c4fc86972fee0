"""The Textual application: one engine, the screens, and the objects that serve them.

Only what Textual expects on an application is here (events, workers, message handlers); keys, jobs,
the session, snapshots and upkeep are objects that the application owns.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Event, Key, Paste
from textual.screen import ModalScreen

from alluse_tui.domain.commands import Command
from alluse_tui.domain.model.errors import AllUseError, Denied
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import LocalEngine
from alluse_tui.tui import texts
from alluse_tui.tui.actions.registry import BY_ID, key_of, shown_key
from alluse_tui.tui.background.inbox_watch import InboxChanged, InboxCounted, InboxWatch
from alluse_tui.tui.background.job_runner import JobProgress, JobRunner
from alluse_tui.tui.background.snapshot_loader import (
    HistoryLoaded,
    JournalChanged,
    SnapshotLoaded,
    SnapshotLoader,
)
from alluse_tui.tui.background.upkeep import Upkeep
from alluse_tui.tui.key_queue import KeyQueue
from alluse_tui.tui.modals.password import PasswordScreen
from alluse_tui.tui.modals.plan import PlanScreen
from alluse_tui.tui.outcome import Outcome
from alluse_tui.tui.page import Page
from alluse_tui.tui.preferences import Preferences
from alluse_tui.tui.screens import FACTORIES, PAGES
from alluse_tui.tui.session_lock import SessionLock
from alluse_tui.tui.snapshot import History, Snapshot, downward
from alluse_tui.tui.style.inks import Inked
from alluse_tui.tui.style.themes import THEMES
from alluse_tui.tui.terminal import gc_tuning
from alluse_tui.tui.terminal.crash import crashed
from alluse_tui.tui.terminal.hang_up import HangUp
from alluse_tui.tui.terminal.sgr_driver import SgrDriver
from alluse_tui.tui.ui_state import UiState
from alluse_tui.tui.widgets.header import State
from alluse_tui.tui.widgets.keybar import Status

if TYPE_CHECKING:
    from alluse_tui.tui.shell import Shell

WIDTHS = [(0, "-tiny"), (80, "-narrow"), (100, "-wide"), (150, "-xwide"), (190, "-xxwide")]
HEIGHTS = [(0, "-flat"), (24, "-short"), (30, "-tall"), (45, "-xtall"), (58, "-xxtall")]
"""The class that a screen has from that many cells on; the stylesheet arranges by class."""

STATUS_SECONDS = 10


class AllUseApp(Inked):
    """The full-screen program on one engine. Its result is 'demo' to open the demo next, or ''."""

    CSS_PATH = "style/styles.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "ALL-USE"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+z", "suspend_process", "Suspend", show=False)
    ]
    SCREENS = FACTORIES

    def __init__(
        self,
        engine: LocalEngine,
        environment: str = "live",
        chosen: Preferences | None = None,
        state_folder: Path | None = None,
    ) -> None:
        """`environment` is 'live', 'demo' or 'read-only'; the caller closes the engine.

        `state_folder`: where crash reports and UI choices are saved; None: nowhere.
        """
        super().__init__(ansi_color=True if _no_colour() else None)
        self.HORIZONTAL_BREAKPOINTS = WIDTHS
        self.VERTICAL_BREAKPOINTS = HEIGHTS
        self.animation_level = "none"
        self.engine = engine
        self.environment = environment
        self.preferences = chosen or Preferences()
        self.keymap = self.preferences.keymap
        self.selected = ""
        self.status: Status | None = None
        self._state_folder = state_folder
        self.ui_state = UiState(state_folder, self._warn, saves=environment == "live")
        self.jobs = JobRunner(self)
        self.session = SessionLock(self, self.begin, self._load_soon)
        self.loader = SnapshotLoader(self, lambda: self.session.active_ns)
        self._inbox_watch = InboxWatch(self, watches=environment == "live")
        self.upkeep = Upkeep(self, self.loader, self.session, self._inbox_watch)
        self.key_queue = KeyQueue(self, self._accepts, self._handle_exception)
        self._hang_up = HangUp(self)
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = (
            self._first_theme()
        )  # before the style sheet is parsed, so that it is parsed once

    def get_driver_class(self) -> type[Driver]:
        """Textual's driver; on Linux the one with shorter output."""
        driver = super().get_driver_class()
        return SgrDriver if driver is LinuxDriver else driver

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Defaults of our own variables, for themes that do not set them."""
        return {"ink-dim": "#87919b", "line": "#33404c", "ink-badge": "#12161b"}

    @property
    def snapshot(self) -> Snapshot | None:
        """The portfolio on the screen; None until it is loaded."""
        return self.loader.snapshot

    @property
    def history(self) -> History | None:
        """The portfolio's history; None until it is loaded."""
        return self.loader.history

    @property
    def state(self) -> State:
        """What the header shows besides the snapshot."""
        job = self.jobs.current.text if self.jobs.current is not None else ""
        inbox = self._inbox_watch.new, shown_key(key_of(BY_ID["morning"], self.keymap))
        return State(self.loader.trouble, job, self.session.is_locked, *inbox)

    @property
    def hung_up(self) -> bool:
        """Whether the terminal is gone."""
        return self._hang_up.lost

    # -- beginning and end ----------------------------------------

    def on_mount(self) -> None:
        """Find out in a thread whether to show the book, the first-run screen, or the login."""
        self.set_keymap({f"alluse.{name}": key for name, key in self.keymap.items()})
        self._hang_up.install_signal_handlers()
        self.run_in_thread(self._find_portfolios, "start")

    def _find_portfolios(self) -> None:
        try:
            names = self.engine.queries.portfolio_names()
        except Denied:
            self.call_from_thread(self.session.ask_login, leaves=True)
            return
        self.call_from_thread(self.begin if names else self._set_up)

    def _set_up(self) -> None:
        from alluse_tui.tui.modals.setup import SetupScreen

        self.push_screen(SetupScreen())

    def begin(self) -> None:
        """Show the book and follow it."""
        self.push_screen("dashboard")
        self._load_soon()
        self.set_timer(self.upkeep.seconds_left, self._minute)

    def on_unmount(self) -> None:
        """Stop the watcher and any job, because the program waits for its threads."""
        gc_tuning.restore()
        self.loader.closed.set()
        self.jobs.stop()

    def _first_theme(self) -> str:
        if _no_colour():
            return "ansi"
        return self.ui_state.theme or self.preferences.theme or "dark"

    def _minute(self) -> None:
        self.upkeep.run()
        self.set_timer(self.upkeep.seconds_left, self._minute)

    def _handle_exception(self, error: Exception) -> None:
        """Write a report of an internal error, show one line, and restore the terminal."""
        message = crashed(error, self._state_folder)
        error.__rich__ = message.__rich__  # type: ignore[attr-defined] # what Textual shows
        super()._handle_exception(error)

    # -- keys ----------------------------------------

    async def on_event(self, event: Event) -> None:
        """Note activity; deliver keys one at a time."""
        if isinstance(event, Key):
            self.upkeep.note_key()
            self.session.note_activity()
        await self.key_queue.handle(event, super().on_event)

    def _accepts(self, event: Key | Paste) -> bool:
        """Whether the screen takes the key: a plan takes none pressed before it was shown."""
        return not isinstance(self.screen, PlanScreen) or self.screen.hears(event)

    def action_help_quit(self) -> None:
        """Say which key quits, in place of Textual's own hint for ctrl+c."""
        key = shown_key(key_of(BY_ID["quit"], self.keymap))
        self.show_status(texts.QUIT_HINT.format(key=key))

    # -- the status line, and where to go ----------------------------------------

    def show_status(self, text: str, *, warning: bool = False) -> None:
        """Show one line in place of the keys, until the next key or for STATUS_SECONDS."""
        self.status = status = (text, warning)

        def expire() -> None:
            if self.status is status:
                self.clear_status()

        self.set_timer(STATUS_SECONDS, expire)
        self._draw_keys()

    def clear_status(self) -> None:
        """Show the keys again."""
        if self.status is not None:
            self.status = None
            self._draw_keys()

    def _warn(self, text: str) -> None:
        self.show_status(text, warning=True)

    def go(self, name: str) -> None:
        """Show that page."""
        if self.screen.id != name and getattr(self.screen, "NAME", "") != name:
            self.switch_screen(name)

    def select(self, code: str) -> None:
        """Make that account the selected one."""
        self.selected = code

    def step(self, by: int) -> None:
        """Select the account `by` places further among those that the tree shows."""
        assert self.snapshot is not None
        tree = self.snapshot.tree
        codes = list(downward(tree.every if self.ui_state.shows_ended else tree.current))
        at = codes.index(self.selected) if self.selected in codes else -1
        self.selected = codes[(at + by) % len(codes)]
        self.draw()

    def next_portfolio(self) -> None:
        """Show the next portfolio."""
        if self.snapshot is not None:
            names = self.snapshot.names
            at = names.index(self.snapshot.portfolio.name)
            self.loader.portfolio, self.selected = names[(at + 1) % len(names)], ""
            self._load_soon()

    def next_theme(self) -> None:
        """Use the next theme, and save it."""
        names = list(THEMES)
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self.show_status(f"theme {self.theme}")
        self.ui_state.save_theme(self.theme)

    # -- acting ----------------------------------------

    def propose(self, command: Command, done: Callable[[Outcome], None] | None = None) -> None:
        """Show the plan of `command`; `done` receives the outcome, None when it was cancelled."""
        self.push_screen(PlanScreen(command), done or (lambda _: None))

    def submit(
        self,
        command: Command,
        status: str,
        done: Callable[[Receipt], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Submit a command that moves no money and can be undone, then show `status`."""

        def run() -> None:
            try:
                receipt = self.engine.commands.submit(command)
            except AllUseError as error:
                self.call_from_thread(failed or self._warn, str(error))
                return
            if done is not None:
                self.call_from_thread(done, receipt)
            self.call_from_thread(self.show_status, status)

        self.run_in_thread(run, "commit")

    def run_in_thread(self, work: Callable[[], None], group: str) -> None:
        """Run `work` off the event loop. It handles its own errors."""
        self.run_worker(work, thread=True, group=group, description=group)

    # -- what was loaded ----------------------------------------

    def _load_soon(self) -> None:
        self.loader.load_soon()

    @on(JournalChanged)
    def _reload(self) -> None:
        self._load_soon()
        if isinstance(self.screen, PlanScreen):
            self.screen.moved()

    @on(SnapshotLoaded)
    def _show_snapshot(self, message: SnapshotLoaded) -> None:
        """Draw the snapshot; an error stays in the header until the next snapshot."""
        if message.denied and not isinstance(self.screen, PasswordScreen):
            self.session.ask_login(leaves=True)
        first = self.loader.accept(message)
        if message.snapshot is None:
            self.draw()
            self.loader.finish()
            return
        self.session.refresh(message.snapshot)
        if self.selected not in message.snapshot.overview:
            self.selected = next(message.snapshot.overview.codes(), "")
        self.draw()
        if first:
            self.call_after_refresh(self.loader.follow)
        self.call_after_refresh(self.loader.load_history)

    @on(HistoryLoaded)
    def _show_history(self, message: HistoryLoaded) -> None:
        if self.history is None:
            gc_tuning.limit_collections()
            self.run_in_thread(_load_modules, "load")
            self._inbox_watch.look_soon()
        self.loader.history = message.history
        self.draw()

    @on(InboxChanged)
    def _look_into_inbox(self) -> None:
        self._inbox_watch.look_soon()

    @on(InboxCounted)
    def _show_inbox(self, message: InboxCounted) -> None:
        if self._inbox_watch.accept(message):
            self.draw()

    @on(JobProgress)
    def _show_job(self, message: JobProgress) -> None:
        self.jobs.report(message)

    # -- drawing ----------------------------------------

    @property
    def _page(self) -> Page | None:
        """The topmost page, which may be under dialogs."""
        pages = (s for s in reversed(self.screen_stack) if isinstance(s, Page) and s.is_ready)
        return next(pages, None)

    def draw(self) -> None:
        """Draw the current page again, also under a dialog."""
        page = self._page
        if page is not None:
            page.show()
            page.call_after_refresh(self._refresh_dialogs)

    def _refresh_dialogs(self) -> None:
        """Refresh dialogs on top of each other: Textual does not redraw what changes under them."""
        dialogs = [screen for screen in self.screen_stack if isinstance(screen, ModalScreen)]
        for screen in dialogs if len(dialogs) > 1 else ():
            screen.refresh()

    def _draw_keys(self) -> None:
        page = self._page
        if page is not None:
            page.show_keys()


def _load_modules() -> None:
    """Import all pages now, so a package upgrade during the session cannot mix versions."""
    for page in PAGES.values():
        page.load()
    import_module("alluse_tui.engine.simulation.simulated_years")


def _no_colour() -> bool:
    return bool(os.environ.get("NO_COLOR"))


if TYPE_CHECKING:
    _SHELL: type[Shell] = AllUseApp
