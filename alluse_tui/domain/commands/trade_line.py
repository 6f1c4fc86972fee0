"""Trades, options and positions in the words of a trader: '-1 AAPL 27Nov26 190p @1.45'."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TypeVar

from alluse_tui.domain.commands.facts import TradeFact, trade
from alluse_tui.domain.commands.pasted_fill import own_form
from alluse_tui.domain.commands.trade_facts import Held
from alluse_tui.domain.commands.typed import positive
from alluse_tui.domain.model.calendar import (
    TradingCalendar,
    WeekdayCalendar,
    can_expire_on,
    monthly_expiry,
    nearest_sessions_text,
)
from alluse_tui.domain.model.errors import BadInput
from alluse_tui.domain.model.instrument import (
    CONTRACT_SHARES,
    ONE_MICROS,
    Instrument,
    quantity_text,
)
from alluse_tui.domain.model.terms import Right

TRADE_EXAMPLE = "-1 AAPL 27Nov26 190p @1.45"
OPTION_EXAMPLE = "AAPL 27Nov26 190p"
SHARES_EXAMPLE = "+100 AAPL @191.20"

LONGEST_LINE = 200
LARGEST_DELIVERABLE = 100_000
"""The most shares that one contract may deliver."""

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
RIGHTS = {
    **dict.fromkeys(("p", "put", "puts"), Right.PUT),
    **dict.fromkeys(("c", "call", "calls"), Right.CALL),
}
SIDES = {
    **dict.fromkeys(("buy", "bought", "bot", "bto", "btc"), True),
    **dict.fromkeys(("sell", "sold", "sto", "stc"), False),
}
"""First words of a trade, and whether they buy."""

EFFECTS = {
    **dict.fromkeys(("bto", "sto"), "open"),
    **dict.fromkeys(("btc", "stc"), "close"),
}
"""What those first words say about the position."""

DATES = "27Nov26, 27 Nov 26, 2026-11-27, 11/27/26 or 20261127"

_MONTH_NAMES = (*MONTHS, *(month[:3] for month in MONTHS))
_YEAR = r"(?P<year>[0-9]{4}|[0-9]{2})"
_END = r"(?=\s|$)"
_EXPIRIES = tuple(
    re.compile(pattern + _END, re.ASCII)
    for pattern in (
        rf"(?P<day>[0-9]{{1,2}})\s*-?\s*(?P<name>[A-Za-z]{{3,9}})\s*-?\s*{_YEAR}",
        r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})",
        r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})",
        rf"(?P<month>[0-9]{{1,2}})/(?P<day>[0-9]{{1,2}})/{_YEAR}",
    )
)
_MONTHLY = re.compile(rf"({'|'.join(_MONTH_NAMES)})-?([0-9]{{1,4}}){_END}", re.ASCII | re.I)
_SYMBOL = re.compile(r"(?=.*[A-Z0-9])[A-Z0-9./]{1,12}", re.ASCII)
_SIDE = re.compile(rf"({'|'.join(SIDES)})(?:\s+to\s+(open|close))?{_END}", re.ASCII | re.I)
_NUMBER = re.compile(r"\$?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]+)?", re.ASCII)
_STRIKE = re.compile(rf"([$0-9.,]+)({'|'.join(RIGHTS)})?", re.ASCII | re.I)
_DELTA = re.compile(r"[-−+]?(?P<units>[0-9]{0,3})(?:\.(?P<cents>[0-9]{1,2}))?", re.ASCII)
_SPACED_DATE = re.compile(rf"\b([0-9]{{1,2}})\s+([a-z]{{3,9}})(?:\s+{_YEAR})?{_END}", re.ASCII)


def parse_trade(
    text: str, fees: int = 0, currency: str = "", sessions: TradingCalendar | None = None
) -> TradeFact:
    """The trade in one line: '-1 AAPL 27Nov26 190p @1.45', 'buy 100 AAPL @191.20'.

    Also a fill as brokers write it (`pasted_fill`). `fees` are micros. `sessions`: the days on
    which an option can expire; weekdays if not given. Raises BadInput that names the part of the
    line.
    """
    line = own_form(_checked(text, "trade", TRADE_EXAMPLE))
    filled, at, price = line.partition("@")
    if not at or not price.strip():
        allowed = f"is missing; end the line with @ and the price per share, {_as_in()}"
        raise BadInput("price", None, allowed)
    buys, quantity, name = _quantity(filled.strip())
    instrument = _instrument(name, sessions or WeekdayCalendar())
    if instrument.right is not None and positive("quantity", quantity) % ONE_MICROS:
        raise BadInput("quantity", quantity, "must be a whole number of contracts")
    return trade(
        instrument,
        buy=buys,
        quantity=quantity,
        price=_number("price", price.strip(), "1.45"),
        fees=fees,
        currency=currency,
    )


def says_effect(text: str) -> bool:
    """Whether the line says that the trade opens or closes: 'BTC', 'sell to open'."""
    side = _SIDE.match(" ".join(text.split()))
    return side is not None and bool(_effect(side))


def check_effect(text: str, fact: TradeFact, held: Sequence[Held]) -> None:
    """Check that a trade which says that it opens or closes fits what is held.

    Raises BadInput. A line without such a word is not checked.
    """
    side = _SIDE.match(" ".join(text.split()))
    effect = _effect(side) if side else ""
    if side is None or not effect:
        return
    (leg,) = fact.legs
    before = sum(
        position.quantity_micros
        for position in held
        if position.instrument == leg.instrument and fact.currency in ("", position.currency)
    )
    is_closing = before * leg.quantity_micros < 0
    is_within = abs(leg.quantity_micros) <= abs(before)
    fits = is_closing and is_within if effect == "close" else not is_closing
    if fits:
        return
    is_long = (leg.quantity_micros > 0) == (effect == "open")
    allowed = (
        f"{effect}s a {'long' if is_long else 'short'} position, but {quantity_text(before)} of"
        f" {leg.instrument.name} is held; use + or - to record it anyway"
    )
    raise BadInput("trade", side[0], allowed)


def _effect(side: re.Match[str]) -> str:
    """'open', 'close', or '' for a plain 'buy' or 'sell'."""
    return (side[2] or EFFECTS.get(side[1].lower(), "")).lower()


def parse_option(
    text: str, symbol: str = "", sessions: TradingCalendar | None = None
) -> Instrument:
    """The option in 'AAPL 27Nov26 190p' or 'AAPL 2026-11-27 190 put x150'.

    With `symbol`, the text may begin with the expiry. `sessions`: the days on which it can expire;
    weekdays if not given. Raises BadInput.
    """
    line = _checked(text, "option", OPTION_EXAMPLE)
    known = sessions or WeekdayCalendar()
    if symbol and any(pattern.match(line) for pattern in (*_EXPIRIES, _MONTHLY)):
        return _option(symbol, line, known)
    instrument = _instrument(line, known)
    if instrument.right is None:
        allowed = f"is not an option; add expiry, strike and right, as in '{OPTION_EXAMPLE}'"
        raise BadInput("option", text, allowed)
    return instrument


def parse_delta(text: str, path: str = "delta") -> int:
    """A delta in hundredths: 45 for '0.45', '-.45' and '45'. Raises BadInput."""
    typed = _DELTA.fullmatch(text)
    hundredths = 0
    if typed:
        units, cents = int(typed["units"] or 0), typed["cents"]
        hundredths = units if cents is None else units * 100 + int(cents.ljust(2, "0"))
    if not 1 <= hundredths <= 100:
        raise BadInput(path, text, "must be from 0.01 to 1.00, or the same in hundredths, as in 45")
    return hundredths


def parse_symbol(text: str, path: str = "symbol") -> str:
    """The symbol in capital letters. Raises BadInput."""
    symbol = text.strip().upper() if text.isascii() else text
    if not _SYMBOL.fullmatch(symbol):
        raise BadInput(path, text or None, "must be 1 to 12 of A-Z, 0-9, '.' and '/'")
    return symbol


def _checked(text: str, path: str, example: str) -> str:
    """The text on one line. Raises BadInput if it is empty or too long."""
    line = " ".join(text.split())
    if not line:
        raise BadInput(path, None, f"is empty; type it as in '{example}'")
    if len(line) > LONGEST_LINE:
        raise BadInput(path, line, f"must have at most {LONGEST_LINE} characters")
    return line


def _as_in() -> str:
    return f"as in '{TRADE_EXAMPLE}' or '{SHARES_EXAMPLE}'"


def _quantity(filled: str) -> tuple[bool, str, str]:
    """Whether the trade buys, its quantity without a sign, and the rest of the line."""
    side = _SIDE.match(filled)
    rest = filled[side.end() :].strip() if side else filled
    word, _, name = rest.partition(" ")
    sign, digits = (word[0], word[1:]) if word[:1] in ("+", "-", "−") else ("", word)
    if not digits and name:  # '- 1 AAPL'
        digits, _, name = name.partition(" ")
    if not word:
        raise BadInput("quantity", None, f"is missing, {_as_in()}")
    quantity = _number("quantity", digits, "1 or 100")
    if side is None and not sign:
        allowed = f"must begin with + (buy) or - (sell), {_as_in()}"
        raise BadInput("quantity", word, allowed)
    buys = SIDES[side[1].lower()] if side else sign == "+"
    if side and sign and buys != (sign == "+"):
        raise BadInput("quantity", word, f"contradicts '{side[0]}'; leave out the sign")
    return buys, quantity, name.strip()


def _instrument(text: str, sessions: TradingCalendar) -> Instrument:
    """The share or option that `text` names. Raises BadInput."""
    word, _, rest = text.partition(" ")
    symbol = _symbol(word)
    return _option(symbol, rest.strip(), sessions) if rest else Instrument(symbol)


def _symbol(text: str) -> str:
    symbol = text.upper() if text.isascii() else text
    if not _SYMBOL.fullmatch(symbol):
        allowed = f"must be 1 to 12 of A-Z, 0-9, '.' and '/', {_as_in()}"
        raise BadInput("symbol", text or None, allowed)
    return symbol


def _option(symbol: str, text: str, sessions: TradingCalendar) -> Instrument:
    """The option on `symbol` from '27Nov26 190p x150'. Raises BadInput."""
    expiry, rest = _expiry(text, sessions)
    words = rest.split()
    multiplier = CONTRACT_SHARES
    if words and words[-1][:1] in "xX" and words[-1][1:].isdecimal():
        multiplier = _deliverable(words.pop())
    if not words:
        raise BadInput("strike", None, f"is missing after the expiry, as in '{OPTION_EXAMPLE}'")
    typed = _STRIKE.fullmatch(words[0])
    strike = _number("strike", typed[1] if typed else words[0], "190 or 190.5, before p or c")
    right = typed[2] if typed and typed[2] else " ".join(words[1:2])
    unread = words[1:] if typed and typed[2] else words[2:]
    if right.lower() not in RIGHTS:
        allowed = f"must be put or call after the strike, as in '{OPTION_EXAMPLE}'"
        raise BadInput("right", right or None, allowed)
    if unread:
        allowed = f"is unexpected after the option; write it as in '{OPTION_EXAMPLE}'"
        raise BadInput("trade", " ".join(unread), allowed)
    strike_micros = positive("strike", strike)
    return Instrument(symbol, RIGHTS[right.lower()], strike_micros, expiry, multiplier)


def _deliverable(word: str) -> int:
    """150 for 'x150'."""
    shares = int(word[1:]) if word.isascii() and len(word) <= 7 else 0
    if not 1 <= shares <= LARGEST_DELIVERABLE:
        allowed = f"must be x1 to x{LARGEST_DELIVERABLE}, the shares of one contract"
        raise BadInput("deliverable", word, allowed)
    return shares


def _expiry(text: str, sessions: TradingCalendar) -> tuple[date, str]:
    """The expiry at the beginning of `text`, and the rest. Raises BadInput."""
    if month := _MONTHLY.match(text):
        return _monthly(month, sessions), text[month.end() :]
    typed = next((m for pattern in _EXPIRIES if (m := pattern.match(text))), None)
    if typed is None:
        raise BadInput("expiry", text.partition(" ")[0], f"must be a date such as {DATES}")
    day = _date(typed)
    if day is None:
        raise BadInput("expiry", typed[0], f"is not a date; write it as {DATES}")
    _check_year(day.year, typed[0])
    if not can_expire_on(day, sessions):
        nearest = nearest_sessions_text(day, sessions)
        raise BadInput("expiry", typed[0], f"is a {day:%A} without trading; {nearest}")
    return day, text[typed.end() :]


def _monthly(typed: re.Match[str], sessions: TradingCalendar) -> date:
    """The standard expiry in 'Dec2026'. Raises BadInput, also for 'Dec26', which may be a day."""
    if len(typed[2]) != 4:
        allowed = (
            "is unclear; write the day first, as in 27Nov26, or the year in four digits, as in"
            " Nov2026, for the month's standard expiry"
        )
        raise BadInput("expiry", typed[0], allowed)
    _check_year(int(typed[2]), typed[0])
    return monthly_expiry(int(typed[2]), _month(typed[1]), sessions)


def _check_year(year: int, typed: str) -> None:
    if not 1970 <= year <= 2199:
        raise BadInput("expiry", typed, "must be between 1970 and 2199")


def _date(typed: re.Match[str]) -> date | None:
    """The date of a match of `_EXPIRIES`; None if there is no such day. '26' is 2026."""
    fields = typed.groupdict()
    month = int(fields["month"]) if fields.get("month") else _month(fields["name"])
    year = int(fields["year"]) + (2000 if len(fields["year"]) == 2 else 0)
    try:
        return date(year, month, int(fields["day"]))
    except ValueError:
        return None


def _month(name: str) -> int:
    """11 for 'Nov' and 'November'; 0 for a word that is not a month."""
    names = (month.startswith(name.lower()) for month in MONTHS)
    return next((number for number, is_it in enumerate(names, 1) if is_it), 0)


def _number(path: str, text: str, example: str) -> str:
    """The number as plain digits: '1250.5' for '$1,250.5'. Raises BadInput."""
    typed = _NUMBER.fullmatch(text)
    if typed is None:
        raise BadInput(path, text or None, f"must be a number such as {example}")
    return typed[1].replace(",", "") + (typed[2] or "")


AnyHeld = TypeVar("AnyHeld", bound=Held)


def position_named(text: str, held: Sequence[AnyHeld], path: str = "position") -> AnyHeld:
    """The only position that `text` names. Raises BadInput that lists the candidates."""
    matching = positions_named(text, held, path)
    if len(matching) == 1:
        return matching[0]
    raise BadInput(path, text, f"could be {listed(matching)}; add words to tell them apart")


def positions_named(
    text: str, held: Sequence[AnyHeld], path: str = "position"
) -> Sequence[AnyHeld]:
    """The position with that full name, or all that match every word of `text`.

    Words are the symbol, the expiry or its month, the strike, the right, the deliverable and the
    currency: 'AAPL 190', '190p', 'nov'. Raises BadInput if there is none.
    """
    name = " ".join(text.split()).lower()
    matching = [position for position in held if position.instrument.name.lower() == name]
    if not matching:
        words = _SPACED_DATE.sub(_joined, name).split()
        matching = [p for p in held if words and _has_words(words, [*_parts(p)])]
    if matching:
        return matching
    if not held:
        raise BadInput(path, text, "nothing is held")
    raise BadInput(path, text, f"is not held; choose one of: {listed(held)}")


def listed(held: Sequence[Held], most: int = 8) -> str:
    """'−1 AAPL 2026-11-27 190 put, 100 AAPL', with currencies if there are several."""
    several = len({position.currency for position in held}) > 1
    names = [
        f"{quantity_text(position.quantity_micros)} {position.instrument.name}"
        + (f" {position.currency}" if several else "")
        for position in held
    ]
    more = f" … ({len(names)} in all)" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _joined(typed: re.Match[str]) -> str:
    """'27nov26' for '27 nov 26', as long as its second word is a month."""
    return "".join(filter(None, typed.groups())) if _month(typed[2]) else typed[0]


Part = tuple[frozenset[str], frozenset[str]]
"""What a word says about a position ('strike', 'right'), and the words that say it."""


def _parts(position: Held) -> Iterator[Part]:
    """The parts of a position's name, each with all of its spellings in lower case."""
    instrument = position.instrument
    for number, word in enumerate(instrument.symbol.lower().split()):
        yield frozenset({f"symbol {number}"}), frozenset({word})
    yield frozenset({"currency"}), frozenset({position.currency.lower()})
    if instrument.right is None or instrument.expiry is None:
        return
    yield frozenset({"expiry"}), frozenset(_partial_dates(instrument.expiry))
    strike = _strike_text(instrument)
    rights = [word for word, right in RIGHTS.items() if right is instrument.right]
    yield frozenset({"strike"}), frozenset({strike})
    yield frozenset({"right"}), frozenset(rights)
    yield frozenset({"strike", "right"}), frozenset(f"{strike}{right}" for right in rights)
    yield frozenset({"deliverable"}), frozenset({f"x{instrument.multiplier}"})


def _partial_dates(expiry: date) -> Iterator[str]:
    """The date, and what is typed for it in part: 'nov', '27nov', 'nov26', '11/27'."""
    yield expiry.isoformat()
    yield f"{expiry.month}/{expiry.day}"
    month = MONTHS[expiry.month - 1]
    for name in {month, month[:3]}:
        yield from (name, f"{expiry.day}{name}", f"{name}{expiry:%y}", f"{name}{expiry:%Y}")


def _has_words(words: Sequence[str], parts: Sequence[Part]) -> bool:
    """Whether each word names another part."""
    if not words:
        return True
    spellings = frozenset(_spellings(words[0]))
    return any(
        not spellings.isdisjoint(names)
        and _has_words(words[1:], [part for part in parts if part[0].isdisjoint(roles)])
        for roles, names in parts
    )


def _spellings(word: str) -> Iterator[str]:
    """The word as typed, and in the form of `_parts` if it is a date or a strike."""
    yield word
    for pattern in _EXPIRIES:
        if (typed := pattern.fullmatch(word)) and (day := _date(typed)):
            yield day.isoformat()
    typed = _STRIKE.fullmatch(word)
    number = _NUMBER.fullmatch(typed[1]) if typed else None
    if typed and number:
        decimals = (number[2] or "").rstrip("0").rstrip(".")
        yield number[1].replace(",", "") + decimals + (typed[2] or "")


def _strike_text(instrument: Instrument) -> str:
    """'190' or '190.5'."""
    units, rest = divmod(instrument.strike_micros, ONE_MICROS)
    return f"{units}" + f".{rest:06d}".rstrip("0").rstrip(".")
