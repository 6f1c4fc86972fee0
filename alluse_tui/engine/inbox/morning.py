"""The morning close: from the statements in the inbox to what is left for a person to do.

A face goes through the steps in order and asks where one needs a person: `look`, then each file of
`to_import`, then `compare`, `weeks`, and `today`. Going through them twice records nothing the
second time.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from alluse_tui.domain.derived.breaks import (
    comparison_after,
    comparison_command,
    listed_differences,
)
from alluse_tui.domain.derived.reconciliation import Reconciliation
from alluse_tui.domain.derived.reconciliation_fixes import likely_causes
from alluse_tui.domain.derived.week_types import WeekType
from alluse_tui.domain.model.comparison import Comparison
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.terms import Kind, Status
from alluse_tui.domain.views import Verdict, grouped
from alluse_tui.engine.inbox.inbox import FileState, Inbox, InboxFile, PreparedImport

if TYPE_CHECKING:
    from alluse_tui.domain.views import AlertView, DueView

SATURDAY = 5
"""The day of the week on which a week is over, as in date.weekday."""

TRIED = 5
"""How many statements of an account are read to find one that can be compared."""

TROUBLE = (FileState.UNREADABLE, FileState.REFUSED, FileState.PROPOSED, FileState.WRITTEN)
"""States of files that a person has to look at."""


COUNTED = {
    FileState.NEW: "new",
    FileState.ACCOUNT: "without an account",
    FileState.KNOWN: "with nothing new",
    FileState.DONE: "done",
    FileState.LATER: "not read yet",
    FileState.WRITTEN: "still being written",
    FileState.PROPOSED: "waiting for approval",
    FileState.REFUSED: "refused",
    FileState.UNREADABLE: "unreadable",
}
"""The states of files after their number."""


class StepResult(StrEnum):
    """What a step came to."""

    DONE = "done"
    NOTHING = "nothing to do"
    PLANNED = "planned"
    WAITING = "waiting"
    FAILED = "failed"
    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True, slots=True)
class Step:
    """One step and its result; `needs` says what a person has to do, mostly as commands.

    `comparison` is that of a reconciliation, which was made with the statement at `path`.
    """

    step: str
    result: StepResult
    detail: str
    needs: tuple[str, ...] = ()
    comparison: Reconciliation | None = None
    path: str = ""


@dataclass(frozen=True, slots=True)
class Today:
    """The last step: what needs attention now."""

    step: Step
    alerts: tuple[AlertView, ...]
    due: tuple[DueView, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A statement that an account may be compared with."""

    last_day: date
    first_day: date
    file: InboxFile


class MorningClose:
    """One morning close of a portfolio, or of all ('').

    With `dry_run`, nothing is recorded, and each step says what it would do.
    """

    def __init__(self, inbox: Inbox, portfolio: str = "", *, dry_run: bool = False) -> None:
        """Nothing has been looked at yet."""
        self.inbox, self._portfolio, self._dry_run = inbox, portfolio, dry_run
        self._engine = inbox.engine
        self._files: dict[str, InboxFile] = {}
        self._in_book: set[str] = set()
        self._planned: set[str] = set()
        self._differs = False

    def look(self) -> Step:
        """Look at the inbox. Raises BadInput if it cannot be read, Denied."""
        files = [file for file in self.inbox.look() if self._concerns(file)]
        self._files = {str(file.entry.path): file for file in files}
        known = (FileState.DONE, FileState.KNOWN)
        self._in_book = {file.sha256 for file in files if file.state in known}
        needs = tuple(f"{file.name}: {file.why}" for file in files if file.state in TROUBLE)
        result = StepResult.DONE if self.to_import() else StepResult.NOTHING
        where = self.inbox.folder
        if not files:
            missing = "" if where.is_dir() else ", which does not exist yet"
            return Step("inbox", result, f"no statements in {where}{missing}")
        counts = ((sum(file.state is state for file in files), state) for state in FileState)
        listed = ", ".join(f"{count} {COUNTED[state]}" for count, state in counts if count)
        return Step("inbox", result, f"{listed} in {where}", needs)

    def to_import(self) -> tuple[InboxFile, ...]:
        """The new statements, in the order of imports; those that need an account among them."""
        states = (FileState.NEW, FileState.ACCOUNT)
        return tuple(file for file in self._files.values() if file.state in states)

    def _concerns(self, file: InboxFile) -> bool:
        """Whether the file is of this portfolio, or may be."""
        owners = {each.account.partition("/")[0] for each in file.statements if each.account}
        return not self._portfolio or not owners or self._portfolio in owners

    # -- one import ----------------------------------------

    def needs_no_person(self, prepared: PreparedImport) -> bool:
        """Whether the policy allows the import, and nothing about it is unusual."""
        return not prepared.asks and (
            prepared.plan.portfolio in self._engine.statements.auto_portfolios()
        )

    def imported(self, prepared: PreparedImport, seq: int) -> Step:
        """The step of a file that was imported as record `seq`."""
        self._keep(prepared.file)
        self._in_book.add(prepared.file.sha256)
        return Step("import", StepResult.DONE, f"{self._counts(prepared)}; recorded as #{seq}")

    def would_import(self, prepared: PreparedImport) -> Step:
        """The step of a file in a dry run."""
        self._keep(prepared.file)
        self._planned.add(prepared.file.sha256)
        return Step("import", StepResult.PLANNED, self._counts(prepared))

    def known(self, prepared: PreparedImport) -> Step:
        """The step of a file that has nothing new since the one before it was imported."""
        self._keep(prepared.file)
        self._in_book.add(prepared.file.sha256)
        return Step("import", StepResult.NOTHING, self._counts(prepared))

    @staticmethod
    def waits(file: InboxFile, why: str, needs: str = "") -> Step:
        """The step of a file that a person has to decide on."""
        command = needs or file.needs or shlex.join(["alluse", "import", str(file.entry.path)])
        return Step("import", StepResult.WAITING, f"{file.name}: {why}", (command,))

    @staticmethod
    def failed(file: InboxFile, why: str) -> Step:
        """The step of a file that could not be imported."""
        return Step("import", StepResult.FAILED, f"{file.name}: {why}")

    def _counts(self, prepared: PreparedImport) -> str:
        """'january.xml into gen-1: 12 new, 3 already imported, 0 ignored; 2 positions marked'."""
        parts = [
            f"{self._named(each.account)}: {each.new} new, {each.duplicates} already imported,"
            f" {each.ignored} ignored"
            for each in prepared.file.statements
        ]
        marks = sum(entry.kind == Kind.MARK for entry in prepared.plan.entries)
        marked = f"; {marks} position{'' if marks == 1 else 's'} marked" if marks else ""
        return f"{prepared.file.name} into {' and '.join(parts)}{marked}"

    def _keep(self, file: InboxFile) -> None:
        self._files[str(file.entry.path)] = file

    # -- comparing ----------------------------------------

    def compare(self) -> Iterator[Step]:
        """Compare each account with its newest statement, and record what has changed.

        Raises Denied, Refused, Busy.
        """
        candidates: dict[str, list[_Candidate]] = {}
        for file in self._files.values():
            for each in file.statements:
                if each.account and not each.fills_only:
                    candidate = _Candidate(each.last_day, each.first_day, file)
                    candidates.setdefault(each.account, []).append(candidate)
        for account in sorted(candidates):
            view = self._engine.queries.account(account)
            is_open = view.status not in (Status.CLOSED, Status.MERGED)
            if is_open and self._portfolio in ("", view.portfolio):
                newest = sorted(candidates[account], key=_age, reverse=True)
                yield self._compared(account, newest[:TRIED])

    def _compared(self, account: str, newest: list[_Candidate]) -> Step:
        """The account against the newest of its statements that can be compared."""
        name = self._named(account)
        kept = self._engine.statements.compared().get(account)
        why = ""
        for candidate in newest:
            file = candidate.file
            if file.sha256 not in self._in_book:
                return self._not_imported(name, file)
            if kept is not None and kept.day > candidate.last_day:
                return _as_kept(name, kept)
            try:
                read = self.inbox.read_for(file, account)
                if read is None:
                    continue
                result = self._engine.positions.reconcile(read, account)
            except BadInput as error:
                why = why or f"{file.name}: {error.allowed}"
                continue
            return self._recorded(name, result, kept, str(file.entry.path))
        return Step("reconcile", StepResult.NOT_COMPARED, f"{name}: {why}")

    def _not_imported(self, name: str, file: InboxFile) -> Step:
        if file.sha256 in self._planned:
            detail = f"{name} would be compared with {file.name} after the import"
            return Step("reconcile", StepResult.PLANNED, detail)
        detail = f"{name} was not compared with {file.name}, which is not imported"
        return Step("reconcile", StepResult.WAITING, detail)

    def _recorded(
        self, name: str, result: Reconciliation, kept: Comparison | None, path: str
    ) -> Step:
        """The step of a comparison, which is recorded unless it is the one that is kept."""
        command = comparison_command(result)
        if not self._dry_run and comparison_after(kept, command) != kept:
            self._engine.commands.submit(command)
        explained = sum(bool(line.explained) for line in result.lines)
        rest = f"; {explained} more explained" if explained else ""
        if result.ok:
            is_or_are = "1 difference is" if explained == 1 else f"{explained} differences are"
            rest = f"; {is_or_are} explained" if explained else ""
            detail = f"{name} agrees with the statement of {result.day}{rest}"
            return Step("reconcile", StepResult.AGREES, detail, (), result, path)
        self._differs = True
        is_open = {line.item for line in result.lines if not line.ok}
        listed = _worded(listed_differences([d for d in command.differences if d.item in is_open]))
        detail = f"{name} differs from the statement of {result.day}: {listed}{rest}"
        needs = (
            cause.command
            or shlex.join(["alluse", "explain-difference", name, cause.titles[0], "WHY"])
            for cause in likely_causes(result, path)
        )
        return Step("reconcile", StepResult.DIFFERS, detail, tuple(needs), result, path)

    def _named(self, account: str) -> str:
        """'gen-1'; 'Main/gen-1' in a book with several portfolios."""
        several = len(self._engine.queries.portfolio_names()) > 1
        return account if several else account.rpartition("/")[2]

    # -- the end ----------------------------------------

    def weeks(self) -> Iterator[Step]:
        """How the newest week that is over went, in each portfolio with positions."""
        day = self._engine.today
        if day.weekday() < SATURDAY:
            day -= timedelta(weeks=1)
        names = self._engine.queries.portfolio_names()
        for name in names if not self._portfolio else (self._portfolio,):
            view = self._engine.positions.week(day, "", name)
            types = [
                f"{self._named(f'{name}/{each.account}')} {each.type or 'not known'}"
                for each in view.accounts
                if each.type is not WeekType.IDLE
            ]
            week = f"week of {view.week.monday}"
            if types:
                yield Step("week", StepResult.DONE, f"{week}: {', '.join(types)}")
            elif len(names) == 1 or self._portfolio:
                yield Step("week", StepResult.NOTHING, f"{week}: no puts and no shares")

    def today(self) -> Today:
        """What needs attention now: alerts, and what is due."""
        alerts = self._engine.queries.alerts(self._portfolio)
        due, _ = self._engine.queries.due(self._portfolio)
        count = f"{len(alerts)} alert{'' if len(alerts) == 1 else 's'}, {len(due)} due"
        needs = (
            shlex.join(["alluse", each.command, self._named(f"{each.portfolio}/{each.account}")])
            for each in due
        )
        result = StepResult.WAITING if alerts or due else StepResult.NOTHING
        return Today(Step("today", result, count, tuple(needs)), alerts, due)

    @property
    def differs(self) -> bool:
        """Whether differences remain that nobody has explained, also recorded earlier ones."""
        compared = self._engine.statements.compared(self._portfolio)
        return self._differs or any(each.unexplained for each in compared.values())


def _age(candidate: _Candidate) -> tuple[date, date, str]:
    return candidate.last_day, candidate.first_day, candidate.file.name


def _as_kept(name: str, kept: Comparison) -> Step:
    """The step of an account that was compared with a newer statement than those in the inbox."""
    day = f"the statement of {kept.day}, which is newer than those in the inbox"
    if not kept.unexplained:
        return Step("reconcile", StepResult.AGREES, f"{name} agrees with {day}")
    listed = _worded(listed_differences(kept.unexplained))
    needs = (
        shlex.join(["alluse", "explain-difference", name, each.item.title, "WHY"])
        for each in kept.unexplained
    )
    return Step(
        "reconcile", StepResult.DIFFERS, f"{name} differs from {day}: {listed}", tuple(needs)
    )


def _worded(sentence: tuple[str, tuple[int | str, ...]]) -> str:
    return Verdict("reconcile.differences", True, *sentence).worded(grouped)
