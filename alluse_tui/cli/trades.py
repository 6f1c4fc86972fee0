"""`alluse trade`, `assign`, `exercise`, `expire`, `close-position`, `roll`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import click
from msgspec.structs import replace

from alluse_tui.cli import texts
from alluse_tui.cli.common import ACCOUNT_CODE, NUMBERS, Common, parse_date, writing
from alluse_tui.cli.completion import complete_position
from alluse_tui.cli.run_command import act
from alluse_tui.domain.commands import (
    Post,
    TradeFact,
    amount,
    clock_minutes,
    currency_code,
    record_numbers,
)
from alluse_tui.domain.commands.trade_facts import assigned, closing, exercise, expiry
from alluse_tui.domain.commands.trade_facts import roll as roll_fact
from alluse_tui.domain.commands.trade_line import (
    check_effect,
    parse_delta,
    parse_option,
    parse_trade,
    position_named,
    says_effect,
)
from alluse_tui.domain.derived.positions import Position, positions
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import instrument_named
from alluse_tui.engine import LocalEngine, record_view

Filter = Callable[[Position], bool]


def is_option(position: Position) -> bool:
    """Whether it is an option, long or short."""
    return position.instrument.right is not None


def is_short_option(position: Position) -> bool:
    """Whether it is an option that was sold, and so can be assigned."""
    return is_option(position) and position.is_short


def is_long_option(position: Position) -> bool:
    """Whether it is an option that was bought, and so can be exercised."""
    return is_option(position) and not position.is_short


def is_any(_: Position) -> bool:
    """Every position can be closed."""
    return True


FEES = click.option("--fees", "typed_fees", default="0", metavar="F", help=texts.FEES)
DELTA = click.option("--delta", "typed_delta", metavar="X", help=texts.DELTA)
TIME = click.option("--time", "typed_time", metavar="HH:MM", help=texts.TRADE_TIME)
LOTS = click.option("--lots", "typed_lots", default="", metavar="N,N", help=texts.NAMED_LOTS)
CLOSED_QUANTITY = click.option("--quantity", default="", metavar="N", help=texts.CLOSED_QUANTITY)


def _position_words(wanted: Filter) -> Callable[..., Any]:
    """The argument POSITION in one or several words."""
    return click.argument(
        "words",
        metavar="POSITION",
        nargs=-1,
        required=True,
        shell_complete=complete_position(wanted),
    )


@click.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@click.argument("words", metavar="LINE", nargs=-1, required=True)
@FEES
@DELTA
@TIME
@LOTS
@click.option("--currency", default="", metavar="CUR", help=texts.CURRENCY)
@writing
def trade(
    common: Common,
    code: str,
    words: tuple[str, ...],
    typed_fees: str,
    typed_delta: str | None,
    typed_time: str | None,
    typed_lots: str,
    currency: str,
) -> None:
    """Record a trade in shares or options.

    LINE is the quantity, the instrument, and @ with the price per share. A positive quantity buys,
    a negative one sells. It may begin with buy or sell instead, or with BTO, STO, BTC or STC, which
    are checked against what CODE holds. A fill can be pasted as a broker writes it. An option
    expires on a trading day; Dec2026 is that month's third Friday, or the trading day before.

    \b
      alluse trade gen-1 "-1 AAPL 27Nov26 190p @1.45" --fees 0.65
      alluse trade gen-1 "SOLD -1 AAPL 100 27 NOV 26 190 PUT @1.45 CBOE"
      alluse trade gen-1 "sell 2 AAPL 2026-11-27 190 put @1.45" --delta 0.45
      alluse trade gen-1 "+100 AAPL @191.20"
      alluse trade gen-1 "-100 AAPL @195.00" --lots 12,15
    """
    checked = currency_code("--currency", currency) if currency else ""
    line = _text(words)
    with common.engine() as engine:
        fact = parse_trade(line, _fees(typed_fees), checked, engine.trading_calendar)
        if says_effect(line):
            account = engine.queries.account(code, common.portfolio)
            if not _record_for_key(engine, common, account.portfolio):
                check_effect(line, fact, positions(account.holdings))
    _post(common, code, fact, typed_delta, typed_time, typed_lots)


@click.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@_position_words(is_short_option)
@CLOSED_QUANTITY
@FEES
@writing
def assign(
    common: Common, code: str, words: tuple[str, ...], quantity: str, typed_fees: str
) -> None:
    """Record the assignment of a short option.

    Its shares change hands at the strike. POSITION is the option's name, or enough of its
    words to identify it. Without --date, an option past its expiry is
    dated on that day.

    \b
      alluse assign gen-1 AAPL 190p
    """
    common, position = _ended(common, code, words, is_short_option, "a short option")
    _post(common, code, assigned(position, quantity, _fees(typed_fees)))


@click.command(name="exercise", context_settings=NUMBERS)
@ACCOUNT_CODE
@_position_words(is_long_option)
@CLOSED_QUANTITY
@FEES
@writing
def exercise_option(
    common: Common, code: str, words: tuple[str, ...], quantity: str, typed_fees: str
) -> None:
    """Record the exercise of a long option.

    Its shares change hands at the strike. POSITION is the option's name, or enough of its
    words to identify it. Without --date, an option past its expiry is
    dated on that day.

    \b
      alluse exercise gen-1 AAPL 190c
    """
    common, position = _ended(common, code, words, is_long_option, "a long option")
    _post(common, code, exercise(position, quantity, _fees(typed_fees)))


@click.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@_position_words(is_option)
@CLOSED_QUANTITY
@FEES
@writing
def expire(
    common: Common, code: str, words: tuple[str, ...], quantity: str, typed_fees: str
) -> None:
    """Record that an option expired worthless.

    POSITION is the option's name, or enough of its words to identify it. Without --date, an
    option past its expiry is dated on that day.

    \b
      alluse expire gen-1 AAPL nov 190p
    """
    common, position = _ended(common, code, words, is_option, "an option")
    _post(common, code, expiry(position, quantity, _fees(typed_fees)))


@click.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@_position_words(is_any)
@click.option("--price", required=True, metavar="P", help=texts.TRADE_PRICE)
@CLOSED_QUANTITY
@FEES
@LOTS
@writing
def close_position(
    common: Common,
    code: str,
    words: tuple[str, ...],
    price: str,
    quantity: str,
    typed_fees: str,
    typed_lots: str,
) -> None:
    """Buy back or sell a position.

    POSITION is the name of the shares or the option, or enough of its words to identify it.

    \b
      alluse close-position gen-1 AAPL 190p --price 0.15
    """
    position = _position(common, code, words, is_any, "a position")
    fact = closing(position, price, quantity, _fees(typed_fees))
    _post(common, code, fact, typed_lots=typed_lots)


@click.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@click.argument("position_text", metavar="POSITION", shell_complete=complete_position(is_option))
@click.argument("new", metavar="NEW")
@click.option("--price", required=True, metavar="P", help=texts.ROLL_PRICE)
@click.option("--close-price", default="", metavar="P", help=texts.ROLL_CLOSE_PRICE)
@CLOSED_QUANTITY
@FEES
@DELTA
@LOTS
@writing
def roll(
    common: Common,
    code: str,
    position_text: str,
    new: str,
    price: str,
    close_price: str,
    quantity: str,
    typed_fees: str,
    typed_delta: str | None,
    typed_lots: str,
) -> None:
    """Roll an option into a new one, in one entry.

    POSITION is the option's name, or enough of its words to identify it. NEW is the expiry, strike
    and right of the new option; its symbol may be left out. Cash changes by exactly the net price.
    Without --close-price, the old option is closed at its carried value.

    \b
      alluse roll gen-1 "AAPL 190p" "4Dec26 185p" --price 0.35
      alluse roll gen-1 190p "4Dec26 185p" --price -0.10 --close-price 2.15
    """
    position = _position(common, code, (position_text,), is_option, "an option")
    with common.engine() as engine:
        option = parse_option(_text((new,)), position.instrument.symbol, engine.trading_calendar)
    fact = roll_fact(
        position, option, price, quantity, _fees(typed_fees), closing_price=close_price
    )
    _post(common, code, fact, typed_delta, typed_lots=typed_lots)


def _text(words: tuple[str, ...]) -> str:
    """The words as one line. Raises NoSuchOption for a mistyped option among them."""
    for word in words:
        if word.startswith("--"):
            raise click.NoSuchOption(word, ctx=click.get_current_context())
    return " ".join(words)


def _fees(typed: str) -> int:
    return amount(typed, "--fees", zero=True)


def _position(
    common: Common, code: str, words: tuple[str, ...], wanted: Filter, noun: str
) -> Position:
    """The position of the account that `words` name. Raises BadInput."""
    with common.engine() as engine:
        return _find(engine, common, code, words, wanted, noun)[0]


def _ended(
    common: Common, code: str, words: tuple[str, ...], wanted: Filter, noun: str
) -> tuple[Common, Position]:
    """An option that ended, and the typed options with its day: a past expiry unless one is typed.

    With a key that was already used it is the day of its record, so that a repeated command is the
    same as the first one. Raises BadInput.
    """
    with common.engine() as engine:
        position, seq = _find(engine, common, code, words, wanted, noun)
        day = common.date
        if day is None and seq:
            recorded = record_view(engine.queries.record(seq)).content.get("date")
            day = parse_date("--date", recorded) if recorded else None
        elif day is None and position.has_expired(engine.today):
            day = position.instrument.expiry
    return dataclasses.replace(common, date=day), position


def _find(
    engine: LocalEngine,
    common: Common,
    code: str,
    words: tuple[str, ...],
    wanted: Filter,
    noun: str,
) -> tuple[Position, int]:
    """The position that `words` name, and the record that used --key, or 0. Raises BadInput.

    With a key that was already used, the position that its record closed comes first, so that a
    repeated command is the same as the first one.
    """
    text = _text(words)
    account = engine.queries.account(code, common.portfolio)
    seq = _record_for_key(engine, common, account.portfolio)
    if closed := tuple(filter(wanted, _closed_by(engine, seq))) if seq else ():
        with suppress(BadInput):
            return position_named(text, closed), seq
    held = tuple(p for p in positions(account.holdings) if p.quantity_micros)
    matching = tuple(filter(wanted, held))
    if not matching:
        raise BadInput("POSITION", text, f"must be {noun}, but {account.code} does not hold one")
    return position_named(text, matching, "POSITION"), seq


def any_position(common: Common, code: str, text: str) -> Position:
    """The position of the account that `text` names. Raises BadInput."""
    return _position(common, code, (text,), is_any, "a position")


def _record_for_key(engine: LocalEngine, common: Common, portfolio: str) -> int:
    """The record that used --key, or 0."""
    return engine.commands.record_for_key(common.key, portfolio) if common.key else 0


def _closed_by(engine: LocalEngine, seq: int) -> tuple[Position, ...]:
    """The position that record `seq` closed, as far as it closed it."""
    events = record_view(engine.queries.record(seq), 0).events
    changes = [change for event in events for change in event.get("holdings", ())]
    return tuple(
        Position(
            instrument_named(change["instrument"]),
            change["currency"],
            -change["quantity_micros"],
            -change.get("value_micros", 0),
        )
        for change in changes[:1]
    )


def _post(
    common: Common,
    code: str,
    fact: TradeFact,
    typed_delta: str | None = None,
    typed_time: str | None = None,
    typed_lots: str = "",
) -> None:
    if typed_lots:
        fact = replace(fact, lots=record_numbers("--lots", typed_lots))
    command = Post(
        account=code,
        fact=fact,
        delta=parse_delta(typed_delta, "--delta") if typed_delta is not None else 0,
        at_minutes=clock_minutes("--time", typed_time) if typed_time is not None else None,
        confirmed=common.yes,
        **common.envelope,
    )
    act(common, command)
