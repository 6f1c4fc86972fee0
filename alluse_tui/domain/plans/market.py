"""Make imported market data current and note closures; both belong to the book (market.md)."""

from __future__ import annotations

import re

from alluse_tui.domain.commands import ImportMarket, NoteClosure
from alluse_tui.domain.events.market_events import ClosureNoted, MarketImported
from alluse_tui.domain.events.safety_events import VixNoted
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.market import market_key, market_symbol
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context, Plan, planned
from alluse_tui.domain.rules.shared_rules import undated

WHY_LIMIT = 200

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


def plan_note_closure(book: Book, command: NoteClosure, context: Context) -> Plan:
    """Record that the exchange is closed on a day, or that it is open after all.

    A closure is announced days before, so future days are allowed. Earlier decisions stay as they
    are. Raises BadInput for a day on which the exchange is closed anyway.
    """
    undated(command)
    day, known = command.day, book.closures.get(command.day.isoformat(), "")
    if command.removed:
        rule = Verdict("closure.known", False, f"no closure is recorded for {day}")
        if known:
            rule = Verdict("closure.known", True, f"{day} was recorded as closed: {known}")
        return planned(book, command, "", context, [ClosureNoted(day, "", known)], [rule])
    if not 0 < len(command.why) <= WHY_LIMIT or not command.why.isprintable():
        allowed = f"must say why in up to {WHY_LIMIT} printable characters"
        raise BadInput("WHY", command.why or None, allowed)
    if day > context.sessions.ends:
        raise BadInput("DAY", f"{day}", f"must be at most {context.sessions.ends}")
    if not known and not context.sessions.is_session(day):
        raise BadInput("DAY", f"{day}", f"is a {day:%A} on which the exchange is already closed")
    changes = known != command.why
    state = f"the exchange is closed on {day:%A} {day}: {command.why}"
    if not changes:
        state = f"this closure of {day} is already recorded"
    event = ClosureNoted(day, command.why, known)
    return planned(book, command, "", context, [event], [Verdict("closure.new", changes, state)])


def market_unchanged(book: Book, event: VixNoted | ClosureNoted | MarketImported) -> Verdict:
    """Whether an undo may reverse it: what it noted or made current is still so."""
    if isinstance(event, VixNoted):
        same, subject = book.vix == event.vix, "the value of VIX"
    elif isinstance(event, ClosureNoted):
        same = book.closures.get(event.day.isoformat(), "") == event.why
        subject = f"the closure of {event.day}"
    else:
        same = book.market.get(market_key(event.kind, event.symbol)) == event.file
        state = "are unchanged" if same else "have changed since"
        return Verdict("undo.market", same, f"the {event.kind.plural} of {event.symbol} {state}")
    state = "is unchanged" if same else "has changed since"
    return Verdict("undo.market", same, f"{subject} {state}")
