"""Carrying out what is due: keyed, so that two processes never do one job twice (30-engine)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alluse_tui.domain.commands import Post
from alluse_tui.domain.commands.user_commands import Expire
from alluse_tui.domain.derived.due import due_jobs
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput, Denied, Pending, Refused
from alluse_tui.domain.views import Receipt
from alluse_tui.journal import Journal

if TYPE_CHECKING:
    from alluse_tui.engine.engine import LocalEngine

DELAY_NS = 3_600_000_000_000
"""An automatic act waits this long after the last typed fact on the account (10-domain, Fork)."""

ROUNDS = 20
"""One act may make another due; more rounds than this are left to the next run."""


@dataclass(frozen=True, slots=True)
class DueOutcome:
    """What became of a job: its receipt, or why it was left."""

    key: str
    command: str
    portfolio: str
    account: str
    receipt: Receipt | None
    why: str = ""


def run_due(
    engine: LocalEngine,
    journal: Journal,
    book: Callable[[], Book],
    portfolio: str,
    actor: str,
    *,
    dry_run: bool = False,
) -> tuple[DueOutcome, ...]:
    """Every job that may be done without asking, until none is left; each tried once.

    With `dry_run` nothing is recorded: what would be done has neither a receipt nor a reason.
    """

    if not dry_run:
        _expire(engine, book(), actor)
    tried: dict[str, DueOutcome] = {}
    for _ in range(ROUNDS):
        jobs = due_jobs(book(), engine.today, engine.sessions, portfolio)
        new = [job for job in jobs if job.key not in tried]
        if not new:
            break
        typed = _typed_within(journal, engine.now_ns - DELAY_NS)
        for job in new:
            receipt: Receipt | None = None
            why = ""
            standing = engine.record_for_key(job.key, job.alert.portfolio)
            if not job.auto:
                why = "waits for you: fork.auto is off for it"
            elif f"{job.alert.portfolio}/{job.alert.account}" in typed:
                why = "a fact was typed within the last hour: tried again later"
            elif standing:
                why = f"stands already as #{standing}, or was taken back"
            else:
                try:
                    shown = engine.preview(job.command, actor)  # no record of every refusal
                    if dry_run and shown.approval:
                        why = f"would be proposed: {shown.approval}"
                    elif not dry_run:
                        receipt = engine.submit(job.command, actor=actor)
                except (Refused, BadInput, Denied, Pending) as error:
                    why = str(error)
                if receipt is not None and receipt.duplicate:
                    why, receipt = f"another process did it as #{receipt.seq}", None
            tried[job.key] = DueOutcome(
                job.key, job.command.NAME, job.alert.portfolio, job.alert.account, receipt, why
            )
    return tuple(tried.values())


def _expire(engine: LocalEngine, book: Book, actor: str) -> None:
    """Proposals that nobody answered in time are over, on record."""
    for one in book.approvals.values():
        if not one.waits(engine.now_ns):
            with suppress(BadInput):  # another process was first
                engine.submit(Expire(approval=one.seq), actor=actor)


def _typed_within(journal: Journal, since_ns: int) -> set[str]:
    """Accounts ('Main/gen-1') on which somebody typed a fact since then."""
    found: set[str] = set()
    for record in journal.newest_first():
        if record.recorded_ns < since_ns:
            break
        plain = record.plain
        if plain["command"] == Post.NAME and plain["events"]:
            code = plain["content"].get("account", "").rpartition("/")[2]
            found.add(f"{plain['portfolio']}/{code}")
    return found
