"""Reading a broker's file for the import: into which accounts, and what is said about them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alluse_tui.domain.commands import Import
from alluse_tui.engine import (
    LocalEngine,
    ReadStatement,
    accounts_of_statements,
    import_command,
    reading_progress,
    typed_mapping,
)
from alluse_tui.tui import texts


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A file, and the account that it goes into; empty for the one with its earlier statements.

    `into` may give each broker account of a file its account: '567=gen-1 890=rev-1'. `currency`:
    the base currency, for a file that does not give it. `is_suggested`: the account was filled in,
    not chosen, so earlier statements decide against it.
    """

    path: Path
    into: str
    portfolio: str
    currency: str = ""
    is_suggested: bool = False


@dataclass(frozen=True, slots=True)
class StatementToImport:
    """A statement that was read, its account in full ('Main/gen-1'), and a note about that."""

    account: str
    read: ReadStatement
    note: str = ""


@dataclass(frozen=True, slots=True)
class StatementsToImport:
    """The command that imports a file, and its statements in the order of the command."""

    command: Import
    statements: tuple[StatementToImport, ...]

    @property
    def rows(self) -> int:
        """The rows of the file."""
        return sum(each.read.rows for each in self.statements)

    @property
    def format(self) -> str:
        """What the format of the file is called."""
        return self.statements[0].read.format


def statements_to_import(
    engine: LocalEngine, request: ImportRequest, progress: Callable[[int], None]
) -> StatementsToImport:
    """Read the file and choose the accounts; nothing is recorded.

    `progress` receives the rows so far, and may raise to stop the reading.
    Raises BadInput, also if an account is not known, and what `read_statements` raises.
    """
    into = request.into
    mapping = typed_mapping("into", into.replace(",", " ").split()) if "=" in into else {}
    into = "" if mapping else into
    with reading_progress(progress):
        reads = engine.operations.read_statements(
            request.path,
            into=into,
            portfolio=request.portfolio if "/" not in into else "",
            currency=request.currency,
        )
    if request.is_suggested and len(reads) > 1:
        into = ""
    codes = accounts_of_statements(
        engine, reads, into=into, mapping=mapping, option="into", portfolio=request.portfolio
    )
    statements = tuple(
        _with_account(engine, request, read, code) for read, code in zip(reads, codes, strict=True)
    )
    return StatementsToImport(
        import_command(reads, [each.account for each in statements]), statements
    )


def _with_account(
    engine: LocalEngine, request: ImportRequest, read: ReadStatement, code: str
) -> StatementToImport:
    """The statement with its account, and what is to be known about it. Raises BadInput."""
    chosen = engine.queries.account(code, request.portfolio if "/" not in code else "").id
    known = engine.operations.account_of_statement(read.facts.source)
    if not known or known == chosen:
        return StatementToImport(chosen, read)
    short = known.removeprefix(f"{request.portfolio}/")
    if request.is_suggested:
        note = texts.IMPORT_KNOWN.format(known=short, account=code)
        return StatementToImport(known, read, note)
    return StatementToImport(chosen, read, texts.IMPORT_ELSEWHERE.format(known=short))
