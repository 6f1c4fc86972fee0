"""Forms that record a trade, and what became of a position or of its price."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from alluse_tui.domain.commands import (
    Fact,
    Post,
    TradeFact,
    amount,
    clock_minutes,
    iso_date,
    record_numbers,
)
from alluse_tui.domain.commands.trade_facts import assigned, closing, exercise, expiry, priced
from alluse_tui.domain.commands.trade_facts import roll as roll_fact
from alluse_tui.domain.commands.trade_line import (
    TRADE_EXAMPLE,
    parse_delta,
    parse_option,
    parse_trade,
)
from alluse_tui.domain.derived.positions import Position, positions
from alluse_tui.domain.derived.strikes import Strike
from alluse_tui.domain.model.errors import AllUseError, BadInput
from alluse_tui.domain.model.instrument import quantity_text
from alluse_tui.domain.views import AccountView, grouped, plain
from alluse_tui.engine import LocalEngine, fill_text, instrument_text
from alluse_tui.tui import texts
from alluse_tui.tui.formatting import signed
from alluse_tui.tui.forms.account_forms import account_figures, note_field, selected_account
from alluse_tui.tui.forms.check_lines import check_lines
from alluse_tui.tui.modals.form import Field, Form
from alluse_tui.tui.shell import ActivePage

Typed = Mapping[str, str]
FactOf = Callable[[Typed], Fact]
TradeOf = Callable[[Typed], TradeFact]


def trade(page: ActivePage) -> Form:
    """A trade in one line; below it, how it is understood."""
    return _trade_form(page, "", "")


def sell(page: ActivePage, strike: Strike) -> Form:
    """The sale of one contract at the mid, filled in."""
    option = strike.option
    assert option.expiry is not None and option.right is not None
    number = plain(option.strike_micros).removesuffix(".00")
    name = f"{option.symbol} {option.expiry:%d%b%y} {number}{option.right[0]}"
    line = f"-1 {name} @{plain(strike.mid_micros or 0)}"
    return _trade_form(page, line, f"{strike.delta / 100:.2f}" if strike.delta else "")


def _trade_form(page: ActivePage, line: str, delta: str) -> Form:
    account = selected_account(page)
    fields = [
        Field("trade", value=line, placeholder=TRADE_EXAMPLE),
        _fees_field(),
        Field("delta", value=delta, placeholder=texts.DELTA_EXAMPLE),
    ]

    def fact(answers: Typed) -> TradeFact:
        known = page.shell.engine.trading_calendar
        return parse_trade(answers["trade"], _fees(answers), sessions=known)

    def hint(answers: Typed) -> list[str]:
        if not answers["trade"]:
            return list(texts.TRADE_HINT)
        return _understood(account, fact, answers)

    title = texts.TRADE_TITLE.format(code=account.code)
    return _form(account, title, fields, fact, hint, engine=page.shell.engine, is_timed=True)


def expire(page: ActivePage) -> Form:
    """The option under the cursor expired without value."""
    account, position = _selected(page)
    name = instrument_text(position.instrument)
    fields = [_quantity_field(position)]

    def fact(answers: Typed) -> TradeFact:
        return expiry(position, answers["quantity"])

    title = texts.EXPIRE_TITLE.format(name=name)
    return _form(account, title, fields, fact, day=_past_expiry(page, position))


def assign(page: ActivePage) -> Form:
    """The short option under the cursor was assigned, or the long one exercised."""
    account, position = _selected(page)
    name = instrument_text(position.instrument)
    fields = [_quantity_field(position), _fees_field()]
    build = assigned if position.is_short else exercise

    def fact(answers: Typed) -> TradeFact:
        return build(position, answers["quantity"], _fees(answers))

    def hint(answers: Typed) -> list[str]:
        return _understood(account, fact, answers)

    title = (texts.ASSIGN_TITLE if position.is_short else texts.EXERCISE_TITLE).format(name=name)
    return _form(account, title, fields, fact, hint, day=_past_expiry(page, position))


def close_position(page: ActivePage) -> Form:
    """The position under the cursor is bought back or sold."""
    account, position = _selected(page)
    name = instrument_text(position.instrument)
    fields = [
        Field("price", placeholder=texts.PRICE_EXAMPLE),
        _quantity_field(position),
        _fees_field(),
        _lots_field(),
    ]

    def fact(answers: Typed) -> TradeFact:
        closed = closing(position, answers["price"], answers["quantity"], _fees(answers))
        return replace(closed, lots=_lots(answers))

    def hint(answers: Typed) -> list[str]:
        return _understood(account, fact, answers) if answers["price"] else []

    title = (texts.BUY_BACK_TITLE if position.is_short else texts.SELL_TITLE).format(name=name)
    return _form(account, title, fields, fact, hint)


def mark(page: ActivePage) -> Form:
    """The position under the cursor has another price."""
    account, position = _selected(page)
    fields = [Field("price", placeholder=texts.PRICE_EXAMPLE)]

    def fact(answers: Typed) -> Fact:
        return priced(position, answers["price"])

    def hint(answers: Typed) -> list[str]:
        return _marked(position, answers["price"]) if answers["price"] else []

    title = texts.MARK_TITLE.format(name=instrument_text(position.instrument))
    return _form(account, title, fields, fact, hint)


def roll(page: ActivePage) -> Form:
    """The option under the cursor is exchanged for a later one, at a net price."""
    account, position = _selected(page)
    name = instrument_text(position.instrument)
    fields = [
        Field("new option", placeholder=texts.NEW_OPTION_EXAMPLE),
        Field("price", placeholder=texts.NET_PRICE_EXAMPLE),
        Field("close price", placeholder=texts.CLOSE_PRICE_EXAMPLE),
        _quantity_field(position),
        _fees_field(),
        _delta_field(),
        _lots_field(),
    ]

    def fact(answers: Typed) -> TradeFact:
        known = page.shell.engine.trading_calendar
        option = parse_option(answers["new option"], position.instrument.symbol, known)
        price, quantity = answers["price"], answers["quantity"]
        rolled = roll_fact(
            position,
            option,
            price,
            quantity,
            _fees(answers),
            closing_price=answers["close price"],
        )
        return replace(rolled, lots=_lots(answers))

    def hint(answers: Typed) -> list[str]:
        if not (answers["new option"] and answers["price"]):
            return [texts.ROLL_HINT]
        return _understood(account, fact, answers)

    title = texts.ROLL_TITLE.format(name=name)
    return _form(account, title, fields, fact, hint, engine=page.shell.engine)


def _form(
    account: AccountView,
    title: str,
    fields: Sequence[Field],
    fact: FactOf,
    hint: Callable[[Typed], list[str]] | None = None,
    *,
    day: date | None = None,
    engine: LocalEngine | None = None,
    is_timed: bool = False,
) -> Form:
    """The fields with date and note, and the post of the fact that they make.

    With an `engine`, the verdicts on the trade are below the fields. `is_timed`: also the time.
    """
    last = [Field("date", value=str(day or ""), placeholder=texts.DATE_OR_TODAY)]
    if is_timed:
        last.append(Field("time", placeholder=texts.TIME_EXAMPLE))

    def make(answers: Typed) -> Post:
        typed_delta, typed_time = answers.get("delta", ""), answers.get("time", "")
        return Post(
            portfolio=account.portfolio,
            account=account.code,
            fact=fact(answers),
            delta=parse_delta(typed_delta) if typed_delta else 0,
            at_minutes=clock_minutes("time", typed_time) if typed_time else None,
            date=iso_date("date", answers["date"]) if answers["date"] else None,
            note=answers["note"],
        )

    def check(answers: Typed) -> list[str]:
        assert engine is not None
        try:
            return check_lines(engine.commands.check_trade(make(answers)))
        except AllUseError:
            return []  # the hint says what is wrong with the line, the plan whatever else is

    return Form(
        title,
        account_figures(account),
        [*fields, *last, note_field()],
        make,
        hint,
        check=check if engine is not None else None,
    )


def _understood(account: AccountView, fact_of: TradeOf, answers: Typed) -> list[str]:
    """'Sell 1 AAPL 27 Nov 26 190 put @ 1.45 = +145.00, collateral 19,000.00', or the error."""
    try:
        fact = fact_of(answers)
    except BadInput as error:
        return [str(error)]
    fills = [
        fill_text(
            texts.SELL if leg.quantity_micros < 0 else texts.BUY,
            leg.instrument,
            leg.quantity_micros,
            leg.gross_micros,
        )
        for leg in fact.legs
        if leg.gross_micros
    ]
    net = sum(leg.gross_micros for leg in fact.legs)
    tied = _collateral_added(account, fact)
    collateral = texts.COLLATERAL_ADDED.format(amount=grouped(tied)) if tied > 0 else ""
    return [f"{', '.join(fills)} = {signed(net)}{collateral}"] if fills else []


def _marked(position: Position, price: str) -> list[str]:
    """'value −145.00 → −210.00', or the error."""
    try:
        typed = priced(position, price).price_micros
    except BadInput as error:
        return [str(error)]
    after = position.instrument.value_at(typed, position.quantity_micros)
    before = grouped(position.value_micros)
    return [texts.MARKED_VALUE.format(before=before, after=grouped(after))]


def _collateral_added(account: AccountView, fact: TradeFact) -> int:
    """The cash that the fact's short puts tie up beyond what they tie up now, in micros."""
    currency = fact.currency or account.currency
    held = {(p.instrument, p.currency): p for p in positions(account.holdings)}
    added = 0
    for leg in fact.legs:
        before = held.get((leg.instrument, currency))
        quantity = before.quantity_micros if before is not None else 0
        after = Position(leg.instrument, currency, quantity + leg.quantity_micros, 0)
        added += after.obligation_micros - (before.obligation_micros if before is not None else 0)
    return added


def _selected(page: ActivePage) -> tuple[AccountView, Position]:
    assert page.position is not None
    return selected_account(page), page.position


def _past_expiry(page: ActivePage, position: Position) -> date | None:
    """The day on which the option ended, if it is over."""
    expired = position.has_expired(page.shell.engine.today)
    return position.instrument.expiry if expired else None


def _quantity_field(position: Position) -> Field:
    return Field("quantity", value=quantity_text(abs(position.quantity_micros)).replace(",", ""))


def _fees_field() -> Field:
    return Field("fees", placeholder=texts.OPTIONAL)


def _delta_field() -> Field:
    return Field("delta", placeholder=texts.DELTA_EXAMPLE)


def _lots_field() -> Field:
    return Field("lots", placeholder=texts.LOTS_EXAMPLE)


def _lots(answers: Typed) -> tuple[int, ...]:
    """The records of the lots to close; empty if the lot method decides."""
    return record_numbers("lots", answers["lots"]) if answers["lots"] else ()


def _fees(answers: Typed) -> int:
    return amount(answers["fees"], "fees", zero=True) if answers["fees"] else 0
