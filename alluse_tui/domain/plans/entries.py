"""From a fact or a movement to its entry: postings, base changes and holding changes."""

from __future__ import annotations

from datetime import date

from alluse_tui.domain.commands import (
    CashFact,
    ConversionFact,
    Fact,
    Leg,
    MarkFact,
    RateFact,
    TradeFact,
)
from alluse_tui.domain.events.events import (
    BaseChange,
    EntryPosted,
    Event,
    HoldingChange,
    Posting,
    RateSet,
)
from alluse_tui.domain.model.book import Account, Book, balance_key
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import Holding, holding_key
from alluse_tui.domain.model.money import divided, within
from alluse_tui.domain.model.terms import CAPITAL_WORLDS, WORLD, Bucket, Kind

UNNAMED = "(positions)"
"""What a mark of the whole positions bucket is held under when nothing named is held."""


def fact_event(book: Book, account: Account, fact: Fact, today: date) -> Event | None:
    """The event that records `fact` on `account`; None when it would change nothing."""
    home = book.portfolios[account.portfolio]
    effective = fact.effective or today
    match fact:
        case CashFact(kind=kind, micros=micros, currency=currency):
            currency = currency or home.currency
            worlds = WORLD[kind]
            base = None
            if worlds in CAPITAL_WORLDS:
                base = base_change(book, home.name, currency, micros, effective)
            return cash_entry(
                home.name, account.code, kind, micros, currency, effective, base=base,
                note=fact.note, key=fact.key, content=fact.content,
            )  # fmt: skip
        case TradeFact():
            return _trade_entry(account, fact, fact.currency or home.currency, effective)
        case ConversionFact():
            return _conversion_entry(account, fact, effective)
        case MarkFact(value_micros=value, currency=currency):
            return _mark_entry(account, fact, value, currency or home.currency, effective)
        case RateFact():
            return rate_event(book, home.name, fact, today)
    raise TypeError(f"no entry for {type(fact).__name__}")


def cash_entry(
    portfolio: str,
    code: str,
    kind: Kind,
    micros: int,
    currency: str,
    effective: date,
    *,
    base: tuple[str, int] | None = None,
    note: str = "",
    key: str = "",
    content: str = "",
) -> EntryPosted:
    """Cash from the outside (positive) or to it; `base` is its (currency, micros) as capital."""
    return EntryPosted(
        portfolio,
        kind,
        effective,
        (
            Posting(code, Bucket.CASH, currency, micros),
            Posting(WORLD[kind], "", currency, -micros),
        ),
        base=(BaseChange(code, *base),) if base else (),
        note=note,
        key=key,
        content=content,
    )


def transfer_entry(
    portfolio: str,
    source: str,
    target: str,
    micros: int,
    currency: str,
    effective: date,
    note: str = "",
) -> EntryPosted:
    """Cash and base of `source` become those of `target`."""
    return EntryPosted(
        portfolio,
        Kind.TRANSFER,
        effective,
        (
            Posting(source, Bucket.CASH, currency, -micros),
            Posting(target, Bucket.CASH, currency, micros),
        ),
        base=(BaseChange(source, currency, -micros), BaseChange(target, currency, micros)),
        note=note,
    )


def base_change(
    book: Book, portfolio: str, currency: str, micros: int, effective: date
) -> tuple[str, int]:
    """Capital in the portfolio's currency at that day's rate, or as it is without a rate."""
    own = book.portfolios[portfolio].currency
    value = book.rates_of(portfolio).value(micros, currency, own, effective)
    return (currency, micros) if value is None else (own, value)


def rate_event(book: Book, portfolio: str, fact: RateFact, today: date) -> RateSet | None:
    """The rate as an event; None when that very rate stands already."""
    if fact.currency == fact.against:
        raise BadInput("--against", fact.against, "must be another currency than the first")
    effective = fact.effective or today
    pair = f"{fact.currency}/{fact.against}"
    previous = book.rates_of(portfolio).exactly_on(pair, effective)
    if previous == fact.nanos:
        return None
    return RateSet(portfolio, fact.currency, fact.against, effective, fact.nanos, previous)


def _trade_entry(account: Account, fact: TradeFact, currency: str, effective: date) -> EntryPosted:
    held = dict(account.holdings)
    cash = carried = 0
    gains: dict[str, int] = {}
    changes: list[HoldingChange] = []
    for leg in fact.legs:
        key = holding_key(leg.instrument.name, currency)
        moved = value_moved(held.get(key, Holding(0, 0)), leg)
        old = held.get(key, Holding(0, 0))
        held[key] = Holding(old.quantity_micros + leg.quantity_micros, old.value_micros + moved)
        changes.append(
            HoldingChange(account.code, leg.instrument.name, currency, leg.quantity_micros, moved)
        )
        cash += leg.gross_micros
        carried += moved
        world = WORLD[Kind.MARK] if leg.instrument.right is None else WORLD[Kind.PREMIUM]
        gains[world] = gains.get(world, 0) + leg.gross_micros + moved
    postings = [
        Posting(account.code, Bucket.CASH, currency, cash),
        Posting(account.code, Bucket.POSITIONS, currency, carried),
        *(Posting(world, "", currency, -gain) for world, gain in gains.items()),
        *_fee_postings(account, fact.fee_micros, fact.fee_currency or currency),
    ]
    return _entry(account, fact, fact.kind, effective, postings, tuple(changes))


def value_moved(holding: Holding, leg: Leg) -> int:
    """What a fill does to the value carried for a holding.

    Opening adds what was paid (or takes what was received); closing takes out the closed part of
    what is carried. A fill through zero closes all of it and opens the rest at its own price.
    """
    have, moved = holding.quantity_micros, leg.quantity_micros
    if have == 0 or (have > 0) == (moved > 0):
        return -leg.gross_micros
    closing = min(abs(have), abs(moved))
    closed = holding.value_micros if closing == abs(have) else divided(
        holding.value_micros * closing, abs(have)
    )  # fmt: skip
    rest = abs(moved) - closing
    return -closed - (divided(leg.gross_micros * rest, abs(moved)) if rest else 0)


def _conversion_entry(account: Account, fact: ConversionFact, effective: date) -> EntryPosted:
    world = WORLD[Kind.CONVERSION]
    postings = [
        Posting(account.code, Bucket.CASH, fact.bought, fact.bought_micros),
        Posting(world, "", fact.bought, -fact.bought_micros),
        Posting(account.code, Bucket.CASH, fact.sold, -fact.sold_micros),
        Posting(world, "", fact.sold, fact.sold_micros),
        *_fee_postings(account, fact.fee_micros, fact.fee_currency),
    ]
    return _entry(account, fact, Kind.CONVERSION, effective, postings, ())


def _mark_entry(
    account: Account, fact: MarkFact, value_micros: int, currency: str, effective: date
) -> EntryPosted | None:
    """The change in worth, spread over what is held in proportion to what it carries."""
    old = account.balances.get(balance_key(Bucket.POSITIONS, currency), 0)
    change = within(value_micros, "amount") - old
    if not change:
        return None
    names = [k for k in sorted(account.holdings) if k.endswith(f":{currency}")]
    weights = [abs(account.holdings[k].value_micros) for k in names]
    whole = sum(weights)
    if not whole:
        names, weights, whole = [holding_key(UNNAMED, currency)], [1], 1
    parts = [change * w // whole for w in weights]
    parts[0] += change - sum(parts)
    changes = tuple(
        HoldingChange(account.code, name.rpartition(":")[0], currency, 0, part)
        for name, part in zip(names, parts, strict=True)
        if part
    )
    postings = [
        Posting(account.code, Bucket.POSITIONS, currency, change),
        Posting(WORLD[Kind.MARK], "", currency, -change),
    ]
    return _entry(account, fact, Kind.MARK, effective, postings, changes)


def _fee_postings(account: Account, micros: int, currency: str) -> list[Posting]:
    return [
        Posting(account.code, Bucket.CASH, currency, -micros),
        Posting(WORLD[Kind.FEE], "", currency, micros),
    ]


def _entry(
    account: Account,
    fact: Fact,
    kind: Kind,
    effective: date,
    postings: list[Posting],
    holdings: tuple[HoldingChange, ...],
) -> EntryPosted:
    return EntryPosted(
        account.portfolio,
        kind,
        effective,
        tuple(p for p in postings if p.micros),
        holdings=holdings,
        note=fact.note,
        key=fact.key,
        content=fact.content,
    )
