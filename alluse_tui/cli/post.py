"""`alluse post`: record facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from alluse_tui.cli import texts
from alluse_tui.cli.common import ACCOUNT_CODE, NUMBERS, Common, writing
from alluse_tui.cli.completion import complete_choices, complete_position
from alluse_tui.cli.run_command import act
from alluse_tui.cli.trades import any_position
from alluse_tui.domain.commands import (
    CashFact,
    ConversionFact,
    Fact,
    Instrument,
    Kind,
    MarkFact,
    Post,
    RateFact,
    Right,
    amount,
    assignment,
    clock_minutes,
    currency_code,
    exact,
    exchange_rate,
    iso_date,
    trade,
)
from alluse_tui.domain.commands.trade_facts import priced
from alluse_tui.domain.commands.trade_line import parse_delta
from alluse_tui.domain.model.errors import BadInput

PAID = (Kind.FEE, Kind.TAX)
MAY_BE_NEGATIVE = (Kind.FEE, Kind.TAX, Kind.INTEREST, Kind.OPENING)


@click.group()
def post() -> None:
    """Record a fact, such as a premium, a fee or a trade.

    Facts are recorded at once; a trade that breaks a rule and any fact above the setting
    limits.outsized need confirmation or --yes. Use --date for a fact of an earlier day.

    \b
      alluse post premium gen-1 1250.00
      alluse post fee gen-1 12.50 --date 2026-03-02
      alluse post dividend gen-1 48.00 --symbol XYZ
      alluse post mark gen-1 48200
      alluse post trade gen-1 --side buy --symbol XYZ --quantity 100 --price 12.5
      alluse post trade gen-1 --side sell --symbol XYZ --right put \\
          --strike 100 --expiry 2026-12-18 --quantity 2 --price 1.55 --fees 1.40
      alluse post conversion gen-1 --sold 250 --from USD --bought 203.08 --to CHF
      alluse post rate USD --against CHF --rate 0.8123
    """


def _cash_command(kind: Kind) -> click.Command:
    @click.command(kind.value, help=texts.CASH_FACTS[kind], context_settings=NUMBERS)
    @ACCOUNT_CODE
    @click.argument("typed", metavar="AMOUNT")
    @click.option("--currency", default="", metavar="CUR", help=texts.CURRENCY)
    @writing
    def command(
        common: Common, code: str, typed: str, currency: str, symbol: str | None = None
    ) -> None:
        micros = amount(typed, negative=kind in MAY_BE_NEGATIVE)
        fact = CashFact(
            kind=kind,
            micros=-micros if kind in PAID else micros,
            currency=_currency(currency),
            symbol=_symbol(symbol) if symbol is not None else "",
        )
        _post(common, code, fact)

    if kind is Kind.DIVIDEND:
        command = click.option("--symbol", metavar="S", help=texts.DIVIDEND_SYMBOL)(command)
    return command


for _name in texts.CASH_FACTS:
    post.add_command(_cash_command(Kind(_name)))


@post.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@click.argument("typed", metavar="AMOUNT")
@click.option("--currency", default="", metavar="CUR", help=texts.CURRENCY)
@click.option(
    "--position",
    "words",
    default="",
    metavar="POSITION",
    help=texts.MARK_POSITION,
    shell_complete=complete_position(lambda position: True),
)
@writing
def mark(common: Common, code: str, typed: str, currency: str, words: str) -> None:
    """Set the value of the positions of CODE to AMOUNT.

    With --position, AMOUNT is the price per share of that position, and only its value changes.

    \b
      alluse post mark gen-1 48200
      alluse post mark gen-1 2.10 --position "AAPL 190 put"
    """
    if words:
        if currency:
            allowed = "cannot be used with --position, which has its own currency"
            raise BadInput("--currency", currency, allowed)
        _post(common, code, priced(any_position(common, code, words), typed))
        return
    value = amount(typed, zero=True, negative=True)
    _post(common, code, MarkFact(value_micros=value, currency=_currency(currency)))


def _instrument_options(function: Any) -> Any:
    options = [
        click.option("--symbol", required=True, metavar="S", help=texts.SYMBOL),
        click.option(
            "--right",
            metavar="put|call",
            help=texts.RIGHT,
            shell_complete=complete_choices("put", "call"),
        ),
        click.option("--strike", metavar="K", help=texts.STRIKE),
        click.option("--expiry", metavar="YYYY-MM-DD", help=texts.EXPIRY),
        click.option("--quantity", required=True, metavar="N", help=texts.QUANTITY),
        click.option("--fees", default="0", metavar="F", help=texts.FEES),
        click.option("--currency", default="", metavar="CUR", help=texts.CURRENCY),
    ]
    for option in reversed(options):
        function = option(function)
    return function


@post.command(name="trade", context_settings=NUMBERS)
@ACCOUNT_CODE
@click.option(
    "--side",
    required=True,
    metavar="buy|sell",
    help=texts.TRADE_SIDE,
    shell_complete=complete_choices("buy", "sell"),
)
@click.option("--price", required=True, metavar="P", help=texts.TRADE_PRICE)
@click.option("--delta", metavar="X", help=texts.DELTA)
@click.option("--time", "typed_time", metavar="HH:MM", help=texts.TRADE_TIME)
@_instrument_options
@writing
def post_trade(
    common: Common,
    code: str,
    side: str,
    price: str,
    delta: str | None,
    typed_time: str | None,
    **typed: Any,
) -> None:
    """Record a trade in shares or options."""
    if side not in ("buy", "sell"):
        raise BadInput("--side", side, "must be buy or sell")
    fact = trade(
        instrument_of(typed),
        buy=side == "buy",
        quantity=typed["quantity"],
        price=price,
        fees=amount(typed["fees"], "--fees", zero=True),
        currency=_currency(typed["currency"]),
    )
    _post(
        common,
        code,
        fact,
        parse_delta(delta, "--delta") if delta is not None else 0,
        clock_minutes("--time", typed_time) if typed_time is not None else None,
    )


@post.command(name="assignment", context_settings=NUMBERS)
@ACCOUNT_CODE
@_instrument_options
@writing
def post_assignment(common: Common, code: str, **typed: Any) -> None:
    """Record an assignment.

    The shares of the short option change hands at the strike.
    """
    fact = assignment(
        instrument_of(typed),
        quantity=typed["quantity"],
        fees=amount(typed["fees"], "--fees", zero=True),
        currency=_currency(typed["currency"]),
    )
    _post(common, code, fact)


@post.command(context_settings=NUMBERS)
@ACCOUNT_CODE
@click.option("--sold", required=True, metavar="AMOUNT", help=texts.CONVERSION_SOLD)
@click.option("--from", "source", required=True, metavar="CUR", help=texts.CONVERSION_FROM)
@click.option("--bought", required=True, metavar="AMOUNT", help=texts.CONVERSION_BOUGHT)
@click.option("--to", "target", required=True, metavar="CUR", help=texts.CONVERSION_TO)
@writing
def conversion(common: Common, code: str, sold: str, source: str, bought: str, target: str) -> None:
    """Record a currency conversion.

    CODE sold --sold of --from and bought --bought of --to.
    """
    fact = ConversionFact(
        sold=currency_code("--from", source),
        sold_micros=amount(sold, "--sold"),
        bought=currency_code("--to", target),
        bought_micros=amount(bought, "--bought"),
    )
    if fact.sold == fact.bought:
        raise BadInput("--to", target, "must be a different currency")
    _post(common, code, fact)


@post.command(context_settings=NUMBERS)
@click.argument("currency")
@click.option("--against", required=True, metavar="CUR", help=texts.RATE_AGAINST)
@click.option("--rate", "typed", required=True, metavar="R", help=texts.RATE_RATE)
@writing
def rate(common: Common, currency: str, against: str, typed: str) -> None:
    """Record an exchange rate.

    One unit of CURRENCY is worth R of --against.
    """
    fact = RateFact(
        currency=currency_code("CURRENCY", currency),
        against=currency_code("--against", against),
        nanos=exchange_rate(typed),
    )
    _post(common, "", fact)


def _post(
    common: Common, code: str, fact: Fact, delta: int = 0, at_minutes: int | None = None
) -> None:
    command = Post(
        account=code,
        fact=fact,
        delta=delta,
        at_minutes=at_minutes,
        confirmed=common.yes,
        **common.envelope,
    )
    act(common, command)


def _currency(typed: str) -> str:
    return currency_code("--currency", typed) if typed else ""


def _symbol(typed: str) -> str:
    if not (0 < len(typed) <= 32 and typed.isascii() and typed.isprintable()):
        raise BadInput("--symbol", typed, "must be 1 to 32 printable ASCII characters")
    return typed


def instrument_of(typed: Mapping[str, Any]) -> Instrument:
    """The shares or the option of --symbol, --right, --strike and --expiry. Raises BadInput."""
    symbol = _symbol(typed["symbol"])
    parts = ("right", "strike", "expiry")
    missing = [f"--{name}" for name in parts if typed[name] is None]
    if len(missing) == len(parts):
        return Instrument(symbol)
    if missing:
        present = next(f"--{name}" for name in parts if typed[name] is not None)
        raise BadInput(present, None, f"an option also needs {' and '.join(missing)}")
    if typed["right"] not in list(Right):
        raise BadInput("--right", typed["right"], "must be put or call")
    strike = exact("--strike", typed["strike"])
    if strike <= 0:
        raise BadInput("--strike", typed["strike"], "must be more than zero")
    expiry = iso_date("--expiry", typed["expiry"])
    return Instrument(symbol, Right(typed["right"]), strike, expiry, 100)
