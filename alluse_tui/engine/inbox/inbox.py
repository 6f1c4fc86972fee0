"""The inbox: what each of its files is, and what importing it would do. Records nothing."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.domain.model.errors import AllUseError, BadInput, Denied, Refused
from alluse_tui.engine.inbox.folder import (
    STILL_WRITTEN,
    FolderEntry,
    Signature,
    content_of,
    folder_entries,
)
from alluse_tui.engine.read.import_report import import_reports
from alluse_tui.engine.statement_accounts import accounts_of_statements, import_command
from alluse_tui.market.statements import recognised_format
from alluse_tui.security.vault import MissingKey

if TYPE_CHECKING:
    from alluse_tui.domain.commands import Import
    from alluse_tui.domain.views import PlanView
    from alluse_tui.engine.doors import Engine
    from alluse_tui.engine.read.statement_queries import ImportedStatement
    from alluse_tui.market.statements import ReadStatement

OFFERED_AT_MOST = 200
"""How many new statements are offered at a time; the others follow once these are imported."""

READ_QUIETLY_BYTES, READ_QUIETLY_FILES = 4 * 1024 * 1024, 50
"""How much is read at a time to count new statements in the background."""

DATABASE = b"SQLite format 3\0"
"""How the database of the old system begins."""


APPROVALS = {"second person": "a second person", "cooling off": "a cooling-off period"}
"""What a plan's `approval` asks for."""


class FileState(StrEnum):
    """What a file of the inbox is."""

    NEW = "new"
    ACCOUNT = "needs an account"
    KNOWN = "nothing new"
    DONE = "done"
    LATER = "not read yet"
    WRITTEN = "still being written"
    PROPOSED = "waits for approval"
    REFUSED = "cannot be imported"
    UNREADABLE = "cannot be read"


OFFERED = (FileState.NEW, FileState.ACCOUNT, FileState.LATER)
"""The states of files that count as new statements."""


@dataclass(frozen=True, slots=True)
class InboxStatement:
    """The statement of one broker account in a file.

    `digits`: the account's last three, '' if the file does not name it or was imported before.
    `account` is that of the book ('Main/gen-1'), '' while unknown. Of `rows`, `new`, `duplicates`
    and `ignored` are what an import would make of them; all are 0 for a file that is done.
    """

    digits: str
    account: str
    first_day: date
    last_day: date
    fills_only: bool = False
    rows: int = 0
    new: int = 0
    duplicates: int = 0
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class InboxFile:
    """A file of the inbox. `why` and `needs`: why it waits, and the command that goes on."""

    entry: FolderEntry
    state: FileState
    why: str = ""
    needs: str = ""
    sha256: str = ""
    format: str = ""
    statements: tuple[InboxStatement, ...] = ()

    @property
    def name(self) -> str:
        """The name in the folder."""
        return self.entry.path.name

    @property
    def is_offered(self) -> bool:
        """Whether it counts as a new statement."""
        return self.state in OFFERED

    @property
    def place(self) -> tuple[date, date, str]:
        """Its place in the order of imports: the earliest period first, because it begins with the
        starting cash."""
        last = max((each.last_day for each in self.statements), default=date.max)
        first = min((each.first_day for each in self.statements), default=date.max)
        return first, last, self.name


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """A file that was read, with the command that imports its statements and the plan.

    `asks`: why a person must confirm it although `import.auto` is on; empty otherwise.
    """

    file: InboxFile
    reads: tuple[ReadStatement, ...]
    command: Import
    plan: PlanView
    asks: str = ""


@dataclass
class Inbox:
    """The folder of new statements of a book; `folder` need not exist.

    What is known of files is kept, so that the background can count new ones cheaply.
    """

    engine: Engine
    folder: Path
    _known: dict[tuple[Path, Signature], tuple[str, str]] = field(default_factory=dict)
    _read: dict[str, InboxFile] = field(default_factory=dict)
    _counted_files: tuple[FolderEntry, ...] = ()
    _counted_done: frozenset[str] = frozenset()
    _count: int = 0

    def look(self) -> tuple[InboxFile, ...]:
        """Every file: offered ones in the order of imports, then the others by name.

        Raises BadInput if the folder cannot be read, Denied.
        """
        done = self._done()
        files, new = [], 0
        for entry in folder_entries(self.folder):
            file = self._first_look(entry, done)
            if file.state is FileState.LATER and new < OFFERED_AT_MOST:
                file = self._read[file.sha256] = self._previewed(file)
                new += file.is_offered
            files.append(file)
        return tuple(sorted(files, key=lambda file: (not file.is_offered, file.place)))

    def count(self) -> int:
        """How many new statements there are, for the background: reads few and small files.

        Raises BadInput if the folder cannot be read, Denied.
        """
        entries, done = tuple(folder_entries(self.folder)), self._done()
        known = frozenset(done)
        if (entries, known) != (self._counted_files, self._counted_done):
            if known != self._counted_done:
                self._read.clear()  # what was known before may be new, and the reverse
            self._counted_files, self._counted_done = entries, known
            self._count = sum(self._quickly(entries, done))
        return self._count

    def _quickly(
        self, entries: Sequence[FolderEntry], done: Mapping[str, Sequence[ImportedStatement]]
    ) -> Iterator[bool]:
        """Whether each file counts as a new statement.

        One that is not read now does if it begins like a statement.
        """
        left, files = (READ_QUIETLY_BYTES, READ_QUIETLY_FILES) if done else (0, 0)
        for each in entries:
            file, size = self._first_look(each, done), each.signature[1]
            is_unknown = file.state is FileState.LATER and file.sha256 not in self._read
            if is_unknown and files and size <= left:
                left, files = left - size, files - 1
                self._read[file.sha256] = self._previewed(file)
            known = self._read.get(file.sha256)
            yield known.is_offered if known is not None else file.is_offered and bool(file.format)

    def again(self, file: InboxFile) -> InboxFile:
        """The file as it is after what was imported since it was looked at. Raises Denied."""
        return self._previewed(file)

    def prepared(
        self,
        file: InboxFile,
        *,
        into: str = "",
        mapping: Mapping[str, str] | None = None,
        option: str = "--map",
        portfolio: str = "",
    ) -> PreparedImport:
        """Read a file again and plan its import.

        `into` or `mapping` give accounts that are not known, of `portfolio`; `option` is where they
        are typed. Raises BadInput, Refused, Denied.
        """
        reads = self._reads(file, into, portfolio)
        codes = accounts_of_statements(
            self.engine, reads, into=into, mapping=mapping, option=option, portfolio=portfolio
        )
        return self._planned(file, reads, codes, portfolio)

    def read_for(self, file: InboxFile, account: str) -> ReadStatement | None:
        """The statement in a file that belongs to an account; None if none does.

        Raises BadInput.
        """
        reads = self._reads(file, account)
        if len(reads) == 1:
            return reads[0]
        owner = self.engine.operations.account_of_statement
        return next((read for read in reads if owner(read.facts.source) == account), None)

    # -- looking ----------------------------------------

    def _done(self) -> Mapping[str, Sequence[ImportedStatement]]:
        """The imported statements by their file."""
        done: dict[str, list[ImportedStatement]] = {}
        for statement in self.engine.statements.imported():
            done.setdefault(statement.sha256, []).append(statement)
        return done

    def _first_look(
        self, entry: FolderEntry, done: Mapping[str, Sequence[ImportedStatement]]
    ) -> InboxFile:
        """The file without reading its rows: done, unreadable, or to be read."""
        if entry.why:
            state = FileState.WRITTEN if entry.is_unfinished else FileState.UNREADABLE
            return InboxFile(entry, state, entry.why)
        key = (entry.path, entry.signature)
        try:
            if key not in self._known:
                content = content_of(entry)
                sha256 = hashlib.sha256(content).hexdigest()
                self._known[key] = (sha256, recognised_format(content))
        except BadInput as error:
            is_growing = error.allowed == STILL_WRITTEN
            state = FileState.WRITTEN if is_growing else FileState.UNREADABLE
            return InboxFile(entry, state, error.allowed)
        sha256, form = self._known[key]
        if sha256 not in done:
            return InboxFile(entry, FileState.LATER, sha256=sha256, format=form)
        statements = tuple(
            InboxStatement("", each.account, each.first_day, each.last_day, each.fills_only)
            for each in done[sha256]
        )
        return InboxFile(entry, FileState.DONE, "", "", sha256, form, statements)

    def _previewed(self, file: InboxFile) -> InboxFile:
        """The file with what its import would do, or why it cannot be imported."""
        try:
            reads = self._reads(file)
        except (BadInput, MissingKey, Denied) as error:
            return replace(file, state=FileState.UNREADABLE, why=_reason(error))
        file = replace(file, format=reads[0].format)
        owners = [self.engine.operations.account_of_statement(read.facts.source) for read in reads]
        file = replace(file, statements=tuple(_unplanned(reads, owners)))
        try:
            codes = accounts_of_statements(self.engine, reads)
        except BadInput as error:
            words = ("alluse", "import", str(file.entry.path), *_options(reads, owners))
            return replace(
                file, state=FileState.ACCOUNT, why=error.allowed, needs=shlex.join(words)
            )
        try:
            prepared = self._planned(file, reads, codes)
        except (BadInput, Refused, Denied) as error:
            return replace(file, state=FileState.REFUSED, why=_reason(error))
        if proposal := self.engine.statements.proposed().get(file.sha256):
            why, needs = f"is proposed as #{proposal}", f"alluse approve {proposal}"
            return replace(prepared.file, state=FileState.PROPOSED, why=why, needs=needs)
        return prepared.file

    def _reads(
        self, file: InboxFile, into: str = "", portfolio: str = ""
    ) -> tuple[ReadStatement, ...]:
        """The file's statements. Raises BadInput, also if it has changed since it was listed."""
        content = content_of(file.entry)
        if content.startswith(DATABASE):
            allowed = "is a database: `alluse import` takes over one of the old system"
            raise BadInput("file", file.name, allowed)
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise BadInput("file", file.name, "has changed: look at the inbox again")
        return self.engine.operations.read_statements(
            file.entry.path,
            into=into,
            portfolio=_owner(into, portfolio),
            content=content,
        )

    def _planned(
        self,
        file: InboxFile,
        reads: Sequence[ReadStatement],
        codes: Sequence[str],
        portfolio: str = "",
    ) -> PreparedImport:
        account = self.engine.queries.account
        ids = [account(code, _owner(code, portfolio)).id for code in codes]
        command = import_command(reads, ids)
        plan = self.engine.commands.preview(command)
        reports = import_reports(reads, plan, ids)
        statements = tuple(
            replace(
                each,
                account=code,
                rows=report.rows,
                new=report.imported,
                duplicates=report.duplicates,
                ignored=len(report.ignored),
            )
            for each, code, report in zip(_unplanned(reads, ids), ids, reports, strict=True)
        )
        state = FileState.NEW if plan.entries else FileState.KNOWN
        file = replace(file, state=state, format=reads[0].format, statements=statements)
        return PreparedImport(file, tuple(reads), command, plan, self._asks(file, plan))

    def _asks(self, file: InboxFile, plan: PlanView) -> str:
        """Why a person must look at an import that the policy would allow."""
        if plan.approval:
            return f"it needs {APPROVALS[plan.approval]}"
        if plan.confirm_code:
            return "it is a large change"
        if any("different content" in why for _, why in plan.ignored):
            return "some rows were imported before with different content"
        if file.sha256 in self.engine.statements.undone():
            return "its import was undone before"
        return ""


def _owner(code: str, portfolio: str) -> str:
    """The portfolio in which to look for a code; '' if the code names its own."""
    return portfolio if "/" not in code else ""


def _unplanned(reads: Iterable[ReadStatement], owners: Iterable[str]) -> Iterator[InboxStatement]:
    for read, owner in zip(reads, owners, strict=True):
        facts = read.facts
        yield InboxStatement(
            digits=read.broker_account[-3:],
            account=owner,
            first_day=facts.first_day,
            last_day=facts.last_day,
            fills_only=facts.fills_only,
            rows=read.rows,
        )


def _options(reads: Sequence[ReadStatement], owners: Sequence[str]) -> list[str]:
    """The options of `alluse import` that give the unknown accounts."""
    if len(reads) == 1:
        return ["--into", "CODE"]
    unknown = [read for read, owner in zip(reads, owners, strict=True) if not owner]
    return [word for read in unknown for word in ("--map", f"{read.broker_account[-3:]}=CODE")]


def _reason(error: AllUseError) -> str:
    """The error without the path of the file, which is beside it, and without all formats."""
    reason = error.allowed if isinstance(error, BadInput) and error.path == "file" else str(error)
    return reason.partition("; known formats:")[0]
