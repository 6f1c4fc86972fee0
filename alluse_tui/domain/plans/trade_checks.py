"""Trade check: the verdicts on a trade that nobody has made yet; nothing is planned."""

from __future__ import annotations

from msgspec.structs import replace

from alluse_tui.domain.commands import Post, TradeFact
from alluse_tui.domain.events.events import EntryPosted
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plan import Context
from alluse_tui.domain.plans.entries import fact_event
from alluse_tui.domain.rules.shared_rules import open_for_decisions
from alluse_tui.domain.rules.trade_rules import trade_rules


def check_trade(book: Book, command: Post, context: Context) -> tuple[Verdict, ...]:
    """The verdicts of all rules on the trade of `command`, dated `command.date`.

    They are those with which the trade would be recorded, except that none asks for a
    confirmation. It may be in the future. Raises BadInput.
    """
    if not isinstance(command.fact, TradeFact):
        raise BadInput("trade", None, "must be a trade")
    fact = replace(command.fact, effective=command.date)
    account = book.account(command.account, command.portfolio)
    entry = fact_event(book, account, fact, context.today)
    assert isinstance(entry, EntryPosted)
    checked = replace(context, is_check=True)
    rules = trade_rules(book, account, entry, fact, command, checked)
    return (*open_for_decisions(account), *rules)
