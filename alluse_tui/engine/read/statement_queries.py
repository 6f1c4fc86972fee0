"""The statements door: which statements were imported, and how accounts compared with them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from alluse_tui.domain.commands import Import
from alluse_tui.domain.model.comparison import Comparison
from alluse_tui.domain.model.terms import Status
from alluse_tui.domain.model.value import Value
from alluse_tui.domain.rules.approvals import command_of
from alluse_tui.engine.core import Core

ENDED = (Status.CLOSED, Status.MERGED)


class ImportedStatement(Value, kw_only=True):
    """A statement that was imported into `account` ('Main/gen-1'), from the file `sha256`.

    `source` is its broker account as in StatementFacts. `fills_only`: it has neither cash nor
    positions.
    """

    account: str
    source: str
    first_day: date
    last_day: date
    sha256: str
    fills_only: bool


class StatementQueries:
    """What the book and its records keep of statements. Each method raises Denied."""

    def __init__(self, core: Core) -> None:
        """Created by the engine."""
        self._core = core
        self._undone: tuple[int, frozenset[str]] = (0, frozenset())

    def imported(self) -> tuple[ImportedStatement, ...]:
        """Every statement that was imported and not undone, of all portfolios."""
        return tuple(
            ImportedStatement(
                account=account.id,
                source=statement.source,
                first_day=statement.first_day,
                last_day=statement.last_day,
                sha256=statement.sha256,
                fills_only=statement.fills_only,
            )
            for _, account in self._core.visible_book.accounts.iter_uncached()
            for statement in account.statements
        )

    def undone(self) -> frozenset[str]:
        """The SHA-256 of every file whose import was undone, also of those imported again."""
        with self._core.lock:
            reversed_by = self._core.visible_book.reversed_by
            counted, files = self._undone
            if counted != len(reversed_by):
                files = frozenset(
                    record.plain["content"]["sha256"]
                    for seq in map(int, reversed_by)
                    for record in self._core.journal.records(seq - 1, seq)
                    if record.plain["command"] == Import.NAME
                )
                self._undone = (len(reversed_by), files)
        return files

    def proposed(self) -> Mapping[str, int]:
        """The SHA-256 of every file whose import waits for approval, with its proposal."""
        now_ns = self._core.now_ns
        imports = (
            (approval.seq, command_of(approval))
            for approval in self._core.visible_book.approvals.values()
            if approval.command == Import.NAME and approval.waits(now_ns)
        )
        return {
            command.statement.sha256: seq for seq, command in imports if isinstance(command, Import)
        }

    def compared(self, portfolio: str = "") -> Mapping[str, Comparison]:
        """The newest recorded comparison of each open account, by its id.

        '' stands for all portfolios.
        """
        return {
            account.id: account.compared
            for _, account in self._core.visible_book.accounts.iter_uncached()
            if account.compared is not None
            and account.status not in ENDED
            and portfolio in ("", account.portfolio)
        }

    def auto_portfolios(self) -> tuple[str, ...]:
        """The portfolios whose `import.auto` is on."""
        portfolios = self._core.visible_book.portfolios.values()
        return tuple(sorted(p.name for p in portfolios if p.policy.import_auto == "on"))
