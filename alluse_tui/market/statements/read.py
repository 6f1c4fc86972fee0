"""Reading a statement file: which format it is, and what came out of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from alluse_tui.domain.commands import StatementFacts
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.files import read_regular

SIZE_LIMIT_BYTES = 256 * 1024 * 1024

FORMATS = ("ibkr-flex",)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A row that is not booked: its line in the file, and why."""

    row: int
    why: str


@dataclass(frozen=True, slots=True)
class ReadStatement:
    """A statement as the file has it. Amounts in micros of their own currency.

    `lines`: the key of each fact → its line in the file. `rows` counts every row of the file:
    those that became facts and those in `ignored`.
    """

    format: str
    broker_account: str
    facts: StatementFacts
    rows: int
    ignored: tuple[Ignored, ...]
    lines: Mapping[str, int]
    option_net_cash: Mapping[str, int]
    stock_net_cash: Mapping[str, int]
    cash_by_type: Mapping[str, Mapping[str, int]]
    ending_cash: Mapping[str, int]


def read_statement(path: Path, format_name: str = "auto") -> ReadStatement:
    """The statement in `path`. Raises BadInput naming file, line and what is allowed."""
    if format_name not in ("auto", *FORMATS):
        raise BadInput("--format", format_name, f"must be one of: auto, {', '.join(FORMATS)}")
    try:
        data = read_regular(path, SIZE_LIMIT_BYTES)
    except OSError as error:
        raise BadInput("file", path, f"cannot be read: {error.strerror}") from None
    if format_name == "auto" and b"<FlexQueryResponse" not in data[:4096]:
        known = "IBKR Flex XML (<FlexQueryResponse …>)"
        raise BadInput("file", path, f"is of no known format; known: {known}")
    from alluse_tui.market.statements.ibkr_flex import read_flex

    return read_flex(data, path.name, hashlib.sha256(data).hexdigest())
