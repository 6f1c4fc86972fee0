"""Long jobs of the program: verify, rebuild, simulate, import; one at a time, in a thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from alluse_tui.domain.commands import Command, Import
from alluse_tui.domain.model.errors import AllUseError, BadInput
from alluse_tui.domain.model.money import CENT_MICROS
from alluse_tui.engine import Verification
from alluse_tui.tui.background.job import Job, Stopped
from alluse_tui.tui.host import Host

if TYPE_CHECKING:
    from alluse_tui.engine import Year

SEED, YEARS = 1_984, 10
"""Of a simulation."""

Result = tuple[str, bool]
"""A line about the result, and whether it is a warning."""


class JobProgress(Message):
    """A job is under way, or has ended: `text` then says with what result."""

    def __init__(self, text: str = "", *, warning: bool = False, ended: bool = False) -> None:
        """`warning`: the job failed."""
        super().__init__()
        self.text, self.warning, self.ended = text, warning, ended


class JobRunner:
    """Runs jobs while the program goes on answering keys."""

    def __init__(self, host: Host) -> None:
        """No job yet."""
        self._host = host
        self.current: Job | None = None
        self.verification: Verification | None = None
        self.simulated: tuple[Year, ...] = ()

    def stop(self) -> None:
        """Ask the current job to end."""
        if self.current is not None:
            self.current.stop()

    def verify(self) -> None:
        """Check everything."""

        def run(job: Job) -> Result:
            self.verification = verification = self._host.engine.operations.verify(job.progress)
            failed = [c for c in verification.checks if not c.ok]
            if failed:
                return f"{failed[0].name}: {failed[0].detail}", True
            return f"verified: {len(verification.checks)} checks hold", False

        self._start("verify", run)

    def rebuild(self) -> None:
        """Rebuild the DuckDB file."""

        def run(job: Job) -> Result:
            return (
                f"rebuilt up to record {self._host.engine.operations.rebuild(job.progress):,}",
                False,
            )

        self._start("rebuild", run)

    def simulate(self) -> None:
        """Simulate ten years under the portfolio's policy."""
        snapshot, engine = self._host.snapshot, self._host.engine
        assert snapshot is not None
        portfolio = snapshot.portfolio

        def run(job: Job) -> Result:
            from alluse_tui.engine import simulate_years

            settings = engine.queries.policy(portfolio.name).settings
            capital = portfolio.totals.equity // CENT_MICROS * CENT_MICROS
            self.simulated = simulate_years(
                settings, capital, SEED, engine.today, YEARS, job.progress
            )
            return f"simulated {YEARS} years; 6 shows them", False

        self._start("simulate", run)

    def load_statement(
        self,
        path: Path,
        into: str,
        ready: Callable[[Command], None],
        failed: Callable[[str], None],
    ) -> None:
        """Read a broker's statement; `ready` receives the command, `failed` why there is none.

        Raises BadInput while another job is under way.
        """
        assert self._host.snapshot is not None
        portfolio = self._host.snapshot.portfolio.name
        if self.current is not None:
            raise BadInput("file", None, f"{self.current.name} is under way: wait, or stop it")

        def run(job: Job) -> Result:
            try:
                command, text = self._read(job, path, into, portfolio)
            except Stopped:
                raise
            except AllUseError as error:
                self._host.call_from_thread(failed, str(error))
                return str(error), True
            self._host.call_from_thread(ready, command)
            return text, False

        self._start("import", run)

    def _read(self, job: Job, path: Path, into: str, portfolio: str) -> tuple[Command, str]:
        engine = self._host.engine
        job.progress(0, 0)
        statement = engine.operations.read_statement(path)
        job.progress(0, statement.rows)
        code = into or engine.operations.account_of_statement(statement.facts.source)
        if not code:
            tail = statement.broker_account[-3:]  # enough to recognise it, too little to be one
            raise BadInput("into", None, f"say which account …{tail} is")
        name = portfolio if "/" not in code else ""
        command = Import(account=code, portfolio=name, statement=statement.facts)
        job.progress(0, 0)
        return command, f"{statement.rows:,} rows of {statement.format} read"

    def _start(self, name: str, run: Callable[[Job], Result]) -> None:
        if self.current is not None:
            self._host.show_status(f"{self.current.name} is under way", warning=True)
            return

        def progressed() -> None:
            self._host.post_message(JobProgress())

        self.current = job = Job(name, progressed)
        self._host.show_status(f"{name} begins; X stops it")
        self._host.draw()
        self._host.run_in_thread(lambda: self._run(job, run), "work")

    def _run(self, job: Job, run: Callable[[Job], Result]) -> None:
        try:
            text, warning = run(job)
            self._host.post_message(JobProgress(text, warning=warning, ended=True))
        except Stopped as stopped:
            self._host.post_message(JobProgress(str(stopped), ended=True))
        except AllUseError as error:
            self._host.post_message(JobProgress(str(error), warning=True, ended=True))

    def report(self, message: JobProgress) -> None:
        """Show how far the job is, or its result."""
        if message.ended:
            self.current = None
            self._host.show_status(message.text, warning=message.warning)
        self._host.draw()
