"""Long-running jobs: verify, rebuild, simulate, import; one at a time, in a thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from alluse_tui.domain.model.errors import AllUseError, BadInput
from alluse_tui.domain.model.money import CENT_MICROS
from alluse_tui.engine import Verification
from alluse_tui.tui import texts
from alluse_tui.tui.background.job import Job, Stopped
from alluse_tui.tui.background.statement_reading import (
    ImportRequest,
    StatementsToImport,
    statements_to_import,
)
from alluse_tui.tui.host import Host

if TYPE_CHECKING:
    from alluse_tui.engine import Year

SEED, YEARS = 1_984, 10
"""The random seed and the length of a simulation."""

Result = tuple[str, bool]
"""A message about the result, and whether it is a warning."""


class JobProgress(Message):
    """A job has made progress, or has ended with the result `text`."""

    def __init__(self, text: str = "", *, warning: bool = False, ended: bool = False) -> None:
        """`warning`: the job failed."""
        super().__init__()
        self.text, self.warning, self.ended = text, warning, ended


class JobRunner:
    """Runs jobs without blocking keys."""

    def __init__(self, host: Host) -> None:
        """No job is running."""
        self._host = host
        self.current: Job | None = None
        self.verification: Verification | None = None
        self.simulated: tuple[Year, ...] = ()

    def stop(self) -> None:
        """Ask the current job to end."""
        if self.current is not None:
            self.current.stop()

    def verify(self) -> None:
        """Check every record, sum and file."""

        def run(job: Job) -> Result:
            self.verification = verification = self._host.engine.operations.verify(job.progress)
            failed = [c for c in verification.checks if not c.ok]
            if failed:
                return f"{failed[0].name}: {failed[0].detail}", True
            return f"verified: all {len(verification.checks)} checks passed", False

        self._start("verification", run)

    def rebuild(self) -> None:
        """Rebuild the DuckDB file."""

        def run(job: Job) -> Result:
            seq = self._host.engine.operations.rebuild(job.progress)
            return f"DuckDB file rebuilt up to record {seq:,}", False

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
            return f"{YEARS} years simulated; 6 shows the result", False

        self._start("simulation", run)

    def load_statement(
        self,
        request: ImportRequest,
        ready: Callable[[StatementsToImport], None],
        failed: Callable[[AllUseError], None],
    ) -> None:
        """Read a broker's statement; `failed` receives the error.

        Raises BadInput while another job is running.
        """
        if self.current is not None:
            raise BadInput(
                "file",
                None,
                texts.JOB_RUNNING.format(job=self.current.name),
            )

        def run(job: Job) -> Result:
            try:
                job.progress(0, 0)
                statements = statements_to_import(
                    self._host.engine, request, lambda rows: job.progress(rows, 0)
                )
                job.progress(statements.rows, 0)
            except Stopped:
                raise
            except AllUseError as error:
                self._host.call_from_thread(failed, error)
                return str(error), True
            self._host.call_from_thread(ready, statements)
            return f"{statements.rows:,} rows of {statements.format} read", False

        self._start("import", run)

    def _start(self, name: str, run: Callable[[Job], Result]) -> None:
        if self.current is not None:
            self._host.show_status(texts.JOB_RUNNING.format(job=self.current.name), warning=True)
            return

        def progressed() -> None:
            self._host.post_message(JobProgress())

        self.current = job = Job(name, progressed)
        self._host.show_status(texts.JOB_RUNNING.format(job=name))
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
        """Show the progress of the job, or its result."""
        if message.ended:
            self.current = None
            self._host.show_status(message.text, warning=message.warning)
        self._host.draw()
