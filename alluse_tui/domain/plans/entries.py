"""Turn facts and movements into entries: postings, base changes and holding changes."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.commands import (
    CashFact,
    ConversionFact,
    Fact,
    FillFact,
    Leg,
    MarkFact,
    PriceFact,
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
from alluse_tui.domain.model.instrument import UNNAMED, Holding, holding_key, instrument_named
from alluse_tui.domain.model.money import divided, within
from alluse_tui.domain.model.terms import CAPITAL_WORLDS, WORLD, Bucket, Kind


def fact_event(book: Book, account: Account, fact: Fact, today: date) -> Event | None:
    """The event that records `fact` on `account`; None if it would change nothing."""
    portfolio = book.portfolios[account.portfolio]
    effective = fact.effective or today
    match fact:
        case CashFact(kind=kind, micros=micros):
            currency = fact.currency or portfolio.currency
            is_capital = WORLD[kind] in CAPITAL_WORLDS
            return cash_entry(
                portfolio=portfolio.name,
                code=account.code,
                kind=kind,
                micros=micros,
                currency=currency,
                effective=effective,
                base=(
                    base_change(book, portfolio.name, currency, micros, effective)
                    if is_capital
                    else None
                ),
                note=fact.note,
                key=fact.key,
                content=fact.content,
                symbol=fact.symbol,
            )
        case TradeFact():
            return _trade_entry(account, fact, fact.currency or portfolio.currency, effective)
        case ConversionFact():
            return _conversion_entry(account, fact, effective)
        case MarkFact(value_micros=value, currency=currency):
            return _mark_entry(account, fact, value, currency or portfolio.currency, effective)
        case PriceFact():
            return _price_entry(account, fact, fact.currency or portfolio.currency, effective)
        case RateFact():
            return rate_event(book, portfolio.name, fact, today)
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
    symbol: str = "",
) -> EntryPosted:
    """Cash from outside (positive) or to it; `base`: (currency, micros) if it counts as capital."""
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
        symbol=symbol,
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
    """Move cash and base from `source` to `target`."""
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
    """(currency, micros) of capital at that day's rate; unconverted if there is no rate."""
    own = book.portfolios[portfolio].currency
    value = book.rates_of(portfolio).value(micros, currency, own, effective)
    return (currency, micros) if value is None else (own, value)


def rate_event(book: Book, portfolio: str, fact: RateFact, today: date) -> RateSet | None:
    """The rate as an event; None if the same rate is already recorded. Raises BadInput."""
    if fact.currency == fact.against:
        raise BadInput("--against", fact.against, "must be a different currency")
    effective = fact.effective or today
    pair = f"{fact.currency}/{fact.against}"
    previous = book.rates_of(portfolio).exactly_on(pair, effective)
    if previous == fact.nanos:
        return None
    return RateSet(portfolio, fact.currency, fact.against, effective, fact.nanos, previous)


def _trade_entry(account: Account, fact: TradeFact, currency: str, effective: date) -> EntryPosted:
    holdings = dict(account.holdings)
    cash = positions = 0
    gains: dict[str, int] = {}
    changes: list[HoldingChange] = []
    for leg in fact.legs:
        name = leg.instrument.name
        key = holding_key(name, currency)
        old = holdings.get(key, Holding(0, 0))
        moved = value_moved(old, leg)
        holdings[key] = Holding(old.quantity_micros + leg.quantity_micros, old.value_micros + moved)
        changes.append(
            HoldingChange(
                account=account.code,
                instrument=name,
                currency=currency,
                quantity_micros=leg.quantity_micros,
                value_micros=moved,
                contract=leg.contract,
            )
        )
        cash += leg.gross_micros
        positions += moved
        world = WORLD[Kind.MARK] if leg.instrument.right is None else WORLD[Kind.PREMIUM]
        gains[world] = gains.get(world, 0) + leg.gross_micros + moved
    postings = [
        Posting(account.code, Bucket.CASH, currency, cash),
        Posting(account.code, Bucket.POSITIONS, currency, positions),
        *(Posting(world, "", currency, -gain) for world, gain in gains.items()),
        *_fee_postings(account, fact.fee_micros, fact.fee_currency or currency),
    ]
    entry = _entry(account, fact, fact.kind, effective, postings, tuple(changes))
    return replace(entry, lots=fact.lots) if fact.lots else entry


def value_moved(holding: Holding, leg: Leg) -> int:
    """The change in a holding's carrying value when `leg` is filled, in micros.

    Opening adds the amount paid (or subtracts the amount received); closing removes the closed
    share of the carrying value. A fill through zero closes the holding and opens the rest at the
    fill's price.
    """
    held, filled = holding.quantity_micros, leg.quantity_micros
    if held == 0 or (held > 0) == (filled > 0):
        return -leg.gross_micros
    closed = min(abs(held), abs(filled))
    released = holding.value_micros
    if closed < abs(held):
        released = divided(holding.value_micros * closed, abs(held))
    opened = abs(filled) - closed
    return -released - (divided(leg.gross_micros * opened, abs(filled)) if opened else 0)


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
    """The change in value, spread over the holdings in proportion to their carrying values."""
    old = account.balances.get(balance_key(Bucket.POSITIONS, currency), 0)
    change = within(value_micros, "amount") - old
    if not change:
        return None
    names = [k for k in sorted(account.holdings) if k.endswith(f":{currency}")]
    weights = [abs(account.holdings[k].value_micros) for k in names]
    total = sum(weights)
    if not total:
        names, weights, total = [holding_key(UNNAMED, currency)], [1], 1
    parts = [change * weight // total for weight in weights]
    parts[0] += change - sum(parts)
    changes = tuple(
        HoldingChange(account.code, name.rpartition(":")[0], currency, 0, part)
        for name, part in zip(names, parts, strict=True)
        if part
    )
    return _mark(account, fact, currency, change, effective, changes)


def _price_entry(
    account: Account, fact: PriceFact, currency: str, effective: date
) -> EntryPosted | None:
    """The change in value of one holding: to its price × deliverable × quantity.

    Raises BadInput for what is not held.
    """
    key = holding_key(fact.instrument, currency)
    held = account.holdings.get(key)
    if held is None or not held.quantity_micros:
        raise BadInput("position", fact.instrument, f"is not held by {account.code} in {currency}")
    instrument = instrument_named(fact.instrument)
    value = instrument.value_at(fact.price_micros, held.quantity_micros)
    change = within(value, "amount") - held.value_micros
    is_marked = any(mark.day >= effective for mark in account.marks.get(key, ()))
    if not change and is_marked:
        return None
    changes = (
        HoldingChange(account.code, fact.instrument, currency, 0, change, contract=fact.contract),
    )
    return _mark(account, fact, currency, change, effective, changes)


def _mark(
    account: Account,
    fact: Fact,
    currency: str,
    change: int,
    effective: date,
    changes: tuple[HoldingChange, ...],
) -> EntryPosted:
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
    entry = EntryPosted(
        account.portfolio,
        kind,
        effective,
        tuple([p for p in postings if p.micros]),
        holdings=holdings,
        note=fact.note,
        key=fact.key,
        content=fact.content,
    )
    if isinstance(fact, FillFact) and fact.fill and fact.fill != fact.key:
        return replace(entry, fill=fact.final_fill, fill_content=fact.fill_content)
    return entry
