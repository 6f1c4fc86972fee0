"""Make imported market data current; it belongs to the book, not to a portfolio (market.md)."""

from __future__ import annotations

import re

from alluse_tui.domain.commands import ImportMarket
from alluse_tui.domain.events.market_events import MarketImported
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.market import market_symbol
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned

_SHA256 = re.compile(r"[0-9a-f]{64}")


def plan_import_market(book: Book, command: ImportMarket, context: Context) -> Plan:
    """Replace the current file of each kind and symbol that the import holds."""
    for file in command.files:
        market_symbol("symbol", file.symbol)
        if not _SHA256.fullmatch(file.sha256):
            raise BadInput("sha256", file.sha256, "must be 64 hexadecimal digits")
        if file.rows < 1 or file.last_day < file.first_day:
            raise BadInput("rows", file.rows, "must be at least one, oldest first")
    if len({file.key for file in command.files}) < len(command.files):
        raise BadInput("files", None, "must name each kind and symbol once")
    changed = [file for file in command.files if book.market.get(file.key) != file]
    rules = [
        Verdict("market.new", True, f"{file.symbol}: {file.rows} {file.kind.plural}")
        for file in changed
    ]
    if not changed:
        rules = [Verdict("market.new", False, "this data is already current")]
    events = [
        MarketImported(file.kind, file.symbol, file, book.market.get(file.key)) for file in changed
    ]
    return planned(book, command, "", context, events, rules)
