"""Executing due jobs, with keys so that two processes never run a job twice (engine.md)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from alluse_tui.domain.commands import Pause, Post
from alluse_tui.domain.commands.user_commands import Expire
from alluse_tui.domain.derived.due import Job, breaker_jobs, due_jobs, paused_job
from alluse_tui.domain.model.errors import BadInput, Denied, Pending, Refused
from alluse_tui.domain.views import Receipt
from alluse_tui.engine.core import Core
from alluse_tui.engine.operations.stored_vix import note_stored_vix
from alluse_tui.engine.write.commands import Commands
from alluse_tui.journal import Journal

DELAY_NS = 3_600_000_000_000
"""Automatic actions wait this long after the account's last typed fact (rules.md, Fork)."""

ROUNDS = 20
"""An action may make another one due; after this many rounds, they are left to the next run."""


@dataclass(frozen=True, slots=True)
class DueOutcome:
    """The outcome of a job: its receipt, or why it was not executed."""

    key: str
    command: str
    portfolio: str
    account: str
    receipt: Receipt | None
    why: str = ""


class Scheduler:
    """Executes due jobs for one system account, without confirmation."""

    def __init__(self, core: Core, commands: Commands, actor: str) -> None:
        """Created for one run."""
        self._core, self._commands, self._actor = core, commands, actor

    def run(
        self, portfolio: str, *, dry_run: bool = False, only_breakers: bool = False
    ) -> tuple[DueOutcome, ...]:
        """Try every job once that needs no confirmation, until none is left.

        With `dry_run` nothing is recorded; a job to be executed has neither a receipt nor a reason.
        """
        core = self._core
        if not dry_run:
            if not only_breakers:
                self._expire_proposals()
            note_stored_vix(core, self._commands, self._actor, portfolio)
        outcomes: dict[str, DueOutcome] = {}
        for _ in range(ROUNDS):
            book, today = core.visible_book, core.today
            jobs = (
                breaker_jobs(book, today, portfolio)
                if only_breakers
                else due_jobs(book, today, core.trading_calendar, portfolio)
            )
            new = [job for job in jobs if job.key not in outcomes]
            if not new:
                break
            typed = _typed_within(core.journal, core.now_ns - DELAY_NS)
            for job in new:
                receipt, why = self._outcome(job, typed, dry_run=dry_run)
                outcomes[job.key] = DueOutcome(
                    job.key, job.command.NAME, job.alert.portfolio, job.alert.account, receipt, why
                )
        return tuple(outcomes.values())

    def _outcome(self, job: Job, typed: set[str], *, dry_run: bool) -> tuple[Receipt | None, str]:
        """The receipt of the job, or why there is none."""
        if not job.auto:
            return None, "needs confirmation: fork.auto is off for it"
        if why := self._waits(job, typed):
            return None, why
        if seq := self._commands.record_for_key(job.key, job.alert.portfolio):
            since = "resumed" if isinstance(job.command, Pause) else "undone"
            return None, f"already done as #{seq}, or {since} since"
        receipt: Receipt | None = None
        try:
            plan = self._commands.preview(
                job.command, self._actor
            )  # avoids a record of every refusal
            if dry_run:
                return None, f"would be proposed: {plan.approval}" if plan.approval else ""
            receipt = self._commands.submit(job.command, actor=self._actor)
        except (Refused, BadInput, Denied, Pending) as error:
            return None, str(error)
        if receipt.duplicate:
            return None, f"another process did it as #{receipt.seq}"
        return receipt, ""

    def _waits(self, job: Job, typed: set[str]) -> str:
        """Why the job is tried again later; empty if it is not. A circuit breaker never waits."""
        if isinstance(job.command, Pause):
            return ""
        if paused := paused_job(self._core.visible_book, job):
            return f"waits, because trading is paused {paused}"
        if f"{job.alert.portfolio}/{job.alert.account}" in typed:
            return "a fact was typed within the last hour: it is tried again later"
        return ""

    def _expire_proposals(self) -> None:
        """Record the expiry of proposals that were not answered in time."""
        for approval in self._core.visible_book.approvals.values():
            if not approval.waits(self._core.now_ns):
                with suppress(BadInput):  # another process was first
                    self._commands.submit(Expire(approval=approval.seq), actor=self._actor)


def _typed_within(journal: Journal, since_ns: int) -> set[str]:
    """The accounts ('Main/gen-1') with a typed fact since `since_ns`."""
    accounts: set[str] = set()
    for record in journal.newest_first():
        if record.recorded_ns < since_ns:
            break
        plain = record.plain
        if plain["command"] == Post.NAME and plain["events"]:
            code = plain["content"].get("account", "").rpartition("/")[2]
            accounts.add(f"{plain['portfolio']}/{code}")
    return accounts
