"""Trades, options and positions are read as traders write them, and written back the same."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alluse_tui.domain.commands import Instrument, Leg, Right, TradeFact, amount, trade
from alluse_tui.domain.commands.trade_line import (
    check_effect,
    parse_delta,
    parse_option,
    parse_trade,
    position_named,
)
from alluse_tui.domain.derived.positions import Position
from alluse_tui.domain.model.errors import BadInput

FRIDAY = date(2026, 11, 27)
PUT = Instrument("AAPL", Right.PUT, amount("190"), FRIDAY, 100)
CALL = Instrument("AAPL", Right.CALL, amount("200"), date(2026, 12, 4), 100)
SHARES = Instrument("AAPL")
SOLD = trade(PUT, buy=False, quantity="1", price="1.45", fees=0)
BOUGHT = trade(PUT, buy=True, quantity="1", price="1.45", fees=0)

WRITTEN_DATES = [
    "27Nov26",
    "27nov26",
    "27NOV2026",
    "27-Nov-26",
    "27November2026",
    "27 Nov 26",
    "27 nov 2026",
    "27 November 26",
    "2026-11-27",
    "20261127",
    "11/27/26",
    "11/27/2026",
]
WRITTEN_PUTS = ["190p", "190P", "190put", "190 put", "190 PUT", "190.0p", "190.00 put", "$190p"]


@pytest.mark.parametrize("day", WRITTEN_DATES)
@pytest.mark.parametrize("strike", WRITTEN_PUTS)
def test_every_spelling_of_an_option_is_the_same_option(day: str, strike: str) -> None:
    assert parse_option(f"AAPL {day} {strike}") == PUT
    assert parse_option(f"{day} {strike}", "AAPL") == PUT


@pytest.mark.parametrize(
    "line",
    [
        "-1 AAPL 27Nov26 190p @1.45",
        "−1 aapl 27nov26 190P @ 1.45",
        "- 1 AAPL 27 Nov 26 190 put @1.450",
        "-1 AAPL 2026-11-27 190 put@1.45",
        "sell 1 AAPL 27Nov26 190p @1.45",
        "SELL -1 AAPL 27Nov26 190p @$1.45",
        "sell to open 1 AAPL 27Nov26 190p @1.45",
        "STO 1 AAPL 11/27/26 190p @1.45",
        "stc 1 AAPL 20261127 190 puts @1.45",
    ],
)
def test_every_way_to_sell_one_put(line: str) -> None:
    assert parse_trade(line) == SOLD


@pytest.mark.parametrize("first", ["+1", "buy 1", "Buy +1", "BTC 1", "BTO 1", "buy to close 1"])
def test_every_way_to_buy_one_put(first: str) -> None:
    assert parse_trade(f"{first} AAPL 27Nov26 190p @1.45") == BOUGHT


def test_shares_fees_and_currency() -> None:
    fact = parse_trade("+1,000 BRK.B @1,191.20", fees=amount("1.05"), currency="CHF")
    assert fact == TradeFact(
        legs=(Leg(Instrument("BRK.B"), 1_000_000_000, -amount("1191200")),),
        currency="CHF",
        fee_micros=amount("1.05"),
        fee_currency="CHF",
    )
    assert parse_trade("-0.5 AAPL @100").legs == (Leg(SHARES, -500_000, amount("50")),)
    assert parse_trade("+1 /ES @0").legs[0].instrument == Instrument("/ES")


def test_an_adjusted_contract_delivers_its_own_number_of_shares() -> None:
    (leg,) = parse_trade("-2 XYZ1 2026-12-18 50 put x150 @1.10").legs
    assert leg.instrument == Instrument("XYZ1", Right.PUT, amount("50"), date(2026, 12, 18), 150)
    assert leg.gross_micros == amount("330")
    assert parse_option("AAPL 27Nov26 190p x100") == PUT


AS_IN = "as in '-1 AAPL 27Nov26 190p @1.45' or '+100 AAPL @191.20'"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "trade: is empty; type it as in '-1 AAPL 27Nov26 190p @1.45'"),
        ("x" * 201, "must have at most 200 characters"),
        ("-1 AAPL", "price: is missing; end the line with @ and the price per share, " + AS_IN),
        ("-1 AAPL @", "price: is missing; end the line with @"),
        ("-1 AAPL @x", "price 'x': must be a number such as 1.45"),
        ("-1 AAPL @-1", "price '-1': must be a number such as 1.45"),
        ("-1 AAPL @1,45", "price '1,45': must be a number such as 1.45"),
        ("-1 AAPL @1e5", "price '1e5': must be a number such as 1.45"),
        ("-1 AAPL @1 @2", "price '1 @2': must be a number such as 1.45"),
        ("-1 AAPL @0.0000001", "price '0.0000001': must have at most six decimals"),
        ("@1.45", "quantity: is missing, " + AS_IN),
        ("sell @1.45", "quantity: is missing, " + AS_IN),
        ("AAPL @1.45", "quantity 'AAPL': must be a number such as 1 or 100"),
        ("1 AAPL @1", "quantity '1': must begin with + (buy) or - (sell), " + AS_IN),
        ("sell +1 AAPL @1", "quantity '+1': contradicts 'sell'; leave out the sign"),
        ("buy -1 AAPL @1", "quantity '-1': contradicts 'buy'; leave out the sign"),
        ("-0 AAPL @1", "quantity '0': must be more than zero"),
        ("-1.5 AAPL 27Nov26 190p @1", "quantity '1.5': must be a whole number of contracts"),
        ("+1 @1", "symbol: must be 1 to 12 of A-Z, 0-9, '.' and '/', " + AS_IN),
        ("+1 ÄPL @1", "symbol 'ÄPL': must be 1 to 12 of"),
        ("+1 ABCDEFGHIJKLM @1", "symbol 'ABCDEFGHIJKLM': must be 1 to 12 of"),
        ("+1 ./. @1", "symbol './.': must be 1 to 12 of"),
        ("-1 AAPL 190p @1", "expiry '190p': must be a date such as 27Nov26, 27 Nov 26, 2026-11-27"),
        ("-1 AAPL 31Feb26 190p @1", "expiry '31Feb26': is not a date; write it as 27Nov26"),
        ("-1 AAPL 27/11/26 190p @1", "expiry '27/11/26': is not a date; write it as 27Nov26"),
        ("-1 AAPL 27Xyz26 190p @1", "expiry '27Xyz26': is not a date"),
        ("-1 AAPL 28Nov26 190p @1", "expiry '28Nov26': is a Saturday without trading; the"),
        ("-1 AAPL 29 Nov 26 190p @1", "expiry '29 Nov 26': is a Sunday"),
        ("-1 AAPL Nov27 190p @1", "expiry 'Nov27': is unclear; write the day first, as in 27Nov26"),
        ("-1 AAPL Nov2200 190p @1", "expiry 'Nov2200': must be between 1970 and 2199"),
        ("-1 AAPL 1900-01-05 190p @1", "expiry '1900-01-05': must be between 1970 and 2199"),
        ("-1 AAPL 27Nov26 @1", "strike: is missing after the expiry, as in 'AAPL 27Nov26 190p'"),
        ("-1 AAPL 27Nov26 put @1", "strike 'put': must be a number such as 190 or 190.5"),
        ("-1 AAPL 27Nov26 0p @1", "strike '0': must be more than zero"),
        ("-1 AAPL 27Nov26 190 @1", "right: must be put or call after the strike"),
        ("-1 AAPL 27Nov26 190x @1", "strike '190x': must be a number such as 190 or 190.5"),
        ("-1 AAPL 27Nov26 190 pat @1", "right 'pat': must be put or call after the strike"),
        (
            "-1 AAPL 27Nov26 190p now @1",
            "trade 'now': is unexpected after the option; write it as in",
        ),
        ("-1 AAPL 27Nov26 190p x0 @1", "deliverable 'x0': must be x1 to x100000"),
        ("-1 AAPL 27Nov26 190p x999999999999 @1", "deliverable 'x999999999999': must be x1 to"),
        ("+999999999999 AAPL @999999", "amount"),
    ],
)
def test_an_error_names_the_part_and_what_is_allowed(line: str, message: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_trade(line)
    assert message in str(error.value)


def test_a_new_option_needs_more_than_a_symbol() -> None:
    with pytest.raises(BadInput, match="option 'AAPL': is not an option; add expiry, strike and"):
        parse_option("AAPL")
    with pytest.raises(BadInput, match="option: is empty; type it as in 'AAPL 27Nov26 190p'"):
        parse_option(" ", "AAPL")
    assert parse_option("MSFT 27Nov26 190p", "AAPL").symbol == "MSFT"


def held(instrument: Instrument, quantity: int = -1, currency: str = "USD") -> Position:
    return Position(instrument, currency, quantity * 1_000_000, 0)


HELD = (
    held(SHARES, 100),
    held(PUT),
    held(Instrument("AAPL", Right.PUT, amount("185.5"), date(2026, 12, 4), 100)),
    held(CALL, 2),
    held(Instrument("C", Right.CALL, amount("60"), FRIDAY, 100)),
    held(Instrument("BRK B", Right.PUT, amount("400"), FRIDAY, 150)),
    held(Instrument("NESN"), 10, "CHF"),
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("AAPL", "AAPL"),
        ("aapl 2026-11-27 190 put", "AAPL 2026-11-27 190 put"),
        ("AAPL 190", "AAPL 2026-11-27 190 put"),
        ("190p", "AAPL 2026-11-27 190 put"),
        ("$190.00 put", "AAPL 2026-11-27 190 put"),
        ("aapl 27 nov 26", "AAPL 2026-11-27 190 put"),
        ("aapl nov", "AAPL 2026-11-27 190 put"),
        ("190 11/27", "AAPL 2026-11-27 190 put"),
        ("dec puts", "AAPL 2026-12-04 185.5 put"),
        ("185.5", "AAPL 2026-12-04 185.5 put"),
        ("calls dec26", "AAPL 2026-12-04 200 call"),
        ("4 Dec call", "AAPL 2026-12-04 200 call"),
        ("C", "C 2026-11-27 60 call"),
        ("c 60 call", "C 2026-11-27 60 call"),
        ("brk b", "BRK B 2026-11-27 400 put x150"),
        ("x150", "BRK B 2026-11-27 400 put x150"),
        ("chf", "NESN"),
    ],
)
def test_a_position_is_named_by_enough_of_its_words(text: str, name: str) -> None:
    candidates = HELD if text != "C" else HELD[4:]
    assert position_named(text, candidates).instrument.name == name


def test_words_that_fit_several_positions_list_them() -> None:
    with pytest.raises(BadInput) as error:
        position_named("AAPL put", HELD)
    assert str(error.value) == (
        "position 'AAPL put': could be −1 AAPL 2026-11-27 190 put, −1 AAPL 2026-12-04 185.5 put;"
        " add words to tell them apart"
    )


def test_words_that_fit_nothing_list_what_is_held() -> None:
    with pytest.raises(BadInput) as error:
        position_named("TSLA", HELD[:2])
    assert str(error.value) == (
        "position 'TSLA': is not held; choose one of: 100 AAPL, −1 AAPL 2026-11-27 190 put"
    )
    for text in ("", "190 190", "put put", "aapl 190 nov dec", "26", "put call"):
        with pytest.raises(BadInput, match="is not held; choose one of"):
            position_named(text, HELD)
    with pytest.raises(BadInput, match="POSITION 'AAPL': nothing is held"):
        position_named("AAPL", (), "POSITION")


def test_a_position_in_two_currencies_is_named_with_its_currency() -> None:
    both = (held(SHARES, 100), held(SHARES, 20, "CHF"))
    with pytest.raises(BadInput, match="could be 100 AAPL USD, 20 AAPL CHF"):
        position_named("AAPL", both)
    assert position_named("AAPL chf", both).currency == "CHF"


@pytest.mark.parametrize("text", ["0.45", ".45", "45", "-0.45", "−.45", "+45", "045"])
def test_a_delta_is_typed_as_a_fraction_or_in_hundredths(text: str) -> None:
    assert parse_delta(text) == 45


def test_a_delta_is_between_one_hundredth_and_one() -> None:
    assert [parse_delta(text) for text in ("1", "0.01", "100", "1.0", "0.5")] == [
        1,
        1,
        100,
        100,
        50,
    ]
    for text in ("", "-", ".", "0", "0.0", "101", "1.01", "0.455", "x", "1e1", "٤٥"):
        with pytest.raises(BadInput, match=r"delta .*must be from 0\.01 to 1\.00"):
            parse_delta(text)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("BTC 1 AAPL 27Nov26 185p @1", "'BTC': closes a short position, but 0 of AAPL 2026-11-27"),
        ("buy to close 2 AAPL 27Nov26 190p @1", "but −1 of AAPL 2026-11-27 190 put is held"),
        ("STC 1 AAPL 27Nov26 190p @1", "closes a long position, but −1 of AAPL 2026-11-27 190 put"),
        ("sell to close 101 AAPL @1", "closes a long position, but 100 of AAPL is held"),
        ("BTO 1 AAPL 27Nov26 190p @1", "opens a long position, but −1 of AAPL 2026-11-27 190 put"),
        ("STO 1 AAPL @1", "'STO': opens a short position, but 100 of AAPL is held"),
    ],
)
def test_words_that_open_or_close_must_fit_what_is_held(line: str, message: str) -> None:
    with pytest.raises(BadInput) as error:
        check_effect(line, parse_trade(line), HELD)
    assert message in str(error.value)
    assert str(error.value).endswith("; use + or - to record it anyway")


@pytest.mark.parametrize(
    "line",
    [
        "BTC 1 AAPL 27Nov26 190p @1",
        "sell to close 100 AAPL @1",
        "STO 1 AAPL 27Nov26 190p @1",
        "buy to open 1 AAPL 27Nov26 185p @1",
        "BTO 1 AAPL @1",
        "+5 AAPL 27Nov26 190p @1",
        "sell 1000 AAPL @1",
    ],
)
def test_a_fitting_word_and_a_plain_sign_say_nothing(line: str) -> None:
    check_effect(line, parse_trade(line), HELD)


SYMBOLS = st.from_regex(r"[A-Z/][A-Z0-9./]{0,10}[A-Z]", fullmatch=True) | st.sampled_from(
    ["C", "A"]
)
WEEKDAYS = st.dates(date(2000, 1, 3), date(2099, 12, 31)).map(
    lambda day: day - timedelta(days=max(0, day.weekday() - 4))
)
OPTIONS = st.builds(
    Instrument,
    SYMBOLS,
    st.sampled_from(Right),
    st.integers(1, 10**10),
    WEEKDAYS,
    st.sampled_from([100, 100, 10, 150]),
)


def spellings(option: Instrument) -> st.SearchStrategy[str]:
    """Ways to write the option."""
    day, right = option.expiry, option.right
    assert day is not None and right is not None
    dates = [f"{day:%d%b%y}", f"{day:%d %B %Y}", f"{day:%m/%d/%y}", f"{day:%Y%m%d}", f"{day}"]
    strike = option.name.split()[2]
    ends = [f"{strike}{right[0]}", f"{strike} {right}", f"{strike} {right[0].upper()}"]
    deliverable = "" if option.multiplier == 100 else f" x{option.multiplier}"
    return st.builds(
        lambda symbol, date, end: f"{symbol} {date} {end}{deliverable}",
        st.sampled_from([option.symbol, option.symbol.lower()]),
        st.sampled_from(dates),
        st.sampled_from(ends),
    )


@given(option=OPTIONS, data=st.data())
def test_every_name_and_every_spelling_round_trips(option: Instrument, data: st.DataObject) -> None:
    assert parse_option(option.name) == option
    text = data.draw(spellings(option))
    assert parse_option(text) == option
    (leg,) = parse_trade(f"-3 {text} @0.05").legs
    assert leg == Leg(option, -3_000_000, 15 * option.multiplier * 10_000)
    other = held(Instrument("Z1"), 100)
    assert position_named(text, (other, held(option))).instrument == option
    assert position_named(option.name, (other, held(option))).instrument == option


@given(
    symbol=SYMBOLS, quantity=st.integers(1, 10**9), price=st.integers(0, 10**9), buy=st.booleans()
)
def test_every_trade_in_shares_round_trips(
    symbol: str, quantity: int, price: int, buy: bool
) -> None:
    text = f"{quantity // 10**6}.{quantity % 10**6:06d}"
    dollars = f"{price // 10**6}.{price % 10**6:06d}"
    line = f"{'+' if buy else '-'}{text} {symbol} @{dollars}"
    fact = trade(Instrument(symbol), buy=buy, quantity=text, price=dollars, fees=0)
    assert parse_trade(line) == fact


@given(st.text(max_size=40) | st.from_regex(r"[-+]1 [A-Z]{1,4} [0-9a-zA-Z/ -]{0,20} ?@[0-9.]{1,4}"))
def test_any_text_is_a_trade_or_bad_input(text: str) -> None:
    try:
        assert isinstance(parse_trade(text), TradeFact)
    except BadInput as error:
        assert error.allowed
    try:
        position_named(text, HELD)
    except BadInput as error:
        assert error.allowed
