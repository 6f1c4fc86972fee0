"""Reading a statement file: which broker's format it has, and its content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from alluse_tui.domain.commands import currency_code
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.files import read_regular
from alluse_tui.market.statements.csv_columns import (
    FIDELITY_COLUMNS,
    SCHWAB_COLUMNS,
    TASTYTRADE_COLUMNS,
)
from alluse_tui.market.statements.csv_rows import decoded, has_header, header_of
from alluse_tui.market.statements.fills_text import begins_with_fill
from alluse_tui.market.statements.statement import ReadStatement, SourceFile

if TYPE_CHECKING:
    from alluse_tui.market.statements.csv_mapping import CsvMapping

SIZE_LIMIT_BYTES = 256 * 1024 * 1024

RECOGNISED_BYTES = 4096
"""How much of a file a recogniser gets to see."""

AUTO = "auto"
"""The format name that asks for the recognisers."""

GENERIC = "generic-csv"
"""The format that needs a mapping; its reader is the last one."""

STANDARD_INPUT = "-"
"""The name of what was read from standard input."""

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
        name="schwab-json",
        title="Schwab JSON (transactions)",
        recognises=lambda beginning: b'"BrokerageTransactions"' in beginning,
        module="schwab_json",
        function="read_schwab_json",
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
    Reader(
        name="ofx",
        title="OFX and QFX (investment statements)",
        recognises=lambda beginning: b"OFXHEADER" in beginning or b"<OFX>" in beginning,
        module="ofx",
        function="read_ofx",
    ),
    Reader(
        name="fills-text",
        title="pasted fills (one on each line)",
        recognises=begins_with_fill,
        module="fills_text",
        function="read_fills",
    ),
    Reader(
        name=GENERIC,
        title="CSV of any layout (with --mapping)",
        recognises=lambda beginning: False,  # but a saved mapping may know its header
        module="generic_csv",
        function="read_generic",
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
    path: Path,
    format_name: str = AUTO,
    currency: str = "",
    *,
    mapping: CsvMapping | None = None,
    saved: Callable[[], Iterable[CsvMapping]] = tuple,
    content: bytes | None = None,
) -> tuple[ReadStatement, ...]:
    """The statements in `path`, one for each account. Raises BadInput naming file and line.

    `currency` is the base currency of the accounts, for a file that does not give it. `mapping` is
    that of a CSV file of any layout; without one, such a file is known by its header if one of the
    `saved` mappings has it. `content` is what was read from elsewhere instead of the file.
    """
    currency = currency and currency_code("--currency", currency)
    names = [AUTO, *(reader.name for reader in READERS)]
    if format_name not in names:
        raise BadInput("--format", format_name, f"must be one of: {', '.join(names)}")
    if mapping is not None and format_name not in (AUTO, GENERIC):
        raise BadInput("--format", format_name, f"must be {GENERIC} with --mapping")
    if content is None:
        content = _content(path)
    name = path.name if path.name != STANDARD_INPUT else "standard input"
    beginning = content[:RECOGNISED_BYTES]
    if mapping is not None:
        format_name = GENERIC
    for reader in READERS:
        if format_name == reader.name or (format_name == AUTO and reader.recognises(beginning)):
            break
    else:
        reader = READERS[-1]
    if reader.name == GENERIC and mapping is None:
        mapping = next((each for each in saved() if _is_of(content, name, each)), None)
        if mapping is None and format_name == AUTO:
            titles = ", ".join(reader.title for reader in READERS)
            raise BadInput("file", path, f"has no known format; known formats: {titles}")
    sha256 = hashlib.sha256(content).hexdigest()
    return reader.read(SourceFile(content, name, sha256, currency, mapping))


def header_for(path: Path, mapping: CsvMapping) -> tuple[str, ...]:
    """All columns of a file with the columns of a mapping. Raises BadInput."""
    return _header(_content(path), path.name, mapping)


def _is_of(content: bytes, name: str, mapping: CsvMapping) -> bool:
    """Whether a file has exactly the header that a mapping was saved with."""
    return bool(mapping.header) and _header(content, name, mapping) == tuple(mapping.header)


def _header(content: bytes, name: str, mapping: CsvMapping) -> tuple[str, ...]:
    return header_of(decoded(content, name), tuple(mapping.columns.given.values()))


def _content(path: Path) -> bytes:
    """The bytes of the file. Raises BadInput."""
    try:
        return read_regular(path, SIZE_LIMIT_BYTES)
    except OSError as error:
        raise BadInput("file", path, f"cannot be read: {error.strerror}") from None
