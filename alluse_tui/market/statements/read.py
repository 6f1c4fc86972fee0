"""Reading a statement file: which format it is, and what came out of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from alluse_tui.domain.model.errors import BadInput
from alluse_tui.files import read_regular
from alluse_tui.market.statements.statement import ReadStatement

SIZE_LIMIT_BYTES = 256 * 1024 * 1024

FORMATS = ("ibkr-flex",)


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
