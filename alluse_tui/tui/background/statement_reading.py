"""Reading a broker's statement for the import: into which account, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alluse_tui.domain.commands import Import
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.engine import LocalEngine, ReadStatement, reading_progress
from alluse_tui.tui import texts


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A file, and the account that it goes into; empty for the one with its earlier statements.

    `is_suggested`: the account was filled in, not chosen, so earlier statements decide against it.
    """

    path: Path
    into: str
    portfolio: str
    is_suggested: bool = False


@dataclass(frozen=True, slots=True)
class StatementToImport:
    """A statement that was read, the command that imports it, and what is said about its account.

    The account is in full ('Main/gen-1').
    """

    command: Import
    read: ReadStatement
    note: str = ""


def statement_to_import(
    engine: LocalEngine, request: ImportRequest, progress: Callable[[int], None]
) -> StatementToImport:
    """Read the file and choose the account; nothing is recorded.

    `progress` receives the rows so far, and may raise to stop the reading.
    Raises BadInput, also if no account is known, and what `read_statement` raises.
    """
    into = request.into
    owner = request.portfolio if "/" not in into else ""
    with reading_progress(progress):
        read = engine.operations.read_statement(request.path, into=into, portfolio=owner)
    known = engine.operations.account_of_statement(read.facts.source)
    chosen = engine.queries.account(into, owner).id if into else ""
    code, note = chosen or known, ""
    if not code:
        raise BadInput("into", None, read.account_question)
    if known and chosen and known != chosen:
        short = known.removeprefix(f"{request.portfolio}/")
        if request.is_suggested:
            code, note = known, texts.IMPORT_KNOWN.format(known=short, account=into)
        else:
            note = texts.IMPORT_ELSEWHERE.format(known=short)
    return StatementToImport(Import(account=code, statement=read.with_report), read, note)
