"""A book to which facts are posted one by one, for tests of lots."""

from __future__ import annotations

from datetime import date, timedelta

from msgspec.structs import replace

from alluse_tui.config import load_policy
from alluse_tui.domain.commands import (
    Fact,
    Instrument,
    Leg,
    Right,
    TradeFact,
    amount,
    trade,
)
from alluse_tui.domain.derived.fills import HoldingEntry, holding_entry
from alluse_tui.domain.derived.lots import Lots, lots
from alluse_tui.domain.events.events import (
    AccountOpened,
    EntryPosted,
    PortfolioOpened,
)
from alluse_tui.domain.fold.apply import apply
from alluse_tui.domain.model.book import Book
from alluse_tui.domain.model.terms import Kind, LotMethod, Tier
from alluse_tui.domain.plans.entries import fact_event
from alluse_tui.domain.plans.merges import all_holdings, all_postings

MONDAY = date(2026, 11, 2)
FRIDAY = date(2026, 11, 27)
XYZ = Instrument("XYZ")
PUT = Instrument("XYZ", Right.PUT, amount("50"), FRIDAY, 100)
CALL = Instrument("XYZ", Right.CALL, amount("60"), FRIDAY, 100)
GEN, COM = "gen-1", "com-1"


class Posted:
    """A book to which facts are posted, and the entries that they became."""

    def __init__(self) -> None:
        self.book = Book()
        for event in (
            PortfolioOpened("Main", "USD", MONDAY, load_policy("moderate")),
            AccountOpened("Main", GEN, Tier.GEN, MONDAY),
            AccountOpened("Main", COM, Tier.COM, MONDAY),
        ):
            self.book = apply(self.book, event)
        self.entries: list[EntryPosted] = []
        self.undone: set[int] = set()

    def post(self, fact: Fact, day: int = 0, code: str = GEN) -> int:
        """Post the fact `day` days after MONDAY; the number of its entry, from 1; 0 if none."""
        today = MONDAY + timedelta(days=day)
        account = self.book.accounts[f"Main/{code}"]
        entry = fact_event(self.book, account, replace(fact, effective=today), today)
        return self.add(entry) if isinstance(entry, EntryPosted) else 0

    def add(self, entry: EntryPosted) -> int:
        self.entries.append(entry)
        self.book = apply(self.book, entry, len(self.entries))
        return len(self.entries)

    def undo(self, number: int) -> None:
        entry = self.entries[number - 1]
        self.undone.add(number)
        self.add(
            replace(
                entry,
                postings=tuple(replace(p, micros=-p.micros) for p in entry.postings),
                holdings=tuple(
                    replace(h, quantity_micros=-h.quantity_micros, value_micros=-h.value_micros)
                    for h in entry.holdings
                ),
                reverses=number,
            )
        )

    def merge(self, day: int = 0) -> None:
        account = self.book.accounts[f"Main/{GEN}"]
        self.add(
            EntryPosted(
                "Main",
                Kind.MERGE,
                MONDAY + timedelta(days=day),
                all_postings(account, COM),
                holdings=all_holdings(account, COM),
            )
        )

    def holding_entries(self) -> list[HoldingEntry]:
        numbered = enumerate(self.entries, 1)
        entries = (holding_entry(e, i, 0, is_undone=i in self.undone) for i, e in numbered)
        return [entry for entry in entries if entry is not None]

    def lots(self, method: LotMethod = LotMethod.FIFO) -> Lots:
        return lots(self.holding_entries(), method)

    @property
    def equity(self) -> int:
        return sum(sum(account.balances.values()) for account in self.book.accounts.values())


def buy(instrument: Instrument, quantity: str, price: str, fees: str = "0") -> TradeFact:
    paid = amount(fees, zero=True)
    return trade(instrument, buy=True, quantity=quantity, price=price, fees=paid)


def sell(instrument: Instrument, quantity: str, price: str, fees: str = "0") -> TradeFact:
    paid = amount(fees, zero=True)
    return trade(instrument, buy=False, quantity=quantity, price=price, fees=paid)


def expiry(*legs: tuple[Instrument, str]) -> TradeFact:
    ended = tuple(Leg(option, amount(quantity, negative=True), 0) for option, quantity in legs)
    return TradeFact(kind=Kind.EXPIRY, legs=ended)


def realised(derived: Lots, instrument: Instrument | None = None) -> int:
    return sum(
        lot.realised_micros
        for lot in derived.closed
        if instrument is None or lot.instrument == instrument.name
    )


def adjusted(derived: Lots) -> int:
    return sum(lot.adjusted_realised_micros for lot in derived.closed)
