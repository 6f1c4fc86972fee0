"""What an entry did, in a few words: 'Sold 100 TSLA 27 Nov 26 250 put @ 3.10'."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from msgspec.structs import replace

from alluse_tui.domain.commands.typed import LARGEST_RATIO
from alluse_tui.domain.events.codec import Unknown, from_plain
from alluse_tui.domain.events.events import EntryPosted, HoldingChange
from alluse_tui.domain.model.instrument import (
    CONTRACT_SHARES,
    ONE_MICROS,
    Instrument,
    instrument_named,
    quantity_text,
)
from alluse_tui.domain.model.money import divided, grouped, plain
from alluse_tui.domain.model.terms import WORLD, Bucket, Kind

TRADES = frozenset((Kind.TRADE, Kind.EXPIRY, Kind.ASSIGNMENT))
"""The kinds of entries that change what is held."""

PRICE_MICROS = 100
"""Prices are shown to four decimals."""

_RECEIVED = {
    Kind.PREMIUM: ("Received premium", "Paid premium"),
    Kind.INTEREST: ("Received interest", "Paid interest"),
    Kind.DIVIDEND: ("Received dividend", "Paid dividend"),
    Kind.FEE: ("Fee refunded", "Paid fee"),
    Kind.TAX: ("Tax refunded", "Paid tax"),
}


def entry_text(entry: EntryPosted) -> str:
    """What the entry did; of a reversal, what the reversed entry did."""
    if entry.reverses:
        entry = _negated(entry)
    if entry.kind in TRADES and entry.holdings:
        return _trade_text(entry)
    if entry.kind is Kind.ADJUSTMENT:
        return _adjustment_text(entry)
    if entry.kind is Kind.CONVERSION:
        return _conversion_text(entry)
    if entry.kind is Kind.MARK and len(entry.holdings) == 1:
        return f"Marked {instrument_text(_instrument(entry.holdings[0]))}"
    if entry.kind in _RECEIVED:
        received, paid = _RECEIVED[entry.kind]
        return received if sum(_cash(entry).values()) > 0 else paid
    return entry.kind.capitalize()


def recorded_text(plain_entry: Mapping[str, Any]) -> str:
    """The same for an entry as a record stores it; '' for one of an unknown form."""
    try:
        return entry_text(from_plain(EntryPosted, plain_entry))
    except Unknown:
        return ""


def entry_profit(entry: EntryPosted, account: str, currency: str) -> int:
    """What a trade, expiry or assignment realised before fees, in micros of `currency`."""
    if entry.kind not in TRADES:
        return 0
    changed = sum(
        p.micros for p in entry.postings if p.account == account and p.currency == currency
    )
    return changed + _fees(entry, currency)


def instrument_text(instrument: Instrument) -> str:
    """'TSLA 27 Nov 26 250 put', 'MSTR'."""
    if instrument.right is None:
        return instrument.symbol
    return f"{instrument.symbol} {contract_text(instrument)}"


def contract_text(option: Instrument) -> str:
    """An option without its underlying: '27 Nov 26 250 put'."""
    assert option.expiry is not None
    strike = plain(option.strike_micros).removesuffix(".00")
    if "." in strike:
        strike = strike.rstrip("0")
    text = f"{option.expiry.day} {option.expiry:%b %y} {strike} {option.right}"
    return text if option.multiplier == CONTRACT_SHARES else f"{text} x{option.multiplier}"


def fill_text(side: str, instrument: Instrument, quantity_micros: int, gross_micros: int) -> str:
    """'sold 100 TSLA 27 Nov 26 250 put @ 3.10': the price is the gross amount per share."""
    price = price_text(_price(abs(gross_micros), quantity_micros, instrument))
    count = quantity_text(abs(quantity_micros))
    return f"{side} {count} {instrument_text(instrument)} @ {price}"


def price_text(price_micros: int) -> str:
    """A price per share: '3.10', '1,234.5678'."""
    units, _, decimals = plain(abs(price_micros)).partition(".")
    return f"{'−' if price_micros < 0 else ''}{int(units):,}.{decimals}"


def _trade_text(entry: EntryPosted) -> str:
    if entry.kind is Kind.EXPIRY:
        return f"Expired: {', '.join(map(_counted, entry.holdings))}"
    if entry.kind is Kind.ASSIGNMENT:
        return _assignment_text(entry)
    if len(entry.holdings) == 1:
        return _capitalised(_fill_text(entry, entry.holdings[0]))
    return _roll_text(entry) or _capitalised(", ".join(map(_side, entry.holdings)))


def _assignment_text(entry: EntryPosted) -> str:
    """An option and the shares that it delivered, or one of the two."""
    options = [change for change in entry.holdings if _instrument(change).right is not None]
    shares = [change for change in entry.holdings if _instrument(change).right is None]
    exercised = any(change.quantity_micros < 0 for change in options)
    verb = "exercised" if exercised else "assigned"
    listed = ", ".join(map(_counted, options))
    if not shares:
        return f"{listed} {verb}"
    fills = ", ".join(_fill_text(entry, change) for change in shares)
    return f"{_capitalised(verb)}{' ' if listed else ''}{listed}: {fills}"


def _roll_text(entry: EntryPosted) -> str:
    """An option exchanged for as many of another one on the same underlying; '' for others.

    A roll closes first, so its order says which: the new option may expire earlier.
    """
    if len(entry.holdings) != 2:
        return ""
    closed, opened = entry.holdings
    old, new = _instrument(closed), _instrument(opened)
    is_roll = (
        old.right is not None
        and (old.right, old.symbol, old.multiplier) == (new.right, new.symbol, new.multiplier)
        and closed.quantity_micros == -opened.quantity_micros
    )
    if not is_roll:
        return ""
    price = _price(_gross(entry, closed.currency), closed.quantity_micros, old)
    net = f"{'+' if price > 0 else ''}{price_text(price)}"
    return f"Rolled {_counted(closed)} to {contract_text(new)} @ {net}"


def _adjustment_text(entry: EntryPosted) -> str:
    """'Split 3:2: 100 XYZ → 150 XYZ', 'Renamed LCID → LCID1', or what each position became."""
    removed = {(c.instrument, c.currency): c for c in entry.holdings if not c.replaces}
    pairs = [(removed[c.replaces, c.currency], c) for c in entry.holdings if c.replaces]
    listed = ", ".join(f"{_counted(old)} → {_counted(new)}" for old, new in pairs)
    symbols = {(_instrument(old).symbol, _instrument(new).symbol) for old, new in pairs}
    renamed = [f"{before} → {after}" for before, after in symbols if before != after]
    if split := _split_text(pairs):
        return f"Split {split}{' and renamed' if renamed else ''}: {listed}"
    is_same = all(_instrument(old).multiplier == _instrument(new).multiplier for old, new in pairs)
    return f"Renamed {', '.join(renamed)}" if renamed and is_same else f"Adjusted: {listed}"


def _split_text(pairs: Iterable[tuple[HoldingChange, HoldingChange]]) -> str:
    """'3:2', new shares or contracts for old ones; '' if their number stayed."""
    for old, new in pairs:
        if abs(old.quantity_micros) != abs(new.quantity_micros):
            exact = Fraction(abs(new.quantity_micros), abs(old.quantity_micros))
            ratio = exact.limit_denominator(LARGEST_RATIO)
            return f"{ratio.numerator}:{ratio.denominator}"
    return ""


def _conversion_text(entry: EntryPosted) -> str:
    amounts = [
        (micros + _fees(entry, currency), currency) for currency, micros in _cash(entry).items()
    ]
    sold = [f"{grouped(-micros)} {currency}" for micros, currency in amounts if micros < 0]
    bought = [f"{grouped(micros)} {currency}" for micros, currency in amounts if micros > 0]
    if not (sold and bought):
        return entry.kind.capitalize()
    return f"Converted {', '.join(sold)} to {', '.join(bought)}"


def _fill_text(entry: EntryPosted, change: HoldingChange) -> str:
    """'sold 100 TSLA 27 Nov 26 250 put @ 3.10': all cash of the entry was for it."""
    gross = _gross(entry, change.currency)
    return fill_text(_verb(change), _instrument(change), change.quantity_micros, gross)


def _side(change: HoldingChange) -> str:
    return f"{_verb(change)} {_counted(change)}"


def _verb(change: HoldingChange) -> str:
    return "sold" if change.quantity_micros < 0 else "bought"


def _counted(change: HoldingChange) -> str:
    count = quantity_text(abs(change.quantity_micros))
    return f"{count} {instrument_text(_instrument(change))}"


def _instrument(change: HoldingChange) -> Instrument:
    return instrument_named(change.instrument)


def _price(gross_micros: int, quantity_micros: int, instrument: Instrument) -> int:
    """Micros per share, to four decimals; 0 where nothing changed hands."""
    shares_micros = abs(quantity_micros) * instrument.multiplier
    if not shares_micros:
        return 0
    return divided(gross_micros * ONE_MICROS, shares_micros * PRICE_MICROS) * PRICE_MICROS


def _gross(entry: EntryPosted, currency: str) -> int:
    """The change of cash without the fees, which are postings of their own."""
    return _cash(entry).get(currency, 0) + _fees(entry, currency)


def _fees(entry: EntryPosted, currency: str) -> int:
    world = WORLD[Kind.FEE]
    return sum(p.micros for p in entry.postings if p.account == world and p.currency == currency)


def _cash(entry: EntryPosted) -> dict[str, int]:
    """The change of cash by currency, over all accounts of the entry."""
    cash: dict[str, int] = {}
    for posting in entry.postings:
        if posting.bucket == Bucket.CASH:
            cash[posting.currency] = cash.get(posting.currency, 0) + posting.micros
    return cash


def _negated(entry: EntryPosted) -> EntryPosted:
    return replace(
        entry,
        postings=tuple(replace(p, micros=-p.micros) for p in entry.postings),
        holdings=tuple(
            replace(h, quantity_micros=-h.quantity_micros, value_micros=-h.value_micros)
            for h in entry.holdings
        ),
    )


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
