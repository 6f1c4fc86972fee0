"""Reading a statement file: which broker's format it has, and its content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from alluse_tui.domain.commands import currency_code
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.files import read_regular
from alluse_tui.market.statements.csv_columns import (
    FIDELITY_COLUMNS,
    SCHWAB_COLUMNS,
    TASTYTRADE_COLUMNS,
)
from alluse_tui.market.statements.csv_rows import has_header
from alluse_tui.market.statements.statement import ReadStatement, SourceFile

SIZE_LIMIT_BYTES = 256 * 1024 * 1024

RECOGNISED_BYTES = 4096
"""How much of a file a recogniser gets to see."""

AUTO = "auto"
"""The format name that asks for the recognisers."""

ReadFunction = Callable[[SourceFile], tuple[ReadStatement, ...]]
"""Reads a file into one statement for each broker account in it. Raises BadInput."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One broker's format.

    `recognises` gets the first RECOGNISED_BYTES of a file. `function` in `module`, which is loaded
    by the first file of this format, is a ReadFunction.
    """

    name: str
    title: str
    recognises: Callable[[bytes], bool]
    module: str
    function: str

    @property
    def read(self) -> ReadFunction:
        """The function that reads a file of this format."""
        module = import_module(f"{__package__}.{self.module}")
        function: ReadFunction = getattr(module, self.function)
        return function


READERS = (
    Reader(
        name="ibkr-flex",
        title="IBKR Flex XML (<FlexQueryResponse …>)",
        recognises=lambda beginning: b"<FlexQueryResponse" in beginning,
        module="ibkr_flex",
        function="read_flex",
    ),
    Reader(
        name="schwab-csv",
        title="Schwab CSV (transactions)",
        recognises=lambda beginning: has_header(beginning, SCHWAB_COLUMNS),
        module="schwab_csv",
        function="read_schwab",
    ),
    Reader(
        name="fidelity-csv",
        title="Fidelity CSV (account history)",
        recognises=lambda beginning: has_header(beginning, FIDELITY_COLUMNS),
        module="fidelity_csv",
        function="read_fidelity",
    ),
    Reader(
        name="tastytrade-csv",
        title="tastytrade CSV (transaction history)",
        recognises=lambda beginning: has_header(beginning, TASTYTRADE_COLUMNS),
        module="tastytrade_csv",
        function="read_tastytrade",
    ),
)
"""Every format that can be read; the first that recognises a file reads it."""


def read_statement(path: Path, format_name: str = AUTO, currency: str = "") -> ReadStatement:
    """The statement of the one account in `path`. Raises BadInput; see read_statements."""
    return only_statement(read_statements(path, format_name, currency), path)


def only_statement(statements: tuple[ReadStatement, ...], path: Path) -> ReadStatement:
    """The one statement of a file. Raises BadInput if it has several accounts."""
    if len(statements) != 1:
        raise BadInput("file", path, f"has statements of {len(statements)} accounts, not of one")
    return statements[0]


def read_statements(
    path: Path, format_name: str = AUTO, currency: str = ""
) -> tuple[ReadStatement, ...]:
    """The statements in `path`, one for each account. Raises BadInput naming file and line.

    `currency` is the base currency of the accounts, for a file that does not give it.
    """
    currency = currency and currency_code("--currency", currency)
    names = [AUTO, *(reader.name for reader in READERS)]
    if format_name not in names:
        raise BadInput("--format", format_name, f"must be one of: {', '.join(names)}")
    try:
        content = read_regular(path, SIZE_LIMIT_BYTES)
    except OSError as error:
        raise BadInput("file", path, f"cannot be read: {error.strerror}") from None
    beginning = content[:RECOGNISED_BYTES]
    for reader in READERS:
        if format_name == reader.name or (format_name == AUTO and reader.recognises(beginning)):
            sha256 = hashlib.sha256(content).hexdigest()
            return reader.read(SourceFile(content, path.name, sha256, currency))
    titles = ", ".join(reader.title for reader in READERS)
    raise BadInput("file", path, f"has no known format; known formats: {titles}")
