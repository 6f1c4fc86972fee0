"""The Textual application: one engine, what is seen of it, and the screens over that."""

from __future__ import annotations

import os
import signal
import termios
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Event, Key, Paste
from textual.message import Message
from textual.screen import ModalScreen

from alluse_tui.domain.commands import Command
from alluse_tui.domain.errors import AllUseError, Denied, Pending
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import LocalEngine
from alluse_tui.tui import kept, memory
from alluse_tui.tui.crash import crashed
from alluse_tui.tui.preferences import Preferences
from alluse_tui.tui.presence import Presence
from alluse_tui.tui.screens import PAGE_CLASSES
from alluse_tui.tui.screens.form import Form
from alluse_tui.tui.screens.password import PasswordScreen
from alluse_tui.tui.screens.plan import PlanScreen
from alluse_tui.tui.sight import History, Sight, look, look_back
from alluse_tui.tui.terminal import SparingDriver
from alluse_tui.tui.themes import THEMES
from alluse_tui.tui.widgets.header import State
from alluse_tui.tui.widgets.inks import Inked
from alluse_tui.tui.widgets.keybar import Said

WIDTHS = [(0, "-tiny"), (80, "-narrow"), (100, "-wide"), (150, "-xwide"), (190, "-xxwide")]
HEIGHTS = [(0, "-flat"), (24, "-short"), (30, "-tall"), (45, "-xtall"), (58, "-xxtall")]
"""From so many cells on, a screen has that class; the stylesheet does the rest."""

MINUTE_NS = 60_000_000_000

LONG_TAIL = 5_000
"""Records beyond the published file after which a quiet minute is used to publish."""

SAID_SECONDS = 10

HUNG_UP, HANG_UP_SECONDS = 129, 10
"""The exit code after a lost terminal, and how long leaving in order may take then."""

QUIET_SECONDS = 50
"""Nobody has pressed a key for so long: nobody waits."""

REST_SECONDS = 0.25
"""Between two looks: what happens meanwhile is seen in one."""


class AllUseApp(Inked, Presence):
    """The full-screen program on one engine. Ends with what to do next: '' or 'demo'."""

    CSS_PATH = "styles.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "ALL-USE"
    BINDINGS: ClassVar[list[BindingType]] = []
    SCREENS = PAGE_CLASSES

    class Moved(Message):
        """The journal moved."""

        def can_replace(self, message: Message) -> bool:
            """However often: what counts is the newest."""
            return isinstance(message, AllUseApp.Moved)

    class Seen(Message):
        """A new sight of the book, or why there is none."""

        def __init__(self, sight: Sight | None, trouble: str, *, denied: bool = False) -> None:
            """`trouble` is empty when there is a sight; `denied`: nobody may look now."""
            super().__init__()
            self.sight = sight
            self.trouble = trouble
            self.denied = denied

    class Told(Message):
        """The history, which comes after the sight."""

        def __init__(self, history: History) -> None:
            """What the replica told."""
            super().__init__()
            self.history = history

    def __init__(
        self,
        engine: LocalEngine,
        environment: str = "live",
        chosen: Preferences | None = None,
        state_folder: Path | None = None,
    ) -> None:
        """`environment` is 'live', 'demo' or 'read-only'; whoever opened the engine closes it.

        `state_folder`: where crash reports and the last theme are kept; None: nothing is kept.
        """
        super().__init__(ansi_color=True if _no_colour() else None)
        self.HORIZONTAL_BREAKPOINTS = WIDTHS
        self.VERTICAL_BREAKPOINTS = HEIGHTS
        self.animation_level = "none"
        self.engine = engine
        self.environment = environment
        self.chosen = chosen or Preferences()
        self.keymap = self.chosen.keymap
        self.state_folder = state_folder
        self.columns = kept.kept_columns(state_folder) if state_folder else {}
        self.sight: Sight | None = None
        self.history: History | None = None
        self.trouble = ""
        self.said: Said | None = None
        self.hung_up = False
        self.selected = ""
        self._portfolio = ""
        self._left = threading.Event()
        self._looking = False
        self._look_again = False
        self._seq_a_minute_ago = 0
        self._last_key_s = time.monotonic()
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = self._first_theme()  # before there is a style sheet, which is made once then

    def get_driver_class(self) -> type[Driver]:
        """Textual's own, but one that sends the terminal no more than it needs."""
        found = super().get_driver_class()
        return SparingDriver if found is LinuxDriver else found

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables, for themes that do not set them."""
        return {"ink-dim": "#87919b", "line": "#33404c", "ink-badge": "#12161b"}

    @property
    def state(self) -> State:
        """What the header says of us."""
        work = self.work.words if self.work is not None else ""
        return State(self.trouble, work, self.is_locked)

    # -- beginning and end ----------------------------------------

    def on_mount(self) -> None:
        """Look once, then whenever the journal moves and when a minute is over."""
        self.set_keymap({f"alluse.{name}": key for name, key in self.keymap.items()})
        self._heed_signals()
        try:
            names = self.engine.names()
        except Denied:
            self.ask_login(leaves=True)
            return
        if not names:
            from alluse_tui.tui.screens.setup import SetupScreen

            self.push_screen(SetupScreen())
            return
        self.begin()

    def begin(self) -> None:
        """There is a book: show it and follow it."""
        self.push_screen("dashboard")
        self.look_soon()
        self._next_minute()

    def on_unmount(self) -> None:
        """Let the watcher and any work go: the program waits for its threads."""
        memory.let_go()
        self._left.set()
        self.stop_work()

    def _first_theme(self) -> str:
        if _no_colour():
            return "ansi"
        last = kept.kept_theme(self.state_folder) if self.state_folder else ""
        return last or self.chosen.theme or "dark"

    def _heed_signals(self) -> None:
        """Told to end, or the line dropped: leave in order, the terminal as it was."""
        if self.is_headless or threading.current_thread() is not threading.main_thread():
            return
        import asyncio

        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.exit)
        loop.add_signal_handler(signal.SIGHUP, self.hang_up)

    def hang_up(self) -> None:
        """Told that the line dropped. Where it has, nothing may wait for a terminal any more."""
        try:
            termios.tcgetattr(0)
        except termios.error:
            self.hung_up = True
            nowhere = os.open(os.devnull, os.O_RDWR)
            for terminal in (0, 1, 2):
                os.dup2(nowhere, terminal)
        last_resort = threading.Timer(HANG_UP_SECONDS, os._exit, (HUNG_UP,))
        last_resort.daemon = True
        last_resort.start()
        self.exit()

    def _handle_exception(self, error: Exception) -> None:
        """What we did not expect: a report without data, one line, the terminal restored."""
        shown = crashed(error, self.state_folder)
        error.__rich__ = shown.__rich__  # type: ignore[attr-defined] # what Textual shows then
        super()._handle_exception(error)

    def is_heard(self, event: Key | Paste) -> bool:
        """A plan takes no key that was pressed before it was there to be seen."""
        return not isinstance(self.screen, PlanScreen) or self.screen.hears(event)

    async def on_event(self, event: Event) -> None:
        """Note when somebody was last there."""
        if isinstance(event, Key):
            self._last_key_s = time.monotonic()
            self.sign_of_life()
        await super().on_event(event)

    # -- saying and going ----------------------------------------

    def say(self, text: str, *, warning: bool = False) -> None:
        """A line in the place of the keys, until the next key or for SAID_SECONDS."""
        self.said = said = (text, warning)

        def forget() -> None:
            if self.said is said:
                self.hush()

        self.set_timer(SAID_SECONDS, forget)
        self._page_shows_keys()

    def hush(self) -> None:
        """Nothing more to say."""
        if self.said is not None:
            self.said = None
            self._page_shows_keys()

    def go(self, name: str) -> None:
        """Show that screen."""
        if self.screen.id != name and getattr(self.screen, "NAME", "") != name:
            self.switch_screen(name)

    def select(self, code: str) -> None:
        """The account that the account screen shows and that is meant without a cursor."""
        self.selected = code

    def step(self, by: int) -> None:
        """The account before or after."""
        assert self.sight is not None
        codes = list(self.sight.overview.codes())
        at = codes.index(self.selected) if self.selected in codes else -1
        self.selected = codes[(at + by) % len(codes)]
        self.draw()

    def next_portfolio(self) -> None:
        """Show the portfolio after this one."""
        if self.sight is not None:
            names = self.sight.names
            here = names.index(self.sight.portfolio.name)
            self._portfolio, self.selected = names[(here + 1) % len(names)], ""
            self.look_soon()

    def next_theme(self) -> None:
        """The theme after this one, kept for the next time."""
        names = list(THEMES)
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self.say(f"theme {self.theme}")
        self._keep(f"theme {self.theme}", lambda folder: kept.keep_theme(folder, self.theme))

    def keep_columns(self, name: str, hidden: frozenset[str] | None) -> None:
        """Have that list's choice of columns next time too; None: what the width allows."""
        others = {n: titles for n, titles in self.columns.items() if n != name}
        self.columns = others if hidden is None else others | {name: hidden}
        self._keep("columns", lambda folder: kept.keep_columns(folder, self.columns))

    def _keep(self, what: str, keep: Callable[[Path], None]) -> None:
        if self.state_folder is None or self.environment != "live":
            return
        try:
            keep(self.state_folder)
        except OSError as error:
            self.say(f"{what}, not kept: {error.strerror}", warning=True)

    # -- acting ----------------------------------------

    def propose(
        self, command: Command, done: Callable[[Receipt | Pending | None], None] | None = None
    ) -> None:
        """Show the plan of `command`; `done` hears what came of it, None when nothing did."""
        self.push_screen(PlanScreen(command), done or (lambda _: None))

    def fill_in(self, form: Form) -> None:
        """Ask what the command needs; among several portfolios the form says in which."""
        if self.sight is not None and len(self.sight.names) > 1:
            form.heading += f" · {self.sight.portfolio.name}"
        self.push_screen(form)

    @work(thread=True, group="commit", description="commit")
    def carry_out(self, command: Command, said: str) -> None:
        """Do at once what moves no money and can be undone."""
        try:
            self.engine.submit(command)
            self.call_from_thread(self.say, said)
        except AllUseError as error:
            self.call_from_thread(self.say, str(error), warning=True)

    # -- seeing ----------------------------------------

    def look_soon(self) -> None:
        """Look at the book; what is asked for meanwhile becomes one more look."""
        if self._looking:
            self._look_again = True
            return
        self._looking, self._look_again = True, False
        self.look_now(self._portfolio)

    @work(thread=True, group="look")
    def look_now(self, name: str) -> None:
        """Ask the engine what stands, off the event loop."""
        try:
            self.post_message(self.Seen(look(self.engine, name), ""))
        except AllUseError as error:
            self.post_message(self.Seen(None, str(error), denied=isinstance(error, Denied)))

    @work(thread=True, group="look")
    def look_back_now(self, name: str) -> None:
        """Ask what was, once what stands has been painted."""
        try:
            self.post_message(self.Told(look_back(self.engine, name)))
        except AllUseError as error:
            self.post_message(self.Seen(None, str(error)))
        if self._look_again:
            self._left.wait(REST_SECONDS)
        if not self._left.is_set():
            self.call_from_thread(self._looked)

    @work(thread=True, group="load")
    def load_screens(self) -> None:
        """Have every screen's code in memory: what is updated under us must not matter."""
        for name in PAGE_CLASSES:
            import_module(f"alluse_tui.tui.screens.{name}")
        import_module("alluse_tui.engine.simulation")

    def _looked(self) -> None:
        self._looking = False
        if self._look_again:
            self.look_soon()

    @work(thread=True, group="watch")
    def watch_journal(self, seq: int) -> None:
        """Pass on what any process records after `seq`, until the engine is closed."""
        try:
            for _ in self.engine.changes(seq, self._left):
                self.post_message(self.Moved())
        except AllUseError as error:
            self.post_message(self.Seen(None, str(error)))

    @work(thread=True, group="check")
    def check_chain(self) -> None:
        """Check every record's hash, then the DuckDB file; what is found is shown in the header."""
        if self.engine.check_chain(self._left):
            self.post_message(self.Moved())
        try:
            if self.engine.check_replica(self._left):
                self.post_message(self.Moved())
        except AllUseError as error:
            self.post_message(self.Seen(None, str(error)))

    @work(thread=True, group="tend")
    def tend(self) -> None:
        """Publish the replica while nobody writes, when it has fallen behind."""
        try:
            self.engine.publish(longest_tail=LONG_TAIL)
        except AllUseError as error:
            self.post_message(self.Seen(None, str(error)))

    @work(thread=True, group="due")
    def run_due(self) -> None:
        """Do what is due in portfolios whose policy lets it be done without asking."""
        try:
            users = self.sight is not None and self.sight.identity.via != "first"
            if users and (self.is_locked or not self.engine.access.may("act")):
                return
            for name in self.engine.automatic():
                for outcome in self.engine.run_due(name, actor="" if users else "schedule"):
                    if outcome.receipt is not None and not outcome.receipt.duplicate:
                        said = f"{outcome.command} {outcome.account}: #{outcome.receipt.seq}"
                        self.call_from_thread(self.say, f"by schedule: {said}")
        except AllUseError as error:
            self.post_message(self.Seen(None, str(error)))

    @on(Moved)
    def follow(self) -> None:
        """Something was recorded."""
        self.look_soon()
        if isinstance(self.screen, PlanScreen):
            self.screen.moved()

    @on(Seen)
    def show(self, message: Seen) -> None:
        """Draw what was seen; what went wrong stands in the header until it is mended."""
        if message.denied and not isinstance(self.screen, PasswordScreen):
            self.ask_login(leaves=True)
        first = self.sight is None and message.sight is not None
        self.trouble = message.trouble
        if message.sight is None:
            self.draw()
            self._looked()
            return
        self.sight = message.sight
        if self.selected not in self.sight.overview:
            self.selected = next(self.sight.overview.codes(), "")
        self.draw()
        if first:
            self.call_after_refresh(self.watch_journal, self.sight.seq)
            self.call_after_refresh(self.check_chain)
        self.call_after_refresh(self.look_back_now, self.sight.portfolio.name)

    @on(Told)
    def remember(self, message: Told) -> None:
        """Draw what was told."""
        if self.history is None:
            memory.stand()
            self.load_screens()
        self.history = message.history
        self.draw()

    def draw(self) -> None:
        """Whatever page is to be seen, also under a modal."""
        from alluse_tui.tui.page import Page

        for screen in reversed(self.screen_stack):
            if isinstance(screen, Page) and screen.stands:
                screen.show()
                screen.call_after_refresh(self._show_through)
                return

    def _show_through(self) -> None:
        """Textual does not pass on what changed under two dialogs, one over the other."""
        over = [screen for screen in self.screen_stack if isinstance(screen, ModalScreen)]
        for screen in over if len(over) > 1 else ():
            screen.refresh()

    def _page_shows_keys(self) -> None:
        from alluse_tui.tui.page import Page

        for screen in reversed(self.screen_stack):
            if isinstance(screen, Page) and screen.stands:
                screen.show_keys()
                return

    def _next_minute(self) -> None:
        left_ns = MINUTE_NS - self.engine.now_ns % MINUTE_NS
        self.set_timer(left_ns / 1_000_000_000 + 0.01, self._minute)

    def _minute(self) -> None:
        self.look_soon()
        if self.is_locked:
            self.lock()
        if not self.engine.read_only:
            self.run_due()
            if self.engine.seq == self._seq_a_minute_ago:
                self.tend()
        if time.monotonic() - self._last_key_s > QUIET_SECONDS:
            memory.tidy()
        self._seq_a_minute_ago = self.engine.seq
        self._next_minute()


def _no_colour() -> bool:
    return bool(os.environ.get("NO_COLOR"))
