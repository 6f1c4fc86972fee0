"""Long work of the program: verify, rebuild, simulate, import; one at a time, in a thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import textual
from textual import on
from textual.message import Message

from alluse_tui.domain.commands import Command, Import
from alluse_tui.domain.model.errors import AllUseError, BadInput
from alluse_tui.domain.model.money import CENT_MICROS
from alluse_tui.engine import LocalEngine, Verification
from alluse_tui.tui.background.job import Job, Stopped
from alluse_tui.tui.key_queue import KeyQueue
from alluse_tui.tui.snapshot import Snapshot

if TYPE_CHECKING:
    from alluse_tui.engine.simulation.simulated_years import Year

SEED, YEARS = 1_984, 10
"""Of a simulation."""


class JobRunner(KeyQueue):
    """An application that can be busy and still answer."""

    engine: LocalEngine
    sight: Snapshot | None = None
    work: Job | None = None
    verified: Verification | None = None
    simulated: tuple[Year, ...] = ()

    class Worked(Message):
        """Long work is under way, or has ended: `said` is then what came of it."""

        def __init__(self, said: str = "", *, warning: bool = False, ended: bool = False) -> None:
            """`warning`: it did not go well."""
            super().__init__()
            self.said, self.warning, self.ended = said, warning, ended

    def say(self, text: str, *, warning: bool = False) -> None:
        """Something to say."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw what is to be seen."""
        raise NotImplementedError

    def stop_work(self) -> None:
        """Ask what is under way to end."""
        if self.work is not None:
            self.work.stop()

    def verify(self) -> None:
        """Check everything."""

        def do(work: Job) -> tuple[str, bool]:
            self.verified = self.engine.operations.verify(work.progress)
            failed = [c for c in self.verified.checks if not c.ok]
            if failed:
                return f"{failed[0].name}: {failed[0].detail}", True
            return f"verified: {len(self.verified.checks)} checks hold", False

        self._start("verify", do)

    def rebuild(self) -> None:
        """Build the file of history anew."""

        def do(work: Job) -> tuple[str, bool]:
            return f"rebuilt up to record {self.engine.operations.rebuild(work.progress):,}", False

        self._start("rebuild", do)

    def simulate(self) -> None:
        """Ten years by the portfolio's rules."""
        assert self.sight is not None
        home = self.sight.portfolio

        def do(work: Job) -> tuple[str, bool]:
            from alluse_tui.engine.simulation.simulated_years import projected

            settings = self.engine.queries.policy(home.name).settings
            capital = home.totals.equity // CENT_MICROS * CENT_MICROS
            self.simulated = projected(
                settings, capital, SEED, self.engine.today, YEARS, work.progress
            )
            return f"simulated {YEARS} years; 6 shows them", False

        self._start("simulate", do)

    def load_statement(
        self,
        path: Path,
        into: str,
        ready: Callable[[Command], None],
        wrong: Callable[[str], None],
    ) -> None:
        """Read a broker's statement aside; hand on the command that it makes, or why there is none.

        Raises BadInput while other work is under way.
        """
        assert self.sight is not None
        home = self.sight.portfolio.name
        if self.work is not None:
            raise BadInput("file", None, f"{self.work.name} is under way: wait, or stop it")

        def do(work: Job) -> tuple[str, bool]:
            try:
                command, said = read_aside(work)
            except Stopped:
                raise
            except AllUseError as error:
                self.call_from_thread(wrong, str(error))
                return str(error), True
            self.call_from_thread(ready, command)
            return said, False

        def read_aside(work: Job) -> tuple[Command, str]:
            work.progress(0, 0)
            read = self.engine.operations.read_statement(path)
            work.progress(0, read.rows)
            code = into or self.engine.operations.home_of_statement(read.facts.source)
            if not code:
                tail = read.broker_account[-3:]  # enough to know it by, too little to be one
                raise BadInput("into", None, f"say which account …{tail} is")
            name = home if "/" not in code else ""
            command = Import(account=code, portfolio=name, statement=read.facts)
            work.progress(0, 0)
            return command, f"{read.rows:,} rows of {read.format} read"

        self._start("import", do)

    def _start(self, name: str, do: Callable[[Job], tuple[str, bool]]) -> None:
        if self.work is not None:
            self.say(f"{self.work.name} is under way", warning=True)
            return

        def told() -> None:
            self.post_message(self.Worked())

        self.work = Job(name, told)
        self.say(f"{name} begins; X stops it")
        self.draw()
        self._labour(self.work, do)

    @textual.work(thread=True, group="work")
    def _labour(self, work: Job, do: Callable[[Job], tuple[str, bool]]) -> None:
        try:
            said, warning = do(work)
            self.post_message(self.Worked(said, warning=warning, ended=True))
        except Stopped as stopped:
            self.post_message(self.Worked(str(stopped), ended=True))
        except AllUseError as error:
            self.post_message(self.Worked(str(error), warning=True, ended=True))

    @on(Worked)
    def report_work(self, message: Worked) -> None:
        """How far it is, or what came of it."""
        if message.ended:
            self.work = None
            self.say(message.said, warning=message.warning)
        self.draw()
