"""Transferred positions: capital that comes as a position, or leaves as one (rules.md, Facts)."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.commands import CashFact, Leg, TradeFact, TransferFact
from alluse_tui.domain.events.events import Event
from alluse_tui.domain.model.book import Account, Book
from alluse_tui.domain.model.instrument import Holding, holding_key, quantity_text
from alluse_tui.domain.model.terms import Kind
from alluse_tui.domain.model.verdict import Verdict
from alluse_tui.domain.plans.entries import fact_event

NOT_HELD = Holding(0, 0)


def transfer_entries(
    book: Book, account: Account, fact: TransferFact, today: date
) -> tuple[list[Event], Verdict | None]:
    """A deposit of the position's value that buys it, or its sale and a withdrawal of that.

    The row's key belongs to the trade. The verdict warns about what left without being held.
    """
    trade = TradeFact(
        legs=fact.legs,
        currency=fact.currency,
        effective=fact.effective,
        note=fact.note,
        key=fact.key,
        content=fact.content,
    )
    capital = CashFact(
        kind=Kind.DEPOSIT if fact.came else Kind.WITHDRAWAL,
        micros=-sum(leg.gross_micros for leg in fact.legs),
        currency=fact.currency,
        effective=fact.effective,
        note=fact.note,
    )
    facts = [capital, trade] if fact.came else [trade, capital]
    if not capital.micros:
        facts = [trade]
    events = [fact_event(book, account, each, today) for each in facts]
    return [e for e in events if e is not None], None if fact.came else _held(account, fact)


def _held(account: Account, fact: TransferFact) -> Verdict | None:
    """A warning if more left than was held, as when earlier statements are not imported."""
    for leg in fact.legs:
        held = account.holdings.get(holding_key(leg.instrument.name, fact.currency), NOT_HELD)
        if abs(leg.quantity_micros + held.quantity_micros) > abs(held.quantity_micros):
            return _missing(leg, held)
    return None


def _missing(leg: Leg, held: Holding) -> Verdict:
    name, left = leg.instrument.name, quantity_text(abs(leg.quantity_micros))
    sentence = (
        f"{left} {name} left, and the book holds {quantity_text(held.quantity_micros)}:"
        " import the earlier statements"
    )
    return Verdict("import.transfer", True, sentence, awaited=True)
