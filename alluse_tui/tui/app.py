"""The Textual application: one engine, what is seen of it, and the screens over that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import ClassVar

from textual import on, work
from textual.app import App
from textual.binding import BindingType
from textual.message import Message
from textual.theme import Theme

from alluse_tui.domain.commands import Command
from alluse_tui.domain.errors import AllUseError
from alluse_tui.domain.views import Receipt
from alluse_tui.engine import LocalEngine
from alluse_tui.tui.screens.dashboard import Dashboard
from alluse_tui.tui.screens.plan import PlanScreen
from alluse_tui.tui.sight import Sight, look

DARK = Theme(
    name="alluse-dark",
    primary="#6ea8d8",
    secondary="#8fa6b8",
    accent="#e0b050",
    warning="#e0a04a",
    error="#e06c6c",
    success="#7fb98a",
    foreground="#d6dbe0",
    background="#12161b",
    surface="#171c22",
    panel="#202830",
    dark=True,
)

WIDTHS = [(0, "-tiny"), (80, "-narrow"), (100, "-wide"), (150, "-xwide")]
HEIGHTS = [(0, "-flat"), (24, "-short"), (30, "-tall"), (45, "-xtall")]
"""From so many cells on, a screen has that class; the stylesheet does the rest."""

MINUTE_NS = 60_000_000_000

LONG_TAIL = 5_000
"""Records beyond the published file after which a quiet minute is used to publish."""


class AllUseApp(App[None]):
    """The full-screen program on one engine."""

    CSS_PATH = "styles.tcss"
    ENABLE_COMMAND_PALETTE = False
    TITLE = "ALL-USE"
    BINDINGS: ClassVar[list[BindingType]] = []

    class Moved(Message):
        """The journal moved."""

        def can_replace(self, message: Message) -> bool:
            """However often: what counts is the newest."""
            return isinstance(message, AllUseApp.Moved)

    class Seen(Message):
        """A new sight of the book, or why there is none."""

        def __init__(self, sight: Sight | None, trouble: str) -> None:
            """`trouble` is empty when there is a sight."""
            super().__init__()
            self.sight = sight
            self.trouble = trouble

    def __init__(self, engine: LocalEngine, environment: str = "live") -> None:
        """`environment` is 'live' or 'demo'; the engine is closed by whoever opened it."""
        super().__init__()
        self.HORIZONTAL_BREAKPOINTS = WIDTHS
        self.VERTICAL_BREAKPOINTS = HEIGHTS
        self.engine = engine
        self.environment = environment
        self.sight: Sight | None = None
        self.trouble = ""
        self._portfolio = ""
        self._left = threading.Event()
        self._looking = False
        self._look_again = False
        self._seq_a_minute_ago = 0
        self.animation_level = "none"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables, for themes that do not set them."""
        return {"ink-dim": "#87919b"}

    def on_mount(self) -> None:
        """Look once, then whenever the journal moves and when a minute is over."""
        self.register_theme(DARK)
        self.theme = "alluse-dark"
        self.push_screen(Dashboard())
        self.look_soon()
        self.watch_journal()
        self.check_chain()
        self._next_minute()

    def on_unmount(self) -> None:
        """Let the watcher go: the program waits for its threads."""
        self._left.set()

    def say(self, text: str, *, warning: bool = False) -> None:
        """A line that goes away by itself; never read as markup."""
        self.notify(text, severity="warning" if warning else "information", markup=False)

    def propose(self, command: Command, done: Callable[[Receipt | None], None]) -> None:
        """Show the plan of `command`; `done` hears the receipt, or None when nothing was done."""
        self.push_screen(PlanScreen(command), done)

    @work(thread=True, group="commit")
    def carry_out(self, command: Command, said: str) -> None:
        """Do at once what moves no money and can be undone."""
        try:
            self.engine.submit(command)
            self.call_from_thread(self.say, said)
        except AllUseError as error:
            self.call_from_thread(self.say, str(error), warning=True)

    def next_portfolio(self) -> None:
        """Show the portfolio after this one."""
        if self.sight is not None:
            names = self.sight.names
            here = names.index(self.sight.portfolio.name)
            self._portfolio = names[(here + 1) % len(names)]
            self.look_soon()

    def look_soon(self) -> None:
        """Look at the book; what is asked for meanwhile becomes one more look."""
        if self._looking:
            self._look_again = True
            return
        self._looking, self._look_again = True, False
        self.look_now(self._portfolio)

    @work(thread=True, group="look")
    def look_now(self, name: str) -> None:
        """Ask the engine, off the event loop."""
        try:
            self.post_message(self.Seen(look(self.engine, name), ""))
        except AllUseError as error:
            self.post_message(self.Seen(None, str(error)))

    @work(thread=True, group="watch")
    def watch_journal(self) -> None:
        """Pass on what any process records, until the engine is closed."""
        try:
            for _ in self.engine.changes(self.engine.seq, self._left):
                self.post_message(self.Moved())
        except AllUseError as error:
            self.post_message(self.Seen(None, str(error)))

    @work(thread=True, group="check")
    def check_chain(self) -> None:
        """Check every record's hash; what is found stands in the header."""
        if self.engine.check_chain(self._left):
            self.post_message(self.Moved())

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
            for name in self.engine.automatic():
                for outcome in self.engine.run_due(name, actor="schedule"):
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
        self._looking = False
        if message.sight is not None:
            self.sight = message.sight
        self.trouble = message.trouble
        for screen in self.screen_stack:
            if isinstance(screen, Dashboard):
                screen.show()
        if self._look_again:
            self.look_soon()

    def _next_minute(self) -> None:
        left_ns = MINUTE_NS - self.engine.now_ns % MINUTE_NS
        self.set_timer(left_ns / 1_000_000_000 + 0.01, self._minute)

    def _minute(self) -> None:
        self.look_soon()
        self.run_due()
        if self.engine.seq == self._seq_a_minute_ago:
            self.tend()
        self._seq_a_minute_ago = self.engine.seq
        self._next_minute()
